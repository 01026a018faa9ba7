#include "support/unit.h"

#include <math.h>
#include <stdlib.h>

#include "geo/sphere.h"

#define EARTH_RADIUS_KM 6371.0

static void near_to(double got, double expected, double slack)
{
	if (!(fabs(got - expected) <= slack))
		fail_msg("%.17g is not %.17g", got, expected);
}

/* Of cities, to about a kilometre: from an atlas, not from here. */
static void known_distances(void **state)
{
	const struct geo_point london = {-0.1278, 51.5074}, paris = {2.3522, 48.8566},
			       sydney = {151.2093, -33.8688}, new_york = {-74.0060, 40.7128};

	near_to(sphere_point_distance(london, paris) * EARTH_RADIUS_KM, 343.6, 1);
	near_to(sphere_point_distance(london, new_york) * EARTH_RADIUS_KM, 5570.2, 2);
	near_to(sphere_point_distance(london, sydney) * EARTH_RADIUS_KM, 16993.9, 4);
	near_to(sphere_point_distance((struct geo_point){0, 0}, (struct geo_point){180, 0}),
	    M_PI, 1e-15);
}

static struct geo_point random_point(void)
{
	return (struct geo_point){
	    (double)(rand() % 3600001) / 10000 - 180, (double)(rand() % 1800001) / 10000 - 90};
}

/* By the haversine formula, which is another way to the same. */
static double haversine(struct geo_point a, struct geo_point b)
{
	double r = M_PI / 180, u = sin((b.y - a.y) * r / 2), v = sin((b.x - a.x) * r / 2);

	return 2 * asin(fmin(1, sqrt(u * u + cos(a.y * r) * cos(b.y * r) * v * v)));
}

static void distances_agree(void **state)
{
	for (int i = 0; i < 20000; i++) {
		struct geo_point a = random_point(), b = random_point();
		struct sphere *s = sphere_new();

		near_to(sphere_point_distance(a, b), haversine(a, b), 1e-7);
		assert_null(sphere_add_point(s, b));
		near_to(sphere_distance(s, a), sphere_point_distance(a, b), 1e-14);
		sphere_free(s);
	}
}

static struct sphere *square(double x, double y, double side)
{
	struct geo_point p[] = {
	    {x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}};
	struct geo_ring ring = {p, 5};
	struct sphere *s = sphere_new();

	assert_null(sphere_add_polygon(s, &ring, 1, false));
	return s;
}

/* Whatever a cap contains is no further than its radius, and the other way round. */
static void caps_are_distances(void **state)
{
	for (int i = 0; i < 5000; i++) {
		struct geo_point center = random_point(), p = random_point();
		double radius = (double)(rand() % 3000) / 1000,
		       d = sphere_point_distance(center, p);
		struct sphere *cap = sphere_new();

		assert_null(sphere_add_cap(cap, center, radius));
		if (fabs(d - radius) > 1e-9)
			assert_int_equal(sphere_contains_point(cap, p), d < radius);
		sphere_free(cap);
	}
}

static void polygons(void **state)
{
	struct sphere *big = square(0, 0, 10), *small = square(2, 2, 2),
		      *beside = square(20, 0, 5), *across = square(8, 8, 5);

	assert_true(sphere_contains(big, small));
	assert_false(sphere_contains(small, big));
	assert_true(sphere_intersects(big, small));
	assert_true(sphere_intersects(small, big));
	assert_true(sphere_intersects(big, across));
	assert_false(sphere_contains(big, across));
	assert_false(sphere_intersects(big, beside));
	assert_true(sphere_distance(big, (struct geo_point){5, 5}) == 0);
	near_to(sphere_distance(big, (struct geo_point){15, 0}), 5 * M_PI / 180, 1e-12);
	sphere_free(big);
	sphere_free(small);
	sphere_free(beside);
	sphere_free(across);
}

static void winding(void **state)
{
	struct geo_point p[] = {{-10, -10}, {-10, 10}, {10, 10}, {10, -10}, {-10, -10}};
	struct geo_ring ring = {p, 5};
	struct sphere *strict = sphere_new(), *usual = sphere_new();

	assert_null(sphere_add_polygon(strict, &ring, 1, true));
	assert_null(sphere_add_polygon(usual, &ring, 1, false));
	assert_true(sphere_contains_point(usual, (struct geo_point){0, 0}));
	assert_false(sphere_contains_point(strict, (struct geo_point){0, 0}));
	assert_true(sphere_contains_point(strict, (struct geo_point){50, 50}));
	assert_non_null(sphere_add_polygon(strict, (struct geo_ring[]){ring, ring}, 2, true));
	sphere_free(strict);
	sphere_free(usual);
}

static void lines_and_caps(void **state)
{
	struct geo_point p[] = {{0, 0}, {2, 0}}, far[] = {{0, 0}, {100, 0}};
	struct sphere *line = sphere_new(), *longer = sphere_new(), *cap = sphere_new(),
		      *all = sphere_new(), *point = sphere_new();

	assert_null(sphere_add_line(line, p, 2));
	assert_null(sphere_add_line(longer, far, 2));
	assert_null(sphere_add_cap(cap, (struct geo_point){0, 0}, 1));
	assert_null(sphere_add_cap(all, (struct geo_point){0, 0}, M_PI));
	assert_null(sphere_add_point(point, (struct geo_point){1, 0}));
	assert_true(sphere_contains(cap, line));
	assert_false(sphere_contains(cap, longer));
	assert_true(sphere_contains(all, longer));
	assert_true(sphere_intersects(line, longer));
	assert_true(sphere_intersects(line, point));
	assert_false(sphere_contains(line, point));
	assert_true(sphere_distance(line, p[0]) == 0);
	sphere_free(line);
	sphere_free(longer);
	sphere_free(cap);
	sphere_free(all);
	sphere_free(point);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_distances),
	    cmocka_unit_test(distances_agree),
	    cmocka_unit_test(caps_are_distances),
	    cmocka_unit_test(polygons),
	    cmocka_unit_test(winding),
	    cmocka_unit_test(lines_and_caps),
	};

	srand(7);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
