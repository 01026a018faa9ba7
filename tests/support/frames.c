#include "support/frames.h"

#include "bson/builder.h"
#include "util/crc32c.h"

size_t frames_msg_begin(struct buf *out, uint32_t flags)
{
	size_t start = frame_begin(out);

	buf_append_i32(out, (int32_t)flags);
	return start;
}

void frames_body(struct buf *out, struct view doc)
{
	buf_append_byte(out, 0);
	buf_append_view(out, doc);
}

void frames_sequence(struct buf *out, const char *name, struct view docs)
{
	buf_append_byte(out, 1);
	buf_append_i32(out, (int32_t)(4 + strlen(name) + 1 + docs.len));
	buf_append(out, name, strlen(name) + 1);
	buf_append_view(out, docs);
}

/* Not frame_finish, which would refuse what is too long. */
static void fill_in_header(struct buf *out, size_t start, int32_t opcode)
{
	buf_set_i32(out, start, (int32_t)(out->len - start));
	buf_set_i32(out, start + 4, FRAMES_REQUEST_ID);
	buf_set_i32(out, start + 12, opcode);
}

static void set_checksum(struct buf *out, size_t start)
{
	size_t at = out->len - 4;

	buf_set_i32(out, at, (int32_t)crc32c(0, view_of(out->data + start, at - start)));
}

void frames_msg_end(struct buf *out, size_t start)
{
	bool checksum = out->data[start + FRAME_HEADER_BYTES] & OP_MSG_CHECKSUM_PRESENT;

	if (checksum)
		buf_append_i32(out, 0);
	fill_in_header(out, start, OPCODE_MSG);
	if (checksum)
		set_checksum(out, start);
}

void frames_msg(struct buf *out, uint32_t flags, struct view body)
{
	size_t start = frames_msg_begin(out, flags);

	frames_body(out, body);
	frames_msg_end(out, start);
}

/* value NULL: the command's value is 1. */
static void build_command(struct buf *out, const char *name, const char *value, const char *db)
{
	struct builder b;

	builder_init(&b, out);
	if (value)
		builder_str(&b, name, value);
	else
		builder_i32(&b, name, 1);
	if (db)
		builder_str(&b, "$db", db);
	builder_finish(&b);
}

void frames_command(struct buf *out, const char *name, const char *value, const char *db)
{
	size_t start = frames_msg_begin(out, 0);

	buf_append_byte(out, 0);
	build_command(out, name, value, db);
	frames_msg_end(out, start);
}

void frames_ping(struct buf *out)
{
	frames_command(out, "ping", NULL, "admin");
}

void frames_query(struct buf *out, const char *ns, int32_t n_to_return, struct view doc)
{
	size_t start = frame_begin(out);

	buf_append_i32(out, 0);
	buf_append(out, ns, strlen(ns) + 1);
	buf_append_i32(out, 0);
	buf_append_i32(out, n_to_return);
	buf_append_view(out, doc);
	fill_in_header(out, start, OPCODE_QUERY);
}

void frames_raw(struct buf *out, int32_t opcode, struct view payload)
{
	size_t start = frame_begin(out);

	buf_append_view(out, payload);
	fill_in_header(out, start, opcode);
}

void frames_compressed(
    struct buf *out, int32_t opcode, int32_t size, int compressor, struct view payload)
{
	size_t start = frame_begin(out);

	buf_append_i32(out, opcode);
	buf_append_i32(out, size);
	buf_append_byte(out, (uint8_t)compressor);
	buf_append_view(out, payload);
	fill_in_header(out, start, OPCODE_COMPRESSED);
}

void frames_nested(struct buf *out, int depth)
{
	/* a length, then "<type>a" and the next document, and a NUL each */
	for (int left = depth; left > 0; left--) {
		buf_append_i32(out, 5 + (left - 1) * 8);
		if (left > 1) {
			buf_append_byte(out, left % 2 ? TYPE_OBJECT : TYPE_ARRAY);
			buf_append(out, "0", 2);
		}
	}
	for (int left = depth; left > 0; left--)
		buf_append_byte(out, 0);
}
