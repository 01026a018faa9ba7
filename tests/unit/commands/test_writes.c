#include "support/unit.h"

#include "commands/command.h"
#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_REPLSET);
	db.h.inst.sessions = sessions_new(db.store.store, 0, 0);
	assert_non_null(db.h.inst.sessions);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

#define RETRY(txn)                                                                             \
	"'lsid': {'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAQ==', 'subType': "        \
	"'04'}}}, "                                                                            \
	"'txnNumber': {'$numberLong': '" txn "'}, '$db': 'd'}"

static struct value at(const char *json, const char *path)
{
	return database_at(harness_run(&db.h, json), path);
}

static int64_t number(const char *json, const char *path)
{
	int64_t n = -1;

	assert_true(value_to_i64(at(json, path), &n));
	return n;
}

static void write_errors_come_in_the_order_of_the_documents(void **state)
{
	const char *json =
	    "{'insert': 'c', 'ordered': false, '$db': 'd', 'documents': ["
	    "{'_id': 1}, {'_id': 1}, {'_id': [1]}, {'_id': 1}, {'_id': [2]}, {'_id': 2}]}";
	struct view errors = value_doc(at(json, "writeErrors"));

	assert_int_equal(doc_count(errors), 4);
	for (int i = 0; i < 4; i++) {
		static const int want[] = {1, 2, 3, 4};
		int64_t index;

		assert_true(
		    value_to_i64(doc_get(value_doc(array_at(errors, i)), "index"), &index));
		assert_int_equal(index, want[i]);
	}
}

/* However many fail, and whatever there is to say: the reply holds them all. */
static void every_document_may_fail(void **state)
{
	enum { N = 3000, LEN = 900 };
	struct view errors, last;
	struct buf json;
	char text[LEN + 100];

	buf_init(&json, NULL);
	buf_append_view(
	    &json, view_of_str("{'insert': 'c', 'ordered': false, '$db': 'd', 'documents': ["));
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "%s{'_id': '%0*d'}", i ? ", " : "", LEN, 0);
		buf_append_view(&json, view_of_str(text));
	}
	buf_append(&json, "]}", 3);
	errors = value_doc(at((const char *)json.data, "writeErrors"));
	assert_int_equal(doc_count(errors), N - 1);
	assert_true(errors.len < 2 * 1024 * 1024);
	assert_true(value_str(doc_get(value_doc(array_at(errors, 0)), "errmsg")).len > 0);
	last = value_doc(array_at(errors, N - 2));
	assert_int_equal(value_str(doc_get(last, "errmsg")).len, 0);
	assert_int_equal(read_i32(doc_get(last, "code").data), ERR_DUPLICATE_KEY);
	buf_clear(&json);
}

static void statement_ids_at_the_edge(void **state)
{
	static const struct code_case cases[] = {
	    {"{'insert': 'c', 'documents': [{}, {}], 'stmtId': {'$numberLong': "
	     "'9223372036854775807'}, " RETRY("1"),
		2},
	    {"{'insert': 'c', 'documents': [{}, {}], 'stmtId': 2147483647, " RETRY("2"), 2},
	    {"{'insert': 'c', 'documents': [{}, {}], 'stmtIds': [2147483647, 5], " RETRY("3"),
		0},
	    {"{'insert': 'c', 'documents': [{}, {}], 'stmtIds': [2147483647, 5], " RETRY("3"),
		0},
	    {"{'insert': 'c', 'documents': [{}, {}], 'stmtIds': [2147483646, "
	     "2147483647], " RETRY("4"),
		0},
	    {"{'insert': 'c', 'documents': [{}, {}], 'stmtIds': [-2147483648, "
	     "2147483647], " RETRY("5"),
		2},
	};

	assert_codes(&db, cases);
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 4);
}

/* A statement that has been done is known again, and not by another command. */
static void a_retry_is_the_same_command(void **state)
{
	assert_code(&db, "{'insert': 'c', 'documents': [{'_id': 1}], " RETRY("1"), 0);
	assert_code(
	    &db, "{'findAndModify': 'c', 'query': {}, 'remove': true, " RETRY("1"), 40606);
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 1);
}

