#include "support/unit.h"

#include <bson/bson.h>

#include "bson/builder.h"
#include "bson/path.h"

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

static struct view json(const char *text)
{
	bson_error_t error;
	bson_t *b = bson_new_from_json((const uint8_t *)text, -1, &error);
	struct view doc;

	assert_non_null(b);
	doc = arena_dup(&arena, view_of(bson_get_data(b), b->len));
	bson_destroy(b);
	return doc;
}

static struct path path(const char *text)
{
	struct path p;

	assert_true(path_parse(&p, view_of_str(text), &arena));
	return p;
}

/* What a walk met: an int32 as itself, other values by a letter, those in an
 * expanded array in brackets. */
struct seen {
	char text[200];
	int stop_after;
};

static bool see(void *arg, struct value v, bool in_array)
{
	struct seen *s = arg;
	size_t at = strlen(s->text), room = sizeof(s->text) - at;
	const char *format = in_array ? "[%s] " : "%s ";
	char what[20];

	if (v.type == TYPE_INT32)
		snprintf(what, sizeof(what), "%d", read_i32(v.data));
	else
		snprintf(what, sizeof(what), "%s", type_name(v.type));
	snprintf(s->text + at, room, format, what);
	return s->stop_after && --s->stop_after == 0;
}

static void walks(const char *doc, const char *dotted, const char *want)
{
	struct path p = path(dotted);
	struct seen s = {""};

	assert_false(path_walk(json(doc), &p, true, see, &s));
	assert_string_equal(s.text, want);
}

static void splits(void **state)
{
	struct path p = path("a.0.b..01.1234567890.");

	assert_int_equal(p.n, 7);
	assert_true(view_equal(p.text, view_of_str("a.0.b..01.1234567890.")));
	assert_memory_equal(p.parts[0].name, "a", 1);
	assert_int_equal(p.parts[0].index, -1);
	assert_int_equal(p.parts[1].index, 0);
	assert_int_equal(p.parts[2].len, 1);
	assert_int_equal(p.parts[3].len, 0);
	assert_int_equal(p.parts[4].index, -1);
	assert_int_equal(p.parts[5].index, -1);
	assert_int_equal(p.parts[5].len, 10);
	assert_int_equal(p.parts[6].len, 0);
	assert_int_equal(path("").n, 1);
	assert_int_equal(path("12").parts[0].index, 12);
}

static void gets(void **state)
{
	struct view doc = json("{\"a\": {\"b\": [10, {\"c\": 20}]}, \"x\": 1}");
	struct path p = path("a.b.1.c");

	assert_int_equal(read_i32(path_get(doc, &p, true).data), 20);
	assert_true(value_is_missing(path_get(doc, &p, false)));
	p = path("a.b");
	assert_int_equal(path_get(doc, &p, false).type, TYPE_ARRAY);
	p = path("a.b.2");
	assert_true(value_is_missing(path_get(doc, &p, true)));
	p = path("x.y");
	assert_true(value_is_missing(path_get(doc, &p, true)));
	p = path("a..b");
	assert_true(value_is_missing(path_get(doc, &p, true)));
}

static void through_documents(void **state)
{
	walks("{\"a\": {\"b\": 1}}", "a.b", "1 ");
	walks("{\"a\": {\"b\": 1}}", "a.c", "missing ");
	walks("{\"a\": {\"b\": 1}}", "x.y", "missing ");
	walks("{\"a\": 5}", "a.b", "missing ");
	walks("{\"a\": null}", "a.b", "missing ");
	walks("{\"a\": {\"0\": 7}}", "a.0", "7 ");
	walks("{\"\": {\"\": 3}}", ".", "3 ");
}

static void arrays_at_the_end(void **state)
{
	struct path p = path("a");
	struct seen s = {""};

	walks("{\"a\": [1, 2]}", "a", "array [1] [2] ");
	walks("{\"a\": [[1]]}", "a", "array [array] ");
	walks("{\"a\": []}", "a", "array ");
	assert_false(path_walk(json("{\"a\": [1, 2]}"), &p, false, see, &s));
	assert_string_equal(s.text, "array ");
}

static void arrays_on_the_way(void **state)
{
	walks("{\"a\": [{\"b\": 1}, 5, {\"c\": 2}, {\"b\": [3]}]}", "a.b",
	    "1 missing array [3] ");
	walks("{\"a\": [1, 2]}", "a.b", "");
	walks("{\"a\": []}", "a.b", "");
	walks("{\"a\": [[{\"b\": 1}]]}", "a.b", "");
	walks("{\"a\": [{\"b\": [{\"c\": 1}, {\"c\": 2}]}, {\"b\": {\"c\": 3}}]}", "a.b.c",
	    "1 2 3 ");
}

static void numbers_are_places_and_names(void **state)
{
	walks("{\"a\": [5, 6]}", "a.1", "6 ");
	walks("{\"a\": [5, 6]}", "a.2", "");
	walks("{\"a\": [5, 6]}", "a.01", "");
	walks("{\"a\": [5, [2, 4]]}", "a.1", "array ");
	walks("{\"a\": [5, {\"1\": 4}, 3]}", "a.1", "4 object ");
	walks("{\"a\": [5, {\"b\": 4}]}", "a.1.b", "missing 4 ");
	walks("{\"a\": [[[1, 2]]]}", "a.0.0", "array ");
	walks("{\"a\": [[{\"b\": 1}, {\"b\": 2}]]}", "a.0.b", "1 2 ");
	walks("{\"a\": [[{\"b\": 1}, {\"b\": 2}]]}", "a.0.1.b", "missing missing 2 ");
	walks("{\"a\": [7]}", "a.0.b", "");
}

static void stops_when_told(void **state)
{
	struct path p = path("a.b");
	struct seen s = {"", 2};

	assert_true(path_walk(
	    json("{\"a\": [{\"b\": 1}, {\"b\": [2, 3]}, {\"b\": 4}]}"), &p, true, see, &s));
	assert_string_equal(s.text, "1 array ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(splits, setup, teardown),
	    cmocka_unit_test_setup_teardown(gets, setup, teardown),
	    cmocka_unit_test_setup_teardown(through_documents, setup, teardown),
	    cmocka_unit_test_setup_teardown(arrays_at_the_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(arrays_on_the_way, setup, teardown),
	    cmocka_unit_test_setup_teardown(numbers_are_places_and_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(stops_when_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
