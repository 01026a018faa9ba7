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

#define INDEXES(coll, specs)           "{'createIndexes': '" coll "', '$db': 'd', 'indexes': [" specs "]}"
#define INDEX(key, name)               "{'key': " key ", 'name': '" name "'}"
#define INDEX_WITH(key, name, options) "{'key': " key ", 'name': '" name "', " options "}"

static const char *specs_of(const char *coll)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena, "{'listIndexes': '%s', '$db': 'd'}", coll));
	struct view batch = value_doc(database_at(reply, "cursor.firstBatch"));

	return json_text(&db.h.arena, value_doc(array_at(batch, (size_t)doc_count(batch) - 1)));
}

static void replies_count(void **state)
{
	assert_reply(&db, INDEXES("n", INDEX("{'a': 1}", "a_1")),
	    "{ 'numIndexesBefore' : 1, 'numIndexesAfter' : 2, 'createdCollectionAutomatically' "
	    ": "
	    "true, 'ok' : 1.0 }");
	assert_reply(&db, INDEXES("n", INDEX("{'a': 1.0}", "a_1") "," INDEX("{'_id': 1}", "x")),
	    "{ 'numIndexesBefore' : 2, 'numIndexesAfter' : 2, 'createdCollectionAutomatically' "
	    ": "
	    "false, 'note' : 'all indexes already exist', 'ok' : 1.0 }");
	assert_reply(&db, INDEXES("n", INDEX("{'a': 1}", "a_1") "," INDEX("{'a': -1}", "down")),
	    "{ 'numIndexesBefore' : 2, 'numIndexesAfter' : 3, 'createdCollectionAutomatically' "
	    ": "
	    "false, 'ok' : 1.0 }");
	assert_reply(&db, "{'drop': 'n', '$db': 'd'}",
	    "{ 'nIndexesWas' : 3, 'ns' : 'd.n', 'ok' : 1.0 }");
}

