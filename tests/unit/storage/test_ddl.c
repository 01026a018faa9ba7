#include "support/unit.h"

#include "bson/validate.h"
#include "support/ddl_fixture.h"

static struct view number_doc(struct buf *b, const char *name, int32_t n)
{
	struct builder d;

	buf_init(b, NULL);
	builder_init(&d, b);
	builder_i32(&d, name, n);
	builder_finish(&d);
	return builder_view(&d);
}

static bool append_name(void *arg, struct collection *c)
{
	buf_printf(arg, "%s ", c->ns);
	return true;
}

static void assert_names(struct ddl_fixture *f, const char *db, const char *want)
{
	struct buf b;

	buf_init(&b, NULL);
	catalog_each(fixture_catalog(f), view_of_str(db), append_name, &b);
	buf_append_byte(&b, 0);
	assert_string_equal(b.data, want);
	buf_clear(&b);
}

static bool has_record(struct ddl_fixture *f, struct collection *c, int64_t id)
{
	struct status st;
	struct pinned p;
	struct buf key, doc;
	int r;

	status_init(&st);
	buf_init(&key, NULL);
	buf_init(&doc, NULL);
	record_key_of_id(&key, c, doc_get(fake_doc(&doc, id, 0), "_id"));
	r = record_get(f->store.store, NULL, c, buf_view(&key), READ_ANY, &p, &st);
	if (r == 0)
		pinned_release(&p);
	buf_clear(&key);
	buf_clear(&doc);
	return r == 0;
}

static void the_spec_of_the_id_index(void **state)
{
	assert_int_equal(bson_check(id_index_spec, NULL), 0);
	assert_int_equal(doc_count(id_index_spec), 3);
	assert_true(view_equal(value_str(doc_get(id_index_spec, "name")), view_of_str("_id_")));
}

static void a_collection_is_found_in_every_way(void **state)
{
	uint8_t uuid[16] = {1, 2, 3};
	struct collection *c, *again;
	struct ddl_fixture f;
	struct buf options;
	struct create_spec spec = {.db = view_of_str("db"),
	    .name = view_of_str("a.b"),
	    .uuid = uuid,
	    .pre_images = true};

	ddl_fixture_init(&f);
	spec.options = number_doc(&options, "x", 5);
	assert_false(catalog_database_exists(fixture_catalog(&f), view_of_str("db")));
	assert_int_equal(fixture_create_spec(&f, &spec), 0);
	assert_true(catalog_database_exists(fixture_catalog(&f), view_of_str("db")));
	for (int opened = 0; opened < 2; opened++) {
		struct catalog *cat = fixture_catalog(&f);

		c = fixture_find(&f, "db", "a.b");
		assert_string_equal(c->ns, "db.a.b");
		assert_string_equal(c->db, "db");
		assert_memory_equal(c->uuid, uuid, 16);
		assert_true(view_equal(c->options, spec.options));
		assert_true(c->pre_images && !c->capped && !c->temp);
		assert_int_equal(c->version, 1);
		assert_int_equal(c->record_key, RECORD_KEY_ID);
		assert_int_equal(collection_count_indexes(c), 1);
		assert_true(collection_is_current(c));
		again = catalog_find_table(cat, c->table_id);
		assert_ptr_equal(again, c);
		collection_unref(again);
		again = catalog_find_uuid(cat, view_of_str("db"), uuid);
		assert_ptr_equal(again, c);
		collection_unref(again);
		assert_null(catalog_find_uuid(cat, view_of_str("other"), uuid));
		assert_null(catalog_find(cat, view_of_str("db.a"), view_of_str("b")));
		assert_null(catalog_find(cat, view_of_str("db"), view_of_str("a")));
		collection_unref(c);
		if (!opened)
			fixture_reopen(&f.store);
	}
	buf_clear(&options);
	ddl_fixture_clear(&f);
}

