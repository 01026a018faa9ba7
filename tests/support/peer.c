#include "support/unit.h"
#include "support/peer.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bson/validate.h"

#define MSG_DOC_AT   21
#define REPLY_DOC_AT 36
#define MOST_BYTES   (1 << 20) /* of an answer, in these tests */

void peer_open(struct peer *p, const struct test_server *s)
{
	*p = (struct peer){.fd = server_connect(s)};
	buf_init(&p->in, NULL);
}

void peer_close(struct peer *p)
{
	close(p->fd);
	buf_clear(&p->in);
}

bool peer_send(struct peer *p, struct view bytes)
{
	while (bytes.len) {
		ssize_t n = send(p->fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = view_of(bytes.data + n, bytes.len - (size_t)n);
	}
	return true;
}

/* Reads until n bytes are there; false when the connection ends before. */
static bool receive_bytes(struct peer *p, size_t n, const char *what)
{
	while (p->in.len < n) {
		struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
		ssize_t got;

		if (poll(&pfd, 1, PEER_PATIENCE_MS) <= 0)
			fail_msg("%s: neither an answer nor the end of the connection", what);
		if (!buf_reserve(&p->in, n - p->in.len))
			fail_msg("%s: an answer of %zu bytes", what, n);
		got = recv(p->fd, p->in.data + p->in.len, n - p->in.len, 0);
		if (got <= 0)
			return false;
		p->in.len += (size_t)got;
	}
	return true;
}

static void decompress(struct peer *p, const char *what)
{
	struct compress_context ctx;
	enum compressor used;
	struct buf plain;

	compress_context_init(&ctx);
	buf_init(&plain, NULL);
	if (compress_decode(&ctx, buf_view(&p->in), &plain, &used, NULL))
		fail_msg("%s: a compressed answer that cannot be read", what);
	buf_clear(&p->in);
	p->in = plain;
	p->compressor = (int)used;
	p->opcode = (enum opcode)frame_read_header(p->in.data).opcode;
	compress_context_clear(&ctx);
}

/* Flags and document of a whole, decompressed answer. */
static void take_apart(struct peer *p, const char *what)
{
	size_t doc_at = p->opcode == OPCODE_MSG ? MSG_DOC_AT : REPLY_DOC_AT;
	size_t checksum;
	struct status st;

	if (p->opcode != OPCODE_MSG && p->opcode != OPCODE_REPLY)
		fail_msg("%s: an answer of the opcode %d", what, (int)p->opcode);
	if (p->in.len < doc_at)
		fail_msg("%s: an answer of %zu bytes", what, p->in.len);
	p->flags = (uint32_t)read_i32(p->in.data + FRAME_HEADER_BYTES);
	checksum = p->opcode == OPCODE_MSG && p->flags & OP_MSG_CHECKSUM_PRESENT ? 4 : 0;
	p->doc = view_of(p->in.data + doc_at, p->in.len - doc_at - checksum);
	status_init(&st);
	if (bson_check(p->doc, &st))
		fail_msg("%s: the answer is no valid document: %s", what, st.message);
	status_clear(&st);
}

bool peer_receive(struct peer *p, const char *what)
{
	int32_t last_id = p->header.request_id;

	buf_reset(&p->in);
	if (!receive_bytes(p, FRAME_HEADER_BYTES, what)) {
		if (p->in.len)
			fail_msg("%s: %zu bytes that are no message", what, p->in.len);
		return false;
	}
	p->header = frame_read_header(p->in.data);
	p->opcode = (enum opcode)p->header.opcode;
	p->compressor = -1;
	if (p->header.length < FRAME_HEADER_BYTES || p->header.length > MOST_BYTES)
		fail_msg("%s: an answer of the length %d", what, p->header.length);
	if (p->header.response_to != FRAMES_REQUEST_ID && p->header.response_to != last_id)
		fail_msg("%s: an answer to %d", what, p->header.response_to);
	if (!receive_bytes(p, (size_t)p->header.length, what))
		fail_msg("%s: an answer that is cut off", what);
	if (p->opcode == OPCODE_COMPRESSED)
		decompress(p, what);
	take_apart(p, what);
	return true;
}

bool peer_is_silent(struct peer *p, int ms)
{
	struct pollfd pfd = {.fd = p->fd, .events = POLLIN};

	return poll(&pfd, 1, ms) == 0;
}

bool peer_says_ok(const struct peer *p)
{
	struct value ok = doc_get(p->doc, "ok");

	return ok.type == TYPE_DOUBLE && read_double(ok.data) == 1;
}

int peer_error_code(const struct peer *p, const char *what)
{
	struct value code = doc_get(p->doc, "code");

	if (peer_says_ok(p) || code.type != TYPE_INT32)
		fail_msg("%s: the answer is no error", what);
	return read_i32(code.data);
}

void peer_check_ping(struct peer *p, const char *after)
{
	struct buf ping;

	buf_init(&ping, NULL);
	frames_ping(&ping);
	if (!peer_send(p, buf_view(&ping)) || !peer_receive(p, after) || !peer_says_ok(p))
		fail_msg("no ping is answered after: %s", after);
	buf_clear(&ping);
}
