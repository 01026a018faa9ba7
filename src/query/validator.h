/*
 * query/validator.h - what a collection's documents have to be like.
 *
 * The validator of a collection's options is a filter; it is compiled at the
 * first write and kept in the catalog entry's compiled slot until the entry goes.
 *
 * Threads: any; row is the caller's.
 */
#ifndef QUERY_VALIDATOR_H
#define QUERY_VALIDATOR_H

#include "storage/catalog.h"
#include "util/arena.h"

/*
 * 0, or 121 DocumentValidationFailure with {errInfo: {failingDocumentId,
 * details}}, where details says why (expr/match_explain.h).  old is empty for an
 * insert; with validationLevel moderate a document that did not fit before need
 * not fit afterwards.  With validationAction warn a failure is logged and 0.
 */
MUST_CHECK int validator_check(struct collection *c, struct view old, struct view doc,
    struct arena *row, struct status *st);

/* Is the document as the validator wants it, whatever validationAction says?  True without
 * one, and with validationLevel off. */
MUST_CHECK int validator_fits(struct collection *c, struct view doc, struct arena *row,
    bool *yes, struct status *st);

#endif
