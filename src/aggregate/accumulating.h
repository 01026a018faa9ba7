/*
 * aggregate/accumulating.h - fields with accumulators, {total: {$sum: "$n"}, ...}, as $group
 * and $bucketAuto have them.
 *
 * The states of all fields of one group are one piece of memory, which is zeroed
 * before they begin.
 *
 * Threads: read-only once parsed; states belong to one node.
 */
#ifndef AGGREGATE_ACCUMULATING_H
#define AGGREGATE_ACCUMULATING_H

#include "aggregate/accumulator.h"
#include "aggregate/stage.h"

struct accumulating {
	int n;
	struct accumulating_field *fields;
	size_t state_size; /* of all; memory for it is aligned to max_align_t */
};

/* For at most n fields. */
MUST_CHECK int accumulating_init(
    struct accumulating *f, int n, struct arena *a, struct status *st);
/* One more: 40234, 40235, 40236, 40237, 40238, 15952, and those of expressions and of the
 * accumulators' own operands. */
MUST_CHECK int accumulating_parse(struct accumulating *f, const struct element *e,
    const struct stage_context *cx, struct status *st);

/* Does one of them begin with what the group's key says? */
bool accumulating_needs_key(const struct accumulating *f);
/* Before the first document of a group; its key may be missing. */
MUST_CHECK int accumulating_begin(const struct accumulating *f, void *states, struct value key,
    const struct variables *let, struct arena *row, struct status *st);
/* A document's values; whether there was memory for what is kept, cx's arena says. */
MUST_CHECK int accumulating_add(const struct accumulating *f, void *states, struct view doc,
    const struct variables *let, struct arena *row, const struct accumulation *cx,
    struct status *st);
/* The results as fields of the document that is open. */
void accumulating_finish(const struct accumulating *f, void *states, struct builder *b);

/* Does the expression look at nothing of the document? */
bool accumulating_needs_nothing(const struct expression *e);
/* Do the accumulators look at nothing but how many documents there are? */
bool accumulating_only_counts(const struct accumulating *f);

#endif
