#include "config.h"

#include "server/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "commands/clients.h"
#include "util/log.h"

#define MOST_GROWTH    (1024 * 1024) /* of a read buffer, ahead of the bytes */
#define SMALL_BYTES    2048 /* a partial frame below this gets a buffer of its size */
#define KEEPALIVE_SECS 120

/*
 * The socket is watched for bytes (EV_READ), for room (EV_WRITE), or for its
 * close.  That last one asks for edges: bytes that wait must not wake the loop
 * again and again, and an error is only told to those who ask for EV_READ.
 */
#define WATCH_CLOSE (EV_READ | EV_CLOSED | EV_ET)

static void pump(struct conn *c);

static struct instance *instance_of(const struct conn *c)
{
	return c->loop->env->inst;
}

static void log_connection(const struct conn *c, int id, const char *message)
{
	log_debug(LOG_NETWORK, 1, id, message,
	    (struct log_attr[]){
		{"remote", LOG_STR(c->client.peer)},
		{"connectionId", LOG_NUM(c->client.id)},
		{"connectionCount",
		    LOG_NUM(stat_get(&instance_of(c)->stats->connections_current))},
		{NULL},
	    });
}

/* ------------------------------------------------------------ its end */

static void free_now(struct task *t, struct worker *worker)
{
	struct conn *c = container_of(t, struct conn, task);

	buf_clear(&c->client.metadata);
	free(c);
}

static void unlink_conn(struct conn *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		c->loop->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->loop->n_conns--;
}

static void end_job(struct conn *c)
{
	job_end(c->job);
	loop_give_job(c->loop, c->job);
	c->job = NULL;
	stat_add(&instance_of(c)->stats->connections_active, -1);
}

/* Callers up the stack may still look at the connection: it is freed in the
 * loop's next turn, or when its job is back. */
static void close_conn(struct conn *c)
{
	if (c->closed)
		return;
	c->closed = true;
	event_del(&c->event);
	transport_close(&c->transport);
	loop_give_buf(c->loop, &c->in);
	unlink_conn(c);
	clients_remove(instance_of(c), &c->client);
	stat_add(&instance_of(c)->stats->connections_current, -1);
	log_connection(c, 2103, "Connection ended");
	if (c->away) {
		job_cancel(c->job, ERR_CLIENT_DISCONNECT);
		return;
	}
	if (c->job)
		end_job(c);
	c->task.run = free_now;
	loop_later(c->loop, &c->task); /* behind an answer that was put off */
}

/* The peer has gone while its job is away.  What it sent before and awaits no
 * answer to is done all the same, this and what is still in the socket. */
static void peer_has_gone(struct conn *c)
{
	c->peer_gone = true;
	event_del(&c->event);
	c->watching = 0;
	if (!c->job->silent)
		job_cancel(c->job, ERR_CLIENT_DISCONNECT);
}

/* -------------------------------------------------- watching the socket */

static void on_event(evutil_socket_t fd, short what, void *arg);

static void watch(struct conn *c, short what)
{
	if (c->watching == what)
		return;
	if (c->watching)
		event_del(&c->event);
	c->watching = what;
	if (event_assign(
		&c->event, c->loop->base, c->transport.fd, what | EV_PERSIST, on_event, c) ||
	    event_add(&c->event, NULL))
		close_conn(c);
}

/* ------------------------------------------------------------ answering */

/* The whole answer is out. */
static void answered(struct conn *c)
{
	bool close = c->job->close || c->last;

	if (c->job->more_to_come && !close && !c->peer_gone) {
		c->away = true;
		job_again(c->job);
		return;
	}
	end_job(c);
	if (close)
		close_conn(c);
}

static void send_answer(struct conn *c)
{
	struct view answer = job_answer(c->job);

	while (c->sent < answer.len) {
		ssize_t n =
		    transport_write(&c->transport, answer.data + c->sent, answer.len - c->sent);

		if (n == TRANSPORT_FAILED || n == TRANSPORT_CLOSED) {
			close_conn(c);
			return;
		}
		if (n < 0) {
			watch(c, n == TRANSPORT_WANT_READ ? EV_READ : EV_WRITE);
			return;
		}
		c->sent += (size_t)n;
		stat_add(&instance_of(c)->stats->bytes_out, n);
	}
	answered(c);
}

