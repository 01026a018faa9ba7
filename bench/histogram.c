#include "bench/histogram.h"

#define LINEAR (UINT64_C(1) << HISTOGRAM_BITS)

static size_t bucket_of(uint64_t value)
{
	int shift;

	if (value < LINEAR)
		return (size_t)value;
	shift = 63 - __builtin_clzll(value) - HISTOGRAM_BITS;
	return ((size_t)(shift + 1) << HISTOGRAM_BITS) + (size_t)((value >> shift) - LINEAR);
}

/* The largest value that falls into the bucket. */
static uint64_t end_of(size_t bucket)
{
	uint64_t in_row = bucket & (LINEAR - 1);
	size_t row = bucket >> HISTOGRAM_BITS;

	if (row == 0)
		return in_row;
	return ((LINEAR + in_row + 1) << (row - 1)) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->counts[bucket_of(value)]++;
	h->n++;
	h->sum += value;
	h->max = MAX_OF(h->max, value);
}

void histogram_merge(struct histogram *h, const struct histogram *other)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->counts[i] += other->counts[i];
	h->n += other->n;
	h->sum += other->sum;
	h->max = MAX_OF(h->max, other->max);
}

uint64_t histogram_quantile(const struct histogram *h, double share)
{
	double exact = share * (double)h->n;
	uint64_t wanted = (uint64_t)exact, seen = 0;

	if ((double)wanted < exact || wanted == 0)
		wanted++;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen >= wanted)
			return MIN_OF(end_of(i), h->max);
	}
	return h->max;
}

double histogram_mean(const struct histogram *h)
{
	return h->n ? (double)h->sum / (double)h->n : 0;
}
