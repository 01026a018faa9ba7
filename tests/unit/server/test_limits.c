#include "support/unit.h"

#include "server/limits.h"

#define MIB (INT64_C(1) << 20)

static void the_machine_has_something(void **state)
{
	assert_true(limits_cores() >= 1);
	assert_true(limits_memory_bytes() > 16 * MIB);
	assert_true(limits_raise_files() >= 64);
}

static void plans_stay_within(void **state)
{
	for (int64_t memory = 1024 * MIB; memory < 1024 * 1024 * MIB; memory *= 2) {
		struct memory_plan p = limits_plan_memory(memory, 0);

		assert_true(p.cache_bytes + p.memtable_bytes + p.work_bytes <= memory);
		assert_true(p.cache_bytes > memory / 4);
	}
}

static void a_given_cache_is_kept(void **state)
{
	struct memory_plan p = limits_plan_memory(4096 * MIB, 64 * MIB);

	assert_true(p.cache_bytes == 64 * MIB);
	assert_true(p.memtable_bytes == 16 * MIB);
	p = limits_plan_memory(64 * MIB, 1024 * MIB);
	assert_true(p.work_bytes == 64 * MIB); /* enough to answer at all */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_machine_has_something),
	    cmocka_unit_test(plans_stay_within),
	    cmocka_unit_test(a_given_cache_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
