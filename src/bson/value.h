/*
 * bson/value.h - BSON read in place: documents, elements and values as views.
 *
 * Every document that came from a client has passed bson_check (validate.h)
 * once; after that these functions believe its lengths.  A document is
 * struct view whose data points to its length word.
 *
 * Threads: pure functions.
 */
#ifndef DOLMEN_BSON_VALUE_H /* libbson has a BSON_VALUE_H */
#define DOLMEN_BSON_VALUE_H

#include <endian.h>

#include "util/view.h"

/* The type byte of an element. */
enum value_type {
	TYPE_EOD = 0x00, /* no value: "missing" in the engine */
	TYPE_DOUBLE = 0x01,
	TYPE_STRING = 0x02,
	TYPE_OBJECT = 0x03,
	TYPE_ARRAY = 0x04,
	TYPE_BINARY = 0x05,
	TYPE_UNDEFINED = 0x06,
	TYPE_OBJECT_ID = 0x07,
	TYPE_BOOL = 0x08,
	TYPE_DATE = 0x09,
	TYPE_NULL = 0x0A,
	TYPE_REGEX = 0x0B,
	TYPE_DB_POINTER = 0x0C,
	TYPE_CODE = 0x0D,
	TYPE_SYMBOL = 0x0E,
	TYPE_CODE_WITH_SCOPE = 0x0F,
	TYPE_INT32 = 0x10,
	TYPE_TIMESTAMP = 0x11,
	TYPE_INT64 = 0x12,
	TYPE_DECIMAL128 = 0x13,
	TYPE_MAX_KEY = 0x7F,
	TYPE_MIN_KEY = 0xFF,
};

/* A value without its name: data points to the value's own bytes as BSON has
 * them (a string's length word, a document's length word), len is how many. */
struct value {
	const uint8_t *data;
	uint32_t len;
	uint8_t type; /* enum value_type; TYPE_EOD: missing */
};

struct element {
	const char *name; /* NUL-terminated inside the document */
	uint32_t name_len;
	struct value value;
};

/* Walks the elements of a document or an array. */
struct doc_iter {
	const uint8_t *at, *end; /* end is at the closing NUL */
};

static inline int32_t read_i32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return (int32_t)le32toh(v);
}

static inline int64_t read_i64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return (int64_t)le64toh(v);
}

static inline double read_double(const void *p)
{
	uint64_t bits = (uint64_t)read_i64(p);
	double d;

	memcpy(&d, &bits, 8);
	return d;
}

static inline bool value_is_missing(struct value v)
{
	return v.type == TYPE_EOD;
}

static inline bool value_is_number(struct value v)
{
	return v.type == TYPE_INT32 || v.type == TYPE_INT64 || v.type == TYPE_DOUBLE ||
	       v.type == TYPE_DECIMAL128;
}

/* TYPE_OBJECT or TYPE_ARRAY: its document. */
static inline struct view value_doc(struct value v)
{
	return view_of(v.data, v.len);
}

static inline struct value value_of_doc(struct view doc)
{
	return (struct value){doc.data, (uint32_t)doc.len, TYPE_OBJECT};
}

static inline struct value value_of_array(struct view doc)
{
	return (struct value){doc.data, (uint32_t)doc.len, TYPE_ARRAY};
}

/* TYPE_STRING, TYPE_SYMBOL, TYPE_CODE: the bytes without length and NUL. */
static inline struct view value_str(struct value v)
{
	return view_of(v.data + 4, v.len - 5);
}

static inline bool value_bool(struct value v) /* TYPE_BOOL */
{
	return v.data[0] != 0;
}

/* TYPE_BINARY; subtype 2's inner length word is part of the bytes. */
static inline uint8_t value_binary_subtype(struct value v)
{
	return v.data[4];
}

static inline struct view value_binary(struct value v)
{
	return view_of(v.data + 5, v.len - 5);
}

static inline const char *value_regex_pattern(struct value v)
{
	return (const char *)v.data;
}

static inline const char *value_regex_options(struct value v)
{
	return (const char *)v.data + strlen((const char *)v.data) + 1;
}

/* TYPE_CODE_WITH_SCOPE: the code without length and NUL, and the scope. */
static inline void value_split_scope(struct value v, struct view *code, struct view *scope)
{
	uint32_t code_len = (uint32_t)read_i32(v.data + 4);

	*code = view_of(v.data + 8, code_len - 1);
	*scope = view_of(v.data + 8 + code_len, v.len - 8 - code_len);
}

/* The bytes of a value of this type at p, in a document that has been checked. */
uint32_t value_size(uint8_t type, const uint8_t *p);

struct doc_iter doc_iter(struct view doc);
/* False at the end. */
bool doc_next(struct doc_iter *it, struct element *e);
/* The first element of that name; missing when there is none.  No dots. */
struct value doc_get(struct view doc, const char *name);
struct value doc_get_n(struct view doc, const char *name, size_t name_len);
bool doc_is_empty(struct view doc);
int doc_count(struct view doc);
/* The i-th element of an array by its place (names are not looked at). */
struct value array_at(struct view array, size_t i);

/* {} */
extern const struct view doc_empty;

/*
 * Numbers.  The conversions say whether nothing was lost or cut.
 * value_to_i64: any number kind with an integral value in range (what commands
 * take for counts).  value_to_double: rounds decimals and large int64.
 * value_truthy: as commands and expressions see it (numbers not 0, bool; null,
 * undefined and missing are false; all else true).
 */
bool value_to_i64(struct value v, int64_t *out);
/* Like value_to_i64 but cuts the fraction and clamps what is out of range; NaN
 * is 0.  False for what is no number. */
bool value_to_i64_clamped(struct value v, int64_t *out);
bool value_to_double(struct value v, double *out);
bool value_truthy(struct value v);

/* "double", "string", "object", ... as $type and error texts name them;
 * "missing" for TYPE_EOD. */
const char *type_name(uint8_t type);
/* From a name or alias; TYPE_EOD when unknown.  "number" is the caller's. */
uint8_t type_from_name(struct view name);
/* From a $type number (-1 is MinKey); TYPE_EOD when unknown. */
uint8_t type_from_code(int64_t code);

#endif
