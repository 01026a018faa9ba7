/*
 * query/index_filters.h - which indexes queries of a shape may use: what
 * planCacheSetFilter sets.
 *
 * They belong to the collection, whatever becomes of its indexes, and end with it or
 * with the process; nothing of them is on disk.  A shape is that of plan_shape.
 *
 * Threads: any.  Collections that never had one cost queries the look at a pointer.
 */
#ifndef QUERY_INDEX_FILTERS_H
#define QUERY_INDEX_FILTERS_H

#include "query/restriction.h"

/* As it was given; empty documents where there was none.  collation is whole, or empty. */
struct index_filter {
	struct index_filter *next; /* in a list */
	struct view query, sort, projection, collation;
	struct view indexes; /* an array of names and key patterns */
};

/* False is quickly said. */
static inline bool index_filters_exist(const struct collection *c)
{
	return atomic_load_explicit(&c->live->extra, memory_order_acquire);
}

/* Takes the place of the one that the shape has.  f is copied. */
MUST_CHECK int index_filters_set(const struct collection *c, struct view shape,
    const struct index_filter *f, struct status *st);
/* *out is made in a; NULL: there is none. */
MUST_CHECK int index_filters_find(const struct collection *c, struct view shape,
    struct arena *a, const struct restriction **out, struct status *st);
/* shape.data NULL: all. */
void index_filters_clear(const struct collection *c, struct view shape);
/* Copies in a, in no order. */
MUST_CHECK int index_filters_list(
    const struct collection *c, struct arena *a, struct index_filter **out, struct status *st);

#endif
