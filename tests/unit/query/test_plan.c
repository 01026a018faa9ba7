/*
 * Which way the planner takes, and that ways of several scans bring what one scan would.
 */
#include "support/unit.h"

#include "query/query_state.h"
#include "support/query_fixture.h"

static struct query_fixture f;

static int setup(void **state)
{
	query_fixture_init(&f, false);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&f);
	return 0;
}

/* n documents {_id: i, a: i % 7, b: i * 37 % 101, c: i % 50, big: i}. */
static void insert_many(int n)
{
	for (int from = 0; from < n; from += 500) {
		struct buf text;

		buf_init(&text, NULL);
		for (int i = from; i < n && i < from + 500; i++)
			buf_printf(&text, "%s{'_id': %d, 'a': %d, 'b': %d, 'c': %d, 'big': %d}",
			    i == from ? "[" : ", ", i, i % 7, i * 37 % 101, i % 50, i);
		buf_printf(&text, "]");
		buf_append_byte(&text, 0);
		assert_int_equal(qf_insert(&f, (const char *)text.data), 0);
		buf_clear(&text);
	}
}

static void create(const char *name, const char *key)
{
	assert_int_equal(
	    qf_create_index(
		&f, arena_printf(&f.arena, "{'v': 2, 'key': %s, 'name': '%s'}", key, name)),
	    0);
}

/* What the planner takes gives just what looking at every document does, whether or not it
 * is saved after each row. */
static void check(const char *filter, const char *rest, const char *summary)
{
	const char *natural = strstr(rest, "sort") ? "" : ", 'sort': {'_id': 1}";
	const char *want =
	    qf_find(&f, arena_printf(&f.arena, "{'filter': %s, 'hint': {'$natural': 1}%s%s}",
			    filter, rest, natural));
	const char *find = arena_printf(&f.arena, "{'filter': %s%s%s}", filter, rest, natural);
	struct query_spec spec = qf_spec(&f, find);
	const char *plain = arena_printf(&f.arena, "{'filter': %s%s}", filter, rest);
	struct query_spec as_asked = qf_spec(&f, plain);

	assert_non_null(want);
	assert_string_equal(qf_find_spec(&f, &spec, 0), want);
	assert_string_equal(qf_find_spec(&f, &spec, 1), want);
	assert_non_null(qf_find_spec(&f, &as_asked, 0));
	assert_string_equal(f.summary, summary);
}

#define A_B "IXSCAN { a: 1, b: 1 }"
#define C_B "IXSCAN { c: 1, b: 1 }"

static void unites_branches(void **state)
{
	insert_many(1000);
	create("a_b", "{'a': 1, 'b': 1}");
	create("c_b", "{'c': 1, 'b': 1}");
	check("{'$or': [{'a': 1}, {'c': 5}]}", "", A_B ", " C_B);
	assert_true(f.docs_examined < 250);
	check("{'$or': [{'a': 1}, {'_id': 5}]}", "", A_B ", IXSCAN { _id: 1 }");
	/* The other conditions go into each branch. */
	check("{'a': 1, '$or': [{'b': {'$lt': 10}}, {'b': {'$gt': 95}}]}", "", A_B);
	check("{'big': {'$lt': 100}, '$or': [{'a': 1}, {'c': 5}]}", "", A_B ", " C_B);
	/* A branch that nothing bounds needs every document. */
	check("{'$or': [{'a': 1}, {'big': 3}]}", "", "COLLSCAN");
}

static void merges_in_order(void **state)
{
	insert_many(1000);
	create("a_b", "{'a': 1, 'b': 1}");
	create("c_b", "{'c': 1, 'b': 1}");
	check(
	    "{'a': {'$in': [1, 3, 5]}}", ", 'sort': {'b': 1, '_id': 1}", A_B ", " A_B ", " A_B);
	check("{'a': {'$in': [1, 3]}}", ", 'sort': {'b': -1, '_id': -1}, 'limit': 7",
	    A_B ", " A_B);
	assert_true(f.docs_examined <= 8);
	/* The same document by both, and once. */
	check("{'$or': [{'a': {'$in': [1]}}, {'c': 5}]}", ", 'sort': {'b': 1, '_id': 1}",
	    A_B ", " C_B);
	/* Mixed: one goes up where the other goes down. */
	create("d", "{'big': 1, 'b': -1}");
	check("{'$or': [{'a': 1}, {'big': 5}]}", ", 'sort': {'b': 1, '_id': 1}",
	    A_B ", IXSCAN { big: 1, b: -1 }");
}

/* Selective or not is found out by looking. */
static void counts_what_it_costs(void **state)
{
	insert_many(6000);
	create("a", "{'a': 1}");
	create("c", "{'c': 1}");
	create("big", "{'big': 1}");
	check("{'a': 1, 'c': 5}", "", "IXSCAN { c: 1 }");
	check("{'a': 1, 'big': {'$lt': 50}}", "", "IXSCAN { big: 1 }");
	check("{'a': 1, 'big': {'$gt': 50}}", "", "IXSCAN { a: 1 }");
	/* Most of them: in passing is cheaper. */
	check("{'big': {'$gt': 50}}", "", "COLLSCAN");
	/* A few in order, of which one in seven matches. */
	check("{'a': 1}", ", 'sort': {'big': 1}, 'limit': 3", "IXSCAN { big: 1 }");
	/* So many that it is better to sort the others. */
	check("{'c': 1}", ", 'sort': {'big': 1}, 'limit': 100", "IXSCAN { c: 1 }");
}

