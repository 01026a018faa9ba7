/*
 * $convert and its short forms: what becomes of a value as another type.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bson/date.h"
#include "bson/decimal.h"
#include "bson/validate.h"
#include "expr/expr_binary.h"
#include "expr/expr_text.h"

#define SUBTYPE_DEFAULT 0

struct conversion {
	const struct expression *e;
	struct expr_eval *ev;
	uint8_t to, subtype;
	bool has_format, big_endian;
	enum binary_format format;
};

static int fail(const struct conversion *c, const char *why)
{
	return status_set(
	    c->ev->st, ERR_CONVERSION_FAILURE, "%s: %s", c->e->op->name, why);
}

static int unsupported(const struct conversion *c, struct value v)
{
	return status_set(c->ev->st, ERR_CONVERSION_FAILURE,
	    "%s cannot make a value of type %s of one of type %s", c->e->op->name,
	    type_name(c->to), type_name(v.type));
}

static int overflow(const struct conversion *c)
{
	return fail(c, "the value is out of the range of the type");
}

/* ------------------------------------------------ numbers of bytes and text */

/* The bytes as an unsigned number, however they are ordered. */
static uint64_t bytes_number(const struct conversion *c, struct view b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b.len; i++)
		n = n << 8 | b.data[c->big_endian ? i : b.len - 1 - i];
	return n;
}

/* 1, 2, 4 or 8 bytes, at most so many, as a signed number. */
static int bytes_to_integer(
    const struct conversion *c, struct value v, size_t most, int64_t *out)
{
	struct view b = value_binary(v);
	int unused = 64 - 8 * (int)b.len;

	if ((b.len != 1 && b.len != 2 && b.len != 4 && b.len != 8) || b.len > most)
		return fail(c, "binary data of that length is no such number");
	*out = (int64_t)(bytes_number(c, b) << unused) >> unused;
	return 0;
}

/* All of the text is a number in base 10, with a sign or without. */
static int text_to_integer(const struct conversion *c, struct view s, int64_t *out)
{
	bool negative = s.len && s.data[0] == '-';
	size_t i = negative || (s.len && s.data[0] == '+');

	if (i == s.len)
		return fail(c, "the string is no number");
	*out = 0;
	for (; i < s.len; i++) {
		int digit = s.data[i] - '0';

		if (digit < 0 || digit > 9)
			return fail(c, "the string is no whole number");
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, negative ? -digit : digit, out))
			return overflow(c);
	}
	return 0;
}

static bool is_number_text(struct view s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] <= ' ' || s.data[i] == '(')
			return false;
	return s.len > 0;
}

static int text_to_double(const struct conversion *c, struct view s, double *out)
{
	char *text = arena_strndup(c->ev->a, (const char *)s.data, s.len), *end;

	if (!text)
		return expr_no_memory(c->ev->st);
	/* Hexadecimal ones are known, but not with "0x" in front of all, as in MongoDB. */
	if (!is_number_text(s) || (s.len > 1 && s.data[0] == '0' && s.data[1] == 'x'))
		return fail(c, "the string is no number");
	errno = 0;
	*out = strtod(text, &end);
	if (end != text + s.len)
		return fail(c, "the string is no number");
	return errno == ERANGE && (isinf(*out) || *out == 0) ? overflow(c) : 0;
}

/* ------------------------------------------------ integers */

static int number_to_integer(const struct conversion *c, struct value v, int64_t *out)
{
	double d = NAN;
	struct decimal cut;

	if (v.type == TYPE_DECIMAL128) {
		cut = decimal_read(v.data);
		if (decimal_is_nan(cut) || decimal_is_infinite(cut))
			return fail(c, "NaN and infinity are no whole numbers");
		return decimal_to_i64(decimal_round(cut, 0, DECIMAL_TO_ZERO), out)
			   ? 0
			   : overflow(c);
	}
	if (v.type == TYPE_DOUBLE) {
		d = trunc(read_double(v.data));
		if (!isfinite(d))
			return fail(c, "NaN and infinity are no whole numbers");
		if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
			return overflow(c);
		*out = (int64_t)d;
		return 0;
	}
	return value_to_i64(v, out) ? 0 : overflow(c);
}

