/*
 * wire_ceiling - what the wire alone costs: a bare libevent server that reads
 * the frames of bench/load and answers them with replies made at its start.
 *
 * It has as many event loops as the server, each with a thread, raw recv and
 * send, and looks at a request only as far as it must to choose the answer:
 * the command's name, a find's limit, the number of documents in an insert.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/document.h"
#include "bson/builder.h"
#include "server/limits.h"
#include "util/options.h"
#include "wire/op_msg.h"

enum {
	MOST_DOCUMENTS = 100, /* in an answer */
	READ_BYTES = 16 * 1024,
	NAME_AT = FRAME_HEADER_BYTES + 4 + 1 + 4 + 1, /* of the command's first element */
};

/* Each loop has its own, for it writes the request's number into them. */
struct replies {
	struct buf ok, written, found[MOST_DOCUMENTS + 1];
	size_t n_at; /* in written */
};

struct wire_loop {
	struct event_base *base;
	struct event arrival; /* sockets come through a pipe */
	int pipe_read, pipe_write;
	struct replies replies;
	pthread_t thread;
};

struct wire_conn {
	struct event event;
	struct wire_loop *loop;
	int fd;
	bool writing;
	struct buf in, out; /* out: what the socket would not take */
	size_t sent;
};

static const struct option_def option_table[] = {
    {.name = "help", .letter = 'h', .kind = OPTION_FLAG, .help = "Prints this."},
    {.name = "loops",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "0",
	.least = 0,
	.most = 256,
	.help = "Event loops; 0: one for each core."},
    {.name = "document-size",
	.kind = OPTION_BYTES,
	.value_name = "BYTES",
	.fallback = "1K",
	.least = DOCUMENT_LEAST,
	.most = DOCUMENT_MOST,
	.help = "Bytes in each document of an answer."},
    {NULL},
};

/* ---- replies */

static void finish(struct buf *out, struct builder *b)
{
	struct status st;

	status_init(&st);
	builder_double(b, "ok", 1);
	builder_finish(b);
	if (op_msg_finish(out, 0, 0, 0, 0, &st))
		abort();
}

static void begin(struct buf *out, struct builder *b)
{
	buf_init(out, NULL);
	op_msg_begin(out);
	builder_init(b, out);
}

static void make_found(struct buf *out, int n, struct view doc)
{
	struct builder b;

	begin(out, &b);
	builder_doc_begin(&b, "cursor");
	builder_array_begin(&b, "firstBatch");
	for (int i = 0; i < n; i++)
		builder_doc(&b, NULL, doc);
	builder_array_end(&b);
	builder_i64(&b, "id", 0);
	builder_str(&b, "ns", "bench.docs");
	builder_doc_end(&b);
	finish(out, &b);
}

static void make_replies(struct replies *r, size_t document_bytes)
{
	struct document_layout layout;
	struct buf doc;
	struct builder b;

	buf_init(&doc, NULL);
	document_build(&doc, document_bytes, IDS_ASCENDING, &layout);
	for (int i = 0; i <= MOST_DOCUMENTS; i++)
		make_found(&r->found[i], i, buf_view(&doc));
	buf_clear(&doc);
	begin(&r->ok, &b);
	finish(&r->ok, &b);
	begin(&r->written, &b);
	r->n_at = r->written.len + 1 + strlen("n") + 1;
	builder_i32(&b, "n", 1);
	builder_i32(&b, "nModified", 1);
	finish(&r->written, &b);
}

static struct view body_of(struct view frame)
{
	const uint8_t *at = frame.data + FRAME_HEADER_BYTES + 5;

	return view_of(at, (size_t)read_i32(at));
}

/* In the sequence behind the body. */
static int count_documents(struct view frame)
{
	const uint8_t *end = frame.data + frame.len, *at = body_of(frame).data;
	int n = 0;

	at += read_i32(at) + 1 + 4;
	at += strlen((const char *)at) + 1;
	for (; at < end; at += read_i32(at))
		n++;
	return n;
}

static struct buf *choose(struct replies *r, struct view frame)
{
	int64_t limit = 0;

	switch (frame.data[NAME_AT]) {
	case 'f':
		if (frame.data[NAME_AT + 1] == 's') /* fsync */
			return &r->ok;
		value_to_i64(doc_get(body_of(frame), "limit"), &limit);
		return &r->found[MIN_OF(MAX_OF(limit, 0), MOST_DOCUMENTS)];
	case 'i':
		buf_set_i32(&r->written, r->n_at, count_documents(frame));
		return &r->written;
	case 'u':
		buf_set_i32(&r->written, r->n_at, 1);
		return &r->written;
	default:
		return &r->ok;
	}
}

/* ---- connections */

static void on_event(evutil_socket_t fd, short what, void *arg);

static void close_conn(struct wire_conn *c)
{
	event_del(&c->event);
	close(c->fd);
	buf_clear(&c->in);
	buf_clear(&c->out);
	free(c);
}

