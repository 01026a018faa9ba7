#include "geo/geojson.h"

#include <math.h>

/* What parsing has at hand. */
struct reader {
	struct arena *scratch;
	struct sphere *shape;
	bool winding; /* strict: a ring's inside is to its left */
	bool no_winding;
	struct status *st;
};

static int refuse(struct reader *r, const char *what, const char *why)
{
	return status_set(r->st, ERR_BAD_VALUE, "%s: %s", what, why);
}

static bool first_two(struct value v, struct value two[2], int *n)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY && v.type != TYPE_OBJECT)
		return false;
	*n = 0;
	for (it = doc_iter(value_doc(v)); doc_next(&it, &e); (*n)++)
		if (*n < 2)
			two[*n] = e.value;
	return *n >= 2;
}

bool geo_pair(struct value v, struct geo_point *out, int *n)
{
	struct value two[2];

	return first_two(v, two, n) && value_is_number(two[0]) && value_is_number(two[1]) &&
	       value_to_double(two[0], &out->x) && value_to_double(two[1], &out->y);
}

bool geo_plain_pair(struct value v, struct geo_point *out)
{
	int n;

	return geo_pair(v, out, &n) && n == 2 && isfinite(out->x) && isfinite(out->y);
}

/* ------------------------------------------------------------- the types */

static int read_point(struct reader *r, struct value v)
{
	struct geo_point p;
	const char *why;
	int n;

	if (!geo_pair(v, &p, &n))
		return refuse(r, "Point", "its coordinates are two numbers");
	why = sphere_add_point(r->shape, p);
	return why ? refuse(r, "Point", why) : 0;
}

/* A list of places. */
static int read_places(struct reader *r, const char *what, struct value v, struct geo_ring *out)
{
	struct geo_point *points;
	struct doc_iter it;
	struct element e;
	int n;

	if (v.type != TYPE_ARRAY)
		return refuse(r, what, "its coordinates are an array of places");
	points =
	    arena_new_array(r->scratch, (size_t)doc_count(value_doc(v)) + 1, struct geo_point);
	if (!points)
		return status_set(r->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a shape");
	out->points = points;
	out->n = 0;
	for (it = doc_iter(value_doc(v)); doc_next(&it, &e);)
		if (!geo_pair(e.value, &points[out->n++], &n))
			return refuse(r, what, "a place is an array of two numbers");
	return 0;
}

static int read_line(struct reader *r, struct value v)
{
	struct geo_ring places;
	int err = read_places(r, "LineString", v, &places);
	const char *why;

	if (err)
		return err;
	why = sphere_add_line(r->shape, places.points, places.n);
	return why ? refuse(r, "LineString", why) : 0;
}

static int read_polygon(struct reader *r, struct value v)
{
	struct geo_ring *rings;
	struct doc_iter it;
	struct element e;
	const char *why;
	size_t n = 0;

	if (v.type != TYPE_ARRAY)
		return refuse(r, "Polygon", "its coordinates are an array of rings");
	rings =
	    arena_new_array(r->scratch, (size_t)doc_count(value_doc(v)) + 1, struct geo_ring);
	if (!rings)
		return status_set(r->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a shape");
	for (it = doc_iter(value_doc(v)); doc_next(&it, &e); n++) {
		int err = read_places(r, "Polygon", e.value, &rings[n]);

		if (err)
			return err;
	}
	why = sphere_add_polygon(r->shape, rings, n, r->winding);
	return why ? refuse(r, "Polygon", why) : 0;
}

static int read_each(struct reader *r, struct value v, const char *what,
    int (*read)(struct reader *r, struct value v))
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY || doc_is_empty(value_doc(v)))
		return refuse(r, what, "its coordinates are an array that is not empty");
	for (it = doc_iter(value_doc(v)); doc_next(&it, &e);) {
		int err = read(r, e.value);

		if (err)
			return err;
	}
	return 0;
}

static int read_points(struct reader *r, struct value v)
{
	return read_each(r, v, "MultiPoint", read_point);
}

static int read_lines(struct reader *r, struct value v)
{
	return read_each(r, v, "MultiLineString", read_line);
}

static int read_polygons(struct reader *r, struct value v)
{
	return read_each(r, v, "MultiPolygon", read_polygon);
}

static int read_member(struct reader *r, struct value v);

static int read_collection(struct reader *r, struct value v)
{
	return read_each(r, v, "GeometryCollection", read_member);
}

struct geojson_type {
	const char *name;
	const char *field;
	int (*read)(struct reader *r, struct value v);
	bool winds;
};

static const struct geojson_type point_type = {"Point", "coordinates", read_point};
static const struct geojson_type geojson_types[] = {
    {"GeometryCollection", "geometries", read_collection},
    {"LineString", "coordinates", read_line},
    {"MultiLineString", "coordinates", read_lines},
    {"MultiPoint", "coordinates", read_points},
    {"MultiPolygon", "coordinates", read_polygons},
    {"Point", "coordinates", read_point},
    {"Polygon", "coordinates", read_polygon, .winds = true},
};

