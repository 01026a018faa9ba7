#include "support/unit.h"
#include "support/park.h"

#include <stdlib.h>

#include "storage/locks.h"

static struct hash128 key_of(uint64_t n)
{
	return (struct hash128){.low = n * 7919, .high = n};
}

static void same_owner_enters_again(void **state)
{
	struct lock_table *t = lock_table_new();
	struct lock_set a, b;

	lock_set_init(&a, t);
	lock_set_init(&b, t);
	assert_int_equal(locks_try(&a, key_of(1)), 0);
	assert_int_equal(locks_try(&a, key_of(1)), 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(locks_try(&b, key_of(1)), ERR_WOULD_BLOCK);
	assert_int_equal(locks_try(&b, key_of(2)), 0);
	lock_set_release(&a);
	assert_int_equal(locks_try(&b, key_of(1)), 0);
	lock_set_release(&b);
	lock_table_free(t);
}

static void keys_are_sorted_without_doubles(void **state)
{
	struct hash128 keys[] = {key_of(3), key_of(1), key_of(3), key_of(2), key_of(1)};

	assert_int_equal(lock_keys_sort(keys, 5), 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(keys[i].high, i + 1);
	assert_int_equal(lock_keys_sort(keys, 0), 0);
}

static void lock_keys_tell_tables_apart(void **state)
{
	struct hash128 a = lock_key(1, view_of_str("k")), b = lock_key(2, view_of_str("k"));
	struct hash128 again = lock_key(1, view_of_str("k"));

	assert_memory_equal(&a, &again, sizeof(a));
	assert_memory_not_equal(&a, &b, sizeof(a));
}

/* Many more than the buckets at first: chains, growth, and back. */
static void many_locks(void **state)
{
	struct lock_table *t = lock_table_new();
	struct lock_set a, b;

	lock_set_init(&a, t);
	lock_set_init(&b, t);
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 20000; i++)
			assert_int_equal(locks_try(&a, lock_key(1, view_of(&i, 8))), 0);
		for (uint64_t i = 0; i < 20000; i++)
			assert_int_equal(
			    locks_try(&b, lock_key(1, view_of(&i, 8))), ERR_WOULD_BLOCK);
		lock_set_release(&a);
	}
	lock_set_release(&b);
	lock_table_free(t);
}

static void first_come_first_served(void **state)
{
	struct lock_table *t = lock_table_new();
	struct hash128 key = key_of(5);
	struct lock_set sets[4];
	struct test_op ops[4];
	struct status st;

	status_init(&st);
	for (int i = 0; i < 4; i++) {
		lock_set_init(&sets[i], t);
		test_op_init(&ops[i]);
	}
	assert_int_equal(locks_take(&sets[0], &key, 1, &ops[0].op, &st), STEP_DONE);
	for (int i = 1; i < 4; i++) {
		assert_int_equal(locks_take(&sets[i], &key, 1, &ops[i].op, &st), STEP_PARK);
		assert_true(op_wait_park(&ops[i].op));
	}
	/* The second leaves the queue; a wake for no reason changes nothing. */
	lock_set_release(&sets[2]);
	op_fire(&ops[3].op);
	assert_int_equal(ops[3].fired, 1);
	assert_int_equal(locks_take(&sets[3], &key, 1, &ops[3].op, &st), STEP_PARK);

	lock_set_release(&sets[0]);
	assert_int_equal(ops[1].fired, 1);
	assert_int_equal(locks_take(&sets[1], &key, 1, &ops[1].op, &st), STEP_DONE);
	/* Nobody overtakes the one who is queued. */
	assert_int_equal(locks_try(&sets[0], key), ERR_WOULD_BLOCK);
	lock_set_release(&sets[1]);
	assert_int_equal(locks_try(&sets[0], key), ERR_WOULD_BLOCK);
	/* Granted but never seen: it is passed on all the same. */
	lock_set_release(&sets[3]);
	assert_int_equal(locks_try(&sets[0], key), 0);
	lock_set_release(&sets[0]);
	for (int i = 0; i < 4; i++)
		test_op_clear(&ops[i]);
	lock_table_free(t);
}

static void out_of_order_is_a_conflict(void **state)
{
	struct lock_table *t = lock_table_new();
	struct hash128 low = key_of(1), high = key_of(2);
	struct lock_set a, b;
	struct test_op op;
	struct status st;

	status_init(&st);
	test_op_init(&op);
	lock_set_init(&a, t);
	lock_set_init(&b, t);
	assert_int_equal(locks_try(&a, low), 0);
	assert_int_equal(locks_take(&b, &high, 1, &op.op, &st), STEP_DONE);
	assert_int_equal(locks_take(&b, &low, 1, &op.op, &st), STEP_ERROR);
	assert_int_equal(st.code, ERR_WRITE_CONFLICT);
	lock_set_release(&a);
	assert_int_equal(locks_take(&b, &low, 1, &op.op, &st), STEP_DONE);
	assert_int_equal(b.n, 2);
	lock_set_release(&b);
	status_clear(&st);
	test_op_clear(&op);
	lock_table_free(t);
}