static int to_integer(
    const struct conversion *c, struct value v, size_t most_bytes, int64_t *out)
{
	switch (v.type) {
	case TYPE_INT32:
	case TYPE_INT64:
	case TYPE_DOUBLE:
	case TYPE_DECIMAL128:
		return number_to_integer(c, v, out);
	case TYPE_BOOL:
		*out = value_bool(v);
		return 0;
	case TYPE_STRING:
		return text_to_integer(c, value_str(v), out);
	case TYPE_BINARY:
		return bytes_to_integer(c, v, most_bytes, out);
	default:
		return unsupported(c, v);
	}
}

static int to_int(const struct conversion *c, struct value v, struct value *out)
{
	int64_t n;
	int r = to_integer(c, v, 4, &n);

	if (r)
		return r;
	if (n < INT32_MIN || n > INT32_MAX)
		return overflow(c);
	return expr_made(c->ev, value_make_i32(c->ev->a, (int32_t)n), out);
}

static int to_long(const struct conversion *c, struct value v, struct value *out)
{
	int64_t n;
	int r = 0;

	if (v.type == TYPE_DATE)
		n = read_i64(v.data);
	else
		r = to_integer(c, v, 8, &n);
	return r ? r : expr_made(c->ev, value_make_i64(c->ev->a, n), out);
}

/* ------------------------------------------------ double and decimal */

static int bytes_to_double(const struct conversion *c, struct value v, double *out)
{
	struct view b = value_binary(v);
	uint64_t bits = bytes_number(c, b);
	uint32_t half = (uint32_t)bits;
	float f;

	if (b.len == 8) {
		memcpy(out, &bits, 8);
		return 0;
	}
	if (b.len != 4)
		return fail(c, "binary data of that length is no double");
	memcpy(&f, &half, 4);
	*out = f;
	return 0;
}

static int to_double(const struct conversion *c, struct value v, struct value *out)
{
	double d = NAN;
	int r = 0;

	switch (v.type) {
	case TYPE_BOOL:
		d = value_bool(v);
		break;
	case TYPE_DATE:
		d = (double)read_i64(v.data);
		break;
	case TYPE_STRING:
		r = text_to_double(c, value_str(v), &d);
		break;
	case TYPE_BINARY:
		r = bytes_to_double(c, v, &d);
		break;
	default:
		if (!value_is_number(v))
			return unsupported(c, v);
		(void)value_to_double(v, &d);
		if (v.type == TYPE_DECIMAL128 && isinf(d) &&
		    !decimal_is_infinite(decimal_read(v.data)))
			r = overflow(c);
	}
	return r ? r : expr_made(c->ev, value_make_double(c->ev->a, d), out);
}

/* Infinity or zero, and the text has another digit in it than 0. */
static bool is_out_of_range(struct view s, struct decimal d)
{
	if (!decimal_is_infinite(d) && !decimal_is_zero(d))
		return false;
	for (size_t i = 0; i < s.len && (s.data[i] | 0x20) != 'e'; i++)
		if (s.data[i] >= '1' && s.data[i] <= '9')
			return true;
	return false;
}

static int to_decimal(const struct conversion *c, struct value v, struct value *out)
{
	struct decimal d;

	if (value_is_number(v))
		d = number_to_decimal(v);
	else if (v.type == TYPE_BOOL)
		d = decimal_from_i64(value_bool(v));
	else if (v.type == TYPE_DATE)
		d = decimal_from_i64(read_i64(v.data));
	else if (v.type != TYPE_STRING)
		return unsupported(c, v);
	else if (!is_number_text(value_str(v)) || !decimal_parse(value_str(v), &d))
		return fail(c, "the string is no number");
	else if (is_out_of_range(value_str(v), d))
		return overflow(c);
	return expr_made(c->ev, value_make_decimal(c->ev->a, d), out);
}

/* ------------------------------------------------ the others */

/* Whatever is not a number 0 or false is true. */
static int to_bool(const struct conversion *c, struct value v, struct value *out)
{
	*out = value_truthy(v) ? value_true : value_false;
	return 0;
}

