/*
 * bson/field_set.h - a document's fields under way, each name once: a later value takes the
 * place of an earlier one.
 *
 * A hash table of places in an array.  What it takes memory for is in the caller's arena;
 * names and values are taken as they are.
 *
 * Threads: a set belongs to one caller.
 */
#ifndef BSON_FIELD_SET_H
#define BSON_FIELD_SET_H

#include "bson/value.h"
#include "util/arena.h"

/* Zeroed before the first use. */
struct field_set {
	struct element *list;
	int n, capacity;
	int *slots; /* place + 1; 0: free */
	size_t n_slots; /* a power of two */
};

/* Its place in the list; -1: there is no such field. */
int field_set_find(const struct field_set *f, struct view name);
/* False without memory. */
MUST_CHECK bool field_set_put(
    struct field_set *f, struct view name, struct value v, struct arena *a);

#endif
