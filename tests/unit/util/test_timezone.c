#include "support/unit.h"

#include <stdlib.h>

#include "util/timezone.h"

#define HOUR INT64_C(3600000)

static const struct timezone_rules *zone(const char *name)
{
	const struct timezone_rules *z;

	if (timezone_find(view_of_str(name), &z) != TIMEZONE_FOUND)
		fail_msg("there is no %s", name);
	return z;
}

/* Seconds since 1970, as `date -u -d` gives them. */
static void offsets(void **state)
{
	static const struct {
		const char *name;
		int64_t seconds;
		double hours;
	} cases[] = {
	    {"UTC", 0, 0},
	    {"Europe/Berlin", 1705320000, 1},	 /* 2024-01-15T12:00 */
	    {"Europe/Berlin", 1721044800, 2},	 /* 2024-07-15T12:00 */
	    {"Europe/Berlin", 1711846799, 1},	 /* 2024-03-31T00:59:59 */
	    {"Europe/Berlin", 1711846800, 2},
	    {"America/New_York", 1730613599, -4}, /* 2024-11-03T05:59:59 */
	    {"America/New_York", 1730613600, -5},
	    {"Asia/Kathmandu", 1705320000, 5.75},
	    {"Pacific/Apia", 1325224800, -10},	 /* 2011-12-30T06:00, the day that was left out */
	    {"Pacific/Apia", 1325239200, 14},
	    {"EST", 1721044800, -5},
	    {"Europe/Berlin", 4120977600, 2},	  /* 2100-08-03 */
	    {"Europe/Berlin", 16725225600, 1},	  /* 2500-01-01 */
	    {"Etc/GMT+5", 0, -5},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(timezone_offset(zone(cases[i].name), cases[i].seconds * 1000) ==
			    (int64_t)(cases[i].hours * (double)HOUR));
	/* The rules repeat with the calendar. */
	for (int64_t s = 2114380800; s < 2145916800; s += 86399)
		assert_true(
		    timezone_offset(zone("Europe/Berlin"), s * 1000) ==
		    timezone_offset(zone("Europe/Berlin"), (s + 20 * 12622780800) * 1000));
}

static void names(void **state)
{
	static const char *const none[] = {"", "PST", "EDT", "europe/berlin", "Europe/Nowhere", "Z",
	    "GMT+05:00", "Etc/Unknown", "SystemV/EST5EDT",
	    "a name that is longer than any that there is in the database"};
	const struct timezone_rules *z;

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(timezone_find(view_of_str(none[i]), &z), TIMEZONE_UNKNOWN);
	assert_int_equal(timezone_find(view_of("UTC\0", 4), &z), TIMEZONE_UNKNOWN);
	assert_true(zone("GMT") && zone("US/Pacific") && zone("PST8PDT") && zone("Zulu"));
	assert_ptr_equal(zone("Europe/Paris"), zone("Europe/Paris"));
}

static int64_t to_utc(const struct timezone_rules *z, int64_t local)
{
	return local - timezone_offset_of_local(z, local);
}

/* There and back, but for the hours that there are twice. */
static void local_times(void **state)
{
	const struct timezone_rules *z = zone("America/New_York");
	int64_t gap = 1710039600000;  /* 2024-03-10T03:00 on the wall, after 01:59 */
	int64_t twice = 1730595600000; /* 2024-11-03T01:00 on the wall, the first time */

	for (int i = 0; i < 20000; i++) {
		int64_t ms = (int64_t)(rand() % 4000000 - 1000000) * 1000000, back;

		back = to_utc(z, ms + timezone_offset(z, ms));
		assert_true(back == ms || (back == ms - HOUR && timezone_offset(z, back) !=
								    timezone_offset(z, ms)));
	}
	assert_true(to_utc(z, twice) == twice + 4 * HOUR);
	assert_true(to_utc(z, twice + HOUR) == twice + 6 * HOUR);
	/* 02:30 there is not: half an hour later than 02:00 would be. */
	assert_true(to_utc(z, gap - HOUR / 2) == gap - HOUR / 2 + 5 * HOUR);
	assert_true(to_utc(z, gap) == gap + 4 * HOUR);
	assert_true(timezone_offset_of_local(z, INT64_MIN) < 0);
	assert_true(timezone_offset_of_local(z, INT64_MAX) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(offsets),
	    cmocka_unit_test(names),
	    cmocka_unit_test(local_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
