#include "support/unit.h"
#include "support/json.h"

#include "expr/match.h"
#include "update/update_op.h"

struct pipeline_case {
	const char *update, *doc, *expected; /* NULL: nothing changes */
	const char *delta; /* NULL: not looked at; "": none */
};

static void check_text(struct arena *a, const struct pipeline_case *c, struct view got,
    const char *expected)
{
	char *text = json_text(a, got);

	if (strcmp(text, json_text(a, json_doc(a, expected))) != 0)
		fail_msg("%s on %s: %s", c->update, c->doc, text);
}

static void check(const struct pipeline_case *c)
{
	struct update_result result;
	struct update *u;
	struct status st;
	struct arena a;

	arena_init(&a, NULL);
	status_init(&st);
	if (update_parse(json_value(&a, c->update), NULL, &a, &u, &st) ||
	    update_apply(u, json_doc(&a, c->doc), -1, &a, &result, &st))
		fail_msg("%s: %d %s", c->update, st.code, st.message);
	check_text(&a, c, result.doc, c->expected ? c->expected : c->doc);
	if (result.changed != (c->expected != NULL))
		fail_msg("%s on %s: changed %d", c->update, c->doc, result.changed);
	if (c->delta && c->delta[0])
		check_text(&a, c, result.delta, c->delta);
	else if (c->delta)
		assert_int_equal(result.delta.len, 0);
	arena_clear(&a);
}

#define CHECK(cases)                                                                           \
	for (size_t i_ = 0; i_ < ARRAY_LEN(cases); i_++)                                       \
	check(&(cases)[i_])

static void stages(void **state)
{
	static const struct pipeline_case cases[] = {
	    {"[]", "{'_id': 1, 'a': 1}", NULL},
	    {"[{'$set': {}}]", "{'_id': 1, 'a': 1}", NULL},
	    {"[{'$set': {'a': 1}}]", "{'_id': 1, 'a': 1}", NULL},
	    {"[{'$set': {'b': {'$add': ['$a', 1]}}}]", "{'_id': 1, 'a': 1}",
		"{'_id': 1, 'a': 1, 'b': 2}"},
	    {"[{'$addFields': {'a': '$b', 'b': '$a'}}]", "{'_id': 1, 'a': 1, 'b': 2}",
		"{'_id': 1, 'a': 2, 'b': 1}"},
	    {"[{'$set': {'a': '$$REMOVE', 'b.c': true, 'd.e': 0}}]",
		"{'_id': 1, 'a': 1, 'b': [1, {'x': 2}], 'd': 5}",
		"{'_id': 1, 'b': [{'c': true}, {'x': 2, 'c': true}], 'd': {'e': 0}}"},
	    {"[{'$set': {'a': {'b': 1}}}]", "{'_id': 1, 'a': {'c': 2}}",
		"{'_id': 1, 'a': {'c': 2, 'b': 1}}"},
	    {"[{'$set': {'a': 2}}, {'$set': {'b': '$a'}}]", "{'_id': 1, 'a': 1}",
		"{'_id': 1, 'a': 2, 'b': 2}"},
	    {"[{'$unset': ['a', 'b.c']}]", "{'_id': 1, 'a': 1, 'b': {'c': 2, 'd': 3}}",
		"{'_id': 1, 'b': {'d': 3}}"},
	    {"[{'$project': {'a': 1, 'b': {'$slice': ['$b', 1]}}}]",
		"{'_id': 1, 'a': 1, 'b': [1, 2], 'c': 3}", "{'_id': 1, 'a': 1, 'b': [1]}"},
	    {"[{'$replaceWith': '$a'}]", "{'_id': 1, 'a': {'x': 1}}", "{'_id': 1, 'x': 1}"},
	    {"[{'$replaceRoot': {'newRoot': {'x': '$_id'}}}]", "{'_id': 1, 'a': 1}",
		"{'_id': 1, 'x': 1}"},
	    {"[{'$unset': '_id'}]", "{'_id': 1, 'a': 1}", "{'_id': 1, 'a': 1}"},
	};

	CHECK(cases);
}

