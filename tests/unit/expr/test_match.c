#include "support/unit.h"
#include "support/json.h"

#include "bson/builder.h"
#include "expr/match_op.h"

struct match_case {
	const char *filter, *doc;
	bool expected;
};

static void check(const struct match_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct filter *f = NULL;
		struct status st;
		struct arena a;
		bool got;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = filter_parse(json_doc(&a, cases[i].filter), NULL, &a, &f, &st);
		if (r)
			fail_msg("%s: %d %s", cases[i].filter, r, st.message);
		got = filter_matches(f, json_doc(&a, cases[i].doc), NULL);
		if (got != cases[i].expected)
			fail_msg("%s on %s: %d", cases[i].filter, cases[i].doc, got);
		arena_clear(&a);
	}
}

#define CHECK(cases) check(cases, ARRAY_LEN(cases))

static void comparison(void **state)
{
	static const struct match_case cases[] = {
	    {"{}", "{'a': 1}", true},
	    {"{'a': 1}", "{'a': 1}", true},
	    {"{'a': 1}", "{'a': 1.0}", true},
	    {"{'a': 1}", "{'a': {'$numberDecimal': '1.00'}}", true},
	    {"{'a': 1}", "{'a': '1'}", false},
	    {"{'a': {'$ne': 1}}", "{'a': [1, 2]}", false},
	    {"{'a': {'$ne': 1}}", "{}", true},
	    {"{'a': {'$gt': 1}}", "{'a': 2}", true},
	    {"{'a': {'$gt': 1}}", "{'a': 'x'}", false},
	    {"{'a': {'$gt': 1, '$lt': 3}}", "{'a': [0, 5]}", true},
	    {"{'a': {'$gte': {'x': 2}}}", "{'a': {'x': 3}}", true},
	    {"{'a': {'$gt': [1, 2]}}", "{'a': [1, 3]}", true},
	    {"{'a': {'$gte': [1, 2, 3]}}", "{'a': [5]}", true},
	    {"{'a': [1, 2]}", "{'a': [1, 2]}", true},
	    {"{'a': [1, 2]}", "{'a': [[1, 2], 3]}", true},
	    {"{'a': [1, 2]}", "{'a': [2, 1]}", false},
	    {"{'a': {'b': 1}}", "{'a': {'b': 1, 'c': 2}}", false},
	    {"{'a': {'$ref': 'c', '$id': 1}}", "{'a': {'$ref': 'c', '$id': 1}}", true},
	    {"{'a': {'$regularExpression': {'pattern': '^x', 'options': 'i'}}}", "{'a': 'Xy'}",
		true},
	    {"{'a': {'$eq': {'$regularExpression': {'pattern': '^x', 'options': ''}}}}",
		"{'a': 'xy'}", false},
	};

	CHECK(cases);
}

static void null_and_missing(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': null}", "{'a': null}", true},
	    {"{'a': null}", "{}", true},
	    {"{'a': null}", "{'a': 0}", false},
	    {"{'a': null}", "{'a': {'$undefined': true}}", false},
	    {"{'a': null}", "{'a': [null]}", true},
	    {"{'a': null}", "{'a': []}", false},
	    {"{'a.b': null}", "{'a': 5}", true},
	    {"{'a.b': null}", "{'a': [1, 2]}", false},
	    {"{'a.b': null}", "{'a': [{'b': 1}, {}]}", true},
	    {"{'a': {'$gte': null}}", "{}", true},
	    {"{'a': {'$gt': null}}", "{}", false},
	    {"{'a': {'$lte': null}}", "{'a': null}", true},
	    {"{'a': {'$in': [null, 3]}}", "{}", true},
	    {"{'a': {'$nin': [null]}}", "{}", false},
	    {"{'a': {'$ne': null}}", "{}", false},
	};

	CHECK(cases);
}

