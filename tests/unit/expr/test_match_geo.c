#include "support/unit.h"
#include "support/json.h"

#include "expr/match_geo.h"

#define SQUARE                                                                                 \
	"{'type': 'Polygon', 'coordinates': [[[-10, -10], [10, -10], [10, 10], [-10, 10], "    \
	"[-10, "                                                                               \
	"-10]]]}"
#define POINT(x, y) "{'type': 'Point', 'coordinates': [" #x ", " #y "]}"

static int parse(
    const char *filter, const struct filter_options *o, struct arena *a, struct filter **out)
{
	return filter_parse(json_doc(a, filter), o, a, out, NULL);
}

static void matches(void **state)
{
	static const char within[] = "{'l': {'$geoWithin': {'$geometry': " SQUARE "}}}";
	static const char crosses[] = "{'l': {'$geoIntersects': {'$geometry': " SQUARE "}}}";
	static const char box[] = "{'l': {'$geoWithin': {'$box': [[0, 0], [10, 10]]}}}";
	static const char cap[] = "{'l': {'$geoWithin': {'$centerSphere': [[0, 0], 0.1]}}}";
	static const struct {
		const char *filter, *doc;
		bool expected;
	} cases[] = {
	    {within, "{'l': " POINT(0, 0) "}", true},
	    {within, "{'l': " POINT(50, 50) "}", false},
	    {within, "{'l': [1, 1]}", true},
	    {within, "{'l': [[50, 50], [1, 1]]}", true},
	    {within, "{'l': [" POINT(50, 50) ", " POINT(1, 1) "]}", true},
	    {within, "{'l': [200, 1]}", false},
	    {within, "{'l': 'there'}", false},
	    {within, "{}", false},
	    {within, "{'l': {'type': 'LineString', 'coordinates': [[0, 0], [1, 1]]}}", true},
	    {within, "{'l': {'type': 'LineString', 'coordinates': [[0, 0], [20, 1]]}}", false},
	    {within, "{'l': {'type': 'Nothing', 'coordinates': [0, 0]}}", false},
	    {crosses, "{'l': {'type': 'LineString', 'coordinates': [[0, 0], [20, 1]]}}", true},
	    {crosses, "{'l': " POINT(10, 10) "}", true},
	    {crosses, "{'l': " POINT(11, 10) "}", false},
	    {box, "{'l': {'a': 5, 'b': 5}}", true},
	    {box, "{'l': " POINT(5, 5) "}", true},
	    {box, "{'l': {'type': 'LineString', 'coordinates': [[1, 1], [2, 2]]}}", false},
	    {box, "{'l': [5, 11]}", false},
	    {cap, "{'l': [1, 1]}", true},
	    {cap, "{'l': [10, 1]}", false},
	    {cap, "{'l': {'type': 'LineString', 'coordinates': [[1, 1], [2, 2]]}}", true},
	    {"{'l': {'$not': {'$geoWithin': {'$center': [[0, 0], 1]}}}}", "{'l': [0, 2]}",
		true},
	    {"{'l': {'$elemMatch': {'$geoWithin': {'$center': [[0, 0], 1]}}}}",
		"{'l': [[5, 5], [0, 1]]}", true},
	    {"{'l.p': {'$geoWithin': {'$polygon': [[0, 0], [4, 0], [2, 4]], '$uniqueDocs': "
	     "true}}}",
		"{'l': [{'p': [9, 9]}, {'p': [2, 1]}]}", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f = NULL;
		struct arena a;

		arena_init(&a, NULL);
		assert_int_equal(parse(cases[i].filter, NULL, &a, &f), 0);
		if (filter_matches(f, json_doc(&a, cases[i].doc), NULL) != cases[i].expected)
			fail_msg("%s on %s", cases[i].filter, cases[i].doc);
		arena_clear(&a);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *filter;
		int code;
	} cases[] = {
	    {"{'l': {'$geoWithin': 5}}", ERR_BAD_VALUE},
	    {"{'l': {'$geoWithin': {}}}", ERR_BAD_VALUE},
	    {"{'l': {'$geoWithin': {'$geometry': " POINT(0, 0) "}}}", ERR_BAD_VALUE},
	    {"{'l': {'$geoWithin': {'$box': [[0, 0], [1, 1]], '$center': [[0, 0], 1]}}}",
		ERR_BAD_VALUE},
	    {"{'l': {'$geoWithin': {'$centerSphere': [[0, 91], 1]}}}", ERR_BAD_VALUE},
	    {"{'l': {'$geoWithin': {'$centerSphere': [[0, 0], -1]}}}", ERR_BAD_VALUE},
	    {"{'l': {'$geoIntersects': {'$box': [[0, 0], [1, 1]]}}}", ERR_BAD_VALUE},
	    {"{'l': {'$geoIntersects': {'$geometry': " POINT(0, 0) "}, '$eq': 1}}",
		ERR_BAD_VALUE},
	    {"{'$geoIntersects': {'$geometry': " POINT(0, 0) "}}", ERR_BAD_VALUE},
	    {"{'l': {'$maxDistance': 1}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': 5}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': [0]}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': {}}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': {'$geometry': " SQUARE "}}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': {'$geometry': " POINT(0, 0) ", '$maxDistance': -1}}}",
		ERR_BAD_VALUE},
	    {"{'l': {'$near': [0, 0], '$maxDistance': 'x'}}", 16895},
	    {"{'l': {'$near': [0, 0], '$minDistance': 'x'}}", 16893},
	    {"{'l': {'$near': [0, 0], '$minDistance': -1}}", 16894},
	    {"{'l': {'$near': [0, 0], '$eq': 1}}", 34413},
	    {"{'l': {'$nearSphere': [0, 91]}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': [0, 0], '$nearSphere': [0, 0]}}", ERR_BAD_VALUE},
	    {"{'l': {'$near': [0, 0]}, 'm': {'$near': [0, 0]}}", ERR_BAD_VALUE},
	    {"{'$or': [{'l': {'$near': [0, 0]}}]}", ERR_BAD_VALUE},
	    {"{'$nor': [{'l': {'$near': [0, 0]}}]}", ERR_BAD_VALUE},
	    {"{'l': {'$not': {'$near': [0, 0]}}}", ERR_BAD_VALUE},
	    {"{'l': {'$elemMatch': {'$near': [0, 0]}}}", ERR_BAD_VALUE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f = NULL;
		struct arena a;
		int code;

		arena_init(&a, NULL);
		code = parse(cases[i].filter, NULL, &a, &f);
		if (code != cases[i].code)
			fail_msg("%s: %d", cases[i].filter, code);
		arena_clear(&a);
	}
}

static void near_is_found(void **state)
{
	static const struct filter_options no_near = {.no_near = true};
	const struct filter *near;
	const struct geo_near *n;
	struct filter *f = NULL;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(parse("{'$and': [{'a': 1}, {'$and': [{'l': {'$nearSphere': [1, 2],"
			       " '$maxDistance': 3}}]}]}",
			     NULL, &a, &f),
	    0);
	near = filter_near(f);
	assert_non_null(near);
	n = near->data;
	assert_true(
	    n->spherical && !n->geojson && n->point.x == 1 && n->most == 3 && n->unit == 1);
	assert_int_equal(parse("{'l': {'$near': {'$geometry': {'coordinates': [4, 5]},"
			       " '$minDistance': 6}}}",
			     NULL, &a, &f),
	    0);
	n = filter_near(f)->data;
	assert_true(
	    n->geojson && n->point.y == 5 && n->least == 6 && n->unit == EARTH_RADIUS_M);
	assert_int_equal(parse("{'l': {'$near': [0, 0]}}", &no_near, &a, &f), 5626500);
	assert_int_equal(parse("{'a': 1}", NULL, &a, &f), 0);
	assert_null(filter_near(f));
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matches),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(near_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
