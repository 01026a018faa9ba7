/*
 * commands/view_definition.h - what may be a view: its pipeline, and the
 * views that it reads in turn.
 *
 * A pipeline is checked here for the stages that it is made of, the pipelines
 * inside of stages, and the filters of $match; what else is in a stage is
 * looked at when the view is read.
 *
 * Threads: any.
 */
#ifndef COMMANDS_VIEW_DEFINITION_H
#define COMMANDS_VIEW_DEFINITION_H

#include "aggregate/foreign.h" /* SUB_PIPELINE_DEPTH_MAX */
#include "aggregate/source.h" /* VIEW_DEPTH_MAX, PIPELINE_STAGES_MAX */
#include "storage/catalog.h"

/* A copy of the array without nulls, of documents only. */
MUST_CHECK int view_pipeline_strip(
    struct view pipeline, struct arena *a, struct view *out, struct status *st);
/* pipeline has been stripped. */
MUST_CHECK int view_pipeline_check(struct view pipeline, struct arena *a, struct status *st);
/*
 * Would a view of this name make a circle (5), or a chain of more than
 * VIEW_DEPTH_MAX views (165)?  Looks at all views of the database.
 */
MUST_CHECK int view_graph_check(struct catalog *cat, struct view db, struct view name,
    struct view view_on, struct view pipeline, struct arena *a, struct status *st);

/* A view on a view compares strings as that one does (167). */
MUST_CHECK int view_collation_check(struct catalog *cat, struct view db, struct view name,
    struct view view_on, const struct collator *collator, struct status *st);

#endif
