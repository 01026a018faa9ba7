/*
 * A server from outside: starts, answers over each kind of socket, stops in
 * order, refuses what it has to refuse, and gives back what it takes.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bson/builder.h"
#include "server/server.h"
#include "support/frames.h"
#include "support/server.h"
#include "util/clock.h"

#define PATIENCE_MS 120000 /* for a machine with other things to do */
#define N_CLIENTS   500

static const bool is_plain = sizeof(BUILD_SANITIZERS) == sizeof("no");

/* ------------------------------------------------------------- a client */

static void send_all(int fd, const struct buf *b)
{
	size_t sent = 0;

	assert_false(b->failed);
	while (sent < b->len) {
		ssize_t n = send(fd, b->data + sent, b->len - sent, MSG_NOSIGNAL);

		assert_true(n > 0);
		sent += (size_t)n;
	}
}

/* False: the connection was closed instead. */
static bool receive(int fd, void *to, size_t len)
{
	size_t got = 0;

	while (got < len) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		n = recv(fd, (char *)to + got, len - got, 0);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

struct answer {
	struct frame_header header;
	struct buf frame;
	struct message message;
	struct buf decompressed;
};

static bool read_answer(int fd, struct answer *a)
{
	struct compress_context ctx;
	struct status st;
	uint8_t header[FRAME_HEADER_BYTES];

	buf_init(&a->frame, NULL);
	buf_init(&a->decompressed, NULL);
	if (!receive(fd, header, sizeof(header)))
		return false;
	a->header = frame_read_header(header);
	buf_append(&a->frame, header, sizeof(header));
	assert_true(receive(fd, buf_extend(&a->frame, (size_t)a->header.length - 16),
	    (size_t)a->header.length - 16));
	compress_context_init(&ctx);
	status_init(&st);
	assert_int_equal(
	    message_parse(buf_view(&a->frame), &a->message, &ctx, &a->decompressed, &st), 0);
	compress_context_clear(&ctx);
	status_clear(&st);
	return true;
}

static void forget_answer(struct answer *a)
{
	buf_clear(&a->frame);
	buf_clear(&a->decompressed);
}

static double ok_of(const struct answer *a)
{
	struct value ok = doc_get(a->message.msg.body, "ok");
	double d;

	assert_int_equal(ok.type, TYPE_DOUBLE);
	memcpy(&d, ok.data, sizeof(d));
	return d;
}

static void expect_ok(int fd)
{
	struct answer a;

	assert_true(read_answer(fd, &a));
	assert_true(ok_of(&a) == 1);
	forget_answer(&a);
}

static void ping(int fd)
{
	struct buf b;

	buf_init(&b, NULL);
	frames_ping(&b);
	send_all(fd, &b);
	buf_clear(&b);
	expect_ok(fd);
}

/* ------------------------------------------------------------- lives */

static void starts_answers_stops(void **state)
{
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);

	ping(fd);
	ping(fd);
	close(fd);
	server_stop(s);
	server_start(s);
	fd = server_connect(s);
	ping(fd);
	close(fd);
	server_kill(s);
	server_start(s);
	server_free(s);
}

/* An idle server is small; with sanitizers it is not. */
static void small(void **state)
{
	struct test_server *s;
	int fd;

	if (!is_plain)
		skip();
	s = server_new(NULL);
	fd = server_connect(s);
	ping(fd);
	printf("%ld KiB resident\n", server_memory_kib(s, "VmRSS"));
	assert_true(server_memory_kib(s, "VmRSS") < 25 * 1024);
	close(fd);
	server_free(s);
}

static void unix_socket(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *args[] = {"--unix-socket", sun.sun_path, NULL};
	struct test_server *s;
	struct stat sb;
	int fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "/tmp/dolmen-test-%d.sock", (int)getpid());
	s = server_new(args);
	assert_int_equal(stat(sun.sun_path, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0700);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ping(fd);
	close(fd);
	server_kill(s);
	server_start(s); /* over the socket that the killed one left behind */
	server_free(s);
	assert_int_not_equal(stat(sun.sun_path, &sb), 0);
}

