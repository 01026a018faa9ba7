#include <stdlib.h>

#include "bson/key_bytes.h"
#include "bson/key_encode.h"

struct decoder {
	struct view key; /* ascending; what is left of it */
	struct view types; /* what is left of them; empty: the usual ones */
	struct builder *b;
	struct buf name, text, options; /* unescaped */
	int depth;
};

static bool decode_value(struct decoder *d, const char *name);

static bool take_byte(struct view *from, uint8_t *byte)
{
	if (from->len == 0)
		return false;
	*byte = from->data[0];
	*from = view_of(from->data + 1, from->len - 1);
	return true;
}

static bool take_bytes(struct view *from, size_t n, const uint8_t **bytes)
{
	if (from->len < n)
		return false;
	*bytes = from->data;
	*from = view_of(from->data + n, from->len - n);
	return true;
}

static bool take_u64(struct view *from, uint64_t *v)
{
	const uint8_t *bytes;

	if (!take_bytes(from, 8, &bytes))
		return false;
	memcpy(v, bytes, 8);
	*v = be64toh(*v);
	return true;
}

/* A length of one byte must be written so.  mask inverts, as in key_skip. */
static bool take_length(struct view *from, uint8_t mask, size_t *len)
{
	const uint8_t *bytes;
	uint32_t be;
	uint8_t byte;

	if (!take_byte(from, &byte))
		return false;
	*len = byte ^ mask;
	if (*len < LONG_LENGTH)
		return true;
	if (!take_bytes(from, 4, &bytes))
		return false;
	memcpy(&be, bytes, 4);
	*len = be32toh(be) ^ (mask ? 0xFFFFFFFF : 0);
	return *len >= LONG_LENGTH && *len <= INT32_MAX - 16;
}

/* Into out (which is emptied first), with a NUL behind that is not counted. */
static bool take_escaped(struct view *from, struct buf *out)
{
	const uint8_t *end = from->len ? memchr(from->data, 0, from->len) : NULL;
	const uint8_t *p = from->data, *escape;

	buf_reset(out);
	if (!end)
		return false;
	while ((escape = memchr(p, STRING_ESCAPE, (size_t)(end - p)))) {
		buf_append(out, p, (size_t)(escape - p));
		if (escape[1] != 1 && escape[1] != 2)
			return false;
		buf_append_byte(out, (uint8_t)(escape[1] - 1));
		p = escape + 2;
	}
	buf_append(out, p, (size_t)(end - p));
	buf_append_byte(out, 0);
	if (out->failed)
		return false;
	out->len--;
	*from = view_of(end + 1, from->len - (size_t)(end + 1 - from->data));
	return true;
}

/* The same where nothing is escaped, as in most: *out is a view of the key. */
static bool take_plain(struct view *from, struct view *out)
{
	const uint8_t *end = from->len ? memchr(from->data, 0, from->len) : NULL;

	if (!end || memchr(from->data, STRING_ESCAPE, (size_t)(end - from->data)))
		return false;
	*out = view_of(from->data, (size_t)(end - from->data));
	*from = view_of(end + 1, from->len - out->len - 1);
	return true;
}

/* The kind of a value that has only one unusual one. */
static bool take_kind(struct decoder *d, uint8_t unusual, bool *is_unusual)
{
	uint8_t byte = TYPE_BITS_USUAL;

	if (d->types.len && !take_byte(&d->types, &byte))
		return false;
	*is_unusual = byte == unusual;
	return byte == unusual || byte == TYPE_BITS_USUAL;
}

static bool decode_string(struct decoder *d, const char *name)
{
	struct view text;
	bool is_symbol;

	if (!take_plain(&d->key, &text)) {
		if (!take_escaped(&d->key, &d->text))
			return false;
		text = buf_view(&d->text);
	}
	if (!take_kind(d, TYPE_BITS_SYMBOL, &is_symbol))
		return false;
	builder_str_type(d->b, name, is_symbol ? TYPE_SYMBOL : TYPE_STRING, text);
	return true;
}

static bool decode_missing(struct decoder *d, const char *name)
{
	bool is_undefined = true;

	if (d->depth == 0 && !take_kind(d, TYPE_BITS_UNDEFINED, &is_undefined))
		return false;
	if (is_undefined)
		builder_value(d->b, name, (struct value){NULL, 0, TYPE_UNDEFINED});
	return true;
}

static bool decode_number(struct decoder *d, const char *name)
{
	struct number n;

	if (!number_unkey(&d->key, &d->types, &n))
		return false;
	builder_value(d->b, name, n.value);
	return true;
}

