/*
 * support/park.h - an op for a test's thread, which sleeps where a server
 * would go on with another request.
 *
 *     struct test_op t;
 *     test_op_init(&t);
 *     step = TEST_OP_RUN(&t, locks_take(..., &t.op, &st));
 *     test_op_clear(&t);
 */
#ifndef SUPPORT_PARK_H
#define SUPPORT_PARK_H

#include <time.h>

#include "util/op.h"

struct test_op {
	struct op op;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int fired;
};

static inline void test_op_fire(struct op *op)
{
	struct test_op *t = container_of(op, struct test_op, op);

	pthread_mutex_lock(&t->mutex);
	t->fired++;
	pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&t->mutex);
}

static inline void test_op_init(struct test_op *t)
{
	pthread_condattr_t attr;

	op_init(&t->op, NULL, test_op_fire);
	pthread_mutex_init(&t->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->cond, &attr);
	pthread_condattr_destroy(&attr);
	t->fired = 0;
}

static inline void test_op_clear(struct test_op *t)
{
	/* Whoever fired last may still be unlocking. */
	pthread_mutex_lock(&t->mutex);
	pthread_mutex_unlock(&t->mutex);
	op_clear(&t->op);
	pthread_cond_destroy(&t->cond);
	pthread_mutex_destroy(&t->mutex);
}

/* Until it is fired, or it is time. */
static inline void test_op_sleep(struct test_op *t)
{
	int64_t at = t->op.wake_at_us ? t->op.wake_at_us : INT64_MAX;
	struct timespec until = {at / 1000000, at % 1000000 * 1000};
	int r = 0;

	pthread_mutex_lock(&t->mutex);
	while (!t->fired && r == 0)
		r = pthread_cond_timedwait(&t->cond, &t->mutex, &until);
	if (t->fired)
		t->fired--;
	pthread_mutex_unlock(&t->mutex);
}

/* Sleeps over a PARK; true while the step is to be run again. */
static inline bool test_op_again(struct test_op *t, enum step step)
{
	if (step == STEP_PARK && op_wait_park(&t->op))
		test_op_sleep(t);
	return step == STEP_PARK || step == STEP_HANDOVER;
}

/* Calls until it is DONE or has failed. */
#define TEST_OP_RUN(t, call)                                                                   \
	({                                                                                     \
		enum step step_;                                                               \
		do                                                                             \
			step_ = (call);                                                        \
		while (test_op_again(t, step_));                                               \
		step_;                                                                         \
	})

#endif
