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

static void an_id_includes_nothing(void **state)
{
	fails("[{\"$documents\": [{}]}, {\"$group\": {\"_id\": {\"a\": 1}}}]", 17390);
	fails("[{\"$documents\": [{}]}, {\"$group\": {\"_id\": {\"b\": \"x\", \"a\": false}}}]", 17390);
	gives("[{\"$documents\": [{}]}, {\"$group\": {\"_id\": {\"a\": {\"$literal\": 1}}}}]", "{ \"_id\" : { \"a\" : 1 } }");
	gives("[{\"$documents\": [{}]}, {\"$group\": {\"_id\": {\"$add\": [1, 1]}}}]", "{ \"_id\" : 2 }");
}

static void operands_are_no_lists(void **state)
{
	static const char *const specs[] = {
	    "{\"$sum\": [1, 2]}", "{\"$sum\": [1]}", "{\"$setUnion\": []}", "{\"$add\": [1, 2]}",
	    "{\"$count\": []}", "{\"$mergeObjects\": [\"$v\"]}"};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++)
		group_fails("{\"v\": 1}", specs[i], 40237);
	group_fails("{}", "{}", 40234);
	group_fails("{}", "{\"a\": 1, \"$sum\": 1}", 40234);
	group_fails("{}", "{\"\": 1}", 40234);
	group_fails("{}", "{\"$sum\": 1, \"a\": 1}", 40238);
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

#define FIVE "{\"v\": 3, \"s\": 2}, {\"s\": 1}, {\"v\": \"a\", \"s\": 3}, {\"v\": null, \"s\": 1}, {\"v\": 1, \"s\": 2}"

static void the_first_and_last_ones(void **state)
{
	group_gives(FIVE, "{\"$firstN\": {\"input\": \"$v\", \"n\": 2}}", "[ 3, null ]");
	group_gives(FIVE, "{\"$firstN\": {\"input\": \"$v\", \"n\": {\"$numberLong\": \"9000000000000000000\"}}}", "[ 3, null, \"a\", null, 1 ]");
	group_gives(FIVE, "{\"$lastN\": {\"input\": \"$v\", \"n\": 3}}", "[ \"a\", null, 1 ]");
	group_gives(FIVE, "{\"$lastN\": {\"n\": {\"$add\": [3, 4]}, \"input\": \"$v\"}}", "[ 3, null, \"a\", null, 1 ]");
	group_gives(FIVE, "{\"$lastN\": {\"input\": [\"$s\"], \"n\": 1.0}}", "[ [ 2 ] ]");
}

static void the_least_and_greatest_ones(void **state)
{
	group_gives(FIVE, "{\"$minN\": {\"input\": \"$v\", \"n\": 2}}", "[ 1, 3 ]");
	group_gives(FIVE, "{\"$maxN\": {\"input\": \"$v\", \"n\": 2}}", "[ \"a\", 3 ]");
	group_gives(FIVE, "{\"$maxN\": {\"input\": \"$v\", \"n\": 10}}", "[ \"a\", 3, 1 ]");
	group_gives(FIVE, "{\"$minN\": {\"input\": \"$none\", \"n\": 1}}", "[  ]");
}

static void of_an_order(void **state)
{
	group_gives(FIVE, "{\"$top\": {\"sortBy\": {\"s\": -1}, \"output\": \"$v\"}}", "\"a\"");
	group_gives(FIVE, "{\"$top\": {\"sortBy\": {\"s\": 1, \"v\": -1}, \"output\": \"$v\"}}", "null");
	group_gives(FIVE, "{\"$bottom\": {\"sortBy\": {\"s\": 1}, \"output\": [\"$v\", \"$s\"]}}", "[ \"a\", 3 ]");
	group_gives(FIVE, "{\"$topN\": {\"n\": 3, \"sortBy\": {\"s\": 1}, \"output\": \"$v\"}}", "[ null, null, 3 ]");
	/* Of equal ones the first stay. */
	group_gives(FIVE, "{\"$bottomN\": {\"n\": 2, \"sortBy\": {\"s\": 1}, \"output\": \"$v\"}}", "[ 3, \"a\" ]");
	group_gives(FIVE, "{\"$bottomN\": {\"n\": 9, \"sortBy\": {\"s\": 1}, \"output\": \"$v\"}}", "[ null, null, 3, 1, \"a\" ]");
	/* An array counts by its least, descending by its greatest. */
	group_gives("{\"a\": [5, 0], \"n\": 1}, {\"a\": 1, \"n\": 2}, {\"a\": [], \"n\": 3}", "{\"$topN\": {\"n\": 3, \"sortBy\": {\"a\": 1}, \"output\": \"$n\"}}", "[ 3, 1, 2 ]");
	group_gives("{\"a\": [5, 0], \"n\": 1}, {\"a\": 1, \"n\": 2}", "{\"$top\": {\"sortBy\": {\"a\": -1}, \"output\": \"$n\"}}", "1");
}

