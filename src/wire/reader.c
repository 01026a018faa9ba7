#include "wire/reader.h"

#include <endian.h>

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
