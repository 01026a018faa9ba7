/*
 * OP_COMPRESSED: the input is a compressor's id, the size that is announced, and
 * compressed bytes.  Whatever comes out was written by the decompressor: twice
 * into memory with different rubbish in it gives the same.
 */
#include <stdlib.h>

#include "wire/compress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct compress_context ctx;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int decode_over(uint8_t rubbish, struct view frame, struct buf *out)
{
	enum compressor used;

	buf_reset(out);
	memset(buf_extend(out, 4096), rubbish, 4096);
	return compress_decode(&ctx, frame, out, &used, NULL);
}

static void check_round_trip(enum compressor c, const struct buf *plain)
{
	struct buf packed, back;

	buf_init(&packed, NULL);
	buf_init(&back, NULL);
	must(compress_encode(&ctx, c, buf_view(plain), &packed, NULL) == 0);
	must(decode_over(0, buf_view(&packed), &back) == 0);
	must(view_equal(buf_view(plain), buf_view(&back)));
	buf_clear(&packed);
	buf_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf frame, first, second;
	int rc;

	if (size < 5)
		return 0;
	if (!ctx.enabled)
		compress_context_init(&ctx);
	buf_init(&frame, NULL);
	buf_init(&first, NULL);
	buf_init(&second, NULL);
	first.limit = second.limit = 1 << 20;

	frame_begin(&frame);
	buf_append_i32(&frame, OPCODE_MSG);
	buf_append(&frame, data + 1, 4);
	buf_append_byte(&frame, data[0]);
	buf_append(&frame, data + 5, size - 5);
	must(frame_finish(&frame, 0, 1, 0, OPCODE_COMPRESSED, NULL) == 0);

	rc = decode_over(0xAA, buf_view(&frame), &first);
	must(decode_over(0x55, buf_view(&frame), &second) == rc);
	must(view_equal(buf_view(&first), buf_view(&second)));
	if (rc == 0)
		check_round_trip((enum compressor)data[0], &first);
	else
		must(first.len == 0);

	buf_clear(&frame);
	buf_clear(&first);
	buf_clear(&second);
	return 0;
}
