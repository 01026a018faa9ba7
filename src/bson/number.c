/*
 * The four number kinds together: conversions (bson/value.h), the order
 * (bson/compare.h) and arithmetic (bson/decimal.h).
 */
#include <math.h>

#include "bson/builder.h"
#include "bson/compare.h"
#include "bson/decimal.h"

#define TWO_63 9223372036854775808.0

static bool is_int(struct value v)
{
	return v.type == TYPE_INT32 || v.type == TYPE_INT64;
}

static int64_t int_of(struct value v)
{
	return v.type == TYPE_INT32 ? read_i32(v.data) : read_i64(v.data);
}

static bool double_to_i64(double d, int64_t *out)
{
	if (!(d >= -TWO_63 && d < TWO_63) || trunc(d) != d)
		return false;
	*out = (int64_t)d;
	return true;
}

bool value_to_i64(struct value v, int64_t *out)
{
	switch (v.type) {
	case TYPE_INT32:
	case TYPE_INT64:
		*out = int_of(v);
		return true;
	case TYPE_DOUBLE:
		return double_to_i64(read_double(v.data), out);
	case TYPE_DECIMAL128:
		return decimal_to_i64(decimal_read(v.data), out);
	default:
		return false;
	}
}

static int64_t double_to_i64_clamped(double d)
{
	if (isnan(d))
		return 0;
	if (d >= TWO_63)
		return INT64_MAX;
	return d < -TWO_63 ? INT64_MIN : (int64_t)d;
}

bool value_to_i64_clamped(struct value v, int64_t *out)
{
	if (is_int(v))
		*out = int_of(v);
	else if (v.type == TYPE_DOUBLE)
		*out = double_to_i64_clamped(read_double(v.data));
	else if (v.type == TYPE_DECIMAL128)
		*out = decimal_to_i64_clamped(decimal_read(v.data));
	else
		return false;
	return true;
}

bool value_to_double(struct value v, double *out)
{
	if (is_int(v))
		*out = (double)int_of(v);
	else if (v.type == TYPE_DOUBLE)
		*out = read_double(v.data);
	else if (v.type == TYPE_DECIMAL128)
		*out = decimal_to_double(decimal_read(v.data));
	else
		return false;
	return true;
}

bool value_truthy(struct value v)
{
	switch (v.type) {
	case TYPE_EOD:
	case TYPE_NULL:
	case TYPE_UNDEFINED:
		return false;
	case TYPE_BOOL:
		return value_bool(v);
	case TYPE_INT32:
	case TYPE_INT64:
		return int_of(v) != 0;
	case TYPE_DOUBLE:
		return read_double(v.data) != 0;
	case TYPE_DECIMAL128:
		return !decimal_is_zero(decimal_read(v.data));
	default:
		return true;
	}
}

struct decimal number_to_decimal(struct value v)
{
	if (is_int(v))
		return decimal_from_i64(int_of(v));
	if (v.type == TYPE_DECIMAL128)
		return decimal_read(v.data);
	return decimal_from_double(v.type == TYPE_DOUBLE ? read_double(v.data) : NAN);
}

struct value value_make_decimal(struct arena *a, struct decimal d)
{
	uint8_t *p = arena_alloc(a, 16);

	if (p)
		decimal_write(p, d);
	return (struct value){p, 16, TYPE_DECIMAL128};
}

/* ------------------------------------------------------------------ order */

static int order_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int order_double(double a, double b)
{
	if (isnan(a) || isnan(b))
		return !!isnan(b) - !!isnan(a);
	return (a > b) - (a < b);
}

/* Converting the int64 would round it; the double's integral part fits. */
static int order_i64_double(int64_t a, double b)
{
	int64_t cut;

	if (isnan(b))
		return 1;
	if (b >= TWO_63)
		return -1;
	if (b < -TWO_63)
		return 1;
	cut = (int64_t)b;
	return a != cut ? order_i64(a, cut) : order_double((double)cut, b);
}

