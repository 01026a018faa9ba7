#include "bson/compare.h"

#include "bson/number_key.h"
#include "util/hash.h"

int type_rank(uint8_t type)
{
	/* MaxKey's and MinKey's numbers are far off and stand apart */
	static const uint8_t ranks[TYPE_DECIMAL128 + 1] = {
	    [TYPE_EOD] = 1,
	    [TYPE_UNDEFINED] = 1,
	    [TYPE_NULL] = 2,
	    [TYPE_DOUBLE] = 3,
	    [TYPE_INT32] = 3,
	    [TYPE_INT64] = 3,
	    [TYPE_DECIMAL128] = 3,
	    [TYPE_STRING] = 4,
	    [TYPE_SYMBOL] = 4,
	    [TYPE_OBJECT] = 5,
	    [TYPE_ARRAY] = 6,
	    [TYPE_BINARY] = 7,
	    [TYPE_OBJECT_ID] = 8,
	    [TYPE_BOOL] = 9,
	    [TYPE_DATE] = 10,
	    [TYPE_TIMESTAMP] = 11,
	    [TYPE_REGEX] = 12,
	    [TYPE_DB_POINTER] = 13,
	    [TYPE_CODE] = 14,
	    [TYPE_CODE_WITH_SCOPE] = 15,
	};

	if (type < ARRAY_LEN(ranks))
		return ranks[type];
	return type == TYPE_MIN_KEY ? 0 : 16;
}

static int order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

static int compare_strings(struct view a, struct view b, const struct collator *collator)
{
	return sign(collator ? collator->compare(collator, a, b) : view_compare(a, b));
}

static int compare_binary(struct value a, struct value b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return sign(memcmp(a.data + 4, b.data + 4, a.len - 4));
}

static int compare_regex(struct value a, struct value b)
{
	int c = strcmp(value_regex_pattern(a), value_regex_pattern(b));

	if (!c)
		c = strcmp(value_regex_options(a), value_regex_options(b));
	return sign(c);
}

static int compare_code_with_scope(struct value a, struct value b)
{
	struct view code_a, scope_a, code_b, scope_b;
	int c;

	value_split_scope(a, &code_a, &scope_a);
	value_split_scope(b, &code_b, &scope_b);
	c = sign(view_compare(code_a, code_b));
	return c ? c : doc_compare(scope_a, scope_b, NULL);
}

static int compare_docs(
    struct view a, struct view b, bool with_names, const struct collator *collator)
{
	struct doc_iter ia = doc_iter(a), ib = doc_iter(b);
	struct element ea, eb;
	int c;

	while (doc_next(&ia, &ea)) {
		if (!doc_next(&ib, &eb))
			return 1;
		if (with_names) {
			c = type_rank(ea.value.type) - type_rank(eb.value.type);
			if (!c)
				c = strcmp(ea.name, eb.name);
			if (c)
				return sign(c);
		}
		c = value_compare(ea.value, eb.value, collator);
		if (c)
			return c;
	}
	return doc_next(&ib, &eb) ? -1 : 0;
}

int doc_compare(struct view a, struct view b, const struct collator *collator)
{
	return compare_docs(a, b, true, collator);
}

/* Recursion is as deep as the values are, which validation limits. */
int value_compare(struct value a, struct value b, const struct collator *collator)
{
	int c = type_rank(a.type) - type_rank(b.type);

	if (c)
		return sign(c);
	switch (a.type) {
	case TYPE_DOUBLE:
	case TYPE_INT32:
	case TYPE_INT64:
	case TYPE_DECIMAL128:
		return number_compare(a, b);
	case TYPE_STRING:
	case TYPE_SYMBOL:
		return compare_strings(value_str(a), value_str(b), collator);
	case TYPE_OBJECT:
		return compare_docs(value_doc(a), value_doc(b), true, collator);
	case TYPE_ARRAY:
		return compare_docs(value_doc(a), value_doc(b), false, collator);
	case TYPE_BINARY:
		return compare_binary(a, b);
	case TYPE_OBJECT_ID:
		return sign(memcmp(a.data, b.data, 12));
	case TYPE_BOOL:
		return a.data[0] - b.data[0];
	case TYPE_DATE:
		return order_i64(read_i64(a.data), read_i64(b.data));
	case TYPE_TIMESTAMP:
		return order_u64((uint64_t)read_i64(a.data), (uint64_t)read_i64(b.data));
	case TYPE_REGEX:
		return compare_regex(a, b);
	case TYPE_DB_POINTER:
		return compare_binary(a, b); /* its name has a length word, too */
	case TYPE_CODE:
		return sign(view_compare(value_str(a), value_str(b)));
	case TYPE_CODE_WITH_SCOPE:
		return compare_code_with_scope(a, b);
	default: /* one value each: MinKey, missing, null, MaxKey */
		return 0;
	}
}

bool value_equal(struct value a, struct value b, const struct collator *collator)
{
	return value_compare(a, b, collator) == 0;
}

static uint64_t mix(uint64_t h, uint64_t with)
{
	h = (h ^ with) * 0x9E3779B97F4A7C15;
	return h ^ h >> 32;
}

static uint64_t hash_number(struct value v)
{
	uint8_t key[NUMBER_KEY_MAX];

	return hash_bytes(view_of(key, number_key(key, v, NULL)));
}

static uint64_t hash_string(struct view s, const struct collator *collator)
{
	struct buf key;
	uint64_t h;

	if (!collator)
		return hash_bytes(s);
	buf_init(&key, NULL);
	collator->sort_key(collator, s, &key);
	h = hash_bytes(buf_view(&key));
	buf_clear(&key);
	return h;
}

static uint64_t hash_doc(struct view doc, bool with_names, const struct collator *collator)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	uint64_t h = 1;

	while (doc_next(&it, &e)) {
		if (with_names)
			h = mix(h, hash_bytes(view_of(e.name, e.name_len)));
		h = mix(h, value_hash(e.value, collator));
	}
	return h;
}

uint64_t value_hash(struct value v, const struct collator *collator)
{
	uint64_t h;

	switch (v.type) {
	case TYPE_DOUBLE:
	case TYPE_INT32:
	case TYPE_INT64:
	case TYPE_DECIMAL128:
		h = hash_number(v);
		break;
	case TYPE_STRING:
	case TYPE_SYMBOL:
		h = hash_string(value_str(v), collator);
		break;
	case TYPE_OBJECT:
	case TYPE_ARRAY:
		h = hash_doc(value_doc(v), v.type == TYPE_OBJECT, collator);
		break;
	case TYPE_CODE_WITH_SCOPE: {
		struct view code, scope;

		value_split_scope(v, &code, &scope);
		h = mix(hash_bytes(code), hash_doc(scope, true, NULL));
		break;
	}
	default: /* equal values have equal bytes */
		h = hash_bytes(view_of(v.data, v.len));
	}
	return mix(h, (uint64_t)type_rank(v.type));
}
