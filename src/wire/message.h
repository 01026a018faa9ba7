/*
 * wire/message.h - what came in: from a whole frame to a checked message.
 *
 * The way of a request:  frame_check_header on the first 16 bytes, the rest is
 * read, message_parse, the command runs, op_msg_begin/finish or
 * op_reply_begin/finish write its answer (by message.opcode),
 * compress_encode where message.was_compressed.
 *
 * Threads: pure, but for the compression context.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "wire/compress.h"
#include "wire/op_msg.h"
#include "wire/op_query.h"

struct message {
	struct frame_header header; /* as it was on the wire */
	enum opcode opcode; /* after decompression: OPCODE_MSG or OPCODE_QUERY */
	bool was_compressed;
	enum compressor compressor; /* when was_compressed */
	union {
		struct op_msg msg;
		struct op_query query;
	};
};

/*
 * frame: one whole message, header included.  ctx and decompressed are used for
 * OP_COMPRESSED only; the message's views are into frame, or into decompressed
 * when it was_compressed, and live as long as those.
 *
 * 0; an ERR_ value to be answered (out says how: message_write_error, and
 * out->header, opcode and was_compressed are right); or ERR_CLOSE.
 */
MUST_CHECK int message_parse(struct view frame, struct message *out,
    struct compress_context *ctx, struct buf *decompressed, struct status *st);

/*
 * Appends a whole error reply (not compressed) for a message that
 * message_parse answered with an error: {ok: 0, errmsg, code, codeName} in an
 * OP_MSG, or the OP_REPLY that an OP_QUERY's client expects.
 * Fails like frame_finish.
 */
MUST_CHECK int message_write_error(struct buf *out, const struct message *m, int32_t request_id,
    const struct status *error, struct status *st);

#endif
