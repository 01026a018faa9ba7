#include "storage/ddl_internal.h"

#include <stdlib.h>

#include "storage/iter.h"
#include "util/clock.h"
#include "util/log.h"

/*
 * createIndexes.  The DDL lock is held at both ends of a build and not between them, so
 * that the machine of ddl.c is used twice; and once more when it has to be undone, in
 * which the op is shielded from whatever may have stopped it.
 */
enum build_phase {
	BUILD_BEGIN,
	BUILD_AWAIT, /* another build, of an index that is wanted here too */
	BUILD_FILL,
	BUILD_LOCK,
	BUILD_DRAIN,
	BUILD_FENCE,
	BUILD_DRAIN_LAST,
	BUILD_FINISH,
	BUILD_UNDO,
	BUILD_UNDO_COMMIT,
	BUILD_UNDONE,
	BUILD_OVER,
};

struct wanted {
	struct view db, name;
	struct index_build *build;
};

static enum step fails(int code)
{
	return code ? STEP_ERROR : STEP_DONE;
}

/* ------------------------------------------------------------- beginning */

static int is_empty(struct ddl *d, bool *empty, struct status *st)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_records(d->store, d->collection, &o);
	int r;

	if (!it)
		return ddl_no_memory(st);
	r = iter_first(it, st);
	iter_close(it);
	*empty = r == ERR_ABSENT;
	return r == ERR_ABSENT ? 0 : r;
}

static void put_note(
    struct ddl *d, enum log_marker kind, const struct collection *c, const struct index *ix)
{
	struct ddl_note n;
	struct builder *b = ddl_note_begin(&n, c);

	builder_doc(b, "index", ix->spec);
	/* Not all of its entries are in the log. */
	if (kind == MARKER_CREATE_INDEX && ix->build_id)
		builder_bool(b, "built", true);
	ddl_note_end(&n, d, kind, c);
}

/* The collection gets another version, which is not whole yet. */
static int add_version(struct ddl *d, struct collection *before, struct status *st)
{
	struct collection *after = collection_next(before);
	int r = ddl_add_change(d, collection_ref(before), after, st);

	if (r || !after)
		return r ? r : ddl_no_memory(st);
	d->phase = DDL_PREPARED;
	return 0;
}

/* The new indexes into that version, behind all others of their state. */
static int place_new(struct ddl *d, bool ready, struct status *st)
{
	struct collection *after = d->changes[0].after;
	struct index *all[2 * INDEXES_MAX];
	int n = 0, n_ready;

	for (int i = 0; i < after->n_indexes; i++)
		all[n++] = after->indexes[i];
	for (int i = 0; ready && i < d->n_new; i++)
		all[n++] = index_ref(d->new_indexes[i]);
	n_ready = n;
	for (int i = after->n_indexes; i < after->n_written; i++) {
		struct index *ix = after->indexes[i];

		if (d->building && ix->building == d->building)
			index_unref(ix);
		else
			all[n++] = ix;
	}
	for (int i = 0; !ready && i < d->n_new; i++)
		all[n++] = index_ref(d->new_indexes[i]);
	collection_set_indexes(after, n_ready, n, all);
	return arena_failed(&after->arena) ? ddl_no_memory(st) : 0;
}

/* The batch is whole then: the new indexes are there. */
static void put_ready(struct ddl *d)
{
	struct collection *after = d->changes[0].after;

	for (int i = 0; i < d->n_new; i++) {
		struct index *ix = d->new_indexes[i];

		rows_put_index(d->batch, ix, INDEX_READY, ix->multikey);
		if (ix->state == INDEX_BUILDING)
			batch_remove_side(d->batch, ix);
		put_note(d, MARKER_CREATE_INDEX, after, ix);
	}
	rows_put_collection(d->batch, after);
	rows_put_sequences(d->batch, ddl_catalog(d));
	d->phase = DDL_READY;
}

/* Or: they are being built. */
static int put_building(struct ddl *d, struct status *st)
{
	struct collection *after = d->changes[0].after;

	d->building = building_new();
	if (!d->building)
		return ddl_no_memory(st);
	d->began_us = clock_mono_us();
	for (int i = 0; i < d->n_new; i++) {
		struct index *ix = d->new_indexes[i];

		/* While duplicates may still come to light the record keys have to be in
		 * the entries. */
		ix->layout = LAYOUT_KEY_RECORD;
		ix->state = INDEX_BUILDING;
		ix->side_id = ddl_catalog(d)->next_object++;
		ix->building = building_ref(d->building);
		rows_put_index(d->batch, ix, INDEX_BUILDING, 0);
		put_note(d, MARKER_BEGIN_BUILD, after, ix);
	}
	rows_put_collection(d->batch, after);
	rows_put_sequences(d->batch, ddl_catalog(d));
	d->phase = DDL_READY;
	return 0;
}

