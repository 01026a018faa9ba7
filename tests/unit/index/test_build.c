#include "support/unit.h"

#include "index/entry.h"
#include "support/query_fixture.h"

#define N_DOCS 1700

static struct query_fixture fix;

static int setup(void **state)
{
	struct writer_doc *docs;
	int done;

	query_fixture_init(&fix, false);
	docs = arena_new_array(&fix.arena, N_DOCS, struct writer_doc);
	for (int i = 0; i < N_DOCS; i++)
		docs[i].doc = qf_doc(
		    &fix, arena_printf(&fix.arena,
			      "{'_id': %d, 'a': %d, 'b': [%d, -1], 'c': [1, 2]}", i, i % 7, i));
	assert_int_equal(qf_insert_docs(&fix, docs, N_DOCS, true, &done), 0);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

static int n_indexes(void)
{
	struct collection *c = qf_collection(&fix);
	int n = c->n_indexes;

	collection_unref(c);
	return n;
}

/* In many slices: each one's time is over as soon as it begins. */
static void in_groups(void **state)
{
	const struct index_spec specs[] = {
	    {.name = view_of_str("a"),
		.key = qf_doc(&fix, "{'a': 1, '_id': -1}"),
		.spec = qf_doc(&fix, "{'name': 'a', 'key': {'a': 1, '_id': -1}}"),
		.unique = true},
	    {.name = view_of_str("b"),
		.key = qf_doc(&fix, "{'b': 1}"),
		.spec = qf_doc(&fix, "{'name': 'b', 'key': {'b': 1}}")},
	};
	struct index_fill fill;
	struct index_build b = {.n = 2, .specs = specs, .fill = index_fill_run, .arg = &fill};
	struct collection *c;

	index_fill_init(&fill, fix.store, NULL);
	fix.ddl.op.op.slice_end_us = 1;
	assert_int_equal(
	    FIXTURE_DDL(&fix.ddl, ddl_create_indexes(&d, view_of_str("db"), view_of_str("c"),
				      &b, &fix.ddl.op.op, &fix.ddl.st)),
	    0);
	fix.ddl.op.op.slice_end_us = 0;
	assert_int_equal(fill.documents_total, N_DOCS);
	assert_int_equal(fill.documents_done, N_DOCS);
	/* The document 1 has -1 and 1, each other two keys of b. */
	assert_int_equal(fill.entries, 3 * N_DOCS);
	index_fill_clear(&fill);
	c = qf_collection(&fix);
	assert_int_equal(atomic_load(&collection_index(c, "a")->multikey), 0);
	assert_int_equal(atomic_load(&collection_index(c, "b")->multikey), 1);
	collection_unref(c);
	qf_check_indexes(&fix);
	qf_assert_find(
	    &fix, "{'filter': {'b': 1699}, 'projection': {'_id': 1}}", "[{'_id': 1699}]");
}

static void what_cannot_be(void **state)
{
	assert_int_equal(
	    qf_create_index(&fix, "{'name': 'a', 'key': {'a': 1}, 'unique': true}"),
	    ERR_DUPLICATE_KEY);
	assert_string_equal(fix.st.message,
	    "E11000 duplicate key error collection: db.c index: a dup key: { a: 0 }");
	assert_int_equal(qf_create_index(&fix, "{'name': 'bc', 'key': {'b': 1, 'c': 1}}"),
	    ERR_CANNOT_INDEX_PARALLEL_ARRAYS);
	assert_int_equal(n_indexes(), 0);
	qf_check_indexes(&fix);
}

/* Takes an entry away, or puts one in, behind everybody's back. */
static void damage(const struct index *ix, int32_t value, bool put)
{
	struct batch *b = batch_new(fix.store, NULL);
	struct index_keys keys;
	struct commit commit;
	struct keygen g;
	struct buf key, scratch;
	struct collection *c = qf_collection(&fix);
	struct view doc = qf_doc(&fix, arena_printf(&fix.arena, "{'a': %d}", value));

	keygen_init(&g, NULL);
	buf_init(&key, NULL);
	buf_init(&scratch, NULL);
	record_key_of_id(&key, c, value_make_i32(&fix.arena, 3));
	assert_int_equal(index_keys_make(&g, ix, doc, &fix.arena, &keys, &fix.st), 0);
	(put ? index_entry_put : index_entry_remove)(
	    b, ix, &keys.keys[0], buf_view(&key), &scratch);
	fixture_commit(fix.store, b, &commit);
	batch_free(b);
	buf_clear(&scratch);
	buf_clear(&key);
	keygen_clear(&g);
	collection_unref(c);
}

static struct index_count count(bool *clean)
{
	struct collection *c = qf_collection(&fix);
	struct index_count result;
	struct index_check k;

	index_check_init(&k, fix.store, c, NULL);
	assert_int_equal(
	    TEST_OP_RUN(&fix.op, index_check_run(&k, &fix.op.op, &fix.st)), STEP_DONE);
	result = k.counts[0];
	*clean = index_check_is_clean(&k);
	index_check_clear(&k);
	collection_unref(c);
	return result;
}

static void damage_is_found(void **state)
{
	struct index_count n;
	struct collection *c;
	bool clean;

	assert_int_equal(qf_create_index(&fix, "{'name': 'a_1', 'key': {'a': 1}}"), 0);
	c = qf_collection(&fix);
	n = count(&clean);
	assert_true(clean);
	assert_int_equal(n.keys, N_DOCS);
	damage(c->indexes[0], 77, true);
	n = count(&clean);
	assert_false(clean);
	assert_int_equal(n.entries, N_DOCS + 1);
	assert_int_equal(n.missing, 0);
	damage(c->indexes[0], 3, false);
	n = count(&clean);
	assert_false(clean);
	assert_int_equal(n.missing, 1);
	damage(c->indexes[0], 77, false);
	damage(c->indexes[0], 3, true);
	(void)count(&clean);
	assert_true(clean);
	collection_unref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(in_groups, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_cannot_be, setup, teardown),
	    cmocka_unit_test_setup_teardown(damage_is_found, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
