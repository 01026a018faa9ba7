/*
 * util/op.h - one operation under way: who may stop it, what it waits for,
 * what memory it has.
 *
 * A command's run function never waits.  It returns DONE, HANDOVER (run me on
 * the executor, or my time slice is over) or PARK (wake me when my wait object
 * fires), and whoever runs it calls it again; its progress is in its own state.
 * The life of a PARK:
 *
 *     run:    op_wait_begin(op)                   the wait object is armed
 *             put &op->wait on the list of what it waits for, under that
 *             list's lock (waitlist_add)
 *             return STEP_PARK
 *     waker:  waitlist_wake_*                     fires the wait object
 *     runner: op_wait_park(op): true: leave it, the fire hook will queue it;
 *             false: it has fired already, run it again at once
 *     run:    (again) looks whether what it waited for is there; takes itself
 *             off the list first (waitlist_remove), for it may have been woken
 *             by a cancellation or a time-out instead
 *
 * A wait may fire for no reason: run always looks again.
 *
 * Cancellation: op_kill may be called from any thread; it sets the reason and
 * fires the wait object.  Every loop in the engine calls op_check now and
 * then, which also watches the deadline (maxTimeMS).
 *
 * Threads: all but what is said above belongs to the thread that runs the op.
 */
#ifndef UTIL_OP_H
#define UTIL_OP_H

#include <pthread.h>
#include <stdatomic.h>

#include "util/memory.h"
#include "util/status.h"

struct waiter;
struct waitlist;

struct waiter {
	struct waiter *next, *prev;
	/* The list it stands on, or NULL: set by the op's own thread, cleared by
	 * whoever takes it off; both under the list's lock.  An op whose wait is
	 * over takes itself off (waitlist_remove, op_wait_end) before it waits
	 * again or ends, although it may have been taken off. */
	struct waitlist *_Atomic list;
	uint64_t ticket;       /* what the list's owner waits for: a sequence, a hash */
	/* Set by the op's own thread after op_wait_begin: this wait is not ended
	 * by a kill, for what it waits for cannot be taken back. */
	bool firm;
	_Atomic int state; /* WAIT_IDLE, WAIT_ARMED, WAIT_PARKED, WAIT_FIRED */
};

/* First come first served.  Zero-initialise with waitlist_init. */
struct waitlist {
	pthread_mutex_t lock;
	struct waiter *head, *tail;
};

/*
 * What the ops that run in one turn of an event loop leave for its end, to be done
 * for all of them at once.
 */
struct turn {
	int n_commits; /* queued since the last commit_turn_over (storage/batch.h) */
	int n_patient; /* of these: see op.patient */
};

/* What a long operation is at, for those who look on (currentOp). */
struct op_progress {
	const char *_Atomic what; /* a static string; NULL: nothing to be said */
	_Atomic int64_t done, total;
};

/* So many ids in a row are one thread's. */
#define OP_ID_BLOCK 64

struct op {
	uint32_t id;		 /* opid, unique while the process lives */
	_Atomic int killed;	 /* 0, or the ERR_ value it was stopped for */
	int64_t deadline_us;	 /* of clock_mono_us; 0: none.  maxTimeMS */
	int64_t wake_at_us;	 /* when PARKed: fire then at the latest; 0: never */
	int64_t slice_end_us;	 /* when this call of run should return HANDOVER */
	bool on_loop;		 /* runs on an event loop: no disk, bounded work */
	/* Set by its own thread while what it has begun is undone, which a kill or the
	 * deadline must not stop: these count again afterwards. */
	bool shielded;
	bool patient; /* nobody hears of what it writes before a sync: it may be written late */
	struct turn *turn; /* the loop's, when it does what is left there; or NULL */
	struct waiter wait;
	struct memory_account memory;
	struct op_progress progress;
	/* Queues the op to be run again; called once for each op_wait_park that
	 * returned true, from the thread that fires. */
	void (*fire)(struct op *op);
};

void op_init(struct op *op, struct memory_account *server_memory, void (*fire)(struct op *));
/* The op must not stand on any list. */
void op_clear(struct op *op);

/* 0, or the reason it must stop: killed, or past its deadline (50).  Cheap:
 * looks at the clock only every 64th call on average. */
MUST_CHECK int op_check(struct op *op, struct status *st);
/* The same, with a look at the clock each time. */
MUST_CHECK int op_check_now(struct op *op, struct status *st);

/*
 * The op whose run the calling thread is in; NULL: none.  For expressions, which may take
 * long on one document and are given no op.
 */
void op_set_current(struct op *op);
/* op_check_now of that one; 0 when there is none. */
MUST_CHECK int op_check_current(struct status *st);

/* From now on it is at this, and nothing of it is done. */
void op_set_progress(struct op *op, const char *what, int64_t total);

/* Is this call's time over?  For scans: every few documents. */
bool op_slice_over(const struct op *op);

/* Stops it for reason (an ERR_ value), from any thread; the first reason stays. */
void op_kill(struct op *op, int reason);

void op_wait_begin(struct op *op);
/* Called by the runner after PARK.  See above. */
MUST_CHECK bool op_wait_park(struct op *op);
/* Takes the op off whatever list it stands on: before a run ends without
 * having looked again at what it waited for. */
void op_wait_end(struct op *op);
/* Fires the op's wait object, from any thread; at most one fire() results. */
void op_fire(struct op *op);

void waitlist_init(struct waitlist *l);
void waitlist_clear(struct waitlist *l);
/* Puts the op at the end.  It must have been armed. */
void waitlist_add(struct waitlist *l, struct op *op, uint64_t ticket);
/* Takes the op off the list it stands on, if it stands on this one. */
void waitlist_remove(struct waitlist *l, struct op *op);
/* Take off and fire: the first, all, or all whose ticket is at most this. */
void waitlist_wake_one(struct waitlist *l);
void waitlist_wake_all(struct waitlist *l);
void waitlist_wake_until(struct waitlist *l, uint64_t ticket);

#endif
