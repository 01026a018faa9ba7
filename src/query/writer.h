/*
 * query/writer.h - one writer for all that changes documents: the record, its
 * index entries, the log header and the retry row in one batch.
 *
 * The commands insert, update, delete, findAndModify (and later bulkWrite, $merge,
 * TTL, transactions) say what is to become of a document; the writer takes
 * locks, computes and diffs index keys, checks unique ones, sets multikey
 * flags beforehand, and commits.
 *
 *     writer_begin     looks the collection up, makes it where it is not there
 *     writer_insert    ... a group of documents (at most 500 or 1 MiB)
 *     writer_change    ... a document by its record key: it is locked, read again, the
 *                      caller's change function decides, and it is committed
 *     writer_clear
 *
 * Each of them is called again after HANDOVER and PARK.  A fence is entered
 * for each slice and left before PARK or HANDOVER.
 *
 * Threads: a writer belongs to one request.
 */
#ifndef QUERY_WRITER_H
#define QUERY_WRITER_H

#include "index/keygen.h"
#include "storage/batch.h"
#include "storage/ddl.h"
#include "storage/locks.h"
#include "util/arena.h"

#define WRITER_GROUP_DOCS  500
#define WRITER_GROUP_BYTES (1024 * 1024)

/*
 * How a retryable statement gets its retry row into the batch of its write
 * (session/retryable.h); the writer calls, the command fills in.  note is
 * called for each document that goes into a batch (i: its place among
 * writer_insert's docs, 0 for writer_change) once it is certain what becomes
 * of it, put once before each commit, ended when the commit is through.  When
 * a group or change has to start over, ended(false) is called and note again.
 */
struct writer_retry {
	int (*note)(struct writer_retry *r, int i, struct status *st);
	int (*put)(struct writer_retry *r, struct batch *b, struct status *st);
	void (*ended)(struct writer_retry *r, bool committed);
};

struct writer {
	struct collection *collection; /* a reference; NULL: not there */
	struct writer_retry *retry; /* NULL: not a retryable write */
	bool bypass_validation;     /* the collection's validator is not asked */
	uint64_t last_sequence, last_cluster_time; /* of the newest commit */

	/* The writer's own. */
	struct store *store;
	struct op *op;
	struct view db, name; /* the caller's: they live as long as the writer */
	bool create;
	int phase;
	bool in_fence, fence_awaited, noted, superseded;
	int at, group_end; /* of writer_insert's documents: the next, the group's end */
	bool stop; /* an ordered insert has met a failure */
	struct arena arena; /* of the group or document under way */
	struct arena failures; /* the words of those that failed */
	struct lock_set locks;
	struct buf lock_keys; /* of struct hash128: wanted beside the record's own */
	struct keygen keygen;
	struct buf scratch;
	struct batch *batch;
	struct commit commit;
	struct ddl ddl;
	struct index *multikey_index; /* a bit of this one has to be set first */
	uint64_t multikey_bits;
	int64_t capped_first; /* once committed, no record is below this sequence */
};

void writer_init(struct writer *w, struct store *s, struct op *op);
/* Lets go of everything; a queued commit must have ended. */
void writer_clear(struct writer *w);

/*
 * create: make the collection when it is not there (insert, upsert).  Fails with
 * 166 on a view.  Without create and without a collection: DONE, and
 * w->collection is NULL.
 */
MUST_CHECK enum step writer_begin(
    struct writer *w, struct view db, struct view name, bool create, struct status *st);

/* One document of a group. */
struct writer_doc {
	struct view doc; /* with _id first; see writer_fix_document */
	int code; /* 0, or why this one failed (the others go on) */
	/* Its words, and extra, when code is not 0; the writer's.  Whoever has read them
	 * calls status_clear before writer_clear. */
	struct status *failure;
};

/*
 * Inserts docs[0..n) in order.  With ordered the first failure ends it: *done says how many
 * were tried.  A failing document takes down only itself.  Commits in groups;
 * DONE when all have been.  ERROR: what is before *done has been committed or
 * has failed by itself, of what follows nothing has happened.  After DONE or ERROR the
 * writer may insert again.
 */
MUST_CHECK enum step writer_insert(struct writer *w, struct writer_doc *docs, int n,
    bool ordered, int *done, struct status *st);

/* What the caller's function decides for a document read under its lock. */
enum change { CHANGE_NONE, CHANGE_TO, CHANGE_DELETE };
struct change_result {
	enum change what;
	struct view doc, delta; /* CHANGE_TO: in arenas of the caller's */
};
typedef int change_fn(
    void *arg, struct view current, struct change_result *out, struct status *st);

/*
 * Locks the record, reads it, calls change (which checks the filter again),
 * and commits what it says.  DONE with *found false when the record is not
 * there (any more).  change may be called several times (when a lock or the
 * disk has to be waited for): each time with what is stored then, and the last
 * one counts.  current is valid during the call only.
 */
MUST_CHECK enum step writer_change(struct writer *w, struct view record_key, change_fn *change,
    void *arg, bool *found, struct status *st);

/*
 * A document as it is stored: _id moved to the front or drawn where missing,
 * its type checked (no array, regex, undefined), size checked, and timestamps
 * (0, 0) of the top level filled in, as MongoDB does.  Returns doc itself when
 * nothing had to change.
 */
MUST_CHECK int writer_fix_document(
    struct view doc, struct arena *a, struct view *out, struct status *st);

#endif
