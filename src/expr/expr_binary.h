/*
 * expr/expr_binary.h - binary data from text and back, and from numbers and
 * back, for $convert.
 *
 * Threads: pure.
 */
#ifndef EXPR_EXPR_BINARY_H
#define EXPR_EXPR_BINARY_H

#include "util/buf.h"

enum binary_format {
	FORMAT_AUTO, /* base64, or what a UUID looks like */
	FORMAT_BASE64,
	FORMAT_BASE64URL,
	FORMAT_UTF8,
	FORMAT_HEX,
	FORMAT_UUID,
};

#define SUBTYPE_UUID 4

/* False for no such name. */
bool binary_format_find(struct view name, enum binary_format *out);
/* The text's bytes; false when it is not of that form (FORMAT_AUTO: never). */
bool binary_decode(struct view text, enum binary_format f, struct buf *out);
/* False when the bytes cannot be shown so. */
bool binary_encode(struct view bytes, uint8_t subtype, enum binary_format f, struct buf *out);
bool utf8_is_valid(struct view s);

#endif
