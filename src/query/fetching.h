/*
 * query/fetching.h - the records that index entries name, for nodes above a scan of them.
 *
 * The entry and the record are read at one state of the store: the context's
 * snapshot, or one of its own that is kept until save.
 *
 *     if (fetching_begin(&f, cx) != STEP_DONE) ...      before the child is asked
 *     ... exec_next(child, cx, &row) ... fetching_read(&f, &row, cx) ...
 *     fetching_end(&f, cx)
 *
 * Threads: belongs to one request at a time.
 */
#ifndef QUERY_FETCHING_H
#define QUERY_FETCHING_H

#include "query/exec.h"
#include "storage/record.h"

struct fetching {
	struct collection *collection; /* a reference */
	struct snapshot *snap; /* its own, or NULL */
	const struct snapshot *given; /* the context's, between begin and end */
	struct pinned pinned;
	bool is_pinned;
};

/* Takes a reference to c. */
void fetching_init(struct fetching *f, struct collection *c);
void fetching_clear(struct fetching *f);
void fetching_save(struct fetching *f);
MUST_CHECK int fetching_restore(struct fetching *f, struct collection *c, struct status *st);

/* DONE; HANDOVER on a loop; ERROR. */
MUST_CHECK enum step fetching_begin(struct fetching *f, struct exec_context *cx);
void fetching_end(struct fetching *f, struct exec_context *cx);
/* *doc is valid until the next call of one of these, but for fetching_end.  ERR_ABSENT, without
 * words, of a row without an index key: it has been kept for a while, and its record has gone. */
MUST_CHECK int fetching_read(
    struct fetching *f, const struct row *entry, struct exec_context *cx, struct view *doc);
void fetching_let_go(struct fetching *f);
/* The next of a node over a scan of entries: build makes the child's row, which is an entry,
 * what the node gives; it may read the record. */
MUST_CHECK enum step fetching_next(struct fetching *f, struct exec *e, struct exec_context *cx,
    struct row *out, int (*build)(struct exec *e, struct exec_context *cx, struct row *row));

#endif
