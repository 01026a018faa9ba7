/*
 * $sum, $avg and $count.
 *
 * Integers are added exactly in 128 bits; doubles with the error of each
 * addition carried along (Neumaier), so that the order hardly matters; a
 * decimal makes it decimal.  Everything that is no number is passed over.
 */
#include <math.h>

#include "aggregate/accumulator.h"
#include "bson/decimal.h"

struct sum_state {
	__int128 integers;
	double sum, carry;
	struct decimal decimals;
	bool has_int64, has_double, has_decimal;
	int64_t n;
};

static void add_double(struct sum_state *s, double d)
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

static void add_decimal(struct sum_state *s, struct decimal d, struct arena *a)
{
	uint8_t x[16], y[16];
	struct value sum;

	if (!s->has_decimal) {
		s->has_decimal = true;
		s->decimals = d;
		return;
	}
	decimal_write(x, s->decimals);
	decimal_write(y, d);
	sum = number_add((struct value){x, 16, TYPE_DECIMAL128},
	    (struct value){y, 16, TYPE_DECIMAL128}, OVERFLOW_TO_DOUBLE, a);
	if (sum.data)
		s->decimals = decimal_read(sum.data);
}

static void sum_add(void *state, struct value v, const struct accumulation *cx)
{
	struct sum_state *s = state;

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
		add_decimal(s, decimal_read(v.data), cx->arena);
		break;
	default:
		return;
	}
	s->n++;
}

static double double_total(const struct sum_state *s)
{
	double t = s->sum + (double)s->integers;

	return isfinite(s->carry) ? t + s->carry : t;
}

static struct decimal decimal_of(const struct sum_state *s, struct arena *a)
{
	struct sum_state copy = *s;

	if (copy.has_double)
		add_decimal(&copy, decimal_from_double(s->sum + s->carry), a);
	if (copy.integers >= INT64_MIN && copy.integers <= INT64_MAX)
		add_decimal(&copy, decimal_from_i64((int64_t)copy.integers), a);
	else
		add_decimal(&copy, decimal_from_double((double)copy.integers), a);
	return copy.decimals;
}

static void append_decimal(struct builder *b, const char *name, struct decimal d)
{
	uint8_t bytes[16];

	decimal_write(bytes, d);
	builder_value(b, name, (struct value){bytes, 16, TYPE_DECIMAL128});
}

static void sum_finish(const void *state, struct builder *b, const char *name)
{
	const struct sum_state *s = state;

	if (s->has_decimal) {
		struct arena a;

		arena_init(&a, NULL);
		append_decimal(b, name, decimal_of(s, &a));
		arena_clear(&a);
	} else if (s->has_double) {
		builder_double(b, name, double_total(s));
	} else if (s->integers < INT64_MIN || s->integers > INT64_MAX) {
		builder_double(b, name, (double)s->integers);
	} else if (s->has_int64 || s->integers < INT32_MIN || s->integers > INT32_MAX) {
		builder_i64(b, name, (int64_t)s->integers);
	} else {
		builder_i32(b, name, (int32_t)s->integers);
	}
}

static void avg_finish(const void *state, struct builder *b, const char *name)
{
	const struct sum_state *s = state;

	if (!s->n) {
		builder_null(b, name);
	} else if (s->has_decimal) {
		struct arena a;

		arena_init(&a, NULL);
		append_decimal(b, name, decimal_divide(decimal_of(s, &a), decimal_from_i64(s->n)));
		arena_clear(&a);
	} else {
		builder_double(b, name, double_total(s) / (double)s->n);
	}
}

static void count_add(void *state, struct value v, const struct accumulation *cx)
{
	struct sum_state *s = state;

	s->integers++;
}

const struct accumulator acc_sum = {
    .name = "$sum",
    .help = "The sum of the numbers.",
    .state_size = sizeof(struct sum_state),
    .add = sum_add,
    .finish = sum_finish,
};

const struct accumulator acc_avg = {
    .name = "$avg",
    .help = "The average of the numbers; null where there is none.",
    .state_size = sizeof(struct sum_state),
    .add = sum_add,
    .finish = avg_finish,
};

const struct accumulator acc_count = {
    .name = "$count",
    .help = "How many documents.",
    .state_size = sizeof(struct sum_state),
    .add = count_add,
    .finish = sum_finish,
    .no_operand = true,
};
