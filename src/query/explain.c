#include "query/explain.h"

#include "expr/collation.h"
#include "query/query_settings.h"
#include "query/restriction.h"
#include "query/shape.h"
#include "util/clock.h"

/* ------------------------------------------------------------ the watches */

/* A node's operations with those that are really its own behind them. */
struct watched {
	struct exec_ops ops;
	const struct exec_ops *own;
	int64_t rows, us, saves, restores;
};

static struct watched *watched(const struct exec *e)
{
	return (struct watched *)((uintptr_t)e->ops - offsetof(struct watched, ops));
}

static enum step watched_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct watched *w = watched(e);
	int64_t start = clock_mono_us();
	enum step step = w->own->next(e, cx, out);

	w->us += clock_mono_us() - start;
	w->rows += step == STEP_ROW;
	return step;
}

static void watched_save(struct exec *e)
{
	struct watched *w = watched(e);

	w->saves++;
	if (w->own->save)
		w->own->save(e);
}

static int watched_restore(struct exec *e, struct collection *c, struct status *st)
{
	struct watched *w = watched(e);

	w->restores++;
	return w->own->restore ? w->own->restore(e, c, st) : 0;
}

bool explain_watch(struct exec *top, struct arena *a)
{
	for (struct exec *e = top; e; e = e->child) {
		struct watched *w = arena_new(a, struct watched);

		if (!w)
			return false;
		w->own = e->ops;
		w->ops = *e->ops;
		w->ops.next = watched_next;
		w->ops.save = watched_save;
		w->ops.restore = watched_restore;
		e->ops = &w->ops;
		for (int i = 0; i < e->n_inputs; i++)
			if (!explain_watch(e->inputs[i], a))
				return false;
	}
	return true;
}

int64_t explain_rows(const struct exec *e)
{
	return watched(e)->rows;
}

int64_t explain_millis(const struct exec *e)
{
	return watched(e)->us / 1000;
}

/* -------------------------------------------------------------- the nodes */

static void put_stats(struct explain_output *x, const struct exec *e, int64_t rows)
{
	const struct watched *w = watched(e);
	int64_t works = MAX_OF(e->works, rows) + e->done;

	builder_int(x->b, "nReturned", rows);
	builder_i64(x->b, "executionTimeMillisEstimate", w->us / 1000);
	builder_int(x->b, "works", works);
	builder_int(x->b, "advanced", rows);
	builder_int(x->b, "needTime", works - rows - e->done);
	builder_i32(x->b, "needYield", 0);
	builder_int(x->b, "saveState", w->saves);
	builder_int(x->b, "restoreState", w->restores);
	builder_i32(x->b, "isEOF", e->done);
}

/* What cannot be written for want of memory fails the builder. */
static void put_filter(struct explain_output *x, const struct filter *f)
{
	struct view text = filter_format(f, x->arena);

	x->b->buf->failed |= !text.data;
	if (text.len && !doc_is_empty(text))
		builder_doc(x->b, "filter", text);
}

void explain_node(struct explain_output *x, const struct exec *e, const char *name,
    const struct filter *filter)
{
	builder_str(x->b, "stage", name);
	if (filter)
		put_filter(x, filter);
	if (x->stats)
		put_stats(x, e, watched(e)->rows);
}

void explain_id_scan(struct explain_output *x, const struct exec *e,
    const struct filter *filter, const struct index_bounds *bounds, bool reverse)
{
	explain_node(x, e, "FETCH", filter);
	explain_docs(x, e->works);
	builder_doc_begin(x->b, "inputStage");
	builder_str(x->b, "stage", "IXSCAN");
	if (x->stats)
		put_stats(x, e, e->works);
	explain_id_index(x, bounds, reverse);
	explain_keys(x, e->works);
	builder_doc_end(x->b);
}

void explain_keys(struct explain_output *x, int64_t n)
{
	if (!x->stats)
		return;
	builder_int(x->b, "keysExamined", n);
	x->keys += n;
}

void explain_docs(struct explain_output *x, int64_t n)
{
	if (!x->stats)
		return;
	builder_int(x->b, "docsExamined", n);
	x->docs += n;
}

static void put_tree(struct explain_output *x, const struct exec *e);

static void put_inputs(struct explain_output *x, const struct exec *e)
{
	if (!e->n_inputs)
		return;
	builder_array_begin(x->b, "inputStages");
	for (int i = 0; i < e->n_inputs; i++) {
		builder_doc_begin(x->b, NULL);
		put_tree(x, e->inputs[i]);
		builder_doc_end(x->b);
	}
	builder_array_end(x->b);
}

/* Trees are as deep as a pipeline is long, and written from the top; several inputs stand
 * at the bottom. */
