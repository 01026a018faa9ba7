/*
 * bench/client.h - the connections of one thread and what they send.
 *
 * Closed loop: each connection sends its next request when it has the answer
 * to the last.  Open loop: requests are due at fixed times whatever the
 * answers do; one that finds no connection free waits, and its latency counts
 * from when it was due.
 *
 * Threads: client_body is a worker's body (bench/run.h), one for each.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <netdb.h>

#include "bench/run.h"

/* What run.shared points to. */
struct client_options {
	const struct addrinfo *address;
	int connections; /* of all threads together */
	int64_t rate; /* requests a second of all threads together; 0: closed loop */
	struct requests_options *requests;
};

void *client_body(void *worker);

/* "mongodb://host:port/..." or "host:port".  NULL with words on stderr; else to
 * be given to freeaddrinfo. */
struct addrinfo *client_resolve(const char *uri);
/* A connected socket, or -1 with words on stderr. */
int client_connect(const struct addrinfo *address);
/* Sends the frame and reads one answer into in, which is emptied first; for a
 * socket that blocks.  False with words on stderr. */
MUST_CHECK bool client_exchange(int fd, struct view frame, struct buf *in);

#endif