static void specs_are_shown_as_they_count(void **state)
{
	static const struct {
		const char *given, *shown;
	} cases[] = {
	    {"{'name': 'a', 'key': {'a': {'$numberLong': '-1'}}, 'v': 2}",
		"{ 'v' : 2, 'key' : { 'a' : -1 }, 'name' : 'a' }"},
	    {"{'key': {'b': 1, 'c.d': 0.5}, 'name': 'b', 'unique': 1, 'background': true}",
		"{ 'v' : 2, 'key' : { 'b' : 1, 'c.d' : 0.5 }, 'name' : 'b', 'unique' : true }"},
	    {"{'key': {'e': 1}, 'name': 'e', 'sparse': true, 'unique': false, 'hidden': true}",
		"{ 'v' : 2, 'key' : { 'e' : 1 }, 'name' : 'e', 'sparse' : true, 'hidden' : "
		"true }"},
	    {"{'key': {'f': 1}, 'name': 'f', 'collation': {'locale': 'simple'}}",
		"{ 'v' : 2, 'key' : { 'f' : 1 }, 'name' : 'f' }"},
	    {"{'key': {'g': 1}, 'name': 'g', 'prepareUnique': 1, 'expireAfterSeconds': 5.7, "
	     "'partialFilterExpression': {'g': {'$gt': 1}}}",
		"{ 'v' : 2, 'key' : { 'g' : 1 }, 'name' : 'g', 'partialFilterExpression' : { "
		"'g' : { '$gt' : 1 } }, 'expireAfterSeconds' : 5, 'prepareUnique' : true }"},
	    {"{'key': {'h': 1}, 'name': 'h', 'prepareUnique': false, 'expireAfterSeconds': "
	     "{'$numberDecimal': '-0.5'}}",
		"{ 'v' : 2, 'key' : { 'h' : 1 }, 'name' : 'h', 'expireAfterSeconds' : 0 }"},
	    {"{'key': {'a': 1, 'i': '2dsphere'}, 'name': 'i'}",
		"{ 'v' : 2, 'key' : { 'a' : 1, 'i' : '2dsphere' }, 'name' : 'i', "
		"'2dsphereIndexVersion' : 3 }"},
	    {"{'key': {'j': '2d', 'a': -1}, 'name': 'j', 'bits': 20.0, 'min': 0, 'max': 1.5}",
		"{ 'v' : 2, 'key' : { 'j' : '2d', 'a' : -1 }, 'name' : 'j', 'bits' : 20, "
		"'min' : 0, 'max' : 1.5 }"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_code(&db,
		    arena_printf(&db.h.arena,
			"{'createIndexes': 's', '$db': 'd', 'indexes': [%s]}", cases[i].given),
		    0);
		assert_string_equal(specs_of("s"), cases[i].shown);
	}
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {"{'createIndexes': '', '$db': 'd', 'indexes': [{}]}", ERR_INVALID_NAMESPACE},
	    {"{'createIndexes': 'x', '$db': 'd'}", ERR_MISSING_FIELD},
	    {"{'createIndexes': 'x', '$db': 'd', 'indexes': {}}", ERR_TYPE_MISMATCH},
	    {INDEXES("x", ""), ERR_BAD_VALUE},
	    {INDEXES("x", "1"), ERR_TYPE_MISMATCH},
	    {INDEXES("x", "{}"), ERR_FAILED_TO_PARSE},
	    {INDEXES("x", "{'key': {'a': 1}}"), ERR_FAILED_TO_PARSE},
	    {INDEXES("x", "{'key': 1, 'name': 'x'}"), ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX("{}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': 1}", "")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': 1}", "*")), ERR_BAD_VALUE},
	    {INDEXES("x", INDEX("{'a': 1}", "_id_")), ERR_BAD_VALUE},
	    {INDEXES("x", INDEX("{'a': 0}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': true}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': 'other'}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'': 1}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a..b': 1}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a.': 1}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'$a': 1}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'_id': -1}", "x")), ERR_BAD_VALUE},
	    {INDEXES("x", INDEX_WITH("{'_id': 1}", "x", "'sparse': true")),
		ERR_INVALID_INDEX_SPECIFICATION_OPTION},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'bogus': 1")),
		ERR_INVALID_INDEX_SPECIFICATION_OPTION},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'unique': 'yes'")), ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'v': 1")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'v': 2.5")), ERR_BAD_VALUE},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'expireAfterSeconds': -1")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1, 'b': 1}", "x", "'expireAfterSeconds': 1")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'expireAfterSeconds': 'x'")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'expireAfterSeconds': 2147483648")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x",
			      "'expireAfterSeconds': {'$numberDouble': 'NaN'}")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'_id': 1}", "x", "'expireAfterSeconds': 1")),
		ERR_INVALID_INDEX_SPECIFICATION_OPTION},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'hidden': 1")), ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'prepareUnique': 'x'")),
		ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'partialFilterExpression': 1")),
		ERR_TYPE_MISMATCH},
	    {INDEXES("x",
		 INDEX_WITH("{'a': 1}", "x", "'partialFilterExpression': {'a': {'$ne': 1}}")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'collation': {}")), ERR_BAD_VALUE},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'weights': {'a': 1}")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 1}", "x", "'wildcardProjection': {'a': 1}")),
		ERR_BAD_VALUE},
	    {INDEXES("x", INDEX_WITH("{'a': 'hashed'}", "x", "'unique': true")),
		ERR_UNIQUE_HASHED_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 'hashed'}", "x", "'prepareUnique': true")),
		ERR_UNIQUE_HASHED_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 'hashed'}", "x", "'expireAfterSeconds': 1")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': 'hashed', 'b': 'hashed'}", "x")), ERR_TWO_HASHED_FIELDS},
	    {INDEXES("x", INDEX("{'a': 'wildcard'}", "x")), ERR_INDEX_TYPE_WILDCARD},
	    {INDEXES("x", INDEX("{'$**': 'wildcard'}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a.$**.$**': 1}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'$**': 1, 'a.$**': 1}", "x")), ERR_WILDCARD_MULTIPLE_FIELDS},
	    {INDEXES("x", INDEX_WITH("{'$**': 1}", "x", "'wildcardProjection': {}")),
		ERR_FAILED_TO_PARSE},
	    {INDEXES("x",
		 INDEX_WITH("{'b': 1, 'a.$**': 1}", "x", "'wildcardProjection': {'a': 1}")),
		ERR_FAILED_TO_PARSE},
	    {INDEXES("x", INDEX_WITH("{'a': 'text'}", "x", "'weights': 1")), ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX_WITH("{'a': 'text'}", "x", "'weights': 'a'")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 'text'}", "x", "'textIndexVersion': '3'")),
		ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX_WITH("{'a': 'text'}", "x", "'textIndexVersion': 4")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': '2d'}", "x", "'min': null")), ERR_TYPE_MISMATCH},
	    {INDEXES("x", INDEX_WITH("{'a': '2d'}", "x",
			      "'bits': {'$numberDecimal': '26'}")),
		ERR_INVALID_OPTIONS},
	    {INDEXES("x", INDEX_WITH("{'$**': 1}", "x", "'unique': true")),
		ERR_CANNOT_CREATE_INDEX},
	    {"{'createIndexes': 'x', '$db': 'd', 'commitQuorum': 1, 'indexes': [" INDEX(
		 "{'a': 1}", "x") "]}",
		ERR_BAD_VALUE},
	    {INDEXES("x", INDEX("{'a': 'text', 'b': 'hashed'}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': 'text', 'b': 1, 'c': 'text'}", "x")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'a': 'text', 'b': 2}", "x")), ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX("{'_fts': 'text', '_ftsx': 1}", "x")),
		ERR_CANNOT_CREATE_INDEX},
	    {INDEXES("x", INDEX_WITH("{'a': 'text'}", "x", "'default_language': 'klingon'")),
		ERR_CANNOT_CREATE_INDEX},
	};

	assert_codes(&db, cases);
	assert_code(&db, "{'listIndexes': 'x', '$db': 'd'}", ERR_NAMESPACE_NOT_FOUND);
	assert_code(&db, "{'reIndex': 'x', '$db': 'd'}", ERR_NAMESPACE_NOT_FOUND);
}

