#include "support/unit.h"
#include "support/json.h"

#include "update/update_op.h"

struct update_case {
	const char *update, *doc, *expected; /* NULL: nothing changes */
	const char *delta; /* without truncatedArrays; NULL: not looked at */
	const char *filters;
	int index;
};

static int apply(struct arena *a, const struct update_case *c, struct update_result *result,
    struct status *st)
{
	struct update_options o = {0};
	struct update *u;
	int r;

	if (c->filters)
		o.array_filters = value_doc(json_value(a, c->filters));
	r = update_parse(json_value(a, c->update), &o, a, &u, st);
	return r ? r : update_apply(u, json_doc(a, c->doc), c->index, a, result, st);
}

static void check_text(
    struct arena *a, const struct update_case *c, struct view got, const char *expected)
{
	char *text = json_text(a, got);

	if (strcmp(text, json_text(a, json_doc(a, expected))) != 0)
		fail_msg("%s on %s: %s", c->update, c->doc, text);
}

static void check(const struct update_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct update_case *c = &cases[i];
		struct update_result result;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = apply(&a, c, &result, &st);
		if (r)
			fail_msg("%s: %d %s", c->update, r, st.message);
		check_text(&a, c, result.doc, c->expected ? c->expected : c->doc);
		if (result.changed != (c->expected != NULL))
			fail_msg("%s on %s: changed %d", c->update, c->doc, result.changed);
		if (c->delta)
			check_text(&a, c, result.delta,
			    arena_printf(&a, "{%s, 'truncatedArrays': []}", c->delta));
		arena_clear(&a);
	}
}

#define CHECK(cases) check(cases, ARRAY_LEN(cases))

static void setting(void **state)
{
	static const struct update_case cases[] = {
	    {"{'$set': {'a': 2}}", "{'_id': 1, 'a': 1, 'b': 3}", "{'_id': 1, 'a': 2, 'b': 3}",
		"'updatedFields': {'a': 2}, 'removedFields': []"},
	    {"{'$set': {'a': 1}}", "{'a': 1}", NULL},
	    {"{'$set': {}}", "{'a': 1}", NULL},
	    {"{'$set': {'c': 1, 'b': 2}}", "{'a': 1}", "{'a': 1, 'b': 2, 'c': 1}"},
	    {"{'$set': {'a.b.c': 1, 'a.b.d': 2}}", "{}", "{'a': {'b': {'c': 1, 'd': 2}}}",
		"'updatedFields': {'a': {'b': {'c': 1, 'd': 2}}}, 'removedFields': []"},
	    {"{'$set': {'a.b': 1}}", "{'a': {'c': 2}}", "{'a': {'c': 2, 'b': 1}}",
		"'updatedFields': {'a.b': 1}, 'removedFields': []"},
	    {"{'$set': {'a.1': 7}}", "{'a': [1, 2, 3]}", "{'a': [1, 7, 3]}",
		"'updatedFields': {'a.1': 7}, 'removedFields': []"},
	    {"{'$set': {'a.3': 7}}", "{'a': [1]}", "{'a': [1, null, null, 7]}"},
	    {"{'$set': {'a.1': 7}}", "{}", "{'a': {'1': 7}}"},
	    {"{'$unset': {'a': 1}}", "{'a': 1, 'b': 2}", "{'b': 2}",
		"'updatedFields': {}, 'removedFields': ['a']"},
	    {"{'$unset': {'a.b': 1}}", "{'a': 5}", NULL},
	    {"{'$unset': {'a.b': 1}}", "{'a': [1]}", NULL},
	    {"{'$unset': {'a.0': 1}}", "{'a': [1, 2]}", "{'a': [null, 2]}"},
	    {"{'$unset': {'x.y': 1}}", "{'a': 1}", NULL},
	    {"{'$setOnInsert': {'a.b': 2}}", "{'a': 1}", NULL},
	    {"{'$set': {'a.$b': 1}}", "{}", "{'a': {'$b': 1}}"},
	    {"{'$set': {'10': 1, '9': 2}}", "{}", "{'9': 2, '10': 1}"},
	};

	CHECK(cases);
}

