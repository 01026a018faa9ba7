#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/compress.h"

static struct compress_context ctx;
static struct status st;
static struct buf plain, packed, back;

static int setup(void **state)
{
	compress_context_init(&ctx);
	status_init(&st);
	buf_init(&plain, NULL);
	buf_init(&packed, NULL);
	buf_init(&back, NULL);
	return 0;
}

static int teardown(void **state)
{
	compress_context_clear(&ctx);
	status_clear(&st);
	buf_clear(&plain);
	buf_clear(&packed);
	buf_clear(&back);
	return 0;
}

/* A frame with n bytes of which noise in 256 are random. */
static void make_plain(size_t n, int noise)
{
	size_t start;

	buf_reset(&plain);
	start = frame_begin(&plain);
	for (size_t i = 0; i < n; i++)
		buf_append_byte(
		    &plain, rand() % 256 < noise ? (uint8_t)rand() : (uint8_t)(i / 7));
	assert_int_equal(frame_finish(&plain, start, 11, 12, OPCODE_MSG, &st), 0);
}

static void pack(enum compressor c)
{
	buf_reset(&packed);
	assert_int_equal(compress_encode(&ctx, c, buf_view(&plain), &packed, &st), 0);
}

/* A view of just its size on the heap, so that a read beyond it is seen. */
static int decode(struct view bytes, enum compressor *used)
{
	uint8_t *exact = malloc(bytes.len);
	int rc;

	memcpy(exact, bytes.data, bytes.len);
	rc = compress_decode(&ctx, view_of(exact, bytes.len), &back, used, &st);
	free(exact);
	if (rc) {
		assert_int_equal(rc, ERR_CLOSE);
		assert_int_equal(back.len, 0);
	}
	return rc;
}

static void what_goes_in_comes_out(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 15, 100, 1000, 70000, 300000};
	enum compressor used;

	srand(1);
	for (int c = 0; c < COMPRESSOR_N; c++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			make_plain(sizes[i], i % 2 ? 256 : 3);
			pack((enum compressor)c);
			assert_int_equal(
			    frame_read_header(packed.data).opcode, OPCODE_COMPRESSED);
			assert_int_equal(frame_read_header(packed.data).length, packed.len);
			assert_int_equal(frame_read_header(packed.data).request_id, 11);
			assert_int_equal(decode(buf_view(&packed), &used), 0);
			assert_int_equal(used, c);
			assert_true(view_equal(buf_view(&plain), buf_view(&back)));
		}
	}
}

static void zeros_become_small(void **state)
{
	enum compressor used;
	size_t start;

	start = frame_begin(&plain);
	memset(buf_extend(&plain, 4000000), 0, 4000000);
	assert_int_equal(frame_finish(&plain, start, 1, 2, OPCODE_MSG, &st), 0);
	for (int c = COMPRESSOR_SNAPPY; c < COMPRESSOR_N; c++) {
		pack((enum compressor)c);
		assert_true(packed.len < plain.len / 20);
		assert_int_equal(decode(buf_view(&packed), &used), 0);
		assert_true(view_equal(buf_view(&plain), buf_view(&back)));
	}
}

static void several_frames_in_one_buffer(void **state)
{
	enum compressor used;
	size_t first;

	make_plain(500, 3);
	pack(COMPRESSOR_ZSTD);
	first = packed.len;
	assert_int_equal(
	    compress_encode(&ctx, COMPRESSOR_ZLIB, buf_view(&plain), &packed, &st), 0);
	assert_int_equal(decode(view_of(packed.data, first), &used), 0);
	assert_int_equal(used, COMPRESSOR_ZSTD);
	assert_int_equal(decode(view_of(packed.data + first, packed.len - first), &used), 0);
	assert_int_equal(used, COMPRESSOR_ZLIB);
}

static void sizes_that_lie(void **state)
{
	static const int32_t lies[] = {
	    -1, INT32_MIN, INT32_MAX, 0, 1, 999, 1001, 2000, 47999984, 47999985, 48000000};
	enum compressor used;

	make_plain(1000, 20);
	for (int c = 0; c < COMPRESSOR_N; c++) {
		for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
			pack((enum compressor)c);
			buf_set_i32(&packed, 20, lies[i]);
			assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
		}
	}
}

static void cut_at_every_byte(void **state)
{
	enum compressor used;

	make_plain(300, 40);
	for (int c = 0; c < COMPRESSOR_N; c++) {
		pack((enum compressor)c);
		for (size_t n = FRAME_HEADER_BYTES; n < packed.len; n++)
			assert_int_equal(decode(view_of(packed.data, n), &used), ERR_CLOSE);
		buf_append_byte(&packed, 0);
		assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
	}
}

/*
 * Damaged data either fails or gives a whole message; it never gives bytes that
 * nobody wrote: twice into buffers with different rubbish gives the same.
 */
