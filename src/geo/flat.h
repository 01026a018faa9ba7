/*
 * geo/flat.h - shapes on a plane: boxes, circles, polygons.
 *
 * A border belongs to its shape, but for a polygon's edges that run aslant: there
 * the side decides, as MongoDB has it.
 *
 * Threads: any.
 */
#ifndef GEO_FLAT_H
#define GEO_FLAT_H

#include "geo/geojson.h"

enum flat_kind { FLAT_BOX, FLAT_CIRCLE, FLAT_POLYGON };

struct flat_shape {
	enum flat_kind kind;
	struct geo_point low, high; /* what it lies in; of a box: itself */
	struct geo_point center;
	double radius;
	const struct geo_point *points; /* not closed */
	size_t n;
};

/* From the operand of $box, $center and $polygon; points are in a. */
MUST_CHECK int flat_parse(enum flat_kind kind, struct value v, struct arena *a,
    struct flat_shape *out, struct status *st);
bool flat_contains(const struct flat_shape *f, struct geo_point p);
double flat_distance(struct geo_point a, struct geo_point b);

#endif
