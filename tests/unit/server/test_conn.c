/*
 * Connections over a socket pair, on a real loop with a real executor, and no
 * store behind the commands.
 */
#include "config.h"

#include "support/unit.h"

#include <poll.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/conn.h"
#include "support/frames.h"
#include "util/clock.h"

#define PATIENCE_MS 60000

struct world {
	struct instance inst;
	struct executor executor;
	struct timers timers;
	struct job_env env;
	struct loop *loop;
};

static struct world w;

static int setup(void **state)
{
	struct status st;

	status_init(&st);
	if (instance_init(&w.inst, &st) || executor_start(&w.executor, 2, &st) ||
	    timers_start(&w.timers, &st))
		return 1;
	w.env = (struct job_env){&w.inst, &w.executor, &w.timers};
	return loop_new(&w.env, &w.loop, &st) || loop_start(w.loop, 0, &st);
}

struct order {
	struct task task;
	void (*what)(struct loop *l);
	sem_t done;
};

static void carry_out(struct task *t, struct worker *worker)
{
	struct order *o = container_of(t, struct order, task);

	o->what(w.loop);
	sem_post(&o->done);
}

static void on_loop(void (*what)(struct loop *l))
{
	struct order o = {.task.run = carry_out, .what = what};

	sem_init(&o.done, 0, 0);
	loop_post(w.loop, &o.task);
	sem_wait(&o.done);
	sem_destroy(&o.done);
}

/* Until so many requests are at work: what the loop does next finds them so. */
static void wait_until_active(int n)
{
	for (int i = 0; stat_get(&w.inst.stats->connections_active) != n && i < PATIENCE_MS;
	     i++)
		usleep(1000);
	assert_int_equal(stat_get(&w.inst.stats->connections_active), n);
}

static void close_all(struct loop *l)
{
	conn_close_all(l);
}

static int teardown(void **state)
{
	on_loop(close_all);
	wait_until_active(0);
	loop_stop(w.loop);
	loop_free(w.loop);
	executor_stop(&w.executor);
	timers_stop(&w.timers);
	assert_int_equal(stat_get(&w.inst.stats->connections_current), 0);
	/* What was charged has been given back. */
	assert_int_equal(w.inst.memory.used_bytes, 0);
	instance_clear(&w.inst);
	return 0;
}

static int open_client(void)
{
	struct sockaddr peer = {.sa_family = AF_UNIX};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(evutil_make_socket_nonblocking(fds[1]), 0);
	assert_non_null(conn_new(w.loop, fds[1], &peer));
	return fds[0];
}

static void send_bytes(int fd, struct buf *b)
{
	assert_int_equal(send(fd, b->data, b->len, MSG_NOSIGNAL), b->len);
	buf_clear(b);
}

static void receive(int fd, void *to, size_t len)
{
	for (size_t got = 0; got < len;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		n = recv(fd, (char *)to + got, len - got, 0);
		assert_true(n > 0);
		got += (size_t)n;
	}
}

/* The id of the request that the next answer is for; the rest is dropped. */
static int32_t next_answer(int fd)
{
	uint8_t header[FRAME_HEADER_BYTES];
	struct frame_header h;
	void *rest;

	receive(fd, header, sizeof(header));
	h = frame_read_header(header);
	assert_true(h.length > FRAME_HEADER_BYTES);
	rest = malloc((size_t)h.length);
	receive(fd, rest, (size_t)h.length - FRAME_HEADER_BYTES);
	free(rest);
	return h.response_to;
}

static bool is_silent(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 0;
}

static void put_ping(struct buf *b, int32_t id)
{
	size_t start = b->len;

	frames_ping(b);
	buf_set_i32(b, start + 4, id);
}

/* Waits for this long, or for another topology. */
static void put_hello(struct buf *b, int32_t id, int64_t ms, uint32_t flags)
{
	size_t start = frames_msg_begin(b, flags);
	struct builder bb;
	struct buf body;

	buf_init(&body, NULL);
	builder_init(&bb, &body);
	builder_i32(&bb, "hello", 1);
	builder_doc_begin(&bb, "topologyVersion");
	builder_oid(&bb, "processId", w.inst.process_id);
	builder_i64(&bb, "counter", w.inst.topology_counter);
	builder_doc_end(&bb);
	builder_i64(&bb, "maxAwaitTimeMS", ms);
	builder_str(&bb, "$db", "admin");
	builder_finish(&bb);
	frames_body(b, buf_view(&body));
	frames_msg_end(b, start);
	buf_set_i32(b, start + 4, id);
	buf_clear(&body);
}

static void answers_in_order(void **state)
{
	int fd = open_client();
	struct buf b;

	buf_init(&b, NULL);
	for (int i = 0; i < 100; i++)
		put_ping(&b, i);
	send_bytes(fd, &b);
	for (int i = 0; i < 100; i++)
		assert_int_equal(next_answer(fd), i);
	close(fd);
}

