#include "support/unit.h"

#include "support/aggregate.h"

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

/* c is merged into t, which holds {_id: 1, a: 1, old: true}; a is unique there. */
static void begin(void)
{
	database_clear(&db);
	database_init(&db, FACE_STANDALONE);
	insert_into(&db, "t", "[{'_id': 1, 'a': 1, 'old': true}]");
	assert_code(&db,
	    "{'createIndexes': 't', 'indexes': [{'key': {'a': 1}, 'name': 'a', 'unique': true},"
	    " {'key': {'s': 1}, 'name': 's', 'unique': true, 'sparse': true}], '$db': 'd'}",
	    0);
	insert_into(&db, "c", "[{'_id': 1, 'a': 5, 'b': 1}, {'_id': 2, 'a': 6, 'b': 2}]");
}

static void merges(const char *spec, int code, const char *want)
{
	begin();
	fails_from(
	    &db, "c", arena_printf(&db.h.arena, "[{'$merge': {'into': 't'%s}}]", spec), code);
	gives_from(&db, "t", "[{'$sort': {'_id': 1}}]", want);
}

static void what_becomes_of_them(void **state)
{
	merges("", 0, "[{'_id': 1, 'a': 5, 'old': true, 'b': 1}, {'_id': 2, 'a': 6, 'b': 2}]");
	merges(", 'whenMatched': 'replace'", 0,
	    "[{'_id': 1, 'a': 5, 'b': 1}, {'_id': 2, 'a': 6, 'b': 2}]");
	merges(", 'whenMatched': 'keepExisting'", 0,
	    "[{'_id': 1, 'a': 1, 'old': true}, {'_id': 2, 'a': 6, 'b': 2}]");
	merges(", 'whenMatched': 'fail'", 11000,
	    "[{'_id': 1, 'a': 1, 'old': true}, {'_id': 2, 'a': 6, 'b': 2}]");
	merges(", 'whenNotMatched': 'discard'", 0, "[{'_id': 1, 'a': 5, 'old': true, 'b': 1}]");
	merges(
	    ", 'whenNotMatched': 'fail'", 13113, "[{'_id': 1, 'a': 5, 'old': true, 'b': 1}]");
	merges(", 'whenMatched': [{'$set': {'sum': {'$add': ['$a', '$$new.a', '$$k']}}}],"
	       " 'let': {'k': '$b'}",
	    0, "[{'_id': 1, 'a': 1, 'old': true, 'sum': 7}, {'_id': 2, 'a': 6, 'b': 2}]");
	merges(", 'whenMatched': [{'$set': {'_id': 7}}]", 66,
	    "[{'_id': 1, 'a': 1, 'old': true}, {'_id': 2, 'a': 6, 'b': 2}]");
}

static void by_other_fields(void **state)
{
	begin();
	gives_from(&db, "c",
	    "[{'$project': {'_id': 0, 'a': {'$subtract': ['$a', 4]}, 'b': 1}},"
	    " {'$merge': {'into': 't', 'on': 'a', 'whenNotMatched': 'discard'}}]",
	    "[]");
	gives_from(&db, "t", "[]", "[{'_id': 1, 'a': 1, 'old': true, 'b': 1}]");
	fails_from(&db, "c", "[{'$merge': {'into': 't', 'on': 'b'}}]", 51183);
	fails_from(&db, "c", "[{'$merge': {'into': 'none', 'on': 'a'}}]", 51183);
	fails_from(&db, "c", "[{'$merge': {'into': 't', 'on': 's'}}]", 51132);
	fails_from(
	    &db, "c", "[{'$set': {'a': [1]}}, {'$merge': {'into': 't', 'on': 'a'}}]", 51185);
	assert_code(&db,
	    "{'aggregate': 'c', 'pipeline': [{'$merge': {'into': 't', 'on': 'a'}}], 'cursor': "
	    "{},"
	    " 'collation': {'locale': 'fr'}, '$db': 'd'}",
	    51183);
}

