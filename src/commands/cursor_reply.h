/*
 * commands/cursor_reply.h - the "cursor" part of a reply: one batch.
 *
 * find, aggregate, getMore and the list commands have a cursor and produce
 * {cursor: {firstBatch | nextBatch: [...], id, ns}}.  A batch ends after
 * batch_size documents, at 16 MiB, or when there is no more; then the cursor
 * is parked (its id goes out) or freed (id 0).
 *
 * The cursor belongs to the struct until it is parked; cursor_reply_clear
 * frees one that is still there.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_CURSOR_REPLY_H
#define COMMANDS_CURSOR_REPLY_H

#include "commands/request.h"
#include "query/cursors.h"

#define FIRST_BATCH_DOCS 101

struct cursor_reply {
	struct cursor *cursor;
	struct collection *collection; /* a reference, or NULL */
	int64_t batch_size;	       /* -1: as many as fit */
	bool single;		       /* no cursor is left open */
	bool next;		       /* nextBatch */
	/* A tailable cursor at its end waits until then (of clock_mono_us) for
	 * more; 0: does not wait. */
	int64_t wait_until_us;
	struct exec_context cx;
	/* Its own. */
	int phase;
	struct snapshot *snap; /* of this batch alone; NULL: none */
	bool exhausted, on_list;
	int64_t n;
	size_t batch_start;
};

/* Fills in what find and aggregate share: the cursor's session, connection, ns. */
MUST_CHECK int cursor_reply_init(
    struct cursor_reply *cr, struct request *r, struct cursor *c, struct status *st);
/* Writes the "cursor" field of the reply.  DONE, HANDOVER, PARK or ERROR. */
MUST_CHECK enum step cursor_reply_run(struct cursor_reply *cr, struct request *r);
void cursor_reply_clear(struct cursor_reply *cr, struct request *r);

/* {batchSize: n} of aggregate and the list commands; -1 where it is not given. */
MUST_CHECK int cursor_options_decode(
    struct view doc, const char *where, int64_t *batch_size, struct status *st);

#endif
