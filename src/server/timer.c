#include "server/timer.h"

#include <stdlib.h>
#include <time.h>

#include "server/executor.h"
#include "util/clock.h"

static void put(struct timers *ts, struct timer *t, size_t place)
{
	ts->heap[place] = t;
	t->place = place;
}

static void sift_up(struct timers *ts, struct timer *t, size_t at)
{
	for (; at > 1 && ts->heap[at / 2]->at_us > t->at_us; at /= 2)
		put(ts, ts->heap[at / 2], at);
	put(ts, t, at);
}

static void sift_down(struct timers *ts, struct timer *t, size_t at)
{
	for (;;) {
		size_t child = 2 * at;

		if (child < ts->n && ts->heap[child + 1]->at_us < ts->heap[child]->at_us)
			child++;
		if (child > ts->n || ts->heap[child]->at_us >= t->at_us)
			break;
		put(ts, ts->heap[child], at);
		at = child;
	}
	put(ts, t, at);
}

static void take_out(struct timers *ts, struct timer *t)
{
	size_t at = t->place;
	struct timer *last = ts->heap[ts->n--];

	t->place = 0;
	if (last == t)
		return;
	if (at > 1 && ts->heap[at / 2]->at_us > last->at_us)
		sift_up(ts, last, at);
	else
		sift_down(ts, last, at);
}

static bool make_room(struct timers *ts)
{
	size_t room = ts->room ? ts->room * 2 : 64;
	struct timer **heap;

	if (ts->n + 1 < ts->room)
		return true;
	heap = realloc(ts->heap, room * sizeof(*heap));
	if (!heap)
		return false;
	ts->heap = heap;
	ts->room = room;
	return true;
}

static void fire_due(struct timers *ts)
{
	while (ts->n && ts->heap[1]->at_us <= clock_mono_us()) {
		struct timer *t = ts->heap[1];

		take_out(ts, t);
		t->fire(t);
	}
}

static void wait_for_next(struct timers *ts)
{
	struct timespec until;

	if (!ts->n) {
		pthread_cond_wait(&ts->changed, &ts->lock);
		return;
	}
	until.tv_sec = ts->heap[1]->at_us / 1000000;
	until.tv_nsec = ts->heap[1]->at_us % 1000000 * 1000;
	pthread_cond_timedwait(&ts->changed, &ts->lock, &until);
}

static void *run_thread(void *arg)
{
	struct timers *ts = arg;

	pthread_mutex_lock(&ts->lock);
	while (!ts->stopping) {
		fire_due(ts);
		wait_for_next(ts);
	}
	pthread_mutex_unlock(&ts->lock);
	return NULL;
}

int timers_start(struct timers *ts, struct status *st)
{
	pthread_condattr_t attr;

	*ts = (struct timers){.n = 0};
	pthread_mutex_init(&ts->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ts->changed, &attr);
	pthread_condattr_destroy(&attr);
	return thread_start(&ts->thread, "timer", run_thread, ts, st);
}

void timers_stop(struct timers *ts)
{
	pthread_mutex_lock(&ts->lock);
	assert(!ts->n);
	ts->stopping = true;
	pthread_cond_signal(&ts->changed);
	pthread_mutex_unlock(&ts->lock);
	pthread_join(ts->thread, NULL);
	pthread_cond_destroy(&ts->changed);
	pthread_mutex_destroy(&ts->lock);
	free(ts->heap);
}

void timers_set(struct timers *ts, struct timer *t, int64_t at_us)
{
	pthread_mutex_lock(&ts->lock);
	assert(!t->place);
	t->at_us = at_us;
	if (make_room(ts)) {
		sift_up(ts, t, ++ts->n);
		if (t->place == 1)
			pthread_cond_signal(&ts->changed);
	} else {
		t->fire(t);
	}
	pthread_mutex_unlock(&ts->lock);
}

void timers_cancel(struct timers *ts, struct timer *t)
{
	pthread_mutex_lock(&ts->lock);
	if (t->place)
		take_out(ts, t);
	pthread_mutex_unlock(&ts->lock);
}
