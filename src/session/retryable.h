/*
 * session/retryable.h - what the statements of a session's newest retryable
 * write did, so that one that comes again is answered and not done again.
 *
 * Rows of a session (TABLE_RETRYABLE_WRITE, key: the session's 48 bytes),
 * written in the same batch as the write itself:
 *
 *     {txnNumber: 7, lastWrite: date, stmts: [{id: 0, count: 3, kind: 1, n: 1}, ...]}
 *
 * Statements in a row that did the same are one entry with a count.  A row has
 * RETRY_ROW_ENTRIES entries at most, so that a commit writes what is new and not all of a
 * command with thousands of statements; the k-th row behind the first has k in four bytes
 * big-endian behind its key, and counts only as long as all before it are full and of
 * the same txnNumber: a newer write leaves the others behind.
 *
 * While the session is in memory the entries are too, unless they are large.  A
 * write command's part:
 *
 *     if (retry_find(s, stmt_id, &result))     answer that
 *     else                                     do it into the batch;
 *         retry_note(s, stmt_id, &result)      once for each statement
 *     retry_put(s, batch)                      once for each commit
 *     commit_run ...                           DONE: retry_committed(s)
 *                                              ERROR: retry_rolled_back(s)
 *
 * Threads: with the session, one request at a time.
 */
#ifndef SESSION_RETRYABLE_H
#define SESSION_RETRYABLE_H

#include "storage/batch.h"
#include "storage/store.h"
#include "util/arena.h"
#include "util/status.h"

#define RETRY_ROW_ENTRIES 32
#define RETRY_ROW_KEY_MAX (48 + 4)

struct session;

/* On disk. */
enum retry_kind {
	RETRY_INSERT = 1,
	RETRY_UPDATE = 2,
	RETRY_DELETE = 3,
	RETRY_FIND_AND_MODIFY = 4,
};

struct retry_result {
	enum retry_kind kind;
	int64_t n, n_modified;
	/* A BSON document that only the command understands: {upserted: ...}, or a
	 * findAndModify's {value: ..., lastErrorObject: ...}.  Empty: none. */
	struct view extra;
};

struct retry_entry {
	int32_t id, count; /* the statements id ... id + count - 1 */
	enum retry_kind kind;
	int64_t n, n_modified;
	uint8_t *extra; /* owned */
	size_t extra_len;
};

struct retry {
	bool loaded;
	int64_t txn_number; /* the newest; -1: none yet */
	struct retry_entry *entries;
	int n, capacity;
	int32_t highest; /* statement id among entries; -1: none */
	int hint;	 /* where the last one was found */
	/* What is committed; behind it stands what is not yet. */
	int n_committed;
	int32_t last_count, highest_committed;
	/* The statements noted since the last commit, for the log's header. */
	int32_t *pending;
	int n_pending, pending_capacity;
};

void retry_init(struct retry *r);
void retry_clear(struct retry *r);

/* Large results stay on disk only, to be read again by the next who holds the session:
 * called when nobody is about to ask for more. */
void retry_trim(struct retry *r);

/*
 * The holder begins (or repeats) txn_number: reads the session's row when it
 * has not been (ERR_WOULD_BLOCK when the tier does not allow it).  225 when
 * there has been a newer one.
 */
MUST_CHECK int retry_begin(struct session *s, struct store *store, int64_t txn_number,
    enum read_tier tier, struct status *st);

/* Has the statement been done?  Then what it did; extra lives as long as the
 * session is held and nothing is noted. */
bool retry_find(struct session *s, int32_t stmt_id, struct retry_result *out);

/* Copies result.  Fails only without memory. */
MUST_CHECK int retry_note(
    struct session *s, int32_t stmt_id, const struct retry_result *result, struct status *st);
/* The row with all that is noted, and whose write it is, into the batch. */
MUST_CHECK int retry_put(struct session *s, struct batch *b, struct status *st);
void retry_committed(struct session *s);
void retry_rolled_back(struct session *s);

#endif
