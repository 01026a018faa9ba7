#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/sorter.h"
#include "support/park.h"

#define N_ROWS 20000

/* A row's key and what it is known by again. */
struct entry {
	uint32_t key, number;
};

static struct entry entries[N_ROWS];

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static struct view key_view(const struct entry *e, char text[static 16])
{
	snprintf(text, 16, "key %06u", e->key);
	return view_of_str(text);
}

static void fill(struct sorter *s, struct test_op *op, struct status *st)
{
	char key[16], doc[400];

	memset(doc, 'd', sizeof(doc));
	for (uint32_t i = 0; i < N_ROWS; i++) {
		/* Many keys are there several times. */
		struct entry e = {.key = i * 2654435761u % 5003, .number = i};
		struct sorter_row row = {
		    .parts = {view_of(doc, 100 + i % 300), view_of(&i, 4)}, .number = i};

		entries[i] = e;
		if (sorter_is_full(s))
			assert_int_equal(
			    TEST_OP_RUN(op, sorter_spill(s, &op->op, st)), STEP_DONE);
		assert_int_equal(sorter_add(s, key_view(&e, key), &row, st), 0);
	}
	qsort(entries, N_ROWS, sizeof(*entries), compare_entries);
}

static void check_order(struct sorter *s, int n, struct status *st)
{
	struct sorter_row row;

	assert_int_equal(sorter_rewind(s, st), 0);
	for (int i = 0; i < n; i++) {
		assert_int_equal(sorter_next(s, &row, st), STEP_ROW);
		assert_int_equal(row.number, entries[i].number);
		assert_int_equal(row.parts[0].len, 100 + entries[i].number % 300);
		assert_memory_equal(row.parts[1].data, &entries[i].number, 4);
		assert_int_equal(row.parts[3].len, 0);
	}
	if (n == N_ROWS)
		assert_int_equal(sorter_next(s, &row, st), STEP_DONE);
}

/* Sorts all rows with these bounds and reads the first n. */
static struct sorter_stats run(int64_t limit, size_t memory, const char *dir, int n)
{
	struct memory_account account;
	struct sorter_options o = {
	    .limit = limit, .memory_bytes = memory, .spill_dir = dir, .account = &account};
	struct sorter_stats stats;
	struct test_op op;
	struct sorter *s;
	struct status st;

	status_init(&st);
	test_op_init(&op);
	memory_account_init(&account, NULL, 0);
	s = sorter_new(&o);
	fill(s, &op, &st);
	check_order(s, n, &st);
	sorter_stats(s, &stats);
	sorter_free(s);
	assert_int_equal(account.used_bytes, 0);
	test_op_clear(&op);
	return stats;
}

static void in_memory(void **state)
{
	struct sorter_stats stats = run(0, 1 << 30, NULL, N_ROWS);

	assert_int_equal(stats.rows, N_ROWS);
	assert_int_equal(stats.spills, 0);
	run(0, 1 << 30, NULL, 17); /* and not read to its end */
}

static void only_the_first(void **state)
{
	struct sorter_stats stats = run(50, 1 << 30, NULL, 50);

	assert_true(stats.peak_bytes < 51 * 500);
}

static void through_files(void **state)
{
	char dir[] = "/tmp/dolmen-sorter-XXXXXX";
	struct sorter_stats stats;

	assert_non_null(mkdtemp(dir));
	stats = run(0, 1 << 20, dir, N_ROWS);
	assert_true(stats.spills > 3);
	assert_true(stats.peak_bytes < (1 << 20) + 1000);
	/* So many files that they are merged into one. */
	stats = run(0, 40000, dir, N_ROWS);
	assert_true(stats.spills > 64);
	/* Those kept for a limit do not fit either. */
	stats = run(5000, 1 << 20, dir, 5000);
	assert_true(stats.spills > 0);
	run(0, 1 << 20, dir, 11);
	assert_int_equal(rmdir(dir), 0); /* nothing is left there */
}

static void not_without_the_disk(void **state)
{
	struct sorter_options o = {.memory_bytes = 1000};
	struct sorter_row row = {.parts = {view_of_str("document")}};
	struct sorter *s;
	struct memory_account account;
	struct test_op op;
	struct status st;

	memory_account_init(&account, NULL, 0);
	o.account = &account;
	status_init(&st);
	test_op_init(&op);
	s = sorter_new(&o);
	while (!sorter_is_full(s))
		assert_int_equal(sorter_add(s, view_of_str("key"), &row, &st), 0);
	assert_int_equal(sorter_spill(s, &op.op, &st), STEP_ERROR);
	assert_int_equal(st.code, ERR_QUERY_EXCEEDED_MEMORY_LIMIT);
	sorter_free(s);
	test_op_clear(&op);
	status_clear(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_memory),
	    cmocka_unit_test(only_the_first),
	    cmocka_unit_test(through_files),
	    cmocka_unit_test(not_without_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
