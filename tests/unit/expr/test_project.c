#include "support/unit.h"
#include "support/json.h"

#include "expr/project.h"

struct project_case {
	const char *projection, *doc, *expected, *filter;
};

static int project(struct arena *a, const struct project_case *c, char **got, struct status *st)
{
	struct match_state ms = {.row = a, .array_index = -1};
	struct view doc = json_doc(a, c->doc);
	struct projection *p;
	struct filter *f;
	struct builder b;
	struct buf buf;
	int r = projection_parse(json_doc(a, c->projection), NULL, a, &p, st);

	if (r)
		return r;
	if (c->filter) {
		assert_int_equal(filter_parse(json_doc(a, c->filter), NULL, a, &f, NULL), 0);
		assert_true(filter_matches(f, doc, &ms));
	}
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	r = projection_apply(p, doc, &ms, &b, st);
	builder_finish(&b);
	*got = json_text(a, builder_view(&b));
	buf_clear(&buf);
	return r;
}

static void check(const struct project_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct status st;
		struct arena a;
		char *got, *expected;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = project(&a, &cases[i], &got, &st);
		if (r)
			fail_msg("%s: %d %s", cases[i].projection, r, st.message);
		expected = json_text(&a, json_doc(&a, cases[i].expected));
		if (strcmp(got, expected) != 0)
			fail_msg("%s on %s: %s", cases[i].projection, cases[i].doc, got);
		arena_clear(&a);
	}
}

#define CHECK(cases) check(cases, ARRAY_LEN(cases))
#define DOC          "{'_id': 1, 'a': {'b': 2, 'c': 3}, 'd': [{'e': 4, 'f': 5}, 6, [{'e': 7}]], 'g': 8}"

static void inclusion(void **state)
{
	static const struct project_case cases[] = {
	    {"{}", DOC, DOC},
	    {"{'g': 1}", DOC, "{'_id': 1, 'g': 8}"},
	    {"{'g': true, '_id': 0}", DOC, "{'g': 8}"},
	    {"{'_id': 1}", DOC, "{'_id': 1}"},
	    {"{'g': 1, 'a.b': 1}", DOC, "{'_id': 1, 'a': {'b': 2}, 'g': 8}"},
	    {"{'a': {'b': 1}}", DOC, "{'_id': 1, 'a': {'b': 2}}"},
	    {"{'d.e': 1}", DOC, "{'_id': 1, 'd': [{'e': 4}, [{'e': 7}]]}"},
	    {"{'g.x': 1}", DOC, "{'_id': 1}"},
	    {"{'no': 1}", DOC, "{'_id': 1}"},
	};

	CHECK(cases);
}

static void exclusion(void **state)
{
	static const struct project_case cases[] = {
	    {"{'_id': 0}", "{'_id': 1, 'a': 2}", "{'a': 2}"},
	    {"{'a': 0}", "{'_id': 1, 'a': 2, 'b': 3}", "{'_id': 1, 'b': 3}"},
	    {"{'a': 0, '_id': 1}", "{'_id': 1, 'a': 2, 'b': 3}", "{'_id': 1, 'b': 3}"},
	    {"{'a.b': 0, 'g': 0}", DOC,
		"{'_id': 1, 'a': {'c': 3}, 'd': [{'e': 4, 'f': 5}, 6, [{'e': 7}]]}"},
	    {"{'d.e': 0}", DOC,
		"{'_id': 1, 'a': {'b': 2, 'c': 3}, 'd': [{'f': 5}, 6, [{}]], 'g': 8}"},
	};

	CHECK(cases);
}

