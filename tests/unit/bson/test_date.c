/*
 * Steps of the calendar.
 */
#include "support/unit.h"

#include <stdlib.h>

#include "bson/date.h"

static int64_t at(const char *text)
{
	int64_t ms;

	assert_true(date_parse(view_of_str(text), &ms));
	return ms;
}

static void a_month_has_a_last_day(void **state)
{
	static const struct {
		const char *from, *to;
		enum date_unit unit;
		int64_t n;
	} cases[] = {
	    {"2024-01-31", "2024-02-29", DATE_MONTH, 1},
	    {"2023-01-31", "2023-02-28", DATE_MONTH, 1},
	    {"2024-12-31T10:00", "2025-02-28T10:00", DATE_MONTH, 2},
	    {"2024-03-31", "2024-02-29", DATE_MONTH, -1},
	    {"2024-02-29", "2025-02-28", DATE_YEAR, 1},
	    {"2024-02-29", "2028-02-29", DATE_YEAR, 4},
	    {"2024-11-30", "2025-02-28", DATE_QUARTER, 1},
	    {"2024-02-28", "2024-03-06", DATE_WEEK, 1},
	    {"2024-02-28T23:00", "2024-02-29T00:00", DATE_HOUR, 1},
	    {"1969-12-31", "1970-01-01", DATE_DAY, 1},
	    {"0001-03-31", "0000-02-29", DATE_MONTH, -13},
	    {"1970-01-01", "1969-12-31T23:59:59.999", DATE_MILLISECOND, -1},
	    {"2024-01-01", "2024-01-01T00:01:30", DATE_SECOND, 90},
	    {"2024-01-01", "2024-01-01T01:30", DATE_MINUTE, 90},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ms;

		assert_true(date_add(at(cases[i].from), cases[i].unit, cases[i].n, &ms));
		assert_true(ms == at(cases[i].to));
	}
}

/* Twelve times a month is a year, where every month has the day. */
static void months_make_years(void **state)
{
	for (int round = 0; round < 1000; round++) {
		int64_t days = rand() % 2000000 - 1000000, from, by_months, by_years;

		from = (days - days % 28) * 86400000;
		assert_true(date_add(from, DATE_MONTH, 12, &by_months));
		assert_true(date_add(from, DATE_YEAR, 1, &by_years));
		assert_true(by_months == by_years);
		assert_true(date_add(from, DATE_DAY, 365, &by_months));
		assert_true(by_years - by_months >= 0 && by_years - by_months <= 86400000);
	}
}

static void what_is_no_date(void **state)
{
	enum date_unit unit;
	int64_t ms;

	assert_false(date_add(INT64_MAX, DATE_MILLISECOND, 1, &ms));
	assert_false(date_add(0, DATE_YEAR, INT64_MAX, &ms));
	assert_false(date_add(INT64_MAX - 5, DATE_MONTH, 1, &ms));
	assert_false(date_add(INT64_MIN, DATE_MONTH, -1, &ms));
	assert_false(date_unit_parse(view_of_str("days"), &unit));
	assert_true(date_unit_parse(view_of_str("quarter"), &unit));
	assert_int_equal(unit, DATE_QUARTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_month_has_a_last_day),
	    cmocka_unit_test(months_make_years),
	    cmocka_unit_test(what_is_no_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
