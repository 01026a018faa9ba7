#include "wire/frame.h"

#include "wire/reader.h"

struct frame_header frame_read_header(const uint8_t bytes[static FRAME_HEADER_BYTES])
{
	struct reader r = reader_of(view_of(bytes, FRAME_HEADER_BYTES));
	struct frame_header h;

	h.length = reader_i32(&r);
	h.request_id = reader_i32(&r);
	h.response_to = reader_i32(&r);
	h.opcode = reader_i32(&r);
	return h;
}

static bool opcode_is_read(int32_t opcode)
{
	return opcode == OPCODE_MSG || opcode == OPCODE_COMPRESSED || opcode == OPCODE_QUERY ||
	       opcode == OPCODE_GET_MORE;
}

int frame_check_header(
    const uint8_t bytes[static FRAME_HEADER_BYTES], struct frame_header *out, struct status *st)
{
	*out = frame_read_header(bytes);
	if (out->length < FRAME_HEADER_BYTES || out->length > FRAME_MAX_BYTES) {
		status_set(st, ERR_PROTOCOL_ERROR, "a message of %d bytes; they have %d to %d",
		    out->length, FRAME_HEADER_BYTES, FRAME_MAX_BYTES);
		return ERR_CLOSE;
	}
	if (!opcode_is_read(out->opcode)) {
		status_set(st, ERR_PROTOCOL_ERROR, "a message of the unsupported opcode %d",
		    out->opcode);
		return ERR_CLOSE;
	}
	return 0;
}

size_t frame_begin(struct buf *out)
{
	size_t start = out->len;
	uint8_t *header = buf_extend(out, FRAME_HEADER_BYTES);

	if (header)
		memset(header, 0, FRAME_HEADER_BYTES);
	return start;
}

/* As if the frame had never been begun. */
static void take_back(struct buf *out, size_t start)
{
	out->len = start;
	out->failed = false;
}

int frame_finish(struct buf *out, size_t start, int32_t request_id, int32_t response_to,
    enum opcode opcode, struct status *st)
{
	size_t length;

	if (out->failed) {
		take_back(out, start);
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "there is no memory for the message");
	}
	assert(out->len >= start + FRAME_HEADER_BYTES);
	length = out->len - start;
	if (length > FRAME_MAX_BYTES) {
		take_back(out, start);
		return status_set(st, ERR_BSON_OBJECT_TOO_LARGE,
		    "a message of %zu bytes; they have at most %d", length, FRAME_MAX_BYTES);
	}
	buf_set_i32(out, start, (int32_t)length);
	buf_set_i32(out, start + 4, request_id);
	buf_set_i32(out, start + 8, response_to);
	buf_set_i32(out, start + 12, opcode);
	return 0;
}
