#include "index/entry.h"
#include "storage/newest.h"
#include "storage/record.h"

#include "query/measurement.h"
#include "query/validator.h"
#include "query/writer_parts.h"

/* More than this is not for a loop. */
#define LOOP_DOCS  4
#define LOOP_BYTES (16 * 1024)

/* A document of the group, made ready by an attempt. */
struct prepared {
	struct view doc; /* as it is stored */
	struct view record_key; /* RECORD_KEY_ID */
	struct value id;
	struct index_keys *keys; /* of each index */
};

/*
 * The unique keys that earlier documents of the group take, by the hash that
 * their locks have and the index: what the store cannot say yet.
 */
struct taken_slot {
	struct hash128 hash;
	int index; /* its place + 1; 0: a free slot */
};

struct inserting {
	struct writer_doc *docs;
	int n;
	bool ordered;
	struct prepared *prepared; /* of docs[w->at ...] */
	struct taken_slot *taken;
	size_t n_slots; /* a power of two; 0: the group is a single document */
	struct buf record_key;
	int64_t bytes;
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a write");
}

/* What an earlier attempt said. */
static void forget_failure(struct writer_doc *d)
{
	if (d->failure)
		status_clear(d->failure);
	d->failure = NULL;
	d->code = 0;
}

/* The status becomes this document's.  Fails when there is no memory for that. */
static int fail_document(struct writer *w, struct writer_doc *d, struct status *st)
{
	d->failure = arena_new(&w->failures, struct status);
	if (!d->failure)
		return no_memory(st);
	status_init(d->failure);
	status_copy(d->failure, st);
	d->code = st->code;
	status_clear(st);
	return 0;
}

static int prepare_document(
    struct writer *w, struct view doc, struct prepared *p, struct status *st)
{
	const struct collection *c = w->collection;
	int r;

	if (c->kind == KIND_TIMESERIES && measurement_make(c, doc, &w->arena, &doc, st))
		return st->code;
	p->doc = doc;
	p->id = doc_get(doc, "_id");
	assert(!value_is_missing(p->id));
	r = w->bypass_validation ? 0 : validator_check(w->collection, view_of(NULL, 0), doc, &w->arena, st);
	if (r)
		return r;
	if (c->record_key == RECORD_KEY_ID) {
		buf_reset(&w->scratch);
		record_key_of_id(&w->scratch, c, p->id);
		if (w->scratch.len > RECORD_KEY_MAX)
			return status_set(st, ERR_KEY_TOO_LONG,
			    "an _id whose key has %zu bytes is longer than %d", w->scratch.len,
			    RECORD_KEY_MAX);
		p->record_key = arena_dup(&w->arena, buf_view(&w->scratch));
	}
	p->keys = arena_new_array(&w->arena, (size_t)c->n_written, struct index_keys);
	if (w->scratch.failed || arena_failed(&w->arena))
		return no_memory(st);
	for (int i = 0; i < c->n_written; i++) {
		r = index_keys_make(&w->keygen, c->indexes[i], doc, &w->arena, &p->keys[i], st);
		if (r)
			return r;
	}
	return 0;
}

/* How many documents the next group takes: bounded in number and bytes, and in
 * a capped collection by its bounds, so that no group overtakes itself. */
static int group_length(const struct writer *w, const struct inserting *in)
{
	const struct collection *c = w->collection;
	int most = MIN_OF(in->n - w->at, WRITER_GROUP_DOCS), n;
	int64_t bytes = 0, bytes_most = WRITER_GROUP_BYTES;

	if (c->capped && c->capped_documents)
		most = (int)MIN_OF((int64_t)most, c->capped_documents);
	if (c->capped && c->capped_bytes)
		bytes_most = MIN_OF(bytes_most, c->capped_bytes);
	for (n = 0; n < most; n++) {
		bytes += (int64_t)in->docs[w->at + n].doc.len;
		if (n > 0 && bytes > bytes_most)
			break;
	}
	return n;
}

