/*
 * A find by one _id goes a short way of its own: it answers what the long way
 * answers, before and after changes, and leaves to that one what it does not know.
 */
#include "support/unit.h"

#include "commands/command.h"
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

static const char *const ids[] = {
    "1",
    "{'$numberLong': '1'}",
    "1.0",
    "{'$numberDecimal': '1.00'}",
    "2.5",
    "'text'",
    "''",
    "true",
    "{'$oid': '0123456789abcdef01234567'}",
    "{'$date': {'$numberLong': '1700000000000'}}",
    "{'$binary': {'base64': 'AAEC', 'subType': '00'}}",
    "{'$timestamp': {'t': 1, 'i': 2}}",
    "{'a': 1}",
    "null",
    "'absent'",
    "7",
};

/* The same document found by its _id alone, and by a filter that says more. */
static void assert_same_ways(const char *id, const char *rest)
{
	char json[300];
	const char *point;

	snprintf(json, sizeof(json), "{'find': 'c', 'filter': {'_id': %s} %s, '$db': 'd'}", id,
	    rest);
	point = database_run(&db, json);
	snprintf(json, sizeof(json),
	    "{'find': 'c', 'filter': {'$and': [{'_id': {'$in': [%s]}}]} %s, '$db': 'd'}", id,
	    rest);
	assert_string_equal(point, database_run(&db, json));
}

static void answers_as_the_long_way_does(void **state)
{
	static const char *const rests[] = {"", ", 'limit': 1, 'singleBatch': true",
	    ", 'batchSize': 5", ", 'limit': 3", ", 'maxTimeMS': 100000",
	    ", 'projection': {'n': 1}", ", 'skip': 1", ", 'collation': {'locale': 'simple'}",
	    ", 'readConcern': {'level': 'majority'}"};
	char json[300];

	for (size_t i = 3; i < ARRAY_LEN(ids) - 2; i++) {
		snprintf(json, sizeof(json),
		    "{'insert': 'c', 'documents': [{'_id': %s, 'n': %d}], '$db': 'd'}", ids[i],
		    (int)i);
		assert_code(&db, json, 0);
	}
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_LEN(ids); i++)
			for (size_t k = 0; k < ARRAY_LEN(rests); k++)
				assert_same_ways(ids[i], rests[k]);
}

static void sees_what_was_written(void **state)
{
	static const char find[] = "{'find': 'c', 'filter': {'_id': 1}, '$db': 'd'}";

	assert_code(&db, "{'insert': 'c', 'documents': [{'_id': 1, 'n': 0}], '$db': 'd'}", 0);
	for (int i = 1; i < 20; i++) {
		char text[200];

		assert_code(&db,
		    "{'update': 'c', 'updates': [{'q': {'_id': 1}, 'u': {'$inc': {'n': 1}}}], "
		    "'$db': 'd'}",
		    0);
		snprintf(text, sizeof(text),
		    "{ 'cursor' : { 'firstBatch' : [ { '_id' : 1, 'n' : %d } ], 'id' : 0, 'ns' "
		    ": "
		    "'d.c' }, 'ok' : 1.0 }",
		    i);
		if (i % 3)
			assert_reply(&db, find, text);
	}
	assert_code(
	    &db, "{'delete': 'c', 'deletes': [{'q': {'_id': 1}, 'limit': 1}], '$db': 'd'}", 0);
	assert_same_ways("1", "");
	assert_code(&db, "{'insert': 'c', 'documents': [{'_id': 1, 'b': 2}], '$db': 'd'}", 0);
	assert_same_ways("1", "");
	/* Another collection of that name has nothing of the old one. */
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
	assert_same_ways("1", "");
	assert_code(&db, "{'insert': 'c', 'documents': [{'_id': 2}], '$db': 'd'}", 0);
	assert_same_ways("1", "");
	assert_same_ways("2", "");
}

static void follows_a_rename(void **state)
{
	assert_code(&db, "{'insert': 'x', 'documents': [{'_id': 1}], '$db': 'd'}", 0);
	assert_same_ways("1", "");
	assert_code(&db, "{'renameCollection': 'd.x', 'to': 'd.c', '$db': 'admin'}", 0);
	assert_same_ways("1", "");
	assert_code(&db, "{'renameCollection': 'd.c', 'to': 'd.x', '$db': 'admin'}", 0);
	assert_same_ways("1", "");
}

/* Views, collations and sequences as record keys are not for the short way. */
static void other_collections(void **state)
{
	assert_code(&db,
	    "{'create': 'c', 'collation': {'locale': 'en', 'strength': 2}, '$db': 'd'}", 0);
	assert_code(&db, "{'insert': 'c', 'documents': [{'_id': 'A', 'n': 1}], '$db': 'd'}", 0);
	assert_same_ways("'a'", "");
	assert_reply(&db, "{'count': 'c', 'query': {'_id': 'a'}, '$db': 'd'}",
	    "{ 'n' : 1, 'ok' : 1.0 }");
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
	assert_code(
	    &db, "{'insert': 'base', 'documents': [{'_id': 1}, {'_id': 2}], '$db': 'd'}", 0);
	assert_code(&db,
	    "{'create': 'c', 'viewOn': 'base', 'pipeline': [{'$match': {'_id': 2}}], '$db': "
	    "'d'}",
	    0);
	assert_same_ways("1", "");
	assert_same_ways("2", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(answers_as_the_long_way_does, setup, teardown),
	    cmocka_unit_test_setup_teardown(sees_what_was_written, setup, teardown),
	    cmocka_unit_test_setup_teardown(follows_a_rename, setup, teardown),
	    cmocka_unit_test_setup_teardown(other_collections, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
