#include "support/unit.h"

#include <ctype.h>

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

#define HINTS(indexes)                                                                         \
	"{'indexHints': {'ns': {'db': 'd', 'coll': 'c'}, 'allowedIndexes': " indexes "}}"
#define FIND_A "{'find': 'c', 'filter': {'a': 1}, '$db': 'd'}"

static void set(const char *query, const char *settings)
{
	assert_code(&db,
	    arena_printf(&db.h.arena,
		"{'setQuerySettings': %s, 'settings': %s, '$db': 'admin'}", query, settings),
	    0);
}

static void drop(const char *query)
{
	assert_code(&db,
	    arena_printf(&db.h.arena, "{'removeQuerySettings': %s, '$db': 'admin'}", query), 0);
}

/* The name of the index that the command reads, or its stage. */
static const char *way_of(const char *command)
{
	struct view reply = harness_run(
	    &db.h, arena_printf(&db.h.arena,
		       "{'explain': %s, '$db': 'd', 'verbosity': 'queryPlanner'}", command));
	struct value node = database_at(reply, "queryPlanner.winningPlan"), last = node, v;

	if (node.type != TYPE_OBJECT)
		fail_msg("%s: %s", command, json_text(&db.h.arena, reply));
	for (; node.type == TYPE_OBJECT; node = doc_get(value_doc(node), "inputStage"))
		last = node;
	v = doc_get(value_doc(last), "indexName");
	if (v.type != TYPE_STRING)
		v = doc_get(value_doc(last), "stage");
	return arena_strndup(&db.h.arena, (const char *)value_str(v).data, value_str(v).len);
}

#define HASH_A "580F72A86CD96249640A13000119112DEE9EA15AE23FF3347D6373D31E86FB50"
#define LISTED                                                                                 \
	"'queryShapeHash' : '" HASH_A                                                          \
	"', 'settings' : { 'queryFramework' : 'sbe', 'comment' : "                             \
	"'x' }, 'representativeQuery' : { 'find' : 'c', 'filter' : { 'a' : 1 }, '$db' : 'd' }"

static void is_answered_and_listed(void **state)
{
	assert_reply(&db,
	    "{'setQuerySettings': " FIND_A ", 'settings': {'comment': 'x', 'queryFramework': "
	    "'sbe', 'reject': false}, '$db': 'admin'}",
	    "{ " LISTED ", 'ok' : 1.0 }");
	assert_reply(&db,
	    "{'aggregate': 1, '$db': 'admin', 'pipeline': [{'$querySettings': {}}], 'cursor': "
	    "{}}",
	    "{ 'cursor' : { 'firstBatch' : [ { " LISTED " } ], 'id' : 0, 'ns' : "
	    "'admin.$cmd.aggregate' }, 'ok' : 1.0 }");
	assert_reply(&db,
	    "{'aggregate': 1, '$db': 'd', 'pipeline': [{'$querySettings': "
	    "{'showDebugQueryShape': "
	    "true}}], 'cursor': {}}",
	    "{ 'cursor' : { 'firstBatch' : [ { " LISTED
	    ", 'debugQueryShape' : { 'cmdNs' : { 'db' "
	    ": 'd', 'coll' : 'c' }, 'command' : 'find', 'filter' : { 'a' : { '$eq' : '?number' "
	    "} } "
	    "} } ], 'id' : 0, 'ns' : 'd.$cmd.aggregate' }, 'ok' : 1.0 }");
	drop("'" HASH_A "'");
	assert_reply(&db,
	    "{'aggregate': 1, '$db': 'd', 'pipeline': [{'$querySettings': {}}], 'cursor': {}}",
	    "{ 'cursor' : { 'firstBatch' : [  ], 'id' : 0, 'ns' : 'd.$cmd.aggregate' }, 'ok' : "
	    "1.0 "
	    "}");
}

