/*
 * query/exec_collscan.c - the records in the order of their keys: all of them,
 * or, where the record key is the _id, ranges of it.
 */
#include "query/explain.h"
#include "query/walk.h"
#include "storage/record.h"

struct collscan {
	struct exec exec;
	struct walk walk;
	struct filtering filtering;
	const struct plan *plan;
	const struct candidate *scan;
	bool tailable;
	bool counted; /* among the collection's scans */
	bool reopened; /* the position has to be looked for before going on */
};

static enum step collscan_done(struct collscan *s)
{
	/* One that has met nothing yet has no position to go on from. */
	s->exec.done = !s->tailable || !s->walk.position.len;
	s->reopened = true;
	return STEP_DONE;
}

/*
 * A capped collection loses its oldest: when the position is among them, what
 * came between is lost too, and the client must know.
 */
static enum step check_position(struct collscan *s, struct exec_context *cx)
{
	const struct collection *c = s->walk.collection;
	struct pinned p;
	int r;

	if (!c->capped || s->walk.reverse || !s->walk.position.len) {
		s->reopened = false;
		return STEP_DONE;
	}
	r = record_get(
	    cx->store, cx->snap, c, walk_key(&s->walk), read_tier_of(cx->op), &p, cx->status);
	if (r == ERR_WOULD_BLOCK)
		return STEP_HANDOVER;
	if (r == ERR_ABSENT)
		status_set(cx->status, ERR_CAPPED_POSITION_LOST,
		    "the scan's position in the capped collection %s has been overwritten",
		    c->ns);
	if (r)
		return STEP_ERROR;
	pinned_release(&p);
	s->reopened = false;
	return STEP_DONE;
}

/* Ranges of records are no scan of the collection. */
static void count_scan(struct collscan *s)
{
	struct collection_live *live = s->walk.collection->live;

	s->counted = true;
	if (s->scan->bounds.ranges)
		return;
	atomic_fetch_add_explicit(&live->scans, 1, memory_order_relaxed);
	if (!s->tailable)
		atomic_fetch_add_explicit(&live->scans_not_tailable, 1, memory_order_relaxed);
}

static enum step collscan_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct collscan *s = (struct collscan *)e;

	if (e->done)
		return STEP_DONE;
	if (!s->counted)
		count_scan(s);
	if (s->reopened) {
		enum step step = check_position(s, cx);

		if (step != STEP_DONE)
			return step;
	}
	for (;;) {
		enum step step = filtering_look(&s->filtering, cx);

		if (step != STEP_DONE)
			return step;
		step = walk_next(&s->walk, cx);
		if (step == STEP_DONE)
			return collscan_done(s);
		if (step != STEP_ROW)
			return step;
		e->works++;
		cx->docs_examined++;
		step = filtering_test(&s->filtering, walk_value(&s->walk), cx);
		if (step == STEP_ERROR)
			return step;
		if (step == STEP_ROW)
			break;
	}
	e->advanced++;
	*out = (struct row){
	    .doc = walk_value(&s->walk),
	    .record_key = walk_key(&s->walk),
	    .array_index = s->filtering.state.array_index,
	};
	return STEP_ROW;
}

static void collscan_save(struct exec *e)
{
	struct collscan *s = (struct collscan *)e;

	walk_save(&s->walk);
	s->reopened = true;
}

static int collscan_restore(struct exec *e, struct collection *c, struct status *st)
{
	struct collscan *s = (struct collscan *)e;

	if (exec_follow(s->walk.collection, c, st))
		return st->code;
	walk_restore(&s->walk, c, NULL);
	return 0;
}

static void collscan_close(struct exec *e)
{
	struct collscan *s = (struct collscan *)e;

	walk_clear(&s->walk);
	filtering_clear(&s->filtering);
}

static const char *direction(const struct collscan *s)
{
	return s->walk.reverse ? "backward" : "forward";
}

static void collscan_explain(const struct exec *e, struct explain_output *x)
{
	const struct collscan *s = (const struct collscan *)e;

	/* All of them, but by their _id. */
	if (s->scan->sorted && !explain_is_clustered(s->plan)) {
		explain_id_scan(x, e, s->filtering.filter, &s->scan->bounds, s->walk.reverse);
		return;
	}
	explain_node(x, e, e->ops->name, s->filtering.filter);
	builder_str(x->b, "direction", direction(s));
	explain_docs(x, e->works);
}

/* The first date there is, and the last, bound nothing, and many clients cannot show them. */
static void put_record_bound(struct explain_output *x, const char *name, struct value v)
{
	if (v.type == TYPE_DATE &&
	    (read_i64(v.data) == INT64_MIN || read_i64(v.data) == INT64_MAX))
		return;
	builder_value(x->b, name, v);
}

/* The range of a clustered collection that is looked at. */
static void ranges_explain(const struct exec *e, struct explain_output *x)
{
	const struct collscan *s = (const struct collscan *)e;
	const struct index_bounds *bounds = &s->scan->bounds;
	const struct intervals *ids = &bounds->fields[0];

	if (!explain_is_clustered(s->plan)) {
		explain_id_scan(x, e, s->filtering.filter, bounds, s->walk.reverse);
		return;
	}
	explain_node(x, e, e->ops->name, s->filtering.filter);
	builder_str(x->b, "direction", direction(s));
	if (bounds->n_fields && ids->n) {
		put_record_bound(x, "minRecord", ids->v[0].from.v);
		put_record_bound(x, "maxRecord", ids->v[ids->n - 1].to.v);
	}
	explain_docs(x, e->works);
}

static const struct exec_ops collscan_ops = {
    .name = "COLLSCAN",
    .next = collscan_next,
    .save = collscan_save,
    .restore = collscan_restore,
    .close = collscan_close,
    .explain = collscan_explain,
};

/* The same over ranges: to MongoDB's users the _id's index. */
static const struct exec_ops clustered_ops = {
    .name = "CLUSTERED_IXSCAN",
    .next = collscan_next,
    .save = collscan_save,
    .restore = collscan_restore,
    .close = collscan_close,
    .explain = ranges_explain,
};

struct exec *exec_scan_new(const struct plan *p, const struct candidate *scan,
    const struct filter *filter, struct arena *a, struct memory_account *account)
{
	const struct index_bounds *bounds = &scan->bounds;
	bool bounded = bounds->ranges != NULL;
	struct collscan *s = arena_new(a, struct collscan);

	if (!s)
		return NULL;
	s->exec.ops = bounded ? &clustered_ops : &collscan_ops;
	s->plan = p;
	s->scan = scan;
	s->tailable = p->query->spec.tailable;
	walk_init(&s->walk, p->collection, NULL, bounded ? bounds->ranges : &walk_everything,
	    bounded ? bounds->n : 1, scan->reverse, account);
	filtering_init(&s->filtering, filter, p->query, account);
	return &s->exec;
}
