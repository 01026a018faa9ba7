/*
 * expr/transform.h - the stages that make one document of one document:
 * $project, $unset, $addFields and $set, $replaceRoot and $replaceWith.
 *
 * Updates by a pipeline consist of these alone, and aggregation has them among
 * its stages; both come here.  A stage is a row of a table (transform.c).
 *
 * Threads: a parsed one is read-only.
 */
#ifndef EXPR_TRANSFORM_H
#define EXPR_TRANSFORM_H

#include "bson/builder.h"
#include "expr/expression.h"

struct transform;

/* Is there such a stage?  name begins with the dollar. */
bool transform_exists(const char *name);

/*
 * The stage of that name, which there is.  Views of spec stay in use.  MongoDB's
 * codes: 15969, 51272, 31002, 31119, 31120, 40272, 40229, 40414, 40415, and those of
 * projections and expressions.
 */
MUST_CHECK int transform_parse(const char *name, struct value spec,
    const struct expression_options *o, struct arena *a, struct transform **out,
    struct status *st);

/*
 * Appends the new document's elements to b (between begin and end).  variables:
 * those that the parser was given.  40228 when what replaces the document is
 * none, and what projections and expressions fail with.
 */
MUST_CHECK int transform_apply(const struct transform *t, struct view doc,
    const struct variables *variables, struct arena *row, struct builder *b, struct status *st);

#endif
