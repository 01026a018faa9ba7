/*
 * commands/explain.h - what a command would do: for explain, and for aggregate's
 * own explain.
 *
 *     command->explain    says what it would read or change (explain_spec)
 *     explanation_begin   makes the plan, with nodes on top that count
 *     explanation_run     runs it where the verbosity says so, and writes the reply
 *     explanation_clear
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_EXPLAIN_H
#define COMMANDS_EXPLAIN_H

#include "aggregate/source.h"
#include "commands/command.h"
#include "query/explain.h"
#include "query/modify.h"

enum explained_kind { EXPLAINED_READ, EXPLAINED_COUNT, EXPLAINED_CHANGE };

struct explain_spec {
	enum explained_kind kind;
	struct view coll; /* empty: the database itself */
	struct query_spec query; /* but for collation and let */
	struct view collation, let;
	bool has_setting; /* a command that setQuerySettings is for */
	bool is_pipeline;
	struct view pipeline;
	/* EXPLAINED_CHANGE: all of it, and returns for findAndModify. */
	struct modify_spec modify;
	bool returns;
};

struct explanation {
	enum explain_verbosity verbosity;
	struct view command; /* the one that is explained */
	struct explain_spec spec;
	bool begun, ended;
	struct collection *collection; /* a reference, or NULL */
	struct source source;
	struct exec *top; /* source's tree with the nodes of explain on it */
	struct exec_context cx;
	struct modify modify;
	struct writer writer;
	int64_t n_returned, start_us, planned_us;
};

/* The one statement of a batch; 16 when there are more. */
MUST_CHECK int explain_statement(
    const struct arg_docs *docs, struct view *out, struct status *st);
/* e is zeroed but for verbosity, command and spec, which live as long as the request. */
MUST_CHECK int explanation_begin(struct explanation *e, struct request *r);
MUST_CHECK enum step explanation_run(struct explanation *e, struct request *r);
void explanation_clear(struct explanation *e);

#endif
