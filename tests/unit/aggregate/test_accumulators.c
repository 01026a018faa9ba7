/*
 * Accumulators.
 */
#include "support/unit.h"

#include <math.h>

#include "aggregate/accumulator.h"
#include "support/pipeline.h"

/* One group of the documents that are listed, with the field r. */
static void run_group(struct run *r, const char *docs, const char *spec, int *err)
{
	struct buf stages;

	buf_init(&stages, NULL);
	buf_printf(&stages, "[{\"$documents\": [%s]}, {\"$group\": {\"_id\": null, \"r\": %s}}, ", docs, spec);
	buf_printf(&stages, "{\"$project\": {\"_id\": 0}}]");
	buf_append_byte(&stages, 0);
	*err = run_pipeline(r, (const char *)stages.data);
	buf_clear(&stages);
}

static void group_gives(const char *docs, const char *spec, const char *want)
{
	struct run r = {0};
	char all[1024];
	int err;

	run_group(&r, docs, spec, &err);
	if (err)
		fail_msg("%s: %s", spec, r.message);
	snprintf(all, sizeof(all), "{ \"r\" : %s }", want);
	assert_string_equal((const char *)r.out.data, all);
	run_clear(&r);
}

static void group_fails(const char *docs, const char *spec, int code)
{
	struct run r = {0};
	int err;

	run_group(&r, docs, spec, &err);
	if (err != code)
		fail_msg("%s: %d, not %d: %s", spec, err, code, r.message);
	run_clear(&r);
}

static void names_are_in_order(void **state)
{
	for (const struct accumulator *const *a = accumulator_table; *a; a++) {
		assert_true((*a)->name[0] == '$');
		assert_non_null((*a)->help);
		if (a[1])
			assert_true(strcmp((*a)->name, a[1]->name) < 0);
		assert_ptr_equal(accumulator_find((*a)->name), *a);
	}
	assert_null(accumulator_find("$add"));
}

static void operands_are_no_lists(void **state)
{
	static const char *const specs[] = {
	    "{\"$sum\": [1, 2]}", "{\"$sum\": [1]}", "{\"$setUnion\": []}", "{\"$add\": [1, 2]}",
	    "{\"$count\": []}", "{\"$mergeObjects\": [\"$v\"]}"};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++)
		group_fails("{\"v\": 1}", specs[i], 40237);
}

static void documents_are_merged(void **state)
{
	static const char spec[] = "{\"$mergeObjects\": \"$v\"}";

	group_gives("{\"v\": {\"a\": 1, \"b\": 2}}, {\"v\": null}, {}, {\"v\": {\"c\": [1], \"a\": \"longer than it was\"}}",
	    spec, "{ \"a\" : \"longer than it was\", \"b\" : 2, \"c\" : [ 1 ] }");
	group_gives("{\"v\": {\"a\": {\"x\": 1}}}, {\"v\": {\"a\": {\"y\": 2}, \"z\": 3}}", spec,
	    "{ \"a\" : { \"y\" : 2 }, \"z\" : 3 }");
	group_gives("{}", spec, "{  }");
	group_fails("{\"v\": {}}, {\"v\": 1}", spec, 5911200);
	group_fails("{\"v\": [{}]}", spec, 5911200);
}

/* Of many fields, each set many times: the last value stays, in the place of the first. */
static void many_fields_are_merged(void **state)
{
	group_gives("{\"n\": {\"$numberInt\": \"0\"}}",
	    "{\"$mergeObjects\": {\"$arrayToObject\": {\"$map\": {\"input\": {\"$range\": [0, 300]}, \"in\": "
	    "[{\"$toString\": {\"$mod\": [\"$$this\", 3]}}, \"$$this\"]}}}}",
	    "{ \"0\" : 297, \"1\" : 298, \"2\" : 299 }");
	gives("[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 300]}, \"in\": {\"n\": \"$$this\"}}}}, "
	      "{\"$group\": {\"_id\": null, \"r\": {\"$mergeObjects\": {\"$arrayToObject\": [[[{\"$concat\": [\"k\", {\"$toString\": "
	      "{\"$mod\": [\"$n\", 100]}}]}, \"$n\"]]]}}}}, {\"$project\": {\"_id\": 0, \"a\": \"$r.k0\", \"z\": \"$r.k99\", \"n\": "
	      "{\"$size\": {\"$objectToArray\": \"$r\"}}}}]",
	    "{ \"a\" : 200, \"z\" : 299, \"n\" : 100 }");
}