static void names_come_sorted(void **state)
{
	struct view_list list;
	struct ddl_fixture f;
	struct arena a;

	ddl_fixture_init(&f);
	arena_init(&a, NULL);
	assert_int_equal(fixture_create(&f, "b", "y"), 0);
	assert_int_equal(fixture_create(&f, "b", "x"), 0);
	assert_int_equal(fixture_create(&f, "a", "z"), 0);
	assert_int_equal(fixture_create_view(&f, "b", "v", "x"), 0);
	for (int opened = 0; opened < 2; opened++) {
		assert_names(&f, "", "a.z b.system.views b.v b.x b.y ");
		assert_names(&f, "b", "b.system.views b.v b.x b.y ");
		assert_names(&f, "c", "");
		list = catalog_databases(fixture_catalog(&f), &a);
		assert_int_equal(list.n, 2);
		assert_true(view_equal(list.names[0], view_of_str("a")));
		assert_true(view_equal(list.names[1], view_of_str("b")));
		fixture_reopen(&f.store);
	}
	arena_clear(&a);
	ddl_fixture_clear(&f);
}

static void creation_is_refused(void **state)
{
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	assert_int_equal(fixture_create(&f, "db", "c"), ERR_NAMESPACE_EXISTS);
	assert_int_equal(fixture_create_view(&f, "db", "c", "x"), ERR_NAMESPACE_EXISTS);
	assert_int_equal(fixture_create(&f, "DB", "c"), ERR_DATABASE_DIFFER_CASE);
	assert_int_equal(fixture_create(&f, "db", "C"), 0);
	assert_int_equal(fixture_create(&f, "db", "$x"), ERR_INVALID_NAMESPACE);
	assert_int_equal(fixture_create(&f, "db", "system.x"), ERR_INVALID_NAMESPACE);
	assert_int_equal(fixture_create(&f, "db", "system.buckets.x"), ERR_ILLEGAL_OPERATION);
	/* Nothing of it has come into the store. */
	fixture_reopen(&f.store);
	assert_names(&f, "", "db.C db.c ");
	ddl_fixture_clear(&f);
}

static void a_capped_collection_keeps_its_order(void **state)
{
	struct ddl_fixture f;
	struct collection *c;
	int64_t next;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create_capped(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	fixture_insert(&f, c, 1, 10);
	next = c->live->next_sequence;
	assert_int_equal(next, 11);
	collection_unref(c);
	fixture_reopen(&f.store);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->record_key, RECORD_KEY_SEQUENCE);
	assert_true(c->capped);
	assert_int_equal(c->capped_bytes, 4096);
	assert_int_equal(c->capped_documents, 7);
	assert_true(c->live->next_sequence >= next);
	assert_int_equal(collection_count_indexes(c), 1);
	assert_int_equal(c->n_indexes, 1);
	assert_true(c->indexes[0]->is_id && c->indexes[0]->unique);
	assert_int_equal(c->indexes[0]->layout, LAYOUT_UNIQUE);
	assert_string_equal(c->indexes[0]->name, "_id_");
	assert_int_equal(c->indexes[0]->n_fields, 1);
	assert_non_null(c->indexes[0]->family);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

static void dropping_removes_all(void **state)
{
	struct ddl_fixture f;
	struct collection *c;
	uint32_t table, space;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	table = c->table_id;
	space = c->namespace_id;
	fixture_insert(&f, c, 1, 3);
	assert_true(has_record(&f, c, 2));
	assert_int_equal(fixture_drop(&f, "db", "c"), 0);
	assert_int_equal(f.indexes_before, 1);
	assert_false(collection_is_current(c));
	assert_int_equal(fence_enter(c), ERR_ABSENT);
	assert_false(has_record(&f, c, 2));
	assert_false(catalog_database_exists(fixture_catalog(&f), view_of_str("db")));
	assert_int_equal(fixture_drop(&f, "db", "c"), ERR_NAMESPACE_NOT_FOUND);
	collection_unref(c);

	/* Ids are never used again, not even after another start. */
	fixture_reopen(&f.store);
	assert_names(&f, "", "");
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	assert_true(c->table_id > table);
	assert_true(c->namespace_id > space);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

static void dropping_a_database(void **state)
{
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_drop_database(&f, "db"), 0);
	assert_int_equal(f.dropped, 0);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	assert_int_equal(fixture_create_capped(&f, "db", "d"), 0);
	assert_int_equal(fixture_create_view(&f, "db", "v", "c"), 0);
	assert_int_equal(fixture_create(&f, "other", "c"), 0);
	assert_int_equal(fixture_drop_database(&f, "db"), 0);
	assert_int_equal(f.dropped, 4); /* with system.views */
	assert_names(&f, "", "other.c ");
	fixture_reopen(&f.store);
	assert_names(&f, "", "other.c ");
	ddl_fixture_clear(&f);
}

static void temporary_collections_do_not_outlive_the_store(void **state)
{
	struct create_spec spec = {.db = view_of_str("db"), .temp = true};
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	for (int i = 0; i < 10; i++) {
		char name[16];

		snprintf(name, sizeof(name), "t%d", i);
		spec.name = view_of_str(name);
		assert_int_equal(fixture_create_spec(&f, &spec), 0);
	}
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	fixture_reopen(&f.store);
	assert_names(&f, "", "db.c ");
	ddl_fixture_clear(&f);
}

static void renaming_within_a_database(void **state)
{
	struct collection *before, *after;
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "a"), 0);
	before = fixture_find(&f, "db", "a");
	fixture_insert(&f, before, 1, 3);
	assert_int_equal(fixture_rename(&f, "db", "a", "db", "b", false), 0);
	assert_names(&f, "", "db.b ");
	after = fixture_find(&f, "db", "b");
	assert_memory_equal(after->uuid, before->uuid, 16);
	assert_int_equal(after->table_id, before->table_id);
	assert_int_equal(after->version, before->version + 1);
	assert_ptr_equal(after->live, before->live);
	assert_false(collection_is_current(before));
	assert_true(collection_is_current(after));
	assert_true(has_record(&f, after, 3));
	collection_unref(before);
	collection_unref(after);
	ddl_fixture_clear(&f);
}

