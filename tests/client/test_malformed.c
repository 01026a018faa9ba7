/*
 * Every malformed message, sent to a real server, each over a connection of its
 * own: it ends in an error reply or in a closed connection, at once, and the
 * next client is served.
 */
#include "support/unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "support/malformed.h"
#include "support/peer.h"

static struct test_server *server;
static int closed, answered;

static int setup(void **state)
{
	server = server_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	server_free(server);
	return 0;
}

static void check_next_client(const char *after)
{
	struct peer p;

	peer_open(&p, server);
	peer_check_ping(&p, after);
	peer_close(&p);
}

/* More bytes than the header says: how much of it is a message of its own is
 * not what the list says. */
static bool has_bytes_behind(struct view bytes)
{
	struct frame_header h;

	return bytes.len >= FRAME_HEADER_BYTES &&
	       frame_check_header(bytes.data, &h, NULL) == 0 && (size_t)h.length < bytes.len;
}

static void check_answer(struct peer *p, const struct malformed *m, bool any)
{
	int code = peer_error_code(p, m->name);

	if (!any && m->expect != 0 && code != m->expect)
		fail_msg("%s: answered with %d, not %d", m->name, code, m->expect);
	/* who was answered may go on */
	if (!has_bytes_behind(m->bytes) && !m->cut)
		peer_check_ping(p, m->name);
	answered++;
}

static void send_one(void *arg, const struct malformed *m)
{
	bool any = m->expect == MALFORMED_ANY_ERROR || has_bytes_behind(m->bytes);
	struct peer p;

	peer_open(&p, server);
	if (peer_send(&p, m->bytes) && m->cut)
		shutdown(p.fd, SHUT_WR);
	if (peer_receive(&p, m->name)) {
		check_answer(&p, m, any);
	} else {
		if (!any && m->expect != ERR_CLOSE)
			fail_msg("%s: closed without an answer", m->name);
		closed++;
	}
	peer_close(&p);
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
	struct peer p;
	size_t start;

	buf_init(&frame, NULL);
	start = frames_msg_begin(&frame, 0);
	memset(buf_extend(&frame, FRAME_MAX_BYTES - 20), 0, FRAME_MAX_BYTES - 20);
	frames_msg_end(&frame, start);

	peer_open(&p, server);
	assert_true(peer_send(&p, buf_view(&frame)));
	assert_true(peer_receive(&p, "48,000,000 bytes"));
	assert_int_equal(peer_error_code(&p, "48,000,000 bytes"), ERR_INVALID_BSON);
	peer_check_ping(&p, "48,000,000 bytes");
	peer_close(&p);

	buf_append_byte(&frame, 0);
	buf_set_i32(&frame, 0, (int32_t)frame.len);
	peer_open(&p, server);
	peer_send(&p, buf_view(&frame)); /* it need not take any of it */
	assert_false(peer_receive(&p, "48,000,001 bytes"));
	peer_close(&p);
	check_next_client("48,000,001 bytes");
	buf_clear(&frame);
}

#define SLOW_CLIENTS 200

/* What a header announces is not allocated before it comes: 200 clients that
 * announce 48 MB each and send no more cost next to nothing. */
static void announced_lengths_cost_nothing(void **state)
{
	struct peer slow[SLOW_CLIENTS];
	struct buf frame;
	long before, after;

	buf_init(&frame, NULL);
	frames_ping(&frame);
	buf_set_i32(&frame, 0, FRAME_MAX_BYTES);
	check_next_client("nothing");
	before = server_memory_kib(server, "VmRSS");
	for (int i = 0; i < SLOW_CLIENTS; i++) {
		peer_open(&slow[i], server);
		assert_true(peer_send(&slow[i], buf_view(&frame)));
	}
	check_next_client("200 slow clients");
	after = server_memory_kib(server, "VmRSS");
	print_message("%d slow clients: %ld KiB more\n", SLOW_CLIENTS, after - before);
	assert_true(after - before < 40 * 1024);
	for (int i = 0; i < SLOW_CLIENTS; i++)
		peer_close(&slow[i]);
	check_next_client("200 slow clients that have gone");
	buf_clear(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_ends_and_the_next_client_is_served),
	    cmocka_unit_test(the_longest_frame),
	    cmocka_unit_test(announced_lengths_cost_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
