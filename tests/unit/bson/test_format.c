#include "support/unit.h"

#include <math.h>

#include "bson/builder.h"
#include "bson/decimal.h"
#include "bson/format.h"

static struct arena arena;
static struct buf out, text;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	buf_init(&out, NULL);
	buf_init(&text, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	buf_clear(&out);
	buf_clear(&text);
	return 0;
}

static void assert_format(struct value v, size_t max, const char *want)
{
	buf_reset(&text);
	value_format(&text, v, max);
	assert_true(text.len <= max);
	buf_append_byte(&text, 0);
	assert_string_equal((const char *)text.data, want);
}

static void a_duplicate_key(void **state)
{
	static const uint8_t oid[12] = {0x65, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF};
	struct builder b;

	builder_init(&b, &out);
	builder_str(&b, "name", "x");
	builder_oid(&b, "_id", oid);
	builder_null(&b, "n");
	builder_finish(&b);
	assert_format(value_of_doc(builder_view(&b)), 1000,
	    "{ name: \"x\", _id: ObjectId('65a0000000000000000000ff'), n: null }");
}

static void all_types(void **state)
{
	static const uint8_t uuid[16] = {
	    0xAB, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	static const uint8_t pointer[] = "\2\0\0\0a\0"
					 "123456789012";
	struct decimal d = {150, 0x303C000000000000};
	struct builder b;

	builder_init(&b, &out);
	builder_array_begin(&b, "l");
	builder_double(&b, NULL, 1);
	builder_double(&b, NULL, 0.1);
	builder_double(&b, NULL, -1e300);
	builder_double(&b, NULL, NAN);
	builder_double(&b, NULL, -INFINITY);
	builder_i32(&b, NULL, -1);
	builder_i64(&b, NULL, INT64_MIN);
	builder_value(&b, NULL, value_make_decimal(&arena, d));
	builder_bool(&b, NULL, true);
	builder_date(&b, NULL, -5);
	builder_timestamp(&b, NULL, 7ULL << 32 | 9);
	builder_uuid(&b, NULL, uuid);
	builder_binary(&b, NULL, 4, uuid, 3);
	builder_regex(&b, NULL, "a.*\"", "i");
	builder_value(&b, NULL, (struct value){pointer, 18, TYPE_DB_POINTER});
	builder_str_type(&b, NULL, TYPE_CODE, view_of_str("f()"));
	builder_scope_begin(&b, NULL, view_of_str("g()"));
	builder_i32(&b, "x", 1);
	builder_scope_end(&b, 3);
	builder_value(&b, NULL, (struct value){NULL, 0, TYPE_UNDEFINED});
	builder_min_key(&b, NULL);
	builder_max_key(&b, NULL);
	builder_doc(&b, NULL, doc_empty);
	builder_array(&b, NULL, doc_empty);
	builder_array_end(&b);
	builder_finish(&b);
	assert_format(doc_get(builder_view(&b), "l"), 1000,
	    "[ 1.0, 0.1, -1e+300, NaN, -Infinity, -1, -9223372036854775808, 1.50, true, "
	    "new Date(-5), Timestamp(7, 9), UUID(\"ab010203-0405-0607-0809-0a0b0c0d0e0f\"), "
	    "BinData(4, AB0102), /a.*\"/i, "
	    "DBPointer(\"a\", ObjectId('313233343536373839303132')), Code(\"f()\"), "
	    "Code(\"g()\", { x: 1 }), undefined, MinKey, MaxKey, {}, [] ]");
}

static void text_is_escaped(void **state)
{
	assert_format(value_make_str(&arena, view_of("q\"\\\n\0\x1b\xC3\xA9", 8)), 100,
	    "\"q\\\"\\\\\\n\\u0000\\u001B\xC3\xA9\"");
	/* not UTF-8: alone, cut off, too long, a surrogate, beyond the last */
	assert_format(value_make_str(&arena, view_of_str("\xA9")), 100, "\"\\xA9\"");
	assert_format(value_make_str(&arena, view_of_str("\xC3")), 100, "\"\\xC3\"");
	assert_format(value_make_str(&arena, view_of_str("\xC0\x80")), 100, "\"\\xC0\\x80\"");
	assert_format(
	    value_make_str(&arena, view_of_str("\xED\xA0\x80")), 100, "\"\\xED\\xA0\\x80\"");
	assert_format(value_make_str(&arena, view_of_str("\xF4\x90\x80\x80")), 100,
	    "\"\\xF4\\x90\\x80\\x80\"");
	assert_format(value_make_str(&arena, view_of_str("\xF0\x9F\x98\x80")), 100,
	    "\"\xF0\x9F\x98\x80\"");
}

static void what_is_long_is_cut(void **state)
{
	struct value v = value_make_str(&arena, view_of_str("abc\xC3\xA9"));

	assert_format(v, 7, "\"abc\xC3\xA9\"");
	assert_format(v, 6, "\"ab...");
	v = value_make_str(&arena, view_of_str("ab\xC3\xA9xyz"));
	assert_format(v, 8, "\"ab\xC3\xA9...");
	assert_format(v, 7, "\"ab...");
	assert_format(v, 3, "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_duplicate_key, setup, teardown),
	    cmocka_unit_test_setup_teardown(all_types, setup, teardown),
	    cmocka_unit_test_setup_teardown(text_is_escaped, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_long_is_cut, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