static void numbers(void **state)
{
	static const struct update_case cases[] = {
	    {"{'$inc': {'a': 2}}", "{'a': 1}", "{'a': 3}"},
	    {"{'$inc': {'a': 0}}", "{'a': 1}", NULL},
	    {"{'$inc': {'a': 0.0}}", "{'a': -0.0}", NULL},
	    {"{'$inc': {'a.b': 2}}", "{}", "{'a': {'b': 2}}"},
	    {"{'$inc': {'a': 1}}", "{'a': 2147483647}", "{'a': {'$numberLong': '2147483648'}}"},
	    {"{'$inc': {'a': 0.5}}", "{'a': 1}", "{'a': 1.5}"},
	    {"{'$mul': {'a': 3}}", "{'a': 2}", "{'a': 6}"},
	    {"{'$mul': {'a': {'$numberLong': '3'}}}", "{}", "{'a': {'$numberLong': '0'}}"},
	    {"{'$min': {'a': 3}}", "{'a': 5}", "{'a': 3}"},
	    {"{'$min': {'a': 7}}", "{'a': 5}", NULL},
	    {"{'$max': {'a': 'x'}}", "{'a': 5}", "{'a': 'x'}"},
	    {"{'$max': {'a': 1}}", "{}", "{'a': 1}"},
	    {"{'$bit': {'a': {'and': 6}}}", "{'a': 11}", "{'a': 2}"},
	    {"{'$bit': {'a': {'or': {'$numberLong': '4'}}}}", "{'a': 1}",
		"{'a': {'$numberLong': '5'}}"},
	    {"{'$bit': {'a': {'xor': 5}}}", "{}", "{'a': 5}"},
	};

	CHECK(cases);
}

static void renaming(void **state)
{
	static const struct update_case cases[] = {
	    {"{'$rename': {'a': 'b'}}", "{'a': 1, 'c': 2}", "{'c': 2, 'b': 1}",
		"'updatedFields': {'b': 1}, 'removedFields': ['a']"},
	    {"{'$rename': {'a': 'b'}}", "{'a': 1, 'b': 2}", "{'b': 1}"},
	    {"{'$rename': {'x': 'y'}}", "{'a': 1}", NULL},
	    {"{'$rename': {'$a': 'b'}}", "{'a': 1}", NULL},
	    {"{'$rename': {'a.b': 'c.d'}}", "{'a': {'b': 1}}", "{'a': {}, 'c': {'d': 1}}"},
	};

	CHECK(cases);
}

static void pushing(void **state)
{
	static const struct update_case cases[] = {
	    {"{'$push': {'a': 3}}", "{'a': [1]}", "{'a': [1, 3]}",
		"'updatedFields': {'a.1': 3}, 'removedFields': []"},
	    {"{'$push': {'a': [3]}}", "{'a': [1]}", "{'a': [1, [3]]}"},
	    {"{'$push': {'a': 3}}", "{}", "{'a': [3]}",
		"'updatedFields': {'a': [3]}, 'removedFields': []"},
	    {"{'$push': {'a': {'$each': [3, 4]}}}", "{'a': [1]}", "{'a': [1, 3, 4]}"},
	    {"{'$push': {'a': {'$each': []}}}", "{'a': [1]}", NULL},
	    {"{'$push': {'a': {'$each': [3], '$position': 0}}}", "{'a': [1]}", "{'a': [3, 1]}",
		"'updatedFields': {'a': [3, 1]}, 'removedFields': []"},
	    {"{'$push': {'a': {'$each': [3], '$position': -1}}}", "{'a': [1, 2]}",
		"{'a': [1, 3, 2]}"},
	    {"{'$push': {'a': {'$each': [3], '$slice': -2}}}", "{'a': [1, 2]}",
		"{'a': [2, 3]}"},
	    {"{'$push': {'a': {'$each': [3], '$slice': 2}}}", "{'a': [1, 2]}", NULL},
	    {"{'$push': {'a': {'$each': [3], '$slice': 0}}}", "{'a': [1, 2]}", "{'a': []}"},
	    {"{'$push': {'a': {'$each': [3, 1], '$sort': 1}}}", "{'a': [2]}",
		"{'a': [1, 2, 3]}"},
	    {"{'$push': {'a': {'$each': [3, 1], '$sort': -1}}}", "{'a': [2]}",
		"{'a': [3, 2, 1]}"},
	    {"{'$push': {'a': {'$each': [{'s': 1, 't': 2}], '$sort': {'s': 1}}}}",
		"{'a': [{'s': 2}, {'s': 1}]}", "{'a': [{'s': 1}, {'s': 1, 't': 2}, {'s': 2}]}"},
	};

	CHECK(cases);
}

