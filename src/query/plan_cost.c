/*
 * query/plan_cost.c - how much a way has to look at.
 *
 * The scan itself is asked: it is run for so many keys. When it ends, the figures are
 * exact; else RocksDB's estimate of the ranges says how many keys there are, and what was
 * seen so far how many of them would go on to documents. Only where a limit may end the
 * query early some documents are read, too: then it counts how many of them match, and
 * they are read in the order in which the query would.
 */
#include "bson/key_encode.h"
#include "query/planning.h"

/* Ranges that are looked at for an estimate; the rest is taken to be like them. */
#define ESTIMATE_RANGES 16
/* What is looked at to find out. */
#define PROBE_KEYS 1000
#define TRIAL_DOCS 64
/* A document of an index is a read of its own, somewhere; a record in passing is not. */
#define FETCH_COST 2.0
#define SORT_COST  0.3 /* of each row */

/* ------------------------------------------------------ what RocksDB says */

static int64_t range_bytes(const struct planning *p, const struct candidate *scan,
    const struct key_range *r, struct buf *lower, struct buf *upper)
{
	struct family *family =
	    scan->index ? scan->index->family : store_family_documents(p->store);

	buf_reset(lower);
	buf_reset(upper);
	buf_append_be32(lower, scan->index ? scan->index->id : p->c->namespace_id);
	if (!scan->index)
		buf_append_be32(lower, p->c->table_id);
	buf_append_view(upper, buf_view(lower));
	buf_append_view(lower, r->lower);
	buf_append_view(upper, r->upper);
	if (!r->upper.len)
		buf_append_byte(upper, KEY_AFTER_ALL);
	if (lower->failed || upper->failed)
		return 0;
	return store_range_bytes(p->store, family, buf_view(lower), buf_view(upper));
}

/* The part of all that stands in the ranges, between 0 and 1. */
static double share_of_ranges(const struct planning *p, const struct candidate *scan)
{
	static const struct key_range everything;
	const struct index_bounds *b = &scan->bounds;
	int n = MIN_OF(b->n, ESTIMATE_RANGES);
	double bytes = 0, all;
	struct buf lower, upper;

	if (!b->ranges)
		return 1;
	buf_init(&lower, p->arena->account);
	buf_init(&upper, p->arena->account);
	for (int i = 0; i < n; i++)
		bytes += (double)range_bytes(p, scan, &b->ranges[i], &lower, &upper);
	all = (double)range_bytes(p, scan, &everything, &lower, &upper);
	buf_clear(&lower);
	buf_clear(&upper);
	if (!n || all <= 0)
		return 0;
	return MIN_OF(bytes * b->n / n / all, 1.0);
}

static double documents_of(const struct planning *p)
{
	int64_t n = atomic_load(&p->c->live->documents);

	return n > 0 ? (double)n : 0;
}

/* How many keys the scan meets, by what is known without it. */
static double keys_estimated(const struct planning *p, const struct candidate *scan)
{
	/* An index with arrays has more keys than there are documents; how many more is not
	 * known. */
	return documents_of(p) * share_of_ranges(p, scan) * (scan->multikey ? 2 : 1);
}

/* ------------------------------------------------------------- trying it */

int plan_try(const struct plan *p, struct exec *e, double most, double rows_wanted,
    struct plan_trial *out, struct memory_account *account, struct status *st)
{
	struct op op;
	struct exec_context cx = {.op = &op, .store = p->store, .status = st};
	struct row row;
	enum step step = STEP_ROW;

	*out = (struct plan_trial){.ended = false};
	op_init(&op, account, NULL);
	while (step == STEP_ROW && (double)(cx.keys_examined + cx.docs_examined) < most &&
	       !(rows_wanted && out->rows >= rows_wanted)) {
		step = exec_next(e, &cx, &row);
		out->rows += step == STEP_ROW;
	}
	op_clear(&op);
	out->keys = (double)cx.keys_examined;
	out->docs = (double)cx.docs_examined;
	out->ended = step == STEP_DONE;
	return step == STEP_ERROR ? st->code : 0;
}

