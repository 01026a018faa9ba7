/*
 * wire/op_msg.h - OP_MSG, read and written.
 *
 * A message is flags, sections and perhaps a checksum.  A section of kind 0 is
 * the command's document (there is exactly one), of kind 1 a named sequence of
 * documents that stand for an array field of the command.
 *
 * op_msg_parse is where every document of a client is checked, once: body and
 * sequences have passed bson_check when it returns 0, and all that comes after
 * it believes their lengths.
 *
 * Threads: pure.
 */
#ifndef WIRE_OP_MSG_H
#define WIRE_OP_MSG_H

#include "wire/frame.h"

/* Flag bits.  Unknown ones among the lower 16 end the connection. */
#define OP_MSG_CHECKSUM_PRESENT (1u << 0)
#define OP_MSG_MORE_TO_COME     (1u << 1)
#define OP_MSG_EXHAUST_ALLOWED  (1u << 16)

#define OP_MSG_SEQUENCES_MAX 16

struct op_msg_sequence {
	struct view name; /* a NUL stands behind it */
	struct view bytes; /* the documents, one behind the other */
	int count; /* how many there are */
};

/* All views are into the frame. */
struct op_msg {
	uint32_t flags;
	bool checksum_present, more_to_come, exhaust_allowed;
	struct view body;
	int n_sequences;
	struct op_msg_sequence sequences[OP_MSG_SEQUENCES_MAX];
};

/*
 * frame: a whole OP_MSG with its header, whose length is the frame's.
 * Answered: ERR_INVALID_BSON, ERR_BSON_OBJECT_TOO_LARGE (a document beyond
 * 16 MiB + 16 KiB), and MongoDB's numbers for wrong sections (none or two of
 * kind 0, one name twice, unknown kinds).  ERR_CLOSE: no room for the flags,
 * unknown required flags, a wrong checksum; and any error in a message with
 * moreToCome, to which no answer may be sent.
 */
MUST_CHECK int op_msg_parse(struct view frame, struct op_msg *out, struct status *st);

/* The sequence of that name, or NULL. */
const struct op_msg_sequence *op_msg_find_sequence(const struct op_msg *m, const char *name);

/* Walks the documents of a sequence. */
struct op_msg_docs {
	const uint8_t *at, *end;
};

struct op_msg_docs op_msg_docs(const struct op_msg_sequence *s);
/* False at the end. */
bool op_msg_docs_next(struct op_msg_docs *it, struct view *doc);

/*
 * Writing: op_msg_begin, then the body at the end of out (builder_init(&b,
 * out) ... builder_finish(&b)), then op_msg_finish.  Several frames may stand
 * in one buffer, one after the other.
 *
 * flags of finish: OP_MSG_CHECKSUM_PRESENT (appends one), OP_MSG_MORE_TO_COME.
 * Fails like frame_finish.
 */
size_t op_msg_begin(struct buf *out);
MUST_CHECK int op_msg_finish(struct buf *out, size_t start, int32_t request_id,
    int32_t response_to, uint32_t flags, struct status *st);

#endif
