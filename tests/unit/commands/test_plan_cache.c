#include "support/unit.h"

#include "query/shape.h"
#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	assert_code(&db, "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 1, 'a': 1}]}", 0);
	assert_code(&db, "{'create': 'v', '$db': 'd', 'viewOn': 'c', 'pipeline': []}", 0);
	assert_code(&db,
	    "{'create': 'w', '$db': 'd', 'viewOn': 'c', 'pipeline': [{'$match': {'a': 1}}]}",
	    0);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

static struct collection *find_collection(void)
{
	return catalog_find(store_catalog(db.store.store), view_of_str("d"), view_of_str("c"));
}

/* As the planner would, once it has chosen a way for the find. */
static void put(const char *filter, const char *sort)
{
	struct collection *c = find_collection();
	struct query_spec spec = {
	    .filter = json_doc(&db.h.arena, filter), .sort = json_doc(&db.h.arena, sort)};
	struct plan_cache_key key = {.table_id = c->table_id, .version = c->version};
	struct plan_cache_plan plan = {.choice = view_of_str("this way"),
	    .shape_hash = "01234567",
	    .key_hash = "89ABCDEF",
	    .query = spec.filter,
	    .sort = spec.sort,
	    .cached_plan = json_doc(&db.h.arena, "{'stage': 'FETCH'}"),
	    .exec_stats = json_doc(&db.h.arena, "{'0': {'nReturned': 1}}"),
	    .scores = json_doc(&db.h.arena, "{'0': 1.5}")};
	struct query *q;
	struct status st;

	status_init(&st);
	assert_int_equal(query_parse(&spec, &db.h.arena, &q, &st), 0);
	assert_int_equal(plan_shape(q, &db.h.arena, &key.shape, &st), 0);
	plan_cache_put(query_plan_cache(db.store.store), &key, &plan, 7);
	status_clear(&st);
	collection_unref(c);
}

static int count(void)
{
	struct view reply = harness_run(&db.h, "{'aggregate': 'c', '$db': 'd', 'pipeline': "
					       "[{'$planCacheStats': {}}], 'cursor': {}}");
	struct value batch = database_at(reply, "cursor.firstBatch");

	assert_int_equal(batch.type, TYPE_ARRAY);
	return doc_count(value_doc(batch));
}

static void is_cleared(void **state)
{
	put("{'a': 1}", "{}");
	put("{'a': 1}", "{'b': 1}");
	put("{'b': 1}", "{}");
	assert_int_equal(count(), 3);
	assert_code(&db, "{'planCacheClear': 'c', '$db': 'd', 'query': {'z': 1}}", 0);
	assert_int_equal(count(), 3);
	assert_code(&db, "{'planCacheClear': 'c', '$db': 'd', 'query': {'a': 99}}", 0);
	assert_int_equal(count(), 2);
	assert_code(
	    &db, "{'planCacheClear': 'c', '$db': 'd', 'query': {'a': 9}, 'sort': {'b': 1}}", 0);
	assert_int_equal(count(), 1);
	assert_code(&db, "{'planCacheClear': 'c', '$db': 'd', 'comment': 'all'}", 0);
	assert_int_equal(count(), 0);
}

static void index_filters_clear_it(void **state)
{
	put("{'a': 1}", "{}");
	put("{'b': 1}", "{}");
	put("{'z': 1}", "{}");
	assert_code(&db,
	    "{'planCacheSetFilter': 'c', '$db': 'd', 'query': {'a': 5}, 'indexes': ['x']}", 0);
	assert_int_equal(count(), 2);
	assert_code(&db, "{'planCacheClearFilters': 'c', '$db': 'd', 'query': {'b': 5}}", 0);
	assert_int_equal(count(), 1);
	assert_code(&db, "{'planCacheClearFilters': 'c', '$db': 'd'}", 0);
	assert_int_equal(count(), 0);
}

static void is_stale_after_ddl(void **state)
{
	put("{'a': 1}", "{}");
	assert_int_equal(count(), 1);
	assert_code(&db,
	    "{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}]}",
	    0);
	assert_int_equal(count(), 0);
}

