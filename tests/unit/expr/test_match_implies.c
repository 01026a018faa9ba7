/*
 * Which filters imply which: by a table of what a partial index has to be used
 * for, and by brute force: whatever is said to be implied holds for every random document.
 */
#include "support/unit.h"
#include "support/json.h"
#include "support/random_doc.h"

#include "expr/collation.h"
#include "expr/match_implies.h"

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

static struct filter *parse_doc(struct view doc, const struct collator *collator)
{
	struct filter_options o = {.collator = collator};
	struct filter *f;
	struct status st;

	status_init(&st);
	if (filter_parse(doc, &o, &arena, &f, &st))
		fail_msg("%s: %s", json_text(&arena, doc), st.message);
	return f;
}

static struct filter *parse(const char *text, const struct collator *collator)
{
	return parse_doc(json_doc(&arena, text), collator);
}

static void says_what_is_implied(void **state)
{
	static const struct {
		const char *query, *index;
		bool implied;
	} cases[] = {
	    {"{'a': 1}", "{}", true},
	    {"{}", "{'a': 1}", false},
	    {"{}", "{}", true},

	    /* equality */
	    {"{'a': 1}", "{'a': 1}", true},
	    {"{'a': 1}", "{'a': 1.0}", true},
	    {"{'a': 1}", "{'a': {'$numberDecimal': '1.0'}}", true},
	    {"{'a': 1}", "{'a': true}", false},
	    {"{'a': 1}", "{'a': 2}", false},
	    {"{'a': 1}", "{'b': 1}", false},
	    {"{'a': null}", "{'a': null}", true},
	    {"{'a': {'b': 1}}", "{'a': {'b': 1}}", true},
	    {"{'a': {'b': 1}}", "{'a.b': 1}", false},
	    {"{'a': [1, 2]}", "{'a': [1, 2]}", true},
	    {"{'a': [1, 2]}", "{'a': 1}", false},

	    /* ranges */
	    {"{'a': {'$gt': 8}}", "{'a': {'$gt': 5}}", true},
	    {"{'a': {'$gt': 5}}", "{'a': {'$gt': 5}}", true},
	    {"{'a': {'$gte': 5}}", "{'a': {'$gt': 5}}", false},
	    {"{'a': {'$gt': 5}}", "{'a': {'$gte': 5}}", true},
	    {"{'a': {'$gt': 2}}", "{'a': {'$gt': 5}}", false},
	    {"{'a': {'$lt': 2}}", "{'a': {'$lt': 5}}", true},
	    {"{'a': {'$lte': 5}}", "{'a': {'$lt': 5}}", false},
	    {"{'a': {'$lt': 5}}", "{'a': {'$lte': 5}}", true},
	    {"{'a': {'$lt': 5}}", "{'a': {'$gt': 5}}", false},
	    {"{'a': 6}", "{'a': {'$gt': 5}}", true},
	    {"{'a': 5}", "{'a': {'$gt': 5}}", false},
	    {"{'a': 'x'}", "{'a': {'$gt': 5}}", false},
	    {"{'a': {'$gt': 'x'}}", "{'a': {'$gt': 5}}", false},
	    {"{'a': {'$gt': 5, '$lt': 9}}", "{'a': {'$gt': 1, '$lt': 10}}", true},
	    {"{'a': {'$gt': 5, '$lt': 19}}", "{'a': {'$gt': 1, '$lt': 10}}", false},
	    {"{'a': {'$gt': 5}}", "{'a': {'$gt': {'$minKey': 1}}}", true},
	    {"{'a': {'$gt': 5}}", "{'a': {'$lt': {'$maxKey': 1}}}", true},
	    {"{'a': {'$gt': 5}}", "{'a': {'$lte': {'$minKey': 1}}}", false},
	    {"{'a': {'$gt': {'$minKey': 1}}}", "{'a': {'$gt': {'$minKey': 1}}}", true},
	    {"{'a': {'$lt': {'$maxKey': 1}}}", "{'a': {'$exists': true}}", false},
	    {"{'a': {'$gt': {'$numberDouble': 'NaN'}}}", "{'a': {'$gt': 5}}", false},
	    {"{'a': {'$numberDouble': 'NaN'}}", "{'a': {'$gte': {'$numberDouble': 'NaN'}}}",
		true},

	    /* $in */
	    {"{'a': {'$in': [1, 2]}}", "{'a': {'$in': [1, 2, 3]}}", true},
	    {"{'a': {'$in': [1, 4]}}", "{'a': {'$in': [1, 2, 3]}}", false},
	    {"{'a': 1}", "{'a': {'$in': [1, 2, 3]}}", true},
	    {"{'a': {'$in': [7, 8]}}", "{'a': {'$gt': 5}}", true},
	    {"{'a': {'$in': [7, 3]}}", "{'a': {'$gt': 5}}", false},
	    {"{'a': {'$in': [1]}}", "{'a': 1}", true},
	    {"{'a': {'$in': [1, null]}}", "{'a': {'$exists': true}}", false},
	    {"{'a': {'$in': [1, 'x']}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$in': [{'$regularExpression': {'pattern': 'x', 'options': ''}}]}}",
		"{'a': {'$exists': true}}", true},

	    /* $exists */
	    {"{'a': 1}", "{'a': {'$exists': true}}", true},
	    {"{'a': null}", "{'a': {'$exists': true}}", false},
	    {"{'a': {'$gte': null}}", "{'a': {'$exists': true}}", false},
	    {"{'a': {'$lt': 1}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$exists': true}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$exists': false}}", "{'a': {'$exists': true}}", false},
	    {"{'a': {'%regex': 'org$'}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'%type': 'string'}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$mod': [2, 0]}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$size': 2}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$elemMatch': {'$gt': 1}}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$ne': null}}", "{'a': {'$exists': true}}", true},
	    {"{'a.b': {'$ne': null}}", "{'a.b': {'$exists': true}}", false},
	    {"{'a': {'$nin': [1, null]}}", "{'a': {'$exists': true}}", true},
	    {"{'a': {'$ne': 1}}", "{'a': {'$exists': true}}", false},
	    {"{'a.b': {'$not': {'$exists': false}}}", "{'a.b': {'$exists': true}}", true},
	    {"{'a.b': 1}", "{'a': {'$exists': true}}", false},

	    /* $type */
	    {"{'a': {'%type': 'int'}}", "{'a': {'%type': 'number'}}", true},
	    {"{'a': {'%type': 'number'}}", "{'a': {'%type': 'int'}}", false},
	    {"{'a': {'$gt': 5}}", "{'a': {'%type': 'number'}}", true},
	    {"{'a': 5}", "{'a': {'%type': 'int'}}", false},
	    {"{'a': true}", "{'a': {'%type': 'bool'}}", true},
	    {"{'a': 'x'}", "{'a': {'%type': ['string', 'symbol']}}", true},
	    {"{'a': {'$size': 1}}", "{'a': {'%type': 'array'}}", true},
	    {"{'a': null}", "{'a': {'%type': 'null'}}", false},

	    /* trees */
	    {"{'a': 1, 'b': 2}", "{'b': 2}", true},
	    {"{'a': 1, 'b': 2, 'c': 3}", "{'$and': [{'c': 3}, {'a': 1}]}", true},
	    {"{'a': 1}", "{'a': 1, 'b': 2}", false},
	    {"{'$or': [{'a': 1}, {'a': 2}]}", "{'a': {'$gt': 0}}", true},
	    {"{'$or': [{'a': 1}, {'b': 2}]}", "{'a': {'$gt': 0}}", false},
	    {"{'a': 3}", "{'$or': [{'a': {'$lt': 5}}, {'a': {'$gt': 80}}]}", true},
	    {"{'$or': [{'a': 3}, {'a': 90}]}",
		"{'$or': [{'a': {'$lt': 5}}, {'a': {'$gt': 80}}]}", true},
	    {"{'a': 30}", "{'$or': [{'a': {'$lt': 5}}, {'a': {'$gt': 80}}]}", false},
	    {"{'c': 1, '$or': [{'a': 1}, {'b': 1}]}", "{'$or': [{'b': 1}, {'a': 1}]}", true},
	    {"{'$and': [{'$or': [{'a': 1}, {'a': 2}]}, {'b': 1}]}",
		"{'b': {'$gt': 0}, 'a': {'$in': [1, 2, 3]}}", true},
	    {"{'$nor': [{'a': 1}]}", "{'a': 1}", false},
	    {"{'$alwaysFalse': 1}", "{'a': 1}", true},
	    {"{'$expr': {'$eq': ['$a', 1]}}", "{'a': 1}", false},
	    {"{'a': {'$all': [1, 2]}}", "{'a': 2}", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct filter *q = parse(cases[i].query, NULL);
		const struct filter *p = parse(cases[i].index, NULL);

		if (filter_implies(q, p) != cases[i].implied)
			fail_msg(
			    "%s, %s: not %d", cases[i].query, cases[i].index, cases[i].implied);
	}
}

static void strings_depend_on_the_collation(void **state)
{
	const struct collator *en, *again, *fr;
	struct status st;

	status_init(&st);
	assert_int_equal(collation_parse(json_doc(&arena, "{'locale': 'en', 'strength': 1}"),
			     &arena, &en, &st),
	    0);
	assert_int_equal(collation_parse(json_doc(&arena, "{'locale': 'en', 'strength': 1}"),
			     &arena, &again, &st),
	    0);
	assert_int_equal(
	    collation_parse(json_doc(&arena, "{'locale': 'fr'}"), &arena, &fr, &st), 0);
	assert_true(filter_implies(parse("{'a': 'X'}", en), parse("{'a': 'x'}", again)));
	assert_false(filter_implies(parse("{'a': 'x'}", en), parse("{'a': 'x'}", NULL)));
	assert_false(filter_implies(parse("{'a': 'x'}", NULL), parse("{'a': 'x'}", en)));
	assert_false(filter_implies(parse("{'a': 'x'}", fr), parse("{'a': 'x'}", en)));
	assert_false(
	    filter_implies(parse("{'a': {'$gt': 'y'}}", fr), parse("{'a': {'$gt': 'x'}}", en)));
	assert_false(filter_implies(parse("{'a': ['x']}", fr), parse("{'a': ['x']}", en)));
	assert_true(filter_implies(parse("{'a': 7}", fr), parse("{'a': {'$gt': 5}}", en)));
	assert_true(
	    filter_implies(parse("{'a': 'x'}", fr), parse("{'a': {'$exists': true}}", en)));
}

/* n conjunctions and disjunctions in turn, one inside the other. */
static struct view nested(const char *first, const char *second, const char *field, int n)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	for (int i = 0; i < n; i++) {
		builder_array_begin(&b, i % 2 ? second : first);
		builder_doc_begin(&b, NULL);
		builder_i32(&b, field, i);
		builder_doc_end(&b);
		builder_doc_begin(&b, NULL);
	}
	builder_i32(&b, "b", 1);
	for (int i = 0; i < n; i++) {
		builder_doc_end(&b);
		builder_array_end(&b);
	}
	return random_finish(&b, &buf, &arena);
}

