/*
 * index/duplicate.c - the words of a duplicate key error, which clients match
 * on: E11000 duplicate key error collection: db.coll index: a_1 dup key: { a: 1 }.
 */
#include <bson/bson.h>

#include "bson/decimal.h"
#include "bson/validate.h"
#include "index/entry.h"

/* Longer strings are cut: the message has little room, keyValue has it all. */
#define SHOWN_STRING_MAX 160

static void show_value(struct buf *out, struct value v);

static void show_elements(struct buf *out, struct view doc, bool with_names)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	bool first = true;

	while (doc_next(&it, &e) && !out->failed) {
		buf_append(out, ", ", first ? 0 : 2);
		first = false;
		if (with_names)
			buf_printf(out, "%s: ", e.name);
		show_value(out, e.value);
	}
}

static void show_string(struct buf *out, struct view s)
{
	size_t len = MIN_OF(s.len, (size_t)SHOWN_STRING_MAX);

	/* Not in the middle of a character. */
	while (len < s.len && len > 0 && (s.data[len] & 0xC0) == 0x80)
		len--;
	buf_printf(out, "\"%.*s\"%s", (int)len, (const char *)s.data, len < s.len ? "..." : "");
}

static void show_double(struct buf *out, double d)
{
	size_t at = out->len;

	buf_printf(out, "%.16g", d);
	if (!out->failed && !memchr(out->data + at, '.', out->len - at) &&
	    !memchr(out->data + at, 'e', out->len - at) &&
	    !memchr(out->data + at, 'n', out->len - at))
		buf_append(out, ".0", 2);
}

static void show_decimal(struct buf *out, const uint8_t *p)
{
	struct decimal d = decimal_read(p);
	bson_decimal128_t shown = {.low = d.low, .high = d.high};
	char text[BSON_DECIMAL128_STRING];

	bson_decimal128_to_string(&shown, text);
	buf_printf(out, "%s", text);
}

static void show_hex(struct buf *out, struct view bytes)
{
	size_t n = MIN_OF(bytes.len, (size_t)SHOWN_STRING_MAX);

	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02X", bytes.data[i]);
	if (n < bytes.len)
		buf_printf(out, "...");
}

static void show_uuid(struct buf *out, const uint8_t *p)
{
	buf_printf(out, "UUID(\"");
	for (int i = 0; i < 16; i++)
		buf_printf(
		    out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", p[i]);
	buf_printf(out, "\")");
}

static void show_binary(struct buf *out, struct value v)
{
	struct view bytes = value_binary(v);

	if (value_binary_subtype(v) == 4 && bytes.len == 16) {
		show_uuid(out, bytes.data);
		return;
	}
	buf_printf(out, "BinData(%u, ", value_binary_subtype(v));
	show_hex(out, bytes);
	buf_append_byte(out, ')');
}

static void show_object_id(struct buf *out, const uint8_t *p)
{
	buf_printf(out, "ObjectId('");
	for (int i = 0; i < 12; i++)
		buf_printf(out, "%02x", p[i]);
	buf_printf(out, "')");
}

/* Documents nest to BSON_DEPTH_MAX at most, and so does this. */
static void show_value(struct buf *out, struct value v)
{
	switch ((enum value_type)v.type) {
	case TYPE_DOUBLE:
		show_double(out, read_double(v.data));
		break;
	case TYPE_STRING:
	case TYPE_SYMBOL:
	case TYPE_CODE:
		show_string(out, value_str(v));
		break;
	case TYPE_OBJECT:
		buf_append(out, "{ ", 2);
		show_elements(out, value_doc(v), true);
		buf_append(out, " }", 2);
		break;
	case TYPE_ARRAY:
		buf_append(out, "[ ", 2);
		show_elements(out, value_doc(v), false);
		buf_append(out, " ]", 2);
		break;
	case TYPE_BINARY:
		show_binary(out, v);
		break;
	case TYPE_OBJECT_ID:
		show_object_id(out, v.data);
		break;
	case TYPE_BOOL:
		buf_printf(out, "%s", value_bool(v) ? "true" : "false");
		break;
	case TYPE_DATE:
		buf_printf(out, "new Date(%lld)", (long long)read_i64(v.data));
		break;
	case TYPE_REGEX:
		buf_printf(out, "/%s/%s", value_regex_pattern(v), value_regex_options(v));
		break;
	case TYPE_INT32:
		buf_printf(out, "%d", read_i32(v.data));
		break;
	case TYPE_INT64:
		buf_printf(out, "%lld", (long long)read_i64(v.data));
		break;
	case TYPE_TIMESTAMP:
		buf_printf(out, "Timestamp(%u, %u)", (uint32_t)read_i32(v.data + 4),
		    (uint32_t)read_i32(v.data));
		break;
	case TYPE_DECIMAL128:
		show_decimal(out, v.data);
		break;
	case TYPE_MIN_KEY:
		buf_printf(out, "MinKey");
		break;
	case TYPE_MAX_KEY:
		buf_printf(out, "MaxKey");
		break;
	case TYPE_EOD:
	case TYPE_UNDEFINED:
		buf_printf(out, "undefined");
		break;
	case TYPE_NULL:
		buf_printf(out, "null");
		break;
	case TYPE_DB_POINTER:
	case TYPE_CODE_WITH_SCOPE:
		buf_printf(out, "<%s>", type_name(v.type));
		break;
	}
}

/* {keyPattern: ..., keyValue: ...} */
static void set_extra(struct status *st, struct view key_pattern, struct view key_value)
{
	struct builder b;
	struct buf extra;

	buf_init(&extra, NULL);
	builder_init(&b, &extra);
	builder_doc(&b, "keyPattern", key_pattern);
	builder_doc(&b, "keyValue", key_value);
	builder_finish(&b);
	if (!builder_failed(&b))
		status_set_extra(st, builder_view(&b));
	buf_clear(&extra);
}

static int duplicate(const struct collection *c, const char *index_name,
    struct view key_pattern, struct view key_value, struct status *st)
{
	struct buf text;

	buf_init(&text, NULL);
	text.limit = 4096; /* the message is cut long before */
	show_elements(&text, key_value, true);
	status_set(st, ERR_DUPLICATE_KEY,
	    "E11000 duplicate key error collection: %s index: %s dup key: { %.*s }", c->ns,
	    index_name, (int)text.len, text.len ? (const char *)text.data : "");
	set_extra(st, key_pattern, key_value);
	buf_clear(&text);
	return ERR_DUPLICATE_KEY;
}

int index_duplicate_error(const struct collection *c, const struct index *ix,
    const struct index_key *key, struct status *st)
{
	struct builder b;
	struct buf value;
	int r;

	buf_init(&value, NULL);
	builder_init(&b, &value);
	r = index_key_decode(ix, key->key, key->type_bits, &b, st);
	builder_finish(&b);
	if (!r && builder_failed(&b))
		r = status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a duplicate key error");
	if (!r)
		r = duplicate(c, ix->name, ix->key_pattern, builder_view(&b), st);
	buf_clear(&value);
	return r;
}

int index_duplicate_id_error(const struct collection *c, struct value id, struct status *st)
{
	struct builder b;
	struct buf value;
	int r;

	buf_init(&value, NULL);
	builder_init(&b, &value);
	builder_value(&b, "_id", id);
	builder_finish(&b);
	r = duplicate(
	    c, "_id_", value_doc(doc_get(id_index_spec, "key")), builder_view(&b), st);
	buf_clear(&value);
	return r;
}
