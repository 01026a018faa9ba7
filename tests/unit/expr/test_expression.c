#include "support/unit.h"
#include "support/json.h"

#include "expr/expr_op.h"

struct expr_case {
	const char *expression, *doc;
	const char *expected; /* as {v: ...}; NULL: missing */
};

static struct variables *let(struct arena *a)
{
	struct variables *v;
	struct status st;

	if (variables_parse(
		json_doc(a, "{'x': 5, 'y': {'$add': ['$$x', 1]}}"), 1000, 0, a, &v, &st))
		fail_msg("%s", st.message);
	return v;
}

static int eval(
    struct arena *a, const char *text, const char *doc, struct value *out, struct status *st)
{
	struct expression_options o = {.let = let(a)};
	struct expression *e;
	int r = expression_parse(json_value(a, text), &o, a, &e, st);

	return r ? r : expression_eval(e, json_doc(a, doc), o.let, a, out, st);
}

static void check(const struct expr_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct value v, expected;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = eval(&a, cases[i].expression, cases[i].doc, &v, &st);
		if (r)
			fail_msg("%s: %d %s", cases[i].expression, r, st.message);
		expected =
		    cases[i].expected ? json_value(&a, cases[i].expected) : value_missing;
		if (v.type != expected.type || v.len != expected.len ||
		    (v.len && memcmp(v.data, expected.data, v.len) != 0))
			fail_msg("%s on %s is no %s", cases[i].expression, cases[i].doc,
			    cases[i].expected);
		arena_clear(&a);
	}
}

#define CHECK(cases) check(cases, ARRAY_LEN(cases))

static void paths_and_constants(void **state)
{
	static const struct expr_case cases[] = {
	    {"5", "{}", "5"},
	    {"'x'", "{}", "'x'"},
	    {"'$a'", "{'a': 1}", "1"},
	    {"'$a.b'", "{'a': {'b': 2}}", "2"},
	    {"'$a.b'", "{'a': 5}", NULL},
	    {"'$a'", "{}", NULL},
	    {"'$a.b'", "{'a': [{'b': 1}, 5, {'c': 2}, {'b': [3]}]}", "[1, [3]]"},
	    {"'$a.b.c'", "{'a': [{'b': [{'c': 1}, {'c': 2}]}, {'b': {'c': 3}}]}",
		"[[1, 2], 3]"},
	    {"'$$ROOT'", "{'a': 1}", "{'a': 1}"},
	    {"'$$ROOT.a'", "{'a': 1}", "1"},
	    {"'$$CURRENT.a'", "{'a': 1}", "1"},
	    {"'$$x'", "{}", "5"},
	    {"'$$y'", "{}", "6"},
	    {"'$$NOW'", "{}", "{'$date': {'$numberLong': '1000'}}"},
	    {"{'a': '$b', 'c': {'d': 1}, 'e': '$missing'}", "{'b': 7}",
		"{'a': 7, 'c': {'d': 1}}"},
	    {"['$b', '$missing', 3]", "{'b': 7}", "[7, null, 3]"},
	    {"{'$literal': '$a'}", "{}", "'$a'"},
	};

	CHECK(cases);
}

static void arithmetic(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$add': [1, 2]}", "{}", "3"},
	    {"{'$add': [1, 2.5]}", "{}", "3.5"},
	    {"{'$add': [2147483647, 1]}", "{}", "{'$numberLong': '2147483648'}"},
	    {"{'$add': ['$a', 1]}", "{}", "null"},
	    {"{'$add': [{'$date': {'$numberLong': '5'}}, 3]}", "{}",
		"{'$date': {'$numberLong': '8'}}"},
	    {"{'$subtract': [5, 7]}", "{}", "-2"},
	    {"{'$subtract': [{'$date': {'$numberLong': '9'}}, {'$date': {'$numberLong': "
	     "'5'}}]}",
		"{}", "{'$numberLong': '4'}"},
	    {"{'$multiply': ['$a', 3]}", "{'a': 4}", "12"},
	    {"{'$divide': [6, 4]}", "{}", "1.5"},
	    {"{'$divide': [6, {'$numberDecimal': '4'}]}", "{}", "{'$numberDecimal': '1.5'}"},
	    {"{'$mod': [-7, 3]}", "{}", "-1"},
	    {"{'$mod': [7.5, 2]}", "{}", "1.5"},
	    {"{'$abs': -3}", "{}", "3"},
	};

	CHECK(cases);
}