static void is_shown(void **state)
{
	static const char *const names[] = {"version", "queryHash", "planCacheShapeHash",
	    "planCacheKey", "isActive", "works", "worksType", "timeOfCreation",
	    "createdFromQuery", "cachedPlan", "creationExecStats", "candidatePlanScores",
	    "indexFilterSet", "estimatedSizeBytes", "host"};
	struct doc_iter it;
	struct element e;
	struct view reply;
	size_t n = 0;

	put("{'a': 1}", "{'b': 1}");
	put("{'a': 2}", "{'b': 1}");
	reply = harness_run(&db.h,
	    "{'aggregate': 'c', '$db': 'd', 'pipeline': [{'$planCacheStats': {'allHosts': "
	    "false}}], 'cursor': {}}");
	it = doc_iter(value_doc(database_at(reply, "cursor.firstBatch.0")));
	for (; doc_next(&it, &e); n++) {
		assert_true(n < ARRAY_LEN(names));
		assert_string_equal(e.name, names[n]);
	}
	assert_int_equal(n, ARRAY_LEN(names));
	assert_reply(&db,
	    "{'aggregate': 'v', '$db': 'd', 'pipeline': [{'$planCacheStats': {}}, {'$project': "
	    "{'timeOfCreation': 0, 'estimatedSizeBytes': 0, 'host': 0}}], 'cursor': {}}",
	    "{ 'cursor' : { 'firstBatch' : [ { 'version' : '1', 'queryHash' : '01234567', "
	    "'planCacheShapeHash' : '01234567', 'planCacheKey' : '89ABCDEF', 'isActive' : "
	    "true, "
	    "'works' : 7, 'worksType' : 'works', 'createdFromQuery' : { 'query' : { 'a' : 2 }, "
	    "'sort' : { 'b' : 1 }, 'projection' : {  } }, 'cachedPlan' : { 'stage' : 'FETCH' "
	    "}, "
	    "'creationExecStats' : [ { 'nReturned' : 1 } ], 'candidatePlanScores' : [ 1.5 ], "
	    "'indexFilterSet' : false } ], 'id' : 0, 'ns' : 'd.v' }, 'ok' : 1.0 }");
}

static void server_status_counts(void **state)
{
	struct view reply;
	struct value v;
	int64_t n;

	put("{'a': 1}", "{}");
	reply = harness_run(&db.h, "{'serverStatus': 1, '$db': 'admin'}");
	v = database_at(reply, "metrics.query.planCache.totalQueryShapes");
	assert_true(value_to_i64(v, &n));
	assert_int_equal(n, 1);
	v = database_at(reply, "metrics.query.planCache.totalSizeEstimateBytes");
	assert_true(value_to_i64(v, &n));
	assert_true(n > 0);
	v = database_at(reply, "metrics.query.planCache.classic.hits");
	assert_int_equal(v.type, TYPE_INT64);
}

static void what_is_wrong_has_its_code(void **state)
{
#define STATS(coll, spec)                                                                      \
	"{'aggregate': " coll ", '$db': 'd', 'pipeline': [" spec "], 'cursor': {}}"
	static const struct code_case cases[] = {
	    {"{'planCacheClear': 1, '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'planCacheClear': 'v', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'planCacheClear': 'none', '$db': 'd', 'query': 1}", 0},
	    {"{'planCacheClear': 'c', '$db': 'd', 'query': 1}", ERR_BAD_VALUE},
	    {"{'planCacheClear': 'c', '$db': 'd', 'sort': {'a': 1}}", ERR_BAD_VALUE},
	    {"{'planCacheClear': 'c', '$db': 'd', 'query': {'$bogus': 1}}", ERR_BAD_VALUE},
	    {STATS("'c'", "{'$planCacheStats': 1}"), ERR_FAILED_TO_PARSE},
	    {STATS("'c'", "{'$planCacheStats': {'allHosts': 1}}"), 13111},
	    {STATS("'c'", "{'$planCacheStats': {'allHosts': true}}"), 4503200},
	    {STATS("'c'", "{'$planCacheStats': {'bogus': true}}"), ERR_FAILED_TO_PARSE},
	    {STATS("'c'", "{'$match': {}}, {'$planCacheStats': {}}"), 40602},
	    {STATS("'w'", "{'$planCacheStats': {}}"), 40602},
	    {STATS("'none'", "{'$planCacheStats': {}}"), 50933},
	    {STATS("1", "{'$planCacheStats': {}}"), ERR_INVALID_NAMESPACE},
	    {"{'aggregate': 'c', '$db': 'd', 'pipeline': [{'$planCacheStats': {}}], 'cursor': "
	     "{}, "
	     "'readConcern': {'level': 'available'}}",
		ERR_INVALID_OPTIONS},
	    {"{'aggregate': 'c', '$db': 'd', 'pipeline': [{'$planCacheStats': {}}], 'cursor': "
	     "{}, "
	     "'readConcern': {'level': 'local'}}",
		0},
	};

	assert_codes(&db, cases);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(is_cleared),
	    TEST(index_filters_clear_it),
	    TEST(is_stale_after_ddl),
	    TEST(is_shown),
	    TEST(server_status_counts),
	    TEST(what_is_wrong_has_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
