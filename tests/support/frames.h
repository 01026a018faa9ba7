/*
 * support/frames.h - frames as a client makes them, and as no client should.
 *
 * Whole frames are appended to a buf with FRAMES_REQUEST_ID as their requestId.
 * Nothing here checks what it is given: a frame is as right or wrong as the
 * test wants it.
 */
#ifndef SUPPORT_FRAMES_H
#define SUPPORT_FRAMES_H

#include "wire/message.h"

#define FRAMES_REQUEST_ID 0x1234

/*
 * An OP_MSG section by section:
 *     start = frames_msg_begin(out, flags);
 *     frames_body(out, doc);
 *     frames_sequence(out, "documents", docs);
 *     frames_msg_end(out, start);
 */
size_t frames_msg_begin(struct buf *out, uint32_t flags);
void frames_body(struct buf *out, struct view doc);
void frames_sequence(struct buf *out, const char *name, struct view docs);
/* Appends the checksum that the flags announce, and fills in the header. */
void frames_msg_end(struct buf *out, size_t start);

/* Whole frames. */
void frames_msg(struct buf *out, uint32_t flags, struct view body);
/* {<name>: <value>, $db: <db>} */
void frames_command(struct buf *out, const char *name, const char *value, const char *db);
void frames_ping(struct buf *out);
void frames_query(struct buf *out, const char *ns, int32_t n_to_return, struct view doc);
void frames_raw(struct buf *out, int32_t opcode, struct view payload);
void frames_compressed(
    struct buf *out, int32_t opcode, int32_t size, int compressor, struct view payload);

/* {a: {a: ... {} ... }}, depth documents in all, every second one an array. */
void frames_nested(struct buf *out, int depth);

#endif
