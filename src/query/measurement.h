/*
 * query/measurement.h - a document of a time series collection as it is stored, and where
 * MongoDB stores it.
 *
 * Threads: any.
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

/*
 * MongoDB keeps the measurements of s in system.buckets.s.  What is beside time series s here
 * under that name is nothing, and that is said to who reads or writes it: a dump of buckets
 * must not come out empty.  name is that of no collection.
 */
MUST_CHECK int measurement_buckets_check(
    struct catalog *cat, struct view db, struct view name, struct status *st);
/* The name of the time series of which these are the buckets, else name. */
struct view measurement_series_name(struct catalog *cat, struct view db, struct view name);

#endif
