/*
 * $bucketAuto.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define DOCS(list) "[{\"$documents\": [" list "]}, {\"$bucketAuto\": "
#define SEVEN                                                                                  \
	DOCS("{\"x\": 7}, {\"x\": 1}, {\"x\": 6}, {\"x\": 2}, {\"x\": 5}, {\"x\": 3}, {\"x\": 4}")

static void about_as_many_each(void **state)
{
	gives(SEVEN "{\"groupBy\": \"$x\", \"buckets\": 2}}]",
	    "{ \"_id\" : { \"min\" : 1, \"max\" : 5 }, \"count\" : 4 }"
	    "{ \"_id\" : { \"min\" : 5, \"max\" : 7 }, \"count\" : 3 }");
	/* The last one takes the rest. */
	gives(SEVEN "{\"groupBy\": \"$x\", \"buckets\": 3}}]",
	    "{ \"_id\" : { \"min\" : 1, \"max\" : 3 }, \"count\" : 2 }"
	    "{ \"_id\" : { \"min\" : 3, \"max\" : 5 }, \"count\" : 2 }"
	    "{ \"_id\" : { \"min\" : 5, \"max\" : 7 }, \"count\" : 3 }");
	gives(DOCS("") "{\"groupBy\": \"$x\", \"buckets\": 3}}]", "");
	gives(DOCS("{\"x\": 5}") "{\"groupBy\": \"$x\", \"buckets\": 3}}]",
	    "{ \"_id\" : { \"min\" : 5, \"max\" : 5 }, \"count\" : 1 }");
}

static void equal_values_are_together(void **state)
{
	gives(DOCS("{\"x\": 1}, {\"x\": 1.0}, {\"x\": 1}, {\"x\": 2}") "{\"groupBy\": \"$x\", \"buckets\": 4}}]",
	    "{ \"_id\" : { \"min\" : 1, \"max\" : 2 }, \"count\" : 3 }"
	    "{ \"_id\" : { \"min\" : 2, \"max\" : 2 }, \"count\" : 1 }");
	/* Missing is null. */
	gives(DOCS("{}, {\"x\": null}, {\"x\": \"a\"}, {\"x\": [1]}") "{\"groupBy\": \"$x\", \"buckets\": 3, \"output\": {\"l\": {\"$push\": \"$x\"}}}}]",
	    "{ \"_id\" : { \"min\" : null, \"max\" : \"a\" }, \"l\" : [ null ] }"
	    "{ \"_id\" : { \"min\" : \"a\", \"max\" : [ 1 ] }, \"l\" : [ \"a\" ] }"
	    "{ \"_id\" : { \"min\" : [ 1 ], \"max\" : [ 1 ] }, \"l\" : [ [ 1 ] ] }");
}

#define TENS DOCS("{\"x\": 1}, {\"x\": 10}, {\"x\": 100}, {\"x\": 1000}")

static void boundaries_of_a_series(void **state)
{
	gives(TENS "{\"groupBy\": \"$x\", \"buckets\": 3, \"granularity\": \"1-2-5\"}}]",
	    "{ \"_id\" : { \"min\" : 0.5, \"max\" : 2.0 }, \"count\" : 1 }"
	    "{ \"_id\" : { \"min\" : 2.0, \"max\" : 20.0 }, \"count\" : 1 }"
	    "{ \"_id\" : { \"min\" : 20.0, \"max\" : 2000.0 }, \"count\" : 2 }");
	gives(TENS "{\"groupBy\": \"$x\", \"buckets\": 3, \"granularity\": \"POWERSOF2\"}}]",
	    "{ \"_id\" : { \"min\" : 0.5, \"max\" : 2 }, \"count\" : 1 }"
	    "{ \"_id\" : { \"min\" : 2, \"max\" : 16 }, \"count\" : 1 }"
	    "{ \"_id\" : { \"min\" : 16, \"max\" : 1024 }, \"count\" : 2 }");
	gives(DOCS("{\"x\": 0}, {\"x\": 0}, {\"x\": 0}, {\"x\": 3}") "{\"groupBy\": \"$x\", \"buckets\": 4, \"granularity\": \"1-2-5\"}}]",
	    "{ \"_id\" : { \"min\" : 0, \"max\" : 2.0 }, \"count\" : 3 }"
	    "{ \"_id\" : { \"min\" : 2.0, \"max\" : 5.0 }, \"count\" : 1 }");
	fails(DOCS("{\"x\": \"a\"}") "{\"groupBy\": \"$x\", \"buckets\": 3, \"granularity\": \"R5\"}}]", 40258);
	fails(DOCS("{\"x\": -1}, {\"x\": 1}") "{\"groupBy\": \"$x\", \"buckets\": 1, \"granularity\": \"R5\"}}]", 40260);
}

