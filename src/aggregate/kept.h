/*
 * aggregate/kept.h - a copy of a value that may be another one later.
 *
 * The room of the old copy is used again, and grows by doubling: what an arena has for it
 * is no more than a few times the largest value.
 *
 * Threads: belongs to one node.
 */
#ifndef AGGREGATE_KEPT_H
#define AGGREGATE_KEPT_H

#include "bson/value.h"
#include "util/arena.h"

/* Zeroed before the first use. */
struct kept {
	struct value value;
	uint8_t *room; /* what value is in */
	uint32_t room_len;
};

/* False without memory, which the arena says too. */
bool kept_set(struct kept *k, struct value v, struct arena *a);

#endif
