/*
 * What the diagnostic commands say, and what they do to others.
 */
#include "support/unit.h"

#include "commands/clients.h"
#include "support/harness.h"
#include "util/log.h"
#include "util/options.h"

static struct view sub(struct view doc, const char *name)
{
	struct value v = doc_get(doc, name);

	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		fail_msg("%s is of type %s", name, type_name(v.type));
	return value_doc(v);
}

static int64_t number(struct view doc, const char *name)
{
	int64_t n = 0;

	if (!value_to_i64(doc_get(doc, name), &n))
		fail_msg("%s is no number", name);
	return n;
}

static void list_commands_is_the_table(void **state)
{
	struct harness h;
	struct view commands;
	int i, n = 0;

	harness_init(&h, FACE_STANDALONE);
	commands = sub(harness_run(&h, "{'listCommands': 1, '$db': 'a'}"), "commands");
	for (i = 0; command_table[i]; i++)
		if (!(command_table[i]->flags & CMD_HIDDEN))
			n++;
	assert_int_equal(doc_count(commands), n);
	assert_true(value_bool(doc_get(sub(commands, "getLog"), "adminOnly")));
	assert_false(value_bool(doc_get(sub(commands, "ping"), "adminOnly")));
	assert_int_equal(doc_count(sub(sub(commands, "ping"), "apiVersions")), 1);
	harness_clear(&h);
}

static void parameters_are_set_and_shown(void **state)
{
	static const struct {
		const char *json;
		int code;
	} cases[] = {
	    {"{'setParameter': 1, '$db': 'admin'}", ERR_INVALID_OPTIONS},
	    {"{'setParameter': 1, 'bogus': 1, '$db': 'admin'}", ERR_INVALID_OPTIONS},
	    {"{'setParameter': 1, 'featureCompatibilityVersion': '8.0', '$db': 'admin'}",
		ERR_ILLEGAL_OPERATION},
	    {"{'setParameter': 1, 'logLevel': -1, '$db': 'admin'}", ERR_BAD_VALUE},
	    {"{'setParameter': 1, 'logLevel': 'x', '$db': 'admin'}", ERR_BAD_VALUE},
	    {"{'setParameter': 1, 'quiet': true, 'bogus': 1, '$db': 'admin'}",
		ERR_INVALID_OPTIONS},
	    {"{'setParameter': 1, 'logComponentVerbosity': {'query': {'verbosity': 2}, "
	     "'bogus': 1}, '$db': 'admin'}",
		ERR_BAD_VALUE},
	    {"{'getParameter': 1, 'bogus': 1, '$db': 'admin'}", ERR_INVALID_OPTIONS},
	    {"{'getParameter': {'bogus': 1}, '$db': 'admin'}", ERR_UNKNOWN_FIELD},
	    {"{'getParameter': 1, 'quiet': 1, '$db': 'test'}", ERR_UNAUTHORIZED},
	};
	struct harness h;
	struct view r;
	size_t i;

	harness_init(&h, FACE_STANDALONE);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int code = harness_code(&h, cases[i].json);

		if (code != cases[i].code)
			fail_msg("%s: %d", cases[i].json, code);
	}
	r = harness_run(&h, "{'getParameter': 1, 'quiet': 1, '$db': 'admin'}");
	assert_false(value_bool(doc_get(r, "quiet")));
	r = harness_run(&h, "{'setParameter': 1, 'quiet': true, '$db': 'admin'}");
	assert_false(value_bool(doc_get(r, "was")));
	r = harness_run(&h, "{'getParameter': {'showDetails': true}, 'quiet': 1, '$db': 'admin'}");
	assert_true(value_bool(doc_get(sub(r, "quiet"), "value")));
	assert_true(value_bool(doc_get(sub(r, "quiet"), "settableAtRuntime")));
	r = harness_run(&h, "{'getParameter': '*', '$db': 'admin'}");
	assert_string_equal(json_text(&h.arena, sub(r, "featureCompatibilityVersion")),
	    "{ 'version' : '8.2' }");
	harness_clear(&h);
}

