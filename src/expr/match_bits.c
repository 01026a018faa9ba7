#include <math.h>

#include "bson/decimal.h"
#include "expr/match_op.h"

/* f->data of $mod. */
struct mod_test {
	int64_t divisor, remainder;
};

/* A number without its fraction, as $mod takes it; false for what is out of range. */
static bool whole_part(struct value v, int64_t *out)
{
	double d;

	if (value_to_i64(v, out))
		return true;
	if (!value_is_number(v) || !value_to_double(v, &d) || !isfinite(d))
		return false;
	/* 2^63 is a double, INT64_MAX is none. */
	if (d >= 9223372036854775808.0 || d < -9223372036854775808.0)
		return false;
	return value_to_i64_clamped(v, out);
}

MATCH_PARSER(match_parse_mod)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct mod_test *t = arena_new(p->a, struct mod_test);

	if (!f || !t)
		return filter_no_memory(p);
	if (operand.type != TYPE_ARRAY || doc_count(value_doc(operand)) != 2)
		return status_set(
		    p->st, ERR_BAD_VALUE, "$mod needs an array of a divisor and a remainder");
	if (!whole_part(array_at(value_doc(operand), 0), &t->divisor))
		return status_set(p->st, ERR_BAD_VALUE, "$mod: the divisor is no whole number");
	if (!whole_part(array_at(value_doc(operand), 1), &t->remainder))
		return status_set(
		    p->st, ERR_BAD_VALUE, "$mod: the remainder is no whole number");
	if (t->divisor == 0)
		return status_set(p->st, ERR_BAD_VALUE, "$mod: the divisor cannot be 0");
	f->data = t;
	*out = f;
	return 0;
}

MATCH_TEST(match_test_mod)
{
	const struct mod_test *t = f->data;
	int64_t n;

	if (!whole_part(v, &n))
		return false;
	/* INT64_MIN % -1 is an overflow in C and 0 in arithmetic. */
	return (t->divisor == -1 ? 0 : n % t->divisor) == t->remainder;
}

/* A number with its sign, or bytes.  Past the end of bytes all bits are clear; a number goes
 * on with its sign. */
struct bit_source {
	bool is_binary;
	int64_t number;
	struct view bytes;
};

/* f->data of the $bits family: the bits asked for, as a list of places or as a mask. */
struct bits_test {
	bool is_mask;
	struct bit_source mask;
	uint32_t n; /* places, or bits of the mask */
	uint32_t *places;
};

static bool bit_source(struct value v, struct bit_source *s)
{
	s->is_binary = v.type == TYPE_BINARY;
	if (s->is_binary) {
		s->bytes = value_binary(v);
		return true;
	}
	return value_is_number(v) && value_to_i64(v, &s->number);
}

static bool bit_is_set(const struct bit_source *s, uint32_t place)
{
	if (!s->is_binary)
		return (s->number >> MIN_OF(place, 63u)) & 1;
	return place / 8 < s->bytes.len && (s->bytes.data[place / 8] >> (place % 8) & 1);
}

/* Is there, among those asked for, a bit that is (or is not) set? */
static bool any_bit(const struct bits_test *t, const struct bit_source *s, bool set)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (t->is_mask && !bit_is_set(&t->mask, i))
			continue;
		if (bit_is_set(s, t->is_mask ? i : t->places[i]) == set)
			return true;
	}
	return false;
}

MATCH_TEST(match_test_all_set)
{
	struct bit_source s;

	return bit_source(v, &s) && !any_bit(f->data, &s, false);
}

MATCH_TEST(match_test_any_set)
{
	struct bit_source s;

	return bit_source(v, &s) && any_bit(f->data, &s, true);
}

MATCH_TEST(match_test_all_clear)
{
	struct bit_source s;

	return bit_source(v, &s) && !any_bit(f->data, &s, true);
}

MATCH_TEST(match_test_any_clear)
{
	struct bit_source s;

	return bit_source(v, &s) && any_bit(f->data, &s, false);
}

static int parse_places(
    struct filter_parser *p, const struct match_op *op, struct view list, struct bits_test *t)
{
	struct doc_iter it = doc_iter(list);
	struct element e;

	t->places = arena_new_array(p->a, (size_t)doc_count(list) + 1, uint32_t);
	if (!t->places)
		return filter_no_memory(p);
	while (doc_next(&it, &e)) {
		int64_t place;

		if (!value_is_number(e.value) || !value_to_i64(e.value, &place) || place < 0 ||
		    place > INT32_MAX)
			return status_set(p->st, ERR_BAD_VALUE,
			    "%s: the place of a bit is a whole number that is not negative",
			    op->name);
		t->places[t->n++] = (uint32_t)place;
	}
	return 0;
}

/* A number, binary data or a list of places. */
MATCH_PARSER(match_parse_bits)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct bits_test *t = arena_new(p->a, struct bits_test);

	if (!f || !t)
		return filter_no_memory(p);
	f->data = t;
	*out = f;
	if (operand.type == TYPE_ARRAY)
		return parse_places(p, op, value_doc(operand), t);
	if (operand.type != TYPE_BINARY && !value_is_number(operand))
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s takes a number, binary data or a list of places, and not %s", op->name,
		    type_name(operand.type));
	if (!bit_source(operand, &t->mask) || (!t->mask.is_binary && t->mask.number < 0))
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "%s takes a whole number that is not negative", op->name);
	t->is_mask = true;
	t->n = t->mask.is_binary ? (uint32_t)t->mask.bytes.len * 8 : 63;
	return 0;
}
