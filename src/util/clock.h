/*
 * util/clock.h - the time of day and the time that only goes forward.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include "util/util.h"

/* Since 1970, in UTC; may jump. */
int64_t clock_wall_ms(void);
int64_t clock_wall_us(void);

/* Since some moment in the past; never goes back.  For time-outs. */
int64_t clock_mono_us(void);

/* "2026-01-31T23:59:59.123+00:00" */
void clock_format_iso(int64_t wall_ms, char buf[static 40]);

#endif
