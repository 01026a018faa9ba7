/*
 * aggregate/views.h - from a view to the collection at the bottom: the
 * pipelines of all the views on the way down.
 *
 * Threads: pure but for reading the catalog.
 */
#ifndef AGGREGATE_VIEWS_H
#define AGGREGATE_VIEWS_H

#include "aggregate/stage.h"

/* A view on a view on ... so many at most, as in MongoDB. */
#define VIEW_DEPTH_MAX 20

/*
 * c: a collection or view, or NULL.  lists[0..*n) are the pipelines in cx->arena, the lowest
 * view's first, and *base is a reference to the collection below them, or NULL.  165 when views
 * are nested too deep, 167 when they differ in their collation.
 */
MUST_CHECK int views_resolve(const struct stage_context *cx, struct collection *c,
    struct view lists[static VIEW_DEPTH_MAX], int *n, struct collection **base,
    struct status *st);

#endif