static void send_now(struct task *t, struct worker *worker)
{
	struct conn *c = container_of(t, struct conn, answer);

	c->put_off = false;
	if (c->closed)
		return;
	send_answer(c);
	pump(c);
}

static void begin_answer(struct conn *c)
{
	c->away = false;
	c->sent = 0;
	c->put_off = true;
	c->answer.run = send_now;
	loop_later(c->loop, &c->answer);
}

/* The job has come back. */
static void job_is_done(struct job *job)
{
	struct conn *c = container_of(job->client, struct conn, client);

	if (c->closed) {
		c->away = false;
		end_job(c);
		free_now(&c->task, NULL);
		return;
	}
	begin_answer(c);
}

/* -------------------------------------------------------------- reading */

/* The length of the frame in front; 0: not known yet; -1: it cannot be one. */
static int64_t frame_length(struct conn *c)
{
	struct frame_header header;
	struct status st;
	int64_t length = 0;

	if (c->in.len < FRAME_HEADER_BYTES)
		return 0;
	status_init(&st);
	length = frame_check_header(c->in.data, &header, &st) ? -1 : header.length;
	if (length < 0)
		log_write(LOG_NETWORK, LOG_INFO, 2102,
		    "Closing a connection that sent no valid frame",
		    (struct log_attr[]){
			{"remote", LOG_STR(c->client.peer)},
			{"error", LOG_STR(st.message)},
			{NULL},
		    });
	status_clear(&st);
	return length;
}

/* The frame in front becomes a job's; bytes behind it stay. */
static bool move_frame(struct conn *c, struct job *job, size_t length)
{
	size_t rest = c->in.len - length;

	loop_give_buf(c->loop, &job->frame);
	job->frame = c->in;
	job->frame.len = length;
	buf_init(&c->in, job->frame.account);
	if (rest) {
		c->in = loop_take_buf(c->loop);
		buf_append(&c->in, job->frame.data + length, rest);
	}
	return !c->in.failed;
}

static bool begin_job(struct conn *c, size_t length)
{
	struct job *job = loop_take_job(c->loop);

	if (!job)
		return false;
	c->job = job;
	stat_add(&instance_of(c)->stats->connections_active, 1);
	if (!move_frame(c, job, length))
		return false;
	job->client = &c->client;
	job->done = job_is_done;
	c->away = true;
	if (job_begin(job, &c->loop->worker))
		begin_answer(c);
	return true;
}

static void lack_of_memory(struct conn *c)
{
	log_write(LOG_NETWORK, LOG_WARNING, 2104, "Closing a connection for lack of memory",
	    (struct log_attr[]){{"remote", LOG_STR(c->client.peer)}, {NULL}});
	c->away = false;
	close_conn(c);
}

/* An idle connection has no buffer, one with a few bytes a small one. */
static void compact(struct conn *c)
{
	struct buf small;

	if (!c->in.len) {
		loop_give_buf(c->loop, &c->in);
		return;
	}
	if (c->in.len > SMALL_BYTES || c->in.capacity < 2 * SMALL_BYTES)
		return;
	buf_init(&small, c->in.account);
	buf_append_view(&small, buf_view(&c->in));
	if (small.failed) {
		buf_clear(&small);
		return;
	}
	loop_give_buf(c->loop, &c->in);
	c->in = small;
}

/* Begins a job for the frame in front, if it is whole.  Those behind it have their
 * turn when its answer is out: pump is called whenever a connection has lost its job. */
static void pump(struct conn *c)
{
	int64_t length;

	if (c->closed || c->job)
		return;
	length = frame_length(c);
	if (length < 0) {
		close_conn(c);
	} else if (!length || (size_t)length > c->in.len) {
		compact(c);
		watch(c, EV_READ);
	} else if (!begin_job(c, (size_t)length)) {
		lack_of_memory(c);
	}
}

/* Room for what comes next; returns how much to read, 0 without memory.  The
 * length a peer claims is believed step by step, as its bytes come. */
static size_t make_room(struct conn *c)
{
	int64_t length = frame_length(c);
	size_t missing = length > 0 ? (size_t)length - c->in.len : 0;
	size_t growth;

	if (!c->in.capacity)
		c->in = loop_take_buf(c->loop);
	if (c->in.capacity == c->in.len) {
		growth = MAX_OF(MIN_OF(c->in.len, MOST_GROWTH), LOOP_READ_BYTES);
		if (missing)
			growth = MIN_OF(growth, missing);
		if (!buf_reserve(&c->in, growth))
			return 0;
	}
	if (missing > LOOP_READ_BYTES)
		return MIN_OF(c->in.capacity - c->in.len, missing);
	return c->in.capacity - c->in.len;
}

