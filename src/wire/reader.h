/*
 * wire/reader.h - reads what a peer sent, never past its end.
 *
 * The failure is sticky: after a read that found too few bytes all others give
 * zeros and empty views, and reader_failed is looked at once.
 *
 * Threads: pure.
 */
#ifndef WIRE_READER_H
#define WIRE_READER_H

#include <endian.h>

#include "util/status.h"
#include "util/view.h"

struct reader {
	const uint8_t *at, *end;
	bool failed;
};

static inline struct reader reader_of(struct view bytes)
{
	/* Not even 0 may be added to NULL. */
	return (struct reader){
	    bytes.data, bytes.len ? bytes.data + bytes.len : bytes.data, false};
}

static inline bool reader_failed(const struct reader *r)
{
	return r->failed;
}

static inline size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

/* What has not been read yet. */
static inline struct view reader_rest(const struct reader *r)
{
	return view_of(r->at, reader_left(r));
}

/* The next n bytes, or NULL. */
static inline const uint8_t *reader_take(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (r->failed || reader_left(r) < n) {
		r->failed = true;
		return NULL;
	}
	r->at += n;
	return p;
}

static inline uint8_t reader_u8(struct reader *r)
{
	const uint8_t *p = reader_take(r, 1);

	return p ? *p : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
	const uint8_t *p = reader_take(r, 4);
	uint32_t v;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline int32_t reader_i32(struct reader *r)
{
	return (int32_t)reader_u32(r);
}

/* The next n bytes, borrowed from what is read. */
static inline struct view reader_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = reader_take(r, n);

	return p ? view_of(p, n) : view_of(NULL, 0);
}

/* Up to the next NUL, which is read too and stands behind the view. */
struct view reader_cstring(struct reader *r);

/*
 * The next BSON document, checked (bson_check).  Fails with ERR_INVALID_BSON,
 * or ERR_BSON_OBJECT_TOO_LARGE for more than BSON_INTERNAL_SIZE_MAX; the reader
 * then stays where it was.
 */
MUST_CHECK int reader_document(struct reader *r, struct view *doc, struct status *st);

#endif