static void put_tree(struct explain_output *x, const struct exec *e)
{
	int depth = 0;

	for (; e; e = e->child, depth++) {
		if (depth)
			builder_doc_begin(x->b, "inputStage");
		if (e->ops->explain)
			e->ops->explain(e, x);
		else
			explain_node(x, e, e->ops->name, NULL);
		put_inputs(x, e);
	}
	for (; depth > 1; depth--)
		builder_doc_end(x->b);
}

/* The branches of a $or at the top are planned one by one, and MongoDB says so. */
static bool is_planned_in_parts(const struct plan *p)
{
	return p->chosen->n_parts && p->query->filter->kind == MATCH_OR;
}

static void put_winner(struct explain_output *x, const struct plan *p, const struct exec *e)
{
	bool parts = is_planned_in_parts(p);

	if (parts) {
		explain_node(x, e, "SUBPLAN", NULL);
		builder_doc_begin(x->b, "inputStage");
	}
	put_tree(x, e);
	if (parts)
		builder_doc_end(x->b);
}

/* -------------------------------------------------------- the queryPlanner */

static struct explain_output output(
    const struct explained *x, struct arena *a, struct builder *b, bool stats)
{
	const struct query_spec *spec = &x->plan->query->spec;

	return (struct explain_output){
	    .b = b,
	    .arena = a,
	    .stats = stats,
	    .alone = x->exec && !x->exec->child && !spec->want_record_key,
	};
}

/* What MongoDB would call a solution: a scan of everything is none. */
static bool is_solution(const struct candidate *c)
{
	return c->kind == PLAN_INDEX || c->n_parts ||
	       (c->kind == PLAN_SCAN && c->bounds.ranges);
}

/* The plan with another way. */
static struct plan *plan_with(const struct plan *p, struct candidate *way, struct arena *a)
{
	struct plan *other = arena_alloc(a, sizeof(*other));

	if (!other)
		return NULL;
	*other = *p;
	other->chosen = way;
	return other;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to explain a plan");
}

/* As elements of the document that is open. */
static int put_way(const struct plan *p, struct candidate *way, struct arena *a,
    struct explain_output *out, struct status *st)
{
	struct plan *other = plan_with(p, way, a);
	struct exec *e = other ? plan_exec(other, a, a->account) : NULL;

	if (!e)
		return no_memory(st);
	builder_bool(out->b, "isCached", false);
	put_tree(out, e);
	exec_close(e);
	return 0;
}

int explain_way(const struct plan *p, struct candidate *way, struct arena *a, struct view *out,
    struct status *st)
{
	struct explain_output x = {.arena = a};
	struct builder b;
	struct buf buf;
	int err;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	x.b = &b;
	err = put_way(p, way, a, &x, st);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return err || out->data ? err : no_memory(st);
}

static int put_rejected(
    const struct explained *x, struct arena *a, struct explain_output *out, struct status *st)
{
	const struct plan *p = x->plan;
	int err = 0;

	builder_array_begin(out->b, "rejectedPlans");
	for (int i = 0; i < p->n_candidates && is_solution(p->chosen) && !err; i++) {
		if (!is_solution(p->candidates[i]) || p->candidates[i] == p->chosen)
			continue;
		builder_doc_begin(out->b, NULL);
		err = put_way(p, p->candidates[i], a, out, st);
		builder_doc_end(out->b);
	}
	builder_array_end(out->b);
	return err;
}

static int put_shapes(
    const struct explained *x, struct arena *a, struct builder *b, struct status *st)
{
	const struct plan *p = x->plan;
	char shape[PLAN_SHAPE_DIGITS + 1], key[PLAN_SHAPE_DIGITS + 1];
	int err = plan_shape_hash(p->query, x->shape, a, shape, st);

	if (!err)
		err = plan_cache_key(p->query, x->shape, p->collection, a, key, st);
	if (err)
		return err;
	builder_str(b, "queryHash", shape);
	builder_str(b, "planCacheShapeHash", shape);
	builder_str(b, "planCacheKey", key);
	return 0;
}

static int put_planner(const struct explained *x, struct view filter, struct arena *a,
    struct builder *b, struct status *st)
{
	struct explain_output out = output(x, a, b, false);
	int err;