static void arrays(void **state)
{
	static const struct update_case cases[] = {
	    {"{'$addToSet': {'a': 2}}", "{'a': [1, 2]}", NULL},
	    {"{'$addToSet': {'a': 2.0}}", "{'a': [1, 2]}", NULL},
	    {"{'$addToSet': {'a': {'$each': [2, 3, 3]}}}", "{'a': [1, 2]}", "{'a': [1, 2, 3]}"},
	    {"{'$addToSet': {'a': 1}}", "{}", "{'a': [1]}"},
	    {"{'$addToSet': {'a': [2]}}", "{'a': [2]}", "{'a': [2, [2]]}"},
	    {"{'$pop': {'a': 1}}", "{'a': [1, 2]}", "{'a': [1]}"},
	    {"{'$pop': {'a': -1}}", "{'a': [1, 2]}", "{'a': [2]}"},
	    {"{'$pop': {'a': 1}}", "{'a': []}", NULL},
	    {"{'$pop': {'b': 1}}", "{'a': []}", NULL},
	    {"{'$pull': {'a': 2}}", "{'a': [1, 2, 2]}", "{'a': [1]}"},
	    {"{'$pull': {'a': {'$gte': 2}}}", "{'a': [1, 2, [5]]}", "{'a': [1, [5]]}"},
	    {"{'$pull': {'a': {'b': 1}}}", "{'a': [{'b': 1, 'c': 2}, {'b': 2}, 1]}",
		"{'a': [{'b': 2}, 1]}"},
	    {"{'$pull': {'a': [1]}}", "{'a': [1, [1]]}", "{'a': [1]}"},
	    {"{'$pull': {'a': 9}}", "{'a': [1]}", NULL},
	    {"{'$pull': {'a': {'$regularExpression': {'pattern': '^x', 'options': ''}}}}",
		"{'a': ['xy', 'y']}", "{'a': ['y']}"},
	    {"{'$pullAll': {'a': [1, 3]}}", "{'a': [1, 2, 3, 1.0]}", "{'a': [2]}"},
	};

	CHECK(cases);
}

static void positions(void **state)
{
	static const struct update_case cases[] = {
	    {"{'$set': {'a.$': 9}}", "{'a': [1, 2, 3]}", "{'a': [1, 9, 3]}", .index = 1},
	    {"{'$set': {'a.$.b': 9}}", "{'a': [{}, {'b': 1}]}", "{'a': [{}, {'b': 9}]}",
		.index = 1},
	    {"{'$inc': {'a.$[]': 1}}", "{'a': [1, 2]}", "{'a': [2, 3]}",
		"'updatedFields': {'a.0': 2, 'a.1': 3}, 'removedFields': []"},
	    {"{'$set': {'a.$[].b': 1}}", "{'a': [{}, {'b': 1}]}",
		"{'a': [{'b': 1}, {'b': 1}]}"},
	    {"{'$set': {'a.$[x]': 0}}", "{'a': [1, 5, 7]}", "{'a': [1, 0, 0]}",
		.filters = "[{'x': {'$gte': 5}}]"},
	    {"{'$set': {'a.$[x].c': 0}}", "{'a': [{'b': 1}, {'b': 2}]}",
		"{'a': [{'b': 1}, {'b': 2, 'c': 0}]}", .filters = "[{'x.b': 2}]"},
	    {"{'$set': {'a.$[x].b.$[y]': 0}}", "{'a': [{'b': [1, 2]}, {'b': [2]}]}",
		"{'a': [{'b': [1, 0]}, {'b': [0]}]}", .filters = "[{'x.b': 2}, {'y': 2}]"},
	    {"{'$set': {'a.$[].x': 1, 'a.0.y': 2}}", "{'a': [{}, {}]}",
		"{'a': [{'x': 1, 'y': 2}, {'x': 1}]}"},
	};

	CHECK(cases);
}

