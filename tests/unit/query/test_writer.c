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

static void inserts(void **state)
{
	struct writer_doc *docs;
	int n, done;

	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 2}, {'a': 'x', '_id': 3}]"), 0);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2}, {'_id': 3, 'a': 'x'}]");
	qf_check_indexes(&fix);

	assert_int_equal(qf_insert(&fix, "[{'_id': 2, 'b': 1}]"), ERR_DUPLICATE_KEY);
	assert_string_equal(fix.st.message,
	    "E11000 duplicate key error collection: db.c index: _id_ dup key: { _id: 2 }");
	assert_string_equal(json_text(&fix.arena, view_of(fix.st.extra, fix.st.extra_len)),
	    json_text(&fix.arena,
		qf_doc(&fix, "{'keyPattern': {'_id': 1}, 'keyValue': {'_id': 2}}")));

	/* 1.0 is the same _id, in the store and within a group. */
	n = qf_docs(&fix, "[{'_id': 4}, {'_id': 1.0}, {'_id': 4.0}, {'_id': 5}]", &docs);
	assert_int_equal(qf_insert_docs(&fix, docs, n, false, &done), ERR_DUPLICATE_KEY);
	assert_int_equal(done, 4);
	assert_int_equal(docs[0].code, 0);
	assert_int_equal(docs[1].code, ERR_DUPLICATE_KEY);
	assert_int_equal(docs[2].code, ERR_DUPLICATE_KEY);
	assert_int_equal(docs[3].code, 0);

	n = qf_docs(&fix, "[{'_id': 6}, {'_id': 6}, {'_id': 7}]", &docs);
	assert_int_equal(qf_insert_docs(&fix, docs, n, true, &done), ERR_DUPLICATE_KEY);
	assert_int_equal(done, 2);
	qf_assert_find(&fix, "{'filter': {'_id': {'$gt': 3}}, 'sort': {'_id': 1}}",
	    "[{'_id': 4}, {'_id': 5}, {'_id': 6}]");
	qf_check_indexes(&fix);
}

static void unique_indexes(void **state)
{
	struct writer_doc *docs;
	bool found;
	int n, done;

	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': [2, 3]}]"), 0);
	/* One is built over documents, the other made empty: their entries differ. */
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}, 'unique': true}"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'a': 3}]"), ERR_DUPLICATE_KEY);
	assert_string_equal(fix.st.message,
	    "E11000 duplicate key error collection: db.c index: a_1 dup key: { a: 3 }");
	n = qf_docs(
	    &fix, "[{'_id': 4, 'a': 4}, {'_id': 5, 'a': 4}, {'_id': 4, 'a': 6}]", &docs);
	qf_insert_docs(&fix, docs, n, false, &done);
	assert_int_equal(docs[0].code, 0);
	assert_int_equal(docs[1].code, ERR_DUPLICATE_KEY);
	assert_int_equal(docs[2].code, ERR_DUPLICATE_KEY);
	/* A missing field is null, and that only once. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 6}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 7, 'a': null}]"), ERR_DUPLICATE_KEY);
	qf_check_indexes(&fix);

	assert_int_equal(qf_change(&fix, qf_record_key(&fix, "{'_id': 1}"),
			     "{'_id': 1, 'a': [1, 3]}", &found),
	    ERR_DUPLICATE_KEY);
	assert_int_equal(qf_change(&fix, qf_record_key(&fix, "{'_id': 2}"),
			     "{'_id': 2, 'a': [3, 9]}", &found),
	    0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 8, 'a': 2}]"), 0);
	qf_check_indexes(&fix);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'b_1', 'key': {'b': 1}, 'unique': true}"),
	    ERR_DUPLICATE_KEY);
	assert_string_equal(fix.st.message,
	    "E11000 duplicate key error collection: db.c index: b_1 dup key: { b: null }");
	qf_check_indexes(&fix);
}

/* Made while the collection is empty: an entry is the key alone. */
static void unique_from_the_start(void **state)
{
	bool found;

	assert_int_equal(fixture_create(&fix.ddl, "db", "c"), 0);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}, 'unique': true}"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': 'x'}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'a': 'x'}]"), ERR_DUPLICATE_KEY);
	assert_string_equal(fix.st.message,
	    "E11000 duplicate key error collection: db.c index: a_1 dup key: { a: \"x\" }");
	assert_int_equal(qf_change(&fix, qf_record_key(&fix, "{'_id': 1}"),
			     "{'_id': 1, 'a': 1.0, 'b': 1}", &found),
	    0);
	assert_int_equal(qf_change(&fix, qf_record_key(&fix, "{'_id': 2}"), NULL, &found), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'a': 'x'}]"), 0);
	qf_check_indexes(&fix);
	qf_assert_find(&fix, "{'filter': {'a': 1}}", "[{'_id': 1, 'a': 1.0, 'b': 1}]");
	assert_string_equal(fix.summary, "IXSCAN { a: 1 }");
}

