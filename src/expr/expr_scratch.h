/*
 * expr/expr_scratch.h - memory for the steps of an expression that goes through an array.
 *
 * The row's arena keeps what it has until the document is done with.  A $reduce that appends
 * to an array makes a whole one in each step, so steps have an arena of their own, in
 * which only what is still needed stays.
 *
 * Threads: a scratch belongs to one evaluation.
 */
#ifndef EXPR_EXPR_SCRATCH_H
#define EXPR_EXPR_SCRATCH_H

#include "expr/expr_op.h"

struct expr_scratch {
	struct arena arena;
	struct arena *row; /* ev's own, meanwhile */
	_Alignas(16) uint8_t room[512]; /* few steps need more */
};

/* What ev evaluates is made in the scratch from now on; ends with expr_scratch_end. */
void expr_scratch_begin(struct expr_scratch *s, struct expr_eval *ev);
/* Behind a step: no value that was made so far is needed any more. */
void expr_scratch_forget(struct expr_scratch *s);
/* The same, but for *v, which may be a view of one and moves. */
MUST_CHECK int expr_scratch_keep(
    struct expr_scratch *s, struct expr_eval *ev, struct value *v);
void expr_scratch_end(struct expr_scratch *s, struct expr_eval *ev);

#endif
