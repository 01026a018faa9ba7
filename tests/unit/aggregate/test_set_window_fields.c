/*
 * $setWindowFields.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define DOCS(list) "[{\"$documents\": [" list "]}, {\"$setWindowFields\": "
#define FIVE                                                                                   \
	DOCS("{\"k\": 1, \"t\": 3, \"v\": 4}, {\"k\": 1, \"t\": 1, \"v\": 1}, {\"k\": 2, \"t\": 1, " \
	     "\"v\": 8}, {\"k\": 1, \"t\": 2, \"v\": 2}, {\"k\": 2, \"t\": 9, \"v\": 16}")
/* Of each document in order, in one array. */
#define ALL "}}}, {\"$group\": {\"_id\": null, \"r\": {\"$push\": \"$r\"}}}, {\"$unset\": \"_id\"}]"
#define BY_K "{\"partitionBy\": \"$k\", \"sortBy\": {\"t\": 1}, \"output\": {\"r\": "
#define BY_T "{\"sortBy\": {\"t\": 1}, \"output\": {\"r\": "

static void windows_of_documents(void **state)
{
	gives(FIVE BY_K "{\"$sum\": \"$v\", \"window\": {\"documents\": [-1, \"current\"]}}" ALL,
	    "{ \"r\" : [ 1, 3, 6, 8, 24 ] }");
	gives(FIVE BY_K "{\"$sum\": \"$v\"}" ALL, "{ \"r\" : [ 7, 7, 7, 24, 24 ] }");
	gives(FIVE BY_K "{\"$count\": {}, \"window\": {\"documents\": [1, 1]}}" ALL,
	    "{ \"r\" : [ 1, 1, 0, 1, 0 ] }");
	gives(FIVE BY_K "{\"$push\": \"$v\", \"window\": {\"documents\": [\"current\", \"unbounded\"]}}" ALL,
	    "{ \"r\" : [ [ 1, 2, 4 ], [ 2, 4 ], [ 4 ], [ 8, 16 ], [ 16 ] ] }");
	gives(FIVE BY_K "{\"$first\": \"$v\", \"window\": {\"documents\": [-5, -2]}}" ALL,
	    "{ \"r\" : [ null, null, 1, null, null ] }");
	gives(FIVE BY_K "{\"$last\": \"$v\", \"window\": {\"documents\": [-9223372036854775807, 9223372036854775807]}}" ALL,
	    "{ \"r\" : [ 4, 4, 4, 16, 16 ] }");
	gives(FIVE BY_K "{\"$maxN\": {\"input\": \"$v\", \"n\": 2}, \"window\": {\"documents\": [\"unbounded\", 0]}}" ALL,
	    "{ \"r\" : [ [ 1 ], [ 2, 1 ], [ 4, 2 ], [ 8 ], [ 16, 8 ] ] }");
	gives(FIVE BY_K "{\"$top\": {\"output\": \"$v\", \"sortBy\": {\"v\": -1}}, \"window\": {\"documents\": [-1, 1]}}" ALL,
	    "{ \"r\" : [ 2, 4, 4, 16, 16 ] }");
	gives(FIVE BY_K "{\"$covariancePop\": [\"$t\", \"$v\"], \"window\": {\"documents\": [-1, 0]}}" ALL,
	    "{ \"r\" : [ 0.0, 0.25, 0.5, 0.0, 16.0 ] }");
	gives(FIVE BY_K "{\"$stdDevPop\": \"$v\", \"window\": {\"documents\": [-1, 0]}}" ALL,
	    "{ \"r\" : [ 0, 0.5, 1.0, 0, 4.0 ] }");
}

static void windows_of_ranges(void **state)
{
	gives(FIVE BY_T "{\"$sum\": \"$v\", \"window\": {\"range\": [-1, 0]}}" ALL,
	    "{ \"r\" : [ 9, 9, 11, 6, 16 ] }");
	gives(FIVE BY_T "{\"$sum\": \"$v\", \"window\": {\"range\": [0.5, 6]}}" ALL,
	    "{ \"r\" : [ 6, 6, 4, 16, 0 ] }");
	gives(DOCS("{\"t\": {\"$date\": \"2024-01-31T00:00:00Z\"}}, {\"t\": {\"$date\": \"2024-02-29T00:00:00Z\"}}, {\"t\": {\"$date\": \"2024-03-01T00:00:00Z\"}}")
	      BY_T "{\"$count\": {}, \"window\": {\"range\": [\"current\", 1], \"unit\": \"month\"}}" ALL,
	    "{ \"r\" : [ 2, 2, 1 ] }");
	fails(FIVE "{\"sortBy\": {\"x\": 1}, \"output\": {\"r\": {\"$sum\": 1, \"window\": {\"range\": [-1, 0]}}}}}]", 5429413);
	fails(FIVE BY_T "{\"$sum\": 1, \"window\": {\"range\": [-1, 0], \"unit\": \"day\"}}}}}]", 5429513);
	fails(DOCS("{\"t\": {\"$date\": \"2024-01-31T00:00:00Z\"}}") BY_T "{\"$sum\": 1, \"window\": {\"range\": [-1, 0]}}}}}]", 5429414);
}