/* What a statement needs is given back before the next one. */
static void statements_do_not_add_up(void **state)
{
	enum { N = 2000 };
	struct harness_request *hr;
	struct buf json;
	char text[200];
	enum step step;

	buf_init(&json, NULL);
	buf_append_view(&json, view_of_str("{'update': 'c', '$db': 'd', 'updates': ["));
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text),
		    "%s{'q': {'_id': %d, 'a': {'$gt': 1}}, 'u': {'$set': {'b': 1}}}",
		    i ? ", " : "", i);
		buf_append_view(&json, view_of_str(text));
	}
	buf_append(&json, "]}", 3);
	hr = harness_new(&db.h, json_doc(&db.h.arena, (const char *)json.data));
	while ((step = request_run(&hr->r)) != STEP_DONE)
		if (step == STEP_PARK && op_wait_park(&hr->r.op))
			harness_sleep(&db.h, &hr->r);
	assert_true(hr->r.op.memory.peak_bytes < N * 200);
	harness_end(&db.h, hr);
	buf_clear(&json);
}

static enum step run_on(struct harness_request *hr)
{
	enum step step;

	do
		step = request_run(&hr->r);
	while (step == STEP_HANDOVER);
	return step;
}

static struct view run_to_its_end(struct harness_request *hr)
{
	while (run_on(hr) != STEP_DONE)
		if (op_wait_park(&hr->r.op))
			harness_sleep(&db.h, &hr->r);
	return harness_end(&db.h, hr);
}

static bool is_made(void)
{
	struct collection *c = catalog_find(
	    store_catalog(db.h.inst.store), view_of_str("d"), view_of_str("c"));

	if (c)
		collection_unref(c);
	return c != NULL;
}

/* While it makes the collection another one puts the document in: when it is there, and
 * its maker waits for the disk. */
static void lose_the_race(const char *json)
{
	struct harness_request *hr = harness_new(&db.h, json_doc(&db.h.arena, json));

	assert_int_equal(run_on(hr), STEP_PARK);
	while (!is_made()) {
		if (op_wait_park(&hr->r.op))
			harness_sleep(&db.h, &hr->r);
		assert_int_equal(run_on(hr), STEP_PARK);
	}
	assert_code(&db, "{'insert': 'c', 'documents': [{'_id': 1, 'a': 1}], '$db': 'd'}", 0);
	run_to_its_end(hr);
}

/* An upsert that found the document at last has not put one in, and says so again. */
static void the_retry_of_an_upsert_that_was_late(void **state)
{
	const char *update = "{'update': 'c', 'updates': [{'q': {'_id': 1}, "
			     "'u': {'$inc': {'a': 1}}, 'upsert': true}], " RETRY("1");
	const char *modify = "{'findAndModify': 'c', 'query': {'_id': 1}, 'upsert': true, "
			     "'new': true, 'update': {'$inc': {'a': 1}}, " RETRY("2");
	struct view reply;
	int64_t n;

	lose_the_race(update);
	reply = harness_run(&db.h, update);
	assert_true(value_is_missing(doc_get(reply, "upserted")));
	assert_true(value_to_i64(doc_get(reply, "nModified"), &n));
	assert_int_equal(n, 1);

	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
	lose_the_race(modify);
	reply = harness_run(&db.h, modify);
	assert_true(value_is_missing(database_at(reply, "lastErrorObject.upserted")));
	assert_true(value_bool(database_at(reply, "lastErrorObject.updatedExisting")));
	assert_true(value_to_i64(database_at(reply, "value.a"), &n));
	assert_int_equal(n, 2);
}

/* What would weigh on an idle session is read from the disk when it is asked for. */
static void large_results_are_found_on_disk(void **state)
{
	const char *modify =
	    "{'findAndModify': 'c', 'query': {'_id': 1}, 'remove': true, " RETRY("1");
	char json[9000];
	int64_t before, n;

	snprintf(json, sizeof(json),
	    "{'insert': 'c', 'documents': [{'_id': 1, 's': '%0*d'}], '$db': 'd'}", 8000, 0);
	assert_code(&db, json, 0);
	before = database_at(harness_run(&db.h, modify), "value").len;
	assert_true(before > 8000);
	n = database_at(harness_run(&db.h, modify), "value").len;
	assert_int_equal(n, before);
	assert_int_equal(
	    number("{'serverStatus': 1, '$db': 'd'}", "transactions.retriedStatementsCount"),
	    1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(write_errors_come_in_the_order_of_the_documents),
	    TEST(every_document_may_fail),
	    TEST(statement_ids_at_the_edge),
	    TEST(a_retry_is_the_same_command),
	    TEST(statements_do_not_add_up),
	    TEST(large_results_are_found_on_disk),
	    TEST(the_retry_of_an_upsert_that_was_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
