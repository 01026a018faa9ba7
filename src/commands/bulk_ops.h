/*
 * commands/bulk_ops.h - the operations and namespaces of a bulkWrite.
 *
 * All are looked at before the first one runs: a mistake in their form fails
 * the command, while what an operation finds wrong when it runs is its own
 * failure.  Few bytes are kept of each; it is decoded again when its turn comes.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_BULK_OPS_H
#define COMMANDS_BULK_OPS_H

#include "commands/statement.h"

enum bulk_kind { BULK_INSERT, BULK_UPDATE, BULK_DELETE };

struct bulk_ns {
	struct view db, name;
	struct view uuid; /* what the client takes it for; empty: it does not say */
};

struct bulk_op {
	struct view doc; /* the whole operation */
	enum bulk_kind kind;
	int ns;
};

/* In the request's arena.  73 for what is no namespace. */
MUST_CHECK int bulk_namespaces(
    struct request *r, const struct arg_docs *docs, struct bulk_ns **out, struct status *st);
/* n_ns: how many namespaces there are; 2 for an operation on another. */
MUST_CHECK int bulk_operations(struct request *r, const struct arg_docs *docs, int n_ns,
    struct bulk_op **out, struct status *st);

/* BULK_INSERT: the document as the client sent it. */
struct view bulk_insert_document(const struct bulk_op *op);
/* The others: spec, of which db and name are set. */
MUST_CHECK int bulk_spec(struct request *r, const struct bulk_op *op,
    const struct variables *let, struct arena *a, struct modify_spec *spec, struct status *st);

#endif
