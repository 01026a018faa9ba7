#include "util/memory.h"

void memory_account_init(
    struct memory_account *a, struct memory_account *parent, int64_t limit_bytes)
{
	a->parent = parent;
	a->limit_bytes = limit_bytes;
	atomic_init(&a->used_bytes, 0);
	atomic_init(&a->peak_bytes, 0);
}

bool memory_charge(struct memory_account *a, size_t bytes)
{
	struct memory_account *p;

	for (p = a; p; p = p->parent) {
		int64_t used = atomic_fetch_add_explicit(
				   &p->used_bytes, (int64_t)bytes, memory_order_relaxed) +
			       (int64_t)bytes;

		if (p->limit_bytes && used > p->limit_bytes)
			goto refuse;
		if (used > atomic_load_explicit(&p->peak_bytes, memory_order_relaxed))
			atomic_store_explicit(&p->peak_bytes, used, memory_order_relaxed);
	}
	return true;
refuse:
	/* p has been charged too: take it back from a up to and with p. */
	for (struct memory_account *q = a;; q = q->parent) {
		atomic_fetch_sub_explicit(&q->used_bytes, (int64_t)bytes, memory_order_relaxed);
		if (q == p)
			return false;
	}
}

void memory_release(struct memory_account *a, size_t bytes)
{
	for (; a; a = a->parent)
		atomic_fetch_sub_explicit(&a->used_bytes, (int64_t)bytes, memory_order_relaxed);
}

void memory_account_close(struct memory_account *a)
{
	int64_t left = atomic_load_explicit(&a->used_bytes, memory_order_relaxed);

	if (left > 0)
		memory_release(a, (size_t)left);
}
