#include "support/unit.h"

#include <stdlib.h>

#include "support/query_fixture.h"

/*
 * DDL while others write, wait for locks and read with cursors that are put down and taken up
 * again: what the sanitizers see, and that every index has every document in the end.
 */
#define N_DOCS   400
#define N_ROUNDS 12

static struct query_fixture fix;
static _Atomic bool stop;

/* Each thread has a fixture of its own on the same store. */
static void thread_begin(struct query_fixture *t)
{
	memset(t, 0, sizeof(*t));
	t->store = t->ddl.store.store = fix.store;
	test_op_init(&t->ddl.op);
	test_op_init(&t->op);
	status_init(&t->ddl.st);
	status_init(&t->st);
	arena_init(&t->arena, NULL);
}

static void thread_end(struct query_fixture *t)
{
	arena_clear(&t->arena);
	status_clear(&t->st);
	status_clear(&t->ddl.st);
	test_op_clear(&t->op);
	test_op_clear(&t->ddl.op);
}

static const char *random_doc(struct query_fixture *t, unsigned int *seed, int id)
{
	int a = rand_r(seed) % 20, b = rand_r(seed) % 20;

	return rand_r(seed) % 3
		   ? arena_printf(&t->arena, "{'_id': %d, 'a': %d, 'b': %d}", id, a, b)
		   : arena_printf(
			 &t->arena, "{'_id': %d, 'a': [%d, %d], 'b': 'x'}", id, a, a + b);
}

/* Only while the collection has its name: it is not made. */
static void insert(struct query_fixture *t, const char *doc)
{
	struct writer_doc d = {.doc = json_doc(&t->arena, doc)};
	struct writer w;
	enum step step;
	int done;

	status_clear(&t->st);
	writer_init(&w, t->store, &t->op.op);
	step = TEST_OP_RUN(
	    &t->op, writer_begin(&w, view_of_str("db"), view_of_str("c"), false, &t->st));
	if (step == STEP_DONE && w.collection)
		step = TEST_OP_RUN(&t->op, writer_insert(&w, &d, 1, true, &done, &t->st));
	assert_true(step == STEP_DONE || t->st.code == ERR_QUERY_PLAN_KILLED);
	assert_true(!d.code || d.code == ERR_DUPLICATE_KEY);
	if (d.failure)
		status_clear(d.failure);
	writer_clear(&w);
}

/* There is a collection with this key's form, whatever its name is just now. */
static struct view record_key(struct query_fixture *t, int id)
{
	static const struct collection form = {.record_key = RECORD_KEY_ID};
	struct buf key;
	struct view v;

	buf_init(&key, NULL);
	record_key_of_id(&key, &form, value_make_i32(&t->arena, id));
	v = arena_dup(&t->arena, buf_view(&key));
	buf_clear(&key);
	return v;
}

static void *write_on(void *arg)
{
	unsigned int seed = *(unsigned int *)arg;
	struct query_fixture t;

	thread_begin(&t);
	while (!stop) {
		/* Few enough that they meet, and wait for each other's locks. */
		int id = rand_r(&seed) % (N_DOCS + 50);
		bool found;

		if (rand_r(&seed) % 3 == 0)
			insert(&t, random_doc(&t, &seed, id));
		else
			assert_int_equal(
			    qf_change(&t, record_key(&t, id),
				rand_r(&seed) % 4 ? random_doc(&t, &seed, id) : NULL, &found),
			    0);
		arena_reset(&t.arena);
	}
	thread_end(&t);
	return NULL;
}

static struct collection *newest(struct query_fixture *t)
{
	return catalog_find(fixture_catalog(&t->ddl), view_of_str("db"), view_of_str("c"));
}

/* Put down and taken up again with what is there then: false when there is no way on. */
static bool take_up(struct query_fixture *t, struct exec *e, struct collection **c)
{
	int code;

	exec_save(e);
	collection_unref(*c);
	*c = newest(t);
	if (!*c)
		return false;
	code = exec_restore(e, *c, &t->st);
	assert_true(code == 0 || code == ERR_QUERY_PLAN_KILLED);
	return code == 0;
}

static void find(struct query_fixture *t, const char *what)
{
	struct query_spec spec = qf_spec(t, what);
	struct exec_context cx = qf_context(t);
	struct collection *c = newest(t);
	struct exec *e = c ? qf_open(t, &spec, c) : NULL;
	struct row row;

	for (int n = 1; e; n++) {
		enum step step = TEST_OP_RUN(&t->op, exec_next(e, &cx, &row));

		if (step != STEP_ROW || (n % 5 == 0 && !take_up(t, e, &c)))
			break;
	}
	exec_close(e);
	status_clear(&t->st);
	collection_unref(c);
}

static void *read_on(void *arg)
{
	unsigned int seed = *(unsigned int *)arg;
	struct query_fixture t;

	thread_begin(&t);
	while (!stop) {
		int a = rand_r(&seed) % 20;

		find(&t, arena_printf(&t.arena, "{'filter': {'a': {'$gte': %d}}}", a));
		find(&t, arena_printf(&t.arena, "{'filter': {'b': %d}, 'sort': {'b': 1}}", a));
		find(&t, "{'sort': {'a': 1, 'b': -1}, 'limit': 20}");
		arena_reset(&t.arena);
	}
	thread_end(&t);
	return NULL;
}