/* And closes it. */
static int run_trial(
    struct planning *p, struct exec *e, double most, double rows_wanted, struct plan_trial *out)
{
	int r = plan_try(p->plan, e, most, rows_wanted, out, p->arena->account, p->st);

	exec_close(e);
	return r;
}

/* Keys, and rows that would go on to documents. */
static int count_scan(struct planning *p, struct candidate *way)
{
	struct plan_cost *c = &way->cost;
	struct plan_trial t;
	double all;
	struct exec *e = plan_scans(p->plan, way, p->arena, p->arena->account);
	int r = e ? run_trial(p, e, PROBE_KEYS, 0, &t) : plan_no_memory(p->st);

	if (r)
		return r;
	c->exact = t.ended;
	c->keys = t.keys;
	c->docs = t.docs;
	c->rows = t.rows;
	if (t.ended)
		return 0;
	all = MAX_OF(keys_estimated(p, way), t.keys + t.docs + 1);
	c->rows = all * t.rows / (t.keys + t.docs);
	c->keys = way->kind == PLAN_INDEX ? all : 0;
	c->docs = way->kind == PLAN_INDEX ? 0 : all;
	return 0;
}

static int count_parts(struct planning *p, struct candidate *way)
{
	struct plan_cost *c = &way->cost;

	c->exact = true;
	for (int i = 0; i < way->n_parts; i++) {
		struct plan_cost *part = &way->parts[i]->cost;

		if (!part->known) {
			int r = count_scan(p, way->parts[i]);

			if (r)
				return r;
			part->known = true;
		}
		c->exact &= part->exact;
		c->keys += part->keys;
		c->docs += part->docs;
		c->rows += part->rows;
	}
	return 0;
}

/* Every document: how many there are is known. */
static void count_records(struct planning *p, struct candidate *way)
{
	way->cost.exact = true;
	way->cost.docs = way->cost.rows = documents_of(p);
}

/* Those of the rows whose documents are read besides. */
static double fetched(const struct candidate *way)
{
	return way->kind == PLAN_SCAN || way->keys_only ? 0 : way->cost.rows;
}

/*
 * Rows come until there are as many as are wanted: of what would be looked at in all, how
 * much is that?
 */
static int end_early(struct planning *p, struct candidate *way, double wanted)
{
	struct plan_cost *c = &way->cost;
	double looked = MAX_OF(fetched(way), c->docs), part;
	struct exec *e;
	struct plan_trial t;
	int r;

	if (looked <= wanted)
		return 0;
	e = plan_source(p->plan, way, p->arena, p->arena->account);
	r = e ? run_trial(p, e, 2 * TRIAL_DOCS, wanted, &t) : plan_no_memory(p->st);
	if (r || t.ended)
		return r;
	/* Of those looked at so many match; half a one where none has. */
	part = wanted / MAX_OF(t.rows, 0.5) * MAX_OF(t.docs, 1) / looked;
	if (part >= 1)
		return 0;
	c->keys *= part;
	c->docs *= part;
	c->rows *= part;
	return 0;
}

int plan_cost(struct planning *p, struct candidate *way)
{
	struct plan_cost *c = &way->cost;
	bool sorts = p->q->sort && !way->sorted;
	double wanted = sorts ? 0 : (double)plan_rows_wanted(p->q);
	int r = 0;

	if (c->known)
		return 0;
	if (way->n_parts)
		r = count_parts(p, way);
	else if (reads_all_records(way))
		count_records(p, way);
	else
		r = count_scan(p, way);
	if (!r && wanted)
		r = end_early(p, way, wanted);
	c->docs += fetched(way);
	c->total = c->keys + (way->kind == PLAN_SCAN ? 1 : FETCH_COST) * c->docs +
		   (sorts ? SORT_COST * c->docs : 0);
	c->known = true;
	return r;
}
