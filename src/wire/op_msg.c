#include "wire/op_msg.h"

#include "bson/value.h"
#include "util/crc32c.h"
#include "wire/reader.h"

#define FLAGS_AT           FRAME_HEADER_BYTES
#define CHECKSUM_BYTES     4
#define REQUIRED_FLAG_BITS 0xFFFFu
#define KNOWN_REQUIRED     (OP_MSG_CHECKSUM_PRESENT | OP_MSG_MORE_TO_COME)

enum section_kind { SECTION_BODY = 0, SECTION_SEQUENCE = 1, SECTION_INTERNAL = 2 };

/* MongoDB's numbers for wrong sections; they have no names. */
enum {
	ERR_SECOND_BODY = 40430,
	ERR_SEQUENCE_TWICE = 40431,
	ERR_SECTION_KIND = 40432,
	ERR_SEQUENCE_AND_FIELD = 40433,
	ERR_NO_BODY = 40587,
};

static int parse_flags(struct reader *r, struct op_msg *out, struct status *st)
{
	out->flags = reader_u32(r);
	out->checksum_present = out->flags & OP_MSG_CHECKSUM_PRESENT;
	out->more_to_come = out->flags & OP_MSG_MORE_TO_COME;
	out->exhaust_allowed = out->flags & OP_MSG_EXHAUST_ALLOWED;
	if (reader_failed(r)) {
		status_set(st, ERR_PROTOCOL_ERROR, "an OP_MSG without flags");
		return ERR_CLOSE;
	}
	if (out->flags & REQUIRED_FLAG_BITS & ~KNOWN_REQUIRED) {
		status_set(
		    st, ERR_PROTOCOL_ERROR, "an OP_MSG with unknown flags: 0x%x", out->flags);
		return ERR_CLOSE;
	}
	return 0;
}

/* Takes the checksum off the reader's end. */
static int check_checksum(struct view frame, struct reader *r, struct status *st)
{
	struct reader sum;

	if (reader_left(r) < CHECKSUM_BYTES) {
		status_set(
		    st, ERR_PROTOCOL_ERROR, "an OP_MSG without the checksum it announces");
		return ERR_CLOSE;
	}
	r->end -= CHECKSUM_BYTES;
	sum = reader_of(view_of(r->end, CHECKSUM_BYTES));
	if (crc32c(0, view_of(frame.data, frame.len - CHECKSUM_BYTES)) != reader_u32(&sum)) {
		status_set(st, ERR_PROTOCOL_ERROR, "an OP_MSG with a wrong checksum");
		return ERR_CLOSE;
	}
	return 0;
}

static int parse_body(struct reader *r, struct op_msg *out, struct status *st)
{
	if (out->body.data)
		return status_set(st, ERR_SECOND_BODY, "an OP_MSG with two body sections");
	return reader_document(r, &out->body, st);
}

static int check_documents(struct op_msg_sequence *s, struct status *st)
{
	struct reader r = reader_of(s->bytes);

	while (reader_left(&r)) {
		struct view doc;
		int rc = reader_document(&r, &doc, st);

		if (rc) {
			status_prefix(st, "document %d of the sequence '%.64s': ", s->count,
			    (const char *)s->name.data);
			return rc;
		}
		s->count++;
	}
	return 0;
}

static const struct op_msg_sequence *find_sequence(const struct op_msg *m, struct view name)
{
	for (int i = 0; i < m->n_sequences; i++)
		if (view_equal(m->sequences[i].name, name))
			return &m->sequences[i];
	return NULL;
}

