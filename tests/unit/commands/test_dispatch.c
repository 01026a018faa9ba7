#include "support/unit.h"

#include "support/harness.h"
#include "util/clock.h"

static struct view text(struct view doc, const char *name)
{
	struct value v = doc_get(doc, name);

	assert_int_equal(v.type, TYPE_STRING);
	return value_str(v);
}

static int64_t number(struct view doc, const char *name)
{
	int64_t n = 0;

	assert_true(value_to_i64(doc_get(doc, name), &n));
	return n;
}

static void ping(void **state)
{
	struct harness h;
	struct view reply;

	harness_init(&h, FACE_STANDALONE);
	reply = harness_run(&h, "{'ping': 1, '$db': 'admin'}");
	assert_string_equal(json_text(&h.arena, reply), "{ 'ok' : 1.0 }");
	assert_int_equal(doc_get(reply, "ok").type, TYPE_DOUBLE);
	assert_int_equal(stat_get(&h.inst.stats->op_command), 1);
	assert_int_equal(atomic_load(&h.inst.memory.used_bytes), 0);
	harness_clear(&h);
}

static void an_error_has_code_and_name(void **state)
{
	struct harness h;
	struct view reply;

	harness_init(&h, FACE_STANDALONE);
	reply = harness_run(&h, "{'pong': 1, '$db': 'admin'}");
	assert_string_equal(json_text(&h.arena, reply),
	    "{ 'ok' : 0.0, 'errmsg' : 'no such command: 'pong'', 'code' : 59, 'codeName' : "
	    "'CommandNotFound' }");
	assert_int_equal(stat_get(&h.inst.stats->errors), 1);
	harness_clear(&h);
}

static void fields_are_refused_by_the_table(void **state)
{
	static const struct {
		const char *json;
		int code;
	} cases[] = {
	    {"{'ping': 1, '$db': 'admin', 'bogus': 1}", ERR_UNKNOWN_FIELD},
	    {"{'ping': 1, '$db': 'admin', '$db': 'admin'}", ERR_DUPLICATE_FIELD},
	    {"{'ping': 1, '$db': 'admin', 'ping': 1}", ERR_DUPLICATE_FIELD},
	    {"{'ping': 1}", ERR_MISSING_DB},
	    {"{'ping': 1, '$db': ''}", ERR_INVALID_NAMESPACE},
	    {"{'ping': 1, '$db': 'a.b'}", ERR_INVALID_NAMESPACE},
	    {"{'ping': 1, '$db': 1}", ERR_TYPE_MISMATCH},
	    {"{}", ERR_COMMAND_NOT_FOUND},
	    {"{'getLog': '*', '$db': 'test'}", ERR_UNAUTHORIZED},
	    {"{'ping': 1, '$db': 'a', 'maxTimeMS': -1}", ERR_BAD_VALUE},
	    {"{'ping': 1, '$db': 'a', 'maxTimeMS': 2147483648}", ERR_BAD_VALUE},
	    {"{'ping': 1, '$db': 'a', 'maxTimeMS': 0.5}", ERR_FAILED_TO_PARSE},
	    {"{'ping': 1, '$db': 'a', 'maxTimeMS': '5'}", ERR_TYPE_MISMATCH},
	    {"{'ping': 1, '$db': 'a', 'maxTimeMS': 1000}", 0},
	    {"{'ping': 1, '$db': 'a', 'apiVersion': '1', 'apiStrict': true}", 0},
	    {"{'ping': 1, '$db': 'a', 'apiVersion': '2'}", ERR_API_VERSION_ERROR},
	    {"{'ping': 1, '$db': 'a', 'apiStrict': true}", ERR_API_VERSION_REQUIRED},
	    {"{'buildInfo': 1, '$db': 'a', 'apiVersion': '1', 'apiStrict': true}",
		ERR_API_STRICT_ERROR},
	    {"{'ping': 1, '$db': 'a', 'writeConcern': {'w': 1}}", ERR_INVALID_OPTIONS},
	    {"{'ping': 1, '$db': 'a', 'readConcern': {'level': 'majority'}}",
		ERR_INVALID_OPTIONS},
	    {"{'ping': 1, '$db': 'a', '$readPreference': {'mode': 'nearest'}}", 0},
	    {"{'ping': 1, '$db': 'a', '$readPreference': {'mode': 'farthest'}}",
		ERR_FAILED_TO_PARSE},
	    {"{'ping': 1, '$db': 'a', '$readPreference': {}}", ERR_MISSING_FIELD},
	    {"{'ping': 1, '$db': 'a', 'comment': {'any': 'thing'}}", 0},
	    {"{'ping': 1, '$db': 'a', '$clusterTime': {'clusterTime': 1}}", ERR_TYPE_MISMATCH},
	    {"{'ping': 1, '$db': 'a', 'lsid': {}}", ERR_MISSING_FIELD},
	    {"{'ping': 1, '$db': 'a', 'lsid': {'id': 1}}", ERR_TYPE_MISMATCH},
	};
	struct harness h;
	size_t i;

	harness_init(&h, FACE_STANDALONE);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int code = harness_code(&h, cases[i].json);

		if (code != cases[i].code)
			fail_msg("%s: %d, not %d", cases[i].json, code, cases[i].code);
	}
	harness_clear(&h);
}