static void configuration_file(void **state)
{
	char path[] = "/tmp/dolmen-test.XXXXXX";
	char pid_path[64];
	const char *args[] = {"--config", path, NULL};
	struct test_server *s;
	int file = mkstemp(path), pid = 0;
	FILE *f = fdopen(file, "w");

	snprintf(pid_path, sizeof(pid_path), "%s.pid", path);
	fprintf(f, "# a test\npid-file = %s\nreplset = rs0\nport = 1\n", pid_path);
	fclose(f);
	s = server_new(args);
	f = fopen(pid_path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	assert_int_equal(pid, s->pid);
	fclose(f);
	server_free(s);
	assert_int_not_equal(access(pid_path, F_OK), 0);
	unlink(path);
}

/* ------------------------------------------------------------- refusals */

#define REFUSES(message, ...)                                                                  \
	server_refuses((const char *[]){__VA_ARGS__, NULL}, message, sizeof(message))

/* One sentence, and nothing behind it. */
static void expect_sentence(const char *message, const char *part)
{
	if (!strstr(message, part))
		fail_msg("'%s' does not say '%s'", message, part);
	assert_ptr_equal(strchr(message, '\n'), message + strlen(message) - 1);
}

static void refuses_wrong_options(void **state)
{
	char m[1024];

	assert_int_equal(REFUSES(m, "--nonsense"), SERVER_EXIT_USAGE);
	expect_sentence(m, "--nonsense");
	assert_int_equal(REFUSES(m, "--port", "x"), SERVER_EXIT_USAGE);
	expect_sentence(m, "port");
	assert_int_equal(REFUSES(m, "--config", "/does/not/exist"), SERVER_EXIT_USAGE);
	expect_sentence(m, "/does/not/exist");
	assert_int_equal(REFUSES(m, "-p0", "--log-path", "/does/not/exist"), SERVER_EXIT_USAGE);
	expect_sentence(m, "log file");
}

static void refuses_the_network(void **state)
{
	char m[1024];

	assert_int_equal(
	    REFUSES(m, "-p0", "-d", "/does/not/exist", "--bind", "0.0.0.0"), SERVER_EXIT_USAGE);
	expect_sentence(m, "--allow-unauthenticated-network");
	assert_int_equal(REFUSES(m, "-p0", "-d", "/does/not/exist", "--bind", "127.0.0.1,::"),
	    SERVER_EXIT_USAGE);
	expect_sentence(m, "--allow-unauthenticated-network");
}

static void refuses_a_taken_port(void **state)
{
	struct test_server *s = server_new(NULL);
	char m[1024], port[16], dir[160];

	snprintf(port, sizeof(port), "%d", s->port);
	snprintf(dir, sizeof(dir), "%s/other", s->dir);
	assert_int_equal(REFUSES(m, "-p", port, "-d", dir), SERVER_EXIT_NETWORK);
	expect_sentence(m, "cannot listen");
	assert_int_not_equal(access(dir, F_OK), 0); /* nothing was touched */
	server_free(s);
}

static void refuses_a_data_directory(void **state)
{
	struct test_server *s = server_new(NULL);
	char m[1024], path[160];

	snprintf(path, sizeof(path), "%s/data", s->dir);
	assert_int_equal(REFUSES(m, "-p0", "-d", path), SERVER_EXIT_DATA);
	expect_sentence(m, path);
	snprintf(path, sizeof(path), "%s/stderr", s->dir);
	assert_int_equal(REFUSES(m, "-p0", "-d", path), SERVER_EXIT_DATA);
	expect_sentence(m, path);
	snprintf(path, sizeof(path), "%s/no/such/parent", s->dir);
	assert_int_equal(REFUSES(m, "-p0", "-d", path), SERVER_EXIT_DATA);
	expect_sentence(m, path);
	server_free(s);
}

/* ------------------------------------------------------------- messages */

static void in_pieces_and_in_heaps(void **state)
{
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);
	struct buf b, one;

	buf_init(&b, NULL);
	frames_ping(&b);
	for (size_t i = 0; i < b.len; i++) {
		assert_int_equal(send(fd, b.data + i, 1, MSG_NOSIGNAL), 1);
		if (i % 7 == 0)
			usleep(1000);
	}
	expect_ok(fd);
	for (int i = 1; i < 200; i++)
		frames_ping(&b);
	send_all(fd, &b);
	for (int i = 0; i < 200; i++)
		expect_ok(fd);
	/* One and a half, then the other half. */
	buf_reset(&b);
	buf_init(&one, NULL);
	frames_ping(&b);
	frames_ping(&b);
	buf_append(&one, b.data, b.len * 3 / 4);
	send_all(fd, &one);
	expect_ok(fd);
	buf_reset(&one);
	buf_append(&one, b.data + b.len * 3 / 4, b.len - b.len * 3 / 4);
	send_all(fd, &one);
	expect_ok(fd);
	buf_clear(&one);
	buf_clear(&b);
	close(fd);
	server_free(s);
}

