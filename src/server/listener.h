/*
 * server/listener.h - the addresses that the server listens on.
 *
 * Opened (bound) before the data directory is touched, so that a taken port or
 * a forbidden address changes nothing; begun when there is somebody to serve.
 *
 * Threads: open and close from the one that starts the server; between
 * listener_begin and listener_end it belongs to the first loop.
 */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "server/loop.h"

#define LISTENER_MOST 16

struct listener_socket {
	int fd;
	char name[128]; /* "127.0.0.1:27017", or the path of a unix socket */
	struct event event;
	struct listener *listener;
};

struct listener {
	struct listener_socket sockets[LISTENER_MOST];
	int n;
	int port; /* 0: none */
	const char *unix_path;
	struct loop *const *loops;
	int n_loops, turn;
	struct event pause; /* until there are file descriptors again */
	int64_t warned_us, refused_us; /* when the log last said so */
	bool begun;
};

struct listen_options {
	const char *addresses; /* "127.0.0.1,::1", "none" */
	int port; /* 0: a free one */
	const char *unix_path; /* NULL: none */
	bool allow_network; /* also addresses that others can reach */
};

/* ERR_INVALID_OPTIONS: a forbidden or unknown address; ERR_HOST_UNREACHABLE:
 * it cannot be bound.  Nothing is left open then.  o outlives the listener. */
MUST_CHECK int listener_open(
    struct listener *l, const struct listen_options *o, struct status *st);
void listener_close(struct listener *l);

/* Listens; loops[0] accepts for all of them, and calls this. */
MUST_CHECK int listener_begin(
    struct listener *l, struct loop *const *loops, int n_loops, struct status *st);
/* Accepts no more; on loops[0]. */
void listener_end(struct listener *l);

#endif
