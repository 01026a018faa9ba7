/*
 * commands/reply.h - the reply's message around what a command writes.
 *
 * Threads: a reply belongs to its request.
 */
#ifndef COMMANDS_REPLY_H
#define COMMANDS_REPLY_H

#include "commands/command.h"

/* The message's header and the document's begin. */
void reply_begin(struct request *r);
/* Throws away what the command wrote: it begins again. */
void reply_restart(struct request *r);
/* writeConcernError (wc may be NULL), ok: 1 and what follows; ends the message. */
MUST_CHECK int reply_finish_ok(struct request *r, const struct status *wc, struct status *st);
/* Throws away what the command wrote and answers r->status. */
void reply_finish_error(struct request *r);

/* An ObjectId that rises with the term. */
void reply_election_id(struct builder *b, uint32_t term);
/* electionId and opTime of what the request wrote, on --replset. */
void reply_optime(struct request *r);
/* {processId, counter} */
void reply_topology_version(struct builder *b, const struct instance *inst);

#endif