static void places(void **state)
{
#define TIES DOCS("{\"t\": 1}, {\"t\": null}, {}, {\"t\": 1}, {\"t\": 7}")
	gives(TIES BY_T "{\"$rank\": {}}" ALL, "{ \"r\" : [ 1, 1, 3, 3, 5 ] }");
	gives(TIES BY_T "{\"$denseRank\": {}}" ALL, "{ \"r\" : [ 1, 1, 2, 2, 3 ] }");
	gives(TIES BY_T "{\"$documentNumber\": {}}" ALL, "{ \"r\" : [ 1, 2, 3, 4, 5 ] }");
	gives(FIVE BY_K "{\"$shift\": {\"output\": \"$v\", \"by\": -1, \"default\": {\"$add\": [1, 1]}}}" ALL,
	    "{ \"r\" : [ 2, 1, 2, 2, 8 ] }");
	gives(FIVE BY_K "{\"$shift\": {\"output\": \"$v\", \"by\": 2}}" ALL,
	    "{ \"r\" : [ 4, null, null, null, null ] }");
}

#define GAPS                                                                                   \
	DOCS("{\"t\": 0}, {\"t\": 1, \"v\": 10}, {\"t\": 2, \"v\": null}, {\"t\": 4, \"v\": 40}, " \
	     "{\"t\": 5}")

static void lines(void **state)
{
	gives(GAPS BY_T "{\"$linearFill\": \"$v\"}" ALL,
	    "{ \"r\" : [ null, 10, 20.0, 40, null ] }");
	gives(GAPS BY_T "{\"$locf\": \"$v\"}" ALL, "{ \"r\" : [ null, 10, 10, 40, 40 ] }");
	gives(GAPS BY_T "{\"$integral\": {\"input\": \"$v\"}, \"window\": {\"documents\": [-2, 0]}}" ALL,
	    "{ \"r\" : [ 0.0, 0.0, 0.0, 75.0, 0.0 ] }");
	gives(FIVE BY_K "{\"$derivative\": {\"input\": \"$v\"}, \"window\": {\"documents\": [-1, 0]}}" ALL,
	    "{ \"r\" : [ null, 1.0, 2.0, null, 1.0 ] }");
	gives(DOCS("{\"t\": {\"$date\": \"2024-01-01T00:00:00Z\"}, \"v\": 1}, {\"t\": {\"$date\": \"2024-01-01T02:00:00Z\"}, \"v\": 5}")
	      BY_T "{\"$derivative\": {\"input\": \"$v\", \"unit\": \"hour\"}, \"window\": {\"documents\": [-1, 0]}}" ALL,
	    "{ \"r\" : [ null, 2.0 ] }");
	gives(FIVE BY_K "{\"$expMovingAvg\": {\"input\": \"$v\", \"alpha\": 0.5}}" ALL,
	    "{ \"r\" : [ 1.0, 1.5, 2.75, 8.0, 12.0 ] }");
	fails(GAPS "{\"sortBy\": {\"v\": 1}, \"output\": {\"r\": {\"$integral\": {\"input\": \"$t\"}}}}}]", 5423902);
	fails(FIVE BY_K "{\"$derivative\": {\"input\": \"$v\", \"unit\": \"hour\"}, \"window\": {\"documents\": [-1, 0]}}}}}]", 5624900);
}