/* In table files, and in slices, when files is set. */
static int build(struct query_fixture *t, const char *text, bool files)
{
	struct view doc = qf_doc(t, text);
	struct index_spec spec = {.name = value_str(doc_get(doc, "name")),
	    .key = value_doc(doc_get(doc, "key")),
	    .spec = doc};
	struct index_fill fill;
	struct index_build b;
	int code;

	index_fill_init(&fill, t->store, NULL);
	fill.sort_bytes = files ? 4096 : 0;
	b = index_fill_build(&fill, 1, &spec);
	t->ddl.op.op.slice_end_us = files;
	code = FIXTURE_DDL(&t->ddl, ddl_create_indexes(&d, view_of_str("db"), view_of_str("c"),
					&b, &t->ddl.op.op, &t->ddl.st));
	index_fill_clear(&fill);
	return code;
}

static int drop(struct query_fixture *t, const char *name)
{
	const struct view names[] = {view_of_str(name)};

	return FIXTURE_DDL(&t->ddl, ddl_drop_indexes(&d, view_of_str("db"), view_of_str("c"), 1,
					names, &t->ddl.op.op, &t->ddl.st));
}

/* Another index comes and goes, also while the collection has another name for a moment. */
static void *build_and_drop(void *arg)
{
	struct query_fixture t;
	int i = 0;

	thread_begin(&t);
	while (!stop) {
		int code = build(&t, "{'name': 'b_1', 'key': {'b': 1}}", i++ % 2);

		assert_true(code == 0 || code == ERR_NAMESPACE_NOT_FOUND ||
			    code == ERR_INDEX_BUILD_ABORTED);
		code = drop(&t, "b_1");
		assert_true(code == 0 || code == ERR_NAMESPACE_NOT_FOUND ||
			    code == ERR_INDEX_NOT_FOUND);
		arena_reset(&t.arena);
	}
	thread_end(&t);
	return NULL;
}

#define INDEX_A "{'name': 'a_1', 'key': {'a': 1, 'b': -1}}"

struct hider {
	struct options_maker maker;
	struct view spec;
	bool hidden;
};

static int make_hidden(struct options_maker *m, const struct collection *c,
    struct options_change *out, struct status *st)
{
	const struct hider *h = (struct hider *)m;

	out->keep_options = true;
	out->index = (struct index_change){
	    .name = view_of_str("a_1"), .spec = h->spec, .hidden = h->hidden};
	return 0;
}

static int hide(bool hidden)
{
	struct hider h = {{make_hidden}, qf_doc(&fix, INDEX_A), hidden};
	struct ddl_fixture *f = &fix.ddl;

	return FIXTURE_DDL(f, ddl_set_options(&d, view_of_str("db"), view_of_str("c"), &h.maker,
				  &f->op.op, &f->st));
}

/* There and back; refused while the other thread builds. */
static void rename_twice(void)
{
	int code = fixture_rename(&fix.ddl, "db", "c", "db", "d", false);

	if (code == 0)
		code = fixture_rename(&fix.ddl, "db", "d", "db", "c", false);
	assert_true(code == 0 || code == ERR_BACKGROUND_OPERATION_IN_PROGRESS);
	if (code && fixture_has(&fix.ddl, "db", "d"))
		fail_msg("nobody builds an index of what has just got its name");
}

/* A collection that is dropped while its index is built, by whoever comes first. */
static void *drop_under_a_build(void *arg)
{
	struct ddl_fixture other = {.store = fix.ddl.store};
	int i = 0;

	test_op_init(&other.op);
	status_init(&other.st);
	while (!stop) {
		assert_int_equal(fixture_create(&other, "db", "gone"), 0);
		assert_int_equal(fixture_drop(&other, "db", "gone"), 0);
		i++;
	}
	assert_true(i > 0);
	status_clear(&other.st);
	test_op_clear(&other.op);
	return NULL;
}

static void ddl_meanwhile(void **state)
{
	void *(*const bodies[])(void *) = {
	    write_on, write_on, write_on, read_on, read_on, build_and_drop, drop_under_a_build};
	pthread_t threads[ARRAY_LEN(bodies)];
	unsigned int seeds[ARRAY_LEN(bodies)];

	query_fixture_init(&fix, false);
	for (int i = 0; i < N_DOCS; i++)
		assert_int_equal(
		    qf_insert(&fix, arena_printf(&fix.arena,
					"[{'_id': %d, 'a': %d, 'b': [%d]}]", i, i % 20, i % 7)),
		    0);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		seeds[i] = (unsigned int)i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], &seeds[i]), 0);
	}
	for (int i = 0; i < N_ROUNDS; i++) {
		assert_int_equal(build(&fix, INDEX_A, i % 3 == 0), 0);
		assert_int_equal(hide(true), 0);
		rename_twice();
		assert_int_equal(hide(false), 0);
		if (i < N_ROUNDS - 1)
			assert_int_equal(drop(&fix, "a_1"), 0);
	}
	stop = true;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		pthread_join(threads[i], NULL);
	fix.ddl.op.op.slice_end_us = 0;
	assert_int_equal(build(&fix, "{'name': 'b_1', 'key': {'b': 1}}", false), 0);
	qf_check_indexes(&fix);
	query_fixture_clear(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ddl_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