static void hints_restrict(void **state)
{
	assert_string_equal(way_of(FIND_A), "a_1");
	set(FIND_A, HINTS("['ab']"));
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 7}}"), "ab");
	/* The command's hint does not count; what has another shape is left alone. */
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 7}, 'hint': 'a_1'}"), "ab");
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 'x'}}"), "a_1");
	assert_string_equal(
	    way_of("{'find': 'c', 'filter': {'a': 7}, 'sort': {'z': 1}}"), "a_1");
	assert_string_equal(way_of("{'count': 'c', 'query': {'a': 7}}"), "a_1");
	set(FIND_A, HINTS("[{'a': 1}]"));
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 7}}"), "a_1");
	drop(FIND_A);
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 7}, 'hint': 'ab'}"), "ab");
}

static void distinct_and_aggregate_follow(void **state)
{
	set("{'distinct': 'c', 'key': 'a', 'query': {'a': 1}, '$db': 'd'}", HINTS("['ab']"));
	assert_string_equal(way_of("{'distinct': 'c', 'query': {'a': 2}, 'key': 'a'}"), "ab");
	assert_string_equal(way_of("{'distinct': 'c', 'query': {'a': 2}, 'key': 'z'}"), "a_1");
	set("{'aggregate': 'c', 'pipeline': [{'$match': {'a': 1}}], '$db': 'd'}",
	    HINTS("['ab']"));
	assert_string_equal(
	    way_of("{'aggregate': 'c', 'pipeline': [{'$match': {'a': 2}}], 'cursor': {}}"),
	    "ab");
	/* A view's shape is its own, the hints are of what it reads. */
	set("{'find': 'v', 'filter': {'a': 1}, '$db': 'd'}", HINTS("['ab']"));
	assert_string_equal(way_of("{'find': 'v', 'filter': {'a': 2}}"), "ab");
}

static void what_cannot_be_used_is_not_said(void **state)
{
	set(FIND_A, HINTS("['none', {'z': 1}, 'b_1']"));
	assert_string_equal(way_of(FIND_A), "a_1");
	set(FIND_A, HINTS("['none', {'$natural': 1}]"));
	assert_string_equal(way_of(FIND_A), "COLLSCAN");
	set(FIND_A, HINTS("[{'$natural': -1}]"));
	assert_string_equal(way_of(FIND_A), "COLLSCAN");
	assert_reply(&db, "{'find': 'c', '$db': 'd', 'filter': {'a': 1}}",
	    "{ 'cursor' : { 'firstBatch' : [ { '_id' : 1, 'a' : 1 } ], 'id' : 0, 'ns' : 'd.c' "
	    "}, "
	    "'ok' : 1.0 }");
	/* Of another collection. */
	set(FIND_A,
	    "{'indexHints': [{'ns': {'db': 'd', 'coll': 'x'}, 'allowedIndexes': ['ab']}]}");
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 1}, 'hint': 'ab'}"), "ab");
	assert_string_equal(way_of(FIND_A), "a_1");
}

static void go_before_index_filters(void **state)
{
	assert_code(&db,
	    "{'planCacheSetFilter': 'c', '$db': 'd', 'query': {'a': 1}, 'indexes': ['a_1']}",
	    0);
	set(FIND_A, HINTS("['ab']"));
	assert_string_equal(way_of(FIND_A), "ab");
	set(FIND_A, "{'indexHints': [], 'queryFramework': 'classic'}");
	assert_string_equal(way_of("{'find': 'c', 'filter': {'a': 1}, 'hint': 'ab'}"), "a_1");
}

static void explain_shows_them(void **state)
{
	struct view reply;
	struct value v;

	set(FIND_A, "{'reject': true}");
	reply = harness_run(&db.h, "{'explain': " FIND_A ", '$db': 'd'}");
	v = database_at(reply, "queryPlanner.querySettings");
	assert_int_equal(v.type, TYPE_OBJECT);
	assert_string_equal(json_text(&db.h.arena, value_doc(v)), "{ 'reject' : true }");
	v = database_at(reply, "executionStats.nReturned");
	assert_int_equal(v.type, TYPE_INT32);
	reply = harness_run(&db.h, "{'explain': {'find': 'c'}, '$db': 'd'}");
	assert_true(value_is_missing(database_at(reply, "queryPlanner.querySettings")));
}