static void watch(struct wire_conn *c, short what)
{
	event_del(&c->event);
	event_assign(&c->event, c->loop->base, c->fd, what | EV_PERSIST, on_event, c);
	event_add(&c->event, NULL);
	c->writing = what == EV_WRITE;
}

static bool answer(struct wire_conn *c, struct view frame)
{
	struct buf *reply = choose(&c->loop->replies, frame);
	ssize_t n;

	memcpy(reply->data + 8, frame.data + 4, 4); /* responseTo: the requestID */
	n = send(c->fd, reply->data, reply->len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN)
		return false;
	n = MAX_OF(n, 0);
	if ((size_t)n < reply->len) {
		buf_append(&c->out, reply->data + n, reply->len - (size_t)n);
		c->sent = 0;
		watch(c, EV_WRITE);
	}
	return true;
}

static bool send_rest(struct wire_conn *c)
{
	ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN;
	c->sent += (size_t)n;
	if (c->sent == c->out.len) {
		buf_reset(&c->out);
		watch(c, EV_READ);
	}
	return true;
}

/* One frame at a time: bench/load sends the next when it has the answer. */
static bool read_frame(struct wire_conn *c)
{
	size_t length = 0, want = READ_BYTES;
	ssize_t n;

	if (c->in.len >= 4)
		length = (size_t)read_i32(c->in.data);
	if (length > FRAME_MAX_BYTES)
		return false;
	if (length > c->in.len)
		want = MAX_OF(length - c->in.len, READ_BYTES);
	if (!buf_reserve(&c->in, want))
		return false;
	n = recv(c->fd, c->in.data + c->in.len, c->in.capacity - c->in.len, 0);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->in.len += (size_t)n;
	if (c->in.len < FRAME_HEADER_BYTES || c->in.len < (size_t)read_i32(c->in.data))
		return true;
	if (c->in.len <= NAME_AT + 1 || c->in.len != (size_t)read_i32(c->in.data))
		return false;
	if (!answer(c, buf_view(&c->in)))
		return false;
	c->in.len = 0;
	return true;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct wire_conn *c = arg;

	if (!(c->writing ? send_rest(c) : read_frame(c)))
		close_conn(c);
}

static void on_arrival(evutil_socket_t pipe_fd, short what, void *arg)
{
	struct wire_loop *l = arg;
	struct wire_conn *c = calloc(1, sizeof(*c));

	if (!c || read(pipe_fd, &c->fd, sizeof(c->fd)) != sizeof(c->fd))
		abort();
	c->loop = l;
	buf_init(&c->in, NULL);
	buf_init(&c->out, NULL);
	event_assign(&c->event, l->base, c->fd, EV_READ | EV_PERSIST, on_event, c);
	event_add(&c->event, NULL);
}

/* ---- loops */

static void *run_loop(void *arg)
{
	struct wire_loop *l = arg;

	event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

static void start_loop(struct wire_loop *l, size_t document_bytes)
{
	struct event_config *config = event_config_new();
	int fds[2];

	if (!config || pipe(fds))
		abort();
	l->pipe_read = fds[0];
	l->pipe_write = fds[1];
	make_replies(&l->replies, document_bytes);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	l->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!l->base ||
	    event_assign(
		&l->arrival, l->base, l->pipe_read, EV_READ | EV_PERSIST, on_arrival, l) ||
	    event_add(&l->arrival, NULL) || pthread_create(&l->thread, NULL, run_loop, l))
		abort();
}

static int listen_anywhere(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1024) ||
	    getsockname(fd, (struct sockaddr *)&at, &len)) {
		perror("cannot listen");
		exit(EXIT_FAILURE);
	}
	printf("Listening on 127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static int serve(const struct options *o)
{
	int n = (int)options_number(o, "loops"), one = 1, listener;
	struct wire_loop *loops;

	n = n ? n : limits_cores();
	loops = calloc((size_t)n, sizeof(*loops));
	if (!loops)
		abort();
	limits_raise_files();
	for (int i = 0; i < n; i++)
		start_loop(&loops[i], (size_t)options_number(o, "document-size"));
	listener = listen_anywhere();
	for (int i = 0;; i = (i + 1) % n) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (write(loops[i].pipe_write, &fd, sizeof(fd)) != sizeof(fd))
			abort();
	}
}

int main(int argc, char **argv)
{
	struct options o;
	struct status st;
	int status = EXIT_FAILURE;

	status_init(&st);
	if (options_parse(&o, option_table, argc, (const char *const *)argv, 1, &st)) {
		fprintf(stderr, "wire_ceiling: %s\n", st.message);
	} else if (options_flag(&o, "help")) {
		printf("Usage: wire_ceiling [OPTION]...\n");
		options_print_help(stdout, option_table);
		status = EXIT_SUCCESS;
	} else {
		status = serve(&o);
	}
	options_clear(&o);
	return status;
}
