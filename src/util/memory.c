#include "util/memory.h"

void memory_account_init(
    struct memory_account *a, struct memory_account *parent, int64_t limit_bytes)
{
	a->parent = parent;
	a->limit_bytes = limit_bytes;
	a->granted_bytes = 0;
	atomic_init(&a->used_bytes, 0);
	atomic_init(&a->peak_bytes, 0);
}

static void note_peak(struct memory_account *a, int64_t used)
{
	if (used > atomic_load_explicit(&a->peak_bytes, memory_order_relaxed))
		atomic_store_explicit(&a->peak_bytes, used, memory_order_relaxed);
}

static bool charge_root(struct memory_account *a, int64_t bytes)
{
	int64_t used =
	    atomic_fetch_add_explicit(&a->used_bytes, bytes, memory_order_relaxed) + bytes;

	if (a->limit_bytes && used > a->limit_bytes) {
		atomic_fetch_sub_explicit(&a->used_bytes, bytes, memory_order_relaxed);
		return false;
	}
	note_peak(a, used);
	return true;
}

/* The parent's leave for so much in all; near its limit no more than is needed. */
static bool get_grant(struct memory_account *a, int64_t used)
{
	int64_t missing = used - MEMORY_GRACE - a->granted_bytes;
	int64_t rounded = (missing + MEMORY_GRANT - 1) / MEMORY_GRANT * MEMORY_GRANT;

	if (missing <= 0)
		return true;
	if (!memory_charge(a->parent, (size_t)rounded)) {
		rounded = missing;
		if (!memory_charge(a->parent, (size_t)rounded))
			return false;
	}
	a->granted_bytes += rounded;
	return true;
}

bool memory_charge(struct memory_account *a, size_t bytes)
{
	int64_t used;

	if (!a->parent)
		return charge_root(a, (int64_t)bytes);
	used = atomic_load_explicit(&a->used_bytes, memory_order_relaxed) + (int64_t)bytes;
	if ((a->limit_bytes && used > a->limit_bytes) || !get_grant(a, used))
		return false;
	atomic_store_explicit(&a->used_bytes, used, memory_order_relaxed);
	note_peak(a, used);
	return true;
}

static void return_grant(struct memory_account *a, int64_t bytes)
{
	a->granted_bytes -= bytes;
	memory_release(a->parent, (size_t)bytes);
}

void memory_release(struct memory_account *a, size_t bytes)
{
	int64_t used;

	if (!a)
		return;
	if (!a->parent) {
		atomic_fetch_sub_explicit(&a->used_bytes, (int64_t)bytes, memory_order_relaxed);
		return;
	}
	used = atomic_load_explicit(&a->used_bytes, memory_order_relaxed) - (int64_t)bytes;
	atomic_store_explicit(&a->used_bytes, used, memory_order_relaxed);
	/* A piece stays, for what comes and goes. */
	if (a->granted_bytes > MAX_OF(used, 0) + 2 * MEMORY_GRANT)
		return_grant(a, a->granted_bytes - MAX_OF(used, 0) - MEMORY_GRANT);
}

void memory_account_close(struct memory_account *a)
{
	int64_t left = atomic_load_explicit(&a->used_bytes, memory_order_relaxed);

	if (left > 0)
		memory_release(a, (size_t)left);
	if (a->granted_bytes)
		return_grant(a, a->granted_bytes);
}
