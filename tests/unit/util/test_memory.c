#include "support/unit.h"

#include "util/memory.h"

static void the_root_counts_exactly(void **state)
{
	struct memory_account root;

	memory_account_init(&root, NULL, 1000);
	assert_true(memory_charge(&root, 600));
	assert_false(memory_charge(&root, 401));
	assert_true(memory_charge(&root, 400));
	memory_release(&root, 900);
	assert_int_equal(root.used_bytes, 100);
	assert_int_equal(root.peak_bytes, 1000);
}

/* A short operation does not touch what all share; a long one does so by the piece. */
static void grants_come_and_go(void **state)
{
	struct memory_account root, op;

	memory_account_init(&root, NULL, 0);
	memory_account_init(&op, &root, 0);
	assert_true(memory_charge(&op, MEMORY_GRACE));
	assert_int_equal(root.used_bytes, 0);
	assert_true(memory_charge(&op, 1));
	assert_int_equal(root.used_bytes, MEMORY_GRANT);
	assert_true(memory_charge(&op, 10 * MEMORY_GRANT));
	assert_true(root.used_bytes + MEMORY_GRACE >= op.used_bytes);
	assert_true(root.used_bytes <= op.used_bytes + MEMORY_GRANT);
	memory_release(&op, 10 * MEMORY_GRANT);
	assert_true(root.used_bytes <= op.used_bytes + MEMORY_GRANT);
	assert_int_equal(op.used_bytes, MEMORY_GRACE + 1);
	memory_account_close(&op);
	assert_int_equal(root.used_bytes, 0);
	assert_true(root.peak_bytes >= 10 * MEMORY_GRANT);
}

static void a_limit_up_the_chain_refuses(void **state)
{
	struct memory_account root, cursor, sort;

	memory_account_init(&root, NULL, 100 * 1024);
	memory_account_init(&cursor, &root, 0);
	memory_account_init(&sort, &cursor, 0);
	/* Near the limit no more is taken than is needed. */
	assert_true(memory_charge(&sort, 120 * 1024));
	assert_true(root.used_bytes <= 100 * 1024);
	assert_false(memory_charge(&sort, 64 * 1024));
	assert_int_equal(sort.used_bytes, 120 * 1024);
	memory_account_close(&sort);
	memory_account_close(&cursor);
	assert_int_equal(root.used_bytes, 0);
}

static void its_own_limit_is_exact(void **state)
{
	struct memory_account root, op;

	memory_account_init(&root, NULL, 0);
	memory_account_init(&op, &root, 1000);
	assert_true(memory_charge(&op, 1000));
	assert_false(memory_charge(&op, 1));
	memory_release(&op, 1);
	assert_true(memory_charge(&op, 1));
	memory_account_close(&op);
	assert_int_equal(op.used_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_root_counts_exactly),
	    cmocka_unit_test(grants_come_and_go),
	    cmocka_unit_test(a_limit_up_the_chain_refuses),
	    cmocka_unit_test(its_own_limit_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
