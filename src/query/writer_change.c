#include "index/entry.h"
#include "storage/record.h"

#include "query/measurement.h"
#include "query/validator.h"
#include "query/writer_parts.h"

/* What one attempt knows; all of it ends with the slice. */
struct changing {
	struct view record_key;
	struct pinned pinned;
	struct view old; /* pinned's bytes */
	struct value id;
	struct change_result result;
	struct key_diff {
		struct index_keys old, new;
	} * diffs; /* of each index */
};

/* Calls each with every key that is in one and not in the other: both are
 * sorted. */
static void each_difference(const struct key_diff *d,
    void (*each)(void *arg, const struct index_key *key, bool added), void *arg)
{
	int i = 0, j = 0;

	while (i < d->old.n || j < d->new.n) {
		int c = i == d->old.n   ? 1
			: j == d->new.n ? -1
					: view_compare(d->old.keys[i].key, d->new.keys[j].key);

		if (c < 0) {
			each(arg, &d->old.keys[i++], false);
		} else if (c > 0) {
			each(arg, &d->new.keys[j++], true);
		} else {
			/* The key stays, the kind of its numbers may not. */
			if (!view_equal(d->old.keys[i].type_bits, d->new.keys[j].type_bits))
				each(arg, &d->new.keys[j], true);
			i++;
			j++;
		}
	}
}

static int make_diffs(struct writer *w, struct changing *ch, struct status *st)
{
	const struct collection *c = w->collection;

	ch->diffs = arena_new_array(&w->arena, (size_t)c->n_written + 1, struct key_diff);
	if (!ch->diffs)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a write");
	for (int i = 0; i < c->n_written; i++) {
		struct key_diff *d = &ch->diffs[i];
		int r = writer_old_keys(w, c->indexes[i], ch->old, &d->old, st);

		if (!r && ch->result.what == CHANGE_TO)
			r = index_keys_make(
			    &w->keygen, c->indexes[i], ch->result.doc, &w->arena, &d->new, st);
		if (r)
			return r;
	}
	return 0;
}

struct lock_arg {
	struct buf *keys;
	uint32_t index_id;
};

static void add_lock_key(void *arg, const struct index_key *key, bool added)
{
	struct lock_arg *la = arg;
	struct hash128 h = lock_key(la->index_id, key->key);

	buf_append(la->keys, &h, sizeof(h));
}

/* The keys that a unique index gains or loses are locked besides the record. */
static enum step lock_unique(
    struct writer *w, struct changing *ch, enum writer_outcome *outcome, struct status *st)
{
	const struct collection *c = w->collection;

	*outcome = WRITER_GO_ON;
	buf_reset(&w->lock_keys);
	for (int i = 0; i < c->n_written; i++) {
		struct lock_arg arg = {.keys = &w->lock_keys, .index_id = c->indexes[i]->id};

		if (writer_keeps_unique(c->indexes[i]))
			each_difference(&ch->diffs[i], add_lock_key, &arg);
	}
	if (w->lock_keys.failed) {
		status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for record locks");
		return STEP_ERROR;
	}
	if (w->lock_keys.len == 0)
		return STEP_DONE;
	return writer_lock(w, (struct hash128 *)w->lock_keys.data,
	    (int)(w->lock_keys.len / sizeof(struct hash128)), outcome, st);
}

struct check_arg {
	struct writer *w;
	const struct index *ix;
	struct view record_key;
	int result;
	struct status *st;
};

static void check_unique(void *arg, const struct index_key *key, bool added)
{
	struct check_arg *ca = arg;
	struct writer *w = ca->w;
	bool taken;

	if (!added || ca->result)
		return;
	ca->result = index_key_taken(w->store, w->collection, ca->ix, key->key, ca->record_key,
	    read_tier_of(w->op), &taken, ca->st);
	if (!ca->result && taken)
		ca->result = index_duplicate_error(w->collection, ca->ix, key, ca->st);
}

struct put_arg {
	struct writer *w;
	const struct index *ix;
	struct view record_key;
};

static void put_difference(void *arg, const struct index_key *key, bool added)
{
	struct put_arg *pa = arg;

	(added ? index_entry_put : index_entry_remove)(
	    pa->w->batch, pa->ix, key, pa->record_key, &pa->w->scratch);
}

static int fill_batch(struct writer *w, struct changing *ch, struct status *st)
{
	const struct collection *c = w->collection;

	for (int i = 0; i < c->n_written; i++) {
		const struct index *ix = c->indexes[i];
		struct check_arg check = {
		    .w = w, .ix = ix, .record_key = ch->record_key, .st = st};
		struct put_arg put = {.w = w, .ix = ix, .record_key = ch->record_key};

		if (writer_keeps_unique(ix))
			each_difference(&ch->diffs[i], check_unique, &check);
		if (check.result)
			return check.result;
		each_difference(&ch->diffs[i], put_difference, &put);
	}
	if (ch->result.what == CHANGE_DELETE)
		batch_remove(w->batch, c, ch->record_key, ch->id, ch->old);
	else
		batch_replace(w->batch, c, ch->record_key, ch->id, ch->old, ch->result.doc,
		    ch->result.delta);
	return writer_note(w, 0, st);
}

/* The record's lock (and the append lock), with the unique keys' that an
 * earlier attempt had to let go: taken together, these are in order. */