static void what_is_not_there_yet_is_refused_by_name(void **state)
{
	static const struct code_case cases[] = {
	    {INDEXES("x", INDEX_WITH("{'a': '2dsphere'}", "x", "'2dsphereIndexVersion': 1")),
		ERR_NOT_IMPLEMENTED},
	};

	assert_codes(&db, cases);
}

static void unknown_options_may_be_ignored(void **state)
{
	assert_code(&db,
	    "{'createIndexes': 'g', '$db': 'd', 'ignoreUnknownIndexOptions': true, 'indexes': "
	    "[" INDEX_WITH("{'a': 1}", "a", "'bogus': 1") "]}",
	    0);
	assert_string_equal(specs_of("g"), "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a' }");
}

static void indexes_that_differ_are_in_the_way(void **state)
{
	assert_code(&db, INDEXES("w", INDEX("{'a': 1}", "a")), 0);
	assert_code(&db, INDEXES("w", INDEX("{'a': 1}", "b")), ERR_INDEX_OPTIONS_CONFLICT);
	assert_code(&db, INDEXES("w", INDEX("{'b': 1}", "a")), ERR_INDEX_KEY_SPECS_CONFLICT);
	assert_code(&db, INDEXES("w", INDEX_WITH("{'a': 1}", "a", "'unique': true")),
	    ERR_INDEX_KEY_SPECS_CONFLICT);
	assert_code(&db, INDEXES("w", INDEX_WITH("{'a': 1}", "a", "'expireAfterSeconds': 1")),
	    ERR_INDEX_OPTIONS_CONFLICT);
	assert_code(&db, INDEXES("w", INDEX_WITH("{'a': 1}", "b", "'expireAfterSeconds': 1")),
	    ERR_INDEX_OPTIONS_CONFLICT);
	assert_code(&db, INDEXES("w", INDEX("{'c': 1}", "c1") "," INDEX("{'c': 1}", "c2")),
	    ERR_INDEX_OPTIONS_CONFLICT);
	assert_string_equal(specs_of("w"), "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a' }");
}

static void documents_of_capped_collections_do_not_expire(void **state)
{
	assert_code(&db, "{'create': 'l', '$db': 'd', 'capped': true, 'size': 4096}", 0);
	assert_code(&db, INDEXES("l", INDEX_WITH("{'a': 1}", "a", "'expireAfterSeconds': 1")),
	    ERR_CANNOT_CREATE_INDEX);
	assert_code(&db, INDEXES("l", INDEX("{'a': 1}", "a")), 0);
	assert_code(&db,
	    "{'collMod': 'l', '$db': 'd', 'index': {'name': 'a', 'expireAfterSeconds': 1}}",
	    ERR_INVALID_OPTIONS);
}

