/*
 * commands/statement.h - the statements of update and delete: one after the
 * other through query/modify.h, with retry, errors and counts.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_STATEMENT_H
#define COMMANDS_STATEMENT_H

#include "commands/statement_retry.h"
#include "commands/write_reply.h"
#include "query/modify.h"

struct statements {
	struct request *request;
	struct docs_iter docs;
	bool initialised, running, ordered;
	int i; /* the statement under way */
	/* Decodes a statement into spec (whose db and name are set); a is the
	 * statement's. */
	int (*decode)(struct request *r, struct view doc, struct modify_spec *spec,
	    struct arena *a, struct status *st);
	struct arena arena; /* of the statement under way */
	enum retry_kind kind;
	struct modify_spec spec;
	struct modify modify;
	struct writer writer;
	struct statement_retry retry;
	struct write_errors errors;
	struct buf upserted; /* BSON {index, _id} one after another */
	int64_t n, n_modified;
};

/* docs is checked by the caller (write_batch_check). */
MUST_CHECK int statements_init(struct statements *s, struct request *r, struct view coll,
    const struct arg_docs *docs, bool ordered, const int32_t *stmt_ids, enum retry_kind kind,
    int (*decode)(struct request *, struct view, struct modify_spec *, struct arena *,
	struct status *));
/* DONE when all have been tried that are to be. */
MUST_CHECK enum step statements_run(struct statements *s);
void statements_clear(struct statements *s);

#endif
