/*
 * query/restriction.h - which indexes the planner may use for a query, where somebody
 * has said so: by query settings (query/query_settings.h), which go first, or by an index
 * filter (query/index_filters.h).
 *
 *     query_restrict       after query_parse: looks for what concerns the query
 *     restriction_allows   the planner, for each index that it thinks of
 *     restriction_yields   the planner, when it has found none
 *
 * What is restricted has no hint any more, as in MongoDB.  Looking at every document is
 * always allowed.  When none of the indexes exists or can be used, that is what is left by
 * an index filter, while query settings are then as if they were not there.
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
	bool index_filter; /* explain says so; else query settings */
	struct view indexes; /* an array of names, key patterns and {$natural: 1 or -1} */
};

/* A new id. */
uint64_t restriction_draw_id(void);

/* r NULL: all are allowed.  ix NULL: the _id index of a collection whose records stand
 * by their _id. */
bool restriction_allows(const struct restriction *r, const struct index *ix);
/* May the planner, and so should it, think again without it?  r NULL: no. */
bool restriction_yields(const struct restriction *r);

/*
 * Sets q->restriction, which lives as long as a, and takes the hint away where there is
 * one.  c NULL: there is no such collection.  A query with min or max stays as it is:
 * these are for the index of their hint.
 */
MUST_CHECK int query_restrict(
    struct query *q, const struct collection *c, struct arena *a, struct status *st);

#endif
