#include "support/unit.h"

#include "bson/format.h"
#include "expr/expression.h"
#include "index/bounds.h"
#include "index/value_set.h"
#include "support/json.h"

static struct arena arena;
static char name[] = "i";

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

static struct index make_index(const char *pattern)
{
	struct index ix = {.name = name, .key_pattern = json_doc(&arena, pattern)};
	struct doc_iter it = doc_iter(ix.key_pattern);
	struct element e;

	while (doc_next(&it, &e)) {
		struct index_field *f = &ix.fields[ix.n_fields++];

		assert_true(path_parse(&f->path, view_of(e.name, e.name_len), &arena));
		f->descending = read_i32(e.value.data) < 0;
	}
	return ix;
}

/* What the filters' expressions have as $$v, $$d and $$l. */
static const struct variables *let(void)
{
	struct variables *vars = arena_new(&arena, struct variables);
	struct view doc = json_doc(&arena, "{'v': 5, 'd': {'x': {'y': 7}, 'z': [{'y': 1}]}, 'l': [5]}");
	const struct variables *out;
	struct status st;

	status_init(&st);
	assert_non_null(vars);
	assert_int_equal(variables_with(vars, doc, &arena, &out, &st), 0);
	return out;
}

static struct filter *parse(const char *text)
{
	struct filter_options o = {.let = let()};
	struct filter *f;
	struct status st;

	status_init(&st);
	if (filter_parse(json_doc(&arena, text), &o, &arena, &f, &st))
		fail_msg("%s: %s", text, st.message);
	status_clear(&st);
	return f;
}

/* "a: [1, 1] [3, 4); b: (5, inf]" of the fields that are bounded. */
static const char *text_of(const struct index *ix, const struct index_bounds *b)
{
	const char *text;
	struct buf out;

	buf_init(&out, NULL);
	for (int i = 0; b->n_bounded && i < ix->n_fields; i++) {
		const struct intervals *s = &b->fields[i];
		struct view path = ix->fields[i].path.text;

		if (intervals_are_all(s))
			continue;
		buf_printf(&out, "%s%.*s:", out.len ? "; " : "", (int)path.len,
		    (const char *)path.data);
		for (int k = 0; k < s->n; k++) {
			buf_printf(&out, " %c", s->v[k].from.open ? '(' : '[');
			value_format(&out, s->v[k].from.v, 100);
			buf_printf(&out, ", ");
			value_format(&out, s->v[k].to.v, 100);
			buf_printf(&out, "%c", s->v[k].to.open ? ')' : ']');
		}
	}
	text = arena_strndup(&arena, out.len ? (const char *)out.data : "", out.len);
	buf_clear(&out);
	return text;
}

/* The filter as it is shown; "" for none. */
static const char *filter_text(const struct filter *f)
{
	return f ? json_text(&arena, filter_format(f, &arena)) : "";
}

static const char *as_shown(const char *filter)
{
	return *filter ? filter_text(parse(filter)) : "";
}

static struct index_bounds make(const struct index *ix, const char *filter)
{
	struct index_bounds b;
	struct status st;

	status_init(&st);
	assert_int_equal(index_bounds_make(ix, parse(filter), &arena, &b, &st), 0);
	status_clear(&st);
	return b;
}

struct bounds_case {
	const char *filter, *bounds;
	const char *on_keys, *rest; /* NULL: "" */
};

