/*
 * expr/match_geo.h - what the geographic predicates have parsed: data of their nodes.
 *
 * Threads: read-only once parsed.
 */
#ifndef EXPR_MATCH_GEO_H
#define EXPR_MATCH_GEO_H

#include "expr/match_op.h"
#include "geo/flat.h"

/* Of $geoWithin and $geoIntersects: shape, or flat where that is NULL. */
struct geo_match {
	struct sphere *shape;
	struct flat_shape flat;
	bool intersects;
};

/* Of $near and $nearSphere. */
struct geo_near {
	struct geo_point point;
	bool spherical; /* distances are angles on the sphere times unit; else on a plane */
	bool geojson; /* the point was GeoJSON: only an index on the sphere has an answer */
	double unit;
	double least, most; /* in units */
};

/* The metres of one radian, as MongoDB takes the Earth to be. */
#define EARTH_RADIUS_M 6378100.0

/* An empty shape that ends with the arena; NULL: no memory. */
struct sphere *geo_shape_in(struct arena *a);

/* A point on the sphere, GeoJSON or a pair, distances in metres. */
MUST_CHECK int geo_near_point(
    struct value v, struct arena *a, struct geo_near *n, struct status *st);

bool filter_is_near(const struct filter *f);
/* The $near of a filter, which is its root or a part of its root's conjunction; or NULL. */
const struct filter *filter_near(const struct filter *root);

#endif
