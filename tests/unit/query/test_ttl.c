/*
 * Which documents a pass removes, and that it comes to an end whatever it finds.
 */
#include "support/unit.h"

#include "index/entry.h"
#include "query/ttl.h"
#include "support/query_fixture.h"

/* Long ago, and not in this century. */
#define OLD    "{'$date': {'$numberLong': '1000'}}"
#define OLDER  "{'$date': {'$numberLong': '-1000'}}"
#define FUTURE "{'$date': {'$numberLong': '4102444800000'}}"

static struct query_fixture fix;

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	assert_int_equal(fixture_create(&fix.ddl, "db", "c"), 0);
	return 0;
}

static int setup_without(void **state)
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

static int64_t pass(void)
{
	struct ttl t;
	int64_t deleted;

	ttl_init(&t, fix.store, &fix.op.op);
	assert_int_equal(TEST_OP_RUN(&fix.op, ttl_pass(&t)), STEP_DONE);
	deleted = t.deleted;
	ttl_clear(&t);
	return deleted;
}

static void what_is_old_goes(void **state)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'd': " OLD "}, {'_id': 2, 'd': " FUTURE "}, "
			    "{'_id': 3}, {'_id': 4, 'd': null}, {'_id': 5, 'd': 5}, "
			    "{'_id': 6, 'd': 'x'}, {'_id': 7, 'd': [" FUTURE ", " OLD "]}, "
			    "{'_id': 8, 'd': [" FUTURE ", 1]}, {'_id': 9, 'd': " OLDER "}, "
			    "{'_id': 10, 'd': [[" OLD "]]}, {'_id': 11, 'd': []}, "
			    "{'_id': 12, 'd': {'$timestamp': {'t': 1, 'i': 1}}}]"),
	    0);
	assert_int_equal(pass(), 0);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 3600}"),
	    0);
	assert_int_equal(pass(), 3);
	qf_assert_find(&fix, "{'projection': {'_id': 1}, 'sort': {'_id': 1}}",
	    "[{'_id': 2}, {'_id': 3}, {'_id': 4}, {'_id': 5}, {'_id': 6}, {'_id': 8}, {'_id': "
	    "10}, {'_id': 11}, {'_id': 12}]");
	qf_check_indexes(&fix);
	assert_int_equal(pass(), 0);
	/* In front of all that has been there. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 20, 'd': " OLDER "}]"), 0);
	assert_int_equal(pass(), 1);
}

static void each_index_has_its_own_age(void **state)
{
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'down', 'key': {'a': -1}, 'hidden': true, "
				  "'expireAfterSeconds': 0}"),
	    0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'some', 'key': {'b.c': 1}, "
					       "'partialFilterExpression': {'on': true}, "
					       "'expireAfterSeconds': 10}"),
	    0);
	/* older than all that is old */
	assert_int_equal(
	    qf_create_index(
		&fix, "{'name': 'long', 'key': {'l': 1}, 'expireAfterSeconds': 2147483647}"),
	    0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'not', 'key': {'n': 1}}"), 0);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': " OLD "}, {'_id': 2, 'a': " FUTURE "}, "
			    "{'_id': 3, 'b': {'c': " OLD "}, 'on': true}, "
			    "{'_id': 4, 'b': {'c': " OLD "}}, {'_id': 5, 'n': " OLD "}, "
			    "{'_id': 6, 'l': " OLD "}, {'_id': 7, 'a': " OLDER "}]"),
	    0);
	assert_int_equal(pass(), 3);
	qf_assert_find(&fix, "{'projection': {'_id': 1}, 'sort': {'_id': 1}}",
	    "[{'_id': 2}, {'_id': 4}, {'_id': 5}, {'_id': 6}]");
	qf_check_indexes(&fix);
}

static void insert_many(int n)
{
	for (int i = 0; i < n;) {
		char *text = arena_strdup(&fix.arena, "");

		for (int k = 0; k < 100; k++, i++)
			text = arena_printf(&fix.arena,
			    "%s%s{'_id': %d, 'd': {'$date': {'$numberLong': '%d'}}}", text,
			    k ? "," : "", i, i);
		assert_int_equal(qf_insert(&fix, arena_printf(&fix.arena, "[%s]", text)), 0);
	}
}

static void many_go_in_batches(void **state)
{
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 1}"),
	    0);
	insert_many(1700);
	assert_int_equal(pass(), 1700);
	qf_assert_docs(&fix, "[]");
}