static void a_component_without_a_level_follows_the_log(void **state)
{
	struct harness h;
	struct view r;

	harness_init(&h, FACE_STANDALONE);
	assert_int_equal(harness_code(&h, "{'setParameter': 1, '$db': 'admin', "
					  "'logComponentVerbosity': {'query': {'verbosity': 2}, "
					  "'write': 3}}"),
	    0);
	assert_int_equal(harness_code(&h, "{'setParameter': 1, 'logLevel': 1, '$db': 'admin'}"), 0);
	assert_int_equal(log_get_level(LOG_QUERY), 2);
	assert_int_equal(log_get_level(LOG_WRITE), 3);
	assert_int_equal(log_get_level(LOG_STORAGE), 1);
	r = harness_run(&h, "{'getParameter': 1, 'logComponentVerbosity': 1, '$db': 'admin'}");
	r = sub(r, "logComponentVerbosity");
	assert_int_equal(number(r, "verbosity"), 1);
	assert_int_equal(number(sub(r, "query"), "verbosity"), 2);
	assert_int_equal(number(sub(r, "storage"), "verbosity"), -1);
	assert_int_equal(harness_code(&h, "{'setParameter': 1, '$db': 'admin', "
					  "'logComponentVerbosity': {'verbosity': 0, 'query': -1, "
					  "'write': -1}}"),
	    0);
	assert_int_equal(log_get_level(LOG_QUERY), 0);
	harness_clear(&h);
}

static void the_command_line_as_a_tree(void **state)
{
	static const struct option_def table[] = {
	    {.name = "port", .kind = OPTION_INT, .most = 70000, .path = "net.port",
		.parameter = "thePort"},
	    {.name = "dir", .kind = OPTION_STR, .path = "storage.dbPath"},
	    {.name = "tls", .kind = OPTION_FLAG, .path = "net.tls.on"},
	    {.name = "mode", .kind = OPTION_STR, .path = "net.tls.mode"},
	    {.name = "quiet", .kind = OPTION_FLAG, .path = "quiet"},
	    {.name = "size", .kind = OPTION_INT, .most = 9, .path = "storage.size"},
	    {.name = NULL},
	};
	const char *argv[] = {
	    "dolmen", "--mode", "x", "--port", "5", "--tls", "--dir", "d", "--quiet"};
	struct options o;
	struct harness h;
	struct status st;
	struct view r;

	status_init(&st);
	assert_int_equal(options_parse(&o, table, ARRAY_LEN(argv), argv, 1, &st), 0);
	harness_init(&h, FACE_STANDALONE);
	h.inst.options = &o;
	r = harness_run(&h, "{'getCmdLineOpts': 1, '$db': 'admin'}");
	assert_int_equal(doc_count(sub(r, "argv")), ARRAY_LEN(argv));
	assert_string_equal(json_text(&h.arena, sub(r, "parsed")),
	    "{ 'net' : { 'port' : 5, 'tls' : { 'mode' : 'x', 'on' : true } }, 'quiet' : true, "
	    "'storage' : { 'dbPath' : 'd' } }");
	r = harness_run(&h, "{'getParameter': 1, 'thePort': 1, '$db': 'admin'}");
	assert_int_equal(number(r, "thePort"), 5);
	assert_int_equal(harness_code(&h, "{'setParameter': 1, 'thePort': 6, '$db': 'admin'}"),
	    ERR_ILLEGAL_OPERATION);
	harness_clear(&h);
	options_clear(&o);
}

static void status_has_the_sections_that_are_wanted(void **state)
{
	struct harness h;
	struct view r;

	harness_init(&h, FACE_STANDALONE);
	harness_run(&h, "{'noSuch': 1, '$db': 'a'}");
	r = harness_run(&h, "{'serverStatus': 1, 'mem': 0, 'mirroredReads': 1, '$db': 'a'}");
	assert_true(value_is_missing(doc_get(r, "mem")));
	assert_true(value_is_missing(doc_get(r, "repl")));
	assert_int_equal(doc_get(r, "mirroredReads").type, TYPE_OBJECT);
	assert_int_equal(number(sub(r, "asserts"), "user"), 1);
	assert_int_equal(number(sub(r, "opcounters"), "command"), 1);
	assert_int_equal(number(sub(r, "network"), "numRequests"), 1);
	assert_int_equal(number(sub(r, "connections"), "available"), 100);
	r = harness_run(&h, "{'serverStatus': 1, '$db': 'a'}");
	assert_true(number(sub(r, "mem"), "resident") > 0);
	harness_clear(&h);
}

static void sets_show_themselves_only_as_sets(void **state)
{
	struct harness h;

	harness_init(&h, FACE_STANDALONE);
	assert_int_equal(harness_code(&h, "{'replSetGetStatus': 1, '$db': 'admin'}"),
	    ERR_NO_REPLICATION_ENABLED);
	assert_int_equal(harness_code(&h, "{'replSetGetConfig': 1, '$db': 'admin'}"),
	    ERR_NO_REPLICATION_ENABLED);
	assert_int_equal(
	    harness_code(&h, "{'getDefaultRWConcern': 1, '$db': 'admin'}"), 51300);
	harness_clear(&h);
}

