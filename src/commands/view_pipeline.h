/*
 * commands/view_pipeline.h - a walk over a view's pipeline and the pipelines
 * inside of it.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_VIEW_PIPELINE_H
#define COMMANDS_VIEW_PIPELINE_H

#include "bson/value.h"
#include "util/status.h"

/* Calls each with the names of the collections that the stages read besides
 * their input. */
void view_pipeline_reads(
    struct view pipeline, void (*each)(void *arg, struct view name), void *arg);

#endif
