#include "support/unit.h"

#include <float.h>
#include <math.h>

#include "bson/builder.h"
#include "bson/decimal.h"

static struct decimal dec(const char *text)
{
	struct decimal d;

	assert_true(decimal_parse(view_of_str(text), &d));
	return d;
}

static void assert_text(struct decimal d, const char *want)
{
	char text[DECIMAL_TEXT_MAX];

	assert_int_equal(decimal_format(d, text), strlen(want));
	assert_string_equal(text, want);
}

static void texts(void **state)
{
	struct decimal d;

	assert_text(dec("1.50"), "1.50");
	assert_text(dec("-0"), "-0");
	assert_text(dec(".5"), "0.5");
	assert_text(dec("1e3"), "1E+3");
	assert_text(dec("-Infinity"), "-Infinity");
	assert_text(dec("nan"), "NaN");
	assert_text(dec("12345678901234567890123456789012345"),
	    "1.234567890123456789012345678901234E+34");
	assert_false(decimal_parse(view_of_str(""), &d));
	assert_false(decimal_parse(view_of_str("."), &d));
	assert_false(decimal_parse(view_of_str("1.2.3"), &d));
	assert_false(decimal_parse(view_of_str("1e"), &d));
	assert_false(decimal_parse(view_of_str("1 "), &d));
	assert_false(decimal_parse(view_of_str("0x1"), &d));
	assert_false(decimal_parse(view_of("1\0", 2), &d));
}

static void doubles_keep_15_digits(void **state)
{
	assert_text(decimal_from_double(0.1), "0.100000000000000");
	assert_text(decimal_from_double(-5.5), "-5.50000000000000");
	assert_text(decimal_from_double(1e300), "1.00000000000000E+300");
	assert_text(decimal_from_double(DBL_TRUE_MIN), "4.94065645841247E-324");
	assert_text(decimal_from_double(0.0), "0");
	assert_text(decimal_from_double(-0.0), "-0");
	assert_text(decimal_from_double(INFINITY), "Infinity");
	assert_text(decimal_from_double(-INFINITY), "-Infinity");
	assert_text(decimal_from_double(NAN), "NaN");
}

static void exact_or_not(void **state)
{
	bool exact;

	assert_text(decimal_from_double_exact(0.5, &exact), "0.5");
	assert_true(exact);
	assert_text(
	    decimal_from_double_exact(0.1, &exact), "0.1000000000000000055511151231257827");
	assert_false(exact);
	assert_true(decimal_truncate_to_double(dec("0.1"), &exact) == nextafter(0.1, 0));
	assert_false(exact);
	assert_true(decimal_truncate_to_double(dec("-0.25"), &exact) == -0.25);
	assert_true(exact);
	assert_true(decimal_truncate_to_double(dec("1E+6000"), &exact) == DBL_MAX);
	assert_false(exact);
	assert_true(decimal_truncate_to_double(dec("1E-6000"), &exact) == 0);
	assert_false(exact);
}

static void parts(void **state)
{
	struct decimal d = dec("-12.30"), joined;
	struct decimal_parts p = decimal_split(d);

	assert_true(p.negative);
	assert_int_equal(p.exponent, -2);
	assert_int_equal(p.low, 1230);
	assert_int_equal(p.high, 0);
	joined = decimal_join(p);
	assert_memory_equal(&joined, &d, sizeof(d));

	/* 2^113 - 1 and the other form are not canonical, and so 0 */
	d = (struct decimal){UINT64_MAX, 0x3041FFFFFFFFFFFF};
	assert_true(decimal_is_zero(d));
	d = (struct decimal){5, 0x6C10000000000000};
	assert_true(decimal_is_zero(d));
	assert_int_equal(decimal_compare(d, dec("0")), 0);
	assert_true(decimal_is_zero(dec("-0E-6000")));
	assert_false(decimal_is_zero(dec("NaN")));
	assert_false(decimal_is_zero(dec("Infinity")));
}

