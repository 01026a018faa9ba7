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

static void make(const char *database, const char *name)
{
	assert_code(
	    &db, arena_printf(&db.h.arena, "{'create': '%s', '$db': '%s'}", name, database), 0);
}

/* --------------------------------------------------------- listCollections */

static void collections_are_listed(void **state)
{
	struct view reply;

	make("a", "one");
	reply = harness_run(&db.h, "{'listCollections': 1, '$db': 'a'}");
	assert_int_equal(database_at(reply, "cursor.firstBatch.0.info.uuid").type, TYPE_BINARY);
	assert_string_equal(json_text(&db.h.arena,
				value_doc(database_at(reply, "cursor.firstBatch.0.idIndex"))),
	    "{ 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_' }");
	make("a", "two");
	assert_reply(&db, "{'listCollections': 1, '$db': 'a', 'nameOnly': true}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'name' : 'one', 'type' : 'collection' }, { "
	    "'name' : "
	    "'two', 'type' : 'collection' } ], 'id' : 0, 'ns' : 'a.$cmd.listCollections' }, "
	    "'ok' : 1.0 }");
	/* The filter sees what is returned, and nothing else. */
	assert_reply(&db,
	    "{'listCollections': 1, '$db': 'a', 'nameOnly': true, 'filter': {'info': "
	    "{'$exists': "
	    "true}}}",
	    "{ 'cursor' : { 'firstBatch' : [  ], 'id' : 0, 'ns' : 'a.$cmd.listCollections' }, "
	    "'ok' : 1.0 }");
	assert_code(
	    &db, "{'listCollections': 1, '$db': 'a', 'filter': {'$bogus': 1}}", ERR_BAD_VALUE);
	assert_code(&db,
	    "{'listCollections': 1, '$db': 'a', 'filter': {'$expr': {'$size': '$name'}}}",
	    17124);
}

static void lists_come_in_batches(void **state)
{
	struct view reply;
	int64_t id;
	char *more;

	for (int i = 0; i < 5; i++)
		make("b", arena_printf(&db.h.arena, "c%d", i));
	reply = harness_run(&db.h,
	    "{'listCollections': 1, '$db': 'b', 'nameOnly': true, 'cursor': {'batchSize': 2}}");
	assert_int_equal(doc_count(value_doc(database_at(reply, "cursor.firstBatch"))), 2);
	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	assert_int_not_equal(id, 0);
	more = arena_printf(&db.h.arena,
	    "{'getMore': {'$numberLong': '%lld'}, 'collection': '$cmd.listCollections', '$db': "
	    "'b'}",
	    (long long)id);
	assert_reply(&db, more,
	    "{ 'cursor' : { 'nextBatch' : [ { 'name' : 'c2', 'type' : 'collection' }, { 'name' "
	    ": "
	    "'c3', 'type' : 'collection' }, { 'name' : 'c4', 'type' : 'collection' } ], 'id' : "
	    "0, "
	    "'ns' : 'b.$cmd.listCollections' }, 'ok' : 1.0 }");
	assert_code(&db, more, ERR_CURSOR_NOT_FOUND);
	/* Exactly the last one: no cursor stays open for nothing. */
	reply = harness_run(
	    &db.h, "{'listCollections': 1, '$db': 'b', 'cursor': {'batchSize': 5}}");
	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	assert_int_equal(id, 0);
	/* Nor for a list without anything. */
	reply = harness_run(
	    &db.h, "{'listCollections': 1, '$db': 'empty', 'cursor': {'batchSize': 0}}");
	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	assert_int_equal(id, 0);
}

/* ----------------------------------------------------------- listDatabases */

static void databases_are_listed(void **state)
{
	struct view reply;
	int64_t size, total;

	make("mine", "c");
	assert_code(&db, "{'listDatabases': 1, '$db': 'mine'}", ERR_UNAUTHORIZED);
	assert_reply(&db,
	    "{'listDatabases': 1, '$db': 'admin', 'nameOnly': true, 'filter': {'name': {'$gt': "
	    "'b'}}}",
	    "{ 'databases' : [ { 'name' : 'config' }, { 'name' : 'local' }, { 'name' : 'mine' "
	    "} ], "
	    "'ok' : 1.0 }");
	make("admin", "c");
	reply = harness_run(
	    &db.h, "{'listDatabases': 1, '$db': 'admin', 'filter': {'name': 'admin'}}");
	assert_int_equal(doc_count(value_doc(doc_get(reply, "databases"))), 1);
	assert_int_equal(database_at(reply, "databases.0.sizeOnDisk").type, TYPE_INT64);
	assert_true(value_to_i64(database_at(reply, "databases.0.sizeOnDisk"), &size));
	assert_true(value_to_i64(doc_get(reply, "totalSize"), &total));
	assert_true(size > 0);
	assert_int_equal(total, size);
	assert_int_equal(doc_get(reply, "totalSizeMb").type, TYPE_INT64);
}

/* ------------------------------------------------------------- listIndexes */

