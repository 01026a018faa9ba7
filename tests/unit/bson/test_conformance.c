#include "support/unit.h"

#include "bson/builder.h"
#include "bson/conformance.h"

static struct arena arena;
static struct buf buf;
static struct builder b;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	return 0;
}

static int teardown(void **state)
{
	buf_clear(&buf);
	arena_clear(&arena);
	return 0;
}

/* Is there something wrong with what has been built, and with what holds it? */
static bool is_wrong(void)
{
	struct builder outer;
	struct buf bytes;
	bool wrong, wrong_inside;

	builder_finish(&b);
	wrong = bson_conformance(builder_view(&b), &arena) != NULL;
	buf_init(&bytes, NULL);
	builder_init(&outer, &bytes);
	builder_array_begin(&outer, "l");
	builder_doc(&outer, NULL, builder_view(&b));
	builder_array_end(&outer);
	builder_finish(&outer);
	wrong_inside = bson_conformance(builder_view(&outer), &arena) != NULL;
	buf_clear(&bytes);
	assert_int_equal(wrong, wrong_inside);
	return wrong;
}

static void what_drivers_make_conforms(void **state)
{
	static const uint8_t bytes[16];

	builder_i32(&b, "a", 1);
	builder_str(&b, "b", "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF");
	builder_binary(&b, "c", 4, bytes, 16);
	builder_binary(&b, "d", 0, bytes, 3);
	builder_regex(&b, "e", "x", "imsx");
	builder_array_begin(&b, "f");
	for (int i = 0; i < 12; i++)
		builder_i32(&b, NULL, i);
	builder_array_end(&b);
	assert_false(is_wrong());
}

static void names_stand_once(void **state)
{
	builder_i32(&b, "b", 1);
	builder_i32(&b, "a", 1);
	builder_i32(&b, "b", 1);
	assert_true(is_wrong());
}

static void text_is_utf8(void **state)
{
	static const char *const wrong[] = {"\xC3", "\x80", "\xC0\x80", "\xE0\x80\x80",
	    "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x80\x80\x80", "\xFF", "a\xE2\x82"};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		buf_reset(&buf);
		builder_init(&b, &buf);
		builder_str(&b, "s", wrong[i]);
		assert_true(is_wrong());
		buf_reset(&buf);
		builder_init(&b, &buf);
		builder_i32(&b, wrong[i], 1);
		assert_true(is_wrong());
	}
}

static void uuids_have_their_length(void **state)
{
	builder_binary(&b, "u", 4, "x", 1);
	assert_true(is_wrong());
}

static void options_are_in_order(void **state)
{
	builder_regex(&b, "r", "x", "mi");
	assert_true(is_wrong());
}

static void places_count_from_zero(void **state)
{
	struct view doc;

	builder_i32(&b, "0", 1);
	builder_i32(&b, "2", 1);
	builder_finish(&b);
	doc = arena_dup(&arena, builder_view(&b));
	assert_null(bson_conformance(doc, &arena));
	buf_reset(&buf);
	builder_init(&b, &buf);
	builder_array(&b, "l", doc);
	assert_true(is_wrong());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_drivers_make_conforms, setup, teardown),
	    cmocka_unit_test_setup_teardown(names_stand_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(text_is_utf8, setup, teardown),
	    cmocka_unit_test_setup_teardown(uuids_have_their_length, setup, teardown),
	    cmocka_unit_test_setup_teardown(options_are_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(places_count_from_zero, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
