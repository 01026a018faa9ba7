#include "support/unit.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"

/* From memory of its own size, so that a read past the end is found. */
static int check(const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct status st;
	int err;

	memcpy(copy, bytes, len);
	status_init(&st);
	err = bson_check(view_of(copy, len), &st);
	assert_int_equal(err, st.code);
	free(copy);
	return err;
}

/* The only element of a document is of this type and has these bytes. */
static int check_value(uint8_t type, const void *bytes, size_t len)
{
	uint8_t doc[128] = {(uint8_t)(4 + 3 + len + 1), 0, 0, 0, type, 'a', 0};

	assert_true(7 + len + 1 <= sizeof(doc));
	memcpy(doc + 7, bytes, len);
	doc[7 + len] = 0;
	return check(doc, 7 + len + 1);
}

#define GOOD(type, bytes) assert_int_equal(check_value(type, bytes, sizeof(bytes) - 1), 0)
#define BAD(type, bytes)                                                                       \
	assert_int_equal(check_value(type, bytes, sizeof(bytes) - 1), ERR_INVALID_BSON)

static void the_frame(void **state)
{
	assert_int_equal(check("\5\0\0\0\0", 5), 0);
	assert_int_equal(check("\5\0\0\0\1", 5), ERR_INVALID_BSON);
	assert_int_equal(check("\5\0\0\0\0\0", 6), ERR_INVALID_BSON);
	assert_int_equal(check("\6\0\0\0\0", 5), ERR_INVALID_BSON);
	assert_int_equal(check("\6\0\0\0\0\0", 6), ERR_INVALID_BSON);
	assert_int_equal(check("\4\0\0\0\0", 5), ERR_INVALID_BSON);
	assert_int_equal(check("\xff\xff\xff\xff\0", 5), ERR_INVALID_BSON);
	assert_int_equal(check("\5\0\0\0", 4), ERR_INVALID_BSON);
	assert_int_equal(check("", 0), ERR_INVALID_BSON);
}

static void a_frame_may_be_followed(void **state)
{
	size_t len;

	assert_int_equal(bson_frame(view_of("\5\0\0\0\0xyz", 8), &len, NULL), 0);
	assert_int_equal(len, 5);
	assert_int_equal(bson_frame(view_of("\7\0\0\0\0", 5), &len, NULL), ERR_INVALID_BSON);
}

static void simple_values(void **state)
{
	GOOD(TYPE_BOOL, "\1");
	GOOD(TYPE_BOOL, "\0");
	BAD(TYPE_BOOL, "\2");
	BAD(TYPE_BOOL, "");
	GOOD(TYPE_INT32, "1234");
	BAD(TYPE_INT32, "123");
	GOOD(TYPE_DOUBLE, "12345678");
	GOOD(TYPE_DECIMAL128, "1234567812345678");
	BAD(TYPE_DECIMAL128, "123456781234567");
	GOOD(TYPE_OBJECT_ID, "123456789012");
	GOOD(TYPE_NULL, "");
	GOOD(TYPE_MIN_KEY, "");
	GOOD(TYPE_MAX_KEY, "");
	GOOD(TYPE_UNDEFINED, "");
	BAD(0x14, "");
	BAD(0x80, "");
}

static void strings(void **state)
{
	GOOD(TYPE_STRING, "\1\0\0\0\0");
	GOOD(TYPE_STRING, "\4\0\0\0a\0b\0");
	GOOD(TYPE_CODE, "\2\0\0\0a\0");
	GOOD(TYPE_SYMBOL, "\2\0\0\0\xff\0");
	BAD(TYPE_STRING, "\0\0\0\0\0");
	BAD(TYPE_STRING, "\2\0\0\0ab");
	BAD(TYPE_STRING, "\3\0\0\0a\0");
	BAD(TYPE_STRING, "\2\0\0");
	BAD(TYPE_STRING, "\xff\xff\xff\x7f\0");
	BAD(TYPE_STRING, "\xff\xff\xff\xff\0");
}

static void regular_expressions_and_names(void **state)
{
	GOOD(TYPE_REGEX, "a.*\0i\0");
	GOOD(TYPE_REGEX, "\0\0");
	BAD(TYPE_REGEX, "a.*\0i");
	BAD(TYPE_REGEX, "a.*");
	assert_int_equal(check("\x08\0\0\0\x0a"
			       "ab\0",
			     8),
	    ERR_INVALID_BSON);
}

static void binary_and_pointers(void **state)
{
	GOOD(TYPE_BINARY, "\0\0\0\0\0");
	GOOD(TYPE_BINARY, "\3\0\0\0\4xyz");
	BAD(TYPE_BINARY, "\4\0\0\0\4xyz");
	BAD(TYPE_BINARY, "\xff\xff\xff\xff\0");
	BAD(TYPE_BINARY, "\0\0\0\0");
	GOOD(TYPE_DB_POINTER, "\2\0\0\0a\0"
			      "123456789012");
	BAD(TYPE_DB_POINTER, "\2\0\0\0a\0"
			     "12345678901");
}

static void code_with_scope(void **state)
{
	GOOD(TYPE_CODE_WITH_SCOPE, "\x0f\0\0\0\2\0\0\0a\0\5\0\0\0\0");
	BAD(TYPE_CODE_WITH_SCOPE, "\x0e\0\0\0\2\0\0\0a\0\5\0\0\0\0");
	BAD(TYPE_CODE_WITH_SCOPE, "\x10\0\0\0\2\0\0\0a\0\5\0\0\0\0\0");
	BAD(TYPE_CODE_WITH_SCOPE, "\x0f\0\0\0\2\0\0\0a\0\4\0\0\0\0");
	BAD(TYPE_CODE_WITH_SCOPE, "\x0f\0\0\0\7\0\0\0a\0\5\0\0\0\0");
	BAD(TYPE_CODE_WITH_SCOPE, "\x0d\0\0\0\1\0\0\0\0\5\0\0\0");
}

static void nested_lengths(void **state)
{
	GOOD(TYPE_OBJECT, "\5\0\0\0\0");
	GOOD(TYPE_ARRAY, "\x08\0\0\0\x0a"
			 "0\0\0");
	BAD(TYPE_OBJECT, "\6\0\0\0\0");
	BAD(TYPE_OBJECT, "\5\0\0\0\1");
	BAD(TYPE_OBJECT, "\4\0\0\0\0");
	BAD(TYPE_OBJECT, "\5\0\0");
}

static int check_depth(int depth)
{
	struct builder b;
	struct buf out;
	int i, err;

	buf_init(&out, NULL);
	builder_init(&b, &out);
	for (i = 1; i < depth; i++)
		builder_array_begin(&b, "a");
	for (i = 1; i < depth; i++)
		builder_array_end(&b);
	builder_finish(&b);
	assert_false(builder_failed(&b));
	err = bson_check(builder_view(&b), NULL);
	buf_clear(&out);
	return err;
}

static void depth_is_limited(void **state)
{
	assert_int_equal(check_depth(BSON_DEPTH_MAX), 0);
	assert_int_equal(check_depth(BSON_DEPTH_MAX + 1), ERR_OVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_frame),
	    cmocka_unit_test(a_frame_may_be_followed),
	    cmocka_unit_test(simple_values),
	    cmocka_unit_test(strings),
	    cmocka_unit_test(regular_expressions_and_names),
	    cmocka_unit_test(binary_and_pointers),
	    cmocka_unit_test(code_with_scope),
	    cmocka_unit_test(nested_lengths),
	    cmocka_unit_test(depth_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
