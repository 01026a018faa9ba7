#include "wire/message.h"

#include "bson/builder.h"

static int parse_by_opcode(struct view frame, struct message *out, struct status *st)
{
	switch (out->opcode) {
	case OPCODE_MSG:
		return op_msg_parse(frame, &out->msg, st);
	case OPCODE_QUERY:
		return op_query_parse(frame, &out->query, st);
	case OPCODE_GET_MORE:
		return status_set(st, ERR_UNSUPPORTED_OP_QUERY_COMMAND,
		    "OP_GET_MORE is no longer served: the client's driver is too old");
	default: /* frame_check_header has let nothing else pass */
		status_set(st, ERR_PROTOCOL_ERROR, "a message of the unsupported opcode %d",
		    (int)out->opcode);
		return ERR_CLOSE;
	}
}

int message_parse(struct view frame, struct message *out, struct compress_context *ctx,
    struct buf *decompressed, struct status *st)
{
	int rc;

	if (frame.len < FRAME_HEADER_BYTES) {
		status_set(st, ERR_PROTOCOL_ERROR, "a message that ends within its header");
		return ERR_CLOSE;
	}
	out->was_compressed = false;
	rc = frame_check_header(frame.data, &out->header, st);
	out->opcode = (enum opcode)out->header.opcode;
	if (rc)
		return rc;
	if ((size_t)out->header.length != frame.len) {
		status_set(st, ERR_PROTOCOL_ERROR, "a message of %zu bytes says it has %d",
		    frame.len, out->header.length);
		return ERR_CLOSE;
	}
	if (out->opcode == OPCODE_COMPRESSED) {
		rc = compress_decode(ctx, frame, decompressed, &out->compressor, st);
		if (rc)
			return rc;
		out->was_compressed = true;
		frame = buf_view(decompressed);
		out->opcode = (enum opcode)frame_read_header(frame.data).opcode;
	}
	return parse_by_opcode(frame, out, st);
}

static void build_command_error(struct builder *b, const struct status *error)
{
	char name[32];

	builder_double(b, "ok", 0);
	builder_str(b, "errmsg", error->message);
	builder_i32(b, "code", error->code);
	builder_str(b, "codeName", error_code_name(error->code, name));
}

static void build_query_error(struct builder *b, const struct status *error)
{
	builder_str(b, "$err", error->message);
	builder_i32(b, "code", error->code);
}

int message_write_error(struct buf *out, const struct message *m, int32_t request_id,
    const struct status *error, struct status *st)
{
	bool in_msg = m->opcode == OPCODE_MSG;
	bool on_collection =
	    m->opcode == OPCODE_GET_MORE || (m->opcode == OPCODE_QUERY && !m->query.is_command);
	size_t start = in_msg ? op_msg_begin(out) : op_reply_begin(out);
	struct builder b;

	builder_init(&b, out);
	if (on_collection)
		build_query_error(&b, error);
	else
		build_command_error(&b, error);
	builder_finish(&b);
	if (in_msg)
		return op_msg_finish(out, start, request_id, m->header.request_id, 0, st);
	return op_reply_finish(out, start, request_id, m->header.request_id,
	    on_collection ? OP_REPLY_QUERY_FAILURE : OP_REPLY_AWAIT_CAPABLE, st);
}
