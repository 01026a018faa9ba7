#include "support/unit.h"

#include <sys/wait.h>

#include "storage/bulk.h"
#include "storage/engine.h"
#include "storage/side.h"
#include "support/index_fixture.h"

/* What a build does: so many calls of fill, and two of drain, each with an entry of its own. */
struct filling {
	int calls, drains, fail_at, end_process_at;
	int fail_in_drain; /* the first or the second */
	bool paused; /* fill does nothing and hands over */
	bool kill, disk_is_full;
	struct ddl_fixture *f;
	struct index *seen; /* a reference of its build's */
};

static void commit_entry(struct filling *work, struct index *ix, const char *kind, int n)
{
	struct batch *batch = batch_new(work->f->store.store, NULL);
	struct commit commit;
	char key[16];

	snprintf(key, sizeof(key), "%s %d", kind, n);
	batch_build_put(batch, ix, view_of_str(key), view_of_str(""));
	fixture_commit(work->f->store.store, batch, &commit);
	batch_free(batch);
}

/* Writers come in, with a version that knows what is being built. */
static void check_open(struct filling *work, const struct index *ix)
{
	struct collection *c = fixture_find(work->f, "db", "c");

	assert_int_equal(fence_enter(c), 0);
	fence_leave(c);
	assert_true(c->n_written > c->n_indexes);
	assert_null(collection_index(c, ix->name));
	assert_int_equal(ix->state, INDEX_BUILDING);
	collection_unref(c);
}

static enum step fill(struct index_build *b, struct collection *c, struct index **indexes,
    struct op *op, struct status *st)
{
	struct filling *work = b->arg;

	if (building_check(indexes[0]->building, st))
		return STEP_ERROR;
	if (work->calls == 0)
		check_open(work, indexes[0]);
	work->calls++;
	work->seen = indexes[0];
	if (work->paused)
		return STEP_HANDOVER;
	for (int i = 0; i < b->n_indexes; i++)
		commit_entry(work, indexes[i], "fill", work->calls);
	indexes[0]->multikey |= 1;
	if (work->calls == work->end_process_at) {
		assert_int_equal(store_sync_now(work->f->store.store, false, st), 0);
		_exit(0);
	}
	if (work->calls == work->fail_at) {
		status_set(st, ERR_DUPLICATE_KEY, "twice");
		return STEP_ERROR;
	}
	if (work->kill)
		op_kill(op, ERR_INTERRUPTED);
	if (work->disk_is_full)
		store_refuse(work->f->store.store, REFUSE_DISK, "the disk is nearly full");
	if (op_check_now(op, st) || store_writable(work->f->store.store, st))
		return STEP_ERROR;
	return work->calls < 3 ? STEP_HANDOVER : STEP_DONE;
}

static enum step drain(struct index_build *b, struct collection *c, struct index **indexes,
    struct op *op, struct status *st)
{
	struct filling *work = b->arg;
	struct collection *newest = fixture_find(work->f, "db", "c");

	work->drains++;
	assert_int_equal(b->last, work->drains == 2);
	/* The last time nothing that was queued before may still be committed. */
	assert_int_equal(collection_is_current(newest), !b->last);
	if (b->last)
		assert_int_equal(fence_enter(newest), ERR_WOULD_BLOCK);
	else
		check_open(work, indexes[0]);
	collection_unref(newest);
	commit_entry(work, indexes[0], "drain", work->drains);
	if (work->drains != work->fail_in_drain)
		return STEP_DONE;
	status_set(st, ERR_DUPLICATE_KEY, "twice");
	return STEP_ERROR;
}

static struct index_build build_of(struct filling *work, int n, const struct index_spec *specs)
{
	return (struct index_build){
	    .n = n, .specs = specs, .fill = fill, .drain = drain, .arg = work};
}