static void refuse(void **state)
{
	static const char distinct[] = "{'distinct': 'c', 'key': 'a', '$db': 'd'}";
	static const char pipeline[] =
	    "{'aggregate': 'c', 'pipeline': [{'$count': 'n'}], 'cursor': {}, '$db': 'd'}";

	set(FIND_A, "{'reject': true}");
	set(distinct, "{'reject': true}");
	set(pipeline, "{'reject': true}");
	assert_code(&db, FIND_A, 411);
	assert_code(&db, distinct, 411);
	assert_code(&db, pipeline, 411);
	assert_code(&db, "{'find': 'c', 'filter': {'b': 1}, '$db': 'd'}", 0);
	assert_code(&db, "{'find': 'c', 'filter': {'a': 1}, '$db': 'e'}", 0);
	set(FIND_A, "{'reject': false, 'comment': 'again'}");
	assert_code(&db, FIND_A, 0);
	drop(distinct);
	assert_code(&db, distinct, 0);
}

/* A hash may be known from explain. */
static void by_hash(void **state)
{
	struct view reply = harness_run(&db.h, "{'explain': " FIND_A ", '$db': 'd'}");
	struct view hash = value_str(database_at(reply, "queryShapeHash"));
	char *text =
	    arena_printf(&db.h.arena, "'%.*s'", (int)hash.len, (const char *)hash.data);

	set(text, "{'reject': true}");
	assert_code(&db, FIND_A, 411);
	assert_code(&db, "{'find': 'c', '$db': 'd'}", 0);
	for (char *p = text; *p; p++)
		*p = (char)tolower(*p);
	drop(text);
	assert_code(&db, FIND_A, 0);
}

