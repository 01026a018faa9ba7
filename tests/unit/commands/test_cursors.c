#include "support/unit.h"

#include "commands/command.h"
#include "support/database.h"

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

#define LSID_1                                                                                 \
	"'lsid': {'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAQ==', 'subType': '04'}}}"
#define LSID_2                                                                                 \
	"'lsid': {'id': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAg==', 'subType': '04'}}}"

static void insert(int n)
{
	char json[200];

	for (int i = 0; i < n; i++) {
		snprintf(json, sizeof(json),
		    "{'insert': 'c', 'documents': [{'_id': %d, 'a': %d}], '$db': 'd'}", i, i);
		assert_code(&db, json, 0);
	}
}

static int64_t cursor_of(const char *json)
{
	struct view reply = harness_run(&db.h, json);
	int64_t id = 0;

	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	return id;
}

static int get_more(int64_t id, const char *more)
{
	char json[300];

	snprintf(json, sizeof(json),
	    "{'getMore': {'$numberLong': '%lld'}, 'collection': 'c', 'batchSize': 1, %s '$db': "
	    "'d'}",
	    (long long)id, more);
	return harness_code(&db.h, json);
}

static void a_cursor_belongs_to_its_session(void **state)
{
	int64_t id;

	insert(5);
	id = cursor_of("{'find': 'c', 'batchSize': 1, '$db': 'd'}");
	assert_int_equal(get_more(id, LSID_1 ","), 50736);
	assert_int_equal(get_more(id, ""), 0);
	id = cursor_of("{'find': 'c', 'batchSize': 1, " LSID_1 ", '$db': 'd'}");
	assert_int_equal(get_more(id, ""), 50737);
	assert_int_equal(get_more(id, LSID_2 ","), 50738);
	assert_int_equal(get_more(id, LSID_1 ","), 0);
}

/* A list that names nobody is not the empty list, which means all. */
static void killing_no_session_kills_none(void **state)
{
	int64_t id;

	insert(5);
	id = cursor_of("{'find': 'c', 'batchSize': 1, " LSID_1 ", '$db': 'd'}");
	assert_code(&db, "{'killSessions': [null], '$db': 'd'}", 0);
	assert_int_equal(get_more(id, LSID_1 ","), 0);
	assert_code(&db, "{'killSessions': [], '$db': 'd'}", 0);
	assert_int_equal(get_more(id, LSID_1 ","), ERR_CURSOR_NOT_FOUND);
}

/* The stage holds on to the collection, whose version the catalog lets go of. */
static void coll_stats_outlive_a_change_of_the_collection(void **state)
{
	int64_t id;

	insert(1);
	id = cursor_of("{'aggregate': 'c', 'pipeline': [{'$collStats': {'count': {}, "
		       "'storageStats': {}}}], "
		       "'cursor': {'batchSize': 0}, '$db': 'd'}");
	assert_code(&db,
	    "{'createIndexes': 'c', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}], '$db': 'd'}",
	    0);
	assert_int_equal(get_more(id, ""), 0);
	id = cursor_of("{'aggregate': 'c', 'pipeline': [{'$collStats': {'count': {}}}], "
		       "'cursor': {'batchSize': 0}, '$db': 'd'}");
	assert_code(&db, "{'drop': 'c', '$db': 'd'}", 0);
	assert_int_equal(get_more(id, ""), ERR_QUERY_PLAN_KILLED);
}

static void cursors_of_commands_are_killed_by_their_name(void **state)
{
	char json[300];
	int64_t id;

	insert(1);
	assert_code(&db, "{'create': 'e', '$db': 'd'}", 0);
	id = cursor_of("{'listCollections': 1, 'cursor': {'batchSize': 1}, '$db': 'd'}");
	assert_true(id != 0);
	snprintf(json, sizeof(json),
	    "{'killCursors': '$cmd.listCollections', 'cursors': [{'$numberLong': '%lld'}], "
	    "'$db': 'd'}",
	    (long long)id);
	assert_int_equal(
	    doc_count(value_doc(doc_get(harness_run(&db.h, json), "cursorsKilled"))), 1);
}

/* A document that did not fit waits in the cursor for the next batch, and no longer. */
static void what_does_not_fit_is_kept_once(void **state)
{
	static const size_t len = 6 * 1024 * 1024;
	int64_t id, first = 0;

	for (int i = 0; i < 9; i++) {
		char *text = arena_alloc(&db.h.arena, len + 1);
		bson_t doc = BSON_INITIALIZER, docs = BSON_INITIALIZER, one = BSON_INITIALIZER;

		memset(text, 'x', len);
		text[len] = 0;
		BSON_APPEND_INT32(&one, "_id", i);
		BSON_APPEND_UTF8(&one, "s", text);
		BSON_APPEND_DOCUMENT(&docs, "0", &one);
		BSON_APPEND_UTF8(&doc, "insert", "c");
		BSON_APPEND_ARRAY(&doc, "documents", &docs);
		BSON_APPEND_UTF8(&doc, "$db", "d");
		harness_run_doc(&db.h, view_of(bson_get_data(&doc), doc.len));
		bson_destroy(&doc);
		bson_destroy(&docs);
		bson_destroy(&one);
	}
	/* Two documents a batch, and the third is read. */
	id = cursor_of("{'find': 'c', '$db': 'd'}");
	for (int i = 0; i < 3; i++) {
		char json[200];

		if (!i)
			first = db.h.inst.memory.used_bytes;
		assert_true(db.h.inst.memory.used_bytes <= first + 2 * MEMORY_GRANT);
		snprintf(json, sizeof(json),
		    "{'getMore': {'$numberLong': '%lld'}, 'collection': 'c', '$db': 'd'}",
		    (long long)id);
		assert_code(&db, json, 0);
	}
}

/* What happens to the index between the plan and the first look into it. */
static struct view find_with_ddl_between(const char *ddl)
{
	struct harness_request *hr;
	enum step step;

	hr = harness_new(
	    &db.h, json_doc(&db.h.arena, "{'find': 'c', 'filter': {'a': 1}, 'hint': 'a_1', "
					    "'$db': 'd'}"));
	hr->r.op.on_loop = true;
	assert_int_equal(request_run(&hr->r), STEP_HANDOVER);
	assert_code(&db, ddl, 0);
	hr->r.op.on_loop = false;
	do
		step = request_run(&hr->r);
	while (step == STEP_HANDOVER);
	assert_int_equal(step, STEP_DONE);
	return harness_end(&db.h, hr);
}

static void an_index_that_has_gone_is_not_empty(void **state)
{
	struct view reply;
	int64_t code;

	insert(3);
	assert_code(&db,
	    "{'createIndexes': 'c', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}], '$db': 'd'}",
	    0);
	reply = find_with_ddl_between("{'createIndexes': 'c', 'indexes': [{'key': {'b': 1}, "
				      "'name': 'b_1'}], '$db': 'd'}");
	assert_int_equal(doc_count(value_doc(database_at(reply, "cursor.firstBatch"))), 1);
	reply = find_with_ddl_between("{'dropIndexes': 'c', 'index': 'a_1', '$db': 'd'}");
	assert_true(value_to_i64(doc_get(reply, "code"), &code));
	assert_int_equal(code, ERR_QUERY_PLAN_KILLED);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_cursor_belongs_to_its_session),
	    TEST(killing_no_session_kills_none),
	    TEST(coll_stats_outlive_a_change_of_the_collection),
	    TEST(cursors_of_commands_are_killed_by_their_name),
	    TEST(an_index_that_has_gone_is_not_empty),
	    TEST(what_does_not_fit_is_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
