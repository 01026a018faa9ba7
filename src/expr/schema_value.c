#include <math.h>

#include "bson/compare.h"
#include "bson/decimal.h"
#include "expr/match.h"
#include "expr/schema_keyword.h"

SCHEMA_PARSE(schema_parse_text)
{
	return schema_want(p, c, TYPE_STRING, TYPE_EOD);
}

SCHEMA_PARSE(schema_parse_unsupported)
{
	return status_set(p->st, ERR_FAILED_TO_PARSE,
	    "$jsonSchema: the keyword %s is not supported", c->keyword->name);
}

/* type has JSON's names, bsonType has BSON's. */
static int add_type(struct schema_parser *p, struct schema_check *c, struct value v)
{
	static const struct {
		const char *json, *bson;
	} names[] = {{"object", "object"}, {"array", "array"}, {"boolean", "bool"},
	    {"string", "string"}, {"null", "null"}, {"number", "number"}};
	struct view name;
	uint8_t type = TYPE_EOD;

	if (v.type != TYPE_STRING)
		return status_set(p->st, ERR_TYPE_MISMATCH,
		    "$jsonSchema: %s takes names of types, and not %s", c->keyword->name,
		    type_name(v.type));
	name = value_str(v);
	for (size_t i = 0; !c->keyword->id && i < ARRAY_LEN(names); i++)
		if (view_equal(value_str(v), view_of_str(names[i].json))) {
			name = view_of_str(names[i].bson);
			type = type_from_name(name);
		}
	if (c->keyword->id)
		type = type_from_name(name);
	if (view_equal(name, view_of_str("number"))) {
		c->types |= match_type_bit(TYPE_INT32) | match_type_bit(TYPE_INT64) |
			    match_type_bit(TYPE_DOUBLE) | match_type_bit(TYPE_DECIMAL128);
		return 0;
	}
	if (type == TYPE_EOD)
		return status_set(p->st, c->keyword->id ? ERR_BAD_VALUE : ERR_FAILED_TO_PARSE,
		    "$jsonSchema: %s does not know the type \"%.*s\"", c->keyword->name,
		    (int)MIN_OF(name.len, 100), (const char *)name.data);
	c->types |= match_type_bit(type);
	return 0;
}

SCHEMA_PARSE(schema_parse_type)
{
	struct doc_iter it;
	struct element e;
	int r = schema_want(p, c, TYPE_STRING, TYPE_ARRAY);

	if (r)
		return r;
	if (!value_is_missing(doc_get(p->doc, c->keyword->id ? "type" : "bsonType")))
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "$jsonSchema: type and bsonType cannot stand side by side");
	if (c->operand.type == TYPE_STRING)
		return add_type(p, c, c->operand);
	if (doc_is_empty(value_doc(c->operand)))
		return status_set(
		    p->st, ERR_FAILED_TO_PARSE, "$jsonSchema: %s is empty", c->keyword->name);
	it = doc_iter(value_doc(c->operand));
	while (r == 0 && doc_next(&it, &e))
		r = add_type(p, c, e.value);
	return r;
}

SCHEMA_TEST(schema_test_type)
{
	return (match_type_bit(v.type) & c->types) != 0;
}

SCHEMA_PARSE(schema_parse_enum)
{
	int r = schema_want(p, c, TYPE_ARRAY, TYPE_EOD);

	if (r == 0 && doc_is_empty(value_doc(c->operand)))
		return status_set(p->st, ERR_FAILED_TO_PARSE, "$jsonSchema: enum is empty");
	return r;
}

SCHEMA_TEST(schema_test_enum)
{
	struct doc_iter it = doc_iter(value_doc(c->operand));
	struct element e;

	while (doc_next(&it, &e))
		if (value_equal(e.value, v, NULL))
			return true;
	return false;
}

static int want_number(struct schema_parser *p, const struct schema_check *c)
{
	if (value_is_number(c->operand))
		return 0;
	return status_set(p->st, ERR_TYPE_MISMATCH, "$jsonSchema: %s is a number, and not %s",
	    c->keyword->name, type_name(c->operand.type));
}

/* flag: the bound itself is not in. */
SCHEMA_PARSE(schema_parse_bound)
{
	struct value exclusive =
	    doc_get(p->doc, c->keyword->id < 0 ? "exclusiveMinimum" : "exclusiveMaximum");

	c->flag = exclusive.type == TYPE_BOOL && value_bool(exclusive);
	return want_number(p, c);
}

SCHEMA_TEST(schema_test_bound)
{
	int order;

	if (!value_is_number(v))
		return true;
	order = number_compare(v, c->operand) * c->keyword->id;
	return order < 0 || (order == 0 && !c->flag);
}

SCHEMA_PARSE(schema_parse_exclusive)
{
	const char *bound = c->keyword->id < 0 ? "minimum" : "maximum";
	int r = schema_want(p, c, TYPE_BOOL, TYPE_EOD);

	if (r == 0 && value_is_missing(doc_get(p->doc, bound)))
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "$jsonSchema: %s needs %s beside it", c->keyword->name, bound);
	return r;
}

SCHEMA_PARSE(schema_parse_multiple)
{
	struct decimal d;
	int r = want_number(p, c);

	if (r)
		return r;
	d = number_to_decimal(c->operand);
	if (decimal_is_nan(d) || decimal_is_zero(d) || decimal_is_negative(d))
		return status_set(
		    p->st, ERR_FAILED_TO_PARSE, "$jsonSchema: multipleOf is greater than 0");
	return 0;
}

SCHEMA_TEST(schema_test_multiple)
{
	struct decimal d;

	if (!value_is_number(v))
		return true;
	d = number_to_decimal(v);
	if (decimal_is_nan(d) || decimal_is_infinite(d))
		return false;
	return decimal_is_zero(decimal_modulo(d, number_to_decimal(c->operand)));
}

SCHEMA_PARSE(schema_parse_count)
{
	if (!value_is_number(c->operand) || !value_to_i64(c->operand, &c->number) ||
	    c->number < 0)
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "$jsonSchema: %s is a whole number that is not negative", c->keyword->name);
	return 0;
}

/* In characters: bytes that do not go on with one. */
SCHEMA_TEST(schema_test_length)
{
	int64_t n = 0;

	if (v.type != TYPE_STRING)
		return true;
	for (size_t i = 0; i < value_str(v).len; i++)
		n += (value_str(v).data[i] & 0xC0) != 0x80;
	return c->keyword->id < 0 ? n >= c->number : n <= c->number;
}

SCHEMA_PARSE(schema_parse_pattern)
{
	int r = schema_want(p, c, TYPE_STRING, TYPE_EOD);

	if (r)
		return r;
	c->parts = arena_new(p->a, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	return regex_compile(
	    value_str(c->operand), view_of_str(""), p->a, &c->parts->regex, p->st);
}

SCHEMA_TEST(schema_test_pattern)
{
	bool found;

	if (v.type != TYPE_STRING)
		return true;
	ss->error = regex_matches(c->parts->regex, value_str(v), &found, ss->status);
	return !ss->error && found;
}
