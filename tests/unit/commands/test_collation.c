/*
 * Whose collation a command has: its own, the collection's, the view's.
 */
#include "support/unit.h"

#include "support/database.h"

#define EN2 "{'locale': 'en', 'strength': 2}"
#define D   "'$db': 'd', "

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	assert_code(&db, "{'create': 'c', " D "'collation': " EN2 "}", 0);
	assert_code(&db,
	    "{'insert': 'c', " D
	    "'documents': [{'_id': 1, 'x': 'pear'}, {'_id': 2, 'x': 'Apple'}, "
	    "{'_id': 3, 'x': 'apple'}, {'_id': 4, 'x': 'Zebra'}]}",
	    0);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

#define SIMPLE ", 'collation': {'locale': 'simple'}"

static void count_and_distinct(void **state)
{
	assert_reply(
	    &db, "{'count': 'c', " D "'query': {'x': 'APPLE'}}", "{ 'n' : 2, 'ok' : 1.0 }");
	assert_reply(&db, "{'count': 'c', " D "'query': {'x': 'APPLE'}, 'collation': {}}",
	    "{ 'n' : 2, 'ok' : 1.0 }");
	assert_reply(&db, "{'count': 'c', " D "'query': {'x': 'APPLE'}" SIMPLE "}",
	    "{ 'n' : 0, 'ok' : 1.0 }");
	assert_reply(&db, "{'distinct': 'c', " D "'key': 'x'}",
	    "{ 'values' : [ 'Apple', 'pear', 'Zebra' ], 'ok' : 1.0 }");
	assert_reply(&db, "{'distinct': 'c', " D "'key': 'x'" SIMPLE "}",
	    "{ 'values' : [ 'Apple', 'Zebra', 'apple', 'pear' ], 'ok' : 1.0 }");
	assert_code(
	    &db, "{'count': 'c', " D "'collation': {'strength': 1}}", ERR_MISSING_FIELD);
	assert_code(
	    &db, "{'count': 'none', " D "'collation': {'locale': 'xx'}}", ERR_BAD_VALUE);
}

static void writes(void **state)
{
	assert_reply(&db,
	    "{'update': 'c', " D "'updates': [{'q': {'x': 'APPLE'}, 'u': {'$set': {'n': 1}}, "
	    "'multi': true}]}",
	    "{ 'n' : 2, 'nModified' : 2, 'ok' : 1.0 }");
	assert_reply(&db,
	    "{'update': 'c', " D
	    "'updates': [{'q': {'x': 'APPLE'}, 'u': {'$set': {'n': 2}}" SIMPLE "}]}",
	    "{ 'n' : 0, 'nModified' : 0, 'ok' : 1.0 }");
	/* also what the update itself compares */
	assert_reply(&db,
	    "{'update': 'c', " D "'updates': [{'q': {'_id': 1}, 'u': {'$addToSet': {'l': "
	    "{'$each': ['a', 'A', 'b']}}}}, {'q': {'_id': 1}, 'u': {'$pull': {'l': 'B'}}}]}",
	    "{ 'n' : 2, 'nModified' : 2, 'ok' : 1.0 }");
	assert_reply(&db,
	    "{'findAndModify': 'c', " D
	    "'query': {'_id': 1}, 'update': {'$set': {'n': 3}}, 'new': "
	    "true, 'fields': {'l': {'$elemMatch': {'$eq': 'A'}}}}",
	    "{ 'lastErrorObject' : { 'n' : 1, 'updatedExisting' : true }, 'value' : { '_id' : "
	    "1, "
	    "'l' : [ 'a' ] }, 'ok' : 1.0 }");
	assert_reply(&db,
	    "{'delete': 'c', " D "'deletes': [{'q': {'x': 'apple'}, 'limit': 0}]}",
	    "{ 'n' : 2, 'ok' : 1.0 }");
}

/* Written before there is such a collection: nothing is known of its collation. */
static void a_new_collection_is_by_bytes(void **state)
{
	assert_reply(&db,
	    "{'update': 'new', " D "'updates': [{'q': {'_id': 'a'}, 'u': {'$set': {'n': 1}}, "
	    "'upsert': true}, {'q': {'_id': 'A'}, 'u': {'$set': {'n': 1}}, 'upsert': true}]}",
	    "{ 'n' : 2, 'upserted' : [ { 'index' : 0, '_id' : 'a' }, { 'index' : 1, '_id' : "
	    "'A' } "
	    "], 'nModified' : 0, 'ok' : 1.0 }");
}

