/*
 * $out: what comes in takes the place of what was there; when something goes wrong,
 * wherever that is, what was there stays.
 */
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

static void it_becomes_a_collection(void **state)
{
	static const char stages[] = "{'$match': {'a': {'$gt': 100}}}, {'$set': {'b': '$a'}}";
	struct buf docs;

	buf_init(&docs, NULL);
	for (int i = 0; i < 1200; i++)
		buf_printf(&docs, "%s{'_id': %d, 'a': %d}", i ? ", " : "[", i, i * 7 % 1200);
	buf_printf(&docs, "]");
	buf_append_byte(&docs, 0);
	insert_into(&db, "c", (const char *)docs.data);
	buf_clear(&docs);
	gives_from(&db, "c", arena_printf(&db.h.arena, "[%s, {'$out': 'o'}]", stages), "[]");
	assert_string_equal(aggregate_run(&db, "o", "[{'$sort': {'_id': 1}}]"),
	    aggregate_run(
		&db, "c", arena_printf(&db.h.arena, "[%s, {'$sort': {'_id': 1}}]", stages)));
	/* Into itself, and into another database. */
	gives_from(&db, "o",
	    "[{'$match': {'_id': {'$lt': 40}}}, {'$project': {'_id': 1}},"
	    " {'$out': 'o'}]",
	    "[]");
	gives_from(&db, "o", "[{'$count': 'n'}]", "[{'n': 25}]");
	gives_from(&db, "o", "[{'$out': {'db': 'e', 'coll': 'o'}}]", "[]");
	assert_reply(&db, "{'count': 'o', '$db': 'e'}", "{ 'n' : 25, 'ok' : 1.0 }");
	/* Of nothing: an empty one. */
	gives_from(&db, "none", "[{'$out': 'o'}]", "[]");
	gives_from(&db, "o", "[]", "[]");
}

#define INDEXES                                                                                \
	"{'createIndexes': 'o', 'indexes': [{'key': {'x': 1}, 'name': 'x', 'unique': true},"   \
	" {'key': {'y': -1}, 'name': 'y', 'sparse': true}], '$db': 'd'}"

static const char *indexes_of(const char *coll)
{
	return database_run(
	    &db, arena_printf(&db.h.arena, "{'listIndexes': '%s', '$db': 'd'}", coll));
}

static void indexes_and_options_stay(void **state)
{
	const char *before;

	assert_code(&db, "{'create': 'o', 'validator': {'x': {'$gt': 0}}, '$db': 'd'}", 0);
	assert_code(&db, INDEXES, 0);
	before = indexes_of("o");
	insert_into(&db, "c", "[{'_id': 1, 'x': 1}, {'_id': 2, 'x': 2}]");
	gives_from(&db, "c", "[{'$out': 'o'}]", "[]");
	assert_string_equal(indexes_of("o"), before);
	gives_from(&db, "o", "[{'$match': {'x': 2}}]", "[{'_id': 2, 'x': 2}]");
	assert_code(&db, "{'insert': 'o', 'documents': [{'x': 1}], '$db': 'd'}", 0);
	assert_reply(&db, "{'count': 'o', '$db': 'd'}", "{ 'n' : 2, 'ok' : 1.0 }");
	assert_string_equal(
	    (const char *)value_str(
		database_at(
		    harness_run(&db.h, "{'listCollections': 1, 'filter': {'name': 'o'}, "
				       "'$db': 'd'}"),
		    "cursor.firstBatch.0.name"))
		.data,
	    "o");
	assert_true(value_is_missing(database_at(
	    harness_run(&db.h, "{'listCollections': 1, 'filter': {'name': 'o'}, '$db': 'd'}"),
	    "cursor.firstBatch.0.options.temp")));
}

static void assert_as_before(void)
{
	gives_from(&db, "o", "[]", "[{'_id': 1, 'x': 1}]");
	assert_reply(&db,
	    "{'listCollections': 1, 'nameOnly': true, 'filter': {'name': {'$regex': 'tmp'}},"
	    " '$db': 'd'}",
	    "{ 'cursor' : { 'firstBatch' : [  ], 'id' : 0, 'ns' : 'd.$cmd.listCollections' }, "
	    "'ok' : 1.0 }");
}

