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

#define CREATE(options) "{'create': 'c', '$db': 'd', " options "}"

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {"{'create': 1, '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'create': 'a$b', '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'create': 'system.mine', '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'create': 'system.buckets.c', '$db': 'd'}", ERR_ILLEGAL_OPERATION},
	    {CREATE("'bogus': 1"), ERR_UNKNOWN_FIELD},
	    {CREATE("'capped': 'yes'"), ERR_TYPE_MISMATCH},
	    {CREATE("'capped': true"), ERR_INVALID_OPTIONS},
	    {CREATE("'size': 10"), ERR_INVALID_OPTIONS},
	    {CREATE("'max': 10"), ERR_INVALID_OPTIONS},
	    {CREATE("'capped': true, 'size': 0"), ERR_BAD_VALUE},
	    {CREATE("'capped': true, 'size': true"), ERR_TYPE_MISMATCH},
	    {CREATE("'capped': true, 'size': 1125899906842625"), ERR_BAD_VALUE},
	    {CREATE("'capped': true, 'size': 1, 'max': 2147483648"), ERR_BAD_VALUE},
	    {CREATE(
		 "'capped': true, 'size': 1, 'storageEngine': {'dolmen': {'recordKey': 'id'}}"),
		ERR_INVALID_OPTIONS},
	    {CREATE("'storageEngine': {'other': {}}"), ERR_INVALID_OPTIONS},
	    {CREATE("'storageEngine': {'wiredTiger': 1}"), ERR_BAD_VALUE},
	    {CREATE("'storageEngine': {'wiredTiger': {'configString': 'a=b'}}"), ERR_BAD_VALUE},
	    {CREATE("'storageEngine': {'dolmen': {'recordKey': 'other'}}"), ERR_BAD_VALUE},
	    {CREATE("'indexOptionDefaults': {'bogus': 1}"), ERR_UNKNOWN_FIELD},
	    {CREATE("'validationLevel': 'bogus'"), ERR_BAD_VALUE},
	    {CREATE("'validationAction': 'bogus'"), ERR_BAD_VALUE},
	    {CREATE("'validator': {'$bogus': 1}"), ERR_BAD_VALUE},
	    {CREATE("'changeStreamPreAndPostImages': {}"), ERR_MISSING_FIELD},
	    {CREATE("'changeStreamPreAndPostImages': {'enabled': 1}"), ERR_TYPE_MISMATCH},
	    {"{'create': 'c', '$db': 'admin', 'changeStreamPreAndPostImages': {'enabled': "
	     "true}}",
		ERR_INVALID_OPTIONS},
	    {"{'create': 'c', '$db': 'config', 'validator': {'a': 1}}", ERR_INVALID_OPTIONS},
	    {CREATE("'expireAfterSeconds': 10"), ERR_INVALID_OPTIONS},
	    {CREATE("'autoIndexId': false"), ERR_INVALID_OPTIONS},
	    {CREATE("'collation': {}"), ERR_MISSING_FIELD},
	    {CREATE("'collation': {'locale': 'nowhere'}"), ERR_BAD_VALUE},
	    {CREATE("'collation': {'locale': 'da', 'strength': 1}"), ERR_BAD_VALUE},
	    {CREATE("'collation': {'locale': 'en'}, 'idIndex': {'key': {'_id': 1}, "
		    "'name': '_id_', 'collation': {'locale': 'fr'}}"),
		ERR_BAD_VALUE},
	    {CREATE("'clusteredIndex': true"), ERR_CLUSTERED_LEGACY_FORMAT},
	    {CREATE("'clusteredIndex': {'key': {'a': 1}, 'unique': true}"),
		ERR_INVALID_INDEX_SPECIFICATION_OPTION},
	    {CREATE("'clusteredIndex': {'key': {'_id': 1}, 'unique': false}"),
		ERR_CLUSTERED_NOT_UNIQUE},
	    {CREATE("'clusteredIndex': {'key': {'_id': 1}, 'unique': true, 'v': 1}"),
		ERR_CLUSTERED_VERSION},
	    {CREATE("'clusteredIndex': {'key': {'_id': 1}, 'unique': true}, 'capped': true, "
		    "'size': 1"),
		ERR_CLUSTERED_CAPPED},
	    {CREATE("'idIndex': {'key': {'_id': 1}}"), ERR_FAILED_TO_PARSE},
	    {CREATE("'idIndex': {'key': {'_id': -1}, 'name': 'x'}"), ERR_BAD_VALUE},
	    {CREATE("'idIndex': {'key': {'_id': 1}, 'name': ''}"), ERR_CANNOT_CREATE_INDEX},
	    {CREATE("'idIndex': {'key': {'_id': 1}, 'name': 'x', 'v': 1}"),
		ERR_CANNOT_CREATE_INDEX},
	    {CREATE("'idIndex': {'key': {'_id': 1}, 'name': 'x', 'unique': true}"),
		ERR_INVALID_INDEX_SPECIFICATION_OPTION},
	    {CREATE("'timeseries': {}"), ERR_MISSING_FIELD},
	    {CREATE("'timeseries': {'timeField': 'a.b'}"), ERR_INVALID_OPTIONS},
	    {CREATE("'timeseries': {'timeField': 't', 'metaField': 't'}"), ERR_INVALID_OPTIONS},
	    {CREATE("'timeseries': {'timeField': 't', 'granularity': 'days'}"), ERR_BAD_VALUE},
	    {CREATE("'timeseries': {'timeField': 't', 'bucketMaxSpanSeconds': 0}"),
		ERR_BAD_VALUE},
	    {CREATE("'timeseries': {'timeField': 't', 'bucketMaxSpanSeconds': 10}"),
		ERR_INVALID_OPTIONS},
	    {CREATE("'timeseries': {'timeField': 't'}, 'capped': true, 'size': 1"),
		ERR_INVALID_OPTIONS},
	    {CREATE("'encryptedFields': {}"), ERR_MISSING_FIELD},
	    {CREATE("'encryptedFields': {'fields': [{'path': 'a'}]}"), ERR_MISSING_FIELD},
	    {CREATE("'encryptedFields': {'fields': []}, 'capped': true, 'size': 1"),
		ERR_ENCRYPTED_CAPPED},
	};

	assert_codes(&db, cases);
	assert_string_equal(options_of("c"), "none");
}

