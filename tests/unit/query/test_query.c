#include "support/unit.h"

#include "support/query_fixture.h"

static struct query_fixture fix;

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	return 0;
}

static int setup_sequence(void **state)
{
	query_fixture_init(&fix, true);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

/* The find, what it gives, and the plan that it took. */
static void check(const char *find, const char *want, const char *summary)
{
	qf_assert_find(&fix, find, want);
	assert_string_equal(fix.summary, summary);
}

static void check_error(const char *find, int code)
{
	assert_null(qf_find(&fix, find));
	assert_int_equal(fix.st.code, code);
}

static void no_collection(void **state)
{
	check("{'filter': {'a': 1}, 'sort': {'b': 1}, 'limit': 5}", "[]", "EOF");
}

static void by_id(void **state)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 3}, {'_id': 1, 'a': 1}, {'_id': 'x'}, {'_id': 2.5}, "
			    "{'_id': {'k': 1}}, {'_id': null}]"),
	    0);
	check("{'filter': {'_id': 1}}", "[{'_id': 1, 'a': 1}]", "IDHACK");
	check("{'filter': {'_id': 1.0}}", "[{'_id': 1, 'a': 1}]", "IDHACK");
	check("{'filter': {'_id': {'k': 1}}}", "[{'_id': {'k': 1}}]", "IDHACK");
	check("{'filter': {'_id': null}}", "[{'_id': null}]", "IDHACK");
	check("{'filter': {'_id': 7}}", "[]", "IDHACK");
	check("{'filter': {'_id': 1, 'a': 2}}", "[]", "IXSCAN { _id: 1 }");
	check("{'filter': {'_id': 1, 'a': 1}, 'projection': {'a': 1, '_id': 0}}", "[{'a': 1}]",
	    "IXSCAN { _id: 1 }");
	check("{'filter': {'_id': {'$gt': 1, '$lte': 3}}, 'sort': {'_id': 1}}",
	    "[{'_id': 2.5}, {'_id': 3}]", "IXSCAN { _id: 1 }");
	assert_true(fix.docs_examined <= 2);
	check("{'filter': {'_id': {'$gt': 1, '$lte': 3}}, 'sort': {'_id': -1}}",
	    "[{'_id': 3}, {'_id': 2.5}]", "IXSCAN { _id: 1 }");
	check("{'filter': {'_id': {'$in': ['x', 3, 9, 1]}}, 'sort': {'_id': 1}}",
	    "[{'_id': 1, 'a': 1}, {'_id': 3}, {'_id': 'x'}]", "IXSCAN { _id: 1 }");
	assert_true(fix.docs_examined <= 3);
	check("{'filter': {'_id': {'$in': ['x', 3, 9, 1]}}, 'sort': {'_id': -1}, 'skip': 1, "
	      "'limit': 1}",
	    "[{'_id': 3}]", "IXSCAN { _id: 1 }");
	check("{'filter': {'_id': {'$gt': 3, '$lt': 3}}}", "[]", "IXSCAN { _id: 1 }");
	check("{'filter': {'_id': {'$gte': 2}}, 'hint': '_id_', 'sort': {'_id': 1}}",
	    "[{'_id': 2.5}, {'_id': 3}]", "IXSCAN { _id: 1 }");
	check("{'sort': {'_id': 1}, 'limit': 2}", "[{'_id': null}, {'_id': 1, 'a': 1}]",
	    "IXSCAN { _id: 1 }");
	check("{'hint': {'_id': 1}, 'min': {'_id': 2}, 'max': {'_id': 3}}", "[{'_id': 2.5}]",
	    "IXSCAN { _id: 1 }");
	check("{'hint': {'_id': 1}, 'filter': {'_id': {'$lt': 3}}, 'min': {'_id': 2}}",
	    "[{'_id': 2.5}]", "IXSCAN { _id: 1 }");
	check_error("{'min': {'_id': 2}}", ERR_MIN_MAX_WITHOUT_HINT);
}

static void insert_abc(void)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': 1, 'b': 9}, {'_id': 2, 'a': 2, 'b': 8}, "
			    "{'_id': 3, 'a': 2, 'b': 7}, {'_id': 4, 'a': 'x', 'b': 6}, "
			    "{'_id': 5, 'b': 5}, {'_id': 6, 'a': null, 'b': 4}]"),
	    0);
}

