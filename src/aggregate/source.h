/*
 * aggregate/source.h - the rows of a namespace, whether it is a collection or a
 * view: what find, count, distinct and aggregate read from.
 *
 * A view is the pipelines of all the views on the way down, over the collection
 * at the bottom.  A query on it becomes stages behind them; over a collection it
 * goes to the planner.
 *
 * Threads: pure but for reading the catalog.
 */
#ifndef AGGREGATE_SOURCE_H
#define AGGREGATE_SOURCE_H

#include "aggregate/pipeline.h"
#include "aggregate/views.h"

struct source {
	/* The collection that is read at last: a reference of the source's, or
	 * NULL where there is none. */
	struct collection *base;
	struct exec *exec;
	const char *plan_summary; /* NULL: none */
	/* For explain: the plan of what the collection is asked (NULL: it is not), and the
	 * pipeline (NULL: there is none). */
	struct plan *plan;
	struct pipeline *pipeline;
	bool point;		  /* bounded work, that a loop may do */
};

/*
 * cx->collection is the collection or view by its name (NULL: none); cx's other
 * fields are filled in.  stages: the command's pipeline, or empty for find and
 * its like, whose query is spec.  165 when views are nested too deep.  Until it
 * succeeds, and after, *out is to be cleared.
 */
MUST_CHECK int source_open(struct source *out, const struct stage_context *cx,
    const struct query_spec *spec, struct view stages, struct memory_account *account,
    struct status *st);
/* Closes the tree and lets go of the collection; what has been taken over by a cursor
 * is set to NULL by who took it. */
void source_clear(struct source *s);

#endif
