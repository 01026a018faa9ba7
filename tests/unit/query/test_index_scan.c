/*
 * How much of an index and of the documents a find looks at.
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

/* 100 documents {a: 0 .. 9, b: 0 .. 9}, in an index on both. */
static void insert_pairs(const char *index)
{
	struct writer_doc docs[100];
	int done;

	for (int i = 0; i < 100; i++)
		docs[i] = (struct writer_doc){
		    .doc = qf_doc(
			&fix, arena_printf(&fix.arena, "{'_id': %d, 'a': %d, 'b': %d, 'c': %d}",
				  i, i / 10, i % 10, i))};
	assert_int_equal(qf_insert_docs(&fix, docs, 100, true, &done), 0);
	assert_int_equal(qf_create_index(&fix, index), 0);
}

static void check(const char *find, const char *want, int64_t keys, int64_t docs)
{
	qf_assert_find(&fix, find, want);
	assert_int_equal(fix.keys_examined, keys);
	assert_int_equal(fix.docs_examined, docs);
}

static int64_t count(const char *find)
{
	struct query_spec spec = qf_spec(&fix, find);
	struct collection *c = qf_collection(&fix);
	struct exec_context cx = qf_context(&fix);
	struct exec *e;
	struct row row;
	int64_t n = 0;

	spec.only_count = true;
	e = qf_open(&fix, &spec, c);
	assert_non_null(e);
	while (TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)) == STEP_ROW)
		n++;
	exec_close(e);
	collection_unref(c);
	fix.docs_examined = cx.docs_examined;
	fix.keys_examined = cx.keys_examined;
	return n;
}

/* Behind a range, the bounds of the next field say where to go on. */
static void keys_out_of_bounds_are_passed_over(void **state)
{
	insert_pairs("{'name': 'ab', 'key': {'a': 1, 'b': 1}}");
	check("{'filter': {'a': {'$gte': 2, '$lt': 4}, 'b': 7}, 'projection': {'_id': 1}}",
	    "[{'_id': 27}, {'_id': 37}]", 6, 2);
	check("{'filter': {'a': {'$gte': 2, '$lt': 4}, 'b': 7}, 'sort': {'a': -1}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 37}, {'_id': 27}]", 6, 2);
	check("{'filter': {'a': {'$in': [2, 4]}, 'b': {'$in': [1, 9]}}, 'projection': {'_id': "
	      "1}}",
	    "[{'_id': 21}, {'_id': 29}, {'_id': 41}, {'_id': 49}]", 4, 4);
}

static void keys_out_of_bounds_downwards(void **state)
{
	insert_pairs("{'name': 'ab', 'key': {'a': -1, 'b': -1}}");
	check("{'filter': {'a': {'$gte': 2, '$lt': 4}, 'b': 7}, 'projection': {'_id': 1}}",
	    "[{'_id': 37}, {'_id': 27}]", 6, 2);
	check("{'filter': {'a': {'$gte': 2, '$lt': 4}, 'b': 7}, 'sort': {'a': 1}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 27}, {'_id': 37}]", 6, 2);
}

/* What a key can tell is asked before the document is read. */
static void keys_are_asked(void **state)
{
	insert_pairs("{'name': 'ab', 'key': {'a': 1, 'b': 1}}");
	check("{'filter': {'a': 3, 'b': {'$mod': [5, 4]}}, 'projection': {'_id': 1}}",
	    "[{'_id': 34}, {'_id': 39}]", 10, 2);
	check("{'filter': {'a': 3, '$or': [{'b': 1}, {'c': 32}]}, 'projection': {'_id': 1}}",
	    "[{'_id': 31}, {'_id': 32}]", 10, 10);
}

static void covered(void **state)
{
	insert_pairs("{'name': 'ab', 'key': {'a': 1, 'b': 1}}");
	check("{'filter': {'a': 1, 'b': {'$lt': 2}}, 'projection': {'_id': 0, 'b': 1, 'a': 1}}",
	    "[{'a': 1, 'b': 0}, {'a': 1, 'b': 1}]", 2, 0);
	check("{'filter': {'a': 1, 'b': 5}, 'projection': {'_id': 0, 'x': {'$add': ['$a', "
	      "'$b']}}}",
	    "[{'x': 6}]", 1, 0);
	check("{'filter': {'a': 1, 'b': 5}, 'projection': {'a': 1}}", "[{'_id': 15, 'a': 1}]",
	    1, 1);
	check("{'filter': {'a': 1, 'c': 15}, 'projection': {'_id': 0, 'a': 1}}", "[{'a': 1}]",
	    10, 10);
	/* The index has to give the order, too. */
	check("{'filter': {'a': 1}, 'sort': {'c': 1}, 'limit': 1, 'projection': {'_id': 0, "
	      "'b': 1}}",
	    "[{'b': 0}]", 10, 10);
}

/* A key's null may be of a field that is not there. */
static void covered_but_for_null(void **state)
{
	assert_int_equal(
	    qf_insert(&fix,
		"[{'_id': 1, 'b': {'$numberLong': '2'}, 'a': {'y': 'v', 'x': 1.0}}, "
		"{'_id': 2, 'b': 3, 'a': {'x': 2}}, {'_id': 3, 'b': 4, 'a': 5}]"),
	    0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'ab', 'key': {'a.x': 1, 'b': 1, "
					       "'a.y': -1}}"),
	    0);
	check("{'filter': {'a.x': {'$gte': 1}}, 'projection': {'_id': 0, 'b': 1, 'a.y': 1, "
	      "'a.x': 1}}",
	    "[{'a': {'x': 1.0, 'y': 'v'}, 'b': {'$numberLong': '2'}}, {'b': 3, 'a': {'x': "
	    "2}}]",
	    2, 1);
	check("{'filter': {'b': 4}, 'hint': 'ab', 'projection': {'_id': 0, 'b': 1, 'a.y': 1}}",
	    "[{'b': 4}]", 3, 1);
}

