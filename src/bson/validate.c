#include "bson/validate.h"

/* One place in the input; p never passes end, the end of the innermost
 * document's elements (where its closing NUL must stand). */
struct checker {
	const uint8_t *start, *p;
	int depth;
	const uint8_t *ends[BSON_DEPTH_MAX]; /* of the open documents' elements */
	struct status *st;
};

static int broken(const struct checker *c, const char *what)
{
	return status_set(c->st, ERR_INVALID_BSON, "invalid BSON at byte %zu: %s",
	    (size_t)(c->p - c->start), what);
}

static size_t left(const struct checker *c)
{
	return (size_t)(c->ends[c->depth - 1] - c->p);
}

int bson_frame(struct view bytes, size_t *len, struct status *st)
{
	int32_t n;

	if (bytes.len < 5)
		return status_set(st, ERR_INVALID_BSON,
		    "invalid BSON: %zu bytes are too few for a document", bytes.len);
	n = read_i32(bytes.data);
	if (n < 5 || (size_t)n > bytes.len)
		return status_set(st, ERR_INVALID_BSON,
		    "invalid BSON: a document's length is %d, but %zu bytes are there", n,
		    bytes.len);
	*len = (size_t)n;
	return 0;
}

/* Goes into the document at p; room is how many bytes it may have. */
static int enter(struct checker *c, size_t room)
{
	int32_t n;

	if (c->depth == BSON_DEPTH_MAX)
		return status_set(c->st, ERR_OVERFLOW,
		    "the BSON is nested deeper than %d levels", BSON_DEPTH_MAX - 1);
	if (room < 5)
		return broken(c, "a document is cut off");
	n = read_i32(c->p);
	if (n < 5 || (size_t)n > room)
		return broken(c, "a document's length is wrong");
	c->ends[c->depth++] = c->p + n - 1;
	c->p += 4;
	return 0;
}

static int check_cstring(struct checker *c, const char *what)
{
	const uint8_t *nul = memchr(c->p, 0, left(c));

	if (!nul)
		return broken(c, what);
	c->p = nul + 1;
	return 0;
}

/* A string with its length word; room as in enter. */
static int check_string(struct checker *c, size_t room)
{
	int32_t n;

	if (room < 5)
		return broken(c, "a string is cut off");
	n = read_i32(c->p);
	if (n < 1 || (size_t)n > room - 4)
		return broken(c, "a string's length is wrong");
	if (c->p[4 + (size_t)n - 1] != 0)
		return broken(c, "a string does not end with NUL");
	c->p += 4 + (size_t)n;
	return 0;
}

static int check_binary(struct checker *c)
{
	int32_t n;

	if (left(c) < 5)
		return broken(c, "binary data is cut off");
	n = read_i32(c->p);
	if (n < 0 || (size_t)n > left(c) - 5)
		return broken(c, "the length of binary data is wrong");
	c->p += 5 + (size_t)n;
	return 0;
}

static int check_fixed(struct checker *c, size_t size)
{
	if (left(c) < size)
		return broken(c, "a value is cut off");
	c->p += size;
	return 0;
}

static int check_code_with_scope(struct checker *c)
{
	const uint8_t *end;
	int32_t n;
	int err;

	if (left(c) < 4 + 5 + 5)
		return broken(c, "code with scope is cut off");
	n = read_i32(c->p);
	if (n < 4 + 5 + 5 || (size_t)n > left(c))
		return broken(c, "the length of code with scope is wrong");
	end = c->p + n;
	c->p += 4;
	err = check_string(c, (size_t)(end - c->p));
	if (err)
		return err;
	/* the scope is its last part and fills it */
	if (end - c->p < 5 || read_i32(c->p) != end - c->p)
		return broken(c, "the length of a scope is wrong");
	return enter(c, (size_t)(end - c->p));
}

static int check_value(struct checker *c, uint8_t type)
{
	int err;

	switch (type) {
	case TYPE_UNDEFINED:
	case TYPE_NULL:
	case TYPE_MIN_KEY:
	case TYPE_MAX_KEY:
		return 0;
	case TYPE_INT32:
		return check_fixed(c, 4);
	case TYPE_DOUBLE:
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_INT64:
		return check_fixed(c, 8);
	case TYPE_OBJECT_ID:
		return check_fixed(c, 12);
	case TYPE_DECIMAL128:
		return check_fixed(c, 16);
	case TYPE_BOOL:
		if (left(c) && *c->p > 1)
			return broken(c, "a bool is neither 0 nor 1");
		return check_fixed(c, 1);
	case TYPE_STRING:
	case TYPE_CODE:
	case TYPE_SYMBOL:
		return check_string(c, left(c));
	case TYPE_OBJECT:
	case TYPE_ARRAY:
		return enter(c, left(c));
	case TYPE_BINARY:
		return check_binary(c);
	case TYPE_REGEX:
		err = check_cstring(c, "a regular expression has no end");
		return err ? err
			   : check_cstring(c, "a regular expression's options have no end");
	case TYPE_DB_POINTER:
		err = check_string(c, left(c));
		return err ? err : check_fixed(c, 12);
	case TYPE_CODE_WITH_SCOPE:
		return check_code_with_scope(c);
	default:
		c->p--;
		return broken(c, "unknown type of value");
	}
}

/* One element, or the end of a document. */
static int check_next(struct checker *c)
{
	uint8_t type;
	int err;

	if (left(c) == 0) {
		if (*c->p != 0)
			return broken(c, "a document does not end with NUL");
		c->p++;
		c->depth--;
		return 0;
	}
	type = *c->p;
	if (type == TYPE_EOD)
		return broken(c, "a document ends before its length says so");
	c->p++;
	err = check_cstring(c, "a name has no end");
	return err ? err : check_value(c, type);
}

int bson_check(struct view bytes, struct status *st)
{
	struct checker c; /* of ends only the first few are ever touched */
	size_t len;
	int err;

	c.start = c.p = bytes.data;
	c.depth = 0;
	c.st = st;
	err = bson_frame(bytes, &len, st);
	if (err)
		return err;
	if (len != bytes.len)
		return status_set(st, ERR_INVALID_BSON,
		    "invalid BSON: %zu bytes follow the document", bytes.len - len);
	err = enter(&c, len);
	while (!err && c.depth > 0)
		err = check_next(&c);
	return err;
}
