/*
 * aggregate/field_path.h - the fields that stages name: dotted paths without the
 * dollar, which go through documents alone.
 *
 * Threads: pure; a parsed path is read-only.
 */
#ifndef AGGREGATE_FIELD_PATH_H
#define AGGREGATE_FIELD_PATH_H

#include "bson/builder.h"
#include "bson/path.h"
#include "util/status.h"

/* Parts in one at most, as in MongoDB. */
#define FIELD_PATH_PARTS_MAX 200

/*
 * text is copied to a.  40352 for none, 40353 for a dot at its end, 15998 for an empty part,
 * 16410 for one that begins with a dollar (but $id, $ref and $db), 16411 for a NUL, 15 for too
 * many parts.
 */
MUST_CHECK int field_path_parse(
    struct view text, struct arena *a, struct path *out, struct status *st);
/* "$a.b": the same behind the dollar, which the caller has seen. */
MUST_CHECK int field_path_parse_dollar(
    struct view text, struct arena *a, struct path *out, struct status *st);

/*
 * Appends doc's elements to the document that is open, with v at the path: in the place of what
 * was there, or at the end.  What stands in the path's way and is no document becomes one.  A
 * missing v takes the field away.
 */
void field_path_set(struct builder *b, struct view doc, const struct path *p, struct value v);
/* The whole of it as a document in buf; false when there is no memory. */
MUST_CHECK bool field_path_set_in(
    struct buf *buf, struct view doc, const struct path *p, struct value v);

#endif
