/*
 * server/timer.h - wakes what has parked and said until when.
 *
 * One thread and one heap for the whole server; most operations that park
 * (for a sync, for a lock without a time limit) never come here.
 *
 * Threads: set and cancel from any; a timer itself belongs to its owner.
 */
#ifndef SERVER_TIMER_H
#define SERVER_TIMER_H

#include <pthread.h>

#include "util/status.h"

struct timers;

struct timer {
	int64_t at_us; /* of clock_mono_us */
	size_t place; /* in the heap, from 1; 0: not set */
	/* Called once, when it is time, under the timers' lock: it must not set
	 * or cancel timers. */
	void (*fire)(struct timer *t);
};

struct timers {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct timer **heap; /* heap[1] is the next */
	size_t n, room;
	bool stopping;
	pthread_t thread;
};

MUST_CHECK int timers_start(struct timers *ts, struct status *st);
/* No timer may be set. */
void timers_stop(struct timers *ts);

/* The timer must not be set.  Without memory it fires at once, which for a
 * parked operation means that it looks again. */
void timers_set(struct timers *ts, struct timer *t, int64_t at_us);
/* When this returns, the timer does not run and will not, unless set again. */
void timers_cancel(struct timers *ts, struct timer *t);

#endif
