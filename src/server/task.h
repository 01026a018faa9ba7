/*
 * server/task.h - something to be done by a loop or by the executor.
 *
 * A task is embedded in what it is about (a job, a connection that has just
 * been accepted) and stands in one queue at a time, so queueing never
 * allocates.
 */
#ifndef SERVER_TASK_H
#define SERVER_TASK_H

#include "wire/compress.h"

/* What a thread has to itself. */
struct worker {
	struct compress_context compress;
};

struct task {
	struct task *next;
	void (*run)(struct task *task, struct worker *worker);
};

/* First in, first out.  Whoever has it locks. */
struct task_queue {
	struct task *first, *last;
};

static inline void task_queue_put(struct task_queue *q, struct task *t)
{
	t->next = NULL;
	if (q->last)
		q->last->next = t;
	else
		q->first = t;
	q->last = t;
}

/* NULL: empty. */
static inline struct task *task_queue_take(struct task_queue *q)
{
	struct task *t = q->first;

	if (t) {
		q->first = t->next;
		if (!q->first)
			q->last = NULL;
	}
	return t;
}

#endif
