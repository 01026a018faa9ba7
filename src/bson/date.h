/*
 * bson/date.h - dates from text, their parts, and steps of the calendar.
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
 * And dates with a month's name, a day and a year in any order, as in mails: "Oct 20 2020",
 * "Wed, 31 Jan 1996 12:05:28 +0330".
 * Milliseconds since 1970; false when the text is none.
 */
bool date_parse(struct view text, int64_t *ms);
/* The same; *zoned: the text has a zone, which *ms takes into account. */
bool date_parse_zoned(struct view text, int64_t *ms, bool *zoned);

/* Days since 1970 of the Gregorian calendar's date, whatever year. */
int64_t date_days(int64_t year, int month, int day);
int date_days_in_month(int64_t year, int month);

struct date_parts {
	int64_t year;
	int month, day; /* from 1 */
	int hour, minute, second, ms;
	int day_of_year; /* from 1 */
	int day_of_week; /* 0 is Sunday */
};

void date_split(int64_t ms, struct date_parts *out);

/* ISO 8601's week of a date, and the year that it belongs to; its days count from 1, Monday. */
struct date_week {
	int64_t year;
	int week, day;
};

void date_week(const struct date_parts *p, struct date_week *out);
/* Days since 1970 of the Monday of week 1. */
int64_t date_week_days(int64_t year);

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
/* How long a unit is; 0 for months and longer, which have no such length. */
int64_t date_unit_ms(enum date_unit unit);
/* Months in a unit; 0 for weeks and shorter. */
int date_unit_months(enum date_unit unit);
/* n units later, in UTC; a day that the month does not have is its last.  False when that is no
 * date any more. */
bool date_add(int64_t ms, enum date_unit unit, int64_t n, int64_t *out);

#endif