static int parse_sequence(struct reader *r, struct op_msg *out, struct status *st)
{
	struct reader sized = *r;
	int32_t size = reader_i32(&sized);
	struct reader section = reader_of(reader_bytes(r, size < 4 ? SIZE_MAX : (size_t)size));
	struct op_msg_sequence s = {.count = 0};
	int rc;

	reader_i32(&section);
	s.name = reader_cstring(&section);
	s.bytes = reader_rest(&section);
	if (reader_failed(r) || reader_failed(&section))
		return status_set(st, ERR_OVERFLOW,
		    "a document sequence of %d bytes does not fit into its message, or has no "
		    "name",
		    size);
	if (find_sequence(out, s.name))
		return status_set(st, ERR_SEQUENCE_TWICE,
		    "two document sequences are named '%.64s'", (const char *)s.name.data);
	if (out->n_sequences == OP_MSG_SEQUENCES_MAX)
		return status_set(st, ERR_PROTOCOL_ERROR,
		    "an OP_MSG with more than %d document sequences", OP_MSG_SEQUENCES_MAX);
	rc = check_documents(&s, st);
	if (rc == 0)
		out->sequences[out->n_sequences++] = s;
	return rc;
}

static int parse_section(struct reader *r, struct op_msg *out, struct status *st)
{
	uint8_t kind = reader_u8(r);

	switch (kind) {
	case SECTION_BODY:
		return parse_body(r, out, st);
	case SECTION_SEQUENCE:
		return parse_sequence(r, out, st);
	case SECTION_INTERNAL:
		return status_set(st, ERR_SECTION_KIND,
		    "an OP_MSG section of kind 2, which only servers use among themselves");
	default:
		return status_set(
		    st, ERR_SECTION_KIND, "an OP_MSG section of unknown kind %d", kind);
	}
}

/* A sequence stands for a field, which the body may not have as well. */
static int check_names(const struct op_msg *m, struct status *st)
{
	if (!m->body.data)
		return status_set(st, ERR_NO_BODY, "an OP_MSG without a body section");
	for (int i = 0; i < m->n_sequences; i++) {
		struct view name = m->sequences[i].name;

		if (!value_is_missing(doc_get_n(m->body, (const char *)name.data, name.len)))
			return status_set(st, ERR_SEQUENCE_AND_FIELD,
			    "'%.64s' is both a field and a document sequence",
			    (const char *)name.data);
	}
	return 0;
}

static int parse(struct view frame, struct op_msg *out, struct status *st)
{
	struct reader r = reader_of(frame);
	int rc;

	out->body = view_of(NULL, 0);
	out->n_sequences = 0;
	reader_bytes(&r, FRAME_HEADER_BYTES);
	rc = parse_flags(&r, out, st);
	if (rc == 0 && out->checksum_present)
		rc = check_checksum(frame, &r, st);
	while (rc == 0 && reader_left(&r))
		rc = parse_section(&r, out, st);
	return rc ? rc : check_names(out, st);
}

int op_msg_parse(struct view frame, struct op_msg *out, struct status *st)
{
	int rc = parse(frame, out, st);

	/* Who announced that more is to come does not read an answer. */
	return rc && out->more_to_come ? ERR_CLOSE : rc;
}

const struct op_msg_sequence *op_msg_find_sequence(const struct op_msg *m, const char *name)
{
	return find_sequence(m, view_of_str(name));
}

struct op_msg_docs op_msg_docs(const struct op_msg_sequence *s)
{
	return (struct op_msg_docs){s->bytes.data, s->bytes.data + s->bytes.len};
}

bool op_msg_docs_next(struct op_msg_docs *it, struct view *doc)
{
	if (it->at == it->end)
		return false;
	*doc = view_of(it->at, (size_t)read_i32(it->at));
	it->at += doc->len;
	return true;
}

size_t op_msg_begin(struct buf *out)
{
	size_t start = frame_begin(out);

	buf_append_i32(out, 0);
	buf_append_byte(out, SECTION_BODY);
	return start;
}

int op_msg_finish(struct buf *out, size_t start, int32_t request_id, int32_t response_to,
    uint32_t flags, struct status *st)
{
	bool checksum = flags & OP_MSG_CHECKSUM_PRESENT;
	int rc;

	if (checksum)
		buf_append_i32(out, 0);
	buf_set_i32(out, start + FLAGS_AT, (int32_t)flags);
	rc = frame_finish(out, start, request_id, response_to, OPCODE_MSG, st);
	if (rc == 0 && checksum) {
		size_t end = out->len - CHECKSUM_BYTES;

		buf_set_i32(
		    out, end, (int32_t)crc32c(0, view_of(out->data + start, end - start)));
	}
	return rc;
}