static void change(const char *id, const char *doc)
{
	struct qf_change ch = {.doc = doc, .arena = &fix.arena};
	struct view key = qf_record_key(&fix, id);
	struct writer w;
	bool found;

	writer_init(&w, fix.store, &fix.op.op);
	assert_int_equal(TEST_OP_RUN(&fix.op, writer_begin(&w, view_of_str("db"),
						  view_of_str("c"), false, &fix.st)),
	    STEP_DONE);
	assert_int_equal(
	    TEST_OP_RUN(&fix.op, writer_change(&w, key, qf_change_fn, &ch, &found, &fix.st)),
	    STEP_DONE);
	assert_true(found);
	writer_clear(&w);
}

/* What a pass does in one slice after the other, with another op than the fixture's. */
struct slices {
	struct ttl ttl;
	struct test_op op;
};

static void begin_slices(struct slices *s)
{
	test_op_init(&s->op);
	s->op.op.slice_end_us = 1; /* always over */
	ttl_init(&s->ttl, fix.store, &s->op.op);
	while (!s->ttl.deleted)
		assert_true(test_op_again(&s->op, ttl_pass(&s->ttl)));
}

static int64_t end_slices(struct slices *s)
{
	int64_t deleted;

	assert_int_equal(TEST_OP_RUN(&s->op, ttl_pass(&s->ttl)), STEP_DONE);
	deleted = s->ttl.deleted;
	ttl_clear(&s->ttl);
	test_op_clear(&s->op);
	return deleted;
}

static void documents_are_asked_once_more(void **state)
{
	struct slices s;

	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 1}"),
	    0);
	insert_many(100);
	begin_slices(&s);
	change("{'_id': 50}", "{'_id': 50, 'd': " FUTURE "}");
	change("{'_id': 51}", "{'_id': 51}");
	change("{'_id': 52}", NULL);
	assert_int_equal(end_slices(&s), 97);
	qf_assert_docs(&fix, "[{'_id': 50, 'd': " FUTURE "}, {'_id': 51}]");
	qf_check_indexes(&fix);
}

static void what_is_gone_is_passed_over(void **state)
{
	static const struct view names[] = {{(const uint8_t *)"d", 1}};
	struct slices s;

	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 1}"),
	    0);
	insert_many(100);
	begin_slices(&s);
	assert_int_equal(
	    FIXTURE_DDL(&fix.ddl, ddl_drop_indexes(&d, view_of_str("db"), view_of_str("c"), 1,
				      names, &fix.ddl.op.op, &fix.ddl.st)),
	    0);
	assert_int_equal(end_slices(&s), 1);
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 1}"),
	    0);
	begin_slices(&s);
	assert_int_equal(fixture_drop(&fix.ddl, "db", "c"), 0);
	assert_int_equal(fixture_create(&fix.ddl, "db", "c"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 50, 'd': " OLD "}]"), 0);
	assert_int_equal(end_slices(&s), 1);
	qf_assert_docs(&fix, "[{'_id': 50, 'd': " OLD "}]");
}

static void it_ends_when_it_is_told(void **state)
{
	struct slices s;
	int64_t deleted;

	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 1}"),
	    0);
	insert_many(100);
	begin_slices(&s);
	deleted = s.ttl.deleted;
	s.ttl.stop = true;
	assert_int_equal(end_slices(&s), deleted);
	begin_slices(&s);
	deleted = s.ttl.deleted;
	op_kill(&s.op.op, ERR_INTERRUPTED_AT_SHUTDOWN);
	assert_int_equal(end_slices(&s), deleted);
}

/* An index that has more than there is does not keep a pass from ending. */
static void entries_of_nothing_are_passed_over(void **state)
{
	struct batch *b = batch_new(fix.store, NULL);
	struct index_keys keys;
	struct commit commit;
	struct collection *c;
	struct keygen g;
	struct buf key, scratch;

	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, 'expireAfterSeconds': 1}"),
	    0);
	c = qf_collection(&fix);
	keygen_init(&g, NULL);
	buf_init(&key, NULL);
	buf_init(&scratch, NULL);
	record_key_of_id(&key, c, value_make_i32(&fix.arena, 77));
	assert_int_equal(index_keys_make(&g, c->indexes[0], qf_doc(&fix, "{'d': " OLD "}"),
			     &fix.arena, &keys, &fix.st),
	    0);
	index_entry_put(b, c->indexes[0], &keys.keys[0], buf_view(&key), &scratch);
	fixture_commit(fix.store, b, &commit);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'd': " OLD "}]"), 0);
	assert_int_equal(pass(), 1);
	batch_free(b);
	buf_clear(&scratch);
	buf_clear(&key);
	keygen_clear(&g);
	collection_unref(c);
}

