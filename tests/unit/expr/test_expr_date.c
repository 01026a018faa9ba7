/*
 * The operators on dates.
 */
#include "support/expr_cases.h"

#include "bson/date.h"
#include "util/hash.h"

#define DATE(text)	 "{'$date': '" text "'}"
#define LONG(n)		 "{'$numberLong': '" #n "'}"
#define DOC		 "{'d': {'$date': '2024-06-15T10:30:45.123Z'}, 'ny': 'America/New_York'}"
#define IN(op, from, tz) "{'$" op "': {'date': " DATE(from) ", 'timezone': '" tz "'}}"

static void parts(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$year': '$d'}", DOC, "2024"},
	    {"{'$month': ['$d']}", DOC, "6"},
	    {"{'$dayOfMonth': {'date': '$d'}}", DOC, "15"},
	    {"{'$hour': {'date': '$d', 'timezone': '$ny'}}", DOC, "6"},
	    {"{'$minute': {'date': '$d', 'timezone': '+05:45'}}", DOC, "15"},
	    {"{'$second': '$d'}", DOC, "45"},
	    {"{'$millisecond': '$d'}", DOC, "123"},
	    {"{'$dayOfYear': '$d'}", DOC, "167"},
	    {"{'$dayOfWeek': '$d'}", DOC, "7"},
	    {"{'$week': '$d'}", DOC, "23"},
	    {"{'$isoWeek': '$d'}", DOC, "24"},
	    {"{'$isoWeekYear': '$d'}", DOC, LONG(2024)},
	    {"{'$isoDayOfWeek': '$d'}", DOC, "6"},
	    {"{'$isoWeekYear': " DATE("2021-01-03T00:00:00Z") "}", "{}", LONG(2020)},
	    {"{'$isoWeek': " DATE("2021-01-03T00:00:00Z") "}", "{}", "53"},
	    {"{'$week': " DATE("2023-12-31T00:00:00Z") "}", "{}", "53"},
	    {"{'$week': " DATE("2024-01-01T00:00:00Z") "}", "{}", "0"},
	    {IN("hour", "2024-01-01T00:30:00Z", "-0130"), "{}", "23"},
	    {IN("year", "2024-01-01T00:30:00Z", "-01"), "{}", "2023"},
	    {"{'$year': {'$toDate': " LONG(9223372036854775807) "}}", "{}", "292278994"},
	    {"{'$year': {'$timestamp': {'t': 4102444800, 'i': 1}}}", "{}", "2100"},
	    {"{'$year': {'$oid': 'ffffffff0000000000000000'}}", "{}", "1969"},
	    {"{'$year': '$none'}", "{}", "null"},
	    {"{'$year': {'date': '$d', 'timezone': '$none'}}", DOC, "null"},
	    {"{'$dateToParts': {'date': '$d', 'timezone': 'Asia/Kolkata'}}", DOC,
		"{'year': 2024, 'month': 6, 'day': 15, 'hour': 16, 'minute': 0, 'second': 45, "
		"'millisecond': 123}"},
	    {"{'$dateToParts': {'date': '$d', 'iso8601': true}}", DOC,
		"{'isoWeekYear': 2024, 'isoWeek': 24, 'isoDayOfWeek': 6, 'hour': 10, 'minute': 30, "
		"'second': 45, 'millisecond': 123}"},
	};
	static const struct error_case errors[] = {
	    {"{'$year': '$s'}", 16006},
	    {"{'$year': []}", 40536},
	    {"{'$year': {'timezone': 'UTC'}}", 40539},
	    {"{'$year': {'date': '$d', 'zone': 1}}", 40535},
	    {"{'$year': {'date': " DATE("2024-01-01T00:00:00Z") ", 'timezone': 'PST'}}", 40485},
	    {"{'$year': {'date': " DATE("2024-01-01T00:00:00Z") ", 'timezone': 5}}", 40517},
	    {"{'$dateToParts': 1}", 40524},
	    {"{'$dateToParts': {'date': " DATE("2024-01-01T00:00:00Z") ", 'iso8601': 1}}", 40521},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void from_parts(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$dateFromParts': {'year': 2024}}", "{}", DATE("2024-01-01T00:00:00Z")},
	    {"{'$dateFromParts': {'year': 2024, 'month': 14, 'day': 0, 'hour': -1}}", "{}",
		DATE("2025-01-30T23:00:00Z")},
	    {"{'$dateFromParts': {'isoWeekYear': 2020, 'isoWeek': 53, 'isoDayOfWeek': 7}}", "{}",
		DATE("2021-01-03T00:00:00Z")},
	    {"{'$dateFromParts': {'year': 2024, 'month': 3, 'day': 10, 'hour': 2, 'minute': 30, "
	     "'timezone': '$ny'}}",
		DOC, DATE("2024-03-10T07:30:00Z")},
	    {"{'$dateFromParts': {'year': 2024, 'second': 1.0, 'millisecond': 86400000}}", "{}",
		DATE("2024-01-02T00:00:01Z")},
	    {"{'$dateFromParts': {'year': 2024, 'month': null}}", "{}", "null"},
	};
	static const struct error_case errors[] = {
	    {"{'$dateFromParts': 1}", 40519},
	    {"{'$dateFromParts': {'month': 1}}", 40516},
	    {"{'$dateFromParts': {'year': 1, 'isoWeek': 1}}", 40489},
	    {"{'$dateFromParts': {'isoWeekYear': 1, 'day': 1}}", 40525},
	    {"{'$dateFromParts': {'year': 1, 'none': 1}}", 40518},
	    {"{'$dateFromParts': {'year': 1.5}}", 40515},
	    {"{'$dateFromParts': {'year': 10000}}", 40523},
	    {"{'$dateFromParts': {'year': 1, 'day': 40000}}", 31034},
	    {"{'$dateFromParts': {'year': 1, 'second': " LONG(9223372036854775807) "}}", 31034},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

#define ADD(from, unit, n, tz)                                                                 \
	"{'$dateAdd': {'startDate': " DATE(from) ", 'unit': '" unit "', 'amount': " #n            \
						 ", 'timezone': '" tz "'}}"
#define DIFF(from, to, unit, more)                                                             \
	"{'$dateDiff': {'startDate': " DATE(from) ", 'endDate': " DATE(to) ", 'unit': '" unit "'" \
						 more "}}"
#define TRUNC(from, unit, more) "{'$dateTrunc': {'date': " DATE(from) ", 'unit': '" unit "'" more "}}"

static void arithmetic(void **state)
{
	static const struct expr_case cases[] = {
	    {ADD("2024-01-31T10:00:00Z", "month", 1, "UTC"), "{}", DATE("2024-02-29T10:00:00Z")},
	    {ADD("2024-02-29T10:00:00Z", "year", -1, "UTC"), "{}", DATE("2023-02-28T10:00:00Z")},
	    {ADD("2024-03-09T17:00:00Z", "day", 1, "America/New_York"), "{}",
		DATE("2024-03-10T16:00:00Z")},
	    {ADD("2024-03-09T17:00:00Z", "hour", 24, "America/New_York"), "{}",
		DATE("2024-03-10T17:00:00Z")},
	    {"{'$dateSubtract': {'startDate': '$d', 'unit': 'quarter', 'amount': 2}}", DOC,
		DATE("2023-12-15T10:30:45.123Z")},
	    {"{'$dateAdd': {'startDate': '$none', 'unit': 'day', 'amount': 1}}", "{}", "null"},
	    {DIFF("2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "year", ""), "{}", LONG(1)},
	    {DIFF("2024-01-31T00:00:00Z", "2023-11-01T00:00:00Z", "month", ""), "{}", LONG(-2)},
	    {DIFF("2021-01-01T00:00:00Z", "2021-01-31T00:00:00Z", "week", ""), "{}", LONG(5)},
	    {DIFF("2021-01-01T00:00:00Z", "2021-01-31T00:00:00Z", "week",
		 ", 'startOfWeek': 'Mon'"),
		"{}", LONG(4)},
	    {DIFF("2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z", "day",
		 ", 'timezone': 'America/New_York'"),
		"{}", LONG(1)},
	    {DIFF("2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z", "hour",
		 ", 'timezone': 'America/New_York'"),
		"{}", LONG(23)},
	    {TRUNC("2024-06-15T10:38:00Z", "minute", ", 'binSize': 15"), "{}",
		DATE("2024-06-15T10:30:00Z")},
	    {TRUNC("1999-12-31T23:59:59Z", "year", ", 'binSize': 5"), "{}",
		DATE("1995-01-01T00:00:00Z")},
	    {TRUNC("2021-06-16T12:00:00Z", "week", ", 'startOfWeek': 'friday'"), "{}",
		DATE("2021-06-11T00:00:00Z")},
	    {TRUNC("2024-03-11T12:00:00Z", "month", ", 'timezone': 'America/New_York'"), "{}",
		DATE("2024-03-01T05:00:00Z")},
	    {"{'$dateTrunc': {'date': '$d', 'unit': 'day', 'startOfWeek': null}}", DOC, "null"},
	    {TRUNC("2024-06-15T10:38:00Z", "day", ", 'startOfWeek': null"), "{}",
		DATE("2024-06-15T00:00:00Z")},
	    {TRUNC("2024-06-15T10:38:00Z", "year", ", 'binSize': 100000000000"), "{}",
		DATE("2000-01-01T00:00:00Z")},
	};
	static const struct error_case errors[] = {
	    {"{'$dateAdd': 1}", 5166400},
	    {"{'$dateAdd': {'unit': 'day', 'amount': 1}}", 5166402},
	    {"{'$dateAdd': {'startDate': '$n', 'unit': 'day', 'amount': 1}}", 5166403},
	    {ADD("2024-01-01T00:00:00Z", "day", 1.5, "UTC"), 5166405},
	    {ADD("2024-01-01T00:00:00Z", "days", 1, "UTC"), 9},
	    {ADD("2024-01-01T00:00:00Z", "year", 300000000, "UTC"), 5166406},
	    {ADD("2024-01-01T00:00:00Z", "year", 30000000000, "UTC"), 5976500},
	    {"{'$dateSubtract': {'startDate': " DATE("2024-01-01T00:00:00Z") ", 'unit': 'day', "
	     "'amount': " LONG(-9223372036854775808) "}}",
		6045000},
	    {"{'$dateDiff': {'startDate': {'$toDate': " LONG(-9223372036854775808)
	     "}, 'endDate': " DATE("2024-01-01T00:00:00Z") ", 'unit': 'millisecond'}}",
		5166308},
	    {DIFF("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "week", ", 'startOfWeek': 'x'"),
		5439016},
	    {TRUNC("2024-01-01T00:00:00Z", "day", ", 'binSize': 0"), 5439018},
	    {TRUNC("2024-01-01T00:00:00Z", "day", ", 'binSize': '1'"), 5439017},
	    {TRUNC("2024-01-01T00:00:00Z", "year", ", 'binSize': 100000000001"), 5439006},
	    {TRUNC("2024-01-01T00:00:00Z", "hour", ", 'binSize': " LONG(9223372036854775)), 5439002},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

#define SHOW(format)	   "{'$dateToString': {'date': '$d', 'format': '" format "'}}"
#define READ(text)	   "{'$dateFromString': {'dateString': '" text "'}}"
#define READ_AS(text, fmt) "{'$dateFromString': {'dateString': '" text "', 'format': '" fmt "'}}"

static void text(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$dateToString': {'date': '$d'}}", DOC, "'2024-06-15T10:30:45.123Z'"},
	    {"{'$dateToString': {'date': '$d', 'timezone': '$ny'}}", DOC,
		"'2024-06-15T06:30:45.123'"},
	    {SHOW("%Y-%m-%d %H:%M:%S.%L %j %u %w %U %G-W%V %b %B %z %Z 100%%"), DOC,
		"'2024-06-15 10:30:45.123 167 6 7 23 2024-W24 Jun June +0000 0 100%'"},
	    {"{'$dateToString': {'date': '$d', 'format': '%z %Z', 'timezone': '-03:30'}}", DOC,
		"'-0330 -210'"},
	    {"{'$dateToString': {'date': null, 'onNull': 'none'}}", "{}", "'none'"},
	    {"{'$dateToString': {'date': '$d', 'format': '$none'}}", DOC, "null"},
	    {READ("2017-02-08T12:10:40.787Z"), "{}", DATE("2017-02-08T12:10:40.787Z")},
	    {READ("Oct 20 2020"), "{}", DATE("2020-10-20T00:00:00Z")},
	    {READ("july 4th, 2017"), "{}", DATE("2017-07-04T00:00:00Z")},
	    {READ("Wed, 31 Jan 1996 12:05:28 +0330"), "{}", DATE("1996-01-31T08:35:28Z")},
	    {READ("WED jan 31 12:05:28 GMT 1996"), "{}", DATE("1996-01-31T12:05:28Z")},
	    {READ_AS("15/06/2018", "%d/%m/%Y"), "{}", DATE("2018-06-15T00:00:00Z")},
	    {READ_AS("2024-W24-6", "%G-W%V-%u"), "{}", DATE("2024-06-15T00:00:00Z")},
	    {READ_AS("June 5 2020 +0200", "%B %d %Y %z"), "{}", DATE("2020-06-04T22:00:00Z")},
	    {READ_AS("2024-06-15 +330", "%Y-%m-%d %Z"), "{}", DATE("2024-06-14T18:30:00Z")},
	    {READ_AS("2024 167", "%Y %j"), "{}", DATE("2024-06-16T00:00:00Z")},
	    {"{'$dateFromString': {'dateString': '2024-11-03T01:30', 'timezone': '$ny'}}", DOC,
		DATE("2024-11-03T05:30:00Z")},
	    {"{'$dateFromString': {'dateString': 5, 'onError': 'bad'}}", "{}", "'bad'"},
	    {"{'$dateFromString': {'dateString': '$none', 'onError': 1, 'onNull': 2}}", "{}", "2"},
	};
	static const struct error_case errors[] = {
	    {"{'$dateToString': {}}", 18628},
	    {"{'$dateToString': {'date': " DATE("2024-01-01T00:00:00Z") ", 'format': 1}}", 18533},
	    {"{'$dateToString': {'date': " DATE("2024-01-01T00:00:00Z") ", 'format': '%'}}", 18535},
	    {"{'$dateToString': {'date': " DATE("2024-01-01T00:00:00Z") ", 'format': '%x'}}", 18536},
	    {"{'$dateToString': {'date': {'$toDate': " LONG(253402300800000) "}}}", 18537},
	    {"{'$dateFromString': {}}", 40542},
	    {READ(""), 241},
	    {READ("2017-02-30"), 241},
	    {READ("Feb 30 2017"), 241},
	    {READ("Feb Feb 2017"), 241},
	    {READ("Feb 3 2017 +0100"), 241},
	    {READ_AS("2017-02-08", "%m-%d-%Y"), 241},
	    {READ_AS("02-08", "%m-%d"), 241},
	    {READ_AS("2017 x", "%Y"), 241},
	    {READ_AS("2017 05", "%Y %V"), 241},
	    {READ_AS("2017", "%Q"), 18536},
	    {"{'$dateFromString': {'dateString': '2024-01-01Z', 'timezone': 'Europe/Berlin'}}", 241},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

/* Parts make the date again, whatever date it is. */
static void parts_are_the_date(void **state)
{
	for (int i = 0; i < 100000; i++) {
		int64_t ms = (int64_t)random_u64() >> (random_u64() % 40);
		struct date_parts p;
		struct date_week w;
		int64_t days;

		date_split(ms, &p);
		date_week(&p, &w);
		days = date_days(p.year, p.month, p.day);
		assert_true(p.month >= 1 && p.month <= 12 && p.day >= 1 &&
			    p.day <= date_days_in_month(p.year, p.month));
		assert_true(days == date_days(p.year, 1, 1) + p.day_of_year - 1);
		assert_true(days == date_week_days(w.year) + 7 * (w.week - 1) + w.day - 1);
		assert_int_equal(p.day_of_week, w.day % 7);
		assert_true(w.week >= 1 && w.week <= 53 && w.day >= 1 && w.day <= 7);
		/* The first day that 64 bits hold begins before them. */
		if (ms > INT64_MIN + 86400000)
			assert_true(ms == days * INT64_C(86400000) + p.hour * INT64_C(3600000) +
					      p.minute * 60000 + p.second * 1000 + p.ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts),
	    cmocka_unit_test(from_parts),
	    cmocka_unit_test(arithmetic),
	    cmocka_unit_test(text),
	    cmocka_unit_test(parts_are_the_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