static void a_killed_waiter_keeps_what_it_has(void **state)
{
	struct lock_table *t = lock_table_new();
	struct hash128 keys[] = {key_of(1), key_of(2)};
	struct lock_set a, b;
	struct test_op op;
	struct status st;

	status_init(&st);
	test_op_init(&op);
	lock_set_init(&a, t);
	lock_set_init(&b, t);
	assert_int_equal(locks_try(&a, keys[1]), 0);
	assert_int_equal(locks_take(&b, keys, 2, &op.op, &st), STEP_PARK);
	op_kill(&op.op, ERR_INTERRUPTED);
	assert_int_equal(locks_take(&b, keys, 2, &op.op, &st), STEP_ERROR);
	assert_int_equal(st.code, ERR_INTERRUPTED);
	assert_int_equal(b.n, 1);
	assert_null(b.waiting);
	lock_set_release(&b);
	lock_set_release(&a);
	status_clear(&st);
	test_op_clear(&op);
	lock_table_free(t);
}

#define HAMMER_THREADS 6
#define HAMMER_KEYS    5
#define HAMMER_ROUNDS  1500

static struct lock_table *hammered;
static int inside[HAMMER_KEYS]; /* not atomic: TSan and the checks see a breach */
static _Atomic int taken, killed;

struct hammer {
	struct test_op op;
	unsigned int seed;
	_Atomic bool ended;
};

static int choose(struct hammer *h, struct hash128 *keys)
{
	int n = 1 + (int)(rand_r(&h->seed) % 3);

	for (int i = 0; i < n; i++)
		keys[i] = key_of(rand_r(&h->seed) % HAMMER_KEYS);
	return lock_keys_sort(keys, n);
}

static void be_inside(const struct hash128 *keys, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(inside[keys[i].high]++, 0);
	for (int i = 0; i < n; i++)
		assert_int_equal(--inside[keys[i].high], 0);
}

static void *hammer_run(void *arg)
{
	struct hammer *h = arg;
	struct lock_set set;

	lock_set_init(&set, hammered);
	for (int round = 0; round < HAMMER_ROUNDS; round++) {
		struct hash128 keys[3];
		int n = choose(h, keys);
		struct status st;
		enum step step;

		status_init(&st);
		step = TEST_OP_RUN(&h->op, locks_take(&set, keys, n, &h->op.op, &st));
		if (step == STEP_DONE) {
			be_inside(keys, n);
			taken++;
		} else {
			killed++;
			atomic_store(&h->op.op.killed, 0);
		}
		lock_set_release(&set);
		status_clear(&st);
	}
	h->ended = true;
	return NULL;
}

static void threads_with_kills(void **state)
{
	struct hammer hammers[HAMMER_THREADS];
	pthread_t threads[HAMMER_THREADS];
	unsigned int seed = 42;

	hammered = lock_table_new();
	for (int i = 0; i < HAMMER_THREADS; i++) {
		test_op_init(&hammers[i].op);
		hammers[i].seed = (unsigned int)i + 1;
		hammers[i].ended = false;
		assert_int_equal(pthread_create(&threads[i], NULL, hammer_run, &hammers[i]), 0);
	}
	for (int ended = 0; ended < HAMMER_THREADS;) {
		op_kill(&hammers[rand_r(&seed) % HAMMER_THREADS].op.op, ERR_INTERRUPTED);
		ended = 0;
		for (int i = 0; i < HAMMER_THREADS; i++)
			ended += hammers[i].ended;
	}
	for (int i = 0; i < HAMMER_THREADS; i++) {
		pthread_join(threads[i], NULL);
		test_op_clear(&hammers[i].op);
	}
	assert_int_equal(taken + killed, HAMMER_THREADS * HAMMER_ROUNDS);
	assert_true(taken > 0);
	lock_table_free(hammered); /* asserts that nothing is held */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_owner_enters_again),
	    cmocka_unit_test(keys_are_sorted_without_doubles),
	    cmocka_unit_test(lock_keys_tell_tables_apart),
	    cmocka_unit_test(many_locks),
	    cmocka_unit_test(first_come_first_served),
	    cmocka_unit_test(out_of_order_is_a_conflict),
	    cmocka_unit_test(a_killed_waiter_keeps_what_it_has),
	    cmocka_unit_test(threads_with_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
