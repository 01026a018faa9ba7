/*
 * expr/match_explain.h - why a document does not match a filter, in the shape that
 * MongoDB's errInfo.details has.
 *
 * It reads the filter as it was written, clause by clause, and asks the matcher about
 * each: slow, and used only for documents that a validator has refused.
 *
 * Threads: pure.
 */
#ifndef EXPR_MATCH_EXPLAIN_H
#define EXPR_MATCH_EXPLAIN_H

#include "bson/builder.h"
#include "expr/match.h"

/*
 * Appends operatorName and what follows it to the document that b is in.  spec
 * has been parsed with o before, and doc does not match it; ms brings the row's
 * arena and the variables.  Fails when there is no memory.
 */
MUST_CHECK int filter_explain(struct view spec, const struct filter_options *o, struct view doc,
    struct match_state *ms, struct builder *b, struct status *st);

#endif
