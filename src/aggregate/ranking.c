#include "config.h"

#include <stdlib.h>

#include "aggregate/ranking.h"

/* More are allocated when more have come. */
#define SIZE_MIN 4

static int compare(
    const struct ranking *r, const struct ranked *x, struct value v, struct view key)
{
	return r->by_key ? view_compare(value_doc(x->key.value), key)
			 : value_compare(x->value.value, v, r->collator);
}

static int order(const void *a, const void *b, void *arg)
{
	const struct ranked *x = a, *y = b;
	int c = compare(arg, x, y->value.value, value_doc(y->key.value));

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

/* Does x leave before y? */
static bool leaves(const struct ranking *r, const struct ranked *x, const struct ranked *y)
{
	int c = order(x, y, (void *)r);

	return r->greatest ? c < 0 : c > 0;
}

static void swap(struct ranked *x, struct ranked *y)
{
	struct ranked t = *x;

	*x = *y;
	*y = t;
}

static void sift_up(struct ranking *r, size_t i)
{
	for (; i && leaves(r, &r->list[i], &r->list[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&r->list[i], &r->list[(i - 1) / 2]);
}

static void sift_down(struct ranking *r, size_t i)
{
	for (;;) {
		size_t first = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < r->n; child++)
			if (leaves(r, &r->list[child], &r->list[first]))
				first = child;
		if (first == i)
			return;
		swap(&r->list[i], &r->list[first]);
		i = first;
	}
}

static bool grow(struct ranking *r, struct arena *a)
{
	size_t size = MIN_OF((uint64_t)r->most, r->size ? 2 * r->size : SIZE_MIN);
	struct ranked *list = arena_new_array(a, size, struct ranked);

	if (!list)
		return false;
	if (r->n)
		memcpy(list, r->list, r->n * sizeof(*list));
	r->list = list;
	r->size = size;
	return true;
}

static bool set(
    struct ranking *r, struct ranked *x, struct value v, struct view key, struct arena *a)
{
	x->place = r->places++;
	return kept_set(&x->value, v, a) &&
	       (!r->by_key || kept_set(&x->key, value_of_doc(key), a));
}

static void make_heap(struct ranking *r)
{
	for (size_t i = r->n / 2; i-- > 0;)
		sift_down(r, i);
	r->sorted = false;
}

void ranking_add(struct ranking *r, struct value v, struct view key, struct arena *a)
{
	int c;

	if (r->sorted)
		make_heap(r);
	if (r->n < (uint64_t)r->most) {
		if ((r->n == r->size && !grow(r, a)) || !set(r, &r->list[r->n], v, key, a))
			return;
		sift_up(r, r->n++);
		return;
	}
	c = compare(r, &r->list[0], v, key);
	if ((r->greatest ? c < 0 : c > 0) && set(r, &r->list[0], v, key, a))
		sift_down(r, 0);
}

void ranking_sort(struct ranking *r)
{
	if (r->n)
		qsort_r(r->list, r->n, sizeof(*r->list), order, r);
	r->sorted = true;
}
