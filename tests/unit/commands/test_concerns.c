/*
 * readConcern and writeConcern as commands give them.
 */
#include "support/unit.h"

#include "commands/common.h"
#include "support/json.h"

static struct arena arena;
static struct instance inst;
static struct command command = {.name = "test"};
static struct request request = {.inst = &inst, .command = &command, .name = "test"};

static int write_concern(enum face face, const char *json, struct write_concern *out)
{
	struct status st;
	int err;

	status_init(&st);
	inst.face = face;
	command.flags = CMD_WRITE;
	err = write_concern_decode(
	    &request, json ? json_doc(&arena, json) : view_of(NULL, 0), out, &st);
	assert_int_equal(err, st.code);
	status_clear(&st);
	return err;
}

static int read_concern(
    enum face face, unsigned int flags, const char *json, struct read_concern *out)
{
	struct status st;
	int err;

	status_init(&st);
	inst.face = face;
	command.flags = flags;
	err = read_concern_decode(
	    &request, json ? json_doc(&arena, json) : view_of(NULL, 0), out, &st);
	assert_int_equal(err, st.code);
	status_clear(&st);
	return err;
}

static void defaults_follow_the_face(void **state)
{
	struct write_concern w;
	struct read_concern r;

	assert_int_equal(write_concern(FACE_STANDALONE, NULL, &w), 0);
	assert_true(!w.given && !w.majority && w.w == 1);
	assert_int_equal(write_concern(FACE_REPLSET, NULL, &w), 0);
	assert_true(!w.given && w.majority);
	assert_int_equal(write_concern(FACE_REPLSET, "{}", &w), 0);
	assert_true(w.given && w.majority);
	assert_int_equal(write_concern(FACE_REPLSET, "{'w': 1}", &w), 0);
	assert_true(w.given && !w.majority && w.w == 1);
	assert_int_equal(read_concern(FACE_REPLSET, 0, NULL, &r), 0);
	assert_true(!r.given && r.level == LEVEL_LOCAL);
}

static void w_takes_numbers_as_mongodb_does(void **state)
{
	static const struct {
		const char *json;
		int w;
	} good[] = {{"{'w': 0}", 0}, {"{'w': 1.9}", 1}, {"{'w': -0.5}", 0},
	    {"{'w': {'$numberDecimal': '0.5'}}", 0}, {"{'w': {'$numberDecimal': '0.6'}}", 1}};
	static const char *const bad[] = {"{'w': -1}", "{'w': 51}", "{'w': true}", "{'w': [1]}",
	    "{'w': {}}", "{'w': {'a': 'b'}}", "{'w': {'$numberDouble': 'NaN'}}",
	    "{'w': {'$numberDouble': 'Infinity'}}", "{'j': true, 'fsync': true}",
	    "{'wtimeout': 2147483648}"};
	struct write_concern w;
	size_t i;

	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(write_concern(FACE_STANDALONE, good[i].json, &w), 0);
		assert_int_equal(w.w, good[i].w);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (write_concern(FACE_STANDALONE, bad[i], &w) != ERR_FAILED_TO_PARSE)
			fail_msg("%s", bad[i]);
}

static void what_one_member_cannot_give(void **state)
{
	struct write_concern w;

	assert_int_equal(write_concern(FACE_STANDALONE, "{'w': 2}", &w), ERR_BAD_VALUE);
	assert_int_equal(write_concern(FACE_STANDALONE, "{'w': 'dc'}", &w), ERR_BAD_VALUE);
	assert_int_equal(write_concern(FACE_STANDALONE, "{'w': null}", &w), ERR_BAD_VALUE);
	assert_int_equal(write_concern(FACE_REPLSET, "{'w': 2}", &w), 0);
	assert_int_equal(w.unsatisfiable, ERR_UNSATISFIABLE_WRITE_CONCERN);
	assert_int_equal(write_concern(FACE_REPLSET, "{'w': 'dc'}", &w), 0);
	assert_int_equal(w.unsatisfiable, ERR_UNKNOWN_REPL_WRITE_CONCERN);
	assert_int_equal(write_concern(FACE_REPLSET, "{'w': 'majority'}", &w), 0);
	assert_true(w.majority && !w.unsatisfiable);
}

static void j_and_wtimeout(void **state)
{
	struct write_concern w;

	assert_int_equal(write_concern(FACE_STANDALONE, "{'w': 0, 'j': true}", &w), 0);
	assert_true(w.journal && w.w == 1);
	assert_int_equal(write_concern(FACE_STANDALONE, "{'j': 1, 'wtimeout': 5.7}", &w), 0);
	assert_true(w.journal);
	assert_int_equal(w.wtimeout_ms, 5);
	assert_int_equal(write_concern(FACE_STANDALONE, "{'wtimeout': -3}", &w), 0);
	assert_int_equal(w.wtimeout_ms, 0);
	assert_int_equal(write_concern(FACE_STANDALONE, "{'wtimeout': 'x'}", &w), 0);
	assert_int_equal(
	    write_concern(FACE_STANDALONE, "{'j': 'true'}", &w), ERR_TYPE_MISMATCH);
	assert_int_equal(
	    write_concern(FACE_STANDALONE, "{'bogus': 1}", &w), ERR_UNKNOWN_FIELD);
	assert_int_equal(
	    write_concern(FACE_STANDALONE, "{'provenance': 'moon'}", &w), ERR_BAD_VALUE);
}

