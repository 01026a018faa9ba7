#include "support/unit.h"

#include <bson/bson.h>

#include "bson/builder.h"
#include "bson/validate.h"

static struct buf out;

static int setup(void **state)
{
	buf_init(&out, NULL);
	return 0;
}

static int teardown(void **state)
{
	buf_clear(&out);
	return 0;
}

/* libbson reads the same document out of the bytes. */
static void assert_json(struct view doc, const char *want)
{
	bson_t b;
	char *json;

	assert_int_equal(bson_check(doc, NULL), 0);
	assert_true(bson_init_static(&b, doc.data, doc.len));
	json = bson_as_canonical_extended_json(&b, NULL);
	assert_string_equal(json, want);
	bson_free(json);
}

static void nests(void **state)
{
	struct builder b;

	builder_init(&b, &out);
	builder_str(&b, "a", "x");
	builder_array_begin(&b, "l");
	builder_i32(&b, NULL, 5);
	builder_doc_begin(&b, NULL);
	builder_bool(&b, "t", true);
	builder_doc_end(&b);
	builder_array_begin(&b, NULL);
	builder_array_end(&b);
	builder_array_end(&b);
	builder_int(&b, "small", -1);
	builder_int(&b, "large", 1LL << 31);
	builder_finish(&b);
	assert_false(builder_failed(&b));
	assert_json(builder_view(&b),
	    "{ \"a\" : \"x\", \"l\" : [ { \"$numberInt\" : \"5\" }, { \"t\" : true }, [  ] ], "
	    "\"small\" : { \"$numberInt\" : \"-1\" }, "
	    "\"large\" : { \"$numberLong\" : \"2147483648\" } }");
}

static void all_kinds(void **state)
{
	static const uint8_t bytes[16] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	struct builder b;

	builder_init(&b, &out);
	builder_double(&b, "d", 1.5);
	builder_null(&b, "n");
	builder_date(&b, "w", -1);
	builder_timestamp(&b, "ts", 7ULL << 32 | 9);
	builder_printf(&b, "p", "%d!", 42);
	builder_oid(&b, "o", bytes);
	builder_uuid(&b, "u", bytes);
	builder_binary(&b, "e", 0, NULL, 0);
	builder_min_key(&b, "min");
	builder_max_key(&b, "max");
	builder_doc(&b, "doc", doc_empty);
	builder_array(&b, "arr", doc_empty);
	builder_value(&b, "gone", value_missing);
	builder_value_n(&b, "yes, indeed", 3, value_true);
	builder_finish(&b);
	assert_json(builder_view(&b),
	    "{ \"d\" : { \"$numberDouble\" : \"1.5\" }, \"n\" : null, "
	    "\"w\" : { \"$date\" : { \"$numberLong\" : \"-1\" } }, "
	    "\"ts\" : { \"$timestamp\" : { \"t\" : 7, \"i\" : 9 } }, \"p\" : \"42!\", "
	    "\"o\" : { \"$oid\" : \"0102030405060708090a0b0c\" }, "
	    "\"u\" : { \"$binary\" : { \"base64\" : \"AQIDBAUGBwgJCgsMDQ4PEA==\", "
	    "\"subType\" : \"04\" } }, "
	    "\"e\" : { \"$binary\" : { \"base64\" : \"\", \"subType\" : \"00\" } }, "
	    "\"min\" : { \"$minKey\" : 1 }, \"max\" : { \"$maxKey\" : 1 }, "
	    "\"doc\" : {  }, \"arr\" : [  ], \"yes\" : true }");
}

static void array_indexes_have_many_digits(void **state)
{
	struct builder b;
	struct doc_iter it;
	struct element e;
	char name[12];
	int i;

	builder_init(&b, &out);
	builder_array_begin(&b, "l");
	for (i = 0; i < 1200; i++)
		builder_i32(&b, NULL, i);
	builder_array_end(&b);
	builder_finish(&b);
	assert_int_equal(bson_check(builder_view(&b), NULL), 0);
	it = doc_iter(value_doc(doc_get(builder_view(&b), "l")));
	for (i = 0; doc_next(&it, &e); i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_string_equal(e.name, name);
	}
	assert_int_equal(i, 1200);
}