/* No double lies between the decimal and what it is cut to. */
static int order_decimal_double(struct decimal a, double b)
{
	double cut;
	bool exact;

	if (decimal_is_nan(a) || isnan(b))
		return !!isnan(b) - decimal_is_nan(a);
	cut = decimal_truncate_to_double(a, &exact);
	if (exact || cut != b)
		return order_double(cut, b);
	return decimal_is_negative(a) ? -1 : 1;
}

int number_compare(struct value a, struct value b)
{
	if (is_int(a) && is_int(b))
		return order_i64(int_of(a), int_of(b));
	if (a.type == TYPE_DOUBLE && b.type == TYPE_DOUBLE)
		return order_double(read_double(a.data), read_double(b.data));
	if (is_int(a) && b.type == TYPE_DOUBLE)
		return order_i64_double(int_of(a), read_double(b.data));
	if (a.type == TYPE_DOUBLE && is_int(b))
		return -order_i64_double(int_of(b), read_double(a.data));
	if (a.type == TYPE_DOUBLE)
		return -order_decimal_double(decimal_read(b.data), read_double(a.data));
	if (b.type == TYPE_DOUBLE)
		return order_decimal_double(decimal_read(a.data), read_double(b.data));
	return decimal_compare(number_to_decimal(a), number_to_decimal(b));
}

/* ------------------------------------------------------------- arithmetic */

/* One operation on each of the kinds it is done in. */
struct arithmetic {
	bool (*i64)(int64_t x, int64_t y, int64_t *out); /* true: overflow */
	double (*dbl)(double x, double y);
	struct decimal (*dec)(struct decimal x, struct decimal y);
};

static struct value in_ints(const struct arithmetic *op, struct value x, struct value y,
    enum number_overflow o, struct arena *a)
{
	int64_t i = int_of(x), j = int_of(y), result;

	if (op->i64(i, j, &result)) {
		if (o == OVERFLOW_FAILS)
			return value_missing;
		return value_make_double(a, op->dbl((double)i, (double)j));
	}
	if (x.type == TYPE_INT32 && y.type == TYPE_INT32 && result >= INT32_MIN &&
	    result <= INT32_MAX)
		return value_make_i32(a, (int32_t)result);
	return value_make_i64(a, result);
}

static struct value apply(const struct arithmetic *op, struct value x, struct value y,
    enum number_overflow o, struct arena *a)
{
	double d = NAN, e = NAN;

	if (is_int(x) && is_int(y))
		return in_ints(op, x, y, o, a);
	if (x.type == TYPE_DECIMAL128 || y.type == TYPE_DECIMAL128)
		return value_make_decimal(
		    a, op->dec(number_to_decimal(x), number_to_decimal(y)));
	value_to_double(x, &d);
	value_to_double(y, &e);
	return value_make_double(a, op->dbl(d, e));
}

static bool add_i64(int64_t x, int64_t y, int64_t *out)
{
	return __builtin_add_overflow(x, y, out);
}

static bool subtract_i64(int64_t x, int64_t y, int64_t *out)
{
	return __builtin_sub_overflow(x, y, out);
}

static bool multiply_i64(int64_t x, int64_t y, int64_t *out)
{
	return __builtin_mul_overflow(x, y, out);
}

static double add_double(double x, double y)
{
	return x + y;
}

static double subtract_double(double x, double y)
{
	return x - y;
}

static double multiply_double(double x, double y)
{
	return x * y;
}

struct value number_add(struct value x, struct value y, enum number_overflow o, struct arena *a)
{
	static const struct arithmetic op = {add_i64, add_double, decimal_add};

	return apply(&op, x, y, o, a);
}

struct value number_subtract(
    struct value x, struct value y, enum number_overflow o, struct arena *a)
{
	static const struct arithmetic op = {subtract_i64, subtract_double, decimal_subtract};

	return apply(&op, x, y, o, a);
}

struct value number_multiply(
    struct value x, struct value y, enum number_overflow o, struct arena *a)
{
	static const struct arithmetic op = {multiply_i64, multiply_double, decimal_multiply};

	return apply(&op, x, y, o, a);
}