static void collection_with_documents(struct ddl_fixture *f)
{
	struct collection *c;

	assert_int_equal(fixture_create(f, "db", "c"), 0);
	c = fixture_find(f, "db", "c");
	fixture_insert(f, c, 1, 3);
	collection_unref(c);
}

/* The process dies while an index is filled.  It must be the first test: the
 * child may have no thread of its parent's. */
static void a_crash_leaves_nothing_of_a_build(void **state)
{
	struct ddl_fixture f = {
	    .store.options = {
		.cache_bytes = 4 << 20, .memtable_bytes = 1 << 20, .sync_interval_ms = 20}};
	struct collection *c;
	int status;
	pid_t child;

	fixture_make_dir(f.store.dir);
	child = fork();
	if (child == 0) {
		struct filling work = {.end_process_at = 2, .f = &f};
		struct made_spec m;
		struct index_build b;

		fixture_open(&f.store);
		test_op_init(&f.op);
		status_init(&f.st);
		collection_with_documents(&f);
		make_spec(&m, "a", 1, "a_1", false);
		b = build_of(&work, 1, &m.s);
		(void)build(&f, &b);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);

	fixture_open(&f.store);
	test_op_init(&f.op);
	status_init(&f.st);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->n_written, 0);
	assert_int_equal(c->version, 2);
	assert_int_equal(count_rows(&f, TABLE_INDEX), 0);
	collection_unref(c);
	/* Its ids are not drawn again. */
	assert_int_equal(drop_one(&f, "a_1"), ERR_INDEX_NOT_FOUND);
	assert_int_equal(fixture_create(&f, "db", "d"), 0);
	c = fixture_find(&f, "db", "d");
	assert_int_equal(c->table_id, 4);
	collection_unref(c);
	ddl_fixture_clear(&f);
}

static void built_while_others_write(void **state)
{
	struct filling work = {0};
	struct ddl_fixture f;
	struct collection *c;
	struct made_spec m;
	struct index_build b;

	ddl_fixture_init(&f);
	work.f = &f;
	collection_with_documents(&f);
	make_spec(&m, "a", 1, "a_1", true);
	b = build_of(&work, 1, &m.s);
	assert_int_equal(build(&f, &b), 0);
	assert_int_equal(work.calls, 3);
	assert_int_equal(work.drains, 2);
	for (int opened = 0; opened < 2; opened++) {
		c = fixture_find(&f, "db", "c");
		assert_int_equal(c->version, 3);
		assert_int_equal(c->n_indexes, 1);
		assert_int_equal(c->n_written, 1);
		/* Built on documents: the record keys stand in the entries. */
		assert_int_equal(c->indexes[0]->layout, LAYOUT_KEY_RECORD);
		assert_int_equal(c->indexes[0]->state, INDEX_READY);
		assert_int_equal(c->indexes[0]->multikey, 1);
		assert_true(c->indexes[0]->build_id > 0);
		assert_int_equal(count_entries(&f, c->indexes[0]), 5);
		assert_int_equal(fence_enter(c), 0);
		fence_leave(c);
		collection_unref(c);
		if (!opened)
			fixture_reopen(&f.store);
	}
	clear_spec(&m);
	ddl_fixture_clear(&f);
}

/* What is there under an id in the family of the index that was seen last. */
static int count_under(struct ddl_fixture *f, const struct index *seen, uint32_t id)
{
	struct index ghost = {.id = id, .family = seen->family};

	return count_entries(f, &ghost);
}

static void check_nothing_left(struct filling *work, struct family *family)
{
	struct index seen = {.family = family};
	struct collection *c = fixture_find(work->f, "db", "c");

	assert_int_equal(c->n_written, 0);
	assert_int_equal(fence_enter(c), 0);
	fence_leave(c);
	collection_unref(c);
	assert_int_equal(count_rows(work->f, TABLE_INDEX), 0);
	for (uint32_t id = 1; id < 10; id++)
		assert_int_equal(count_under(work->f, &seen, id), 0);
}

