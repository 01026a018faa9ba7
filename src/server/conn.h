/*
 * server/conn.h - one connection: frames from its socket, answers to it.
 *
 * A connection has one job at work; the frames behind it wait in the read
 * buffer or in the socket.  While its job is away (on the executor, parked)
 * the loop goes on watching for the peer's going, and cancels the job then,
 * unless the peer awaits no answer anyway.
 *
 * The socket is watched in one of three ways: for bytes; for its close alone,
 * when bytes have come while a job is away; for room, when an answer does not
 * go out at once.
 *
 * Threads: conn_new from the listener's; all else is the loop's own.
 */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include <sys/socket.h>

#include "server/loop.h"
#include "server/transport.h"

struct conn {
	struct client client;
	struct transport transport;
	struct event event;
	struct task task; /* on its way to its loop, or to its end */
	struct task answer; /* waits for the end of the turn */
	struct loop *loop;
	struct conn *next, *prev;
	struct buf in; /* read, and not yet a job's; no memory when empty */
	struct job *job; /* at work, or its answer is being sent */
	size_t sent; /* of that answer */
	short watching; /* for what the event is set; 0: nothing */
	bool away; /* the job is */
	bool put_off; /* answer is queued */
	bool peer_gone; /* seen while the job was away */
	bool last; /* ends with the answer it is at */
	bool closed;
};

/*
 * Takes the socket (non-blocking) of a client that has come, and posts the
 * connection to the loop.  NULL without memory: the socket is the caller's.
 */
struct conn *conn_new(struct loop *l, int fd, const struct sockaddr *peer);

/* Ends all connections of the loop that have no job at work, the others after
 * their answers; what comes from now on ends at once. */
void conn_drain_all(struct loop *l);
/* Cancels all jobs that are away. */
void conn_cancel_all(struct loop *l, int reason);
/* Closes what is still open; none may have a job that is away. */
void conn_close_all(struct loop *l);

#endif
