/*
 * aggregate/writing.h - what the stages that write ($out, $merge) share.
 *
 * A stage that writes is the last of a command's pipeline.  Its node takes all its
 * input within one command, and gives no rows.
 *
 * Threads: as stage.h.
 */
#ifndef AGGREGATE_WRITING_H
#define AGGREGATE_WRITING_H

#include "aggregate/stage.h"

/* 73 for what is no name, code_database for one of the server's own databases, code_special for
 * system.*. */
MUST_CHECK int writing_check_target(const char *stage, struct view db, struct view name,
    int code_database, int code_special, struct status *st);
/* In the stead of a node that writes: takes all its input, and does nothing with it. */
struct exec *writing_explained(struct exec *input, struct arena *a);
/* The command has made this commit. */
void writing_note(struct exec_context *cx, uint64_t sequence, uint64_t cluster_time);

#endif