static void slices(void **state)
{
	static const struct project_case cases[] = {
	    {"{'a': {'$slice': 2}}", "{'x': 0, 'a': [1, 2, 3]}", "{'x': 0, 'a': [1, 2]}"},
	    {"{'a': {'$slice': -2}}", "{'a': [1, 2, 3]}", "{'a': [2, 3]}"},
	    {"{'a': {'$slice': -9}}", "{'a': [1, 2, 3]}", "{'a': [1, 2, 3]}"},
	    {"{'a': {'$slice': 0}}", "{'a': [1, 2, 3]}", "{'a': []}"},
	    {"{'a': {'$slice': [1, 1]}}", "{'a': [1, 2, 3]}", "{'a': [2]}"},
	    {"{'a': {'$slice': [-2, 1]}}", "{'a': [1, 2, 3]}", "{'a': [2]}"},
	    {"{'a': {'$slice': [9, 1]}}", "{'a': [1, 2, 3]}", "{'a': []}"},
	    {"{'a': {'$slice': 1}}", "{'a': 5}", "{'a': 5}"},
	    {"{'a': {'$slice': 1}, 'b': 1}", "{'x': 0, 'a': [1, 2], 'b': 3}",
		"{'a': [1], 'b': 3}"},
	    {"{'a': {'$slice': 1}, 'b': 0}", "{'x': 0, 'a': [1, 2], 'b': 3}",
		"{'x': 0, 'a': [1]}"},
	    {"{'a.b': {'$slice': 1}}", "{'a': [{'b': [1, 2]}]}", "{'a': [{'b': [1]}]}"},
	};

	CHECK(cases);
}

static void elements(void **state)
{
	static const struct project_case cases[] = {
	    {"{'a': {'$elemMatch': {'$gt': 1}}}", "{'_id': 1, 'a': [1, 2, 3], 'b': 4}",
		"{'_id': 1, 'a': [2]}"},
	    {"{'a': {'$elemMatch': {'x': 2}}, 'b': 1}",
		"{'_id': 1, 'a': [{'x': 1}, {'x': 2}], 'b': 4}",
		"{'_id': 1, 'b': 4, 'a': [{'x': 2}]}"},
	    {"{'a': {'$elemMatch': {'$gt': 9}}}", "{'_id': 1, 'a': [1]}", "{'_id': 1}"},
	    {"{'a.$': 1}", "{'_id': 1, 'a': [1, 2, 3]}", "{'_id': 1, 'a': [2]}",
		"{'a': {'$gte': 2}}"},
	    {"{'a.b.$': 1}", "{'a': {'b': [10, 20], 'c': [1, 2]}}", "{'a': {'b': [20]}}",
		"{'a.c': 2}"},
	    {"{'a.$': 1}", "{'a': 5, 'b': 6}", "{'a': 5}", "{'a': 5}"},
	};

	CHECK(cases);
}

static void computed(void **state)
{
	static const struct project_case cases[] = {
	    {"{'x': '$a.b', 'g': 1}", DOC, "{'_id': 1, 'g': 8, 'x': 2}"},
	    {"{'x': {'$add': ['$g', 1]}, '_id': 0}", DOC, "{'x': 9}"},
	    {"{'x': {'y': '$g'}, '_id': 0}", DOC, "{'x': {'y': 8}}"},
	    {"{'a.z': '$g', '_id': 0}", DOC, "{'a': {'z': 8}}"},
	    {"{'x': 'text', '_id': 0}", DOC, "{'x': 'text'}"},
	    {"{'x': '$missing', 'g': 1}", DOC, "{'_id': 1, 'g': 8}"},
	};

	CHECK(cases);
}

static void errors(void **state)
{
	static const struct {
		const char *projection;
		int code;
	} cases[] = {
	    {"{'a': 1, 'a.b': 1}", 31249},
	    {"{'a.b': 1, 'a': 1}", 31250},
	    {"{'a': 0, 'b': 1}", 31253},
	    {"{'a': 1, 'b': 0}", 31254},
	    {"{'': 1}", 40352},
	    {"{'a.': 1}", 40353},
	    {"{'a..b': 1}", 15998},
	    {"{'$a': 1}", 16410},
	    {"{'a': {}}", 51270},
	    {"{'a.$': 1, 'b.$': 1}", 31276},
	    {"{'a.$.b': 1}", 31394},
	    {"{'a.b': {'$elemMatch': {'c': 1}}}", 31275},
	    {"{'a': {'$elemMatch': 1}}", 31274},
	    {"{'a': {'$nope': 1}}", 31325},
	    {"{'a': {'$slice': [1]}}", 28667},
	    {"{'a': {'$slice': [0, 0]}}", 28724},
	    {"{'a': {'$elemMatch': {'$where': 'x'}}}", ERR_BAD_VALUE},
	    {"{'a': {'$meta': 'nothing'}}", 17308},
	    {"{'a': {'$meta': 1}}", 17307},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct projection *p;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = projection_parse(json_doc(&a, cases[i].projection), NULL, &a, &p, &st);
		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].projection, r, st.message);
		arena_clear(&a);
	}
}

