/*
 * Partial indexes: what createIndexes takes for one, which documents are in it, and which
 * queries it answers.
 */
#include "support/unit.h"

#include "index/check.h"
#include "support/database.h"
#include "support/park.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

#define PARTIAL(key, name, filter, more)                                                       \
	"{'key': " key ", 'name': '" name "', 'partialFilterExpression': " filter more "}"
#define CREATE(specs) "{'createIndexes': 'c', '$db': 'd', 'indexes': [" specs "]}"
#define FIND(what)    "{'find': 'c', '$db': 'd', 'sort': {'_id': 1}, " what "}"

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {CREATE(PARTIAL("{'a': 1}", "x", "1", "")), ERR_TYPE_MISMATCH},
	    {CREATE(PARTIAL("{'a': 1}", "x", "[]", "")), ERR_TYPE_MISMATCH},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'b': 1}", ", 'sparse': true")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'_id': 1}", "x", "{'b': 1}", "")),
		ERR_INVALID_INDEX_SPECIFICATION_OPTION},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'b': {'$exists': false}}", "")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'b': {'$ne': 1}}", "")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'b': {'$not': {'$gt': 1}}}", "")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'$nor': [{'b': 1}]}", "")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'$and': [{'b': {'%regex': 'x'}}]}", "")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'b': {'$size': 1}}", "")),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'b': {'$bogus': 1}}", "")), ERR_BAD_VALUE},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'$expr': true}", "")),
		ERR_QUERY_FEATURE_NOT_ALLOWED},
	    {CREATE(PARTIAL("{'a': 1}", "x", "{'$jsonSchema': {}}", "")),
		ERR_QUERY_FEATURE_NOT_ALLOWED},
	};

	assert_codes(&db, cases);
	assert_code(&db, "{'listIndexes': 'c', '$db': 'd'}", ERR_NAMESPACE_NOT_FOUND);
}

static void filters_that_differ_make_indexes_of_their_own(void **state)
{
	assert_code(&db, CREATE(PARTIAL("{'s': 1}", "s1", "{'b': {'$gt': 5}, 'c': 1}", "")), 0);
	assert_code(&db, CREATE(PARTIAL("{'s': 1}", "s2", "{'b': {'$gt': 6}, 'c': 1}", "")), 0);
	assert_code(&db, CREATE("{'key': {'s': 1}, 'name': 's3'}"), 0);
	assert_reply(&db,
	    CREATE(PARTIAL("{'s': 1}", "s1", "{'$and': [{'c': 1}, {'b': {'$gt': 5.0}}]}", "")),
	    "{ 'numIndexesBefore' : 4, 'numIndexesAfter' : 4, 'createdCollectionAutomatically' "
	    ": false, 'note' : 'all indexes already exist', 'ok' : 1.0 }");
	assert_code(&db, CREATE(PARTIAL("{'s': 1}", "s9", "{'b': {'$gt': 5}, 'c': 1}", "")),
	    ERR_INDEX_OPTIONS_CONFLICT);
	assert_code(&db, CREATE(PARTIAL("{'s': 1}", "s1", "{'b': 1}", "")),
	    ERR_INDEX_KEY_SPECS_CONFLICT);
	assert_code(&db,
	    CREATE(PARTIAL("{'s': 1}", "s1", "{'b': {'$gt': 5}, 'c': 1}", ", 'hidden': true")),
	    ERR_INDEX_OPTIONS_CONFLICT);
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
}

/* The ids that are in the index: a hint brings what it has, no more. */
static const char *ids_in(const char *index)
{
	struct view reply = harness_run(&db.h,
	    arena_printf(&db.h.arena,
		"{'find': 'c', '$db': 'd', 'sort': {'_id': 1}, 'projection': {'_id': 1}, "
		"'hint': '%s'}",
		index));
	struct view batch = value_doc(database_at(reply, "cursor.firstBatch"));
	struct doc_iter it = doc_iter(batch);
	char *ids = arena_strdup(&db.h.arena, "");
	struct element e;

	while (doc_next(&it, &e))
		ids = arena_printf(&db.h.arena, "%s%d ", ids,
		    read_i32(doc_get(value_doc(e.value), "_id").data));
	return ids;
}

static void assert_consistent(void)
{
	struct collection *c =
	    catalog_find(store_catalog(db.store.store), view_of_str("d"), view_of_str("c"));
	struct test_op op;
	struct index_check k;
	struct status st;

	test_op_init(&op);
	status_init(&st);
	index_check_init(&k, db.store.store, c, NULL);
	assert_int_equal(TEST_OP_RUN(&op, index_check_run(&k, &op.op, &st)), STEP_DONE);
	assert_true(index_check_is_clean(&k));
	index_check_clear(&k);
	test_op_clear(&op);
	collection_unref(c);
}