static enum step lock_record(
    struct writer *w, struct view record_key, enum writer_outcome *outcome, struct status *st)
{
	size_t more = w->lock_keys.len / sizeof(struct hash128);
	struct hash128 *keys = arena_new_array(&w->arena, more + 2, struct hash128);
	int n = 0;

	if (!keys) {
		status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for record locks");
		return STEP_ERROR;
	}
	keys[n++] = lock_key(w->collection->table_id, record_key);
	if (w->collection->capped)
		keys[n++] = writer_append_lock(w->collection);
	if (more)
		memcpy(keys + n, w->lock_keys.data, w->lock_keys.len);
	return writer_lock(w, keys, n + (int)more, outcome, st);
}

/* The record key was chosen by the time. */
static int check_measurement(struct writer *w, struct changing *ch, struct status *st)
{
	const struct collection *c = w->collection;
	struct view *doc = &ch->result.doc;

	if (!value_equal(measurement_time(c, *doc), measurement_time(c, ch->old), NULL))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "the timeField of a measurement cannot be changed");
	return measurement_make(c, *doc, &w->arena, doc, st);
}

/* The record key and the lock were chosen by the _id. */
static int check_result(struct writer *w, struct changing *ch, struct status *st)
{
	if (ch->result.what != CHANGE_TO)
		return 0;
	if (!value_equal(doc_get(ch->result.doc, "_id"), ch->id, NULL))
		return status_set(st, ERR_IMMUTABLE_FIELD, "the field _id cannot be changed");
	if (w->collection->kind == KIND_TIMESERIES)
		return check_measurement(w, ch, st);
	if (w->bypass_validation)
		return 0;
	return validator_check(w->collection, ch->old, ch->result.doc, &w->arena, st);
}

/* The record is locked and read: decide, lock what more it takes, and fill the
 * batch. */
static enum step work_out(struct writer *w, struct changing *ch, change_fn *change, void *arg,
    enum writer_outcome *outcome, struct status *st)
{
	const struct collection *c = w->collection;
	enum step step;
	int r;

	ch->id = doc_get(ch->old, "_id");
	r = change(arg, ch->old, &ch->result, st);
	if (r || ch->result.what == CHANGE_NONE)
		return r ? STEP_ERROR : STEP_DONE;
	if (check_result(w, ch, st) || make_diffs(w, ch, st))
		return STEP_ERROR;
	for (int i = 0; i < c->n_written; i++)
		if (writer_wants_multikey(w, c->indexes[i], ch->diffs[i].new.multikey))
			return STEP_DONE;
	step = lock_unique(w, ch, outcome, st);
	if (step != STEP_DONE || *outcome != WRITER_GO_ON)
		return step;
	r = fill_batch(w, ch, st);
	if (r == ERR_WOULD_BLOCK)
		return STEP_HANDOVER;
	if (r || writer_commit_begin(w, st))
		return STEP_ERROR;
	return STEP_DONE;
}

/* One attempt.  DONE with the phase still IDLE and WRITER_GO_ON: nothing (more) to do. */
static enum step attempt(struct writer *w, struct view record_key, change_fn *change, void *arg,
    bool *found, enum writer_outcome *outcome, struct status *st)
{
	struct changing ch = {.record_key = record_key};
	enum step step = writer_enter(w, outcome, st);
	int r;

	*found = false;
	if (step != STEP_DONE || *outcome == WRITER_GONE)
		return step;
	if (writer_new_attempt(w, st))
		return STEP_ERROR;
	step = lock_record(w, record_key, outcome, st);
	if (step != STEP_DONE || *outcome != WRITER_GO_ON)
		return step;
	r = record_get(
	    w->store, NULL, w->collection, record_key, read_tier_of(w->op), &ch.pinned, st);
	if (r == ERR_ABSENT)
		return STEP_DONE;
	if (r)
		return r == ERR_WOULD_BLOCK ? STEP_HANDOVER : STEP_ERROR;
	*found = true;
	ch.old = ch.pinned.bytes;
	step = work_out(w, &ch, change, arg, outcome, st);
	pinned_release(&ch.pinned);
	return step;
}

static enum step go_on(struct writer *w, struct view record_key, change_fn *change, void *arg,
    bool *found, struct status *st)
{
	for (;;) {
		enum writer_outcome outcome;
		enum step step;

		switch ((enum writer_phase)w->phase) {
		case WRITER_MULTIKEY:
			step = writer_set_multikey(w, &outcome, st);
			break;
		case WRITER_COMMIT:
			step = writer_commit_go_on(w, &outcome, st);
			*found = true;
			if (step == STEP_DONE && outcome == WRITER_GO_ON)
				return STEP_DONE;
			break;
		default:
			step = attempt(w, record_key, change, arg, found, &outcome, st);
			if (step == STEP_DONE && w->phase == WRITER_IDLE &&
			    outcome != WRITER_AGAIN)
				return STEP_DONE;
		}
		if (step != STEP_DONE)
			return step;
	}
}

enum step writer_change(struct writer *w, struct view record_key, change_fn *change, void *arg,
    bool *found, struct status *st)
{
	*found = false;
	if (!w->collection)
		return STEP_DONE;
	return writer_end(w, go_on(w, record_key, change, arg, found, st));
}
