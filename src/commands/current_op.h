/*
 * commands/current_op.h - the operations under way, as documents: for
 * currentOp and $currentOp.
 *
 * Threads: any.
 */
#ifndef COMMANDS_CURRENT_OP_H
#define COMMANDS_CURRENT_OP_H

#include "aggregate/operations.h"
#include "commands/request.h"

/* arg is the request that asks. */
void current_op_put(void *arg, const struct operations_wanted *wanted, struct builder *b);

#endif
