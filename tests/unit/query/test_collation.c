/*
 * Collections and indexes with a collation, from their making to a restart: which of
 * them answers a query, in which order, and what is a duplicate.
 */
#include "support/unit.h"

#include "support/query_fixture.h"

#define EN1 "{'locale': 'en', 'strength': 1}"
#define EN2 "{'locale': 'en', 'strength': 2}"
#define DOCS                                                                                   \
	"[{'_id': 1, 'x': 'banana'}, {'_id': 2, 'x': 'Apple'}, {'_id': 3, 'x': 'apple'}, "     \
	"{'_id': 4, 'x': 'Cherry'}, {'_id': 5, 'x': 7}]"

static struct query_fixture fix;

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

static void create(const char *collation)
{
	const struct create_spec spec = {.db = view_of_str("db"),
	    .name = view_of_str("c"),
	    .options = doc_empty,
	    .collation = collation_document(qf_collator(&fix, collation))};

	assert_int_equal(fixture_create_spec(&fix.ddl, &spec), 0);
}

static void create_plain(void)
{
	assert_int_equal(fixture_create(&fix.ddl, "db", "c"), 0);
}

/* With the whole document, as a command gives it. */
static int create_index(const char *options, const char *collation)
{
	struct view full = collation_document(qf_collator(&fix, collation));

	return qf_create_index(&fix, arena_printf(&fix.arena, "{%s, 'collation': %s}", options,
					 json_text(&fix.arena, full)));
}

static void check(const char *find, const char *want, const char *summary)
{
	qf_assert_find(&fix, find, want);
	assert_string_equal(fix.summary, summary);
}

static void an_index_is_for_its_collation(void **state)
{
	create_plain();
	assert_int_equal(create_index("'name': 'en', 'key': {'x': 1}", EN2), 0);
	assert_int_equal(qf_insert(&fix, DOCS), 0);

	check("{'filter': {'x': 'APPLE'}, 'sort': {'_id': 1}, 'collation': " EN2 "}",
	    "[{'_id': 2, 'x': 'Apple'}, {'_id': 3, 'x': 'apple'}]", "IXSCAN { x: 1 }");
	check("{'filter': {'x': 'apple'}}", "[{'_id': 3, 'x': 'apple'}]", "COLLSCAN");
	check("{'filter': {'x': 'apple'}, 'collation': " EN1 ", 'sort': {'_id': 1}}",
	    "[{'_id': 2, 'x': 'Apple'}, {'_id': 3, 'x': 'apple'}]", "COLLSCAN");
	/* The same options, said in other words. */
	check("{'filter': {'x': {'$gt': 'APPLE', '$lt': 'cherry'}}, "
	      "'collation': {'strength': 2, 'locale': 'en', 'caseLevel': false}}",
	    "[{'_id': 1, 'x': 'banana'}]", "IXSCAN { x: 1 }");
	/* What is no string has one order in all of them. */
	check("{'filter': {'x': 7}}", "[{'_id': 5, 'x': 7}]", "IXSCAN { x: 1 }");
}

static void an_index_sorts_by_its_collation(void **state)
{
	static const char by_bytes[] = "[{'_id': 5, 'x': 7}, {'_id': 2, 'x': 'Apple'}, "
				       "{'_id': 4, 'x': 'Cherry'}, {'_id': 3, 'x': 'apple'}, "
				       "{'_id': 1, 'x': 'banana'}]";
	static const char by_collation[] =
	    "[{'_id': 5, 'x': 7}, {'_id': 2, 'x': 'Apple'}, {'_id': 3, 'x': 'apple'}, "
	    "{'_id': 1, 'x': 'banana'}, {'_id': 4, 'x': 'Cherry'}]";

	create_plain();
	assert_int_equal(create_index("'name': 'en', 'key': {'x': 1}", EN2), 0);
	assert_int_equal(qf_insert(&fix, DOCS), 0);
	check("{'sort': {'x': 1}, 'collation': " EN2 "}", by_collation, "IXSCAN { x: 1 }");
	check("{'sort': {'x': 1}}", by_bytes, "COLLSCAN");
	check("{'sort': {'x': 1}, 'hint': 'en'}", by_bytes, "IXSCAN { x: 1 }");
	assert_int_equal(qf_create_index(&fix, "{'name': 'plain', 'key': {'x': -1}}"), 0);
	check("{'sort': {'x': 1}}", by_bytes, "IXSCAN { x: -1 }");
	check("{'sort': {'x': 1}, 'collation': " EN2 "}", by_collation, "IXSCAN { x: 1 }");
}

