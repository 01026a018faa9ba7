/*
 * commands/write_reply.h - what insert, update and delete share: the size of a
 * batch, statement ids, writeErrors and the fields around them.
 */
#ifndef COMMANDS_WRITE_REPLY_H
#define COMMANDS_WRITE_REPLY_H

#include "commands/request.h"
#include "commands/command.h"

#define WRITE_BATCH_MAX 100000

/* 16 InvalidLength unless 1 <= count <= WRITE_BATCH_MAX. */
MUST_CHECK int write_batch_check(const struct arg_docs *docs, struct status *st);

/* The writeErrors collected while statements run. */
struct write_errors {
	struct buf buf; /* BSON documents one after another */
	int n;
};

void write_errors_init(struct write_errors *e, struct memory_account *account);
void write_errors_clear(struct write_errors *e);
void write_errors_add(struct write_errors *e, int index, const struct status *st);

/* Is this failure one statement's, or the whole command's (interrupted, out of
 * memory, shutting down, the disk)? */
bool write_error_ends_command(int code);

/* electionId and opTime (on --replset), then writeErrors when there are any:
 * what follows n in the replies.  With w: 0 the reply is ok: 1 and nothing else. */
void write_reply_tail(struct request *r, const struct write_errors *e);

#endif
