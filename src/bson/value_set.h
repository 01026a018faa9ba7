/*
 * bson/value_set.h - different values, in the order in which they came.
 *
 * A hash table of places in an array.  What it takes memory for is in the caller's arena, and
 * so are the values, which are taken as they are.
 *
 * Threads: a set belongs to one caller.
 */
#ifndef BSON_VALUE_SET_H
#define BSON_VALUE_SET_H

#include "bson/compare.h"
#include "util/arena.h"

/* Zeroed before the first use; collator may be set then. */
struct value_set {
	struct value *list;
	int n, capacity;
	int *slots; /* place + 1; 0: free */
	size_t n_slots; /* a power of two */
	const struct collator *collator;
};

bool value_set_has(const struct value_set *s, struct value v);
/* False without memory. */
MUST_CHECK bool value_set_add(struct value_set *s, struct value v, struct arena *a);

#endif