static void documents_come_in_and_go_out(void **state)
{
	assert_code(&db,
	    "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 1, 'a': 1, 'on': true}, "
	    "{'_id': 2, 'a': [1, 2]}, {'_id': 3, 'a': 3, 'on': true}]}",
	    0);
	assert_code(&db, CREATE(PARTIAL("{'a': 1}", "a", "{'on': true}", "")), 0);
	assert_string_equal(ids_in("a"), "1 3 ");
	assert_code(&db,
	    "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 4, 'on': true}, {'_id': 5, 'a': "
	    "5, 'on': 1}]}",
	    0);
	assert_string_equal(ids_in("a"), "1 3 4 ");
	assert_code(&db,
	    "{'update': 'c', '$db': 'd', 'updates': [{'q': {'_id': 2}, 'u': {'$set': {'on': "
	    "true}}}, {'q': {'_id': 3}, 'u': {'$unset': {'on': 1}}}, {'q': {'_id': 6}, 'u': "
	    "{'$set': {'on': true}}, 'upsert': true}]}",
	    0);
	assert_string_equal(ids_in("a"), "1 2 4 6 ");
	assert_code(&db,
	    "{'delete': 'c', '$db': 'd', 'deletes': [{'q': {'_id': {'$in': [1, 5]}}, 'limit': "
	    "0}]}",
	    0);
	assert_string_equal(ids_in("a"), "2 4 6 ");
	assert_code(&db,
	    "{'findAndModify': 'c', '$db': 'd', 'query': {'_id': 5}, 'update': {'_id': 5, "
	    "'on': "
	    "true, 'a': 9}, 'upsert': true}",
	    0);
	assert_string_equal(ids_in("a"), "2 4 5 6 ");
	assert_reply(&db, "{'count': 'c', '$db': 'd', 'hint': 'a'}", "{ 'n' : 4, 'ok' : 1.0 }");
	assert_consistent();
	/* What could not be indexed does not matter outside. */
	assert_code(&db, CREATE(PARTIAL("{'x': 1, 'y': 1}", "xy", "{'on': true}", "")), 0);
	assert_reply(&db,
	    "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 7, 'x': [1], 'y': [1]}]}",
	    "{ 'n' : 1, 'ok' : 1.0 }");
	assert_consistent();
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
}

static int insert(const char *doc)
{
	struct view reply = harness_run(&db.h,
	    arena_printf(&db.h.arena, "{'insert': 'c', '$db': 'd', 'documents': [%s]}", doc));
	struct value code = database_at(reply, "writeErrors.0.code");

	return code.type == TYPE_INT32 ? read_i32(code.data) : 0;
}

static int set(const char *id, const char *change)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena,
		       "{'update': 'c', '$db': 'd', 'updates': [{'q': {'_id': %s}, 'u': %s}]}",
		       id, change));
	struct value code = database_at(reply, "writeErrors.0.code");

	return code.type == TYPE_INT32 ? read_i32(code.data) : 0;
}

static void what_is_inside_is_unique(void **state)
{
	assert_int_equal(insert("{'_id': 1, 'a': 1}, {'_id': 2, 'a': 1}"), 0);
	assert_code(
	    &db, CREATE(PARTIAL("{'a': 1}", "a", "{'on': true}", ", 'unique': true")), 0);
	assert_int_equal(insert("{'_id': 3, 'a': 1, 'on': true}"), 0);
	assert_int_equal(insert("{'_id': 4, 'a': 1, 'on': true}"), ERR_DUPLICATE_KEY);
	assert_int_equal(insert("{'_id': 5, 'a': 1}"), 0);
	assert_int_equal(set("1", "{'$set': {'on': true}}"), ERR_DUPLICATE_KEY);
	assert_int_equal(set("3", "{'$set': {'on': false}}"), 0);
	assert_int_equal(set("1", "{'$set': {'on': true}}"), 0);
	assert_int_equal(set("3", "{'$set': {'on': true}}"), ERR_DUPLICATE_KEY);
	assert_code(&db,
	    CREATE(PARTIAL("{'a': 1}", "b", "{'a': {'$exists': true}}", ", 'unique': true")),
	    ERR_DUPLICATE_KEY);
	assert_consistent();
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
}

