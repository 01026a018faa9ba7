#include "support/unit.h"

#include <stdlib.h>

#include "util/clock.h"
#include "util/op.h"

static _Atomic int fired;

static void count_fire(struct op *op)
{
	fired++;
}

static void fire_before_park_runs_again(void **state)
{
	struct op op;

	fired = 0;
	op_init(&op, NULL, count_fire);
	op_wait_begin(&op);
	op_fire(&op);
	assert_false(op_wait_park(&op));
	assert_int_equal(fired, 0);
	op_clear(&op);
}

static void fire_after_park_queues_once(void **state)
{
	struct op op;

	fired = 0;
	op_init(&op, NULL, count_fire);
	op_wait_begin(&op);
	assert_true(op_wait_park(&op));
	op_fire(&op);
	op_fire(&op);
	assert_int_equal(fired, 1);
	op_clear(&op);
}

static void a_shielded_op_is_not_stopped(void **state)
{
	struct status st;
	struct op op;

	fired = 0;
	status_init(&st);
	op_init(&op, NULL, count_fire);
	op_kill(&op, ERR_INTERRUPTED);
	op.deadline_us = 1;
	assert_int_equal(op_check_now(&op, &st), ERR_INTERRUPTED);
	status_clear(&st);
	op.shielded = true;
	assert_int_equal(op_check_now(&op, &st), 0);
	assert_int_equal(op_check(&op, &st), 0);
	op_wait_begin(&op);
	assert_true(op_wait_park(&op));
	op_fire(&op);
	assert_int_equal(fired, 1);
	op.shielded = false;
	assert_int_equal(op_check_now(&op, &st), ERR_INTERRUPTED);
	op_wait_begin(&op);
	assert_false(op_wait_park(&op));
	status_clear(&st);
	op_clear(&op);
}

static void lists_wake_in_order(void **state)
{
	struct waitlist l;
	struct op ops[3];

	fired = 0;
	waitlist_init(&l);
	for (int i = 0; i < 3; i++) {
		op_init(&ops[i], NULL, count_fire);
		op_wait_begin(&ops[i]);
		waitlist_add(&l, &ops[i], (uint64_t)i);
		assert_true(op_wait_park(&ops[i]));
	}
	waitlist_wake_one(&l);
	assert_int_equal(fired, 1);
	assert_null(ops[0].wait.list);
	assert_ptr_equal(ops[1].wait.list, &l);
	waitlist_wake_until(&l, 1);
	assert_int_equal(fired, 2);
	waitlist_remove(&l, &ops[2]);
	waitlist_wake_all(&l);
	assert_int_equal(fired, 2);
	for (int i = 0; i < 3; i++)
		op_clear(&ops[i]);
	waitlist_clear(&l);
}

static void kill_and_deadline(void **state)
{
	struct status st;
	struct op op;

	status_init(&st);
	op_init(&op, NULL, count_fire);
	assert_int_equal(op_check_now(&op, &st), 0);
	op.deadline_us = clock_mono_us() - 1;
	assert_int_equal(op_check_now(&op, &st), ERR_MAX_TIME_MS_EXPIRED);
	op_kill(&op, ERR_INTERRUPTED);
	op_kill(&op, ERR_CLIENT_DISCONNECT);
	assert_int_equal(op_check(&op, &st), ERR_INTERRUPTED);
	op_wait_begin(&op);
	assert_false(op_wait_park(&op)); /* a killed op does not go to sleep */
	status_clear(&st);
	op_clear(&op);
}

static void the_current_op(void **state)
{
	struct op op;

	op_init(&op, NULL, count_fire);
	op_kill(&op, ERR_INTERRUPTED);
	assert_int_equal(op_check_current(NULL), 0);
	op_set_current(&op);
	assert_int_equal(op_check_current(NULL), ERR_INTERRUPTED);
	op_set_current(NULL);
	assert_int_equal(op_check_current(NULL), 0);
	op_clear(&op);
}

/* One thread parks again and again, another fires: none is lost or doubled. */
static void *fire_often(void *arg)
{
	struct op *op = arg;

	for (int i = 0; i < 200000; i++)
		op_fire(op);
	return NULL;
}

static void park_and_fire_race(void **state)
{
	pthread_t thread;
	struct op op;
	int parked = 0;

	fired = 0;
	op_init(&op, NULL, count_fire);
	assert_int_equal(pthread_create(&thread, NULL, fire_often, &op), 0);
	for (int i = 0; i < 20000; i++) {
		op_wait_begin(&op);
		if (op_wait_park(&op)) {
			parked++;
			while (fired < parked) {
				/* the thread may have ended: fire as it would */
				op_fire(&op);
			}
		}
		assert_int_equal(fired, parked);
	}
	pthread_join(thread, NULL);
	assert_int_equal(fired, parked);
	op_clear(&op);
}

/* What waits for something that cannot be taken back sleeps on. */
static void a_firm_wait_outlives_a_kill(void **state)
{
	struct op op;

	fired = 0;
	op_init(&op, NULL, count_fire);
	op_wait_begin(&op);
	op.wait.firm = true;
	assert_true(op_wait_park(&op));
	op_kill(&op, ERR_INTERRUPTED);
	assert_int_equal(fired, 1);
	op_wait_begin(&op);
	op.wait.firm = true;
	assert_true(op_wait_park(&op));
	op_fire(&op);
	assert_int_equal(fired, 2);
	op_wait_begin(&op);
	assert_false(op_wait_park(&op));
	op_clear(&op);
}

static struct waitlist shared;
static _Atomic bool stop;

static void *wake_often(void *arg)
{
	while (!stop)
		waitlist_wake_all(&shared);
	return NULL;
}

static void nothing(struct op *op)
{
}

/* Who has been woken may end at once: the waker is through with it then. */
static void who_is_woken_may_be_freed(void **state)
{
	pthread_t thread;

	stop = false;
	waitlist_init(&shared);
	assert_int_equal(pthread_create(&thread, NULL, wake_often, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		struct op *op = malloc(sizeof(*op));

		op_init(op, NULL, nothing);
		op_wait_begin(op);
		waitlist_add(&shared, op, 0);
		/* As it goes when a time-out comes first. */
		op_wait_end(op);
		op_clear(op);
		free(op);
	}
	stop = true;
	pthread_join(thread, NULL);
	waitlist_clear(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fire_before_park_runs_again),
	    cmocka_unit_test(fire_after_park_queues_once),
	    cmocka_unit_test(a_shielded_op_is_not_stopped),
	    cmocka_unit_test(lists_wake_in_order),
	    cmocka_unit_test(kill_and_deadline),
	    cmocka_unit_test(the_current_op),
	    cmocka_unit_test(park_and_fire_race),
	    cmocka_unit_test(who_is_woken_may_be_freed),
	    cmocka_unit_test(a_firm_wait_outlives_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
