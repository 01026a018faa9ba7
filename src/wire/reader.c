#include "wire/reader.h"

#include "bson/validate.h"

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
