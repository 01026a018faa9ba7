/*
 * expr/percentiles.h - what $percentile and $median have beside their input, as expressions and
 * as accumulators: p and method.
 *
 * Threads: read-only once parsed.
 */
#ifndef EXPR_PERCENTILES_H
#define EXPR_PERCENTILES_H

#include "expr/expression.h"

struct percentiles {
	int n;
	double p[];
};

/* name: the operator's, for the errors: 14 and 2. */
MUST_CHECK int percentiles_check_method(const char *name, struct value v, struct status *st);
/* p is constant, an array of numbers from 0 to 1; 7750300 and those behind it. */
MUST_CHECK int percentiles_parse(const char *name, const struct expression *p, struct arena *a,
    struct percentiles **out, struct status *st);

#endif
