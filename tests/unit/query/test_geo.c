/*
 * 2d and 2dsphere indexes: through writers and the planner.
 */
#include "support/unit.h"

#include "support/query_fixture.h"
#include "support/random_value.h"

static struct query_fixture fix;
static struct rng rng;

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	rng.state = 0x2545F491;
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

#define SPHERE "{'v': 2, 'key': {'l': '2dsphere'}, 'name': 'g', '2dsphereIndexVersion': 3}"
#define PLANE  "{'v': 2, 'key': {'l': '2d'}, 'name': 'g'}"
#define PLANE_SMALL                                                                            \
	"{'v': 2, 'key': {'l': '2d', 'a': -1}, 'name': 'g', 'bits': 5, 'min': -200, 'max': "   \
	"300}"

static void check(const char *find, const char *want)
{
	qf_assert_find(&fix, find, want);
}

/* ----------------------------------------------- with an index and without */

static double degrees(int most)
{
	/* Near each other, and at the ends, often. */
	switch (rng_below(&rng, 4)) {
	case 0:
		return (double)rng_below(&rng, 2 * (uint32_t)most + 1) - most;
	case 1:
		return rng_below(&rng, 2) ? most : -most;
	default:
		return (double)rng_below(&rng, 4000) / 1000 - 2;
	}
}

static const char *pair(void)
{
	return arena_printf(&fix.arena, "[%.3f, %.3f]", degrees(180), degrees(90));
}

static const char *triangle(double size)
{
	double x = degrees(150), y = degrees(60);

	return arena_printf(&fix.arena, "[[%f, %f], [%f, %f], [%f, %f], [%f, %f]]", x, y,
	    x + size, y, x, y + size, x, y);
}

static const char *shape(bool flat)
{
	double size = (double)rng_below(&rng, 25) + 0.5;

	switch (flat ? 0 : rng_below(&rng, 6)) {
	case 1:
		return arena_printf(
		    &fix.arena, "{'type': 'LineString', 'coordinates': %s}", triangle(size));
	case 2:
		return arena_printf(
		    &fix.arena, "{'type': 'Polygon', 'coordinates': [%s]}", triangle(size));
	case 3:
		return arena_printf(&fix.arena,
		    "{'type': 'MultiPoint', 'coordinates': [%s, %s]}", pair(), pair());
	case 4:
		return arena_printf(&fix.arena, "{'type': 'Point', 'coordinates': %s}", pair());
	default:
		return pair();
	}
}

static void insert_random(int n, bool flat)
{
	for (int i = 0; i < n; i++) {
		const char *l = shape(flat);
		int a = (int)rng_below(&rng, 3);

		switch (rng_below(&rng, 8)) {
		case 0:
			l = arena_printf(&fix.arena, "[{'_id': %d, 'a': %d, 'l': null}]", i, a);
			break;
		case 1:
			l = arena_printf(&fix.arena, "[{'_id': %d, 'a': [%d, 7]}]", i, a);
			break;
		case 2:
			l = arena_printf(&fix.arena,
			    "[{'_id': %d, 'a': %d, 'l': %s, 'm': [{'l': %s}, {'l': %s}]}]", i,
			    a, l, shape(flat), shape(flat));
			break;
		default:
			l = arena_printf(
			    &fix.arena, "[{'_id': %d, 'a': [%d, 5], 'l': %s}]", i, a, l);
		}
		assert_int_equal(qf_insert(&fix, l), 0);
	}
}