static void an_error_changes_nothing(void **state)
{
	assert_code(&db, "{'create': 'o', 'validator': {'x': {'$gt': 0}}, '$db': 'd'}", 0);
	insert_into(&db, "o", "[{'_id': 1, 'x': 1}]");
	assert_code(&db, INDEXES, 0);
	insert_into(&db, "c", "[{'_id': 1, 'x': 5}, {'_id': 2, 'x': 6}, {'_id': 3, 'x': 6}]");
	fails_from(&db, "c", "[{'$out': 'o'}]", 11000);
	assert_as_before();
	fails_from(&db, "c", "[{'$set': {'_id': 1}}, {'$unset': 'x'}, {'$out': 'o'}]", 121);
	assert_as_before();
	fails_from(&db, "c",
	    "[{'$set': {'x': {'$divide': [1, {'$subtract': ['$x', 6]}]}}}, "
	    "{'$out': 'o'}]",
	    2);
	assert_as_before();
	assert_code(&db,
	    "{'aggregate': 'c', 'pipeline': [{'$match': {'_id': {'$lt': 3}}}, {'$unset': 'x'},"
	    " {'$out': 'o'}], 'cursor': {}, 'bypassDocumentValidation': true, '$db': 'd'}",
	    11000); /* null twice */
	assert_as_before();
}

/* The code of $out, which is killed at its n-th pause (counted from 1). */
static int run_and_kill(int n, bool *was_killed)
{
	struct view body = json_doc(&db.h.arena,
	    "{'aggregate': 'c', 'pipeline': [{'$out': 'o'}], 'cursor': {}, '$db': 'd'}");
	struct harness_request *hr = harness_new(&db.h, body);
	int64_t code = 0;
	enum step step;

	*was_killed = false;
	while ((step = request_run(&hr->r)) != STEP_DONE) {
		if (--n == 0) {
			op_kill(&hr->r.op, ERR_INTERRUPTED);
			*was_killed = true;
		}
		if (step == STEP_HANDOVER)
			hr->r.op.on_loop = false;
		else if (op_wait_park(&hr->r.op))
			harness_sleep(&db.h, &hr->r);
	}
	value_to_i64(doc_get(harness_end(&db.h, hr), "code"), &code);
	return (int)code;
}

static void a_kill_changes_nothing(void **state)
{
	bool killed = true;
	int n_killed = 0;

	insert_into(&db, "o", "[{'_id': 1, 'x': 1}]");
	assert_code(&db, INDEXES, 0);
	insert_into(&db, "c", "[{'_id': 1, 'x': 5}, {'_id': 2, 'x': 6}]");
	for (int n = 1; killed; n++) {
		int code = run_and_kill(n, &killed);

		/* Once the commit that replaces it is under way, it goes through. */
		if (killed && code) {
			assert_int_equal(code, ERR_INTERRUPTED);
			assert_as_before();
			n_killed++;
		} else {
			gives_from(&db, "o", "[]", "[{'_id': 1, 'x': 5}, {'_id': 2, 'x': 6}]");
			break;
		}
	}
	assert_true(n_killed >= 2);
}

static void explain_writes_nothing(void **state)
{
	insert_into(&db, "c", "[{'_id': 1}]");
	assert_code(&db,
	    "{'explain': {'aggregate': 'c', 'pipeline': [{'$out': 'o'}], 'cursor': {}}, "
	    "'verbosity': 'executionStats', '$db': 'd'}",
	    0);
	gives_from(&db, "o", "[]", "[]");
}

static void refused(void **state)
{
	static const struct code_case cases[] = {
	    {"{'$out': 1}", 16990},
	    {"{'$out': ''}", 73},
	    {"{'$out': 'system.x'}", 17385},
	    {"{'$out': 'a$b'}", 20},
	    {"{'$out': {'db': 'd'}}", 40414},
	    {"{'$out': {'db': 'd', 'coll': 1}}", 14},
	    {"{'$out': {'db': 'd', 'coll': 'o', 'x': 1}}", 40415},
	    {"{'$out': {'db': 'local', 'coll': 'o'}}", 31321},
	    {"{'$out': 'o'}, {'$match': {}}", 40601},
	    {"{'$out': 'capped'}", 17152},
	    {"{'$out': 'view'}", 166},
	    {"{'$out': 'series'}", ERR_NOT_IMPLEMENTED},
	    {"{'$lookup': {'from': 'f', 'pipeline': [{'$out': 'o'}], 'as': 'j'}}", 51047},
	    {"{'$unionWith': {'coll': 'f', 'pipeline': [{'$out': 'o'}]}}", 31441},
	};

	assert_code(&db, "{'create': 'capped', 'capped': true, 'size': 4096, '$db': 'd'}", 0);
	assert_code(&db, "{'create': 'view', 'viewOn': 'c', '$db': 'd'}", 0);
	assert_code(
	    &db, "{'create': 'series', 'timeseries': {'timeField': 't'}, '$db': 'd'}", 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		fails_from(
		    &db, "c", arena_printf(&db.h.arena, "[%s]", cases[i].json), cases[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(it_becomes_a_collection, setup, teardown),
	    cmocka_unit_test_setup_teardown(indexes_and_options_stay, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_error_changes_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_kill_changes_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(explain_writes_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
