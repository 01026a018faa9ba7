/*
 * geo/grid.h - numbers of places on a plane: bits of x and y in turn, so that what is near
 * by number is near on the plane.
 *
 * Threads: any.
 */
#ifndef GEO_GRID_H
#define GEO_GRID_H

#include "geo/sphere.h"

struct grid {
	double min, max; /* of x and of y */
	int bits; /* of each */
};

bool grid_has(const struct grid *g, struct geo_point p);
/* Places outside are moved to the border. */
uint64_t grid_number(const struct grid *g, struct geo_point p);

struct grid_range {
	uint64_t from, to; /* inclusive */
};

#define GRID_RANGES_MAX 36

/* Ranges that have all places between the two corners; disjoint, in no order.  How many. */
int grid_ranges(const struct grid *g, struct geo_point low, struct geo_point high,
    struct grid_range out[static GRID_RANGES_MAX]);

#endif
