/*
 * query/plan_build.c - from a plan to its nodes.
 */
#include "query/plan.h"

/* What any row can be asked for. */
#define OF_ANY_ROW (1u << META_INDEX_KEY | 1u << META_RECORD_ID | 1u << META_SORT_KEY)

/* Puts a node on top of the tree; without memory for it the tree goes. */
static struct exec *put_on(struct exec *top, struct exec *node)
{
	if (!node)
		exec_close(top);
	return node;
}

static struct exec *one_scan(const struct plan *p, const struct candidate *way,
    const struct filter *filter, struct arena *a, struct memory_account *account)
{
	struct exec *e;

	if (way->kind != PLAN_INDEX)
		return exec_scan_new(p, way, filter, a, account);
	e = exec_ixscan_new(p, way, a, account);
	return e && way->text ? put_on(e, exec_text_or_new(p, e, a, account)) : e;
}

static void close_all(struct exec **list, int n)
{
	for (int i = 0; i < n; i++)
		exec_close(list[i]);
}

/* The parts ask nothing: the whole filter is asked of what they give. */
static struct exec *several_scans(const struct plan *p, const struct candidate *way,
    struct arena *a, struct memory_account *account)
{
	struct exec **inputs = arena_new_array(a, (size_t)way->n_parts + 1, struct exec *);
	struct exec *e = NULL;
	int n = 0;

	if (!inputs)
		return NULL;
	while (n < way->n_parts) {
		inputs[n] = one_scan(p, way->parts[n], NULL, a, account);
		if (!inputs[n])
			break;
		n++;
	}
	if (n == way->n_parts)
		e = way->kind == PLAN_OR ? exec_or_new(inputs, n, a, account)
					 : exec_merge_new(p, way, inputs, a, account);
	if (!e)
		close_all(inputs, n);
	return e;
}

struct exec *plan_scans(const struct plan *p, const struct candidate *way, struct arena *a,
    struct memory_account *account)
{
	switch (way->kind) {
	case PLAN_POINT:
		return exec_point_new(p, a, account);
	case PLAN_SCAN:
	case PLAN_INDEX:
		return one_scan(p, way, way->filter, a, account);
	case PLAN_OR:
	case PLAN_SORT_MERGE:
		return several_scans(p, way, a, account);
	case PLAN_EOF:
		break;
	}
	return exec_eof_new(p, a);
}

/* Of entries, where they are not enough. */
static struct exec *put_fetch(const struct plan *p, const struct candidate *way,
    struct exec *top, struct arena *a, struct memory_account *account)
{
	if (!top || way->keys_only || (way->kind != PLAN_INDEX && !way->n_parts))
		return top;
	top = put_on(top, exec_fetch_new(p, way->filter, top, a, account));
	if (top && way->near)
		return put_on(top, exec_near_new(way, top, a, account));
	return top && way->text ? put_on(top, exec_text_match_new(way, top, a, account)) : top;
}

struct exec *plan_source(const struct plan *p, const struct candidate *way, struct arena *a,
    struct memory_account *account)
{
	return put_fetch(p, way, plan_scans(p, way, a, account), a, account);
}

/* What is skipped, too. */
int64_t plan_rows_wanted(const struct query *q)
{
	int64_t n;

	if (!q->spec.limit || __builtin_add_overflow(q->spec.limit, q->spec.skip, &n))
		return 0;
	return n;
}

/* What is skipped is not fetched when nothing is asked of documents. */
static bool skips_entries(const struct plan *p)
{
	return p->query->spec.skip && p->chosen->kind == PLAN_INDEX && !p->chosen->filter &&
	       !p->chosen->text &&
	       (p->chosen->sorted || !p->query->sort);
}

struct exec *plan_exec(const struct plan *p, struct arena *a, struct memory_account *account)
{
	const struct query *q = p->query;
	struct exec *top = plan_scans(p, p->chosen, a, account);
	bool skips_first = skips_entries(p);

	if (top && p->chosen->distinct)
		return put_on(top, exec_distinct_new(p, p->chosen, top, a, account));
	if (top && skips_first)
		top = put_on(top, exec_skip_new(top, q->spec.skip, a));
	top = put_fetch(p, p->chosen, top, a, account);
	if (top && q->sort && !p->chosen->sorted && p->chosen->kind != PLAN_EOF)
		top = put_on(top, exec_sort_new(p, top, plan_rows_wanted(q), a, account));
	if (top && q->spec.skip && !skips_first)
		top = put_on(top, exec_skip_new(top, q->spec.skip, a));
	if (top && q->spec.limit)
		top = put_on(top, exec_limit_new(top, q->spec.limit, a));
	if (top && p->chosen->covered)
		return put_on(top, exec_covered_new(p, p->chosen, top, a, account));
	if (top && (q->projection || q->spec.return_key || q->spec.show_record_id))
		top = put_on(top, exec_project_new(q, top, a, account));
	if (top && q->spec.metas & OF_ANY_ROW)
		top = put_on(top, exec_meta_new(q, top, a, account));
	return top;
}
