#include "wire/compress.h"

#include <stdlib.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "wire/reader.h"

/* What frame_finish leaves room for. */
#define UNCOMPRESSED_MAX (FRAME_MAX_BYTES - FRAME_HEADER_BYTES)

/*
 * decode writes exactly size bytes from all of in, or says false.  encode
 * writes at most capacity (what bound answered) and sets *len.
 * max_ratio: no bytes of in can become more than that many times as many, so
 * that a size beyond it is refused before anything is allocated.
 */
struct codec {
	const char *name;
	size_t max_ratio;
	bool (*decode)(struct compress_context *, struct view in, uint8_t *to, size_t size);
	size_t (*bound)(size_t n);
	bool (*encode)(struct compress_context *, struct view in, uint8_t *to, size_t capacity,
	    size_t *len);
};

static bool noop_decode(struct compress_context *ctx, struct view in, uint8_t *to, size_t size)
{
	if (in.len != size)
		return false;
	if (size)
		memcpy(to, in.data, size);
	return true;
}

static size_t noop_bound(size_t n)
{
	return n;
}

static bool noop_encode(
    struct compress_context *ctx, struct view in, uint8_t *to, size_t capacity, size_t *len)
{
	if (in.len)
		memcpy(to, in.data, in.len);
	*len = in.len;
	return true;
}

static bool snappy_decode(
    struct compress_context *ctx, struct view in, uint8_t *to, size_t size)
{
	const char *from = (const char *)in.data;
	size_t len;

	/* It writes as many bytes as the stream says, so look at that first. */
	if (snappy_uncompressed_length(from, in.len, &len) != SNAPPY_OK || len != size)
		return false;
	return snappy_uncompress(from, in.len, (char *)to, &len) == SNAPPY_OK && len == size;
}

static bool snappy_encode(
    struct compress_context *ctx, struct view in, uint8_t *to, size_t capacity, size_t *len)
{
	*len = capacity;
	return snappy_compress((const char *)in.data, in.len, (char *)to, len) == SNAPPY_OK;
}

/* The stream ready for a new message; NULL when there is no memory. */
static z_stream *inflater(struct compress_context *ctx)
{
	if (ctx->inflate)
		return inflateReset(ctx->inflate) == Z_OK ? ctx->inflate : NULL;
	ctx->inflate = calloc(1, sizeof(*ctx->inflate));
	if (ctx->inflate && inflateInit(ctx->inflate) != Z_OK) {
		free(ctx->inflate);
		ctx->inflate = NULL;
	}
	return ctx->inflate;
}

static z_stream *deflater(struct compress_context *ctx)
{
	if (ctx->deflate)
		return deflateReset(ctx->deflate) == Z_OK ? ctx->deflate : NULL;
	ctx->deflate = calloc(1, sizeof(*ctx->deflate));
	if (ctx->deflate && deflateInit(ctx->deflate, ctx->zlib_level) != Z_OK) {
		free(ctx->deflate);
		ctx->deflate = NULL;
	}
	return ctx->deflate;
}

static bool zlib_decode(struct compress_context *ctx, struct view in, uint8_t *to, size_t size)
{
	z_stream *z = inflater(ctx);

	if (!z)
		return false;
	z->next_in = (Bytef *)in.data;
	z->avail_in = (uInt)in.len;
	z->next_out = to;
	z->avail_out = (uInt)size;
	return inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 0 && z->avail_in == 0;
}

static bool zlib_encode(
    struct compress_context *ctx, struct view in, uint8_t *to, size_t capacity, size_t *len)
{
	z_stream *z = deflater(ctx);

	if (!z)
		return false;
	z->next_in = (Bytef *)in.data;
	z->avail_in = (uInt)in.len;
	z->next_out = to;
	z->avail_out = (uInt)capacity;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return false;
	*len = capacity - z->avail_out;
	return true;
}

static bool zstd_decode(struct compress_context *ctx, struct view in, uint8_t *to, size_t size)
{
	size_t n;

	if (!ctx->zstd_decompress)
		ctx->zstd_decompress = ZSTD_createDCtx();
	if (!ctx->zstd_decompress)
		return false;
	n = ZSTD_decompressDCtx(ctx->zstd_decompress, to, size, in.data, in.len);
	return !ZSTD_isError(n) && n == size;
}

static bool zstd_encode(
    struct compress_context *ctx, struct view in, uint8_t *to, size_t capacity, size_t *len)
{
	if (!ctx->zstd_compress)
		ctx->zstd_compress = ZSTD_createCCtx();
	if (!ctx->zstd_compress)
		return false;
	*len = ZSTD_compressCCtx(
	    ctx->zstd_compress, to, capacity, in.data, in.len, ctx->zstd_level);
	return !ZSTD_isError(*len);
}

static const struct codec codecs[COMPRESSOR_N] = {
    /* 64 bytes from a copy of three */
    [COMPRESSOR_SNAPPY] = {"snappy", 22, snappy_decode, snappy_max_compressed_length,
	snappy_encode},
    /* 258 bytes from two bits */
    [COMPRESSOR_ZLIB] = {"zlib", 1032, zlib_decode, compressBound, zlib_encode},
    /* a block of 128 KiB from four bytes */
    [COMPRESSOR_ZSTD] = {"zstd", 32768, zstd_decode, ZSTD_compressBound, zstd_encode},
    [COMPRESSOR_NOOP] = {"noop", 1, noop_decode, noop_bound, noop_encode},
};

