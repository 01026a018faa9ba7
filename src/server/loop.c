#include "config.h"

#include "server/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/batch.h"
#include "storage/store.h"

#define SLICE_NS    100000 /* the least that Linux takes */
#define TURN_PASSES 4 /* a commit, its answer, what comes after it */

static _Thread_local struct loop *own_loop; /* the thread's */

/* Runs what was posted so far; what that posts comes in the next turn. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	struct task_queue queue;
	struct task *t;

	waker_clear(l->waker);
	pthread_mutex_lock(&l->lock);
	queue = l->queue;
	l->queue = (struct task_queue){NULL, NULL};
	pthread_mutex_unlock(&l->lock);
	while ((t = task_queue_take(&queue)))
		t->run(t, &l->worker);
}

void loop_post(struct loop *l, struct task *t)
{
	bool was_empty;

	if (l == own_loop) {
		loop_later(l, t);
		return;
	}
	pthread_mutex_lock(&l->lock);
	was_empty = !l->queue.first;
	task_queue_put(&l->queue, t);
	/* Under the lock: the loop may be freed as soon as its last task has run. */
	if (was_empty)
		waker_wake(l->waker);
	pthread_mutex_unlock(&l->lock);
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (!config)
		return NULL;
	/* Each base has one thread, so it needs no locks; watching for a close
	 * without reading needs epoll's EPOLLRDHUP.  No change list: it would
	 * touch descriptors after they have been closed. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	event_config_require_features(config, EV_FEATURE_EARLY_CLOSE);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

int loop_new(const struct job_env *env, struct loop **out, struct status *st)
{
	struct loop *l = calloc(1, sizeof(*l));

	*out = l;
	if (!l)
		return status_set(st, ERR_OPERATION_FAILED, "there is no memory for a loop");
	pthread_mutex_init(&l->lock, NULL);
	compress_context_init(&l->worker.compress);
	l->env = env;
	l->waker = waker_new();
	l->base = new_base();
	if (!l->waker || !l->base ||
	    event_assign(
		&l->wake, l->base, waker_fd(l->waker), EV_READ | EV_PERSIST, on_wake, l) ||
	    event_add(&l->wake, NULL)) {
		status_set(
		    st, ERR_OPERATION_FAILED, "cannot make an event loop: %s", strerror(errno));
		loop_free(l);
		*out = NULL;
		return ERR_OPERATION_FAILED;
	}
	return 0;
}

void loop_later(struct loop *l, struct task *t)
{
	task_queue_put(&l->later, t);
	l->n_later++;
}

/* What these put off is for the next time. */
static void run_later(struct loop *l)
{
	struct task_queue queue = l->later;
	struct task *t;

	l->later = (struct task_queue){NULL, NULL};
	l->n_later = 0;
	while ((t = task_queue_take(&queue)))
		t->run(t, &l->worker);
}

static bool has_work(const struct loop *l)
{
	return l->n_later || l->turn.n_commits;
}

/* Commits first: those whose commit it was go on in this turn, and their
 * answers are sent with the others. */
static void finish_turn(struct loop *l)
{
	for (int i = 0; i < TURN_PASSES && has_work(l); i++) {
		if (l->turn.n_commits) {
			l->turn.n_commits = l->turn.n_patient = 0;
			commit_turn_over(l->env->inst->store);
		}
		run_later(l);
	}
}

/*
 * Clients that have all been told by one sync come back within microseconds, each to be
 * found by a poll of its own.  Commits of which nobody hears before the next sync are
 * not written as long as polls bring more of them: one write takes all.
 */
static void take_more(struct loop *l)
{
	int before;

	do {
		before = l->turn.n_commits;
		if (before == 0 || l->turn.n_patient < before)
			return;
		event_base_loop(
		    l->base, EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_ONCE | EVLOOP_NONBLOCK);
	} while (l->turn.n_commits > before);
}

void loop_catch_up(struct loop *l)
{
	if (l->n_later >= LOOP_LATER_MOST || l->turn.n_commits >= LOOP_LATER_MOST)
		finish_turn(l);
}

/* struct sched_attr of linux/sched/types.h, which glibc's sched.h stands in the way of. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/*
 * What a loop has to do is short and somebody waits for it, while an executor scans
 * as long as it may.  A thread that asks for short slices has its turn sooner when it
 * wakes (Linux from 6.12 on; before, nothing changes).
 */
static void ask_for_short_slices(void)
{
	struct scheduling s = {.size = sizeof(s), .runtime = SLICE_NS};

	syscall(SYS_sched_setattr, 0, &s, 0);
}

static void *run_thread(void *arg)
{
	struct loop *l = arg;

	own_loop = l;
	store_thread_begin();
	ask_for_short_slices();
	while (!l->stopping || has_work(l)) {
		event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_ONCE |
					     (has_work(l) ? EVLOOP_NONBLOCK : 0));
		take_more(l);
		finish_turn(l);
	}
	return NULL;
}

int loop_start(struct loop *l, int number, struct status *st)
{
	char name[16];
	int err;

	snprintf(name, sizeof(name), "loop-%d", number);
	err = thread_start(&l->thread, name, run_thread, l, st);
	l->started = !err;
	return err;
}

struct stop_task {
	struct task task;
	struct loop *loop;
};

static void stop_now(struct task *t, struct worker *worker)
{
	container_of(t, struct stop_task, task)->loop->stopping = true;
}

void loop_stop(struct loop *l)
{
	struct stop_task stop = {.task.run = stop_now, .loop = l};

	if (!l->started)
		return;
	loop_post(l, &stop.task);
	pthread_join(l->thread, NULL);
	l->started = false;
}

void loop_free(struct loop *l)
{
	struct job *job;

	assert(!l->started && !l->conns);
	while ((job = l->spare_jobs)) {
		l->spare_jobs = job->next_spare;
		job_free(job);
	}
	while (l->n_spare_bufs)
		buf_clear(&l->spare_bufs[--l->n_spare_bufs]);
	if (l->base) {
		if (event_initialized(&l->wake))
			event_del(&l->wake);
		event_base_free(l->base);
	}
	if (l->waker)
		waker_unref(l->waker);
	compress_context_clear(&l->worker.compress);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

struct job *loop_take_job(struct loop *l)
{
	struct job *job = l->spare_jobs;

	if (!job)
		return job_new(l->env, l);
	l->spare_jobs = job->next_spare;
	l->n_spare_jobs--;
	return job;
}

void loop_give_job(struct loop *l, struct job *job)
{
	loop_give_buf(l, &job->frame);
	if (l->n_spare_jobs == LOOP_SPARES) {
		job_free(job);
		return;
	}
	job->next_spare = l->spare_jobs;
	l->spare_jobs = job;
	l->n_spare_jobs++;
}

struct buf loop_take_buf(struct loop *l)
{
	struct buf b;

	if (l->n_spare_bufs)
		return l->spare_bufs[--l->n_spare_bufs];
	buf_init(&b, &l->env->inst->memory);
	if (!buf_reserve(&b, LOOP_READ_BYTES))
		buf_clear(&b);
	return b;
}

void loop_give_buf(struct loop *l, struct buf *b)
{
	bool fits = b->capacity >= LOOP_READ_BYTES && b->capacity <= 4 * LOOP_READ_BYTES;

	if (fits && l->n_spare_bufs < LOOP_SPARES) {
		buf_reset(b);
		l->spare_bufs[l->n_spare_bufs++] = *b;
		buf_init(b, b->account);
	} else {
		buf_clear(b);
	}
}