static void what_is_not_there_yet_is_refused_by_name(void **state)
{
	static const struct code_case cases[] = {
	    {CREATE("'encryptedFields': {'fields': []}"), ERR_NOT_IMPLEMENTED},
	    {CREATE("'recordIdsReplicated': true"), ERR_COMMAND_NOT_SUPPORTED},
	};

	assert_codes(&db, cases);
	assert_string_equal(options_of("c"), "none");
}

static void options_are_kept_and_compared(void **state)
{
	static const struct {
		const char *name, *given, *kept, *other;
	} cases[] = {
	    {"o1", "'validator': {}, 'storageEngine': {}, 'collation': {'locale': 'simple'}",
		"{ }", "'validationLevel': 'strict'"},
	    {"o2", "'capped': 1, 'size': 4096.9, 'max': -5",
		"{ 'capped' : true, 'size' : 4096 }", "'capped': true, 'size': 4097"},
	    {"o3", "'max': 3, 'capped': true, 'size': 10",
		"{ 'capped' : true, 'size' : 10, 'max' : 3 }", "'capped': true, 'size': 10"},
	    {"o4", "'changeStreamPreAndPostImages': {'enabled': true}",
		"{ 'changeStreamPreAndPostImages' : { 'enabled' : true } }",
		"'changeStreamPreAndPostImages': {'enabled': false}"},
	    {"o5", "'clusteredIndex': {'unique': 2, 'key': {'_id': 1.0}}",
		"{ 'clusteredIndex' : { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : '_id_', "
		"'unique' : true } }",
		"'clusteredIndex': false"},
	    {"o6", "'storageEngine': {'dolmen': {'recordKey': 'sequence'}}",
		"{ 'storageEngine' : { 'dolmen' : { 'recordKey' : 'sequence' } } }",
		"'storageEngine': {'wiredTiger': {}}"},
	    {"o7", "'validator': {'a': 1}, 'validationLevel': 'off'",
		"{ 'validator' : { 'a' : 1 }, 'validationLevel' : 'off' }", "'temp': true"},
	    {"o8",
		"'collation': {'locale': 'en', 'strength': 2}, 'idIndex': {'key': {'_id': 1}, "
		"'name': '_id_', 'collation': {'strength': 2, 'locale': 'en'}}",
		"{ 'collation' : { 'locale' : 'en', 'caseLevel' : false, 'caseFirst' : 'off', "
		"'strength' : 2, 'numericOrdering' : false, 'alternate' : 'non-ignorable', "
		"'maxVariable' : 'punct', 'normalization' : false, 'backwards' : false, "
		"'version' : '57.1' } }",
		"'collation': {'locale': 'en', 'strength': 3}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *again = arena_printf(&db.h.arena, "{'create': '%s', '$db': 'd', %s}",
		    cases[i].name, cases[i].given);

		assert_reply(&db, again, "{ 'ok' : 1.0 }");
		assert_string_equal(options_of(cases[i].name), cases[i].kept);
		assert_reply(&db, again, "{ 'ok' : 1.0 }");
		assert_code(&db,
		    arena_printf(&db.h.arena, "{'create': '%s', '$db': 'd', %s}", cases[i].name,
			cases[i].other),
		    ERR_NAMESPACE_EXISTS);
	}
}

