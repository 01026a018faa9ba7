#include "util/digest.h"

#include <math.h>
#include <stdlib.h>

/* About so many centroids at most are left of any number of values. */
#define COMPRESSION 1000.0
/* When there are so many they are drawn together. */
#define MOST     8192
#define SIZE_MIN 16

static int compare(const void *a, const void *b)
{
	const struct centroid *x = a, *y = b;

	return (x->mean > y->mean) - (x->mean < y->mean);
}

void digest_sort(const struct digest *d)
{
	if (d->n)
		qsort(d->list, d->n, sizeof(*d->list), compare);
}

/* The part of all that a centroid which begins behind the part q may reach: one step on the
 * scale that is steep at both ends. */
static double reach(double q)
{
	double k = asin(2 * q - 1) + 2 * M_PI / COMPRESSION;

	return k >= M_PI / 2 ? 1 : (sin(k) + 1) / 2;
}

static void merge(struct centroid *into, const struct centroid *c)
{
	into->weight += c->weight;
	into->mean += (c->mean - into->mean) * c->weight / into->weight;
}

static void compress(struct digest *d)
{
	double all = (double)d->n_finite, before = 0, limit;
	size_t last = 0;

	digest_sort(d);
	limit = all * reach(0);
	for (size_t i = 1; i < d->n; i++) {
		const struct centroid *c = &d->list[i];

		if (before + d->list[last].weight + c->weight <= limit) {
			merge(&d->list[last], c);
			continue;
		}
		before += d->list[last].weight;
		limit = all * reach(before / all);
		d->list[++last] = *c;
	}
	d->n = last + 1;
}

static bool grow(struct digest *d, struct arena *a)
{
	size_t size = d->size ? 2 * d->size : SIZE_MIN;
	struct centroid *list = arena_new_array(a, size, struct centroid);

	if (!list)
		return false;
	if (d->n)
		memcpy(list, d->list, d->n * sizeof(*list));
	d->list = list;
	d->size = size;
	return true;
}

static void add_finite(struct digest *d, double x, struct arena *a)
{
	if (d->n == MOST)
		compress(d);
	if (d->n == d->size && !grow(d, a))
		return;
	d->least = d->n_finite ? fmin(d->least, x) : x;
	d->greatest = d->n_finite ? fmax(d->greatest, x) : x;
	d->list[d->n++] = (struct centroid){x, 1};
	d->n_finite++;
}

void digest_add(struct digest *d, double x, struct arena *a)
{
	if (isfinite(x))
		add_finite(d, x, a);
	else if (!isnan(x))
		(*(x < 0 ? &d->n_below : &d->n_above))++;
}

/* A place within centroid i, which begins behind so many: on a line to the middle of its
 * neighbour. */
static double within(const struct digest *d, size_t i, double before, double place)
{
	const struct centroid *c = &d->list[i];
	double middle = before + c->weight / 2, from = 0, to = (double)d->n_finite;
	double low = d->least, high = d->greatest;

	if (place < middle) {
		if (i) {
			from = before - c[-1].weight / 2;
			low = c[-1].mean;
		}
		return low + (c->mean - low) * (place - from) / (middle - from);
	}
	if (i + 1 < d->n) {
		to = before + c->weight + c[1].weight / 2;
		high = c[1].mean;
	}
	return c->mean + (high - c->mean) * (place - middle) / (to - middle);
}

/* The finite number that so many are before. */
static double at_rank(const struct digest *d, int64_t rank)
{
	double before = 0;
	size_t i = 0;

	if (rank == 0)
		return d->least;
	if (rank == d->n_finite - 1)
		return d->greatest;
	while (i + 1 < d->n && before + d->list[i].weight <= (double)rank)
		before += d->list[i++].weight;
	return d->list[i].weight == 1 ? d->list[i].mean
				      : within(d, i, before, (double)rank + 0.5);
}

bool digest_percentile(const struct digest *d, double p, double *out)
{
	int64_t n = d->n_below + d->n_finite + d->n_above;
	int64_t rank = MAX_OF((int64_t)ceil((double)n * p) - 1, INT64_C(0));

	if (!n)
		return false;
	if (rank < d->n_below)
		*out = -INFINITY;
	else if (rank < d->n_below + d->n_finite)
		*out = at_rank(d, rank - d->n_below);
	else
		*out = INFINITY;
	return true;
}