static int to_date(const struct conversion *c, struct value v, struct value *out)
{
	int64_t ms;
	int r = 0;

	switch (v.type) {
	case TYPE_DATE:
		*out = v;
		return 0;
	case TYPE_INT64:
	case TYPE_DOUBLE:
	case TYPE_DECIMAL128:
		r = number_to_integer(c, v, &ms);
		break;
	case TYPE_TIMESTAMP:
		ms = (int64_t)((uint64_t)read_i64(v.data) >> 32) * 1000;
		break;
	case TYPE_OBJECT_ID:
		/* Its seconds are signed. */
		ms = (int32_t)((uint32_t)v.data[0] << 24 | (uint32_t)v.data[1] << 16 |
			       (uint32_t)v.data[2] << 8 | v.data[3]) *
		     INT64_C(1000);
		break;
	case TYPE_STRING:
		if (!date_parse(value_str(v), &ms))
			r = fail(c, "the string is no date");
		break;
	default:
		return unsupported(c, v);
	}
	return r ? r : expr_made(c->ev, value_make_date(c->ev->a, ms), out);
}

static int to_object_id(const struct conversion *c, struct value v, struct value *out)
{
	struct buf buf;
	bool ok;

	if (v.type == TYPE_OBJECT_ID) {
		*out = v;
		return 0;
	}
	if (v.type != TYPE_STRING)
		return unsupported(c, v);
	buf_init(&buf, c->ev->a->account);
	ok = value_str(v).len == 24 && binary_decode(value_str(v), FORMAT_HEX, &buf);
	*out = ok && !buf.failed
		   ? value_dup(c->ev->a, (struct value){buf.data, 12, TYPE_OBJECT_ID})
		   : value_missing;
	buf_clear(&buf);
	if (!ok)
		return fail(c, "the string is no ObjectId: it has to be 24 hexadecimal digits");
	return value_is_missing(*out) || !out->data ? expr_no_memory(c->ev->st) : 0;
}

#define ERR_YEAR_RANGE 18537

static bool is_common_year(int64_t ms)
{
	return ms >= date_days(0, 1, 1) * INT64_C(86400000) &&
	       ms < date_days(10000, 1, 1) * INT64_C(86400000);
}

static int needs_format(const struct conversion *c)
{
	return status_set(c->ev->st, 4341115,
	    "%s needs a format between strings and binary data", c->e->op->name);
}

static int to_text(const struct conversion *c, struct value v, struct value *out)
{
	struct buf buf;
	bool ok;

	if (v.type == TYPE_STRING) {
		*out = v;
		return 0;
	}
	if (v.type == TYPE_BINARY && !c->has_format)
		return needs_format(c);
	buf_init(&buf, c->ev->a->account);
	if (v.type == TYPE_BINARY) {
		ok = binary_encode(value_binary(v), value_binary_subtype(v), c->format, &buf);
		if (!ok) {
			buf_clear(&buf);
			return fail(c, "the binary data cannot be shown in that format");
		}
	} else {
		ok = text_of_value(v, &buf);
	}
	if (ok && v.type == TYPE_DATE && !is_common_year(read_i64(v.data)))
		ok = status_set(c->ev->st, ERR_YEAR_RANGE,
			 "%s: the date's year is not between 0 and 9999",
			 c->e->op->name) == 0;
	else if (!ok)
		unsupported(c, v);
	else if (buf.len >= BSON_USER_SIZE_MAX)
		ok = fail(c, "the string would be too long") == 0;
	if (ok)
		return expr_take_str(c->ev, &buf, out);
	buf_clear(&buf);
	return v.type == TYPE_DATE ? ERR_YEAR_RANGE : ERR_CONVERSION_FAILURE;
}

static int make_binary(const struct conversion *c, struct view bytes, struct value *out)
{
	struct builder b;
	struct buf buf;
	struct view doc;

	buf_init(&buf, c->ev->a->account);
	builder_init(&b, &buf);
	builder_binary(&b, "", c->subtype, bytes.data, bytes.len);
	builder_finish(&b);
	doc = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(c->ev->a, builder_view(&b));
	buf_clear(&buf);
	if (!doc.data)
		return expr_no_memory(c->ev->st);
	*out = doc_get(doc, "");
	return 0;
}

static int number_to_bytes(const struct conversion *c, struct value v, struct value *out)
{
	uint8_t bytes[8];
	size_t n = v.len;

	for (size_t i = 0; i < n; i++)
		bytes[i] = v.data[c->big_endian ? n - 1 - i : i];
	return make_binary(c, view_of(bytes, n), out);
}

