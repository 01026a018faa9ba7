#include <stdlib.h>

#include "storage/catalog.h"
#include "storage/engine.h"
#include "storage/log.h"
#include "storage/log_header.h"
#include "storage/side.h"

/* What RocksDB adds to a key and a value in a batch, and keeps beside it. */
#define ENTRY_OVERHEAD 24
#define CHARGE_STEP    (16 * 1024)

/* Of each thread, and how large one may have been. */
#define SPARES_MOST 64
#define SPARE_BYTES (64 * 1024)

static struct batch *take_spare(struct store *s)
{
	struct batch_pool *pool = &s->batch_pools[thread_slot()];
	struct batch *b;

	pthread_mutex_lock(&pool->lock);
	b = pool->spare;
	if (b) {
		pool->spare = b->next_spare;
		pool->n--;
	}
	pthread_mutex_unlock(&pool->lock);
	return b;
}

/* False: it is too large, or there are enough. */
static bool keep_spare(struct batch *b)
{
	struct batch_pool *pool = &b->store->batch_pools[thread_slot()];
	bool kept;

	if (b->largest > SPARE_BYTES)
		return false;
	pthread_mutex_lock(&pool->lock);
	kept = pool->n < SPARES_MOST;
	if (kept) {
		b->next_spare = pool->spare;
		pool->spare = b;
		pool->n++;
	}
	pthread_mutex_unlock(&pool->lock);
	return kept;
}

struct batch *batch_new(struct store *s, struct memory_account *account)
{
	struct batch *b = take_spare(s);

	if (!b) {
		b = calloc(1, sizeof(*b));
		if (!b)
			return NULL;
		b->store = s;
		b->rep = rocksdb_writebatch_create();
		/* What goes into them is charged with what goes into rep. */
		buf_init(&b->header, NULL);
		buf_init(&b->key, NULL);
		buf_init(&b->side_row, NULL);
		buf_init(&b->time_places, NULL);
	}
	b->account = account;
	batch_reset(b);
	return b;
}

static void forget_changes(struct batch *b)
{
	for (size_t i = 0; i < b->n_changes; i++)
		record_cache_release(b->changes[i].fresh);
	b->n_changes = 0;
}

static void destroy(struct batch *b)
{
	rocksdb_writebatch_destroy(b->rep);
	buf_clear(&b->header);
	buf_clear(&b->key);
	buf_clear(&b->side_row);
	buf_clear(&b->time_places);
	free(b->tables);
	free(b->changes);
	free(b);
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	batch_reset(b);
	b->account = NULL;
	if (!keep_spare(b))
		destroy(b);
}

void batch_pools_init(struct store *s)
{
	for (int i = 0; i < THREAD_SLOTS; i++)
		pthread_mutex_init(&s->batch_pools[i].lock, NULL);
}

void batch_pools_clear(struct store *s)
{
	for (int i = 0; i < THREAD_SLOTS; i++) {
		struct batch_pool *pool = &s->batch_pools[i];

		while (pool->spare) {
			struct batch *b = pool->spare;

			pool->spare = b->next_spare;
			destroy(b);
		}
		pthread_mutex_destroy(&pool->lock);
	}
}

void batch_reset(struct batch *b)
{
	b->largest = MAX_OF(b->largest, batch_bytes(b));
	memory_release(b->account, b->charged);
	b->charged = b->uncharged = 0;
	rocksdb_writebatch_clear(b->rep);
	buf_reset(&b->header);
	buf_reset(&b->key);
	buf_reset(&b->side_row);
	buf_reset(&b->time_places);
	b->n_side = 0;
	log_header_begin(&b->header);
	forget_changes(b);
	b->n_tables = 0;
	b->sealed = false;
	b->failed = false;
}

bool batch_is_empty(const struct batch *b)
{
	return !b->failed && rocksdb_writebatch_count(b->rep) == 0 &&
	       b->header.len == LOG_HEADER_FIXED;
}

