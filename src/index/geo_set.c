#include <math.h>
#include <stdlib.h>

#include "expr/match_geo.h"
#include "index/geo_keys.h"

/* One range more of those that out has room for. */
static void add_between(
    struct interval_maker *m, struct intervals *out, struct value from, struct value to)
{
	struct intervals one;

	m->failed |= arena_failed(m->arena);
	if (m->failed)
		return;
	one = intervals_between(m, (struct bound){from, false}, (struct bound){to, false});
	if (one.n)
		out->v[out->n++] = one.v[0];
}

/* ---------------------------------------------------------------- the sphere */

static struct intervals sphere_intervals(struct interval_maker *m, const struct sphere *s)
{
	struct intervals out = {0};
	size_t n = 0;
	struct cell_range *ranges = sphere_ranges(s, &n);

	m->failed |= !ranges;
	if (ranges)
		out = intervals_new(m, (int)n);
	for (size_t i = 0; i < n && !m->failed; i++)
		add_between(m, &out, value_make_i64(m->arena, ranges[i].from),
		    value_make_i64(m->arena, ranges[i].to));
	free(ranges);
	intervals_sort(&out);
	return out;
}

/* On the sphere: as far as most, or everywhere. */
static struct intervals cap_intervals(
    struct interval_maker *m, struct geo_point center, double radius)
{
	struct sphere *cap = radius < M_PI ? sphere_new() : NULL;
	struct intervals out;

	if (!cap || sphere_add_cap(cap, center, radius))
		out = intervals_type(m, TYPE_INT64);
	else
		out = sphere_intervals(m, cap);
	sphere_free(cap);
	return out;
}

static struct intervals of_sphere(struct interval_maker *m, const struct filter *f)
{
	const struct geo_match *match = f->data;
	const struct geo_near *near = f->data;

	if (!filter_is_near(f))
		return match->shape ? sphere_intervals(m, match->shape) : intervals_all(m);
	/* On a plane there is another index for it. */
	return near->spherical ? cap_intervals(m, near->point, near->most / near->unit)
			       : intervals_all(m);
}

/* ----------------------------------------------------------------- the plane */

static struct intervals box_intervals(
    struct interval_maker *m, const struct grid *g, struct geo_point low, struct geo_point high)
{
	struct grid_range ranges[GRID_RANGES_MAX];
	struct intervals out = intervals_new(m, GRID_RANGES_MAX);
	int n = grid_ranges(g, low, high, ranges);

	for (int i = 0; i < n && !m->failed; i++)
		add_between(m, &out, grid_value(m->arena, ranges[i].from),
		    grid_value(m->arena, ranges[i].to));
	intervals_sort(&out);
	return out;
}

static struct intervals of_grid(
    struct interval_maker *m, const struct grid *g, const struct filter *f)
{
	const struct geo_match *match = f->data;
	const struct geo_near *near = f->data;
	struct geo_point p;

	if (!filter_is_near(f)) {
		/* GeoJSON asks for the sphere's index. */
		return match->shape ? intervals_all(m)
				    : box_intervals(m, g, match->flat.low, match->flat.high);
	}
	if (near->geojson)
		return intervals_all(m);
	p = near->point;
	/* How far a distance on the sphere goes on the grid is not worth the while. */
	if (near->spherical || !isfinite(near->most))
		return intervals_type(m, TYPE_BINARY);
	return box_intervals(m, g, (struct geo_point){p.x - near->most, p.y - near->most},
	    (struct geo_point){p.x + near->most, p.y + near->most});
}

struct field_set geo_set(struct set_field *field, const struct filter *f)
{
	struct interval_maker *m = field->maker;
	struct field_set set = field_set_all(m);
	struct grid grid;

	if (m->failed || f->kind != MATCH_OTHER || !f->op ||
	    (f->op->test != match_test_geo && !filter_is_near(f)) ||
	    !set_field_is(field, &f->path))
		return set;
	if (field->kind == INDEX_2DSPHERE) {
		set.keys = of_sphere(m, f);
	} else {
		grid = index_grid(field->ix);
		set.keys = of_grid(m, &grid, f);
	}
	set.there = !intervals_are_all(&set.keys);
	return set;
}