static void fails_with(struct filling *work, int code)
{
	struct ddl_fixture f;
	struct made_spec m;
	struct index_build b;
	struct family *family;
	struct ddl d;

	ddl_fixture_init(&f);
	work->f = &f;
	collection_with_documents(&f);
	make_spec(&m, "a", 1, "a_1", true);
	b = build_of(work, 1, &m.s);
	ddl_init(&d, f.store.store);
	assert_int_equal(TEST_OP_RUN(&f.op, ddl_create_indexes(&d, view_of_str("db"),
						view_of_str("c"), &b, &f.op.op, &f.st)),
	    STEP_ERROR);
	assert_int_equal(f.st.code, code);
	family = family_ref(work->seen->family);
	ddl_clear(&d);
	check_nothing_left(work, family);
	family_unref(family);
	/* And it can be made now. */
	atomic_store(&f.op.op.killed, 0);
	*work = (struct filling){.f = &f};
	assert_int_equal(build(&f, &b), 0);
	assert_int_equal(count_rows(&f, TABLE_INDEX), 1);
	clear_spec(&m);
	ddl_fixture_clear(&f);
}

static void a_failed_build_leaves_nothing(void **state)
{
	fails_with(&(struct filling){.fail_at = 2}, ERR_DUPLICATE_KEY);
	fails_with(&(struct filling){.fail_in_drain = 1}, ERR_DUPLICATE_KEY);
	fails_with(&(struct filling){.fail_in_drain = 2}, ERR_DUPLICATE_KEY);
}

/* Killed by its client: the undoing takes place nevertheless. */
static void a_killed_build_leaves_nothing(void **state)
{
	fails_with(&(struct filling){.kill = true}, ERR_INTERRUPTED);
}

/* Not even the undoing can be committed then: the index goes from memory, and from the disk at
 * the next opening. */
static void a_build_on_a_full_disk(void **state)
{
	struct filling work = {.disk_is_full = true};
	struct ddl_fixture f;
	struct collection *c;
	struct made_spec m;
	struct index_build b;

	ddl_fixture_init(&f);
	work.f = &f;
	collection_with_documents(&f);
	make_spec(&m, "a", 1, "a_1", false);
	b = build_of(&work, 1, &m.s);
	assert_int_equal(build(&f, &b), ERR_OUT_OF_DISK_SPACE);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->n_written, 0);
	assert_int_equal(fence_enter(c), 0);
	fence_leave(c);
	collection_unref(c);
	assert_int_equal(count_rows(&f, TABLE_INDEX), 1);
	store_accept(f.store.store, REFUSE_DISK);
	work = (struct filling){.f = &f};
	assert_int_equal(build(&f, &b), 0);
	assert_int_equal(count_rows(&f, TABLE_INDEX), 2);
	fixture_reopen(&f.store);
	assert_int_equal(count_rows(&f, TABLE_INDEX), 1);
	c = fixture_find(&f, "db", "c");
	assert_int_equal(c->n_written, 1);
	assert_int_equal(count_entries(&f, c->indexes[0]), 5);
	collection_unref(c);
	clear_spec(&m);
	ddl_fixture_clear(&f);
}

/* ---- a build that is under way while something else happens */

struct under_way {
	struct ddl_fixture f;
	struct filling work;
	struct made_spec specs[2];
	struct index_build b;
	struct ddl d;
	struct test_op op;
	struct status st;
};

static enum step go_on(struct under_way *u)
{
	return ddl_create_indexes(
	    &u->d, view_of_str("db"), view_of_str("c"), &u->b, &u->op.op, &u->st);
}

/* Until it fills. */
static void begin(struct under_way *u, int n_indexes)
{
	static struct index_spec specs[2];

	u->work = (struct filling){.paused = true, .f = &u->f};
	make_spec(&u->specs[0], "a", 1, "a_1", false);
	make_spec(&u->specs[1], "b", 1, "b_1", true);
	specs[0] = u->specs[0].s;
	specs[1] = u->specs[1].s;
	u->b = build_of(&u->work, n_indexes, specs);
	ddl_fixture_init(&u->f);
	test_op_init(&u->op);
	status_init(&u->st);
	collection_with_documents(&u->f);
	ddl_init(&u->d, u->f.store.store);
	while (!u->work.calls)
		assert_true(test_op_again(&u->op, go_on(u)));
}

