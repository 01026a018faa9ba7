#include "bson/key_encode.h"

#include "bson/key_bytes.h"

/* The first byte of the lowest value of the type's rank. */
static uint8_t rank_low(uint8_t type)
{
	static const uint8_t first[TYPE_DECIMAL128 + 1] = {
	    [TYPE_EOD] = KEY_MISSING,
	    [TYPE_DOUBLE] = KEY_NUMBER,
	    [TYPE_STRING] = KEY_STRING,
	    [TYPE_OBJECT] = KEY_OBJECT,
	    [TYPE_ARRAY] = KEY_ARRAY,
	    [TYPE_BINARY] = KEY_BINARY,
	    [TYPE_UNDEFINED] = KEY_MISSING,
	    [TYPE_OBJECT_ID] = KEY_OBJECT_ID,
	    [TYPE_BOOL] = KEY_FALSE,
	    [TYPE_DATE] = KEY_DATE,
	    [TYPE_NULL] = KEY_NULL,
	    [TYPE_REGEX] = KEY_REGEX,
	    [TYPE_DB_POINTER] = KEY_DB_POINTER,
	    [TYPE_CODE] = KEY_CODE,
	    [TYPE_SYMBOL] = KEY_STRING,
	    [TYPE_CODE_WITH_SCOPE] = KEY_CODE_WITH_SCOPE,
	    [TYPE_INT32] = KEY_NUMBER,
	    [TYPE_TIMESTAMP] = KEY_TIMESTAMP,
	    [TYPE_INT64] = KEY_NUMBER,
	    [TYPE_DECIMAL128] = KEY_NUMBER,
	};

	if (type < ARRAY_LEN(first))
		return first[type];
	return type == TYPE_MIN_KEY ? KEY_MIN_KEY : KEY_MAX_KEY;
}

/* The first byte that is above all values of the type's rank. */
static uint8_t rank_high(uint8_t type)
{
	uint8_t low = rank_low(type);

	if (low == KEY_NUMBER)
		return NUMBER_END;
	return (uint8_t)(low == KEY_FALSE ? KEY_TRUE + 1 : low + 1);
}

/* ---------------------------------------------------------------- type bits */

void type_bits_init(struct type_bits *t, struct memory_account *account)
{
	buf_init(&t->bytes, account);
	t->usual = 0;
}

void type_bits_clear(struct type_bits *t)
{
	buf_clear(&t->bytes);
	t->usual = 0;
}

void type_bits_reset(struct type_bits *t)
{
	buf_reset(&t->bytes);
	t->usual = 0;
}

/* One byte for each value whose key forgets something, with payload behind
 * some; the bytes of usual values are written when an unusual one follows. */
static void add_kind(struct type_bits *t, const uint8_t *bytes, size_t len)
{
	uint8_t *usual;

	if (!t)
		return;
	if (bytes[0] == TYPE_BITS_USUAL) {
		t->usual++;
		return;
	}
	usual = t->usual ? buf_extend(&t->bytes, t->usual) : NULL;
	if (usual)
		memset(usual, TYPE_BITS_USUAL, t->usual);
	t->usual = 0;
	buf_append(&t->bytes, bytes, len);
}

static void add_kind_if(struct type_bits *t, bool unusual, uint8_t kind)
{
	const uint8_t byte = unusual ? kind : TYPE_BITS_USUAL;

	add_kind(t, &byte, 1);
}

/* ----------------------------------------------------------------- encoding */

struct encoder {
	struct buf *key;
	struct type_bits *types;
	const struct collator *collator;
	int depth;
};

static void encode_value(struct encoder *e, struct value v);

/* Where the first byte that must be escaped stands; len when none does. */
static size_t find_low(const uint8_t *p, size_t len)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	uint64_t w;
	size_t i = 0;

	/* eight at a time: of a byte that is 0 or 1, w has a zero byte */
	for (; i + 8 <= len; i += 8) {
		memcpy(&w, p + i, 8);
		w &= ~ones;
		if ((w - ones) & ~w & highs)
			break;
	}
	while (i < len && p[i] > 1)
		i++;
	return i;
}

static void put_escaped(struct buf *key, struct view s)
{
	size_t n;

	if (!buf_reserve(key, s.len + 1))
		return;
	while ((n = find_low(s.data, s.len)) < s.len) {
		buf_append(key, s.data, n);
		buf_append_byte(key, STRING_ESCAPE);
		buf_append_byte(key, (uint8_t)(s.data[n] + 1));
		s = view_of(s.data + n + 1, s.len - n - 1);
	}
	buf_append_view(key, s);
	buf_append_byte(key, 0);
}

static void put_length(struct buf *key, size_t len)
{
	if (len < LONG_LENGTH) {
		buf_append_byte(key, (uint8_t)len);
	} else {
		buf_append_byte(key, LONG_LENGTH);
		buf_append_be32(key, (uint32_t)len);
	}
}

static void encode_string(struct encoder *e, struct value v)
{
	struct buf sort_key;

	buf_append_byte(e->key, KEY_STRING);
	add_kind_if(e->types, v.type == TYPE_SYMBOL, TYPE_BITS_SYMBOL);
	if (!e->collator) {
		put_escaped(e->key, value_str(v));
		return;
	}
	buf_init(&sort_key, e->key->account);
	e->collator->sort_key(e->collator, value_str(v), &sort_key);
	put_escaped(e->key, buf_view(&sort_key));
	e->key->failed |= sort_key.failed;
	buf_clear(&sort_key);
}

/* Inside a document nothing is missing, so there it can only be undefined. */
static void encode_missing(struct encoder *e, struct value v)
{
	buf_append_byte(e->key, KEY_MISSING);
	if (e->depth == 0)
		add_kind_if(e->types, v.type == TYPE_UNDEFINED, TYPE_BITS_UNDEFINED);
}