static void by_index(void **state)
{
	insert_abc();
	check("{'filter': {'a': 2}, 'sort': {'_id': 1}, 'projection': {'_id': 1}}",
	    "[{'_id': 2}, {'_id': 3}]", "IXSCAN { _id: 1 }");
	assert_int_equal(qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}}"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'ab', 'key': {'a': 1, 'b': -1}}"), 0);
	check("{'filter': {'a': 2}, 'sort': {'b': 1}, 'projection': {'_id': 1}}",
	    "[{'_id': 3}, {'_id': 2}]", "IXSCAN { a: 1, b: -1 }");
	assert_int_equal(fix.keys_examined, 2);
	check("{'filter': {'a': 2}, 'sort': {'b': -1}, 'projection': {'_id': 1}}",
	    "[{'_id': 2}, {'_id': 3}]", "IXSCAN { a: 1, b: -1 }");
	check("{'filter': {'a': 2, 'b': {'$lt': 8}}, 'projection': {'_id': 1}}", "[{'_id': 3}]",
	    "IXSCAN { a: 1, b: -1 }");
	assert_int_equal(fix.keys_examined, 1);
	check("{'filter': {'a': {'$in': [1, 2]}, 'b': {'$gte': 8}}, 'sort': {'a': 1}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 1}, {'_id': 2}]", "IXSCAN { a: 1, b: -1 }");
	assert_int_equal(fix.keys_examined, 2);
	check("{'filter': {'a': {'$gte': 1}}, 'sort': {'a': -1, 'b': 1}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 3}, {'_id': 2}, {'_id': 1}]", "IXSCAN { a: 1, b: -1 }");
	check("{'filter': {'a': null}, 'sort': {'b': 1}, 'projection': {'_id': 1}}",
	    "[{'_id': 6}, {'_id': 5}]", "IXSCAN { a: 1, b: -1 }");
	check("{'filter': {'a': {'$exists': false}}, 'projection': {'_id': 1}}", "[{'_id': 5}]",
	    "IXSCAN { a: 1 }");
	/* Without bounds an index is taken for its order. */
	check("{'sort': {'a': 1, 'b': -1}, 'limit': 3, 'projection': {'_id': 1}}",
	    "[{'_id': 5}, {'_id': 6}, {'_id': 1}]", "IXSCAN { a: 1, b: -1 }");
	/* An order that no index has. */
	check("{'sort': {'a': 1, 'b': 1}, 'limit': 3, 'projection': {'_id': 1}}",
	    "[{'_id': 6}, {'_id': 5}, {'_id': 1}]", "COLLSCAN");
	check("{'filter': {'a': 2}, 'hint': 'a_1', 'returnKey': true}", "[{'a': 2}, {'a': 2}]",
	    "IXSCAN { a: 1 }");
	check("{'filter': {'a': 2}, 'hint': {'a': 1}, 'min': {'a': 1}, 'max': {'a': 2}}", "[]",
	    "IXSCAN { a: 1 }");
	check("{'hint': {'a': 1, 'b': -1}, 'min': {'a': 2, 'b': 8}, 'max': {'a': 2, 'b': 0}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 2}, {'_id': 3}]", "IXSCAN { a: 1, b: -1 }");
	check("{'filter': {'a': 2}, 'hint': {'$natural': -1}, 'projection': {'_id': 1}}",
	    "[{'_id': 3}, {'_id': 2}]", "COLLSCAN");
	check("{'sort': {'$natural': -1}, 'limit': 1, 'projection': {'_id': 1}}",
	    "[{'_id': 6}]", "COLLSCAN");
}

static void wrong_finds(void **state)
{
	insert_abc();
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'h', 'key': {'a': 1}, 'hidden': true}"), 0);
	check_error("{'hint': 'a_1'}", ERR_BAD_VALUE);
	check_error("{'hint': {'b': 1}}", ERR_BAD_VALUE);
	check_error("{'hint': 'h'}", ERR_BAD_VALUE);
	check_error("{'hint': 5}", ERR_FAILED_TO_PARSE);
	check_error("{'hint': {'$natural': 2}}", ERR_BAD_VALUE);
	check_error("{'sort': {'$natural': 1, 'a': 1}}", ERR_BAD_VALUE);
	check_error("{'filter': {'a': {'$nothing': 1}}}", ERR_BAD_VALUE);
	/* A hidden index is not used either. */
	check("{'filter': {'a': 1}, 'projection': {'_id': 1}}", "[{'_id': 1}]", "COLLSCAN");
}

