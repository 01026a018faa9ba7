/*
 * bson/decimal.h - decimal128, over Intel's library; and the arithmetic of the
 * four number kinds.
 *
 * int32 op int32 becomes int64 where it overflows, int64 becomes double where
 * it overflows in expressions and an error in updates (the caller asks which);
 * a double makes it double, a decimal makes it decimal.
 *
 * Threads: pure.
 */
#ifndef BSON_DECIMAL_H
#define BSON_DECIMAL_H

#include "bson/value.h"
#include "util/arena.h"

struct decimal {
	uint64_t low, high; /* as BSON has them */
};

struct decimal decimal_read(const uint8_t *p);
void decimal_write(uint8_t *p, struct decimal d);
/* Rounded to 34 digits, as in MongoDB: from a double by its 15 digits. */
struct decimal decimal_from_double(double d);
/* Every bit of the double, for comparing. */
struct decimal decimal_from_double_exact(double d);
struct decimal decimal_from_i64(int64_t v);
double decimal_to_double(struct decimal d);
bool decimal_to_i64(struct decimal d, int64_t *out); /* false: fraction or range */
bool decimal_is_nan(struct decimal d);
bool decimal_is_infinite(struct decimal d);
bool decimal_is_negative(struct decimal d); /* the sign bit */
bool decimal_is_zero(struct decimal d);
int decimal_compare(struct decimal a, struct decimal b); /* NaN: below all, equal to itself */
/* sign, 34-digit coefficient and exponent of a finite number. */
struct decimal_parts {
	bool negative;
	int exponent;
	uint64_t high, low; /* the coefficient: high * 2^64 + low */
};
struct decimal_parts decimal_split(struct decimal d);
struct decimal decimal_join(struct decimal_parts p);

enum number_overflow { OVERFLOW_TO_DOUBLE, OVERFLOW_FAILS };

/* The results are made in a; missing (TYPE_EOD) where OVERFLOW_FAILS says so. */
struct value number_add(struct value x, struct value y, enum number_overflow o, struct arena *a);
struct value number_subtract(
    struct value x, struct value y, enum number_overflow o, struct arena *a);
struct value number_multiply(
    struct value x, struct value y, enum number_overflow o, struct arena *a);

#endif
