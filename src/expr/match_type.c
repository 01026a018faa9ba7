#include "expr/match_op.h"

#define NUMBER_TYPES                                                                           \
	(1u << TYPE_DOUBLE | 1u << TYPE_INT32 | 1u << TYPE_INT64 | 1u << TYPE_DECIMAL128)

uint32_t match_type_bit(uint8_t type)
{
	if (type == TYPE_MIN_KEY)
		return 1u << 30;
	if (type == TYPE_MAX_KEY)
		return 1u << 31;
	return type > TYPE_EOD && type <= TYPE_DECIMAL128 ? 1u << type : 0;
}

MATCH_PARSER(match_parse_exists)
{
	struct filter *f = filter_new(p, MATCH_EXISTS, NULL, path);

	if (!f)
		return filter_no_memory(p);
	f->exists = value_truthy(operand);
	*out = f;
	return 0;
}

static int type_of_name(struct filter_parser *p, struct view name, uint32_t *types)
{
	uint8_t type = type_from_name(name);

	if (view_equal(name, view_of_str("number")))
		*types |= NUMBER_TYPES;
	else if (type != TYPE_EOD)
		*types |= match_type_bit(type);
	else
		return status_set(p->st, ERR_BAD_VALUE, "$type does not know the type \"%.*s\"",
		    (int)MIN_OF(name.len, 100), (const char *)name.data);
	return 0;
}

/* One type: a name or a number. */
static int add_type(struct filter_parser *p, struct value v, uint32_t *types)
{
	int64_t code;
	uint8_t type;

	if (v.type == TYPE_STRING)
		return type_of_name(p, value_str(v), types);
	if (!value_is_number(v))
		return status_set(p->st, ERR_TYPE_MISMATCH,
		    "$type takes names and numbers of types, and not %s", type_name(v.type));
	type = value_to_i64(v, &code) ? type_from_code(code) : TYPE_EOD;
	if (type == TYPE_EOD)
		return status_set(
		    p->st, ERR_BAD_VALUE, "$type does not know a type of that number");
	*types |= match_type_bit(type);
	return 0;
}

MATCH_PARSER(match_parse_type)
{
	struct filter *f = filter_new(p, MATCH_TYPE, NULL, path);
	struct doc_iter it;
	struct element e;

	if (!f)
		return filter_no_memory(p);
	*out = f;
	if (operand.type != TYPE_ARRAY)
		return add_type(p, operand, &f->types);
	if (doc_is_empty(value_doc(operand)))
		return status_set(p->st, ERR_FAILED_TO_PARSE, "$type needs at least one type");
	it = doc_iter(value_doc(operand));
	while (doc_next(&it, &e)) {
		int r = add_type(p, e.value, &f->types);

		if (r)
			return r;
	}
	return 0;
}
