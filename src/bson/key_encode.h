/*
 * bson/key_encode.h - values as keys: memcmp order of the bytes is MongoDB's
 * order of the values (bson/compare.h), over all types.
 *
 * Equal values have equal keys: 1, 1.0 and decimal 1.00 are one key; 0.1 and
 * decimal 0.1 are not.  What a key forgets about a number (its kind, a
 * decimal's trailing zeros, -0.0's sign, symbol or string, undefined or
 * missing) stands in the type bits, a string of bytes kept in the index
 * entry's value, so that a key can be turned back into the exact value.
 *
 * A descending field's bytes are inverted.  Every encoded value is prefix-free:
 * fields follow each other without separators, and a record key may follow the
 * last.  Nested documents and arrays are encoded element by element between
 * marks.
 *
 * doc/format.md has the bytes.  They are on disk: a change is a new format
 * version.
 *
 * Threads: pure.
 */
#ifndef BSON_KEY_ENCODE_H
#define BSON_KEY_ENCODE_H

#include "bson/builder.h"
#include "bson/compare.h"
#include "bson/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/status.h"

/* What is kept beside a key; empty when every value is of its key's usual
 * type (string, missing, the first of int32, int64 and double that holds the
 * number: see doc/format.md). */
struct type_bits {
	struct buf bytes;
	size_t usual; /* values of the usual type since the last byte in bytes */
};

void type_bits_init(struct type_bits *t, struct memory_account *account);
void type_bits_clear(struct type_bits *t);
void type_bits_reset(struct type_bits *t);

/*
 * Appends v's key to key, and to types (NULL: not wanted) what the key forgets.
 * A missing value is encoded as null is in MongoDB's indexes' order: as
 * "missing", which sorts below null; index keygen turns missing into null
 * before where MongoDB does.  With a collator strings become its sort keys
 * (not reversible).  Values nested deeper than a builder goes fail the buffer.
 */
void key_encode(struct buf *key, struct type_bits *types, struct value v, bool descending,
    const struct collator *collator);

/*
 * Reads one value from the front of *key (advancing it) and of *types (NULL or
 * empty: the usual types), appending the element to b under name (NULL in an
 * array); missing appends nothing.  Names inside arrays become "0", "1", ...
 * Fails with ERR_INTERNAL_ERROR on bytes that no encoder wrote.
 */
MUST_CHECK int key_decode(struct view *key, struct view *types, bool descending,
    struct builder *b, const char *name, struct status *st);

/* Skips one encoded value; false when the bytes are no key.  Looks only at what
 * it must, and so may skip some that key_decode fails with. */
MUST_CHECK bool key_skip(struct view *key, bool descending);

/* Bytes that sort below and above every value: bounds that include all. */
#define KEY_BEFORE_ALL 0x00
#define KEY_AFTER_ALL  0xFF

/*
 * Type bracketing as bounds ({$gt: 5} meets numbers only): a byte string that
 * is below every key of v's type rank and above all of lower ranks, and one
 * that is above every key of the rank and below all of higher ranks.  NaN is in
 * the rank of numbers, below -Infinity.  In a descending field the keys of a
 * rank are from key_type_high (inclusive) to key_type_low (exclusive).
 */
void key_type_low(struct buf *key, uint8_t type, bool descending);
void key_type_high(struct buf *key, uint8_t type, bool descending);

/* The smallest byte string that is greater than every one beginning with
 * prefix; false (and an empty result) when there is none (all 0xFF). */
bool key_successor(struct buf *out, struct view prefix);

#endif
