#include "support/unit.h"

#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	assert_code(&db,
	    "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 1, 'a': 1}, {'_id': 2, 'a': "
	    "2}]}",
	    0);
	assert_code(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}, "
	    "{'key': {'a': 1, 'b': 1}, 'name': 'ab'}, {'key': {'b': 1}, 'name': 'b_1'}]}",
	    0);
	assert_code(&db, "{'create': 'v', '$db': 'd', 'viewOn': 'c', 'pipeline': []}", 0);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

/* The name of the index that the command reads, or "-"; whether a filter is set. */
static const char *index_of(const char *command, bool *filtered)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena,
		       "{'explain': %s, '$db': 'd', 'verbosity': 'queryPlanner'}", command));
	struct value node = database_at(reply, "queryPlanner.winningPlan");
	struct value v = database_at(reply, "queryPlanner.indexFilterSet");

	if (v.type != TYPE_BOOL)
		fail_msg("%s: %s", command, json_text(&db.h.arena, reply));
	*filtered = value_bool(v);
	while (node.type == TYPE_OBJECT) {
		v = doc_get(value_doc(node), "indexName");
		if (v.type == TYPE_STRING)
			return arena_strndup(
			    &db.h.arena, (const char *)value_str(v).data, value_str(v).len);
		node = doc_get(value_doc(node), "inputStage");
	}
	return "-";
}

static void check(const char *command, const char *index, bool filtered)
{
	bool is_filtered;

	assert_string_equal(index_of(command, &is_filtered), index);
	assert_int_equal(is_filtered, filtered);
}

static void set(const char *shape, const char *indexes)
{
	assert_code(&db,
	    arena_printf(&db.h.arena,
		"{'planCacheSetFilter': 'c', '$db': 'd', %s, 'indexes': %s}", shape, indexes),
	    0);
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {"{'planCacheSetFilter': 'none', '$db': 'd', 'query': {}, 'indexes': ['a_1']}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 1, '$db': 'd', 'query': {}, 'indexes': ['a_1']}",
		ERR_INVALID_NAMESPACE},
	    {"{'planCacheSetFilter': 'v', '$db': 'd', 'query': {}, 'indexes': ['a_1']}",
		ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'indexes': ['a_1']}", ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}}", ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'indexes': []}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'indexes': ['']}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'indexes': [{}]}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'indexes': [1]}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {'a': {'$bogus': 1}}, "
	     "'indexes': ['a_1']}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': null, 'indexes': ['a_1']}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'sort': 1, 'indexes': "
	     "['a_1']}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'collation': {}, "
	     "'indexes': ['a_1']}",
		ERR_BAD_VALUE},
	    {"{'planCacheSetFilter': 'c', '$db': 'd', 'query': {}, 'collation': {'strength': "
	     "2}, 'indexes': ['a_1']}",
		ERR_MISSING_FIELD},
	    {"{'planCacheListFilters': 'v', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'planCacheClearFilters': 'v', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'planCacheClearFilters': 'c', '$db': 'd', 'sort': {'a': 1}}", ERR_BAD_VALUE},
	    {"{'planCacheClearFilters': 'none', '$db': 'd', 'sort': 1}", 0},
	    {"{'planCacheClearFilters': 'c', '$db': 'd', 'bogus': 1}", 0},
	};

	assert_codes(&db, cases);
	assert_reply(&db, "{'planCacheListFilters': 'c', '$db': 'd'}",
	    "{ 'filters' : [  ], 'ok' : 1.0 }");
	assert_reply(&db, "{'planCacheListFilters': 'none', '$db': 'd'}",
	    "{ 'filters' : [  ], 'ok' : 1.0 }");
}

