#include "support/unit.h"

#include <ctype.h>

#include "bson/builder.h"
#include "bson/compare.h"

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

/* One document whose values are in order, each below the next. */
static struct view all_in_order(void)
{
	static const uint8_t oid[12] = {1},
			     larger_oid[12] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t pointer[] = "\2\0\0\0a\0"
					 "123456789012",
			     longer[] = "\3\0\0\0aa\0"
					"000000000000";
	struct builder b;

	builder_init(&b, &out);
	builder_min_key(&b, "v");
	builder_value(&b, "v", (struct value){NULL, 0, TYPE_UNDEFINED});
	builder_null(&b, "v");
	builder_double(&b, "v", -1e300);
	builder_i64(&b, "v", -5);
	builder_double(&b, "v", 0.5);
	builder_i32(&b, "v", 7);
	builder_str(&b, "v", "");
	builder_str(&b, "v", "Z");
	builder_str_type(&b, "v", TYPE_SYMBOL, view_of_str("a"));
	builder_str_n(&b, "v", "a\0", 2);
	builder_str(&b, "v", "\xC3\xA9");
	builder_doc(&b, "v", doc_empty);
	builder_doc_begin(&b, "v"); /* {z: 1}: a number is below a string */
	builder_i32(&b, "z", 1);
	builder_doc_end(&b);
	builder_doc_begin(&b, "v"); /* {a: "x"} */
	builder_str(&b, "a", "x");
	builder_doc_end(&b);
	builder_doc_begin(&b, "v"); /* {a: "x", a: 1} */
	builder_str(&b, "a", "x");
	builder_i32(&b, "a", 1);
	builder_doc_end(&b);
	builder_doc_begin(&b, "v"); /* {b: "a"} */
	builder_str(&b, "b", "a");
	builder_doc_end(&b);
	builder_array(&b, "v", doc_empty);
	builder_array_begin(&b, "v"); /* [1, 2] */
	builder_i32(&b, NULL, 1);
	builder_i32(&b, NULL, 2);
	builder_array_end(&b);
	builder_array_begin(&b, "v"); /* [2] */
	builder_i32(&b, NULL, 2);
	builder_array_end(&b);
	builder_binary(&b, "v", 9, "\xFF", 1);
	builder_binary(&b, "v", 0, "zz", 2);
	builder_binary(&b, "v", 1, "aa", 2);
	builder_oid(&b, "v", oid);
	builder_oid(&b, "v", larger_oid);
	builder_bool(&b, "v", false);
	builder_bool(&b, "v", true);
	builder_date(&b, "v", -1);
	builder_date(&b, "v", 1);
	builder_timestamp(&b, "v", 1);
	builder_timestamp(&b, "v", UINT64_MAX);
	builder_regex(&b, "v", "a", "x");
	builder_regex(&b, "v", "ab", "");
	builder_regex(&b, "v", "ab", "i");
	builder_value(&b, "v", (struct value){pointer, 18, TYPE_DB_POINTER});
	builder_value(&b, "v", (struct value){longer, 19, TYPE_DB_POINTER});
	builder_str_type(&b, "v", TYPE_CODE, view_of_str("z"));
	builder_scope_begin(&b, "v", view_of_str("a"));
	builder_scope_end(&b, 1);
	builder_scope_begin(&b, "v", view_of_str("a"));
	builder_null(&b, "x");
	builder_scope_end(&b, 1);
	builder_max_key(&b, "v");
	builder_finish(&b);
	return builder_view(&b);
}

static void the_order_of_all_types(void **state)
{
	struct view doc = all_in_order();
	struct value values[64];
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int n = 0, i, j;

	while (doc_next(&it, &e))
		values[n++] = e.value;
	assert_int_equal(n, doc_count(doc));
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			assert_int_equal(
			    value_compare(values[i], values[j], NULL), (i > j) - (i < j));
			assert_true(value_equal(values[i], values[j], NULL) == (i == j));
		}
	assert_int_equal(value_compare(value_missing, values[1], NULL), 0);
	assert_true(value_hash(value_missing, NULL) == value_hash(values[1], NULL));
}

static void the_same_in_another_type_is_equal(void **state)
{
	struct value i = value_make_i32(&arena, 3), d = value_make_double(&arena, 3),
		     l = value_make_i64(&arena, 3), zero = value_make_double(&arena, 0.0),
		     minus = value_make_double(&arena, -0.0),
		     text = value_make_str(&arena, view_of_str("x")), symbol = text;

	symbol.type = TYPE_SYMBOL;
	assert_true(value_equal(i, d, NULL));
	assert_true(value_equal(d, l, NULL));
	assert_true(value_equal(zero, minus, NULL));
	assert_true(value_equal(text, symbol, NULL));
	assert_true(value_hash(i, NULL) == value_hash(d, NULL));
	assert_true(value_hash(zero, NULL) == value_hash(minus, NULL));
	assert_true(value_hash(text, NULL) == value_hash(symbol, NULL));
	assert_false(value_hash(i, NULL) == value_hash(zero, NULL));
}

static int compare_folded(const struct collator *c, struct view a, struct view b)
{
	size_t i;

	for (i = 0; i < a.len && i < b.len; i++)
		if (tolower(a.data[i]) != tolower(b.data[i]))
			return tolower(a.data[i]) - tolower(b.data[i]);
	return (a.len > b.len) - (a.len < b.len);
}

static void fold(const struct collator *c, struct view s, struct buf *to)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		buf_append_byte(to, (uint8_t)tolower(s.data[i]));
}

static void a_collator_is_asked_for_strings_at_any_depth(void **state)
{
	const struct collator folding = {compare_folded, fold};
	struct value upper = value_make_str(&arena, view_of_str("ABC")),
		     lower = value_make_str(&arena, view_of_str("abc")), a, b;
	struct builder builder;

	assert_int_equal(value_compare(upper, lower, &folding), 0);
	assert_int_equal(value_compare(upper, lower, NULL), -1);
	assert_true(value_hash(upper, &folding) == value_hash(lower, &folding));

	builder_init(&builder, &out);
	builder_array_begin(&builder, "a");
	builder_value(&builder, NULL, upper);
	builder_array_end(&builder);
	builder_array_begin(&builder, "b");
	builder_value(&builder, NULL, lower);
	builder_array_end(&builder);
	builder_finish(&builder);
	a = doc_get(builder_view(&builder), "a");
	b = doc_get(builder_view(&builder), "b");
	assert_int_equal(value_compare(a, b, &folding), 0);
	assert_int_equal(value_compare(a, b, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_order_of_all_types, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_same_in_another_type_is_equal, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_collator_is_asked_for_strings_at_any_depth, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