static void nan_and_keys(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': {'$numberDouble': 'NaN'}}", "{'a': {'$numberDouble': 'NaN'}}", true},
	    {"{'a': {'$numberDouble': 'NaN'}}", "{'a': {'$numberDecimal': 'NaN'}}", true},
	    {"{'a': {'$lt': 5}}", "{'a': {'$numberDouble': 'NaN'}}", false},
	    {"{'a': {'$gte': {'$numberDouble': 'NaN'}}}", "{'a': {'$numberDouble': 'NaN'}}",
		true},
	    {"{'a': {'$gte': {'$numberDouble': 'NaN'}}}", "{'a': 5}", false},
	    {"{'a': {'$gt': {'$minKey': 1}}}", "{'a': 'x'}", true},
	    {"{'a': {'$gt': {'$minKey': 1}}}", "{'a': {'$minKey': 1}}", false},
	    {"{'a': {'$lt': {'$maxKey': 1}}}", "{'a': [1]}", true},
	    {"{'a': {'$gt': {'$maxKey': 1}}}", "{'a': 1}", false},
	    {"{'a': {'$gte': {'$minKey': 1}}}", "{}", true},
	    {"{'a': 0}", "{'a': -0.0}", true},
	};

	CHECK(cases);
}

static void in_and_nin(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': {'$in': []}}", "{'a': 1}", false},
	    {"{'a': {'$nin': []}}", "{'a': 1}", true},
	    {"{'a': {'$in': [3, 1, 2, 2, 'x', 1.0]}}", "{'a': 2}", true},
	    {"{'a': {'$in': [3, 1]}}", "{'a': [7, 3]}", true},
	    {"{'a': {'$in': [[1, 2]]}}", "{'a': [1, 2]}", true},
	    {"{'a': {'$nin': [3, 1]}}", "{'a': [7, 3]}", false},
	    {"{'a': {'$in': [{'$regularExpression': {'pattern': '^x', 'options': ''}}, 5]}}",
		"{'a': 'xy'}", true},
	    {"{'a': {'$in': [{'$regularExpression': {'pattern': '^x', 'options': ''}}, 5]}}",
		"{'a': 5}", true},
	    {"{'a': {'$nin': [{'$regularExpression': {'pattern': '^x', 'options': ''}}]}}",
		"{'a': 'xy'}", false},
	};

	CHECK(cases);
}

static void logic(void **state)
{
	static const struct match_case cases[] = {
	    {"{'$and': [{'a': 1}, {'b': 2}]}", "{'a': 1, 'b': 2}", true},
	    {"{'$and': [{'a': 1}, {'b': 2}]}", "{'a': 1}", false},
	    {"{'$or': [{'a': 1}, {'b': 2}]}", "{'b': 2}", true},
	    {"{'$nor': [{'a': 1}, {'b': 2}]}", "{'b': 3}", true},
	    {"{'$nor': [{'a': 1}]}", "{'a': 1}", false},
	    {"{'a': {'$not': {'$gt': 1}}}", "{'a': 'x'}", true},
	    {"{'a': {'$not': {'$gt': 1, '$lt': 5}}}", "{'a': 3}", false},
	    {"{'a': {'$not': {'$not': {'$gt': 1}}}}", "{'a': 3}", true},
	    {"{'a': 1, '$comment': 'why'}", "{'a': 1}", true},
	    {"{'a': {'$gt': 0, '$comment': 'why'}}", "{'a': 1}", true},
	    {"{'$alwaysTrue': 1}", "{}", true},
	    {"{'$alwaysFalse': 1}", "{}", false},
	    {"{'$jsonSchema': {'required': ['a']}, 'b': 1}", "{'a': 1, 'b': 1}", true},
	    {"{'$nor': [{'$jsonSchema': {'required': ['a']}}]}", "{'a': 1}", false},
	};

	CHECK(cases);
}

static void exists_and_type(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': {'$exists': true}}", "{'a': null}", true},
	    {"{'a': {'$exists': 0}}", "{'a': null}", false},
	    {"{'a.b': {'$exists': true}}", "{'a': [{'c': 1}, {'b': 1}]}", true},
	    {"{'a.b': {'$exists': false}}", "{'a': [{'c': 1}, {'b': 1}]}", false},
	    {"{'a.0': {'$exists': false}}", "{'a': []}", true},
	    {"{'a.0': {'$exists': true}}", "{'a': {'0': 1}}", true},
	    {"{'a': {'%type': 'number'}}", "{'a': {'$numberDecimal': '1'}}", true},
	    {"{'a': {'%type': ['string', 4]}}", "{'a': []}", true},
	    {"{'a': {'%type': 'int'}}", "{'a': ['x', 1]}", true},
	    {"{'a': {'%type': 'int'}}", "{'a': [[1]]}", false},
	    {"{'a': {'%type': -1}}", "{'a': {'$minKey': 1}}", true},
	    {"{'a': {'%type': 'null'}}", "{}", false},
	};

	CHECK(cases);
}