static void read_more(struct conn *c)
{
	size_t room = make_room(c);
	ssize_t n;

	if (!room) {
		lack_of_memory(c);
		return;
	}
	n = transport_read(&c->transport, c->in.data + c->in.len, room);
	if (n == TRANSPORT_CLOSED || n == TRANSPORT_FAILED) {
		close_conn(c);
		return;
	}
	if (n < 0) {
		compact(c);
		watch(c, n == TRANSPORT_WANT_WRITE ? EV_WRITE : EV_READ);
		return;
	}
	c->in.len += (size_t)n;
	stat_add(&instance_of(c)->stats->bytes_in, n);
	pump(c);
	if (!c->closed && !c->job && transport_pending(&c->transport))
		event_active(&c->event, EV_READ, 0);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	loop_catch_up(c->loop);
	if (c->closed || c->put_off)
		return; /* it may have been the last thing that was put off */
	if (c->away) {
		if ((what & EV_CLOSED) || transport_is_closed(&c->transport))
			peer_has_gone(c);
		else
			watch(c, WATCH_CLOSE);
	} else if (c->job) {
		send_answer(c);
		pump(c);
	} else {
		read_more(c);
	}
}

/* ---------------------------------------------------------- its begin */

static void format_address(const struct sockaddr *sa, char *to, size_t len)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(to, len, "%s:%d", host, ntohs(in->sin_port));
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(to, len, "[%s]:%d", host, ntohs(in6->sin6_port));
	} else {
		snprintf(to, len, "%s", "anonymous unix socket");
	}
}

static void fill_addresses(struct conn *c, const struct sockaddr *peer)
{
	struct sockaddr_storage local = {0};
	socklen_t len = sizeof(local);

	format_address(peer, c->client.peer, sizeof(c->client.peer));
	c->client.is_unix = peer->sa_family == AF_UNIX;
	if (c->client.is_unix || getsockname(c->transport.fd, (struct sockaddr *)&local, &len))
		return;
	format_address((struct sockaddr *)&local, c->client.local, sizeof(c->client.local));
}

static void set_socket_options(int fd)
{
	int on = 1, idle = KEEPALIVE_SECS;

	/* Failures mean a unix socket, where neither is needed. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
}

/* On its loop. */
static void begin(struct task *t, struct worker *worker)
{
	struct conn *c = container_of(t, struct conn, task);
	struct loop *l = c->loop;

	c->next = l->conns;
	if (l->conns)
		l->conns->prev = c;
	l->conns = c;
	log_connection(c, 2100, "Connection accepted");
	watch(c, EV_READ);
	if (l->draining)
		close_conn(c);
}

struct conn *conn_new(struct loop *l, int fd, const struct sockaddr *peer)
{
	static _Atomic uint64_t last_id;
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->loop = l;
	c->client.id = ++last_id;
	buf_init(&c->client.metadata, &l->env->inst->memory);
	buf_init(&c->in, &l->env->inst->memory);
	transport_init_plain(&c->transport, fd);
	fill_addresses(c, peer);
	if (!c->client.is_unix)
		set_socket_options(fd);
	stat_add(&l->env->inst->stats->connections_current, 1);
	clients_add(l->env->inst, &c->client);
	stat_add(&l->env->inst->stats->connections_total, 1);
	l->n_conns++;
	c->task.run = begin;
	loop_post(l, &c->task);
	return c;
}

/* -------------------------------------------------------- all of a loop */

void conn_drain_all(struct loop *l)
{
	struct conn *c, *next;

	l->draining = true;
	for (c = l->conns; c; c = next) {
		next = c->next;
		c->last = true;
		if (!c->job)
			close_conn(c);
		else if (c->away)
			job_wake(c->job);
	}
}

void conn_cancel_all(struct loop *l, int reason)
{
	for (struct conn *c = l->conns; c; c = c->next)
		if (c->away)
			job_cancel(c->job, reason);
}

void conn_close_all(struct loop *l)
{
	while (l->conns)
		close_conn(l->conns);
}
