/*
 * server/loop.h - an event loop with a thread of its own.
 *
 * A loop owns its connections and touches nothing of another's.  What others
 * have for it (a job that is done, a connection that was accepted) they post.
 * Jobs and read buffers are taken from the loop and come back to it, so that
 * an idle connection has neither.
 *
 * Threads: loop_post from any; loop_new, loop_start, loop_stop and loop_free
 * from the one that starts the server; the rest is the loop's own.
 */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>

#include "server/job.h"
#include "util/waker.h"

struct conn;

#define LOOP_READ_BYTES (16 * 1024) /* the size of a read buffer */
#define LOOP_SPARES     32
#define LOOP_LATER_MOST 32

struct loop {
	struct event_base *base;
	struct worker worker;
	struct event wake;
	struct waker *waker;
	pthread_mutex_t lock; /* of queue */
	struct task_queue queue;
	pthread_t thread;
	bool started, stopping;

	struct task_queue later; /* at the end of this turn */
	int n_later;
	struct turn turn;

	const struct job_env *env;
	struct conn *conns;
	_Atomic int n_conns; /* those on their way to it too */
	bool draining; /* connections end with the answer they are at */
	struct job *spare_jobs;
	int n_spare_jobs;
	struct buf spare_bufs[LOOP_SPARES];
	int n_spare_bufs;
};

/* env outlives it.  NULL and a status when the system has no more for us. */
MUST_CHECK int loop_new(const struct job_env *env, struct loop **out, struct status *st);
MUST_CHECK int loop_start(struct loop *l, int number, struct status *st);
/* Ends the thread after what has been posted.  No connection may be left. */
void loop_stop(struct loop *l);
void loop_free(struct loop *l);

void loop_post(struct loop *l, struct task *t);

/*
 * On the loop itself: runs t at the end of this turn, when all that was ready has
 * been looked at, in order.  Answers are sent then, one right after the other:
 * the first wakes its client, which finds the others when it comes to them, and is
 * not woken for each.
 */
void loop_later(struct loop *l, struct task *t);
/* Runs what is there, when it has become so much that the first has waited
 * long enough.  For the loop's events alone, at their begin. */
void loop_catch_up(struct loop *l);

/* NULL without memory.  The job has nothing set but what job_new sets. */
struct job *loop_take_job(struct loop *l);
/* It has ended. */
void loop_give_job(struct loop *l, struct job *job);

/* An empty buffer with room for LOOP_READ_BYTES, or with none (no memory). */
struct buf loop_take_buf(struct loop *l);
/* Any buffer of the loop's connections; *b is empty then. */
void loop_give_buf(struct loop *l, struct buf *b);

#endif