#define LSID                                                                                   \
	"'lsid': {'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAA==', 'subType': '04'}}}"
#define TXN LSID ", 'txnNumber': {'$numberLong': '1'}"

static void transaction_numbers(void **state)
{
	static const struct {
		enum face face;
		const char *json;
		int code;
	} cases[] = {
	    {FACE_STANDALONE, "{'ping': 1, '$db': 'a', " TXN "}", ERR_ILLEGAL_OPERATION},
	    {FACE_REPLSET, "{'ping': 1, '$db': 'a', " TXN "}",
		ERR_NOT_A_RETRYABLE_WRITE_COMMAND},
	    {FACE_REPLSET, "{'ping': 1, '$db': 'a', 'txnNumber': {'$numberLong': '1'}}",
		ERR_INVALID_OPTIONS},
	    {FACE_REPLSET,
		"{'ping': 1, '$db': 'a', " LSID ", 'txnNumber': {'$numberLong': '-1'}}",
		ERR_INVALID_OPTIONS},
	    {FACE_REPLSET, "{'ping': 1, '$db': 'a', " LSID ", 'txnNumber': 1}",
		ERR_TYPE_MISMATCH},
	    {FACE_REPLSET, "{'ping': 1, '$db': 'a', " LSID ", 'autocommit': false}",
		ERR_INVALID_OPTIONS},
	    {FACE_REPLSET, "{'ping': 1, '$db': 'a', " TXN ", 'autocommit': true}",
		ERR_INVALID_OPTIONS},
	    {FACE_REPLSET, "{'ping': 1, '$db': 'a', " TXN ", 'startTransaction': true}",
		ERR_INVALID_OPTIONS},
	    {FACE_REPLSET,
		"{'ping': 1, '$db': 'a', " TXN
		", 'startTransaction': true, 'autocommit': false}",
		ERR_OPERATION_NOT_SUPPORTED_IN_TRANSACTION},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct harness h;
		int code;

		harness_init(&h, cases[i].face);
		code = harness_code(&h, cases[i].json);
		if (code != cases[i].code)
			fail_msg("%s: %d, not %d", cases[i].json, code, cases[i].code);
		harness_clear(&h);
	}
}

static void a_session_comes_to_be_and_ends(void **state)
{
	struct harness h;

	harness_init(&h, FACE_STANDALONE);
	h.inst.sessions = sessions_new(NULL, 0, 2);
	assert_int_equal(harness_code(&h, "{'ping': 1, '$db': 'a', " LSID "}"), 0);
	assert_int_equal(sessions_count(h.inst.sessions), 1);
	assert_int_equal(harness_code(&h, "{'startSession': 1, '$db': 'a'}"), 0);
	assert_int_equal(
	    harness_code(&h, "{'startSession': 1, '$db': 'a'}"), ERR_TOO_MANY_LOGICAL_SESSIONS);
	assert_int_equal(harness_code(&h, "{'endSessions': [{'id': {'$binary': {'base64': "
					  "'AAAAAAAAAAAAAAAAAAAAAA==', 'subType': '04'}}}], "
					  "'$db': 'a'}"),
	    0);
	assert_int_equal(sessions_count(h.inst.sessions), 1);
	harness_clear(&h);
}

static void no_answer_is_wanted(void **state)
{
	struct harness h;

	harness_init(&h, FACE_STANDALONE);
	h.flags = OP_MSG_MORE_TO_COME;
	harness_run(&h, "{'ping': 1, '$db': 'admin'}");
	assert_true(h.no_reply);
	h.flags = 0;
	harness_run(&h, "{'ping': 1, '$db': 'admin'}");
	assert_false(h.no_reply);
	h.flags = OP_MSG_CHECKSUM_PRESENT;
	harness_run(&h, "{'ping': 1, '$db': 'admin'}");
	assert_true(h.reply_flags & OP_MSG_CHECKSUM_PRESENT);
	harness_clear(&h);
}

