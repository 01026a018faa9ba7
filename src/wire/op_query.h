/*
 * wire/op_query.h - the old OP_QUERY, which drivers still use for their first
 * hello, and OP_REPLY, which answers it.
 *
 * Nothing but hello and isMaster on "<db>.$cmd" is accepted, as in MongoDB
 * since 5.1.
 *
 * Threads: pure.
 */
#ifndef WIRE_OP_QUERY_H
#define WIRE_OP_QUERY_H

#include "wire/frame.h"

/* Views are into the frame. */
struct op_query {
	uint32_t flags;
	struct view ns; /* "db.$cmd"; a NUL stands behind it */
	struct view db; /* the part before the first dot */
	bool is_command; /* on $cmd: errors are {ok: 0, ...}, else $err */
	int32_t skip, n_to_return;
	struct view query; /* the command, taken out of $query if it was in one */
	struct view read_preference; /* $readPreference beside $query; data NULL: none */
};

/*
 * frame: a whole OP_QUERY with its header.  Answered (with OP_REPLY):
 * ERR_UNSUPPORTED_OP_QUERY_COMMAND, ERR_INVALID_BSON, ERR_INVALID_NAMESPACE and
 * the like; out->is_command is then right too.  ERR_CLOSE: what is before the
 * document cannot be read.
 */
MUST_CHECK int op_query_parse(struct view frame, struct op_query *out, struct status *st);

/* responseFlags of OP_REPLY. */
#define OP_REPLY_QUERY_FAILURE (1u << 1)
#define OP_REPLY_AWAIT_CAPABLE (1u << 3)

/* Like op_msg_begin and op_msg_finish, with one document in between. */
size_t op_reply_begin(struct buf *out);
MUST_CHECK int op_reply_finish(struct buf *out, size_t start, int32_t request_id,
    int32_t response_to, uint32_t flags, struct status *st);

#endif