/* Is this too much for an event loop? */
static bool is_large(const struct writer *w, const struct inserting *in)
{
	size_t bytes = 0;

	if (in->n - w->at > LOOP_DOCS)
		return true;
	for (int i = w->at; i < in->n; i++)
		bytes += in->docs[i].doc.len;
	return bytes > LOOP_BYTES;
}

static int prepare_group(struct writer *w, struct inserting *in, struct status *st)
{
	int n = group_length(w, in);

	w->stop = false;
	w->group_end = w->at + n;
	in->prepared = arena_new_array(&w->arena, (size_t)n, struct prepared);
	if (!in->prepared)
		return no_memory(st);
	for (int i = 0; i < n; i++) {
		struct writer_doc *d = &in->docs[w->at + i];

		forget_failure(d);
		if (!prepare_document(w, d->doc, &in->prepared[i], st))
			continue;
		if (fail_document(w, d, st))
			return st->code;
		if (in->ordered) {
			w->stop = true;
			w->group_end = w->at + i + 1;
			break;
		}
	}
	return 0;
}

static bool wants_multikey(struct writer *w, const struct inserting *in)
{
	for (int i = w->at; i < w->group_end; i++) {
		const struct prepared *p = &in->prepared[i - w->at];

		if (in->docs[i].code)
			continue;
		for (int x = 0; x < w->collection->n_written; x++)
			if (writer_wants_multikey(
				w, w->collection->indexes[x], p->keys[x].multikey))
				return true;
	}
	return false;
}

static void add_lock(struct writer *w, uint32_t id, struct view key)
{
	struct hash128 h = lock_key(id, key);

	buf_append(&w->lock_keys, &h, sizeof(h));
}

/* All the locks of a group are known beforehand, and taken in one order. */
static enum step lock_group(struct writer *w, const struct inserting *in,
    enum writer_outcome *outcome, struct status *st)
{
	const struct collection *c = w->collection;

	buf_reset(&w->lock_keys);
	if (c->capped) {
		struct hash128 h = writer_append_lock(c);

		buf_append(&w->lock_keys, &h, sizeof(h));
	}
	for (int i = w->at; i < w->group_end; i++) {
		const struct prepared *p = &in->prepared[i - w->at];

		if (in->docs[i].code)
			continue;
		if (c->record_key == RECORD_KEY_ID)
			add_lock(w, c->table_id, p->record_key);
		for (int x = 0; x < c->n_written; x++)
			for (int k = 0; writer_keeps_unique(c->indexes[x]) && k < p->keys[x].n;
			     k++)
				add_lock(w, c->indexes[x]->id, p->keys[x].keys[k].key);
	}
	if (w->lock_keys.failed) {
		no_memory(st);
		return STEP_ERROR;
	}
	return writer_lock(w, (struct hash128 *)w->lock_keys.data,
	    (int)(w->lock_keys.len / sizeof(struct hash128)), outcome, st);
}

/* Room for all the unique keys of the group; none for one document, whose own
 * keys are all different. */
static int make_slots(struct writer *w, struct inserting *in, struct status *st)
{
	size_t n_keys = w->lock_keys.len / sizeof(struct hash128);

	in->n_slots = 0;
	if (w->group_end - w->at == 1)
		return 0;
	in->n_slots = 16;
	while (in->n_slots < 2 * n_keys)
		in->n_slots *= 2;
	in->taken = arena_new_array(&w->arena, in->n_slots, struct taken_slot);
	return in->taken ? 0 : no_memory(st);
}

/* The key's slot: free, or with the key in it. */
static struct taken_slot *find_slot(
    struct inserting *in, int index, uint32_t id, struct view key, struct hash128 *hash)
{
	size_t at;

	*hash = lock_key(id, key);
	for (at = hash->low & (in->n_slots - 1);; at = (at + 1) & (in->n_slots - 1)) {
		struct taken_slot *slot = &in->taken[at];

		if (!slot->index || (slot->index == index + 1 && slot->hash.low == hash->low &&
					slot->hash.high == hash->high))
			return slot;
	}
}

static bool taken_in_group(struct inserting *in, int index, uint32_t id, struct view key)
{
	struct hash128 hash;

	return in->n_slots && find_slot(in, index, id, key, &hash)->index != 0;
}

