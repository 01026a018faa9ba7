/*
 * geo/geojson.h - geometry as documents have it: GeoJSON, and the older pairs.
 *
 * A pair is an array or a document whose first two values are numbers, a place on
 * a plane; as longitude and latitude it is one on the sphere as well.  GeoJSON says
 * its type by name and lies on the sphere; its points are also places on a plane.
 *
 * Threads: any.
 */
#ifndef GEO_GEOJSON_H
#define GEO_GEOJSON_H

#include "bson/value.h"
#include "geo/sphere.h"
#include "util/arena.h"
#include "util/status.h"

/* What a query's geometry may be beyond a document's. */
enum geo_form {
	GEO_STORED, /* as GEO_QUERY, but the words are of no use to anybody */
	GEO_INDEXED, /* as GEO_STORED, but for strict winding */
	GEO_QUERY,
	GEO_POINT, /* a point, whose type need not be said */
};

/* The first two values, as numbers; *n counts all. */
bool geo_pair(struct value v, struct geo_point *out, int *n);
/* A pair of two finite numbers and nothing else. */
bool geo_plain_pair(struct value v, struct geo_point *out);

/* A pair or a GeoJSON point, without a look at its bounds; false: it is something else. */
bool geo_point_of(struct value v, struct geo_point *out);

/* Is it a document that says to be GeoJSON, right or wrong? */
bool geojson_is(struct value v);

/*
 * GeoJSON or a pair as a shape, which is s's: sphere_new before, sphere_free after.
 * What is read on the way is in scratch.  ERR_BAD_VALUE says what is wrong with it.
 */
MUST_CHECK int geo_shape(struct value v, enum geo_form form, struct arena *scratch,
    struct sphere *s, struct status *st);

#endif
