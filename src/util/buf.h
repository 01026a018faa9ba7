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

#include <endian.h>

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

/* buf_reserve's slow half: n do not fit as it is. */
MUST_CHECK bool buf_grow(struct buf *b, size_t n);

/* Room for n more bytes at data + len; false when it failed. */
MUST_CHECK static inline bool buf_reserve(struct buf *b, size_t n)
{
	return (!b->failed && b->capacity - b->len >= n) || buf_grow(b, n);
}

/* n bytes more in len, not set; NULL when it failed. */
static inline uint8_t *buf_extend(struct buf *b, size_t n)
{
	uint8_t *p;

	if (!buf_reserve(b, n))
		return NULL;
	p = b->data + b->len;
	b->len += n;
	return p;
}

static inline void buf_append(struct buf *b, const void *bytes, size_t n)
{
	if (n && buf_reserve(b, n)) {
		memcpy(b->data + b->len, bytes, n);
		b->len += n;
	}
}

static inline void buf_append_view(struct buf *b, struct view v)
{
	buf_append(b, v.data, v.len);
}

static inline void buf_append_byte(struct buf *b, uint8_t byte)
{
	buf_append(b, &byte, 1);
}

void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Little-endian, as the wire and BSON have it. */
static inline void buf_append_i32(struct buf *b, int32_t v)
{
	uint32_t le = htole32((uint32_t)v);

	buf_append(b, &le, sizeof(le));
}

static inline void buf_append_i64(struct buf *b, int64_t v)
{
	uint64_t le = htole64((uint64_t)v);

	buf_append(b, &le, sizeof(le));
}

static inline void buf_set_i32(struct buf *b, size_t at, int32_t v)
{
	uint32_t le = htole32((uint32_t)v);

	if (!b->failed)
		memcpy(b->data + at, &le, sizeof(le));
}

/* Big-endian, as keys have it. */
static inline void buf_append_be32(struct buf *b, uint32_t v)
{
	uint32_t be = htobe32(v);

	buf_append(b, &be, sizeof(be));
}

static inline void buf_append_be64(struct buf *b, uint64_t v)
{
	uint64_t be = htobe64(v);

	buf_append(b, &be, sizeof(be));
}

/* Valid until the buffer grows or ends. */
static inline struct view buf_view(const struct buf *b)
{
	return view_of(b->data, b->len);
}

#endif
