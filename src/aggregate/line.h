/*
 * aggregate/line.h - what lies on a straight line between two values: for $fill and
 * $linearFill.
 *
 * Threads: pure.
 */
#ifndef AGGREGATE_LINE_H
#define AGGREGATE_LINE_H

#include "bson/value.h"
#include "util/arena.h"
#include "util/status.h"

/* Where is a number or a date. */
struct line_point {
	struct value where, value;
};

/* 605001 without exactly one field to sort by; what names the operator. */
int line_needs_one_field(const char *what, struct status *st);

/* The value at a place between two points, in a.  6050201 where a value is no number, 6050107
 * where the places are neither all numbers nor all dates, 6050106 where two are one. */
MUST_CHECK int line_between(const struct line_point *from, const struct line_point *to,
    struct value at, struct arena *a, struct value *out, struct status *st);

/* 7.0 of 14 and 2; decimal where one of them is. */
struct value line_divide(struct value x, struct value y, struct arena *a);
/* Of a date the milliseconds. */
struct value line_number(struct value v);

#endif