static struct {
	int calls;
	bool force;
	int64_t timeout_ms;
} stopped;

static void note_shutdown(void *server, int64_t timeout_ms, bool force)
{
	stopped.calls++;
	stopped.force = force;
	stopped.timeout_ms = timeout_ms;
}

static void who_may_stop_the_server(void **state)
{
	struct harness h;

	harness_init(&h, FACE_REPLSET);
	h.inst.request_shutdown = note_shutdown;
	assert_int_equal(
	    harness_code(&h, "{'shutdown': 1, '$db': 'admin'}"), ERR_EXCEEDED_TIME_LIMIT);
	strcpy(h.client.peer, "10.0.0.1:5");
	assert_int_equal(harness_code(&h, "{'shutdown': 1, 'force': true, '$db': 'admin'}"),
	    ERR_UNAUTHORIZED);
	assert_int_equal(stopped.calls, 0);
	strcpy(h.client.peer, "[::1]:5");
	assert_int_equal(harness_code(&h, "{'shutdown': 1, 'force': true, 'timeoutSecs': 3, "
					  "'$db': 'admin'}"),
	    0);
	assert_int_equal(stopped.calls, 1);
	assert_true(stopped.force);
	assert_int_equal(stopped.timeout_ms, 3000);
	harness_clear(&h);
}

/* ------------------------------------------------- a request that waits */

#define LSID "{'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAA==', 'subType': '04'}}}"

/* A hello that would wait for a minute, in a session. */
static struct harness_request *start_waiting(struct harness *h)
{
	struct builder b;
	struct buf buf;
	struct harness_request *hr;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_i32(&b, "hello", 1);
	builder_doc_begin(&b, "topologyVersion");
	builder_oid(&b, "processId", h->inst.process_id);
	builder_i64(&b, "counter", 0);
	builder_doc_end(&b);
	builder_i32(&b, "maxAwaitTimeMS", 60000);
	builder_str(&b, "$db", "admin");
	builder_doc(&b, "lsid", json_doc(&h->arena, LSID));
	builder_finish(&b);
	hr = harness_new(h, buf_view(&buf));
	buf_clear(&buf);
	assert_int_equal(request_run(&hr->r), STEP_PARK);
	assert_true(op_wait_park(&hr->r.op));
	return hr;
}

static void check_was_killed(struct harness *h, struct harness_request *hr)
{
	assert_int_equal(h->fired, 1);
	assert_int_equal(request_run(&hr->r), STEP_DONE);
	assert_int_equal(number(harness_end(h, hr), "code"), ERR_INTERRUPTED);
	h->fired = 0;
}

static void kill_op_stops_what_current_op_shows(void **state)
{
	struct harness h;
	struct harness_request *hr;
	struct view ops;

	harness_init(&h, FACE_STANDALONE);
	hr = start_waiting(&h);
	ops = sub(harness_run(&h, "{'currentOp': 1, '$db': 'admin'}"), "inprog");
	assert_int_equal(doc_count(ops), 2);
	ops = sub(harness_run(&h, "{'currentOp': 1, 'command.hello': 1, '$db': 'admin'}"), "inprog");
	assert_int_equal(doc_count(ops), 1);
	assert_int_equal(number(value_doc(array_at(ops, 0)), "opid"), hr->r.op.id);
	assert_int_equal(
	    harness_code(&h, "{'currentOp': 1, 'op': {'$bogus': 1}, '$db': 'admin'}"),
	    ERR_BAD_VALUE);
	assert_int_equal(harness_code(&h, "{'killOp': 1, '$db': 'admin'}"), ERR_NO_SUCH_KEY);
	assert_int_equal(harness_code(&h, "{'killOp': 1, 'op': 0, '$db': 'admin'}"), 0);
	assert_int_equal(h.fired, 0);
	assert_int_equal(
	    harness_code(&h, arena_printf(&h.arena, "{'killOp': 1, 'op': %u, '$db': 'admin'}",
				 hr->r.op.id)),
	    0);
	check_was_killed(&h, hr);
	ops = sub(harness_run(&h, "{'currentOp': 1, '$db': 'admin'}"), "inprog");
	assert_int_equal(doc_count(ops), 1);
	harness_clear(&h);
}

