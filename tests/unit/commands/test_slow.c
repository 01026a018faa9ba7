/*
 * The log of slow operations: what it says of an operation that is over.
 */
#include "support/unit.h"

#include "support/database.h"
#include "util/log.h"

struct last_line {
	char text[8192];
};

static void keep_line(void *arg, const char *line, size_t len)
{
	struct last_line *last = arg;

	assert_true(len < sizeof(last->text));
	memcpy(last->text, line, len);
	last->text[len] = '\0';
}

/* The newest line of the log is about this command and this plan. */
static void expect_logged(const char *name, const char *plan)
{
	struct last_line last = {""};
	char part[128];

	log_recent(keep_line, &last);
	snprintf(part, sizeof(part), "\"command\":{ \"%s\"", name);
	if (!strstr(last.text, part))
		fail_msg("no %s in: %s", part, last.text);
	snprintf(part, sizeof(part), "\"planSummary\":\"%s\"", plan);
	if (!strstr(last.text, part))
		fail_msg("no %s in: %s", part, last.text);
}

static void setup_database(struct database *db)
{
	database_init(db, FACE_STANDALONE);
	assert_code(db,
	    "{'createIndexes': 'c', 'indexes': [{'key': {'a': 1}, 'name': 'a_1'}], "
	    "'$db': 'd'}",
	    0);
	assert_code(db,
	    "{'insert': 'c', 'documents': [{'_id': 1, 'a': 1}, {'_id': 2, 'a': 2}, "
	    "{'_id': 3, 'a': 3}], '$db': 'd'}",
	    0);
	db->h.inst.slow_ms = 0; /* everything is slow */
}

/* The line is written when the plan has been freed with the command's state. */
static void says_the_plan(void **state)
{
	static const struct {
		const char *name, *json, *plan;
	} cases[] = {
	    {"find", "{'find': 'c', '$db': 'd'}", "COLLSCAN"},
	    {"find", "{'find': 'c', 'filter': {'a': 2}, '$db': 'd'}", "IXSCAN { a: 1 }"},
	    {"aggregate",
		"{'aggregate': 'c', 'pipeline': [{'$match': {'a': 2}}], 'cursor': {}, "
		"'$db': 'd'}",
		"IXSCAN { a: 1 }"},
	    {"count", "{'count': 'c', 'query': {'b': 2}, '$db': 'd'}", "COLLSCAN"},
	    {"distinct", "{'distinct': 'c', 'key': 'b', '$db': 'd'}", "COLLSCAN"},
	    {"update",
		"{'update': 'c', 'updates': [{'q': {'a': 2}, 'u': {'$set': {'b': 1}}}], "
		"'$db': 'd'}",
		"IXSCAN { a: 1 }"},
	    {"delete", "{'delete': 'c', 'deletes': [{'q': {'b': 7}, 'limit': 0}], '$db': 'd'}",
		"COLLSCAN"},
	    {"findAndModify",
		"{'findAndModify': 'c', 'query': {'b': 7}, 'remove': true, '$db': 'd'}",
		"COLLSCAN"},
	};
	struct database db;

	setup_database(&db);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_code(&db, cases[i].json, 0);
		expect_logged(cases[i].name, cases[i].plan);
	}
	database_clear(&db);
}

/* The last getMore frees its cursor, and the plan was the cursor's. */
static void says_the_plan_of_a_cursor(void **state)
{
	struct database db;
	struct view reply;
	char more[128];
	int64_t id;

	setup_database(&db);
	reply = harness_run(&db.h, "{'find': 'c', 'batchSize': 1, '$db': 'd'}");
	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	assert_true(id != 0);
	expect_logged("find", "COLLSCAN");
	snprintf(more, sizeof(more),
	    "{'getMore': {'$numberLong': '%lld'}, 'collection': 'c', '$db': 'd'}",
	    (long long)id);
	reply = harness_run(&db.h, more);
	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	assert_true(id == 0);
	expect_logged("getMore", "COLLSCAN");
	database_clear(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_the_plan),
	    cmocka_unit_test(says_the_plan_of_a_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
