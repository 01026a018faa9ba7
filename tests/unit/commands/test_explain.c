#include "support/unit.h"

#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	assert_code(&db,
	    "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 1, 'a': 1}, {'_id': 2, 'a': 2}, "
	    "{'_id': 3, 'a': [2, 3]}, {'_id': 4}]}",
	    0);
	assert_code(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}, "
	    "{'key': {'a': -1, 'b': 1}, 'name': 'ab'}, {'key': {'s': 1}, 'name': 's_1'}]}",
	    0);
	assert_code(&db,
	    "{'create': 'v', '$db': 'd', 'viewOn': 'c', 'pipeline': [{'$match': {'a': 2}}]}",
	    0);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

/* As executed, in JSON: what stands at a path of the reply. */
static const char *at(const char *command, const char *verbosity, const char *path)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena, "{'explain': %s, '$db': 'd', 'verbosity': '%s'}",
		       command, verbosity));
	struct value v = database_at(reply, path);
	struct builder b;
	struct buf buf;
	char *text;

	if (v.type == TYPE_OBJECT)
		return json_text(&db.h.arena, value_doc(v));
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_value(&b, "v", v);
	builder_finish(&b);
	text = json_text(&db.h.arena, builder_view(&b));
	buf_clear(&buf);
	return text;
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {"{'explain': 1, '$db': 'd'}", ERR_TYPE_MISMATCH},
	    {"{'explain': {}, '$db': 'd'}", ERR_COMMAND_NOT_FOUND},
	    {"{'explain': {'bogus': 1}, '$db': 'd'}", ERR_COMMAND_NOT_FOUND},
	    {"{'explain': {'insert': 'c', 'documents': [{}]}, '$db': 'd'}",
		ERR_ILLEGAL_OPERATION},
	    {"{'explain': {'find': 'c'}, '$db': 'd', 'verbosity': 'all'}", ERR_BAD_VALUE},
	    {"{'explain': {'find': 'c'}, '$db': 'd', 'bogus': 1}", ERR_UNKNOWN_FIELD},
	    {"{'explain': {'find': 'c', 'bogus': 1}, '$db': 'd'}", ERR_UNKNOWN_FIELD},
	    {"{'explain': {'find': 'c', 'filter': {'$bogus': 1}}, '$db': 'd'}", ERR_BAD_VALUE},
	    {"{'explain': {'find': 'c', '$db': 'e'}, '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'explain': {'find': 'c', 'hint': 'none'}, '$db': 'd'}", ERR_BAD_VALUE},
	    {"{'explain': {'delete': 'c', 'deletes': []}, '$db': 'd'}", ERR_INVALID_LENGTH},
	    {"{'explain': {'delete': 'v', 'deletes': [{'q': {}, 'limit': 0}]}, '$db': 'd'}",
		ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'explain': {'update': 'c', 'updates': [{'q': {}, 'u': {'$bogus': {}}}]}, '$db': "
	     "'d'}",
		ERR_FAILED_TO_PARSE},
	    {"{'explain': {'aggregate': 'c', 'pipeline': [], 'explain': true}, '$db': 'd'}",
		ERR_FAILED_TO_PARSE},
	    {"{'aggregate': 'c', 'pipeline': [], 'explain': 1, '$db': 'd'}", ERR_TYPE_MISMATCH},
	    {"{'aggregate': 1, 'pipeline': [], 'explain': true, '$db': 'd'}",
		ERR_INVALID_NAMESPACE},
	    {"{'aggregate': 1, 'pipeline': [{'$facet': {'a': []}}], 'cursor': {}, '$db': 'd'}",
		ERR_INVALID_NAMESPACE},
	    {"{'aggregate': 1, 'pipeline': [{'$facet': {'a': [{'$currentOp': {}}]}}], "
	     "'cursor': {}, '$db': 'd'}",
		40600},
	};

	assert_codes(&db, cases);
}

