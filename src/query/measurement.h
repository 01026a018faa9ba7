/*
 * query/measurement.h - a document of a time series collection as it is stored.
 *
 * Threads: pure.
 */
#ifndef QUERY_MEASUREMENT_H
#define QUERY_MEASUREMENT_H

#include "storage/catalog.h"

/*
 * doc with the time in front, then what tells series apart, then the rest: so MongoDB shows
 * measurements.  *out is doc itself where it is so already, else in a.  ERR_BAD_VALUE without
 * a date in the timeField.
 */
MUST_CHECK int measurement_make(const struct collection *c, struct view doc, struct arena *a,
    struct view *out, struct status *st);

/* The date. */
struct value measurement_time(const struct collection *c, struct view doc);

#endif
