/*
 * query/query_shape.h - what is alike in commands that differ only in their values: the
 * document that $querySettings shows as debugQueryShape, and its hash, explain's
 * queryShapeHash, by which settings are kept.
 *
 * It is of the command as it was written: the order of clauses counts, and so do types.
 * A hint does not.
 *
 * The digits are this server's own, and on disk (doc/format.md): a change of what is hashed here
 * forgets settings.
 *
 * Threads: pure.
 */
#ifndef QUERY_QUERY_SHAPE_H
#define QUERY_QUERY_SHAPE_H

#include "util/arena.h"
#include "util/sha256.h"
#include "util/status.h"
#include "util/view.h"

#define QUERY_SHAPE_DIGITS (2 * SHA256_BYTES)

/* command: {find: ..., filter: ...}, ns instead of its first field's value. */
MUST_CHECK int query_shape(
    struct view command, struct view ns, struct arena *a, struct view *out, struct status *st);
MUST_CHECK int query_shape_hash(struct view command, struct view ns, struct arena *a,
    char out[static QUERY_SHAPE_DIGITS + 1], struct status *st);

#endif
