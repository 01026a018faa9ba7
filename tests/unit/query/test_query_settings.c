#include "support/unit.h"

#include "query/query_state.h"
#include "query/settings_change.h"
#include "support/json.h"
#include "support/park.h"
#include "support/store_fixture.h"

static struct store_fixture fix;
static struct arena arena;
static struct status st;
static struct test_op op;

#define HASH_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define HASH_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static void open_state(void)
{
	assert_int_equal(query_state_open(fix.store, 64 * 1024, &st), 0);
}

static int setup(void **state)
{
	fixture_init(&fix);
	arena_init(&arena, NULL);
	status_init(&st);
	test_op_init(&op);
	open_state();
	return 0;
}

static int teardown(void **state)
{
	test_op_clear(&op);
	status_clear(&st);
	arena_clear(&arena);
	query_state_close(fix.store);
	fixture_clear(&fix);
	return 0;
}

static void reopen(void)
{
	query_state_close(fix.store);
	fixture_reopen(&fix);
	open_state();
}

static struct view doc(const char *text)
{
	return json_doc(&arena, text);
}

/* Returns the code; what is said then is in *settings. */
static int change(const char *hash, bool remove, const struct settings_parts *parts,
    const char *query, const char **settings)
{
	struct settings_change ch;
	enum step step;

	status_clear(&st);
	settings_change_init(&ch, fix.store, &arena);
	ch.hash = hash;
	ch.remove = remove;
	ch.parts = *parts;
	if (query) {
		ch.query = doc(query);
		ch.ns = view_of_str("db.c");
	}
	step = TEST_OP_RUN(&op, settings_change_run(&ch, &op.op, &st));
	assert_true(step == STEP_DONE || st.code);
	*settings = "";
	if (step == STEP_DONE && !remove)
		*settings = json_text(&arena, ch.result.settings);
	settings_change_clear(&ch);
	return st.code;
}

static void set(
    const char *hash, struct settings_parts parts, const char *query, const char *expected)
{
	const char *settings;

	assert_int_equal(change(hash, false, &parts, query, &settings), 0);
	assert_string_equal(settings, expected);
}

static void drop(const char *hash)
{
	const char *settings;

	assert_int_equal(change(hash, true, &(struct settings_parts){0}, NULL, &settings), 0);
}

static const struct query_setting *find(const char *hash)
{
	const struct query_setting *s;

	assert_int_equal(query_settings_find(query_settings_of(fix.store), view_of(NULL, 0),
			     hash, &arena, &s, &st),
	    0);
	return s;
}

static bool concerns(const char *ns)
{
	return query_settings_concern(query_settings_of(fix.store), view_of_str(ns));
}

static void are_kept(void **state)
{
	const struct query_setting *s;
	struct query_setting *list;

	assert_null(find(HASH_A));
	assert_false(concerns("db.c"));
	set(HASH_A, (struct settings_parts){.has_reject = true, .reject = true},
	    "{'find': 'c', '$db': 'db'}", "{ 'reject' : true }");
	for (int i = 0; i < 2; i++) {
		assert_true(concerns("db.c"));
		assert_false(concerns("db.d"));
		assert_null(find(HASH_B));
		s = find(HASH_A);
		assert_non_null(s);
		assert_true(s->reject);
		assert_string_equal(s->hash, HASH_A);
		assert_string_equal(
		    json_text(&arena, s->query), "{ 'find' : 'c', '$db' : 'db' }");
		reopen();
	}
	drop(HASH_A);
	assert_null(find(HASH_A));
	assert_false(concerns("db.c"));
	reopen();
	assert_int_equal(
	    query_settings_list(query_settings_of(fix.store), &arena, &list, &st), 0);
	assert_null(list);
}