static void replacing(void **state)
{
	static const struct update_case cases[] = {
	    {"{'b': 2}", "{'_id': 1, 'a': 1}", "{'_id': 1, 'b': 2}"},
	    {"{'b': 2, '_id': 1}", "{'_id': 1, 'a': 1}", "{'_id': 1, 'b': 2}"},
	    {"{'_id': 1, 'a': 1}", "{'_id': 1, 'a': 1}", NULL},
	    {"{'a': 1}", "{'_id': 1, 'a': 1}", "{'_id': 1, 'a': 1}"},
	    {"{}", "{'_id': 1, 'a': 1}", "{'_id': 1}"},
	};

	CHECK(cases);
}

static void errors(void **state)
{
	static const struct {
		const char *update, *doc;
		int code;
		const char *filters;
	} cases[] = {
	    {"{'$foo': {'a': 1}}", "{}", ERR_FAILED_TO_PARSE},
	    {"{'$set': 1}", "{}", ERR_FAILED_TO_PARSE},
	    {"{'$set': {'a': 1}, 'b': 1}", "{}", ERR_FAILED_TO_PARSE},
	    {"{'a': 1, '$set': {'b': 1}}", "{}", ERR_DOLLAR_PREFIXED_FIELD_NAME},
	    {"{'$set': {'a': 1}, '$inc': {'a': 1}}", "{}", ERR_CONFLICTING_UPDATE_OPERATORS},
	    {"{'$set': {'a.b': 1, 'a': 1}}", "{}", ERR_CONFLICTING_UPDATE_OPERATORS},
	    {"{'$set': {'a..b': 1}}", "{}", ERR_EMPTY_FIELD_NAME},
	    {"{'$set': {'': 1}}", "{}", ERR_EMPTY_FIELD_NAME},
	    {"{'$set': {'$a': 1}}", "{}", ERR_DOLLAR_PREFIXED_FIELD_NAME},
	    {"{'$set': {'$': 1}}", "{}", ERR_BAD_VALUE},
	    {"{'$set': {'a.b': 1}}", "{'a': 5}", ERR_PATH_NOT_VIABLE},
	    {"{'$set': {'a.b': 1}}", "{'a': [1]}", ERR_PATH_NOT_VIABLE},
	    {"{'$pop': {'a.b': 1}}", "{'a': 'x'}", ERR_PATH_NOT_VIABLE},
	    {"{'$set': {'_id': 2}}", "{'_id': 1}", ERR_IMMUTABLE_FIELD},
	    {"{'$unset': {'_id': 2}}", "{'_id': 1}", ERR_IMMUTABLE_FIELD},
	    {"{'_id': 2}", "{'_id': 1}", ERR_IMMUTABLE_FIELD},
	    {"{'$inc': {'a': 'x'}}", "{}", ERR_TYPE_MISMATCH},
	    {"{'$inc': {'a': 1}}", "{'a': 'x'}", ERR_TYPE_MISMATCH},
	    {"{'$inc': {'a': 1}}", "{'a': {'$numberLong': '9223372036854775807'}}",
		ERR_BAD_VALUE},
	    {"{'$push': {'a': 1}}", "{'a': 5}", ERR_BAD_VALUE},
	    {"{'$push': {'a': {'$each': 5}}}", "{}", ERR_BAD_VALUE},
	    {"{'$push': {'a': {'$each': [], '$x': 1}}}", "{}", ERR_BAD_VALUE},
	    {"{'$push': {'a': {'$each': [], '$sort': {'a': 0}}}}", "{}", ERR_BAD_VALUE},
	    {"{'$pop': {'a': 2}}", "{}", ERR_FAILED_TO_PARSE},
	    {"{'$pop': {'a': 1}}", "{'a': 5}", ERR_TYPE_MISMATCH},
	    {"{'$pull': {'a': 1}}", "{'a': 5}", ERR_BAD_VALUE},
	    {"{'$set': {'a.$': 1}}", "{'a': [1]}", ERR_BAD_VALUE},
	    {"{'$set': {'a.$[]': 1}}", "{'a': 5}", ERR_BAD_VALUE},
	    {"{'$set': {'a.$[]': 1}}", "{}", ERR_BAD_VALUE},
	    {"{'$set': {'a.$[x]': 1}}", "{}", ERR_BAD_VALUE},
	    {"{'$set': {'a': 1}}", "{}", ERR_FAILED_TO_PARSE, "[{'x': 1}]"},
	    {"{'$set': {'a.$[x]': 1}}", "{}", ERR_FAILED_TO_PARSE, "[{'x': 1}, {'x': 2}]"},
	    {"{'$set': {'a.$[X]': 1}}", "{}", ERR_BAD_VALUE, "[{'X': 1}]"},
	    {"{'$set': {'a.$[].b': 1, 'a.0': 1}}", "{'a': [{}]}",
		ERR_CONFLICTING_UPDATE_OPERATORS},
	    {"{'$set': {'a.2000000': 1}}", "{'a': [1]}", ERR_CANNOT_BACKFILL_ARRAY},
	    {"{'$rename': {'a': 'a'}}", "{}", ERR_BAD_VALUE},
	    {"{'$rename': {'a': 'a.b'}}", "{}", ERR_BAD_VALUE},
	    {"{'$rename': {'a.b': 'c'}}", "{'a': [{'b': 1}]}", ERR_BAD_VALUE},
	    {"{'$bit': {'a': {}}}", "{}", ERR_BAD_VALUE},
	    {"{'$inc': {'$a': 1}}", "{'$a': 1}", ERR_DOLLAR_PREFIXED_FIELD_NAME},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct update_case c = {
		    cases[i].update, cases[i].doc, NULL, NULL, cases[i].filters, -1};
		struct update_result result;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = apply(&a, &c, &result, &st);
		if (r != cases[i].code)
			fail_msg("%s on %s: %d %s", c.update, c.doc, r, st.message);
		arena_clear(&a);
	}
}