/* Under the fence: nobody writes just now. */
static int put_new(struct ddl *d, struct status *st)
{
	bool empty;
	int r = is_empty(d, &empty, st);

	if (!r)
		r = place_new(d, empty, st);
	if (r || !empty)
		return r ? r : put_building(d, st);
	for (int i = 0; i < d->n_new; i++)
		if (d->new_indexes[i]->unique)
			d->new_indexes[i]->layout = LAYOUT_UNIQUE;
	put_ready(d);
	return 0;
}

static void forget_new(struct ddl *d)
{
	for (int i = 0; i < d->n_new; i++)
		index_unref(d->new_indexes[i]);
	d->n_new = 0;
	collection_unref(d->collection);
	d->collection = NULL;
}

/* Also when all of them are there, or somebody else builds one. */
static int prepare(struct ddl *d, const struct wanted *w, struct status *st)
{
	int r = ddl_make_indexes(d, w->db, w->name, w->build, st);

	if (r == ERR_WOULD_BLOCK) {
		forget_new(d);
		ddl_start_over(d);
		d->build_phase = BUILD_AWAIT;
		return 0;
	}
	w->build->n_indexes = d->n_new;
	if (!r && d->n_new)
		return add_version(d, d->collection, st);
	d->build_phase = BUILD_OVER;
	return r;
}

/* What the caller is told of the collection is how it became. */
static void take_result(struct ddl *d)
{
	collection_unref(d->collection);
	d->collection = collection_ref(d->changes[0].after);
}

static void begin_filling(struct ddl *d)
{
	struct collection *after = d->changes[0].after;

	for (int i = 0; i < d->n_new; i++)
		d->new_indexes[i]->build_id = d->commit.cluster_time;
	d->build_phase = BUILD_FILL;
	log_write(LOG_INDEX, LOG_INFO, 5120, "Index build begun",
	    (struct log_attr[]){{"ns", LOG_STR(after->ns)},
		{"index", LOG_STR(d->new_indexes[0]->name)}, {"indexes", LOG_NUM(d->n_new)},
		{"documents", LOG_NUM(atomic_load(&after->live->documents))}, {NULL}});
}

static enum step begin(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED && prepare(d, w, st) != 0)
		return STEP_ERROR;
	if (d->build_phase == BUILD_OVER)
		return ddl_nothing(d);
	if (d->build_phase != BUILD_BEGIN)
		return STEP_DONE;
	step = ddl_fence(d, op, st);
	if (step == STEP_DONE && d->phase == DDL_FENCED)
		step = fails(put_new(d, st));
	if (step == STEP_DONE)
		step = ddl_finish(d, op, st);
	if (step != STEP_DONE)
		return step;
	take_result(d);
	if (d->building)
		begin_filling(d);
	else
		d->build_phase = BUILD_OVER;
	return STEP_DONE;
}

static enum step await(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	struct building *other = d->awaited;

	waitlist_remove(&other->ended, op);
	if (op_check_now(op, st))
		return STEP_ERROR;
	if (!atomic_load(&other->over)) {
		op_wait_begin(op);
		waitlist_add(&other->ended, op, 0);
		/* It may have ended, and woken all, before the op stood there. */
		if (atomic_load(&other->over))
			op_fire(op);
		return STEP_PARK;
	}
	building_unref(other);
	d->awaited = NULL;
	d->build_phase = BUILD_BEGIN;
	return STEP_DONE;
}

/* -------------------------------------------------- filling and finishing */

static enum step fill(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = w->build->fill(w->build, d->collection, d->new_indexes, op, st);

	if (step == STEP_DONE) {
		ddl_start_over(d);
		d->build_phase = BUILD_LOCK;
	}
	return step;
}

/* Nobody else changes the catalog from here on. */
static enum step lock(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step == STEP_DONE)
		step = fails(building_check(d->building, st));
	if (step == STEP_DONE)
		d->build_phase = BUILD_DRAIN;
	return step;
}

static enum step drain(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step;

	w->build->last = d->build_phase == BUILD_DRAIN_LAST;
	step = w->build->drain(w->build, d->collection, d->new_indexes, op, st);

	if (step == STEP_DONE)
		d->build_phase++;
	return step;
}

static enum step fence(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = STEP_DONE;

	if (d->phase == DDL_LOCKED) {
		struct collection *newest =
		    catalog_find_table(ddl_catalog(d), d->collection->table_id);

		step = fails(add_version(d, newest, st));
		collection_unref(newest);
	}
	if (step == STEP_DONE)
		step = ddl_fence(d, op, st);
	if (step == STEP_DONE)
		d->build_phase = BUILD_DRAIN_LAST;
	return step;
}

/* Who waits for its indexes looks again. */
static void tell_over(struct ddl *d)
{
	atomic_store(&d->building->over, true);
	waitlist_wake_all(&d->building->ended);
}

static void log_end(const struct ddl *d, int id, const char *message)
{
	log_write(LOG_INDEX, LOG_INFO, id, message,
	    (struct log_attr[]){{"ns", LOG_STR(d->collection->ns)},
		{"index", LOG_STR(d->new_indexes[0]->name)}, {"indexes", LOG_NUM(d->n_new)},
		{"ms", LOG_NUM((clock_mono_us() - d->began_us) / 1000)},
		{d->failure.code ? "error" : NULL, LOG_STR(d->failure.message)}, {NULL}});
}

