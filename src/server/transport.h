/*
 * server/transport.h - bytes in and out of a connection, plain or otherwise.
 *
 * A connection asks for bytes when its socket is ready and is told how many
 * there were, or what to wait for.  What lies between the socket and the bytes
 * (nothing, or TLS) is behind the ops.
 *
 * Threads: the connection's loop.
 */
#ifndef SERVER_TRANSPORT_H
#define SERVER_TRANSPORT_H

#include <sys/types.h>

#include "util/util.h"

/* Instead of a number of bytes. */
enum {
	TRANSPORT_CLOSED = 0, /* the peer has closed */
	TRANSPORT_WANT_READ = -1, /* again when the socket is readable */
	TRANSPORT_WANT_WRITE = -2, /* again when it is writable */
	TRANSPORT_FAILED = -3, /* errno says why */
};

struct transport;

struct transport_ops {
	/* At most len bytes, at least one, or one of the values above. */
	ssize_t (*read)(struct transport *t, void *to, size_t len);
	ssize_t (*write)(struct transport *t, const void *from, size_t len);
	/* Bytes that have been read from the socket and not been asked for. */
	size_t (*pending)(const struct transport *t);
	/* Closes the socket too. */
	void (*close)(struct transport *t);
};

struct transport {
	const struct transport_ops *ops;
	int fd;
};

/* Takes the socket over; it must be non-blocking. */
void transport_init_plain(struct transport *t, int fd);

static inline ssize_t transport_read(struct transport *t, void *to, size_t len)
{
	return t->ops->read(t, to, len);
}

static inline ssize_t transport_write(struct transport *t, const void *from, size_t len)
{
	return t->ops->write(t, from, len);
}

static inline size_t transport_pending(const struct transport *t)
{
	return t->ops->pending(t);
}

static inline void transport_close(struct transport *t)
{
	t->ops->close(t);
}

/* Has the peer gone?  Without taking any bytes. */
bool transport_is_closed(const struct transport *t);

#endif