static void failing_documents(void **state)
{
	struct writer_doc *docs;
	int n, done;

	assert_int_equal(fixture_create(&fix.ddl, "db", "c"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'ab', 'key': {'a': 1, 'b': 1}}"), 0);
	n = qf_docs(
	    &fix, "[{'_id': 1, 'a': [1]}, {'_id': 2, 'a': [1], 'b': [1]}, {'_id': 3}]", &docs);
	qf_insert_docs(&fix, docs, n, false, &done);
	assert_int_equal(done, 3);
	assert_int_equal(docs[1].code, ERR_CANNOT_INDEX_PARALLEL_ARRAYS);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': [1]}, {'_id': 3}]");
	n = qf_docs(&fix, "[{'_id': 4}, {'_id': 5, 'a': [1], 'b': [1]}, {'_id': 6}]", &docs);
	qf_insert_docs(&fix, docs, n, true, &done);
	assert_int_equal(done, 2);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': [1]}, {'_id': 3}, {'_id': 4}]");
	qf_check_indexes(&fix);
}

static void changes(void **state)
{
	struct view key;
	bool found;

	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': 2}]"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'a_-1', 'key': {'a': -1}}"), 0);
	key = qf_record_key(&fix, "{'_id': 1}");
	assert_int_equal(qf_change(&fix, key, "{'_id': 1, 'a': [5, 6]}", &found), 0);
	assert_true(found);
	qf_assert_find(
	    &fix, "{'filter': {'a': 6}, 'hint': 'a_-1'}", "[{'_id': 1, 'a': [5, 6]}]");
	qf_assert_find(&fix, "{'filter': {'a': 1}, 'hint': 'a_-1'}", "[]");
	qf_check_indexes(&fix);
	assert_int_equal(
	    qf_change(&fix, key, "{'_id': 9, 'a': 1}", &found), ERR_IMMUTABLE_FIELD);
	assert_int_equal(qf_change(&fix, key, NULL, &found), 0);
	assert_true(found);
	assert_int_equal(qf_change(&fix, key, NULL, &found), 0);
	assert_false(found);
	qf_assert_docs(&fix, "[{'_id': 2, 'a': 2}]");
	qf_check_indexes(&fix);
}

/* Documents as they are stored. */
static void fixed_documents(void **state)
{
	static const struct {
		const char *doc;
		int code;
	} wrong[] = {
	    {"{'_id': [1]}", ERR_INVALID_ID_FIELD},
	    {"{'_id': {'$undefined': true}}", ERR_INVALID_ID_FIELD},
	    {"{'_id': {'$regularExpression': {'pattern': 'a', 'options': ''}}}",
		ERR_INVALID_ID_FIELD},
	    {"{'_id': {'a': 1, '$b': 1}}", ERR_DOLLAR_PREFIXED_FIELD_NAME},
	};
	struct view out;

	assert_int_equal(
	    writer_fix_document(qf_doc(&fix, "{'a': 1}"), &fix.arena, &out, &fix.st), 0);
	assert_int_equal(doc_get(out, "_id").type, TYPE_OBJECT_ID);
	assert_int_equal(doc_count(out), 2);
	assert_int_equal(writer_fix_document(qf_doc(&fix, "{'a': 1, '_id': 5, 'b': 2}"),
			     &fix.arena, &out, &fix.st),
	    0);
	assert_string_equal(json_text(&fix.arena, out),
	    json_text(&fix.arena, qf_doc(&fix, "{'_id': 5, 'a': 1, 'b': 2}")));
	assert_int_equal(
	    writer_fix_document(qf_doc(&fix, "{'_id': {'$timestamp': {'t': 0, 'i': 0}}, "
					     "'a': {'$timestamp': {'t': 0, 'i': 0}}, "
					     "'b': {'c': {'$timestamp': {'t': 0, 'i': 0}}}}"),
		&fix.arena, &out, &fix.st),
	    0);
	assert_int_equal(read_i64(doc_get(out, "_id").data), 0);
	assert_int_not_equal(read_i64(doc_get(out, "a").data), 0);
	assert_int_equal(read_i64(doc_get(value_doc(doc_get(out, "b")), "c").data), 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(
		    writer_fix_document(qf_doc(&fix, wrong[i].doc), &fix.arena, &out, &fix.st),
		    wrong[i].code);
}

static void many_in_groups(void **state)
{
	struct writer_doc docs[1234];
	struct collection *c;
	int done;

	for (int i = 0; i < 1234; i++)
		docs[i] = (struct writer_doc){
		    .doc = qf_doc(&fix, arena_printf(&fix.arena, "{'_id': %d}", i))};
	docs[700].doc = docs[3].doc;
	assert_int_equal(qf_insert_docs(&fix, docs, 1234, true, &done), ERR_DUPLICATE_KEY);
	assert_int_equal(done, 701);
	c = qf_collection(&fix);
	assert_int_equal(atomic_load(&c->live->documents), 700);
	collection_unref(c);
	assert_int_equal(qf_insert_docs(&fix, docs, 1234, false, &done), ERR_DUPLICATE_KEY);
	assert_int_equal(done, 1234);
	c = qf_collection(&fix);
	assert_int_equal(atomic_load(&c->live->documents), 1233);
	collection_unref(c);
	qf_check_indexes(&fix);
}

static void capped_bounds(void **state)
{
	struct create_spec spec = {
	    .db = view_of_str("db"),
	    .name = view_of_str("c"),
	    .options = doc_empty,
	    .record_key = RECORD_KEY_SEQUENCE,
	    .capped = true,
	    .capped_bytes = 4096,
	    .capped_documents = 5,
	};
	char text[5000];
	bool found;

	assert_int_equal(fixture_create_spec(&fix.ddl, &spec), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}}"), 0);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 9, 'a': 1}, {'_id': 2, 'a': 2}, {'_id': 7, 'a': 3}]"), 0);
	qf_assert_find(
	    &fix, "{}", "[{'_id': 9, 'a': 1}, {'_id': 2, 'a': 2}, {'_id': 7, 'a': 3}]");
	/* More at once than it takes. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 10}, {'_id': 11}, {'_id': 12}, {'_id': 13}, "
					 "{'_id': 14}, {'_id': 15}, {'_id': 9}]"),
	    0);
	qf_assert_find(
	    &fix, "{}", "[{'_id': 12}, {'_id': 13}, {'_id': 14}, {'_id': 15}, {'_id': 9}]");
	qf_check_indexes(&fix);
	/* By bytes. */
	snprintf(text, sizeof(text), "[{'_id': 20, 'a': '%03000d'}]", 7);
	assert_int_equal(qf_insert(&fix, text), 0);
	snprintf(text, sizeof(text), "[{'_id': 21, 'a': '%03000d'}]", 7);
	assert_int_equal(qf_insert(&fix, text), 0);
	qf_assert_find(&fix, "{'projection': {'_id': 1}}", "[{'_id': 21}]");
	snprintf(text, sizeof(text), "[{'_id': 22, 'a': '%04500d'}]", 7);
	/* One larger than all that fits is alone, until the next. */
	assert_int_equal(qf_insert(&fix, text), 0);
	qf_assert_find(&fix, "{'projection': {'_id': 1}}", "[{'_id': 22}]");
	/* A change may let one grow; the next insert makes room. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 23}]"), 0);
	snprintf(text, sizeof(text), "{'_id': 23, 'a': '%02000d'}", 7);
	assert_int_equal(qf_change(&fix, qf_record_key(&fix, "{'_id': 23}"), text, &found), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 24}]"), 0);
	qf_assert_find(&fix, "{'projection': {'_id': 1}}", "[{'_id': 23}, {'_id': 24}]");
	qf_check_indexes(&fix);
}

/* The collection goes between two statements of one writer. */
static void dropped_meanwhile(void **state)
{
	struct writer_doc *docs;
	struct writer w;
	int n, done;

	assert_int_equal(qf_insert(&fix, "[{'_id': 1}]"), 0);
	writer_init(&w, fix.store, &fix.op.op);
	assert_int_equal(TEST_OP_RUN(&fix.op, writer_begin(&w, view_of_str("db"),
						  view_of_str("c"), true, &fix.st)),
	    STEP_DONE);
	assert_int_equal(fixture_drop(&fix.ddl, "db", "c"), 0);
	n = qf_docs(&fix, "[{'_id': 2}]", &docs);
	assert_int_equal(
	    TEST_OP_RUN(&fix.op, writer_insert(&w, docs, n, true, &done, &fix.st)), STEP_DONE);
	assert_int_equal(docs[0].code, 0);
	writer_clear(&w);
	qf_assert_docs(&fix, "[{'_id': 2}]");
}