#define WRONG(spec, code) fails(SEVEN spec "}]", code)

static void wrong_specifications(void **state)
{
	WRONG("1", 40240);
	WRONG("{}", 40246);
	WRONG("{\"buckets\": 1}", 40246);
	WRONG("{\"groupBy\": \"$x\"}", 40246);
	WRONG("{\"groupBy\": \"x\", \"buckets\": 1}", 40239);
	WRONG("{\"groupBy\": {\"x\": \"$x\"}, \"buckets\": 1}", 40239);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": \"1\"}", 40241);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1.5}", 40242);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 2147483648}", 40242);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 0}", 40243);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1, \"output\": 1}", 40244);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1, \"output\": {\"a.b\": {\"$sum\": 1}}}", 40235);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1, \"output\": {\"_id\": {\"$sum\": 1}}}", 15948);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1, \"more\": 1}", 40245);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1, \"granularity\": \"R7\"}", 40257);
	WRONG("{\"groupBy\": \"$x\", \"buckets\": 1, \"granularity\": 5}", 40261);
}

/* However the values fall: the counts sum up, there are not more buckets than asked for, and
 * each begins where the one before ends. */
static void random_values_are_all_in_one_bucket(void **state)
{
	for (int round = 0; round < 100; round++) {
		int n = 1 + rand() % 40, buckets = 1 + rand() % 8, of = 1 + rand() % 50;
		char in[4096] = "[{\"$documents\": [", want[128];
		size_t at = strlen(in);

		for (int i = 0; i < n; i++)
			at += (size_t)sprintf(
			    in + at, "%s{\"x\": %d}", i ? ", " : "", rand() % of);
		sprintf(in + at,
		    "]}, {\"$bucketAuto\": {\"groupBy\": \"$x\", \"buckets\": %d}}, "
		    "{\"$group\": {\"_id\": null, \"n\": {\"$sum\": \"$count\"}, \"b\": {\"$sum\": "
		    "1}, \"low\": {\"$push\": \"$_id.min\"}, \"high\": {\"$push\": \"$_id.max\"}}}, "
		    "{\"$project\": {\"_id\": 0, \"n\": 1, \"few\": {\"$lte\": [\"$b\", %d]}, "
		    "\"joined\": {\"$eq\": [{\"$slice\": [\"$low\", 1, 100]}, {\"$slice\": [\"$high\", "
		    "0, {\"$max\": [1, {\"$subtract\": [\"$b\", 1]}]}]}]}, \"b\": 1}}, "
		    "{\"$project\": {\"n\": 1, \"few\": 1, \"joined\": {\"$or\": [\"$joined\", "
		    "{\"$eq\": [\"$b\", 1]}]}}}]",
		    buckets, buckets);
		snprintf(want, sizeof(want),
		    "{ \"n\" : %d, \"few\" : true, \"joined\" : true }", n);
		gives(in, want);
	}
}

/* Each document is small, and pushes a MiB. */
static void what_a_bucket_keeps_is_bounded(void **state)
{
	fails("[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 120]}, \"in\": {\"x\": \"$$this\"}}}}, "
	      "{\"$bucketAuto\": {\"groupBy\": \"$x\", \"buckets\": 1, \"output\": {\"l\": {\"$push\": {\"$reduce\": "
	      "{\"input\": {\"$range\": [0, 20]}, \"initialValue\": {\"$cond\": [\"$x\", \"x\", \"y\"]}, \"in\": "
	      "{\"$concat\": [\"$$value\", \"$$value\"]}}}}}}}]",
	    292);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(about_as_many_each),
	    cmocka_unit_test(equal_values_are_together),
	    cmocka_unit_test(boundaries_of_a_series),
	    cmocka_unit_test(wrong_specifications),
	    cmocka_unit_test(what_a_bucket_keeps_is_bounded),
	    cmocka_unit_test(random_values_are_all_in_one_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