static void all_commands_follow(void **state)
{
	static const char *const commands[] = {
	    "{'find': 'c', 'filter': {'a': 1}}",
	    "{'count': 'c', 'query': {'a': 2}}",
	    "{'distinct': 'c', 'key': 'a', 'query': {'a': 1}}",
	    "{'aggregate': 'c', 'pipeline': [{'$match': {'a': 1}}], 'cursor': {}}",
	    "{'aggregate': 'v', 'pipeline': [{'$match': {'a': 1}}], 'cursor': {}}",
	    "{'update': 'c', 'updates': [{'q': {'a': 1}, 'u': {'$set': {'x': 1}}}]}",
	    "{'delete': 'c', 'deletes': [{'q': {'a': 1}, 'limit': 0}]}",
	    "{'findAndModify': 'c', 'query': {'a': 1}, 'remove': true}",
	};

	set("'query': {'a': 7}", "[{'a': 1, 'b': 1}]");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		check(commands[i], "ab", true);
	/* And so do they when they run. */
	assert_reply(&db,
	    "{'update': 'c', '$db': 'd', 'updates': [{'q': {'a': 1}, 'u': {'$set': {'x': 1}}, "
	    "'hint': 'none'}]}",
	    "{ 'n' : 1, 'nModified' : 1, 'ok' : 1.0 }");
	assert_code(&db, "{'planCacheClearFilters': 'c', '$db': 'd'}", 0);
	check(commands[0], "a_1", false);
}

static void a_shape_is_what_is_alike(void **state)
{
	set("'query': {'a': 1}, 'sort': {'b': 1}, 'projection': {'a': 1}, 'collation': "
	    "{'locale': "
	    "'simple'}",
	    "['ab']");
	check("{'find': 'c', 'filter': {'a': 5}, 'sort': {'b': 1}, 'projection': {'a': 1}}",
	    "ab", true);
	check("{'find': 'c', 'filter': {'a': 5}, 'sort': {'b': -1}, 'projection': {'a': 1}}",
	    "ab", false);
	check("{'find': 'c', 'filter': {'a': 5}, 'sort': {'b': 1}}", "ab", false);
	check(
	    "{'find': 'c', 'filter': {'a': {'$gt': 5}}, 'sort': {'b': 1}, 'projection': {'a': "
	    "1}}",
	    "a_1", false);
	set("'query': {'b': 1}, 'collation': {'locale': 'de'}", "['a_1']");
	check("{'find': 'c', 'filter': {'b': 1}}", "b_1", false);
	check("{'find': 'c', 'filter': {'b': 1}, 'collation': {'locale': 'de'}}", "-", true);
}

static void hints_do_not_count(void **state)
{
	set("'query': {'a': 1}", "['ab']");
	check("{'find': 'c', 'filter': {'a': 1}, 'hint': 'a_1'}", "ab", true);
	check("{'find': 'c', 'filter': {'a': 1}, 'hint': {'$natural': -1}}", "ab", true);
	check("{'find': 'c', 'filter': {'a': 1}, 'hint': 'none'}", "ab", true);
	/* These are for the hint's index. */
	check("{'find': 'c', 'filter': {'a': 1}, 'hint': 'a_1', 'min': {'a': 0}, 'max': {'a': "
	      "9}}",
	    "a_1", false);
}

/* Of the node that reads. */
static const char *stage_of_or(void)
{
	struct view reply = harness_run(&db.h,
	    "{'explain': {'find': 'c', 'filter': {'$or': [{'a': 1}, {'b': 1}]}}, '$db': 'd', "
	    "'verbosity': 'queryPlanner'}");
	struct value node = database_at(reply, "queryPlanner.winningPlan");
	struct value below = doc_get(value_doc(node), "inputStage");
	struct value v;

	while (below.type == TYPE_OBJECT) {
		node = below;
		below = doc_get(value_doc(node), "inputStage");
	}
	v = doc_get(value_doc(node), "stage");
	return arena_strndup(&db.h.arena, (const char *)value_str(v).data, value_str(v).len);
}