static void paths(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a.b.c': 1}", "{'a': {'b': {'c': 1}}}", true},
	    {"{'a.b.c': 1}", "{'a': [{'b': [{'c': 2}, {'c': 1}]}]}", true},
	    {"{'a.1': 2}", "{'a': [1, 2]}", true},
	    {"{'a.0': 5}", "{'a': [[5]]}", false},
	    {"{'a.0': [5]}", "{'a': [[5]]}", true},
	    {"{'a.0.b': 1}", "{'a': [{'b': 1}, {'b': 2}]}", true},
	    {"{'a.1.b': 1}", "{'a': [{'b': 1}, {'b': 2}]}", false},
	    {"{'a.0.0': 10}", "{'a': [[10, 2]]}", true},
	    {"{'a.b': 1}", "{'a': [[{'b': 1}]]}", false},
	    {"{'a.0': 1}", "{'a': [{'0': 1}]}", true},
	};

	CHECK(cases);
}

static void regular_expressions(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': {'%regex': 'b.d'}}", "{'a': 'abcde'}", true},
	    {"{'a': {'%regex': '^B', '%options': 'im'}}", "{'a': 'a\\nb'}", true},
	    {"{'a': {'%options': 's', '%regex': 'a.b'}}", "{'a': 'a\\nb'}", true},
	    {"{'a': {'%regex': 'x'}}", "{'a': ['y', 'x']}", true},
	    {"{'a': {'%regex': '1'}}", "{'a': 1}", false},
	    {"{'a': {'%regex': 'x'}}",
		"{'a': {'$regularExpression': {'pattern': 'x', 'options': ''}}}", true},
	    {"{'a': {'$not': {'%regex': 'x'}}}", "{'a': 'y'}", true},
	    {"{'a': {'%regex': '^.$'}}", "{'a': '\\u00e9'}", true},
	};

	CHECK(cases);
}

static void arrays(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': {'$all': [1, 2]}}", "{'a': [2, 3, 1]}", true},
	    {"{'a': {'$all': [1, 2]}}", "{'a': [2, 3]}", false},
	    {"{'a': {'$all': []}}", "{'a': []}", false},
	    {"{'a': {'$all': [1]}}", "{'a': 1}", true},
	    {"{'a': {'$all': [{'$elemMatch': {'x': 1}}, {'$elemMatch': {'x': 2}}]}}",
		"{'a': [{'x': 1}, {'x': 2}]}", true},
	    {"{'a': {'$elemMatch': {'$gt': 1, '$lt': 3}}}", "{'a': [0, 5]}", false},
	    {"{'a': {'$elemMatch': {'$gt': 1, '$lt': 3}}}", "{'a': [0, 2]}", true},
	    {"{'a': {'$elemMatch': {'b': 1, 'c': 2}}}", "{'a': [{'b': 1}, {'c': 2}]}", false},
	    {"{'a': {'$elemMatch': {'b': 1, 'c': 2}}}", "{'a': [{'b': 1, 'c': 2}]}", true},
	    {"{'a': {'$elemMatch': {'b': {'$ne': 1}}}}", "{'a': [5]}", false},
	    {"{'a': {'$elemMatch': {'$elemMatch': {'$gt': 4}}}}", "{'a': [[1], [5]]}", true},
	    {"{'a': {'$elemMatch': {'$gt': 4}}}", "{'a': [[5]]}", false},
	    {"{'a': {'$elemMatch': {'$or': [{'b': 1}, {'b': 2}]}}}", "{'a': [{'b': 2}]}", true},
	    {"{'a': {'$elemMatch': {'b': 1}}}", "{'a': {'b': 1}}", false},
	    {"{'a': {'$size': 2}}", "{'a': [1, [2, 3]]}", true},
	    {"{'a': {'$size': 2}}", "{'a': [[1, 2]]}", false},
	    {"{'a.b': {'$size': 1}}", "{'a': [{'b': [1]}]}", true},
	};

	CHECK(cases);
}

