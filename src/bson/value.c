#include "bson/value.h"

static const uint8_t empty_bytes[] = {5, 0, 0, 0, 0};

const struct view doc_empty = {empty_bytes, sizeof(empty_bytes)};

/* Types whose values all have one size; the others have a length inside. */
static const struct {
	bool known;
	uint8_t size;
} fixed[TYPE_DECIMAL128 + 1] = {
    [TYPE_DOUBLE] = {true, 8},
    [TYPE_UNDEFINED] = {true, 0},
    [TYPE_OBJECT_ID] = {true, 12},
    [TYPE_BOOL] = {true, 1},
    [TYPE_DATE] = {true, 8},
    [TYPE_NULL] = {true, 0},
    [TYPE_INT32] = {true, 4},
    [TYPE_TIMESTAMP] = {true, 8},
    [TYPE_INT64] = {true, 8},
    [TYPE_DECIMAL128] = {true, 16},
};

static uint32_t size_inside(uint8_t type, const uint8_t *p)
{
	size_t pattern;

	switch (type) {
	case TYPE_OBJECT:
	case TYPE_ARRAY:
	case TYPE_CODE_WITH_SCOPE:
		return (uint32_t)read_i32(p);
	case TYPE_STRING:
	case TYPE_CODE:
	case TYPE_SYMBOL:
		return 4 + (uint32_t)read_i32(p);
	case TYPE_BINARY:
		return 5 + (uint32_t)read_i32(p);
	case TYPE_DB_POINTER:
		return 4 + (uint32_t)read_i32(p) + 12;
	case TYPE_REGEX:
		pattern = strlen((const char *)p) + 1;
		return (uint32_t)(pattern + strlen((const char *)p + pattern) + 1);
	default: /* MinKey, MaxKey */
		return 0;
	}
}

static inline uint32_t size_of(uint8_t type, const uint8_t *p)
{
	if (type < ARRAY_LEN(fixed) && fixed[type].known)
		return fixed[type].size;
	return size_inside(type, p);
}

uint32_t value_size(uint8_t type, const uint8_t *p)
{
	return size_of(type, p);
}

struct doc_iter doc_iter(struct view doc)
{
	return (struct doc_iter){doc.data + 4, doc.data + doc.len - 1};
}

bool doc_next(struct doc_iter *it, struct element *e)
{
	const uint8_t *p = it->at;

	if (p >= it->end)
		return false;
	e->value.type = *p++;
	e->name = (const char *)p;
	e->name_len = (uint32_t)strlen(e->name);
	p += e->name_len + 1;
	e->value.data = p;
	e->value.len = size_of(e->value.type, p);
	it->at = p + e->value.len;
	return true;
}

struct value doc_get_n(struct view doc, const char *name, size_t name_len)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e))
		if (e.name_len == name_len && memcmp(e.name, name, name_len) == 0)
			return e.value;
	return (struct value){.type = TYPE_EOD};
}

struct value doc_get(struct view doc, const char *name)
{
	return doc_get_n(doc, name, strlen(name));
}

bool doc_is_empty(struct view doc)
{
	return doc.len <= sizeof(empty_bytes);
}

int doc_count(struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int n = 0;

	while (doc_next(&it, &e))
		n++;
	return n;
}

struct value array_at(struct view array, size_t i)
{
	struct doc_iter it = doc_iter(array);
	struct element e;

	while (doc_next(&it, &e))
		if (i-- == 0)
			return e.value;
	return (struct value){.type = TYPE_EOD};
}

/* Indexed by type; MinKey and MaxKey stand apart. */
static const char *const names[] = {
    [TYPE_EOD] = "missing",
    [TYPE_DOUBLE] = "double",
    [TYPE_STRING] = "string",
    [TYPE_OBJECT] = "object",
    [TYPE_ARRAY] = "array",
    [TYPE_BINARY] = "binData",
    [TYPE_UNDEFINED] = "undefined",
    [TYPE_OBJECT_ID] = "objectId",
    [TYPE_BOOL] = "bool",
    [TYPE_DATE] = "date",
    [TYPE_NULL] = "null",
    [TYPE_REGEX] = "regex",
    [TYPE_DB_POINTER] = "dbPointer",
    [TYPE_CODE] = "javascript",
    [TYPE_SYMBOL] = "symbol",
    [TYPE_CODE_WITH_SCOPE] = "javascriptWithScope",
    [TYPE_INT32] = "int",
    [TYPE_TIMESTAMP] = "timestamp",
    [TYPE_INT64] = "long",
    [TYPE_DECIMAL128] = "decimal",
};

const char *type_name(uint8_t type)
{
	if (type == TYPE_MIN_KEY)
		return "minKey";
	if (type == TYPE_MAX_KEY)
		return "maxKey";
	return type < ARRAY_LEN(names) ? names[type] : "invalid";
}

uint8_t type_from_name(struct view name)
{
	uint8_t type;

	for (type = TYPE_DOUBLE; type < ARRAY_LEN(names); type++)
		if (view_equal(name, view_of_str(names[type])))
			return type;
	if (view_equal(name, view_of_str("minKey")))
		return TYPE_MIN_KEY;
	if (view_equal(name, view_of_str("maxKey")))
		return TYPE_MAX_KEY;
	return TYPE_EOD;
}

uint8_t type_from_code(int64_t code)
{
	if (code == -1)
		return TYPE_MIN_KEY;
	if ((code >= TYPE_DOUBLE && code <= TYPE_DECIMAL128) || code == TYPE_MAX_KEY)
		return (uint8_t)code;
	return TYPE_EOD;
}