static void check_index(const struct index *ix, const struct bounds_case *c)
{
	struct index_bounds b = make(ix, c->filter);

	if (strcmp(text_of(ix, &b), c->bounds) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", c->filter, text_of(ix, &b), c->bounds);
	if (strcmp(filter_text(b.on_keys), as_shown(c->on_keys ? c->on_keys : "")) != 0)
		fail_msg("%s asks of keys %s", c->filter, filter_text(b.on_keys));
	if (strcmp(filter_text(b.rest), as_shown(c->rest ? c->rest : "")) != 0)
		fail_msg("%s leaves %s", c->filter, filter_text(b.rest));
}

/* arrays: bits as index_array_bit has them. */
static void check(
    const char *pattern, uint64_t arrays, const struct bounds_case *cases, size_t n)
{
	struct index ix = make_index(pattern);

	ix.multikey = arrays;
	for (size_t i = 0; i < n; i++)
		check_index(&ix, &cases[i]);
}

static void one_field(void **state)
{
	static const struct bounds_case cases[] = {
	    {"{'a': 5}", "a: [5, 5]"},
	    {"{'a': {'$gt': 1, '$lte': 5}}", "a: (1, 5]"},
	    {"{'a': {'$lt': 5}}", "a: [-Infinity, 5)"},
	    {"{'a': {'$gte': 'x'}}", "a: [\"x\", {})"},
	    {"{'a': {'$gte': 5, '$lte': 5}}", "a: [5, 5]"},
	    {"{'a': {'$gt': 5, '$lt': 3}}", "a:"},
	    {"{'a': {'$in': [3, 1, null]}}", "a: [null, null] [1, 1] [3, 3]"},
	    {"{'a': null}", "a: [null, null]"},
	    {"{'a': {'$ne': 5}}", "a: [MinKey, 5) (5, MaxKey]"},
	    {"{'a': {'$nin': [1, 'x']}}", "a: [MinKey, 1) (1, \"x\") (\"x\", MaxKey]"},
	    {"{'a': {'$not': {'$gte': 'x'}}}", "a: [MinKey, \"x\") [{}, MaxKey]"},
	    {"{'a': {'$not': {'$gt': 3, '$lt': 5}}}", "a: [MinKey, 3] [5, MaxKey]"},
	    {"{'$nor': [{'a': 1}, {'a': {'$gt': 3}}]}",
		"a: [MinKey, 1) (1, 3] (Infinity, MaxKey]"},
	    {"{'$or': [{'a': {'$gt': 3, '$lt': 5}}, {'a': 4}, {'a': 7}]}", "a: (3, 5) [7, 7]"},
	    {"{'$or': [{'a': 1}, {'b': 1}]}", "", NULL,
		"{'$or': [{'a': {'$eq': 1}}, {'b': {'$eq': 1}}]}"},
	    {"{'a': {'$exists': false}}", "a: [null, null]", NULL, "{'a': {'$exists': false}}"},
	    {"{'a': {'$exists': true}}", "", NULL, "{'a': {'$exists': true}}"},
	    {"{'a': {'$comment': 0, '$type': 'string'}}", "a: [\"\", {})",
		"{'a': {'$comment': 0, '$type': 'string'}}"},
	    {"{'a': {'$comment': 0, '$type': 'number'}}", "a: [NaN, Infinity]"},
	    {"{'a': {'$comment': 0, '$type': 'bool'}}", "a: [false, true]"},
	    {"{'a': {'$comment': 0, '$type': ['null', 'bool']}}",
		"a: [null, null] [false, true]", NULL,
		"{'a': {'$comment': 0, '$type': ['null', 'bool']}}"},
	    {"{'a': {'$mod': [4, 1]}}", "a: [NaN, Infinity]", "{'a': {'$mod': [4, 1]}}"},
	    {"{'a': {'$gt': {'$minKey': 1}}}", "a: (MinKey, MaxKey]"},
	    {"{'a': {'$lt': {'$maxKey': 1}}}", "a: [MinKey, MaxKey)"},
	    {"{'a': {'$size': 2}}", "", NULL, "{'a': {'$size': 2}}"},
	    {"{'a': 1, 'b': 2}", "a: [1, 1]", NULL, "{'b': {'$eq': 2}}"},
	    {"{'$expr': {'$lt': ['$a', 5]}}", "a: [MinKey, 5)"},
	    {"{'$expr': {'$gte': [5, '$a']}}", "a: [MinKey, 5]"},
	    {"{'$expr': {'$or': [{'$eq': ['$a', 5]}, {'$gt': ['$a', 7]}]}}",
		"a: [5, 5] (7, MaxKey]"},
	    {"{'$expr': {'$eq': ['$a', '$$v']}}", "a: [5, 5]"},
	    {"{'$expr': {'$gt': ['$$d.x.y', '$a']}}", "a: [MinKey, 7)"},
	    {"{'$expr': {'$eq': ['$a', '$$d.z.y']}}", "", NULL,
		"{'$expr': {'$eq': ['$a', '$$d.z.y']}}"},
	    {"{'$expr': {'$eq': ['$a', '$$l']}}", "", NULL,
		"{'$expr': {'$eq': ['$a', '$$l']}}"},
	    {"{'$expr': {'$eq': ['$a', '$$d.none']}}", "", NULL,
		"{'$expr': {'$eq': ['$a', '$$d.none']}}"},
	    {"{}", ""},
	};

	check("{'a': 1}", 0, cases, ARRAY_LEN(cases));
}

static void arrays_of_values(void **state)
{
	static const struct bounds_case cases[] = {
	    {"{'a': 5}", "a: [5, 5]"},
	    {"{'a': {'$gt': 5, '$lt': 2}}", "a: [-Infinity, 2)", NULL, "{'a': {'$gt': 5}}"},
	    {"{'a': {'$all': [1, 2]}}", "a: [1, 1]", NULL, "{'a': {'$eq': 2}}"},
	    {"{'a': [1, 2]}", "a: [1, 1] [[ 1, 2 ], [ 1, 2 ]]", NULL, "{'a': {'$eq': [1, 2]}}"},
	    {"{'a': {'$ne': 5}}", "a: [MinKey, 5) (5, MaxKey]", NULL,
		"{'a': {'$not': {'$eq': 5}}}"},
	    {"{'a': {'$elemMatch': {'$gt': 1, '$lt': 5}}}", "a: (1, 5)", NULL,
		"{'a': {'$elemMatch': {'$gt': 1, '$lt': 5}}}"},
	    {"{'a': {'$elemMatch': {'$ne': 5}}}", "a: [MinKey, 5) (5, MaxKey]", NULL,
		"{'a': {'$elemMatch': {'$ne': 5}}}"},
	    {"{'a': {'$gt': {'$minKey': 1}}}", "", NULL, "{'a': {'$gt': {'$minKey': 1}}}"},
	    {"{'a': {'$mod': [4, 1]}}", "a: [NaN, Infinity]", NULL, "{'a': {'$mod': [4, 1]}}"},
	    {"{'$expr': {'$lt': ['$a', 5]}}", "", NULL, "{'$expr': {'$lt': ['$a', 5]}}"},
	    {"{'$or': [{'a': 1}, {'a': 2}]}", "a: [1, 1] [2, 2]"},
	};

	check("{'a': 1}", 1, cases, ARRAY_LEN(cases));
}

static void arrays_of_documents(void **state)
{
	static const struct bounds_case below[] = {
	    {"{'a.b': 1, 'a.c': 2}", "a.b: [1, 1]", NULL, "{'a.c': {'$eq': 2}}"},
	    {"{'a': {'$elemMatch': {'b': 1, 'c': {'$gt': 2, '$lt': 5}}}}",
		"a.b: [1, 1]; a.c: (2, 5)", NULL,
		"{'a': {'$elemMatch': {'b': 1, 'c': {'$gt': 2, '$lt': 5}}}}"},
	    {"{'a.b': null}", "a.b: [null, null]", NULL, "{'a.b': {'$eq': null}}"},
	};
	/* The arrays are below what both paths go through. */
	static const struct bounds_case apart[] = {
	    {"{'a.b': {'$gt': 1, '$lt': 3}, 'a.c': {'$gt': 2, '$lt': 5}}",
		"a.b: [-Infinity, 3); a.c: (2, 5)", NULL, "{'a.b': {'$gt': 1}}"},
	};

	check("{'a.b': 1, 'a.c': 1}", 1 | 4, below, ARRAY_LEN(below));
	check("{'a.b': 1, 'a.c': 1}", 2, apart, ARRAY_LEN(apart));
}

static void places(void **state)
{
	static const struct bounds_case cases[] = {
	    {"{'a.0': 5}", "a.0: [5, 5]"},
	    {"{'a.0': null}", "", NULL, "{'a.0': {'$eq': null}}"},
	    {"{'a.0': {'$in': [5, null]}}", "", NULL, "{'a.0': {'$in': [null, 5]}}"},
	};

	check("{'a.0': 1}", 0, cases, ARRAY_LEN(cases));
}

static void regexes(void **state)
{
	static const struct {
		const char *pattern, *options, *prefix;
		bool exact;
	} cases[] = {
	    {"^abc", "", "abc", true},
	    {"\\Aabc", "", "abc", true},
	    {"^abc", "i", "", false},
	    {"^abc", "m", "", false},
	    {"^abc", "s", "abc", true},
	    {"abc", "", "", false},
	    {"^ab?c", "", "a", false},
	    {"^ab*", "", "a", false},
	    {"^ab+c", "", "ab", false},
	    {"^ab{0,1}", "", "a", false},
	    {"^a\\.b\\d", "", "a.b", false},
	    {"^ab|c", "", "", false},
	    {"^a(b)", "", "a", false},
	    {"^a$", "", "a", false},
	    {"^ä?b", "", "", false},
	    {"^äb", "", "äb", true},
	    {"^", "", "", true},
	};
	struct buf prefix;

	buf_init(&prefix, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool exact = regex_prefix(cases[i].pattern, cases[i].options, &prefix);

		if (exact != cases[i].exact ||
		    !view_equal(buf_view(&prefix), view_of_str(cases[i].prefix)))
			fail_msg("%s: %.*s", cases[i].pattern, (int)prefix.len,
			    prefix.len ? (const char *)prefix.data : "");
	}
	buf_clear(&prefix);
}

static void regexes_bound_strings(void **state)
{
	static const struct bounds_case cases[] = {
	    {"{'a': {'$regex': '^ab'}}", "a: [\"ab\", \"ac\") [/^ab/, /^ab/]"},
	    {"{'a': {'$regex': '^ab$'}}", "a: [\"ab\", \"ac\") [/^ab$/, /^ab$/]",
		"{'a': {'$regex': '^ab$'}}"},
	    {"{'a': {'$regex': 'b'}}", "a: [\"\", {}) [/b/, /b/]", "{'a': {'$regex': 'b'}}"},
	    {"{'a': {'$not': {'$regex': '^ab'}}}",
		"a: [MinKey, \"ab\") [\"ac\", /^ab/) (/^ab/, MaxKey]"},
	};

	check("{'a': 1}", 0, cases, ARRAY_LEN(cases));
}

static void compound(void **state)
{
	static const struct bounds_case cases[] = {
	    {"{'a': {'$gt': 1}, 'b': 2}", "a: (1, Infinity]; b: [2, 2]"},
	    {"{'a': 1, 'c': {'$lt': 4}}", "a: [1, 1]; c: [-Infinity, 4)"},
	    {"{'b': 1}", "", "{'b': {'$eq': 1}}"},
	    {"{'a': 1, 'b': {'$mod': [2, 0]}, 'd': 1}", "a: [1, 1]; b: [NaN, Infinity]",
		"{'b': {'$mod': [2, 0]}}", "{'d': {'$eq': 1}}"},
	};
	struct index ix = make_index("{'a': 1, 'b': -1, 'c': 1}");
	struct index_bounds b;

	check("{'a': 1, 'b': -1, 'c': 1}", 0, cases, ARRAY_LEN(cases));
	b = make(
	    &ix, "{'a': {'$in': [1, 2]}, 'b': {'$in': [3, 4]}, 'c': {'$gt': 1, '$lt': 5}}");
	assert_int_equal(b.n, 4);
	assert_int_equal(b.n_fields, 3);
	assert_null(b.check);
	b = make(&ix, "{'a': {'$gt': 1}, 'b': 3}");
	assert_int_equal(b.n, 1);
	assert_int_equal(b.n_fields, 1);
	assert_non_null(b.check);
}

/* Points of one field with those of another, until there are too many. */
static void not_all_combinations(void **state)
{
	struct index ix = make_index("{'a': 1, 'b': 1}");
	struct index_bounds b;
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "{'a': {'$in': [0");
	for (int i = 1; i < 100; i++)
		buf_printf(&text, ", %d", i);
	buf_printf(&text, "]}, 'b': {'$in': [0");
	for (int i = 1; i < 100; i++)
		buf_printf(&text, ", %d", i);
	buf_printf(&text, "]}}");
	b = make(&ix, arena_strndup(&arena, (const char *)text.data, text.len));
	buf_clear(&text);
	assert_int_equal(b.n, 100);
	assert_int_equal(b.n_fields, 1);
	assert_non_null(b.check);
}