static void arrays_are_not_covered(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': [1, 2], 'b': 3}]"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'ab', 'key': {'a': 1, 'b': 1}}"), 0);
	check(
	    "{'filter': {'a': 1}, 'projection': {'_id': 0, 'a': 1}}", "[{'a': [1, 2]}]", 1, 1);
	check("{'filter': {'a': 1}, 'projection': {'_id': 0, 'b': 1}}", "[{'b': 3}]", 1, 0);
}

static void counted(void **state)
{
	insert_pairs("{'name': 'ab', 'key': {'a': 1, 'b': 1}}");
	assert_int_equal(count("{'filter': {'a': {'$gt': 1, '$lte': 3}}}"), 20);
	assert_int_equal(fix.docs_examined, 0);
	assert_int_equal(count("{'filter': {'a': 1, 'b': {'$ne': 4}}}"), 9);
	assert_int_equal(fix.docs_examined, 0);
	assert_int_equal(
	    count("{'filter': {'a': 1, 'b': {'$ne': 4}}, 'skip': 2, 'limit': 5}"), 5);
	assert_int_equal(fix.docs_examined, 0);
	assert_int_equal(count("{'filter': {'a': 1, 'c': {'$lt': 15}}}"), 5);
	assert_int_equal(fix.docs_examined, 10);
	/* A document with an array is one. */
	assert_int_equal(qf_insert(&fix, "[{'a': [1, 2, 3, 50], 'b': 1}]"), 0);
	assert_int_equal(count("{'filter': {'a': {'$gt': 1, '$lte': 3}}}"), 21);
	assert_int_equal(count("{'filter': {'a': {'$in': [1, 2, 3]}}}"), 31);
	assert_int_equal(fix.docs_examined, 0);
}

/* From value to value. */
static void distinct(void **state)
{
	struct path_part part = {.name = "a", .len = 1, .index = -1};
	struct path path = {.text = view_of_str("a"), .n = 1, .parts = &part};
	struct query_spec spec = {.filter = doc_empty, .distinct = &path};

	insert_pairs("{'name': 'ab', 'key': {'a': 1, 'b': 1}}");
	assert_int_equal(qf_insert(&fix, "[{'_id': 'x', 'b': 1}]"), 0);
	qf_assert_found(&fix, qf_find_spec(&fix, &spec, 3),
	    "[{'_id': 'x', 'b': 1}, {'a': 0}, {'a': 1}, {'a': 2}, {'a': 3}, {'a': 4}, {'a': "
	    "5}, {'a': 6}, {'a': 7}, {'a': 8}, {'a': 9}]");
	assert_int_equal(fix.keys_examined, 11);
	assert_int_equal(fix.docs_examined, 1);
	spec.filter = qf_doc(&fix, "{'a': {'$gt': 6}, 'b': {'$gt': 7}}");
	qf_assert_found(&fix, qf_find_spec(&fix, &spec, 0), "[{'a': 7}, {'a': 8}, {'a': 9}]");
	assert_int_equal(fix.docs_examined, 0);
	/* The elements of a document's array are all in the index, those that match or not. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 'y', 'a': [20, 3], 'b': 9}]"), 0);
	spec.filter = qf_doc(&fix, "{'a': {'$gt': 10}}");
	qf_assert_found(
	    &fix, qf_find_spec(&fix, &spec, 0), "[{'_id': 'y', 'a': [20, 3], 'b': 9}]");
	spec.filter = doc_empty;
	qf_find_spec(&fix, &spec, 0);
	assert_int_equal(fix.keys_examined, 12);
}

/* What is skipped is not fetched. */
static void skipped(void **state)
{
	insert_pairs("{'name': 'ab', 'key': {'a': 1, 'b': 1}}");
	check("{'filter': {'a': 1}, 'skip': 8, 'projection': {'_id': 1}}",
	    "[{'_id': 18}, {'_id': 19}]", 10, 2);
	check("{'sort': {'a': -1, 'b': -1}, 'skip': 20, 'limit': 1, 'projection': {'_id': 1}}",
	    "[{'_id': 79}]", 21, 1);
	check("{'filter': {'a': 1, 'c': {'$gt': 11}}, 'skip': 7, 'projection': {'_id': 1}}",
	    "[{'_id': 19}]", 10, 10);
}

/* Which element has matched is for the whole filter to say. */
static void positional(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': [1, 2, 3]}]"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'a', 'key': {'a': 1}}"), 0);
	check("{'filter': {'a': 2}, 'projection': {'a.$': 1}}", "[{'_id': 1, 'a': [2]}]", 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		keys_out_of_bounds_are_passed_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(keys_out_of_bounds_downwards, setup, teardown),
	    cmocka_unit_test_setup_teardown(keys_are_asked, setup, teardown),
	    cmocka_unit_test_setup_teardown(covered, setup, teardown),
	    cmocka_unit_test_setup_teardown(covered_but_for_null, setup, teardown),
	    cmocka_unit_test_setup_teardown(arrays_are_not_covered, setup, teardown),
	    cmocka_unit_test_setup_teardown(counted, setup, teardown),
	    cmocka_unit_test_setup_teardown(distinct, setup, teardown),
	    cmocka_unit_test_setup_teardown(skipped, setup, teardown),
	    cmocka_unit_test_setup_teardown(positional, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
