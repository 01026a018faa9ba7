/*
 * support/park.h - an op for a test's thread, which sleeps where a server
 * would go on with another request.
 *
 *     struct test_op t;
 *     test_op_init(&t);
 *     do
 *             step = locks_take(..., &t.op, &st);
 *     while (test_op_again(&t, step));
 *     test_op_clear(&t);
 */
#ifndef SUPPORT_PARK_H
#define SUPPORT_PARK_H

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
	op_init(&t->op, NULL, test_op_fire);
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->cond, NULL);
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

static inline void test_op_sleep(struct test_op *t)
{
	pthread_mutex_lock(&t->mutex);
	while (!t->fired)
		pthread_cond_wait(&t->cond, &t->mutex);
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

#endif
