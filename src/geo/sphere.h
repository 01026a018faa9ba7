/*
 * geo/sphere.h - shapes on the sphere: S2 behind a C header.
 *
 * sphere.cc is the one file that knows S2.  A shape is a set of parts (points,
 * lines, polygons, caps); what is not a valid part is refused with words before
 * anything is computed with it, so no peer's numbers reach S2's own checks.
 *
 * Coordinates are degrees, x the longitude; distances are angles in radians.
 *
 * Threads: building belongs to one caller; a built shape may be asked by any.
 */
#ifndef GEO_SPHERE_H
#define GEO_SPHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct geo_point {
	double x, y;
};

/* Closed: the last point is the first again. */
struct geo_ring {
	const struct geo_point *points;
	size_t n;
};

struct sphere;

/* NULL: no memory. */
struct sphere *sphere_new(void);
void sphere_free(void *s);

/* Is it a place on the sphere? */
bool sphere_has(struct geo_point p);

/*
 * Each adds a part: NULL, or why it is none.  The words live as long as the shape.
 * A polygon is its first ring without the others; it covers no more than half of the
 * sphere, or, where winding says so, what lies to the left of its only ring.
 */
const char *sphere_add_point(struct sphere *s, struct geo_point p);
const char *sphere_add_line(struct sphere *s, const struct geo_point *points, size_t n);
const char *sphere_add_polygon(
    struct sphere *s, const struct geo_ring *rings, size_t n, bool winding);
const char *sphere_add_cap(struct sphere *s, struct geo_point center, double radius);

/* Has it something with an area? */
bool sphere_has_area(const struct sphere *s);

/* Without memory both are false. */
bool sphere_contains_point(const struct sphere *region, struct geo_point p);
/* Each part of what in one part of region; region's points and lines contain nothing. */
bool sphere_contains(const struct sphere *region, const struct sphere *what);
/* Have they a point in common?  Caps are not asked. */
bool sphere_intersects(const struct sphere *a, const struct sphere *b);

/* 0 inside; infinite for a shape of no parts. */
double sphere_distance(const struct sphere *s, struct geo_point from);
double sphere_point_distance(struct geo_point a, struct geo_point b);

/* Numbers of cells, from and to inclusive. */
struct cell_range {
	int64_t from, to;
};

/*
 * Cells that cover a shape together, and the ranges of numbers of all cells that one with
 * a point in common with the shape may have: those inside its cells, and those around.
 * NULL: no memory; else the caller frees them.
 */
int64_t *sphere_cells(const struct sphere *s, size_t *n);
struct cell_range *sphere_ranges(const struct sphere *s, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
