/*
 * commands/current_op.h - the operations under way, as documents: for
 * currentOp and $currentOp.
 *
 * Threads: any.
 */
#ifndef COMMANDS_CURRENT_OP_H
#define COMMANDS_CURRENT_OP_H

#include "commands/request.h"

/* Appends each as an element of b's current array; own_client: only that
 * connection's (NULL: all). */
void current_op_put(
    struct instance *inst, const struct client *own_client, struct builder *b);

#endif
