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

/* The options that listCollections shows. */
static const char *options_of(const char *name)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena,
		       "{'listCollections': 1, '$db': 'd', 'filter': {'name': '%s'}}", name));
	struct value v = database_at(reply, "cursor.firstBatch.0.options");

	return v.type == TYPE_OBJECT ? json_text(&db.h.arena, value_doc(v)) : "none";
}

#define MOD(options)          "{'collMod': 'c', '$db': 'd', " options "}"
#define MOD_OF(name, options) "{'collMod': '" name "', '$db': 'd', " options "}"

static void make_all(void)
{
	assert_code(&db, "{'create': 'c', '$db': 'd'}", 0);
	assert_code(&db, "{'create': 'capped', '$db': 'd', 'capped': true, 'size': 4096}", 0);
	assert_code(&db,
	    "{'create': 'view', '$db': 'd', 'viewOn': 'c', 'pipeline': [{'$skip': 1}]}", 0);
	assert_code(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}, "
	    "{'key': {'b': 1}, 'name': 'b_1', 'unique': true}, "
	    "{'key': {'a': 1}, 'name': 'a_en', 'collation': {'locale': 'en'}}, "
	    "{'key': {'x': 1, 'y': 1}, 'name': 'xy'}]}",
	    0);
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {MOD_OF("none", "'validator': {}"), ERR_NAMESPACE_NOT_FOUND},
	    {"{'collMod': 1, '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {MOD("'bogus': 1"), ERR_UNKNOWN_FIELD},
	    {MOD("'validator': 1"), ERR_TYPE_MISMATCH},
	    {MOD("'validator': {'$bogus': 1}"), ERR_BAD_VALUE},
	    {MOD("'validationLevel': 'bogus'"), ERR_BAD_VALUE},
	    {MOD("'validationAction': 'bogus'"), ERR_BAD_VALUE},
	    {MOD("'viewOn': 'x'"), ERR_INVALID_OPTIONS},
	    {MOD("'pipeline': []"), ERR_INVALID_OPTIONS},
	    {MOD("'cappedSize': 10"), ERR_INVALID_OPTIONS},
	    {MOD("'cappedMax': 10"), ERR_INVALID_OPTIONS},
	    {MOD("'timeseries': {}"), ERR_INVALID_OPTIONS},
	    {MOD("'expireAfterSeconds': 10"), ERR_INVALID_OPTIONS},
	    {MOD("'expireAfterSeconds': []"), ERR_TYPE_MISMATCH},
	    {MOD("'changeStreamPreAndPostImages': {}"), ERR_MISSING_FIELD},
	    {MOD_OF("capped", "'cappedSize': 0"), ERR_BAD_VALUE},
	    {MOD_OF("capped", "'cappedMax': 2147483648"), ERR_BAD_VALUE},
	    {MOD_OF("view", "'validator': {}"), ERR_INVALID_OPTIONS},
	    {MOD_OF("view", "'cappedMax': 1"), ERR_INVALID_OPTIONS},
	    {MOD_OF("view", "'index': {'name': 'a', 'hidden': true}"), ERR_INVALID_OPTIONS},
	    {MOD_OF("view", "'viewOn': ''"), ERR_BAD_VALUE},
	    {MOD_OF("view", "'viewOn': '$x'"), ERR_INVALID_NAMESPACE},
	    {MOD_OF("view", "'viewOn': 'view'"), ERR_GRAPH_CONTAINS_CYCLE},
	    {MOD_OF("view", "'pipeline': [1]"), ERR_TYPE_MISMATCH},
	    {MOD_OF("view", "'pipeline': [{'$out': 'x'}]"), ERR_OPTION_NOT_SUPPORTED_ON_VIEW},
	    {MOD_OF("view", "'pipeline': [{'$changeStream': {}}]"),
		ERR_OPTION_NOT_SUPPORTED_ON_VIEW},
	    {MOD_OF("system.views", "'validator': {'a': 1}"), ERR_INVALID_OPTIONS},
	    {MOD("'index': 'a_1'"), ERR_TYPE_MISMATCH},
	    {MOD("'index': {'name': 'a_1'}"), ERR_INVALID_OPTIONS},
	    {MOD("'index': {'hidden': true}"), ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'a_1', 'keyPattern': {'a': 1}, 'hidden': true}"),
		ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'none', 'hidden': true}"), ERR_INDEX_NOT_FOUND},
	    {MOD("'index': {'keyPattern': {'z': 1}, 'hidden': true}"), ERR_INDEX_NOT_FOUND},
	    {MOD("'index': {'keyPattern': {'a': 1}, 'hidden': true}"),
		ERR_AMBIGUOUS_INDEX_KEY_PATTERN},
	    {MOD("'index': {'name': '_id_', 'hidden': true}"), ERR_BAD_VALUE},
	    {MOD("'index': {'keyPattern': {'_id': 1}, 'hidden': true}"), ERR_BAD_VALUE},
	    {MOD("'index': {'name': 'a_1', 'unique': false}"), ERR_BAD_VALUE},
	    {MOD("'index': {'name': 'a_1', 'unique': true}"), ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'a_1', 'expireAfterSeconds': -1}"), ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'xy', 'expireAfterSeconds': 1}"), ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'a_1', 'bogus': 1}"), ERR_UNKNOWN_FIELD},
	    {MOD("'dryRun': true"), ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'a_1', 'hidden': true}, 'dryRun': true"),
		ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'a_1', 'expireAfterSeconds': 2147483648}"),
		ERR_INVALID_OPTIONS},
	    {MOD("'index': {'name': 'a_1', 'unique': true}, 'dryRun': true"),
		ERR_INVALID_OPTIONS},
	    {MOD_OF("none", "'index': {'name': 'a_1', 'unique': true}, 'dryRun': true"),
		ERR_NAMESPACE_NOT_FOUND},
	    {MOD_OF("none", "'index': {'name': 'a_1', 'unique': true}"),
		ERR_NAMESPACE_NOT_FOUND},
	    {MOD("'index': {'name': 'none', 'unique': true}"), ERR_INDEX_NOT_FOUND},
	    {MOD("'index': {'name': 'a_1', 'prepareUnique': true, 'unique': true}"),
		ERR_INVALID_OPTIONS},
	};

	make_all();
	assert_codes(&db, cases);
	assert_string_equal(options_of("c"), "{ }");
	assert_string_equal(
	    options_of("view"), "{ 'viewOn' : 'c', 'pipeline' : [ { '$skip' : 1 } ] }");
}