static void what_cannot_be_used_leaves_a_scan(void **state)
{
	set("'query': {'a': 1}", "['none', {'z': 1}]");
	check("{'find': 'c', 'filter': {'a': 1}}", "-", true);
	set("'query': {'a': 1}", "['b_1', 'none']");
	check("{'find': 'c', 'filter': {'a': 1}}", "-", true);
	set("'query': {'a': 1, '_id': 1}", "['a_1']");
	check("{'find': 'c', 'filter': {'a': 1, '_id': 1}}", "a_1", true);
	set("'query': {'a': 1, '_id': {'$gt': 1}}", "['a_1']");
	check("{'find': 'c', 'filter': {'a': 1, '_id': {'$gt': 1}}}", "a_1", true);
	set("'query': {'a': 1, '_id': {'$gt': 1}}", "['_id_']");
	check("{'find': 'c', 'filter': {'a': 1, '_id': {'$gt': 1}}}", "_id_", true);
	/* A union needs an index for each of its branches. */
	assert_string_equal(stage_of_or(), "OR");
	set("'query': {'$or': [{'a': 1}, {'b': 1}]}", "['a_1']");
	assert_string_equal(stage_of_or(), "COLLSCAN");
	set("'query': {'$or': [{'a': 1}, {'b': 1}]}", "['a_1', 'b_1']");
	assert_string_equal(stage_of_or(), "OR");
	/* The _id alone is looked up whatever is said of it. */
	set("'query': {'_id': 1}", "['a_1']");
	check("{'find': 'c', 'filter': {'_id': 1}}", "_id_", true);
}

static void are_listed_as_given(void **state)
{
	set("'query': {'a': 1}", "['a_1', {'b': 1}]");
	assert_reply(&db, "{'planCacheListFilters': 'c', '$db': 'd'}",
	    "{ 'filters' : [ { 'query' : { 'a' : 1 }, 'sort' : {  }, 'projection' : {  }, "
	    "'indexes' "
	    ": [ 'a_1', { 'b' : 1 } ] } ], 'ok' : 1.0 }");
	/* The same shape: the last one counts. */
	set("'query': {'a': 2}", "['ab']");
	assert_reply(&db, "{'planCacheListFilters': 'c', '$db': 'd'}",
	    "{ 'filters' : [ { 'query' : { 'a' : 2 }, 'sort' : {  }, 'projection' : {  }, "
	    "'indexes' "
	    ": [ 'ab' ] } ], 'ok' : 1.0 }");
	set("'query': {'b': 2}, 'sort': {'a': 1}, 'collation': {'locale': 'de'}", "['ab']");
	assert_code(&db, "{'planCacheClearFilters': 'c', '$db': 'd', 'query': {'a': 3}}", 0);
	assert_reply(&db, "{'planCacheListFilters': 'c', '$db': 'd'}",
	    "{ 'filters' : [ { 'query' : { 'b' : 2 }, 'sort' : { 'a' : 1 }, 'projection' : {  "
	    "}, "
	    "'collation' : { 'locale' : 'de', 'caseLevel' : false, 'caseFirst' : 'off', "
	    "'strength' "
	    ": 3, 'numericOrdering' : false, 'alternate' : 'non-ignorable', 'maxVariable' : "
	    "'punct', 'normalization' : false, 'backwards' : false, 'version' : '57.1' }, "
	    "'indexes' : [ 'ab' ] } ], 'ok' : 1.0 }");
}

/* Indexes come and go; the collection takes its filters with it. */
static void end_with_the_collection(void **state)
{
	set("'query': {'a': 1}", "['ab']");
	assert_code(&db, "{'dropIndexes': 'c', '$db': 'd', 'index': 'ab'}", 0);
	check("{'find': 'c', 'filter': {'a': 1}}", "-", true);
	assert_code(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': -1}, 'name': 'ab'}]}",
	    0);
	check("{'find': 'c', 'filter': {'a': 1}}", "ab", true);
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
	assert_code(&db, "{'create': 'c', '$db': 'd'}", 0);
	assert_reply(&db, "{'planCacheListFilters': 'c', '$db': 'd'}",
	    "{ 'filters' : [  ], 'ok' : 1.0 }");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_wrong_has_its_code),
	    TEST(all_commands_follow),
	    TEST(a_shape_is_what_is_alike),
	    TEST(hints_do_not_count),
	    TEST(what_cannot_be_used_leaves_a_scan),
	    TEST(are_listed_as_given),
	    TEST(end_with_the_collection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
