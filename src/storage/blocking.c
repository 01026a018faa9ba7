#include <errno.h>
#include <time.h>

#include "storage/engine.h"

static void fire(struct op *op)
{
	struct blocking_op *b = container_of(op, struct blocking_op, op);

	pthread_mutex_lock(&b->lock);
	b->fired = true;
	pthread_cond_signal(&b->cond);
	pthread_mutex_unlock(&b->lock);
}

void blocking_op_init(struct blocking_op *b)
{
	pthread_condattr_t attr;

	b->fired = false;
	op_init(&b->op, NULL, fire);
	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->cond, &attr);
	pthread_condattr_destroy(&attr);
}

void blocking_op_clear(struct blocking_op *b)
{
	/* Who fired last may still be letting go of it. */
	pthread_mutex_lock(&b->lock);
	pthread_mutex_unlock(&b->lock);
	op_clear(&b->op);
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->lock);
}

/* Until it is fired, or it is time. */
static void sleep_until_fired(struct blocking_op *b)
{
	int64_t at = b->op.wake_at_us;
	struct timespec until = {at / 1000000, at % 1000000 * 1000};
	int r = 0;

	pthread_mutex_lock(&b->lock);
	while (!b->fired && r != ETIMEDOUT) {
		if (at)
			r = pthread_cond_timedwait(&b->cond, &b->lock, &until);
		else
			r = pthread_cond_wait(&b->cond, &b->lock);
	}
	b->fired = false;
	pthread_mutex_unlock(&b->lock);
}

void blocking_op_wait(struct blocking_op *b)
{
	if (op_wait_park(&b->op))
		sleep_until_fired(b);
}
