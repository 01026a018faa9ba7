/*
 * A store that is opened with another version of ICU than its sort keys are of.
 */
#include "support/unit.h"

#include "index/rebuild.h"
#include "support/query_fixture.h"

#define EN "{'locale': 'en', 'strength': 3}"

static struct query_fixture fix;
static const char *icu_version;
static bool other_keys;

/* Another version: what the document says means something else. */
static int parse(
    struct view doc, struct arena *a, const struct collator **out, struct status *st)
{
	if (other_keys)
		doc = json_doc(a, "{'locale': 'en', 'strength': 2}");
	return collation_parse(doc, a, out, st);
}

static const char *version(void)
{
	return icu_version;
}

static const struct collations collations = {parse, version};

static void open_with(const char *v, bool other)
{
	struct status st;

	if (fix.ddl.store.store)
		store_close(fix.ddl.store.store);
	icu_version = v;
	other_keys = other;
	fix.ddl.store.options.collations = &collations;
	status_init(&st);
	assert_int_equal(store_open(&fix.ddl.store.options, &fix.ddl.store.store, &st), 0);
	fix.store = fix.ddl.store.store;
}

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	open_with("1", false);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

static void make(const char *collation, const char *index)
{
	struct create_spec spec = {
	    .db = view_of_str("db"), .name = view_of_str("c"), .options = doc_empty};

	if (collation)
		spec.collation = collation_document(qf_collator(&fix, collation));
	assert_int_equal(fixture_create_spec(&fix.ddl, &spec), 0);
	assert_int_equal(qf_create_index(&fix, index), 0);
}

static bool is_clean(void)
{
	struct collection *c = qf_collection(&fix);
	struct index_check k;
	bool clean;

	index_check_init(&k, fix.store, c, NULL);
	assert_int_equal(
	    TEST_OP_RUN(&fix.op, index_check_run(&k, &fix.op.op, &fix.st)), STEP_DONE);
	clean = index_check_is_clean(&k);
	index_check_clear(&k);
	collection_unref(c);
	return clean;
}

static void assert_version(const char *index, const char *v)
{
	struct collection *c = qf_collection(&fix);

	assert_true(view_equal(collection_index(c, index)->collation_version, view_of_str(v)));
	collection_unref(c);
}

static void is_filled_again(void **state)
{
	make(EN, "{'name': 'x', 'key': {'x': 1, 'n': -1}}");
	assert_int_equal(qf_insert(&fix, "[{'_id': 'a', 'x': ['B', 'c', 1]}, {'_id': 'b', 'x': "
					 "'C'}, {'_id': 3}]"),
	    0);
	open_with("2", true);
	assert_false(is_clean());
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), 0);
	assert_true(is_clean());
	assert_version("x", "2");
	assert_version("_id_", "2");
	assert_int_equal(qf_insert(&fix, "[{'_id': 'A'}]"), ERR_DUPLICATE_KEY);

	/* and is so from then on */
	open_with("2", true);
	assert_version("x", "2");
	assert_true(is_clean());
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), 0);
	assert_true(is_clean());
}

/* An index of a collection without one. */
static void by_index(void **state)
{
	make(NULL, "{'name': 'x', 'key': {'x': 1}, 'collation': " EN "}");
	assert_int_equal(qf_create_index(&fix, "{'name': 'plain', 'key': {'x': 1}}"), 0);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 'a', 'x': 'B'}, {'_id': 'b', 'x': 'b'}]"), 0);
	open_with("2", true);
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), 0);
	assert_true(is_clean());
	assert_version("x", "2");
	assert_version("plain", "");
}

/* What cannot be done leaves an index that no version takes for its own. */
static void doubles(const char *index)
{
	make(NULL, "{'name': 'y', 'key': {'y': 1}}");
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'x': 'b'}]"), 0);
	assert_int_equal(qf_create_index(&fix, index), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 2, 'x': 'B'}]"), 0);
	open_with("2", true);
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), ERR_DUPLICATE_KEY);
	assert_non_null(strstr(fix.st.message, "ICU 1 "));
	status_clear(&fix.st);

	open_with("1", false);
	assert_version("x", "");
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), 0);
	assert_version("x", "1");
	assert_true(is_clean());
}

static void doubles_with_record_keys(void **state)
{
	doubles("{'name': 'x', 'key': {'x': 1}, 'unique': true, 'collation': " EN "}");
}

static void doubles_without(void **state)
{
	make(EN, "{'name': 'x', 'key': {'x': 1}, 'unique': true}");
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'x': 'b'}, {'_id': 2, 'x': 'B'}]"), 0);
	open_with("2", true);
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), ERR_DUPLICATE_KEY);
	status_clear(&fix.st);
	open_with("1", false);
	assert_int_equal(index_rebuild_outdated(fix.store, &fix.st), 0);
	assert_true(is_clean());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(is_filled_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(by_index, setup, teardown),
	    cmocka_unit_test_setup_teardown(doubles_with_record_keys, setup, teardown),
	    cmocka_unit_test_setup_teardown(doubles_without, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
