#include "wire/reader.h"

#include <endian.h>

#include "bson/validate.h"

/* The next n bytes, or NULL. */
static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (r->failed || reader_left(r) < n) {
		r->failed = true;
		return NULL;
	}
	r->at += n;
	return p;
}

uint8_t reader_u8(struct reader *r)
{
	const uint8_t *p = take(r, 1);

	return p ? *p : 0;
}

uint32_t reader_u32(struct reader *r)
{
	const uint8_t *p = take(r, 4);
	uint32_t v;

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

int32_t reader_i32(struct reader *r)
{
	return (int32_t)reader_u32(r);
}

struct view reader_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = take(r, n);

	return p ? view_of(p, n) : view_of(NULL, 0);
}

struct view reader_cstring(struct reader *r)
{
	const uint8_t *begin = r->at;
	const uint8_t *nul = NULL;

	if (!r->failed && reader_left(r))
		nul = memchr(begin, 0, reader_left(r));
	if (!nul) {
		r->failed = true;
		return view_of(NULL, 0);
	}
	r->at = nul + 1;
	return view_of(begin, (size_t)(nul - begin));
}

int reader_document(struct reader *r, struct view *doc, struct status *st)
{
	size_t len;
	int rc = bson_frame(reader_rest(r), &len, st);

	if (rc)
		return rc;
	if (len > BSON_INTERNAL_SIZE_MAX)
		return status_set(st, ERR_BSON_OBJECT_TOO_LARGE,
		    "a document of %zu bytes; they have at most %d", len,
		    BSON_INTERNAL_SIZE_MAX);
	*doc = view_of(r->at, len);
	rc = bson_check(*doc, st);
	if (rc == 0)
		r->at += len;
	return rc;
}