static void no_writing_to_views(void **state)
{
	assert_int_equal(fixture_create_view(&fix.ddl, "db", "c", "other"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1}]"), ERR_COMMAND_NOT_SUPPORTED_ON_VIEW);
}

/* What a retryable statement hears. */
struct listener {
	struct writer_retry retry;
	int noted[8], n_noted, n_put, n_ended, committed;
};

static int listen_note(struct writer_retry *r, int i, struct status *st)
{
	struct listener *l = (struct listener *)r;

	l->noted[l->n_noted++] = i;
	return 0;
}

static int listen_put(struct writer_retry *r, struct batch *b, struct status *st)
{
	((struct listener *)r)->n_put++;
	return 0;
}

static void listen_ended(struct writer_retry *r, bool committed)
{
	((struct listener *)r)->n_ended++;
	((struct listener *)r)->committed += committed;
}

static void retryable(void **state)
{
	struct listener l = {
	    .retry = {.note = listen_note, .put = listen_put, .ended = listen_ended}};
	struct writer_doc *docs;
	struct writer w;
	int n, done;

	writer_init(&w, fix.store, &fix.op.op);
	w.retry = &l.retry;
	assert_int_equal(TEST_OP_RUN(&fix.op, writer_begin(&w, view_of_str("db"),
						  view_of_str("c"), true, &fix.st)),
	    STEP_DONE);
	n = qf_docs(&fix, "[{'_id': 1}, {'_id': 1}, {'_id': 2}]", &docs);
	assert_int_equal(
	    TEST_OP_RUN(&fix.op, writer_insert(&w, docs, n, false, &done, &fix.st)), STEP_DONE);
	assert_int_equal(l.n_noted, 2);
	assert_int_equal(l.noted[0], 0);
	assert_int_equal(l.noted[1], 2);
	assert_int_equal(l.n_put, 1);
	assert_int_equal(l.n_ended, 1);
	assert_int_equal(l.committed, 1);
	assert_true(w.last_sequence > 0);
	status_clear(docs[1].failure);
	writer_clear(&w);
}

