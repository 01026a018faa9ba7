/*
 * The bytes of keys as they are on disk (a change here is a new format), the
 * bounds around them, and keys that are none.  The order is test_key_order's.
 */
#include "support/unit.h"

#include <ctype.h>
#include <math.h>

#include "bson/decimal.h"
#include "bson/key_encode.h"

static struct arena arena;
static struct buf out, key, text;
static struct type_bits types;
static struct builder b;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	buf_init(&out, NULL);
	buf_init(&key, NULL);
	buf_init(&text, NULL);
	type_bits_init(&types, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	buf_clear(&out);
	buf_clear(&key);
	buf_clear(&text);
	type_bits_clear(&types);
	return 0;
}

static void begin(void)
{
	buf_reset(&out);
	builder_init(&b, &out);
}

/* The only element's value of the document begun. */
static struct value made(void)
{
	builder_finish(&b);
	return value_dup(&arena, doc_get(builder_view(&b), "v"));
}

static void put_hex(struct view v)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		buf_printf(&text, "%02X", v.data[i]);
}

/* want: the key and, where they are not empty, the type bits behind a slash. */
static void encodes_in(struct value v, bool descending, const char *want)
{
	buf_reset(&key);
	buf_reset(&text);
	type_bits_reset(&types);
	key_encode(&key, &types, v, descending, NULL);
	put_hex(buf_view(&key));
	if (types.bytes.len)
		buf_append_byte(&text, '/');
	put_hex(buf_view(&types.bytes));
	buf_append_byte(&text, 0);
	assert_string_equal((const char *)text.data, want);
}

static void encodes(struct value v, const char *want)
{
	encodes_in(v, false, want);
}

static struct value i32(int32_t v)
{
	return value_make_i32(&arena, v);
}

static struct value i64(int64_t v)
{
	return value_make_i64(&arena, v);
}

static struct value dbl(double v)
{
	return value_make_double(&arena, v);
}

static struct value dec(const char *s)
{
	struct decimal d;

	assert_true(decimal_parse(view_of_str(s), &d));
	return value_make_decimal(&arena, d);
}

static struct value str(const char *s)
{
	return value_make_str(&arena, view_of_str(s));
}

static void integers(void **state)
{
	encodes(i32(0), "2C");
	encodes(i32(1), "2E02");
	encodes(i32(127), "2EFE");
	encodes(i32(128), "2F0100");
	encodes(i32(-1), "2AFD");
	encodes(i32(-128), "29FEFF");
	encodes(i32(INT32_MAX), "31FFFFFFFE");
	encodes(i64(1LL << 31), "320100000000");
	encodes(i64(INT64_MAX), "35FFFFFFFFFFFFFFFE");
	encodes(i64(INT64_MIN), "22783FFFFFFFFFFFFF");
	encodes_in(i32(1), true, "D1FD");
}

static void one_key_for_equal_numbers(void **state)
{
	encodes(i64(1), "2E02/01");
	encodes(dbl(1), "2E02/02");
	encodes(dec("1"), "2E02/40");
	encodes(dec("1.00"), "2E02/42");
	encodes(dec("1E+2"), "2EC8/40");
	encodes(dbl(0), "2C/02");
	encodes(dbl(-0.0), "2C/03");
	encodes(dec("0"), "2C/061820");
	encodes(dec("-0.0"), "2C/06581F");
	encodes(dbl(-0x1p63), "22783FFFFFFFFFFFFF/02");
}

static void fractions(void **state)
{
	encodes(dbl(1.5), "2E0380000000000000");
	encodes(dec("1.5"), "2E0380000000000000/40");
	encodes(dbl(-1.5), "2AFC7FFFFFFFFFFFFF");
	encodes(dbl(0.5), "2D7FC0000000000000");
	encodes(dbl(1e300), "36FC6FC8791000EB38");
	encodes(dbl(0x1p-1074), "2D0000000000000002");
	/* 0.1 is above decimal 0.1, which is above the double that it is cut to */
	encodes(dbl(0.1), "2D7F73333333333334");
	encodes(dec("0.1"), "2D7F73333333333333200014/40");
	encodes(dec("19.99"), "2E27FD70A3D70A3D71C6/40");
	encodes(dec("-19.99"), "2AD8028F5C28F5C28E39/40");
	encodes(dec("1E+6000"), "36FFDFFFFFFFFFFFFF377114/40");
}

static void not_finite(void **state)
{
	encodes(dbl(NAN), "20");
	encodes(dbl(-NAN), "20/04000000000000F8FF");
	encodes(dec("NaN"), "20/050000000000000000000000000000007C");
	encodes(dbl(INFINITY), "37");
	encodes(dbl(-INFINITY), "21");
	encodes(dec("Infinity"), "37/0500000000000000000000000000000078");
}