static void clustered(const char *options, const char *collation)
{
	const struct collator *collator = collation ? qf_collator(&fix, collation) : NULL;

	assert_int_equal(
	    fixture_create_spec(
		&fix.ddl, &(struct create_spec){.db = view_of_str("db"),
			      .name = view_of_str("c"),
			      .options = qf_doc(&fix, options),
			      .collation = collator ? collation_document(collator) : doc_empty,
			      .record_key = RECORD_KEY_ID}),
	    0);
	assert_int_equal(qf_insert(&fix, "[{'_id': " OLD "}, {'_id': " FUTURE "}, {'_id': 5}, "
					 "{'_id': " OLDER "}]"),
	    0);
}

static void clustered_collections_have_an_age(void **state)
{
	clustered(
	    "{'clusteredIndex': {'v': 2, 'key': {'_id': 1}, 'name': 'x', 'unique': true}, "
	    "'expireAfterSeconds': {'$numberLong': '10'}}",
	    NULL);
	assert_int_equal(pass(), 2);
	qf_assert_docs(&fix, "[{'_id': 5}, {'_id': " FUTURE "}]");
	assert_int_equal(fixture_drop(&fix.ddl, "db", "c"), 0);
	clustered(
	    "{'clusteredIndex': {'v': 2, 'key': {'_id': 1}, 'name': 'x', 'unique': true}, "
	    "'expireAfterSeconds': {'$numberLong': '10'}}",
	    "{'locale': 'en'}");
	assert_int_equal(pass(), 2);
	qf_assert_docs(&fix, "[{'_id': 5}, {'_id': " FUTURE "}]");
	assert_int_equal(fixture_drop(&fix.ddl, "db", "c"), 0);
	clustered(
	    "{'clusteredIndex': {'v': 2, 'key': {'_id': 1}, 'name': 'x', 'unique': true}}",
	    NULL);
	assert_int_equal(pass(), 0);
}

static int make_series(const char *options)
{
	return fixture_create_spec(&fix.ddl, &(struct create_spec){.db = view_of_str("db"),
						 .name = view_of_str("c"),
						 .options = qf_doc(&fix, options),
						 .kind = KIND_TIMESERIES,
						 .record_key = RECORD_KEY_TIME});
}

static void time_series_have_an_age(void **state)
{
	assert_int_equal(make_series("{'timeseries': {'timeField': 'd', 'metaField': 'm'}, "
				     "'expireAfterSeconds': {'$numberLong': '10'}}"),
	    0);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'd': " FUTURE "}, {'_id': 1, 'd': " OLD
			    "}, {'_id': 1, 'd': " OLD "}, {'_id': 2, 'd': " OLDER "}]"),
	    0);
	assert_int_equal(pass(), 3);
	qf_assert_docs(&fix, "[{'d': " FUTURE ", '_id': 1}]");
	/* In front of all that has been there. */
	assert_int_equal(qf_insert(&fix, "[{'_id': 3, 'd': " OLDER "}]"), 0);
	assert_int_equal(pass(), 1);
	assert_int_equal(fixture_drop(&fix.ddl, "db", "c"), 0);

	/* Only some series, by an index. */
	assert_int_equal(
	    make_series("{'timeseries': {'timeField': 'd', 'metaField': 'm'}}"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'd', 'key': {'d': 1}, "
					       "'partialFilterExpression': {'m': 1}, "
					       "'expireAfterSeconds': 10}"),
	    0);
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'm': 1, 'd': " FUTURE "}, {'_id': 2, 'm': 1, 'd': " OLD
			    "}, {'_id': 3, 'm': 2, 'd': " OLD "}]"),
	    0);
	assert_int_equal(pass(), 1);
	qf_assert_find(&fix, "{'projection': {'_id': 1}}", "[{'_id': 3}, {'_id': 1}]");
	qf_check_indexes(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_old_goes, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_old_goes, setup_sequence, teardown),
	    cmocka_unit_test_setup_teardown(each_index_has_its_own_age, setup, teardown),
	    cmocka_unit_test_setup_teardown(many_go_in_batches, setup, teardown),
	    cmocka_unit_test_setup_teardown(documents_are_asked_once_more, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_gone_is_passed_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(it_ends_when_it_is_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		entries_of_nothing_are_passed_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		clustered_collections_have_an_age, setup_without, teardown),
	    cmocka_unit_test_setup_teardown(time_series_have_an_age, setup_without, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
