/*
 * util/buf.h - bytes that grow, with a sticky failure.
 *
 * Appending to a failed buffer does nothing, so a builder may append many
 * things and look at buf_failed once.  A buffer fails when it would pass its
 * limit, its account is full or the system has no memory.
 *
 * Threads: a buffer belongs to one request at a time.
 */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include "util/memory.h"
#include "util/view.h"

struct buf {
	uint8_t *data;
	size_t len, capacity;
	size_t limit; /* 0: none */
	struct memory_account *account;
	bool failed;
};

/* Allocates nothing yet.  account may be NULL. */
void buf_init(struct buf *b, struct memory_account *account);
/* Frees the bytes. */
void buf_clear(struct buf *b);
/* Forgets the bytes and a failure, keeps the capacity. */
void buf_reset(struct buf *b);

/* Room for n more bytes at data + len; false when it failed. */
MUST_CHECK bool buf_reserve(struct buf *b, size_t n);
/* n bytes more in len, not set; NULL when it failed. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_append(struct buf *b, const void *bytes, size_t n);
void buf_append_view(struct buf *b, struct view v);
void buf_append_byte(struct buf *b, uint8_t byte);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Little-endian, as the wire and BSON have it. */
void buf_append_i32(struct buf *b, int32_t v);
void buf_append_i64(struct buf *b, int64_t v);
void buf_set_i32(struct buf *b, size_t at, int32_t v);

/* Big-endian, as keys have it. */
void buf_append_be32(struct buf *b, uint32_t v);
void buf_append_be64(struct buf *b, uint64_t v);

/* Valid until the buffer grows or ends. */
static inline struct view buf_view(const struct buf *b)
{
	return view_of(b->data, b->len);
}

#endif
