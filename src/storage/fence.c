#include "storage/catalog_internal.h"

#include <stdlib.h>

/* The low bits count who is inside. */
#define CLOSED ((int64_t)1 << 62)

struct fence {
	_Atomic int64_t state;
	struct waitlist outside; /* writers, until it opens */
	struct waitlist drained; /* DDL, until the last is out */
};

struct fence *fence_new(void)
{
	struct fence *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	waitlist_init(&f->outside);
	waitlist_init(&f->drained);
	return f;
}

void fence_free(struct fence *f)
{
	if (!f)
		return;
	assert(f->state == 0);
	waitlist_clear(&f->outside);
	waitlist_clear(&f->drained);
	free(f);
}

static void leave(struct fence *f)
{
	if (atomic_fetch_sub(&f->state, 1) == CLOSED + 1)
		waitlist_wake_all(&f->drained);
}

int fence_enter(struct collection *c)
{
	struct fence *f = c->live->fence;

	if (atomic_fetch_add(&f->state, 1) & CLOSED) {
		leave(f);
		return ERR_WOULD_BLOCK;
	}
	if (!collection_is_current(c)) {
		leave(f);
		return ERR_ABSENT;
	}
	return 0;
}

void fence_leave(struct collection *c)
{
	leave(c->live->fence);
}

enum step fence_wait(struct collection *c, struct op *op)
{
	struct fence *f = c->live->fence;

	op_wait_begin(op);
	waitlist_add(&f->outside, op, 0);
	/* It may have opened, and woken all, before the op stood there. */
	if (!(atomic_load(&f->state) & CLOSED))
		op_fire(op);
	return STEP_PARK;
}

void fence_wait_end(struct collection *c, struct op *op)
{
	waitlist_remove(&c->live->fence->outside, op);
}

void fence_close(struct fence *f)
{
	atomic_fetch_or(&f->state, CLOSED);
}

enum step fence_drain(struct fence *f, struct op *op)
{
	fence_drain_end(f, op);
	if (atomic_load(&f->state) == CLOSED)
		return STEP_DONE;
	op_wait_begin(op);
	waitlist_add(&f->drained, op, 0);
	if (atomic_load(&f->state) == CLOSED)
		op_fire(op);
	return STEP_PARK;
}

void fence_drain_end(struct fence *f, struct op *op)
{
	waitlist_remove(&f->drained, op);
}

void fence_open(struct fence *f)
{
	atomic_fetch_and(&f->state, ~CLOSED);
	waitlist_wake_all(&f->outside);
}