size_t batch_bytes(const struct batch *b)
{
	size_t n;

	rocksdb_writebatch_data(b->rep, &n);
	return n + b->header.len;
}

/* A small batch is over before its memory matters: charged is what comes to more. */
static bool charge(struct batch *b, size_t bytes)
{
	if (b->failed)
		return false;
	b->uncharged += bytes + ENTRY_OVERHEAD;
	if (b->uncharged < CHARGE_STEP || !b->account)
		return true;
	if (!memory_charge(b->account, b->uncharged)) {
		b->failed = true;
		return false;
	}
	b->charged += b->uncharged;
	b->uncharged = 0;
	return true;
}

/* ---- keys: one or two numbers in front of what the caller has */

static bool make_key(
    struct batch *b, const uint32_t *prefix, int n_prefix, struct view key, size_t value_len)
{
	if (!charge(b, key.len + value_len))
		return false;
	buf_reset(&b->key);
	for (int i = 0; i < n_prefix; i++)
		buf_append_be32(&b->key, prefix[i]);
	buf_append_view(&b->key, key);
	if (b->key.failed)
		b->failed = true;
	return !b->failed;
}

static void put(struct batch *b, const struct family *f, struct view value)
{
	rocksdb_writebatch_put_cf(b->rep, f->handle, (const char *)b->key.data, b->key.len,
	    (const char *)value.data, value.len);
}

static void delete_key(struct batch *b, const struct family *f)
{
	rocksdb_writebatch_delete_cf(
	    b->rep, f->handle, (const char *)b->key.data, b->key.len);
}

/* All keys that begin with the prefix that is in b->key. */
static void delete_prefix(struct batch *b, const struct family *f)
{
	uint8_t end[8];
	size_t len = b->key.len;

	memcpy(end, b->key.data, len);
	while (len > 0 && end[len - 1] == 0xFF)
		len--;
	assert(len > 0); /* ids do not go that far */
	end[len - 1]++;
	rocksdb_writebatch_delete_range_cf(b->rep, f->handle, (const char *)b->key.data,
	    b->key.len, (const char *)end, len);
}

static bool record_key(
    struct batch *b, const struct collection *c, struct view key, size_t value_len)
{
	uint32_t prefix[] = {c->namespace_id, c->table_id};

	return make_key(b, prefix, 2, key, value_len);
}

static bool row_key(struct batch *b, enum system_table t, struct view key, size_t value_len)
{
	uint32_t prefix[] = {SYSTEM_PREFIX, (uint32_t)t};

	return make_key(b, prefix, 2, key, value_len);
}

/* ---- the header's part */

/* The collection's place among the batch's tables. */
static int table_of(struct batch *b, const struct collection *c)
{
	struct batch_table *t;

	for (int i = b->n_tables; i-- > 0;)
		if (b->tables[i].table_id == c->table_id)
			return i;
	if (b->n_tables == b->tables_capacity) {
		int capacity = b->tables_capacity ? 2 * b->tables_capacity : 4;

		t = realloc(b->tables, (size_t)capacity * sizeof(*t));
		if (!t) {
			b->failed = true;
			return -1;
		}
		b->tables = t;
		b->tables_capacity = capacity;
	}
	b->tables[b->n_tables] =
	    (struct batch_table){.table_id = c->table_id, .live = c->live};
	log_header_table(&b->header,
	    &(struct log_table){
		.table_id = c->table_id, .uuid = c->uuid, .version = c->version});
	return b->n_tables++;
}

/* NULL when the batch has failed. */
static struct batch_table *note_change(
    struct batch *b, const struct collection *c, const struct log_header_change *change)
{
	struct log_header_change placed = *change;
	int table = table_of(b, c);

	assert(!b->sealed);
	if (table < 0)
		return NULL;
	placed.table = (uint32_t)table;
	if (!charge(b, change->delta.len + change->pre_image.len))
		return NULL;
	log_header_change(&b->header, &placed);
	return &b->tables[table];
}

