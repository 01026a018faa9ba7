#include "session/retryable.h"

#include <endian.h>
#include <stdlib.h>

#include "bson/builder.h"
#include "session/sessions.h"
#include "storage/record.h"
#include "util/clock.h"

/* A session keeps results up to this in memory, a million of them may be idle. */
#define RESULT_BYTES_KEPT 4096

void retry_init(struct retry *r)
{
	*r = (struct retry){.txn_number = -1, .highest = -1, .highest_committed = -1};
}

/* Forgets the entries from the first on. */
static void drop_entries(struct retry *r, int first)
{
	int i;

	for (i = first; i < r->n; i++)
		free(r->entries[i].extra);
	r->n = first;
	r->hint = 0;
	r->n_pending = 0;
}

void retry_clear(struct retry *r)
{
	drop_entries(r, 0);
	free(r->entries);
	free(r->pending);
	retry_init(r);
}

/* What stands in the entries now is committed. */
static void settle(struct retry *r)
{
	r->n_committed = r->n;
	r->last_count = r->n ? r->entries[r->n - 1].count : 0;
	r->highest_committed = r->highest;
	r->n_pending = 0;
}

void retry_committed(struct session *s)
{
	settle(&s->retry);
}

void retry_rolled_back(struct session *s)
{
	struct retry *r = &s->retry;

	drop_entries(r, r->n_committed);
	if (r->n)
		r->entries[r->n - 1].count = r->last_count;
	r->highest = r->highest_committed;
}

void retry_trim(struct retry *r)
{
	size_t bytes = 0;

	for (int i = 0; i < r->n; i++)
		bytes += sizeof(r->entries[i]) + r->entries[i].extra_len;
	if (r->loaded && bytes > RESULT_BYTES_KEPT)
		retry_clear(r);
}

static void *grow(void *array, int *capacity, size_t size)
{
	int more = *capacity ? *capacity * 2 : 4;
	void *p = realloc(array, (size_t)more * size);

	if (p)
		*capacity = more;
	return p;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a retryable write");
}

static struct retry_entry *new_entry(struct retry *r)
{
	if (r->n == r->capacity) {
		void *p = grow(r->entries, &r->capacity, sizeof(*r->entries));

		if (!p)
			return NULL;
		r->entries = p;
	}
	r->entries[r->n] = (struct retry_entry){0};
	return &r->entries[r->n++];
}

static int add_entry(struct retry *r, int32_t id, int32_t count,
    const struct retry_result *result, struct status *st)
{
	struct retry_entry *e = new_entry(r);

	if (!e)
		return no_memory(st);
	e->id = id;
	e->count = count;
	e->kind = result->kind;
	e->n = result->n;
	e->n_modified = result->n_modified;
	if (result->extra.len) {
		e->extra = malloc(result->extra.len);
		if (!e->extra) {
			r->n--;
			return no_memory(st);
		}
		memcpy(e->extra, result->extra.data, result->extra.len);
		e->extra_len = result->extra.len;
	}
	r->highest = MAX_OF(r->highest, id + (count - 1));
	return 0;
}

/* ---------------------------------------------------------- the row */

static int64_t get_i64(struct view doc, const char *name, int64_t otherwise)
{
	int64_t v;

	return value_to_i64(doc_get(doc, name), &v) ? v : otherwise;
}

static int load_entry(struct retry *r, struct view doc, struct status *st)
{
	struct value extra = doc_get(doc, "extra");
	struct retry_result result = {
	    .kind = (enum retry_kind)get_i64(doc, "kind", 0),
	    .n = get_i64(doc, "n", 0),
	    .n_modified = get_i64(doc, "nModified", 0),
	};

	if (extra.type == TYPE_OBJECT)
		result.extra = value_doc(extra);
	return add_entry(
	    r, (int32_t)get_i64(doc, "id", 0), (int32_t)get_i64(doc, "count", 1), &result, st);
}

/* The key of the row-th row. */
static struct view row_key(
    const struct session *s, uint32_t row, uint8_t key[static RETRY_ROW_KEY_MAX])
{
	uint32_t be = htobe32(row);

	memcpy(key, s->key, sizeof(s->key));
	memcpy(key + sizeof(s->key), &be, sizeof(be));
	return view_of(key, row ? RETRY_ROW_KEY_MAX : sizeof(s->key));
}

static int load_entries(struct retry *r, struct view row, struct status *st)
{
	struct value stmts = doc_get(row, "stmts");
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (stmts.type != TYPE_ARRAY)
		return 0;
	it = doc_iter(value_doc(stmts));
	while (!err && doc_next(&it, &e))
		if (e.value.type == TYPE_OBJECT)
			err = load_entry(r, value_doc(e.value), st);
	return err;
}

/* ERR_ABSENT: it is not there, or of an older write. */
static int load_row(struct session *s, struct store *store, uint32_t number,
    enum read_tier tier, struct status *st)
{
	struct retry *r = &s->retry;
	uint8_t key[RETRY_ROW_KEY_MAX];
	struct arena arena;
	struct view row;
	int err;

	arena_init(&arena, NULL);
	err = row_get(
	    store, TABLE_RETRYABLE_WRITE, row_key(s, number, key), tier, &arena, &row, st);
	if (!err && !number)
		r->txn_number = get_i64(row, "txnNumber", -1);
	else if (!err && get_i64(row, "txnNumber", -1) != r->txn_number)
		err = ERR_ABSENT;
	if (!err)
		err = load_entries(r, row, st);
	arena_clear(&arena);
	return err;
}

