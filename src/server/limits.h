/*
 * server/limits.h - what the machine, or the control group around us, allows.
 *
 * Threads: called while the server starts.
 */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "util/status.h"

/* Cores that we may use: affinity and the control group's quota; at least 1. */
int limits_cores(void);

/* Memory that we may use: the machine's, or the control group's limit if that
 * is less. */
int64_t limits_memory_bytes(void);

/* Raises the limit of open files as far as is allowed; returns what it is. */
int64_t limits_raise_files(void);

/* How a server divides its memory. */
struct memory_plan {
	int64_t cache_bytes; /* RocksDB's blocks */
	int64_t memtable_bytes; /* ... and what is written and not yet in files */
	int64_t work_bytes; /* operations, cursors, messages */
};

/* cache_bytes 0: a part of memory_bytes. */
struct memory_plan limits_plan_memory(int64_t memory_bytes, int64_t cache_bytes);

#endif
