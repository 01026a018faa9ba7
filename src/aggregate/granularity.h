/*
 * aggregate/granularity.h - series of preferred numbers: the Renard series, the E series of
 * electronics, 1-2-5 and the powers of two.
 *
 * Threads: pure.
 */
#ifndef AGGREGATE_GRANULARITY_H
#define AGGREGATE_GRANULARITY_H

#include "bson/value.h"
#include "util/arena.h"
#include "util/status.h"

struct granularity;

/* "R5", "E192", "1-2-5", "POWERSOF2", ...; NULL: there is no such series. */
const struct granularity *granularity_find(struct view name);

/*
 * The series' next number above v (up) or below it, in a: a decimal of a decimal, else a
 * double, or an integer where a power of two is one.  0 and infinity stay what they are.  40258
 * for what is no number, 40259 for NaN, 40260 for a negative one.
 */
MUST_CHECK int granularity_round(const struct granularity *g, struct value v, bool up,
    struct arena *a, struct value *out, struct status *st);

#endif
