/*
 * bson/number_key.h - a number as a key: one order for the four kinds, by exact
 * mathematical value.  Part of key_encode.h, which says what keys are.
 *
 * A key begins with a class byte; the classes of negative numbers mirror those
 * of positive ones, with all other bytes inverted.  Of the magnitude m:
 *
 *     m < 1         small: m cut to a double
 *     1 <= m < 2^63 integer part of n bytes (one class each), then binary
 *                   fraction, if there is one
 *     2^63 <= m     large: m cut to a double
 *
 * Each has one bit to say "there is more": a decimal that is not exactly what
 * the bytes before say has its own digits behind them, and so is above the
 * double (or the fixed-point number) that it was cut to and below the next.
 *
 * Threads: pure.
 */
#ifndef BSON_NUMBER_KEY_H
#define BSON_NUMBER_KEY_H

#include "bson/value.h"

/* Class bytes; bson/key_encode.c has the bytes of the other types. */
enum number_class {
	NUMBER_NAN = 0x20,
	NUMBER_ZERO = 0x2C,
	NUMBER_END = 0x38, /* the first that is no number's */
	/* Added to NUMBER_ZERO, or taken from it. */
	NUMBER_SMALL = 1,
	NUMBER_INTEGER = 1, /* and the bytes of the integer part, 1 to 8 */
	NUMBER_LARGE = 10,
	NUMBER_INFINITE = 11,
};

/* Class, 8 bytes, exponent and 17 pairs of digits, rounded up. */
#define NUMBER_KEY_MAX 32

/* What the key forgets: one byte that says how the number was written, some of
 * them with payload behind. */
enum number_kind {
	NUMBER_USUAL = 0, /* see number_unkey */
	NUMBER_INT64 = 1,
	NUMBER_DOUBLE = 2,
	NUMBER_NEGATIVE_ZERO = 3, /* a double */
	NUMBER_DOUBLE_BITS = 4, /* 8 bytes: NaN that is not the usual one */
	NUMBER_DECIMAL_BITS = 5, /* 16 bytes: NaN, infinity, not canonical */
	NUMBER_DECIMAL_ZERO = 6, /* 2 bytes: sign, biased exponent */
	NUMBER_DECIMAL = 0x40, /* and how many zeros end the coefficient */
};

struct number_kind_bytes {
	uint8_t len, bytes[17];
};

/* v is a number; returns how many bytes were written.  kind may be NULL. */
size_t number_key(
    uint8_t out[static NUMBER_KEY_MAX], struct value v, struct number_kind_bytes *kind);

/* A number in memory of its own. */
struct number {
	uint8_t bytes[16];
	struct value value; /* points to bytes */
};

/*
 * Reads a (not inverted) key from the front of *key and its kind from the front
 * of *kinds.  The usual kind (and that of an empty kinds) is the first of int32,
 * int64, double, decimal (with as few zeros at its end as it can have) that holds
 * the value exactly; for NaN and the infinities double.  False when no encoder
 * wrote these bytes.
 */
MUST_CHECK bool number_unkey(struct view *key, struct view *kinds, struct number *out);

/* Skips a key whose bytes are inverted with mask (0x00 or 0xFF). */
MUST_CHECK bool number_key_skip(struct view *key, uint8_t mask);

#endif
