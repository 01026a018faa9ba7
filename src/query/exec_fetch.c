/*
 * query/exec_fetch.c - the record of each index entry, and the filter on it.
 */
#include "query/explain.h"
#include "query/fetching.h"

struct fetch {
	struct exec exec;
	struct fetching fetching;
	struct filtering filtering;
	int64_t had; /* rows that came with their document */
};

/* The record, where it has not come along: ROW; DONE when it has gone since. */
static enum step take_document(struct fetch *s, struct row *entry, struct exec_context *cx)
{
	int r;

	if (entry->doc.len) {
		s->had++;
		return STEP_ROW;
	}
	r = fetching_read(&s->fetching, entry, cx, &entry->doc);
	if (r == ERR_ABSENT)
		return STEP_DONE;
	cx->docs_examined++;
	return r ? STEP_ERROR : STEP_ROW;
}

/* The next document that the filter likes. */
static enum step next_match(struct fetch *s, struct exec_context *cx, struct row *out)
{
	struct row entry;
	enum step step;

	do {
		fetching_let_go(&s->fetching);
		step = exec_next(s->exec.child, cx, &entry);
		s->exec.done = step == STEP_DONE;
		if (step != STEP_ROW)
			return step;
		s->exec.works++;
		step = take_document(s, &entry, cx);
		if (step == STEP_ROW)
			step = filtering_test(&s->filtering, entry.doc, cx);
	} while (step == STEP_DONE);
	*out = entry;
	out->array_index = s->filtering.state.array_index;
	return step;
}

static enum step fetch_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct fetch *s = (struct fetch *)e;
	enum step step;

	if (e->done)
		return STEP_DONE;
	step = fetching_begin(&s->fetching, cx);
	if (step != STEP_DONE)
		return step;
	step = next_match(s, cx, out);
	fetching_end(&s->fetching, cx);
	e->advanced += step == STEP_ROW;
	return step;
}

static void fetch_save(struct exec *e)
{
	fetching_save(&((struct fetch *)e)->fetching);
}

static int fetch_restore(struct exec *e, struct collection *c, struct status *st)
{
	return fetching_restore(&((struct fetch *)e)->fetching, c, st);
}

static void fetch_close(struct exec *e)
{
	struct fetch *s = (struct fetch *)e;

	fetching_clear(&s->fetching);
	filtering_clear(&s->filtering);
}

static void fetch_explain(const struct exec *e, struct explain_output *x)
{
	const struct fetch *s = (const struct fetch *)e;

	explain_node(x, e, e->ops->name, s->filtering.filter);
	explain_docs(x, e->works - s->had);
	if (x->stats)
		builder_int(x->b, "alreadyHasObj", s->had);
}

static const struct exec_ops fetch_ops = {
    .name = "FETCH",
    .next = fetch_next,
    .save = fetch_save,
    .restore = fetch_restore,
    .close = fetch_close,
    .explain = fetch_explain,
};

struct exec *exec_fetch_new(const struct plan *p, const struct filter *filter,
    struct exec *child, struct arena *a, struct memory_account *account)
{
	struct fetch *s = arena_new(a, struct fetch);

	if (!s || !child)
		return NULL;
	s->exec.ops = &fetch_ops;
	s->exec.child = child;
	fetching_init(&s->fetching, p->collection);
	filtering_init(&s->filtering, filter, p->query, account);
	return &s->exec;
}
