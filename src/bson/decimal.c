#include "bson/decimal.h"

#include <bson/bson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The variant of Intel's library that has values, rounding and flags as
 * arguments and results. */
#define DECIMAL_CALL_BY_REFERENCE      0
#define DECIMAL_GLOBAL_ROUNDING        0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

#define SIGN_BIT      (1ULL << 63)
#define SPECIAL_MASK  (0x1EULL << 58)
#define NAN_MASK      (0x1FULL << 58)
#define EXPONENT_BIAS 6176

static BID_UINT128 to_bid(struct decimal d)
{
	BID_UINT128 x;

	x.w[BID_LOW_128W] = d.low;
	x.w[BID_HIGH_128W] = d.high;
	return x;
}

static struct decimal from_bid(BID_UINT128 x)
{
	return (struct decimal){x.w[BID_LOW_128W], x.w[BID_HIGH_128W]};
}

struct decimal decimal_read(const uint8_t *p)
{
	return (struct decimal){(uint64_t)read_i64(p), (uint64_t)read_i64(p + 8)};
}

void decimal_write(uint8_t *p, struct decimal d)
{
	uint64_t low = htole64(d.low), high = htole64(d.high);

	memcpy(p, &low, 8);
	memcpy(p + 8, &high, 8);
}

bool decimal_is_nan(struct decimal d)
{
	return (d.high & NAN_MASK) == NAN_MASK;
}

bool decimal_is_infinite(struct decimal d)
{
	return (d.high & NAN_MASK) == SPECIAL_MASK;
}

bool decimal_is_negative(struct decimal d)
{
	return (d.high & SIGN_BIT) != 0;
}

bool decimal_is_zero(struct decimal d)
{
	struct decimal_parts p;

	if ((d.high & SPECIAL_MASK) == SPECIAL_MASK)
		return false;
	p = decimal_split(d);
	return p.high == 0 && p.low == 0;
}

/* 10^34, the first coefficient that is too large. */
static bool too_large(uint64_t high, uint64_t low)
{
	const uint64_t max_high = 0x1ED09BEAD87C0, max_low = 0x378D8E6400000000;

	return high > max_high || (high == max_high && low >= max_low);
}

struct decimal_parts decimal_split(struct decimal d)
{
	struct decimal_parts p = {.negative = decimal_is_negative(d)};

	if ((d.high >> 61 & 3) == 3) {
		/* the form for coefficients from 2^113 on, all too large */
		p.exponent = (int)(d.high >> 47 & 0x3FFF) - EXPONENT_BIAS;
		return p;
	}
	p.exponent = (int)(d.high >> 49 & 0x3FFF) - EXPONENT_BIAS;
	p.high = d.high & ((1ULL << 49) - 1);
	p.low = d.low;
	if (too_large(p.high, p.low))
		p.high = p.low = 0;
	return p;
}

struct decimal decimal_join(struct decimal_parts p)
{
	uint64_t exponent = (uint64_t)(p.exponent + EXPONENT_BIAS);

	assert(p.exponent >= DECIMAL_EXPONENT_MIN && p.exponent <= DECIMAL_EXPONENT_MAX);
	assert(!too_large(p.high, p.low));
	return (struct decimal){p.low, (p.negative ? SIGN_BIT : 0) | exponent << 49 | p.high};
}

struct decimal decimal_from_i64(int64_t v)
{
	return from_bid(bid128_from_int64(v));
}

static struct decimal special(double d)
{
	uint64_t sign = signbit(d) ? SIGN_BIT : 0;

	if (isnan(d))
		return (struct decimal){0, NAN_MASK};
	return (struct decimal){0, sign | SPECIAL_MASK};
}

struct decimal decimal_from_double(double d)
{
	struct decimal_parts p = {.negative = signbit(d) != 0};
	char text[32];
	const char *s;

	if (!isfinite(d))
		return special(d);
	if (d == 0)
		return decimal_join(p);
	/* d.dddddddddddddde+xxx, correctly rounded by the C library */
	snprintf(text, sizeof(text), "%.14e", fabs(d));
	for (s = text; *s != 'e'; s++)
		if (*s >= '0' && *s <= '9')
			p.low = p.low * 10 + (uint64_t)(*s - '0');
	p.exponent = atoi(s + 1) - 14;
	return decimal_join(p);
}

struct decimal decimal_from_double_exact(double d, bool *exact)
{
	_IDEC_flags flags = 0;
	BID_UINT128 x = binary64_to_bid128(d, BID_ROUNDING_TO_NEAREST, &flags);

	*exact = !(flags & BID_INEXACT_EXCEPTION);
	return from_bid(x);
}

double decimal_to_double(struct decimal d)
{
	_IDEC_flags flags = 0;

	return bid128_to_binary64(to_bid(d), BID_ROUNDING_TO_NEAREST, &flags);
}

