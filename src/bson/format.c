#include "bson/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bson/decimal.h"

#define DOTS "..."

struct printer {
	struct buf *out;
	size_t end; /* of what may stand in out */
	size_t cut; /* where whole pieces end that leave room for dots */
	bool full; /* something did not fit */
};

static void put_value(struct printer *p, struct value v);

/* A piece: all of it or nothing, so that no character is cut. */
static void put(struct printer *p, const void *bytes, size_t len)
{
	if (p->out->len + strlen(DOTS) <= p->end)
		p->cut = p->out->len;
	if (p->full || len > p->end - p->out->len)
		p->full = true;
	else
		buf_append(p->out, bytes, len);
	p->full |= p->out->failed;
}

static void put_str(struct printer *p, const char *s)
{
	put(p, s, strlen(s));
}

static void put_format(struct printer *p, const char *format, ...) PRINTF_LIKE(2, 3);

/* For short texts: numbers and the like. */
static void put_format(struct printer *p, const char *format, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	put_str(p, text);
}

/* Bytes of the UTF-8 character at the front of s; 0 when it is none. */
static size_t utf8_len(struct view s)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = s.data[0];
	size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, i;
	uint32_t c;

	if (n == 1)
		return 1;
	if (first < 0xC0 || first > 0xF4 || s.len < n)
		return 0;
	c = first & (0x7F >> n);
	for (i = 1; i < n; i++) {
		if ((s.data[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s.data[i] & 0x3F);
	}
	return c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? 0 : n;
}

/* Text from a client: what could break a log line or a terminal is escaped. */
static void put_text(struct printer *p, struct view s, char quote)
{
	size_t n;

	while (s.len && !p->full) {
		uint8_t c = s.data[0];

		n = utf8_len(s);
		if (n == 0)
			put_format(p, "\\x%02X", c);
		else if (c == '\n')
			put_str(p, "\\n");
		else if (c == '\t')
			put_str(p, "\\t");
		else if (c == '\r')
			put_str(p, "\\r");
		else if (c < 0x20 || c == 0x7F)
			put_format(p, "\\u%04X", c);
		else if (quote && (c == (uint8_t)quote || c == '\\'))
			put_format(p, "\\%c", c);
		else
			put(p, s.data, n);
		n = n ? n : 1;
		s = view_of(s.data + n, s.len - n);
	}
}

static void put_quoted(struct printer *p, struct view s)
{
	put_str(p, "\"");
	put_text(p, s, '"');
	put_str(p, "\"");
}

static void put_hex(struct printer *p, struct view s, const char *digits)
{
	size_t i;

	for (i = 0; i < s.len && !p->full; i++)
		put_format(p, "%c%c", digits[s.data[i] >> 4], digits[s.data[i] & 15]);
}

static void put_object_id(struct printer *p, const uint8_t *oid)
{
	put_str(p, "ObjectId('");
	put_hex(p, view_of(oid, 12), "0123456789abcdef");
	put_str(p, "')");
}

static void put_uuid(struct printer *p, const uint8_t *uuid)
{
	static const int parts[] = {4, 2, 2, 2, 6};
	size_t i;

	put_str(p, "UUID(\"");
	for (i = 0; i < ARRAY_LEN(parts); i++) {
		if (i)
			put_str(p, "-");
		put_hex(p, view_of(uuid, (size_t)parts[i]), "0123456789abcdef");
		uuid += parts[i];
	}
	put_str(p, "\")");
}

static void put_binary(struct printer *p, struct value v)
{
	struct view bytes = value_binary(v);

	if (value_binary_subtype(v) == 4 && bytes.len == 16) {
		put_uuid(p, bytes.data);
		return;
	}
	put_format(p, "BinData(%d, ", value_binary_subtype(v));
	put_hex(p, bytes, "0123456789ABCDEF");
	put_str(p, ")");
}

/* The shortest digits that are this double, and a point to tell it from an
 * integer. */
static void put_double(struct printer *p, double d)
{
	char text[40];
	int digits;

	if (isnan(d) || isinf(d)) {
		put_str(p, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	put_str(p, text);
	if (!strpbrk(text, ".e"))
		put_str(p, ".0");
}

static void put_decimal(struct printer *p, const uint8_t *bytes)
{
	char text[DECIMAL_TEXT_MAX];

	put(p, text, decimal_format(decimal_read(bytes), text));
}

static void put_timestamp(struct printer *p, const uint8_t *bytes)
{
	uint64_t ts = (uint64_t)read_i64(bytes);

	put_format(
	    p, "Timestamp(%" PRIu32 ", %" PRIu32 ")", (uint32_t)(ts >> 32), (uint32_t)ts);
}

static void put_regex(struct printer *p, struct value v)
{
	put_str(p, "/");
	put_text(p, view_of_str(value_regex_pattern(v)), 0);
	put_str(p, "/");
	put_text(p, view_of_str(value_regex_options(v)), 0);
}

static void put_elements(
    struct printer *p, struct view doc, bool with_names, const char *brackets)
{
	struct doc_iter it = doc_iter(doc);
	const char *before = " ";
	struct element e;

	put(p, brackets, 1);
	while (!p->full && doc_next(&it, &e)) {
		put_str(p, before);
		before = ", ";
		if (with_names) {
			put_text(p, view_of(e.name, e.name_len), 0);
			put_str(p, ": ");
		}
		put_value(p, e.value);
	}
	put_str(p, doc_is_empty(doc) ? "" : " ");
	put(p, brackets + 1, 1);
}

static void put_db_pointer(struct printer *p, struct value v)
{
	put_str(p, "DBPointer(");
	put_quoted(p, view_of(v.data + 4, v.len - 4 - 1 - 12));
	put_str(p, ", ");
	put_object_id(p, v.data + v.len - 12);
	put_str(p, ")");
}

static void put_code(struct printer *p, struct value v)
{
	struct view code, scope;

	put_str(p, "Code(");
	if (v.type == TYPE_CODE) {
		put_quoted(p, value_str(v));
	} else {
		value_split_scope(v, &code, &scope);
		put_quoted(p, code);
		put_str(p, ", ");
		put_elements(p, scope, true, "{}");
	}
	put_str(p, ")");
}

static void put_value(struct printer *p, struct value v)
{
	switch (v.type) {
	case TYPE_DOUBLE:
		put_double(p, read_double(v.data));
		return;
	case TYPE_STRING:
	case TYPE_SYMBOL:
		put_quoted(p, value_str(v));
		return;
	case TYPE_OBJECT:
		put_elements(p, value_doc(v), true, "{}");
		return;
	case TYPE_ARRAY:
		put_elements(p, value_doc(v), false, "[]");
		return;
	case TYPE_BINARY:
		put_binary(p, v);
		return;
	case TYPE_OBJECT_ID:
		put_object_id(p, v.data);
		return;
	case TYPE_BOOL:
		put_str(p, value_bool(v) ? "true" : "false");
		return;
	case TYPE_DATE:
		put_format(p, "new Date(%" PRId64 ")", read_i64(v.data));
		return;
	case TYPE_REGEX:
		put_regex(p, v);
		return;
	case TYPE_DB_POINTER:
		put_db_pointer(p, v);
		return;
	case TYPE_CODE:
	case TYPE_CODE_WITH_SCOPE:
		put_code(p, v);
		return;
	case TYPE_INT32:
		put_format(p, "%" PRId32, read_i32(v.data));
		return;
	case TYPE_INT64:
		put_format(p, "%" PRId64, read_i64(v.data));
		return;
	case TYPE_TIMESTAMP:
		put_timestamp(p, v.data);
		return;
	case TYPE_DECIMAL128:
		put_decimal(p, v.data);
		return;
	case TYPE_MIN_KEY:
		put_str(p, "MinKey");
		return;
	case TYPE_MAX_KEY:
		put_str(p, "MaxKey");
		return;
	default: /* null, undefined, missing: as their types are called */
		put_str(p, type_name(v.type));
	}
}

void value_format(struct buf *out, struct value v, size_t max)
{
	struct printer p = {out, out->len + max, out->len, false};

	assert(max >= strlen(DOTS));
	put_value(&p, v);
	if (p.full && !out->failed) {
		out->len = p.cut;
		buf_append(out, DOTS, strlen(DOTS));
	}
}
