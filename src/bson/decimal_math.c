#include "bson/decimal.h"

/* As in decimal.c, which knows the library too. */
#define DECIMAL_CALL_BY_REFERENCE      0
#define DECIMAL_GLOBAL_ROUNDING        0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

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

static BID_UINT128 (*const functions[])(BID_UINT128 x, _IDEC_round rounding, _IDEC_flags *flags) = {
	[DECIMAL_ACOS] = bid128_acos,
	[DECIMAL_ACOSH] = bid128_acosh,
	[DECIMAL_ASIN] = bid128_asin,
	[DECIMAL_ASINH] = bid128_asinh,
	[DECIMAL_ATAN] = bid128_atan,
	[DECIMAL_ATANH] = bid128_atanh,
	[DECIMAL_COS] = bid128_cos,
	[DECIMAL_COSH] = bid128_cosh,
	[DECIMAL_EXP] = bid128_exp,
	[DECIMAL_LN] = bid128_log,
	[DECIMAL_LOG10] = bid128_log10,
	[DECIMAL_SIN] = bid128_sin,
	[DECIMAL_SINH] = bid128_sinh,
	[DECIMAL_SQRT] = bid128_sqrt,
	[DECIMAL_TAN] = bid128_tan,
	[DECIMAL_TANH] = bid128_tanh,
};

struct decimal decimal_call(enum decimal_function f, struct decimal d)
{
	_IDEC_flags flags = 0;

	return from_bid(functions[f](to_bid(d), BID_ROUNDING_TO_NEAREST, &flags));
}

struct decimal decimal_power(struct decimal base, struct decimal exponent)
{
	_IDEC_flags flags = 0;

	BID_UINT128 least = to_bid(
	    decimal_join((struct decimal_parts){.exponent = DECIMAL_EXPONENT_MIN}));
	BID_UINT128 power =
	    bid128_pow(to_bid(base), to_bid(exponent), BID_ROUNDING_TO_NEAREST, &flags);

	/* With all the digits there are, as MongoDB has it. */
	return from_bid(bid128_add(power, least, BID_ROUNDING_TO_NEAREST, &flags));
}

struct decimal decimal_atan2(struct decimal y, struct decimal x)
{
	_IDEC_flags flags = 0;

	return from_bid(bid128_atan2(to_bid(y), to_bid(x), BID_ROUNDING_TO_NEAREST, &flags));
}

static unsigned int mode_of(enum decimal_rounding how)
{
	static const unsigned int modes[] = {
	    [DECIMAL_TO_EVEN] = BID_ROUNDING_TO_NEAREST,
	    [DECIMAL_TO_ZERO] = BID_ROUNDING_TO_ZERO,
	    [DECIMAL_UP] = BID_ROUNDING_UP,
	    [DECIMAL_DOWN] = BID_ROUNDING_DOWN,
	};

	return modes[how];
}

struct decimal decimal_quantize(struct decimal d, int place, enum decimal_rounding how)
{
	struct decimal unit = decimal_join((struct decimal_parts){.exponent = -place, .low = 1});
	_IDEC_flags flags = 0;

	return from_bid(bid128_quantize(to_bid(d), to_bid(unit), mode_of(how), &flags));
}

struct decimal decimal_round(struct decimal d, int place, enum decimal_rounding how)
{
	struct decimal rounded = decimal_quantize(d, place, how);

	if (decimal_is_infinite(d))
		return d;
	/* More digits than there is room for: there is nothing behind that place. */
	return decimal_is_nan(rounded) ? d : rounded;
}
