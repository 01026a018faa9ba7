#include "support/unit.h"

#include "support/index_fixture.h"

static void born_empty(void **state)
{
	struct collection *before, *c;
	struct made_spec m[2];
	struct index_spec specs[2];
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	before = fixture_find(&f, "db", "c");
	make_spec(&m[0], "a.b", -1, "a.b_-1", false);
	make_spec(&m[1], "u", 1, "u_1", true);
	specs[0] = m[0].s;
	specs[1] = m[1].s;
	assert_int_equal(build(&f, &(struct index_build){.n = 2, .specs = specs}), 0);
	assert_int_equal(f.indexes_before, 1);
	assert_false(collection_is_current(before));
	collection_unref(before);
	for (int opened = 0; opened < 2; opened++) {
		struct index *a, *u;

		c = fixture_find(&f, "db", "c");
		assert_int_equal(c->version, 2);
		assert_int_equal(collection_count_indexes(c), 3);
		a = collection_index(c, "a.b_-1");
		u = collection_index(c, "u_1");
		assert_null(collection_index(c, "x"));
		assert_int_equal(a->layout, LAYOUT_KEY_RECORD);
		assert_int_equal(u->layout, LAYOUT_UNIQUE);
		assert_true(u->unique && !a->unique && !u->is_id);
		assert_int_equal(a->n_fields, 1);
		assert_true(a->fields[0].descending && !u->fields[0].descending);
		assert_int_equal(a->fields[0].path.n, 2);
		assert_true(view_equal(a->spec, specs[0].spec));
		assert_true(view_equal(a->key_pattern, specs[0].key));
		assert_int_equal(a->table_id, c->table_id);
		assert_int_not_equal(family_number(a->family), family_number(u->family));
		collection_unref(c);
		if (!opened)
			fixture_reopen(&f.store);
	}
	clear_spec(&m[0]);
	clear_spec(&m[1]);
	ddl_fixture_clear(&f);
}

static void what_is_there_already(void **state)
{
	struct ddl_fixture f;
	struct collection *c;

	ddl_fixture_init(&f);
	assert_int_equal(build_one(&f, "a", 1, "a_1", false), ERR_NAMESPACE_NOT_FOUND);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	assert_int_equal(build_one(&f, "a", 1, "a_1", false), 0);
	assert_int_equal(build_one(&f, "a", 1, "a_1", false), 0);
	assert_int_equal(build_one(&f, "_id", 1, "_id_", false), 0);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->version, 2);
	assert_int_equal(c->n_indexes, 1);
	collection_unref(c);
	assert_int_equal(build_one(&f, "a", 1, "other", false), ERR_INDEX_OPTIONS_CONFLICT);
	assert_int_equal(build_one(&f, "b", 1, "a_1", false), ERR_INDEX_KEY_SPECS_CONFLICT);
	assert_int_equal(build_one(&f, "a", 1, "a_1", true), ERR_INDEX_KEY_SPECS_CONFLICT);
	assert_int_equal(build_one(&f, "a", 1, "unique", true), 0);
	assert_int_equal(fixture_create_view(&f, "db", "v", "c"), 0);
	assert_int_equal(
	    FIXTURE_DDL(&f, ddl_create_indexes(&d, view_of_str("db"), view_of_str("v"),
				&(struct index_build){0}, &f.op.op, &f.st)),
	    ERR_COMMAND_NOT_SUPPORTED_ON_VIEW);
	ddl_fixture_clear(&f);
}

static void sixty_four_at_most(void **state)
{
	static char names[INDEXES_MAX][16];
	struct made_spec m[INDEXES_MAX];
	struct index_spec specs[INDEXES_MAX];
	struct ddl_fixture f;
	struct collection *c;

	ddl_fixture_init(&f);
	/* Most of them share families then, which makes it fast. */
	f.store.options.dedicated_families = 2;
	fixture_reopen(&f.store);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	for (int i = 0; i < INDEXES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "f%d", i);
		make_spec(&m[i], names[i], 1, names[i], false);
		specs[i] = m[i].s;
	}
	/* With _id_ that is one too many. */
	assert_int_equal(build(&f, &(struct index_build){.n = INDEXES_MAX, .specs = specs}),
	    ERR_CANNOT_CREATE_INDEX);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->n_indexes, 0);
	collection_unref(c);
	assert_int_equal(
	    build(&f, &(struct index_build){.n = INDEXES_MAX - 1, .specs = specs}), 0);
	assert_int_equal(build_one(&f, "x", 1, "x_1", false), ERR_CANNOT_CREATE_INDEX);
	for (int i = 0; i < INDEXES_MAX; i++)
		clear_spec(&m[i]);
	ddl_fixture_clear(&f);
}

static void dropping(void **state)
{
	struct collection *before, *c;
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	assert_int_equal(build_one(&f, "a", 1, "a_1", false), 0);
	assert_int_equal(build_one(&f, "b", 1, "b_1", false), 0);
	before = fixture_find(&f, "db", "c");
	assert_int_equal(drop_one(&f, "_id_"), ERR_INVALID_OPTIONS);
	assert_int_equal(drop_one(&f, "x"), ERR_INDEX_NOT_FOUND);
	assert_true(collection_is_current(before));
	assert_int_equal(drop_one(&f, "a_1"), 0);
	assert_int_equal(f.indexes_before, 3);
	assert_int_equal(f.dropped, 1);
	/* Who still has the old version still has the index. */
	assert_true(collection_index(before, "a_1")->dropped);
	assert_false(collection_index(before, "b_1")->dropped);
	assert_int_equal(count_entries(&f, collection_index(before, "a_1")), 0);
	collection_unref(before);
	fixture_reopen(&f.store);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->n_indexes, 1);
	assert_string_equal(c->indexes[0]->name, "b_1");
	collection_unref(c);
	assert_int_equal(fixture_drop(&f, "db", "c"), 0);
	assert_int_equal(count_rows(&f, TABLE_INDEX), 0);
	assert_int_equal(count_rows(&f, TABLE_TABLE), 0);
	assert_int_equal(count_rows(&f, TABLE_NAMESPACE), 0);
	ddl_fixture_clear(&f);
}