static void a_number_of_the_groups_own(void **state)
{
	gives("[{\"$documents\": [{\"k\": 1}, {\"k\": 2}, {\"k\": 2}, {\"k\": 2}, {\"k\": 1}]}, {\"$group\": {\"_id\": {\"k\": \"$k\"}, "
	      "\"r\": {\"$firstN\": {\"input\": \"$k\", \"n\": \"$k\"}}}}]",
	    "{ \"_id\" : { \"k\" : 1 }, \"r\" : [ 1 ] }{ \"_id\" : { \"k\" : 2 }, \"r\" : [ 2, 2 ] }");
	group_fails("{\"k\": 1}", "{\"$firstN\": {\"input\": \"$k\", \"n\": \"$k\"}}", 7548606);
	gives("[{\"$documents\": [{\"k\": 1}, {\"k\": 2}, {\"k\": 3}]}, {\"$bucketAuto\": {\"groupBy\": \"$k\", \"buckets\": 2, "
	      "\"output\": {\"r\": {\"$lastN\": {\"input\": \"$k\", \"n\": 1}}, \"t\": {\"$top\": {\"sortBy\": {\"k\": -1}, \"output\": \"$k\"}}}}}]",
	    "{ \"_id\" : { \"min\" : 1, \"max\" : 3 }, \"r\" : [ 2 ], \"t\" : 2 }{ \"_id\" : { \"min\" : 3, \"max\" : 3 }, \"r\" : [ 3 ], \"t\" : 3 }");
	fails("[{\"$documents\": [{\"k\": 1}]}, {\"$bucketAuto\": {\"groupBy\": \"$k\", \"buckets\": 2, "
	      "\"output\": {\"r\": {\"$lastN\": {\"input\": \"$k\", \"n\": \"$k\"}}}}}]",
	    4544714);
}