static int text_to_bytes(const struct conversion *c, struct value v, struct value *out)
{
	bool uuid = c->format == FORMAT_UUID;
	struct buf buf;
	int r;

	if (!c->has_format)
		return needs_format(c);
	if (uuid != (c->subtype == SUBTYPE_UUID))
		return fail(c, "the format uuid goes with the subtype 4 and with no other");
	buf_init(&buf, c->ev->a->account);
	if (!binary_decode(value_str(v), c->format, &buf))
		r = fail(c, "the string is not in that format");
	else
		r = buf.failed ? expr_no_memory(c->ev->st)
			       : make_binary(c, buf_view(&buf), out);
	buf_clear(&buf);
	return r;
}

static int to_binary(const struct conversion *c, struct value v, struct value *out)
{
	switch (v.type) {
	case TYPE_BINARY:
		*out = v;
		return value_binary_subtype(v) == c->subtype
			   ? 0
			   : fail(c, "the binary data is of another subtype");
	case TYPE_STRING:
		return text_to_bytes(c, v, out);
	case TYPE_INT32:
	case TYPE_INT64:
	case TYPE_DOUBLE:
		return number_to_bytes(c, v, out);
	default:
		return unsupported(c, v);
	}
}

static const struct {
	uint8_t type;
	int (*convert)(const struct conversion *c, struct value v, struct value *out);
} targets[] = {
    {TYPE_DOUBLE, to_double},
    {TYPE_STRING, to_text},
    {TYPE_BINARY, to_binary},
    {TYPE_OBJECT_ID, to_object_id},
    {TYPE_BOOL, to_bool},
    {TYPE_DATE, to_date},
    {TYPE_INT32, to_int},
    {TYPE_INT64, to_long},
    {TYPE_DECIMAL128, to_decimal},
};

static int convert(const struct conversion *c, struct value v, struct value *out)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (targets[i].type == c->to)
			return targets[i].convert(c, v, out);
	return unsupported(c, v);
}

/* ------------------------------------------------ $toInt and its like */

/* op->id: the type; arity has an error of its own. */
EXPR_EVAL(expr_eval_to)
{
	struct conversion c = {.e = e,
	    .ev = ev,
	    .to = (uint8_t)e->op->id,
	    .has_format = true,
	    .format = FORMAT_AUTO};
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (c.to == TYPE_BINARY) { /* $toUUID */
		c.format = FORMAT_UUID;
		c.subtype = SUBTYPE_UUID;
	}
	return convert(&c, v, out);
}

EXPR_PARSE(expr_parse_to)
{
	struct expression *e = expr_new(p, op, 1);

	if (!e)
		return expr_no_memory(p->st);
	*out = e;
	if (operand.type == TYPE_ARRAY) {
		if (doc_count(value_doc(operand)) != 1)
			return status_set(p->st, 50723, "%s takes one operand", op->name);
		operand = array_at(value_doc(operand), 0);
	}
	return expr_parse(p, operand, &e->args[0]);
}

EXPR_EVAL(expr_eval_is_number)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r == 0)
		*out = value_is_number(v) ? value_true : value_false;
	return r;
}

/* ------------------------------------------------ $convert */

enum { PART_INPUT, PART_TO, PART_ON_ERROR, PART_ON_NULL, PART_FORMAT, PART_ORDER, N_PARTS };

