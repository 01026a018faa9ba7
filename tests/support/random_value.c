#include "support/random_value.h"

#include <float.h>
#include <math.h>

#include "bson/decimal.h"

uint64_t rng_next(struct rng *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state * 0x2545F4914F6CDD1D;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) % n);
}

static int64_t random_i64(struct rng *r)
{
	int64_t n;

	switch (rng_below(r, 4)) {
	case 0:
		n = rng_below(r, 5);
		break;
	case 1: /* near a power of two */
		n = (int64_t)((1ULL << rng_below(r, 64)) + rng_below(r, 3) - 1);
		break;
	case 2:
		n = (int64_t)(rng_next(r) >> rng_below(r, 64));
		break;
	default:
		n = rng_below(r, 2) ? INT64_MIN : INT64_MAX;
		n = rng_below(r, 2) ? n : (1LL << 53) + rng_below(r, 3) - 1;
	}
	return rng_below(r, 2) ? n : (int64_t) - (uint64_t)n;
}

static double random_double(struct rng *r)
{
	static const double special[] = {0.0, -0.0, 0.1, 0.5, 1.5, 1e15, 1e22, 1e23, 1e300,
	    DBL_MAX, DBL_MIN, DBL_TRUE_MIN, 0x1p63, 0x1p53, 0x1p-60, INFINITY, NAN,
	    4503599627370496.5, 127.99999999999999, 999999999.5};
	uint64_t bits;
	double d;

	switch (rng_below(r, 5)) {
	case 0:
		d = (double)random_i64(r);
		break;
	case 1:
		d = ldexp((double)(rng_next(r) >> 11), -(int)rng_below(r, 60));
		break;
	case 2: /* any bits, so also NaN with a payload */
		bits = rng_next(r);
		memcpy(&d, &bits, 8);
		return d;
	case 3:
		d = ldexp(1 + rng_below(r, 4), (int)rng_below(r, 2100) - 1074);
		break;
	default:
		d = special[rng_below(r, ARRAY_LEN(special))];
	}
	if (rng_below(r, 3) == 0)
		d = nextafter(d, rng_below(r, 2) ? INFINITY : -INFINITY);
	return rng_below(r, 2) ? d : -d;
}

static struct decimal parse(const char *text)
{
	struct decimal d = {0, 0};
	bool good = decimal_parse(view_of_str(text), &d);

	assert(good);
	(void)good;
	return d;
}

/* A neighbour among those with the same exponent. */
static struct decimal step(struct rng *r, struct decimal d)
{
	struct decimal_parts p;

	if (decimal_is_nan(d) || decimal_is_infinite(d))
		return d;
	p = decimal_split(d);
	if (rng_below(r, 2) && p.low > 1)
		p.low--;
	else if (p.high < 0x1ED09BEAD87C0 && p.low != UINT64_MAX)
		p.low++;
	return decimal_join(p);
}

static struct decimal random_decimal(struct rng *r)
{
	static const char *const special[] = {"0", "-0", "0E+6111", "0.00", "0.1", "0.10",
	    "1.000", "NaN", "-NaN", "Infinity", "-Infinity", "1E-6176",
	    "9.999999999999999999999999999999999E+6144", "1E+6144", "1E+400", "1E-400",
	    "9223372036854775807.5", "9223372036854775808", "19.99",
	    "999999999.0000000000000000000000001", "0.3333333333333333333333333333333333"};
	struct decimal_parts p = {0};
	struct decimal d;
	bool exact;

	switch (rng_below(r, 6)) {
	case 0:
		d = decimal_from_i64(random_i64(r));
		break;
	case 1:
		d = decimal_from_double_exact(random_double(r), &exact);
		break;
	case 2:
		d = decimal_from_double(random_double(r));
		break;
	case 3: /* any bits, so also what is not canonical */
		return (struct decimal){rng_next(r), rng_next(r)};
	case 4:
		p.low = rng_next(r) >> rng_below(r, 64);
		p.high = rng_next(r) >> (16 + rng_below(r, 48));
		p.high %= 0x1ED09BEAD87C0;
		p.exponent = rng_below(r, 2) ? (int)rng_below(r, 70) - 60
					     : (int)rng_below(r, 12288) + DECIMAL_EXPONENT_MIN;
		d = decimal_join(p);
		break;
	default:
		d = parse(special[rng_below(r, ARRAY_LEN(special))]);
	}
	if (rng_below(r, 3) == 0)
		d = step(r, d);
	if (rng_below(r, 4) == 0) /* zeros at the end */
		d = decimal_multiply(d, parse(rng_below(r, 2) ? "1.00" : "1.00000000000"));
	return rng_below(r, 2) ? d : decimal_negate(d);
}