static const char *condition(bool flat)
{
	double size = (double)rng_below(&rng, 29) + 0.5;

	switch (rng_below(&rng, flat ? 3 : 5)) {
	case 0:
		return flat ? arena_printf(&fix.arena, "{'$geoWithin': {'$box': [%s, %s]}}",
				  pair(), pair())
			    : arena_printf(&fix.arena,
				  "{'$geoIntersects': {'$geometry': {'type': 'Point', "
				  "'coordinates': %s}}}",
				  pair());
	case 1:
		return flat ? arena_printf(&fix.arena, "{'$geoWithin': {'$center': [%s, %f]}}",
				  pair(), size)
			    : arena_printf(&fix.arena,
				  "{'$geoWithin': {'$centerSphere': [%s, %f]}}", pair(),
				  size / 50);
	case 2:
		return flat ? arena_printf(&fix.arena, "{'$geoWithin': {'$polygon': %s}}",
				  triangle(size))
			    : arena_printf(&fix.arena,
				  "{'$geoWithin': {'$geometry': {'type': 'Polygon', "
				  "'coordinates': [%s]}}}",
				  triangle(size));
	case 3:
		return arena_printf(&fix.arena,
		    "{'$geoIntersects': {'$geometry': {'type': 'LineString', 'coordinates': "
		    "%s}}}",
		    triangle(size));
	default:
		return arena_printf(&fix.arena, "{'$geoIntersects': {'$geometry': %s}}",
		    "{'type': 'Polygon', 'coordinates': [[[-1, -1], [1, -1], [1, 1], [-1, 1], "
		    "[-1, -1]]]}");
	}
}

static const char *random_find(bool flat)
{
	const char *path = rng_below(&rng, 3) ? "l" : "m.l";

	switch (rng_below(&rng, 3)) {
	case 0:
		return arena_printf(&fix.arena, "{'filter': {'%s': %s}, 'sort': {'_id': 1}}",
		    path, condition(flat));
	case 1:
		return arena_printf(&fix.arena,
		    "{'filter': {'%s': %s, 'a': 1}, 'sort': {'_id': 1}}", path,
		    condition(flat));
	default:
		return arena_printf(&fix.arena,
		    "{'filter': {'$and': [{'%s': %s}, {'l': %s}]}, 'sort': {'_id': 1}}", path,
		    condition(flat), condition(flat));
	}
}

#define N_FINDS 150

static void compare(const char *const *indexes, int n, bool flat)
{
	const char *finds[N_FINDS], *found[N_FINDS];
	int used = 0;

	insert_random(120, flat);
	for (int i = 0; i < N_FINDS; i++) {
		finds[i] = random_find(flat);
		found[i] = qf_find(&fix, finds[i]);
		assert_non_null(found[i]);
	}
	for (int k = 0; k < n; k++)
		assert_int_equal(qf_create_index(&fix, indexes[k]), 0);
	for (int i = 0; i < N_FINDS; i++) {
		const char *now = qf_find(&fix, finds[i]);

		assert_non_null(now);
		if (strcmp(now, found[i]) != 0)
			fail_msg("%s\n%s\n%s", finds[i], found[i], now);
		used += strncmp(fix.summary, "IXSCAN", 6) == 0;
	}
	assert_true(used > N_FINDS / 4);
	qf_check_indexes(&fix);
}

static void the_sphere_finds_the_same(void **state)
{
	static const char *const indexes[] = {SPHERE,
	    "{'v': 2, 'key': {'a': 1, 'm.l': '2dsphere', 'l': '2dsphere'}, 'name': 'h', "
	    "'2dsphereIndexVersion': 2}"};

	compare(indexes, 2, false);
}

static void the_plane_finds_the_same(void **state)
{
	static const char *const indexes[] = {
	    PLANE_SMALL, "{'v': 2, 'key': {'m.l': '2d'}, 'name': 'h', 'bits': 32}"};

	compare(indexes, 2, true);
}

/* -------------------------------------------------------------- single cases */