static void sparse(void **state)
{
	static const struct {
		const char *filter;
		bool without_null;
	} cases[] = {
	    {"{'a': 5}", true},
	    {"{'a': {'$exists': true}}", true},
	    {"{'a': null}", false},
	    {"{'a': {'$exists': false}}", false},
	    {"{'a': {'$not': {'$exists': true}}}", false},
	    {"{'a': {'$ne': 5}}", false},
	    {"{'a': {'$ne': null}}", true},
	    {"{'a': {'$comment': 0, '$type': 'null'}}", true},
	    {"{'a': {'$in': [1, null]}}", false},
	};
	struct index ix = make_index("{'a': 1}");

	ix.sparse = true;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    make(&ix, cases[i].filter).without_null, cases[i].without_null);
	assert_null(make(&ix, "{'a': {'$exists': true}}").rest);
	/* All of its keys are a bound. */
	assert_int_equal(make(&ix, "{'a': {'$exists': true}}").n, 1);
	assert_int_equal(make(&ix, "{}").n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_field),
	    cmocka_unit_test(arrays_of_values),
	    cmocka_unit_test(arrays_of_documents),
	    cmocka_unit_test(places),
	    cmocka_unit_test(regexes),
	    cmocka_unit_test(regexes_bound_strings),
	    cmocka_unit_test(compound),
	    cmocka_unit_test(not_all_combinations),
	    cmocka_unit_test(sparse),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