/* ------------------------------------------------------------ at the same time */

#define N_THREADS 4
#define N_ROUNDS  60

static _Atomic int won;

static void *insert_same(void *arg)
{
	struct test_op op;
	struct status st;
	struct arena arena;

	test_op_init(&op);
	status_init(&st);
	arena_init(&arena, NULL);
	for (int i = 0; i < N_ROUNDS; i++) {
		struct writer_doc docs[3];
		struct writer w;
		int done;

		for (int k = 0; k < 3; k++)
			docs[k] = (struct writer_doc){
			    .doc = json_doc(&arena, arena_printf(&arena, "{'_id': %d, 'u': %d}",
							i * 3 + (k + i) % 3, i * 3 + k))};
		writer_init(&w, fix.store, &op.op);
		assert_int_equal(TEST_OP_RUN(&op, writer_begin(&w, view_of_str("db"),
						      view_of_str("c"), true, &st)),
		    STEP_DONE);
		assert_int_equal(
		    TEST_OP_RUN(&op, writer_insert(&w, docs, 3, false, &done, &st)), STEP_DONE);
		for (int k = 0; k < 3; k++) {
			won += docs[k].code == 0;
			if (docs[k].failure)
				status_clear(docs[k].failure);
		}
		writer_clear(&w);
	}
	arena_clear(&arena);
	test_op_clear(&op);
	return NULL;
}

