/*
 * commands/timeseries_options.h - what makes a collection one of time series.
 *
 * Nothing here is kept in buckets (doc/storage.md), so granularity and what buckets span have
 * no effect; they are checked, kept and shown as MongoDB does.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_TIMESERIES_OPTIONS_H
#define COMMANDS_TIMESERIES_OPTIONS_H

#include "commands/command.h"
#include "storage/catalog.h"

/* The timeseries of create: checked, and in *out, in a, with what is not said filled in. */
MUST_CHECK int timeseries_check(
    struct view doc, struct arena *a, struct view *out, struct status *st);

/* The timeseries of collMod: what becomes of that of a collection, in *out. */
MUST_CHECK int timeseries_modify(
    struct view doc, struct view change, struct arena *a, struct view *out, struct status *st);

/* The index on {metaField: 1, timeField: 1} that a collection is born with; NULL without a
 * metaField.  doc as timeseries_check made it. */
MUST_CHECK int timeseries_index(struct view doc, const struct collator *collator,
    struct arena *a, const struct index_spec **out, struct status *st);

/* May a collection of time series have this index besides?  72 InvalidOptions. */
MUST_CHECK int timeseries_index_check(
    const struct collection *c, const struct index_spec *spec, struct status *st);

#endif