static void into_itself_and_elsewhere(void **state)
{
	begin();
	gives_from(&db, "c", "[{'$set': {'a': {'$add': ['$a', 1]}}}, {'$merge': 'c'}]", "[]");
	gives_from(
	    &db, "c", "[{'$project': {'a': 1}}]", "[{'_id': 1, 'a': 6}, {'_id': 2, 'a': 7}]");
	gives_from(&db, "c", "[{'$merge': {'into': {'db': 'e', 'coll': 'x'}}}]", "[]");
	assert_reply(&db, "{'count': 'x', '$db': 'e'}", "{ 'n' : 2, 'ok' : 1.0 }");
	/* New ones of its own that a scan of the newest state would meet again. */
	gives_from(&db, "c",
	    "[{'$project': {'_id': {'$add': ['$_id', 1000]}}}, {'$merge': 'c'}]", "[]");
	gives_from(&db, "c", "[{'$count': 'n'}]", "[{'n': 4}]");
	assert_code(&db,
	    "{'explain': {'aggregate': 'c', 'pipeline': [{'$merge': 'y'}], 'cursor': {}},"
	    " 'verbosity': 'executionStats', '$db': 'd'}",
	    0);
	gives_from(&db, "y", "[]", "[]");
}

static void validators_are_asked(void **state)
{
	assert_code(&db, "{'create': 't', 'validator': {'b': {'$gt': 1}}, '$db': 'd'}", 0);
	insert_into(&db, "c", "[{'_id': 1, 'b': 1}, {'_id': 2, 'b': 2}]");
	fails_from(&db, "c", "[{'$merge': 't'}]", 121);
	gives_from(&db, "t", "[]", "[{'_id': 2, 'b': 2}]");
	assert_code(&db,
	    "{'aggregate': 'c', 'pipeline': [{'$merge': 't'}], 'cursor': {},"
	    " 'bypassDocumentValidation': true, '$db': 'd'}",
	    0);
	gives_from(&db, "t", "[]", "[{'_id': 1, 'b': 1}, {'_id': 2, 'b': 2}]");
}

static void refused(void **state)
{
	static const struct code_case cases[] = {
	    {"{'$merge': 1}", 14},
	    {"{'$merge': ''}", 73},
	    {"{'$merge': {}}", 40414},
	    {"{'$merge': {'into': 1}}", 51178},
	    {"{'$merge': {'into': ''}}", 5786800},
	    {"{'$merge': {'into': {'db': 'd'}}}", 5786801},
	    {"{'$merge': {'into': {'db': 'local', 'coll': 't'}}}", 31320},
	    {"{'$merge': {'into': 'system.x'}}", 31319},
	    {"{'$merge': {'into': 't', 'x': 1}}", 40415},
	    {"{'$merge': {'into': 't', 'on': 1}}", 51186},
	    {"{'$merge': {'into': 't', 'on': []}}", 51187},
	    {"{'$merge': {'into': 't', 'on': [1]}}", 51134},
	    {"{'$merge': {'into': 't', 'on': ['_id', '_id']}}", 31465},
	    {"{'$merge': {'into': 't', 'whenMatched': 1}}", 51191},
	    {"{'$merge': {'into': 't', 'whenMatched': 'x'}}", 2},
	    {"{'$merge': {'into': 't', 'whenNotMatched': 'x'}}", 2},
	    {"{'$merge': {'into': 't', 'whenMatched': 'fail', 'whenNotMatched': 'fail'}}",
		51181},
	    {"{'$merge': {'into': 't', 'let': {}}}", 51199},
	    {"{'$merge': {'into': 't', 'whenMatched': [], 'let': {'new': 1}}}", 51273},
	    {"{'$merge': 't'}, {'$limit': 1}", 40601},
	    {"{'$merge': 'v'}", 166},
	    {"{'$merge': 'series'}", 166},
	    {"{'$lookup': {'from': 'f', 'pipeline': [{'$merge': 't'}], 'as': 'j'}}", 51047},
	};

	assert_code(&db, "{'create': 'v', 'viewOn': 'c', '$db': 'd'}", 0);
	assert_code(
	    &db, "{'create': 'series', 'timeseries': {'timeField': 't'}, '$db': 'd'}", 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		fails_from(
		    &db, "c", arena_printf(&db.h.arena, "[%s]", cases[i].json), cases[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_becomes_of_them, setup, teardown),
	    cmocka_unit_test_setup_teardown(by_other_fields, setup, teardown),
	    cmocka_unit_test_setup_teardown(into_itself_and_elsewhere, setup, teardown),
	    cmocka_unit_test_setup_teardown(validators_are_asked, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
