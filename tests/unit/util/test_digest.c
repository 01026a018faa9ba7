/*
 * Percentiles.
 */
#include "support/unit.h"

#include <math.h>
#include <stdlib.h>

#include "util/digest.h"

static double percentile(struct digest *d, double p)
{
	double out = NAN;

	digest_sort(d);
	assert_true(digest_percentile(d, p, &out));
	return out;
}

static void few_are_exact(void **state)
{
	static const double numbers[] = {5, 1, 4, 2, 3};
	static const struct {
		double p, want;
	} cases[] = {{0, 1}, {0.2, 1}, {0.21, 2}, {0.5, 3}, {0.6, 3}, {0.61, 4}, {0.95, 5}, {1, 5}};
	struct digest d = {0};
	struct arena a;
	double out;

	arena_init(&a, NULL);
	digest_add(&d, NAN, &a);
	assert_false(digest_percentile(&d, 0.5, &out));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		digest_add(&d, numbers[i], &a);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(percentile(&d, cases[i].p) == cases[i].want);
	arena_clear(&a);
}

static void infinities_stand_at_the_ends(void **state)
{
	struct digest d = {0};
	struct arena a;

	arena_init(&a, NULL);
	digest_add(&d, INFINITY, &a);
	assert_true(percentile(&d, 0) == INFINITY);
	digest_add(&d, -INFINITY, &a);
	digest_add(&d, 7, &a);
	assert_true(percentile(&d, 0.3) == -INFINITY);
	assert_true(percentile(&d, 0.5) == 7);
	assert_true(percentile(&d, 1) == INFINITY);
	arena_clear(&a);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* How large a part of the n sorted numbers lies below x, at least and at most. */
static void check_rank(const double *sorted, int n, double p, double x)
{
	int below = 0, upto = 0;
	double off = 0.001 + 0.01 * sqrt(p * (1 - p));

	while (below < n && sorted[below] < x)
		below++;
	for (upto = below; upto < n && sorted[upto] <= x;)
		upto++;
	assert_true((double)below / n <= p + off);
	assert_true((double)upto / n >= p - off);
}

/* Of many, wherever they lie and in whichever order they come, the rank is near; it takes no
 * more memory for more. */
static void many_are_near(void **state)
{
	static const double parts[] = {0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};
	enum { N = 60000 };
	double *numbers = calloc(N, sizeof(*numbers));

	for (int shape = 0; shape < 4; shape++) {
		struct memory_account account;
		struct digest d = {0};
		struct arena a;

		memory_account_init(&account, NULL, 1024 * 1024);
		arena_init(&a, &account);
		for (int i = 0; i < N; i++) {
			double u = (double)rand() / RAND_MAX;

			numbers[i] = shape == 0 ? u : shape == 1 ? i : shape == 2 ? -log(u + 1e-9) : rand() % 3;
			digest_add(&d, numbers[i], &a);
		}
		assert_false(arena_failed(&a));
		qsort(numbers, N, sizeof(*numbers), compare);
		for (size_t i = 0; i < ARRAY_LEN(parts); i++)
			check_rank(numbers, N, parts[i], percentile(&d, parts[i]));
		assert_true(percentile(&d, 0) == numbers[0]);
		assert_true(percentile(&d, 1) == numbers[N - 1]);
		arena_clear(&a);
		memory_account_close(&account);
	}
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(few_are_exact),
	    cmocka_unit_test(infinities_stand_at_the_ends),
	    cmocka_unit_test(many_are_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
