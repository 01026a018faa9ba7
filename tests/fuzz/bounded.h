/*
 * tests/fuzz/bounded.h - the operation that evaluates an input, as the server has one
 * around it: so much memory and so much time.  4 KB of expressions could take any.
 *
 * What an input says beyond them depends on the machine: bounded_over tells.
 */
#ifndef FUZZ_BOUNDED_H
#define FUZZ_BOUNDED_H

#include <stdlib.h>

#include "util/arena.h"
#include "util/clock.h"
#include "util/op.h"

#define BOUNDED_BYTES	(8 * 1024 * 1024)
#define BOUNDED_TIME_US 1000000

static inline void bounded_begin(struct op *op, struct arena *a)
{
	op_init(op, NULL, NULL);
	op->memory.limit_bytes = BOUNDED_BYTES;
	op->deadline_us = clock_mono_us() + BOUNDED_TIME_US;
	op_set_current(op);
	arena_init(a, &op->memory);
}

/* What was charged has been given back. */
static inline void bounded_end(struct op *op, struct arena *a)
{
	arena_clear(a);
	if (op->memory.used_bytes != 0)
		abort();
	op_set_current(NULL);
	op_clear(op);
}

static inline bool bounded_over(int code)
{
	return code == ERR_MAX_TIME_MS_EXPIRED || code == ERR_EXCEEDED_MEMORY_LIMIT;
}

#endif