static void are_merged(void **state)
{
	struct settings_parts hints = {.has_hints = true,
	    .hints = doc("{'0': {'ns': {'db': 'db', 'coll': 'c'}, 'allowedIndexes': ['a']}}")};
	struct settings_parts none = {.has_hints = true, .hints = doc_empty};
	struct settings_parts framework = {
	    .has_framework = true, .framework = view_of_str("classic")};
	struct settings_parts comment = {.comment = json_value(&arena, "'why'")};
	struct settings_parts yes = {.has_reject = true, .reject = true};
	struct settings_parts no = {.has_reject = true};
	const char *settings;
	uint64_t id;

	set(HASH_A, framework, NULL, "{ 'queryFramework' : 'classic' }");
	id = find(HASH_A)->id;
	set(HASH_A, yes, NULL, "{ 'queryFramework' : 'classic', 'reject' : true }");
	assert_true(find(HASH_A)->id != id);
	set(HASH_A, comment, NULL,
	    "{ 'queryFramework' : 'classic', 'reject' : true, 'comment' : 'why' }");
	set(HASH_A, no, NULL, "{ 'queryFramework' : 'classic', 'comment' : 'why' }");
	set(HASH_A, hints, NULL,
	    "{ 'indexHints' : [ { 'ns' : { 'db' : 'db', 'coll' : 'c' }, 'allowedIndexes' : [ "
	    "'a' "
	    "] } ], 'queryFramework' : 'classic', 'comment' : 'why' }");
	set(HASH_A, none, NULL, "{ 'queryFramework' : 'classic', 'comment' : 'why' }");
	/* Nothing is left to be said. */
	assert_int_equal(change(HASH_B, false, &no, NULL, &settings), 7746604);
	assert_int_equal(change(HASH_B, false, &none, NULL, &settings), 7746604);
	assert_null(find(HASH_B));
}

/* One that was set by its hash may be of any namespace, until a query is given. */
static void hash_alone(void **state)
{
	struct settings_parts yes = {.has_reject = true, .reject = true};

	set(HASH_A, yes, NULL, "{ 'reject' : true }");
	assert_true(concerns("x.y"));
	reopen();
	assert_true(concerns("x.y"));
	assert_int_equal(find(HASH_A)->query.len, 0);
	set(HASH_A, yes, "{'find': 'c', '$db': 'db'}", "{ 'reject' : true }");
	assert_false(concerns("x.y"));
	set(HASH_A, yes, NULL, "{ 'reject' : true }");
	assert_true(find(HASH_A)->query.len > 0);
	assert_true(concerns("db.c"));
	drop(HASH_A);
	drop(HASH_A);
	assert_false(concerns("db.c"));
}

static void bad_rows_are_refused(void **state)
{
	static const struct {
		const char *key, *row;
		int code;
	} cases[] = {
	    {HASH_A, "{'v': 2, 'settings': {'reject': true}}", ERR_UNSUPPORTED_FORMAT},
	    {HASH_A, "{'settings': {'reject': true}}", ERR_INTERNAL_ERROR},
	    {HASH_A, "{'v': 1}", ERR_INTERNAL_ERROR},
	    {HASH_A, "{'v': 1, 'settings': {}, 'query': {}}", ERR_INTERNAL_ERROR},
	    {"AA", "{'v': 1, 'settings': {'reject': true}}", ERR_INTERNAL_ERROR},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct query_settings *qs = query_settings_new();
		struct batch *b = batch_new(fix.store, NULL);
		struct commit c;

		batch_put_row(
		    b, TABLE_QUERY_SETTINGS, view_of_str(cases[i].key), doc(cases[i].row));
		commit_init(&c, b);
		assert_int_equal(commit_blocking(fix.store, &c, &st), 0);
		assert_int_equal(query_settings_load(qs, fix.store, &st), cases[i].code);
		batch_reset(b);
		batch_remove_row(b, TABLE_QUERY_SETTINGS, view_of_str(cases[i].key));
		commit_init(&c, b);
		assert_int_equal(commit_blocking(fix.store, &c, &st), 0);
		batch_free(b);
		query_settings_free(qs);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(are_kept),
	    TEST(are_merged),
	    TEST(hash_alone),
	    TEST(bad_rows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