static void options_are_changed(void **state)
{
	static const struct {
		const char *mod, *name, *options;
	} cases[] = {
	    {MOD("'comment': 1"), "c", "{ }"},
	    {MOD("'validator': {'a': 1}"), "c", "{ 'validator' : { 'a' : 1 } }"},
	    {MOD("'validationLevel': 'moderate', 'validator': null"), "c",
		"{ 'validator' : { 'a' : 1 }, 'validationLevel' : 'moderate' }"},
	    {MOD("'validator': {}, 'changeStreamPreAndPostImages': {'enabled': true}"), "c",
		"{ 'changeStreamPreAndPostImages' : { 'enabled' : true }, "
		"'validationLevel' : 'moderate' }"},
	    {MOD("'changeStreamPreAndPostImages': {'enabled': false}"), "c",
		"{ 'validationLevel' : 'moderate' }"},
	    {MOD_OF("capped", "'cappedSize': 8192, 'cappedMax': 5"), "capped",
		"{ 'capped' : true, 'size' : 8192, 'max' : 5 }"},
	    {MOD_OF("capped", "'cappedMax': -1, 'validator': {'a': 1}"), "capped",
		"{ 'capped' : true, 'size' : 8192, 'validator' : { 'a' : 1 } }"},
	    {MOD_OF("view", "'viewOn': 'capped'"), "view",
		"{ 'viewOn' : 'capped', 'pipeline' : [ { '$skip' : 1 } ] }"},
	    {MOD_OF("view", "'pipeline': [null, {'$limit': 1}]"), "view",
		"{ 'viewOn' : 'capped', 'pipeline' : [ { '$limit' : 1 } ] }"},
	};

	make_all();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_reply(&db, cases[i].mod, "{ 'ok' : 1.0 }");
		assert_string_equal(options_of(cases[i].name), cases[i].options);
	}
	assert_reply(&db, "{'find': 'system.views', '$db': 'd', 'projection': {'_id': 0}}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'viewOn' : 'capped', 'pipeline' : "
	    "[ { '$limit' : 1 } ] } ], 'id' : 0, 'ns' : 'd.system.views' }, 'ok' : 1.0 }");
}

