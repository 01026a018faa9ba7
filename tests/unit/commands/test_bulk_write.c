#include "support/unit.h"

#include "commands/command.h"
#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	return 0;
}

static int setup_replset(void **state)
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

#define BULK(ops, rest)                                                                        \
	"{'bulkWrite': 1, 'ops': [" ops "], 'nsInfo': [{'ns': 'd.c'}, {'ns': 'e.x.y'}], " rest \
	"'$db': 'admin'}"
#define INSERT(ns, id) "{'insert': " ns ", 'document': {'_id': " id "}}"

static int64_t number_at(struct view reply, const char *path)
{
	int64_t n = -1;

	assert_true(value_to_i64(database_at(reply, path), &n));
	return n;
}

static int64_t number(const char *json, const char *path)
{
	return number_at(harness_run(&db.h, json), path);
}

static void says_what_became_of_each(void **state)
{
	assert_reply(&db,
	    BULK(INSERT("0", "1") ", " INSERT("1", "1") ", "
		 "{'update': 0, 'filter': {'_id': 1}, 'updateMods': {'$set': {'a': 1}}}, "
		 "{'update': 0, 'filter': {'_id': 1}, 'updateMods': {'$set': {'a': 1}}}, "
		 "{'update': 0, 'filter': {'_id': 2}, 'updateMods': [{'$set': {'a': '$$v'}}], "
		 "'constants': {'v': 7}, 'upsert': true}, "
		 "{'delete': 1, 'filter': {}, 'multi': true}",
		""),
	    "{ 'cursor' : { 'firstBatch' : [ "
	    "{ 'ok' : 1.0, 'idx' : 0, 'n' : 1 }, { 'ok' : 1.0, 'idx' : 1, 'n' : 1 }, "
	    "{ 'ok' : 1.0, 'idx' : 2, 'n' : 1, 'nModified' : 1 }, "
	    "{ 'ok' : 1.0, 'idx' : 3, 'n' : 1, 'nModified' : 0 }, "
	    "{ 'ok' : 1.0, 'idx' : 4, 'n' : 1, 'nModified' : 0, 'upserted' : { '_id' : 2 } }, "
	    "{ 'ok' : 1.0, 'idx' : 5, 'n' : 1 } ], "
	    "'id' : 0, 'ns' : 'admin.$cmd.bulkWrite' }, "
	    "'nErrors' : 0, 'nInserted' : 2, 'nMatched' : 2, 'nModified' : 1, "
	    "'nUpserted' : 1, 'nDeleted' : 1, 'ok' : 1.0 }");
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 2);
	assert_int_equal(number("{'count': 'x.y', '$db': 'e'}", "n"), 0);
}

#define MIXED                                                                                  \
	INSERT("0", "1")                                                                       \
	", " INSERT("0", "1") ", " INSERT("0", "[2]") ", "                                     \
						      "{'update': 0, 'filter': {'$x': 1}, "    \
						      "'updateMods': {}}, " INSERT("0", "3")

static void the_first_failure_ends_an_ordered_one(void **state)
{
	struct view r = harness_run(&db.h, BULK(MIXED, ""));

	assert_int_equal(number_at(r, "nErrors"), 1);
	assert_int_equal(number_at(r, "nInserted"), 1);
	assert_int_equal(number_at(r, "cursor.firstBatch.1.code"), 11000);
	assert_int_equal(number_at(r, "cursor.firstBatch.1.keyValue._id"), 1);
	assert_true(value_is_missing(database_at(r, "cursor.firstBatch.2")));
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 1);
}

static void others_go_on_behind_a_failure(void **state)
{
	struct view r =
	    harness_run(&db.h, BULK(MIXED, "'ordered': false, 'errorsOnly': true, "));

	assert_int_equal(number_at(r, "nErrors"), 3);
	assert_int_equal(number_at(r, "nInserted"), 2);
	assert_int_equal(number_at(r, "cursor.firstBatch.0.idx"), 1);
	assert_int_equal(number_at(r, "cursor.firstBatch.1.idx"), 2);
	assert_int_equal(number_at(r, "cursor.firstBatch.1.code"), 53);
	assert_int_equal(number_at(r, "cursor.firstBatch.2.idx"), 3);
	assert_true(value_is_missing(database_at(r, "cursor.firstBatch.3")));
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 2);
}

/* More inserts than one group has, with failures among them: each by its place. */
static void long_rows_of_inserts(void **state)
{
	enum { N = 1300 };
	struct buf json;
	struct view r;
	char text[100];

	buf_init(&json, NULL);
	buf_append_view(&json, view_of_str("{'bulkWrite': 1, 'ordered': false, 'ops': ["));
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "%s{'insert': %d, 'document': {'_id': %s}}",
		    i ? ", " : "", i > 1000, i % 400 == 399 ? "[]" : i % 2 ? "1" : "{}");
		buf_append_view(&json, view_of_str(text));
	}
	buf_append_view(&json, view_of_str("], 'nsInfo': [{'ns': 'd.c'}, {'ns': 'd.d'}], "
					   "'$db': 'admin'}"));
	buf_append_byte(&json, 0);
	r = harness_run(&db.h, (const char *)json.data);
	assert_int_equal(number_at(r, "nInserted"), 4);
	assert_int_equal(number_at(r, "nErrors"), N - 4);
	assert_int_equal(doc_count(value_doc(database_at(r, "cursor.firstBatch"))), N);
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "cursor.firstBatch.%d.idx", i);
		assert_int_equal(number_at(r, text), i);
	}
	assert_int_equal(number_at(r, "cursor.firstBatch.399.code"), 53);
	assert_int_equal(number_at(r, "cursor.firstBatch.1001.ok"), 1);
	buf_clear(&json);
}

