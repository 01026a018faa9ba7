#include "wire/op_query.h"

#include "bson/value.h"
#include "wire/reader.h"

#define REPLY_FLAGS_AT    FRAME_HEADER_BYTES
#define REPLY_RETURNED_AT (FRAME_HEADER_BYTES + 16)

/* MongoDB's number, without a name, for a command asked for more than once. */
enum { ERR_BAD_NUMBER_TO_RETURN = 16979 };

static int parse_namespace(struct op_query *out, struct status *st)
{
	const char *ns = (const char *)out->ns.data;
	const char *dot = memchr(ns, '.', out->ns.len);

	if (!dot || dot == ns)
		return status_set(
		    st, ERR_INVALID_NAMESPACE, "OP_QUERY on the namespace '%.128s'", ns);
	out->db = view_of(ns, (size_t)(dot - ns));
	out->is_command = strcmp(dot, ".$cmd") == 0;
	if (!out->is_command)
		return status_set(st, ERR_UNSUPPORTED_OP_QUERY_COMMAND,
		    "OP_QUERY on collections is no longer served: the client's driver is too "
		    "old");
	return 0;
}

/* {$query: {isMaster: 1}, $readPreference: {...}}, as old drivers have it. */
static void unwrap(struct op_query *q)
{
	struct doc_iter it = doc_iter(q->query);
	struct element first, e;

	if (!doc_next(&it, &first) || first.value.type != TYPE_OBJECT ||
	    (strcmp(first.name, "$query") != 0 && strcmp(first.name, "query") != 0))
		return;
	while (doc_next(&it, &e))
		if (e.value.type == TYPE_OBJECT && strcmp(e.name, "$readPreference") == 0)
			q->read_preference = value_doc(e.value);
	q->query = value_doc(first.value);
}

static int check_command(const struct op_query *q, struct status *st)
{
	static const char *const served[] = {"hello", "isMaster", "ismaster"};
	struct doc_iter it = doc_iter(q->query);
	struct element e = {.name = ""};

	if (q->n_to_return != 1 && q->n_to_return != -1)
		return status_set(st, ERR_BAD_NUMBER_TO_RETURN,
		    "OP_QUERY of a command with numberToReturn %d: it is 1 or -1",
		    q->n_to_return);
	if (doc_next(&it, &e))
		for (size_t i = 0; i < ARRAY_LEN(served); i++)
			if (strcmp(e.name, served[i]) == 0)
				return 0;
	return status_set(st, ERR_UNSUPPORTED_OP_QUERY_COMMAND,
	    "OP_QUERY serves hello and isMaster only, not '%.64s': the client's driver is too "
	    "old",
	    e.name);
}

int op_query_parse(struct view frame, struct op_query *out, struct status *st)
{
	struct reader r = reader_of(frame);
	struct view fields;
	int rc;

	*out = (struct op_query){.flags = 0};
	reader_bytes(&r, FRAME_HEADER_BYTES);
	out->flags = reader_u32(&r);
	out->ns = reader_cstring(&r);
	out->skip = reader_i32(&r);
	out->n_to_return = reader_i32(&r);
	if (reader_failed(&r)) {
		status_set(st, ERR_PROTOCOL_ERROR, "an OP_QUERY that ends before its document");
		return ERR_CLOSE;
	}
	rc = parse_namespace(out, st);
	if (rc == 0)
		rc = reader_document(&r, &out->query, st);
	/* A projection may follow; for commands it means nothing. */
	if (rc == 0 && reader_left(&r))
		rc = reader_document(&r, &fields, st);
	if (rc)
		return rc;
	if (reader_left(&r))
		return status_set(st, ERR_PROTOCOL_ERROR,
		    "%zu bytes behind an OP_QUERY's document", reader_left(&r));
	unwrap(out);
	return check_command(out, st);
}

size_t op_reply_begin(struct buf *out)
{
	size_t start = frame_begin(out);

	buf_append_i32(out, 0); /* flags */
	buf_append_i64(out, 0); /* cursor id */
	buf_append_i32(out, 0); /* starting from */
	buf_append_i32(out, 0); /* documents */
	return start;
}

int op_reply_finish(struct buf *out, size_t start, int32_t request_id, int32_t response_to,
    uint32_t flags, struct status *st)
{
	buf_set_i32(out, start + REPLY_FLAGS_AT, (int32_t)flags);
	buf_set_i32(out, start + REPLY_RETURNED_AT, 1);
	return frame_finish(out, start, request_id, response_to, OPCODE_REPLY, st);
}