/* A parked request holds its connection's next ones, and nobody else's. */
static void parked_until_its_time(void **state)
{
	int fd = open_client(), other = open_client();
	int64_t began = clock_mono_us();
	struct buf b;

	buf_init(&b, NULL);
	put_hello(&b, 1, 100, 0);
	put_ping(&b, 2);
	send_bytes(fd, &b);
	put_ping(&b, 3);
	send_bytes(other, &b);
	assert_int_equal(next_answer(other), 3);
	assert_int_equal(next_answer(fd), 1);
	assert_true(clock_mono_us() - began >= 100000);
	assert_int_equal(next_answer(fd), 2);
	close(fd);
	close(other);
}

static void fired_by_another_thread(void **state)
{
	int fds[20];
	struct buf b;

	buf_init(&b, NULL);
	for (int i = 0; i < 20; i++) {
		fds[i] = open_client();
		put_hello(&b, i, 600000, 0);
		send_bytes(fds[i], &b);
	}
	assert_true(is_silent(fds[0], 50));
	instance_topology_changed(&w.inst);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(next_answer(fds[i]), i);
		close(fds[i]);
	}
}

/* Many parks and fires at once: none is lost. */
static void fired_while_parking(void **state)
{
	int fd = open_client();
	struct buf b;

	buf_init(&b, NULL);
	for (int i = 0; i < 300; i++) {
		put_hello(&b, i, 600000, 0);
		send_bytes(fd, &b);
		if (i % 3)
			usleep(rand() % 200);
		instance_topology_changed(&w.inst);
		assert_int_equal(next_answer(fd), i);
	}
	close(fd);
}

static void cancelled_when_the_client_goes(void **state)
{
	struct buf b;

	buf_init(&b, NULL);
	for (int i = 0; i < 50; i++) {
		int fd = open_client();

		put_hello(&b, 1, 600000, i % 2 ? OP_MSG_EXHAUST_ALLOWED : 0);
		if (i % 3 == 0)
			put_ping(&b, 2);
		send_bytes(fd, &b);
		if (i % 5)
			usleep(rand() % 1000);
		close(fd);
	}
	wait_until_active(0);
}

static void interrupt(struct loop *l)
{
	conn_cancel_all(l, ERR_INTERRUPTED_AT_SHUTDOWN);
}

static void interrupted(void **state)
{
	int fd = open_client();
	struct buf b;

	buf_init(&b, NULL);
	put_hello(&b, 7, 600000, 0);
	send_bytes(fd, &b);
	wait_until_active(1);
	on_loop(interrupt);
	assert_int_equal(next_answer(fd), 7); /* it says so, and goes on */
	put_ping(&b, 8);
	send_bytes(fd, &b);
	assert_int_equal(next_answer(fd), 8);
	close(fd);
}

static void drain(struct loop *l)
{
	conn_drain_all(l);
}

/* What runs is answered and then closed, what does not is closed at once. */
static void drained(void **state)
{
	int busy = open_client(), idle = open_client(), late;
	struct buf b;
	char byte;

	buf_init(&b, NULL);
	put_hello(&b, 1, 600000, 0);
	put_ping(&b, 2);
	send_bytes(busy, &b);
	wait_until_active(1);
	on_loop(drain);
	assert_int_equal(recv(idle, &byte, 1, 0), 0);
	instance_topology_changed(&w.inst);
	assert_int_equal(next_answer(busy), 1);
	assert_int_equal(recv(busy, &byte, 1, 0), 0);
	late = open_client();
	assert_int_equal(recv(late, &byte, 1, 0), 0);
	close(busy);
	close(idle);
	close(late);
}

/* Answers pile up behind a client that does not read, and then come. */
static void a_slow_reader(void **state)
{
	int fd = open_client(), small = 4096;
	struct buf b, all;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	buf_init(&b, NULL);
	buf_init(&all, NULL);
	for (int i = 0; i < 2000; i++)
		put_ping(&all, i);
	for (size_t sent = 0, answered = 0; answered < 2000;) {
		ssize_t n = send(fd, all.data + sent, all.len - sent, MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		if (n <= 0 || sent == all.len)
			assert_int_equal(next_answer(fd), answered++);
	}
	buf_clear(&all);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(answers_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(parked_until_its_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(fired_by_another_thread, setup, teardown),
	    cmocka_unit_test_setup_teardown(fired_while_parking, setup, teardown),
	    cmocka_unit_test_setup_teardown(cancelled_when_the_client_goes, setup, teardown),
	    cmocka_unit_test_setup_teardown(interrupted, setup, teardown),
	    cmocka_unit_test_setup_teardown(drained, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_slow_reader, setup, teardown),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
