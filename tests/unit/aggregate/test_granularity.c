/*
 * Series of preferred numbers.
 */
#include "support/unit.h"

#include <math.h>
#include <stdlib.h>

#include "aggregate/granularity.h"
#include "bson/builder.h"
#include "bson/decimal.h"

static const char *const names[] = {"R5", "R10", "R20", "R40", "R80", "1-2-5", "E6", "E12", "E24",
    "E48", "E96", "E192", "POWERSOF2"};

static double rounded(const char *name, double x, bool up)
{
	struct arena a;
	struct status st;
	struct value v;
	double d;

	arena_init(&a, NULL);
	status_init(&st);
	assert_int_equal(granularity_round(granularity_find(view_of_str(name)),
			     value_make_double(&a, x), up, &a, &v, &st),
	    0);
	assert_true(value_to_double(v, &d));
	arena_clear(&a);
	status_clear(&st);
	return d;
}

static void neighbours_in_the_series(void **state)
{
	assert_true(rounded("R5", 1, true) == 1.6);
	assert_true(rounded("R5", 1, false) == 0.63);
	assert_true(rounded("R5", 1000, true) == 1600);
	assert_true(rounded("1-2-5", 10, true) == 20);
	assert_true(rounded("1-2-5", 10, false) == 5);
	assert_true(rounded("E6", 70, true) == 100);
	assert_true(rounded("E192", 9.19, true) == 9.2);
	assert_true(rounded("R80", 1.29, true) == 1.32);
	assert_true(rounded("POWERSOF2", 1, true) == 2);
	assert_true(rounded("POWERSOF2", 1, false) == 0.5);
	assert_true(rounded("POWERSOF2", 3, false) == 2);
	assert_true(rounded("R10", 0, true) == 0);
	assert_true(isinf(rounded("R10", INFINITY, true)));
	assert_null(granularity_find(view_of_str("R7")));
	assert_null(granularity_find(view_of_str("")));
}

/* What is above a number's lower neighbour and below its upper one is between the two. */
static void every_number_is_between_its_neighbours(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (int round = 0; round < 200; round++) {
			double x = (rand() % 1000000 + 1) * pow(10, rand() % 20 - 10);
			double low = rounded(names[i], x, false), high = rounded(names[i], x, true);

			assert_true(low < x && x < high);
			/* Neighbours of each other, with at most one number between them. */
			assert_true(rounded(names[i], low, true) >= x);
			assert_true(rounded(names[i], high, false) <= x);
			assert_true(rounded(names[i], rounded(names[i], low, true), false) == low);
		}
}

static void decimals_stay_decimals(void **state)
{
	static const struct {
		const char *name, *from, *low, *high;
	} cases[] = {
	    {"R5", "1", "0.63", "1.60"},
	    {"E24", "0.1", "0.0910", "0.110"},
	    {"POWERSOF2", "8", "4", "16"},
	    {"POWERSOF2", "1E+30", "633825300114114700748351602688",
		"1267650600228229401496703205376"},
	    {"R10", "9.999999999999999999999999999999999E+6144", "8.00E+6144", "Infinity"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int up = 0; up < 2; up++) {
			const struct granularity *g = granularity_find(view_of_str(cases[i].name));
			const char *text = up ? cases[i].high : cases[i].low;
			struct decimal from, want;
			struct arena a;
			struct status st;
			struct value v;

			arena_init(&a, NULL);
			status_init(&st);
			assert_true(decimal_parse(view_of_str(cases[i].from), &from));
			assert_true(decimal_parse(view_of_str(text), &want));
			assert_int_equal(granularity_round(g, value_make_decimal(&a, from), up, &a,
					     &v, &st),
			    0);
			assert_int_equal(v.type, TYPE_DECIMAL128);
			assert_int_equal(decimal_compare(decimal_read(v.data), want), 0);
			arena_clear(&a);
			status_clear(&st);
		}
}

static int code(struct value v)
{
	struct arena a;
	struct status st;
	struct value out;
	int err;

	arena_init(&a, NULL);
	status_init(&st);
	err = granularity_round(granularity_find(view_of_str("R5")), v, true, &a, &out, &st);
	arena_clear(&a);
	status_clear(&st);
	return err;
}

static void only_numbers_that_are_not_negative(void **state)
{
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(code(value_make_str(&a, view_of_str("x"))), 40258);
	assert_int_equal(code(value_null), 40258);
	assert_int_equal(code(value_make_double(&a, NAN)), 40259);
	assert_int_equal(code(value_make_i32(&a, -1)), 40260);
	assert_int_equal(code(value_make_double(&a, -INFINITY)), 40260);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(neighbours_in_the_series),
	    cmocka_unit_test(every_number_is_between_its_neighbours),
	    cmocka_unit_test(decimals_stay_decimals),
	    cmocka_unit_test(only_numbers_that_are_not_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