static int insert(const char *doc)
{
	struct view reply = harness_run(&db.h,
	    arena_printf(&db.h.arena, "{'insert': 'c', '$db': 'd', 'documents': [%s]}", doc));
	struct value code = database_at(reply, "writeErrors.0.code");

	return code.type == TYPE_INT32 ? read_i32(code.data) : 0;
}

static void validators_come_and_go(void **state)
{
	make_all();
	assert_int_equal(insert("{'a': 'x', 'b': 1}"), 0);
	assert_code(&db, MOD("'validator': {'a': 1}"), 0);
	assert_int_equal(insert("{'a': 'x', 'b': 2}"), ERR_DOCUMENT_VALIDATION_FAILURE);
	assert_code(&db, MOD("'validationAction': 'warn'"), 0);
	assert_int_equal(insert("{'a': 'x', 'b': 3}"), 0);
	assert_code(&db, MOD("'validationAction': 'error', 'validationLevel': 'off'"), 0);
	assert_int_equal(insert("{'a': 'x', 'b': 4}"), 0);
	assert_code(&db, MOD("'validationLevel': 'strict'"), 0);
	assert_int_equal(insert("{'a': 'x', 'b': 5}"), ERR_DOCUMENT_VALIDATION_FAILURE);
	assert_code(&db, MOD("'validator': {}"), 0);
	assert_int_equal(insert("{'a': 'x', 'b': 6}"), 0);
}

static void a_capped_collection_shrinks(void **state)
{
	make_all();
	assert_code(&db,
	    "{'insert': 'capped', '$db': 'd', 'documents': [{'_id': 1}, {'_id': 2}, "
	    "{'_id': 3}]}",
	    0);
	assert_code(&db, MOD_OF("capped", "'cappedMax': 2"), 0);
	assert_code(&db, "{'insert': 'capped', '$db': 'd', 'documents': [{'_id': 4}]}", 0);
	assert_reply(&db, "{'find': 'capped', '$db': 'd'}",
	    "{ 'cursor' : { 'firstBatch' : [ { '_id' : 3 }, { '_id' : 4 } ], 'id' : 0, "
	    "'ns' : 'd.capped' }, 'ok' : 1.0 }");
}

static void an_index_is_hidden(void **state)
{
	make_all();
	assert_reply(&db, MOD("'index': {'name': 'a_1', 'hidden': 2.5}"),
	    "{ 'hidden_old' : false, 'hidden_new' : true, 'ok' : 1.0 }");
	assert_reply(&db, MOD("'index': {'name': 'a_1', 'hidden': true}"), "{ 'ok' : 1.0 }");
	/* as createIndexes has it */
	assert_reply(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a_1', "
	    "'hidden': true}]}",
	    "{ 'numIndexesBefore' : 5, 'numIndexesAfter' : 5, "
	    "'createdCollectionAutomatically' : false, 'note' : 'all indexes already exist', "
	    "'ok' : 1.0 }");
	assert_reply(&db,
	    MOD("'index': {'name': 'a_1', 'hidden': false}, 'validationLevel': 'off'"),
	    "{ 'hidden_old' : true, 'hidden_new' : false, 'ok' : 1.0 }");
	assert_string_equal(options_of("c"), "{ 'validationLevel' : 'off' }");
	assert_reply(&db, MOD("'index': {'name': 'b_1', 'unique': true}"), "{ 'ok' : 1.0 }");
	assert_reply(&db, MOD("'index': {'keyPattern': {'b': 1}, 'hidden': true}"),
	    "{ 'hidden_old' : false, 'hidden_new' : true, 'ok' : 1.0 }");
	/* Hidden or not, it is unique. */
	assert_int_equal(insert("{'b': 1}"), 0);
	assert_int_equal(insert("{'b': 1}"), ERR_DUPLICATE_KEY);
}

