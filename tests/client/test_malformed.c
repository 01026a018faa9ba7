/*
 * Every malformed message, sent to a real server, each over a connection of its
 * own: it ends in an error reply or in a closed connection, at once, and the
 * next client is served.
 */
#include "support/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bson/validate.h"
#include "support/malformed.h"
#include "support/server.h"

#define PATIENCE_MS 20000 /* a server under sanitizers, on a busy machine */

static struct test_server *server;
static struct buf ping, answer;
static int closed, answered;

static int setup(void **state)
{
	server = server_new(NULL);
	buf_init(&ping, NULL);
	buf_init(&answer, NULL);
	frames_ping(&ping);
	return 0;
}

static int teardown(void **state)
{
	server_free(server);
	buf_clear(&ping);
	buf_clear(&answer);
	return 0;
}

/* False when the server has closed before it had taken all of it. */
static bool send_all(int fd, struct view bytes)
{
	while (bytes.len) {
		ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = view_of(bytes.data + n, bytes.len - (size_t)n);
	}
	return true;
}

/* Reads until n bytes are there; false when the connection ends before. */
static bool receive(int fd, size_t n, const char *what)
{
	while (answer.len < n) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			fail_msg("%s: neither an answer nor the end of the connection", what);
		if (!buf_reserve(&answer, n - answer.len))
			fail_msg("%s: an answer of %zu bytes", what, n);
		got = recv(fd, answer.data + answer.len, n - answer.len, 0);
		if (got <= 0)
			return false;
		answer.len += (size_t)got;
	}
	return true;
}

/* The document of the next answer; false when the connection is closed instead.
 * Nothing may come that is not a whole and valid message. */
static bool next_answer(int fd, const char *what, struct view *doc)
{
	struct frame_header h;
	size_t doc_at, len;

	buf_reset(&answer);
	if (!receive(fd, FRAME_HEADER_BYTES, what)) {
		assert_int_equal(answer.len, 0);
		return false;
	}
	h = frame_read_header(answer.data);
	if (h.opcode != OPCODE_MSG && h.opcode != OPCODE_REPLY && h.opcode != OPCODE_COMPRESSED)
		fail_msg("%s: an answer of the opcode %d", what, h.opcode);
	assert_in_range(h.length, FRAME_HEADER_BYTES, 100000);
	assert_int_equal(h.response_to, FRAMES_REQUEST_ID);
	assert_true(receive(fd, (size_t)h.length, what));
	if (h.opcode == OPCODE_COMPRESSED) {
		struct compress_context ctx;
		struct buf plain;
		enum compressor used;

		compress_context_init(&ctx);
		buf_init(&plain, NULL);
		assert_int_equal(
		    compress_decode(&ctx, buf_view(&answer), &plain, &used, NULL), 0);
		buf_clear(&answer);
		answer = plain;
		compress_context_clear(&ctx);
		h = frame_read_header(answer.data);
	}
	doc_at = h.opcode == OPCODE_MSG ? 21 : 36;
	assert_true(answer.len > doc_at);
	*doc = view_of(answer.data + doc_at, answer.len - doc_at);
	assert_int_equal(bson_frame(*doc, &len, NULL), 0);
	assert_int_equal(len, doc->len);
	assert_int_equal(bson_check(*doc, NULL), 0);
	return true;
}

static bool says_ok(struct view doc)
{
	struct value ok = doc_get(doc, "ok");

	return ok.type == TYPE_DOUBLE && read_double(ok.data) == 1;
}

static void check_ping(int fd, const char *after)
{
	struct view doc;

	if (!send_all(fd, buf_view(&ping)) || !next_answer(fd, after, &doc) || !says_ok(doc))
		fail_msg("no ping is answered after: %s", after);
}

static void check_next_client(const char *after)
{
	int fd = server_connect(server);

	check_ping(fd, after);
	close(fd);
}

static int code_of(struct view doc, const char *what)
{
	struct value code = doc_get(doc, "code");

	if (says_ok(doc) || code.type != TYPE_INT32)
		fail_msg("%s: the answer is no error", what);
	return read_i32(code.data);
}

/* More bytes than the header says: how much of it is a message of its own is
 * not what the list says. */
