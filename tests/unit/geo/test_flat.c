#include "support/unit.h"
#include "support/json.h"

#include <math.h>

#include "geo/flat.h"

static int parse(enum flat_kind kind, const char *spec, struct arena *a, struct flat_shape *f)
{
	return flat_parse(kind, doc_get(json_doc(a, spec), "v"), a, f, NULL);
}

struct inside_case {
	enum flat_kind kind;
	const char *spec;
	double x, y;
	bool expected;
};

static void inside(void **state)
{
	static const char square[] = "{'v': [[0, 0], [0, 10], [10, 10], [10, 0]]}";
	static const char triangle[] = "{'v': [[0, 0], [10, 10], [10, 0]]}";
	static const char bow[] = "{'v': [[0, 0], [10, 10], [10, 0], [0, 10]]}";
	static const struct inside_case cases[] = {
	    {FLAT_BOX, "{'v': [[0, 0], [10, 10]]}", 10, 10, true},
	    {FLAT_BOX, "{'v': [[10, 0], [0, 10]]}", 5, 0, true},
	    {FLAT_BOX, "{'v': [[0, 0], [10, 10]]}", 10.1, 5, false},
	    {FLAT_BOX, "{'v': [[0, 0], [10, 10]]}", NAN, 5, false},
	    {FLAT_CIRCLE, "{'v': [[0, 89], 10]}", 10, 89, true},
	    {FLAT_CIRCLE, "{'v': [[0, 89], 10]}", 10.001, 89, false},
	    {FLAT_CIRCLE, "{'v': [{'x': 1, 'y': 1}, 0]}", 1, 1, true},
	    {FLAT_POLYGON, square, 5, 5, true},
	    {FLAT_POLYGON, square, 5, 0, true},
	    {FLAT_POLYGON, square, 0, 0, true},
	    {FLAT_POLYGON, square, 10, 10, true},
	    {FLAT_POLYGON, square, -1, 5, false},
	    {FLAT_POLYGON, triangle, 5, 1, true},
	    {FLAT_POLYGON, triangle, 5, 5, false},
	    {FLAT_POLYGON, triangle, 15, 15, false},
	    {FLAT_POLYGON, bow, 2, 2, true},
	    {FLAT_POLYGON, bow, 8, 8, false},
	    {FLAT_POLYGON, "{'v': [[0, 0], [5, 0], [10, 0]]}", 3, 0, true},
	    {FLAT_POLYGON, "{'v': [[1, 1], [1, 1], [1, 1]]}", 1, 1, true},
	    {FLAT_POLYGON, square, NAN, NAN, false},
	    {FLAT_POLYGON, square, INFINITY, INFINITY, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct inside_case *c = &cases[i];
		struct flat_shape f;
		struct arena a;

		arena_init(&a, NULL);
		assert_int_equal(parse(c->kind, c->spec, &a, &f), 0);
		if (flat_contains(&f, (struct geo_point){c->x, c->y}) != c->expected)
			fail_msg("%s, (%g, %g)", c->spec, c->x, c->y);
		arena_clear(&a);
	}
}

static void refused(void **state)
{
	static const struct {
		enum flat_kind kind;
		const char *spec;
	} cases[] = {
	    {FLAT_BOX, "{'v': 5}"},
	    {FLAT_BOX, "{'v': [[0, 0]]}"},
	    {FLAT_BOX, "{'v': [[0, 'a'], [1, 1]]}"},
	    {FLAT_CIRCLE, "{'v': [[0, 0]]}"},
	    {FLAT_CIRCLE, "{'v': [[0, 0], -1]}"},
	    {FLAT_CIRCLE, "{'v': [[0, 0], {'$numberDouble': 'NaN'}]}"},
	    {FLAT_CIRCLE, "{'v': [[0, 0, 0], 1]}"},
	    {FLAT_CIRCLE, "{'v': [[0, 0], 1, 1]}"},
	    {FLAT_POLYGON, "{'v': [[0, 0], [1, 1]]}"},
	    {FLAT_POLYGON, "{'v': [1, 2, 3]}"},
	    {FLAT_POLYGON, "{'v': [[0, 0, 0], [1, 1, 1], [2, 0, 0]]}"},
	    {FLAT_POLYGON, "{'v': [[{'$numberDouble': 'Infinity'}, 0], [1, 1], [2, 0]]}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flat_shape f;
		struct arena a;

		arena_init(&a, NULL);
		if (parse(cases[i].kind, cases[i].spec, &a, &f) != ERR_BAD_VALUE)
			fail_msg("%s", cases[i].spec);
		arena_clear(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inside),
	    cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
