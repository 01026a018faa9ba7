/*
 * commands/ops.h - the requests under way: for currentOp, killOp and
 * killSessions.
 *
 * A request is in here once its fields are decoded, until its reply is written; but not
 * while a loop runs it at one go, for that is over at once.  What another thread may look
 * at is what does not change in that time: op.id, client, command, name, body, common, ns,
 * start_mono_us.
 *
 * Threads: any.
 */
#ifndef COMMANDS_OPS_H
#define COMMANDS_OPS_H

#include "commands/request.h"

struct ops *ops_new(void);
/* Must be empty. */
void ops_free(struct ops *ops);

void ops_add(struct ops *ops, struct request *r);
/* Does nothing when r is not in. */
void ops_remove(struct ops *ops, struct request *r);

/* A namespace that is found out late: others may be reading it. */
void ops_set_ns(struct ops *ops, struct request *r, struct view ns);

/* Stops the request with this opid for reason; false when there is none. */
bool ops_kill(struct ops *ops, uint32_t id, int reason);

/*
 * Calls each with every request, under a lock: it must be short, and may
 * op_kill but not add or remove.  Requests that come or go meanwhile may be
 * missed.
 */
void ops_each(struct ops *ops, void (*each)(void *arg, struct request *r), void *arg);

#endif
