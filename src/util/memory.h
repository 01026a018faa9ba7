/*
 * util/memory.h - who has how much memory: accounts with a limit.
 *
 * Each operation and each cursor has an account; its parent is the server's.
 * A charge that would pass a limit anywhere up the chain fails, and the
 * operation ends with ExceededMemoryLimit instead of the process with an
 * abort.
 *
 * Threads: charging is atomic; an account outlives its children.
 */
#ifndef UTIL_MEMORY_H
#define UTIL_MEMORY_H

#include <stdatomic.h>

#include "util/util.h"

struct memory_account {
	struct memory_account *parent; /* NULL: the root */
	int64_t limit_bytes;	       /* 0: none of its own */
	_Atomic int64_t used_bytes;
	_Atomic int64_t peak_bytes;
};

void memory_account_init(
    struct memory_account *a, struct memory_account *parent, int64_t limit_bytes);

/* False, and nothing charged, when a limit would be passed. */
MUST_CHECK bool memory_charge(struct memory_account *a, size_t bytes);
void memory_release(struct memory_account *a, size_t bytes);

/* Gives back all that is still charged to a (when its owner ends). */
void memory_account_close(struct memory_account *a);

#endif
