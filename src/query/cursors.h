/*
 * query/cursors.h - open cursors between two commands of the same client.
 *
 * find and aggregate park a cursor that has more to give; getMore borrows it,
 * produces one batch and gives it back.  A borrowed cursor belongs to one
 * request alone, so struct cursor needs no lock; killing it meanwhile only
 * marks it (and kills the op that has it), and giving it back frees it.
 *
 * An idle cursor has no iterator and no snapshot: exec_save was called.
 *
 * Threads: call from any; nothing here does I/O or calls out with the lock.
 */
#ifndef QUERY_CURSORS_H
#define QUERY_CURSORS_H

#include "query/exec.h"
#include "util/arena.h"

struct cursors;

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
	int64_t last_used_ms, created_ms;
	int64_t n_returned, n_batches;
	struct view command; /* originatingCommand, for currentOp */
	const char *plan_summary;
	/* A document that was read but did not fit into the last batch. */
	struct view pending;
	/* The cursors' own. */
	struct cursor *next;
	struct op *borrower;
	bool killed;
};

struct cursors *cursors_new(struct memory_account *server_memory, int64_t idle_timeout_ms);
/* None may be borrowed. */
void cursors_free(struct cursors *cs);

/* A cursor of the caller's, not yet known to anybody else. */
struct cursor *cursor_new(struct cursors *cs);
/* Closes its tree and frees it: for one that was never parked, or borrowed
 * and is exhausted (it is taken off the table then). */
void cursor_free(struct cursors *cs, struct cursor *c);

/* Draws an id the first time; the cursor may be borrowed by anybody from here on. */
int64_t cursors_park(struct cursors *cs, struct cursor *c);
/*
 * Lends the cursor to the caller, who must park or free it.  Fails with
 * ERR_CURSOR_NOT_FOUND, or ERR_CURSOR_IN_USE.
 */
MUST_CHECK int cursors_borrow(struct cursors *cs, int64_t id, struct op *op,
    struct cursor **out, struct status *st);
enum kill_result { KILL_DONE, KILL_NOT_FOUND };
/* ns NULL: any. */
enum kill_result cursors_kill(struct cursors *cs, int64_t id, const char *ns);
void cursors_kill_session(struct cursors *cs, struct view lsid);
void cursors_kill_all(struct cursors *cs);
/* Frees what has been idle too long; called every few seconds.  Returns how many. */
int cursors_expire(struct cursors *cs, int64_t now_ms);

struct cursors_stats {
	int64_t open, no_timeout, timed_out, total_opened;
};
void cursors_stats(struct cursors *cs, struct cursors_stats *out);
/* For $currentOp's idle cursors. */
void cursors_each(struct cursors *cs, void (*each)(void *arg, const struct cursor *c), void *arg);

#endif