/* The record whose key is in b->key was there before; doc (empty: none) is what
 * becomes of it. */
static void note_record(struct batch *b, struct view doc)
{
	struct view key = buf_view(&b->key);

	if (b->n_changes == b->changes_capacity) {
		size_t capacity = b->changes_capacity ? 2 * b->changes_capacity : 1;
		struct record_change *more =
		    realloc(b->changes, capacity * sizeof(*b->changes));

		if (!more) {
			b->failed = true;
			return;
		}
		b->changes = more;
		b->changes_capacity = capacity;
	}
	b->changes[b->n_changes++] = (struct record_change){.hash = record_cache_hash(key),
	    .fresh = doc.len && charge(b, doc.len)
			 ? record_cache_make(b->store->records, key, doc)
			 : NULL};
}

static struct view pre_image_of(const struct collection *c, struct view old_doc)
{
	return c->pre_images ? old_doc : view_of(NULL, 0);
}

void batch_insert(struct batch *b, const struct collection *c, struct view key,
    struct value id, struct view doc)
{
	struct log_header_change change = {.kind = CHANGE_INSERT};
	struct batch_table *t = note_change(b, c, &change);

	if (!t || !record_key(b, c, key, doc.len))
		return;
	put(b, b->store->families.documents, doc);
	t->documents++;
	t->bytes += (int64_t)doc.len;
	t->appended |= c->capped;
}

void batch_replace(struct batch *b, const struct collection *c, struct view key,
    struct value id, struct view old_doc, struct view new_doc, struct view delta)
{
	struct log_header_change change = {
	    .kind = CHANGE_REPLACE, .delta = delta, .pre_image = pre_image_of(c, old_doc)};
	struct batch_table *t = note_change(b, c, &change);

	if (!t || !record_key(b, c, key, new_doc.len))
		return;
	put(b, b->store->families.documents, new_doc);
	note_record(b, new_doc);
	t->bytes += (int64_t)new_doc.len - (int64_t)old_doc.len;
}

void batch_remove(struct batch *b, const struct collection *c, struct view key,
    struct value id, struct view old_doc)
{
	struct log_header_change change = {
	    .kind = CHANGE_REMOVE, .id = id, .pre_image = pre_image_of(c, old_doc)};
	struct batch_table *t = note_change(b, c, &change);

	if (!t || !record_key(b, c, key, 0))
		return;
	delete_key(b, b->store->families.documents);
	note_record(b, view_of(NULL, 0));
	t->documents--;
	t->bytes -= (int64_t)old_doc.len;
}

void batch_remove_records(struct batch *b, const struct collection *c)
{
	int table = table_of(b, c);

	if (table < 0 || !record_key(b, c, view_of(NULL, 0), 0))
		return;
	delete_prefix(b, b->store->families.documents);
	b->tables[table].emptied = true;
	b->tables[table].documents = 0;
	b->tables[table].bytes = 0;
}

void batch_note(struct batch *b, enum log_marker kind, const uint8_t uuid[static 16],
    struct view doc)
{
	log_header_marker(&b->header,
	    &(struct log_header_marker){.kind = (uint8_t)kind, .uuid = uuid, .doc = doc});
}

void batch_set_session(struct batch *b, const struct log_session *session)
{
	log_header_session(&b->header, session);
}

/* ---- side tables: keys that are whole when the cluster time is known */

#define TIME_BYTES 8

/* Where in the batch's bytes the key of the last put has the time. */
static void note_time_place(struct batch *b, size_t value_len)
{
	size_t end, place;

	rocksdb_writebatch_data(b->rep, &end);
	for (place = end - value_len - 1; value_len >= 0x80; value_len >>= 7)
		place--; /* the value's length, in bytes of seven bits */
	place -= b->key.len - sizeof(uint32_t);
	buf_append(&b->time_places, &place, sizeof(place));
	if (b->time_places.failed)
		b->failed = true;
}

