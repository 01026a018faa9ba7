/*
 * expr/expr_text.h - values as text, and UTF-8, for the families that work on
 * strings.
 *
 * Threads: pure.
 */
#ifndef EXPR_EXPR_TEXT_H
#define EXPR_EXPR_TEXT_H

#include "expr/expr_op.h"

/* A string made of these bytes in the row's arena. */
MUST_CHECK int expr_make_str(struct expr_eval *ev, struct view s, struct value *out);
/* The same of a buffer, which is freed. */
MUST_CHECK int expr_take_str(struct expr_eval *ev, struct buf *buf, struct value *out);

/* A number, date, ObjectId or bool as $toString shows it; false for other types. */
bool text_of_value(struct value v, struct buf *out);
void text_of_double(double d, struct buf *out);
void text_of_date(int64_t ms, struct buf *out);

/* As the string operators see an operand: strings, symbols and code as they are, numbers, dates
 * and timestamps as text, null and missing as nothing; 16007 for others. */
MUST_CHECK int expr_text(
    const struct expression *e, struct expr_eval *ev, struct value v, struct view *out);

/* Is this byte inside a character, and not its first? */
static inline bool utf8_is_inside(uint8_t byte)
{
	return (byte & 0xC0) == 0x80;
}
/* How many characters; whatever is not valid counts by its first bytes. */
int64_t utf8_count(struct view s);
/* The byte at which character n begins; s.len when there are fewer. */
size_t utf8_offset(struct view s, int64_t n);

#endif
