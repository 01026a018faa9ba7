#include "bson/builder.h"

#include <stdarg.h>
#include <stdio.h>

void builder_init(struct builder *b, struct buf *buf)
{
	b->buf = buf;
	b->failed = false;
	b->depth = 1;
	b->levels[0].start = buf->len;
	b->levels[0].index = -1;
	buf_append_i32(buf, 0);
}

static void open_level(struct builder *b, int32_t index)
{
	if (b->depth < BUILDER_DEPTH) {
		b->levels[b->depth].start = b->buf->len;
		b->levels[b->depth].index = index;
		buf_append_i32(b->buf, 0);
	} else {
		b->failed = true;
	}
	b->depth++; /* past the limit too, so that ends still meet their begins */
}

static void close_level(struct builder *b)
{
	size_t len;

	assert(b->depth > 0);
	b->depth--;
	if (b->depth >= BUILDER_DEPTH)
		return;
	buf_append_byte(b->buf, 0);
	if (b->buf->failed)
		return;
	len = b->buf->len - b->levels[b->depth].start;
	if (len > INT32_MAX)
		b->failed = true;
	else
		buf_set_i32(b->buf, b->levels[b->depth].start, (int32_t)len);
}

void builder_finish(struct builder *b)
{
	assert(b->depth == 1);
	close_level(b);
}

bool builder_failed(const struct builder *b)
{
	return b->failed || b->buf->failed;
}

struct view builder_view(const struct builder *b)
{
	const uint8_t *start;

	if (builder_failed(b))
		return view_of(NULL, 0);
	start = b->buf->data + b->levels[0].start;
	return view_of(start, (size_t)read_i32(start));
}

size_t builder_size(const struct builder *b)
{
	return b->buf->len - b->levels[0].start;
}

/* An array index as text, at the end of text; returns its first character. */
static char *format_index(int32_t index, char text[static 12])
{
	char *p = text + 11;

	*p = '\0';
	do
		*--p = (char)('0' + index % 10);
	while (index /= 10);
	return p;
}

/* Writes type and name; the value's own size bytes are at the returned place
 * (NULL: failed). */
static uint8_t *element_n(
    struct builder *b, uint8_t type, const char *name, size_t name_len, size_t size)
{
	char text[12];
	int32_t *index;
	uint8_t *p;

	if (b->failed)
		return NULL;
	assert(b->depth > 0);
	index = &b->levels[b->depth - 1].index;
	if (*index >= 0) {
		name = format_index((*index)++, text);
		name_len = (size_t)(text + 11 - name);
	}
	p = buf_extend(b->buf, 1 + name_len + 1 + size);
	if (!p)
		return NULL;
	*p++ = type;
	if (name_len)
		memcpy(p, name, name_len);
	p += name_len;
	*p++ = 0;
	return p;
}

static uint8_t *element(struct builder *b, uint8_t type, const char *name, size_t size)
{
	return element_n(b, type, name, name ? strlen(name) : 0, size);
}

static void put_i32(uint8_t *p, int32_t v)
{
	uint32_t le = htole32((uint32_t)v);

	memcpy(p, &le, 4);
}

static void put_u64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, 8);
}

static void put_double(uint8_t *p, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, 8);
	put_u64(p, bits);
}

/* BSON's lengths are int32. */
static bool fits(struct builder *b, size_t len)
{
	if (len > INT32_MAX - 16)
		b->failed = true;
	return !b->failed;
}

void builder_doc_begin_n(struct builder *b, const char *name, size_t name_len)
{
	element_n(b, TYPE_OBJECT, name, name_len, 0);
	open_level(b, -1);
}

void builder_array_begin_n(struct builder *b, const char *name, size_t name_len)
{
	element_n(b, TYPE_ARRAY, name, name_len, 0);
	open_level(b, 0);
}

void builder_doc_begin(struct builder *b, const char *name)
{
	builder_doc_begin_n(b, name, name ? strlen(name) : 0);
}

void builder_array_begin(struct builder *b, const char *name)
{
	builder_array_begin_n(b, name, name ? strlen(name) : 0);
}

void builder_doc_end(struct builder *b)
{
	close_level(b);
}

void builder_array_end(struct builder *b)
{
	close_level(b);
}

void builder_i32(struct builder *b, const char *name, int32_t v)
{
	uint8_t *p = element(b, TYPE_INT32, name, 4);

	if (p)
		put_i32(p, v);
}

