/*
 * commands/statement.h - the statements of update and delete: one after the
 * other through query/modify.h, with retry, errors and counts; and what an
 * update is made of.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_STATEMENT_H
#define COMMANDS_STATEMENT_H

#include "commands/statement_retry.h"
#include "commands/write_reply.h"
#include "query/modify.h"

/* An update as update, findAndModify and bulkWrite say it, each in its own fields. */
struct update_parts {
	struct view filter, sort, collation, array_filters, constants, let;
	struct value mods, hint;
	bool multi, upsert, upsert_supplied;
};

/* 9 or 51198 when the parts do not go together; then they become spec, of which db and name
 * are the caller's. */
MUST_CHECK int update_spec(struct request *r, const struct update_parts *p, struct arena *a,
    struct modify_spec *spec, struct status *st);

/* {upserted: id} of the document that was put in, for a retry row; in a. */
MUST_CHECK int statement_upserted(
    struct view doc, struct arena *a, struct view *out, struct status *st);
/* What the modify under way does, for its retry row: called when it is certain, before
 * the counts are final.  Its parts are in a. */
MUST_CHECK int statement_retry_modify(const struct modify *m, enum retry_kind kind,
    struct arena *a, struct retry_result *out, struct status *st);

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