double decimal_truncate_to_double(struct decimal d, bool *exact)
{
	_IDEC_flags flags = 0;
	double x = bid128_to_binary64(to_bid(d), BID_ROUNDING_TO_ZERO, &flags);

	*exact = !(flags & BID_INEXACT_EXCEPTION);
	return x;
}

bool decimal_to_i64(struct decimal d, int64_t *out)
{
	_IDEC_flags flags = 0;
	int64_t v = bid128_to_int64_xint(to_bid(d), &flags);

	if (flags & (BID_INVALID_EXCEPTION | BID_INEXACT_EXCEPTION))
		return false;
	*out = v;
	return true;
}

int64_t decimal_to_i64_clamped(struct decimal d)
{
	_IDEC_flags flags = 0;
	int64_t v = bid128_to_int64_int(to_bid(d), &flags);

	if (!(flags & BID_INVALID_EXCEPTION))
		return v;
	if (decimal_is_nan(d))
		return 0;
	return decimal_is_negative(d) ? INT64_MIN : INT64_MAX;
}

int decimal_compare(struct decimal a, struct decimal b)
{
	bool a_nan = decimal_is_nan(a), b_nan = decimal_is_nan(b);
	_IDEC_flags flags = 0;

	if (a_nan || b_nan)
		return b_nan - a_nan;
	if (bid128_quiet_less(to_bid(a), to_bid(b), &flags))
		return -1;
	return bid128_quiet_greater(to_bid(a), to_bid(b), &flags);
}

struct decimal decimal_add(struct decimal a, struct decimal b)
{
	_IDEC_flags flags = 0;

	return from_bid(bid128_add(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags));
}

struct decimal decimal_subtract(struct decimal a, struct decimal b)
{
	_IDEC_flags flags = 0;

	return from_bid(bid128_sub(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags));
}

struct decimal decimal_multiply(struct decimal a, struct decimal b)
{
	_IDEC_flags flags = 0;

	return from_bid(bid128_mul(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags));
}

struct decimal decimal_divide(struct decimal a, struct decimal b)
{
	_IDEC_flags flags = 0;

	return from_bid(bid128_div(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags));
}

struct decimal decimal_modulo(struct decimal a, struct decimal b)
{
	_IDEC_flags flags = 0;

	return from_bid(bid128_fmod(to_bid(a), to_bid(b), &flags));
}

struct decimal decimal_negate(struct decimal d)
{
	return (struct decimal){d.low, d.high ^ SIGN_BIT};
}

size_t decimal_format(struct decimal d, char text[static DECIMAL_TEXT_MAX])
{
	bson_decimal128_t x = {.low = d.low, .high = d.high};

	_Static_assert(DECIMAL_TEXT_MAX >= BSON_DECIMAL128_STRING, "room for the text");
	bson_decimal128_to_string(&x, text);
	return strlen(text);
}

static size_t skip_digits(struct view t, size_t i)
{
	while (i < t.len && t.data[i] >= '0' && t.data[i] <= '9')
		i++;
	return i;
}

/* Digits with at most one point and perhaps an exponent. */
static bool is_finite_text(struct view t)
{
	size_t i = 0, digits, start;

	if (t.len && (t.data[0] == '+' || t.data[0] == '-'))
		i++;
	start = i;
	i = skip_digits(t, i);
	digits = i - start;
	if (i < t.len && t.data[i] == '.') {
		start = ++i;
		i = skip_digits(t, i);
		digits += i - start;
	}
	if (!digits)
		return false;
	if (i < t.len && (t.data[i] == 'e' || t.data[i] == 'E')) {
		i++;
		if (i < t.len && (t.data[i] == '+' || t.data[i] == '-'))
			i++;
		start = i;
		i = skip_digits(t, i);
		if (i == start)
			return false;
	}
	return i == t.len;
}

static bool parse_special(struct view t, struct decimal *out)
{
	static const struct {
		const char *name;
		uint64_t high;
	} specials[] = {{"nan", NAN_MASK}, {"inf", SPECIAL_MASK}, {"infinity", SPECIAL_MASK}};
	uint64_t sign = t.len && t.data[0] == '-' ? SIGN_BIT : 0;
	size_t i;

	if (t.len && (t.data[0] == '+' || t.data[0] == '-'))
		t = view_of(t.data + 1, t.len - 1);
	for (i = 0; i < ARRAY_LEN(specials); i++) {
		if (t.len != strlen(specials[i].name) ||
		    strncasecmp((const char *)t.data, specials[i].name, t.len) != 0)
			continue;
		*out = (struct decimal){0, sign | specials[i].high};
		return true;
	}
	return false;
}

bool decimal_parse(struct view text, struct decimal *out)
{
	_IDEC_flags flags = 0;
	char *copy;

	if (!is_finite_text(text))
		return parse_special(text, out);
	copy = strndup((const char *)text.data, text.len);
	if (!copy)
		return false;
	*out = from_bid(bid128_from_string(copy, BID_ROUNDING_TO_NEAREST, &flags));
	free(copy);
	return true;
}