static void take_in_group(struct inserting *in, int index, uint32_t id, struct view key)
{
	struct taken_slot *slot;
	struct hash128 hash;

	if (!in->n_slots)
		return;
	slot = find_slot(in, index, id, key, &hash);
	*slot = (struct taken_slot){.hash = hash, .index = index + 1};
}

/* The slots' number for the record keys, beside those of the indexes. */
#define RECORD_SLOTS INDEXES_MAX

static int check_record_key(
    struct writer *w, struct inserting *in, const struct prepared *p, struct status *st)
{
	const struct collection *c = w->collection;
	enum read_tier tier = read_tier_of(w->op);
	struct pinned there;
	bool is_new;
	int r;

	if (taken_in_group(in, RECORD_SLOTS, c->table_id, p->record_key))
		return index_duplicate_id_error(c, p->id, st);
	r = newest_claim(w->store, c, p->record_key, tier, &is_new, st);
	if (r || is_new)
		return r;
	r = record_get(w->store, NULL, c, p->record_key, tier, &there, st);
	if (r == ERR_ABSENT)
		return 0;
	if (r)
		return r;
	pinned_release(&there);
	return index_duplicate_id_error(c, p->id, st);
}

static int check_index(
    struct writer *w, struct inserting *in, int x, const struct prepared *p, struct status *st)
{
	const struct collection *c = w->collection;
	const struct index *ix = c->indexes[x];

	for (int k = 0; k < p->keys[x].n; k++) {
		const struct index_key *key = &p->keys[x].keys[k];
		bool taken = taken_in_group(in, x, ix->id, key->key);
		int r = taken ? 0
			      : index_key_taken(w->store, c, ix, key->key,
				    (struct view){NULL, 0}, read_tier_of(w->op), &taken, st);

		if (r)
			return r;
		if (taken)
			return index_duplicate_error(c, ix, key, st);
	}
	return 0;
}

static int check_document(
    struct writer *w, struct inserting *in, const struct prepared *p, struct status *st)
{
	const struct collection *c = w->collection;
	int r = 0;

	if (c->record_key == RECORD_KEY_ID)
		r = check_record_key(w, in, p, st);
	for (int x = 0; x < c->n_written && !r; x++)
		if (writer_keeps_unique(c->indexes[x]))
			r = check_index(w, in, x, p, st);
	return r;
}

static int put_document(struct writer *w, struct inserting *in, int i, struct status *st)
{
	const struct collection *c = w->collection;
	const struct prepared *p = &in->prepared[i - w->at];
	struct view record_key = p->record_key;

	if (c->record_key == RECORD_KEY_ID) {
		take_in_group(in, RECORD_SLOTS, c->table_id, record_key);
	} else {
		buf_reset(&in->record_key);
		if (c->record_key == RECORD_KEY_TIME)
			record_key_of_time(&in->record_key, c, measurement_time(c, p->doc));
		else
			record_key_next(&in->record_key, c);
		if (in->record_key.failed)
			return no_memory(st);
		record_key = buf_view(&in->record_key);
	}
	batch_insert(w->batch, c, record_key, p->id, p->doc);
	for (int x = 0; x < c->n_written; x++)
		for (int k = 0; k < p->keys[x].n; k++) {
			const struct index_key *key = &p->keys[x].keys[k];

			if (writer_keeps_unique(c->indexes[x]))
				take_in_group(in, x, c->indexes[x]->id, key->key);
			index_entry_put(w->batch, c->indexes[x], key, record_key, &w->scratch);
		}
	in->bytes += (int64_t)p->doc.len;
	return writer_note(w, i, st);
}

/* Checks and puts one document after the other; *n_put counts those that go in. */
static int fill_batch(struct writer *w, struct inserting *in, int *n_put, struct status *st)
{
	int r = make_slots(w, in, st);

	*n_put = 0;
	for (int i = w->at; i < w->group_end && !r; i++) {
		struct writer_doc *d = &in->docs[i];

		if (d->code)
			continue;
		r = check_document(w, in, &in->prepared[i - w->at], st);
		if (!r) {
			r = put_document(w, in, i, st);
			*n_put += 1;
		} else if (r == ERR_DUPLICATE_KEY) {
			r = fail_document(w, d, st);
			if (in->ordered) {
				w->stop = true;
				w->group_end = i + 1;
			}
		}
	}
	if (!r && w->collection->capped && *n_put)
		r = writer_capped_trim(w, *n_put, in->bytes, st);
	return r;
}