static void sparse(void **state)
{
	insert_abc();
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 's', 'key': {'a': 1}, 'sparse': true}"), 0);
	check("{'filter': {'a': 'x'}, 'projection': {'_id': 1}}", "[{'_id': 4}]",
	    "IXSCAN { a: 1 }");
	check("{'filter': {'a': null}, 'projection': {'_id': 1}, 'sort': {'$natural': 1}}",
	    "[{'_id': 5}, {'_id': 6}]", "COLLSCAN");
	check("{'sort': {'a': 1}, 'limit': 1, 'projection': {'_id': 1}}", "[{'_id': 5}]",
	    "COLLSCAN");
	/* Whoever insists gets what it has. */
	check("{'hint': 's', 'projection': {'_id': 1}}",
	    "[{'_id': 6}, {'_id': 1}, {'_id': 2}, {'_id': 3}, {'_id': 4}]", "IXSCAN { a: 1 }");
}

static void multikey(void **state)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': [0, 9]}, {'_id': 2, 'a': [3, 4]}, "
			    "{'_id': 3, 'a': []}, {'_id': 4, 'a': [[1, 2]]}, "
			    "{'_id': 5, 'c': [{'x': 1, 'y': 2}, {'x': 3, 'y': 4}]}]"),
	    0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'a', 'key': {'a': 1}}"), 0);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'c', 'key': {'c.x': 1, 'c.y': 1}}"), 0);
	/* Each condition may be met by another element. */
	check("{'filter': {'a': {'$gt': 5, '$lt': 2}}}", "[{'_id': 1, 'a': [0, 9]}]",
	    "IXSCAN { a: 1 }");
	check("{'filter': {'a': {'$gte': 3}}, 'sort': {'_id': 1}, 'projection': {'_id': 1}}",
	    "[{'_id': 1}, {'_id': 2}]", "IXSCAN { a: 1 }");
	check("{'filter': {'a': [3, 4]}}", "[{'_id': 2, 'a': [3, 4]}]", "IXSCAN { a: 1 }");
	check("{'filter': {'a': []}}", "[{'_id': 3, 'a': []}]", "IXSCAN { a: 1 }");
	check("{'filter': {'a': [1, 2]}}", "[{'_id': 4, 'a': [[1, 2]]}]", "IXSCAN { a: 1 }");
	check("{'filter': {'c.x': 1, 'c.y': 4}, 'projection': {'_id': 1}}", "[{'_id': 5}]",
	    "IXSCAN { c.x: 1, c.y: 1 }");
	/* Its order is that of elements: the sort has to be done. */
	check("{'filter': {'a': {'$gte': 0}}, 'sort': {'a': -1}, 'projection': {'_id': 1}}",
	    "[{'_id': 1}, {'_id': 2}]", "IXSCAN { a: 1 }");
}

static void shapes(void **state)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': [1, 5, 9]}, {'_id': 2, 'a': [7]}]"), 0);
	check(
	    "{'filter': {'a': {'$gt': 3}}, 'projection': {'a.$': 1}, 'sort': {'$natural': 1}}",
	    "[{'_id': 1, 'a': [5]}, {'_id': 2, 'a': [7]}]", "COLLSCAN");
	check("{'filter': {'a': {'$gt': 3}}, 'projection': {'a.$': 1}, 'sort': {'a': -1}}",
	    "[{'_id': 1, 'a': [5]}, {'_id': 2, 'a': [7]}]", "COLLSCAN");
	check("{'returnKey': true}", "[{}, {}]", "COLLSCAN");
	assert_non_null(qf_find(&fix, "{'showRecordId': true, 'limit': 1}"));
	assert_non_null(
	    strstr(qf_find(&fix, "{'showRecordId': true, 'limit': 1}"), "$recordId"));
	check("{'skip': 5}", "[]", "COLLSCAN");
	check("{'skip': 1, 'projection': {'_id': 1}}", "[{'_id': 2}]", "COLLSCAN");
}