static void documents_that_are_there_get_in(void **state)
{
	struct view reply;

	assert_code(&db,
	    "{'insert': 'f', '$db': 'd', 'documents': [{'_id': 1, 'a': 5, 'b': 1}, {'_id': 2, "
	    "'a': "
	    "[7, 8], 'b': 1}, {'_id': 3}]}",
	    0);
	assert_code(&db, INDEXES("f", INDEX("{'a': 1}", "a")), 0);
	reply =
	    harness_run(&db.h, "{'find': 'f', '$db': 'd', 'filter': {'a': 8}, 'hint': 'a'}");
	assert_int_equal(doc_count(value_doc(database_at(reply, "cursor.firstBatch"))), 1);
	reply = harness_run(&db.h, INDEXES("f", INDEX_WITH("{'b': 1}", "b", "'unique': true")));
	assert_int_equal(read_i32(doc_get(reply, "code").data), ERR_DUPLICATE_KEY);
	assert_string_equal(
	    json_text(&db.h.arena, value_doc(doc_get(reply, "keyValue"))), "{ 'b' : 1 }");
	assert_string_equal(specs_of("f"), "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a' }");
	assert_code(
	    &db, INDEXES("f", INDEX_WITH("{'a': 1, 'b': 1}", "ab", "'unique': true")), 0);
	assert_code(
	    &db, "{'insert': 'f', '$db': 'd', 'documents': [{'_id': 4, 'a': 5, 'b': 2}]}", 0);
}

static void indexes_are_dropped(void **state)
{
	static const struct code_case cases[] = {
	    {"{'dropIndexes': 'p', '$db': 'd'}", ERR_MISSING_FIELD},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': 1}", ERR_TYPE_MISMATCH},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': [1]}", ERR_TYPE_MISMATCH},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': 'none'}", ERR_INDEX_NOT_FOUND},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': {'b': -1, 'a': 1}}",
		ERR_INDEX_NOT_FOUND},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': '_id_'}", ERR_INVALID_OPTIONS},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': {'_id': 1}}", ERR_INVALID_OPTIONS},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': ['x', 'none']}", ERR_INDEX_NOT_FOUND},
	    {"{'dropIndexes': 'p', '$db': 'd', 'index': ['x', 'x']}", ERR_INDEX_NOT_FOUND},
	    {"{'dropIndexes': 'nowhere', '$db': 'd', 'index': 'x'}", ERR_NAMESPACE_NOT_FOUND},
	};

	assert_code(&db,
	    INDEXES("p", INDEX("{'a': 1, 'b': -1}", "x") "," INDEX("{'c': 1}", "y") "," INDEX(
			     "{'e': 1}", "z")),
	    0);
	assert_codes(&db, cases);
	assert_reply(&db, "{'deleteIndexes': 'p', '$db': 'd', 'index': {'a': 1.0, 'b': -1}}",
	    "{ 'nIndexesWas' : 4, 'ok' : 1.0 }");
	assert_reply(&db, "{'dropIndexes': 'p', '$db': 'd', 'index': []}",
	    "{ 'nIndexesWas' : 3, 'ok' : 1.0 }");
	assert_reply(&db, "{'dropIndexes': 'p', '$db': 'd', 'index': '*'}",
	    "{ 'nIndexesWas' : 3, 'msg' : 'non-_id indexes dropped for collection', 'ok' : 1.0 "
	    "}");
	assert_string_equal(
	    specs_of("p"), "{ 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_' }");
}

static void two_indexes_on_one_key_need_a_name(void **state)
{
	assert_code(&db,
	    INDEXES(
		"q", INDEX("{'a': 1}", "x") "," INDEX_WITH("{'a': 1}", "y", "'sparse': true")),
	    0);
	assert_code(&db, "{'dropIndexes': 'q', '$db': 'd', 'index': {'a': 1}}",
	    ERR_AMBIGUOUS_INDEX_KEY_PATTERN);
	assert_code(&db, "{'dropIndexes': 'q', '$db': 'd', 'index': ['x', 'y']}", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replies_count),
	    cmocka_unit_test(specs_are_shown_as_they_count),
	    cmocka_unit_test(what_is_wrong_has_its_code),
	    cmocka_unit_test(what_is_not_there_yet_is_refused_by_name),
	    cmocka_unit_test(unknown_options_may_be_ignored),
	    cmocka_unit_test(indexes_that_differ_are_in_the_way),
	    cmocka_unit_test(documents_of_capped_collections_do_not_expire),
	    cmocka_unit_test(documents_that_are_there_get_in),
	    cmocka_unit_test(indexes_are_dropped),
	    cmocka_unit_test(two_indexes_on_one_key_need_a_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
