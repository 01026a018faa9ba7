#include "geo/flat.h"

#include <math.h>

static int parse_box(struct value v, struct arena *a, struct flat_shape *f, struct status *st)
{
	struct geo_point p, q;

	if (doc_count(value_doc(v)) < 2 || !geo_plain_pair(array_at(value_doc(v), 0), &p) ||
	    !geo_plain_pair(array_at(value_doc(v), 1), &q))
		return status_set(
		    st, ERR_BAD_VALUE, "$box takes two corners, pairs of numbers");
	f->low = (struct geo_point){fmin(p.x, q.x), fmin(p.y, q.y)};
	f->high = (struct geo_point){fmax(p.x, q.x), fmax(p.y, q.y)};
	return 0;
}

static int parse_circle(
    struct value v, struct arena *a, struct flat_shape *f, struct status *st)
{
	struct value radius = array_at(value_doc(v), 1);

	if (doc_count(value_doc(v)) != 2 ||
	    !geo_plain_pair(array_at(value_doc(v), 0), &f->center))
		return status_set(
		    st, ERR_BAD_VALUE, "$center takes a pair of numbers and a radius");
	if (!value_is_number(radius) || !value_to_double(radius, &f->radius) ||
	    !(f->radius >= 0))
		return status_set(
		    st, ERR_BAD_VALUE, "$center: the radius is a number that is not negative");
	f->low = (struct geo_point){f->center.x - f->radius, f->center.y - f->radius};
	f->high = (struct geo_point){f->center.x + f->radius, f->center.y + f->radius};
	return 0;
}

static void grow(struct flat_shape *f, struct geo_point p)
{
	f->low = (struct geo_point){fmin(f->low.x, p.x), fmin(f->low.y, p.y)};
	f->high = (struct geo_point){fmax(f->high.x, p.x), fmax(f->high.y, p.y)};
}

static int parse_polygon(
    struct value v, struct arena *a, struct flat_shape *f, struct status *st)
{
	int count = doc_count(value_doc(v));
	struct geo_point *points = arena_new_array(a, (size_t)count + 1, struct geo_point);
	struct doc_iter it;
	struct element e;

	if (!points)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a shape");
	for (it = doc_iter(value_doc(v)); doc_next(&it, &e); f->n++)
		if (!geo_plain_pair(e.value, &points[f->n]))
			return status_set(
			    st, ERR_BAD_VALUE, "the points of $polygon are pairs of numbers");
	if (f->n < 3)
		return status_set(st, ERR_BAD_VALUE, "$polygon takes at least 3 points");
	f->points = points;
	f->low = f->high = points[0];
	for (size_t i = 1; i < f->n; i++)
		grow(f, points[i]);
	return 0;
}

int flat_parse(enum flat_kind kind, struct value v, struct arena *a, struct flat_shape *out,
    struct status *st)
{
	static const struct {
		const char *name;
		int (*parse)(
		    struct value v, struct arena *a, struct flat_shape *f, struct status *st);
	} kinds[] = {
	    [FLAT_BOX] = {"$box", parse_box},
	    [FLAT_CIRCLE] = {"$center", parse_circle},
	    [FLAT_POLYGON] = {"$polygon", parse_polygon},
	};

	*out = (struct flat_shape){.kind = kind};
	if (v.type != TYPE_ARRAY && v.type != TYPE_OBJECT)
		return status_set(st, ERR_BAD_VALUE, "%s takes an array, and not %s",
		    kinds[kind].name, type_name(v.type));
	return kinds[kind].parse(v, a, out, st);
}

static bool between(double v, double a, double b)
{
	return v >= fmin(a, b) && v <= fmax(a, b);
}

/* On an edge that is upright or level, or a corner. */
static bool on_edge(struct geo_point a, struct geo_point b, struct geo_point p)
{
	if (a.x == b.x || a.y == b.y)
		return between(p.x, a.x, b.x) && between(p.y, a.y, b.y);
	return p.x == a.x && p.y == a.y;
}

/* Does the edge lie to the right of p, or under it?  Each counts its upper end alone. */
static bool is_right_of(struct geo_point a, struct geo_point b, struct geo_point p)
{
	if (!(p.y > fmin(a.y, b.y)) || !(p.y <= fmax(a.y, b.y)))
		return false;
	return p.x <= (p.y - a.y) * (b.x - a.x) / (b.y - a.y) + a.x;
}

static bool polygon_contains(const struct flat_shape *f, struct geo_point p)
{
	bool inside = false;

	for (size_t i = 0; i < f->n; i++) {
		struct geo_point a = f->points[i], b = f->points[(i + 1) % f->n];

		if (on_edge(a, b, p))
			return true;
		inside ^= is_right_of(a, b, p);
	}
	return inside;
}

bool flat_contains(const struct flat_shape *f, struct geo_point p)
{
	if (f->kind == FLAT_CIRCLE)
		return flat_distance(f->center, p) <= f->radius;
	if (!(p.x >= f->low.x && p.x <= f->high.x && p.y >= f->low.y && p.y <= f->high.y))
		return false;
	return f->kind == FLAT_BOX || polygon_contains(f, p);
}

double flat_distance(struct geo_point a, struct geo_point b)
{
	return hypot(a.x - b.x, a.y - b.y);
}