static void idle_connections_are_listed_on_request(void **state)
{
	struct harness h;
	struct harness_request *hr;
	struct client idle = {.id = 8, .peer = "127.0.0.1:6666"};
	struct view ops;

	harness_init(&h, FACE_STANDALONE);
	clients_add(&h.inst, &h.client);
	clients_add(&h.inst, &idle);
	buf_init(&idle.metadata, NULL);
	assert_true(clients_set_metadata(
	    &h.inst, &idle, json_doc(&h.arena, "{'application': {'name': 'app'}}")));
	hr = start_waiting(&h);
	ops = sub(harness_run(&h, "{'currentOp': 1, 'active': false, '$db': 'admin'}"), "inprog");
	assert_int_equal(doc_count(ops), 0);
	ops = sub(harness_run(
		      &h, "{'currentOp': 1, '$all': true, 'active': false, '$db': 'admin'}"),
	    "inprog");
	assert_int_equal(doc_count(ops), 1);
	assert_string_equal(
	    json_text(&h.arena, sub(value_doc(array_at(ops, 0)), "clientMetadata")),
	    "{ 'application' : { 'name' : 'app' } }");
	ops = sub(harness_run(&h, "{'currentOp': 1, '$all': true, '$ownOps': true, "
				  "'active': false, '$db': 'admin'}"),
	    "inprog");
	assert_int_equal(doc_count(ops), 0);
	ops_kill(h.inst.ops, hr->r.op.id, ERR_INTERRUPTED);
	check_was_killed(&h, hr);
	clients_remove(&h.inst, &h.client);
	clients_remove(&h.inst, &idle);
	clients_remove(&h.inst, &idle);
	assert_null(h.inst.clients);
	buf_clear(&idle.metadata);
	harness_clear(&h);
}

static void sessions_are_killed_by_name_by_user_and_all(void **state)
{
	static const char *const kills[] = {
	    "{'killSessions': [null, " LSID "], '$db': 'a'}",
	    "{'killSessions': [], '$db': 'a'}",
	    "{'killAllSessions': [], '$db': 'a'}",
	    "{'killAllSessionsByPattern': [{'lsid': " LSID "}], '$db': 'a'}",
	    "{'killAllSessionsByPattern': [{'uid': {'$binary': {'base64': "
	    "'47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', 'subType': '00'}}}], '$db': 'a'}",
	};
	static const char *const spares[] = {
	    "{'killSessions': [{'id': {'$binary': {'base64': 'BAAAAAAAAAAAAAAAAAAAAA==', "
	    "'subType': '04'}}}], '$db': 'a'}",
	    "{'killAllSessions': [{'user': 'x', 'db': 'y'}], '$db': 'a'}",
	};
	struct harness h;
	struct harness_request *hr;
	size_t i;

	harness_init(&h, FACE_STANDALONE);
	hr = start_waiting(&h);
	for (i = 0; i < ARRAY_LEN(spares); i++) {
		assert_int_equal(harness_code(&h, spares[i]), 0);
		assert_int_equal(h.fired, 0);
	}
	assert_int_equal(harness_code(&h, kills[0]), 0);
	check_was_killed(&h, hr);
	for (i = 1; i < ARRAY_LEN(kills); i++) {
		hr = start_waiting(&h);
		assert_int_equal(harness_code(&h, kills[i]), 0);
		check_was_killed(&h, hr);
	}
	assert_int_equal(harness_code(&h, "{'killSessions': null, '$db': 'a'}"), ERR_MISSING_FIELD);
	assert_int_equal(harness_code(&h, "{'killSessions': 1, '$db': 'a'}"), ERR_TYPE_MISMATCH);
	assert_int_equal(harness_code(&h, "{'killAllSessions': [{'user': 'x'}], '$db': 'a'}"),
	    ERR_MISSING_FIELD);
	harness_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(list_commands_is_the_table),
	    cmocka_unit_test(parameters_are_set_and_shown),
	    cmocka_unit_test(a_component_without_a_level_follows_the_log),
	    cmocka_unit_test(the_command_line_as_a_tree),
	    cmocka_unit_test(status_has_the_sections_that_are_wanted),
	    cmocka_unit_test(sets_show_themselves_only_as_sets),
	    cmocka_unit_test(who_may_stop_the_server),
	    cmocka_unit_test(kill_op_stops_what_current_op_shows),
	    cmocka_unit_test(idle_connections_are_listed_on_request),
	    cmocka_unit_test(sessions_are_killed_by_name_by_user_and_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