static int load(struct session *s, struct store *store, enum read_tier tier, struct status *st)
{
	struct retry *r = &s->retry;
	uint32_t row = 0;
	int err;

	do
		err = load_row(s, store, row++, tier, st);
	while (!err && (uint32_t)r->n == row * RETRY_ROW_ENTRIES);
	if (err && err != ERR_ABSENT) {
		retry_clear(r);
		return err;
	}
	settle(r);
	r->loaded = true;
	return 0;
}

int retry_begin(struct session *s, struct store *store, int64_t txn_number, enum read_tier tier,
    struct status *st)
{
	struct retry *r = &s->retry;
	int err;

	if (!r->loaded && store) {
		err = load(s, store, tier, st);
		if (err)
			return err;
	}
	if (txn_number < r->txn_number)
		return status_set(st, ERR_TRANSACTION_TOO_OLD,
		    "Retryable write with txnNumber %lld is prohibited on the session, because "
		    "a newer one with txnNumber %lld has already started",
		    (long long)txn_number, (long long)r->txn_number);
	if (txn_number > r->txn_number) {
		drop_entries(r, 0);
		r->highest = -1;
		r->txn_number = txn_number;
		settle(r);
	}
	return 0;
}

bool retry_find(struct session *s, int32_t stmt_id, struct retry_result *out)
{
	struct retry *r = &s->retry;
	int i;

	if (stmt_id > r->highest)
		return false;
	/* A retried command asks in the order in which they were done. */
	for (i = 0; i < r->n; i++) {
		int at = (r->hint + i) % r->n;
		const struct retry_entry *e = &r->entries[at];

		if (stmt_id < e->id || stmt_id - e->id >= e->count)
			continue;
		r->hint = at;
		*out = (struct retry_result){
		    e->kind, e->n, e->n_modified, view_of(e->extra, e->extra_len)};
		return true;
	}
	return false;
}

/* Does the result go on where the last entry ends? */
static bool continues(const struct retry *r, int32_t id, const struct retry_result *result)
{
	const struct retry_entry *e;

	if (r->n == 0)
		return false;
	e = &r->entries[r->n - 1];
	return !e->extra && !result->extra.len && (int64_t)e->id + e->count == id &&
	       e->kind == result->kind && e->n == result->n &&
	       e->n_modified == result->n_modified;
}

int retry_note(
    struct session *s, int32_t stmt_id, const struct retry_result *result, struct status *st)
{
	struct retry *r = &s->retry;

	if (r->n_pending == r->pending_capacity) {
		void *p = grow(r->pending, &r->pending_capacity, sizeof(*r->pending));

		if (!p)
			return no_memory(st);
		r->pending = p;
	}
	if (continues(r, stmt_id, result)) {
		r->entries[r->n - 1].count++;
		r->highest = MAX_OF(r->highest, stmt_id);
	} else if (add_entry(r, stmt_id, 1, result, st)) {
		return st->code;
	}
	r->pending[r->n_pending++] = stmt_id;
	return 0;
}

static void put_entry(struct builder *b, const struct retry_entry *e)
{
	builder_doc_begin(b, NULL);
	builder_i32(b, "id", e->id);
	if (e->count != 1)
		builder_i32(b, "count", e->count);
	builder_i32(b, "kind", e->kind);
	builder_int(b, "n", e->n);
	if (e->n_modified)
		builder_int(b, "nModified", e->n_modified);
	if (e->extra)
		builder_doc(b, "extra", view_of(e->extra, e->extra_len));
	builder_doc_end(b);
}

static int put_row(struct session *s, uint32_t number, struct batch *batch, struct status *st)
{
	struct retry *r = &s->retry;
	int first = (int)number * RETRY_ROW_ENTRIES;
	uint8_t key[RETRY_ROW_KEY_MAX];
	struct builder b;
	struct buf buf;
	int err = 0;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_i64(&b, "txnNumber", r->txn_number);
	builder_date(&b, "lastWrite", clock_wall_ms());
	builder_array_begin(&b, "stmts");
	for (int i = first; i < MIN_OF(r->n, first + RETRY_ROW_ENTRIES); i++)
		put_entry(&b, &r->entries[i]);
	builder_array_end(&b);
	builder_finish(&b);
	if (builder_failed(&b))
		err = no_memory(st);
	else
		batch_put_row(
		    batch, TABLE_RETRYABLE_WRITE, row_key(s, number, key), buf_view(&buf));
	buf_clear(&buf);
	return err;
}

int retry_put(struct session *s, struct batch *batch, struct status *st)
{
	struct retry *r = &s->retry;
	/* The last one that is committed may have grown. */
	int row = MAX_OF(r->n_committed - 1, 0) / RETRY_ROW_ENTRIES, err = 0;

	for (; !err && row * RETRY_ROW_ENTRIES < MAX_OF(r->n, 1); row++)
		err = put_row(s, (uint32_t)row, batch, st);
	batch_set_session(batch, &(struct log_session){view_of(s->key, sizeof(s->key)),
				     r->txn_number, r->n_pending, r->pending});
	return err;
}
