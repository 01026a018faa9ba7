/*
 * aggregate/accumulator.h - what $group keeps for each group: a row an
 * accumulator, acc_*.c.
 *
 * Threads: entries are const; a state belongs to one node.
 */
#ifndef AGGREGATE_ACCUMULATOR_H
#define AGGREGATE_ACCUMULATOR_H

#include "bson/builder.h"
#include "expr/expression.h"

/* What the values of all groups share. */
struct accumulation {
	struct arena *arena; /* of what is kept */
	const struct collator *collator;
	struct view doc; /* the row that is added */
	const struct document_meta *meta; /* its; NULL: nothing is known */
	struct buf *scratch; /* for an add's own use */
};

/* What an accumulator makes of its specification. */
struct accumulator_operand {
	struct expression *value; /* of each document; NULL: none */
	struct expression *start; /* of the group's key, for begin; NULL: none */
	void *data; /* the accumulator's own, for begin */
};

/* What it is parsed with. */
struct accumulator_parser {
	const struct accumulator *accumulator;
	const struct expression_options *options;
	struct arena *arena;
	struct status *status;
};

struct accumulator {
	const char *name; /* "$sum" */
	const char *help;
	size_t state_size; /* zeroed before begin and the first add */
	/* Operands of a form of their own ({input, n}).  NULL: the value's expression. */
	int (*parse)(const struct accumulator_parser *p, struct value spec,
	    struct accumulator_operand *out);
	/* A group's first step; start may be missing.  NULL: there is none. */
	int (*begin)(void *state, const struct accumulator *a, const void *data,
	    struct value start, struct status *st);
	/* v may be missing.  Copies what it keeps; whether there was memory for that, the arena
	 * says. */
	int (*add)(
	    void *state, struct value v, const struct accumulation *cx, struct status *st);
	/* Takes back v, which is the first that was added of those that are left.  False, and
	 * nothing has changed, where that cannot be done; NULL: it never can. */
	bool (*remove)(void *state, struct value v);
	/* Appends the result under name.  In windows more is added behind it. */
	void (*finish)(void *state, struct builder *b, const char *name);
	/* The same where a window's begin moves, if that is of another type there.  NULL: it is
	 * not. */
	void (*finish_moving)(void *state, struct builder *b, const char *name);
	int id; /* tells apart those that share an implementation */
	bool no_operand; /* $count: {} */
	bool reads_document; /* beside the value */
	bool only_groups, only_windows; /* not everywhere */
};

/* A field of a specification that is a document. */
struct accumulator_option {
	const char *name;
	int missing; /* the error where it is not given; 0: it need not be */
};
/* The n options' values as they stand; code: the error for one that is not among them. */
MUST_CHECK int accumulator_options(const struct accumulator_parser *p, struct view spec,
    const struct accumulator_option *options, int n, int code, struct value *parts);
MUST_CHECK int accumulator_expression(
    const struct accumulator_parser *p, struct value v, struct expression **out);
/* The start of those that keep n values. */
MUST_CHECK int accumulator_n(
    const struct accumulator *a, struct value v, int64_t *out, struct status *st);

extern const struct accumulator *const accumulator_table[];
const struct accumulator *accumulator_find(const char *name);

#endif
