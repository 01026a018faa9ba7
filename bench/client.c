#include "config.h"

#include "bench/client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/requests.h"
#include "bson/value.h"
#include "wire/frame.h"

enum {
	EVENTS = 64,
	WAIT_MS = 50,
	READ_BYTES = 16 * 1024,
	COMPLAINTS = 5, /* errors that a thread shows */
};

struct conn {
	int fd;
	bool busy;
	struct operation op;
	enum op_kind kind; /* of an OP_MODIFY: which half is under way */
	uint64_t began_ns;
	int32_t request_id;
	struct buf in, out; /* out: what the socket would not take yet */
	size_t sent;
	struct conn *next_idle;
	uint8_t session[SESSION_BYTES];
};

struct client {
	struct worker *worker;
	struct run *run;
	const struct client_options *options;
	struct requests *requests;
	int epoll_fd, timer_fd;
	int n_conns, n_busy;
	struct conn *conns, *idle;
	int32_t last_id;
	int complaints;
	uint64_t interval_ns, due_ns; /* open loop */
	bool over;
};

/* ---- sockets */

struct addrinfo *client_resolve(const char *uri)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char host[256], *colon;
	int err;

	if (!strncmp(uri, "mongodb://", strlen("mongodb://")))
		uri += strlen("mongodb://");
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(uri, "/?,"), uri);
	colon = strrchr(host, ':');
	if (colon)
		*colon = '\0';
	err = getaddrinfo(host, colon ? colon + 1 : "27017", &hints, &found);
	if (err)
		fprintf(stderr, "%s: %s\n", uri, gai_strerror(err));
	return err ? NULL : found;
}

