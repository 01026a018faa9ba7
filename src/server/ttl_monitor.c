#include "server/ttl_monitor.h"

#include <stdlib.h>

#include "commands/params.h"
#include "query/ttl.h"
#include "util/clock.h"

/* How often it is looked whether it is time: the parameters may have changed. */
#define TICK_US  1000000
#define SLICE_US 10000

struct ttl_monitor {
	const struct job_env *env;
	struct task task;
	struct timer timer; /* the next tick, or when what has parked wants to look again */
	struct op op;
	struct ttl ttl;
	bool passing;
	int64_t rested_us; /* since when: the last pass's end, or the start */
	int64_t told_deleted, told_sub_passes; /* of this pass, in the counters */

	/* As in housekeeping.c: the next round may begin while the last one lets go. */
	_Atomic int busy;
	_Atomic bool stopping;
	pthread_mutex_t lock;
	pthread_cond_t idle;
};

static void queue(struct ttl_monitor *m)
{
	executor_submit(m->env->executor, &m->task);
}

static void on_fire(struct op *op)
{
	queue(container_of(op, struct ttl_monitor, op));
}

static void on_tick(struct timer *t)
{
	struct ttl_monitor *m = container_of(t, struct ttl_monitor, timer);

	m->busy++;
	queue(m);
}

static void on_wake(struct timer *t)
{
	op_fire(&container_of(t, struct ttl_monitor, timer)->op);
}

/* One round is over: the next one comes with the timer. */
static void rest(struct ttl_monitor *m)
{
	m->timer.fire = on_tick;
	if (!m->stopping)
		timers_set(m->env->timers, &m->timer, clock_mono_us() + TICK_US);
	pthread_mutex_lock(&m->lock);
	m->busy--;
	pthread_cond_signal(&m->idle);
	pthread_mutex_unlock(&m->lock);
}

static bool is_enabled(const struct ttl_monitor *m)
{
	return params_number(m->env->inst->params, "ttlMonitorEnabled") && !m->stopping;
}

static bool is_due(const struct ttl_monitor *m)
{
	int64_t sleep_us = params_number(m->env->inst->params, "ttlMonitorSleepSecs") * 1000000;

	return is_enabled(m) && clock_mono_us() - m->rested_us >= sleep_us;
}

/* What has been done since the last time. */
static void tell_counters(struct ttl_monitor *m)
{
	struct instance_stats *stats = m->env->inst->stats;

	stat_add(&stats->docs_deleted, m->ttl.deleted - m->told_deleted);
	stat_add(&stats->ttl_deleted, m->ttl.deleted - m->told_deleted);
	stat_add(&stats->ttl_sub_passes, m->ttl.sub_passes - m->told_sub_passes);
	m->told_deleted = m->ttl.deleted;
	m->told_sub_passes = m->ttl.sub_passes;
}

/* True: it has gone, and may be running elsewhere by now. */
static bool park(struct ttl_monitor *m)
{
	int64_t at = m->op.wake_at_us;

	if (at) {
		m->timer.fire = on_wake;
		timers_set(m->env->timers, &m->timer, at);
	}
	if (op_wait_park(&m->op))
		return true;
	timers_cancel(m->env->timers, &m->timer);
	return false;
}

/* True: the pass goes on elsewhere, later. */
static bool go_on(struct ttl_monitor *m)
{
	for (;;) {
		enum step step;

		m->ttl.stop = !is_enabled(m);
		m->op.slice_end_us = clock_mono_us() + SLICE_US;
		step = ttl_pass(&m->ttl);
		tell_counters(m);
		if (step == STEP_DONE)
			return false;
		if (step == STEP_HANDOVER) {
			queue(m);
			return true;
		}
		if (park(m))
			return true;
	}
}

static void run(struct task *t, struct worker *worker)
{
	struct ttl_monitor *m = container_of(t, struct ttl_monitor, task);

	/* Something else may have fired than the timer. */
	timers_cancel(m->env->timers, &m->timer);
	if (!m->passing && !is_due(m)) {
		rest(m);
		return;
	}
	if (!m->passing)
		m->told_deleted = m->told_sub_passes = 0;
	m->passing = true;
	if (go_on(m))
		return;
	m->passing = false;
	stat_add(&m->env->inst->stats->ttl_passes, 1);
	m->rested_us = clock_mono_us();
	rest(m);
}

struct ttl_monitor *ttl_monitor_start(const struct job_env *env)
{
	struct ttl_monitor *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->env = env;
	m->task.run = run;
	m->timer.fire = on_tick;
	m->rested_us = clock_mono_us();
	op_init(&m->op, &env->inst->memory, on_fire);
	ttl_init(&m->ttl, env->inst->store, &m->op);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->idle, NULL);
	timers_set(env->timers, &m->timer, m->rested_us + TICK_US);
	return m;
}

void ttl_monitor_stop(struct ttl_monitor *m)
{
	m->stopping = true;
	m->ttl.stop = true;
	op_kill(&m->op, ERR_INTERRUPTED_AT_SHUTDOWN);
	/* A round that did not see this sets the timer once more. */
	do {
		pthread_mutex_lock(&m->lock);
		while (m->busy)
			pthread_cond_wait(&m->idle, &m->lock);
		pthread_mutex_unlock(&m->lock);
		timers_cancel(m->env->timers, &m->timer);
	} while (m->busy);
	ttl_clear(&m->ttl);
	op_clear(&m->op);
	pthread_cond_destroy(&m->idle);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
