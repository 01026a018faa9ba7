#include "query/writer_parts.h"

#include "index/entry.h"
#include "query/measurement.h"

void writer_init(struct writer *w, struct store *s, struct op *op)
{
	*w = (struct writer){.store = s, .op = op};
	arena_init(&w->arena, &op->memory);
	arena_init(&w->failures, &op->memory);
	lock_set_init(&w->locks, store_locks(s));
	buf_init(&w->lock_keys, &op->memory);
	buf_init(&w->scratch, &op->memory);
	keygen_init(&w->keygen, &op->memory);
}

void writer_clear(struct writer *w)
{
	if (!w->store)
		return;
	writer_leave(w);
	if (w->fence_awaited)
		fence_wait_end(w->collection, w->op);
	if (w->phase == WRITER_CREATE || w->phase == WRITER_MULTIKEY)
		ddl_clear(&w->ddl);
	(void)writer_end(w, STEP_DONE);
	if (w->batch)
		batch_free(w->batch);
	if (w->collection)
		collection_unref(w->collection);
	keygen_clear(&w->keygen);
	buf_clear(&w->scratch);
	buf_clear(&w->lock_keys);
	arena_clear(&w->failures);
	arena_clear(&w->arena);
	w->store = NULL;
}

static void take_collection(struct writer *w, struct collection *c)
{
	if (w->collection)
		collection_unref(w->collection);
	w->collection = c;
}

static enum step create(struct writer *w, struct status *st)
{
	struct create_spec spec = {
	    .db = w->db,
	    .name = w->name,
	    .options = doc_empty,
	    .record_key =
		store_sequence_by_default(w->store) ? RECORD_KEY_SEQUENCE : RECORD_KEY_ID,
	};
	enum step step;

	if (w->phase == WRITER_IDLE) {
		ddl_init(&w->ddl, w->store);
		w->phase = WRITER_CREATE;
	}
	step = ddl_create(&w->ddl, &spec, w->op, st);
	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	ddl_clear(&w->ddl);
	w->phase = WRITER_IDLE;
	if (step == STEP_ERROR && st->code == ERR_NAMESPACE_EXISTS) {
		status_clear(st); /* somebody was faster: that one will do */
		return STEP_DONE;
	}
	return step;
}

enum step writer_begin(
    struct writer *w, struct view db, struct view name, bool create_it, struct status *st)
{
	w->db = db;
	w->name = name;
	w->create = create_it;
	if (view_equal(name, view_of_str("system.views"))) {
		status_set(st, ERR_NOT_IMPLEMENTED,
		    "system.views is not written to: create and drop make it say what views "
		    "there are");
		return STEP_ERROR;
	}
	for (;;) {
		enum step step;

		if (w->phase == WRITER_IDLE) {
			take_collection(w, catalog_find(store_catalog(w->store), db, name));
			if (w->collection && w->collection->kind == KIND_VIEW) {
				status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
				    "Namespace %s is a view, not a collection",
				    w->collection->ns);
				return STEP_ERROR;
			}
			if (w->collection)
				return STEP_DONE;
			if (measurement_buckets_check(store_catalog(w->store), db, name, st))
				return STEP_ERROR;
			if (!create_it)
				return STEP_DONE;
		}
		step = create(w, st);
		if (step != STEP_DONE)
			return step;
	}
}

/* This version is superseded: the newest one of the same collection. */
static enum writer_outcome find_again(struct writer *w)
{
	struct collection *c = catalog_find(store_catalog(w->store), w->db, w->name);

	if (!c || c->table_id != w->collection->table_id) {
		if (c)
			collection_unref(c);
		return WRITER_GONE;
	}
	take_collection(w, c);
	return WRITER_GO_ON;
}

enum step writer_enter(struct writer *w, enum writer_outcome *outcome, struct status *st)
{
	*outcome = WRITER_GO_ON;
	if (w->fence_awaited) {
		fence_wait_end(w->collection, w->op);
		w->fence_awaited = false;
	}
	while (!w->in_fence) {
		if (op_check_now(w->op, st))
			return STEP_ERROR;
		switch (fence_enter(w->collection)) {
		case 0:
			w->in_fence = true;
			break;
		case ERR_WOULD_BLOCK:
			w->fence_awaited = true;
			return fence_wait(w->collection, w->op);
		default:
			*outcome = find_again(w);
			if (*outcome != WRITER_GO_ON)
				return STEP_DONE;
		}
	}
	return STEP_DONE;
}

void writer_leave(struct writer *w)
{
	if (w->in_fence)
		fence_leave(w->collection);
	w->in_fence = false;
}

static void forget_notes(struct writer *w, bool committed)
{
	if (w->noted)
		w->retry->ended(w->retry, committed);
	w->noted = false;
}

int writer_new_attempt(struct writer *w, struct status *st)
{
	forget_notes(w, false);
	arena_reset(&w->arena);
	w->capped_first = 0;
	if (w->batch) {
		batch_reset(w->batch);
		return 0;
	}
	w->batch = batch_new(w->store, &w->op->memory);
	if (!w->batch)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a write");
	return 0;
}

