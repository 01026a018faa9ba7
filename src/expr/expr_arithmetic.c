#include <math.h>

#include "bson/decimal.h"
#include "expr/expr_op.h"

static int not_numeric(struct expr_eval *ev, const struct expression *e, struct value v)
{
	return status_set(ev->st, ERR_TYPE_MISMATCH, "%s takes numbers%s, and not %s",
	    e->op->name, strcmp(e->op->name, "$multiply") == 0 ? "" : " or dates",
	    type_name(v.type));
}

/* A number of milliseconds on top of a date. */
static int move_date(
    struct expr_eval *ev, int64_t date, struct value by, int sign, struct value *out)
{
	int64_t ms, moved;
	double d;

	if (!value_to_double(by, &d) || !isfinite(d) || fabs(d) >= 9223372036854775808.0)
		return status_set(ev->st, ERR_OVERFLOW, "a date cannot be moved that far");
	if (!value_to_i64(by, &ms))
		ms = llround(d);
	if (sign < 0 ? __builtin_sub_overflow(date, ms, &moved)
		     : __builtin_add_overflow(date, ms, &moved))
		return status_set(ev->st, ERR_OVERFLOW, "a date cannot be moved that far");
	return expr_made(ev, value_make_date(ev->a, moved), out);
}

EXPR_EVAL(expr_eval_add)
{
	struct value sum = value_zero, date = value_missing;

	for (int i = 0; i < e->n; i++) {
		struct value v;
		int r = expr_eval(e->args[i], ev, &v);

		if (r)
			return r;
		if (expr_is_nullish(v)) {
			*out = value_null;
			return 0;
		}
		if (v.type == TYPE_DATE) {
			if (!value_is_missing(date))
				return status_set(
				    ev->st, 16612, "$add takes one date and no second one");
			date = v;
			continue;
		}
		if (!value_is_number(v))
			return not_numeric(ev, e, v);
		sum = number_add(sum, v, OVERFLOW_TO_DOUBLE, ev->a);
		if (!sum.data)
			return expr_no_memory(ev->st);
	}
	if (value_is_missing(date))
		return expr_made(ev, sum, out);
	return move_date(ev, read_i64(date.data), sum, 1, out);
}

/* Both operands; *null says that the result is null. */
static int two(const struct expression *e, struct expr_eval *ev, struct value *x,
    struct value *y, bool *null)
{
	int r = expr_eval(e->args[0], ev, x);

	if (r == 0)
		r = expr_eval(e->args[1], ev, y);
	*null = r == 0 && (expr_is_nullish(*x) || expr_is_nullish(*y));
	return r;
}