static void eight_bytes(struct builder *b, uint8_t type, const char *name, uint64_t v)
{
	uint8_t *p = element(b, type, name, 8);

	if (p)
		put_u64(p, v);
}

void builder_i64(struct builder *b, const char *name, int64_t v)
{
	eight_bytes(b, TYPE_INT64, name, (uint64_t)v);
}

void builder_int(struct builder *b, const char *name, int64_t v)
{
	if (v >= INT32_MIN && v <= INT32_MAX)
		builder_i32(b, name, (int32_t)v);
	else
		builder_i64(b, name, v);
}

void builder_double(struct builder *b, const char *name, double v)
{
	uint8_t *p = element(b, TYPE_DOUBLE, name, 8);

	if (p)
		put_double(p, v);
}

void builder_bool(struct builder *b, const char *name, bool v)
{
	uint8_t *p = element(b, TYPE_BOOL, name, 1);

	if (p)
		*p = v;
}

void builder_null(struct builder *b, const char *name)
{
	element(b, TYPE_NULL, name, 0);
}

void builder_date(struct builder *b, const char *name, int64_t ms)
{
	eight_bytes(b, TYPE_DATE, name, (uint64_t)ms);
}

void builder_timestamp(struct builder *b, const char *name, uint64_t ts)
{
	eight_bytes(b, TYPE_TIMESTAMP, name, ts);
}

/* Length word, bytes and NUL. */
static void put_string(uint8_t *p, const void *s, size_t len)
{
	put_i32(p, (int32_t)len + 1);
	if (len)
		memcpy(p + 4, s, len);
	p[4 + len] = 0;
}

void builder_str_type(struct builder *b, const char *name, uint8_t type, struct view s)
{
	uint8_t *p = fits(b, s.len) ? element(b, type, name, 4 + s.len + 1) : NULL;

	if (p)
		put_string(p, s.data, s.len);
}

void builder_str_n(struct builder *b, const char *name, const char *s, size_t len)
{
	builder_str_type(b, name, TYPE_STRING, view_of(s, len));
}

void builder_str(struct builder *b, const char *name, const char *s)
{
	builder_str_n(b, name, s, strlen(s));
}

void builder_regex(
    struct builder *b, const char *name, const char *pattern, const char *options)
{
	size_t pattern_size = strlen(pattern) + 1, options_size = strlen(options) + 1;
	uint8_t *p = element(b, TYPE_REGEX, name, pattern_size + options_size);

	if (!p)
		return;
	memcpy(p, pattern, pattern_size);
	memcpy(p + pattern_size, options, options_size);
}

void builder_scope_begin(struct builder *b, const char *name, struct view code)
{
	uint8_t *p = NULL;

	if (fits(b, code.len))
		p = element(b, TYPE_CODE_WITH_SCOPE, name, 4 + 4 + code.len + 1);
	if (p) {
		put_i32(p, 0);
		put_string(p + 4, code.data, code.len);
	}
	open_level(b, -1);
}

void builder_scope_end(struct builder *b, size_t code_len)
{
	size_t start;

	close_level(b);
	if (builder_failed(b))
		return;
	start = b->levels[b->depth].start - (4 + 4 + code_len + 1);
	if (b->buf->len - start > INT32_MAX)
		b->failed = true;
	else
		buf_set_i32(b->buf, start, (int32_t)(b->buf->len - start));
}

void builder_printf(struct builder *b, const char *name, const char *format, ...)
{
	va_list ap, again;
	uint8_t *p;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	p = n < 0 ? NULL : element(b, TYPE_STRING, name, 4 + (size_t)n + 1);
	if (p) {
		put_i32(p, n + 1);
		vsnprintf((char *)p + 4, (size_t)n + 1, format, again);
	}
	va_end(again);
}

void builder_oid(struct builder *b, const char *name, const uint8_t oid[static 12])
{
	uint8_t *p = element(b, TYPE_OBJECT_ID, name, 12);

	if (p)
		memcpy(p, oid, 12);
}

void builder_binary(
    struct builder *b, const char *name, uint8_t subtype, const void *data, size_t len)
{
	uint8_t *p = fits(b, len) ? element(b, TYPE_BINARY, name, 5 + len) : NULL;

	if (!p)
		return;
	put_i32(p, (int32_t)len);
	p[4] = subtype;
	if (len)
		memcpy(p + 5, data, len);
}

void builder_uuid(struct builder *b, const char *name, const uint8_t uuid[static 16])
{
	builder_binary(b, name, 4, uuid, 16);
}