static void what_has_changed(void **state)
{
#define LONG "'l': '0123456789012345678901234567890123456789012345678901234567890123456789"     \
	     "0123456789012345678901234567890123456789012345678901234567890123456789'"
#define DELTA(updated, removed, truncated)                                                     \
	"{'updatedFields': {" updated "}, 'removedFields': [" removed "], "                    \
	"'truncatedArrays': [" truncated "]}"
	static const struct pipeline_case cases[] = {
	    {"[{'$set': {'a': 2}}, {'$unset': 'b'}]", "{'_id': 1, " LONG ", 'a': 1, 'b': 1}",
		"{'_id': 1, " LONG ", 'a': 2}", DELTA("'a': 2", "'b'", "")},
	    {"[{'$set': {'a.x': 2}}, {'$unset': 'a.y'}]",
		"{'_id': 1, " LONG ", 'a': {'x': 1, 'y': 1, 'z': 'long enough to stay'}}",
		"{'_id': 1, " LONG ", 'a': {'x': 2, 'z': 'long enough to stay'}}",
		DELTA("'a.x': 2", "'a.y'", "")},
	    {"[{'$set': {'a': {'$slice': ['$a', 2]}}}]",
		"{'_id': 1, " LONG ", 'a': ['long enough to stay', 'long enough to stay', 3]}",
		"{'_id': 1, " LONG ", 'a': ['long enough to stay', 'long enough to stay']}",
		DELTA("", "", "{'field': 'a', 'newSize': 2}")},
	    {"[{'$set': {'a': {'$concatArrays': ['$a', [3, 4]]}}}]",
		"{'_id': 1, " LONG ", 'a': ['long enough to stay', 'long enough to stay']}",
		"{'_id': 1, " LONG ", "
		"'a': ['long enough to stay', 'long enough to stay', 3, 4]}",
		DELTA("'a.2': 3, 'a.3': 4", "", "")},
	    /* By parts it would be longer. */
	    {"[{'$replaceWith': {'l': '$l', 'a': {'z': 1}}}]",
		"{'_id': 1, " LONG ", 'a': {'x': 1, 'y': 1}}",
		"{'_id': 1, " LONG ", 'a': {'z': 1}}", DELTA("'a': {'z': 1}", "", "")},
	    /* As good as a replacement. */
	    {"[{'$replaceWith': {'b': 1}}]", "{'_id': 1, " LONG "}", "{'_id': 1, 'b': 1}", ""},
	};

	CHECK(cases);
}

static int code_of(const char *update, const char *doc)
{
	struct update_options o = {.array_filters = doc_empty};
	struct update_result result;
	struct update *u;
	struct arena a;
	int r;

	arena_init(&a, NULL);
	r = update_parse(json_value(&a, update), &o, &a, &u, NULL);
	if (r == 0)
		r = update_apply(u, json_doc(&a, doc), -1, &a, &result, NULL);
	arena_clear(&a);
	return r;
}

static void refusals(void **state)
{
	static const struct {
		const char *update;
		int code;
	} cases[] = {
	    {"[1]", 14},
	    {"[{}]", 40323},
	    {"[{'$set': {'a': 1}, '$unset': 'b'}]", 40323},
	    {"[{'$match': {}}]", 72},
	    {"[{'$lookup': {}}]", 72},
	    {"[{'$inc': {'a': 1}}]", 40324},
	    {"[{'$set': 1}]", 40272},
	    {"[{'$set': {'a': {}}}]", 51270},
	    {"[{'$set': {'$a': 1}}]", 16410},
	    {"[{'$set': {'a': 1, 'a.b': 1}}]", 31249},
	    {"[{'$set': {'a': '$$x'}}]", 17276},
	    {"[{'$set': {'_id': 2}}]", 66},
	    {"[{'$project': {}}]", 51272},
	    {"[{'$project': {'a': 1, 'b': 0}}]", 31254},
	    {"[{'$unset': 1}]", 31002},
	    {"[{'$replaceWith': '$a'}]", 40228},
	    {"[{'$replaceWith': '$x'}]", 40228},
	    {"[{'$replaceRoot': 1}]", 40229},
	    {"[{'$replaceRoot': {}}]", 40414},
	    {"[{'$replaceRoot': {'a': 1}}]", 40415},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int code = code_of(cases[i].update, "{'_id': 1, 'a': 1}");

		if (code != cases[i].code)
			fail_msg("%s: %d", cases[i].update, code);
	}
}