EXPR_PARSE(expr_parse_convert)
{
	static const struct expr_field fields[N_PARTS] = {
	    [PART_INPUT] = {"input", true, ERR_FAILED_TO_PARSE},
	    [PART_TO] = {"to", true, ERR_FAILED_TO_PARSE},
	    [PART_ON_ERROR] = {"onError", false, 0},
	    [PART_ON_NULL] = {"onNull", false, 0},
	    [PART_FORMAT] = {"format", false, 0},
	    [PART_ORDER] = {"byteOrder", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "$convert takes a document, and not %s", type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, N_PARTS, ERR_FAILED_TO_PARSE, out);
}

static int get_type(struct conversion *c, struct value v)
{
	int64_t code;

	if (v.type == TYPE_STRING) {
		c->to = type_from_name(value_str(v));
		return c->to ? 0
			     : status_set(c->ev->st, ERR_BAD_VALUE,
				   "$convert knows no type of that name");
	}
	if (!value_is_number(v))
		return status_set(c->ev->st, ERR_FAILED_TO_PARSE,
		    "$convert: to is a type's name or number, and not %s", type_name(v.type));
	if (!value_to_i64(v, &code))
		return status_set(
		    c->ev->st, ERR_FAILED_TO_PARSE, "$convert: to is a whole number");
	c->to = type_from_code(code);
	return c->to || code == 0 ? 0
		     : status_set(c->ev->st, ERR_FAILED_TO_PARSE,
			   "$convert knows no type of that number");
}

/* {type, subtype} */
static int get_subtype(struct conversion *c, struct value v)
{
	int64_t n;

	if (!value_is_number(v))
		return status_set(c->ev->st, 4341108,
		    "$convert: a subtype is a number, and not %s", type_name(v.type));
	if (!value_to_i64(v, &n))
		return status_set(
		    c->ev->st, 4341106, "$convert: a subtype is a whole number");
	if (n < 0 || n > 255 || (n > 9 && n < 128))
		return status_set(c->ev->st, 4341107, "$convert knows no such subtype");
	c->subtype = (uint8_t)n;
	return 0;
}

static int get_target(struct conversion *c, struct value v)
{
	struct doc_iter it;
	struct element x;
	struct value type = value_missing;
	int r = 0;

	if (v.type != TYPE_OBJECT)
		return get_type(c, v);
	it = doc_iter(value_doc(v));
	while (r == 0 && doc_next(&it, &x)) {
		if (strcmp(x.name, "type") == 0)
			type = x.value;
		else if (strcmp(x.name, "subtype") == 0)
			r = get_subtype(c, x.value);
	}
	if (r == 0 && value_is_missing(type))
		r = status_set(
		    c->ev->st, ERR_FAILED_TO_PARSE, "$convert: to needs its field type");
	return r ? r : get_type(c, type);
}

static int get_format(struct conversion *c, struct value v)
{
	if (expr_is_nullish(v))
		return 0;
	if (v.type != TYPE_STRING)
		return status_set(c->ev->st, 4341114,
		    "$convert: format is a string, and not %s", type_name(v.type));
	c->has_format = binary_format_find(value_str(v), &c->format);
	return c->has_format
		   ? 0
		   : status_set(c->ev->st, 4341125, "$convert knows no format of that name");
}

static int get_byte_order(struct conversion *c, struct value v)
{
	if (expr_is_nullish(v))
		return 0;
	if (v.type != TYPE_STRING)
		return status_set(c->ev->st, 9130001,
		    "$convert: byteOrder is a string, and not %s", type_name(v.type));
	c->big_endian = view_equal(value_str(v), view_of_str("big"));
	return c->big_endian || view_equal(value_str(v), view_of_str("little"))
		   ? 0
		   : status_set(
			 c->ev->st, 9130002, "$convert: byteOrder is \"little\" or \"big\"");
}

EXPR_EVAL(expr_eval_convert)
{
	struct conversion c = {.e = e, .ev = ev, .subtype = SUBTYPE_DEFAULT};
	struct value v[N_PARTS] = {{0}};
	int r = 0;

	for (int i = 0; r == 0 && i < N_PARTS; i++)
		if (e->args[i] && i != PART_ON_ERROR && i != PART_ON_NULL)
			r = expr_eval(e->args[i], ev, &v[i]);
	*out = value_null;
	if (r)
		return r;
	if (expr_is_nullish(v[PART_INPUT]))
		return e->args[PART_ON_NULL] ? expr_eval(e->args[PART_ON_NULL], ev, out) : 0;
	if (expr_is_nullish(v[PART_TO]))
		return 0;
	r = get_target(&c, v[PART_TO]);
	if (r == 0)
		r = get_format(&c, v[PART_FORMAT]);
	if (r == 0)
		r = get_byte_order(&c, v[PART_ORDER]);
	if (r)
		return r;
	r = convert(&c, v[PART_INPUT], out);
	if ((r != ERR_CONVERSION_FAILURE && r != ERR_YEAR_RANGE) || !e->args[PART_ON_ERROR])
		return r;
	if (ev->st)
		status_clear(ev->st);
	return expr_eval(e->args[PART_ON_ERROR], ev, out);
}
