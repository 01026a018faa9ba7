#include "index/violations.h"

#include "index/entry.h"

#define LOOK_EVERY 64
/* Past this size no more are shown: an error has to hold them. */
#define FOUND_BYTES_MAX (1024 * 1024)

void index_violations_init(struct index_violations *v, struct store *s, struct collection *c,
    struct index *ix, struct memory_account *memory)
{
	*v =
	    (struct index_violations){.store = s, .collection = collection_ref(c), .index = ix};
	buf_init(&v->key, memory);
	buf_init(&v->first, memory);
	buf_init(&v->found, memory);
	builder_init(&v->builder, &v->found);
	builder_array_begin(&v->builder, "violations");
}

static void close_iter(struct index_violations *v)
{
	if (v->it)
		iter_close(v->it);
	v->it = NULL;
}

void index_violations_clear(struct index_violations *v)
{
	close_iter(v);
	if (v->snap)
		snapshot_release(v->snap);
	buf_clear(&v->found);
	buf_clear(&v->first);
	buf_clear(&v->key);
	collection_unref(v->collection);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to look for duplicates");
}

static int advance(struct index_violations *v, struct status *st)
{
	struct iter_options o = {.tier = READ_ANY};

	if (v->it)
		return iter_next(v->it, st);
	v->snap = snapshot_take(v->store);
	if (!v->snap)
		return no_memory(st);
	o.snap = v->snap;
	v->it = iter_open_entries(v->store, v->index, &o);
	return v->it ? iter_first(v->it, st) : no_memory(st);
}

static int put_id(struct index_violations *v, struct view record_key, struct status *st)
{
	struct pinned p;
	int r = record_get(v->store, v->snap, v->collection, record_key, READ_ANY, &p, st);

	if (r == ERR_ABSENT)
		return 0; /* validate says that of an index */
	if (r)
		return r;
	builder_value(&v->builder, NULL, doc_get(p.bytes, "_id"));
	pinned_release(&p);
	return 0;
}

static void end_group(struct index_violations *v)
{
	if (!v->in_group)
		return;
	builder_array_end(&v->builder);
	builder_doc_end(&v->builder);
	v->in_group = false;
	v->full = v->found.len > FOUND_BYTES_MAX;
}

/* One more document with the key of the one before. */
static int add(struct index_violations *v, struct view record_key, struct status *st)
{
	int r = 0;

	if (v->first.len)
		v->n++;
	if (!v->in_group && !v->full && v->first.len) {
		builder_doc_begin(&v->builder, NULL);
		builder_array_begin(&v->builder, "ids");
		v->in_group = true;
		r = put_id(v, buf_view(&v->first), st);
	}
	buf_reset(&v->first);
	if (!r && v->in_group && v->found.len <= FOUND_BYTES_MAX)
		r = put_id(v, record_key, st);
	return r;
}

static int take_entry(struct index_violations *v, struct status *st)
{
	struct index_entry e;
	int r = index_entry_split(
	    v->index, v->collection->record_key, iter_key(v->it), iter_value(v->it), &e, st);

	if (r)
		return r;
	if (v->key.len && view_equal(buf_view(&v->key), e.key.key))
		return add(v, e.record_key, st);
	end_group(v);
	buf_reset(&v->key);
	buf_append_view(&v->key, e.key.key);
	buf_reset(&v->first);
	buf_append_view(&v->first, e.record_key);
	return v->key.failed || v->first.failed ? no_memory(st) : 0;
}

enum step index_violations_run(struct index_violations *v, struct op *op, struct status *st)
{
	if (op->on_loop)
		return STEP_HANDOVER;
	for (int n = 1;; n++) {
		int r = op_check(op, st);

		if (!r)
			r = advance(v, st);
		if (r == ERR_ABSENT)
			break;
		if (!r)
			r = take_entry(v, st);
		if (r)
			return STEP_ERROR;
		if (n % LOOK_EVERY == 0 && op_slice_over(op))
			return STEP_HANDOVER;
	}
	end_group(v);
	close_iter(v);
	builder_array_end(&v->builder);
	builder_finish(&v->builder);
	if (!builder_failed(&v->builder))
		return STEP_DONE;
	no_memory(st);
	return STEP_ERROR;
}

struct view index_violations_found(struct index_violations *v)
{
	return builder_view(&v->builder);
}