/* Raises n of the document by one. */
static int raise(void *arg, struct view current, struct change_result *out, struct status *st)
{
	struct arena *arena = arg;
	int n = read_i32(doc_get(current, "n").data);

	*out = (struct change_result){.what = CHANGE_TO,
	    .doc = json_doc(arena, arena_printf(arena, "{'_id': 'counter', 'n': %d, 'u': %d}",
				       n + 1, -1 - (n + 1)))};
	return 0;
}

static struct view counter_key;

static void *raise_often(void *arg)
{
	struct test_op op;
	struct status st;
	struct arena arena;
	bool found;

	test_op_init(&op);
	status_init(&st);
	arena_init(&arena, NULL);
	for (int i = 0; i < N_ROUNDS; i++) {
		struct writer w;

		writer_init(&w, fix.store, &op.op);
		assert_int_equal(TEST_OP_RUN(&op, writer_begin(&w, view_of_str("db"),
						      view_of_str("c"), false, &st)),
		    STEP_DONE);
		assert_int_equal(TEST_OP_RUN(&op, writer_change(&w, counter_key, raise, &arena,
						      &found, &st)),
		    STEP_DONE);
		assert_true(found);
		writer_clear(&w);
		arena_reset(&arena);
	}
	arena_clear(&arena);
	test_op_clear(&op);
	return NULL;
}

static void many_threads(void **state)
{
	pthread_t threads[2 * N_THREADS];
	const char *want =
	    arena_printf(&fix.arena, "[{'_id': 'counter', 'n': %d}]", N_THREADS * N_ROUNDS);

	won = 0;
	assert_int_equal(qf_insert(&fix, "[{'_id': 'counter', 'n': 0, 'u': -1}]"), 0);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'u_1', 'key': {'u': 1}, 'unique': true}"), 0);
	counter_key = qf_record_key(&fix, "{'_id': 'counter'}");
	for (int i = 0; i < 2 * N_THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, i % 2 ? raise_often : insert_same, NULL),
		    0);
	/* DDL in the middle of it. */
	assert_int_equal(qf_create_index(&fix, "{'name': 'n_1', 'key': {'n': 1}}"), 0);
	for (int i = 0; i < 2 * N_THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(won, 3 * N_ROUNDS);
	qf_check_indexes(&fix);
	qf_assert_find(&fix, "{'filter': {'_id': 'counter'}, 'projection': {'n': 1}}", want);
}

#define BOTH_WAYS(test)                                                                        \
	cmocka_unit_test_setup_teardown(test, setup, teardown),                                \
	    cmocka_unit_test_setup_teardown(test, setup_sequence, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH_WAYS(inserts),
	    BOTH_WAYS(unique_indexes),
	    BOTH_WAYS(unique_from_the_start),
	    BOTH_WAYS(failing_documents),
	    BOTH_WAYS(changes),
	    BOTH_WAYS(many_in_groups),
	    BOTH_WAYS(many_threads),
	    cmocka_unit_test_setup_teardown(fixed_documents, setup, teardown),
	    cmocka_unit_test_setup_teardown(capped_bounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(dropped_meanwhile, setup, teardown),
	    cmocka_unit_test_setup_teardown(no_writing_to_views, setup, teardown),
	    cmocka_unit_test_setup_teardown(retryable, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
