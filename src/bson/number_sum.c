#include "bson/number_sum.h"

#include <math.h>

#include "bson/builder.h"

static void add_double(struct number_sum *s, double d)
{
	double t = s->sum + d;

	if (isfinite(t)) {
		if (fabs(s->sum) >= fabs(d))
			s->carry += (s->sum - t) + d;
		else
			s->carry += (d - t) + s->sum;
	}
	s->sum = t;
}

static void add_decimal(struct number_sum *s, struct decimal d)
{
	/* On top of 0, which has no sign. */
	s->decimals = decimal_add(s->has_decimal ? s->decimals : decimal_from_i64(0), d);
	s->has_decimal = true;
}

void number_sum_add(struct number_sum *s, struct value v)
{
	switch (v.type) {
	case TYPE_INT32:
		s->integers += read_i32(v.data);
		break;
	case TYPE_INT64:
		s->int64s++;
		s->integers += read_i64(v.data);
		break;
	case TYPE_DOUBLE:
		s->doubles++;
		add_double(s, read_double(v.data));
		break;
	case TYPE_DECIMAL128:
		add_decimal(s, decimal_read(v.data));
		break;
	default:
		return;
	}
	s->n++;
}

void number_sum_add_as_double(struct number_sum *s, struct value v)
{
	double d;

	if (v.type != TYPE_INT32 && v.type != TYPE_INT64) {
		number_sum_add(s, v);
		return;
	}
	(void)value_to_double(v, &d);
	s->doubles++;
	add_double(s, d);
	s->n++;
}

static bool remove_double(struct number_sum *s, double d)
{
	if (!isfinite(d) || !isfinite(s->sum))
		return false;
	add_double(s, -d);
	if (--s->doubles == 0)
		s->sum = s->carry = 0;
	return true;
}

bool number_sum_remove(struct number_sum *s, struct value v)
{
	if (!value_is_number(v))
		return true;
	if (s->has_decimal || (v.type == TYPE_DOUBLE && !remove_double(s, read_double(v.data))))
		return false;
	if (v.type == TYPE_INT32) {
		s->integers -= read_i32(v.data);
	} else if (v.type == TYPE_INT64) {
		s->integers -= read_i64(v.data);
		s->int64s--;
	}
	s->n--;
	return true;
}

static double double_total(const struct number_sum *s)
{
	double t = s->sum + (double)s->integers;

	return isfinite(s->carry) ? t + s->carry : t;
}

/* Exact: as many additions as it takes to need more digits nobody makes. */
static struct decimal decimal_of_integer(__int128 n)
{
	unsigned __int128 u = n < 0 ? -(unsigned __int128)n : (unsigned __int128)n;

	return decimal_join((struct decimal_parts){
	    .negative = n < 0, .high = (uint64_t)(u >> 64), .low = (uint64_t)u});
}

static struct decimal decimal_total(const struct number_sum *s)
{
	struct number_sum copy = *s;

	bool exact;

	/* With all digits that the doubles have. */
	if (copy.doubles)
		add_decimal(&copy, decimal_from_double_exact(s->sum, &exact));
	if (copy.carry != 0 && isfinite(copy.carry))
		add_decimal(&copy, decimal_from_double_exact(s->carry, &exact));
	add_decimal(&copy, decimal_of_integer(s->integers));
	return copy.decimals;
}

struct value number_sum_total(const struct number_sum *s, struct arena *a)
{
	if (s->has_decimal)
		return value_make_decimal(a, decimal_total(s));
	if (s->doubles)
		return value_make_double(a, double_total(s));
	if (s->integers < INT64_MIN || s->integers > INT64_MAX)
		return value_make_double(a, (double)s->integers);
	if (s->int64s || s->integers < INT32_MIN || s->integers > INT32_MAX)
		return value_make_i64(a, (int64_t)s->integers);
	return value_make_i32(a, (int32_t)s->integers);
}