static void partitions_and_outputs(void **state)
{
	/* A partition that is computed leaves nothing behind. */
	gives(FIVE "{\"partitionBy\": {\"$mod\": [\"$t\", 2]}, \"output\": {\"a.b\": {\"$sum\": \"$v\"}, \"v\": {\"$max\": \"$v\"}}}}, {\"$limit\": 2}]",
	    "{ \"k\" : 1, \"t\" : 2, \"v\" : 2, \"a\" : { \"b\" : 2 } }{ \"k\" : 1, \"t\" : 3, \"v\" : 16, \"a\" : { \"b\" : 29 } }");
	gives(FIVE "{\"partitionBy\": 1, \"output\": {}}}, {\"$count\": \"n\"}]", "{ \"n\" : 5 }");
	gives("[{\"$documents\": []}, {\"$setWindowFields\": {\"output\": {\"r\": {\"$sum\": 1}}}}]", "");
	/* null and missing are one. */
	gives(DOCS("{\"k\": null}, {}, {\"k\": 1}") "{\"partitionBy\": \"$k\", \"output\": {\"r\": {\"$count\": {}}}}}, {\"$project\": {\"r\": 1}}]",
	    "{ \"r\" : 2 }{ \"r\" : 2 }{ \"r\" : 1 }");
	fails(DOCS("{\"k\": [1]}") "{\"partitionBy\": \"$k\", \"output\": {\"r\": {\"$sum\": 1}}}}]", 14);
	fails(FIVE "{\"output\": {\"r\": {\"$sum\": {\"$divide\": [1, 0]}}}}}]", 2);
}

#define WRONG(spec, code) fails(FIVE spec "}]", code)
#define WRONG_OUTPUT(output, code) WRONG(BY_T output "}}", code)

static void wrong_specifications(void **state)
{
	WRONG("1", 9);
	WRONG("{}", 40414);
	WRONG("{\"output\": 1}", 14);
	WRONG("{\"output\": {}, \"more\": 1}", 40415);
	WRONG("{\"output\": {}, \"sortBy\": 1}", 14);
	WRONG("{\"output\": {}, \"sortBy\": {\"t\": 2}}", 15975);
	WRONG("{\"output\": {\"a\": {\"$sum\": 1}, \"a.b\": {\"$sum\": 1}}}", 6307900);
	WRONG("{\"output\": {\"$a\": {\"$sum\": 1}}}", 16410);
	WRONG_OUTPUT("1", 9);
	WRONG_OUTPUT("{}", 9);
	WRONG_OUTPUT("{\"$frob\": 1}", 9);
	WRONG_OUTPUT("{\"$mergeObjects\": \"$$ROOT\"}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"$max\": 1}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"more\": 1}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": null}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"documents\": [-1]}}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"documents\": [-1.5, 0]}}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"documents\": [1, 0]}}", 5339900);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"documents\": [0, 1], \"range\": [0, 1]}}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"documents\": [0, 1], \"unit\": \"day\"}}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"range\": [0, 1.5], \"unit\": \"day\"}}", 9);
	WRONG_OUTPUT("{\"$sum\": 1, \"window\": {\"range\": [0, 1], \"unit\": \"moon\"}}", 9);
	WRONG_OUTPUT("{\"$rank\": 1}", 5371603);
	WRONG_OUTPUT("{\"$rank\": {}, \"window\": {}}", 5371601);
	WRONG_OUTPUT("{\"$shift\": {\"output\": \"$v\"}}", 9);
	WRONG_OUTPUT("{\"$shift\": {\"output\": \"$v\", \"by\": 1, \"default\": \"$v\"}}", 9);
	WRONG_OUTPUT("{\"$expMovingAvg\": {\"input\": \"$v\", \"N\": 2, \"alpha\": 0.5}}", 9);
	WRONG_OUTPUT("{\"$expMovingAvg\": {\"input\": \"$v\", \"alpha\": 1}}", 9);
	WRONG_OUTPUT("{\"$locf\": \"$v\", \"window\": {}}", 9);
	WRONG_OUTPUT("{\"$derivative\": {\"input\": \"$v\"}}", 9);
	WRONG_OUTPUT("{\"$integral\": {\"input\": \"$v\", \"unit\": \"year\"}}", 5490710);
	WRONG("{\"output\": {\"r\": {\"$rank\": {}}}}", 5371602);
	WRONG("{\"output\": {\"r\": {\"$linearFill\": \"$v\"}}}", 605001);
	WRONG("{\"output\": {\"r\": {\"$sum\": 1, \"window\": {\"documents\": [-1, 0]}}}}", 5339901);
	WRONG("{\"output\": {\"r\": {\"$sum\": 1, \"window\": {\"range\": [-1, 0]}}}}", 5339902);
	fails("[{\"$documents\": []}, {\"$_internalSetWindowFields\": {}}]", 5491300);
	fails("[{\"$documents\": []}, {\"$group\": {\"_id\": 1, \"r\": {\"$covariancePop\": \"$v\"}}}]", 15952);
}

