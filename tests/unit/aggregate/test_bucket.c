/*
 * $bucket.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define SIX                                                                                    \
	"[{\"$documents\": [{\"x\": 15}, {\"x\": 0}, {\"x\": 9.5}, {\"x\": 10}, {\"x\": 20}, "       \
	"{\"y\": 1}]}, "
#define BUCKET SIX "{\"$bucket\": "

static void rows_by_range(void **state)
{
	gives(SIX "{\"$limit\": 4}, {\"$bucket\": {\"groupBy\": \"$x\", \"boundaries\": [0, 10, 20]}}]",
	    "{ \"_id\" : 0, \"count\" : 2 }{ \"_id\" : 10, \"count\" : 2 }");
	/* What is in no range, and what is missing, has a place of its own or is an error. */
	gives(BUCKET "{\"groupBy\": \"$x\", \"boundaries\": [0, 10, 20], \"default\": \"other\"}}]",
	    "{ \"_id\" : 0, \"count\" : 2 }{ \"_id\" : 10, \"count\" : 2 }{ \"_id\" : \"other\", \"count\" : 2 }");
	fails(BUCKET "{\"groupBy\": \"$x\", \"boundaries\": [0, 10, 20]}}]", 40066);
	gives("[{\"$documents\": []}, {\"$bucket\": {\"groupBy\": \"$x\", \"boundaries\": [0, 10]}}]", "");
}

static void a_default_changes_as_in_mongodb(void **state)
{
	gives(BUCKET "{\"groupBy\": \"$y\", \"boundaries\": [5, 10], \"default\": {\"$minKey\": 1}}}]",
	    "{ \"_id\" : { \"\" : { \"$minKey\" : 1 } }, \"count\" : 6 }");
	gives(BUCKET "{\"groupBy\": \"$y\", \"boundaries\": [5, 10], \"default\": {\"$code\": \"f\"}}}]",
	    "{ \"_id\" : \"f\", \"count\" : 6 }");
}

static void output_is_as_it_is_said(void **state)
{
	gives(BUCKET "{\"groupBy\": \"$x\", \"boundaries\": [0, 100], \"default\": -1, \"output\": {\"s\": {\"$sum\": \"$x\"}, \"l\": {\"$push\": \"$x\"}}}}]",
	    "{ \"_id\" : -1, \"s\" : 0, \"l\" : [  ] }"
	    "{ \"_id\" : 0, \"s\" : 54.5, \"l\" : [ 15, 0, 9.5, 10, 20 ] }");
	gives(BUCKET "{\"groupBy\": \"$x\", \"boundaries\": [0, 100], \"default\": -1, \"output\": {}}}]",
	    "{ \"_id\" : -1 }{ \"_id\" : 0 }");
	gives(BUCKET "{\"groupBy\": {\"$mod\": [{\"$ifNull\": [\"$x\", 0]}, 2]}, \"boundaries\": [0, {\"$add\": [0, 1]}, {\"$literal\": 2}]}}]",
	    "{ \"_id\" : 0, \"count\" : 4 }{ \"_id\" : 1, \"count\" : 2 }");
}

#define WRONG(spec, code) fails(BUCKET spec "}]", code)

static void wrong_specifications(void **state)
{
	WRONG("1", 40201);
	WRONG("{}", 40198);
	WRONG("{\"groupBy\": \"$x\"}", 40198);
	WRONG("{\"boundaries\": [0, 1]}", 40198);
	WRONG("{\"groupBy\": \"x\", \"boundaries\": [0, 1]}", 40202);
	WRONG("{\"groupBy\": {\"x\": 1}, \"boundaries\": [0, 1]}", 40202);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": 1}", 40200);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, \"$y\"]}", 40191);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0]}", 40192);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, \"a\"]}", 40193);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 0.0]}", 40194);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 1], \"default\": \"$y\"}", 40195);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 1], \"default\": 0.5}", 40199);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 1], \"output\": 1}", 40196);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 1], \"more\": 1}", 40197);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 1], \"output\": {\"_id\": {\"$sum\": 1}}}", 15948);
	WRONG("{\"groupBy\": \"$x\", \"boundaries\": [0, 1], \"output\": {\"n\": 1}}", 40234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_by_range),
	    cmocka_unit_test(a_default_changes_as_in_mongodb),
	    cmocka_unit_test(output_is_as_it_is_said),
	    cmocka_unit_test(wrong_specifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