static void no_element_matched(void **state)
{
	static const struct project_case c = {
	    "{'a.$': 1}", "{'a': [1], 'b': 1}", NULL, "{'b': 1}"};
	struct status st;
	struct arena a;
	char *got;

	arena_init(&a, NULL);
	status_init(&st);
	assert_int_equal(project(&a, &c, &got, &st), 51246);
	arena_clear(&a);
}

static void join(void *arg, struct view path)
{
	strncat(arg, (const char *)path.data, path.len);
	strcat(arg, " ");
}

static void what_it_needs(void **state)
{
	struct projection *p;
	char paths[100] = "";
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(
	    projection_parse(json_doc(&a, "{'a.b': 1, 'c': 1, 'x': '$y'}"), NULL, &a, &p, NULL),
	    0);
	assert_true(projection_needs(p, join, paths));
	assert_string_equal(paths, "a.b c y _id ");
	assert_int_equal(projection_parse(json_doc(&a, "{'a': 0}"), NULL, &a, &p, NULL), 0);
	assert_false(projection_needs(p, join, paths));
	arena_clear(&a);
}

static int compare_by(const char *sort, const char *x, const char *y)
{
	struct sort_spec *s;
	struct arena a;
	struct buf kx, ky;
	int c;

	arena_init(&a, NULL);
	buf_init(&kx, NULL);
	buf_init(&ky, NULL);
	assert_int_equal(sort_parse(json_doc(&a, sort), NULL, &a, &s, NULL), 0);
	sort_key(s, json_doc(&a, x), NULL, &kx);
	sort_key(s, json_doc(&a, y), NULL, &ky);
	c = view_compare(buf_view(&kx), buf_view(&ky));
	buf_clear(&kx);
	buf_clear(&ky);
	arena_clear(&a);
	return (c > 0) - (c < 0);
}

static void sort_keys(void **state)
{
	assert_int_equal(compare_by("{'a': 1}", "{'a': 1}", "{'a': 2}"), -1);
	assert_int_equal(compare_by("{'a': -1}", "{'a': 1}", "{'a': 2}"), 1);
	assert_int_equal(compare_by("{'a': 1}", "{}", "{'a': null}"), 0);
	assert_int_equal(compare_by("{'a': 1}", "{'a': []}", "{'a': null}"), -1);
	assert_int_equal(compare_by("{'a': 1}", "{'a': [5, 1]}", "{'a': 2}"), -1);
	assert_int_equal(compare_by("{'a': -1}", "{'a': [5, 1]}", "{'a': 2}"), -1);
	assert_int_equal(
	    compare_by("{'a': 1, 'b': -1}", "{'a': 1, 'b': 2}", "{'a': 1, 'b': 1}"), -1);
	assert_int_equal(
	    compare_by("{'a.b': 1}", "{'a': [{'b': 3}, {'b': 0}]}", "{'a': {'b': 1}}"), -1);
	assert_int_equal(
	    compare_by("{'a.b': 1}", "{'a': [{'b': 3}, {}]}", "{'a': {'b': null}}"), 0);
}

static void sort_errors(void **state)
{
	static const struct {
		const char *sort;
		int code;
	} cases[] = {
	    {"{'a': 'x'}", 15974},
	    {"{'a': 2}", 15975},
	    {"{'a..b': 1}", 15998},
	    {"{'$a': 1}", 16410},
	    {"{'': 1}", 40352},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sort_spec *s;
		struct arena a;

		arena_init(&a, NULL);
		assert_int_equal(
		    sort_parse(json_doc(&a, cases[i].sort), NULL, &a, &s, NULL), cases[i].code);
		arena_clear(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inclusion),
	    cmocka_unit_test(exclusion),
	    cmocka_unit_test(slices),
	    cmocka_unit_test(elements),
	    cmocka_unit_test(computed),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(no_element_matched),
	    cmocka_unit_test(what_it_needs),
	    cmocka_unit_test(sort_keys),
	    cmocka_unit_test(sort_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