static int end(struct under_way *u)
{
	enum step step;

	u->work.paused = false;
	step = TEST_OP_RUN(&u->op, go_on(u));
	assert_int_equal(step, u->st.code ? STEP_ERROR : STEP_DONE);
	ddl_clear(&u->d);
	return u->st.code;
}

static void clear(struct under_way *u)
{
	clear_spec(&u->specs[0]);
	clear_spec(&u->specs[1]);
	status_clear(&u->st);
	test_op_clear(&u->op);
	ddl_fixture_clear(&u->f);
}

/* The rows of the side table in their order; each one's time has to be its commit's. */
static int count_side(struct under_way *u, const struct index *ix, const uint64_t *times)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_side(u->f.store.store, ix, &o);
	struct side_change change;
	struct status st;
	uint64_t time;
	int n = 0;

	status_init(&st);
	for (int r = iter_first(it, &st); r == 0; r = iter_next(it, &st)) {
		assert_int_equal(iter_key(it).len, 12);
		memcpy(&time, iter_key(it).data, sizeof(time));
		assert_true(be64toh(time) == times[n / 2]);
		assert_true(side_change_parse(iter_value(it), &change));
		assert_int_equal(change.put, n % 2 == 0);
		assert_true(view_equal(
		    change.key, view_of_str(change.put ? "a key that is put" : "another")));
		assert_true(view_equal(change.value, view_of_str(change.put ? "bits" : "")));
		n++;
	}
	iter_close(it);
	return n;
}

/* What a writer does meanwhile. */
static void commit_entry_beside(struct under_way *u, struct index *ix)
{
	struct batch *b = batch_new(u->f.store.store, NULL);
	struct commit commit;

	batch_put_entry(b, ix, view_of_str("000007"), view_of_str(""));
	fixture_commit(u->f.store.store, b, &commit);
	batch_free(b);
}

static void changes_wait_in_the_side_table(void **state)
{
	struct under_way u;
	uint64_t times[3];
	struct collection *c;
	struct index *ix;

	begin(&u, 1);
	c = fixture_find(&u.f, "db", "c");
	ix = c->indexes[0];
	for (int i = 0; i < 3; i++) {
		struct batch *b = batch_new(u.f.store.store, NULL);
		struct commit commit;

		batch_put_entry(b, ix, view_of_str("a key that is put"), view_of_str("bits"));
		batch_remove_entry(b, ix, view_of_str("another"));
		fixture_commit(u.f.store.store, b, &commit);
		times[i] = commit.cluster_time;
		batch_free(b);
	}
	assert_int_equal(count_entries(&u.f, ix), 0);
	assert_int_equal(count_side(&u, ix, times), 6);
	assert_int_equal(end(&u), 0);
	assert_int_equal(count_side(&u, ix, times), 0);
	assert_int_equal(count_entries(&u.f, ix), 4);
	collection_unref(c);
	clear(&u);
}

