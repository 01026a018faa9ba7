/*
 * $text: through writers, the planner and the index.
 */
#include "support/unit.h"

#include "support/query_fixture.h"

static struct query_fixture fix;

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

#define OPTIONS "'default_language': 'english', 'language_override': 'language', 'textIndexVersion': 3}"
#define INDEX                                                                                  \
	"{'v': 2, 'key': {'_fts': 'text', '_ftsx': 1}, 'name': 't', 'weights': {'a': 1}, " OPTIONS
#define COMPOUND                                                                               \
	"{'v': 2, 'key': {'d': 1, '_fts': 'text', '_ftsx': 1, 'q': -1}, 'name': 't', "          \
	"'weights': {'a': 1, 'b': 10}, " OPTIONS

static void insert_all(void)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': 'coffee cake', 'd': 1}, "
			    "{'_id': 2, 'a': 'Coffee coffee coffee', 'd': 2}, "
			    "{'_id': 3, 'a': 'tea', 'd': 1}, {'_id': 4, 'd': 3}, "
			    "{'_id': 5, 'a': 'the cake', 'b': 'coffee beans', 'd': 1}]"),
	    0);
}

static void check(const char *find, const char *want)
{
	qf_assert_find(&fix, find, want);
}

static void check_error(const char *find, int code)
{
	assert_null(qf_find(&fix, find));
	assert_int_equal(fix.st.code, code);
}

#define SCORES "'projection': {'s': {'$meta': 'textScore'}, '_id': 1}"
#define BEST   "'sort': {'x': {'$meta': 'textScore'}, '_id': 1}"

static void terms_and_scores(void **state)
{
	insert_all();
	assert_int_equal(qf_create_index(&fix, INDEX), 0);
	check("{'filter': {'$text': {'$search': 'coffee'}}, " SCORES ", " BEST "}",
	    "[{'_id': 2, 's': 1.75}, {'_id': 1, 's': 0.75}]");
	check("{'filter': {'$text': {'$search': 'cakes coffee'}}, " SCORES ", " BEST "}",
	    "[{'_id': 2, 's': 1.75}, {'_id': 1, 's': 1.5}, {'_id': 5, 's': 1.0}]");
	check("{'filter': {'$text': {'$search': 'coffee tea'}}, 'projection': {'_id': 1}, " BEST
	      ", 'limit': 2}",
	    "[{'_id': 2}, {'_id': 3}]");
	check("{'filter': {'$text': {'$search': 'tea'}}, 'projection': {'_id': 1, 's': {'$add': "
	      "[1, {'$meta': 'textScore'}]}}}",
	    "[{'_id': 3, 's': 2.1}]");
	check("{'filter': {'$text': {'$search': 'the'}}}", "[]");
	check("{'filter': {'$text': {'$search': 'coffee'}, '_id': {'$gt': 1}}, " SCORES "}",
	    "[{'_id': 2, 's': 1.75}]");
}

static void what_is_asked_of_documents(void **state)
{
	insert_all();
	assert_int_equal(qf_create_index(&fix, INDEX), 0);
	check("{'filter': {'$text': {'$search': 'coffee -cake'}}, 'projection': {'_id': 1}}",
	    "[{'_id': 2}]");
	check("{'filter': {'$text': {'$search': '\\\"coffee cake\\\" tea'}}, 'projection': {'_id': 1}}",
	    "[{'_id': 1}]");
	check("{'filter': {'$text': {'$search': 'Coffee', '$caseSensitive': true}}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 2}]");
}

static void writes_keep_it(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 0}]"), 0);
	assert_int_equal(qf_create_index(&fix, INDEX), 0);
	insert_all();
	check("{'filter': {'$text': {'$search': 'coffee'}}, 'sort': {'_id': 1}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 1}, {'_id': 2}]");
	assert_int_equal(qf_insert(&fix, "[{'_id': 7, 'a': 'x', 'language': 'klingon'}]"), 17262);
	assert_int_equal(qf_insert(&fix, "[{'_id': 7, 'a': 'x', 'language': 7}]"), 17261);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 7, 'a': 'running', 'language': 'none'}]"), 0);
	check("{'filter': {'$text': {'$search': 'run'}}}", "[]");
	check("{'filter': {'$text': {'$search': 'running', '$language': 'none'}}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 7}]");
	qf_check_indexes(&fix);
}

static void prefixes(void **state)
{
	insert_all();
	assert_int_equal(qf_create_index(&fix, COMPOUND), 0);
	check("{'filter': {'$text': {'$search': 'coffee'}, 'd': 1}, " SCORES ", " BEST "}",
	    "[{'_id': 5, 's': 7.5}, {'_id': 1, 's': 0.75}]");
	assert_int_equal(fix.keys_examined, 2);
	check_error("{'filter': {'$text': {'$search': 'coffee'}}}", ERR_NO_QUERY_EXECUTION_PLANS);
	check_error("{'filter': {'$text': {'$search': 'coffee'}, 'd': {'$gt': 0}}}",
	    ERR_NO_QUERY_EXECUTION_PLANS);
	assert_int_equal(qf_insert(&fix, "[{'_id': 7, 'a': 'x', 'd': [1]}]"),
	    ERR_CANNOT_BUILD_INDEX_KEYS);
	assert_int_equal(qf_insert(&fix, "[{'_id': 7, 'a': 'x', 'q': [1]}]"),
	    ERR_CANNOT_BUILD_INDEX_KEYS);
}

