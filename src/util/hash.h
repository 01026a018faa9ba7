/*
 * util/hash.h - hashes keyed by a secret drawn at start, so that no client can
 * choose keys that collide.
 */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include "util/view.h"

struct hash128 {
	uint64_t low, high;
};

/* Not the same from one start of the process to the next. */
uint64_t hash_bytes(struct view v);
/* Of prefix (a table or an index id) and the bytes. */
struct hash128 hash128_bytes(uint64_t prefix, struct view v);

/* n bytes from the system's generator; never fails (it ends the process). */
void random_bytes(void *to, size_t n);
uint64_t random_u64(void);
/* A version 4 UUID. */
void random_uuid(uint8_t uuid[static 16]);

#endif