/* {name: [0, 0, ...]} */
static struct view zeros(struct arena *a, const char *name, int n)
{
	struct builder b;
	struct buf buf;
	struct view doc;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_array_begin(&b, name);
	for (int i = 0; i < n; i++)
		builder_i32(&b, NULL, 0);
	builder_array_end(&b);
	builder_finish(&b);
	doc = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return doc;
}

static const char *long_text(struct arena *a, size_t n)
{
	char *text = arena_calloc(a, n + 1, 1);

	return memset(text, 'x', n);
}

static int apply_with_memory(const char *update, struct arena *text, struct view doc,
    int64_t most_bytes, struct update_result *result)
{
	struct update_options o = {0};
	struct memory_account account;
	struct update *u;
	struct arena a;
	int r;

	memory_account_init(&account, NULL, most_bytes);
	arena_init(&a, &account);
	assert_int_equal(update_parse(json_value(text, update), &o, text, &u, NULL), 0);
	r = update_apply(u, doc, -1, &a, result, NULL);
	arena_clear(&a);
	assert_int_equal(account.used_bytes, 0);
	return r;
}

/* 200 MB, of which 16 MiB are made. */
static void one_value_into_many_places(void **state)
{
	struct update_result result;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(
	    apply_with_memory(
		arena_printf(&a, "{'$set': {'a.$[]': '%s'}}", long_text(&a, 10000)), &a,
		zeros(&a, "a", 20000), 80 * 1024 * 1024, &result),
	    17419);
	arena_clear(&a);
}

/* 50 MB of changes make a document of 30 KB. */
static void a_delta_may_be_too_large(void **state)
{
	struct update_result result;
	const char *name;
	struct arena a;

	arena_init(&a, NULL);
	name = long_text(&a, 20000);
	assert_int_equal(
	    apply_with_memory(arena_printf(&a, "{'$inc': {'%s.$[]': 1}}", name), &a,
		zeros(&a, name, 2500), 80 * 1024 * 1024, &result),
	    0);
	assert_true(result.changed);
	assert_int_equal(result.delta.len, 0);
	arena_clear(&a);
}