static void branches(void **state)
{
	insert_all();
	assert_int_equal(qf_create_index(&fix, INDEX), 0);
	check("{'filter': {'$or': [{'$text': {'$search': 'tea'}}, {'_id': 4}]}, 'sort': {'_id': "
	      "1}, " SCORES "}",
	    "[{'_id': 3, 's': 1.1}, {'_id': 4}]");
	check("{'filter': {'$or': [{'$text': {'$search': 'tea'}}]}, 'projection': {'_id': 1}}",
	    "[{'_id': 3}]");
	check("{'filter': {'d': 1, '$or': [{'$text': {'$search': 'coffee -beans'}}, {'_id': 3}]}, "
	      "'sort': {'_id': 1}, 'projection': {'_id': 1}}",
	    "[{'_id': 1}, {'_id': 3}]");
	check_error("{'filter': {'$or': [{'$text': {'$search': 'tea'}}, {'d': 1}]}}",
	    ERR_NO_QUERY_EXECUTION_PLANS);
}

static void gone_meanwhile(void **state)
{
	struct query_spec spec;
	struct exec_context cx = qf_context(&fix);
	struct collection *c;
	struct exec *e;
	struct row row;
	bool found;

	insert_all();
	assert_int_equal(qf_create_index(&fix, INDEX), 0);
	spec = qf_spec(&fix, "{'filter': {'$text': {'$search': 'coffee tea'}}, " SCORES "}");
	c = qf_collection(&fix);
	e = qf_open(&fix, &spec, c);
	assert_int_equal(TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)), STEP_ROW);
	assert_int_equal(read_i32(doc_get(row.doc, "_id").data), 1);
	exec_save(e);
	assert_int_equal(qf_change(&fix, qf_record_key(&fix, "{'_id': 2}"), NULL, &found), 0);
	assert_int_equal(exec_restore(e, c, &fix.st), 0);
	assert_int_equal(TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)), STEP_ROW);
	assert_int_equal(read_i32(doc_get(row.doc, "_id").data), 3);
	assert_int_equal(TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)), STEP_DONE);
	exec_close(e);
	collection_unref(c);
}

static void refusals(void **state)
{
	check_error("{'filter': {'$text': {'$search': 'a'}}}", ERR_INDEX_NOT_FOUND);
	insert_all();
	check_error("{'filter': {'$text': {'$search': 'a'}}}", ERR_INDEX_NOT_FOUND);
	assert_int_equal(qf_create_index(&fix, INDEX), 0);
	check_error("{'filter': {'$text': 1}}", ERR_BAD_VALUE);
	check_error("{'filter': {'$text': {}}}", ERR_NO_SUCH_KEY);
	check_error("{'filter': {'$text': {'$search': 1}}}", ERR_TYPE_MISMATCH);
	check_error("{'filter': {'$text': {'$search': 'a', '$x': 1}}}", ERR_BAD_VALUE);
	check_error("{'filter': {'$text': {'$search': 'a', '$language': 'x'}}}", ERR_BAD_VALUE);
	check_error("{'filter': {'$nor': [{'$text': {'$search': 'a'}}]}}", ERR_BAD_VALUE);
	check_error("{'filter': {'a': {'$elemMatch': {'$text': {'$search': 'a'}}}}}", ERR_BAD_VALUE);
	check_error("{'filter': {'$and': [{'$text': {'$search': 'a'}}, {'$text': {'$search': "
		    "'a'}}]}}",
	    ERR_BAD_VALUE);
	check_error("{'filter': {'$text': {'$search': 'a'}}, 'hint': '_id_'}", ERR_BAD_VALUE);
	check_error("{'filter': {'$text': {'$search': 'a'}}, 'sort': {'$natural': 1}}",
	    ERR_BAD_VALUE);
	check_error("{'filter': {'$text': {'$search': 'a'}, 'l': {'$near': [0, 0]}}}", ERR_BAD_VALUE);
	check_error("{'sort': {'x': {'$meta': 'textScore'}}}", ERR_META_NOT_AVAILABLE);
	/* There is one, whatever it is called, and on whatever. */
	assert_int_equal(qf_create_index(&fix, COMPOUND), ERR_CANNOT_CREATE_INDEX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(terms_and_scores),
	    TEST(what_is_asked_of_documents),
	    TEST(writes_keep_it),
	    TEST(prefixes),
	    TEST(branches),
	    TEST(gone_meanwhile),
	    TEST(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
