#include "support/unit.h"

#include <stdlib.h>

#include "index/entry.h"
#include "support/query_fixture.h"

#define N_DOCS 1700

static struct query_fixture fix;

static int setup_documents(bool sequence)
{
	struct writer_doc *docs;
	int done;

	query_fixture_init(&fix, sequence);
	docs = arena_new_array(&fix.arena, N_DOCS, struct writer_doc);
	for (int i = 0; i < N_DOCS; i++)
		docs[i].doc = qf_doc(
		    &fix, arena_printf(&fix.arena,
			      "{'_id': %d, 'a': %d, 'b': [%d, -1], 'c': [1, 2]}", i, i % 7, i));
	assert_int_equal(qf_insert_docs(&fix, docs, N_DOCS, true, &done), 0);
	return 0;
}

static int setup(void **state)
{
	return setup_documents(false);
}

static int setup_sequence(void **state)
{
	return setup_documents(true);
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
	struct index_build b;
	struct collection *c;

	index_fill_init(&fill, fix.store, NULL);
	b = index_fill_build(&fill, 2, specs);
	fix.ddl.op.op.slice_end_us = 1;
	assert_int_equal(
	    FIXTURE_DDL(&fix.ddl, ddl_create_indexes(&d, view_of_str("db"), view_of_str("c"),
				      &b, &fix.ddl.op.op, &fix.ddl.st)),
	    0);
	fix.ddl.op.op.slice_end_us = 0;
	assert_int_equal(fill.documents, N_DOCS);
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

/* ---- a build step by step, and writers between the steps */

struct under_way {
	struct index_spec specs[3];
	struct index_fill fill;
	struct index_build b;
	struct ddl d;
};

static void begin(struct under_way *u, int n, const char *const *specs)
{
	for (int i = 0; i < n; i++) {
		struct view spec = qf_doc(&fix, specs[i]);

		u->specs[i] = (struct index_spec){.name = value_str(doc_get(spec, "name")),
		    .key = value_doc(doc_get(spec, "key")),
		    .spec = spec,
		    .unique = value_truthy(doc_get(spec, "unique")),
		    .sparse = value_truthy(doc_get(spec, "sparse"))};
	}
	index_fill_init(&u->fill, fix.store, NULL);
	u->fill.sort_bytes = 64 * 1024; /* they spill, and make table files */
	u->b = index_fill_build(&u->fill, n, u->specs);
	ddl_init(&u->d, fix.store);
	status_clear(&fix.ddl.st);
	fix.ddl.op.op.slice_end_us = 1;
}

static enum step go_on(struct under_way *u)
{
	return ddl_create_indexes(
	    &u->d, view_of_str("db"), view_of_str("c"), &u->b, &fix.ddl.op.op, &fix.ddl.st);
}

/* Until the snapshot is taken. */
static void until_it_scans(struct under_way *u)
{
	while (!u->fill.documents)
		assert_true(test_op_again(&fix.ddl.op, go_on(u)));
}

static int end(struct under_way *u)
{
	enum step step = TEST_OP_RUN(&fix.ddl.op, go_on(u));

	assert_int_equal(step, fix.ddl.st.code ? STEP_ERROR : STEP_DONE);
	ddl_clear(&u->d);
	index_fill_clear(&u->fill);
	fix.ddl.op.op.slice_end_us = 0;
	return fix.ddl.st.code;
}

static int change(int id, const char *doc)
{
	bool found;

	return qf_change(&fix, qf_record_key(&fix, arena_printf(&fix.arena, "{'_id': %d}", id)),
	    doc, &found);
}

static int insert(const char *doc)
{
	return qf_insert(&fix, arena_printf(&fix.arena, "[%s]", doc));
}

static const char *random_doc(int id)
{
	switch (rand() % 4) {
	case 0:
		return arena_printf(&fix.arena, "{'_id': %d, 'a': [%d, %d, 'x'], 'b': %d}", id,
		    rand() % 9, rand() % 9, rand() % 3);
	case 1:
		return arena_printf(&fix.arena, "{'_id': %d, 'b': %d.0}", id, rand() % 3);
	case 2:
		return arena_printf(&fix.arena, "{'_id': %d, 'a': null}", id);
	default:
		return arena_printf(&fix.arena, "{'_id': %d, 'a': %d, 'b': {'c': %d}}", id,
		    rand() % 9, rand() % 9);
	}
}

/* Existing ones, removed ones and new ones. */
static void write_at_random(void)
{
	int id = rand() % (N_DOCS + 200), code;

	if (qf_record_key(&fix, arena_printf(&fix.arena, "{'_id': %d}", id)).len == 0)
		code = insert(random_doc(id));
	else
		code = change(id, rand() % 3 ? random_doc(id) : NULL);
	assert_int_equal(code, 0);
}

static void while_others_write(void **state)
{
	static const char *const specs[] = {"{'name': 'a', 'key': {'a': 1, 'b': -1}}",
	    "{'name': 'u', 'key': {'_id': -1, 'a': 1}, 'unique': true}",
	    "{'name': 'b', 'key': {'b': 1}, 'sparse': true}"};

	for (unsigned int seed = 1; seed <= 6; seed++) {
		struct under_way u;
		struct collection *c;
		int writes = 0;

		srand(seed);
		begin(&u, 3, specs);
		if (seed % 2)
			u.fill.sort_bytes = 0; /* all in memory, and in batches */
		while (test_op_again(&fix.ddl.op, go_on(&u))) {
			/* Under the fence they would wait, in this very thread. */
			for (int i = rand() % 4; i > 0 && !u.d.fenced; i--, writes++)
				write_at_random();
		}
		assert_true(writes > 20);
		assert_true(u.fill.changes > 20);
		assert_true(seed % 2 ? u.fill.spills == 0 : u.fill.spills > 2);
		assert_int_equal(end(&u), 0);
		c = qf_collection(&fix);
		assert_int_equal(c->n_indexes, c->n_written);
		assert_non_null(collection_index(c, "b"));
		assert_int_equal(atomic_load(&collection_index(c, "a")->multikey), 3);
		collection_unref(c);
		qf_check_indexes(&fix);
		for (int i = 0; i < 3; i++) {
			const struct view name = u.specs[i].name;

			assert_int_equal(
			    FIXTURE_DDL(&fix.ddl,
				ddl_drop_indexes(&d, view_of_str("db"), view_of_str("c"), 1,
				    &name, &fix.ddl.op.op, &fix.ddl.st)),
			    0);
		}
	}
}

/* Two documents may have a key meanwhile; what counts is what is there at the end. */
static void unique_in_the_end(void **state)
{
	static const char *const specs[] = {"{'name': 'u', 'key': {'u': 1}, 'unique': true, "
					    "'sparse': true}"};
	struct under_way u;

	assert_int_equal(insert("{'_id': 5000, 'u': 1}"), 0);
	assert_int_equal(insert("{'_id': 5001, 'u': 1}"), 0);
	begin(&u, 1, specs);
	until_it_scans(&u);
	assert_int_equal(insert("{'_id': 5002, 'u': 2}"), 0);
	assert_int_equal(insert("{'_id': 5003, 'u': [2, 3]}"), 0);
	assert_int_equal(change(5001, NULL), 0);
	assert_int_equal(change(5003, "{'_id': 5003, 'u': 3}"), 0);
	assert_int_equal(end(&u), 0);
	qf_check_indexes(&fix);
	assert_int_equal(insert("{'_id': 5004, 'u': 3}"), ERR_DUPLICATE_KEY);
	assert_int_equal(insert("{'_id': 5005, 'u': 1}"), ERR_DUPLICATE_KEY);
	assert_int_equal(insert("{'_id': 5006, 'u': 4}"), 0);
}

static void not_unique_in_the_end(void **state)
{
	static const char *const specs[] = {"{'name': 'u', 'key': {'u': 1}, 'unique': true, "
					    "'sparse': true}",
	    "{'name': 'a', 'key': {'a': 1}}"};
	struct under_way u;

	assert_int_equal(insert("{'_id': 5000, 'u': 1}"), 0);
	begin(&u, 2, specs);
	until_it_scans(&u);
	assert_int_equal(insert("{'_id': 5001, 'u': 1.0}"), 0);
	assert_int_equal(end(&u), ERR_DUPLICATE_KEY);
	assert_string_equal(fix.ddl.st.message,
	    "E11000 duplicate key error collection: db.c index: u dup key: { u: 1.0 }");
	assert_string_equal(
	    json_text(&fix.arena, view_of(fix.ddl.st.extra, fix.ddl.st.extra_len)),
	    json_text(
		&fix.arena, qf_doc(&fix, "{'keyPattern': {'u': 1}, 'keyValue': {'u': 1.0}}")));
	assert_int_equal(n_indexes(), 0);
	qf_check_indexes(&fix);
}

static void what_an_index_under_way_cannot_take(void **state)
{
	static const char *const specs[] = {"{'name': 'bc', 'key': {'x': 1, 'y': 1}}"};
	struct under_way u;

	assert_int_equal(insert("{'_id': -1, 'x': [1], 'y': [1]}"), 0);
	begin(&u, 1, specs);
	/* The document is not in the snapshot. */
	while (!u.d.building)
		assert_true(test_op_again(&fix.ddl.op, go_on(&u)));
	assert_int_equal(
	    insert("{'_id': 5000, 'x': [1], 'y': [1]}"), ERR_CANNOT_INDEX_PARALLEL_ARRAYS);
	assert_int_equal(
	    change(7, "{'_id': 7, 'x': [1], 'y': [1]}"), ERR_CANNOT_INDEX_PARALLEL_ARRAYS);
	assert_int_equal(change(-1, "{'_id': -1, 'x': [1], 'y': 1}"), 0);
	assert_int_equal(end(&u), 0);
	qf_check_indexes(&fix);
}

/* The directory of its files has gone: so the sort cannot spill, or no table file be made. */
static void fails_without_a_directory(size_t sort_bytes)
{
	static const char *const specs[] = {"{'name': 'a', 'key': {'a': 1}}"};
	const char *dir = store_spill_dir(fix.store);
	const char *away = arena_printf(&fix.arena, "%s-away", dir);
	struct under_way u;

	begin(&u, 1, specs);
	u.fill.sort_bytes = sort_bytes;
	until_it_scans(&u);
	assert_int_equal(rename(dir, away), 0);
	assert_int_not_equal(end(&u), 0);
	assert_int_equal(rename(away, dir), 0);
	assert_int_equal(n_indexes(), 0);
	qf_check_indexes(&fix);
	assert_int_equal(qf_create_index(&fix, "{'name': 'a', 'key': {'a': 1}}"), 0);
	qf_check_indexes(&fix);
	assert_int_equal(
	    FIXTURE_DDL(&fix.ddl, ddl_drop_indexes(&d, view_of_str("db"), view_of_str("c"), 1,
				      &u.specs[0].name, &fix.ddl.op.op, &fix.ddl.st)),
	    0);
}

static void a_disk_that_fails(void **state)
{
	char pad[2048];

	fails_without_a_directory(16 * 1024);
	/* More than goes in by a batch, and nothing to spill. */
	memset(pad, 'p', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = 0;
	for (int i = 0; i < 700; i++)
		assert_int_equal(
		    insert(arena_printf(&fix.arena, "{'_id': %d, 'a': '%s'}", 6000 + i, pad)),
		    0);
	fails_without_a_directory(0);
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
	    cmocka_unit_test_setup_teardown(while_others_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(while_others_write, setup_sequence, teardown),
	    cmocka_unit_test_setup_teardown(unique_in_the_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(not_unique_in_the_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_an_index_under_way_cannot_take, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_disk_that_fails, setup, teardown),
	    cmocka_unit_test_setup_teardown(damage_is_found, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
