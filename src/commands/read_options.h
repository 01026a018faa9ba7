/*
 * commands/read_options.h - what find, count, distinct, update, delete and
 * findAndModify share before they plan: collation and variables.
 */
#ifndef COMMANDS_READ_OPTIONS_H
#define COMMANDS_READ_OPTIONS_H

#include "commands/request.h"
#include "aggregate/source.h"

/*
 * Fills in spec->collator (the command's collation, else c's, which then lives as long
 * as a) and spec->let.  c may be NULL: no such collection, or not known yet.  A view
 * cannot be read under another collation than its own (167).
 */
MUST_CHECK int read_options(struct request *r, const struct collection *c,
    struct view collation, struct view let, struct arena *a, struct query_spec *spec,
    struct status *st);

/* *out: the collation of the request's database's collection or view, which need not be
 * there; lives as long as a. */
MUST_CHECK int default_collation(struct request *r, struct view coll, struct arena *a,
    const struct collator **out, struct status *st);

/* The plan's summary for the log and currentOp: copied into the request, which
 * is logged when the plan may be gone.  NULL: none. */
/*
 * spec->setting: what setQuerySettings has said of queries like the command, whose namespace
 * ns is.  read_refused is 411 when that is that they are refused.
 */
MUST_CHECK int read_setting(struct request *r, struct view command, struct view ns,
    struct arena *a, struct query_spec *spec, struct status *st);
MUST_CHECK int read_refused(const struct query_spec *spec, struct status *st);

void note_plan(struct request *r, const char *summary);

/* What a source (aggregate/source.h) is opened with; ns outlives it. */
struct stage_context read_context(struct request *r, const struct query_spec *spec,
    struct collection *c, struct view ns, struct arena *a);

#endif