static void the_filter_has_the_collation_of_the_index(void **state)
{
	assert_code(&db,
	    CREATE(PARTIAL("{'a': 1}", "a", "{'s': 'on'}",
		", 'unique': true, 'collation': {'locale': 'en', 'strength': 2}")),
	    0);
	assert_int_equal(insert("{'_id': 1, 'a': 'x', 's': 'On'}"), 0);
	assert_int_equal(insert("{'_id': 2, 'a': 'x', 's': 'off'}"), 0);
	assert_int_equal(insert("{'_id': 3, 'a': 'X', 's': 'ON'}"), ERR_DUPLICATE_KEY);
	assert_string_equal(ids_in("a"), "1 ");
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
	/* And that is the collection's where it says none. */
	assert_code(&db,
	    "{'create': 'c', '$db': 'd', 'collation': {'locale': 'en', 'strength': 2}}", 0);
	assert_code(&db, CREATE(PARTIAL("{'a': 1}", "a", "{'s': 'on'}", "")), 0);
	assert_int_equal(insert("{'_id': 1, 's': 'ON'}, {'_id': 2, 's': 'off'}"), 0);
	assert_string_equal(ids_in("a"), "1 ");
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
}

/* Which index the plan takes, or its first stage. */
static const char *plan_of(const char *find)
{
	struct view reply = harness_run(&db.h, arena_printf(&db.h.arena,
						   "{'explain': %s, '$db': 'd', 'verbosity': "
						   "'queryPlanner'}",
						   find));
	struct value stage = database_at(reply, "queryPlanner.winningPlan");
	struct value name = value_missing;

	while (stage.type == TYPE_OBJECT && value_is_missing(name)) {
		name = doc_get(value_doc(stage), "indexName");
		if (value_is_missing(name) &&
		    value_is_missing(doc_get(value_doc(stage), "inputStage")))
			name = doc_get(value_doc(stage), "stage");
		stage = doc_get(value_doc(stage), "inputStage");
	}
	return name.type == TYPE_STRING ? (const char *)value_str(name).data : "none";
}

static void queries_that_imply_the_filter_are_answered(void **state)
{
	static const struct {
		const char *find, *plan;
	} cases[] = {
	    {"{'find': 'c', 'filter': {'a': 1, 'b': 6}}", "a"},
	    {"{'find': 'c', 'filter': {'a': 1, 'b': {'$gte': 6, '$lt': 9}}}", "a"},
	    {"{'find': 'c', 'filter': {'a': 1, 'b': {'$in': [6, 7]}}}", "a"},
	    {"{'find': 'c', 'filter': {'a': 1, 'b': {'$in': [6, 5]}}}", "COLLSCAN"},
	    {"{'find': 'c', 'filter': {'a': 1}}", "COLLSCAN"},
	    {"{'find': 'c', 'filter': {'a': 1, 'b': {'$gt': 4}}}", "COLLSCAN"},
	    {"{'find': 'c', 'filter': {'a': 1, '$or': [{'b': 7}, {'c': 1}]}}", "COLLSCAN"},
	    {"{'find': 'c', 'filter': {'b': 7}}", "COLLSCAN"},
	    {"{'find': 'c', 'filter': {}, 'sort': {'a': 1}}", "COLLSCAN"},
	    {"{'find': 'c', 'filter': {'b': 7}, 'sort': {'a': 1}}", "a"},
	    {"{'find': 'c', 'filter': {}, 'hint': 'a'}", "a"},
	};

	assert_code(&db, CREATE(PARTIAL("{'a': 1}", "a", "{'b': {'$gt': 5}}", "")), 0);
	assert_int_equal(insert("{'_id': 1, 'a': 1, 'b': 6}, {'_id': 2, 'a': 1, 'b': 5}"), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (strcmp(plan_of(cases[i].find), cases[i].plan) != 0)
			fail_msg("%s: %s", cases[i].find, plan_of(cases[i].find));
	assert_reply(&db, FIND("'filter': {'a': 1}, 'hint': 'a'"),
	    "{ 'cursor' : { 'firstBatch' : [ { '_id' : 1, 'a' : 1, 'b' : 6 } ], 'id' : 0, 'ns' "
	    ": 'd.c' }, 'ok' : 1.0 }");
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_has_its_code),
	    cmocka_unit_test(filters_that_differ_make_indexes_of_their_own),
	    cmocka_unit_test(documents_come_in_and_go_out),
	    cmocka_unit_test(what_is_inside_is_unique),
	    cmocka_unit_test(the_filter_has_the_collation_of_the_index),
	    cmocka_unit_test(queries_that_imply_the_filter_are_answered),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
