/*
 * query/series_update.h - what of a time series collection may be updated: what tells series
 * apart, of all measurements that a filter on just that finds.
 *
 * Threads: pure.
 */
#ifndef QUERY_SERIES_UPDATE_H
#define QUERY_SERIES_UPDATE_H

#include "query/modify.h"

/* 0, or ERR_INVALID_OPTIONS; c is KIND_TIMESERIES, spec no removal.  The filter and the update
 * have been parsed, so that they are well-formed. */
MUST_CHECK int series_update_check(
    const struct collection *c, const struct modify_spec *spec, struct status *st);

/* Does the filter, which has been parsed, ask for nothing but the metaField (data NULL: there
 * is none)? */
bool series_filter_asks_meta(struct view filter, struct view meta);

#endif
