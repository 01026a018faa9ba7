#include "expr/match_geo.h"

#include <math.h>

struct sphere *geo_shape_in(struct arena *a)
{
	struct sphere *s = sphere_new();

	if (s && !arena_defer(a, sphere_free, s)) {
		sphere_free(s);
		s = NULL;
	}
	return s;
}

/* --------------------------------------------------------------- parsing */

struct specifier {
	const char *name;
	int (*parse)(struct filter_parser *p, struct value v, struct geo_match *m);
};

static int parse_geometry(struct filter_parser *p, struct value v, struct geo_match *m)
{
	int err;

	m->shape = geo_shape_in(p->a);
	if (!m->shape)
		return filter_no_memory(p);
	err = geo_shape(v, GEO_QUERY, p->a, m->shape, p->st);
	if (err == 0 && !m->intersects && !sphere_has_area(m->shape))
		err = status_set(
		    p->st, ERR_BAD_VALUE, "$geoWithin takes a Polygon or a MultiPolygon");
	return err;
}

static int parse_cap(struct filter_parser *p, struct value v, struct geo_match *m)
{
	struct geo_point center;
	const char *why;
	struct value r;
	double radius;

	if (v.type != TYPE_ARRAY && v.type != TYPE_OBJECT)
		return status_set(p->st, ERR_BAD_VALUE,
		    "$centerSphere takes an array, and not %s", type_name(v.type));
	r = array_at(value_doc(v), 1);
	if (doc_count(value_doc(v)) != 2 ||
	    !geo_plain_pair(array_at(value_doc(v), 0), &center) || !value_is_number(r) ||
	    !value_to_double(r, &radius))
		return status_set(
		    p->st, ERR_BAD_VALUE, "$centerSphere takes a pair of numbers and a radius");
	m->shape = geo_shape_in(p->a);
	if (!m->shape)
		return filter_no_memory(p);
	why = sphere_add_cap(m->shape, center, radius);
	return why ? status_set(p->st, ERR_BAD_VALUE, "$centerSphere: %s", why) : 0;
}

static int parse_box(struct filter_parser *p, struct value v, struct geo_match *m)
{
	return flat_parse(FLAT_BOX, v, p->a, &m->flat, p->st);
}

static int parse_center(struct filter_parser *p, struct value v, struct geo_match *m)
{
	return flat_parse(FLAT_CIRCLE, v, p->a, &m->flat, p->st);
}

static int parse_polygon(struct filter_parser *p, struct value v, struct geo_match *m)
{
	return flat_parse(FLAT_POLYGON, v, p->a, &m->flat, p->st);
}

/* $uniqueDocs says nothing any more. */
static int parse_unique(struct filter_parser *p, struct value v, struct geo_match *m)
{
	return 0;
}

static const struct specifier specifiers[] = {
    {"$geometry", parse_geometry},
    {"$box", parse_box},
    {"$center", parse_center},
    {"$centerSphere", parse_cap},
    {"$polygon", parse_polygon},
    {"$uniqueDocs", parse_unique},
};

/* $geoIntersects has the first of them alone. */
static const struct specifier *specifier_find(const char *name, bool intersects)
{
	for (size_t i = 0; i < (intersects ? 1 : ARRAY_LEN(specifiers)); i++)
		if (strcmp(specifiers[i].name, name) == 0)
			return &specifiers[i];
	return NULL;
}

static int parse_specifiers(
    struct filter_parser *p, const char *name, struct view doc, struct geo_match *m)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int shapes = 0;

	while (doc_next(&it, &e)) {
		const struct specifier *s = specifier_find(e.name, m->intersects);
		int err;

		if (!s)
			return status_set(
			    p->st, ERR_BAD_VALUE, "%s has no \"%.100s\"", name, e.name);
		shapes += s->parse != parse_unique;
		if (shapes > 1)
			return status_set(p->st, ERR_BAD_VALUE, "%s takes one shape", name);
		err = s->parse(p, e.value, m);
		if (err)
			return err;
	}
	return shapes ? 0 : status_set(p->st, ERR_BAD_VALUE, "%s needs a shape", name);
}

MATCH_PARSER(match_parse_geo)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct geo_match *m = arena_new(p->a, struct geo_match);

	if (!f || !m)
		return filter_no_memory(p);
	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, ERR_BAD_VALUE, "%s takes a document, and not %s",
		    op->name, type_name(operand.type));
	if (doc_count(p->siblings) > 1)
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s stands alone on its field; $and joins it to others", op->name);
	m->intersects = strcmp(op->name, "$geoIntersects") == 0;
	f->data = m;
	*out = f;
	return parse_specifiers(p, op->name, value_doc(operand), m);
}

/* --------------------------------------------------------------- testing */

static bool shape_matches(const struct geo_match *m, const struct sphere *what)
{
	return m->intersects ? sphere_intersects(m->shape, what)
			     : sphere_contains(m->shape, what);
}

/* A document's geometry is made for the time of the test; what is none matches nothing. */
static bool test_shape(const struct geo_match *m, struct value v)
{
	_Alignas(16) uint8_t room[2048];
	struct sphere *s = sphere_new();
	struct arena scratch;
	bool matches;

	if (!s)
		return false;
	arena_init_in(&scratch, NULL, room, sizeof(room));
	matches = geo_shape(v, GEO_STORED, &scratch, s, NULL) == 0 && shape_matches(m, s);
	arena_clear(&scratch);
	sphere_free(s);
	return matches;
}

MATCH_TEST(match_test_geo)
{
	const struct geo_match *m = f->data;
	struct geo_point p;

	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return false;
	if (!m->shape)
		return geo_point_of(v, &p) && flat_contains(&m->flat, p);
	/* Most geometries are points, for which nothing is allocated. */
	if (!m->intersects && geo_point_of(v, &p))
		return sphere_contains_point(m->shape, p);
	return test_shape(m, v);
}
