/*
 * storage/newest.h - which record keys of a collection are certainly new.
 *
 * Most keys ascend (ObjectIds, counters), and before each insert the store is asked for
 * one that it cannot have.  Here stand, by their hashes, the keys that were claimed of late,
 * and a floor: every key above the floor that is in the store, or on its way there, has been
 * claimed and is still here.  So one above the floor that is not here is new.
 *
 *     unknown    the highest claim is noted.  After a number of them:
 *     noting     claims are kept.  The floor will be the highest of what the
 *                store has by then and of the claims before.
 *     known      the oldest claims go when there are too many, and the floor rises to the
 *                highest of them
 *
 * Whoever puts a record under a new key claims it first, with the key locked until the commit is
 * through.
 *
 * Threads: any.
 */
#ifndef STORAGE_NEWEST_H
#define STORAGE_NEWEST_H

#include "storage/catalog.h"

struct newest;

/* NULL without memory. */
struct newest *newest_new(void);
void newest_free(struct newest *n);

/*
 * Claims the key.  *is_new: it is certainly not in the store, nor in a commit that is under way;
 * else the store has to be asked.  ERR_WOULD_BLOCK as with record_get: then it is
 * claimed, and to be claimed again.
 */
MUST_CHECK int newest_claim(struct store *s, const struct collection *c, struct view record_key,
    enum read_tier tier, bool *is_new, struct status *st);

#endif
