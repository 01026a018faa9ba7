/*
 * storage/batch.h - everything that one commit changes: records, index
 * entries, system rows and the log header that describes them.
 *
 * A batch becomes one RocksDB write: all of it happens or nothing.  The
 * header (doc/format.md, "Log header") says to readers of the log what the
 * puts and deletes mean: kind of change, collection, the update's delta.  The cluster
 * time is filled in by the commit.
 *
 * Errors are sticky: the commit reports them.
 *
 * Threads: a batch belongs to one request.
 */
#ifndef STORAGE_BATCH_H
#define STORAGE_BATCH_H

#include "bson/value.h"
#include "storage/catalog.h"
#include "storage/store.h"

struct batch;

/* The rows of the system tables: their numbers are on disk. */
enum system_table {
	TABLE_NAMESPACE = 0,
	TABLE_TABLE = 1,
	TABLE_CONSTRAINTS = 2,
	TABLE_PRIVILEGES = 3,
	TABLE_TRIGGERS = 4,
	TABLE_REFERENTIAL_CONSTRAINTS = 5,
	TABLE_CHECK_CONSTRAINTS = 6,
	TABLE_INDEX = 7,
	TABLE_SEQUENCE = 8,
	TABLE_RETRYABLE_WRITE = 9,
	TABLE_SESSION = 10,
	TABLE_CLUSTER_TIME = 11,
	TABLE_COUNTS = 12,
	TABLE_QUERY_SETTINGS = 13,
};

struct batch *batch_new(struct store *s, struct memory_account *account);
void batch_free(struct batch *b);
void batch_reset(struct batch *b);
/* Nothing to commit? */
bool batch_is_empty(const struct batch *b);
size_t batch_bytes(const struct batch *b);

/*
 * Records.  Each notes a change in the header and counts documents and bytes.
 * id is the document's _id.  delta (an update's, for change streams) and
 * pre_image may be empty.
 */
void batch_insert(struct batch *b, const struct collection *c, struct view record_key,
    struct value id, struct view doc);
void batch_replace(struct batch *b, const struct collection *c, struct view record_key,
    struct value id, struct view old_doc, struct view new_doc, struct view delta);
void batch_remove(struct batch *b, const struct collection *c, struct view record_key,
    struct value id, struct view old_doc);

/* Index entries: the index's id goes in front of the key.  The changes of an index that is
 * being built go into its side table (storage/side.h). */
void batch_put_entry(struct batch *b, const struct index *ix, struct view key, struct view value);
void batch_remove_entry(struct batch *b, const struct index *ix, struct view key);
/* The same, but into the index itself: for its build. */
void batch_build_put(
    struct batch *b, const struct index *ix, struct view key, struct view value);
void batch_build_remove(struct batch *b, const struct index *ix, struct view key);
/* All entries of an index, and all of its side table; all records of a collection. */
void batch_remove_index(struct batch *b, const struct index *ix);
void batch_remove_side(struct batch *b, const struct index *ix);
void batch_remove_records(struct batch *b, const struct collection *c);

/* System rows. */
void batch_put_row(struct batch *b, enum system_table t, struct view row_key, struct view doc);
void batch_remove_row(struct batch *b, enum system_table t, struct view row_key);

/* Whose retryable write this is: into the header. */
struct log_session {
	struct view lsid; /* 16 bytes of the session's id, then 32 of the user's hash */
	int64_t txn_number;
	int n_stmt_ids;
	const int32_t *stmt_ids;
};
void batch_set_session(struct batch *b, const struct log_session *session);

/* A marker for what the log does not hold as puts (DDL, index builds, notes):
 * kind and a BSON document that says it. */
enum log_marker {
	MARKER_CREATE = 1,
	MARKER_DROP = 2,
	MARKER_RENAME = 3,
	MARKER_DROP_DATABASE = 4,
	MARKER_CREATE_INDEX = 5,
	MARKER_DROP_INDEX = 6,
	MARKER_COLL_MOD = 7,
	MARKER_FAMILY = 8,
	MARKER_NOOP = 9,
	MARKER_BEGIN_BUILD = 10,
	MARKER_ABORT_BUILD = 11,
};
void batch_note(struct batch *b, enum log_marker kind, const uint8_t uuid[static 16],
    struct view doc);

/*
 * Commits are serialised: while one holds the commit lock it takes the cluster
 * time, completes the header and writes, so that log order, cluster-time order
 * and visibility are one order.  Who finds the lock taken queues, and the
 * holder writes for the queue before it lets go.
 *
 * A commit that has been queued is carried out whatever happens to its op:
 * struct commit must live until commit_run has returned DONE or ERROR.
 */
struct commit {
	struct batch *batch;
	/* Called under the commit lock just before the write, must be short and
	 * do no I/O; what it returns other than 0 ends the commit with that error.
	 * NULL: none. */
	int (*check)(struct commit *c, struct status *st);
	void *check_arg;

	/* Set when it is done. */
	uint64_t cluster_time;
	uint64_t sequence; /* of its last key */

	/* The commit's own. */
	struct commit *next;
	struct op *op;
	_Atomic int state;
	int result;
	struct status failure;
};

void commit_init(struct commit *c, struct batch *b);
/*
 * DONE: written (w:1).  PARK: call again when the op fires.  HANDOVER: call
 * again on the executor.  ERROR: nothing of it is in the store, except for
 * ERR_UNKNOWN_ERROR after which nobody can say: the connection is to be closed.
 */
MUST_CHECK enum step commit_run(
    struct store *s, struct commit *c, struct op *op, struct status *st);

/*
 * At the end of a loop's turn: commits of ops with a turn have only been queued, and
 * are carried out now, together with what else is queued, as one write.  Takes 200 us at
 * most; what is left then goes on by itself.
 */
void commit_turn_over(struct store *s);

/* The same for a thread of its own that may wait (opening, background work,
 * tests): 0 or the error. */
MUST_CHECK int commit_blocking(struct store *s, struct commit *c, struct status *st);

#endif