static enum record_key_kind record_key_of(const char *name)
{
	struct collection *c =
	    catalog_find(store_catalog(db.store.store), view_of_str("d"), view_of_str(name));
	enum record_key_kind kind;

	assert_non_null(c);
	kind = c->record_key;
	collection_unref(c);
	return kind;
}

static void the_record_key_is_chosen(void **state)
{
	assert_code(&db, "{'create': 'k1', '$db': 'd'}", 0);
	assert_code(&db,
	    "{'create': 'k2', '$db': 'd', 'storageEngine': {'dolmen': {'recordKey': "
	    "'sequence'}}}",
	    0);
	assert_code(&db, "{'create': 'k3', '$db': 'd', 'capped': true, 'size': 100}", 0);
	assert_int_equal(record_key_of("k1"), RECORD_KEY_ID);
	assert_int_equal(record_key_of("k2"), RECORD_KEY_SEQUENCE);
	assert_int_equal(record_key_of("k3"), RECORD_KEY_SEQUENCE);
}

/* ----------------------------------------------------------------- views */

#define VIEW(name, on, pipeline)                                                               \
	"{'create': '" name "', '$db': 'v', 'viewOn': '" on "', 'pipeline': " pipeline "}"

static void views_have_rules(void **state)
{
	static const struct code_case cases[] = {
	    {VIEW("x", "", "[]"), ERR_BAD_VALUE},
	    {VIEW("x", ".a", "[]"), ERR_INVALID_NAMESPACE},
	    {VIEW("x", "a", "{}"), ERR_TYPE_MISMATCH},
	    {VIEW("x", "a", "[1]"), ERR_TYPE_MISMATCH},
	    {VIEW("x", "a", "[{}]"), ERR_STAGE_NOT_ONE_FIELD},
	    {VIEW("x", "a", "[{'$bogus': 1}]"), ERR_UNKNOWN_STAGE},
	    {VIEW("x", "a", "[{'$out': 'b'}]"), ERR_OPTION_NOT_SUPPORTED_ON_VIEW},
	    {VIEW("x", "a", "[{'$changeStream': {}}]"), ERR_CHANGE_STREAM_NOT_FIRST},
	    {VIEW("x", "a", "[{'$documents': []}]"), ERR_INVALID_NAMESPACE},
	    {VIEW("x", "a", "[{'$match': {'a': {'$bogus': 1}}}]"), ERR_BAD_VALUE},
	    {VIEW("x", "a", "[{'$facet': {'f': [{'$out': 'b'}]}}]"), ERR_STAGE_NOT_IN_FACET},
	    {VIEW("x", "a",
		 "[{'$lookup': {'from': 'b', 'as': 'c', 'pipeline': [{'$out': 'b'}]}}]"),
		ERR_STAGE_NOT_IN_LOOKUP},
	    {VIEW("x", "a", "[{'$unionWith': {'coll': 'b', 'pipeline': [{'$merge': 'b'}]}}]"),
		ERR_STAGE_NOT_IN_UNION},
	    {VIEW("x", "x", "[]"), ERR_GRAPH_CONTAINS_CYCLE},
	    {"{'create': 'x', '$db': 'v', 'pipeline': []}", ERR_INVALID_OPTIONS},
	};

	assert_codes(&db, cases);
	/* Nothing has been made, not even where views are kept. */
	assert_reply(&db, "{'listCollections': 1, '$db': 'v'}",
	    "{ 'cursor' : { 'firstBatch' : [  ], 'id' : 0, 'ns' : 'v.$cmd.listCollections' }, "
	    "'ok' : 1.0 }");
}

static void circles_are_found_through_stages(void **state)
{
	assert_code(&db, VIEW("a", "base", "[{'$lookup': {'from': 'b', 'as': 'x'}}]"), 0);
	assert_code(&db, VIEW("b", "base", "[{'$unionWith': 'c'}]"), 0);
	assert_code(&db,
	    VIEW("c", "base", "[{'$facet': {'f': [{'$unionWith': {'coll': 'a'}}]}}]"),
	    ERR_GRAPH_CONTAINS_CYCLE);
	assert_code(&db, VIEW("c", "base", "[{'$graphLookup': {'from': 'd'}}]"), 0);
	assert_code(&db, VIEW("d", "a", "[]"), ERR_GRAPH_CONTAINS_CYCLE);
	assert_code(&db, VIEW("d", "base", "[]"), 0);
}