static void commands_that_write_nothing_take_none(void **state)
{
	struct write_concern w;
	struct status st;

	status_init(&st);
	command.flags = CMD_READ;
	assert_int_equal(
	    write_concern_decode(&request, doc_empty, &w, &st), ERR_INVALID_OPTIONS);
	status_clear(&st);
}

static void levels(void **state)
{
	const unsigned int all = CMD_READ_CONCERN | CMD_SNAPSHOT;
	struct read_concern r;

	assert_int_equal(read_concern(FACE_REPLSET, all, "{'level': 'majority'}", &r), 0);
	assert_int_equal(r.level, LEVEL_MAJORITY);
	assert_int_equal(read_concern(FACE_REPLSET, all, "{'level': 'snapshot'}", &r), 0);
	assert_int_equal(r.level, LEVEL_SNAPSHOT);
	assert_int_equal(read_concern(FACE_STANDALONE, all, "{'level': 'snapshot'}", &r),
	    ERR_NOT_A_REPLICA_SET);
	assert_int_equal(read_concern(FACE_STANDALONE, all, "{'level': 'linearizable'}", &r),
	    ERR_NOT_A_REPLICA_SET);
	assert_int_equal(read_concern(FACE_REPLSET, CMD_READ_CONCERN, "{'level': 'snapshot'}", &r),
	    ERR_INVALID_OPTIONS);
	assert_int_equal(
	    read_concern(FACE_REPLSET, 0, "{'level': 'available'}", &r), ERR_INVALID_OPTIONS);
	assert_int_equal(read_concern(FACE_REPLSET, 0, "{'level': 'local'}", &r), 0);
	assert_int_equal(read_concern(FACE_REPLSET, 0, "{'level': null}", &r), 0);
	assert_int_equal(read_concern(FACE_REPLSET, all, "{'level': 'bogus'}", &r), ERR_BAD_VALUE);
	assert_int_equal(read_concern(FACE_REPLSET, all, "{'level': 1}", &r), ERR_TYPE_MISMATCH);
	assert_int_equal(read_concern(FACE_REPLSET, all, "{'Level': 'local'}", &r),
	    ERR_UNKNOWN_FIELD);
}

static void cluster_times(void **state)
{
	const unsigned int all = CMD_READ_CONCERN | CMD_SNAPSHOT;
	struct read_concern r;

	assert_int_equal(read_concern(FACE_REPLSET, all,
			     "{'afterClusterTime': {'$timestamp': {'t': 5, 'i': 1}}}", &r),
	    0);
	assert_true(r.after_cluster_time == ((UINT64_C(5) << 32) | 1));
	assert_int_equal(read_concern(FACE_REPLSET, all,
			     "{'afterClusterTime': {'$timestamp': {'t': 0, 'i': 0}}}", &r),
	    ERR_INVALID_OPTIONS);
	assert_int_equal(
	    read_concern(FACE_REPLSET, all, "{'afterClusterTime': 5}", &r), ERR_TYPE_MISMATCH);
	assert_int_equal(read_concern(FACE_REPLSET, all, "{'afterClusterTime': null}", &r),
	    ERR_TYPE_MISMATCH);
	assert_int_equal(read_concern(FACE_STANDALONE, all,
			     "{'afterClusterTime': {'$timestamp': {'t': 5, 'i': 1}}}", &r),
	    ERR_ILLEGAL_OPERATION);
	assert_int_equal(read_concern(FACE_REPLSET, all,
			     "{'atClusterTime': {'$timestamp': {'t': 5, 'i': 1}}}", &r),
	    ERR_INVALID_OPTIONS);
	assert_int_equal(
	    read_concern(FACE_REPLSET, all,
		"{'level': 'available', 'afterClusterTime': {'$timestamp': {'t': 5, 'i': 1}}}",
		&r),
	    ERR_INVALID_OPTIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_follow_the_face),
	    cmocka_unit_test(w_takes_numbers_as_mongodb_does),
	    cmocka_unit_test(what_one_member_cannot_give),
	    cmocka_unit_test(j_and_wtimeout),
	    cmocka_unit_test(commands_that_write_nothing_take_none),
	    cmocka_unit_test(levels),
	    cmocka_unit_test(cluster_times),
	};
	int failed;

	arena_init(&arena, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_clear(&arena);
	return failed;
}
