#include "support/unit.h"

#include <math.h>

#include "bson/builder.h"
#include "bson/decimal.h"
#include "bson/value.h"

static struct arena arena;
static struct buf out;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	buf_init(&out, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	buf_clear(&out);
	return 0;
}

static struct value dec(const char *text)
{
	struct decimal d;

	assert_true(decimal_parse(view_of_str(text), &d));
	return value_make_decimal(&arena, d);
}

static void finds_by_name_and_by_place(void **state)
{
	struct builder b;
	struct view doc, l;

	builder_init(&b, &out);
	builder_i32(&b, "a", 1);
	builder_str(&b, "ab", "two");
	builder_array_begin(&b, "l");
	builder_null(&b, NULL);
	builder_bool(&b, NULL, true);
	builder_array_end(&b);
	builder_i32(&b, "a", 3);
	builder_finish(&b);
	doc = builder_view(&b);
	l = value_doc(doc_get(doc, "l"));

	assert_int_equal(read_i32(doc_get(doc, "a").data), 1);
	assert_true(view_equal(value_str(doc_get(doc, "ab")), view_of_str("two")));
	assert_int_equal(doc_get_n(doc, "abc", 2).type, TYPE_STRING);
	assert_true(value_is_missing(doc_get(doc, "abc")));
	assert_true(value_is_missing(doc_get(doc, "")));
	assert_int_equal(doc_count(doc), 4);
	assert_int_equal(array_at(l, 1).type, TYPE_BOOL);
	assert_true(value_is_missing(array_at(l, 2)));
	assert_true(doc_is_empty(doc_empty));
	assert_false(doc_is_empty(doc));
	assert_int_equal(doc_count(doc_empty), 0);
}

static void type_names_go_both_ways(void **state)
{
	int code;

	for (code = -1; code < 128; code++) {
		uint8_t type = type_from_code(code);

		if (type == TYPE_EOD) {
			assert_true(code == 0 || (code > 19 && code < 127));
			continue;
		}
		assert_int_equal((uint8_t)code, type);
		assert_int_equal(type_from_name(view_of_str(type_name(type))), type);
	}
	assert_string_equal(type_name(TYPE_EOD), "missing");
	assert_string_equal(type_name(TYPE_INT64), "long");
	assert_int_equal(type_from_name(view_of_str("missing")), TYPE_EOD);
	assert_int_equal(type_from_name(view_of_str("Double")), TYPE_EOD);
	assert_int_equal(type_from_name(view_of_str("")), TYPE_EOD);
	assert_int_equal(type_from_code(256 + 1), TYPE_EOD);
}

static void only_whole_numbers_in_range_become_int64(void **state)
{
	int64_t n;

	assert_true(value_to_i64(value_make_i32(&arena, -7), &n) && n == -7);
	assert_true(value_to_i64(value_make_i64(&arena, INT64_MAX), &n) && n == INT64_MAX);
	assert_true(value_to_i64(value_make_double(&arena, -0.0), &n) && n == 0);
	assert_true(value_to_i64(value_make_double(&arena, -0x1p63), &n) && n == INT64_MIN);
	assert_true(value_to_i64(dec("9223372036854775807"), &n) && n == INT64_MAX);
	assert_true(value_to_i64(dec("1.200E+3"), &n) && n == 1200);
	assert_false(value_to_i64(value_make_double(&arena, 0x1p63), &n));
	assert_false(value_to_i64(value_make_double(&arena, 1.5), &n));
	assert_false(value_to_i64(value_make_double(&arena, NAN), &n));
	assert_false(value_to_i64(value_make_double(&arena, INFINITY), &n));
	assert_false(value_to_i64(dec("9223372036854775808"), &n));
	assert_false(value_to_i64(dec("0.1"), &n));
	assert_false(value_to_i64(dec("NaN"), &n));
	assert_false(value_to_i64(value_true, &n));
	assert_false(value_to_i64(value_null, &n));
}

static void clamping_cuts_and_never_fails_on_numbers(void **state)
{
	int64_t n;

	assert_true(value_to_i64_clamped(value_make_double(&arena, -1.9), &n) && n == -1);
	assert_true(
	    value_to_i64_clamped(value_make_double(&arena, 1e300), &n) && n == INT64_MAX);
	assert_true(
	    value_to_i64_clamped(value_make_double(&arena, -INFINITY), &n) && n == INT64_MIN);
	assert_true(value_to_i64_clamped(value_make_double(&arena, NAN), &n) && n == 0);
	assert_true(value_to_i64_clamped(dec("2.99"), &n) && n == 2);
	assert_true(value_to_i64_clamped(dec("-1E+6000"), &n) && n == INT64_MIN);
	assert_true(value_to_i64_clamped(dec("Infinity"), &n) && n == INT64_MAX);
	assert_true(value_to_i64_clamped(dec("NaN"), &n) && n == 0);
	assert_false(value_to_i64_clamped(value_make_str(&arena, view_of_str("1")), &n));
}

static void doubles_and_truth(void **state)
{
	double d;

	assert_true(value_to_double(value_make_i64(&arena, 1LL << 60), &d) && d == 0x1p60);
	assert_true(value_to_double(dec("0.1"), &d) && d == 0.1);
	assert_true(value_to_double(dec("1E+400"), &d) && isinf(d));
	assert_false(value_to_double(value_true, &d));

	assert_true(value_truthy(value_make_i32(&arena, 2)));
	assert_true(value_truthy(value_make_str(&arena, view_of_str(""))));
	assert_true(value_truthy(value_make_double(&arena, NAN)));
	assert_true(value_truthy(dec("NaN")));
	assert_true(value_truthy(dec("0.1")));
	assert_false(value_truthy(dec("-0.00")));
	assert_false(value_truthy(value_make_double(&arena, -0.0)));
	assert_false(value_truthy(value_make_i64(&arena, 0)));
	assert_false(value_truthy(value_null));
	assert_false(value_truthy(value_missing));
	assert_false(value_truthy(value_false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(finds_by_name_and_by_place, setup, teardown),
	    cmocka_unit_test(type_names_go_both_ways),
	    cmocka_unit_test_setup_teardown(
		only_whole_numbers_in_range_become_int64, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		clamping_cuts_and_never_fails_on_numbers, setup, teardown),
	    cmocka_unit_test_setup_teardown(doubles_and_truth, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
