/*
 * storage/record.h - reading documents by their record key, and the keys.
 *
 * Threads: any.
 */
#ifndef STORAGE_RECORD_H
#define STORAGE_RECORD_H

#include "storage/catalog.h"
#include "util/buf.h"

/* Bytes lent by a cache or a memtable; give them back soon. */
struct pinned {
	struct view bytes;
	/* One of them, or neither: nothing is lent. */
	struct door_pin *pin;
	struct cached_record *cached;
};
void pinned_release(struct pinned *p);

/* The longest record key: _id values whose key is longer are refused. */
#define RECORD_KEY_MAX (64 * 1024)

/* The record key of a document with this _id: RECORD_KEY_ID only. */
void record_key_of_id(struct buf *key, const struct collection *c, struct value id);
/* The next key of a RECORD_KEY_SEQUENCE collection. */
void record_key_next(struct buf *key, const struct collection *c);

/*
 * 0 with *out pinned; ERR_ABSENT; ERR_WOULD_BLOCK when tier is READ_CACHED and
 * the disk would be needed; else an error.  snap NULL: the newest state.
 */
MUST_CHECK int record_get(struct store *s, const struct snapshot *snap,
    const struct collection *c, struct view record_key, enum read_tier tier, struct pinned *out,
    struct status *st);

/* It will be got in a moment: what the cache has of it is fetched meanwhile. */
void record_prefetch(struct store *s, const struct collection *c, struct view record_key);

/* The same for an index entry with exactly this key (LAYOUT_UNIQUE). */
MUST_CHECK int entry_get(struct store *s, const struct snapshot *snap, const struct index *ix,
    struct view key, enum read_tier tier, struct pinned *out, struct status *st);

/* A system row, copied into a; ERR_ABSENT when there is none. */
MUST_CHECK int row_get(struct store *s, int table, struct view row_key, enum read_tier tier,
    struct arena *a, struct view *out, struct status *st);

#endif