int client_connect(const struct addrinfo *address)
{
	int one = 1, fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen)) {
		fprintf(stderr, "cannot connect: %s\n", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static bool is_whole(const struct buf *in)
{
	struct frame_header h;

	if (in->len < FRAME_HEADER_BYTES)
		return false;
	h = frame_read_header(in->data);
	return in->len >= (size_t)h.length;
}

/* Room for the rest of the answer, or for the begin of the next. */
static size_t wanted(const struct buf *in)
{
	struct frame_header h;

	if (in->len < FRAME_HEADER_BYTES)
		return READ_BYTES;
	h = frame_read_header(in->data);
	if (h.length < FRAME_HEADER_BYTES || h.length > FRAME_MAX_BYTES)
		return 0;
	return (size_t)h.length - in->len;
}

/* One recv; 0: there was nothing; -1: the connection is lost. */
static int receive(int fd, struct buf *in, int flags)
{
	size_t want = wanted(in);
	ssize_t n;

	if (!want || !buf_reserve(in, want))
		return -1;
	n = recv(fd, in->data + in->len, want, flags);
	if (n > 0) {
		in->len += (size_t)n;
		return 1;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

bool client_exchange(int fd, struct view frame, struct buf *in)
{
	buf_reset(in);
	while (frame.len) {
		ssize_t n = send(fd, frame.data, frame.len, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		frame = view_of(frame.data + n, frame.len - (size_t)n);
	}
	while (!frame.len && !is_whole(in))
		if (receive(fd, in, 0) < 0)
			break;
	if (is_whole(in))
		return true;
	fprintf(stderr, "the connection was lost: %s\n", strerror(errno));
	return false;
}

/* ---- sending */

static void lose(struct client *c, struct conn *conn)
{
	if (conn->fd < 0)
		return;
	fprintf(stderr, "a connection was lost: %s\n", strerror(errno));
	close(conn->fd);
	conn->fd = -1;
	c->n_busy -= conn->busy;
	c->worker->tally->errors++;
	c->over = true;
}

static void watch(struct client *c, struct conn *conn, uint32_t events, int how)
{
	struct epoll_event e = {.events = events, .data.ptr = conn};

	if (epoll_ctl(c->epoll_fd, how, conn->fd, &e))
		lose(c, conn);
}

static void send_rest(struct client *c, struct conn *conn)
{
	ssize_t n = send(conn->fd, conn->out.data + conn->sent, conn->out.len - conn->sent,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		lose(c, conn);
		return;
	}
	conn->sent += n > 0 ? (size_t)n : 0;
	if (conn->sent == conn->out.len) {
		buf_reset(&conn->out);
		watch(c, conn, EPOLLIN, EPOLL_CTL_MOD);
	}
}

static void send_frame(struct client *c, struct conn *conn, struct view frame)
{
	ssize_t n = send(conn->fd, frame.data, frame.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		lose(c, conn);
		return;
	}
	n = MAX_OF(n, 0);
	if ((size_t)n == frame.len)
		return;
	buf_reset(&conn->out);
	buf_append(&conn->out, frame.data + n, frame.len - (size_t)n);
	conn->sent = 0;
	watch(c, conn, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

static void send_half(struct client *c, struct conn *conn, enum op_kind kind)
{
	conn->kind = kind;
	conn->request_id = ++c->last_id;
	send_frame(c, conn,
	    requests_make(c->requests, &conn->op, kind, conn->request_id, conn->session));
}

/* False: nothing more is to be begun. */
static bool begin_op(struct client *c, struct conn *conn, uint64_t began_ns)
{
	if (!run_take(c->run)) {
		c->over = true;
		return false;
	}
	workload_next(&c->run->workload, &c->worker->rng, &conn->op);
	conn->busy = true;
	conn->began_ns = began_ns;
	c->n_busy++;
	send_half(c, conn, conn->op.kind == OP_MODIFY ? OP_FIND : conn->op.kind);
	return true;
}

static void put_idle(struct client *c, struct conn *conn)
{
	conn->next_idle = c->idle;
	c->idle = conn;
}

/* The requests that are due, as long as there are connections for them. */
static void send_due(struct client *c)
{
	uint64_t now = run_now_ns();

	while (c->idle && c->due_ns <= now && !c->over) {
		struct conn *conn = c->idle;

		c->idle = conn->next_idle;
		begin_op(c, conn, c->due_ns);
		c->due_ns += c->interval_ns;
	}
}

static void arm_timer(struct client *c)
{
	const struct itimerspec at = {
	    .it_value = {(time_t)(c->due_ns / 1000000000), (long)(c->due_ns % 1000000000)}};

	timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* The connection has nothing under way. */
static void next_op(struct client *c, struct conn *conn)
{
	if (c->over)
		return;
	if (!c->interval_ns)
		begin_op(c, conn, run_now_ns());
	else
		put_idle(c, conn);
}

/* ---- answers */

static void complain(struct client *c, const struct conn *conn, const struct answer *a)
{
	int64_t code = 0;
	struct value words = doc_get(a->body, "errmsg");

	c->worker->tally->errors++;
	if (c->complaints++ >= COMPLAINTS)
		return;
	if (words.type == TYPE_STRING)
		fprintf(stderr, "an error (%d): %.*s\n",
		    value_to_i64(doc_get(a->body, "code"), &code) ? (int)code : 0,
		    (int)value_str(words).len, (const char *)value_str(words).data);
	else
		fprintf(stderr, "an operation of kind %d has failed\n", (int)conn->kind);
}

static void check_answer(struct client *c, const struct conn *conn, const struct answer *a)
{
	int64_t expected = conn->kind == OP_RANGE ? 1 : conn->op.count;

	if (!a->ok)
		complain(c, conn, a);
	else if (conn->kind != OP_SCAN && a->n < expected)
		c->worker->tally->missing++;
}

static void take_answer(struct client *c, struct conn *conn)
{
	struct frame_header h = frame_read_header(conn->in.data);
	struct answer a;
	struct status st;

	status_init(&st);
	if (answer_read(view_of(conn->in.data, (size_t)h.length), conn->request_id, &a, &st)) {
		fprintf(stderr, "%s\n", st.message);
		lose(c, conn);
		return;
	}
	check_answer(c, conn, &a);
	buf_reset(&conn->in);
	if (conn->op.kind == OP_MODIFY && conn->kind == OP_FIND) {
		send_half(c, conn, OP_UPDATE);
		return;
	}
	run_count(c->worker, &conn->op, conn->began_ns);
	conn->busy = false;
	c->n_busy--;
	next_op(c, conn);
}

static void on_event(struct client *c, struct conn *conn, uint32_t events)
{
	if (conn->fd >= 0 && events & EPOLLOUT)
		send_rest(c, conn);
	if (conn->fd < 0 || !(events & ~(uint32_t)EPOLLOUT))
		return;
	if (receive(conn->fd, &conn->in, MSG_DONTWAIT) < 0)
		lose(c, conn);
	else if (is_whole(&conn->in))
		take_answer(c, conn);
}

/* ---- the thread */

static bool open_conn(struct client *c, struct conn *conn)
{
	conn->fd = client_connect(c->options->address);
	if (conn->fd < 0)
		return false;
	for (size_t i = 0; i < SESSION_BYTES; i++)
		conn->session[i] = (uint8_t)rng_next(&c->worker->rng);
	buf_init(&conn->in, NULL);
	buf_init(&conn->out, NULL);
	watch(c, conn, EPOLLIN, EPOLL_CTL_ADD);
	return true;
}

/* Each thread has its share of connections and of the rate. */
static bool open_all(struct client *c)
{
	const struct client_options *o = c->options;
	int threads = c->run->threads, number = c->worker->number;

	c->n_conns = o->connections / threads + (number < o->connections % threads);
	c->conns = calloc((size_t)MAX_OF(c->n_conns, 1), sizeof(*c->conns));
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!c->conns || c->epoll_fd < 0 || c->timer_fd < 0)
		abort();
	for (int i = 0; i < c->n_conns; i++)
		c->conns[i].fd = -1;
	for (int i = 0; i < c->n_conns; i++)
		if (!open_conn(c, &c->conns[i]))
			return false;
	if (o->rate) {
		struct epoll_event e = {.events = EPOLLIN};

		epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->timer_fd, &e);
		c->interval_ns = (uint64_t)(1e9 * threads / (double)o->rate);
		c->due_ns =
		    run_now_ns() + c->interval_ns * (uint64_t)number / (uint64_t)threads;
	}
	return true;
}

static void on_timer(struct client *c)
{
	uint64_t times;

	if (read(c->timer_fd, &times, sizeof(times)) < 0)
		return;
}

static void loop(struct client *c)
{
	struct epoll_event events[EVENTS];

	for (int i = 0; i < c->n_conns; i++)
		next_op(c, &c->conns[i]);
	while (!c->over || c->n_busy) {
		int n;

		if (c->interval_ns && !c->over) {
			send_due(c);
			arm_timer(c);
		}
		n = epoll_wait(c->epoll_fd, events, EVENTS, WAIT_MS);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				on_event(c, events[i].data.ptr, events[i].events);
			else
				on_timer(c);
		}
		if (atomic_load_explicit(&c->run->stopping, memory_order_relaxed))
			c->over = true;
	}
}

static void close_all(struct client *c)
{
	for (int i = 0; i < c->n_conns; i++) {
		if (c->conns[i].fd >= 0)
			close(c->conns[i].fd);
		buf_clear(&c->conns[i].in);
		buf_clear(&c->conns[i].out);
	}
	free(c->conns);
	close(c->epoll_fd);
	close(c->timer_fd);
}

void *client_body(void *worker)
{
	struct worker *w = worker;
	struct client c = {.worker = w, .run = w->run, .options = w->run->shared};

	c.requests = requests_new(c.options->requests);
	if (open_all(&c))
		loop(&c);
	else
		w->tally->errors++;
	close_all(&c);
	requests_free(c.requests);
	atomic_fetch_sub(&w->run->running, 1);
	return NULL;
}
