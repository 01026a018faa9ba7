#include "storage/iter.h"

#include <stdlib.h>

#include "storage/engine.h"

/* The whole key is prefix (a table's or an index's number) and what the caller
 * sees.  RocksDB keeps to the bounds; it wants them to outlive the iterator. */
struct iter {
	rocksdb_iterator_t *rocks;
	rocksdb_readoptions_t *options;
	struct buf lower, upper, seek;
	size_t prefix_len;
	bool reverse;
};

/* The first key behind all that begin with the prefix. */
static void append_successor(struct buf *b, struct view prefix)
{
	size_t len = prefix.len;

	while (len > 0 && prefix.data[len - 1] == 0xFF)
		len--;
	assert(len > 0); /* ids do not go that far */
	buf_append(b, prefix.data, len);
	b->data[b->len - 1]++;
}

static bool set_bounds(struct iter *it, struct view prefix, const struct iter_options *o)
{
	buf_append_view(&it->lower, prefix);
	buf_append_view(&it->lower, o->lower);
	if (o->upper.len) {
		buf_append_view(&it->upper, prefix);
		buf_append_view(&it->upper, o->upper);
	} else if (buf_reserve(&it->upper, prefix.len)) {
		append_successor(&it->upper, prefix);
	}
	buf_append_view(&it->seek, prefix);
	if (it->lower.failed || it->upper.failed || it->seek.failed)
		return false;
	rocksdb_readoptions_set_iterate_lower_bound(
	    it->options, (const char *)it->lower.data, it->lower.len);
	rocksdb_readoptions_set_iterate_upper_bound(
	    it->options, (const char *)it->upper.data, it->upper.len);
	return true;
}

static struct iter *iter_open(struct store *s, struct family *f, const uint32_t *numbers, int n,
    const struct iter_options *o)
{
	struct iter *it = calloc(1, sizeof(*it));
	struct buf prefix;

	if (!it)
		return NULL;
	buf_init(&prefix, NULL);
	buf_init(&it->lower, NULL);
	buf_init(&it->upper, NULL);
	buf_init(&it->seek, NULL);
	it->reverse = o->reverse;
	it->prefix_len = 4 * (size_t)n;
	it->options = rocksdb_readoptions_create();
	for (int i = 0; i < n; i++)
		buf_append_be32(&prefix, numbers[i]);
	if (prefix.failed || !set_bounds(it, buf_view(&prefix), o)) {
		buf_clear(&prefix);
		iter_close(it);
		return NULL;
	}
	buf_clear(&prefix);
	if (o->snap)
		rocksdb_readoptions_set_snapshot(it->options, snapshot_handle(o->snap));
	if (o->tier == READ_CACHED)
		rocksdb_readoptions_set_read_tier(it->options, READ_TIER_CACHED);
	if (o->once)
		rocksdb_readoptions_set_fill_cache(it->options, 0);
	rocksdb_readoptions_set_background_purge_on_iterator_cleanup(it->options, 1);
	it->rocks = rocksdb_create_iterator_cf(s->db, it->options, f->handle);
	return it;
}

struct iter *iter_open_records(
    struct store *s, const struct collection *c, const struct iter_options *o)
{
	uint32_t numbers[] = {c->namespace_id, c->table_id};

	return iter_open(s, s->families.documents, numbers, 2, o);
}

struct iter *iter_open_entries(
    struct store *s, const struct index *ix, const struct iter_options *o)
{
	return iter_open(s, ix->family, &ix->id, 1, o);
}

struct iter *iter_open_side(
    struct store *s, const struct index *ix, const struct iter_options *o)
{
	return iter_open(s, ix->family, &ix->side_id, 1, o);
}

struct iter *iter_open_rows(struct store *s, int table, const struct iter_options *o)
{
	uint32_t numbers[] = {SYSTEM_PREFIX, (uint32_t)table};

	return iter_open(s, s->families.system, numbers, 2, o);
}

void iter_close(struct iter *it)
{
	if (!it)
		return;
	if (it->rocks)
		rocksdb_iter_destroy(it->rocks);
	rocksdb_readoptions_destroy(it->options);
	buf_clear(&it->lower);
	buf_clear(&it->upper);
	buf_clear(&it->seek);
	free(it);
}

/* Where it has come to. */
static int arrived(struct iter *it, struct status *st)
{
	struct door_status d;

	if (rocksdb_iter_valid(it->rocks))
		return 0;
	door_iter_status(it->rocks, &d);
	switch (d.code) {
	case DOOR_OK:
		return ERR_ABSENT;
	case DOOR_INCOMPLETE:
		return ERR_WOULD_BLOCK;
	default:
		return status_of_door(st, &d, "reading failed");
	}
}

int iter_first(struct iter *it, struct status *st)
{
	if (it->reverse)
		rocksdb_iter_seek_to_last(it->rocks);
	else
		rocksdb_iter_seek_to_first(it->rocks);
	return arrived(it, st);
}

int iter_seek(struct iter *it, struct view key, struct status *st)
{
	it->seek.len = it->prefix_len;
	buf_append_view(&it->seek, key);
	if (it->seek.failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a key");
	if (it->reverse)
		rocksdb_iter_seek_for_prev(
		    it->rocks, (const char *)it->seek.data, it->seek.len);
	else
		rocksdb_iter_seek(it->rocks, (const char *)it->seek.data, it->seek.len);
	return arrived(it, st);
}

int iter_next(struct iter *it, struct status *st)
{
	assert(rocksdb_iter_valid(it->rocks));
	if (it->reverse)
		rocksdb_iter_prev(it->rocks);
	else
		rocksdb_iter_next(it->rocks);
	return arrived(it, st);
}

struct view iter_key(const struct iter *it)
{
	size_t len;
	const char *key = rocksdb_iter_key(it->rocks, &len);

	return view_of(key + it->prefix_len, len - it->prefix_len);
}

struct view iter_value(const struct iter *it)
{
	size_t len;
	const char *value = rocksdb_iter_value(it->rocks, &len);

	return view_of(value, len);
}