static void what_is_wrong_has_its_code(void **state)
{
#define SET(query, settings)                                                                   \
	"{'setQuerySettings': " query ", 'settings': " settings ", '$db': 'admin'}"
#define SETTINGS(settings) SET(FIND_A, settings)
#define HINT(hint)         SETTINGS("{'indexHints': [" hint "]}")
#define DIGITS             "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"
#define REMOVE(query)      "{'removeQuerySettings': " query ", '$db': 'admin'}"
	static const struct code_case cases[] = {
	    {"{'setQuerySettings': " FIND_A ", 'settings': {'reject': true}, '$db': 'd'}",
		ERR_UNAUTHORIZED},
	    {SET("1", "{'reject': true}"), ERR_TYPE_MISMATCH},
	    {SET("null", "{'reject': true}"), ERR_TYPE_MISMATCH},
	    {SET("''", "{'reject': true}"), ERR_INVALID_LENGTH},
	    {SET("'abc'", "{'reject': true}"), ERR_BAD_VALUE},
	    {SET("'abcd'", "{'reject': true}"), ERR_INVALID_LENGTH},
	    {SET("'zz'", "{'reject': true}"), ERR_BAD_VALUE},
	    {SET("{}", "{'reject': true}"), 7746402},
	    {SET("{'count': 'c', '$db': 'd'}", "{'reject': true}"), 7746402},
	    {SET("{'find': 'c'}", "{'reject': true}"), ERR_MISSING_FIELD},
	    {SET("{'find': 'c', '$db': null}", "{'reject': true}"), ERR_MISSING_FIELD},
	    {SET("{'find': 'c', '$db': 1}", "{'reject': true}"), ERR_TYPE_MISMATCH},
	    {SET("{'find': 'c', '$db': ''}", "{'reject': true}"), ERR_INVALID_NAMESPACE},
	    {SET("{'find': 1, '$db': 'd'}", "{'reject': true}"), ERR_INVALID_NAMESPACE},
	    {SET("{'find': 'c', 'bogus': 1, '$db': 'd'}", "{'reject': true}"),
		ERR_UNKNOWN_FIELD},
	    {SET("{'find': 'c', 'filter': {'$bogus': 1}, '$db': 'd'}", "{'reject': true}"),
		ERR_BAD_VALUE},
	    {SET("{'distinct': 'c', '$db': 'd'}", "{'reject': true}"), ERR_MISSING_FIELD},
	    {SET("{'aggregate': 'c', 'pipeline': [{'$bogus': 1}], '$db': 'd'}",
		 "{'reject': true}"),
		40324},
	    {SET("{'find': 'c', 'filter': {'_id': 1}, '$db': 'd'}", "{'reject': true}"),
		7746606},
	    {SET("{'find': 'c', 'filter': {'_id': {'$eq': 1}}, '$db': 'd'}",
		 "{'reject': true}"),
		7746606},
	    {SET("{'find': 'c', 'filter': {'_id': {'$gt': 1}}, '$db': 'd'}",
		 "{'reject': true}"),
		0},
	    {SET("{'find': 'c', '$db': 'local'}", "{'reject': true}"), 8584900},
	    {SET("{'find': 'system.views', '$db': 'd'}", "{'reject': true}"), 8584901},
	    {"{'setQuerySettings': " FIND_A ", '$db': 'admin'}", ERR_MISSING_FIELD},
	    {SETTINGS("1"), ERR_TYPE_MISMATCH},
	    {SETTINGS("{}"), 8727502},
	    {SETTINGS("{'reject': false}"), 7746604},
	    {SETTINGS("{'indexHints': []}"), 7746604},
	    {SETTINGS("{'bogus': 1}"), ERR_UNKNOWN_FIELD},
	    {SETTINGS("{'reject': null}"), ERR_TYPE_MISMATCH},
	    {SETTINGS("{'reject': 1}"), ERR_TYPE_MISMATCH},
	    {SETTINGS("{'queryFramework': 'bogus'}"), ERR_BAD_VALUE},
	    {SETTINGS("{'queryFramework': 1}"), ERR_TYPE_MISMATCH},
	    {SETTINGS("{'indexHints': 1}"), ERR_TYPE_MISMATCH},
	    {SETTINGS("{'indexHints': [1]}"), ERR_TYPE_MISMATCH},
	    {HINT("{}"), ERR_MISSING_FIELD},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c'}}"), ERR_MISSING_FIELD},
	    {HINT("{'ns': {'coll': 'c'}, 'allowedIndexes': ['x']}"), 8727500},
	    {HINT("{'ns': {'db': 'd', 'coll': null}, 'allowedIndexes': ['x']}"), 8727501},
	    {HINT("{'ns': {'db': '', 'coll': 'c'}, 'allowedIndexes': ['x']}"),
		ERR_INVALID_NAMESPACE},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c', 'x': 1}, 'allowedIndexes': ['x']}"),
		ERR_UNKNOWN_FIELD},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c'}, 'allowedIndexes': 'x'}"),
		ERR_TYPE_MISMATCH},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c'}, 'allowedIndexes': [1]}"),
		ERR_FAILED_TO_PARSE},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c'}, 'allowedIndexes': [{'$natural': 2}]}"),
		ERR_BAD_VALUE},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c'}, 'allowedIndexes': []}"), 7746604},
	    {HINT("{'ns': {'db': 'd', 'coll': 'c'}, 'allowedIndexes': ['x']}, {'ns': {'db': "
		  "'d', "
		  "'coll': 'c'}, 'allowedIndexes': ['y']}"),
		7746608},
	    {REMOVE("1"), ERR_TYPE_MISMATCH},
	    {REMOVE("'" DIGITS "'"), 0},
	    {REMOVE("{'find': 'c', 'filter': {'_id': 1}, '$db': 'd'}"), 0},
	    {REMOVE("{'find': 'system.users', '$db': 'admin'}"), 0},
	    {REMOVE("{'find': 'c', 'filter': {'$bogus': 1}, '$db': 'd'}"), ERR_BAD_VALUE},
	    {"{'removeQuerySettings': " FIND_A ", 'settings': {}, '$db': 'admin'}",
		ERR_UNKNOWN_FIELD},
	    {"{'aggregate': 'c', '$db': 'd', 'pipeline': [{'$querySettings': {}}], 'cursor': "
	     "{}}",
		ERR_INVALID_NAMESPACE},
	};

	assert_codes(&db, cases);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(is_answered_and_listed),
	    TEST(hints_restrict),
	    TEST(distinct_and_aggregate_follow),
	    TEST(what_cannot_be_used_is_not_said),
	    TEST(go_before_index_filters),
	    TEST(explain_shows_them),
	    TEST(refuse),
	    TEST(by_hash),
	    TEST(what_is_wrong_has_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
