#include "bson/number_sum.h"

#include <math.h>

#include "bson/builder.h"

static void add_double(struct number_sum *s, double d)
{
	double t = s->sum + d;

	s->has_double = true;
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
		s->has_int64 = true;
		s->integers += read_i64(v.data);
		break;
	case TYPE_DOUBLE:
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
	add_double(s, d);
	s->n++;
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
	if (copy.has_double)
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
	if (s->has_double)
		return value_make_double(a, double_total(s));
	if (s->integers < INT64_MIN || s->integers > INT64_MAX)
		return value_make_double(a, (double)s->integers);
	if (s->has_int64 || s->integers < INT32_MIN || s->integers > INT32_MAX)
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