static void metadata(void **state)
{
	insert_abc();
	assert_int_equal(qf_create_index(&fix, "{'v': 2, 'key': {'a': 1}, 'name': 'a_1'}"), 0);
	check("{'filter': {'a': 2}, 'projection': {'_id': 1, 'k': {'$meta': 'indexKey'}}}",
	    "[{'_id': 2, 'k': {'a': 2}}, {'_id': 3, 'k': {'a': 2}}]", "IXSCAN { a: 1 }");
	/* Behind a sort too; and alone it leaves all fields. */
	check(
	    "{'filter': {'a': 2}, 'sort': {'b': 1}, "
	    "'projection': {'_id': 1, 'k': {'$meta': 'indexKey'}, 's': {'$meta': 'sortKey'}}}",
	    "[{'_id': 3, 'k': {'a': 2}, 's': [7]}, {'_id': 2, 'k': {'a': 2}, 's': [8]}]",
	    "IXSCAN { a: 1 }");
	check("{'filter': {'_id': 2}, 'projection': {'k': {'$meta': 'indexKey'}}}",
	    "[{'_id': 2, 'a': 2, 'b': 8}]", "IDHACK");
	check_error("{'projection': {'s': {'$meta': 'sortKey'}}}", ERR_META_NOT_AVAILABLE);
	check_error("{'sort': {'s': {'$meta': 'textScore'}}}", ERR_META_NOT_AVAILABLE);
	check_error("{'projection': {'s': {'$meta': 'textScore'}}}", ERR_META_NOT_AVAILABLE);
	check_error("{'projection': {'s': {'$add': [1, {'$meta': 'geoNearDistance'}]}}}",
	    ERR_META_NOT_AVAILABLE);
	check_error("{'sort': {'s': {'$meta': 'indexKey'}}}", 31138);
	assert_non_null(strstr(
	    qf_find(&fix, "{'limit': 1, 'projection': {'r': {'$meta': 'recordId'}}}"), "'r'"));
}

/* ---------------------------------------------------------- between batches */

/* One row; its _id, or -1 at the end; fails on an error. */
static int next_id(struct exec *e, struct exec_context *cx)
{
	struct row row;
	enum step step = TEST_OP_RUN(&fix.op, exec_next(e, cx, &row));

	if (step == STEP_DONE)
		return -1;
	if (step != STEP_ROW)
		fail_msg("exec_next: %s", fix.st.message);
	return read_i32(doc_get(row.doc, "_id").data);
}

static void delete (const char *id)
{
	bool found;

	assert_int_equal(qf_change(&fix, qf_record_key(&fix, id), NULL, &found), 0);
	assert_true(found);
}

static void goes_on_behind_its_position(void **state)
{
	static const char *const finds[] = {
	    "{'sort': {'_id': 1}}",
	    "{'filter': {'n': {'$gt': 0}}, 'hint': 'n_1'}",
	    "{'sort': {'n': 1}, 'filter': {'n': {'$in': [1, 2, 3, 4, 5]}}}",
	};

	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'n': 1}, {'_id': 2, 'n': 2}, "
					 "{'_id': 4, 'n': 4}, {'_id': 5, 'n': 5}]"),
	    0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'n_1', 'key': {'n': 1}}"), 0);
	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		struct query_spec spec = qf_spec(&fix, finds[i]);
		struct collection *c = qf_collection(&fix);
		struct exec_context cx = qf_context(&fix);
		struct exec *e = qf_open(&fix, &spec, c);

		assert_int_equal(next_id(e, &cx), 1);
		assert_int_equal(next_id(e, &cx), 2);
		exec_save(e);
		delete ("{'_id': 2}");
		assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'n': 3}]"), 0);
		assert_int_equal(exec_restore(e, c, &fix.st), 0);
		assert_int_equal(next_id(e, &cx), 3);
		assert_int_equal(next_id(e, &cx), 4);
		exec_save(e);
		delete ("{'_id': 3}");
		assert_int_equal(qf_insert(&fix, "[{'_id': 2, 'n': 2}]"), 0);
		assert_int_equal(exec_restore(e, c, &fix.st), 0);
		assert_int_equal(next_id(e, &cx), 5);
		assert_int_equal(next_id(e, &cx), -1);
		assert_true(e->done);
		exec_close(e);
		collection_unref(c);
	}
}