static void what_takes_long_leaves_the_loop(void **state)
{
	struct harness h;

	harness_init(&h, FACE_STANDALONE);
	h.on_loop = true;
	assert_int_equal(harness_code(&h, "{'ping': 1, '$db': 'admin'}"), 0);
	assert_int_equal(h.n_handover, 0);
	assert_int_equal(harness_code(&h, "{'hostInfo': 1, '$db': 'admin'}"), 0);
	assert_int_equal(h.n_handover, 1);
	harness_clear(&h);
}

static void a_server_that_stops_says_so(void **state)
{
	struct harness h;
	struct view reply;

	harness_init(&h, FACE_REPLSET);
	instance_shut_down(&h.inst);
	reply = harness_run(&h, "{'getLog': '*', '$db': 'admin'}");
	assert_int_equal(number(reply, "code"), ERR_SHUTDOWN_IN_PROGRESS);
	assert_int_equal(doc_get(reply, "topologyVersion").type, TYPE_OBJECT);
	assert_int_equal(
	    harness_code(&h, "{'hello': 1, '$db': 'admin'}"), ERR_SHUTDOWN_IN_PROGRESS);
	harness_clear(&h);
}

/* ------------------------------------------------------------------ hello */

static void hello_by_face(void **state)
{
	struct harness h;
	struct view reply;

	harness_init(&h, FACE_STANDALONE);
	reply = harness_run(&h, "{'hello': 1, '$db': 'admin'}");
	assert_true(value_bool(doc_get(reply, "isWritablePrimary")));
	assert_int_equal(number(reply, "maxWireVersion"), 27);
	assert_int_equal(number(reply, "minWireVersion"), 0);
	assert_int_equal(number(reply, "maxMessageSizeBytes"), 48000000);
	assert_int_equal(number(reply, "connectionId"), 7);
	assert_true(value_is_missing(doc_get(reply, "setName")));
	assert_true(value_is_missing(doc_get(reply, "msg")));
	reply = harness_run(&h, "{'ismaster': 1, 'helloOk': true, '$db': 'admin'}");
	assert_true(value_bool(doc_get(reply, "ismaster")));
	assert_true(value_bool(doc_get(reply, "helloOk")));
	harness_clear(&h);

	harness_init(&h, FACE_REPLSET);
	reply = harness_run(&h, "{'hello': 1, '$db': 'admin'}");
	assert_true(view_equal(text(reply, "setName"), view_of_str("rs0")));
	assert_true(view_equal(text(reply, "me"), view_of_str("127.0.0.1:27017")));
	assert_true(view_equal(text(reply, "primary"), text(reply, "me")));
	assert_int_equal(doc_get(reply, "electionId").type, TYPE_OBJECT_ID);
	h.inst.advertise = "db.example:1";
	reply = harness_run(&h, "{'hello': 1, '$db': 'admin'}");
	assert_true(view_equal(text(reply, "me"), view_of_str("db.example:1")));
	harness_clear(&h);

	harness_init(&h, FACE_ROUTER);
	reply = harness_run(&h, "{'hello': 1, '$db': 'admin'}");
	assert_true(view_equal(text(reply, "msg"), view_of_str("isdbgrid")));
	harness_clear(&h);
}

static void compressors_in_the_clients_order(void **state)
{
	struct harness h;
	struct view reply;

	harness_init(&h, FACE_STANDALONE);
	reply = harness_run(&h, "{'hello': 1, '$db': 'a', 'compression': ['zstd', 'lz4', "
				"'snappy', 'noop', 'zstd']}");
	assert_string_equal(json_text(&h.arena, value_doc(doc_get(reply, "compression"))),
	    "{ '0' : 'zstd', '1' : 'snappy' }");
	assert_int_equal(h.client.compressors, 1 << COMPRESSOR_ZSTD | 1 << COMPRESSOR_SNAPPY);
	assert_int_equal(harness_code(&h, "{'hello': 1, '$db': 'a', 'compression': [1]}"),
	    ERR_TYPE_MISMATCH);
	harness_clear(&h);
}

static void the_client_says_once_who_it_is(void **state)
{
	static const char hello[] =
	    "{'hello': 1, '$db': 'a', 'client': {'driver': {'name': 'x'}, "
	    "'os': {'type': 'y'}}}";
	struct harness h;

	harness_init(&h, FACE_STANDALONE);
	assert_int_equal(harness_code(&h, "{'hello': 1, '$db': 'a', 'client': {'os': {}}}"),
	    ERR_CLIENT_METADATA_MISSING_FIELD);
	assert_int_equal(harness_code(&h, hello), 0);
	assert_int_equal(harness_code(&h, hello), ERR_CLIENT_METADATA_CANNOT_BE_MUTATED);
	assert_int_equal(harness_code(&h, "{'hello': 1, '$db': 'a'}"), 0);
	harness_clear(&h);
}