static void few_keys_are_looked_at(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 0, 'l': [0, 0]}]"), 0);
	assert_int_equal(qf_create_index(&fix, SPHERE), 0);
	for (int i = 1; i < 100; i++)
		assert_int_equal(qf_insert(&fix, arena_printf(&fix.arena,
						     "[{'_id': %d, 'l': [%d, 0]}]", i, i)),
		    0);
	check("{'filter': {'l': {'$geoWithin': {'$centerSphere': [[50, 0], 0.001]}}}}",
	    "[{'_id': 50, 'l': [50, 0]}]");
	assert_true(fix.keys_examined < 10);
	assert_non_null(qf_find(&fix, "{'filter': {'l': null}}"));
	assert_string_equal(fix.summary, "COLLSCAN");
	assert_null(qf_find(&fix, "{'filter': {'a': 1}, 'hint': 'g'}"));
	assert_int_equal(fix.st.code, ERR_BAD_VALUE);
}

static void what_is_no_geometry_is_refused(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 0}]"), 0);
	assert_int_equal(qf_create_index(&fix, SPHERE), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'l': 'x'}]"), 16755);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'l': [200, 0]}]"), 16755);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'l': [{'type': 'Point', 'coordinates': "
					 "[0, 0]}]}]"),
	    16755);
	assert_int_equal(
	    qf_insert(&fix,
		"[{'_id': 1, 'l': {'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], "
		"[0, 0]]], 'crs': {'type': 'name', 'properties': {'name': "
		"'urn:x-mongodb:crs:strictwinding:EPSG:4326'}}}}]"),
	    16755);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'l': []}, {'_id': 2, 'l': null}]"), 0);
	qf_check_indexes(&fix);
}

static void what_is_outside_of_a_plane_is_refused(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 0}]"), 0);
	assert_int_equal(qf_create_index(&fix, PLANE), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'l': [200, 0]}]"), 13027);
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'l': [180, -180]}]"), 0);
	assert_int_equal(qf_insert(&fix, "[{'_id': 2, 'l': [[1, 2], {'x': 3, 'y': 4}]}]"), 0);
	check("{'filter': {'l': {'$geoWithin': {'$box': [[170, -190], [190, -170]]}}}, "
	      "'projection': {'_id': 1}}",
	    "[{'_id': 1}]");
	assert_true(strncmp(fix.summary, "IXSCAN", 6) == 0);
	qf_check_indexes(&fix);
}

static void places(void)
{
	assert_int_equal(
	    qf_insert(&fix,
		"[{'_id': 1, 'l': [3, 0]}, {'_id': 2, 'l': [1, 0]}, {'_id': 3, 'l': [-2, 0]}, "
		"{'_id': 4}, {'_id': 5, 'l': [60, 10], 'a': 1}]"),
	    0);
}

#define IDS "'projection': {'_id': 1}"

static void near_is_in_order(void **state)
{
	places();
	assert_int_equal(qf_create_index(&fix, PLANE), 0);
	check("{'filter': {'l': {'$near': [0, 0]}}, " IDS "}",
	    "[{'_id': 2}, {'_id': 3}, {'_id': 1}, {'_id': 5}]");
	check("{'filter': {'l': {'$near': [0, 0], '$minDistance': 2, '$maxDistance': 3}}, " IDS
	      "}",
	    "[{'_id': 3}, {'_id': 1}]");
	assert_int_equal(fix.docs_examined, 3);
	check("{'filter': {'l': {'$near': [0, 0]}}, 'limit': 1, 'projection': {'_id': 1, 'd': "
	      "{'$meta': 'geoNearDistance'}, 'p': {'$meta': 'geoNearPoint'}}}",
	    "[{'_id': 2, 'd': 1.0, 'p': [1, 0]}]");
	check(
	    "{'filter': {'l': {'$near': [0, 0], '$maxDistance': 5}}, 'sort': {'_id': -1}, " IDS
	    "}",
	    "[{'_id': 3}, {'_id': 2}, {'_id': 1}]");
	check("{'filter': {'l': {'$near': [0, 0]}, 'a': 1}, " IDS "}", "[{'_id': 5}]");
	check("{'filter': {'l': {'$nearSphere': [0, 0], '$maxDistance': 0.04}}, " IDS "}",
	    "[{'_id': 2}, {'_id': 3}]");
	assert_null(qf_find(&fix, "{'filter': {'l': {'$near': {'$geometry': {'type': 'Point', "
				  "'coordinates': [0, 0]}}}}}"));
	assert_int_equal(fix.st.code, ERR_NO_QUERY_EXECUTION_PLANS);
}

