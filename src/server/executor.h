/*
 * server/executor.h - the threads for what takes long or waits for the disk.
 *
 * One queue, first in first out: a task that has had its slice and wants more
 * is submitted again and stands behind all others.  Nothing that runs here
 * waits for another task, so the one that frees a lock always comes to its
 * turn.
 *
 * Threads: submit from any.
 */
#ifndef SERVER_EXECUTOR_H
#define SERVER_EXECUTOR_H

#include <pthread.h>

#include "server/task.h"
#include "util/status.h"

struct executor {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct task_queue queue;
	int n_idle;
	bool stopping;
	pthread_t *threads;
	int n_threads;
};

/* Starts n threads. */
MUST_CHECK int executor_start(struct executor *e, int n, struct status *st);
/* Runs what is still queued, then ends the threads. */
void executor_stop(struct executor *e);

void executor_submit(struct executor *e, struct task *t);

/*
 * A thread of ours: signals blocked, a stack that is deep enough for what the
 * depth limits allow, a name for ps and gdb.
 */
MUST_CHECK int thread_start(
    pthread_t *thread, const char *name, void *(*run)(void *), void *arg, struct status *st);

#endif