static void renaming_across_databases(void **state)
{
	struct collection *before, *after;
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "from", "a"), 0);
	before = fixture_find(&f, "from", "a");
	fixture_insert(&f, before, 1, 3);
	assert_int_equal(
	    fixture_rename(&f, "from", "a", "FROM", "a", false), ERR_DATABASE_DIFFER_CASE);
	assert_int_equal(fixture_rename(&f, "from", "a", "to", "b", false), 0);
	for (int opened = 0; opened < 2; opened++) {
		assert_names(&f, "", "to.b ");
		assert_false(catalog_database_exists(fixture_catalog(&f), view_of_str("from")));
		after = fixture_find(&f, "to", "b");
		assert_memory_not_equal(after->uuid, before->uuid, 16);
		assert_int_equal(after->namespace_id, before->namespace_id);
		assert_int_not_equal(after->database_id, before->database_id);
		assert_true(has_record(&f, after, 1));
		assert_int_equal(after->version, 2);
		collection_unref(after);
		if (opened)
			break;
		/* The database may come back: it is another one then. */
		assert_int_equal(fixture_create(&f, "from", "a"), 0);
		after = fixture_find(&f, "from", "a");
		assert_int_not_equal(after->namespace_id, before->namespace_id);
		collection_unref(after);
		assert_int_equal(fixture_drop(&f, "from", "a"), 0);
		fixture_reopen(&f.store);
	}
	collection_unref(before);
	ddl_fixture_clear(&f);
}

static void renaming_onto_another(void **state)
{
	struct collection *target, *c;
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "a"), 0);
	assert_int_equal(fixture_create_capped(&f, "db", "b"), 0);
	assert_int_equal(fixture_create_view(&f, "db", "v", "a"), 0);
	target = fixture_find(&f, "db", "b");
	assert_int_equal(fixture_rename(&f, "db", "a", "db", "b", false), ERR_NAMESPACE_EXISTS);
	assert_int_equal(fixture_rename(&f, "db", "a", "db", "v", true), ERR_NAMESPACE_EXISTS);
	assert_int_equal(
	    fixture_rename(&f, "db", "v", "db", "w", false), ERR_COMMAND_NOT_SUPPORTED_ON_VIEW);
	assert_int_equal(
	    fixture_rename(&f, "db", "x", "db", "y", false), ERR_NAMESPACE_NOT_FOUND);
	assert_int_equal(fixture_rename(&f, "db", "a", "db", "a", true), ERR_ILLEGAL_OPERATION);
	assert_true(collection_is_current(target));
	assert_int_equal(fence_enter(target), 0);
	fence_leave(target);
	assert_int_equal(fixture_rename(&f, "db", "a", "db", "b", true), 0);
	assert_true(target->live->dropped);
	collection_unref(target);
	fixture_reopen(&f.store);
	assert_names(&f, "", "db.b db.system.views db.v ");
	c = fixture_find(&f, "db", "b");
	assert_false(c->capped);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

