#include "geo/grid.h"

#include <math.h>

bool grid_has(const struct grid *g, struct geo_point p)
{
	/* Written so that a NaN is outside. */
	return p.x >= g->min && p.x <= g->max && p.y >= g->min && p.y <= g->max;
}

static uint32_t place_of(const struct grid *g, double d)
{
	double at = floor((d - g->min) / (g->max - g->min) * ldexp(1, g->bits));
	double last = ldexp(1, g->bits) - 1;

	return at > 0 ? (uint32_t)fmin(at, last) : 0;
}

static uint64_t spread(uint32_t n)
{
	uint64_t out = 0;

	for (int i = 0; i < 32; i++)
		out |= (uint64_t)(n >> i & 1) << 2 * i;
	return out;
}

/* Of the square of side 2^shift places. */
static struct grid_range square(const struct grid *g, uint32_t x, uint32_t y, int shift)
{
	uint64_t inside = shift == 32 ? UINT64_MAX : ((uint64_t)1 << 2 * shift) - 1;
	uint64_t first = shift == 32 ? 0 : (spread(x) << 1 | spread(y)) << 2 * shift;
	int unused = 64 - 2 * g->bits;

	return (struct grid_range){first << unused, (first | inside) << unused};
}

uint64_t grid_number(const struct grid *g, struct geo_point p)
{
	return square(g, place_of(g, p.x), place_of(g, p.y), 0).from;
}

/* The squares are a quarter as long as the rectangle or longer: five each way, and one for
 * those that are cut on both sides. */
static int shift_for(uint32_t length)
{
	int shift = 0;

	while (shift < 32 && length >> shift > 4)
		shift++;
	return shift;
}

/* One more on each side: what rounding has moved a corner by. */
static uint32_t before(uint32_t place)
{
	return place ? place - 1 : 0;
}

static uint32_t behind(const struct grid *g, uint32_t place)
{
	return place < (uint32_t)(((uint64_t)1 << g->bits) - 1) ? place + 1 : place;
}

int grid_ranges(const struct grid *g, struct geo_point low, struct geo_point high,
    struct grid_range out[static GRID_RANGES_MAX])
{
	uint32_t x1 = before(place_of(g, low.x)), x2 = behind(g, place_of(g, high.x));
	uint32_t y1 = before(place_of(g, low.y)), y2 = behind(g, place_of(g, high.y));
	int shift = shift_for(x2 - x1 > y2 - y1 ? x2 - x1 : y2 - y1), n = 0;

	for (uint64_t x = x1 >> shift; x <= x2 >> shift; x++)
		for (uint64_t y = y1 >> shift; y <= y2 >> shift && n < GRID_RANGES_MAX; y++)
			out[n++] = square(g, (uint32_t)x, (uint32_t)y, shift);
	return n;
}
