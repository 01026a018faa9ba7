/*
 * query/shape.h - what is alike in queries that differ only in their values, for the
 * planner: explain's planCacheShapeHash.
 *
 * It is of the parsed query: operators and paths in one order, sort, projection and
 * collation.
 *
 * The digits are this server's own, and the same from one start to the next.
 *
 * Threads: pure.
 */
#ifndef QUERY_SHAPE_H
#define QUERY_SHAPE_H

#include "query/query.h"

/* All that is alike, as bytes that are equal where queries are.  They are not for
 * keeping on disk. */
MUST_CHECK int plan_shape(
    const struct query *q, struct arena *a, struct view *out, struct status *st);

#define PLAN_SHAPE_DIGITS 8

/* more: what else shapes the plan (the names of a pipeline's stages), or empty. */
MUST_CHECK int plan_shape_hash(const struct query *q, struct view more, struct arena *a,
    char out[static PLAN_SHAPE_DIGITS + 1], struct status *st);
/* The same with the indexes that there are. */
MUST_CHECK int plan_cache_key(const struct query *q, struct view more,
    const struct collection *c, struct arena *a, char out[static PLAN_SHAPE_DIGITS + 1],
    struct status *st);

#endif