struct value number_sum_average(const struct number_sum *s, struct arena *a)
{
	if (!s->n)
		return value_missing;
	if (s->has_decimal)
		return value_make_decimal(
		    a, decimal_divide(decimal_total(s), decimal_from_i64(s->n)));
	return value_make_double(a, double_total(s) / (double)s->n);
}

void number_spread_add(struct number_spread *s, struct value v)
{
	double d, difference;

	if (!value_is_number(v))
		return;
	(void)value_to_double(v, &d);
	difference = d - s->mean;
	s->mean += difference / (double)++s->n;
	s->squares += difference * (d - s->mean);
}

bool number_spread_deviation(const struct number_spread *s, bool of_sample, double *out)
{
	int64_t n = s->n - of_sample;

	if (n <= 0)
		return false;
	*out = sqrt(s->squares / (double)n);
	return true;
}

bool number_spread_remove(struct number_spread *s, struct value v)
{
	double d, difference;

	if (!value_is_number(v))
		return true;
	(void)value_to_double(v, &d);
	if (!isfinite(d) || !isfinite(s->squares))
		return false;
	if (s->n == 1) {
		*s = (struct number_spread){0};
		return true;
	}
	difference = d - s->mean;
	s->mean -= difference / (double)--s->n;
	s->squares = fmax(0, s->squares - difference * (d - s->mean));
	return true;
}

/* ------------------------------------------------------------- covariance */

static bool is_decimal_pair(const struct number_covariance *c)
{
	return c->x.has_decimal || c->y.has_decimal;
}

static double from_average(const struct number_sum *s, int64_t n, struct value v)
{
	double d;

	(void)value_to_double(v, &d);
	return d - double_total(s) / (double)n;
}

static struct decimal decimal_from_average(
    const struct number_sum *s, int64_t n, struct value v)
{
	if (!s->has_decimal && v.type != TYPE_DECIMAL128)
		return decimal_from_double(from_average(s, n, v));
	return decimal_subtract(
	    number_to_decimal(v), decimal_divide(decimal_total(s), decimal_from_i64(n)));
}

static void add_product(struct number_covariance *c, struct decimal dx, struct decimal dy)
{
	if (!c->has_decimal)
		c->decimal_products =
		    c->products != 0 ? decimal_from_double(c->products) : decimal_from_i64(0);
	c->has_decimal = true;
	c->decimal_products = decimal_add(c->decimal_products, decimal_multiply(dx, dy));
}

/* (x - the average before) * (y - the average behind it) */
void number_covariance_add(struct number_covariance *c, struct value x, struct value y)
{
	struct number_sum before = c->x;

	if (!value_is_number(x) || !value_is_number(y))
		return;
	number_sum_add(&c->x, x);
	number_sum_add(&c->y, y);
	if (c->n++ == 0)
		return;
	if (is_decimal_pair(c))
		add_product(c, decimal_from_average(&before, c->n - 1, x),
		    decimal_from_average(&c->y, c->n, y));
	else
		c->products +=
		    from_average(&before, c->n - 1, x) * from_average(&c->y, c->n, y);
}

bool number_covariance_remove(struct number_covariance *c, struct value x, struct value y)
{
	struct number_covariance old = *c;

	if (!value_is_number(x) || !value_is_number(y))
		return true;
	if (c->n == 1) {
		*c = (struct number_covariance){0};
		return true;
	}
	if (is_decimal_pair(c) || !isfinite(c->products) || !number_sum_remove(&c->x, x) ||
	    !number_sum_remove(&c->y, y)) {
		*c = old;
		return false;
	}
	c->products -= from_average(&c->x, c->n - 1, x) * from_average(&old.y, c->n, y);
	c->n--;
	return true;
}

struct value number_covariance_make(
    const struct number_covariance *c, bool of_sample, struct arena *a)
{
	int64_t n = c->n - of_sample;

	if (n <= 0)
		return value_missing;
	if (c->has_decimal)
		return value_make_decimal(
		    a, decimal_divide(c->decimal_products, decimal_from_double((double)n)));
	return value_make_double(a, c->products / (double)n);
}
