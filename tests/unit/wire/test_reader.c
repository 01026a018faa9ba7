#include "support/unit.h"

#include "wire/reader.h"

static void reads_in_order(void **state)
{
	static const uint8_t bytes[] = {
	    7, 0xFE, 0xFF, 0xFF, 0xFF, 1, 2, 3, 0x80, 'h', 'i', 0, 'x', 'y'};
	struct reader r = reader_of(view_of(bytes, sizeof(bytes)));
	struct view name;

	assert_int_equal(reader_u8(&r), 7);
	assert_int_equal(reader_i32(&r), -2);
	assert_int_equal(reader_u32(&r), 0x80030201u);
	name = reader_cstring(&r);
	assert_int_equal(name.len, 2);
	assert_string_equal((const char *)name.data, "hi");
	assert_int_equal(reader_left(&r), 2);
	assert_memory_equal(reader_rest(&r).data, "xy", 2);
	assert_memory_equal(reader_bytes(&r, 2).data, "xy", 2);
	assert_int_equal(reader_left(&r), 0);
	assert_false(reader_failed(&r));
}

static void the_failure_is_sticky(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct reader r = reader_of(view_of(bytes, sizeof(bytes)));

	assert_int_equal(reader_i32(&r), 0);
	assert_true(reader_failed(&r));
	assert_int_equal(reader_u8(&r), 0);
	assert_null(reader_bytes(&r, 0).data);
	assert_null(reader_cstring(&r).data);
}

static void nothing_holds_nothing(void **state)
{
	struct reader r = reader_of(view_of(NULL, 0));

	assert_int_equal(reader_left(&r), 0);
	assert_int_equal(reader_bytes(&r, 0).len, 0);
	assert_false(reader_failed(&r));
	assert_null(reader_cstring(&r).data);
	assert_true(reader_failed(&r));
}

static void a_name_needs_its_nul(void **state)
{
	struct reader r = reader_of(view_of("abc", 3));

	assert_null(reader_cstring(&r).data);
	assert_true(reader_failed(&r));
	r = reader_of(view_of("abc", 4));
	assert_int_equal(reader_cstring(&r).len, 3);
	assert_int_equal(reader_left(&r), 0);
	assert_false(reader_failed(&r));
}

static void sizes_near_the_top_of_size_t(void **state)
{
	struct reader r = reader_of(view_of("abcdefgh", 8));

	reader_u8(&r);
	assert_null(reader_bytes(&r, SIZE_MAX).data);
	assert_true(reader_failed(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_in_order),
	    cmocka_unit_test(the_failure_is_sticky),
	    cmocka_unit_test(nothing_holds_nothing),
	    cmocka_unit_test(a_name_needs_its_nul),
	    cmocka_unit_test(sizes_near_the_top_of_size_t),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