static bool has_bytes_behind(struct view bytes)
{
	struct frame_header h;

	return bytes.len >= FRAME_HEADER_BYTES &&
	       frame_check_header(bytes.data, &h, NULL) == 0 && (size_t)h.length < bytes.len;
}

static void send_one(void *arg, const struct malformed *m)
{
	bool any = m->expect == MALFORMED_ANY_ERROR || has_bytes_behind(m->bytes);
	int fd = server_connect(server);
	struct view doc;

	if (send_all(fd, m->bytes) && m->cut)
		shutdown(fd, SHUT_WR);
	if (next_answer(fd, m->name, &doc)) {
		int code = code_of(doc, m->name);

		if (!any && m->expect != 0 && code != m->expect)
			fail_msg("%s: answered with %d, not %d", m->name, code, m->expect);
		/* who was answered may go on */
		if (!has_bytes_behind(m->bytes) && !m->cut)
			check_ping(fd, m->name);
		answered++;
	} else {
		if (!any && m->expect != ERR_CLOSE)
			fail_msg("%s: closed without an answer", m->name);
		closed++;
	}
	close(fd);
	check_next_client(m->name);
}

static void each_ends_and_the_next_client_is_served(void **state)
{
	int n = malformed_each(send_one, NULL);

	print_message("%d messages: %d closed, %d answered\n", n, closed, answered);
	assert_int_equal(closed + answered, n);
	assert_true(closed > 800 && answered > 150);
}

/* The longest frame there may be, whose body is no BSON; one byte more is
 * refused by its header. */
static void the_longest_frame(void **state)
{
	struct buf frame;
	struct view doc;
	size_t start;
	int fd;

	buf_init(&frame, NULL);
	start = frames_msg_begin(&frame, 0);
	memset(buf_extend(&frame, FRAME_MAX_BYTES - 20), 0, FRAME_MAX_BYTES - 20);
	frames_msg_end(&frame, start);

	fd = server_connect(server);
	assert_true(send_all(fd, buf_view(&frame)));
	assert_true(next_answer(fd, "48,000,000 bytes", &doc));
	assert_int_equal(code_of(doc, "48,000,000 bytes"), ERR_INVALID_BSON);
	check_ping(fd, "48,000,000 bytes");
	close(fd);

	buf_append_byte(&frame, 0);
	buf_set_i32(&frame, 0, (int32_t)frame.len);
	fd = server_connect(server);
	send_all(fd, buf_view(&frame));
	assert_false(next_answer(fd, "48,000,001 bytes", &doc));
	close(fd);
	check_next_client("48,000,001 bytes");
	buf_clear(&frame);
}

#define SLOW_CLIENTS 200

/* What a header announces is not allocated before it comes: 200 clients that
 * announce 48 MB each and send no more cost next to nothing. */
static void announced_lengths_cost_nothing(void **state)
{
	int fds[SLOW_CLIENTS];
	struct buf frame;
	long before, after;

	buf_init(&frame, NULL);
	frames_ping(&frame);
	buf_set_i32(&frame, 0, FRAME_MAX_BYTES);
	check_next_client("nothing");
	before = server_memory_kib(server, "VmRSS");
	for (int i = 0; i < SLOW_CLIENTS; i++) {
		fds[i] = server_connect(server);
		assert_true(send_all(fds[i], buf_view(&frame)));
	}
	check_next_client("200 slow clients");
	after = server_memory_kib(server, "VmRSS");
	print_message("%d slow clients: %ld KiB more\n", SLOW_CLIENTS, after - before);
	assert_true(after - before < 40 * 1024);
	for (int i = 0; i < SLOW_CLIENTS; i++)
		close(fds[i]);
	check_next_client("200 slow clients that have gone");
	buf_clear(&frame);
}

/* A message that comes byte by byte is a message. */
static void byte_by_byte(void **state)
{
	int fd = server_connect(server);
	struct view doc;

	for (size_t i = 0; i < ping.len; i++) {
		assert_true(send_all(fd, view_of(ping.data + i, 1)));
		usleep(1000);
	}
	assert_true(next_answer(fd, "a slow ping", &doc));
	assert_true(says_ok(doc));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(byte_by_byte),
	    cmocka_unit_test(each_ends_and_the_next_client_is_served),
	    cmocka_unit_test(the_longest_frame),
	    cmocka_unit_test(announced_lengths_cost_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
