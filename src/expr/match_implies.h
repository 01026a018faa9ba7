/*
 * expr/match_implies.h - does one filter hold wherever another does?
 *
 * A partial index may answer a query only if each document that the query
 * matches is in it: if the query's filter implies the index's.
 *
 * Threads: pure.
 */
#ifndef EXPR_MATCH_IMPLIES_H
#define EXPR_MATCH_IMPLIES_H

#include "expr/match.h"

/*
 * true: every document that f matches is matched by implied too.  false: some
 * may not be, or it would take too long to tell.  What the two say of strings counts only
 * where both have the same collation.
 */
bool filter_implies(const struct filter *f, const struct filter *implied);

#endif
