/*
 * bench/keys.h - which key next: the same ones in every run with the same seed.
 *
 * Threads: a generator belongs to one; struct zipf is read-only once made.
 */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include "util/util.h"

struct rng {
	uint64_t state;
};

/* One to one: different numbers stay different, and lie scattered. */
static inline uint64_t scatter(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline uint64_t rng_next(struct rng *r)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	return scatter(r->state);
}

/* 0 to n - 1; without a division. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)rng_next(r) * n) >> 64);
}

/* From 0 up to 1, which it never is. */
static inline double rng_double(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

/*
 * Zipf's law as YCSB has it (Gray et al., "Quickly generating billion-record
 * synthetic databases"): rank 0 is the most wanted, theta is 0.99.
 */
struct zipf {
	uint64_t n;
	double alpha, zeta_n, eta, second;
};

void zipf_init(struct zipf *z, uint64_t n);
uint64_t zipf_next(const struct zipf *z, struct rng *r);

#endif
