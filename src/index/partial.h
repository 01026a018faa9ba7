/*
 * index/partial.h - the filter of a partial index: which documents are in it.
 *
 * It is compiled when it is first asked, under the collation of the index, and kept in the
 * index's compiled slot until the index goes.
 *
 * Threads: any.
 */
#ifndef INDEX_PARTIAL_H
#define INDEX_PARTIAL_H

#include "expr/match.h"
#include "storage/catalog.h"

/* Is the document in the index?  True of one that is not partial. */
MUST_CHECK int index_takes(
    const struct index *ix, struct view doc, bool *yes, struct status *st);

/* Is every document that the query's filter matches in the index?  False where that is not
 * certain. */
bool index_covers(const struct index *ix, const struct filter *query);

/* Do two such filters, as createIndexes has checked them, take the same documents?  Whoever
 * has written it in another order has not made another index. */
bool partial_filters_equal(struct view a, struct view b);

#endif
