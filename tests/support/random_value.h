/*
 * support/random_value.h - values of all types for property tests, drawn so
 * that equal and nearly equal ones meet often.  The same seed gives the same
 * values.
 */
#ifndef SUPPORT_RANDOM_VALUE_H
#define SUPPORT_RANDOM_VALUE_H

#include "bson/builder.h"

struct rng {
	uint64_t state; /* not 0 */
};

uint64_t rng_next(struct rng *r);
/* From 0 to n - 1. */
uint32_t rng_below(struct rng *r, uint32_t n);

/* Appends an element of any type; objects and arrays are at most depth deep. */
void random_element(struct rng *r, struct builder *b, const char *name, int depth);
/* Only numbers: around 0, powers of two and ten, 2^53, 2^63, the ends of the
 * ranges, NaN, infinities, subnormals, not canonical decimals. */
void random_number(struct rng *r, struct builder *b, const char *name);

#endif
