#include "bench/keys.h"

#include <math.h>

#define THETA 0.99

void zipf_init(struct zipf *z, uint64_t n)
{
	double zeta_2 = 1 + pow(0.5, THETA), zeta_n = 0;

	for (uint64_t i = 1; i <= n; i++)
		zeta_n += pow(1 / (double)i, THETA);
	z->n = n;
	z->alpha = 1 / (1 - THETA);
	z->zeta_n = zeta_n;
	z->second = zeta_2;
	z->eta = (1 - pow(2 / (double)n, 1 - THETA)) / (1 - zeta_2 / zeta_n);
}

uint64_t zipf_next(const struct zipf *z, struct rng *r)
{
	double u = rng_double(r), uz = u * z->zeta_n;
	uint64_t rank;

	if (uz < 1)
		return 0;
	if (uz < z->second)
		return MIN_OF(1, z->n - 1);
	rank = (uint64_t)((double)z->n * pow(z->eta * u - z->eta + 1, z->alpha));
	return MIN_OF(rank, z->n - 1);
}
