#include "support/unit.h"

#include "storage/engine.h"
#include "support/ddl_fixture.h"

/* Puts {v: version} as a row behind the catalog's back. */
static void put_row(struct ddl_fixture *f, enum system_table table, const char *key,
    size_t key_len, int version)
{
	struct batch *b = batch_new(f->store.store, NULL);
	struct commit commit;
	struct builder d;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&d, &buf);
	builder_i32(&d, "v", version);
	builder_finish(&d);
	batch_put_row(b, table, view_of(key, key_len), builder_view(&d));
	fixture_commit(f->store.store, b, &commit);
	buf_clear(&buf);
	batch_free(b);
}

static void assert_opening_fails(struct ddl_fixture *f, int code)
{
	store_close(f->store.store);
	f->store.store = NULL;
	assert_int_equal(store_open(&f->store.options, &f->store.store, &f->st), code);
	assert_null(f->store.store);
	assert_true(f->st.message[0]);
	status_clear(&f->st);
	test_op_clear(&f->op);
	fixture_remove_tree(f->store.dir);
}

static void an_unknown_format_is_refused(void **state)
{
	static const struct {
		enum system_table table;
		int version;
	} cases[] = {
	    {TABLE_TABLE, 0}, {TABLE_TABLE, 3}, {TABLE_NAMESPACE, 2}, {TABLE_INDEX, 3}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ddl_fixture f;

		ddl_fixture_init(&f);
		put_row(&f, cases[i].table, "\0\0\0\1\0\0\0\2",
		    cases[i].table == TABLE_INDEX ? 8 : 4, cases[i].version);
		assert_opening_fails(&f, ERR_UNSUPPORTED_FORMAT);
	}
}

static void fields_that_are_missing(void **state)
{
	static const enum system_table tables[] = {
	    TABLE_NAMESPACE, TABLE_TABLE, TABLE_SEQUENCE};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct ddl_fixture f;

		ddl_fixture_init(&f);
		put_row(&f, tables[i], "\0\0\0\1", 4, 1);
		assert_opening_fails(&f, ERR_INTERNAL_ERROR);
	}
}

static void keys_of_another_length(void **state)
{
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	put_row(&f, TABLE_INDEX, "\0\0\0\1", 4, 1);
	assert_opening_fails(&f, ERR_INTERNAL_ERROR);
}

static void a_collection_without_its_database(void **state)
{
	struct ddl_fixture f;
	struct commit commit;
	struct batch *b;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	b = batch_new(f.store.store, NULL);
	batch_remove_row(b, TABLE_NAMESPACE, view_of("\0\0\0\1", 4));
	fixture_commit(f.store.store, b, &commit);
	batch_free(b);
	assert_opening_fails(&f, ERR_INTERNAL_ERROR);
}

static void an_index_without_its_collection(void **state)
{
	struct ddl_fixture f;
	struct commit commit;
	struct batch *b;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create_capped(&f, "db", "c"), 0);
	b = batch_new(f.store.store, NULL);
	batch_remove_row(b, TABLE_TABLE, view_of("\0\0\0\1", 4));
	fixture_commit(f.store.store, b, &commit);
	batch_free(b);
	assert_opening_fails(&f, ERR_INTERNAL_ERROR);
}

/* As after a crash: nothing has been put into the counters' rows since the
 * records were inserted and removed. */
static void no_record_key_is_given_out_twice(void **state)
{
	struct ddl_fixture f;
	struct collection *c;
	struct commit commit;
	struct batch *b;
	int64_t next;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create_capped(&f, "db", "c"), 0);
	fixture_reopen(&f.store); /* puts the counters */
	c = fixture_find(&f, "db", "c");
	fixture_insert(&f, c, 1, 7);
	next = c->live->next_sequence;
	b = batch_new(f.store.store, NULL);
	batch_remove_records(b, c);
	fixture_commit(f.store.store, b, &commit);
	batch_free(b);
	/* What closing puts then says nothing of the seven. */
	c->live->next_sequence = 1;
	collection_unref(c);
	f.store.store->counts.written = store_latest_sequence(f.store.store);
	fixture_reopen(&f.store);
	c = fixture_find(&f, "db", "c");
	assert_true(c->live->next_sequence >= next);
	assert_int_equal(c->live->documents, 0);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

static void the_sequence_goes_on_behind_the_last_record(void **state)
{
	struct ddl_fixture f;
	struct collection *c;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create_capped(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	fixture_insert(&f, c, 1, 7);
	c->live->next_sequence = 1; /* a row that says less than there is */
	collection_unref(c);
	fixture_reopen(&f.store);
	c = fixture_find(&f, "db", "c");
	assert_true(c->live->next_sequence >= 8);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unknown_format_is_refused),
	    cmocka_unit_test(fields_that_are_missing),
	    cmocka_unit_test(keys_of_another_length),
	    cmocka_unit_test(a_collection_without_its_database),
	    cmocka_unit_test(an_index_without_its_collection),
	    cmocka_unit_test(the_sequence_goes_on_behind_the_last_record),
	    cmocka_unit_test(no_record_key_is_given_out_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