	builder_doc_begin(b, "queryPlanner");
	builder_str_n(b, "namespace", (const char *)x->ns.data, x->ns.len);
	builder_doc(b, "parsedQuery", filter);
	if (x->plan->query->spec.collator)
		builder_doc(b, "collation", collation_document(x->plan->query->spec.collator));
	if (x->plan->query->spec.setting)
		builder_doc(b, "querySettings", x->plan->query->spec.setting->settings);
	builder_bool(b, "indexFilterSet",
	    x->plan->query->restriction && x->plan->query->restriction->index_filter);
	err = put_shapes(x, a, b, st);
	builder_int(b, "optimizationTimeMillis", x->planning_us / 1000);
	builder_bool(b, "maxIndexedOrSolutionsReached", false);
	builder_bool(b, "maxIndexedAndSolutionsReached", false);
	builder_bool(b, "maxScansToExplodeReached", false);
	builder_bool(b, "prunedSimilarIndexes", false);
	builder_doc_begin(b, "winningPlan");
	builder_bool(b, "isCached", false);
	put_winner(&out, x->plan, x->exec);
	builder_doc_end(b);
	if (!err)
		err = put_rejected(x, a, &out, st);
	builder_doc_end(b);
	return err;
}

/* -------------------------------------------------------- executionStats */

/* So many keys and documents, or rows, are looked at in a trial. */
#define TRIAL_WORKS 1000
#define TRIAL_ROWS  101

/* The way's scans and what they fetch; a sort would take all of it. */
static int put_trial(const struct plan *p, struct candidate *way, struct arena *a,
    struct builder *b, struct status *st)
{
	struct plan *other = plan_with(p, way, a);
	struct exec *e = other ? plan_source(other, way, a, a->account) : NULL;
	struct explain_output out = {.arena = a, .stats = true};
	int64_t start = clock_mono_us();
	struct plan_trial t = {0};
	struct builder stages;
	struct buf buf;
	int err = e && explain_watch(e, a) ? 0 : no_memory(st);

	buf_init(&buf, a->account);
	builder_init(&stages, &buf);
	out.b = &stages;
	if (!err)
		err = plan_try(other, e, TRIAL_WORKS, TRIAL_ROWS, &t, a->account, st);
	if (!err)
		put_tree(&out, e);
	builder_finish(&stages);
	if (!err && builder_failed(&stages))
		err = no_memory(st);
	builder_doc_begin(b, NULL);
	builder_int(b, "nReturned", (int64_t)t.rows);
	builder_int(b, "executionTimeMillisEstimate", (clock_mono_us() - start) / 1000);
	builder_int(b, "totalKeysExamined", out.keys);
	builder_int(b, "totalDocsExamined", out.docs);
	if (!err)
		builder_doc(b, "executionStages", builder_view(&stages));
	builder_doc_end(b);
	buf_clear(&buf);
	if (e)
		exec_close(e);
	return err;
}

/* What each way comes to in a short time, where there was a choice. */
static int put_trials(
    const struct explained *x, struct arena *a, struct builder *b, struct status *st)
{
	const struct plan *p = x->plan;
	int n = 0, err = 0;

	for (int i = 0; i < p->n_candidates; i++)
		n += is_solution(p->candidates[i]);
	builder_array_begin(b, "allPlansExecution");
	for (int i = 0; i < p->n_candidates && n > 1 && !err; i++)
		if (is_solution(p->candidates[i]))
			err = put_trial(p, p->candidates[i], a, b, st);
	builder_array_end(b);
	return err;
}

/* The sums stand in front of what they are sums of: the stages are written first, by
 * themselves. */
static int put_stats_of_run(
    const struct explained *x, struct arena *a, struct builder *b, struct status *st)
{
	struct explain_output out;
	struct builder stages;
	struct buf buf;
	int err = 0;

	buf_init(&buf, b->buf->account);
	builder_init(&stages, &buf);
	out = output(x, a, &stages, true);
	builder_bool(&stages, "isCached", false);
	put_winner(&out, x->plan, x->exec);
	builder_finish(&stages);
	if (builder_failed(&stages))
		err = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to explain a plan");
	builder_doc_begin(b, "executionStats");
	builder_bool(b, "executionSuccess", true);
	builder_int(b, "nReturned", x->n_returned);
	builder_int(b, "executionTimeMillis", x->time_us / 1000);
	builder_int(b, "totalKeysExamined", out.keys);
	builder_int(b, "totalDocsExamined", out.docs);
	if (!err)
		builder_doc(b, "executionStages", builder_view(&stages));
	if (!err && x->verbosity == EXPLAIN_ALL_PLANS)
		err = put_trials(x, a, b, st);
	builder_doc_end(b);
	buf_clear(&buf);
	return err;
}

int explain_query(
    const struct explained *x, struct arena *a, struct builder *b, struct status *st)
{
	struct view filter = filter_format(x->plan->query->filter, a);
	int err;

	if (!filter.data)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to explain a filter");
	err = put_planner(x, filter, a, b, st);
	if (!err && x->ran)
		err = put_stats_of_run(x, a, b, st);
	return err;
}
