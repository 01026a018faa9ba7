/*
 * storage/iter.h - walking records or index entries in key order.
 *
 * The keys that come out are without their prefix (table or index id).  Bounds
 * are copied.  An iterator sees one state of the store (snap, or the state at
 * iter_open), pins memory and files, and does not outlive its request: a
 * cursor keeps a position and seeks again.
 *
 * Threads: an iterator belongs to one request.
 */
#ifndef STORAGE_ITER_H
#define STORAGE_ITER_H

#include "storage/catalog.h"

struct iter;

struct iter_options {
	const struct snapshot *snap; /* NULL: the newest state */
	enum read_tier tier;
	bool reverse;
	bool once; /* so much that it is not to push what others read out of the cache */
	struct view lower; /* inclusive; empty: none */
	struct view upper; /* exclusive; empty: none */
};

/* Not positioned yet.  NULL only when there is no memory. */
struct iter *iter_open_records(
    struct store *s, const struct collection *c, const struct iter_options *o);
struct iter *iter_open_entries(
    struct store *s, const struct index *ix, const struct iter_options *o);
/* Of the index's side table; the keys are 12 bytes, in the order of commits. */
struct iter *iter_open_side(
    struct store *s, const struct index *ix, const struct iter_options *o);
struct iter *iter_open_rows(struct store *s, int table, const struct iter_options *o);
void iter_close(struct iter *it);

/*
 * Each of these returns 0 when it stands on something, ERR_ABSENT at the end,
 * ERR_WOULD_BLOCK (READ_CACHED only; open again with READ_ANY), or an error.
 * iter_first goes to the first in the iterator's direction; iter_seek to the
 * first at or after key (at or before, in reverse); iter_next one on.
 */
MUST_CHECK int iter_first(struct iter *it, struct status *st);
MUST_CHECK int iter_seek(struct iter *it, struct view key, struct status *st);
MUST_CHECK int iter_next(struct iter *it, struct status *st);
/* Valid until the iterator moves. */
struct view iter_key(const struct iter *it);
struct view iter_value(const struct iter *it);

#endif