/* Each window's values are filtered out of the whole and go through the expression of the same
 * name: what windows take back as they move leaves nothing behind. */
static void moving_windows_are_their_values(void **state)
{
	static const char *const functions[][2] = {
	    {"\"$sum\": \"$v\"", "{\"$sum\": "},
	    {"\"$avg\": \"$v\"", "{\"$avg\": "},
	    {"\"$min\": \"$v\"", "{\"$min\": "},
	    {"\"$max\": \"$v\"", "{\"$max\": "},
	    {"\"$count\": {}", "{\"$size\": "},
	    {"\"$push\": \"$v\"", "{\"$concatArrays\": ["},
	    {"\"$minN\": {\"n\": 3, \"input\": \"$v\"}", "{\"$minN\": {\"n\": 3, \"input\": "},
	    {"\"$maxN\": {\"n\": 2, \"input\": \"$v\"}", "{\"$maxN\": {\"n\": 2, \"input\": "},
	    {"\"$lastN\": {\"n\": 2, \"input\": \"$v\"}", "{\"$lastN\": {\"n\": 2, \"input\": "},
	};
	static const char *const values[] = {"%d", "%d.5", "null", "\"x%d\"",
	    "{\"$numberLong\": \"%d\"}", "{\"$numberDecimal\": \"%d\"}"};

	for (int round = 0; round < 300; round++) {
		const char *const *function = functions[(size_t)rand() % ARRAY_LEN(functions)];
		int n = 1 + rand() % 60, lower = rand() % 13 - 6, upper = lower + rand() % 8;
		size_t kinds = round % 2 ? ARRAY_LEN(values) : ARRAY_LEN(values) - 1;
		struct buf in;

		buf_init(&in, NULL);
		buf_printf(&in, "[{\"$documents\": [");
		for (int i = 0, t = 0; i < n; i++, t += rand() % 4) {
			buf_printf(&in, "%s{\"t\": %d, \"v\": ", i ? ", " : "", t);
			buf_printf(&in, values[(size_t)rand() % kinds], rand() % 20);
			buf_printf(&in, "}");
		}
		buf_printf(&in,
		    "]}, {\"$setWindowFields\": {\"sortBy\": {\"t\": 1}, \"output\": {\"all\": "
		    "{\"$push\": \"$$ROOT\"}, \"r\": {%s, \"window\": {\"range\": [%d, %d]}}}}}, ",
		    function[0], lower, upper);
		buf_printf(&in,
		    "{\"$match\": {\"$expr\": {\"$ne\": [\"$r\", %s{\"$map\": {\"input\": {\"$filter\": "
		    "{\"input\": \"$all\", \"cond\": {\"$and\": [{\"$gte\": [\"$$this.t\", {\"$add\": "
		    "[\"$t\", %d]}]}, ",
		    function[1], lower);
		buf_printf(&in,
		    "{\"$lte\": [\"$$this.t\", {\"$add\": [\"$t\", %d]}]}]}}}, \"in\": "
		    "\"$$this.v\"}}%s]}}}, {\"$unset\": \"all\"}]",
		    upper, strstr(function[1], "input") ? "}}" : strchr(function[1], '[') ? "]}" : "}");
		buf_append_byte(&in, 0);
		gives((const char *)in.data, "");
		buf_clear(&in);
	}
}

/* The sort has gone when the partition is there; a partition is what there is memory for. */
static void a_partition_is_charged(void **state)
{
	struct run r = {.memory_bytes = 45 * 1024 * 1024};

	assert_int_equal(run_pipeline(&r,
			     "[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 30]}, \"in\": {\"t\": "
			     "\"$$this\"}}}}, {\"$set\": {\"s\": {\"$reduce\": {\"input\": {\"$range\": [0, 20]}, "
			     "\"initialValue\": \"x\", \"in\": {\"$concat\": [\"$$value\", \"$$value\"]}}}}}, "
			     "{\"$setWindowFields\": {\"sortBy\": {\"t\": 1}, \"output\": {\"r\": {\"$sum\": 1}}}}]"),
	    292);
	assert_non_null(strstr(r.message, "$setWindowFields"));
	run_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows_of_documents),
	    cmocka_unit_test(windows_of_ranges),
	    cmocka_unit_test(places),
	    cmocka_unit_test(lines),
	    cmocka_unit_test(partitions_and_outputs),
	    cmocka_unit_test(wrong_specifications),
	    cmocka_unit_test(moving_windows_are_their_values),
	    cmocka_unit_test(a_partition_is_charged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