static void a_rename_ends_being_temporary(void **state)
{
	struct create_spec spec = {
	    .db = view_of_str("db"), .name = view_of_str("a"), .temp = true};
	struct ddl_fixture f;
	struct collection *c;
	struct buf options;

	ddl_fixture_init(&f);
	spec.options = number_doc(&options, "temp", 1);
	assert_int_equal(fixture_create_spec(&f, &spec), 0);
	assert_int_equal(FIXTURE_DDL(&f, ddl_rename(&d, spec.db, spec.name, spec.db,
					     view_of_str("b"), false, true, &f.op.op, &f.st)),
	    0);
	c = fixture_find(&f, "db", "b");
	assert_true(c->temp);
	collection_unref(c);
	assert_int_equal(fixture_rename(&f, "db", "b", "db", "c", false), 0);
	c = fixture_find(&f, "db", "c");
	assert_false(c->temp);
	assert_true(doc_is_empty(c->options));
	collection_unref(c);
	buf_clear(&options);
	ddl_fixture_clear(&f);
}

struct fixed_maker {
	struct options_maker maker;
	struct options_change change;
};

static int make_fixed(struct options_maker *m, const struct collection *c,
    struct options_change *out, struct status *st)
{
	*out = ((struct fixed_maker *)m)->change;
	return 0;
}

static int change_options(struct ddl_fixture *f, const struct options_change *change)
{
	struct fixed_maker m = {{make_fixed}, *change};

	return FIXTURE_DDL(f, ddl_set_options(&d, view_of_str("db"), view_of_str("c"), &m.maker,
				  &f->op.op, &f->st));
}

static int set_options(struct ddl_fixture *f, const struct create_spec *spec)
{
	return change_options(f, &(struct options_change){.spec = *spec});
}

static void options_are_replaced(void **state)
{
	struct create_spec spec = {.pre_images = true};
	struct collection *c, *next;
	struct ddl_fixture f;
	struct buf options;

	ddl_fixture_init(&f);
	spec.options = number_doc(&options, "y", 6);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(set_options(&f, &spec), 0);
	assert_false(collection_is_current(c));
	assert_int_equal(set_options(&f, &spec), 0);
	next = fixture_find(&f, "db", "c");
	assert_int_equal(next->version, 3);
	assert_true(next->pre_images);
	assert_true(view_equal(next->options, spec.options));
	spec.capped = true;
	assert_int_equal(set_options(&f, &spec), ERR_ILLEGAL_OPERATION);
	spec.kind = KIND_VIEW;
	assert_int_equal(set_options(&f, &spec), ERR_INVALID_OPTIONS);
	assert_true(collection_is_current(next));
	assert_int_equal(fixture_drop(&f, "db", "c"), 0);
	assert_int_equal(set_options(&f, &spec), ERR_NAMESPACE_NOT_FOUND);
	collection_unref(next);
	collection_unref(c);
	buf_clear(&options);
	ddl_fixture_clear(&f);
}

static void ddl_waits_for_writers(void **state)
{
	struct ddl_fixture f;
	struct collection *c;
	struct test_op other;
	struct ddl d;

	ddl_fixture_init(&f);
	test_op_init(&other);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(fence_enter(c), 0);
	ddl_init(&d, f.store.store);
	assert_int_equal(
	    ddl_drop(&d, view_of_str("db"), view_of_str("c"), &other.op, &f.st), STEP_PARK);
	assert_int_equal(fence_enter(c), ERR_WOULD_BLOCK);
	assert_true(collection_is_current(c));
	/* Killed meanwhile: as if nothing had been. */
	op_kill(&other.op, ERR_INTERRUPTED);
	assert_int_equal(
	    ddl_drop(&d, view_of_str("db"), view_of_str("c"), &other.op, &f.st), STEP_ERROR);
	assert_int_equal(f.st.code, ERR_INTERRUPTED);
	ddl_clear(&d);
	assert_int_equal(fence_enter(c), 0);
	fence_leave(c);
	fence_leave(c);
	assert_int_equal(fixture_drop(&f, "db", "c"), 0);
	collection_unref(c);
	test_op_clear(&other);
	ddl_fixture_clear(&f);
}

