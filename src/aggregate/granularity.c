#include "aggregate/granularity.h"

#include <math.h>
#include <stdio.h>

#include "bson/builder.h"
#include "bson/compare.h"
#include "bson/decimal.h"

enum {
	ERR_NOT_NUMERIC = 40258,
	ERR_NAN = 40259,
	ERR_NEGATIVE = 40260,
};

/* Each series within a decade, times 100.  The coarser ones take every so many-th. */

static const uint16_t renard[] = {100, 103, 106, 109, 112, 115, 118, 122, 125, 128, 132, 136,
    140, 145, 150, 155, 160, 165, 170, 175, 180, 185, 190, 195, 200, 206, 212, 218, 224, 230,
    236, 243, 250, 258, 265, 272, 280, 290, 300, 307, 315, 325, 335, 345, 355, 365, 375, 387,
    400, 412, 425, 437, 450, 462, 475, 487, 500, 515, 530, 545, 560, 580, 600, 615, 630, 650,
    670, 690, 710, 730, 750, 775, 800, 825, 850, 875, 900, 925, 950, 975};

static const uint16_t e24[] = {100, 110, 120, 130, 150, 160, 180, 200, 220, 240, 270, 300, 330,
    360, 390, 430, 470, 510, 560, 620, 680, 750, 820, 910};

static const uint16_t e192[] = {100, 101, 102, 104, 105, 106, 107, 109, 110, 111, 113, 114, 115,
    117, 118, 120, 121, 123, 124, 126, 127, 129, 130, 132, 133, 135, 137, 138, 140, 142, 143,
    145, 147, 149, 150, 152, 154, 156, 158, 160, 162, 164, 165, 167, 169, 172, 174, 176, 178,
    180, 182, 184, 187, 189, 191, 193, 196, 198, 200, 203, 205, 208, 210, 213, 215, 218, 221,
    223, 226, 229, 232, 234, 237, 240, 243, 246, 249, 252, 255, 258, 261, 264, 267, 271, 274,
    277, 280, 284, 287, 291, 294, 298, 301, 305, 309, 312, 316, 320, 324, 328, 332, 336, 340,
    344, 348, 352, 357, 361, 365, 370, 374, 379, 383, 388, 392, 397, 402, 407, 412, 417, 422,
    427, 432, 437, 442, 448, 453, 459, 464, 470, 475, 481, 487, 493, 499, 505, 511, 517, 523,
    530, 536, 542, 549, 556, 562, 569, 576, 583, 590, 597, 604, 612, 619, 626, 634, 642, 649,
    657, 665, 673, 681, 690, 698, 706, 715, 723, 732, 741, 750, 759, 768, 777, 787, 796, 806,
    816, 825, 835, 845, 856, 866, 876, 887, 898, 909, 920, 931, 942, 953, 965, 976, 988};

static const uint16_t one_two_five[] = {100, 200, 500};

struct granularity {
	const char *name;
	const uint16_t *series; /* NULL: the powers of two */
	int n, stride;
};

#define SERIES(name, series, stride)                                                           \
	{                                                                                      \
		name, series, ARRAY_LEN(series) / (stride), stride                             \
	}

static const struct granularity granularities[] = {
    SERIES("R5", renard, 16),
    SERIES("R10", renard, 8),
    SERIES("R20", renard, 4),
    SERIES("R40", renard, 2),
    SERIES("R80", renard, 1),
    SERIES("1-2-5", one_two_five, 1),
    SERIES("E6", e24, 4),
    SERIES("E12", e24, 2),
    SERIES("E24", e24, 1),
    SERIES("E48", e192, 4),
    SERIES("E96", e192, 2),
    SERIES("E192", e192, 1),
    {.name = "POWERSOF2"},
};

const struct granularity *granularity_find(struct view name)
{
	for (size_t i = 0; i < ARRAY_LEN(granularities); i++)
		if (view_equal(name, view_of_str(granularities[i].name)))
			return &granularities[i];
	return NULL;
}

/* ----------------------------------------------------------------- series */

/* The i-th number of the whole series, of which the 0-th is 100; i may be negative. */
static struct decimal series_at(const struct granularity *g, int i)
{
	int decade = i / g->n, place = i % g->n, n;
	struct decimal d;
	char text[32];

	if (place < 0) {
		place += g->n;
		decade--;
	}
	/* From text, which takes any exponent. */
	n = snprintf(text, sizeof(text), "%dE%d", g->series[place * g->stride], decade);
	return decimal_parse(view_of(text, (size_t)n), &d) ? d : decimal_from_i64(0);
}

