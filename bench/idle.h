/*
 * bench/idle.h - what connections cost that are there and do nothing.
 */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "bench/client.h"

/*
 * Opens n connections, each of which says hello and then nothing, holds them
 * for that long and prints the memory of pid before and then, as one line of
 * JSON.  Returns an exit status.
 */
int idle_run(const struct addrinfo *address, int n, int duration_ms, pid_t pid);

#endif
