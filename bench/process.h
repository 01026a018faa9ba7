/*
 * bench/process.h - what another process (or this one) has cost, from /proc
 * and its CPU clock.
 *
 * Threads: any.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <sys/types.h>

#include "util/util.h"

/* In seconds.  total is exact to the nanosecond, its two parts to 10 ms. */
struct cpu_time {
	double total, user, system;
};

/* All threads of the process, those that have ended too; 0 for pid 0. */
void process_cpu(pid_t pid, struct cpu_time *out);

/* Waits until the process uses next to nothing, but no longer than most_ms. */
void process_settle(pid_t pid, int most_ms);

/* Memory that is the process's own and resident; -1 when there is no such process. */
int64_t process_rss_bytes(pid_t pid);

#endif