/* {ping: 1, comment: "xxx...", $db: "admin"} */
static void build_ping(struct buf *out, size_t padding, uint32_t flags)
{
	char *text = calloc(1, padding + 1);
	size_t start = frames_msg_begin(out, flags);
	struct builder b;
	struct buf body;

	memset(text, 'x', padding);
	buf_init(&body, NULL);
	builder_init(&b, &body);
	builder_i32(&b, "ping", 1);
	builder_str(&b, "comment", text);
	builder_str(&b, "$db", "admin");
	builder_finish(&b);
	frames_body(out, buf_view(&body));
	frames_msg_end(out, start);
	buf_clear(&body);
	free(text);
}

/* Longer ones take another way through the server; a short one behind them
 * waits for its turn. */
static void long_messages(void **state)
{
	static const size_t lengths[] = {10, 16000, 17000, 65000, 66000, 1 << 20, 15 << 20};
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct buf b;

		buf_init(&b, NULL);
		build_ping(&b, lengths[i], 0);
		frames_ping(&b);
		send_all(fd, &b);
		expect_ok(fd);
		expect_ok(fd);
		buf_clear(&b);
	}
	close(fd);
	server_free(s);
}

static void compressed_and_checked(void **state)
{
	static const enum compressor all[] = {
	    COMPRESSOR_SNAPPY, COMPRESSOR_ZLIB, COMPRESSOR_ZSTD};
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);

	for (size_t i = 0; i < ARRAY_LEN(all) * 2; i++) {
		struct compress_context ctx;
		struct buf plain, b;
		struct status st;
		struct answer a;

		status_init(&st);
		compress_context_init(&ctx);
		buf_init(&plain, NULL);
		buf_init(&b, NULL);
		build_ping(&plain, i < ARRAY_LEN(all) ? 100 : 200000, OP_MSG_CHECKSUM_PRESENT);
		assert_int_equal(
		    compress_encode(&ctx, all[i % ARRAY_LEN(all)], buf_view(&plain), &b, &st),
		    0);
		send_all(fd, &b);
		assert_true(read_answer(fd, &a));
		assert_true(ok_of(&a) == 1);
		assert_int_equal(a.header.opcode, OPCODE_COMPRESSED);
		assert_int_equal(a.message.compressor, all[i % ARRAY_LEN(all)]);
		assert_true(a.message.msg.checksum_present);
		forget_answer(&a);
		buf_clear(&plain);
		buf_clear(&b);
		compress_context_clear(&ctx);
		status_clear(&st);
	}
	close(fd);
	server_free(s);
}

/* An answer that nobody awaits does not come, and the next one does. */
static void unanswered(void **state)
{
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);
	struct buf b;

	buf_init(&b, NULL);
	build_ping(&b, 10, OP_MSG_MORE_TO_COME);
	build_ping(&b, 100000, OP_MSG_MORE_TO_COME);
	send_all(fd, &b);
	buf_clear(&b);
	ping(fd);
	close(fd);
	server_free(s);
}

/* ---------------------------------------------------------- hello, awaited */