static void compares(void **state)
{
	static const char *const order[] = {"NaN", "-Infinity", "-1E+6144", "-2", "-1.5",
	    "-1E-6176", "0", "1E-6176", "0.1", "1", "9.99", "1E+1", "Infinity"};
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(order); i++)
		for (j = 0; j < ARRAY_LEN(order); j++)
			assert_int_equal(
			    decimal_compare(dec(order[i]), dec(order[j])), (i > j) - (i < j));
	assert_int_equal(decimal_compare(dec("1"), dec("1.000")), 0);
	assert_int_equal(decimal_compare(dec("-0"), dec("0E+100")), 0);
}

static void computes(void **state)
{
	assert_text(decimal_add(dec("0.1"), dec("0.2")), "0.3");
	assert_text(decimal_subtract(dec("1"), dec("1.0")), "0.0");
	assert_text(decimal_multiply(dec("1.5"), dec("-2")), "-3.0");
	assert_text(decimal_divide(dec("1"), dec("8")), "0.125");
	assert_text(decimal_divide(dec("1"), dec("0")), "Infinity");
	assert_text(decimal_modulo(dec("-7.5"), dec("2")), "-1.5");
	assert_text(decimal_negate(dec("1.0")), "-1.0");
}

/* ---------------------------------------------------- the four kinds together */

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	return 0;
}

static void assert_i32(struct value v, int32_t want)
{
	assert_int_equal(v.type, TYPE_INT32);
	assert_int_equal(read_i32(v.data), want);
}

static void assert_i64(struct value v, int64_t want)
{
	assert_int_equal(v.type, TYPE_INT64);
	assert_true(read_i64(v.data) == want);
}

static void assert_double(struct value v, double want)
{
	assert_int_equal(v.type, TYPE_DOUBLE);
	assert_true(read_double(v.data) == want);
}

static void kinds_widen(void **state)
{
	const struct value one = value_make_i32(&arena, 1),
			   max32 = value_make_i32(&arena, INT32_MAX),
			   long1 = value_make_i64(&arena, 1),
			   max64 = value_make_i64(&arena, INT64_MAX),
			   half = value_make_double(&arena, 0.5),
			   dec2 = value_make_decimal(&arena, dec("2.0"));
	struct value v;

	assert_i32(number_add(one, one, OVERFLOW_FAILS, &arena), 2);
	assert_i64(number_add(max32, one, OVERFLOW_FAILS, &arena), 2147483648LL);
	assert_i64(number_add(long1, one, OVERFLOW_FAILS, &arena), 2);
	assert_double(number_add(max64, one, OVERFLOW_TO_DOUBLE, &arena), 0x1p63);
	assert_true(value_is_missing(number_add(max64, one, OVERFLOW_FAILS, &arena)));
	assert_double(number_add(max64, half, OVERFLOW_FAILS, &arena), 0x1p63);
	assert_double(number_subtract(one, half, OVERFLOW_FAILS, &arena), 0.5);
	assert_i64(
	    number_multiply(max32, max32, OVERFLOW_FAILS, &arena), 4611686014132420609LL);
	assert_true(value_is_missing(number_multiply(max64, max64, OVERFLOW_FAILS, &arena)));
	v = number_multiply(dec2, half, OVERFLOW_FAILS, &arena);
	assert_int_equal(v.type, TYPE_DECIMAL128);
	assert_text(decimal_read(v.data), "1.0000000000000000");
	v = number_add(one, dec2, OVERFLOW_FAILS, &arena);
	assert_text(decimal_read(v.data), "3.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts),
	    cmocka_unit_test(doubles_keep_15_digits),
	    cmocka_unit_test(exact_or_not),
	    cmocka_unit_test(parts),
	    cmocka_unit_test(compares),
	    cmocka_unit_test(computes),
	    cmocka_unit_test_setup_teardown(kinds_widen, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
