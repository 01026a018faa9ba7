#include "util/waker.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* So many are held back at once; more are woken as they come. */
#define HELD_MOST 16

struct waker {
	_Atomic int refs;
	int fd;
};

static _Thread_local struct {
	bool holds;
	int n;
	struct waker *list[HELD_MOST];
} held;

struct waker *waker_new(void)
{
	struct waker *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	atomic_init(&w->refs, 1);
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->fd >= 0)
		return w;
	free(w);
	return NULL;
}

void waker_unref(struct waker *w)
{
	if (atomic_fetch_sub(&w->refs, 1) > 1)
		return;
	close(w->fd);
	free(w);
}

int waker_fd(const struct waker *w)
{
	return w->fd;
}

void waker_clear(struct waker *w)
{
	uint64_t count;

	if (read(w->fd, &count, sizeof(count)) < 0)
		assert(errno == EAGAIN);
}

static void wake_now(const struct waker *w)
{
	uint64_t one = 1;

	/* When its counter is full it has been woken often enough. */
	if (write(w->fd, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN);
}

void waker_wake(struct waker *w)
{
	if (!held.holds || held.n == HELD_MOST) {
		wake_now(w);
		return;
	}
	atomic_fetch_add(&w->refs, 1);
	held.list[held.n++] = w;
}

void wakers_hold(void)
{
	assert(!held.holds);
	held.holds = true;
}

void wakers_release(void)
{
	held.holds = false;
	for (int i = 0; i < held.n; i++) {
		wake_now(held.list[i]);
		waker_unref(held.list[i]);
	}
	held.n = 0;
}