/* Entries with the same key stand in the order of _id by bytes. */
static void ids_behind_a_key_are_not_collated(void **state)
{
	create_plain();
	assert_int_equal(create_index("'name': 'en', 'key': {'x': 1}", EN2), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'a', 'x': 1}, {'_id': 'B', 'x': 1}]"), 0);
	check("{'filter': {'x': 1}, 'sort': {'x': 1, '_id': 1}, 'collation': " EN2 "}",
	    "[{'_id': 'a', 'x': 1}, {'_id': 'B', 'x': 1}]", "IXSCAN { x: 1 }");
	check("{'filter': {'x': 1}, 'sort': {'x': 1, '_id': 1}}",
	    "[{'_id': 'B', 'x': 1}, {'_id': 'a', 'x': 1}]", "IXSCAN { x: 1 }");
}

static void an_id_is_one_under_its_collation(void **state)
{
	create(EN2);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'apple'}, {'_id': 'Banana'}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'APPLE'}]"), ERR_DUPLICATE_KEY);
	check("{'filter': {'_id': 'APPLE'}, 'collation': " EN2 "}", "[{'_id': 'apple'}]",
	    "IDHACK");
	/* The index knows nothing of other orders. */
	check("{'filter': {'_id': 'APPLE'}}", "[]", "COLLSCAN");
	check("{'filter': {'_id': 'apple'}}", "[{'_id': 'apple'}]", "COLLSCAN");
	check("{'sort': {'_id': -1}, 'collation': " EN2 "}",
	    "[{'_id': 'Banana'}, {'_id': 'apple'}]", "IXSCAN { _id: 1 }");
}

static void a_plain_id_is_no_point_under_a_collation(void **state)
{
	create_plain();
	assert_int_equal(qf_insert(&fix, "[{'_id': 'apple'}, {'_id': 'Apple'}]"), 0);
	check("{'filter': {'_id': 'APPLE'}, 'collation': " EN2 "}",
	    "[{'_id': 'Apple'}, {'_id': 'apple'}]", "COLLSCAN");
	check("{'filter': {'_id': 'apple'}}", "[{'_id': 'apple'}]", "IDHACK");
	check("{'filter': {'_id': 3}, 'collation': " EN2 "}", "[]", "IDHACK");
}

static void indexes_take_the_collections(void **state)
{
	struct view full = collation_document(qf_collator(&fix, EN2));
	struct collection *c;

	create(EN2);
	assert_int_equal(qf_create_index(&fix, "{'name': 'x', 'key': {'x': 1}}"), 0);
	assert_int_equal(create_index("'name': 'y', 'key': {'y': 1}", EN1), 0);
	c = qf_collection(&fix);
	assert_int_equal(c->record_key, RECORD_KEY_SEQUENCE);
	assert_true(view_equal(c->collation, full));
	assert_true(view_equal(value_doc(doc_get(collection_id_spec(c), "collation")), full));
	assert_true(
	    view_equal(value_doc(doc_get(collection_index(c, "x")->spec, "collation")), full));
	assert_true(
	    collation_equal(collection_index(c, "y")->collator, qf_collator(&fix, EN1)));
	collection_unref(c);
	/* The index on _id has the collection's and no other. */
	assert_int_equal(
	    qf_create_index(&fix, "{'v': 2, 'key': {'_id': 1}, 'name': '_id_'}"), 0);
	assert_int_equal(
	    create_index("'v': 2, 'key': {'_id': 1}, 'name': '_id_'", EN1), ERR_BAD_VALUE);
}