static void on_a_loop_ddl_moves_to_the_executor(void **state)
{
	const struct create_spec spec = {.db = view_of_str("db"), .name = view_of_str("c")};
	struct ddl_fixture f;
	struct ddl d;

	ddl_fixture_init(&f);
	ddl_init(&d, f.store.store);
	f.op.op.on_loop = true;
	assert_int_equal(ddl_create(&d, &spec, &f.op.op, &f.st), STEP_HANDOVER);
	ddl_clear(&d);
	ddl_fixture_clear(&f);
}

static int is_current(struct commit *commit, struct status *st)
{
	if (collection_is_current(commit->check_arg))
		return 0;
	return status_set(st, ERR_WRITE_CONFLICT, "superseded");
}

/* A commit that was made before the DDL and is carried out after it. */
static void a_late_commit_is_refused(void **state)
{
	struct ddl_fixture f;
	struct collection *c;
	struct commit commit;
	struct batch *b;
	struct buf doc;
	struct fake_key key;
	struct view v;

	ddl_fixture_init(&f);
	buf_init(&doc, NULL);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	c = fixture_find(&f, "db", "c");
	b = batch_new(f.store.store, NULL);
	v = fake_doc(&doc, 1, 1);
	batch_insert(b, c, fake_key(&key, 1), doc_get(v, "_id"), v);
	commit_init(&commit, b);
	commit.check = is_current;
	commit.check_arg = c;
	assert_int_equal(fixture_drop(&f, "db", "c"), 0);
	assert_int_equal(commit_blocking(f.store.store, &commit, &f.st), ERR_WRITE_CONFLICT);
	batch_free(b);
	buf_clear(&doc);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

#define THREADS 4
#define ROUNDS  25

static struct store *hammered;
static _Atomic int created, dropped;

/* One name for all: of those who create at the same time one succeeds. */
static void *create_and_drop(void *arg)
{
	const struct create_spec spec = {.db = view_of_str("db"), .name = view_of_str("c")};
	struct test_op op;

	test_op_init(&op);
	for (int i = 0; i < ROUNDS; i++) {
		struct status st;
		struct ddl d;

		status_init(&st);
		ddl_init(&d, hammered);
		if (TEST_OP_RUN(&op, ddl_create(&d, &spec, &op.op, &st)) == STEP_DONE)
			created++;
		else
			assert_int_equal(st.code, ERR_NAMESPACE_EXISTS);
		ddl_clear(&d);
		status_clear(&st);
		ddl_init(&d, hammered);
		if (TEST_OP_RUN(&op, ddl_drop(&d, spec.db, spec.name, &op.op, &st)) ==
		    STEP_DONE)
			dropped++;
		else
			assert_int_equal(st.code, ERR_NAMESPACE_NOT_FOUND);
		ddl_clear(&d);
		status_clear(&st);
	}
	test_op_clear(&op);
	return NULL;
}

static void many_at_the_same_time(void **state)
{
	pthread_t threads[THREADS];
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	hammered = f.store.store;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, create_and_drop, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_true(created > 0);
	assert_int_equal(created, dropped);
	fixture_reopen(&f.store);
	assert_names(&f, "", "");
	ddl_fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_spec_of_the_id_index),
	    cmocka_unit_test(a_collection_is_found_in_every_way),
	    cmocka_unit_test(names_come_sorted),
	    cmocka_unit_test(creation_is_refused),
	    cmocka_unit_test(a_capped_collection_keeps_its_order),
	    cmocka_unit_test(dropping_removes_all),
	    cmocka_unit_test(dropping_a_database),
	    cmocka_unit_test(temporary_collections_do_not_outlive_the_store),
	    cmocka_unit_test(renaming_within_a_database),
	    cmocka_unit_test(renaming_across_databases),
	    cmocka_unit_test(renaming_onto_another),
	    cmocka_unit_test(a_rename_ends_being_temporary),
	    cmocka_unit_test(options_are_replaced),
	    cmocka_unit_test(ddl_waits_for_writers),
	    cmocka_unit_test(on_a_loop_ddl_moves_to_the_executor),
	    cmocka_unit_test(a_late_commit_is_refused),
	    cmocka_unit_test(many_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
