/*
 * bson/format.h - values as a person reads them, in error texts and logs.
 *
 * The form is that of MongoDB's own messages, which clients match on in
 * "dup key: { name: \"x\" }": strings in double quotes, ObjectId('...'),
 * new Date(ms), { a: 1 }, [ 1, 2 ], BinData(0, AABB), UUID("...").  It is not
 * JSON and not meant to be read back.
 *
 * Threads: pure.
 */
#ifndef BSON_FORMAT_H
#define BSON_FORMAT_H

#include "bson/value.h"
#include "util/buf.h"

/*
 * Appends v, in valid UTF-8 without control characters, as at most max bytes
 * (at least 3): what is longer is cut and ends in "...".  Looks only at as much
 * of v as is shown.
 */
void value_format(struct buf *out, struct value v, size_t max);

/* The same for a document. */
static inline void doc_format(struct buf *out, struct view doc, size_t max)
{
	value_format(out, value_of_doc(doc), max);
}

#endif