static void index_and_collection_go(void **state)
{
	static struct view name[1];
	struct query_spec spec;
	struct exec_context cx = qf_context(&fix);
	struct collection *c, *newer;
	struct exec *scan, *ixscan;

	insert_abc();
	assert_int_equal(qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}}"), 0);
	c = qf_collection(&fix);
	spec = qf_spec(&fix, "{}");
	scan = qf_open(&fix, &spec, c);
	spec = qf_spec(&fix, "{'filter': {'a': {'$gt': 0}}}");
	ixscan = qf_open(&fix, &spec, c);
	collection_unref(c);
	assert_int_equal(next_id(scan, &cx), 1);
	assert_int_equal(next_id(ixscan, &cx), 1);
	exec_save(scan);
	exec_save(ixscan);
	name[0] = view_of_str("a_1");
	assert_int_equal(
	    FIXTURE_DDL(&fix.ddl, ddl_drop_indexes(&d, view_of_str("db"), view_of_str("c"), 1,
				      name, &fix.ddl.op.op, &fix.ddl.st)),
	    0);
	newer = qf_collection(&fix);
	assert_int_equal(exec_restore(ixscan, newer, &fix.st), ERR_QUERY_PLAN_KILLED);
	assert_int_equal(exec_restore(scan, newer, &fix.st), 0);
	assert_int_equal(next_id(scan, &cx), 2);
	exec_save(scan);
	collection_unref(newer);
	assert_int_equal(fixture_drop(&fix.ddl, "db", "c"), 0);
	assert_int_equal(exec_restore(scan, NULL, &fix.st), ERR_QUERY_PLAN_KILLED);
	insert_abc();
	newer = qf_collection(&fix);
	assert_int_equal(exec_restore(scan, newer, &fix.st), ERR_QUERY_PLAN_KILLED);
	exec_close(scan);
	exec_close(ixscan);

	/* One that has another name is not the cursor's any more. */
	spec = qf_spec(&fix, "{}");
	scan = qf_open(&fix, &spec, newer);
	collection_unref(newer);
	assert_int_equal(next_id(scan, &cx), 1);
	exec_save(scan);
	assert_int_equal(fixture_rename(&fix.ddl, "db", "c", "db", "d", false), 0);
	newer = fixture_find(&fix.ddl, "db", "d");
	assert_int_equal(exec_restore(scan, newer, &fix.st), ERR_QUERY_PLAN_KILLED);
	collection_unref(newer);
	exec_close(scan);
}

/* The first array comes between two batches. */
static void becomes_multikey(void **state)
{
	struct query_spec safe = qf_spec(&fix, "{'filter': {'a': {'$gt': 0}}}");
	struct query_spec sorted =
	    qf_spec(&fix, "{'filter': {'a': {'$gt': 0}}, 'sort': {'a': 1}}");
	struct exec_context cx = qf_context(&fix);
	struct exec *goes_on, *cannot;
	struct collection *c;
	struct row row;

	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': 2}]"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}}"), 0);
	c = qf_collection(&fix);
	goes_on = qf_open(&fix, &safe, c);
	cannot = qf_open(&fix, &sorted, c);
	assert_int_equal(next_id(goes_on, &cx), 1);
	assert_int_equal(next_id(cannot, &cx), 1);
	exec_save(goes_on);
	exec_save(cannot);
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'a': [3, 4]}]"), 0);
	assert_int_equal(exec_restore(goes_on, c, &fix.st), 0);
	assert_int_equal(next_id(goes_on, &cx), 2);
	assert_int_equal(next_id(goes_on, &cx), 3);
	assert_int_equal(next_id(goes_on, &cx), -1);
	assert_int_equal(exec_restore(cannot, c, &fix.st), 0);
	assert_int_equal(TEST_OP_RUN(&fix.op, exec_next(cannot, &cx, &row)), STEP_ERROR);
	assert_int_equal(fix.st.code, ERR_QUERY_PLAN_KILLED);
	exec_close(goes_on);
	exec_close(cannot);
	collection_unref(c);
}

static void create_capped(int64_t documents)
{
	struct create_spec spec = {
	    .db = view_of_str("db"),
	    .name = view_of_str("c"),
	    .options = doc_empty,
	    .record_key = RECORD_KEY_SEQUENCE,
	    .capped = true,
	    .capped_bytes = 1 << 20,
	    .capped_documents = documents,
	};

	assert_int_equal(fixture_create_spec(&fix.ddl, &spec), 0);
}

