/*
 * bson/date.h - dates from text.
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

#endif