static void indexes_are_listed(void **state)
{
	make("i", "c");
	assert_reply(&db, "{'listIndexes': 'c', '$db': 'i'}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_' "
	    "} ], "
	    "'id' : 0, 'ns' : 'i.c' }, 'ok' : 1.0 }");
	assert_reply(&db, "{'listIndexes': 'c', '$db': 'i', 'includeIndexBuildInfo': true}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'spec' : { 'v' : 2, 'key' : { '_id' : 1 }, "
	    "'name' : "
	    "'_id_' } } ], 'id' : 0, 'ns' : 'i.c' }, 'ok' : 1.0 }");
	assert_code(&db, "{'listIndexes': 'none', '$db': 'i'}", ERR_NAMESPACE_NOT_FOUND);
	assert_code(&db, "{'listIndexes': 'c', '$db': 'i', 'filter': {}}", ERR_UNKNOWN_FIELD);
	assert_code(&db,
	    "{'create': 's', '$db': 'i', 'storageEngine': {'dolmen': {'recordKey': "
	    "'sequence'}}}",
	    0);
	assert_reply(&db, "{'listIndexes': 's', '$db': 'i'}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_' "
	    "} ], "
	    "'id' : 0, 'ns' : 'i.s' }, 'ok' : 1.0 }");
	assert_code(&db,
	    "{'create': 'k', '$db': 'i', 'clusteredIndex': {'key': {'_id': 1}, 'unique': true, "
	    "'name': 'mine'}}",
	    0);
	assert_reply(&db, "{'listIndexes': 'k', '$db': 'i'}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : "
	    "'mine', "
	    "'unique' : true, 'clustered' : true } ], 'id' : 0, 'ns' : 'i.k' }, 'ok' : 1.0 }");
	assert_code(
	    &db, "{'dropIndexes': 'k', '$db': 'i', 'index': 'mine'}", ERR_CLUSTERED_INDEX_DROP);
}

/* ----------------------------------------------------------------- figures */

static void figures_are_told(void **state)
{
	struct view reply;

	make("f", "c");
	assert_code(&db,
	    "{'insert': 'c', '$db': 'f', 'documents': [{'_id': 1, 'a': 'x'}, {'_id': 2}]}", 0);
	reply = harness_run(&db.h, "{'dbStats': 1, '$db': 'f', 'scale': 2.5}");
	assert_int_equal(read_i64(doc_get(reply, "collections").data), 1);
	assert_int_equal(read_i64(doc_get(reply, "views").data), 0);
	assert_int_equal(read_i64(doc_get(reply, "objects").data), 2);
	assert_int_equal(read_i64(doc_get(reply, "scaleFactor").data), 2);
	/* {_id: int, a: "x"} has 23 bytes, {_id: int} 14. */
	assert_true(read_double(doc_get(reply, "dataSize").data) == 37 / 2.0);
	assert_true(read_double(doc_get(reply, "avgObjSize").data) == 37 / 2.0);
	assert_code(&db, "{'create': 'v', '$db': 'f', 'viewOn': 'c'}", 0);
	/* system.views comes with it. */
	reply = harness_run(&db.h, "{'dbStats': 1, '$db': 'f'}");
	assert_int_equal(read_i64(doc_get(reply, "collections").data), 2);
	assert_int_equal(read_i64(doc_get(reply, "views").data), 1);
	reply = harness_run(&db.h, "{'collStats': 'c', '$db': 'f'}");
	assert_int_equal(read_i32(doc_get(reply, "count").data), 2);
	assert_int_equal(read_i32(doc_get(reply, "size").data), 37);
	assert_code(&db, "{'collStats': 'v', '$db': 'f'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW);
	assert_code(&db, "{'collStats': 'c', '$db': 'f', 'scale': 0}", ERR_BAD_VALUE);
	assert_code(&db, "{'collStats': 'none', '$db': 'f'}", 0);
	reply = harness_run(&db.h, "{'dataSize': 'f.c', '$db': 'f'}");
	assert_int_equal(read_i64(doc_get(reply, "size").data), 37);
	reply = harness_run(&db.h, "{'dataSize': 'f.c', '$db': 'f', 'keyPattern': {'_id': 1}, "
				   "'min': {'_id': 2}, 'max': "
				   "{'_id': 9}}");
	assert_int_equal(read_i64(doc_get(reply, "size").data), 14);
	assert_int_equal(read_i64(doc_get(reply, "numObjects").data), 1);
	assert_code(&db, "{'dataSize': 'f.c', '$db': 'f', 'min': {'_id': 2}}", ERR_BAD_VALUE);
	assert_code(&db, "{'dataSize': 'nodot', '$db': 'f'}", ERR_INVALID_NAMESPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(collections_are_listed),
	    cmocka_unit_test(lists_come_in_batches),
	    cmocka_unit_test(databases_are_listed),
	    cmocka_unit_test(indexes_are_listed),
	    cmocka_unit_test(figures_are_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