static void gives_up_in_time(void **state)
{
	const struct filter *q = parse_doc(nested("$and", "$or", "a", 90), NULL);
	const struct filter *p = parse_doc(nested("$or", "$and", "c", 90), NULL);

	/* Without the bound this would not come back. */
	assert_false(filter_implies(q, p));
	assert_true(filter_implies(q, parse("{}", NULL)));
}

/* ------------------------------------------------------------ brute force */

static void random_leaf(struct random *r, struct builder *b)
{
	static const char *const paths[] = {"a", "a", "b", "a.b", "a.0", "b.a.1"};
	static const char *const ops[] = {"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"};
	static const char *const types[] = {"number", "int", "string", "array", "null", "bool"};

	builder_doc_begin(b, paths[random_below(r, 6)]);
	switch (random_below(r, 12)) {
	case 0:
		builder_bool(b, "$exists", random_below(r, 4) != 0);
		break;
	case 1:
		builder_str(b, "$type", types[random_below(r, 6)]);
		break;
	case 2:
	case 3:
		builder_array_begin(b, random_below(r, 4) ? "$in" : "$nin");
		for (uint32_t n = random_below(r, 4); n > 0; n--)
			random_value(r, b, NULL, 1);
		builder_array_end(b);
		break;
	case 4:
		builder_i32(b, "$size", (int32_t)random_below(r, 3));
		break;
	case 5:
		builder_str(b, "$regex", "x");
		break;
	default:
		for (const char *op = ops[random_below(r, 6)];;) {
			struct builder_mark mark = builder_mark(b);
			size_t at = b->buf->len;

			random_value(r, b, op, 1);
			if (b->buf->data[at] != TYPE_REGEX)
				break;
			builder_rewind(b, mark);
		}
	}
	builder_doc_end(b);
}

