/*
 * query/exec_point.c - one document by its _id: one get where the record key
 * is the _id, two where it is a sequence.
 */
#include "bson/key_encode.h"
#include "index/entry.h"
#include "query/explain.h"
#include "storage/record.h"

struct point {
	struct exec exec;
	struct collection *collection; /* a reference */
	struct value id;
	bool hack; /* the filter says nothing more */
	struct buf key;
	struct filtering filtering;
	struct pinned pinned;
	bool is_pinned;
};

static void unpin(struct point *s)
{
	if (s->is_pinned)
		pinned_release(&s->pinned);
	s->is_pinned = false;
}

static const struct index *id_index(const struct collection *c)
{
	for (int i = 0; i < c->n_indexes; i++)
		if (c->indexes[i]->is_id)
			return c->indexes[i];
	return NULL;
}

/* From the _id to the record key.  An _id's record key never changes, so that
 * this and the record need not be read at one state. */
static int find_record_key(struct point *s, struct exec_context *cx)
{
	const struct index *ix = id_index(s->collection);
	struct index_entry entry;
	struct pinned p;
	struct buf key;
	int r;

	assert(ix);
	buf_init(&key, s->key.account);
	key_encode(&key, NULL, s->id, false, ix->collator);
	if (key.failed)
		r = status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a key");
	else
		r = entry_get(cx->store, cx->snap, ix, buf_view(&key), read_tier_of(cx->op), &p,
		    cx->status);
	if (!r) {
		r = index_entry_split(
		    ix, s->collection->record_key, buf_view(&key), p.bytes, &entry, cx->status);
		if (!r)
			buf_append_view(&s->key, entry.record_key);
		pinned_release(&p);
	}
	buf_clear(&key);
	return r;
}

static int make_key(struct point *s, struct exec_context *cx)
{
	buf_reset(&s->key);
	if (s->collection->record_key == RECORD_KEY_SEQUENCE) {
		cx->keys_examined++;
		return find_record_key(s, cx);
	}
	record_key_of_id(&s->key, s->collection, s->id);
	return 0;
}

static int get(struct point *s, struct exec_context *cx)
{
	int r = make_key(s, cx);

	if (!r && s->key.failed)
		r = status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a key");
	if (!r)
		r = record_get(cx->store, cx->snap, s->collection, buf_view(&s->key),
		    read_tier_of(cx->op), &s->pinned, cx->status);
	s->is_pinned = !r;
	return r;
}

static enum step point_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct point *s = (struct point *)e;
	enum step step;
	int r;

	if (e->done)
		return STEP_DONE;
	r = get(s, cx);
	if (r == ERR_WOULD_BLOCK)
		return STEP_HANDOVER;
	if (r && r != ERR_ABSENT)
		return STEP_ERROR;
	e->works++;
	e->done = true;
	if (r == ERR_ABSENT)
		return STEP_DONE;
	cx->docs_examined++;
	step = filtering_test(&s->filtering, s->pinned.bytes, cx);
	if (step != STEP_ROW)
		return step;
	e->advanced++;
	*out = (struct row){
	    .doc = s->pinned.bytes,
	    .record_key = buf_view(&s->key),
	    .array_index = s->filtering.state.array_index,
	};
	return STEP_ROW;
}

static void point_save(struct exec *e)
{
	unpin((struct point *)e);
}

static int point_restore(struct exec *e, struct collection *c, struct status *st)
{
	struct point *s = (struct point *)e;

	if (exec_follow(s->collection, c, st))
		return st->code;
	collection_ref(c);
	collection_unref(s->collection);
	s->collection = c;
	return 0;
}

static void point_close(struct exec *e)
{
	struct point *s = (struct point *)e;

	unpin(s);
	buf_clear(&s->key);
	filtering_clear(&s->filtering);
	collection_unref(s->collection);
}

static void explain_hack(const struct exec *e, struct explain_output *x)
{
	const struct point *s = (const struct point *)e;
	bool clustered = collection_is_clustered(s->collection);

	if (!x->alone) {
		explain_node(x, e, e->ops->name, NULL);
	} else {
		explain_node(
		    x, e, clustered ? "EXPRESS_CLUSTERED_IXSCAN" : "EXPRESS_IXSCAN", NULL);
		builder_str(x->b, "keyPattern", "{ _id: 1 }");
		if (!clustered)
			builder_str(x->b, "indexName", "_id_");
	}
	explain_keys(x, e->works);
	explain_docs(x, e->works);
}

static void point_explain(const struct exec *e, struct explain_output *x)
{
	const struct point *s = (const struct point *)e;
	struct interval interval;
	struct index_bounds bounds;

	if (s->hack) {
		explain_hack(e, x);
		return;
	}
	explain_id_bounds(s->id, &bounds, &interval);
	explain_id_scan(x, e, s->filtering.filter, &bounds, false);
}

static const struct exec_ops point_ops = {
    .name = "IDHACK",
    .next = point_next,
    .save = point_save,
    .restore = point_restore,
    .close = point_close,
    .explain = point_explain,
};

struct exec *exec_point_new(
    const struct plan *p, struct arena *a, struct memory_account *account)
{
	struct point *s = arena_new(a, struct point);

	if (!s)
		return NULL;
	s->exec.ops = &point_ops;
	s->collection = collection_ref(p->collection);
	s->id = p->id;
	s->hack = p->id_hack;
	buf_init(&s->key, account);
	filtering_init(&s->filtering, p->id_hack ? NULL : p->query->filter, p->query, account);
	return &s->exec;
}