static int upsert(struct arena *a, const char *filter, const char *update, struct view *doc,
    struct status *st)
{
	struct update *u;
	struct filter *f;

	assert_int_equal(filter_parse(json_doc(a, filter), NULL, a, &f, NULL), 0);
	assert_int_equal(update_parse(json_value(a, update), NULL, a, &u, NULL), 0);
	return update_upsert(u, f, a, doc, st);
}

static void upserting(void **state)
{
	static const struct {
		const char *filter, *update, *expected;
	} cases[] = {
	    {"{'_id': 1, 'a': 2}", "{'$set': {'b': 3}}", "{'_id': 1, 'a': 2, 'b': 3}"},
	    {"{'b': 2, '_id': 1}", "{'$inc': {'b': 3}}", "{'_id': 1, 'b': 5}"},
	    {"{'_id': 1, 'a': {'$gt': 2}}", "{'$setOnInsert': {'b': 3}}", "{'_id': 1, 'b': 3}"},
	    {"{'_id': 1, 'a.b': 2}", "{'$set': {'a.c': 3}}",
		"{'_id': 1, 'a': {'b': 2, 'c': 3}}"},
	    {"{'_id': 1, '$and': [{'a': 2}, {'b': {'$in': [4]}}]}", "{'$unset': {'a': 1}}",
		"{'_id': 1, 'b': 4}"},
	    {"{'_id': 1, '$or': [{'a': 2}, {'b': 3}]}", "{'$set': {'c': 3}}",
		"{'_id': 1, 'c': 3}"},
	    {"{'_id': 1, 'a': 2}", "{'b': 3}", "{'_id': 1, 'b': 3}"},
	    {"{'a': 2}", "{'_id': 7, 'b': 3}", "{'_id': 7, 'b': 3}"},
	    {"{'_id': 1, 'a': null}", "{'$push': {'b': 3}}", "{'_id': 1, 'a': null, 'b': [3]}"},
	};
	struct status st;
	struct view doc;
	struct arena a;

	arena_init(&a, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		status_init(&st);
		if (upsert(&a, cases[i].filter, cases[i].update, &doc, &st))
			fail_msg("%s: %s", cases[i].filter, st.message);
		assert_string_equal(
		    json_text(&a, doc), json_text(&a, json_doc(&a, cases[i].expected)));
	}
	assert_int_equal(upsert(&a, "{'a': 1}", "{'$set': {'b': 1}}", &doc, &st), 0);
	assert_int_equal(doc_get(doc, "_id").type, TYPE_OBJECT_ID);
	assert_int_equal(
	    upsert(&a, "{'_id': 1}", "{'_id': 2}", &doc, &st), ERR_IMMUTABLE_FIELD);
	assert_int_equal(
	    upsert(&a, "{'$and': [{'a': 1}, {'a': 2}]}", "{'$set': {'b': 1}}", &doc, &st),
	    ERR_NOT_SINGLE_VALUE_FIELD);
	arena_clear(&a);
}

static void the_time(void **state)
{
	struct update_case c = {
	    "{'$currentDate': {'a': true, 'b': {'%type': 'timestamp'}}}", "{}"};
	struct update_result result;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(apply(&a, &c, &result, NULL), 0);
	assert_int_equal(doc_get(result.doc, "a").type, TYPE_DATE);
	assert_int_equal(doc_get(result.doc, "b").type, TYPE_TIMESTAMP);
	arena_clear(&a);
}

static void one_row(void *arg, const struct update_op *op)
{
	assert_int_equal(op->name[0], '$');
	assert_non_null(op->apply);
	assert_ptr_equal(update_op_find(op->name), op);
}

static void the_table(void **state)
{
	update_op_each(one_row, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(setting),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(renaming),
	    cmocka_unit_test(pushing),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(positions),
	    cmocka_unit_test(replacing),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(one_value_into_many_places),
	    cmocka_unit_test(a_delta_may_be_too_large),
	    cmocka_unit_test(upserting),
	    cmocka_unit_test(the_time),
	    cmocka_unit_test(the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