/* As listIndexes shows it. */
static const char *spec_of(const char *name)
{
	struct view reply = harness_run(&db.h, "{'listIndexes': 'c', '$db': 'd'}");
	struct doc_iter it = doc_iter(value_doc(database_at(reply, "cursor.firstBatch")));
	struct element e;

	while (doc_next(&it, &e))
		if (view_equal(
			value_str(doc_get(value_doc(e.value), "name")), view_of_str(name)))
			return json_text(&db.h.arena, value_doc(e.value));
	return "none";
}

static void an_index_gets_an_age(void **state)
{
	make_all();
	assert_reply(&db, MOD("'index': {'name': 'a_1', 'expireAfterSeconds': 10.9}"),
	    "{ 'expireAfterSeconds_new' : 10, 'ok' : 1.0 }");
	assert_reply(
	    &db, MOD("'index': {'name': 'a_1', 'expireAfterSeconds': 20, 'hidden': true}"),
	    "{ 'expireAfterSeconds_old' : 10, 'expireAfterSeconds_new' : 20, 'hidden_old' : "
	    "false, 'hidden_new' : true, 'ok' : 1.0 }");
	assert_string_equal(spec_of("a_1"), "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a_1', "
					    "'expireAfterSeconds' : 20, 'hidden' : true }");
	assert_reply(&db, MOD("'index': {'name': 'a_1', 'expireAfterSeconds': 20}"),
	    "{ 'expireAfterSeconds_old' : 20, 'expireAfterSeconds_new' : 20, 'ok' : 1.0 }");
}

static void clustered_collections_get_an_age(void **state)
{
	make_all();
	assert_code(&db,
	    "{'create': 'k', '$db': 'd', 'clusteredIndex': {'key': {'_id': 1}, 'unique': "
	    "true}, 'expireAfterSeconds': 10}",
	    0);
	assert_string_equal(options_of("k"),
	    "{ 'clusteredIndex' : { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_', "
	    "'unique' : true }, 'expireAfterSeconds' : 10 }");
	assert_reply(&db, MOD_OF("k", "'expireAfterSeconds': 20"), "{ 'ok' : 1.0 }");
	assert_string_equal(options_of("k"),
	    "{ 'clusteredIndex' : { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_', "
	    "'unique' : true }, 'expireAfterSeconds' : 20 }");
	assert_reply(&db, MOD_OF("k", "'expireAfterSeconds': 'off'"), "{ 'ok' : 1.0 }");
	assert_string_equal(options_of("k"),
	    "{ 'clusteredIndex' : { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_', "
	    "'unique' : true } }");
	assert_code(&db, MOD_OF("k", "'expireAfterSeconds': -1"), ERR_INVALID_OPTIONS);
	assert_code(&db, MOD_OF("k", "'expireAfterSeconds': 'on'"), ERR_INVALID_OPTIONS);
}

#define PREPARE(yes)        MOD("'index': {'name': 'a_1', 'prepareUnique': " yes "}")
#define MAKE_UNIQUE(more)   MOD("'index': {'name': 'a_1', 'unique': true}" more)

