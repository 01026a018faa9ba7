#include "query/fetching.h"

#include "query/plan.h"

void fetching_init(struct fetching *f, struct collection *c)
{
	*f = (struct fetching){.collection = collection_ref(c)};
}

void fetching_let_go(struct fetching *f)
{
	if (f->is_pinned)
		pinned_release(&f->pinned);
	f->is_pinned = false;
}

void fetching_save(struct fetching *f)
{
	fetching_let_go(f);
	if (f->snap)
		snapshot_release(f->snap);
	f->snap = NULL;
}

void fetching_clear(struct fetching *f)
{
	fetching_save(f);
	collection_unref(f->collection);
}

int fetching_restore(struct fetching *f, struct collection *c, struct status *st)
{
	if (exec_follow(f->collection, c, st))
		return st->code;
	collection_ref(c);
	collection_unref(f->collection);
	f->collection = c;
	return 0;
}

/* A snapshot may block for the length of a commit, a record for the disk's, and an entry
 * once taken cannot be put back. */
enum step fetching_begin(struct fetching *f, struct exec_context *cx)
{
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	f->given = cx->snap;
	if (cx->snap)
		return STEP_DONE;
	if (!f->snap)
		f->snap = snapshot_take(cx->store);
	cx->snap = f->snap;
	if (f->snap)
		return STEP_DONE;
	status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a snapshot");
	return STEP_ERROR;
}

void fetching_end(struct fetching *f, struct exec_context *cx)
{
	cx->snap = f->given;
}

int fetching_read(
    struct fetching *f, const struct row *entry, struct exec_context *cx, struct view *doc)
{
	int r;

	fetching_let_go(f);
	r = record_get(cx->store, cx->snap, f->collection, entry->record_key, READ_ANY,
	    &f->pinned, cx->status);
	f->is_pinned = !r;
	*doc = r ? (struct view){NULL, 0} : f->pinned.bytes;
	if (r != ERR_ABSENT || !entry->index_key.len)
		return r;
	return status_set(cx->status, ERR_INTERNAL_ERROR,
	    "an entry of the index %s of %s names a document that is not there",
	    entry->index->name, f->collection->ns);
}

enum step fetching_next(struct fetching *f, struct exec *e, struct exec_context *cx,
    struct row *out, int (*build)(struct exec *e, struct exec_context *cx, struct row *row))
{
	enum step step = fetching_begin(f, cx);

	if (step != STEP_DONE)
		return step;
	step = exec_next(e->child, cx, out);
	e->done = e->child->done;
	if (step == STEP_ROW) {
		e->works++;
		e->advanced++;
		if (build(e, cx, out))
			step = STEP_ERROR;
	}
	fetching_end(f, cx);
	return step;
}
