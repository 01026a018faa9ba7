/*
 * query/cursors.h - open cursors between two commands of the same client.
 *
 * find and aggregate park a cursor that has more to give; getMore borrows it,
 * produces one batch and gives it back.  A borrowed cursor belongs to one
 * request alone, so struct cursor needs no lock; killing it meanwhile only
 * marks it (and kills the op that has it), and giving it back frees it.
 *
 * An idle cursor has no iterator, and no snapshot but that of a snapshot read:
 * exec_save was called.
 *
 * Killing a session's or all cursors works the same way.  Idle cursors expire
 * by the clock that only goes forward.
 *
 * Threads: call from any; nothing here does I/O or frees a tree with the lock.
 */
#ifndef QUERY_CURSORS_H
#define QUERY_CURSORS_H

#include "query/exec.h"
#include "util/arena.h"
#include "util/buf.h"

struct cursors;

struct plan;

struct cursor {
	int64_t id; /* 0 until it is parked the first time */
	struct arena arena;
	struct memory_account memory;
	struct exec *exec; /* NULL: nothing (more) to give, or batch is all */
	char *ns;
	uint32_t table_id;	/* of the collection; 0: none */
	uint64_t version;	/* of the catalog entry the plan was made for */
	struct view lsid;	/* the session it belongs to, or empty */
	uint64_t client_id;	/* the connection that made it */
	bool tailable, await_data, no_timeout;
	int64_t max_time_left_us; /* of find's maxTimeMS; 0: none */
	int64_t last_used_ms, created_ms; /* of clock_wall_ms: for currentOp */
	int64_t n_returned, n_batches;
	struct view command; /* originatingCommand, for currentOp */
	const char *plan_summary;
	const struct plan *plan; /* in the arena; NULL: none */
	bool writes; /* it is run to its end, even when that is an error */
	bool one_state; /* all that a batch reads is of one state of the store */
	/* readConcern snapshot: the state it reads until it is closed; else NULL. */
	struct snapshot *snap;
	/* A document that was read but did not fit into the last batch. */
	struct buf pending;
	/* The cursors' own. */
	struct cursor *next;
	struct op *borrower;
	int64_t idle_since_ms; /* of clock_mono_us, in ms */
	bool killed;
};

/* NULL when there is no memory.  idle_timeout_ms 0: they never expire. */
struct cursors *cursors_new(struct memory_account *server_memory, int64_t idle_timeout_ms);
/* Frees all; none may be borrowed. */
void cursors_free(struct cursors *cs);

/* A cursor of the caller's, not yet known to anybody else; NULL when there is
 * no memory.  Its arena and memory are ready, all else is zero. */
struct cursor *cursor_new(struct cursors *cs);
/* Closes its tree and frees it: for one that was never parked, or borrowed
 * and is exhausted (it is taken off the table then). */
void cursor_free(struct cursors *cs, struct cursor *c);

/*
 * Saves its tree (exec_save) and gives it back, or makes it known for the
 * first time, with an id that it keeps.  Anybody may borrow it from here on: c is not the
 * caller's any more.  Returns its id, or 0 when it was killed meanwhile and
 * is gone.
 */
int64_t cursors_park(struct cursors *cs, struct cursor *c);
/*
 * Lends the cursor to the caller, who must park or free it; op is its request's,
 * which is killed (ERR_CURSOR_KILLED) when the cursor is.  Fails with
 * ERR_CURSOR_NOT_FOUND, or ERR_CURSOR_IN_USE.
 */
MUST_CHECK int cursors_borrow(struct cursors *cs, int64_t id, struct op *op,
    struct cursor **out, struct status *st);
enum kill_result { KILL_DONE, KILL_NOT_FOUND };
/* ns NULL: any. */
enum kill_result cursors_kill(struct cursors *cs, int64_t id, const char *ns);
void cursors_kill_session(struct cursors *cs, struct view lsid);
void cursors_kill_all(struct cursors *cs);
/* Frees what has been idle too long at now_ms (clock_mono_us / 1000); called
 * every few seconds.  Returns how many. */
int cursors_expire(struct cursors *cs, int64_t now_ms);

struct cursors_stats {
	int64_t open, pinned, no_timeout; /* now; pinned: borrowed */
	int64_t timed_out, total_opened;  /* since the start */
};
void cursors_stats(struct cursors *cs, struct cursors_stats *out);
/* For $currentOp's idle cursors: each is called with the lock held, must be
 * short and may not come back here. */
void cursors_each(struct cursors *cs, void (*each)(void *arg, const struct cursor *c), void *arg);

#endif
