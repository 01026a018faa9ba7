/*
 * query/restriction.h - which indexes the planner may use for a query, where somebody
 * has said so: by an index filter (query/index_filters.h).
 *
 *     query_restrict       after query_parse: looks for what concerns the query
 *     restriction_allows   the planner, for each index that it thinks of
 *
 * What is restricted has no hint any more, as in MongoDB.  Looking at every document is
 * always allowed, and left when none of the indexes exists or can be used.
 *
 * Threads: read-only once made.
 */
#ifndef QUERY_RESTRICTION_H
#define QUERY_RESTRICTION_H

#include "query/query.h"
#include "storage/catalog.h"

struct restriction {
	/* Of whoever made it, never given twice: plans that were chosen under another
	 * one do not count (query/plan_cache.h). */
	uint64_t id;
	bool index_filter; /* explain says so */
	struct view indexes; /* an array of names and key patterns */
};

/* A new id. */
uint64_t restriction_draw_id(void);

/* r NULL: all are allowed.  ix NULL: the _id index of a collection whose records stand
 * by their _id. */
bool restriction_allows(const struct restriction *r, const struct index *ix);

/*
 * Sets q->restriction, which lives as long as a, and takes the hint away where there is
 * one.  c NULL: there is no such collection.  A query with min or max stays as it is:
 * these are for the index of their hint.
 */
MUST_CHECK int query_restrict(
    struct query *q, const struct collection *c, struct arena *a, struct status *st);

#endif
