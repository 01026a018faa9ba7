#include "query/ttl.h"

#include <stdlib.h>

#include "index/entry.h"
#include "storage/iter.h"
#include "util/clock.h"
#include "util/log.h"

/* MongoDB's, as its server parameters have them. */
#define TURN_DOCS      50000
#define TURN_US        1000000
#define PASS_US        60000000
#define KEYS_AT_A_TIME 500

struct ttl_target {
	uint32_t table_id, index_id; /* 0: the records themselves */
	char *db, *name;
	struct buf position; /* entries before it have been looked at */
	bool done;
};

enum { IDLE, TURN, COLLECT, DELETE };

void ttl_init(struct ttl *t, struct store *s, struct op *op)
{
	*t = (struct ttl){.store = s, .op = op};
	arena_init(&t->arena, &op->memory);
	arena_init(&t->batch, &op->memory);
	arena_init(&t->row, &op->memory);
	buf_init(&t->lower, &op->memory);
	buf_init(&t->upper, &op->memory);
	keygen_init(&t->keygen, &op->memory);
}

static void end_writing(struct ttl *t)
{
	if (t->writing)
		writer_clear(&t->writer);
	t->writing = false;
}

static void forget_targets(struct ttl *t)
{
	for (int i = 0; i < t->n; i++)
		buf_clear(&t->targets[i].position);
	free(t->targets);
	t->targets = NULL;
	t->n = t->capacity = 0;
}

void ttl_clear(struct ttl *t)
{
	end_writing(t);
	forget_targets(t);
	keygen_clear(&t->keygen);
	buf_clear(&t->upper);
	buf_clear(&t->lower);
	arena_clear(&t->row);
	arena_clear(&t->batch);
	arena_clear(&t->arena);
}

static void log_failure(const struct ttl_target *g, const struct status *st)
{
	log_write(LOG_INDEX, LOG_WARNING, 5120, "Cannot remove documents that have expired",
	    (struct log_attr[]){{"db", LOG_STR(g->db)}, {"collection", LOG_STR(g->name)},
		{"error", LOG_STR(st->message)}, {NULL}});
}

/* --------------------------------------------------------------- targets */

/* A clustered collection's own, or a time series'; -1: none. */
static int64_t expiry_of_records(const struct collection *c)
{
	int64_t seconds;

	if ((!collection_is_clustered(c) && c->kind != KIND_TIMESERIES) ||
	    !value_to_i64(doc_get(c->options, "expireAfterSeconds"), &seconds))
		return -1;
	return seconds;
}

static void add_target(struct ttl *t, const struct collection *c, uint32_t index_id)
{
	struct ttl_target *g;

	if (t->n == t->capacity) {
		int more = t->capacity ? 2 * t->capacity : 16;
		struct ttl_target *all =
		    realloc(t->targets, (size_t)more * sizeof(struct ttl_target));

		if (!all) {
			t->failed = true;
			return;
		}
		t->targets = all;
		t->capacity = more;
	}
	g = &t->targets[t->n++];
	*g = (struct ttl_target){
	    .table_id = c->table_id,
	    .index_id = index_id,
	    .db = arena_strdup(&t->arena, c->db),
	    .name = arena_strdup(&t->arena, c->name),
	};
	buf_init(&g->position, &t->op->memory);
}

static bool add_targets_of(void *arg, struct collection *c)
{
	struct ttl *t = arg;
	bool expires = expiry_of_records(c) >= 0;

	if (c->capped)
		return true;
	if (expires && c->record_key != RECORD_KEY_SEQUENCE)
		add_target(t, c, 0);
	for (int i = 0; i < c->n_indexes; i++)
		if (c->indexes[i]->expire_after_s >= 0 || (expires && c->indexes[i]->is_id))
			add_target(t, c, c->indexes[i]->id);
	return true;
}

static void begin_pass(struct ttl *t)
{
	forget_targets(t);
	arena_reset(&t->arena);
	t->deleted = t->sub_passes = 0;
	t->failed = false;
	t->begun_us = clock_mono_us();
	catalog_each(store_catalog(t->store), view_of(NULL, 0), add_targets_of, t);
	if (arena_failed(&t->arena))
		t->n = 0; /* the next pass finds more memory, or not */
	t->at = 0;
	t->more = false;
	t->phase = TURN;
}

/* ------------------------------------------------------------- what is old */

static struct index *find_index(const struct collection *c, uint32_t id)
{
	for (int i = 0; i < c->n_indexes; i++)
		if (c->indexes[i]->id == id)
			return c->indexes[i];
	return NULL;
}

