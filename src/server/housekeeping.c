#include "server/housekeeping.h"

#include <stdlib.h>

#include "query/cursors.h"
#include "session/sessions.h"
#include "storage/batch.h"
#include "util/clock.h"
#include "util/log.h"

#define PERIOD_US 2000000
#define SLICE_US  10000

struct housekeeping {
	const struct job_env *env;
	struct task task;
	struct timer timer;
	struct op op;
	struct batch *batch;
	struct commit commit;
	bool committing;

	/* Rounds that the timer has begun and that have not quite ended: the
	 * next may begin while the last one lets go. */
	_Atomic int busy;
	_Atomic bool stopping;
	pthread_mutex_t lock; /* for waiting until there are none */
	pthread_cond_t idle;
};

static void queue(struct housekeeping *h)
{
	executor_submit(h->env->executor, &h->task);
}

/* The commit that it parked for goes on. */
static void on_fire(struct op *op)
{
	queue(container_of(op, struct housekeeping, op));
}

static void on_timer(struct timer *t)
{
	struct housekeeping *h = container_of(t, struct housekeeping, timer);

	h->busy++;
	queue(h);
}

/* One round is over: the next one comes with the timer. */
static void rest(struct housekeeping *h)
{
	if (!h->stopping)
		timers_set(h->env->timers, &h->timer, clock_mono_us() + PERIOD_US);
	pthread_mutex_lock(&h->lock);
	h->busy--;
	pthread_cond_signal(&h->idle);
	pthread_mutex_unlock(&h->lock);
}

static void log_failure(const struct status *st)
{
	log_write(LOG_CONTROL, LOG_WARNING, 2121, "Cannot remove the rows of old sessions",
	    (struct log_attr[]){{"error", LOG_STR(st->message)}, {NULL}});
}

/* Is there something to commit? */
static bool sweep(struct housekeeping *h)
{
	struct instance *inst = h->env->inst;
	struct status st;
	bool some = false;

	status_init(&st);
	if (sessions_sweep_rows(inst->sessions, clock_wall_ms(), h->batch, &st))
		log_failure(&st);
	else
		some = !batch_is_empty(h->batch) && !store_writable(inst->store, &st);
	status_clear(&st);
	return some;
}

static void expire(struct housekeeping *h)
{
	int64_t now_us = clock_mono_us();

	cursors_expire(h->env->inst->cursors, now_us / 1000);
	sessions_expire(h->env->inst->sessions, now_us);
}

/* DONE or PARK.  When the store is too busy to write now, it is left for another round. */
static enum step run_commit(struct housekeeping *h)
{
	struct status st;
	enum step step;
	bool stalled;

	status_init(&st);
	do {
		h->op.slice_end_us = clock_mono_us() + SLICE_US;
		step = commit_run(h->env->inst->store, &h->commit, &h->op, &st);
		stalled = step == STEP_PARK && h->op.wake_at_us;
	} while (step == STEP_HANDOVER ||
		 (step == STEP_PARK && !stalled && !op_wait_park(&h->op)));
	if (step == STEP_ERROR)
		log_failure(&st);
	status_clear(&st);
	return step == STEP_PARK && !stalled ? STEP_PARK : STEP_DONE;
}

static void run(struct task *t, struct worker *worker)
{
	struct housekeeping *h = container_of(t, struct housekeeping, task);

	if (!h->committing) {
		expire(h);
		h->committing = sweep(h);
		if (h->committing)
			commit_init(&h->commit, h->batch);
	}
	if (h->committing && run_commit(h) == STEP_PARK)
		return; /* it may run elsewhere by now */
	h->committing = false;
	batch_reset(h->batch);
	rest(h);
}

struct housekeeping *housekeeping_start(const struct job_env *env)
{
	struct housekeeping *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->env = env;
	h->batch = batch_new(env->inst->store, &env->inst->memory);
	if (!h->batch) {
		free(h);
		return NULL;
	}
	h->task.run = run;
	h->timer.fire = on_timer;
	op_init(&h->op, &env->inst->memory, on_fire);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->idle, NULL);
	timers_set(env->timers, &h->timer, clock_mono_us() + PERIOD_US);
	return h;
}

void housekeeping_stop(struct housekeeping *h)
{
	h->stopping = true;
	/* A round that did not see this sets the timer once more. */
	do {
		pthread_mutex_lock(&h->lock);
		while (h->busy)
			pthread_cond_wait(&h->idle, &h->lock);
		pthread_mutex_unlock(&h->lock);
		timers_cancel(h->env->timers, &h->timer);
	} while (h->busy);
	op_clear(&h->op);
	batch_free(h->batch);
	pthread_cond_destroy(&h->idle);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