static void tailable(void **state)
{
	struct query_spec spec =
	    qf_spec(&fix, "{'tailable': true, 'filter': {'a': {'$gt': 0}}}");
	struct exec_context cx = qf_context(&fix);
	struct collection *c;
	struct exec *e;
	struct row row;

	create_capped(3);
	c = qf_collection(&fix);
	/* One that meets nothing is dead. */
	e = qf_open(&fix, &spec, c);
	assert_int_equal(next_id(e, &cx), -1);
	assert_true(e->done);
	exec_close(e);

	assert_int_equal(qf_insert(&fix, "[{'_id': 5, 'a': 1}, {'_id': 4, 'a': 0}]"), 0);
	e = qf_open(&fix, &spec, c);
	assert_int_equal(next_id(e, &cx), 5);
	assert_int_equal(next_id(e, &cx), -1);
	assert_false(e->done);
	exec_save(e);
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'a': 2}]"), 0);
	assert_int_equal(exec_restore(e, c, &fix.st), 0);
	assert_int_equal(next_id(e, &cx), 3);
	assert_int_equal(next_id(e, &cx), -1);
	assert_int_equal(next_id(e, &cx), -1);
	exec_save(e);
	/* What it stood on is overwritten. */
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 10, 'a': 2}, {'_id': 11, 'a': 2}, {'_id': 12, 'a': 2}]"),
	    0);
	assert_int_equal(TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)), STEP_ERROR);
	assert_int_equal(fix.st.code, ERR_CAPPED_POSITION_LOST);
	exec_close(e);
	collection_unref(c);
}

/* On an event loop: a point read is done there, all else is handed over. */
static void on_a_loop(void **state)
{
	struct query_spec point = qf_spec(&fix, "{'filter': {'_id': 2}}");
	struct query_spec index = qf_spec(&fix, "{'filter': {'a': 2}}");
	struct query_spec sort = qf_spec(&fix, "{'sort': {'b': 1}}");
	struct exec_context cx = qf_context(&fix);
	struct collection *c;
	struct exec *e;
	struct row row;

	insert_abc();
	assert_int_equal(qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}}"), 0);
	c = qf_collection(&fix);
	fix.op.op.on_loop = true;
	e = qf_open(&fix, &point, c);
	assert_int_equal(exec_next(e, &cx, &row), STEP_ROW);
	exec_close(e);
	e = qf_open(&fix, &index, c);
	assert_int_equal(exec_next(e, &cx, &row), STEP_HANDOVER);
	fix.op.op.on_loop = false;
	assert_int_equal(exec_next(e, &cx, &row), STEP_ROW);
	exec_close(e);
	fix.op.op.on_loop = true;
	e = qf_open(&fix, &sort, c);
	assert_int_equal(exec_next(e, &cx, &row), STEP_HANDOVER);
	fix.op.op.on_loop = false;
	assert_int_equal(next_id(e, &cx), 6);
	exec_close(e);
	collection_unref(c);
}

static void stopped(void **state)
{
	struct query_spec spec = qf_spec(&fix, "{'filter': {'nothing': 1}}");
	struct exec_context cx = qf_context(&fix);
	struct writer_doc docs[100];
	struct collection *c;
	struct exec *e;
	struct row row;
	int done;

	for (int i = 0; i < 100; i++)
		docs[i] = (struct writer_doc){
		    .doc = qf_doc(&fix, arena_printf(&fix.arena, "{'_id': %d}", i))};
	assert_int_equal(qf_insert_docs(&fix, docs, 100, true, &done), 0);
	c = qf_collection(&fix);
	e = qf_open(&fix, &spec, c);
	fix.op.op.slice_end_us = 1; /* its time is over */
	assert_int_equal(exec_next(e, &cx, &row), STEP_HANDOVER);
	fix.op.op.slice_end_us = 0;
	op_kill(&fix.op.op, ERR_INTERRUPTED);
	assert_int_equal(exec_next(e, &cx, &row), STEP_ERROR);
	assert_int_equal(fix.st.code, ERR_INTERRUPTED);
	exec_close(e);
	collection_unref(c);
}

#define BOTH_WAYS(test)                                                                        \
	cmocka_unit_test_setup_teardown(test, setup, teardown),                                \
	    cmocka_unit_test_setup_teardown(test, setup_sequence, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(no_collection, setup, teardown),
	    BOTH_WAYS(by_id),
	    cmocka_unit_test_setup_teardown(by_index, setup, teardown),
	    cmocka_unit_test_setup_teardown(wrong_finds, setup, teardown),
	    cmocka_unit_test_setup_teardown(sparse, setup, teardown),
	    BOTH_WAYS(multikey),
	    cmocka_unit_test_setup_teardown(shapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(metadata, setup, teardown),
	    BOTH_WAYS(goes_on_behind_its_position),
	    cmocka_unit_test_setup_teardown(index_and_collection_go, setup, teardown),
	    cmocka_unit_test_setup_teardown(becomes_multikey, setup, teardown),
	    cmocka_unit_test_setup_teardown(tailable, setup, teardown),
	    BOTH_WAYS(on_a_loop),
	    cmocka_unit_test_setup_teardown(stopped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
