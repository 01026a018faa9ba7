#include "server/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_again(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

static ssize_t plain_read(struct transport *t, void *to, size_t len)
{
	ssize_t n = recv(t->fd, to, len, 0);

	if (n > 0)
		return n;
	if (n == 0)
		return TRANSPORT_CLOSED;
	return is_again(errno) ? TRANSPORT_WANT_READ : TRANSPORT_FAILED;
}

static ssize_t plain_write(struct transport *t, const void *from, size_t len)
{
	ssize_t n = send(t->fd, from, len, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return is_again(errno) ? TRANSPORT_WANT_WRITE : TRANSPORT_FAILED;
}

static size_t plain_pending(const struct transport *t)
{
	return 0;
}

static void plain_close(struct transport *t)
{
	close(t->fd);
	t->fd = -1;
}

static const struct transport_ops plain = {
    .read = plain_read,
    .write = plain_write,
    .pending = plain_pending,
    .close = plain_close,
};

void transport_init_plain(struct transport *t, int fd)
{
	t->ops = &plain;
	t->fd = fd;
}

bool transport_is_closed(const struct transport *t)
{
	char byte;
	ssize_t n = recv(t->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && !is_again(errno));
}