static void arithmetic(void **state)
{
	static const struct match_case cases[] = {
	    {"{'a': {'$mod': [4, 1]}}", "{'a': 5}", true},
	    {"{'a': {'$mod': [4, 1]}}", "{'a': 5.9}", true},
	    {"{'a': {'$mod': [4, -1]}}", "{'a': -5}", true},
	    {"{'a': {'$mod': [4, 0]}}", "{'a': 'x'}", false},
	    {"{'a': {'$mod': [-1, 0]}}", "{'a': {'$numberLong': '-9223372036854775808'}}",
		true},
	    {"{'a': {'$bitsAllSet': 5}}", "{'a': 7}", true},
	    {"{'a': {'$bitsAllSet': [1, 5]}}", "{'a': 2}", false},
	    {"{'a': {'$bitsAnySet': [1, 5]}}", "{'a': 2}", true},
	    {"{'a': {'$bitsAllClear': [200]}}", "{'a': -5}", false},
	    {"{'a': {'$bitsAllClear': [200]}}", "{'a': 5}", true},
	    {"{'a': {'$bitsAnyClear': 3}}", "{'a': 2}", true},
	    {"{'a': {'$bitsAllSet': 0}}", "{'a': 1.5}", false},
	    {"{'a': {'$bitsAllSet': [9]}}",
		"{'a': {'$binary': {'base64': 'AAI=', 'subType': '00'}}}", true},
	};

	CHECK(cases);
}

static void errors(void **state)
{
	static const struct {
		const char *filter;
		int code;
	} cases[] = {
	    {"{'$foo': 1}", ERR_BAD_VALUE},
	    {"{'a': {'$foo': 1}}", ERR_BAD_VALUE},
	    {"{'a': {'$gt': 1, 'b': 2}}", ERR_BAD_VALUE},
	    {"{'a': {'$in': 1}}", ERR_BAD_VALUE},
	    {"{'a': {'$in': [{'$gt': 1}]}}", ERR_BAD_VALUE},
	    {"{'$or': []}", ERR_BAD_VALUE},
	    {"{'$or': [1]}", ERR_BAD_VALUE},
	    {"{'$not': {'a': 1}}", ERR_BAD_VALUE},
	    {"{'a': {'$not': {}}}", ERR_BAD_VALUE},
	    {"{'a': {'$not': 5}}", ERR_BAD_VALUE},
	    {"{'a': {'%type': []}}", ERR_FAILED_TO_PARSE},
	    {"{'a': {'%type': true}}", ERR_TYPE_MISMATCH},
	    {"{'a': {'%type': 99}}", ERR_BAD_VALUE},
	    {"{'a': {'%regex': 'x', '%options': 'g'}}", 51108},
	    {"{'a': {'%regex': '[x'}}", 51091},
	    {"{'a': {'%options': 'i'}}", ERR_BAD_VALUE},
	    {"{'a': {'$ne': {'$regularExpression': {'pattern': 'x', 'options': ''}}}}",
		ERR_BAD_VALUE},
	    {"{'a': {'$bitsAllSet': -1}}", ERR_FAILED_TO_PARSE},
	    {"{'a': {'$bitsAllSet': [-1]}}", ERR_BAD_VALUE},
	    {"{'a': {'$mod': [0, 1]}}", ERR_BAD_VALUE},
	    {"{'a': {'$size': 1.5}}", ERR_BAD_VALUE},
	    {"{'a': {'$elemMatch': {'$expr': 1}}}", ERR_BAD_VALUE},
	    {"{'$where': 'true'}", ERR_COMMAND_NOT_SUPPORTED},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = filter_parse(json_doc(&a, cases[i].filter), NULL, &a, &f, &st);
		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].filter, r, st.message);
		assert_int_equal(st.code, r);
		assert_true(st.message[0] != '\0');
		arena_clear(&a);
	}
}

/* {$or: [{$or: [... {} ...]}]} */
static struct view nested(struct arena *a, int levels)
{
	struct view doc = json_doc(a, "{}");