static const struct geojson_type *type_of(struct value name)
{
	if (name.type != TYPE_STRING)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(geojson_types); i++)
		if (view_equal(value_str(name), view_of_str(geojson_types[i].name)))
			return &geojson_types[i];
	return NULL;
}

/* -------------------------------------------------------------- the frame */

/* The coordinate reference system; longitude and latitude are the only one. */
static int read_crs(struct reader *r, const struct geojson_type *type, struct value crs)
{
	struct value properties, name;

	r->winding = false;
	if (value_is_missing(crs))
		return 0;
	if (crs.type != TYPE_OBJECT)
		return refuse(r, "crs", "it is a document");
	name = doc_get(value_doc(crs), "type");
	if (name.type != TYPE_STRING || !view_equal(value_str(name), view_of_str("name")))
		return refuse(r, "crs", "its type is \"name\"");
	properties = doc_get(value_doc(crs), "properties");
	if (properties.type != TYPE_OBJECT)
		return refuse(r, "crs", "its properties are a document");
	name = doc_get(value_doc(properties), "name");
	if (name.type != TYPE_STRING)
		return refuse(r, "crs", "its properties have a name");
	if (view_equal(value_str(name), view_of_str("EPSG:4326")) ||
	    view_equal(value_str(name), view_of_str("urn:ogc:def:crs:OGC:1.3:CRS84")))
		return 0;
	r->winding = view_equal(
	    value_str(name), view_of_str("urn:x-mongodb:crs:strictwinding:EPSG:4326"));
	if (!r->winding)
		return refuse(r, "crs", "there is no such system");
	if (!type->winds || r->no_winding)
		return refuse(r, "crs", "strict winding is for polygons");
	return 0;
}

static int read_geojson(struct reader *r, struct view doc, const struct geojson_type *type)
{
	struct value inside = doc_get(doc, type->field);
	int err = read_crs(r, type, doc_get(doc, "crs"));

	return err ? err : type->read(r, inside);
}

static int read_member(struct reader *r, struct value v)
{
	const struct geojson_type *type =
	    v.type == TYPE_OBJECT ? type_of(doc_get(value_doc(v), "type")) : NULL;

	if (!type || type->read == read_collection)
		return refuse(
		    r, "GeometryCollection", "its geometries are GeoJSON of other types");
	return read_geojson(r, value_doc(v), type);
}

bool geojson_is(struct value v)
{
	return v.type == TYPE_OBJECT &&
	       (doc_get(value_doc(v), "type").type == TYPE_STRING ||
		   !value_is_missing(doc_get(value_doc(v), "coordinates")));
}

bool geo_point_of(struct value v, struct geo_point *out)
{
	const struct geojson_type *type;
	int n;

	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return false;
	if (!geojson_is(v))
		return geo_pair(v, out, &n);
	type = type_of(doc_get(value_doc(v), "type"));
	return type && type->read == read_point &&
	       geo_pair(doc_get(value_doc(v), "coordinates"), out, &n);
}

/* Which may have no type where only a point may stand. */
static const struct geojson_type *type_in(struct view doc, enum geo_form form)
{
	struct value name = doc_get(doc, "type");

	if (form != GEO_POINT)
		return type_of(name);
	if (value_is_missing(name))
		return &point_type;
	return type_of(name) && type_of(name)->read == read_point ? &point_type : NULL;
}

static int read_pair(struct reader *r, struct value v, enum geo_form form)
{
	struct geo_point p;
	const char *why;
	int n;

	/* A query's document has nothing beside the two. */
	if (!geo_pair(v, &p, &n) || (form >= GEO_QUERY && v.type == TYPE_OBJECT && n != 2))
		return status_set(
		    r->st, ERR_BAD_VALUE, "that is neither GeoJSON nor a pair of numbers");
	why = sphere_add_point(r->shape, p);
	return why ? refuse(r, "a pair", why) : 0;
}

int geo_shape(struct value v, enum geo_form form, struct arena *scratch, struct sphere *s,
    struct status *st)
{
	struct reader r = {
	    .scratch = scratch, .shape = s, .no_winding = form == GEO_INDEXED, .st = st};
	const struct geojson_type *type;

	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return status_set(st, ERR_BAD_VALUE, "a geometry is a document, and not %s",
		    type_name(v.type));
	if (!geojson_is(v))
		return read_pair(&r, v, form);
	type = type_in(value_doc(v), form);
	if (!type)
		return status_set(st, ERR_BAD_VALUE, "there is no such type of GeoJSON here");
	return read_geojson(&r, value_doc(v), type);
}
