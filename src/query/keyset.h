/*
 * query/keyset.h - record keys that have been seen, where an index may bring a
 * document more than once.
 *
 * Threads: belongs to one request at a time.
 */
#ifndef QUERY_KEYSET_H
#define QUERY_KEYSET_H

#include "util/buf.h"
#include "util/status.h"

struct keyset {
	struct buf bytes; /* length and bytes of each key */
	struct buf slots; /* of struct keyset_slot */
	size_t n;
};

void keyset_init(struct keyset *s, struct memory_account *account);
void keyset_clear(struct keyset *s);
/* 0, with *added false when it was there; or no memory. */
MUST_CHECK int keyset_add(struct keyset *s, struct view key, bool *added, struct status *st);

#endif
