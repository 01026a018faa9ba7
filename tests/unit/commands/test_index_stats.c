/*
 * $indexStats: which indexes there are and how often they have been used; $collStats: what it
 * can be asked, and of what.
 */
#include "support/unit.h"

#include "support/database.h"

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

#define STATS(coll)                                                                            \
	"{'aggregate': '" coll "', '$db': 'd', 'cursor': {}, 'pipeline': [{'$indexStats': "    \
	"{}}]}"

/* "name: ops, " of each. */
static const char *stats_of(const char *aggregate)
{
	struct view reply = harness_run(&db.h, aggregate);
	struct doc_iter it = doc_iter(value_doc(database_at(reply, "cursor.firstBatch")));
	char *text = arena_strdup(&db.h.arena, "");
	struct element e;

	while (doc_next(&it, &e)) {
		struct view doc = value_doc(e.value), name = value_str(doc_get(doc, "name"));
		struct value accesses = doc_get(doc, "accesses");

		text = arena_printf(&db.h.arena, "%s%.*s: %lld, ", text, (int)name.len,
		    (const char *)name.data,
		    (long long)read_i64(doc_get(value_doc(accesses), "ops").data));
	}
	return text;
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {"{'aggregate': 'c', '$db': 'd', 'cursor': {}, 'pipeline': [{'$indexStats': 1}]}",
		28803},
	    {"{'aggregate': 'c', '$db': 'd', 'cursor': {}, 'pipeline': [{'$indexStats': "
	     "{'a': 1}}]}",
		28803},
	    {"{'aggregate': 'c', '$db': 'd', 'cursor': {}, 'pipeline': [{'$skip': 1}, "
	     "{'$indexStats': {}}]}",
		ERR_STAGE_NOT_FIRST},
	};

	assert_codes(&db, cases);
	assert_string_equal(stats_of(STATS("none")), "");
}

static void uses_are_counted(void **state)
{
	struct view reply, doc;
	struct doc_iter it;
	struct element e;
	char *names;

	assert_code(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a'}, "
	    "{'key': {'b': -1}, 'name': 'b', 'sparse': true}]}",
	    0);
	assert_string_equal(stats_of(STATS("c")), "_id_: 0, a: 0, b: 0, ");
	assert_code(&db, "{'find': 'c', '$db': 'd', 'filter': {'a': 1}}", 0);
	assert_code(&db, "{'find': 'c', '$db': 'd', 'filter': {'a': {'$gt': 1}}}", 0);
	assert_code(&db, "{'find': 'c', '$db': 'd', 'hint': 'b'}", 0);
	assert_string_equal(stats_of(STATS("c")), "_id_: 0, a: 2, b: 1, ");
	/* What changes an index begins anew. */
	assert_code(
	    &db, "{'collMod': 'c', '$db': 'd', 'index': {'name': 'a', 'hidden': true}}", 0);
	assert_string_equal(stats_of(STATS("c")), "_id_: 0, a: 0, b: 1, ");
	reply = harness_run(&db.h, STATS("c"));
	doc = value_doc(database_at(reply, "cursor.firstBatch.2"));
	names = arena_strdup(&db.h.arena, "");
	it = doc_iter(doc);
	while (doc_next(&it, &e))
		names = arena_printf(&db.h.arena, "%s%s ", names, e.name);
	assert_string_equal(names, "name key host accesses spec ");
	assert_string_equal(json_text(&db.h.arena, value_doc(doc_get(doc, "spec"))),
	    "{ 'v' : 2, 'key' : { 'b' : -1 }, 'name' : 'b', 'sparse' : true }");
	assert_int_equal(database_at(doc, "accesses.since").type, TYPE_DATE);
}

static void clustered_collections_show_what_is_an_index(void **state)
{
	assert_code(&db,
	    "{'create': 'k', '$db': 'd', 'clusteredIndex': {'key': {'_id': 1}, 'unique': "
	    "true}}",
	    0);
	assert_code(&db,
	    "{'createIndexes': 'k', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a'}]}",
	    0);
	assert_string_equal(stats_of(STATS("k")), "a: 0, ");
	assert_code(&db, "{'create': 'l', '$db': 'd', 'capped': true, 'size': 4096}", 0);
	assert_string_equal(stats_of(STATS("l")), "_id_: 0, ");
}

#define COLL(coll, spec)                                                                       \
	"{'aggregate': '" coll                                                                 \
	"', '$db': 'd', 'cursor': {}, 'pipeline': [{'$collStats': " spec "}]}"

static void collections_are_asked_what_they_have(void **state)
{
	static const struct code_case cases[] = {
	    {COLL("s", "1"), 5447000},
	    {COLL("s", "{'bogus': {}}"), ERR_UNKNOWN_FIELD},
	    {COLL("s", "{'count': 1}"), ERR_TYPE_MISMATCH},
	    {COLL("s", "{'count': {'x': 1}}"), 31170},
	    {COLL("s", "{'queryExecStats': {'x': 1}}"), 31170},
	    {COLL("s", "{'latencyStats': {'x': 1}}"), ERR_UNKNOWN_FIELD},
	    {COLL("s", "{'latencyStats': {'histograms': 1}}"), ERR_TYPE_MISMATCH},
	    {COLL("s", "{'latencyStats': {'histograms': true}}"), ERR_NOT_IMPLEMENTED},
	    {COLL("s", "{'storageStats': {'scale': 0}}"), ERR_BAD_VALUE},
	    {COLL("s", "{'storageStats': {'x': 1, 'scale': null}, 'count': null}"), 0},
	    {COLL("v", "{'count': {}}"), ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {COLL("v", "{'count': {'x': 1}}"), 31170},
	    {COLL("v", "{'count': null}"), 0},
	    {COLL("none", "{'storageStats': {}}"), ERR_NAMESPACE_NOT_FOUND},
	    {COLL("none", "{}"), 0},
	};
	struct view reply;

	assert_code(&db, "{'insert': 's', '$db': 'd', 'documents': [{'_id': 1}]}", 0);
	assert_code(
	    &db, "{'create': 'v', '$db': 'd', 'viewOn': 's', 'pipeline': [{'$skip': 1}]}", 0);
	assert_codes(&db, cases);
	assert_code(&db, "{'find': 's', '$db': 'd', 'filter': {'a': 1}}", 0);
	assert_code(&db, "{'find': 's', '$db': 'd', 'filter': {'_id': {'$gt': 1}}}", 0);
	reply = harness_run(&db.h, COLL("s", "{'queryExecStats': {}, 'count': {}}"));
	assert_string_equal(json_text(&db.h.arena, value_doc(database_at(reply,
						       "cursor.firstBatch.0.queryExecStats"))),
	    "{ 'collectionScans' : { 'total' : 1, 'nonTailable' : 1 } }");
	assert_code(&db,
	    "{'createIndexes': 's', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a'}]}",
	    0);
	reply = harness_run(&db.h, COLL("s", "{'storageStats': {}}"));
	assert_int_equal(
	    database_at(reply, "cursor.firstBatch.0.storageStats.indexDetails.a").type,
	    TYPE_OBJECT);
	assert_int_equal(
	    database_at(reply, "cursor.firstBatch.0.storageStats.indexSizes.a").type,
	    TYPE_INT32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_has_its_code),
	    cmocka_unit_test(uses_are_counted),
	    cmocka_unit_test(clustered_collections_show_what_is_an_index),
	    cmocka_unit_test(collections_are_asked_what_they_have),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