/* The newest date that is old enough; false: nothing is. */
static bool cutoff_of(const struct collection *c, const struct index *ix, int64_t *ms)
{
	int64_t seconds = !ix || ix->is_id ? expiry_of_records(c) : ix->expire_after_s;
	int64_t age_ms;

	return seconds >= 0 && !__builtin_mul_overflow(seconds, 1000, &age_ms) &&
	       !__builtin_sub_overflow(clock_wall_ms(), age_ms, ms);
}

static void put_date(struct buf *key, int64_t ms, bool descending)
{
	uint64_t bits = htole64((uint64_t)ms);
	const struct value v = {(const uint8_t *)&bits, sizeof(bits), TYPE_DATE};

	key_encode(key, NULL, v, descending, NULL);
}

/* The keys of all dates up to the cutoff. */
static bool set_range(struct ttl *t, const struct index *ix, int64_t cutoff_ms)
{
	bool descending = ix && ix->fields[0].descending;
	struct buf last;
	bool ok;

	buf_reset(&t->lower);
	buf_reset(&t->upper);
	buf_init(&last, &t->op->memory);
	put_date(&t->lower, descending ? cutoff_ms : INT64_MIN, descending);
	put_date(&last, descending ? INT64_MIN : cutoff_ms, descending);
	ok = key_successor(&t->upper, buf_view(&last)) && !last.failed && !t->lower.failed;
	buf_clear(&last);
	return ok;
}

static bool is_in_range(const struct ttl *t, struct view key)
{
	return view_compare(key, buf_view(&t->lower)) >= 0 &&
	       view_compare(key, buf_view(&t->upper)) < 0;
}

/* An index may have several keys of a document: the earliest date counts. */
static int has_expired(
    struct ttl *t, const struct index *ix, struct view doc, bool *yes, struct status *st)
{
	struct index_keys keys;
	int r;

	arena_reset(&t->row);
	r = index_keys_make(&t->keygen, ix, doc, &t->row, &keys, st);
	*yes = false;
	for (int i = 0; !r && i < keys.n && !*yes; i++)
		*yes = is_in_range(t, keys.keys[i].key);
	return r;
}

/* Under the record's lock, with what is there now: the document, the index, its options. */
static int delete_if_expired(
    void *arg, struct view current, struct change_result *out, struct status *st)
{
	struct ttl *t = arg;
	const struct ttl_target *g = &t->targets[t->at];
	const struct collection *c = t->writer.collection;
	const struct index *ix = g->index_id ? find_index(c, g->index_id) : NULL;
	int64_t cutoff_ms;
	bool yes = true;
	int r = 0;

	*out = (struct change_result){.what = CHANGE_NONE};
	if ((g->index_id && !ix) || !cutoff_of(c, ix, &cutoff_ms) ||
	    !set_range(t, ix, cutoff_ms))
		return 0;
	if (ix)
		r = has_expired(t, ix, current, &yes, st);
	else
		yes = is_in_range(t, t->keys[t->key_at]);
	if (!r && yes)
		out->what = CHANGE_DELETE;
	return r;
}

/* --------------------------------------------------------------- one turn */

static void end_turn(struct ttl *t, bool done)
{
	end_writing(t);
	t->targets[t->at].done = done;
	t->more |= !done;
	t->at++;
	t->phase = TURN;
}

static bool is_over(const struct ttl *t)
{
	return t->stop || t->op->killed || clock_mono_us() - t->begun_us >= PASS_US;
}

/* False: the pass is over. */
static bool next_turn(struct ttl *t)
{
	for (;;) {
		while (t->at < t->n && t->targets[t->at].done)
			t->at++;
		if (t->at < t->n)
			return !t->stop && !t->op->killed;
		t->sub_passes++;
		if (!t->more || is_over(t))
			return false;
		t->at = 0;
		t->more = false;
	}
}

static enum step begin_turn(struct ttl *t, struct status *st)
{
	struct ttl_target *g = &t->targets[t->at];
	enum step step;

	if (!t->writing) {
		writer_init(&t->writer, t->store, t->op);
		t->writing = true;
		t->turn_us = clock_mono_us();
		t->turn_deleted = 0;
	}
	step = writer_begin(&t->writer, view_of_str(g->db), view_of_str(g->name), false, st);
	if (step != STEP_DONE)
		return step;
	/* Another one may have its name by now. */
	if (!t->writer.collection || t->writer.collection->table_id != g->table_id)
		end_turn(t, true);
	else
		t->phase = COLLECT;
	return STEP_DONE;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for expired documents");
}

static struct iter *open_range(
    struct ttl *t, const struct ttl_target *g, const struct index *ix)
{
	struct iter_options o = {
	    .tier = READ_ANY, .lower = buf_view(&t->lower), .upper = buf_view(&t->upper)};