EXPR_EVAL(expr_eval_subtract)
{
	struct value x, y;
	int64_t ms;
	bool null;
	int r = two(e, ev, &x, &y, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (x.type == TYPE_DATE && y.type == TYPE_DATE) {
		if (__builtin_sub_overflow(read_i64(x.data), read_i64(y.data), &ms))
			return status_set(
			    ev->st, ERR_OVERFLOW, "the time between two dates is too long");
		return expr_made(ev, value_make_i64(ev->a, ms), out);
	}
	if (x.type == TYPE_DATE && value_is_number(y))
		return move_date(ev, read_i64(x.data), y, -1, out);
	if (!value_is_number(x) || !value_is_number(y))
		return not_numeric(ev, e, value_is_number(x) ? y : x);
	return expr_made(ev, number_subtract(x, y, OVERFLOW_TO_DOUBLE, ev->a), out);
}

EXPR_EVAL(expr_eval_multiply)
{
	struct value product = value_one;

	for (int i = 0; i < e->n; i++) {
		struct value v;
		int r = expr_eval(e->args[i], ev, &v);

		if (r)
			return r;
		if (expr_is_nullish(v)) {
			*out = value_null;
			return 0;
		}
		if (!value_is_number(v))
			return not_numeric(ev, e, v);
		product = number_multiply(product, v, OVERFLOW_TO_DOUBLE, ev->a);
		if (!product.data)
			return expr_no_memory(ev->st);
	}
	return expr_made(ev, product, out);
}

static struct value make_decimal(struct arena *a, struct decimal d)
{
	uint8_t bytes[16];

	decimal_write(bytes, d);
	return value_dup(a, (struct value){bytes, sizeof(bytes), TYPE_DECIMAL128});
}

EXPR_EVAL(expr_eval_divide)
{
	struct value x, y;
	double a, b;
	bool null;
	int r = two(e, ev, &x, &y, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (!value_is_number(x) || !value_is_number(y))
		return status_set(ev->st, ERR_TYPE_MISMATCH,
		    "$divide takes numbers, and not %s and %s", type_name(x.type),
		    type_name(y.type));
	value_to_double(x, &a);
	value_to_double(y, &b);
	if (y.type == TYPE_DECIMAL128 ? decimal_is_zero(decimal_read(y.data)) : b == 0)
		return status_set(ev->st, ERR_BAD_VALUE, "$divide: division by zero");
	if (x.type == TYPE_DECIMAL128 || y.type == TYPE_DECIMAL128)
		return expr_made(ev,
		    make_decimal(
			ev->a, decimal_divide(number_to_decimal(x), number_to_decimal(y))),
		    out);
	return expr_made(ev, value_make_double(ev->a, a / b), out);
}

static int mod_by_zero(struct expr_eval *ev)
{
	return status_set(ev->st, 16610, "$mod: division by zero");
}

static int mod_integers(struct expr_eval *ev, struct value x, struct value y, struct value *out)
{
	int64_t a, b, rest;

	value_to_i64(x, &a);
	value_to_i64(y, &b);
	if (b == 0)
		return mod_by_zero(ev);
	rest = b == -1 ? 0 : a % b;
	if (x.type == TYPE_INT64 || y.type == TYPE_INT64)
		return expr_made(ev, value_make_i64(ev->a, rest), out);
	return expr_made(ev, value_make_i32(ev->a, (int32_t)rest), out);
}

EXPR_EVAL(expr_eval_mod)
{
	struct value x, y;
	double a, b;
	bool null;
	int r = two(e, ev, &x, &y, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (!value_is_number(x) || !value_is_number(y))
		return status_set(ev->st, 16611, "$mod takes numbers, and not %s and %s",
		    type_name(x.type), type_name(y.type));
	if (x.type == TYPE_DECIMAL128 || y.type == TYPE_DECIMAL128) {
		struct decimal d = number_to_decimal(y);

		if (decimal_is_zero(d))
			return status_set(ev->st, 5733415, "$mod: division by zero");
		return expr_made(
		    ev, make_decimal(ev->a, decimal_modulo(number_to_decimal(x), d)), out);
	}
	if (x.type != TYPE_DOUBLE && y.type != TYPE_DOUBLE)
		return mod_integers(ev, x, y, out);
	value_to_double(x, &a);
	value_to_double(y, &b);
	if (b == 0)
		return mod_by_zero(ev);
	return expr_made(ev, value_make_double(ev->a, fmod(a, b)), out);
}

EXPR_EVAL(expr_eval_abs)
{
	struct value v, negative;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (!value_is_number(v))
		return status_set(
		    ev->st, 28765, "$abs takes numbers, and not %s", type_name(v.type));
	if (v.type == TYPE_INT64 && read_i64(v.data) == INT64_MIN)
		return status_set(ev->st, 28680, "$abs cannot turn the least int64 around");
	if (v.type == TYPE_DOUBLE)
		return expr_made(ev, value_make_double(ev->a, fabs(read_double(v.data))), out);
	if (v.type == TYPE_DECIMAL128) {
		struct decimal d = decimal_read(v.data);

		d.high &= ~(1ULL << 63);
		return expr_made(ev, make_decimal(ev->a, d), out);
	}
	*out = v;
	if (number_compare(v, value_zero) >= 0)
		return 0;
	negative = number_subtract(value_zero, v, OVERFLOW_TO_DOUBLE, ev->a);
	return expr_made(ev, negative, out);
}
