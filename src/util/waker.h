/*
 * util/waker.h - wakes a thread that sleeps in poll, once for all that it is
 * given.
 *
 * Who queues work for such a thread calls waker_wake when the queue was empty.
 * A thread that is about to fire many ops holds its wake-ups back meanwhile
 * (wakers_hold, wakers_release): else the first thread that it wakes takes the
 * processor from it, finds one thing to do, and has to be woken again for the next.
 *
 * Threads: any.
 */
#ifndef UTIL_WAKER_H
#define UTIL_WAKER_H

#include "util/util.h"

struct waker;

/* With one reference; NULL when the system has no descriptor left. */
struct waker *waker_new(void);
/* Whoever holds a wake-up back has one more, so it may outlive its thread. */
void waker_unref(struct waker *w);
/* Can be read when it has been woken.  Not to be closed. */
int waker_fd(const struct waker *w);
/* For the woken, before it looks into its queue. */
void waker_clear(struct waker *w);
void waker_wake(struct waker *w);

/* The calling thread's wake-ups are put off until the release.  Not nested;
 * nothing between the two may wait for a thread that is to be woken. */
void wakers_hold(void);
void wakers_release(void);

#endif
