/*
 * bson/key_bytes.h - what key_encode.c and key_decode.c share: the bytes of
 * keys.  doc/format.md explains them.
 *
 * Threads: pure.
 */
#ifndef BSON_KEY_BYTES_H
#define BSON_KEY_BYTES_H

#include "bson/number_key.h"

/* The first byte of each value, in the order of the types.  Never 0x00 or
 * 0xFF, nor their inversions, so that bounds stand outside. */
enum {
	KEY_END = 0x00, /* after the last element of an object or array */
	KEY_MIN_KEY = 0x08,
	KEY_MISSING = 0x10,
	KEY_NULL = 0x18,
	KEY_NUMBER = NUMBER_NAN, /* to NUMBER_END */
	KEY_STRING = 0x40,
	KEY_OBJECT = 0x48,
	KEY_ARRAY = 0x50,
	KEY_BINARY = 0x58,
	KEY_OBJECT_ID = 0x60,
	KEY_FALSE = 0x68,
	KEY_TRUE = 0x69,
	KEY_DATE = 0x70,
	KEY_TIMESTAMP = 0x78,
	KEY_REGEX = 0x80,
	KEY_DB_POINTER = 0x88,
	KEY_CODE = 0x90,
	KEY_CODE_WITH_SCOPE = 0x98,
	KEY_MAX_KEY = 0xF0,
};

/* Strings end with 0x00; the bytes 0x00 and 0x01 in them become two. */
#define STRING_ESCAPE 0x01

/* Lengths below are one byte, others this one and four. */
#define LONG_LENGTH 0xFF

/* Kinds of other values than numbers, in the type bits. */
enum { TYPE_BITS_USUAL = 0, TYPE_BITS_SYMBOL = 1, TYPE_BITS_UNDEFINED = 1 };

/* The rank of a value by its first byte. */
static inline uint8_t key_rank_of(uint8_t first)
{
	if (first >= NUMBER_NAN && first < NUMBER_END)
		return KEY_NUMBER;
	return first == KEY_TRUE ? KEY_FALSE : first;
}

static inline void key_invert(uint8_t *p, size_t len)
{
	while (len--) {
		*p = (uint8_t) ~*p;
		p++;
	}
}

#endif