/* One attempt at the group that begins at w->at.  DONE with WRITER_GO_ON: it
 * is in the batch and the phase is COMMIT, or there was nothing to put in and the phase is
 * IDLE. */
static enum step attempt(
    struct writer *w, struct inserting *in, enum writer_outcome *outcome, struct status *st)
{
	enum step step = writer_enter(w, outcome, st);
	int r, n_put;

	if (step != STEP_DONE || *outcome == WRITER_GONE)
		return step;
	if (w->op->on_loop && is_large(w, in))
		return STEP_HANDOVER;
	if (writer_new_attempt(w, st) || prepare_group(w, in, st))
		return STEP_ERROR;
	if (wants_multikey(w, in)) {
		*outcome = WRITER_AGAIN;
		return STEP_DONE;
	}
	step = lock_group(w, in, outcome, st);
	if (step != STEP_DONE || *outcome != WRITER_GO_ON)
		return step;
	r = fill_batch(w, in, &n_put, st);
	if (r == ERR_WOULD_BLOCK)
		return STEP_HANDOVER;
	if (r || (n_put && writer_commit_begin(w, st)))
		return STEP_ERROR;
	return STEP_DONE;
}

/* The collection was dropped meanwhile: it is made anew, as MongoDB does. */
static enum step begin_again(struct writer *w, struct status *st)
{
	lock_set_release(&w->locks);
	if (!w->create) {
		status_set(st, ERR_QUERY_PLAN_KILLED, "collection dropped while writing");
		return STEP_ERROR;
	}
	return writer_begin(w, w->db, w->name, true, st);
}

/* One step of the way; *group_done when the group at w->at is through. */
static enum step take_step(
    struct writer *w, struct inserting *in, bool *group_done, struct status *st)
{
	enum writer_outcome outcome = WRITER_GO_ON;
	enum step step;

	*group_done = false;
	switch ((enum writer_phase)w->phase) {
	case WRITER_CREATE:
		return writer_begin(w, w->db, w->name, true, st);
	case WRITER_MULTIKEY:
		return writer_set_multikey(w, &outcome, st);
	case WRITER_COMMIT:
		step = writer_commit_go_on(w, &outcome, st);
		*group_done = step == STEP_DONE && outcome == WRITER_GO_ON;
		return step;
	case WRITER_IDLE:
		break;
	}
	in->bytes = 0;
	step = attempt(w, in, &outcome, st);
	if (step == STEP_DONE && outcome == WRITER_GONE)
		return begin_again(w, st);
	*group_done = step == STEP_DONE && outcome == WRITER_GO_ON && w->phase == WRITER_IDLE;
	return step;
}

static enum step go_on(struct writer *w, struct inserting *in, struct status *st)
{
	while (w->phase != WRITER_IDLE || (w->at < in->n && !w->stop)) {
		bool group_done;
		enum step step = take_step(w, in, &group_done, st);

		if (step != STEP_DONE)
			return step;
		if (!group_done)
			continue;
		w->at = w->group_end;
		lock_set_release(&w->locks);
		if (w->at < in->n && !w->stop && op_slice_over(w->op))
			return STEP_HANDOVER;
	}
	return STEP_DONE;
}

enum step writer_insert(struct writer *w, struct writer_doc *docs, int n, bool ordered,
    int *done, struct status *st)
{
	struct inserting in = {.docs = docs, .n = n, .ordered = ordered};
	enum step step;

	buf_init(&in.record_key, &w->op->memory);
	step = writer_end(w, go_on(w, &in, st));
	buf_clear(&in.record_key);
	*done = w->at;
	if (step == STEP_DONE || step == STEP_ERROR) {
		w->at = 0;
		w->stop = false;
	}
	return step;
}