static void put_side(struct batch *b, const struct index *ix, const struct side_change *change)
{
	uint32_t numbers[] = {ix->side_id, 0, 0, b->n_side++};

	buf_reset(&b->side_row);
	side_change_format(&b->side_row, change);
	if (b->side_row.failed)
		b->failed = true;
	if (!make_key(b, numbers, 4, view_of(NULL, 0), b->side_row.len))
		return;
	put(b, ix->family, buf_view(&b->side_row));
	note_time_place(b, b->side_row.len);
}

void batch_complete(struct batch *b, const struct log_header *h)
{
	uint64_t time = htobe64(h->cluster_time);
	size_t place;

	log_header_complete(&b->header, h);
	for (size_t i = 0; i < b->time_places.len; i += sizeof(place)) {
		memcpy(&place, b->time_places.data + i, sizeof(place));
		door_batch_overwrite(b->rep, place, &time, TIME_BYTES);
	}
}

/* ---- what the header does not speak of */

void batch_build_put(
    struct batch *b, const struct index *ix, struct view key, struct view value)
{
	if (!make_key(b, &ix->id, 1, key, value.len))
		return;
	put(b, ix->family, value);
}

void batch_build_remove(struct batch *b, const struct index *ix, struct view key)
{
	if (!make_key(b, &ix->id, 1, key, 0))
		return;
	delete_key(b, ix->family);
}

void batch_put_entry(
    struct batch *b, const struct index *ix, struct view key, struct view value)
{
	if (ix->state == INDEX_BUILDING)
		put_side(b, ix, &(struct side_change){.put = true, .key = key, .value = value});
	else
		batch_build_put(b, ix, key, value);
}

void batch_remove_entry(struct batch *b, const struct index *ix, struct view key)
{
	if (ix->state == INDEX_BUILDING)
		put_side(b, ix, &(struct side_change){.put = false, .key = key});
	else
		batch_build_remove(b, ix, key);
}

static void remove_id(struct batch *b, const struct index *ix, const uint32_t *id)
{
	if (make_key(b, id, 1, view_of(NULL, 0), 0))
		delete_prefix(b, ix->family);
}

void batch_remove_index(struct batch *b, const struct index *ix)
{
	remove_id(b, ix, &ix->id);
	if (ix->state == INDEX_BUILDING)
		batch_remove_side(b, ix);
}

void batch_remove_side(struct batch *b, const struct index *ix)
{
	remove_id(b, ix, &ix->side_id);
}

void batch_put_row(struct batch *b, enum system_table t, struct view key, struct view doc)
{
	if (!row_key(b, t, key, doc.len))
		return;
	put(b, b->store->families.system, doc);
}

void batch_remove_row(struct batch *b, enum system_table t, struct view key)
{
	if (!row_key(b, t, key, 0))
		return;
	delete_key(b, b->store->families.system);
}

void batch_put_noop(struct batch *b)
{
	/* Log data alone would be invisible at the log's tail. */
	batch_put_row(b, TABLE_CLUSTER_TIME, view_of_str("noop"), doc_empty);
}

/* ---- before the commit */

int batch_seal(struct batch *b, struct status *st)
{
	if (!b->sealed) {
		for (int i = 0; i < b->n_tables; i++) {
			const struct batch_table *t = &b->tables[i];

			log_header_counts(&b->header,
			    &(struct log_counts){.table_id = t->table_id,
				.emptied = t->emptied,
				.documents = t->documents,
				.bytes = t->bytes});
		}
		if (rocksdb_writebatch_count(b->rep) == 0)
			batch_put_noop(b);
		b->sealed = true;
	}
	if (b->failed || b->header.failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT,
		    "the changes of one commit need more memory than there is");
	return 0;
}