	for (int i = 0; i < levels; i++) {
		struct builder b;
		struct buf buf;

		buf_init(&buf, NULL);
		builder_init(&b, &buf);
		builder_array_begin(&b, "$or");
		builder_doc(&b, NULL, doc);
		builder_array_end(&b);
		builder_finish(&b);
		doc = arena_dup(a, builder_view(&b));
		buf_clear(&buf);
	}
	return doc;
}

static void depth_is_bounded(void **state)
{
	struct filter *f;
	struct status st;
	struct arena a;

	arena_init(&a, NULL);
	status_init(&st);
	assert_int_equal(filter_parse(nested(&a, FILTER_DEPTH_MAX), NULL, &a, &f, &st), 0);
	assert_int_equal(
	    filter_parse(nested(&a, FILTER_DEPTH_MAX + 1), NULL, &a, &f, &st), ERR_BAD_VALUE);
	arena_clear(&a);
}

static void filters_are_shown_in_one_form(void **state)
{
	static const struct {
		const char *filter, *shown;
	} cases[] = {
	    {"{}", "{ }"},
	    {"{'a': 1}", "{ 'a' : { '$eq' : 1 } }"},
	    {"{'b': 1, 'a': {'$gt': 1, '$ne': 2}}",
		"{ '$and' : [ { 'b' : { '$eq' : 1 } }, { 'a' : { '$gt' : 1 } }, "
		"{ 'a' : { '$not' : { '$eq' : 2 } } } ] }"},
	    {"{'a': {'$in': [2, 1, 2]}}", "{ 'a' : { '$in' : [ 1, 2 ] } }"},
	    {"{'a': {'$in': [1]}}", "{ 'a' : { '$eq' : 1 } }"},
	    {"{'a': {'$exists': false}}", "{ 'a' : { '$not' : { '$exists' : true } } }"},
	    {"{'a': {'%type': ['string', 'number']}}",
		"{ 'a' : { '%type' : [ 'number', 2 ] } }"},
	    {"{'a': {'$mod': [2, 1]}}", "{ 'a' : { '$mod' : [ 2, 1 ] } }"},
	    {"{'a': {'%options': 'i', '%regex': 'x'}}",
		"{ 'a' : { '%regex' : 'x', '%options' : 'i' } }"},
	    {"{'a': {'$elemMatch': {'$gt': 1}}}", "{ 'a' : { '$elemMatch' : { '$gt' : 1 } } }"},
	    {"{'$or': [{'a': 1}, {'b': 2}]}",
		"{ '$or' : [ { 'a' : { '$eq' : 1 } }, { 'b' : { '$eq' : 2 } } ] }"},
	    {"{'a': {'$not': {'$gt': 1, '$lt': 5}}}",
		"{ 'a' : { '$not' : { '$lt' : 5, '$gt' : 1 } } }"},
	    {"{'$expr': {'$gt': ['$a', 1]}}", "{ '$expr' : { '$gt' : [ '$a', 1 ] } }"},
	    {"{'a': {'$all': []}}", "{ '$alwaysFalse' : 1 }"},
	    {"{'a': {'$not': {'$all': []}}}", "{ 'a' : { '$not' : { '$alwaysFalse' : 1 } } }"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct filter *f;
		struct arena a;
		char *shown;

		arena_init(&a, NULL);
		assert_int_equal(
		    filter_parse(json_doc(&a, cases[i].filter), NULL, &a, &f, NULL), 0);
		shown = json_text(&a, filter_format(f, &a));
		for (char *c = shown; (c = strstr(c, "$type")) || (c = NULL);)
			*c = '%';
		for (char *c = shown; (c = strstr(c, "$regex")) || (c = NULL);)
			*c = '%';
		for (char *c = shown; (c = strstr(c, "$options")) || (c = NULL);)
			*c = '%';
		assert_string_equal(shown, cases[i].shown);
		arena_clear(&a);
	}
}

static void the_index_of_the_match(void **state)
{
	static const struct {
		const char *filter, *doc;
		int index;
	} cases[] = {
	    {"{'a': 2}", "{'a': [1, 2]}", 1},
	    {"{'a.b': 2}", "{'a': [{'b': 1}, {'b': [7, 2]}]}", 1},
	    {"{'a': {'$elemMatch': {'b': 2}}}", "{'a': [{'b': 1}, {'b': 1}, {'b': 2}]}", 2},
	    {"{'a': 2}", "{'a': 2}", -1},
	    {"{'$and': [{'a': {'$gt': 1}}, {'a': {'$lt': 5}}]}", "{'a': [1, 2, 3]}", 1},
	    {"{'a': {'$all': [3, 5]}}", "{'a': [1, 3, 5]}", 2},
	    {"{'a': {'$ne': 7}}", "{'a': [1, 2]}", -1},
	    {"{'$or': [{'b': 7}, {'a': 2}]}", "{'a': [1, 2]}", 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct match_state ms = {0};
		struct filter *f;
		struct arena a;

		arena_init(&a, NULL);
		assert_int_equal(
		    filter_parse(json_doc(&a, cases[i].filter), NULL, &a, &f, NULL), 0);
		assert_true(filter_matches(f, json_doc(&a, cases[i].doc), &ms));
		assert_int_equal(ms.array_index, cases[i].index);
		arena_clear(&a);
	}
}

static void expressions(void **state)
{
	struct match_state ms = {0};
	struct status st;
	struct filter *f;
	struct arena a;

	arena_init(&a, NULL);
	status_init(&st);
	ms.row = &a;
	ms.status = &st;
	assert_int_equal(
	    filter_parse(json_doc(&a, "{'$expr': {'$gt': [{'$divide': ['$a', '$b']}, 2]}}"),
		NULL, &a, &f, NULL),
	    0);
	assert_true(filter_needs_row(f));
	assert_true(filter_matches(f, json_doc(&a, "{'a': 5, 'b': 2}"), &ms));
	assert_false(filter_matches(f, json_doc(&a, "{'a': 1, 'b': 2}"), &ms));
	assert_int_equal(ms.error, 0);
	assert_false(filter_matches(f, json_doc(&a, "{'a': 1, 'b': 0}"), &ms));
	assert_int_equal(ms.error, ERR_BAD_VALUE);
	assert_int_equal(st.code, ERR_BAD_VALUE);
	arena_clear(&a);
}

static void filters_on_values(void **state)
{
	struct filter *f;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(
	    filter_parse_value(json_doc(&a, "{'$gte': 5}"), NULL, &a, &f, NULL), 0);
	assert_true(filter_matches_value(f, json_value(&a, "7"), NULL));
	assert_false(filter_matches_value(f, json_value(&a, "[7]"), NULL));
	assert_int_equal(
	    filter_parse_value(json_doc(&a, "{'b': {'$ne': 5}}"), NULL, &a, &f, NULL), 0);
	assert_true(filter_matches_value(f, json_value(&a, "{'b': 4}"), NULL));
	assert_false(filter_matches_value(f, json_value(&a, "4"), NULL));
	assert_int_equal(filter_parse(json_doc(&a, "{'x.b': 5}"), NULL, &a, &f, NULL), 0);
	assert_true(filter_matches_named(f, json_value(&a, "{'b': 5}"), NULL));
	assert_int_equal(
	    filter_parse(json_doc(&a, "{'x': {'$gt': 5}}"), NULL, &a, &f, NULL), 0);
	assert_true(filter_matches_named(f, json_value(&a, "[6]"), NULL));
	arena_clear(&a);
}

static void one_row(void *arg, const struct match_op *op)
{
	assert_int_equal(op->name[0], '$');
	assert_non_null(op->parse);
	for (unsigned int place = PLACE_TOP; place <= PLACE_FIELD; place <<= 1)
		if (op->places & place)
			assert_ptr_equal(match_op_find(op->name, place), op);
}

static void the_table(void **state)
{
	match_op_each(one_row, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comparison),
	    cmocka_unit_test(null_and_missing),
	    cmocka_unit_test(nan_and_keys),
	    cmocka_unit_test(in_and_nin),
	    cmocka_unit_test(logic),
	    cmocka_unit_test(exists_and_type),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(regular_expressions),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(arithmetic),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(filters_are_shown_in_one_form),
	    cmocka_unit_test(the_index_of_the_match),
	    cmocka_unit_test(expressions),
	    cmocka_unit_test(filters_on_values),
	    cmocka_unit_test(the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
