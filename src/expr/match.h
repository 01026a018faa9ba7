/*
 * expr/match.h - filters: parsed once into a tree, evaluated on raw BSON.
 *
 * One tree serves find, update, delete, $match, partial indexes, validators
 * and change streams.  The planner reads the tree (it is public and read-only
 * once parsed); filter_matches walks it without allocating for a document.
 *
 * A predicate operator is a row in a table (match_table.c): name, parser,
 * test.  Array rules: a path reaches several values (bson/path.h); a leaf
 * matches when any of them does, negations when none does; null matches missing; ranges
 * compare only within the type bracket.
 *
 * Threads: a parsed filter is read-only; match_state belongs to one caller.
 */
#ifndef EXPR_MATCH_H
#define EXPR_MATCH_H

#include "bson/compare.h"
#include "bson/path.h"
#include "bson/value.h"
#include "expr/meta.h"
#include "util/arena.h"
#include "util/status.h"

struct match_op;    /* a row of the operator table */
struct variables;   /* expr/expression.h */
struct expression;

enum match_kind {
	MATCH_AND,
	MATCH_OR,
	MATCH_NOR,
	MATCH_NOT, /* one child, on the same path */
	MATCH_EQ,
	MATCH_LT,
	MATCH_LTE,
	MATCH_GT,
	MATCH_GTE,
	MATCH_IN, /* values: sorted, without doubles */
	MATCH_EXISTS,
	MATCH_TYPE,
	MATCH_ALWAYS_TRUE,
	MATCH_ALWAYS_FALSE,
	MATCH_OTHER, /* op says what: evaluated through its row */
};

/* How many logical operators may stand inside one another. */
#define FILTER_DEPTH_MAX 100

struct filter {
	enum match_kind kind;
	const struct match_op *op;
	struct path path;     /* leaves; n 0 inside $elemMatch's value form */
	struct value value; /* the operand as it was given; of $regex its pattern */
	int n_values;	      /* MATCH_IN */
	struct value *values;
	uint32_t types;	      /* MATCH_TYPE: match_type_bit of each */
	bool exists;	      /* MATCH_EXISTS: what is wanted */
	const struct filter *implied; /* $expr: what it says of fields, where it does; all
			       * that it leaves open is a leaf without a path */
	bool by_expression;   /* in there: compares as expressions do, without regard to
			       * types */
	bool on_documents;    /* the root of a filter_parse_value that is a filter on
			       * documents: other values do not match */
	int n_children;
	struct filter **children;
	const struct collator *collator;
	void *data; /* the op's own */
};

struct filter_options {
	const struct collator *collator;
	const struct variables *let; /* NULL: none */
	bool no_expr, no_text, no_near, no_schema; /* refused here, by name */
	struct meta_use *metas; /* gets what is wanted and given; NULL: nobody asks */
};

/* The bit of MATCH_TYPE's set that stands for a type. */
uint32_t match_type_bit(uint8_t type);

/*
 * What a match needs, and what it leaves behind.  An expression may fail on a
 * document (a division by zero): then the result is false and error is not 0; it
 * is the caller who resets it.
 */
struct match_state {
	struct arena *row;    /* for expressions; NULL: none in the filter */
	const struct variables *variables;
	const struct document_meta *meta; /* for projections; NULL: nothing is known */
	int64_t array_index;  /* of the first implicitly traversed array of the
			       * last leaf that matched: the positional $; -1: none */
	int error;
	struct status *status; /* gets the words of error; may be NULL */
};

/*
 * Parses into a; views of doc stay in use, so doc lives as long as a.  {} gives
 * MATCH_ALWAYS_TRUE.  Errors: MongoDB's codes (2 BadValue for an unknown
 * operator, ...), naming what is wrong.
 */
MUST_CHECK int filter_parse(struct view doc, const struct filter_options *o, struct arena *a,
    struct filter **out, struct status *st);

/* ms may be NULL for a filter without expressions. */
bool filter_matches(const struct filter *f, struct view doc, struct match_state *ms);
/* The filter as a document, in MongoDB's canonical form ({a: {$eq: 1}}); data is NULL when
 * there is no memory or it is nested too deep. */
struct view filter_format(const struct filter *f, struct arena *a);
/* Does it hold an expression, so that a row arena is needed? */
bool filter_needs_row(const struct filter *f);

/*
 * Filters on a single value, as $pull and $elemMatch have them: doc is
 * operators without a field ({$gte: 5}; the leaves' paths are empty), or, when
 * its first name is no operator, a filter on the value as a document.
 */
MUST_CHECK int filter_parse_value(struct view doc, const struct filter_options *o,
    struct arena *a, struct filter **out, struct status *st);
/* The filter on an array's element, which is not itself looked into. */
bool filter_matches_value(const struct filter *f, struct value v, struct match_state *ms);
/* The filter on a document whose only field is v, whatever its name: all paths of the
 * filter begin with that name (arrayFilters). */
bool filter_matches_named(const struct filter *f, struct value v, struct match_state *ms);

#endif