static void near_on_the_sphere(void **state)
{
	struct query_spec spec;

	places();
	assert_int_equal(qf_create_index(&fix, SPHERE), 0);
	check("{'filter': {'l': {'$near': {'$geometry': {'type': 'Point', 'coordinates': [0, "
	      "0]}, "
	      "'$minDistance': 120000, '$maxDistance': 400000}}}, " IDS "}",
	    "[{'_id': 3}, {'_id': 1}]");
	assert_int_equal(fix.docs_examined, 3);
	spec = qf_spec(&fix, "{'filter': {'l': {'$nearSphere': [0, 0]}}, " IDS ", 'skip': 1}");
	qf_assert_found(
	    &fix, qf_find_spec(&fix, &spec, 1), "[{'_id': 3}, {'_id': 1}, {'_id': 5}]");
	assert_null(qf_find(&fix, "{'filter': {'l': {'$near': [0, 0]}}}"));
	assert_int_equal(fix.st.code, ERR_NO_QUERY_EXECUTION_PLANS);
	assert_null(
	    qf_find(&fix, "{'filter': {'m': {'$nearSphere': [0, 0]}, 'l': {'$geoWithin': "
			  "{'$centerSphere': [[0, 0], 1]}}}}"));
	assert_int_equal(fix.st.code, ERR_NO_QUERY_EXECUTION_PLANS);
	assert_null(qf_find(
	    &fix, "{'filter': {'l': {'$nearSphere': [0, 0]}}, 'hint': {'$natural': 1}}"));
	assert_int_equal(fix.st.code, ERR_BAD_VALUE);
	check("{'filter': {'l': {'$nearSphere': [0, 0]}}, 'hint': 'g', 'limit': 1, " IDS "}",
	    "[{'_id': 2}]");
	assert_null(
	    qf_find(&fix, "{'filter': {'l': {'$nearSphere': [0, 0]}}, 'hint': 'none'}"));
	assert_int_equal(fix.st.code, ERR_BAD_VALUE);
}

static void near_something_larger(void **state)
{
	assert_int_equal(
	    qf_insert(&fix,
		"[{'_id': 1, 'l': {'type': 'LineString', 'coordinates': [[1, -5], [1, "
		"5]]}}, {'_id': 2, 'l': {'type': 'Polygon', 'coordinates': [[[-1, -1], "
		"[1, -1], [0, 2], [-1, -1]]]}}, {'_id': 3, 'l': {'type': 'Point', "
		"'coordinates': [0.5, 0]}}]"),
	    0);
	assert_int_equal(
	    qf_create_index(&fix, "{'v': 2, 'key': {'a': 1, 'l': '2dsphere'}, 'name': 'g', "
				  "'2dsphereIndexVersion': 3}"),
	    0);
	check("{'filter': {'l': {'$nearSphere': [0, 0]}}, " IDS "}",
	    "[{'_id': 2}, {'_id': 3}, {'_id': 1}]");
	check("{'filter': {'l': {'$nearSphere': [0, 0]}, 'a': null}, 'projection': {'_id': 1, "
	      "'d': {'$meta': 'geoNearDistance'}}, 'limit': 1}",
	    "[{'_id': 2, 'd': 0.0}]");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(the_sphere_finds_the_same),
	    TEST(the_plane_finds_the_same),
	    TEST(few_keys_are_looked_at),
	    TEST(what_is_no_geometry_is_refused),
	    TEST(what_is_outside_of_a_plane_is_refused),
	    TEST(near_is_in_order),
	    TEST(near_on_the_sphere),
	    TEST(near_something_larger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
