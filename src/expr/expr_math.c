#include <math.h>

#include "bson/decimal.h"
#include "expr/expr_op.h"

/* The operand; *null when there is nothing to do for it. */
static int one_number(
    const struct expression *e, struct expr_eval *ev, struct value *v, bool *null)
{
	int r = expr_eval(e->args[0], ev, v);

	*null = r == 0 && expr_is_nullish(*v);
	if (r || *null || value_is_number(*v))
		return r;
	return status_set(
	    ev->st, 28765, "%s takes numbers, and not %s", e->op->name, type_name(v->type));
}

static double as_double(struct value v)
{
	double d = NAN;

	(void)value_to_double(v, &d);
	return d;
}

static int make_double(struct expr_eval *ev, double d, struct value *out)
{
	return expr_made(ev, value_make_double(ev->a, d), out);
}

static int make_decimal(struct expr_eval *ev, struct decimal d, struct value *out)
{
	return expr_made(ev, value_make_decimal(ev->a, d), out);
}

static int make_integer(struct expr_eval *ev, int64_t n, bool is_long, struct value *out)
{
	if (is_long || n < INT32_MIN || n > INT32_MAX)
		return expr_made(ev, value_make_i64(ev->a, n), out);
	return expr_made(ev, value_make_i32(ev->a, (int32_t)n), out);
}

/* ------------------------------------------------ functions of one number */

/* Where a function is defined: what lies outside is an error, or NaN without one. */
enum domain { ALL, NOT_NEGATIVE, POSITIVE, ONE_AROUND, BELOW_ONE_AROUND, FROM_ONE, NOT_INFINITE };

static const struct math_function {
	double (*of_double)(double);
	enum decimal_function of_decimal;
	enum domain domain;
	int code;
} math_functions[] = {
    [EXPR_ACOS] = {acos, DECIMAL_ACOS, ONE_AROUND, 50989},
    [EXPR_ACOSH] = {acosh, DECIMAL_ACOSH, FROM_ONE, 50989},
    [EXPR_ASIN] = {asin, DECIMAL_ASIN, ONE_AROUND, 50989},
    [EXPR_ASINH] = {asinh, DECIMAL_ASINH, ALL, 0},
    [EXPR_ATAN] = {atan, DECIMAL_ATAN, ALL, 0},
    [EXPR_ATANH] = {atanh, DECIMAL_ATANH, ONE_AROUND, 50989},
    [EXPR_COS] = {cos, DECIMAL_COS, NOT_INFINITE, 50989},
    [EXPR_COSH] = {cosh, DECIMAL_COSH, ALL, 0},
    [EXPR_EXP] = {exp, DECIMAL_EXP, ALL, 0},
    [EXPR_LN] = {log, DECIMAL_LN, POSITIVE, 28766},
    [EXPR_LOG10] = {log10, DECIMAL_LOG10, POSITIVE, 28761},
    [EXPR_SIN] = {sin, DECIMAL_SIN, NOT_INFINITE, 50989},
    [EXPR_SINH] = {sinh, DECIMAL_SINH, ALL, 0},
    [EXPR_SQRT] = {sqrt, DECIMAL_SQRT, NOT_NEGATIVE, 28714},
    [EXPR_TAN] = {tan, DECIMAL_TAN, NOT_INFINITE, 50989},
    [EXPR_TANH] = {tanh, DECIMAL_TANH, ALL, 0},
};

static bool is_in_domain(enum domain domain, double d)
{
	if (isnan(d))
		return true;
	switch (domain) {
	case NOT_NEGATIVE:
		return d >= 0;
	case POSITIVE:
		return d > 0;
	case ONE_AROUND:
		return d >= -1 && d <= 1;
	case BELOW_ONE_AROUND:
		return d > -1 && d < 1;
	case FROM_ONE:
		return d >= 1;
	case NOT_INFINITE:
		return !isinf(d);
	default:
		return true;
	}
}