static const char *first_batch(const char *command)
{
	struct value batch = database_at(harness_run(&db.h, command), "cursor.firstBatch");

	assert_int_equal(batch.type, TYPE_ARRAY);
	return json_text(&db.h.arena, value_doc(batch));
}

static void groups(void **state)
{
#define GROUP(accumulator)                                                                     \
	"{'aggregate': 'c', " D                                                                \
	"'cursor': {}, 'pipeline': [{'$sort': {'_id': 1}}, {'$group': "                        \
	"{'_id': null, 'v': {" accumulator ": '$x'}}}]"
	assert_string_equal(
	    first_batch(GROUP("'$min'") "}"), "{ '0' : { '_id' : null, 'v' : 'Apple' } }");
	assert_string_equal(
	    first_batch(GROUP("'$max'") "}"), "{ '0' : { '_id' : null, 'v' : 'Zebra' } }");
	assert_string_equal(first_batch(GROUP("'$max'") SIMPLE "}"),
	    "{ '0' : { '_id' : null, 'v' : 'pear' } }");
	assert_string_equal(first_batch(GROUP("'$addToSet'") "}"),
	    "{ '0' : { '_id' : null, 'v' : [ 'pear', 'Apple', 'Zebra' ] } }");
	assert_string_equal(first_batch("{'aggregate': 'c', " D
					"'cursor': {}, 'pipeline': [{'$group': {'_id': '$x', "
					"'n': {'$sum': 1}}}, {'$match': {'_id': 'APPLE'}}]}"),
	    "{ '0' : { '_id' : 'Apple', 'n' : 2 } }");
}

static void views(void **state)
{
	assert_code(&db, "{'create': 'v', " D "'viewOn': 'c', 'pipeline': []}", 0);
	assert_code(&db,
	    "{'create': 'w', " D "'viewOn': 'c', 'pipeline': [], 'collation': " EN2 "}", 0);
	/* Not that of the collection below. */
	assert_string_equal(first_batch("{'find': 'v', " D "'filter': {'x': 'APPLE'}}"), "{ }");
	assert_string_equal(
	    first_batch(
		"{'find': 'w', " D "'filter': {'x': 'APPLE'}, 'limit': 1, 'sort': {'_id': 1}}"),
	    "{ '0' : { '_id' : 2, 'x' : 'Apple' } }");
	assert_code(
	    &db, "{'find': 'v', " D "'collation': " EN2 "}", ERR_OPTION_NOT_SUPPORTED_ON_VIEW);
	assert_code(&db, "{'find': 'v', " D "'collation': {'locale': 'simple'}}", 0);
	assert_code(&db, "{'find': 'w', " D "'collation': {'strength': 2, 'locale': 'en'}}", 0);
	assert_code(&db, "{'create': 'vw', " D "'viewOn': 'w', 'pipeline': []}",
	    ERR_OPTION_NOT_SUPPORTED_ON_VIEW);
	assert_code(&db,
	    "{'create': 'ww', " D "'viewOn': 'w', 'pipeline': [], 'collation': " EN2 "}", 0);
}

static void indexes(void **state)
{
	static const struct code_case cases[] = {
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'x': 'text'}, 'name': 't'}]}",
		ERR_CANNOT_CREATE_INDEX},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'x': 1}, 'name': 'e', "
	     "'collation': {}}]}",
		ERR_BAD_VALUE},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'x': 1}, 'name': 'u', "
	     "'unique': true}]}",
		ERR_DUPLICATE_KEY},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'x': 1}, 'name': 'b', "
	     "'unique': true, 'collation': {'locale': 'simple'}}]}",
		0},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'x': 1}, 'name': 'en', "
	     "'collation': {'locale': 'en'}}]}",
		0},
	    /* the same, in words or by inheriting */
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'y': 1}, 'name': 'y'}]}", 0},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'y': 1}, 'name': 'y', "
	     "'collation': " EN2 "}]}",
		0},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'y': 1}, 'name': 'y2', "
	     "'collation': " EN2 "}]}",
		ERR_INDEX_OPTIONS_CONFLICT},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'_id': 1}, 'name': 'i'}]}", 0},
	    {"{'createIndexes': 'c', " D "'indexes': [{'key': {'_id': 1}, 'name': 'i', "
	     "'collation': {'locale': 'simple'}}]}",
		ERR_BAD_VALUE},
	};

	assert_codes(&db, cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(count_and_distinct, setup, teardown),
	    cmocka_unit_test_setup_teardown(writes, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_new_collection_is_by_bytes, setup, teardown),
	    cmocka_unit_test_setup_teardown(groups, setup, teardown),
	    cmocka_unit_test_setup_teardown(views, setup, teardown),
	    cmocka_unit_test_setup_teardown(indexes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