/* hello with our own topologyVersion in it. */
static struct view awaiting(struct harness *h, int counter, int max_await_ms)
{
	struct builder b;
	struct buf buf;
	struct view doc;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_i32(&b, "hello", 1);
	builder_doc_begin(&b, "topologyVersion");
	builder_oid(&b, "processId", h->inst.process_id);
	builder_i64(&b, "counter", counter);
	builder_doc_end(&b);
	builder_i32(&b, "maxAwaitTimeMS", max_await_ms);
	builder_str(&b, "$db", "admin");
	builder_finish(&b);
	doc = arena_dup(&h->arena, buf_view(&buf));
	buf_clear(&buf);
	return doc;
}

static void hello_waits_for_its_time(void **state)
{
	int64_t began = clock_mono_us();
	struct harness h;
	struct view reply;

	harness_init(&h, FACE_STANDALONE);
	reply = harness_run_doc(&h, awaiting(&h, 0, 30));
	assert_int_equal(number(reply, "ok"), 1);
	assert_true(h.n_park >= 1);
	assert_true(clock_mono_us() - began >= 30000);
	assert_false(h.more_to_come);
	h.flags = OP_MSG_EXHAUST_ALLOWED;
	harness_run_doc(&h, awaiting(&h, 0, 1));
	assert_true(h.more_to_come);
	assert_true(h.reply_flags & OP_MSG_MORE_TO_COME);
	harness_clear(&h);
}

static void max_time_ends_waiting(void **state)
{
	struct harness h;
	struct harness_request *hr;
	struct view reply;
	enum step step;

	harness_init(&h, FACE_STANDALONE);
	hr = harness_new(&h, awaiting(&h, 0, 60000));
	hr->r.op.deadline_us = clock_mono_us() + 20000;
	while ((step = request_run(&hr->r)) == STEP_PARK)
		if (op_wait_park(&hr->r.op))
			harness_sleep(&h, &hr->r);
	reply = harness_end(&h, hr);
	assert_int_equal(number(reply, "code"), ERR_MAX_TIME_MS_EXPIRED);
	harness_clear(&h);
}

static bool somebody_waits(struct waitlist *l)
{
	bool some;

	pthread_mutex_lock(&l->lock);
	some = l->head != NULL;
	pthread_mutex_unlock(&l->lock);
	return some;
}

static void *change_topology(void *arg)
{
	struct harness *h = arg;

	while (!somebody_waits(&h->inst.topology_waiters))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	instance_topology_changed(&h->inst);
	return NULL;
}

static void hello_hears_of_a_change(void **state)
{
	struct harness h;
	struct view reply;
	pthread_t thread;

	harness_init(&h, FACE_STANDALONE);
	assert_int_equal(pthread_create(&thread, NULL, change_topology, &h), 0);
	reply = harness_run_doc(&h, awaiting(&h, 0, 60000));
	pthread_join(thread, NULL);
	assert_int_equal(number(value_doc(doc_get(reply, "topologyVersion")), "counter"), 1);
	/* Who knows an older one does not wait. */
	harness_run_doc(&h, awaiting(&h, 0, 60000));
	assert_int_equal(h.n_park, 0);
	harness_clear(&h);
}

static void awaiting_wants_both(void **state)
{
	struct harness h;

	harness_init(&h, FACE_STANDALONE);
	assert_int_equal(
	    harness_code(&h, "{'hello': 1, '$db': 'a', 'maxAwaitTimeMS': 5}"), 31368);
	assert_int_equal(number(harness_run_doc(&h, awaiting(&h, 0, -1)), "code"), 31373);
	assert_int_equal(number(harness_run_doc(&h, awaiting(&h, -1, 5)), "code"), 31372);
	assert_int_equal(number(harness_run_doc(&h, awaiting(&h, 9, 5)), "code"), 31382);
	harness_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ping),
	    cmocka_unit_test(an_error_has_code_and_name),
	    cmocka_unit_test(fields_are_refused_by_the_table),
	    cmocka_unit_test(transaction_numbers),
	    cmocka_unit_test(a_session_comes_to_be_and_ends),
	    cmocka_unit_test(no_answer_is_wanted),
	    cmocka_unit_test(what_takes_long_leaves_the_loop),
	    cmocka_unit_test(a_server_that_stops_says_so),
	    cmocka_unit_test(hello_by_face),
	    cmocka_unit_test(compressors_in_the_clients_order),
	    cmocka_unit_test(the_client_says_once_who_it_is),
	    cmocka_unit_test(hello_waits_for_its_time),
	    cmocka_unit_test(max_time_ends_waiting),
	    cmocka_unit_test(hello_hears_of_a_change),
	    cmocka_unit_test(awaiting_wants_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
