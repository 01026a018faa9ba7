#include "bson/hashed_key.h"

#include "util/md5.h"

/* What MongoDB puts in front of a value of each type. */
static int32_t type_number(uint8_t type)
{
	static const uint8_t numbers[TYPE_DECIMAL128 + 1] = {
	    [TYPE_NULL] = 5,
	    [TYPE_DOUBLE] = 10,
	    [TYPE_INT32] = 10,
	    [TYPE_INT64] = 10,
	    [TYPE_DECIMAL128] = 10,
	    [TYPE_STRING] = 15,
	    [TYPE_SYMBOL] = 15,
	    [TYPE_OBJECT] = 20,
	    [TYPE_ARRAY] = 25,
	    [TYPE_BINARY] = 30,
	    [TYPE_OBJECT_ID] = 35,
	    [TYPE_BOOL] = 40,
	    [TYPE_DATE] = 45,
	    [TYPE_TIMESTAMP] = 47,
	    [TYPE_REGEX] = 50,
	    [TYPE_DB_POINTER] = 55,
	    [TYPE_CODE] = 60,
	    [TYPE_CODE_WITH_SCOPE] = 65,
	};

	if (type < ARRAY_LEN(numbers))
		return numbers[type];
	return type == TYPE_MIN_KEY ? -1 : 127;
}

static void add_string(struct buf *b, struct view text, const struct collator *collator)
{
	size_t at = b->len;
	int32_t len;

	buf_append_i32(b, 0);
	if (collator)
		collator->sort_key(collator, text, b);
	else
		buf_append_view(b, text);
	buf_append_byte(b, 0);
	len = (int32_t)(b->len - at - sizeof(len));
	if (!b->failed)
		memcpy(b->data + at, &len, sizeof(len));
}

static void add(struct buf *b, struct value v, const struct collator *collator);

/* As deep as documents are.  The end counts as an element without a name. */
static void add_elements(struct buf *b, struct view doc, const struct collator *collator)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		buf_append_i32(b, type_number(e.value.type));
		buf_append(b, e.name, e.name_len);
		buf_append_byte(b, 0);
		add(b, e.value, collator);
	}
	buf_append_i32(b, 0);
	buf_append_byte(b, 0);
}

static void add(struct buf *b, struct value v, const struct collator *collator)
{
	struct view code, scope;
	int64_t n;

	if (value_to_i64_clamped(v, &n)) {
		buf_append_i64(b, n);
		return;
	}
	switch (v.type) {
	case TYPE_STRING:
	case TYPE_SYMBOL:
		add_string(b, value_str(v), collator);
		break;
	case TYPE_OBJECT:
	case TYPE_ARRAY:
		add_elements(b, value_doc(v), collator);
		break;
	case TYPE_CODE_WITH_SCOPE:
		value_split_scope(v, &code, &scope);
		buf_append_view(b, code);
		buf_append_byte(b, 0);
		add_elements(b, scope, collator);
		break;
	default:
		buf_append(b, v.data, v.len);
	}
}

int64_t hashed_key(struct value v, const struct collator *collator, struct buf *scratch)
{
	uint8_t digest[MD5_BYTES];
	uint64_t first;

	if (value_is_missing(v))
		v = (struct value){.type = TYPE_NULL};
	buf_reset(scratch);
	buf_append_i32(scratch, 0); /* the seed */
	buf_append_i32(scratch, type_number(v.type));
	add(scratch, v, collator);
	md5(buf_view(scratch), digest);
	memcpy(&first, digest, sizeof(first));
	return (int64_t)le64toh(first);
}
