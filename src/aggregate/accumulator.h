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
};

struct accumulator {
	const char *name; /* "$sum" */
	const char *help;
	size_t state_size; /* zeroed before the first add */
	/* v may be missing.  Copies what it keeps; whether there was memory for that, the arena
	 * says. */
	int (*add)(void *state, struct value v, const struct accumulation *cx, struct status *st);
	/* Appends the result under name. */
	void (*finish)(const void *state, struct builder *b, const char *name);
	bool no_operand; /* $count: {} */
};

extern const struct accumulator *const accumulator_table[];
const struct accumulator *accumulator_find(const char *name);

#endif
