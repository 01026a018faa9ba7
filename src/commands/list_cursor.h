/*
 * commands/list_cursor.h - what listCollections and listIndexes share: a
 * cursor over documents that are made at once.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_LIST_CURSOR_H
#define COMMANDS_LIST_CURSOR_H

#include "commands/cursor_reply.h"
#include "query/exec_documents.h"

struct list_cursor {
	struct cursor_reply reply;
	struct documents *docs; /* the caller fills it */
	bool begun;
};

/* Makes the cursor; r->ns is its namespace.  options is {batchSize: n} or
 * empty. */
MUST_CHECK int list_cursor_begin(
    struct list_cursor *lc, struct request *r, struct view options, struct status *st);
/* No document follows. */
MUST_CHECK int list_cursor_end(struct list_cursor *lc, struct status *st);
/* The reply's "cursor": DONE, HANDOVER, PARK or ERROR. */
MUST_CHECK enum step list_cursor_run(struct list_cursor *lc, struct request *r);
void list_cursor_clear(struct list_cursor *lc, struct request *r);

#endif
