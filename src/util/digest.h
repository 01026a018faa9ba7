/*
 * util/digest.h - percentiles of many numbers in little memory.
 *
 * Up to some thousands of numbers they are exact.  More are drawn together into
 * centroids, fewer to one the nearer they are to an end (a merging t-digest: Dunning and Ertl,
 * "Computing extremely accurate quantiles using t-digests").
 *
 * A percentile is one of the numbers as long as they are exact: the least that is not below
 * so large a part of them.
 *
 * Threads: belongs to one caller.
 */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include "util/arena.h"

struct centroid {
	double mean, weight;
};

/* Zeroed before the first add. */
struct digest {
	struct centroid *list;
	size_t n, size;
	double least, greatest; /* of the finite ones */
	int64_t n_finite, n_below, n_above; /* below, above: the infinities */
};

/* NaN is passed over.  Whether there was memory, the arena says. */
void digest_add(struct digest *d, double x, struct arena *a);
/* Before percentiles are asked for. */
void digest_sort(const struct digest *d);
/* p: 0 to 1.  False where there are no numbers. */
bool digest_percentile(const struct digest *d, double p, double *out);

#endif
