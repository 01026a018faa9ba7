/*
 * wire/frame.h - the sixteen bytes in front of every message.
 *
 * A connection reads FRAME_HEADER_BYTES, asks frame_check_header whether the
 * rest is worth waiting for, reads the rest and gives the whole frame to
 * message_parse (wire/message.h).
 *
 * Errors of this folder: 0; an ERR_ value (positive), which is answered with an
 * error reply, after which the connection goes on; or ERR_CLOSE, after which
 * nothing more can be believed and the connection is closed.  In both cases
 * the status has a code and words, for the client or for the log.
 *
 * Threads: pure.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "util/buf.h"
#include "util/status.h"

#define FRAME_HEADER_BYTES 16
#define FRAME_MAX_BYTES    48000000 /* hello's maxMessageSizeBytes */

/* The peer's bytes cannot be followed any more: close the connection. */
enum { ERR_CLOSE = -20 };

enum opcode {
	OPCODE_REPLY = 1,
	OPCODE_UPDATE = 2001,
	OPCODE_INSERT = 2002,
	OPCODE_QUERY = 2004,
	OPCODE_GET_MORE = 2005,
	OPCODE_DELETE = 2006,
	OPCODE_KILL_CURSORS = 2007,
	OPCODE_COMPRESSED = 2012,
	OPCODE_MSG = 2013,
};

struct frame_header {
	int32_t length; /* of the message, this header included */
	int32_t request_id;
	int32_t response_to;
	int32_t opcode; /* enum opcode, or anything else from a peer */
};

/* Decodes without judging. */
struct frame_header frame_read_header(const uint8_t bytes[static FRAME_HEADER_BYTES]);

/*
 * Is this the begin of a message that a server reads?  0 or ERR_CLOSE: lengths
 * below 16 and above FRAME_MAX_BYTES, opcodes that no client of today sends
 * (all but OP_MSG, OP_COMPRESSED, OP_QUERY and OP_GET_MORE, the last only to be
 * refused with an answer).
 */
MUST_CHECK int frame_check_header(const uint8_t bytes[static FRAME_HEADER_BYTES],
    struct frame_header *out, struct status *st);

/* Appends room for a header; returns where the frame begins in out. */
size_t frame_begin(struct buf *out);

/*
 * Fills in the header of the frame that begins at start and ends where out
 * ends.  Fails when out has failed (ERR_EXCEEDED_MEMORY_LIMIT) or the frame is
 * longer than FRAME_MAX_BYTES (ERR_BSON_OBJECT_TOO_LARGE); out then ends at
 * start again (and is no longer failed, so that an error can be written).
 */
MUST_CHECK int frame_finish(struct buf *out, size_t start, int32_t request_id,
    int32_t response_to, enum opcode opcode, struct status *st);

#endif
