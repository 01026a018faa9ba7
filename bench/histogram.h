/*
 * bench/histogram.h - how long things took, in buckets that are never wider
 * than 1/128 of what is in them.
 *
 * Buckets are linear below 128 and then 128 for each power of two, so that
 * adding is two shifts and a count, and a percentile is within 0.8 %.
 *
 * Threads: each has its own; they are merged when it is over.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include "util/util.h"

#define HISTOGRAM_BITS    7
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t n, sum, max;
};

void histogram_add(struct histogram *h, uint64_t value);
void histogram_merge(struct histogram *h, const struct histogram *other);

/* The least value that is not below the given share (0 to 1) of all; 0 when
 * there are none. */
uint64_t histogram_quantile(const struct histogram *h, double share);
double histogram_mean(const struct histogram *h);

#endif
