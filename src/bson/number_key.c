#include "bson/number_key.h"

#include <math.h>

#include "bson/decimal.h"

#define TWO_63        9223372036854775808.0
#define EXPONENT_BIAS 0x2000 /* of the exponent in front of a decimal's digits */
#define USUAL_NAN     0x7FF8000000000000

/* 10^33 * 2 fits; so does a coefficient. */
typedef unsigned __int128 wide;

static uint64_t double_bits(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, 8);
	return bits;
}

static double double_from_bits(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, 8);
	return d;
}

static void put_be64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, 8);
}

static void put_le64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, 8);
}

static void set_kind(struct number_kind_bytes *kind, uint8_t k)
{
	if (kind) {
		kind->len = 1;
		kind->bytes[0] = k;
	}
}

/* ---------------------------------------------------------------- writing */

/* The class byte of a number that has no others. */
static size_t write_class(uint8_t *out, bool negative, int class)
{
	out[0] = (uint8_t)(negative ? NUMBER_ZERO - class : NUMBER_ZERO + class);
	return 1;
}

/* The class byte; and inverts the others of a negative number. */
static size_t finish(uint8_t *out, size_t len, bool negative, int class)
{
	size_t i;

	if (negative)
		for (i = 1; i < len; i++)
			out[i] = (uint8_t)~out[i];
	write_class(out, negative, class);
	return len;
}

/* How many bytes W (the integer part and its fraction bit) takes. */
static int integer_bytes(uint64_t w)
{
	return (64 - __builtin_clzll(w) + 7) / 8;
}

/* The bytes of the fraction that follow n bytes of integer part: as many as
 * make every double 8 bytes together. */
static int fraction_bytes(int n)
{
	return n < 8 ? 8 - n : 1;
}

/* The bits of the fraction itself; one more says that digits follow. */
static int fraction_bits(int n)
{
	return 8 * fraction_bytes(n) - 1;
}

static size_t integer_key(uint8_t *out, bool negative, uint64_t m)
{
	int n;

	if (m == 0)
		return write_class(out, false, 0);
	n = integer_bytes(m << 1);
	put_be64(out + 1, m << 1 << (64 - 8 * n));
	return finish(out, 1 + (size_t)n, negative, NUMBER_INTEGER + n);
}

/* A double below 1 or from 2^63 on; more: digits follow. */
static size_t cut_double_key(uint8_t *out, double m, bool more)
{
	put_be64(out + 1, double_bits(m) << 1 | more);
	return 9;
}

/* Integer part and the fraction's first bits; fraction or more is not 0. */
static size_t fixed_point_key(uint8_t *out, uint64_t integer, uint64_t fraction, bool more)
{
	uint64_t w = integer << 1 | 1;
	int n = integer_bytes(w), i;
	uint8_t *p;

	put_be64(out + 1, w << (64 - 8 * n));
	fraction = fraction << 1 | more;
	p = out + 1 + n;
	for (i = fraction_bytes(n) - 1; i >= 0; i--)
		*p++ = (uint8_t)(fraction >> 8 * i);
	return (size_t)(p - out);
}

/* The digits of c, the first counting 10^(width-1), in pairs: the pair times
 * two, plus one where another follows.  Zeros at the end are left out. */
static size_t write_digits(uint8_t *out, wide c, int width)
{
	uint8_t pairs[DECIMAL_DIGITS / 2 + 1];
	int n = (width + 1) / 2, i;

	if (width % 2)
		c *= 10;
	for (i = n; i-- > 0; c /= 100)
		pairs[i] = (uint8_t)(c % 100);
	while (n > 1 && pairs[n - 1] == 0)
		n--;
	for (i = 0; i < n; i++)
		out[i] = (uint8_t)(pairs[i] * 2 + (i + 1 < n));
	return (size_t)n;
}

static size_t double_key(uint8_t *out, double d)
{
	bool negative = signbit(d) != 0;
	uint64_t integer, fraction;
	double m = fabs(d);
	int n;

	if (isnan(d)) {
		out[0] = NUMBER_NAN;
		return 1;
	}
	if (isinf(d))
		return write_class(out, negative, NUMBER_INFINITE);
	if (m == 0)
		return write_class(out, false, 0);
	if (m < 1)
		return finish(out, cut_double_key(out, m, false), negative, NUMBER_SMALL);
	if (m >= TWO_63)
		return finish(out, cut_double_key(out, m, false), negative, NUMBER_LARGE);
	integer = (uint64_t)m;
	if ((double)integer == m)
		return integer_key(out, negative, integer);
	n = integer_bytes(integer << 1 | 1);
	fraction = (uint64_t)ldexp(m - (double)integer, fraction_bits(n));
	return finish(
	    out, fixed_point_key(out, integer, fraction, false), negative, NUMBER_INTEGER + n);
}