static void chains_have_an_end(void **state)
{
	char *json;

	for (int i = 1; i <= 21; i++) {
		json = arena_printf(&db.h.arena,
		    "{'create': 'l%d', '$db': 'chain', 'viewOn': 'l%d'}", i, i - 1);
		assert_code(&db, json, i <= 20 ? 0 : ERR_VIEW_DEPTH_LIMIT_EXCEEDED);
	}
	/* One below the others makes their chain too long as well. */
	assert_code(&db, "{'create': 'l0', '$db': 'chain', 'viewOn': 'base'}",
	    ERR_VIEW_DEPTH_LIMIT_EXCEEDED);
}

static void a_view_is_shown_and_dropped(void **state)
{
	assert_reply(&db,
	    "{'create': 'y', '$db': 'w', 'viewOn': 'a', 'pipeline': [null, {'$limit': 1}], "
	    "'capped': true, 'size': 10}",
	    "{ 'ok' : 1.0 }");
	assert_reply(&db, "{'listCollections': 1, '$db': 'w', 'filter': {'type': 'view'}}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'name' : 'y', 'type' : 'view', 'options' : { "
	    "'viewOn' : 'a', 'pipeline' : [ { '$limit' : 1 } ] }, 'info' : { 'readOnly' : true "
	    "} "
	    "} ], 'id' : 0, 'ns' : 'w.$cmd.listCollections' }, 'ok' : 1.0 }");
	assert_code(&db, "{'create': 'y', '$db': 'w'}", ERR_NAMESPACE_EXISTS);
	assert_code(&db, "{'listIndexes': 'y', '$db': 'w'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW);
	assert_reply(&db, "{'drop': 'y', '$db': 'w'}", "{ 'ns' : 'w.y', 'ok' : 1.0 }");
	assert_code(&db, "{'create': 'y', '$db': 'w'}", 0);
}

static void views_are_documents_too(void **state)
{
	assert_code(&db, "{'create': 'one', '$db': 'w2', 'viewOn': 'a'}", 0);
	assert_code(&db,
	    "{'create': 'two', '$db': 'w2', 'viewOn': 'one', 'pipeline': [{'$limit': 1}]}", 0);
	assert_reply(&db, "{'find': 'system.views', '$db': 'w2'}",
	    "{ 'cursor' : { 'firstBatch' : [ { '_id' : 'w2.one', 'viewOn' : 'a', 'pipeline' : "
	    "[  ] "
	    "}, { '_id' : 'w2.two', 'viewOn' : 'one', 'pipeline' : [ { '$limit' : 1 } ] } ], "
	    "'id' : "
	    "0, 'ns' : 'w2.system.views' }, 'ok' : 1.0 }");
	assert_code(&db, "{'drop': 'one', '$db': 'w2'}", 0);
	assert_reply(&db, "{'count': 'system.views', '$db': 'w2'}", "{ 'n' : 1, 'ok' : 1.0 }");
	assert_code(&db, "{'insert': 'system.views', '$db': 'w2', 'documents': [{'_id': 1}]}",
	    ERR_NOT_IMPLEMENTED);
	assert_code(&db,
	    "{'createIndexes': 'system.views', '$db': 'w2', 'indexes': [{'key': {'a': 1}, "
	    "'name': "
	    "'a'}]}",
	    ERR_CANNOT_CREATE_INDEX);
	assert_code(&db, "{'create': 'system.views', '$db': 'w3', 'capped': true, 'size': 10}",
	    ERR_INVALID_OPTIONS);
}

static void views_go_with_system_views(void **state)
{
	assert_code(&db, VIEW("z1", "base", "[]"), 0);
	assert_code(&db, VIEW("z2", "z1", "[]"), 0);
	assert_reply(&db, "{'drop': 'system.views', '$db': 'v'}",
	    "{ 'nIndexesWas' : 1, 'ns' : 'v.system.views', 'ok' : 1.0 }");
	assert_reply(&db, "{'listCollections': 1, '$db': 'v', 'nameOnly': true}",
	    "{ 'cursor' : { 'firstBatch' : [  ], 'id' : 0, 'ns' : 'v.$cmd.listCollections' }, "
	    "'ok' : 1.0 }");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_has_its_code),
	    cmocka_unit_test(what_is_not_there_yet_is_refused_by_name),
	    cmocka_unit_test(options_are_kept_and_compared),
	    cmocka_unit_test(the_record_key_is_chosen),
	    cmocka_unit_test(views_have_rules),
	    cmocka_unit_test(circles_are_found_through_stages),
	    cmocka_unit_test(chains_have_an_end),
	    cmocka_unit_test(a_view_is_shown_and_dropped),
	    cmocka_unit_test(views_are_documents_too),
	    cmocka_unit_test(views_go_with_system_views),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