/* Is the number that is d, as v is one, less (-1), equal or greater than v?  A double is compared
 * with the double that is nearest. */
static int compare_with(struct decimal d, struct value v)
{
	double x, y;

	if (v.type == TYPE_DECIMAL128)
		return decimal_compare(d, decimal_read(v.data));
	x = decimal_to_double(d);
	if (!value_to_double(v, &y))
		return -1;
	return (x > y) - (x < y);
}

/* A place in the series that is below v, and not far. */
static int place_below(const struct granularity *g, struct value v)
{
	struct decimal_parts p = decimal_split(number_to_decimal(v));
	unsigned __int128 coefficient = (unsigned __int128)p.high << 64 | p.low;
	int digits = 0;

	for (; coefficient; coefficient /= 10)
		digits++;
	return (p.exponent + digits - 4) * g->n;
}

static struct value round_in_series(
    const struct granularity *g, struct value v, bool up, struct arena *a)
{
	int i = place_below(g, v);
	struct decimal d;

	while (compare_with(series_at(g, i + 1), v) < 0)
		i++;
	/* The i-th is below v, and the next is not. */
	if (up) {
		i++;
		while (compare_with(series_at(g, i), v) <= 0)
			i++;
	}
	d = series_at(g, i);
	return v.type == TYPE_DECIMAL128 ? value_make_decimal(a, d)
					 : value_make_double(a, decimal_to_double(d));
}

/* ---------------------------------------------------------- powers of two */

static struct value decimal_power_of_two(struct value v, bool up, struct arena *a)
{
	struct decimal x = decimal_read(v.data), two = decimal_from_i64(2), power, half;
	struct decimal log =
	    decimal_divide(decimal_call(DECIMAL_LN, x), decimal_call(DECIMAL_LN, two));

	/* The logarithm is not exact: begin below. */
	power = decimal_power(
	    two, decimal_subtract(decimal_round(log, 0, DECIMAL_DOWN), decimal_from_i64(1)));
	for (;;) {
		half = power;
		power = decimal_multiply(power, two);
		if (up ? decimal_compare(power, x) > 0 : decimal_compare(power, x) >= 0)
			return value_make_decimal(a, up ? power : half);
	}
}

static struct value power_of_two(struct value v, bool up, struct arena *a)
{
	double x = 0, mantissa, power;
	int exponent;

	if (v.type == TYPE_DECIMAL128)
		return decimal_power_of_two(v, up, a);
	if (!value_to_double(v, &x))
		return value_missing;
	/* x = mantissa * 2^exponent, and the mantissa is in [0.5, 1). */
	mantissa = frexp(x, &exponent);
	if (up)
		power = ldexp(1, exponent);
	else
		power = ldexp(1, mantissa > 0.5 ? exponent - 1 : exponent - 2);
	if (power >= 1 && power <= INT32_MAX)
		return value_make_i32(a, (int32_t)power);
	if (power >= 1 && power < 0x1p63)
		return value_make_i64(a, (int64_t)power);
	return value_make_double(a, power);
}

static bool is_nan(struct value v)
{
	double d;

	if (v.type == TYPE_DECIMAL128)
		return decimal_is_nan(decimal_read(v.data));
	return value_to_double(v, &d) && isnan(d);
}

static bool is_infinite(struct value v)
{
	double d;

	if (v.type == TYPE_DECIMAL128)
		return decimal_is_infinite(decimal_read(v.data));
	return value_to_double(v, &d) && isinf(d);
}

int granularity_round(const struct granularity *g, struct value v, bool up, struct arena *a,
    struct value *out, struct status *st)
{
	if (!value_is_number(v))
		return status_set(st, ERR_NOT_NUMERIC,
		    "a granularity rounds numbers, and not %s", type_name(v.type));
	if (is_nan(v))
		return status_set(st, ERR_NAN, "a granularity does not round NaN");
	if (number_compare(v, value_zero) < 0)
		return status_set(
		    st, ERR_NEGATIVE, "a granularity does not round negative numbers");
	if (number_compare(v, value_zero) == 0 || is_infinite(v))
		*out = value_dup(a, v);
	else
		*out = g->series ? round_in_series(g, v, up, a) : power_of_two(v, up, a);
	return out->data
		   ? 0
		   : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a boundary");
}
