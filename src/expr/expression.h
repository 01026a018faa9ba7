/*
 * expr/expression.h - aggregation expressions: parsed once, evaluated on a
 * document into a value.
 *
 * $expr in filters, computed fields of projections and the aggregation's stages
 * use them.  An operator is a row in a table (expr_table.c): name, how many operands, evaluation.
 *
 * A value that evaluation gives is a view into the document, the expression,
 * the variables or the row's arena: valid as long as all of them are.  A
 * missing value (TYPE_EOD) is a result like any other.
 *
 * Threads: a parsed expression and variables are read-only.
 */
#ifndef EXPR_EXPRESSION_H
#define EXPR_EXPRESSION_H

#include "bson/compare.h"
#include "bson/path.h"
#include "bson/value.h"
#include "expr/meta.h"
#include "util/arena.h"
#include "util/status.h"

struct expression;

/* What a command gives its expressions: let, and the time it began.  A variable CURRENT is what
 * "$path" begins at, in the document's stead. */
struct variables {
	int64_t now_ms; /* $$NOW */
	uint64_t cluster_time; /* $$CLUSTER_TIME; 0: there is none */
	const struct document_meta *meta; /* of the document under way; NULL: nothing is known */
	int n;
	struct variable {
		struct view name;
		struct value value;
	} * list;
};

/*
 * A document's fields as variables in front of base's (NULL: none), which they hide; the values
 * are taken as they are.  doc may be empty (len 0): then *out is base.  Views of it stay in
 * use.
 */
MUST_CHECK int variables_with(const struct variables *base, struct view doc, struct arena *a,
    const struct variables **out, struct status *st);

/* May a variable have this name?  9. */
MUST_CHECK int variable_name_check(struct view name, struct status *st);

struct expression_options {
	const struct collator *collator;
	const struct variables *let; /* NULL: none */
	struct meta_use *metas; /* gets what is wanted; NULL: nobody asks */
};

/*
 * let's fields are expressions of constants and of those before them; their
 * values are made in a.  let may be empty (len 0).  Views of it stay in use.
 */
MUST_CHECK int variables_parse(struct view let, int64_t now_ms, uint64_t cluster_time,
    struct arena *a, struct variables **out, struct status *st);

/*
 * v: "$path", "$$variable", {$op: ...}, an object or array of expressions, or a
 * constant.  Views of v stay in use.  o may be NULL.  Errors: 168 for an unknown
 * operator, 15983, 16020, 17276, ..., naming what is wrong.
 */
MUST_CHECK int expression_parse(struct value v, const struct expression_options *o,
    struct arena *a, struct expression **out, struct status *st);

/* variables: those that were given to the parser (NULL: none). */
MUST_CHECK int expression_eval(const struct expression *e, struct view root,
    const struct variables *variables, struct arena *row, struct value *out, struct status *st);

/* Has it been computed when it was parsed?  Its value then is as long there as it is. */
bool expression_is_constant(const struct expression *e, struct value *out);

/*
 * Calls each with every path of the document that it needs; false when it needs
 * the whole document ($$ROOT).
 */
bool expression_needs(
    const struct expression *e, void (*each)(void *arg, struct view path), void *arg);

#endif
