/*
 * server/job.h - one message at work, from its frame to the bytes of its answer.
 *
 * A connection's loop takes a job for a whole frame and begins it.  Small
 * messages are parsed and run on the loop at once and are often done when
 * job_begin returns.  Otherwise the job has gone: to the executor's queue, or
 * it is parked and whoever fires its wait object queues it where it was.  When
 * it is done it comes back to its loop, which is told by the done hook.
 *
 *     loop:      job_begin --> done? --yes--> the connection sends job_answer
 *                    | no (HANDOVER, PARK)         ^
 *     executor:      run, run, run ... DONE --> done hook, on the loop
 *
 * While a job is away its loop may do three things to it: job_cancel, job_wake
 * and wait.
 *
 * Threads: a job belongs to whoever runs it; but for those two all calls are
 * the loop's.
 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "commands/request.h"
#include "server/executor.h"
#include "server/timer.h"

struct loop;

/* Frames that are longer go straight to the executor. */
#define JOB_LOOP_BYTES (64 * 1024)

/* What all jobs of a server share. */
struct job_env {
	struct instance *inst;
	struct executor *executor;
	struct timers *timers;
};

struct job {
	struct task task;
	struct job *next_spare;
	const struct job_env *env;
	struct loop *loop;
	struct client *client; /* the connection's */
	void (*done)(struct job *job); /* on the loop, when it had gone */

	struct buf frame; /* set by the connection; the message's views are into it */
	struct buf decompressed;
	struct message message;
	struct request request;
	struct timer timer;

	bool on_loop; /* where it runs, and goes on when it has parked */
	bool parsed; /* message is set */
	bool failed; /* ... but cannot be run: answer says why */
	bool close; /* the connection cannot go on after the answer */
	bool more_to_come; /* the answer is one of a stream: job_again */
	struct buf answer; /* compressed, or an error of ours; else the request's */
	_Atomic bool begun; /* the request may be fired and killed */
	_Atomic bool silent; /* the client awaits no answer */
	_Atomic int reason; /* ERR_ value it was cancelled for, or 0 */
};

/* Makes an empty job; NULL without memory. */
struct job *job_new(const struct job_env *env, struct loop *loop);
/* It must have ended. */
void job_free(struct job *job);

/* frame, client and done are set.  True: it is done already, done is not called. */
MUST_CHECK bool job_begin(struct job *job, struct worker *worker);
/* The bytes to be sent, perhaps none; valid until job_again or job_end. */
struct view job_answer(const struct job *job);
/* Runs a done job with more_to_come again; it comes back through done. */
void job_again(struct job *job);
/* Ends the request; the buffers stay for the next message if they are small. */
void job_end(struct job *job);

/* Stops an away job for reason (an ERR_ value). */
void job_cancel(struct job *job, int reason);
/* Makes an away job that waits look again. */
void job_wake(struct job *job);

#endif