static void encode_number(struct encoder *e, struct value v)
{
	uint8_t bytes[NUMBER_KEY_MAX];
	struct number_kind_bytes kind;
	size_t len = number_key(bytes, v, e->types ? &kind : NULL);

	buf_append(e->key, bytes, len);
	if (e->types)
		add_kind(e->types, kind.bytes, kind.len);
}

static void encode_elements(struct encoder *e, struct view doc, bool with_names)
{
	struct doc_iter it = doc_iter(doc);
	struct element el;

	if (e->depth == BUILDER_DEPTH) {
		e->key->failed = true;
		return;
	}
	e->depth++;
	while (doc_next(&it, &el)) {
		if (with_names) {
			buf_append_byte(e->key, rank_low(el.value.type));
			put_escaped(e->key, view_of(el.name, el.name_len));
		}
		encode_value(e, el.value);
	}
	e->depth--;
	buf_append_byte(e->key, KEY_END);
}

static void encode_code_with_scope(struct encoder *e, struct value v)
{
	const struct collator *collator = e->collator;
	struct view code, scope;

	value_split_scope(v, &code, &scope);
	buf_append_byte(e->key, KEY_CODE_WITH_SCOPE);
	put_escaped(e->key, code);
	e->collator = NULL; /* a scope is code's, not text */
	encode_elements(e, scope, true);
	e->collator = collator;
}

/* The first byte and the value's own bytes behind it. */
static void encode_bytes(struct encoder *e, uint8_t first, const uint8_t *bytes, size_t len)
{
	uint8_t *p = buf_extend(e->key, 1 + len);

	if (p) {
		*p++ = first;
		memcpy(p, bytes, len);
	}
}

static void encode_u64(struct encoder *e, uint8_t first, uint64_t v)
{
	v = htobe64(v);
	encode_bytes(e, first, (const uint8_t *)&v, 8);
}

static void encode_regex(struct encoder *e, struct value v)
{
	buf_append_byte(e->key, KEY_REGEX);
	put_escaped(e->key, view_of_str(value_regex_pattern(v)));
	put_escaped(e->key, view_of_str(value_regex_options(v)));
}

/* Binary data: length, subtype, bytes.  A DBPointer: length of the name, name
 * with its NUL, id.  Both are in BSON as they must be sorted. */
static void encode_sized(struct encoder *e, uint8_t first, struct value v)
{
	buf_append_byte(e->key, first);
	put_length(e->key, (uint32_t)read_i32(v.data));
	buf_append(e->key, v.data + 4, v.len - 4);
}

static void encode_value(struct encoder *e, struct value v)
{
	switch (v.type) {
	case TYPE_OBJECT_ID:
		encode_bytes(e, KEY_OBJECT_ID, v.data, 12);
		return;
	case TYPE_DOUBLE:
	case TYPE_INT32:
	case TYPE_INT64:
	case TYPE_DECIMAL128:
		encode_number(e, v);
		return;
	case TYPE_STRING:
	case TYPE_SYMBOL:
		encode_string(e, v);
		return;
	case TYPE_EOD:
	case TYPE_UNDEFINED:
		encode_missing(e, v);
		return;
	case TYPE_BOOL:
		buf_append_byte(e->key, value_bool(v) ? KEY_TRUE : KEY_FALSE);
		return;
	case TYPE_DATE:
		encode_u64(e, KEY_DATE, (uint64_t)read_i64(v.data) ^ 1ULL << 63);
		return;
	case TYPE_TIMESTAMP:
		encode_u64(e, KEY_TIMESTAMP, (uint64_t)read_i64(v.data));
		return;
	case TYPE_OBJECT:
	case TYPE_ARRAY:
		buf_append_byte(e->key, rank_low(v.type));
		encode_elements(e, value_doc(v), v.type == TYPE_OBJECT);
		return;
	case TYPE_BINARY:
	case TYPE_DB_POINTER:
		encode_sized(e, rank_low(v.type), v);
		return;
	case TYPE_REGEX:
		encode_regex(e, v);
		return;
	case TYPE_CODE:
		buf_append_byte(e->key, KEY_CODE);
		put_escaped(e->key, value_str(v));
		return;
	case TYPE_CODE_WITH_SCOPE:
		encode_code_with_scope(e, v);
		return;
	default: /* null, MinKey, MaxKey */
		buf_append_byte(e->key, rank_low(v.type));
	}
}

void key_encode(struct buf *key, struct type_bits *types, struct value v, bool descending,
    const struct collator *collator)
{
	struct encoder e = {key, types, collator, 0};
	size_t start = key->len;

	encode_value(&e, v);
	if (descending && !key->failed)
		key_invert(key->data + start, key->len - start);
}

/* ------------------------------------------------------------------- bounds */

/* Inverted, the first byte of a rank is its last: what is below all of the
 * rank in value stands one behind. */
static void put_bound(struct buf *key, uint8_t byte, bool descending)
{
	buf_append_byte(key, (uint8_t)(descending ? (uint8_t)~byte + 1 : byte));
}

void key_type_low(struct buf *key, uint8_t type, bool descending)
{
	put_bound(key, rank_low(type), descending);
}

void key_type_high(struct buf *key, uint8_t type, bool descending)
{
	put_bound(key, rank_high(type), descending);
}

bool key_successor(struct buf *out, struct view prefix)
{
	buf_reset(out);
	while (prefix.len && prefix.data[prefix.len - 1] == 0xFF)
		prefix.len--;
	if (!prefix.len)
		return false;
	buf_append_view(out, prefix);
	if (!out->failed)
		out->data[out->len - 1]++;
	return !out->failed;
}