static size_t int64_key(uint8_t *out, int64_t v)
{
	if (v == INT64_MIN)
		return double_key(out, -TWO_63);
	return integer_key(out, v < 0, v < 0 ? (uint64_t)-v : (uint64_t)v);
}

static wide coefficient(struct decimal_parts p)
{
	return (wide)p.high << 64 | p.low;
}

static wide power_of_ten(int n)
{
	wide p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

static int count_digits(wide c)
{
	int n = 0;

	for (; c; c /= 10)
		n++;
	return n;
}

/* A decimal from 1 to 2^63 that is no integer: exponent is -1 to -33. */
static size_t decimal_fixed_point_key(uint8_t *out, struct decimal_parts p)
{
	wide unit = power_of_ten(-p.exponent), c = coefficient(p), rest = c % unit;
	uint64_t integer = (uint64_t)(c / unit), fraction = 0;
	int n = integer_bytes(integer << 1 | 1), i;
	wide left = rest;
	size_t len;

	for (i = 0; i < fraction_bits(n); i++) {
		left *= 2;
		fraction = fraction << 1 | (left >= unit);
		if (left >= unit)
			left -= unit;
	}
	len = fixed_point_key(out, integer, fraction, left != 0);
	if (left != 0)
		len += write_digits(out + len, rest, -p.exponent);
	return finish(out, len, p.negative, NUMBER_INTEGER + n);
}

/* A decimal below 1 or from 2^63 on; m is its magnitude. */
static size_t decimal_cut_key(uint8_t *out, struct decimal m, struct decimal_parts p)
{
	bool exact;
	double cut = decimal_truncate_to_double(m, &exact);
	size_t len = cut_double_key(out, cut, !exact);
	int digits, exponent;

	if (!exact) {
		digits = count_digits(coefficient(p));
		exponent = p.exponent + digits + EXPONENT_BIAS;
		out[len++] = (uint8_t)(exponent >> 8);
		out[len++] = (uint8_t)exponent;
		len += write_digits(out + len, coefficient(p), digits);
	}
	return finish(out, len, p.negative, cut < 1 ? NUMBER_SMALL : NUMBER_LARGE);
}

static size_t decimal_key(uint8_t *out, struct decimal d)
{
	const struct decimal one = {1, 0x3040000000000000},
			     two_63 = {1ULL << 63, 0x3040000000000000};
	struct decimal m = {d.low, d.high & ~(1ULL << 63)};
	int64_t i;

	if (decimal_is_nan(d)) {
		out[0] = NUMBER_NAN;
		return 1;
	}
	if (decimal_is_infinite(d))
		return write_class(out, decimal_is_negative(d), NUMBER_INFINITE);
	if (decimal_to_i64(d, &i))
		return int64_key(out, i);
	if (decimal_compare(m, one) < 0 || decimal_compare(m, two_63) >= 0)
		return decimal_cut_key(out, m, decimal_split(d));
	return decimal_fixed_point_key(out, decimal_split(d));
}

static void double_kind(struct number_kind_bytes *kind, double d)
{
	uint64_t bits = double_bits(d);

	if (isnan(d) && bits != USUAL_NAN) {
		*kind = (struct number_kind_bytes){9, {NUMBER_DOUBLE_BITS}};
		put_le64(kind->bytes + 1, bits);
	} else if (d == 0) {
		set_kind(kind, signbit(d) ? NUMBER_NEGATIVE_ZERO : NUMBER_DOUBLE);
	} else {
		/* -2^63 is also an int64's, which is the more usual */
		set_kind(kind,
		    d == trunc(d) && d >= -TWO_63 && d < TWO_63 ? NUMBER_DOUBLE : NUMBER_USUAL);
	}
}

static int zeros_at_end(wide c)
{
	int n = 0;

	for (; c % 10 == 0; c /= 10)
		n++;
	return n;
}

static void decimal_kind(struct number_kind_bytes *kind, struct decimal d)
{
	struct decimal_parts p = decimal_split(d);
	struct decimal again;

	if (!decimal_is_nan(d) && !decimal_is_infinite(d)) {
		again = decimal_join(p);
		if (again.low == d.low && again.high == d.high && coefficient(p) != 0) {
			set_kind(
			    kind, (uint8_t)(NUMBER_DECIMAL + zeros_at_end(coefficient(p))));
			return;
		}
		if (again.low == d.low && again.high == d.high) {
			uint16_t bits = (uint16_t)(d.high >> 49);

			*kind = (struct number_kind_bytes){
			    3, {NUMBER_DECIMAL_ZERO, (uint8_t)(bits >> 8), (uint8_t)bits}};
			return;
		}
	}
	*kind = (struct number_kind_bytes){17, {NUMBER_DECIMAL_BITS}};
	decimal_write(kind->bytes + 1, d);
}

size_t number_key(
    uint8_t out[static NUMBER_KEY_MAX], struct value v, struct number_kind_bytes *kind)
{
	int64_t i;

	switch (v.type) {
	case TYPE_INT32:
		set_kind(kind, NUMBER_USUAL);
		return int64_key(out, read_i32(v.data));
	case TYPE_INT64:
		i = read_i64(v.data);
		set_kind(kind, i >= INT32_MIN && i <= INT32_MAX ? NUMBER_INT64 : NUMBER_USUAL);
		return int64_key(out, i);
	case TYPE_DOUBLE:
		if (kind)
			double_kind(kind, read_double(v.data));
		return double_key(out, read_double(v.data));
	default:
		assert(v.type == TYPE_DECIMAL128);
		if (kind)
			decimal_kind(kind, decimal_read(v.data));
		return decimal_key(out, decimal_read(v.data));
	}
}

/* ---------------------------------------------------------------- reading */

/* What a key says; the magnitude is given in one of the forms. */
struct parsed {
	enum {
		IS_NAN,
		IS_INFINITE,
		IS_INTEGER, /* integer, below 2^63 */
		IS_FIXED, /* integer + fraction / 2^bits */
		IS_DOUBLE, /* cut */
		IS_DECIMAL, /* digits * 10^exponent, exact: zeros are cut */
	} form;
	bool negative;
	uint64_t integer, fraction;
	int bits;
	double cut;
	wide digits;
	int exponent;
};

/* Bytes of a key with the inversions taken away. */
struct reader {
	struct view in;
	uint8_t mask;
	bool failed;
};

static uint8_t read_byte(struct reader *r)
{
	uint8_t byte;

	if (r->in.len == 0) {
		r->failed = true;
		return 0;
	}
	byte = r->in.data[0] ^ r->mask;
	r->in = view_of(r->in.data + 1, r->in.len - 1);
	return byte;
}

static uint64_t read_be(struct reader *r, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | read_byte(r);
	return v;
}

/* Pairs of digits into c; returns how many digits there were, without a zero
 * that ends them. */
static int read_digits(struct reader *r, wide *c)
{
	int n = 0;
	uint8_t byte;

	*c = 0;
	do {
		byte = read_byte(r);
		n += 2;
		if (byte > 199 || n > DECIMAL_DIGITS + 1) {
			r->failed = true;
			return 0;
		}
		*c = *c * 100 + byte / 2;
	} while (byte & 1);
	if (*c % 100 == 0)
		r->failed = true;
	if (*c % 10 == 0) {
		*c /= 10;
		n--;
	}
	return n;
}

static void parse_integer(struct reader *r, int n, struct parsed *p)
{
	uint64_t w = read_be(r, n), fraction;
	int digits;

	p->form = IS_INTEGER;
	p->integer = w >> 1;
	if (!p->integer || integer_bytes(w) != n)
		r->failed = true;
	if (r->failed || !(w & 1))
		return;
	fraction = read_be(r, fraction_bytes(n));
	p->form = IS_FIXED;
	p->fraction = fraction >> 1;
	p->bits = fraction_bits(n);
	if (!fraction)
		r->failed = true;
	if (r->failed || !(fraction & 1))
		return;
	p->form = IS_DECIMAL;
	digits = read_digits(r, &p->digits);
	if (count_digits(p->integer) + digits > DECIMAL_DIGITS) {
		r->failed = true;
		return;
	}
	p->digits += p->integer * power_of_ten(digits);
	p->exponent = -digits;
}

static void parse_cut(struct reader *r, bool large, struct parsed *p)
{
	uint64_t bits = read_be(r, 8);
	int digits;

	p->form = IS_DOUBLE;
	p->cut = double_from_bits(bits >> 1);
	if (large ? !(p->cut >= TWO_63) || isinf(p->cut) : !(p->cut < 1) || bits == 0)
		r->failed = true;
	if (r->failed || !(bits & 1))
		return;
	p->form = IS_DECIMAL;
	p->exponent = (int)read_be(r, 2) - EXPONENT_BIAS;
	digits = read_digits(r, &p->digits);
	p->exponent -= digits;
	if (digits > DECIMAL_DIGITS)
		r->failed = true;
}

/* Reads a key; the mask of in is that of all bytes. */
static bool parse(struct reader *r, struct parsed *p)
{
	int class = read_byte(r);

	*p = (struct parsed){.negative = class < NUMBER_ZERO};
	if (r->failed || class < NUMBER_NAN || class >= NUMBER_END)
		return false;
	if (class == NUMBER_NAN) {
		p->form = IS_NAN;
		return true;
	}
	class = p->negative ? NUMBER_ZERO - class : class - NUMBER_ZERO;
	r->mask ^= p->negative ? 0xFF : 0;
	if (class == 0)
		p->form = IS_INTEGER;
	else if (class == NUMBER_INFINITE)
		p->form = IS_INFINITE;
	else if (class == NUMBER_SMALL || class == NUMBER_LARGE)
		parse_cut(r, class == NUMBER_LARGE, p);
	else
		parse_integer(r, class - NUMBER_INTEGER, p);
	return !r->failed;
}

bool number_key_skip(struct view *key, uint8_t mask)
{
	struct reader r = {*key, mask, false};
	struct parsed p;

	if (!parse(&r, &p))
		return false;
	*key = r.in;
	return true;
}

static bool make_double(struct number *out, double d)
{
	put_le64(out->bytes, double_bits(d));
	out->value = (struct value){out->bytes, 8, TYPE_DOUBLE};
	return true;
}

static bool make_int64(struct number *out, int64_t v)
{
	put_le64(out->bytes, (uint64_t)v);
	out->value = (struct value){out->bytes, 8, TYPE_INT64};
	return true;
}

static bool make_int(struct number *out, int64_t v)
{
	uint32_t le = htole32((uint32_t)v);

	if (v < INT32_MIN || v > INT32_MAX)
		return make_int64(out, v);
	memcpy(out->bytes, &le, 4);
	out->value = (struct value){out->bytes, 4, TYPE_INT32};
	return true;
}

/* The magnitude as a double, if it is one. */
static bool exact_double(const struct parsed *p, double *m)
{
	double fraction;

	switch (p->form) {
	case IS_INTEGER:
		*m = (double)p->integer;
		return *m < TWO_63 && (uint64_t)*m == p->integer;
	case IS_FIXED:
		*m = (double)p->integer + ldexp((double)p->fraction, -p->bits);
		fraction = *m - trunc(*m);
		return *m < TWO_63 && (uint64_t)*m == p->integer &&
		       (uint64_t)ldexp(fraction, p->bits) == p->fraction;
	case IS_DOUBLE:
		*m = p->cut;
		return true;
	default:
		return false;
	}
}

/* The magnitude as a coefficient without zeros at its end and an exponent. */
static bool exact_decimal(const struct parsed *p, wide *c, int *exponent)
{
	const wide limit = power_of_ten(DECIMAL_DIGITS);
	struct decimal_parts parts;
	int bits = p->bits;
	bool exact = true;

	*exponent = 0;
	switch (p->form) {
	case IS_INTEGER:
		*c = p->integer;
		break;
	case IS_FIXED:
		*c = (wide)p->integer << bits | p->fraction;
		for (; !(*c & 1); *c >>= 1)
			bits--;
		for (*exponent = -bits; bits > 0 && *c < limit; bits--)
			*c *= 5;
		break;
	case IS_DOUBLE:
		parts = decimal_split(decimal_from_double_exact(p->cut, &exact));
		*c = coefficient(parts);
		*exponent = parts.exponent;
		break;
	case IS_DECIMAL:
		*c = p->digits;
		*exponent = p->exponent;
		break;
	default:
		return false;
	}
	if (!exact || *c == 0 || *c >= limit)
		return false;
	for (; *c % 10 == 0; *c /= 10)
		++*exponent;
	return true;
}

/* With so many zeros at the end of the coefficient; -1: as few as it can have. */
static bool make_decimal(struct number *out, const struct parsed *p, int zeros)
{
	struct decimal_parts parts = {.negative = p->negative};
	wide c;

	if (!exact_decimal(p, &c, &parts.exponent))
		return false;
	if (zeros < 0)
		zeros = MAX_OF(parts.exponent - DECIMAL_EXPONENT_MAX, 0);
	if (count_digits(c) + zeros > DECIMAL_DIGITS)
		return false;
	c *= power_of_ten(zeros);
	parts.exponent -= zeros;
	if (parts.exponent < DECIMAL_EXPONENT_MIN || parts.exponent > DECIMAL_EXPONENT_MAX)
		return false;
	parts.high = (uint64_t)(c >> 64);
	parts.low = (uint64_t)c;
	decimal_write(out->bytes, decimal_join(parts));
	out->value = (struct value){out->bytes, 16, TYPE_DECIMAL128};
	return true;
}

static bool make_usual(struct number *out, const struct parsed *p)
{
	double m;

	switch (p->form) {
	case IS_NAN:
		return make_double(out, double_from_bits(USUAL_NAN));
	case IS_INFINITE:
		return make_double(out, p->negative ? -INFINITY : INFINITY);
	case IS_INTEGER:
		return make_int(out, p->negative ? -(int64_t)p->integer : (int64_t)p->integer);
	case IS_DOUBLE:
		if (p->negative && p->cut == TWO_63)
			return make_int64(out, INT64_MIN);
		break;
	default:
		break;
	}
	if (exact_double(p, &m))
		return make_double(out, p->negative ? -m : m);
	return make_decimal(out, p, -1);
}

/* Kinds that carry the whole number must agree with the key. */
static bool same_key(const struct number *n, struct view key)
{
	uint8_t again[NUMBER_KEY_MAX];

	return view_equal(key, view_of(again, number_key(again, n->value, NULL)));
}

static bool take(struct view *from, size_t n, struct view *out)
{
	if (from->len < n)
		return false;
	*out = view_of(from->data, n);
	*from = view_of(from->data + n, from->len - n);
	return true;
}

static bool make_bits(
    struct number *out, uint8_t type, size_t len, struct view key, struct view *kinds)
{
	struct view bytes;

	if (!take(kinds, len, &bytes))
		return false;
	memcpy(out->bytes, bytes.data, len);
	out->value = (struct value){out->bytes, (uint32_t)len, type};
	return same_key(out, key);
}

static bool make_decimal_zero(struct number *out, const struct parsed *p, struct view *kinds)
{
	struct view bytes;
	uint64_t bits;

	if (p->form != IS_INTEGER || p->integer || !take(kinds, 2, &bytes))
		return false;
	bits = (uint64_t)bytes.data[0] << 8 | bytes.data[1];
	decimal_write(out->bytes, (struct decimal){0, bits << 49});
	out->value = (struct value){out->bytes, 16, TYPE_DECIMAL128};
	return bits >> 15 == 0 &&
	       (bits & 0x3FFF) <= DECIMAL_EXPONENT_MAX - DECIMAL_EXPONENT_MIN;
}

static bool make_of_kind(struct number *out, const struct parsed *p, uint8_t kind,
    struct view key, struct view *kinds)
{
	double m;

	switch (kind) {
	case NUMBER_USUAL:
		return make_usual(out, p);
	case NUMBER_INT64:
		return p->form == IS_INTEGER &&
		       make_int64(
			   out, p->negative ? -(int64_t)p->integer : (int64_t)p->integer);
	case NUMBER_DOUBLE:
		return exact_double(p, &m) && make_double(out, p->negative ? -m : m);
	case NUMBER_NEGATIVE_ZERO:
		return p->form == IS_INTEGER && !p->integer && make_double(out, -0.0);
	case NUMBER_DOUBLE_BITS:
		return make_bits(out, TYPE_DOUBLE, 8, key, kinds);
	case NUMBER_DECIMAL_BITS:
		return make_bits(out, TYPE_DECIMAL128, 16, key, kinds);
	case NUMBER_DECIMAL_ZERO:
		return make_decimal_zero(out, p, kinds);
	default:
		return kind >= NUMBER_DECIMAL && kind < NUMBER_DECIMAL + DECIMAL_DIGITS &&
		       make_decimal(out, p, kind - NUMBER_DECIMAL);
	}
}

bool number_unkey(struct view *key, struct view *kinds, struct number *out)
{
	struct reader r = {*key, 0, false};
	struct view kind = {NULL, 0};
	struct parsed p;
	struct view all;

	if (!parse(&r, &p))
		return false;
	all = view_of(key->data, key->len - r.in.len);
	if (kinds->len && !take(kinds, 1, &kind))
		return false;
	if (!make_of_kind(out, &p, kind.len ? kind.data[0] : NUMBER_USUAL, all, kinds))
		return false;
	/* digits can be written that add nothing to what stands before them */
	if (p.form == IS_DECIMAL && !same_key(out, all))
		return false;
	*key = r.in;
	return true;
}
