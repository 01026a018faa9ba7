/*
 * bson/decimal.h - decimal128, over Intel's library; and the arithmetic of the
 * four number kinds.
 *
 * int32 op int32 becomes int64 where it overflows, int64 becomes double where
 * it overflows in expressions and an error in updates (the caller asks which);
 * a double makes it double, a decimal makes it decimal.
 *
 * Only decimal.c and decimal_math.c know the library behind; a decimal that is asked for something
 * it has no result for is NaN, as in IEEE 754.
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
/* To the nearest of 34 digits; *exact says whether it is the same number. */
struct decimal decimal_from_double_exact(double d, bool *exact);
struct decimal decimal_from_i64(int64_t v);
double decimal_to_double(struct decimal d);
/* Towards zero, so that a double x > 0 is <= d where x <= the result; *exact
 * says whether nothing was cut.  Not for NaN. */
double decimal_truncate_to_double(struct decimal d, bool *exact);
bool decimal_to_i64(struct decimal d, int64_t *out); /* false: fraction or range */
/* Without the fraction; out of range: the nearest int64; NaN: 0. */
int64_t decimal_to_i64_clamped(struct decimal d);
bool decimal_is_nan(struct decimal d);
bool decimal_is_infinite(struct decimal d);
bool decimal_is_negative(struct decimal d); /* the sign bit */
bool decimal_is_zero(struct decimal d);
int decimal_compare(struct decimal a, struct decimal b); /* NaN: below all, equal to itself */
/* Sign, 34-digit coefficient and exponent of a finite number.  An encoding
 * that is not canonical has a coefficient of 0, as IEEE 754 says. */
struct decimal_parts {
	bool negative;
	int exponent;
	uint64_t high, low; /* the coefficient: high * 2^64 + low */
};
struct decimal_parts decimal_split(struct decimal d);
struct decimal decimal_join(struct decimal_parts p);
#define DECIMAL_EXPONENT_MIN (-6176)
#define DECIMAL_EXPONENT_MAX 6111
#define DECIMAL_DIGITS       34

/* As the extended JSON form has it: "1.50", "-1E+3", "NaN", "Infinity". */
#define DECIMAL_TEXT_MAX 48
size_t decimal_format(struct decimal d, char text[static DECIMAL_TEXT_MAX]);
/* Rounds to 34 digits.  False when the text is no number. */
bool decimal_parse(struct view text, struct decimal *out);

struct decimal decimal_add(struct decimal a, struct decimal b);
struct decimal decimal_subtract(struct decimal a, struct decimal b);
struct decimal decimal_multiply(struct decimal a, struct decimal b);
struct decimal decimal_divide(struct decimal a, struct decimal b);
/* IEEE's remainder with the quotient cut towards zero, as C's fmod. */
struct decimal decimal_modulo(struct decimal a, struct decimal b);
struct decimal decimal_negate(struct decimal d);

/* decimal_math.c */
enum decimal_function {
	DECIMAL_ACOS,
	DECIMAL_ACOSH,
	DECIMAL_ASIN,
	DECIMAL_ASINH,
	DECIMAL_ATAN,
	DECIMAL_ATANH,
	DECIMAL_COS,
	DECIMAL_COSH,
	DECIMAL_EXP,
	DECIMAL_LN,
	DECIMAL_LOG10,
	DECIMAL_SIN,
	DECIMAL_SINH,
	DECIMAL_SQRT,
	DECIMAL_TAN,
	DECIMAL_TANH,
};
struct decimal decimal_call(enum decimal_function f, struct decimal d);
struct decimal decimal_power(struct decimal base, struct decimal exponent);
struct decimal decimal_atan2(struct decimal y, struct decimal x);
enum decimal_rounding { DECIMAL_TO_EVEN, DECIMAL_TO_ZERO, DECIMAL_UP, DECIMAL_DOWN };
/* To that place behind the point (negative: before it).  Quantize gives NaN where there are
 * more digits than a decimal has, and for an infinity; round leaves these as they are. */
struct decimal decimal_round(struct decimal d, int place, enum decimal_rounding how);
struct decimal decimal_quantize(struct decimal d, int place, enum decimal_rounding how);

enum number_overflow { OVERFLOW_TO_DOUBLE, OVERFLOW_FAILS };

/* Of any number kind; what is no number is NaN. */
struct decimal number_to_decimal(struct value v);
struct value value_make_decimal(struct arena *a, struct decimal d);

/* The results are made in a; missing (TYPE_EOD) where OVERFLOW_FAILS says so. */
struct value number_add(
    struct value x, struct value y, enum number_overflow o, struct arena *a);
struct value number_subtract(
    struct value x, struct value y, enum number_overflow o, struct arena *a);
struct value number_multiply(
    struct value x, struct value y, enum number_overflow o, struct arena *a);

#endif
