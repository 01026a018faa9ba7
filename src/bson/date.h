/*
 * bson/date.h - dates from text, and steps of the calendar.
 *
 * Threads: pure.
 */
#ifndef BSON_DATE_H
#define BSON_DATE_H

#include "util/view.h"

/*
 * ISO 8601's calendar dates as $toDate and $dateFromString take them:
 * "2024-06-15", "2024-06-15T12:30", with seconds, a fraction, and a zone ("Z",
 * "+05:30", "+0530", "GMT"); a space may stand for the T and before the zone.
 * Milliseconds since 1970; false when the text is none.
 */
bool date_parse(struct view text, int64_t *ms);

/* Days since 1970 of the Gregorian calendar's date, whatever year. */
int64_t date_days(int64_t year, int month, int day);

enum date_unit {
	DATE_MILLISECOND,
	DATE_SECOND,
	DATE_MINUTE,
	DATE_HOUR,
	DATE_DAY,
	DATE_WEEK,
	DATE_MONTH,
	DATE_QUARTER,
	DATE_YEAR,
};

/* "day" and so on; false: there is no such unit. */
bool date_unit_parse(struct view name, enum date_unit *unit);
/* n units later, in UTC; a day that the month does not have is its last.  False when that is no
 * date any more. */
bool date_add(int64_t ms, enum date_unit unit, int64_t n, int64_t *out);

#endif