static void comparison_and_logic(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$eq': ['$a', 1]}", "{'a': 1.0}", "true"},
	    {"{'$gt': ['$a', 1]}", "{'a': 'x'}", "true"},
	    {"{'$lt': ['$a', 1]}", "{}", "true"},
	    {"{'$lte': [1, 1]}", "{}", "true"},
	    {"{'$ne': [1, 1]}", "{}", "false"},
	    {"{'$cmp': [2, 1]}", "{}", "1"},
	    {"{'$and': [1, 'x', true]}", "{}", "true"},
	    {"{'$and': []}", "{}", "true"},
	    {"{'$or': [0, null, '$a']}", "{}", "false"},
	    {"{'$not': [0]}", "{}", "true"},
	    {"{'$cond': ['$a', 1, 2]}", "{'a': 0}", "2"},
	    {"{'$cond': {'if': true, 'then': 'y', 'else': 'n'}}", "{}", "'y'"},
	    {"{'$ifNull': ['$a', '$b', 3]}", "{'b': null}", "3"},
	    {"{'$let': {'vars': {'p': 2, 'q': '$a'}, 'in': {'$add': ['$$p', '$$q']}}}",
		"{'a': 3}", "5"},
	    {"{'$let': {'vars': {'x': 1}, 'in': {'$let': {'vars': {'x': {'$add': ['$$x', 1]}}, "
	     "'in': '$$x'}}}}",
		"{}", "2"},
	};

	CHECK(cases);
}

static void arrays(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$size': '$a'}", "{'a': [1, 2]}", "2"},
	    {"{'$arrayElemAt': ['$a', -1]}", "{'a': [1, 2]}", "2"},
	    {"{'$arrayElemAt': ['$a', 5]}", "{'a': [1, 2]}", NULL},
	    {"{'$first': '$a'}", "{'a': [1, 2]}", "1"},
	    {"{'$last': '$a'}", "{'a': [1, 2]}", "2"},
	    {"{'$in': [2, '$a']}", "{'a': [1, 2]}", "true"},
	    {"{'$isArray': ['$a']}", "{'a': 1}", "false"},
	    {"{'$concatArrays': ['$a', [3]]}", "{'a': [1, 2]}", "[1, 2, 3]"},
	    {"{'$map': {'input': '$a', 'as': 'i', 'in': {'$add': ['$$i', 1]}}}",
		"{'a': [1, 2]}", "[2, 3]"},
	    {"{'$filter': {'input': '$a', 'cond': {'$gt': ['$$this', 1]}, 'limit': 1}}",
		"{'a': [1, 2, 3]}", "[2]"},
	    {"{'%type': '$a'}", "{}", "'missing'"},
	    {"{'$concat': ['a', '$b']}", "{'b': 'c'}", "'ac'"},
	};

	CHECK(cases);
}

static void errors(void **state)
{
	static const struct {
		const char *expression;
		int code;
	} cases[] = {
	    {"{'$foo': 1}", 168},
	    {"{'$add': 1, 'b': 2}", 15983},
	    {"{'b': 2, '$add': 1}", 16410},
	    {"{'$subtract': [1]}", 16020},
	    {"{'$ifNull': [1]}", 1257300},
	    {"'$'", 16872},
	    {"'$a.'", 40353},
	    {"'$a..b'", 15998},
	    {"'$a.$b'", 16410},
	    {"'$$nope'", 17276},
	    {"{'$add': ['x', 1]}", ERR_TYPE_MISMATCH},
	    {"{'$divide': [1, 0]}", ERR_BAD_VALUE},
	    {"{'$mod': [1, 0]}", 16610},
	    {"{'$cond': {'if': 1, 'then': 2}}", 17082},
	    {"{'$size': 5}", 17124},
	    {"{'$let': {'vars': {'X': 1}, 'in': 1}}", ERR_FAILED_TO_PARSE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct value v;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = eval(&a, cases[i].expression, "{}", &v, &st);
		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].expression, r, st.message);
		arena_clear(&a);
	}
}

static void count_path(void *arg, struct view path)
{
	++*(int *)arg;
}

static void what_it_needs(void **state)
{
	struct expression *e;
	struct arena a;
	int n = 0;

	arena_init(&a, NULL);
	assert_int_equal(
	    expression_parse(json_value(&a, "{'$add': ['$a', '$b.c']}"), NULL, &a, &e, NULL),
	    0);
	assert_true(expression_needs(e, count_path, &n));
	assert_int_equal(n, 2);
	assert_int_equal(expression_parse(json_value(&a, "'$$ROOT'"), NULL, &a, &e, NULL), 0);
	assert_false(expression_needs(e, count_path, &n));
	arena_clear(&a);
}

static void one_row(void *arg, const struct expr_op *op)
{
	assert_int_equal(op->name[0], '$');
	assert_ptr_equal(expr_op_find(op->name), op);
	assert_true(op->parse || op->eval);
	assert_true(op->max_args == -1 || op->max_args >= op->min_args);
}

static void the_table(void **state)
{
	expr_op_each(one_row, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_and_constants),
	    cmocka_unit_test(arithmetic),
	    cmocka_unit_test(comparison_and_logic),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(what_it_needs),
	    cmocka_unit_test(the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
