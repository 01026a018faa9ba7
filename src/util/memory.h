/*
 * util/memory.h - who has how much memory: accounts with a limit.
 *
 * Each operation and each cursor has an account; its parent is the server's.
 * A charge that would pass a limit anywhere up the chain fails, and the
 * operation ends with ExceededMemoryLimit instead of the process with an
 * abort.
 *
 * All operations share the server's account, so they charge it by the piece: an
 * account takes MEMORY_GRANT from its parent at a time, and what is within
 * MEMORY_GRACE not at all.
 *
 * Threads: an account with a parent belongs to one thread at a time; the root is
 * everybody's.  The figures may be read by any.  An account outlives its children.
 */
#ifndef UTIL_MEMORY_H
#define UTIL_MEMORY_H

#include <stdatomic.h>

#include "util/util.h"

#define MEMORY_GRACE (16 * 1024)
#define MEMORY_GRANT (64 * 1024)

struct memory_account {
	struct memory_account *parent; /* NULL: the root */
	int64_t limit_bytes;	       /* 0: none of its own */
	_Atomic int64_t used_bytes;
	_Atomic int64_t peak_bytes;
	int64_t granted_bytes; /* charged to the parent for this one */
};

void memory_account_init(
    struct memory_account *a, struct memory_account *parent, int64_t limit_bytes);

/* False, and nothing charged, when a limit would be passed. */
MUST_CHECK bool memory_charge(struct memory_account *a, size_t bytes);
void memory_release(struct memory_account *a, size_t bytes);

/* Gives back all that is still charged to a (when its owner ends). */
void memory_account_close(struct memory_account *a);

#endif
