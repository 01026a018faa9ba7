/*
 * $sample.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define TEN                                                                                    \
	"[{\"$documents\": [{\"v\": 0}, {\"v\": 1}, {\"v\": 2}, {\"v\": 3}, {\"v\": 4}, {\"v\": 5}, " \
	"{\"v\": 6}, {\"v\": 7}, {\"v\": 8}, {\"v\": 9}]}, "

static void so_many_and_none_twice(void **state)
{
	gives(TEN "{\"$sample\": {\"size\": 3}}, {\"$group\": {\"_id\": \"$v\"}}, {\"$count\": \"n\"}]",
	    "{ \"n\" : 3 }");
	gives(TEN "{\"$sample\": {\"size\": 1e18}}, {\"$group\": {\"_id\": null, \"n\": {\"$sum\": 1}, \"s\": {\"$sum\": \"$v\"}}}]",
	    "{ \"_id\" : null, \"n\" : 10, \"s\" : 45 }");
	gives(TEN "{\"$sample\": {\"size\": 2.9}}, {\"$count\": \"n\"}]", "{ \"n\" : 2 }");
	gives(TEN "{\"$sample\": {\"size\": {\"$numberDecimal\": \"1.5\"}}}, {\"$count\": \"n\"}]",
	    "{ \"n\" : 2 }");
	gives(TEN "{\"$sample\": {\"size\": 3}}, {\"$sample\": {\"size\": 5}}, {\"$count\": \"n\"}]",
	    "{ \"n\" : 3 }");
	gives("[{\"$documents\": []}, {\"$sample\": {\"size\": 3}}]", "");
}

/* More than the sorter keeps apart. */
static void a_large_sample_is_cut_too(void **state)
{
	gives("[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 30000]}, \"in\": {\"v\": \"$$this\"}}}}, {\"$sample\": {\"size\": 20000}}, {\"$count\": \"n\"}]",
	    "{ \"n\" : 20000 }");
}

/* Of ten documents none is left out in 1000 samples of one: by chance once in 10^45 runs. */
static void all_are_met(void **state)
{
	bool met[10] = {false};

	for (int round = 0; round < 1000; round++) {
		struct run r = {0};
		int v;

		assert_int_equal(run_pipeline(&r, TEN "{\"$sample\": {\"size\": 1}}]"), 0);
		assert_int_equal(sscanf((const char *)r.out.data, "{ \"v\" : %d }", &v), 1);
		met[v] = true;
		run_clear(&r);
	}
	for (int v = 0; v < 10; v++)
		assert_true(met[v]);
}

static void wrong_specifications(void **state)
{
	fails(TEN "{\"$sample\": 3}]", 28745);
	fails(TEN "{\"$sample\": {\"size\": \"3\"}}]", 28746);
	fails(TEN "{\"$sample\": {\"size\": null}}]", 28746);
	fails(TEN "{\"$sample\": {\"size\": 0}}]", 28747);
	fails(TEN "{\"$sample\": {\"size\": -1}}]", 28747);
	fails(TEN "{\"$sample\": {\"size\": 0.5}}]", 28747);
	fails(TEN "{\"$sample\": {\"size\": {\"$numberDouble\": \"NaN\"}}}]", 28747);
	fails(TEN "{\"$sample\": {\"size\": {\"$numberDecimal\": \"0.5\"}}}]", 28747);
	fails(TEN "{\"$sample\": {\"size\": -1, \"more\": 1}}]", 28748);
	fails(TEN "{\"$sample\": {}}]", 28749);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(so_many_and_none_twice),
	    cmocka_unit_test(a_large_sample_is_cut_too),
	    cmocka_unit_test(all_are_met),
	    cmocka_unit_test(wrong_specifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
