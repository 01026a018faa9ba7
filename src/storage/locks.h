/*
 * storage/locks.h - record locks: who may change this record, or take this
 * unique key, now.
 *
 * Keyed by a 128-bit hash (keyed by a secret) of table or index and key, in
 * striped maps.  Re-entrant for one owner; first come first served; waiting is
 * PARK.  Deadlock is not possible as long as everybody takes in ascending
 * order of the hashes; one out of order is only tried, and on failure the
 * owner lets go of all and starts again.
 *
 * Threads: the table: any; a lock_set belongs to one request (or transaction).
 */
#ifndef STORAGE_LOCKS_H
#define STORAGE_LOCKS_H

#include "util/hash.h"
#include "util/op.h"

struct lock_table;
struct lock; /* one held or waited for */

struct lock_set {
	struct lock_table *table;
	struct lock *held; /* a list */
	int n;
	struct lock *waiting; /* queued for, by locks_take */
	struct hash128 highest; /* of those held */
};

/* NULL when there is no memory. */
struct lock_table *lock_table_new(void);
/* No lock may be held. */
void lock_table_free(struct lock_table *t);

/* A set that holds or waits stays where it is in memory. */
void lock_set_init(struct lock_set *set, struct lock_table *t);
/* Releases all, also a place in a queue. */
void lock_set_release(struct lock_set *set);

/* The key of a record's lock, of a unique index key's, and of what a
 * collection has one of (the append lock). */
struct hash128 lock_key(uint32_t table_or_index_id, struct view key);

/* 0, or ERR_WOULD_BLOCK at once; ERR_EXCEEDED_MEMORY_LIMIT without memory. */
MUST_CHECK int locks_try(struct lock_set *set, struct hash128 key);

/*
 * Takes n keys, sorted by the caller with lock_keys_sort; call again after
 * PARK.  ERROR when the op was stopped; what was taken is still held then.
 * A key lower than the highest held is only tried: ERR_WRITE_CONFLICT in st when it
 * is not free, upon which the caller releases all and starts again.
 */
MUST_CHECK enum step locks_take(struct lock_set *set, const struct hash128 *keys, int n,
    struct op *op, struct status *st);
/* Sorts ascending and takes doubles out; returns how many are left. */
int lock_keys_sort(struct hash128 *keys, int n);

#endif
