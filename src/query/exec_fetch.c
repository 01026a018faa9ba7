/*
 * query/exec_fetch.c - the record of each index entry, and the filter on it.
 *
 * The entry and the record are read at one state of the store: the context's
 * snapshot, or one of its own that it keeps until save.
 */
#include "query/explain.h"
#include "storage/record.h"

struct fetch {
	struct exec exec;
	struct collection *collection; /* a reference */
	struct filtering filtering;
	struct snapshot *snap; /* its own, or NULL */
	struct pinned pinned;
	bool is_pinned;
	int64_t had; /* rows that came with their document */
};

static void let_go(struct fetch *s)
{
	if (s->is_pinned)
		pinned_release(&s->pinned);
	s->is_pinned = false;
}

static enum step take_snapshot(struct fetch *s, struct exec_context *cx)
{
	if (cx->snap || s->snap)
		return STEP_DONE;
	s->snap = snapshot_take(cx->store);
	if (s->snap)
		return STEP_DONE;
	status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a snapshot");
	return STEP_ERROR;
}

static int read_record(struct fetch *s, const struct row *entry, struct exec_context *cx)
{
	int r = record_get(cx->store, cx->snap, s->collection, entry->record_key, READ_ANY,
	    &s->pinned, cx->status);

	s->is_pinned = !r;
	if (r != ERR_ABSENT)
		return r;
	return status_set(cx->status, ERR_INTERNAL_ERROR,
	    "an entry of the index %s of %s names a document that is not there",
	    entry->index->name, s->collection->ns);
}

/* The next document that the filter likes, with the snapshot in cx. */
static enum step next_match(struct fetch *s, struct exec_context *cx, struct row *out)
{
	struct row entry;
	enum step step;

	do {
		let_go(s);
		step = exec_next(s->exec.child, cx, &entry);
		s->exec.done = step == STEP_DONE;
		if (step != STEP_ROW)
			return step;
		s->exec.works++;
		if (entry.doc.len) {
			s->had++;
		} else {
			if (read_record(s, &entry, cx))
				return STEP_ERROR;
			entry.doc = s->pinned.bytes;
			cx->docs_examined++;
		}
		step = filtering_test(&s->filtering, entry.doc, cx);
	} while (step == STEP_DONE);
	*out = entry;
	out->array_index = s->filtering.state.array_index;
	return step;
}

static enum step fetch_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct fetch *s = (struct fetch *)e;
	const struct snapshot *given = cx->snap;
	enum step step;

	if (e->done)
		return STEP_DONE;
	/* A snapshot may block for the length of a commit, a record for the
	 * disk's, and an entry once taken cannot be put back. */
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	step = take_snapshot(s, cx);
	if (step != STEP_DONE)
		return step;
	if (!given)
		cx->snap = s->snap;
	step = next_match(s, cx, out);
	cx->snap = given;
	e->advanced += step == STEP_ROW;
	return step;
}

static void fetch_save(struct exec *e)
{
	struct fetch *s = (struct fetch *)e;

	let_go(s);
	if (s->snap)
		snapshot_release(s->snap);
	s->snap = NULL;
}

static int fetch_restore(struct exec *e, struct collection *c, struct status *st)
{
	struct fetch *s = (struct fetch *)e;

	if (exec_follow(s->collection, c, st))
		return st->code;
	collection_ref(c);
	collection_unref(s->collection);
	s->collection = c;
	return 0;
}

static void fetch_close(struct exec *e)
{
	struct fetch *s = (struct fetch *)e;

	let_go(s);
	if (s->snap)
		snapshot_release(s->snap);
	s->snap = NULL;
	filtering_clear(&s->filtering);
	collection_unref(s->collection);
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
	s->collection = collection_ref(p->collection);
	filtering_init(&s->filtering, filter, p->query, account);
	return &s->exec;
}