static void deviations(void **state)
{
	static const char four[] = "{\"v\": 2}, {\"v\": 4.0}, {\"v\": \"x\"}, {}, {\"v\": {\"$numberLong\": \"6\"}}, {\"v\": {\"$numberDecimal\": \"8\"}}";

	group_gives(four, "{\"$stdDevPop\": \"$v\"}", "2.2360679774997898051");
	group_gives("{\"v\": 1}, {\"v\": 3}", "{\"$stdDevPop\": \"$v\"}", "1.0");
	group_gives("{\"v\": 1}, {\"v\": 3}, {\"v\": 5}", "{\"$stdDevSamp\": \"$v\"}", "2.0");
	group_gives("{\"v\": 1}", "{\"$stdDevPop\": \"$v\"}", "0.0");
	group_gives("{\"v\": 1}", "{\"$stdDevSamp\": \"$v\"}", "null");
	group_gives("{\"v\": \"x\"}", "{\"$stdDevPop\": \"$v\"}", "null");
}

/* Against the sum of the squares, in two passes. */
static void deviations_of_many(void **state)
{
	for (int round = 0; round < 20; round++) {
		int n = 2 + rand() % 200, offset = rand() % 1000000;
		double values[202], mean = 0, squares = 0, got[2];
		struct run r = {0};
		struct buf b;

		buf_init(&b, NULL);
		buf_printf(&b, "[{\"$documents\": [{}");
		for (int i = 0; i < n; i++) {
			values[i] = offset + rand() % 1000;
			mean += values[i] / n;
			buf_printf(&b, ", {\"v\": %d}", (int)values[i]);
		}
		for (int i = 0; i < n; i++)
			squares += (values[i] - mean) * (values[i] - mean);
		buf_printf(&b, "]}, {\"$group\": {\"_id\": null, \"p\": {\"$stdDevPop\": \"$v\"}, \"s\": {\"$stdDevSamp\": \"$v\"}}}]");
		buf_append_byte(&b, 0);
		assert_int_equal(run_pipeline(&r, (const char *)b.data), 0);
		assert_int_equal(sscanf((const char *)r.out.data, "{ \"_id\" : null, \"p\" : %lf, \"s\" : %lf }", &got[0], &got[1]), 2);
		assert_true(fabs(got[0] - sqrt(squares / n)) < 1e-6);
		assert_true(fabs(got[1] - sqrt(squares / (n - 1))) < 1e-6);
		run_clear(&r);
		buf_clear(&b);
	}
}

static void arrays_are_put_together(void **state)
{
	static const char spec[] = "{\"$concatArrays\": \"$v\"}";

	group_gives("{\"v\": [1, [2]]}, {}, {\"v\": []}, {\"v\": [1, null]}", spec, "[ 1, [ 2 ], 1, null ]");
	group_gives("{}", spec, "[  ]");
	group_fails("{\"v\": [1]}, {\"v\": null}", spec, 14);
	group_fails("{\"v\": {}}", spec, 14);
}

static void sets(void **state)
{
	static const char spec[] = "{\"$setUnion\": \"$v\"}";

	group_gives("{\"v\": [2, 1]}, {}, {\"v\": []}, {\"v\": [1.0, null, \"a\", 2]}, {\"v\": [[1], \"a\"]}", spec,
	    "[ 2, 1, null, \"a\", [ 1 ] ]");
	group_gives("{}", spec, "[  ]");
	group_fails("{\"v\": [1]}, {\"v\": null}", spec, 14);
	group_fails("{\"v\": 1}", spec, 14);
	group_gives("{\"v\": 1}, {}, {\"v\": {\"$numberLong\": \"1\"}}, {\"v\": null}, {\"v\": [1]}", "{\"$addToSet\": \"$v\"}",
	    "[ 1, null, [ 1 ] ]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_in_order),
	    cmocka_unit_test(operands_are_no_lists),
	    cmocka_unit_test(documents_are_merged),
	    cmocka_unit_test(many_fields_are_merged),
	    cmocka_unit_test(deviations),
	    cmocka_unit_test(deviations_of_many),
	    cmocka_unit_test(arrays_are_put_together),
	    cmocka_unit_test(sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