static void constants_hide_let(void **state)
{
	struct update_options o = {0};
	struct update_result result;
	struct variables *let;
	struct update *u;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(
	    variables_parse(json_doc(&a, "{'x': 1, 'y': 2}"), 5, 0, &a, &let, NULL), 0);
	o.let = let;
	o.constants = json_doc(&a, "{'x': '$b', 'z': 3}");
	assert_int_equal(update_parse(json_value(&a, "[{'$set': {'a': ['$$x', '$$y', '$$z', "
						     "'$$NOW']}}]"),
			     &o, &a, &u, NULL),
	    0);
	assert_int_equal(update_apply(u, json_doc(&a, "{'b': 7}"), -1, &a, &result, NULL), 0);
	assert_string_equal(json_text(&a, result.doc),
	    "{ 'b' : 7, 'a' : [ '$b', 2, 3, { '$date' : '1970-01-01T00:00:00.005Z' } ] }");
	arena_clear(&a);
}

/* What stages put into one another shows only at the end. */
static void depth_is_bounded(void **state)
{
	struct buf json;
	int n = 0;

	buf_init(&json, NULL);
	buf_append_byte(&json, '[');
	for (; n < 150; n++)
		buf_printf(&json, "%s{'$replaceWith': {'_id': 1, 'a': '$$ROOT'}}", n ? "," : "");
	buf_append(&json, "]", 2);
	assert_int_equal(code_of((const char *)json.data, "{'_id': 1}"), 0);
	json.len -= 2;
	for (; n < 202; n++)
		buf_printf(&json, ",{'$replaceWith': {'_id': 1, 'a': '$$ROOT'}}");
	buf_append(&json, "]", 2);
	assert_int_equal(code_of((const char *)json.data, "{'_id': 1}"), ERR_OVERFLOW);
	buf_clear(&json);
}

static int code_with_memory(const char *update, const char *doc, int64_t most_bytes)
{
	struct memory_account account;
	struct update_result result;
	struct arena text, a;
	struct update *u;
	int r;

	memory_account_init(&account, NULL, most_bytes);
	arena_init(&text, NULL);
	arena_init(&a, &account);
	assert_int_equal(update_parse(json_value(&text, update), NULL, &text, &u, NULL), 0);
	r = update_apply(u, json_doc(&text, doc), -1, &a, &result, NULL);
	arena_clear(&a);
	arena_clear(&text);
	assert_int_equal(account.used_bytes, 0);
	return r;
}

/* Only what is stored is bounded as a document is; between stages there may be more, but
 * not without end: each of these makes ten times as much of it. */
static void size_is_bounded(void **state)
{
	static const char times_ten[] = "{'$set': {'a.b': '$$ROOT'}}";
	struct buf json;

	assert_int_equal(
	    code_of("[{'$set': {'a': {'$range': [0, 1500000]}}}]", "{'_id': 1}"), 10334);
	assert_int_equal(code_of("[{'$set': {'a': {'$range': [0, 1500000]}}}, "
				 "{'$set': {'a': {'$size': '$a'}}}]",
			     "{'_id': 1}"),
	    0);
	buf_init(&json, NULL);
	buf_printf(&json, "[%s", times_ten);
	for (int i = 1; i < 12; i++)
		buf_printf(&json, ",%s", times_ten);
	buf_append(&json, "]", 2);
	assert_int_equal(code_with_memory((const char *)json.data,
			     "{'_id': 1, 'a': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}",
			     512 * 1024 * 1024),
	    10334);
	buf_clear(&json);
}

static void upserts_begin_with_the_filter(void **state)
{
	struct filter *f;
	struct update *u;
	struct view doc;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(
	    filter_parse(json_doc(&a, "{'_id': 5, 'a.b': 1, 'c': {'$gt': 1}}"), NULL, &a, &f,
		NULL),
	    0);
	assert_int_equal(
	    update_parse(json_value(&a, "[{'$set': {'d': {'$add': ['$a.b', 1]}}}]"), NULL, &a,
		&u, NULL),
	    0);
	assert_int_equal(update_upsert(u, f, &a, &doc, NULL), 0);
	assert_string_equal(
	    json_text(&a, doc), "{ '_id' : 5, 'a' : { 'b' : 1 }, 'd' : 2 }");
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stages),
	    cmocka_unit_test(what_has_changed),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(constants_hide_let),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(size_is_bounded),
	    cmocka_unit_test(upserts_begin_with_the_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