static void other_ddl_goes_on(void **state)
{
	struct under_way u;
	struct collection *c;

	begin(&u, 2);
	assert_int_equal(fixture_create(&u.f, "db", "d"), 0);
	assert_int_equal(fixture_drop(&u.f, "db", "d"), 0);
	assert_int_equal(build_one(&u.f, "a", 1, "a_1", true), ERR_INDEX_KEY_SPECS_CONFLICT);
	assert_int_equal(build_one(&u.f, "a", 1, "x", false), ERR_INDEX_OPTIONS_CONFLICT);
	assert_int_equal(fixture_rename(&u.f, "db", "c", "db", "e", false),
	    ERR_BACKGROUND_OPERATION_IN_PROGRESS);
	assert_int_equal(fixture_create(&u.f, "db", "f"), 0);
	assert_int_equal(fixture_rename(&u.f, "db", "f", "db", "c", true),
	    ERR_BACKGROUND_OPERATION_IN_PROGRESS);
	assert_int_equal(drop_one(&u.f, "b_1"), ERR_BACKGROUND_OPERATION_IN_PROGRESS);
	c = fixture_find(&u.f, "db", "c");
	assert_int_equal(c->n_indexes, 0);
	assert_int_equal(c->n_written, 2);
	assert_int_equal(collection_count_indexes(c), 3);
	collection_unref(c);
	assert_int_equal(end(&u), 0);
	c = fixture_find(&u.f, "db", "c");
	assert_int_equal(c->n_indexes, 2);
	assert_string_equal(c->indexes[0]->name, "a_1");
	assert_string_equal(c->indexes[1]->name, "b_1");
	collection_unref(c);
	clear(&u);
}

/* A second build on the same collection begins and ends meanwhile. */
static void two_builds_at_once(void **state)
{
	struct under_way u;
	struct filling work;
	struct collection *c;
	struct made_spec m;
	struct index_build b;

	begin(&u, 1);
	work = (struct filling){.f = &u.f};
	make_spec(&m, "c", 1, "c_1", false);
	b = build_of(&work, 1, &m.s);
	assert_int_equal(build(&u.f, &b), 0);
	clear_spec(&m);
	c = fixture_find(&u.f, "db", "c");
	assert_int_equal(c->n_indexes, 1);
	assert_int_equal(c->n_written, 2);
	assert_string_equal(c->indexes[0]->name, "c_1");
	assert_string_equal(c->indexes[1]->name, "a_1");
	collection_unref(c);
	assert_int_equal(drop_one(&u.f, "c_1"), 0);
	assert_int_equal(end(&u), 0);
	c = fixture_find(&u.f, "db", "c");
	assert_int_equal(c->n_indexes, 1);
	assert_int_equal(c->n_written, 1);
	assert_string_equal(c->indexes[0]->name, "a_1");
	collection_unref(c);
	clear(&u);
}

static void dropped_meanwhile(void **state)
{
	const struct view both[] = {view_of_str("a_1"), view_of_str("b_1")};
	struct under_way u;

	begin(&u, 2);
	assert_int_equal(FIXTURE_DDL(&u.f, ddl_drop_indexes(&d, view_of_str("db"),
					       view_of_str("c"), 2, both, &u.f.op.op, &u.f.st)),
	    0);
	assert_int_equal(u.f.dropped, 2);
	check_nothing_left(&u.work, u.work.seen->family);
	assert_int_equal(end(&u), ERR_INDEX_BUILD_ABORTED);
	clear(&u);

	begin(&u, 1);
	assert_int_equal(fixture_drop(&u.f, "db", "c"), 0);
	assert_int_equal(count_rows(&u.f, TABLE_INDEX), 0);
	assert_int_equal(end(&u), ERR_INDEX_BUILD_ABORTED);
	clear(&u);

	begin(&u, 1);
	assert_int_equal(fixture_drop_database(&u.f, "db"), 0);
	assert_int_equal(fixture_create(&u.f, "db", "c"), 0);
	assert_int_equal(end(&u), ERR_INDEX_BUILD_ABORTED);
	clear(&u);
}

/* Without a sequence number of their own, and in spite of a snapshot and of what is in the side
 * table. */