static void wrong_operands(void **state)
{
	static const struct {
		const char *spec;
		int code;
	} cases[] = {
	    {"{\"$firstN\": 1}", 5787801},
	    {"{\"$lastN\": \"$v\"}", 5787801},
	    {"{\"$minN\": 1}", 5787900},
	    {"{\"$maxN\": null}", 5787900},
	    {"{\"$firstN\": {\"n\": 1}}", 5787907},
	    {"{\"$firstN\": {\"input\": 1}}", 5787906},
	    {"{\"$maxN\": {\"input\": 1, \"n\": 1, \"sortBy\": {}}}", 5787901},
	    {"{\"$minN\": {\"input\": 1, \"n\": 0}}", 7548606},
	    {"{\"$minN\": {\"input\": 1, \"n\": -1}}", 7548606},
	    {"{\"$lastN\": {\"input\": 1, \"n\": 1.5}}", 7548606},
	    {"{\"$lastN\": {\"input\": 1, \"n\": null}}", 7548606},
	    {"{\"$firstN\": {\"input\": 1, \"n\": \"1\"}}", 7548606},
	    {"{\"$topN\": {\"n\": 0, \"sortBy\": {\"a\": 1}, \"output\": 1}}", 7548606},
	    {"{\"$top\": 1}", 5788001},
	    {"{\"$top\": {\"n\": 1, \"sortBy\": {\"a\": 1}, \"output\": 1}}", 5788002},
	    {"{\"$topN\": {\"sortBy\": {\"a\": 1}, \"output\": 1}}", 5788003},
	    {"{\"$bottomN\": {\"n\": 1, \"sortBy\": {\"a\": 1}}}", 5788004},
	    {"{\"$bottom\": {\"output\": 1}}", 5788005},
	    {"{\"$bottom\": {\"output\": 1, \"sortBy\": 1}}", 10065},
	    {"{\"$bottom\": {\"output\": 1, \"sortBy\": {\"a\": 2}}}", 15975},
	    {"{\"$bottom\": {\"output\": {\"$frob\": 1}, \"sortBy\": {\"a\": 1}}}", 168},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		group_fails("{\"v\": 1}", cases[i].spec, cases[i].code);
}

/* $topN is $sort, $limit and $push; the others are what is at the ends of the whole. */
static void as_sorted(void **state)
{
	static const char order[] = "{\"$sort\": {\"a\": 1, \"b\": -1, \"i\": 1}}";

	for (int round = 0; round < 100; round++) {
		int n = 1 + rand() % 300, most = 1 + rand() % 60;
		struct run got = {0}, want = {0};
		struct buf docs, b;

		buf_init(&docs, NULL);
		for (int i = 0; i < n; i++)
			buf_printf(&docs, "%s{\"i\": %d, \"a\": %d, \"b\": %d}", i ? ", " : "", i,
			    rand() % 20, rand() % 5);
		buf_append_byte(&docs, 0);
		buf_init(&b, NULL);
		buf_printf(&b, "[{\"$documents\": [%s]}, {\"$group\": {\"_id\": null, "
			       "\"t\": {\"$topN\": {\"n\": %d, \"sortBy\": {\"a\": 1, \"b\": -1}, \"output\": \"$i\"}}, "
			       "\"m\": {\"$minN\": {\"n\": %d, \"input\": {\"$add\": [{\"$multiply\": [\"$a\", 1000]}, \"$i\"]}}}, "
			       "\"x\": {\"$bottomN\": {\"n\": %d, \"sortBy\": {\"a\": 1, \"b\": -1, \"i\": 1}, \"output\": \"$i\"}}, "
			       "\"f\": {\"$firstN\": {\"n\": %d, \"input\": \"$i\"}}, \"l\": {\"$lastN\": {\"n\": %d, \"input\": \"$i\"}}}}]",
		    (char *)docs.data, most, most, most, most, most);
		buf_append_byte(&b, 0);
		assert_int_equal(run_pipeline(&got, (const char *)b.data), 0);
		buf_reset(&b);
		buf_printf(&b, "[{\"$documents\": [%s]}, %s, {\"$group\": {\"_id\": null, \"all\": {\"$push\": \"$i\"}, "
			       "\"v\": {\"$push\": {\"$add\": [{\"$multiply\": [\"$a\", 1000]}, \"$i\"]}}}}, {\"$project\": {"
			       "\"t\": {\"$slice\": [\"$all\", %d]}, \"m\": {\"$slice\": [{\"$sortArray\": {\"input\": \"$v\", \"sortBy\": 1}}, %d]}, "
			       "\"x\": {\"$slice\": [\"$all\", -%d]}, \"f\": {\"$slice\": [{\"$range\": [0, %d]}, %d]}, "
			       "\"l\": {\"$slice\": [{\"$range\": [0, %d]}, -%d]}}}]",
		    (char *)docs.data, order, most, most, most, n, most, n, most);
		buf_append_byte(&b, 0);
		assert_int_equal(run_pipeline(&want, (const char *)b.data), 0);
		assert_string_equal((const char *)got.out.data, (const char *)want.out.data);
		run_clear(&got);
		run_clear(&want);
		buf_clear(&docs);
		buf_clear(&b);
	}
}

/* So many large values pass by that what is not kept any more would not have room. */
static void no_more_than_n_are_kept(void **state)
{
	struct run r = {.memory_bytes = 3 * 1024 * 1024};
	int err = run_pipeline(&r,
	    "[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 1000]}, \"in\": {\"i\": \"$$this\"}}}}, "
	    "{\"$set\": {\"s\": {\"$reduce\": {\"input\": {\"$range\": [0, 14]}, \"initialValue\": \"x\", \"in\": "
	    "{\"$concat\": [\"$$value\", \"$$value\"]}}}}}, {\"$group\": {\"_id\": null, "
	    "\"l\": {\"$lastN\": {\"n\": 2, \"input\": [\"$s\", \"$i\"]}}, "
	    "\"t\": {\"$topN\": {\"n\": 2, \"sortBy\": {\"i\": -1}, \"output\": [\"$s\", \"$i\"]}}, "
	    "\"x\": {\"$maxN\": {\"n\": 2, \"input\": [\"$i\", \"$s\"]}}, \"m\": {\"$mergeObjects\": {\"i\": [\"$s\", \"$i\"]}}}}, "
	    "{\"$project\": {\"_id\": 0, \"l\": {\"$arrayElemAt\": [{\"$arrayElemAt\": [\"$l\", 0]}, 1]}, "
	    "\"t\": {\"$arrayElemAt\": [{\"$arrayElemAt\": [\"$t\", 0]}, 1]}, \"x\": {\"$arrayElemAt\": [{\"$arrayElemAt\": [\"$x\", 0]}, 0]}, "
	    "\"m\": {\"$arrayElemAt\": [\"$m.i\", 1]}}}]");

	if (err)
		fail_msg("%s", r.message);
	assert_string_equal((const char *)r.out.data, "{ \"l\" : 998, \"t\" : 999, \"x\" : 999, \"m\" : 999 }");
	run_clear(&r);
}

static void percentiles(void **state)
{
	static const char numbers[] = "{\"v\": 5}, {\"v\": 1}, {\"v\": \"x\"}, {\"v\": {\"$numberDecimal\": \"3.5\"}}, {}, {\"v\": null}, {\"v\": {\"$numberLong\": \"2\"}}";

	group_gives(numbers, "{\"$median\": {\"input\": \"$v\", \"method\": \"approximate\"}}", "2.0");
	group_gives(numbers, "{\"$percentile\": {\"input\": \"$v\", \"p\": [1, 0.5, 0.51, 0], \"method\": \"approximate\"}}", "[ 5.0, 2.0, 3.5, 1.0 ]");
	group_gives(numbers, "{\"$percentile\": {\"input\": \"$v\", \"p\": {\"$concatArrays\": [[0.9], [{\"$divide\": [1, 4]}]]}, \"method\": \"approximate\"}}", "[ 5.0, 1.0 ]");
	group_gives("{\"v\": \"x\"}", "{\"$median\": {\"input\": \"$v\", \"method\": \"approximate\"}}", "null");
	group_gives("{}", "{\"$percentile\": {\"input\": \"$v\", \"p\": [0.1, 0.9], \"method\": \"approximate\"}}", "[ null, null ]");
}

#define PERCENTILE(rest) "{\"$percentile\": {\"input\": \"$v\", " rest "}}"

static void wrong_percentiles(void **state)
{
	static const struct {
		const char *spec;
		int code;
	} cases[] = {
	    {"{\"$percentile\": 1}", 7429703},
	    {"{\"$median\": \"$v\"}", 7436100},
	    {"{\"$median\": {\"input\": 1}}", 40414},
	    {"{\"$median\": {\"method\": \"approximate\"}}", 40414},
	    {"{\"$median\": {\"input\": 1, \"method\": \"approximate\", \"p\": [0.5]}}", 40415},
	    {PERCENTILE("\"method\": \"approximate\""), 40414},
	    {PERCENTILE("\"p\": [0.5]"), 40414},
	    {PERCENTILE("\"p\": [0.5], \"method\": 1"), 14},
	    {PERCENTILE("\"p\": [0.5], \"method\": \"exact\""), 2},
	    {PERCENTILE("\"p\": [0.5], \"method\": \"continuous\""), 2},
	    {PERCENTILE("\"p\": \"$v\", \"method\": \"approximate\""), 7750300},
	    {PERCENTILE("\"p\": 0.5, \"method\": \"approximate\""), 7750301},
	    {PERCENTILE("\"p\": null, \"method\": \"approximate\""), 7750301},
	    {PERCENTILE("\"p\": [], \"method\": \"approximate\""), 7750301},
	    {PERCENTILE("\"p\": [0.5, \"x\"], \"method\": \"approximate\""), 7750302},
	    {PERCENTILE("\"p\": [0.5, 1.01], \"method\": \"approximate\""), 7750303},
	    {PERCENTILE("\"p\": [-0.5], \"method\": \"approximate\""), 7750303},
	    {PERCENTILE("\"p\": [{\"$numberDouble\": \"NaN\"}], \"method\": \"approximate\""), 7750303},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		group_fails("{\"v\": 1}", cases[i].spec, cases[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_in_order),
	    cmocka_unit_test(an_id_includes_nothing),
	    cmocka_unit_test(operands_are_no_lists),
	    cmocka_unit_test(documents_are_merged),
	    cmocka_unit_test(many_fields_are_merged),
	    cmocka_unit_test(deviations),
	    cmocka_unit_test(deviations_of_many),
	    cmocka_unit_test(arrays_are_put_together),
	    cmocka_unit_test(sets),
	    cmocka_unit_test(the_first_and_last_ones),
	    cmocka_unit_test(the_least_and_greatest_ones),
	    cmocka_unit_test(of_an_order),
	    cmocka_unit_test(a_number_of_the_groups_own),
	    cmocka_unit_test(wrong_operands),
	    cmocka_unit_test(as_sorted),
	    cmocka_unit_test(no_more_than_n_are_kept),
	    cmocka_unit_test(percentiles),
	    cmocka_unit_test(wrong_percentiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
