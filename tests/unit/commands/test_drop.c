#include "support/unit.h"

#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_REPLSET);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

static void insert(const char *database, const char *name)
{
	assert_code(&db,
	    arena_printf(&db.h.arena,
		"{'insert': '%s', '$db': '%s', 'documents': [{'_id': 1}]}", name, database),
	    0);
}

static int64_t count(const char *database, const char *name)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena, "{'count': '%s', '$db': '%s'}", name, database));
	int64_t n = -1;

	assert_true(value_to_i64(doc_get(reply, "n"), &n));
	return n;
}

static void a_collection_is_dropped(void **state)
{
	insert("a", "c");
	assert_reply(&db, "{'drop': 'c', '$db': 'a'}",
	    "{ 'nIndexesWas' : 1, 'ns' : 'a.c', 'ok' : 1.0 }");
	assert_int_equal(count("a", "c"), 0);
	/* As the client wishes: it is not there. */
	assert_reply(&db, "{'drop': 'c', '$db': 'a'}", "{ 'ok' : 1.0 }");
	assert_code(&db, "{'drop': '', '$db': 'a'}", ERR_INVALID_NAMESPACE);
	assert_code(&db, "{'drop': 'oplog.rs', '$db': 'local'}", ERR_ILLEGAL_OPERATION);
	assert_code(&db, "{'drop': 'c', '$db': 'a', 'bogus': 1}", ERR_UNKNOWN_FIELD);
}

static void a_database_is_dropped(void **state)
{
	static const struct code_case cases[] = {
	    {"{'dropDatabase': null, '$db': 'b'}", ERR_MISSING_FIELD},
	    {"{'dropDatabase': true, '$db': 'b'}", ERR_TYPE_MISMATCH},
	    {"{'dropDatabase': 0, '$db': 'b'}", ERR_DROP_DATABASE_VALUE},
	    {"{'dropDatabase': 2, '$db': 'b'}", ERR_DROP_DATABASE_VALUE},
	    {"{'dropDatabase': 0.9, '$db': 'b'}", ERR_DROP_DATABASE_VALUE},
	    {"{'dropDatabase': {'$numberDecimal': '1.5'}, '$db': 'b'}",
		ERR_DROP_DATABASE_VALUE},
	    {"{'dropDatabase': 1, '$db': 'admin'}", ERR_ILLEGAL_OPERATION},
	    {"{'dropDatabase': 1, '$db': 'local'}", ERR_ILLEGAL_OPERATION},
	};

	insert("b", "c");
	insert("b", "d");
	assert_codes(&db, cases);
	assert_int_equal(count("b", "c"), 1);
	assert_reply(
	    &db, "{'dropDatabase': {'$numberDecimal': '0.9'}, '$db': 'b'}", "{ 'ok' : 1.0 }");
	assert_int_equal(count("b", "c") + count("b", "d"), 0);
	assert_reply(&db, "{'dropDatabase': 1.9, '$db': 'b'}", "{ 'ok' : 1.0 }");
}

static void a_collection_is_renamed(void **state)
{
	insert("r", "from");
	insert("r", "there");
	assert_code(
	    &db, "{'renameCollection': 'r.from', 'to': 'r.to', '$db': 'r'}", ERR_UNAUTHORIZED);
	assert_code(&db, "{'renameCollection': 'r.from', 'to': 'r.there', '$db': 'admin'}",
	    ERR_NAMESPACE_EXISTS);
	assert_reply(&db, "{'renameCollection': 'r.from', 'to': 'r.to', '$db': 'admin'}",
	    "{ 'ok' : 1.0 }");
	assert_int_equal(count("r", "from"), 0);
	assert_int_equal(count("r", "to"), 1);
	assert_code(&db, "{'renameCollection': 'r.from', 'to': 'r.to', '$db': 'admin'}",
	    ERR_NAMESPACE_NOT_FOUND);
	assert_code(&db,
	    "{'renameCollection': 'r.to', 'to': 'other.to', 'dropTarget': true, '$db': "
	    "'admin'}",
	    0);
	assert_int_equal(count("other", "to"), 1);
	assert_code(&db,
	    "{'renameCollection': 'r.there', 'to': 'other.to', 'dropTarget': true, '$db': "
	    "'admin'}",
	    0);
	assert_int_equal(count("other", "to"), 1);
}

