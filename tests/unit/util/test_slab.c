#include "support/unit.h"

#include <stdlib.h>

#include "util/hash.h"
#include "util/slab.h"

#define OBJECTS 4000

/* Each has its own bytes, whatever comes and goes beside it. */
static void objects_are_apart(void **state)
{
	struct slab *s = slab_new();
	static struct {
		uint8_t *bytes;
		size_t n;
	} objects[OBJECTS];

	for (int i = 0; i < 20 * OBJECTS; i++) {
		int at = (int)(random_u64() % OBJECTS);
		size_t n = 1 + (size_t)(random_u64() % (i % 50 ? 2000 : SLAB_MOST));

		if (objects[at].bytes) {
			for (size_t j = 0; j < objects[at].n; j++)
				assert_int_equal(objects[at].bytes[j], (uint8_t)at);
			slab_give(objects[at].bytes);
		}
		objects[at].bytes = slab_take(s, n);
		assert_non_null(objects[at].bytes);
		assert_int_equal((uintptr_t)objects[at].bytes % 8, 0);
		objects[at].n = n;
		memset(objects[at].bytes, at, n);
	}
	assert_true(slab_bytes(s) > 0);
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].bytes)
			slab_give(objects[i].bytes);
	assert_int_equal(slab_bytes(s), 0);
	slab_free(s);
}

/* An object fits, and wastes no more than an eighth. */
static void classes(void **state)
{
	for (size_t n = 1; n <= SLAB_MOST; n++) {
		assert_true(slab_size(n) >= n);
		assert_true(n <= 64 || slab_size(n) <= n + n / 8 + 8);
		assert_true(slab_size(n) >= slab_size(n - 1 ? n - 1 : 1));
		assert_int_equal(slab_size(slab_size(n)), slab_size(n));
	}
}

/* Many of one size take little more than they have. */
static void memory_is_used(void **state)
{
	enum { N = 50000, SIZE = 1100 };
	struct slab *s = slab_new();
	void **objects = calloc(N, sizeof(*objects));

	for (int i = 0; i < N; i++)
		objects[i] = slab_take(s, SIZE);
	assert_true(slab_bytes(s) < (size_t)N * SIZE * 115 / 100);
	/* Half of them, and others in their place. */
	for (int i = 0; i < N; i += 2)
		slab_give(objects[i]);
	for (int i = 0; i < N; i += 2)
		objects[i] = slab_take(s, SIZE);
	assert_true(slab_bytes(s) < (size_t)N * SIZE * 115 / 100);
	for (int i = 0; i < N; i++)
		slab_give(objects[i]);
	assert_int_equal(slab_bytes(s), 0);
	slab_free(s);
	free(objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_apart),
	    cmocka_unit_test(classes),
	    cmocka_unit_test(memory_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
