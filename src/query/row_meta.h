/*
 * query/row_meta.h - what is known of a row beside its document, as values.
 *
 * Threads: belongs to one request.
 */
#ifndef QUERY_ROW_META_H
#define QUERY_ROW_META_H

#include "query/query.h"

/* The index key's fields; nothing where the plan reads no index, as MongoDB has it. */
MUST_CHECK int row_put_index_key(const struct row *row, struct builder *b, struct status *st);
/* A sequence is a number, as MongoDB's record ids are; an _id's key is not. */
void row_put_record_id(const struct row *row, const char *name, struct builder *b);
/* One of those that any row has, as a field of the document that is open; none where it is not
 * known. */
MUST_CHECK int row_put_meta(const struct row *row, enum document_meta_kind kind,
    const struct query *q, const char *name, struct builder *b, struct status *st);

#endif