void builder_doc(struct builder *b, const char *name, struct view doc)
{
	builder_value(b, name, value_of_doc(doc));
}

void builder_array(struct builder *b, const char *name, struct view array)
{
	builder_value(b, name, value_of_array(array));
}

void builder_min_key(struct builder *b, const char *name)
{
	element(b, TYPE_MIN_KEY, name, 0);
}

void builder_max_key(struct builder *b, const char *name)
{
	element(b, TYPE_MAX_KEY, name, 0);
}

void builder_value_n(struct builder *b, const char *name, size_t name_len, struct value v)
{
	uint8_t *p;

	if (v.type == TYPE_EOD)
		return;
	p = element_n(b, v.type, name, name_len, v.len);
	if (p && v.len)
		memcpy(p, v.data, v.len);
}

void builder_value(struct builder *b, const char *name, struct value v)
{
	builder_value_n(b, name, name ? strlen(name) : 0, v);
}

void builder_fields(struct builder *b, struct view elements)
{
	if (builder_failed(b))
		return;
	assert(b->levels[b->depth - 1].index < 0);
	buf_append_view(b->buf, elements);
}

void builder_elements(struct builder *b, struct view doc)
{
	struct doc_iter it;
	struct element e;

	if (builder_failed(b))
		return;
	if (b->levels[b->depth - 1].index < 0) {
		buf_append(b->buf, doc.data + 4, doc.len - 5);
		return;
	}
	it = doc_iter(doc);
	while (doc_next(&it, &e))
		builder_value(b, NULL, e.value);
}

struct builder_mark builder_mark(const struct builder *b)
{
	int32_t index = b->depth > BUILDER_DEPTH ? -1 : b->levels[b->depth - 1].index;

	return (struct builder_mark){builder_size(b), index};
}

void builder_rewind(struct builder *b, struct builder_mark mark)
{
	if (builder_failed(b))
		return;
	b->buf->len = b->levels[0].start + mark.len;
	b->levels[b->depth - 1].index = mark.index;
}

const struct value value_null = {(const uint8_t *)"", 0, TYPE_NULL};
const struct value value_missing = {(const uint8_t *)"", 0, TYPE_EOD};
const struct value value_true = {(const uint8_t *)"\1", 1, TYPE_BOOL};
const struct value value_false = {(const uint8_t *)"\0", 1, TYPE_BOOL};
/* 0 and 1, little-endian. */
const struct value value_zero = {(const uint8_t *)"\0\0\0\0", 4, TYPE_INT32};
const struct value value_one = {(const uint8_t *)"\1\0\0\0", 4, TYPE_INT32};
const struct value value_min_key = {(const uint8_t *)"", 0, TYPE_MIN_KEY};
const struct value value_max_key = {(const uint8_t *)"", 0, TYPE_MAX_KEY};

struct value value_make_i32(struct arena *a, int32_t v)
{
	uint8_t *p = arena_alloc(a, 4);

	if (p)
		put_i32(p, v);
	return (struct value){p, 4, TYPE_INT32};
}

static struct value make_eight(struct arena *a, uint8_t type, uint64_t v)
{
	uint8_t *p = arena_alloc(a, 8);

	if (p)
		put_u64(p, v);
	return (struct value){p, 8, type};
}

struct value value_make_i64(struct arena *a, int64_t v)
{
	return make_eight(a, TYPE_INT64, (uint64_t)v);
}

struct value value_make_double(struct arena *a, double v)
{
	uint8_t *p = arena_alloc(a, 8);

	if (p)
		put_double(p, v);
	return (struct value){p, 8, TYPE_DOUBLE};
}

struct value value_make_bool(struct arena *a, bool v)
{
	return v ? value_true : value_false;
}

struct value value_make_str(struct arena *a, struct view s)
{
	uint8_t *p = s.len > INT32_MAX - 16 ? NULL : arena_alloc(a, 4 + s.len + 1);

	if (!p)
		return (struct value){NULL, 0, TYPE_STRING};
	put_string(p, s.data, s.len);
	return (struct value){p, (uint32_t)s.len + 5, TYPE_STRING};
}

struct value value_make_date(struct arena *a, int64_t ms)
{
	return make_eight(a, TYPE_DATE, (uint64_t)ms);
}

struct value value_dup(struct arena *a, struct value v)
{
	struct view copy;

	if (v.len == 0)
		return (struct value){(const uint8_t *)"", 0, v.type};
	copy = arena_dup(a, view_of(v.data, v.len));
	return (struct value){copy.data, v.len, v.type};
}
