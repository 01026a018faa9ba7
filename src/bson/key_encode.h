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

#include "bson/compare.h"
#include "bson/value.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/status.h"

/* What is kept beside a key; empty when every value is of its key's usual
 * type (string, double-free integers as int32, ...: see doc/format.md). */
struct type_bits {
	struct buf bytes;
};

void type_bits_init(struct type_bits *t, struct memory_account *account);
void type_bits_clear(struct type_bits *t);
void type_bits_reset(struct type_bits *t);

/*
 * Appends v's key to key, and to types (NULL: not wanted) what the key forgets.
 * A missing value is encoded as null is in MongoDB's indexes' order: as
 * "missing", which sorts below null; index keygen turns missing into null
 * before where MongoDB does.  With a collator strings become its sort keys
 * (not reversible).
 */
void key_encode(struct buf *key, struct type_bits *types, struct value v, bool descending,
    const struct collator *collator);

/*
 * Reads one value from the front of *key (advancing it) and of *types (NULL or
 * empty: the usual types), appending the element to b under name (NULL in an
 * array).  Fails with ERR_INTERNAL_ERROR on bytes that no encoder wrote.
 */
MUST_CHECK int key_decode(struct view *key, struct view *types, bool descending,
    struct builder *b, const char *name, struct status *st);

/* Skips one encoded value; false when the bytes are no key. */
MUST_CHECK bool key_skip(struct view *key, bool descending);

/* Bytes that sort below and above every value: bounds that include all. */
#define KEY_BEFORE_ALL 0x00
#define KEY_AFTER_ALL  0xFF

/* The key of the lowest possible value of v's type rank and of the first that
 * is above it: type bracketing as bounds ({$gt: 5} meets numbers only). */
void key_type_low(struct buf *key, uint8_t type, bool descending);
void key_type_high(struct buf *key, uint8_t type, bool descending);

/* The smallest byte string that is greater than every one beginning with
 * prefix; false (and an empty result) when there is none (all 0xFF). */
bool key_successor(struct buf *out, struct view prefix);

#endif