static void table_files_come_in(void **state)
{
	struct under_way u;
	struct snapshot *snap;
	struct collection *c;
	struct bulk *bulk;
	uint64_t latest;

	begin(&u, 1);
	snap = snapshot_take(u.f.store.store);
	commit_entry_beside(&u, u.work.seen);
	latest = store_latest_sequence(u.f.store.store);
	bulk = bulk_new(u.f.store.store, u.work.seen);
	for (int i = 0; i < 1000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%06d", i);
		assert_int_equal(
		    bulk_put(bulk, view_of_str(key), view_of_str("bits"), &u.st), 0);
	}
	assert_int_equal(bulk_load(bulk, &u.st), 0);
	bulk_free(bulk);
	snapshot_release(snap);
	assert_int_equal(store_latest_sequence(u.f.store.store), latest);
	assert_int_equal(count_entries(&u.f, u.work.seen), 1000);
	assert_int_equal(end(&u), 0);
	fixture_reopen(&u.f.store);
	c = fixture_find(&u.f, "db", "c");
	/* The fill's and drain's own are there besides. */
	assert_int_equal(count_entries(&u.f, c->indexes[0]), 1004);
	collection_unref(c);
	clear(&u);
}

/* Table files that come behind a drop are not let in. */
static void nothing_is_loaded_behind_a_drop(void **state)
{
	struct under_way u;
	struct bulk *bulk;

	begin(&u, 1);
	bulk = bulk_new(u.f.store.store, u.work.seen);
	assert_int_equal(bulk_put(bulk, view_of_str("x"), view_of_str(""), &u.st), 0);
	assert_int_equal(fixture_drop(&u.f, "db", "c"), 0);
	assert_int_equal(bulk_load(bulk, &u.st), ERR_INDEX_BUILD_ABORTED);
	status_clear(&u.st);
	bulk_free(bulk);
	assert_int_equal(count_entries(&u.f, u.work.seen), 0);
	assert_int_equal(end(&u), ERR_INDEX_BUILD_ABORTED);
	clear(&u);
}

/* Who wants an index that is being built waits for it, or for its failure. */
static void wanted_by_another(bool is_dropped)
{
	struct under_way u;
	struct filling work;
	struct index_build b;
	struct status st;
	struct ddl second;

	begin(&u, 1);
	work = (struct filling){.f = &u.f};
	b = build_of(&work, 1, &u.specs[0].s);
	status_init(&st);
	ddl_init(&second, u.f.store.store);
	assert_int_equal(ddl_create_indexes(
			     &second, view_of_str("db"), view_of_str("c"), &b, &u.f.op.op, &st),
	    STEP_PARK);
	assert_int_equal(work.calls, 0);
	if (is_dropped) {
		struct ddl_fixture other = {.store = u.f.store};

		test_op_init(&other.op);
		status_init(&other.st);
		assert_int_equal(drop_one(&other, "a_1"), 0);
		test_op_clear(&other.op);
	}
	assert_int_equal(end(&u), is_dropped ? ERR_INDEX_BUILD_ABORTED : 0);
	assert_int_equal(TEST_OP_RUN(&u.f.op, ddl_create_indexes(&second, view_of_str("db"),
						  view_of_str("c"), &b, &u.f.op.op, &st)),
	    STEP_DONE);
	assert_int_equal(work.calls, is_dropped ? 3 : 0);
	assert_int_equal(count_rows(&u.f, TABLE_INDEX), 1);
	ddl_clear(&second);
	clear(&u);
}

static void the_second_waits(void **state)
{
	wanted_by_another(false);
	wanted_by_another(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_crash_leaves_nothing_of_a_build),
	    cmocka_unit_test(built_while_others_write),
	    cmocka_unit_test(a_failed_build_leaves_nothing),
	    cmocka_unit_test(a_killed_build_leaves_nothing),
	    cmocka_unit_test(a_build_on_a_full_disk),
	    cmocka_unit_test(changes_wait_in_the_side_table),
	    cmocka_unit_test(other_ddl_goes_on),
	    cmocka_unit_test(two_builds_at_once),
	    cmocka_unit_test(dropped_meanwhile),
	    cmocka_unit_test(table_files_come_in),
	    cmocka_unit_test(nothing_is_loaded_behind_a_drop),
	    cmocka_unit_test(the_second_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
