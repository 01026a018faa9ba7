/*
 * wire/compress.h - OP_COMPRESSED: a message inside a message.
 *
 * A reply is compressed with what its request was compressed with.  What a
 * message says about its size is held against what comes out: a mismatch ends
 * the connection, and only bytes that were written are ever looked at.
 *
 * Threads: a context belongs to one thread; the rest is pure.
 */
#ifndef WIRE_COMPRESS_H
#define WIRE_COMPRESS_H

#include "wire/frame.h"

/* Ids on the wire. */
enum compressor {
	COMPRESSOR_NOOP = 0,
	COMPRESSOR_SNAPPY = 1,
	COMPRESSOR_ZLIB = 2,
	COMPRESSOR_ZSTD = 3,
	COMPRESSOR_N,
};

/* "snappy", as in hello's compression list. */
const char *compressor_name(enum compressor c);
/* The compressor of that name, or -1. */
int compressor_from_name(struct view name);

/*
 * The libraries' working memory, made when first needed and used again for
 * each message.  Change levels and enabled right after compress_context_init.
 */
struct compress_context {
	unsigned int enabled; /* bit 1 << id; others' messages are refused */
	int zlib_level, zstd_level;
	struct z_stream_s *deflate, *inflate;
	struct ZSTD_CCtx_s *zstd_compress;
	struct ZSTD_DCtx_s *zstd_decompress;
};

/* All enabled, MongoDB's levels; allocates nothing yet. */
void compress_context_init(struct compress_context *ctx);
void compress_context_clear(struct compress_context *ctx);

/*
 * frame: a whole OP_COMPRESSED.  Puts the message it holds, with a header as if
 * it had come like that, into out, which is reset first; out->limit, when set,
 * bounds it.  0 or ERR_CLOSE: a bad header or size, OP_COMPRESSED inside, an
 * unknown or disabled compressor, damaged data, no memory; out is then empty.
 */
MUST_CHECK int compress_decode(struct compress_context *ctx, struct view frame, struct buf *out,
    enum compressor *used, struct status *st);

/*
 * Appends frame (whole, not compressed) as OP_COMPRESSED to out.  When it fails
 * (ERR_EXCEEDED_MEMORY_LIMIT, ERR_OPERATION_FAILED, ERR_BSON_OBJECT_TOO_LARGE:
 * what comes out is longer than a frame may be) out is as it was, and frame may
 * be sent plain.
 */
MUST_CHECK int compress_encode(struct compress_context *ctx, enum compressor c,
    struct view frame, struct buf *out, struct status *st);

/* hello, authentication and whatever else carries secrets or comes before
 * compression is agreed on: never compressed. */
bool compress_forbidden(struct view command_name);

#endif