void random_number(struct rng *r, struct builder *b, const char *name)
{
	uint8_t bytes[16];

	switch (rng_below(r, 4)) {
	case 0:
		builder_i32(b, name, (int32_t)random_i64(r));
		return;
	case 1:
		builder_i64(b, name, random_i64(r));
		return;
	case 2:
		builder_double(b, name, random_double(r));
		return;
	default:
		decimal_write(bytes, random_decimal(r));
		builder_value(b, name, (struct value){bytes, 16, TYPE_DECIMAL128});
	}
}

/* Few letters, those that are escaped in keys among them. */
static struct view random_text(struct rng *r, bool with_nul, char text[static 40])
{
	static const char letters[] = {0, 1, 2, 'a', 'b', (char)0xFF, 'z', 'a'};
	size_t len = rng_below(r, 8) ? rng_below(r, 4) : rng_below(r, 39), i;

	for (i = 0; i < len; i++) {
		text[i] = letters[rng_below(r, ARRAY_LEN(letters))];
		if (!with_nul && !text[i])
			text[i] = 3;
	}
	text[len] = 0;
	return view_of(text, len);
}

static void random_string(struct rng *r, struct builder *b, const char *name)
{
	static const uint8_t types[] = {TYPE_STRING, TYPE_STRING, TYPE_SYMBOL, TYPE_CODE};
	char text[40];

	builder_str_type(b, name, types[rng_below(r, 4)], random_text(r, true, text));
}

static void random_elements(struct rng *r, struct builder *b, bool named, int depth)
{
	uint32_t n = rng_below(r, 4);
	char name[40];

	while (n--) {
		random_text(r, false, name);
		random_element(r, b, named ? name : NULL, depth);
	}
}

static void random_binary(struct rng *r, struct builder *b, const char *name)
{
	static uint8_t bytes[300] = {0, 1, 2};
	size_t len = rng_below(r, 10) ? rng_below(r, 4) : 250 + rng_below(r, 50);

	bytes[0] = (uint8_t)rng_below(r, 3);
	builder_binary(b, name, (uint8_t)rng_below(r, 2), bytes, len);
}

static void random_db_pointer(struct rng *r, struct builder *b, const char *name)
{
	uint8_t bytes[] = "\3\0\0\0ab\0"
			  "123456789012";

	bytes[5] = (uint8_t)('a' + rng_below(r, 2));
	bytes[18] = (uint8_t)('0' + rng_below(r, 2));
	builder_value(b, name, (struct value){bytes, 19, TYPE_DB_POINTER});
}

static void random_code_with_scope(
    struct rng *r, struct builder *b, const char *name, int depth)
{
	char text[40];
	struct view code = random_text(r, true, text);

	builder_scope_begin(b, name, code);
	random_elements(r, b, true, depth);
	builder_scope_end(b, code.len);
}

static void random_simple(struct rng *r, struct builder *b, const char *name)
{
	uint8_t oid[12] = {
	    (uint8_t)rng_below(r, 2), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)rng_below(r, 2)};
	char pattern[40], options[40];

	switch (rng_below(r, 9)) {
	case 0:
		builder_min_key(b, name);
		return;
	case 1:
		builder_max_key(b, name);
		return;
	case 2:
		builder_null(b, name);
		return;
	case 3:
		builder_value(b, name, (struct value){NULL, 0, TYPE_UNDEFINED});
		return;
	case 4:
		builder_bool(b, name, rng_below(r, 2));
		return;
	case 5:
		builder_date(b, name, random_i64(r));
		return;
	case 6:
		builder_timestamp(b, name, (uint64_t)random_i64(r));
		return;
	case 7:
		builder_oid(b, name, oid);
		return;
	default:
		random_text(r, false, pattern);
		random_text(r, false, options);
		builder_regex(b, name, pattern, options);
	}
}

void random_element(struct rng *r, struct builder *b, const char *name, int depth)
{
	switch (rng_below(r, depth > 0 ? 10 : 6)) {
	case 0:
	case 1:
		random_number(r, b, name);
		return;
	case 2:
		random_string(r, b, name);
		return;
	case 3:
		random_simple(r, b, name);
		return;
	case 4:
		random_binary(r, b, name);
		return;
	case 5:
		random_db_pointer(r, b, name);
		return;
	case 6:
		random_code_with_scope(r, b, name, depth - 1);
		return;
	case 7:
		builder_array_begin(b, name);
		random_elements(r, b, false, depth - 1);
		builder_array_end(b);
		return;
	default:
		builder_doc_begin(b, name);
		random_elements(r, b, true, depth - 1);
		builder_doc_end(b);
	}
}