static void strings(void **state)
{
	struct value v = str("ab");

	encodes(v, "40616200");
	encodes(str(""), "4000");
	encodes(value_make_str(&arena, view_of("\0a\1\2", 4)), "4001016101020200");
	encodes(str("12345678\1"), "403132333435363738010200");
	encodes_in(v, true, "BF9E9DFF");
	v.type = TYPE_SYMBOL;
	encodes(v, "40616200/01");
	v.type = TYPE_CODE;
	encodes(v, "90616200");
}

static void other_scalars(void **state)
{
	static const uint8_t oid[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	static const uint8_t pointer[] = "\2\0\0\0a\0"
					 "123456789012";

	encodes(value_min_key, "08");
	encodes(value_missing, "10");
	encodes((struct value){NULL, 0, TYPE_UNDEFINED}, "10/01");
	encodes(value_null, "18");
	encodes(value_false, "68");
	encodes(value_true, "69");
	encodes(value_max_key, "F0");
	encodes((struct value){oid, 12, TYPE_OBJECT_ID}, "600102030405060708090A0B0C");
	encodes(value_make_date(&arena, 1), "708000000000000001");
	encodes(value_make_date(&arena, -1), "707FFFFFFFFFFFFFFF");
	begin();
	builder_timestamp(&b, "v", 7ULL << 32 | 9);
	encodes(made(), "780000000700000009");
	begin();
	builder_binary(&b, "v", 5, "\0\xFF", 2);
	encodes(made(), "58020500FF");
	begin();
	builder_regex(&b, "v", "a.", "i");
	encodes(made(), "80612E006900");
	encodes(
	    (struct value){pointer, 18, TYPE_DB_POINTER}, "88026100313233343536373839303132");
}

static void long_binary_has_a_long_length(void **state)
{
	static const uint8_t zeros[255];
	uint8_t start[] = {0x58, 0xFF, 0, 0, 0, 0xFF, 0};

	begin();
	builder_binary(&b, "v", 0, zeros, 255);
	key_encode(&key, NULL, made(), false, NULL);
	assert_int_equal(key.len, sizeof(start) + 255);
	assert_memory_equal(key.data, start, sizeof(start));
}

static void objects_and_arrays(void **state)
{
	begin();
	builder_doc_begin(&b, "v");
	builder_i32(&b, "a", 1);
	builder_bool(&b, "bc", true);
	builder_value(&b, "u", (struct value){NULL, 0, TYPE_UNDEFINED});
	builder_doc_end(&b);
	encodes(made(), "48"
			"206100"
			"2E02"
			"68626300"
			"69"
			"107500"
			"10"
			"00");
	begin();
	builder_array_begin(&b, "v");
	builder_i32(&b, NULL, 1);
	builder_double(&b, NULL, 1);
	builder_i32(&b, NULL, 1);
	builder_array_end(&b);
	encodes(made(), "502E022E022E0200/0002");
	begin();
	builder_scope_begin(&b, "v", view_of_str("f"));
	builder_null(&b, "x");
	builder_scope_end(&b, 1);
	encodes(made(), "986600"
			"187800"
			"18"
			"00");
}

static void fold(const struct collator *c, struct view s, struct buf *to)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		buf_append_byte(to, (uint8_t)tolower(s.data[i]));
}

static void a_collator_gives_its_sort_keys(void **state)
{
	const struct collator folding = {NULL, fold};
	static const uint8_t want[] = {0x40, 'a', 1, 1, 'b', 0};

	key_encode(&key, NULL, value_make_str(&arena, view_of("A\0B", 3)), false, &folding);
	assert_true(view_equal(buf_view(&key), view_of(want, sizeof(want))));
}