static void what_is_prepared_takes_no_new_duplicates(void **state)
{
	make_all();
	assert_int_equal(insert("{'_id': 1, 'a': 1, 'b': 1}, {'_id': 2, 'a': 1, 'b': 2}"), 0);
	assert_reply(&db, PREPARE("true"),
	    "{ 'prepareUnique_old' : false, 'prepareUnique_new' : true, 'ok' : 1.0 }");
	assert_reply(&db, PREPARE("1"), "{ 'ok' : 1.0 }");
	assert_string_equal(spec_of("a_1"), "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a_1', "
					    "'prepareUnique' : true }");
	assert_int_equal(insert("{'_id': 3, 'a': 1, 'b': 3}"), ERR_DUPLICATE_KEY);
	assert_int_equal(insert("{'_id': 3, 'a': 3, 'b': 3}, {'_id': 4, 'a': 3, 'b': 4}"),
	    ERR_DUPLICATE_KEY);
	/* An old one may stay what it is, or become another. */
	assert_reply(&db,
	    "{'update': 'c', '$db': 'd', 'updates': [{'q': {'_id': 2}, 'u': {'$set': {'z': "
	    "1}}}]}",
	    "{ 'n' : 1, 'nModified' : 1, 'ok' : 1.0 }");
	assert_reply(&db, PREPARE("false"),
	    "{ 'prepareUnique_old' : true, 'prepareUnique_new' : false, 'ok' : 1.0 }");
	assert_int_equal(insert("{'_id': 5, 'a': 1, 'b': 5}"), 0);
}

static void an_index_becomes_unique(void **state)
{
	struct view reply;

	make_all();
	assert_int_equal(insert("{'_id': 1, 'a': 1, 'b': 1}, {'_id': 2, 'a': [1, 2], 'b': 2}, "
				"{'_id': 3, 'a': 3, 'b': 3}, {'_id': 4, 'a': 2, 'b': 4}"),
	    0);
	assert_code(&db, PREPARE("true"), 0);
	for (int i = 0; i < 2; i++) {
		reply = harness_run(
		    &db.h, i ? MAKE_UNIQUE("") : MAKE_UNIQUE(", 'dryRun': true"));
		assert_int_equal(read_i32(doc_get(reply, "code").data),
		    ERR_CANNOT_CONVERT_INDEX_TO_UNIQUE);
		assert_string_equal(
		    json_text(&db.h.arena, value_doc(doc_get(reply, "violations"))),
		    "{ '0' : { 'ids' : [ 1, 2 ] }, '1' : { 'ids' : [ 2, 4 ] } }");
	}
	assert_code(
	    &db, "{'delete': 'c', '$db': 'd', 'deletes': [{'q': {'_id': 2}, 'limit': 1}]}", 0);
	assert_reply(&db, MAKE_UNIQUE(", 'dryRun': true"), "{ 'ok' : 1.0 }");
	assert_string_equal(spec_of("a_1"), "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a_1', "
					    "'prepareUnique' : true }");
	assert_reply(&db, MAKE_UNIQUE(""), "{ 'unique_new' : true, 'ok' : 1.0 }");
	assert_string_equal(spec_of("a_1"),
	    "{ 'v' : 2, 'key' : { 'a' : 1 }, 'name' : 'a_1', 'unique' : true }");
	assert_reply(&db, MAKE_UNIQUE(""), "{ 'ok' : 1.0 }");
	assert_int_equal(insert("{'_id': 5, 'a': 1, 'b': 5}"), ERR_DUPLICATE_KEY);
	assert_int_equal(insert("{'_id': 6, 'a': [7, 3], 'b': 6}"), ERR_DUPLICATE_KEY);
	assert_int_equal(insert("{'_id': 7, 'a': 7, 'b': 7}"), 0);
	assert_code(
	    &db, "{'delete': 'c', '$db': 'd', 'deletes': [{'q': {'_id': 1}, 'limit': 1}]}", 0);
	assert_int_equal(insert("{'_id': 8, 'a': 1, 'b': 8}"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_wrong_has_its_code, setup, teardown),
	    cmocka_unit_test_setup_teardown(options_are_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(validators_come_and_go, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_capped_collection_shrinks, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_is_hidden, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_gets_an_age, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		clustered_collections_get_an_age, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_is_prepared_takes_no_new_duplicates, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_becomes_unique, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