	if (view_compare(buf_view(&g->position), o.lower) > 0)
		o.lower = buf_view(&g->position);
	return ix ? iter_open_entries(t->store, ix, &o)
		  : iter_open_records(t->store, t->writer.collection, &o);
}

/* The record key behind the iterator's entry, kept. */
static int take_key(struct ttl *t, const struct index *ix, struct iter *it, struct status *st)
{
	struct index_entry e = {.record_key = iter_key(it)};
	int r = ix ? index_entry_split(ix, t->writer.collection->record_key, iter_key(it),
			 iter_value(it), &e, st)
		   : 0;

	if (!r)
		t->keys[t->n_keys++] = arena_dup(&t->batch, e.record_key);
	return r;
}

/* The next documents that may have expired; without an iterator when it returns. */
static int collect_keys(struct ttl *t, const struct index *ix, struct status *st)
{
	struct ttl_target *g = &t->targets[t->at];
	struct iter *it = open_range(t, g, ix);
	int r;

	if (!it)
		return no_memory(st);
	for (r = iter_first(it, st); r == 0 && t->n_keys < KEYS_AT_A_TIME;
	     r = iter_next(it, st)) {
		r = take_key(t, ix, it, st);
		if (r)
			break;
		buf_reset(&g->position);
		buf_append_view(&g->position, iter_key(it));
		buf_append_byte(&g->position, 0); /* behind it, whatever becomes of it */
	}
	iter_close(it);
	if (arena_failed(&t->batch) || g->position.failed)
		return no_memory(st);
	return r == ERR_ABSENT ? 0 : r;
}

static int collect(struct ttl *t, struct status *st)
{
	struct ttl_target *g = &t->targets[t->at];
	const struct collection *c = t->writer.collection;
	const struct index *ix = g->index_id ? find_index(c, g->index_id) : NULL;
	int64_t cutoff_ms;
	int r;

	t->n_keys = t->key_at = 0;
	arena_reset(&t->batch);
	if ((g->index_id && !ix) || !cutoff_of(c, ix, &cutoff_ms)) {
		end_turn(t, true);
		return 0;
	}
	t->keys = arena_new_array(&t->batch, KEYS_AT_A_TIME, struct view);
	if (!t->keys || !set_range(t, ix, cutoff_ms))
		return no_memory(st);
	r = collect_keys(t, ix, st);
	if (r)
		return r;
	if (t->n_keys)
		t->phase = DELETE;
	else
		end_turn(t, true);
	return 0;
}

/* The keys that were collected. */
static enum step delete_keys(struct ttl *t, struct status *st)
{
	while (t->key_at < t->n_keys) {
		uint64_t before = t->writer.last_sequence;
		enum step step;
		bool found;

		if (t->stop) {
			end_turn(t, true);
			return STEP_DONE;
		}
		step = writer_change(
		    &t->writer, t->keys[t->key_at], delete_if_expired, t, &found, st);
		if (step != STEP_DONE)
			return step;
		if (t->writer.last_sequence != before) {
			t->deleted++;
			t->turn_deleted++;
		}
		t->key_at++;
		if (op_slice_over(t->op) && t->key_at < t->n_keys)
			return STEP_HANDOVER;
	}
	if (t->turn_deleted >= TURN_DOCS || clock_mono_us() - t->turn_us >= TURN_US)
		end_turn(t, false);
	else
		t->phase = COLLECT;
	return STEP_DONE;
}

static enum step go_on(struct ttl *t, struct status *st)
{
	switch (t->phase) {
	case TURN:
		return begin_turn(t, st);
	case COLLECT:
		return collect(t, st) ? STEP_ERROR : STEP_DONE;
	default:
		return delete_keys(t, st);
	}
}

enum step ttl_pass(struct ttl *t)
{
	enum step step = STEP_DONE;
	struct status st;

	if (t->op->on_loop)
		return STEP_HANDOVER;
	if (t->phase == IDLE)
		begin_pass(t);
	status_init(&st);
	while (t->phase != TURN || t->writing || next_turn(t)) {
		step = go_on(t, &st);
		if (step == STEP_ERROR) {
			if (!t->op->killed)
				log_failure(&t->targets[t->at], &st);
			status_clear(&st);
			end_turn(t, true);
			step = STEP_DONE;
		}
		if (step == STEP_DONE && op_slice_over(t->op))
			step = STEP_HANDOVER;
		if (step != STEP_DONE)
			break;
	}
	status_clear(&st);
	if (step == STEP_DONE)
		t->phase = IDLE;
	return step;
}
