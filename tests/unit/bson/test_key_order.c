/*
 * The order of keys held against the order of values, and both against exact
 * decimal expansions, over random values.
 */
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bson/decimal.h"
#include "bson/key_encode.h"
#include "bson/number_key.h"
#include "support/random_value.h"

#define N 500

/* A number as sign and digits, 0.d1d2d3... * 10^exponent; zero has no digits. */
struct exact {
	int kind; /* -2 NaN, -1 and 1: signs, 0 zero; infinite: exponent INT32_MAX */
	int exponent;
	char digits[800];
};

struct item {
	struct value value;
	struct view key, descending, types;
	struct exact *exact;
};

static struct arena arena;
static struct buf out;
static struct builder builder;
static struct item items[N];

static int setup(void **state)
{
	arena_init(&arena, NULL);
	buf_init(&out, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	buf_clear(&out);
	return 0;
}

static void normalize(struct exact *e)
{
	size_t zeros = strspn(e->digits, "0"), len = strlen(e->digits);

	memmove(e->digits, e->digits + zeros, len - zeros + 1);
	e->exponent -= (int)zeros;
	len -= zeros;
	while (len && e->digits[len - 1] == '0')
		e->digits[--len] = 0;
	if (!len)
		e->kind = 0;
}

static void expand_double(struct exact *e, double d)
{
	char text[800], *p, *to = e->digits;

	e->kind = isnan(d) ? -2 : signbit(d) ? -1 : 1;
	e->exponent = INT32_MAX;
	if (!isfinite(d))
		return;
	/* no double has more than 767 digits */
	snprintf(text, sizeof(text), "%.766e", fabs(d));
	for (p = text; *p != 'e'; p++)
		if (*p != '.')
			*to++ = *p;
	*to = 0;
	e->exponent = atoi(p + 1) + 1;
	normalize(e);
}

static void expand_decimal(struct exact *e, struct decimal d)
{
	struct decimal_parts parts;
	unsigned __int128 c;
	int i;

	e->kind = decimal_is_nan(d) ? -2 : decimal_is_negative(d) ? -1 : 1;
	e->exponent = INT32_MAX;
	if (decimal_is_nan(d) || decimal_is_infinite(d))
		return;
	parts = decimal_split(d);
	c = (unsigned __int128)parts.high << 64 | parts.low;
	for (i = 34; i-- > 0; c /= 10)
		e->digits[i] = (char)('0' + (int)(c % 10));
	e->exponent = parts.exponent + 34;
	normalize(e);
}

static void expand(struct exact *e, struct value v)
{
	int64_t i;

	if (v.type == TYPE_DOUBLE) {
		expand_double(e, read_double(v.data));
	} else if (v.type == TYPE_DECIMAL128) {
		expand_decimal(e, decimal_read(v.data));
	} else {
		i = v.type == TYPE_INT32 ? read_i32(v.data) : read_i64(v.data);
		snprintf(e->digits, sizeof(e->digits), "%llu",
		    i < 0 ? 0ULL - (unsigned long long)i : (unsigned long long)i);
		e->kind = i < 0 ? -1 : 1;
		e->exponent = (int)strlen(e->digits);
		normalize(e);
	}
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

static int order_exact(const struct exact *a, const struct exact *b)
{
	int c;

	if (a->kind != b->kind || a->kind == -2 || a->kind == 0)
		return sign(a->kind - b->kind);
	c = a->exponent != b->exponent ? (a->exponent < b->exponent ? -1 : 1)
				       : sign(strcmp(a->digits, b->digits));
	return a->kind * c;
}

/* The value in the arena, its keys beside it. */
static void keep(struct item *item)
{
	struct view doc = builder_view(&builder);
	struct type_bits types, types2;
	struct buf key;

	assert_non_null(doc.data);
	item->value = value_dup(&arena, doc_get(doc, "v"));
	buf_init(&key, NULL);
	type_bits_init(&types, NULL);
	type_bits_init(&types2, NULL);
	key_encode(&key, &types, item->value, false, NULL);
	assert_false(key.failed);
	item->key = arena_dup(&arena, buf_view(&key));
	item->types = arena_dup(&arena, buf_view(&types.bytes));
	buf_reset(&key);
	key_encode(&key, &types2, item->value, true, NULL);
	item->descending = arena_dup(&arena, buf_view(&key));
	assert_true(view_equal(item->types, buf_view(&types2.bytes)));
	buf_clear(&key);
	type_bits_clear(&types);
	type_bits_clear(&types2);
}

static void fill(uint64_t seed, bool numbers_only)
{
	struct rng r = {seed};
	int i;

	for (i = 0; i < N; i++) {
		buf_reset(&out);
		builder_init(&builder, &out);
		if (numbers_only)
			random_number(&r, &builder, "v");
		else
			random_element(&r, &builder, "v", 3);
		builder_finish(&builder);
		keep(&items[i]);
	}
}

static void decodes_to_itself(const struct item *item, struct view key, bool descending)
{
	struct view rest = key, skipped = key, types = item->types;
	struct value again;

	buf_reset(&out);
	builder_init(&builder, &out);
	assert_int_equal(key_decode(&rest, &types, descending, &builder, "v", NULL), 0);
	builder_finish(&builder);
	assert_int_equal(rest.len, 0);
	assert_int_equal(types.len, 0);
	again = doc_get(builder_view(&builder), "v");
	assert_int_equal(again.type, item->value.type);
	assert_int_equal(again.len, item->value.len);
	assert_memory_equal(again.data, item->value.data, again.len);
	assert_true(key_skip(&skipped, descending));
	assert_int_equal(skipped.len, 0);
}

static void check_pair(const struct item *a, const struct item *b)
{
	int want = value_compare(a->value, b->value, NULL);

	assert_int_equal(value_compare(b->value, a->value, NULL), -want);
	assert_int_equal(sign(view_compare(a->key, b->key)), want);
	assert_int_equal(sign(view_compare(a->descending, b->descending)), -want);
	if (want == 0) {
		assert_true(value_hash(a->value, NULL) == value_hash(b->value, NULL));
		return;
	}
	/* neither begins with the other */
	if (a->key.len <= b->key.len)
		assert_true(memcmp(a->key.data, b->key.data, a->key.len) != 0);
}

static void numbers_are_ordered_exactly(void **state)
{
	int i, j;

	fill(20240101, true);
	for (i = 0; i < N; i++) {
		assert_true(items[i].key.len <= NUMBER_KEY_MAX);
		items[i].exact = arena_new(&arena, struct exact);
		expand(items[i].exact, items[i].value);
		decodes_to_itself(&items[i], items[i].key, false);
		decodes_to_itself(&items[i], items[i].descending, true);
	}
	for (i = 0; i < N; i++)
		for (j = 0; j <= i; j++) {
			assert_int_equal(number_compare(items[i].value, items[j].value),
			    order_exact(items[i].exact, items[j].exact));
			check_pair(&items[i], &items[j]);
		}
}

static void all_types_are_ordered(void **state)
{
	uint64_t seed;
	int i, j;

	for (seed = 1; seed <= 2; seed++) {
		fill(seed * 7919, false);
		for (i = 0; i < N; i++) {
			decodes_to_itself(&items[i], items[i].key, false);
			decodes_to_itself(&items[i], items[i].descending, true);
			for (j = 0; j <= i; j++)
				check_pair(&items[i], &items[j]);
		}
	}
}

#define TRIPLES 150

/* By itself, without keys: antisymmetric, transitive, and equal values are equal to
 * the same others. */
static void the_order_is_total(void **state)
{
	static signed char order[TRIPLES][TRIPLES];
	int i, j, k;

	fill(271828, false);
	for (i = 0; i < TRIPLES; i++)
		for (j = 0; j < TRIPLES; j++)
			order[i][j] =
			    (signed char)value_compare(items[i].value, items[j].value, NULL);
	for (i = 0; i < TRIPLES; i++) {
		assert_int_equal(order[i][i], 0);
		for (j = 0; j < TRIPLES; j++) {
			assert_int_equal(order[i][j], -order[j][i]);
			for (k = 0; k < TRIPLES; k++)
				if (order[i][j] <= 0 && order[j][k] <= 0)
					assert_int_equal(
					    order[i][k], MIN_OF(order[i][j], order[j][k]));
		}
	}
}

/* Several fields of both directions in one key, with one string of type bits. */
static void compound_keys_decode(void **state)
{
	struct type_bits types;
	struct view key, kinds;
	struct doc_iter it;
	struct element e;
	struct buf buf, copy;
	struct rng r = {99};
	char name[4] = "a";
	int round, i;

	buf_init(&buf, NULL);
	buf_init(&copy, NULL);
	type_bits_init(&types, NULL);
	for (round = 0; round < 300; round++) {
		buf_reset(&out);
		buf_reset(&buf);
		type_bits_reset(&types);
		builder_init(&builder, &out);
		for (i = 0; i < 6; i++) {
			name[0] = (char)('a' + i);
			random_element(&r, &builder, name, 2);
		}
		builder_finish(&builder);
		it = doc_iter(builder_view(&builder));
		for (i = 0; doc_next(&it, &e); i++)
			key_encode(&buf, &types, e.value, i % 2, NULL);

		buf_reset(&copy);
		buf_append_view(&copy, builder_view(&builder));
		key = buf_view(&buf);
		kinds = buf_view(&types.bytes);
		buf_reset(&out);
		builder_init(&builder, &out);
		for (i = 0; i < 6; i++) {
			name[0] = (char)('a' + i);
			assert_int_equal(
			    key_decode(&key, &kinds, i % 2, &builder, name, NULL), 0);
		}
		builder_finish(&builder);
		assert_int_equal(key.len, 0);
		assert_int_equal(kinds.len, 0);
		assert_true(view_equal(builder_view(&builder), buf_view(&copy)));
	}
	buf_clear(&buf);
	buf_clear(&copy);
	type_bits_clear(&types);
}

/* What the usual types make of a key is the same value, if not the same type. */
static void keys_decode_without_type_bits(void **state)
{
	struct value again;
	struct view rest;
	int i;

	fill(31337, true);
	for (i = 0; i < N; i++) {
		rest = items[i].key;
		buf_reset(&out);
		builder_init(&builder, &out);
		assert_int_equal(key_decode(&rest, NULL, false, &builder, "v", NULL), 0);
		builder_finish(&builder);
		again = doc_get(builder_view(&builder), "v");
		assert_int_equal(value_compare(again, items[i].value, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(numbers_are_ordered_exactly, setup, teardown),
	    cmocka_unit_test_setup_teardown(all_types_are_ordered, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_order_is_total, setup, teardown),
	    cmocka_unit_test_setup_teardown(compound_keys_decode, setup, teardown),
	    cmocka_unit_test_setup_teardown(keys_decode_without_type_bits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
