#include "support/unit.h"

#include "support/aggregate.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	insert_into(&db, "c", "[{'_id': 1}, {'_id': 2}]");
	insert_into(&db, "f", "[{'_id': 3, 'a': 1}, {'_id': 4, 'a': 2}, {'_id': 5, 'a': 3}]");
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

static void behind_its_input(void **state)
{
	gives_from(&db, "c", "[{'$unionWith': 'f'}, {'$project': {'_id': 1}}]",
	    "[{'_id': 1}, {'_id': 2}, {'_id': 3}, {'_id': 4}, {'_id': 5}]");
	gives_from(&db, "c",
	    "[{'$unionWith': {'coll': 'f', 'pipeline': [{'$match': {'a': {'$gt': 1}}}]}}]",
	    "[{'_id': 1}, {'_id': 2}, {'_id': 4, 'a': 2}, {'_id': 5, 'a': 3}]");
	gives_from(&db, "c", "[{'$unionWith': 'none'}]", "[{'_id': 1}, {'_id': 2}]");
	gives_from(&db, "none", "[{'$unionWith': 'c'}]", "[{'_id': 1}, {'_id': 2}]");
	gives_from(&db, "c",
	    "[{'$unionWith': {'pipeline': [{'$documents': [{'x': 1}]}, {'$set': {'y': 2}}]}}]",
	    "[{'_id': 1}, {'_id': 2}, {'x': 1, 'y': 2}]");
	gives_from(&db, "c",
	    "[{'$unionWith': 'c'}, {'$group': {'_id': '$_id', 'n': {'$sum': 1}}}]",
	    "[{'_id': 1, 'n': 2}, {'_id': 2, 'n': 2}]");
}

static void of_views_and_in_pipelines(void **state)
{
	assert_code(&db,
	    "{'create': 'v', 'viewOn': 'f', 'pipeline': [{'$match': {'a': 2}}], '$db': 'd'}",
	    0);
	gives_from(
	    &db, "c", "[{'$unionWith': 'v'}]", "[{'_id': 1}, {'_id': 2}, {'_id': 4, 'a': 2}]");
	assert_code(&db,
	    "{'create': 'u', 'viewOn': 'c', 'pipeline': [{'$unionWith': 'v'}], '$db': 'd'}", 0);
	gives_from(&db, "u", "[]", "[{'_id': 1}, {'_id': 2}, {'_id': 4, 'a': 2}]");
	gives_from(&db, "c",
	    "[{'$match': {'_id': 1}}, {'$lookup': {'from': 'c', 'let': {'w': '$_id'}, 'as': "
	    "'j',"
	    " 'pipeline': [{'$unionWith': {'coll': 'f', 'pipeline': [{'$limit': 1},"
	    " {'$set': {'w': '$$w'}}]}}]}}]",
	    "[{'_id': 1, 'j': [{'_id': 1}, {'_id': 2}, {'_id': 3, 'a': 1, 'w': 1}]}]");
}

/* A batch ends in the middle of either. */
static void batch_by_batch(void **state)
{
	struct view reply = harness_run(&db.h,
	    "{'aggregate': 'c', 'pipeline': [{'$unionWith': 'f'}], 'cursor': {'batchSize': 1}, "
	    "'$db': 'd'}");
	int64_t id, n = 1;

	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	while (id) {
		reply = harness_run(&db.h, arena_printf(&db.h.arena,
					       "{'getMore': {'$numberLong': '%lld'}, "
					       "'collection': 'c', 'batchSize': 1,"
					       " '$db': 'd'}",
					       (long long)id));
		assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
		n += !value_is_missing(database_at(reply, "cursor.nextBatch.0"));
	}
	assert_int_equal(n, 5);
}

static void refused(void **state)
{
	static const struct code_case cases[] = {
	    {"{'$unionWith': 1}", 9},
	    {"{'$unionWith': {}}", 9},
	    {"{'$unionWith': {'pipeline': []}}", 9},
	    {"{'$unionWith': {'coll': 1}}", 14},
	    {"{'$unionWith': {'coll': 'f', 'x': 1}}", 40415},
	    {"{'$unionWith': ''}", 73},
	    {"{'$unionWith': {'coll': 'f', 'pipeline': [{'$documents': []}]}}", 73},
	    {"{'$unionWith': {'coll': 'f', 'pipeline': [{'$querySettings': {}}]}}", 31441},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		fails_from(
		    &db, "c", arena_printf(&db.h.arena, "[%s]", cases[i].json), cases[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(behind_its_input, setup, teardown),
	    cmocka_unit_test_setup_teardown(of_views_and_in_pipelines, setup, teardown),
	    cmocka_unit_test_setup_teardown(batch_by_batch, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