static void send_hello(int fd, struct value version, int64_t await_ms, uint32_t flags)
{
	struct buf b, body;
	struct builder bb;
	size_t start;

	buf_init(&b, NULL);
	buf_init(&body, NULL);
	builder_init(&bb, &body);
	builder_i32(&bb, "hello", 1);
	if (!value_is_missing(version)) {
		builder_value(&bb, "topologyVersion", version);
		builder_i64(&bb, "maxAwaitTimeMS", await_ms);
	}
	builder_str(&bb, "$db", "admin");
	builder_finish(&bb);
	start = frames_msg_begin(&b, flags);
	frames_body(&b, buf_view(&body));
	frames_msg_end(&b, start);
	send_all(fd, &b);
	buf_clear(&body);
	buf_clear(&b);
}

/* The answer to a first hello, whose topologyVersion the next ones name. */
static struct value first_hello(int fd, struct answer *a)
{
	struct value version;

	send_hello(fd, value_missing, 0, 0);
	assert_true(read_answer(fd, a));
	version = doc_get(a->message.msg.body, "topologyVersion");
	assert_int_equal(version.type, TYPE_OBJECT);
	return version;
}

static void awaited_until_its_time(void **state)
{
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);
	struct answer a;
	struct value version = first_hello(fd, &a);
	int64_t began = clock_mono_us();

	send_hello(fd, version, 50, 0);
	expect_ok(fd);
	assert_true(clock_mono_us() - began >= 50000);
	ping(fd);
	forget_answer(&a);
	close(fd);
	server_free(s);
}

/* Each answer of a stream answers the one before it. */
static void streamed(void **state)
{
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);
	struct answer first, a;
	struct value version = first_hello(fd, &first);
	int32_t last = FRAMES_REQUEST_ID;

	send_hello(fd, version, 20, OP_MSG_EXHAUST_ALLOWED);
	for (int i = 0; i < 4; i++) {
		assert_true(read_answer(fd, &a));
		assert_true(ok_of(&a) == 1);
		assert_true(a.message.msg.more_to_come);
		assert_int_equal(a.header.response_to, last);
		last = a.header.request_id;
		forget_answer(&a);
	}
	forget_answer(&first);
	close(fd);
	server_free(s);
}

/* Whoever waits does not hold the shutdown up: it ends long before its time is over. */
static void shutdown_wakes_those_who_wait(void **state)
{
	const char *args[] = {"--shutdown-timeout", "3600", NULL};
	struct test_server *s = server_new(args);
	int fd = server_connect(s), idle = server_connect(s);
	struct answer a;
	struct value version = first_hello(fd, &a);
	char byte;

	send_hello(fd, version, 3600000, 0);
	usleep(50000);
	server_stop(s);
	assert_int_equal(recv(idle, &byte, 1, 0), 0);
	forget_answer(&a);
	close(fd);
	close(idle);
	server_free(s);
}

static void shutdown_by_command(void **state)
{
	struct test_server *s = server_new(NULL);
	int fd = server_connect(s);
	struct buf b, body;
	struct builder bb;
	char byte;

	buf_init(&b, NULL);
	buf_init(&body, NULL);
	builder_init(&bb, &body);
	builder_i32(&bb, "shutdown", 1);
	builder_str(&bb, "$db", "admin");
	builder_finish(&bb);
	frames_msg(&b, 0, buf_view(&body));
	send_all(fd, &b);
	expect_ok(fd);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	server_wait(s);
	buf_clear(&b);
	buf_clear(&body);
	close(fd);
	server_start(s);
	server_free(s);
}

/* A client that goes while its request waits, and with bytes behind it. */
static void gone_while_waiting(void **state)
{
	struct test_server *s = server_new(NULL);

	for (int i = 0; i < 20; i++) {
		int fd = server_connect(s);
		struct answer a;
		struct value version = first_hello(fd, &a);
		struct linger hard = {.l_onoff = 1, .l_linger = 0};

		send_hello(fd, version, 600000, i % 2 ? OP_MSG_EXHAUST_ALLOWED : 0);
		if (i % 3 == 0)
			send_hello(fd, version, 600000, 0);
		if (i % 5 == 0)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		if (i % 4 < 2)
			usleep(2000);
		forget_answer(&a);
		close(fd);
	}
	server_free(s); /* does not wait ten minutes for them */
}