/* Elements up to the end mark, into the builder's open document or array. */
static bool decode_elements(struct decoder *d, bool with_names)
{
	bool good = true;
	uint8_t rank;

	if (d->depth == BUILDER_DEPTH)
		return false;
	d->depth++;
	while (good && d->key.len && d->key.data[0] != KEY_END) {
		if (!with_names) {
			good = decode_value(d, NULL);
			continue;
		}
		good = take_byte(&d->key, &rank) && take_escaped(&d->key, &d->name) &&
		       !memchr(d->name.data, 0, d->name.len) && d->key.len > 0 &&
		       key_rank_of(d->key.data[0]) == rank &&
		       decode_value(d, (const char *)d->name.data);
	}
	d->depth--;
	return good && take_byte(&d->key, &rank);
}

static bool decode_object(struct decoder *d, const char *name)
{
	bool good;

	builder_doc_begin(d->b, name);
	good = decode_elements(d, true);
	builder_doc_end(d->b);
	return good;
}

static bool decode_array(struct decoder *d, const char *name)
{
	bool good;

	builder_array_begin(d->b, name);
	good = decode_elements(d, false);
	builder_array_end(d->b);
	return good;
}

static bool decode_code_with_scope(struct decoder *d, const char *name)
{
	size_t code_len;
	bool good;

	if (!take_escaped(&d->key, &d->text))
		return false;
	code_len = d->text.len;
	builder_scope_begin(d->b, name, buf_view(&d->text));
	good = decode_elements(d, true);
	builder_scope_end(d->b, code_len);
	return good;
}

static bool decode_regex(struct decoder *d, const char *name)
{
	if (!take_escaped(&d->key, &d->text) || !take_escaped(&d->key, &d->options))
		return false;
	if (memchr(d->text.data, 0, d->text.len) || memchr(d->options.data, 0, d->options.len))
		return false;
	builder_regex(d->b, name, (const char *)d->text.data, (const char *)d->options.data);
	return true;
}

static bool decode_binary(struct decoder *d, const char *name)
{
	const uint8_t *bytes;
	size_t len;

	if (!take_length(&d->key, 0, &len) || !take_bytes(&d->key, 1 + len, &bytes))
		return false;
	builder_binary(d->b, name, bytes[0], bytes + 1, len);
	return true;
}

static bool decode_db_pointer(struct decoder *d, const char *name)
{
	const uint8_t *bytes;
	size_t len;

	if (!take_length(&d->key, 0, &len) || !take_bytes(&d->key, len + 12, &bytes))
		return false;
	if (len == 0 || bytes[len - 1] != 0)
		return false;
	buf_reset(&d->text);
	buf_append_i32(&d->text, (int32_t)len);
	buf_append(&d->text, bytes, len + 12);
	if (d->text.failed)
		return false;
	builder_value(
	    d->b, name, (struct value){d->text.data, (uint32_t)d->text.len, TYPE_DB_POINTER});
	return true;
}

static bool decode_object_id(struct decoder *d, const char *name)
{
	const uint8_t *bytes;

	if (!take_bytes(&d->key, 12, &bytes))
		return false;
	builder_oid(d->b, name, bytes);
	return true;
}

static bool decode_time(struct decoder *d, const char *name, uint8_t first)
{
	uint64_t v;

	if (!take_u64(&d->key, &v))
		return false;
	if (first == KEY_DATE)
		builder_date(d->b, name, (int64_t)(v ^ 1ULL << 63));
	else
		builder_timestamp(d->b, name, v);
	return true;
}

static bool decode_code(struct decoder *d, const char *name)
{
	if (!take_escaped(&d->key, &d->text))
		return false;
	builder_str_type(d->b, name, TYPE_CODE, buf_view(&d->text));
	return true;
}

/* A value whose first byte is all there is. */
static bool decode_constant(struct decoder *d, const char *name, struct value v)
{
	builder_value(d->b, name, v);
	return true;
}

static bool decode_value(struct decoder *d, const char *name)
{
	uint8_t first;

	if (d->key.len && key_rank_of(d->key.data[0]) == KEY_NUMBER)
		return decode_number(d, name);
	if (!take_byte(&d->key, &first))
		return false;
	switch (first) {
	case KEY_MIN_KEY:
		return decode_constant(d, name, value_min_key);
	case KEY_MISSING:
		return decode_missing(d, name);
	case KEY_NULL:
		return decode_constant(d, name, value_null);
	case KEY_STRING:
		return decode_string(d, name);
	case KEY_OBJECT:
		return decode_object(d, name);
	case KEY_ARRAY:
		return decode_array(d, name);
	case KEY_BINARY:
		return decode_binary(d, name);
	case KEY_OBJECT_ID:
		return decode_object_id(d, name);
	case KEY_FALSE:
		return decode_constant(d, name, value_false);
	case KEY_TRUE:
		return decode_constant(d, name, value_true);
	case KEY_DATE:
	case KEY_TIMESTAMP:
		return decode_time(d, name, first);
	case KEY_REGEX:
		return decode_regex(d, name);
	case KEY_DB_POINTER:
		return decode_db_pointer(d, name);
	case KEY_CODE:
		return decode_code(d, name);
	case KEY_CODE_WITH_SCOPE:
		return decode_code_with_scope(d, name);
	case KEY_MAX_KEY:
		return decode_constant(d, name, value_max_key);
	default:
		return false;
	}
}