static enum step finish(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = STEP_DONE;

	if (d->phase == DDL_FENCED) {
		step = fails(place_new(d, true, st));
		if (step == STEP_DONE)
			put_ready(d);
	}
	if (step == STEP_DONE)
		step = ddl_finish(d, op, st);
	if (d->phase >= DDL_SYNC)
		tell_over(d);
	if (step != STEP_DONE)
		return step;
	take_result(d);
	log_end(d, 5121, "Index build ended");
	d->build_phase = BUILD_OVER;
	return STEP_DONE;
}

/* --------------------------------------------------------------- undoing */

/* Its indexes are in the catalog, and it has come to nothing. */
static void begin_undoing(struct ddl *d, struct op *op, struct status *st)
{
	status_init(&d->failure);
	status_copy(&d->failure, st);
	status_clear(st);
	ddl_start_over(d);
	op->shielded = true;
	d->build_phase = BUILD_UNDO;
}

static int put_undoing(struct ddl *d, struct collection *newest, struct status *st)
{
	struct collection *after;
	int r = add_version(d, newest, st);

	if (r)
		return r;
	after = d->changes[0].after;
	for (int i = 0; i < d->n_new; i++) {
		struct index *ix = d->new_indexes[i];

		ddl_take_out(after, ix);
		rows_remove_index(d->batch, ix);
		batch_remove_index(d->batch, ix);
		put_note(d, MARKER_ABORT_BUILD, after, ix);
	}
	rows_put_collection(d->batch, after);
	return 0;
}

static enum step undo(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);
	struct collection *newest;

	if (step != STEP_DONE)
		return step;
	newest = catalog_find_table(ddl_catalog(d), d->collection->table_id);
	/* Whoever has dropped them, or all, has done it; all go together. */
	if (!ddl_has_index(newest, d->new_indexes[0]->id)) {
		d->build_phase = BUILD_UNDONE;
	} else {
		/* There is no memory at all: as after a crash it is swept. */
		if (put_undoing(d, newest, st) != 0)
			abort();
		d->build_phase = BUILD_UNDO_COMMIT;
	}
	collection_unref(newest);
	return STEP_DONE;
}

static enum step undo_commit(
    struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	enum step step = ddl_fence(d, op, st);

	if (step == STEP_DONE && d->phase == DDL_FENCED)
		d->phase = DDL_READY;
	if (step == STEP_DONE)
		step = ddl_commit(d, op, st);
	if (step == STEP_ERROR) {
		log_write(LOG_INDEX, LOG_WARNING, 5102, "A failed index build is not undone",
		    (struct log_attr[]){{"ns", LOG_STR(d->collection->ns)},
			{"error", LOG_STR(st->message)}, {NULL}});
		status_clear(st);
		ddl_publish_uncommitted(d);
		step = STEP_DONE;
	}
	if (step == STEP_DONE)
		d->build_phase = BUILD_UNDONE;
	return step;
}

static enum step undone(struct ddl *d, const struct wanted *w, struct op *op, struct status *st)
{
	ddl_start_over(d);
	tell_over(d);
	log_end(d, 5122, "Index build failed");
	op->shielded = false;
	status_copy(st, &d->failure);
	status_clear(&d->failure);
	d->build_phase = BUILD_OVER;
	return STEP_ERROR;
}

/* ------------------------------------------------------------- the whole */

static enum step (*const phases[])(
    struct ddl *d, const struct wanted *w, struct op *op, struct status *st) = {
    [BUILD_BEGIN] = begin,
    [BUILD_AWAIT] = await,
    [BUILD_FILL] = fill,
    [BUILD_LOCK] = lock,
    [BUILD_DRAIN] = drain,
    [BUILD_FENCE] = fence,
    [BUILD_DRAIN_LAST] = drain,
    [BUILD_FINISH] = finish,
    [BUILD_UNDO] = undo,
    [BUILD_UNDO_COMMIT] = undo_commit,
    [BUILD_UNDONE] = undone,
};

/* Have the indexes that are being built become visible, and are still unfinished? */
static bool is_to_be_undone(const struct ddl *d)
{
	switch ((enum build_phase)d->build_phase) {
	case BUILD_BEGIN:
		/* Only waiting for the sync can fail then. */
		return d->building && d->phase == DDL_SYNC;
	case BUILD_FINISH:
		return d->phase != DDL_SYNC;
	default:
		return d->build_phase >= BUILD_FILL && d->build_phase < BUILD_UNDO;
	}
}

enum step ddl_create_indexes(struct ddl *d, struct view db, struct view name,
    struct index_build *b, struct op *op, struct status *st)
{
	const struct wanted w = {.db = db, .name = name, .build = b};
	enum step step;

	if (op->on_loop)
		return STEP_HANDOVER;
	while (d->build_phase != BUILD_OVER) {
		step = phases[d->build_phase](d, &w, op, st);
		if (step == STEP_ERROR && is_to_be_undone(d))
			begin_undoing(d, op, st);
		else if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}
