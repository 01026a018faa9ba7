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
/* The next key of a RECORD_KEY_TIME collection for a document with this date. */
void record_key_of_time(struct buf *key, const struct collection *c, struct value time);
/* How many bytes all keys of a kind have; 0: that depends. */
size_t record_key_size(enum record_key_kind kind);

/*
 * 0 with *out pinned; ERR_ABSENT; ERR_WOULD_BLOCK when tier is READ_CACHED and
 * the disk would be needed; else an error.  snap NULL: the newest state.
 */
MUST_CHECK int record_get(struct store *s, const struct snapshot *snap,
    const struct collection *c, struct view record_key, enum read_tier tier, struct pinned *out,
    struct status *st);

/* A key as its family has it: a prefix and the record key or the index key. */
struct whole_key {
	uint8_t *bytes;
	size_t len;
	uint8_t room[256]; /* most are short, and need no memory but the stack's */
};

/*
 * The newest state in two steps, for who has something else to do between them, while
 * what the cache has of it comes from memory.  c stays until the end.
 */
struct record_read {
	const struct collection *collection;
	struct whole_key key;
	uint64_t hash;
};
/* After an error there is nothing to be ended. */
MUST_CHECK int record_read_begin(struct record_read *r, struct store *s,
    const struct collection *c, struct view record_key, struct status *st);
/* As record_get. */
MUST_CHECK int record_read_end(struct record_read *r, struct store *s, enum read_tier tier,
    struct pinned *out, struct status *st);

/* The same for an index entry with exactly this key (LAYOUT_UNIQUE). */
MUST_CHECK int entry_get(struct store *s, const struct snapshot *snap, const struct index *ix,
    struct view key, enum read_tier tier, struct pinned *out, struct status *st);

/* A system row, copied into a; ERR_ABSENT when there is none. */
MUST_CHECK int row_get(struct store *s, int table, struct view row_key, enum read_tier tier,
    struct arena *a, struct view *out, struct status *st);

#endif