static void names_are_checked(void **state)
{
	static const struct code_case cases[] = {
	    {"{'renameCollection': null, 'to': 'a.b', '$db': 'admin'}", ERR_MISSING_FIELD},
	    {"{'renameCollection': 1, 'to': 'a.b', '$db': 'admin'}", ERR_TYPE_MISMATCH},
	    {"{'renameCollection': 'a.b', '$db': 'admin'}", ERR_MISSING_FIELD},
	    {"{'renameCollection': 'nodot', 'to': 'a.b', '$db': 'admin'}",
		ERR_INVALID_NAMESPACE},
	    {"{'renameCollection': 'a.b', 'to': 'nodot', '$db': 'admin'}",
		ERR_INVALID_NAMESPACE},
	    {"{'renameCollection': 'a.b', 'to': 'a.b', '$db': 'admin'}", ERR_ILLEGAL_OPERATION},
	    {"{'renameCollection': 'a.b', 'to': 'a.$b', '$db': 'admin'}",
		ERR_ILLEGAL_OPERATION},
	    {"{'renameCollection': 'a.b', 'to': 'a.c', 'dropTarget': null, '$db': 'admin'}",
		ERR_TYPE_MISMATCH},
	    {"{'renameCollection': 'a.b', 'to': 'a.c', 'stayTemp': null, '$db': 'admin'}",
		ERR_NAMESPACE_NOT_FOUND},
	    {"{'renameCollection': 'a.b', 'to': 'a.c', 'stayTemp': 1, '$db': 'admin'}",
		ERR_TYPE_MISMATCH},
	};

	assert_codes(&db, cases);
}

/* {"$binary": ...} of a collection's UUID. */
static const char *uuid_of(const char *database, const char *name)
{
	struct collection *c = catalog_find(
	    store_catalog(db.store.store), view_of_str(database), view_of_str(name));
	char hex[33];

	assert_non_null(c);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", c->uuid[i]);
	collection_unref(c);
	return arena_printf(&db.h.arena, "{'$uuid': '%.8s-%.4s-%.4s-%.4s-%.12s'}", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

static void another_collection_is_not_meant(void **state)
{
	struct view reply;
	const char *uuid;

	insert("u", "one");
	insert("u", "two");
	uuid = uuid_of("u", "two");
	reply = harness_run(&db.h, arena_printf(&db.h.arena,
				       "{'renameCollection': 'u.one', 'to': 'u.x', "
				       "'collectionUUID': %s, '$db': 'admin'}",
				       uuid));
	assert_int_equal(read_i32(doc_get(reply, "code").data), ERR_COLLECTION_UUID_MISMATCH);
	assert_string_equal((const char *)doc_get(reply, "db").data + 4, "u");
	assert_int_equal(doc_get(reply, "collectionUUID").type, TYPE_BINARY);
	assert_string_equal((const char *)doc_get(reply, "expectedCollection").data + 4, "one");
	assert_string_equal((const char *)doc_get(reply, "actualCollection").data + 4, "two");
	/* One of another database is not told. */
	insert("u2", "three");
	reply = harness_run(&db.h,
	    arena_printf(&db.h.arena, "{'drop': 'one', 'collectionUUID': %s, '$db': 'u'}",
		uuid_of("u2", "three")));
	assert_int_equal(read_i32(doc_get(reply, "code").data), ERR_COLLECTION_UUID_MISMATCH);
	assert_int_equal(doc_get(reply, "actualCollection").type, TYPE_NULL);
	assert_code(&db,
	    arena_printf(
		&db.h.arena, "{'drop': 'two', 'collectionUUID': %s, '$db': 'u'}", uuid),
	    0);
	assert_code(&db,
	    arena_printf(
		&db.h.arena, "{'drop': 'two', 'collectionUUID': %s, '$db': 'u'}", uuid),
	    ERR_COLLECTION_UUID_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_collection_is_dropped),
	    cmocka_unit_test(a_database_is_dropped),
	    cmocka_unit_test(a_collection_is_renamed),
	    cmocka_unit_test(names_are_checked),
	    cmocka_unit_test(another_collection_is_not_meant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
