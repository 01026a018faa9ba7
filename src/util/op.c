#include "util/op.h"

#include "util/clock.h"

enum { WAIT_IDLE, WAIT_ARMED, WAIT_PARKED, WAIT_FIRED };

/* Each thread takes a block of them at a time, so that threads do not fight for the
 * counter.  0 is none's. */
static uint32_t next_id(void)
{
	static _Atomic uint32_t blocks;
	static _Thread_local uint32_t id = UINT32_MAX;

	if ((++id & (OP_ID_BLOCK - 1)) == 0)
		id = OP_ID_BLOCK * atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
	return id ? id : ++id;
}

void op_init(struct op *op, struct memory_account *server_memory, void (*fire)(struct op *))
{
	*op = (struct op){.fire = fire};
	op->id = next_id();
	memory_account_init(&op->memory, server_memory, 0);
}

void op_clear(struct op *op)
{
	assert(!op->wait.list);
	memory_account_close(&op->memory);
}

static int stopped(int reason, struct status *st)
{
	switch (reason) {
	case ERR_MAX_TIME_MS_EXPIRED:
		return status_set(st, reason, "operation exceeded time limit");
	case ERR_INTERRUPTED_AT_SHUTDOWN:
		return status_set(st, reason, "interrupted at shutdown");
	case ERR_CLIENT_DISCONNECT:
		return status_set(st, reason, "the client has closed its connection");
	default:
		return status_set(st, reason, "operation was interrupted");
	}
}

int op_check_now(struct op *op, struct status *st)
{
	int reason = atomic_load_explicit(&op->killed, memory_order_relaxed);

	if (op->shielded)
		return 0;
	if (reason)
		return stopped(reason, st);
	if (op->deadline_us && clock_mono_us() >= op->deadline_us)
		return stopped(ERR_MAX_TIME_MS_EXPIRED, st);
	return 0;
}

int op_check(struct op *op, struct status *st)
{
	static _Thread_local unsigned int calls;

	if ((++calls & 63) == 0)
		return op_check_now(op, st);
	if (atomic_load_explicit(&op->killed, memory_order_relaxed))
		return op_check_now(op, st);
	return 0;
}

static _Thread_local struct op *current;

void op_set_current(struct op *op)
{
	current = op;
}

int op_check_current(struct status *st)
{
	return current ? op_check_now(current, st) : 0;
}

void op_set_progress(struct op *op, const char *what, int64_t total)
{
	atomic_store(&op->progress.done, 0);
	atomic_store(&op->progress.total, total);
	atomic_store(&op->progress.what, what);
}

bool op_slice_over(const struct op *op)
{
	return op->slice_end_us && clock_mono_us() >= op->slice_end_us;
}

void op_kill(struct op *op, int reason)
{
	int none = 0;

	atomic_compare_exchange_strong(&op->killed, &none, reason);
	op_fire(op);
}

void op_wait_begin(struct op *op)
{
	op->wait.firm = false;
	atomic_store(&op->wait.state, WAIT_ARMED);
}

bool op_wait_park(struct op *op)
{
	int armed = WAIT_ARMED;

	/* A kill that came before the arming did not find it armed; a later one
	 * fires it. */
	if (!op->wait.firm && !op->shielded && atomic_load(&op->killed)) {
		atomic_store(&op->wait.state, WAIT_IDLE);
		return false;
	}
	/* Once it is parked somebody may run it to its end: no look at it after this. */
	if (atomic_compare_exchange_strong(&op->wait.state, &armed, WAIT_PARKED))
		return true;
	atomic_store(&op->wait.state, WAIT_IDLE);
	return false;
}

void op_wait_end(struct op *op)
{
	struct waitlist *l = op->wait.list;

	/* A list outlives those who wait on it, and nobody else puts op on one. */
	if (l)
		waitlist_remove(l, op);
}

void op_fire(struct op *op)
{
	int state = atomic_load(&op->wait.state);

	for (;;) {
		if (state == WAIT_ARMED) {
			if (atomic_compare_exchange_weak(&op->wait.state, &state, WAIT_FIRED))
				return;
		} else if (state == WAIT_PARKED) {
			if (atomic_compare_exchange_weak(&op->wait.state, &state, WAIT_IDLE)) {
				op->fire(op);
				return;
			}
		} else {
			return;
		}
	}
}

void waitlist_init(struct waitlist *l)
{
	pthread_mutex_init(&l->lock, NULL);
	l->head = l->tail = NULL;
}

void waitlist_clear(struct waitlist *l)
{
	assert(!l->head);
	pthread_mutex_destroy(&l->lock);
}

static void unlink_waiter(struct waitlist *l, struct waiter *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		l->head = w->next;
	if (w->next)
		w->next->prev = w->prev;
	else
		l->tail = w->prev;
	w->next = w->prev = NULL;
}

void waitlist_add(struct waitlist *l, struct op *op, uint64_t ticket)
{
	struct waiter *w = &op->wait;

	pthread_mutex_lock(&l->lock);
	assert(!w->list);
	w->ticket = ticket;
	w->list = l;
	w->next = NULL;
	w->prev = l->tail;
	if (l->tail)
		l->tail->next = w;
	else
		l->head = w;
	l->tail = w;
	pthread_mutex_unlock(&l->lock);
}

void waitlist_remove(struct waitlist *l, struct op *op)
{
	pthread_mutex_lock(&l->lock);
	if (op->wait.list == l) {
		unlink_waiter(l, &op->wait);
		op->wait.list = NULL;
	}
	pthread_mutex_unlock(&l->lock);
}

/*
 * Under the lock.  The owner may run as soon as it is fired, and take itself
 * off the list, for which it waits for the lock as long as list is set: so
 * list is cleared last, and nothing of the waiter is touched after that.
 */
static void wake(struct waitlist *l, struct waiter *w)
{
	struct op *op = container_of(w, struct op, wait);

	unlink_waiter(l, w);
	op_fire(op);
	w->list = NULL;
}

void waitlist_wake_one(struct waitlist *l)
{
	pthread_mutex_lock(&l->lock);
	if (l->head)
		wake(l, l->head);
	pthread_mutex_unlock(&l->lock);
}

void waitlist_wake_all(struct waitlist *l)
{
	waitlist_wake_until(l, UINT64_MAX);
}

void waitlist_wake_until(struct waitlist *l, uint64_t ticket)
{
	struct waiter *w, *next;

	pthread_mutex_lock(&l->lock);
	for (w = l->head; w; w = next) {
		next = w->next;
		if (w->ticket <= ticket)
			wake(l, w);
	}
	pthread_mutex_unlock(&l->lock);
}