bool writer_wants_multikey(struct writer *w, struct index *ix, uint64_t bits)
{
	uint64_t missing = bits & ~atomic_load(&ix->multikey);

	if (!missing)
		return false;
	/* The row that ends its build will say it, and nobody reads it before. */
	if (ix->state == INDEX_BUILDING) {
		atomic_fetch_or(&ix->multikey, missing);
		return false;
	}
	ddl_init(&w->ddl, w->store);
	w->multikey_index = ix;
	w->multikey_bits = missing;
	w->phase = WRITER_MULTIKEY;
	return true;
}

/* Out of the fence: this waits for other DDL, which may wait for us. */
enum step writer_set_multikey(struct writer *w, enum writer_outcome *outcome, struct status *st)
{
	enum step step;

	*outcome = WRITER_AGAIN;
	writer_leave(w);
	step = ddl_set_multikey(
	    &w->ddl, w->collection, w->multikey_index, w->multikey_bits, w->op, st);
	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	ddl_clear(&w->ddl);
	w->phase = WRITER_IDLE;
	if (step == STEP_ERROR && !collection_is_current(w->collection)) {
		status_clear(st); /* the index or the collection has gone: look again */
		return STEP_DONE;
	}
	return step;
}

enum step writer_lock(struct writer *w, struct hash128 *keys, int n,
    enum writer_outcome *outcome, struct status *st)
{
	enum step step;

	*outcome = WRITER_GO_ON;
	n = lock_keys_sort(keys, n);
	step = locks_take(&w->locks, keys, n, w->op, st);
	if (step == STEP_ERROR && st->code == ERR_WRITE_CONFLICT) {
		status_clear(st);
		lock_set_release(&w->locks);
		*outcome = WRITER_AGAIN;
		return STEP_DONE;
	}
	return step;
}

int writer_note(struct writer *w, int i, struct status *st)
{
	if (!w->retry)
		return 0;
	w->noted = true;
	return w->retry->note(w->retry, i, st);
}

/* Under the commit lock: before the DDL, or not at all. */
static int check_version(struct commit *commit, struct status *st)
{
	const struct collection *c = commit->check_arg;

	if (collection_is_current(c))
		return 0;
	return status_set(st, ERR_QUERY_PLAN_KILLED, "the collection has been changed");
}

int writer_commit_begin(struct writer *w, struct status *st)
{
	int r = w->retry ? w->retry->put(w->retry, w->batch, st) : 0;

	if (r)
		return r;
	commit_init(&w->commit, w->batch);
	w->commit.check = check_version;
	w->commit.check_arg = w->collection;
	w->phase = WRITER_COMMIT;
	return 0;
}

enum step writer_commit_go_on(struct writer *w, enum writer_outcome *outcome, struct status *st)
{
	enum step step = commit_run(w->store, &w->commit, w->op, st);

	*outcome = WRITER_GO_ON;
	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	w->phase = WRITER_IDLE;
	forget_notes(w, step == STEP_DONE);
	if (step == STEP_ERROR && st->code == ERR_QUERY_PLAN_KILLED) {
		status_clear(st);
		*outcome = WRITER_AGAIN;
		writer_leave(w);
		return STEP_DONE;
	}
	if (step != STEP_DONE)
		return step;
	w->last_sequence = w->commit.sequence;
	w->last_cluster_time = w->commit.cluster_time;
	if (w->collection->capped)
		writer_capped_committed(w);
	lock_set_release(&w->locks);
	return STEP_DONE;
}

enum step writer_end(struct writer *w, enum step step)
{
	writer_leave(w);
	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	forget_notes(w, false);
	lock_set_release(&w->locks);
	buf_reset(&w->lock_keys);
	return step;
}

int writer_old_keys(struct writer *w, const struct index *ix, struct view doc,
    struct index_keys *keys, struct status *st)
{
	int r = index_keys_make(&w->keygen, ix, doc, &w->arena, keys, st);

	/* The build will come to nothing for the sake of this document, unless it is gone by
	 * the time the build finds it. */
	if (r && ix->state == INDEX_BUILDING && r != ERR_EXCEEDED_MEMORY_LIMIT) {
		status_clear(st);
		*keys = (struct index_keys){.n = 0};
		r = 0;
	}
	return r;
}

int writer_put_removal(
    struct writer *w, struct view record_key, struct view doc, struct status *st)
{
	struct collection *c = w->collection;

	for (int i = 0; i < c->n_written; i++) {
		struct index_keys keys;
		int r = writer_old_keys(w, c->indexes[i], doc, &keys, st);

		if (r)
			return r;
		for (int k = 0; k < keys.n; k++)
			index_entry_remove(
			    w->batch, c->indexes[i], &keys.keys[k], record_key, &w->scratch);
	}
	batch_remove(w->batch, c, record_key, doc_get(doc, "_id"), doc);
	return 0;
}