/* A decimal near an end of the domain may not be a double beside it. */
static double domain_side(struct value v)
{
	struct decimal one = decimal_from_i64(1), minus = decimal_from_i64(-1), d;

	if (v.type != TYPE_DECIMAL128)
		return as_double(v);
	d = decimal_read(v.data);
	if (decimal_is_nan(d) || decimal_is_infinite(d))
		return as_double(v);
	if (decimal_is_zero(d))
		return 0;
	if (decimal_compare(d, one) >= 0)
		return decimal_compare(d, one) > 0 ? 2 : 1;
	if (decimal_compare(d, minus) <= 0)
		return decimal_compare(d, minus) < 0 ? -2 : -1;
	return decimal_is_negative(d) ? -0.5 : 0.5;
}

EXPR_EVAL(expr_eval_math)
{
	const struct math_function *f = &math_functions[e->op->id];
	struct value v;
	bool null;
	int r = one_number(e, ev, &v, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (!is_in_domain(f->domain, domain_side(v)))
		return status_set(
		    ev->st, f->code, "%s is not defined for that number", e->op->name);
	/* As MongoDB: a NaN becomes a double where the domain is looked at. */
	if (v.type == TYPE_DECIMAL128 &&
	    !(f->domain == POSITIVE && decimal_is_nan(decimal_read(v.data))))
		return make_decimal(
		    ev, decimal_call(f->of_decimal, decimal_read(v.data)), out);
	return make_double(ev, f->of_double(as_double(v)), out);
}

/* op->id: DECIMAL_UP or DECIMAL_DOWN. */
EXPR_EVAL(expr_eval_ceil_floor)
{
	struct value v;
	bool null;
	int r = one_number(e, ev, &v, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (v.type == TYPE_DOUBLE)
		return make_double(
		    ev, (e->op->id == DECIMAL_UP ? ceil : floor)(as_double(v)), out);
	if (v.type == TYPE_DECIMAL128)
		return make_decimal(ev,
		    decimal_quantize(
			decimal_read(v.data), 0, (enum decimal_rounding)e->op->id),
		    out);
	*out = v;
	return 0;
}

/* Its operand is never a list of one: MongoDB makes other expressions of it. */
EXPR_PARSE(expr_parse_sigmoid)
{
	struct expression *e = expr_new(p, op, 1);

	*out = e;
	return e ? expr_parse(p, operand, &e->args[0]) : expr_no_memory(p->st);
}

EXPR_EVAL(expr_eval_sigmoid)
{
	struct decimal one = decimal_from_i64(1), d;
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, ERR_TYPE_MISMATCH,
		    "$sigmoid takes numbers, and not %s", type_name(v.type));
	if (v.type != TYPE_DECIMAL128)
		return make_double(ev, 1 / (1 + exp(-as_double(v))), out);
	d = decimal_call(DECIMAL_EXP, decimal_negate(decimal_read(v.data)));
	return make_decimal(ev, decimal_divide(one, decimal_add(one, d)), out);
}

/* op->id: 1 to degrees, 0 to radians. */
EXPR_EVAL(expr_eval_degrees)
{
	static const char pi[] = "3.141592653589793238462643383279503";
	struct decimal half = decimal_from_i64(180), d;
	struct value v;
	bool null;
	int r = one_number(e, ev, &v, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (v.type != TYPE_DECIMAL128)
		return make_double(
		    ev, as_double(v) * (e->op->id ? 180 / M_PI : M_PI / 180), out);
	(void)!decimal_parse(view_of_str(pi), &d);
	d = e->op->id ? decimal_divide(half, d) : decimal_divide(d, half);
	return make_decimal(ev, decimal_multiply(decimal_read(v.data), d), out);
}

/* ------------------------------------------------ of two numbers */

/* Both, with an error of its own for each; *null as above. */
static int two_numbers(const struct expression *e, struct expr_eval *ev, int first_code,
    int second_code, struct value v[2], bool *null)
{
	int r = expr_eval(e->args[0], ev, &v[0]);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &v[1]);
	*null = r == 0 && (expr_is_nullish(v[0]) || expr_is_nullish(v[1]));
	if (r || *null)
		return r;
	for (int i = 0; i < 2; i++)
		if (!value_is_number(v[i]))
			return status_set(ev->st, i ? second_code : first_code,
			    "%s takes numbers, and not %s", e->op->name, type_name(v[i].type));
	return 0;
}

static bool either_is_decimal(const struct value v[2])
{
	return v[0].type == TYPE_DECIMAL128 || v[1].type == TYPE_DECIMAL128;
}

EXPR_EVAL(expr_eval_atan2)
{
	struct value v[2];
	bool null;
	int r = two_numbers(e, ev, 51044, 51045, v, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (either_is_decimal(v))
		return make_decimal(ev,
		    decimal_atan2(number_to_decimal(v[0]), number_to_decimal(v[1])), out);
	return make_double(ev, atan2(as_double(v[0]), as_double(v[1])), out);
}

EXPR_EVAL(expr_eval_log)
{
	struct value v[2];
	double x, base;
	bool null;
	int r = two_numbers(e, ev, 28756, 28757, v, &null);

	*out = value_null;
	if (r || null)
		return r;
	x = as_double(v[0]);
	base = as_double(v[1]);
	if (x <= 0)
		return status_set(ev->st, 28758, "$log takes a number greater than 0");
	if (base <= 0 || base == 1)
		return status_set(
		    ev->st, 28759, "$log takes a base greater than 0 and other than 1");
	if (either_is_decimal(v) && !isnan(x) && !isnan(base))
		return make_decimal(ev,
		    decimal_divide(decimal_call(DECIMAL_LN, number_to_decimal(v[0])),
			decimal_call(DECIMAL_LN, number_to_decimal(v[1]))),
		    out);
	return make_double(ev, log(x) / log(base), out);
}

/* False when it does not fit into 64 bits. */
static bool power_of(int64_t base, int64_t n, int64_t *out)
{
	int64_t result = 1;

	for (; n > 0; n >>= 1) {
		if (n & 1 && __builtin_mul_overflow(result, base, &result))
			return false;
		if (n > 1 && __builtin_mul_overflow(base, base, &base))
			return false;
	}
	*out = result;
	return true;
}

static int integer_power(struct expr_eval *ev, const struct value v[2], struct value *out)
{
	bool is_long = v[0].type == TYPE_INT64 || v[1].type == TYPE_INT64;
	int64_t base, n, result;

	(void)!value_to_i64(v[0], &base);
	(void)!value_to_i64(v[1], &n);
	if (n < 0 && base == -1)
		return make_integer(ev, n % 2 ? -1 : 1, is_long, out);
	if (n < 0 && base == 1)
		return make_integer(ev, 1, is_long, out);
	if (n < 0 || !power_of(base, n, &result))
		return make_double(ev, pow((double)base, (double)n), out);
	return make_integer(ev, result, is_long, out);
}

EXPR_EVAL(expr_eval_pow)
{
	struct value v[2];
	bool null;
	int r = two_numbers(e, ev, 28762, 28763, v, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (as_double(v[1]) < 0 && number_compare(v[0], value_zero) == 0)
		return status_set(ev->st, 28764, "$pow cannot take 0 to a negative power");
	if (either_is_decimal(v))
		return make_decimal(ev,
		    decimal_power(number_to_decimal(v[0]), number_to_decimal(v[1])), out);
	if (v[0].type == TYPE_DOUBLE || v[1].type == TYPE_DOUBLE)
		return make_double(ev, pow(as_double(v[0]), as_double(v[1])), out);
	return integer_power(ev, v, out);
}

/* ------------------------------------------------ $round and $trunc */

#define PLACE_MIN (-20)
#define PLACE_MAX 100

static int get_place(
    const struct expression *e, struct expr_eval *ev, int64_t *place, bool *null)
{
	struct value v;
	int r;

	*place = 0;
	if (e->n < 2)
		return 0;
	r = expr_eval(e->args[1], ev, &v);
	*null = r == 0 && expr_is_nullish(v);
	if (r || *null)
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, 16004, "%s takes a number as its place, and not %s",
		    e->op->name, type_name(v.type));
	if (v.type == TYPE_DOUBLE && !isfinite(as_double(v)))
		return status_set(
		    ev->st, 31109, "%s takes a finite number as its place", e->op->name);
	if (!value_to_i64(v, place))
		return status_set(
		    ev->st, 51082, "%s takes a whole number as its place", e->op->name);
	if (*place < PLACE_MIN || *place > PLACE_MAX)
		return status_set(ev->st, 51083, "%s takes a place between %d and %d",
		    e->op->name, PLACE_MIN, PLACE_MAX);
	return 0;
}

static int round_integer(struct expr_eval *ev, const struct expression *e, struct value v,
    int place, struct value *out)
{
	struct decimal d;
	int64_t n;

	*out = v;
	if (place >= 0)
		return 0;
	d = decimal_round(number_to_decimal(v), place, (enum decimal_rounding)e->op->id);
	if (!decimal_to_i64(d, &n))
		return status_set(
		    ev->st, 51080, "%s: the result is too large for a long", e->op->name);
	return make_integer(ev, n, v.type == TYPE_INT64, out);
}

static int round_double(struct expr_eval *ev, const struct expression *e, double d, int place,
    struct value *out)
{
	bool exact;

	if (!isfinite(d) || d == 0)
		return make_double(ev, d, out);
	if (place == 0)
		return make_double(
		    ev, e->op->id == DECIMAL_TO_ZERO ? trunc(d) : nearbyint(d), out);
	return make_double(ev,
	    decimal_to_double(decimal_round(decimal_from_double_exact(d, &exact), place,
		(enum decimal_rounding)e->op->id)),
	    out);
}

/* op->id: DECIMAL_TO_EVEN or DECIMAL_TO_ZERO. */
EXPR_EVAL(expr_eval_round)
{
	struct value v;
	int64_t place;
	bool null;
	int r = expr_eval(e->args[0], ev, &v);

	null = r == 0 && expr_is_nullish(v);
	*out = value_null;
	if (r || null)
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, 51081, "%s takes numbers, and not %s", e->op->name,
		    type_name(v.type));
	r = get_place(e, ev, &place, &null);
	if (r || null)
		return r;
	if (v.type == TYPE_DOUBLE)
		return round_double(ev, e, as_double(v), (int)place, out);
	if (v.type == TYPE_DECIMAL128)
		return make_decimal(ev,
		    decimal_round(decimal_read(v.data), (int)place,
			(enum decimal_rounding)e->op->id),
		    out);
	return round_integer(ev, e, v, (int)place, out);
}

/* ------------------------------------------------ bits */

static int not_bits(struct expr_eval *ev, const struct expression *e, struct value v)
{
	return status_set(ev->st, ERR_TYPE_MISMATCH, "%s takes ints and longs, and not %s",
	    e->op->name, type_name(v.type));
}

/* op->id: '&', '|' or '^'. */
EXPR_EVAL(expr_eval_bits)
{
	int64_t bits = e->op->id == '&' ? -1 : 0, n;
	bool is_long = false, null = false;

	for (int i = 0; i < e->n; i++) {
		struct value v;
		int r = expr_eval(e->args[i], ev, &v);

		if (r)
			return r;
		if (expr_is_nullish(v)) {
			null = true;
			continue;
		}
		if (v.type != TYPE_INT32 && v.type != TYPE_INT64)
			return not_bits(ev, e, v);
		(void)!value_to_i64(v, &n);
		is_long |= v.type == TYPE_INT64;
		bits = e->op->id == '&' ? bits & n : e->op->id == '|' ? bits | n : bits ^ n;
	}
	*out = value_null;
	return null ? 0 : make_integer(ev, bits, is_long, out);
}

EXPR_EVAL(expr_eval_bit_not)
{
	struct value v;
	int64_t n;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_INT32 && v.type != TYPE_INT64)
		return not_bits(ev, e, v);
	(void)!value_to_i64(v, &n);
	return make_integer(ev, ~n, v.type == TYPE_INT64, out);
}