static int plan_on_loop(const char *find)
{
	struct query_spec spec = qf_spec(&f, find);
	struct collection *c = qf_collection(&f);
	struct query *q;
	struct plan *p;
	int err;

	spec.on_loop = true;
	err = query_parse(&spec, &f.arena, &q, &f.st);
	if (!err)
		err = query_plan(f.store, q, c, &f.arena, &p, &f.st);
	collection_unref(c);
	return err;
}

/* What a loop may not do is to look at keys, and one way alone is not compared with any. */
static void one_way_is_taken_unlooked(void **state)
{
	insert_many(6000);
	create("a", "{'a': 1}");
	assert_int_equal(plan_on_loop("{'filter': {'_id': 5}}"), 0);
	assert_int_equal(plan_on_loop("{'filter': {'_id': 5, 'a': 1}}"), 0);
	assert_int_equal(plan_on_loop("{'filter': {'a': 1}, 'hint': 'a'}"), 0);
	assert_int_equal(plan_on_loop("{'filter': {'a': 1}}"), ERR_WOULD_BLOCK);
}

/* Small ones are read by an index wherever there is one. */
static void small_collections(void **state)
{
	insert_many(20);
	create("a", "{'a': 1}");
	check("{'a': {'$gte': 0}}", "", "IXSCAN { a: 1 }");
	check("{'b': 1}", "", "COLLSCAN");
}

/* What a merge has looked at and not given may go before it is given. */
static void survives_changes(void **state)
{
	struct query_spec spec;
	struct exec_context cx;
	struct collection *c;
	struct exec *e;
	struct row row;
	bool found;
	int n = 0;

	insert_many(100);
	create("a_b", "{'a': 1, 'b': 1}");
	spec = qf_spec(&f, "{'filter': {'a': {'$in': [1, 2]}}, 'sort': {'b': 1}}");
	c = qf_collection(&f);
	cx = qf_context(&f);
	e = qf_open(&f, &spec, c);
	assert_non_null(e);
	while (TEST_OP_RUN(&f.op, exec_next(e, &cx, &row)) == STEP_ROW) {
		exec_save(e);
		/* All of a: 2 go, as soon as there has been one row. */
		for (int i = 2; n == 0 && i < 100; i += 7) {
			struct view key =
			    qf_record_key(&f, arena_printf(&f.arena, "{'_id': %d}", i));

			assert_int_equal(qf_change(&f, key, NULL, &found), 0);
		}
		assert_int_equal(exec_restore(e, c, &f.st), 0);
		n++;
	}
	assert_int_equal(f.st.code, 0);
	exec_close(e);
	collection_unref(c);
	/* Those of a: 1, and at most the one that was given. */
	assert_true(n == 15 || n == 14);
}

static struct plan_cache_stats cache_stats(void)
{
	struct plan_cache_stats s;

	plan_cache_stats(query_plan_cache(f.store), &s);
	return s;
}

/* Chosen twice at the same cost it is taken from then on; not where it would cost much more,
 * nor when there are other indexes. */
static void remembers(void **state)
{
	assert_int_equal(query_state_open(f.store, 1 << 20, &f.st), 0);
	insert_many(6000);
	create("a", "{'a': 1}");
	create("big", "{'big': 1}");
	for (int i = 0; i < 3; i++) {
		char *find = arena_printf(&f.arena,
		    "{'filter': {'a': %d, 'big': {'$gte': %d, '$lt': %d}}}", i, 100 * i,
		    100 * i + 50);

		assert_non_null(qf_find(&f, find));
		assert_string_equal(f.summary, "IXSCAN { big: 1 }");
		assert_int_equal(cache_stats().entries, 1);
		assert_int_equal(cache_stats().hits, i == 2);
	}
	assert_non_null(qf_find(&f, "{'filter': {'a': 1, 'big': {'$gte': 0, '$lt': 6000}}}"));
	assert_string_equal(f.summary, "IXSCAN { a: 1 }");
	create("c", "{'c': 1}");
	assert_non_null(qf_find(&f, "{'filter': {'a': 1, 'big': {'$gte': 0, '$lt': 50}}}"));
	assert_int_equal(cache_stats().hits, 2);
	query_state_close(f.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(unites_branches, setup, teardown),
	    cmocka_unit_test_setup_teardown(merges_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(counts_what_it_costs, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_way_is_taken_unlooked, setup, teardown),
	    cmocka_unit_test_setup_teardown(small_collections, setup, teardown),
	    cmocka_unit_test_setup_teardown(survives_changes, setup, teardown),
	    cmocka_unit_test_setup_teardown(remembers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
