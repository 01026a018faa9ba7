/*
 * Geometry: the input is two documents, one behind the other.  Each is read as a shape in
 * each of the forms; two shapes meet each other both ways or not at all, what contains the
 * other is at no distance from its points, and no distance is less than 0.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "bson/validate.h"
#include "geo/flat.h"
#include "util/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sphere *shape_of(struct view doc, enum geo_form form, struct arena *a)
{
	struct sphere *s = sphere_new();
	struct status st;

	status_init(&st);
	if (s && geo_shape(value_of_doc(doc), form, a, s, &st) == 0)
		return s;
	sphere_free(s);
	return NULL;
}

static void check_pair(const struct sphere *a, const struct sphere *b, struct value other)
{
	struct geo_point p;

	if (sphere_intersects(a, b) != sphere_intersects(b, a))
		abort();
	sphere_contains(a, b);
	if (!geo_point_of(other, &p) || !sphere_has(p))
		return;
	if (!(sphere_distance(a, p) >= 0) || sphere_distance(b, p) != 0)
		abort();
	if (sphere_contains_point(a, p) && sphere_distance(a, p) != 0)
		abort();
}

static void check_flat(struct view doc, struct geo_point p, struct arena *a)
{
	struct flat_shape f;
	struct status st;

	status_init(&st);
	for (int kind = FLAT_BOX; kind <= FLAT_POLYGON; kind++)
		if (flat_parse((enum flat_kind)kind, value_of_doc(doc), a, &f, &st) == 0 &&
		    flat_contains(&f, p) && isnan(p.x))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view in = {data, size}, docs[2];
	struct sphere *s[2] = {NULL};
	struct geo_point p = {NAN, 0};
	struct arena a;
	size_t len;

	for (int i = 0; i < 2; i++) {
		if (bson_frame(in, &len, NULL) != 0 ||
		    bson_check(view_of(in.data, len), NULL) != 0)
			return 0;
		docs[i] = view_of(in.data, len);
		in = view_of(in.data + len, in.len - len);
	}
	arena_init(&a, NULL);
	sphere_free(shape_of(docs[0], GEO_POINT, &a));
	s[0] = shape_of(docs[0], GEO_QUERY, &a);
	s[1] = shape_of(docs[1], GEO_STORED, &a);
	if (s[0] && s[1])
		check_pair(s[0], s[1], value_of_doc(docs[1]));
	if (!geo_point_of(value_of_doc(docs[1]), &p))
		p.x = NAN;
	check_flat(docs[0], p, &a);
	sphere_free(s[0]);
	sphere_free(s[1]);
	arena_clear(&a);
	return 0;
}
