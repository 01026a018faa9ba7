#include "support/unit.h"
#include "support/json.h"

#include "geo/geojson.h"

static int shape(const char *spec, enum geo_form form)
{
	struct sphere *s = sphere_new();
	struct arena a;
	int err;

	arena_init(&a, NULL);
	err = geo_shape(value_of_doc(json_doc(&a, spec)), form, &a, s, NULL);
	arena_clear(&a);
	sphere_free(s);
	return err;
}

#define SQUARE "'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]"

static void accepted(void **state)
{
	static const char *const cases[] = {
	    "{'type': 'Point', 'coordinates': [180, -90]}",
	    "{'coordinates': [1, 2, 300], 'type': 'Point', 'extra': 1}",
	    "{'type': 'Point', 'coordinates': {'x': 1, 'y': 2}}",
	    "{'x': 1, 'y': 2}",
	    "{'type': 'LineString', 'coordinates': [[0, 0], [0, 0], [1, 1]]}",
	    "{'type': 'Polygon', " SQUARE "}",
	    "{'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 0], [1, 1], [0, 0]]]}",
	    "{'type': 'Polygon', 'coordinates': [[[0, 0], [5, 0], [5, 5], [0, 5], [0, 0]],"
	    " [[1, 1], [1, 2], [2, 2], [1, 1]]]}",
	    "{'type': 'MultiPoint', 'coordinates': [[0, 0], [0, 0]]}",
	    "{'type': 'MultiLineString', 'coordinates': [[[0, 0], [1, 1]]]}",
	    "{'type': 'MultiPolygon', 'coordinates': [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}",
	    "{'type': 'GeometryCollection', 'geometries': [{'type': 'Point', 'coordinates': "
	    "[1, 1]}]}",
	    "{'type': 'Polygon', " SQUARE ", 'crs': {'type': 'name', 'properties':"
	    " {'name': 'urn:x-mongodb:crs:strictwinding:EPSG:4326'}}}",
	    "{'type': 'Point', 'coordinates': [1, 1], 'crs': {'type': 'name', 'properties':"
	    " {'name': 'EPSG:4326'}}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (shape(cases[i], GEO_QUERY) != 0)
			fail_msg("%s", cases[i]);
}

static void refused(void **state)
{
	static const char *const cases[] = {
	    "{}",
	    "{'x': 1}",
	    "{'x': 1, 'y': 2, 'z': 3}",
	    "{'type': 'Point'}",
	    "{'type': 'point', 'coordinates': [0, 0]}",
	    "{'type': 5, 'coordinates': [0, 0]}",
	    "{'coordinates': [0, 0]}",
	    "{'type': 'Point', 'coordinates': [0]}",
	    "{'type': 'Point', 'coordinates': [181, 0]}",
	    "{'type': 'Point', 'coordinates': [0, {'$numberDouble': 'NaN'}]}",
	    "{'type': 'LineString', 'coordinates': [[0, 0]]}",
	    "{'type': 'Polygon', 'coordinates': []}",
	    "{'type': 'Polygon', 'coordinates': [[0, 0], [1, 0], [1, 1], [0, 0]]}",
	    "{'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1]]]}",
	    "{'type': 'Polygon', 'coordinates': [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}",
	    "{'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]],"
	    " [[20, 20], [30, 20], [30, 30], [20, 20]]]}",
	    "{'type': 'GeometryCollection', 'geometries': []}",
	    "{'type': 'GeometryCollection', 'geometries': [{'type': 'GeometryCollection',"
	    " 'geometries': [{'type': 'Point', 'coordinates': [1, 1]}]}]}",
	    "{'type': 'Polygon', " SQUARE ", 'crs': null}",
	    "{'type': 'Polygon', " SQUARE ", 'crs': {'type': 'link'}}",
	    "{'type': 'Polygon', " SQUARE
	    ", 'crs': {'type': 'name', 'properties': {'name': 'x'}}}",
	    "{'type': 'Point', 'coordinates': [1, 1], 'crs': {'type': 'name', 'properties':"
	    " {'name': 'urn:x-mongodb:crs:strictwinding:EPSG:4326'}}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (shape(cases[i], GEO_QUERY) != ERR_BAD_VALUE)
			fail_msg("%s", cases[i]);
}

static void forms_differ(void **state)
{
	/* A document's pair may have more behind it; a point's type goes without saying. */
	assert_int_equal(shape("{'x': 1, 'y': 2, 'z': 3}", GEO_STORED), 0);
	assert_int_equal(shape("{'coordinates': [1, 2]}", GEO_POINT), 0);
	assert_int_equal(
	    shape("{'type': 'MultiPoint', 'coordinates': [[1, 2]]}", GEO_POINT), ERR_BAD_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepted),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(forms_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