struct hider {
	struct options_maker maker;
	const char *index;
	bool hidden;
	struct arena arena;
};

/* The index's specification, hidden or not. */
static struct view hidden_spec(struct hider *h, const struct collection *c)
{
	struct index *ix = collection_index(c, h->index);
	struct view spec;
	struct builder b;
	struct buf buf;

	if (!ix)
		return doc_empty;
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_value(&b, "key", doc_get(ix->spec, "key"));
	if (h->hidden)
		builder_bool(&b, "hidden", true);
	builder_finish(&b);
	spec = arena_dup(&h->arena, builder_view(&b));
	buf_clear(&buf);
	return spec;
}

static int make_hidden(struct options_maker *m, const struct collection *c,
    struct options_change *out, struct status *st)
{
	struct hider *h = (struct hider *)m;

	out->keep_options = true;
	out->index = (struct index_change){
	    .name = view_of_str(h->index), .spec = hidden_spec(h, c), .hidden = h->hidden};
	return 0;
}

static int hide(struct ddl_fixture *f, const char *index, bool hidden)
{
	struct hider h = {{make_hidden}, index, hidden};
	int err;

	arena_init(&h.arena, NULL);
	err = FIXTURE_DDL(f, ddl_set_options(&d, view_of_str("db"), view_of_str("c"), &h.maker,
				 &f->op.op, &f->st));
	arena_clear(&h.arena);
	return err;
}

static int set_multikey(
    struct ddl_fixture *f, struct collection *c, struct index *ix, uint64_t bits)
{
	return FIXTURE_DDL(f, ddl_set_multikey(&d, c, ix, bits, &f->op.op, &f->st));
}

static void multikey_is_kept(void **state)
{
	struct ddl_fixture f;
	struct collection *c;
	struct store_stats before, after;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	assert_int_equal(build_one(&f, "a", 1, "a_1", false), 0);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 1), 0);
	assert_int_equal(c->indexes[0]->multikey, 1);
	assert_true(collection_is_current(c));
	store_stats(f.store.store, &before);
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 1), 0);
	store_stats(f.store.store, &after);
	assert_int_equal(before.commits, after.commits);
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 4), 0);
	assert_int_equal(c->indexes[0]->multikey, 5);
	/* Gone meanwhile: the writer's commit will be refused, this is not. */
	assert_int_equal(build_one(&f, "b", 1, "b_1", false), 0);
	assert_int_equal(drop_one(&f, "a_1"), 0);
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 8), 0);
	assert_int_equal(c->indexes[0]->multikey, 5);
	collection_unref(c);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 1), 0);
	collection_unref(c);
	fixture_reopen(&f.store);
	c = fixture_find(&f, "db", "c");
	assert_string_equal(c->indexes[0]->name, "b_1");
	assert_int_equal(c->indexes[0]->multikey, 1);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

/* A hidden index is a successor of the other, with its entries and what is known of them. */
static void an_index_is_hidden(void **state)
{
	struct collection *c, *next;
	struct ddl_fixture f;

	ddl_fixture_init(&f);
	assert_int_equal(fixture_create(&f, "db", "c"), 0);
	assert_int_equal(build_one(&f, "a", 1, "a_1", false), 0);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 1), 0);
	assert_int_equal(hide(&f, "none", true), ERR_INDEX_NOT_FOUND);
	assert_true(collection_is_current(c));
	assert_int_equal(hide(&f, c->indexes[0]->name, true), 0);
	assert_false(collection_is_current(c));
	next = fixture_find(&f, "db", "c");
	assert_int_equal(next->n_indexes, 1);
	assert_int_equal(next->indexes[0]->id, c->indexes[0]->id);
	assert_true(next->indexes[0]->hidden);
	assert_true(value_bool(doc_get(next->indexes[0]->spec, "hidden")));
	assert_int_equal(next->indexes[0]->multikey, 1);
	assert_false(c->indexes[0]->hidden);
	assert_false(c->indexes[0]->dropped);
	/* Who still has the old version sets nothing. */
	assert_int_equal(set_multikey(&f, c, c->indexes[0], 2), 0);
	assert_int_equal(c->indexes[0]->multikey, 1);
	collection_unref(c);
	collection_unref(next);
	fixture_reopen(&f.store);
	c = fixture_find(&f, "db", "c");
	assert_true(c->indexes[0]->hidden);
	assert_int_equal(hide(&f, c->indexes[0]->name, false), 0);
	collection_unref(c);
	c = fixture_find(&f, "db", "c");
	assert_false(c->indexes[0]->hidden);
	assert_true(value_is_missing(doc_get(c->indexes[0]->spec, "hidden")));
	collection_unref(c);
	ddl_fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(born_empty),
	    cmocka_unit_test(what_is_there_already),
	    cmocka_unit_test(sixty_four_at_most),
	    cmocka_unit_test(dropping),
	    cmocka_unit_test(multikey_is_kept),
	    cmocka_unit_test(an_index_is_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
