/*
 * Requests on a store: what is on disk when they are answered, what times
 * they carry, and retryable writes from their message to their row.
 */
#include "support/unit.h"

#include "query/cursors.h"
#include "storage/store.h"
#include "support/harness.h"
#include "support/store_fixture.h"

struct bench {
	struct store_fixture store;
	struct harness h;
};

static void begin_serving(struct bench *b)
{
	harness_init(&b->h, FACE_REPLSET);
	b->h.inst.store = b->store.store;
	b->h.inst.sessions = sessions_new(b->store.store, 0, 0);
	b->h.inst.cursors = cursors_new(&b->h.inst.memory, 0);
}

static void end_serving(struct bench *b)
{
	cursors_free(b->h.inst.cursors);
	harness_clear(&b->h);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	fixture_init(&b->store);
	begin_serving(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	end_serving(b);
	fixture_clear(&b->store);
	free(b);
	return 0;
}

static int64_t number(struct view doc, const char *name)
{
	int64_t n = 0;

	if (!value_to_i64(doc_get(doc, name), &n))
		fail_msg("%s is no number", name);
	return n;
}

static int64_t documents(struct bench *b)
{
	return number(harness_run(&b->h, "{'count': 'c', '$db': 'a'}"), "n");
}

static uint64_t operation_time(struct view reply)
{
	struct value v = doc_get(reply, "operationTime");

	assert_int_equal(v.type, TYPE_TIMESTAMP);
	return (uint64_t)read_i64(v.data);
}

static void a_majority_is_on_disk(void **state)
{
	struct bench *b = *state;
	struct view reply;
	int i;

	for (i = 0; i < 20; i++) {
		reply = harness_run(&b->h, "{'insert': 'c', 'documents': [{}], '$db': 'a'}");
		assert_int_equal(number(reply, "n"), 1);
		assert_true(store_synced_time(b->store.store) >= operation_time(reply));
	}
	reply = harness_run(&b->h, "{'insert': 'c', 'documents': [{}], 'writeConcern': {'w': 1}, "
				   "'$db': 'a'}");
	/* What a majority may read is on disk too. */
	harness_run(&b->h, "{'find': 'c', 'readConcern': {'level': 'majority'}, '$db': 'a'}");
	assert_true(store_synced_time(b->store.store) >= operation_time(reply));
}

static void answers_carry_the_time(void **state)
{
	struct bench *b = *state;
	struct view reply;
	uint64_t before;

	reply = harness_run(&b->h, "{'ping': 1, '$db': 'a'}");
	assert_int_equal(doc_get(reply, "$clusterTime").type, TYPE_OBJECT);
	before = operation_time(reply);
	reply = harness_run(&b->h, "{'insert': 'c', 'documents': [{}], '$db': 'a'}");
	assert_true(operation_time(reply) > before);
	/* A time that nobody has heard of is not waited for. */
	assert_int_equal(harness_code(&b->h, "{'find': 'c', '$db': 'a', 'readConcern': "
					     "{'afterClusterTime': {'$timestamp': {'t': 4294967295, "
					     "'i': 1}}}}"),
	    ERR_INVALID_OPTIONS);
}

static void what_one_member_cannot_give_stands_beside_ok(void **state)
{
	struct bench *b = *state;
	struct view reply;

	reply = harness_run(&b->h, "{'insert': 'c', 'documents': [{}], 'writeConcern': {'w': 2}, "
				   "'$db': 'a'}");
	assert_int_equal(number(reply, "ok"), 1);
	assert_int_equal(number(reply, "n"), 1);
	assert_int_equal(number(value_doc(doc_get(reply, "writeConcernError")), "code"),
	    ERR_UNSATISFIABLE_WRITE_CONCERN);
	assert_int_equal(documents(b), 1);
}

static void without_acknowledgement_nothing_is_said(void **state)
{
	struct bench *b = *state;
	struct view reply;

	reply = harness_run(&b->h, "{'insert': 'c', 'documents': [{'_id': 1}, {'_id': 1}], "
				   "'writeConcern': {'w': 0}, '$db': 'a'}");
	assert_int_equal(number(reply, "ok"), 1);
	assert_true(value_is_missing(doc_get(reply, "n")));
	assert_true(value_is_missing(doc_get(reply, "writeErrors")));
	assert_int_equal(documents(b), 1);
}

#define LSID "'lsid': {'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAA==', 'subType': '04'}}}"

static const char insert_two[] =
    "{'insert': 'c', 'documents': [{'_id': 1}, {'_id': 2}], '$db': 'a', " LSID
    ", 'txnNumber': {'$numberLong': '7'}}";

static void a_write_that_comes_again_is_not_done_again(void **state)
{
	struct bench *b = *state;

	assert_int_equal(number(harness_run(&b->h, insert_two), "n"), 2);
	assert_int_equal(number(harness_run(&b->h, insert_two), "n"), 2);
	assert_int_equal(documents(b), 2);
	assert_int_equal(stat_get(&b->h.inst.stats->retried_commands), 1);
	assert_int_equal(stat_get(&b->h.inst.stats->retried_statements), 2);
	assert_int_equal(
	    harness_code(&b->h, "{'insert': 'c', 'documents': [{}], '$db': 'a', " LSID
				", 'txnNumber': {'$numberLong': '6'}}"),
	    ERR_TRANSACTION_TOO_OLD);
	assert_int_equal(documents(b), 2);
}

static void not_even_by_the_next_process(void **state)
{
	struct bench *b = *state;

	assert_int_equal(number(harness_run(&b->h, insert_two), "n"), 2);
	end_serving(b);
	fixture_reopen(&b->store);
	begin_serving(b);
	/* The first look at the row needs the disk: not on a loop. */
	b->h.on_loop = true;
	assert_int_equal(number(harness_run(&b->h, insert_two), "n"), 2);
	b->h.on_loop = false;
	assert_int_equal(documents(b), 2);
}

static void the_set_shows_itself(void **state)
{
	struct bench *b = *state;
	struct view r;

	r = harness_run(&b->h, "{'replSetGetStatus': 1, '$db': 'admin'}");
	assert_int_equal(number(r, "myState"), 1);
	assert_int_equal(doc_count(value_doc(doc_get(r, "members"))), 1);
	r = harness_run(&b->h, "{'replSetGetConfig': 1, '$db': 'admin'}");
	assert_int_equal(number(value_doc(doc_get(r, "config")), "term"), 1);
	r = harness_run(&b->h, "{'hello': 1, '$db': 'admin'}");
	assert_int_equal(doc_get(r, "lastWrite").type, TYPE_OBJECT);
	assert_int_equal(number(r, "setVersion"), 1);
}

static struct view first_batch(struct view reply)
{
	return value_doc(doc_get(value_doc(doc_get(reply, "cursor")), "firstBatch"));
}

static void operations_are_documents_of_a_pipeline(void **state)
{
	struct bench *b = *state;
	struct view docs;

	harness_run(&b->h, "{'insert': 'c', 'documents': [{}, {}, {}], '$db': 'a'}");
	harness_run(&b->h, "{'find': 'c', 'batchSize': 1, '$db': 'a'}");
	docs = first_batch(harness_run(&b->h,
	    "{'aggregate': 1, 'pipeline': [{'$currentOp': {}}, {'$match': {'connectionId': 7}}], "
	    "'cursor': {}, '$db': 'admin'}"));
	assert_int_equal(doc_count(docs), 1);
	docs = first_batch(harness_run(&b->h,
	    "{'aggregate': 1, 'pipeline': [{'$currentOp': {'idleCursors': true}}, "
	    "{'$match': {'cursor.originatingCommand.find': 'c'}}], 'cursor': {}, "
	    "'$db': 'admin'}"));
	assert_int_equal(doc_count(docs), 1);
	assert_int_equal(harness_code(&b->h, "{'aggregate': 1, 'pipeline': [{'$currentOp': {}}], "
					     "'cursor': {}, '$db': 'a'}"),
	    ERR_INVALID_NAMESPACE);
	assert_int_equal(
	    harness_code(&b->h, "{'aggregate': 1, 'pipeline': [{'$currentOp': {'bogus': true}}], "
				"'cursor': {}, '$db': 'admin'}"),
	    ERR_UNKNOWN_FIELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_majority_is_on_disk, setup, teardown),
	    cmocka_unit_test_setup_teardown(answers_carry_the_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_one_member_cannot_give_stands_beside_ok, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		without_acknowledgement_nothing_is_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_write_that_comes_again_is_not_done_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(not_even_by_the_next_process, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		operations_are_documents_of_a_pipeline, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_set_shows_itself, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