static void says_what_is_a_duplicate(void **state)
{
	static const char message[] =
	    "E11000 duplicate key error collection: db.c index: u collation: { locale: \"en\", "
	    "caseLevel: false, caseFirst: \"off\", strength: 2, numericOrdering: false, "
	    "alternate: \"non-ignorable\", maxVariable: \"punct\", normalization: false, "
	    "backwards: false, version: \"57.1\" } dup key: { x: \"CollationKey(0x";
	struct view extra;

	create_plain();
	assert_int_equal(
	    create_index("'name': 'u', 'key': {'x': 1, 'n': 1}, 'unique': true", EN2), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'x': 'a', 'n': 1}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 2, 'x': 'a', 'n': 2}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'x': 'A', 'n': 1}]"), ERR_DUPLICATE_KEY);
	assert_memory_equal(fix.st.message, message, strlen(message));
	assert_non_null(strstr(fix.st.message, ")\", n: 1 }"));
	extra = view_of(fix.st.extra, fix.st.extra_len);
	assert_int_equal(doc_get(extra, "collation").type, TYPE_OBJECT);
	assert_string_equal(json_text(&fix.arena, value_doc(doc_get(extra, "hexEncoded"))),
	    json_text(&fix.arena, value_doc(json_value(&fix.arena, "[true, false]"))));
	/* Sort keys inside of documents are no text either. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 4, 'x': {'y': ['b']}, 'n': 1}]"), 0);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 5, 'x': {'y': ['B']}, 'n': 1}]"), ERR_DUPLICATE_KEY);
	assert_non_null(strstr(fix.st.message, "{ x: { y: [ \"CollationKey(0x"));
}

static void bounds_between(void **state)
{
	create_plain();
	assert_int_equal(create_index("'name': 'en', 'key': {'x': 1}", EN2), 0);
	assert_int_equal(qf_insert(&fix, DOCS), 0);
	check(
	    "{'hint': 'en', 'min': {'x': 'APPLE'}, 'max': {'x': 'CHERRY'}, 'sort': {'_id': 1}, "
	    "'collation': " EN2 "}",
	    "[{'_id': 1, 'x': 'banana'}, {'_id': 2, 'x': 'Apple'}, {'_id': 3, 'x': 'apple'}]",
	    "IXSCAN { x: 1 }");
}

static void reopen(void)
{
	store_close(fix.ddl.store.store);
	fixture_open(&fix.ddl.store);
	fix.store = fix.ddl.store.store;
}

static void stays(void **state)
{
	create(EN2);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'x', 'key': {'x': 1}, 'unique': true}"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'a', 'x': 'b'}]"), 0);
	reopen();
	assert_int_equal(qf_insert(&fix, "[{'_id': 'A', 'x': 'c'}]"), ERR_DUPLICATE_KEY);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'b', 'x': 'B'}]"), ERR_DUPLICATE_KEY);
	check("{'filter': {'x': 'B'}, 'collation': " EN2 "}", "[{'_id': 'a', 'x': 'b'}]",
	    "IXSCAN { x: 1 }");
	/* A version that outlives the one the collator was made for. */
	assert_int_equal(qf_create_index(&fix, "{'name': 'y', 'key': {'y': 1}}"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'A', 'x': 'c'}]"), ERR_DUPLICATE_KEY);
	assert_int_equal(fixture_rename(&fix.ddl, "db", "c", "db", "d", false), 0);
	assert_int_equal(fixture_rename(&fix.ddl, "db", "d", "db", "c", false), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 'A', 'x': 'c'}]"), ERR_DUPLICATE_KEY);
	qf_check_indexes(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_index_is_for_its_collation, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_sorts_by_its_collation, setup, teardown),
	    cmocka_unit_test_setup_teardown(ids_behind_a_key_are_not_collated, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_id_is_one_under_its_collation, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_plain_id_is_no_point_under_a_collation, setup, teardown),
	    cmocka_unit_test_setup_teardown(indexes_take_the_collections, setup, teardown),
	    cmocka_unit_test_setup_teardown(says_what_is_a_duplicate, setup, teardown),
	    cmocka_unit_test_setup_teardown(bounds_between, setup, teardown),
	    cmocka_unit_test_setup_teardown(stays, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
