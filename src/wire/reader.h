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

uint8_t reader_u8(struct reader *r);
int32_t reader_i32(struct reader *r);
uint32_t reader_u32(struct reader *r);
/* The next n bytes, borrowed from what is read. */
struct view reader_bytes(struct reader *r, size_t n);
/* Up to the next NUL, which is read too and stands behind the view. */
struct view reader_cstring(struct reader *r);

/*
 * The next BSON document, checked (bson_check).  Fails with ERR_INVALID_BSON,
 * or ERR_BSON_OBJECT_TOO_LARGE for more than BSON_INTERNAL_SIZE_MAX; the reader
 * then stays where it was.
 */
MUST_CHECK int reader_document(struct reader *r, struct view *doc, struct status *st);

#endif
