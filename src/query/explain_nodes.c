/*
 * The nodes that explain puts on top of a query: they count what a command would
 * do, and do nothing.
 */
#include "query/explain.h"
#include "update/update.h"

/* ------------------------------------------------------------------ COUNT */

struct count {
	struct exec exec;
	int64_t skip, limit; /* limit 0: none */
	int64_t counted, skipped;
};

static enum step count_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct count *s = (struct count *)e;
	enum step step = STEP_DONE;

	while (e->child && (!s->limit || s->counted < s->limit)) {
		step = exec_next(e->child, cx, out);
		if (step != STEP_ROW)
			break;
		e->works++;
		if (s->skipped < s->skip)
			s->skipped++;
		else
			s->counted++;
	}
	if (step == STEP_ROW)
		step = STEP_DONE;
	e->done = step == STEP_DONE;
	return step;
}

static void count_explain(const struct exec *e, struct explain_output *x)
{
	const struct count *s = (const struct count *)e;

	explain_node(x, e, e->ops->name, NULL);
	if (!x->stats)
		return;
	builder_int(x->b, "nCounted", s->counted);
	builder_int(x->b, "nSkipped", s->skipped);
}

static const struct exec_ops count_ops = {
    .name = "COUNT", .next = count_next, .explain = count_explain};
static const struct exec_ops fast_count_ops = {
    .name = "RECORD_STORE_FAST_COUNT", .next = count_next, .explain = count_explain};

struct exec *exec_count_new(struct exec *child, int64_t skip, int64_t limit, struct arena *a)
{
	struct count *s = child ? arena_new(a, struct count) : NULL;

	if (!s)
		return NULL;
	s->exec.ops = &count_ops;
	s->exec.child = child;
	s->skip = skip;
	s->limit = limit;
	return &s->exec;
}

struct exec *exec_fast_count_new(int64_t n, struct arena *a)
{
	struct count *s = arena_new(a, struct count);

	if (!s)
		return NULL;
	s->exec.ops = &fast_count_ops;
	s->counted = n;
	return &s->exec;
}

/* -------------------------------------------------------- UPDATE and DELETE */

struct would_change {
	struct exec exec;
	const struct update *update; /* NULL: it removes */
	bool multi, upsert, returns;
	int64_t matched, changed;
	bool given;
	struct arena row;
};

static int try_update(struct would_change *s, const struct row *row, struct status *st)
{
	struct update_result r;
	int err = 0;

	s->matched++;
	arena_reset(&s->row);
	if (s->update)
		err = update_apply(s->update, row->doc, row->array_index, &s->row, &r, st);
	s->changed += !s->update || (!err && r.changed);
	return err;
}

static enum step would_change_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct would_change *s = (struct would_change *)e;
	enum step step = STEP_DONE;

	while (s->multi || !s->matched) {
		step = exec_next(e->child, cx, out);
		if (step != STEP_ROW)
			break;
		e->works++;
		if (try_update(s, out, cx->status))
			return STEP_ERROR;
	}
	/* findAndModify has a document to show. */
	if (step == STEP_ROW && s->returns && !s->given) {
		s->given = true;
		return STEP_ROW;
	}
	if (step == STEP_ROW)
		step = STEP_DONE;
	e->done = step == STEP_DONE;
	return step;
}

static void would_change_close(struct exec *e)
{
	arena_clear(&((struct would_change *)e)->row);
}

static void would_change_explain(const struct exec *e, struct explain_output *x)
{
	const struct would_change *s = (const struct would_change *)e;

	explain_node(x, e, e->ops->name, NULL);
	if (!x->stats)
		return;
	if (!s->update) {
		builder_int(x->b, "nWouldDelete", s->changed);
		return;
	}
	builder_int(x->b, "nMatched", s->matched);
	builder_int(x->b, "nWouldModify", s->changed);
	builder_int(x->b, "nWouldUpsert", s->upsert && !s->matched);
}

static const struct exec_ops update_ops = {
    .name = "UPDATE",
    .next = would_change_next,
    .close = would_change_close,
    .explain = would_change_explain,
};
static const struct exec_ops delete_ops = {
    .name = "DELETE",
    .next = would_change_next,
    .close = would_change_close,
    .explain = would_change_explain,
};

struct exec *exec_would_change_new(const struct update *u, bool multi, bool upsert,
    bool returns, struct exec *child, struct arena *a, struct memory_account *account)
{
	struct would_change *s = child ? arena_new(a, struct would_change) : NULL;

	if (!s)
		return NULL;
	s->exec.ops = u ? &update_ops : &delete_ops;
	s->exec.child = child;
	s->update = u;
	s->multi = multi;
	s->upsert = upsert;
	s->returns = returns;
	arena_init(&s->row, account);
	return &s->exec;
}