static void plans_are_shown(void **state)
{
	static const struct {
		const char *command, *path, *expected;
	} cases[] = {
	    {"{'find': 'c', 'filter': {'x': 1}}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'COLLSCAN', 'filter' : { 'x' : { '$eq' : 1 } "
		"}, "
		"'direction' : 'forward' }"},
	    {"{'find': 'c', 'filter': {'_id': 1}}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'EXPRESS_IXSCAN', 'keyPattern' : '{ _id: 1 "
		"}', "
		"'indexName' : '_id_' }"},
	    {"{'find': 'none'}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'EOF', 'type' : 'nonExistentNamespace' }"},
	    {"{'find': 'c', 'filter': {'s': {'$gt': 'x', '$lte': 'y'}}}",
		"winningPlan.inputStage",
		"{ 'stage' : 'IXSCAN', 'keyPattern' : { 's' : 1 }, 'indexName' : 's_1', "
		"'isMultiKey' : false, 'multiKeyPaths' : { 's' : [  ] }, 'isUnique' : false, "
		"'isSparse' : false, 'isPartial' : false, 'indexVersion' : 2, "
		"'direction' : 'forward', 'indexBounds' : { 's' : [ '(\\'x\\', \\'y\\']' ] } "
		"}"},
	    {"{'find': 'c', 'filter': {'a': {'$gt': 1}}, 'hint': 'ab'}",
		"winningPlan.inputStage.indexBounds",
		"{ 'a' : [ '[inf, 1)' ], 'b' : [ '[MinKey, MaxKey]' ] }"},
	    {"{'find': 'c', 'filter': {'_id': {'$lt': 3}}, 'sort': {'_id': -1}}",
		"winningPlan.inputStage.indexBounds", "{ '_id' : [ '(3, -inf]' ] }"},
	    {"{'count': 'c', 'query': {'s': {'$gt': 'x'}}}", "winningPlan.inputStage",
		"{ 'stage' : 'COUNT_SCAN', 'keyPattern' : { 's' : 1 }, 'indexName' : 's_1', "
		"'isMultiKey' : false, 'multiKeyPaths' : { 's' : [  ] }, 'isUnique' : false, "
		"'isSparse' : false, 'isPartial' : false, 'indexVersion' : 2, 'indexBounds' : { "
		"'startKey' : { 's' : 'x' }, 'startKeyInclusive' : false, 'endKey' : { 's' : {  "
		"} }, 'endKeyInclusive' : false } }"},
	    {"{'count': 'c', 'query': {'s': {'$in': ['x', 'y']}}}",
		"winningPlan.inputStage.stage", "{ 'v' : 'IXSCAN' }"},
	    {"{'find': 'c', 'filter': {'s': 'x'}, 'projection': {'s': 1, '_id': 0}}",
		"winningPlan.stage", "{ 'v' : 'PROJECTION_COVERED' }"},
	    {"{'find': 'c', 'filter': {'s': 'x'}, 'projection': {'s': 1, '_id': 0}}",
		"winningPlan.inputStage.stage", "{ 'v' : 'IXSCAN' }"},
	    {"{'find': 'c', 'filter': {'s': 'x'}, 'projection': {'s': 1}}",
		"winningPlan.inputStage.stage", "{ 'v' : 'FETCH' }"},
	    {"{'distinct': 'c', 'key': 's'}", "winningPlan.stage",
		"{ 'v' : 'PROJECTION_COVERED' }"},
	    {"{'distinct': 'c', 'key': 's'}", "winningPlan.transformBy",
		"{ 's' : 1, '_id' : 0 }"},
	    {"{'distinct': 'c', 'key': 's', 'query': {'s': {'$gt': 'x'}}}",
		"winningPlan.inputStage.stage", "{ 'v' : 'DISTINCT_SCAN' }"},
	    {"{'distinct': 'c', 'key': 'x', 'query': {'s': 'x'}}",
		"winningPlan.inputStage.stage", "{ 'v' : 'IXSCAN' }"},
	    {"{'find': 'c', 'filter': {'s': {'$regex': 'x$'}, 'x': 1}}", "winningPlan.filter",
		"{ 'x' : { '$eq' : 1 } }"},
	    {"{'find': 'c', 'filter': {'s': {'$regex': 'x$'}, 'x': 1}}",
		"winningPlan.inputStage.filter", "{ 's' : { '$regex' : 'x$' } }"},
	    {"{'find': 'c', 'skip': 1, 'limit': 2, 'sort': {'x': 1}}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'LIMIT', 'limitAmount' : 2, 'inputStage' : { "
		"'stage' : 'SKIP', 'skipAmount' : 1, 'inputStage' : { 'stage' : 'SORT', "
		"'sortPattern' : { 'x' : 1 }, 'memLimit' : 104857600, 'limitAmount' : 3, "
		"'type' : 'default', 'inputStage' : { 'stage' : 'COLLSCAN', 'direction' : "
		"'forward' } } } }"},
	    {"{'find': 'c', 'projection': {'a.b': 1}}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'PROJECTION_DEFAULT', 'transformBy' : { 'a.b' "
		": 1 }, 'inputStage' : { 'stage' : 'COLLSCAN', 'direction' : 'forward' } }"},
	    {"{'find': 'c', 'filter': {'a': 1}}", "rejectedPlans.0.inputStage.indexName",
		"{ 'v' : 'ab' }"},
	    {"{'find': 'v'}", "namespace", "{ 'v' : 'd.c' }"},
	    {"{'find': 'v'}", "parsedQuery", "{ 'a' : { '$eq' : 2 } }"},
	    {"{'count': 'c'}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'RECORD_STORE_FAST_COUNT' }"},
	    {"{'delete': 'c', 'deletes': [{'q': {'_id': 1}, 'limit': 1}]}", "winningPlan",
		"{ 'isCached' : false, 'stage' : 'DELETE', 'inputStage' : { 'stage' : 'IDHACK' "
		"} "
		"}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
		    at(cases[i].command, "queryPlanner",
			arena_printf(&db.h.arena, "queryPlanner.%s", cases[i].path)),
		    cases[i].expected);
}

static void what_was_done_is_counted(void **state)
{
	static const struct {
		const char *command, *path, *expected;
	} cases[] = {
	    {"{'find': 'c', 'filter': {'a': 2}}", "executionStats.nReturned", "{ 'v' : 2 }"},
	    {"{'find': 'c', 'filter': {'a': {'$gte': 2}}}", "executionStats.totalKeysExamined",
		"{ 'v' : 3 }"},
	    {"{'find': 'c', 'filter': {'a': {'$gte': 2}}}", "executionStats.totalDocsExamined",
		"{ 'v' : 2 }"},
	    {"{'find': 'c', 'filter': {'_id': {'$gte': 2}, 'x': 1}}",
		"executionStats.totalKeysExamined", "{ 'v' : 3 }"},
	    {"{'find': 'c', 'filter': {'x': 1}}", "executionStats.executionStages.needTime",
		"{ 'v' : 4 }"},
	    {"{'count': 'c', 'query': {'a': 2}, 'skip': 1}",
		"executionStats.executionStages.nCounted", "{ 'v' : 1 }"},
	    {"{'count': 'c', 'query': {'_id': {'$gt': 0}}, 'limit': 3}",
		"executionStats.executionStages.nCounted", "{ 'v' : 3 }"},
	    {"{'count': 'c'}", "executionStats.executionStages.nCounted", "{ 'v' : 4 }"},
	    {"{'distinct': 'c', 'key': 'a'}", "executionStats.nReturned", "{ 'v' : 4 }"},
	    {"{'update': 'c', 'updates': [{'q': {'a': 2}, 'u': {'$set': {'a': 2}}, 'multi': "
	     "true}]}",
		"executionStats.executionStages.nWouldModify", "{ 'v' : 1 }"},
	    {"{'update': 'c', 'updates': [{'q': {'a': 9}, 'u': {'$set': {'x': 2}}, 'upsert': "
	     "true}]}",
		"executionStats.executionStages.nWouldUpsert", "{ 'v' : 1 }"},
	    {"{'update': 'none', 'updates': [{'q': {}, 'u': {'x': 2}}]}",
		"executionStats.executionStages.nMatched", "{ 'v' : 0 }"},
	    {"{'delete': 'c', 'deletes': [{'q': {}, 'limit': 0}]}",
		"executionStats.executionStages.nWouldDelete", "{ 'v' : 4 }"},
	    {"{'findAndModify': 'c', 'query': {'a': 2}, 'remove': true}",
		"executionStats.nReturned", "{ 'v' : 1 }"},
	    {"{'findAndModify': 'c', 'query': {'a': 9}, 'update': {'x': 1}}",
		"executionStats.nReturned", "{ 'v' : 0 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$match': {'a': 2}}], 'cursor': {}}",
		"executionStats.nReturned", "{ 'v' : 2 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$match': {'s': {'$gt': 'w'}}}, {'$count': 'n'}], "
	     "'cursor': {}}",
		"stages.0.$cursor.queryPlanner.winningPlan.stage", "{ 'v' : 'COUNT_SCAN' }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$match': {'s': 'x'}}, {'$group': {'_id': null, "
	     "'n': {'$sum': 1}}}], 'cursor': {}}",
		"stages.0.$cursor.executionStats.totalDocsExamined", "{ 'v' : 0 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$match': {'s': 'x'}}, {'$group': {'_id': '$s', "
	     "'n': {'$sum': 1}}}], 'cursor': {}}",
		"stages.0.$cursor.queryPlanner.winningPlan.stage", "{ 'v' : 'FETCH' }"},
	    {"{'aggregate': 'v', 'pipeline': [{'$group': {'_id': null}}], 'cursor': {}}",
		"stages.1.nReturned", "{ 'v' : 1 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$group': {'_id': null}}], 'cursor': {}}",
		"stages.0.$cursor.executionStats.nReturned", "{ 'v' : 4 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$facet': {'x': [{'$unwind': '$a'}], 'y': "
	     "[]}}], 'cursor': {}}",
		"stages.1.nReturned", "{ 'v' : 1 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$facet': {'x': [{'$unwind': '$a'}], 'y': "
	     "[]}}], 'cursor': {}}",
		"stages.1.$facet.x.1.nReturned", "{ 'v' : 4 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$facet': {'x': [{'$unwind': '$a'}], 'y': "
	     "[]}}], 'cursor': {}}",
		"stages.1.$facet.y.0.nReturned", "{ 'v' : 4 }"},
	    {"{'aggregate': 'c', 'pipeline': [{'$sortByCount': '$a'}], 'cursor': {}}",
		"stages.2.$sort.count", "{ 'v' : -1 }"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
		    at(cases[i].command, "executionStats", cases[i].path), cases[i].expected);
	assert_reply(&db, "{'count': 'c', '$db': 'd', 'query': {}}", "{ 'n' : 4, 'ok' : 1.0 }");
	assert_reply(&db, "{'find': 'c', '$db': 'd', 'filter': {'_id': 2}}",
	    "{ 'cursor' : { 'firstBatch' : [ { '_id' : 2, 'a' : 2 } ], 'id' : 0, 'ns' : 'd.c' "
	    "}, "
	    "'ok' : 1.0 }");
}

static void verbosity_says_how_much(void **state)
{
	static const char command[] = "{'find': 'c', 'filter': {'a': 1}}";

	assert_string_equal(at(command, "queryPlanner", "executionStats"), "{ }");
	assert_string_equal(
	    at(command, "executionStats", "executionStats.allPlansExecution"), "{ }");
	assert_string_equal(
	    at("{'find': 'c', 'filter': {'c': 1}}", "allPlansExecution",
		"executionStats.allPlansExecution"),
	    "{ 'v' : [  ] }"); /* one way alone is not tried */
	assert_string_equal(at(command, "allPlansExecution",
				"executionStats.allPlansExecution.1.executionStages.stage"),
	    "{ 'v' : 'FETCH' }");
	assert_string_equal(at(command, "allPlansExecution",
				"executionStats.allPlansExecution.0.totalKeysExamined"),
	    "{ 'v' : 1 }");
	/* aggregate's own */
	assert_true(!value_is_missing(
	    database_at(harness_run(&db.h,
			    "{'aggregate': 'c', 'pipeline': [], 'explain': true, '$db': 'd'}"),
		"queryPlanner")));
}

static const char *shape(const char *command, const char *path)
{
	return at(command, "queryPlanner", path);
}

#define FIND(filter) "{'find': 'c', 'filter': " filter "}"

static void shapes_do_not_depend_on_values(void **state)
{
	static const struct {
		const char *a, *b;
		bool plan_same, query_same;
	} cases[] = {
	    {FIND("{'a': 1}"), FIND("{'a': {'$eq': 3}}"), true, true},
	    {FIND("{'a': 1, 'b': 2}"), FIND("{'b': 2, 'a': 1}"), true, false},
	    {FIND("{'a': 1, 'b': 2}"), FIND("{'$and': [{'a': 1}, {'b': 2}]}"), true, true},
	    {FIND("{'a': {'$in': [1]}}"), FIND("{'a': {'$in': [1, 2]}}"), false, true},
	    {FIND("{'a': {'%type': 'int'}}"), FIND("{'a': {'%type': 'string'}}"), true, false},
	    {FIND("{'a': {'$gt': 1}}"), FIND("{'a': {'$lt': 1}}"), false, false},
	    {FIND("{'a': {'$exists': true}}"), FIND("{'a': {'$exists': false}}"), false, false},
	    {FIND("{'$expr': {'$gt': ['$a', 1]}}"), FIND("{'$expr': {'$lt': ['$a', 1]}}"), true,
		false},
	    {FIND("{'$or': [{'a': 1}, {'b': 1}]}"), FIND("{'$nor': [{'a': 1}, {'b': 1}]}"),
		false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool plan_same = !strcmp(shape(cases[i].a, "queryPlanner.planCacheShapeHash"),
		    shape(cases[i].b, "queryPlanner.planCacheShapeHash"));
		bool query_same = !strcmp(
		    shape(cases[i].a, "queryShapeHash"), shape(cases[i].b, "queryShapeHash"));

		if (plan_same != cases[i].plan_same || query_same != cases[i].query_same)
			fail_msg(
			    "%s and %s: %d %d", cases[i].a, cases[i].b, plan_same, query_same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_has_its_code),
	    cmocka_unit_test(plans_are_shown),
	    cmocka_unit_test(what_was_done_is_counted),
	    cmocka_unit_test(verbosity_says_how_much),
	    cmocka_unit_test(shapes_do_not_depend_on_values),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