/* ------------------------------------------------------------- many */

/* When one has gone there is room for another, once the server has noticed. */
static int connect_again(const struct test_server *s)
{
	int64_t end = clock_mono_us() + PATIENCE_MS * 1000LL;

	while (clock_mono_us() < end) {
		int fd = server_connect(s);
		struct answer a;
		struct buf b;

		buf_init(&b, NULL);
		frames_ping(&b);
		if (send(fd, b.data, b.len, MSG_NOSIGNAL) > 0 && read_answer(fd, &a)) {
			forget_answer(&a);
			buf_clear(&b);
			return fd;
		}
		buf_clear(&b);
		close(fd);
		usleep(10000);
	}
	fail_msg("no room for another client");
	return -1;
}

static void idle_clients_are_cheap(void **state)
{
	const char *args[] = {"--max-connections", "501", NULL};
	struct test_server *s = server_new(args);
	long before, after;
	int fds[N_CLIENTS], last;
	char byte;

	fds[0] = server_connect(s);
	ping(fds[0]);
	before = server_memory_kib(s, "VmRSS");
	for (int i = 1; i < N_CLIENTS; i++) {
		fds[i] = server_connect(s);
		ping(fds[i]);
	}
	after = server_memory_kib(s, "VmRSS");
	printf("%d idle clients: %ld KiB more\n", N_CLIENTS - 1, after - before);
	if (is_plain)
		assert_true(after - before < N_CLIENTS * 10);
	/* One more is allowed, and one more is not. */
	last = server_connect(s);
	ping(last);
	close(last);
	last = connect_again(s);
	for (int i = 0; i < 2; i++) {
		int refused = server_connect(s);

		assert_int_equal(recv(refused, &byte, 1, 0), 0);
		close(refused);
	}
	for (int i = 0; i < N_CLIENTS; i++)
		close(fds[i]);
	close(last);
	server_free(s);
}

/* Connections that come and go leave nothing behind (the sanitizers look). */
static void in_and_out(void **state)
{
	struct test_server *s = server_new(NULL);
	struct buf b;

	buf_init(&b, NULL);
	frames_ping(&b);
	for (int i = 0; i < 200; i++) {
		int fd = server_connect(s);

		if (i % 3)
			send(fd, b.data, b.len / (size_t)(i % 3), MSG_NOSIGNAL);
		close(fd);
	}
	buf_clear(&b);
	server_free(s);
}

static void sighup_opens_the_log_again(void **state)
{
	char path[64], old[80];
	const char *args[] = {"--log-path", path, NULL};
	struct test_server *s;

	snprintf(path, sizeof(path), "/tmp/dolmen-test-%d.log", (int)getpid());
	snprintf(old, sizeof(old), "%s.1", path);
	s = server_new(args);
	assert_int_equal(rename(path, old), 0);
	kill(s->pid, SIGHUP);
	for (int i = 0; access(path, F_OK) && i < PATIENCE_MS; i++)
		usleep(1000);
	assert_int_equal(access(path, F_OK), 0);
	server_free(s);
	unlink(path);
	unlink(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(starts_answers_stops),
	    cmocka_unit_test(small),
	    cmocka_unit_test(unix_socket),
	    cmocka_unit_test(configuration_file),
	    cmocka_unit_test(refuses_wrong_options),
	    cmocka_unit_test(refuses_the_network),
	    cmocka_unit_test(refuses_a_taken_port),
	    cmocka_unit_test(refuses_a_data_directory),
	    cmocka_unit_test(in_pieces_and_in_heaps),
	    cmocka_unit_test(long_messages),
	    cmocka_unit_test(compressed_and_checked),
	    cmocka_unit_test(unanswered),
	    cmocka_unit_test(awaited_until_its_time),
	    cmocka_unit_test(streamed),
	    cmocka_unit_test(shutdown_wakes_those_who_wait),
	    cmocka_unit_test(shutdown_by_command),
	    cmocka_unit_test(gone_while_waiting),
	    cmocka_unit_test(idle_clients_are_cheap),
	    cmocka_unit_test(in_and_out),
	    cmocka_unit_test(sighup_opens_the_log_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
