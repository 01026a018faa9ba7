/*
 * commands/statement_retry.h - the retry rows of a write command's statements.
 *
 * A request whose session is checked out is a retryable write: a statement
 * that has been done is answered from the session (session/retryable.h), and
 * one that is done now leaves its result in the batch of its own commit.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_STATEMENT_RETRY_H
#define COMMANDS_STATEMENT_RETRY_H

#include "commands/command.h"
#include "query/writer.h"
#include "session/retryable.h"

struct statement_retry {
	struct writer_retry writer; /* handed to the writer */
	struct session *session;    /* NULL: not retryable */
	int64_t *n_retried;	    /* the request's */
	const int32_t *stmt_ids;    /* one for each statement */
	const int32_t *places;	    /* insert: the statement of the writer's i-th document */
	int statement;		    /* the others: the one under way */
	/* What the statement under way does; called by note. */
	int (*result)(struct statement_retry *s, struct retry_result *out, struct status *st);
	void *arg;
};

/*
 * The statement ids of a command with n statements: stmtId counts up, stmtIds
 * lists them; neither: from 0.  2 BadValue when they do not fit together.
 */
MUST_CHECK int statement_ids(struct request *r, const struct arg_int *stmt_id,
    struct view stmt_ids, int n, const int32_t **out, struct status *st);

void statement_retry_init(struct statement_retry *s, struct request *r, const int32_t *ids,
    int (*result)(struct statement_retry *, struct retry_result *, struct status *), void *arg);
/* For writer.retry: NULL when the request is no retryable write. */
struct writer_retry *statement_retry_hook(struct statement_retry *s);
/* Has it been done before? */
bool statement_retry_find(
    const struct statement_retry *s, int statement, struct retry_result *out);

#endif