static void damage_never_shows_old_memory(void **state)
{
	enum compressor used;
	struct buf first;

	srand(7);
	buf_init(&first, NULL);
	make_plain(200, 60);
	for (int c = COMPRESSOR_SNAPPY; c < COMPRESSOR_N; c++) {
		for (int round = 0; round < 2000; round++) {
			int rc;

			pack((enum compressor)c);
			for (int n = 1 + rand() % 3; n; n--)
				packed.data[25 + (size_t)rand() % (packed.len - 25)] =
				    (uint8_t)rand();
			buf_reset(&back);
			memset(buf_extend(&back, 300), 0xAA, 300);
			rc = decode(buf_view(&packed), &used);
			buf_reset(&first);
			buf_append_view(&first, buf_view(&back));
			buf_reset(&back);
			memset(buf_extend(&back, 300), 0x55, 300);
			assert_int_equal(decode(buf_view(&packed), &used), rc);
			assert_true(view_equal(buf_view(&first), buf_view(&back)));
		}
	}
	buf_clear(&first);
}

static void only_one_layer(void **state)
{
	enum compressor used;

	make_plain(100, 3);
	pack(COMPRESSOR_NOOP);
	buf_set_i32(&packed, 16, OPCODE_COMPRESSED);
	assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
	buf_set_i32(&packed, 16, OPCODE_INSERT);
	assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
	buf_set_i32(&packed, 16, OPCODE_QUERY);
	assert_int_equal(decode(buf_view(&packed), &used), 0);
	assert_int_equal(frame_read_header(back.data).opcode, OPCODE_QUERY);
}

static void compressors_that_are_unknown_or_disabled(void **state)
{
	enum compressor used;

	make_plain(100, 3);
	pack(COMPRESSOR_SNAPPY);
	for (int id = COMPRESSOR_N; id < 256; id++) {
		packed.data[24] = (uint8_t)id;
		assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
	}
	packed.data[24] = COMPRESSOR_SNAPPY;
	assert_int_equal(decode(buf_view(&packed), &used), 0);
	ctx.enabled &= ~(1u << COMPRESSOR_SNAPPY);
	assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
}

static void the_limit_holds(void **state)
{
	struct memory_account account;
	enum compressor used;

	make_plain(100000, 0);
	pack(COMPRESSOR_ZSTD);
	back.limit = 100015;
	assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
	back.limit = 100016;
	assert_int_equal(decode(buf_view(&packed), &used), 0);
	back.limit = 0;

	/* A small message that claims to be huge is refused before it costs anything. */
	memory_account_init(&account, NULL, 0);
	buf_clear(&back);
	buf_init(&back, &account);
	make_plain(10, 256);
	for (int c = 0; c < COMPRESSOR_ZSTD; c++) {
		pack((enum compressor)c);
		buf_set_i32(&packed, 20, 40000000);
		assert_int_equal(decode(buf_view(&packed), &used), ERR_CLOSE);
		assert_int_equal(account.peak_bytes, 0);
	}
}

static void no_memory_leaves_the_reply_as_it_was(void **state)
{
	make_plain(1000, 256);
	for (int c = 0; c < COMPRESSOR_N; c++) {
		buf_clear(&packed);
		packed.limit = 600;
		buf_append(&packed, "before", 6);
		assert_int_equal(
		    compress_encode(&ctx, (enum compressor)c, buf_view(&plain), &packed, &st),
		    ERR_EXCEEDED_MEMORY_LIMIT);
		assert_int_equal(packed.len, 6);
		assert_false(packed.failed);
	}
	packed.limit = 0;
}

static void names(void **state)
{
	assert_string_equal(compressor_name(COMPRESSOR_ZSTD), "zstd");
	for (int c = 0; c < COMPRESSOR_N; c++) {
		const char *name = compressor_name((enum compressor)c);

		assert_int_equal(compressor_from_name(view_of_str(name)), c);
	}
	assert_int_equal(compressor_from_name(view_of_str("zst")), -1);
	assert_int_equal(compressor_from_name(view_of_str("zstdx")), -1);
	assert_int_equal(compressor_from_name(view_of(NULL, 0)), -1);
}

static void secrets_are_not_compressed(void **state)
{
	assert_true(compress_forbidden(view_of_str("hello")));
	assert_true(compress_forbidden(view_of_str("isMaster")));
	assert_true(compress_forbidden(view_of_str("saslStart")));
	assert_true(compress_forbidden(view_of_str("createUser")));
	assert_false(compress_forbidden(view_of_str("find")));
	assert_false(compress_forbidden(view_of_str("hell")));
	assert_false(compress_forbidden(view_of(NULL, 0)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_goes_in_comes_out),
	    TEST(zeros_become_small),
	    TEST(several_frames_in_one_buffer),
	    TEST(sizes_that_lie),
	    TEST(cut_at_every_byte),
	    TEST(damage_never_shows_old_memory),
	    TEST(only_one_layer),
	    TEST(compressors_that_are_unknown_or_disabled),
	    TEST(the_limit_holds),
	    TEST(no_memory_leaves_the_reply_as_it_was),
	    TEST(names),
	    TEST(secrets_are_not_compressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