static void results_come_batch_by_batch(void **state)
{
	struct view r = harness_run(&db.h,
	    BULK(INSERT("0", "1") ", " INSERT("0", "2") ", " INSERT("0", "3"),
		"'cursor': {'batchSize': 1}, "));
	char json[200];
	int64_t id = number_at(r, "cursor.id");

	assert_int_equal(number_at(r, "nInserted"), 3);
	assert_int_equal(number_at(r, "cursor.firstBatch.0.idx"), 0);
	assert_true(value_is_missing(database_at(r, "cursor.firstBatch.1")));
	assert_true(id != 0);
	snprintf(json, sizeof(json),
	    "{'getMore': {'$numberLong': '%lld'}, 'collection': '$cmd.bulkWrite', "
	    "'$db': 'admin'}",
	    (long long)id);
	r = harness_run(&db.h, json);
	assert_int_equal(number_at(r, "cursor.nextBatch.0.idx"), 1);
	assert_int_equal(number_at(r, "cursor.nextBatch.1.idx"), 2);
	assert_int_equal(number_at(r, "cursor.id"), 0);
}

/* A mistake in the form of any operation: nothing is done. */
static void mistakes_fail_the_whole(void **state)
{
#define BEHIND_ONE(op) BULK(INSERT("0", "1") ", " op, "")
	static const struct code_case cases[] = {
	    {BULK("", ""), 16},
	    {BEHIND_ONE("{'insert': 2, 'document': {}}"), 2},
	    {BEHIND_ONE("{'insert': -1, 'document': {}}"), 2},
	    {BEHIND_ONE("{'insert': '0', 'document': {}}"), 14},
	    {BEHIND_ONE("{'insert': 0}"), 40414},
	    {BEHIND_ONE("{}"), 40415},
	    {BEHIND_ONE("{'replace': 0, 'document': {}}"), 40415},
	    {BEHIND_ONE("{'insert': 0, 'document': {}, 'filter': {}}"), 40415},
	    {BEHIND_ONE("{'update': 0, 'filter': {}, 'updateMods': 1}"), 9},
	    {BEHIND_ONE("{'delete': 0, 'filter': {}, 'hint': 1}"), 9},
	    {BEHIND_ONE("{'delete': 0, 'filter': {}, 'limit': 1}"), 40415},
	    {"{'bulkWrite': 1, 'ops': [" INSERT("0", "1") "], '$db': 'admin'}", 40414},
	    {"{'bulkWrite': 1, 'ops': [" INSERT("0", "1") "], 'nsInfo': [{'ns': 'd'}], "
	     "'$db': 'admin'}",
		73},
	    {"{'bulkWrite': 1, 'ops': [" INSERT("0", "1") "], 'nsInfo': [{'ns': 'd.c'}], "
	     "'$db': 'd'}",
		13},
	    {BULK(INSERT("0", "1"), "'let': {'a': '$b'}, "), 4890500},
	    {BULK(INSERT("0", "1"), "'cursor': {'batchSize': -1}, "), 2},
	};

	assert_codes(&db, cases);
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 0);
}

static void nothing_is_said_where_nobody_listens(void **state)
{
	struct view r =
	    harness_run(&db.h, BULK(INSERT("0", "1"), "'writeConcern': {'w': 0}, "));

	assert_true(doc_is_empty(value_doc(database_at(r, "cursor.firstBatch"))));
	assert_int_equal(number_at(r, "cursor.id"), 0);
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 1);
}

#define RETRY(txn)                                                                             \
	"'lsid': {'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAQ==', 'subType': "        \
	"'04'}}}, 'txnNumber': {'$numberLong': '" txn "'}, "

/* Sent again, and longer: what has been done is answered, the rest is done. */
static void a_retry_does_only_what_is_left(void **state)
{
#define DONE                                                                                   \
	INSERT("0", "1")                                                                       \
	", {'update': 0, 'filter': {'_id': 2}, 'updateMods': {'$set': {'a': 1}}, "             \
	"'upsert': true}, {'delete': 0, 'filter': {'_id': 1}}"
	struct view r;

	assert_code(&db, BULK(DONE, RETRY("1")), 0);
	r = harness_run(&db.h, BULK(DONE ", " INSERT("0", "3"), RETRY("1")));
	assert_int_equal(number_at(r, "nErrors"), 0);
	assert_int_equal(number_at(r, "nInserted"), 2);
	assert_int_equal(number_at(r, "nUpserted"), 1);
	assert_int_equal(number_at(r, "nModified"), 0);
	assert_int_equal(number_at(r, "nDeleted"), 1);
	assert_int_equal(number_at(r, "cursor.firstBatch.1.upserted._id"), 2);
	assert_int_equal(doc_count(value_doc(database_at(r, "retriedStmtIds"))), 3);
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 2);

	r = harness_run(&db.h,
	    BULK("{'delete': 0, 'filter': {}, 'multi': true}, " INSERT("0", "4"), RETRY("2")));
	assert_int_equal(number_at(r, "cursor.firstBatch.0.code"), 72);
	assert_int_equal(number("{'count': 'c', '$db': 'd'}", "n"), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(says_what_became_of_each),
	    TEST(the_first_failure_ends_an_ordered_one),
	    TEST(others_go_on_behind_a_failure),
	    TEST(long_rows_of_inserts),
	    TEST(results_come_batch_by_batch),
	    TEST(mistakes_fail_the_whole),
	    TEST(nothing_is_said_where_nobody_listens),
	    cmocka_unit_test_setup_teardown(
		a_retry_does_only_what_is_left, setup_replset, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