static void random_tree(struct random *r, struct builder *b, int depth)
{
	if (depth == 0 || random_below(r, 2)) {
		random_leaf(r, b);
		return;
	}
	builder_array_begin(b, random_below(r, 2) ? "$and" : "$or");
	for (uint32_t n = 1 + random_below(r, 3); n > 0; n--) {
		builder_doc_begin(b, NULL);
		random_tree(r, b, depth - 1);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static struct view random_filter_doc(struct random *r, int depth)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	random_tree(r, &b, depth);
	return random_finish(&b, &buf, &arena);
}

static void what_is_implied_holds(void **state)
{
	struct random r = {.state = 20260101};
	int n_implied = 0, n_held = 0;

	for (int i = 0; i < 200000; i++) {
		struct view query = random_filter_doc(&r, 2), index = random_filter_doc(&r, 2);
		const struct filter *q = parse_doc(query, NULL), *p = parse_doc(index, NULL);

		for (int k = 0; filter_implies(q, p) && k < 200; k++) {
			struct view doc = random_doc(&r, &arena, 3);

			n_implied += k == 0;
			if (!filter_matches(q, doc, NULL))
				continue;
			n_held++;
			if (!filter_matches(p, doc, NULL))
				fail_msg("%s, but not %s: %s", json_text(&arena, query),
				    json_text(&arena, index), json_text(&arena, doc));
		}
		arena_reset(&arena);
	}
	/* The test is worth something only when the answer is often yes, of filters that
	 * match something. */
	assert_true(n_implied > 1000);
	assert_true(n_held > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(says_what_is_implied, setup, teardown),
	    cmocka_unit_test_setup_teardown(strings_depend_on_the_collation, setup, teardown),
	    cmocka_unit_test_setup_teardown(gives_up_in_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_implied_holds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