/* Decodes d->key, which is ascending. */
static bool decode(struct decoder *d, const char *name)
{
	bool good;

	buf_init(&d->name, NULL);
	buf_init(&d->text, NULL);
	buf_init(&d->options, NULL);
	good = decode_value(d, name);
	buf_clear(&d->name);
	buf_clear(&d->text);
	buf_clear(&d->options);
	return good;
}

/* The bytes of one descending value are turned round first: few of them in place. */
static bool decode_descending(struct decoder *d, const char *name)
{
	struct view rest = d->key;
	uint8_t few[128], *ascending = few;
	size_t len;
	bool good;

	if (!key_skip(&rest, true))
		return false;
	len = d->key.len - rest.len;
	if (len > sizeof(few))
		ascending = malloc(len);
	if (!ascending)
		return false;
	memcpy(ascending, d->key.data, len);
	key_invert(ascending, len);
	d->key = view_of(ascending, len);
	good = decode(d, name) && d->key.len == 0;
	d->key = rest;
	if (ascending != few)
		free(ascending);
	return good;
}

int key_decode(struct view *key, struct view *types, bool descending, struct builder *b,
    const char *name, struct status *st)
{
	struct decoder d = {.key = *key, .types = types ? *types : view_of(NULL, 0), .b = b};

	if (!(descending ? decode_descending(&d, name) : decode(&d, name)))
		return status_set(st, ERR_INTERNAL_ERROR, "broken key of %zu bytes", key->len);
	*key = d.key;
	if (types)
		*types = d.types;
	return 0;
}

/* ----------------------------------------------------------------- skipping */

static bool skip_bytes(struct view *key, size_t n)
{
	const uint8_t *bytes;

	return take_bytes(key, n, &bytes);
}

static bool skip_escaped(struct view *key, uint8_t mask)
{
	const uint8_t *end = key->len ? memchr(key->data, mask, key->len) : NULL;

	return end && skip_bytes(key, (size_t)(end - key->data) + 1);
}

static bool skip_value(struct view *key, uint8_t mask, int depth);

static bool skip_elements(struct view *key, uint8_t mask, int depth, bool with_names)
{
	if (depth == BUILDER_DEPTH)
		return false;
	while (key->len && (key->data[0] ^ mask) != KEY_END) {
		if (with_names && !(skip_bytes(key, 1) && skip_escaped(key, mask)))
			return false;
		if (!skip_value(key, mask, depth + 1))
			return false;
	}
	return skip_bytes(key, 1);
}

/* Length, and more bytes than it says. */
static bool skip_sized(struct view *key, uint8_t mask, size_t more)
{
	size_t len;

	return take_length(key, mask, &len) && skip_bytes(key, len + more);
}

static bool skip_value(struct view *key, uint8_t mask, int depth)
{
	uint8_t first;

	if (key->len && key_rank_of(key->data[0] ^ mask) == KEY_NUMBER)
		return number_key_skip(key, mask);
	if (!take_byte(key, &first))
		return false;
	first ^= mask;
	switch (first) {
	case KEY_MIN_KEY:
	case KEY_MISSING:
	case KEY_NULL:
	case KEY_FALSE:
	case KEY_TRUE:
	case KEY_MAX_KEY:
		return true;
	case KEY_OBJECT_ID:
		return skip_bytes(key, 12);
	case KEY_DATE:
	case KEY_TIMESTAMP:
		return skip_bytes(key, 8);
	case KEY_STRING:
	case KEY_CODE:
		return skip_escaped(key, mask);
	case KEY_REGEX:
		return skip_escaped(key, mask) && skip_escaped(key, mask);
	case KEY_BINARY:
		return skip_sized(key, mask, 1);
	case KEY_DB_POINTER:
		return skip_sized(key, mask, 12);
	case KEY_OBJECT:
	case KEY_ARRAY:
		return skip_elements(key, mask, depth, first == KEY_OBJECT);
	case KEY_CODE_WITH_SCOPE:
		return skip_escaped(key, mask) && skip_elements(key, mask, depth, true);
	default:
		return false;
	}
}

bool key_skip(struct view *key, bool descending)
{
	struct view rest = *key;

	if (!skip_value(&rest, descending ? 0xFF : 0, 0))
		return false;
	*key = rest;
	return true;
}
