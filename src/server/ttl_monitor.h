/*
 * server/ttl_monitor.h - removes documents that have expired (query/ttl.h): a pass every
 * ttlMonitorSleepSecs, as long as ttlMonitorEnabled says so.
 *
 * It runs as one task on the executor, never twice at once.  Both parameters may change at any
 * time; one that is disabled ends its pass soon.
 */
#ifndef SERVER_TTL_MONITOR_H
#define SERVER_TTL_MONITOR_H

#include "server/job.h"

struct ttl_monitor;

/* Begins with it; NULL without memory. */
struct ttl_monitor *ttl_monitor_start(const struct job_env *env);
/* Ends what is under way.  The executor and the timers still run. */
void ttl_monitor_stop(struct ttl_monitor *m);

#endif
