/*
 * server/housekeeping.h - what has to be done every few seconds: cursors and
 * sessions that nobody uses end, and with them their rows in the store.
 *
 * It runs as one task on the executor, never twice at once.
 */
#ifndef SERVER_HOUSEKEEPING_H
#define SERVER_HOUSEKEEPING_H

#include "server/job.h"

struct housekeeping;

/* Begins with it; NULL without memory. */
struct housekeeping *housekeeping_start(const struct job_env *env);
/* Waits for the end of what is under way.  The executor and the timers still
 * run; nothing else does. */
void housekeeping_stop(struct housekeeping *h);

#endif
