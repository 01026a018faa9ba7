/*
 * server/notify.h - tells systemd how we are (Type=notify), when it asked.
 *
 * Threads: the main thread.
 */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* "READY=1", "STOPPING=1", lines of NAME=VALUE.  Does nothing when nobody
 * wants to know; a failure changes nothing. */
void notify_send(const char *state);

#endif
