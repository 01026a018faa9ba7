/*
 * index/entry.h - the entries of an index in the store, and unique keys.
 *
 * LAYOUT_KEY_RECORD: key = index key, record key; value = type bits.
 * LAYOUT_UNIQUE: key = index key; value = record key, type bits.
 *
 * Threads: any; the caller holds the locks of the unique keys that it checks.
 */
#ifndef INDEX_ENTRY_H
#define INDEX_ENTRY_H

#include "index/keygen.h"
#include "storage/batch.h"
#include "storage/record.h"

/* scratch: any buffer of the caller's, used up. */
void index_entry_put(struct batch *b, const struct index *ix, const struct index_key *key,
    struct view record_key, struct buf *scratch);
void index_entry_remove(struct batch *b, const struct index *ix, const struct index_key *key,
    struct view record_key, struct buf *scratch);

struct index_entry {
	struct index_key key;
	struct view record_key;
};

/* An entry as iter_key and iter_value show it, taken apart: views of them.
 * Fails with ERR_INTERNAL_ERROR on what no index_entry_put wrote. */
MUST_CHECK int index_entry_split(const struct index *ix, enum record_key_kind kind,
    struct view key, struct view value, struct index_entry *out, struct status *st);

/*
 * Does a unique index have this key for another record than own (empty: for
 * any)?  0, and *taken; or an error, ERR_WOULD_BLOCK with READ_CACHED.
 */
MUST_CHECK int index_key_taken(struct store *s, const struct collection *c,
    const struct index *ix, struct view key, struct view own, enum read_tier tier, bool *taken,
    struct status *st);

/* Sets ERR_DUPLICATE_KEY with the words that clients match on, and
 * keyPattern and keyValue as extra. */
int index_duplicate_error(const struct collection *c, const struct index *ix,
    const struct index_key *key, struct status *st);
/* The same for the _id of a RECORD_KEY_ID collection, which has no struct index. */
int index_duplicate_id_error(const struct collection *c, struct value id, struct status *st);

#endif
