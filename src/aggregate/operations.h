/*
 * aggregate/operations.h - what $currentOp asks of the server above it.
 */
#ifndef AGGREGATE_OPERATIONS_H
#define AGGREGATE_OPERATIONS_H

#include "bson/builder.h"

struct operations_wanted {
	bool own_only; /* of the connection that asks */
	bool idle_connections, idle_cursors; /* besides the operations under way */
};

/* Appends each as an element of b's current array. */
typedef void put_operations(
    void *arg, const struct operations_wanted *wanted, struct builder *b);

#endif