/* Of each rank the lowest and the highest value that there is. */
static void bounds_enclose_their_rank(void **state)
{
	static const uint8_t low_oid[12],
	    high_oid[12] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
	const struct value values[] = {value_min_key, value_missing, value_null, dbl(NAN),
	    dbl(INFINITY), str(""), str("\xFF\xFF"), {low_oid, 12, TYPE_OBJECT_ID},
	    {high_oid, 12, TYPE_OBJECT_ID}, value_false, value_true,
	    value_make_date(&arena, INT64_MIN), value_make_date(&arena, INT64_MAX),
	    value_max_key};
	struct buf low, high;
	size_t i, j;
	int desc;

	buf_init(&low, NULL);
	buf_init(&high, NULL);
	for (i = 0; i < ARRAY_LEN(values); i++)
		for (j = 0; j < ARRAY_LEN(values); j++)
			for (desc = 0; desc < 2; desc++) {
				int rank =
				    type_rank(values[i].type) - type_rank(values[j].type);

				buf_reset(&key);
				buf_reset(&low);
				buf_reset(&high);
				key_encode(&key, NULL, values[i], desc, NULL);
				key_type_low(&low, values[j].type, desc);
				key_type_high(&high, values[j].type, desc);
				assert_true((view_compare(buf_view(&key), buf_view(&low)) >=
						0) == (desc ? rank < 0 : rank >= 0));
				assert_true((view_compare(buf_view(&key), buf_view(&high)) >=
						0) == (desc ? rank <= 0 : rank > 0));
				assert_true(key.data[0] != KEY_BEFORE_ALL);
				assert_true(key.data[0] != KEY_AFTER_ALL);
			}
	buf_clear(&low);
	buf_clear(&high);
}

static void successors(void **state)
{
	assert_true(key_successor(&key, view_of("a\x01", 2)));
	assert_true(view_equal(buf_view(&key), view_of("a\x02", 2)));
	assert_true(key_successor(&key, view_of("a\xFF\xFF", 3)));
	assert_true(view_equal(buf_view(&key), view_of("b", 1)));
	assert_false(key_successor(&key, view_of("\xFF\xFF", 2)));
	assert_int_equal(key.len, 0);
	assert_false(key_successor(&key, view_of("", 0)));
}

static int decode(const void *bytes, size_t len, const void *kinds, size_t kinds_len)
{
	struct view k = view_of(bytes, len), t = view_of(kinds, kinds_len);
	struct status st;
	int err;

	status_init(&st);
	begin();
	err = key_decode(&k, &t, false, &b, "v", &st);
	assert_int_equal(err, st.code);
	assert_int_equal(k.len == len, err != 0);
	return err;
}

#define BAD(key, kinds)                                                                        \
	assert_int_equal(                                                                      \
	    decode(key, sizeof(key) - 1, kinds, sizeof(kinds) - 1), ERR_INTERNAL_ERROR)

static void what_no_encoder_wrote_is_refused(void **state)
{
	BAD("", "");
	BAD("\x01", ""); /* no type's byte */
	BAD("\x2E", ""); /* cut off */
	BAD("\x2E\x00", ""); /* an integer of 0 */
	BAD("\x2F\x00\x02", ""); /* an integer with a zero in front */
	BAD("\x2E\x03\0\0\0\0\0\0\0", ""); /* a fraction of 0 */
	BAD("\x2E\x02", "\x03"); /* 1 as -0.0 */
	BAD("\x2E\x02", "\x30"); /* no kind */
	BAD("\x2E\x02", "\x62"); /* more zeros than a decimal has room for */
	BAD("\x20", "\x04\0\0\0\0\0\0\0\0"); /* bits that are not NaN */
	BAD("\x40", ""); /* no end */
	BAD("\x40\x01\x03\x00", ""); /* no escape */
	BAD("\x40\x00", "\x02"); /* neither string nor symbol */
	BAD("\x60\x01\x02", "");
	BAD("\x58\xFF\0\0\0\x01\0\0", ""); /* a short length written long */
	BAD("\x48\x20\x61\x00\x40\x00\x00", ""); /* a string in the rank of numbers */
	BAD("\x50\x2E\x02", ""); /* no end mark */
	BAD("\x48\x18\x01\x01\x00\x18\x00", ""); /* a NUL in a name */
}

static void depth_is_limited(void **state)
{
	uint8_t deep[2 * 300];
	struct view k = view_of(deep, sizeof(deep));

	memset(deep, 0x50, 300);
	memset(deep + 300, 0, 300);
	assert_int_equal(decode(deep, sizeof(deep), "", 0), ERR_INTERNAL_ERROR);
	assert_false(key_skip(&k, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(integers, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_key_for_equal_numbers, setup, teardown),
	    cmocka_unit_test_setup_teardown(fractions, setup, teardown),
	    cmocka_unit_test_setup_teardown(not_finite, setup, teardown),
	    cmocka_unit_test_setup_teardown(strings, setup, teardown),
	    cmocka_unit_test_setup_teardown(other_scalars, setup, teardown),
	    cmocka_unit_test_setup_teardown(long_binary_has_a_long_length, setup, teardown),
	    cmocka_unit_test_setup_teardown(objects_and_arrays, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_collator_gives_its_sort_keys, setup, teardown),
	    cmocka_unit_test_setup_teardown(bounds_enclose_their_rank, setup, teardown),
	    cmocka_unit_test_setup_teardown(successors, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_no_encoder_wrote_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(depth_is_limited, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