static void rewinds(void **state)
{
	struct builder_mark mark;
	struct builder b;

	builder_init(&b, &out);
	builder_array_begin(&b, "l");
	builder_i32(&b, NULL, 1);
	mark = builder_mark(&b);
	builder_i32(&b, NULL, 2);
	builder_i32(&b, NULL, 3);
	builder_rewind(&b, mark);
	builder_i32(&b, NULL, 4);
	builder_array_end(&b);
	builder_finish(&b);
	assert_json(builder_view(&b),
	    "{ \"l\" : [ { \"$numberInt\" : \"1\" }, { \"$numberInt\" : \"4\" } ] }");
}

static void elements_are_copied_into_documents_and_arrays(void **state)
{
	struct builder b, c;
	struct buf other;

	buf_init(&other, NULL);
	builder_init(&c, &other);
	builder_i32(&c, "x", 1);
	builder_null(&c, "y");
	builder_finish(&c);

	builder_init(&b, &out);
	builder_bool(&b, "first", false);
	builder_elements(&b, builder_view(&c));
	builder_array_begin(&b, "l");
	builder_elements(&b, builder_view(&c));
	builder_array_end(&b);
	builder_finish(&b);
	assert_json(builder_view(&b),
	    "{ \"first\" : false, \"x\" : { \"$numberInt\" : \"1\" }, \"y\" : null, "
	    "\"l\" : [ { \"$numberInt\" : \"1\" }, null ] }");
	buf_clear(&other);
}

static void too_deep_fails(void **state)
{
	struct builder b;
	int i;

	builder_init(&b, &out);
	for (i = 0; i < BUILDER_DEPTH + 3; i++)
		builder_doc_begin(&b, "d");
	for (i = 0; i < BUILDER_DEPTH + 3; i++)
		builder_doc_end(&b);
	builder_finish(&b);
	assert_true(builder_failed(&b));
	assert_null(builder_view(&b).data);
}

static void a_full_buffer_fails(void **state)
{
	struct builder b;
	int i;

	out.limit = 300;
	builder_init(&b, &out);
	builder_array_begin(&b, "l");
	for (i = 0; i < 100; i++)
		builder_str(&b, NULL, "abc");
	builder_array_end(&b);
	builder_finish(&b);
	assert_true(builder_failed(&b));
}

static void single_values(void **state)
{
	struct arena a;
	struct value v;
	double d;

	arena_init(&a, NULL);
	assert_int_equal(read_i32(value_make_i32(&a, -5).data), -5);
	assert_true(read_i64(value_make_i64(&a, INT64_MIN).data) == INT64_MIN);
	assert_true(value_to_double(value_make_double(&a, 0.5), &d) && d == 0.5);
	assert_true(value_bool(value_make_bool(&a, true)));
	assert_false(value_bool(value_make_bool(&a, false)));
	assert_int_equal(read_i64(value_make_date(&a, 77).data), 77);
	v = value_make_str(&a, view_of("a\0b", 3));
	assert_true(view_equal(value_str(v), view_of("a\0b", 3)));
	v = value_dup(&a, v);
	assert_true(view_equal(value_str(v), view_of("a\0b", 3)));
	assert_int_equal(value_dup(&a, value_null).type, TYPE_NULL);
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nests, setup, teardown),
	    cmocka_unit_test_setup_teardown(all_kinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(array_indexes_have_many_digits, setup, teardown),
	    cmocka_unit_test_setup_teardown(rewinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		elements_are_copied_into_documents_and_arrays, setup, teardown),
	    cmocka_unit_test_setup_teardown(too_deep_fails, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_full_buffer_fails, setup, teardown),
	    cmocka_unit_test(single_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
