/*
 * query/ttl.h - documents that have reached their age are removed: those of indexes with
 * expireAfterSeconds, and of clustered collections and time series that have it.
 *
 * A pass looks at each such index, in the range of dates that are old enough, and removes the
 * documents through the writer, one commit each; under its lock a document is asked once more
 * whether its time has come.  So that none waits for one with much to do, each has its turn
 * for a bounded number of documents and a bounded time, in sub-passes, until nothing is left
 * or the pass has taken long enough.
 *
 * From turn to turn the place is kept where the last one ended, or every one would go through
 * the tombstones of all before it.  A pass begins at the front again, for what has come in
 * there meanwhile.
 *
 * Threads: the caller's, on the executor; stop may be set from any.
 */
#ifndef QUERY_TTL_H
#define QUERY_TTL_H

#include "query/writer.h"

struct ttl {
	_Atomic bool stop; /* the pass under way ends soon */
	int64_t deleted, sub_passes; /* of this pass */

	/* Its own. */
	struct store *store;
	struct op *op;
	int phase;
	int64_t begun_us; /* the pass; */
	int64_t turn_us, turn_deleted; /* the turn of a target */
	struct arena arena, batch,
	    row; /* of the pass, of the keys to be deleted, of a document */
	int n, capacity, at; /* targets, and whose turn it is */
	struct ttl_target *targets;
	bool failed; /* there is no memory for all of them */
	bool more; /* somebody's turn ended too early in this sub-pass */
	struct buf lower, upper;
	int n_keys, key_at;
	struct view *keys; /* of the records to be deleted */
	bool writing;
	struct writer writer;
	struct keygen keygen;
};

void ttl_init(struct ttl *t, struct store *s, struct op *op);
/* No step may have returned PARK last. */
void ttl_clear(struct ttl *t);

/* One pass; again after HANDOVER and PARK.  DONE: it is over.  What cannot be removed is left
 * to the next one, and the log says why. */
MUST_CHECK enum step ttl_pass(struct ttl *t);

#endif
