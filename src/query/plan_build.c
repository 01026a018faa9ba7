/*
 * query/plan_build.c - from a plan to its nodes.
 */
#include "query/plan.h"

static struct exec *make_source(
    const struct plan *p, struct arena *a, struct memory_account *account)
{
	switch (p->chosen.kind) {
	case PLAN_POINT:
		return exec_point_new(p, a, account);
	case PLAN_SCAN:
		return exec_scan_new(p, &p->chosen, p->chosen.filter, a, account);
	case PLAN_INDEX:
		return exec_ixscan_new(p, &p->chosen, a, account);
	case PLAN_EOF:
		break;
	}
	return exec_eof_new(p, a);
}

/* How many rows a sort has to bring: what is skipped, too. */
static int64_t rows_wanted(const struct query_spec *spec)
{
	int64_t n;

	if (!spec->limit || __builtin_add_overflow(spec->limit, spec->skip, &n))
		return 0;
	return n;
}

/* Puts a node on top of the tree; without memory for it the tree goes. */
static struct exec *put_on(struct exec *top, struct exec *node)
{
	if (!node)
		exec_close(top);
	return node;
}

struct exec *plan_exec(const struct plan *p, struct arena *a, struct memory_account *account)
{
	const struct query *q = p->query;
	struct exec *top = make_source(p, a, account);

	if (top && p->chosen.kind == PLAN_INDEX)
		top = put_on(top, exec_fetch_new(p, p->chosen.filter, top, a, account));
	if (top && q->sort && !p->chosen.sorted && p->chosen.kind != PLAN_EOF)
		top = put_on(top, exec_sort_new(p, top, rows_wanted(&q->spec), a, account));
	if (top && q->spec.skip)
		top = put_on(top, exec_skip_new(top, q->spec.skip, a));
	if (top && q->spec.limit)
		top = put_on(top, exec_limit_new(top, q->spec.limit, a));
	if (top && (q->projection || q->spec.return_key || q->spec.show_record_id))
		top = put_on(top, exec_project_new(q, top, a, account));
	return top;
}