const char *compressor_name(enum compressor c)
{
	return codecs[c].name;
}

int compressor_from_name(struct view name)
{
	for (int c = 0; c < COMPRESSOR_N; c++)
		if (view_equal(name, view_of_str(codecs[c].name)))
			return c;
	return -1;
}

void compress_context_init(struct compress_context *ctx)
{
	*ctx = (struct compress_context){
	    .enabled = (1u << COMPRESSOR_N) - 1,
	    .zlib_level = Z_DEFAULT_COMPRESSION,
	    .zstd_level = ZSTD_CLEVEL_DEFAULT,
	};
}

void compress_context_clear(struct compress_context *ctx)
{
	if (ctx->inflate)
		inflateEnd(ctx->inflate);
	if (ctx->deflate)
		deflateEnd(ctx->deflate);
	free(ctx->inflate);
	free(ctx->deflate);
	ZSTD_freeCCtx(ctx->zstd_compress);
	ZSTD_freeDCtx(ctx->zstd_decompress);
	ctx->inflate = ctx->deflate = NULL;
	ctx->zstd_compress = NULL;
	ctx->zstd_decompress = NULL;
}

/* What an OP_COMPRESSED says about the message inside. */
struct inside {
	int32_t opcode, size;
	uint8_t compressor;
	struct view bytes;
};

static int refuse(struct status *st, const char *why, long n)
{
	status_set(st, ERR_PROTOCOL_ERROR, "a compressed message %s (%ld)", why, n);
	return ERR_CLOSE;
}

static int check_inside(
    const struct compress_context *ctx, const struct inside *in, struct status *st)
{
	if (in->opcode != OPCODE_MSG && in->opcode != OPCODE_QUERY &&
	    in->opcode != OPCODE_GET_MORE)
		return refuse(st, "of an opcode that is not served", in->opcode);
	if (in->compressor >= COMPRESSOR_N || !(ctx->enabled & (1u << in->compressor)))
		return refuse(st, "of an unknown compressor", in->compressor);
	if (in->size < 0 || in->size > UNCOMPRESSED_MAX ||
	    (size_t)in->size > in->bytes.len * codecs[in->compressor].max_ratio)
		return refuse(st, "with an impossible size", in->size);
	return 0;
}

int compress_decode(struct compress_context *ctx, struct view frame, struct buf *out,
    enum compressor *used, struct status *st)
{
	struct frame_header header = frame_read_header(frame.data);
	struct reader r = reader_of(frame);
	struct inside in;
	size_t start;
	uint8_t *to;
	int rc;

	buf_reset(out);
	reader_bytes(&r, FRAME_HEADER_BYTES);
	in.opcode = reader_i32(&r);
	in.size = reader_i32(&r);
	in.compressor = reader_u8(&r);
	in.bytes = reader_rest(&r);
	if (reader_failed(&r))
		return refuse(st, "shorter than its header", (long)frame.len);
	rc = check_inside(ctx, &in, st);
	if (rc)
		return rc;
	start = frame_begin(out);
	to = buf_extend(out, (size_t)in.size);
	if (!to)
		rc = refuse(st, "for which there is no memory", in.size);
	else if (!codecs[in.compressor].decode(ctx, in.bytes, to, (size_t)in.size))
		rc = refuse(st, "that is damaged or has another size than it says", in.size);
	else if (frame_finish(out, start, header.request_id, header.response_to,
		     (enum opcode)in.opcode, st) != 0)
		rc = ERR_CLOSE;
	if (rc)
		buf_reset(out);
	*used = in.compressor;
	return rc;
}

int compress_encode(struct compress_context *ctx, enum compressor c, struct view frame,
    struct buf *out, struct status *st)
{
	struct frame_header header = frame_read_header(frame.data);
	struct view in =
	    view_of(frame.data + FRAME_HEADER_BYTES, frame.len - FRAME_HEADER_BYTES);
	size_t start = frame_begin(out);
	size_t bound = codecs[c].bound(in.len);
	size_t len;

	buf_append_i32(out, header.opcode);
	buf_append_i32(out, (int32_t)in.len);
	buf_append_byte(out, (uint8_t)c);
	if (buf_reserve(out, bound)) {
		if (!codecs[c].encode(ctx, in, out->data + out->len, bound, &len)) {
			out->len = start;
			return status_set(st, ERR_OPERATION_FAILED,
			    "%s could not compress a message", codecs[c].name);
		}
		out->len += len;
	}
	return frame_finish(
	    out, start, header.request_id, header.response_to, OPCODE_COMPRESSED, st);
}

bool compress_forbidden(struct view command_name)
{
	static const char *const names[] = {"hello", "isMaster", "ismaster", "saslStart",
	    "saslContinue", "getnonce", "authenticate", "createUser", "updateUser",
	    "copydbSaslStart", "copydbgetnonce", "copydb"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (view_equal(command_name, view_of_str(names[i])))
			return true;
	return false;
}
