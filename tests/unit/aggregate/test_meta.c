/*
 * {$meta: ...} in pipelines: what rows bring along, and how far.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define DOCS "[{\"$documents\": [{\"_id\": 1, \"a\": [3, 4]}, {\"_id\": 2, \"a\": [1, 2]}]}, "
#define SORT "{\"$sort\": {\"a\": 1}}, "
#define KEY  "{\"$project\": {\"_id\": 1, \"k\": {\"$meta\": \"sortKey\"}}}]"

static void sort_keys_go_on(void **state)
{
	gives(DOCS SORT KEY, "{ \"_id\" : 2, \"k\" : [ 1 ] }{ \"_id\" : 1, \"k\" : [ 3 ] }");
	gives(DOCS SORT "{\"$unwind\": \"$a\"}, {\"$match\": {\"a\": {\"$gt\": 1}}}, " KEY,
	    "{ \"_id\" : 2, \"k\" : [ 1 ] }{ \"_id\" : 1, \"k\" : [ 3 ] }{ \"_id\" : 1, \"k\" : [ 3 ] }");
	gives(DOCS SORT "{\"$redact\": \"$$DESCEND\"}, {\"$addFields\": {\"k\": {\"$meta\": "
			"\"sortKey\"}}}, {\"$unset\": \"a\"}]",
	    "{ \"_id\" : 2, \"k\" : [ 1 ] }{ \"_id\" : 1, \"k\" : [ 3 ] }");
	gives(DOCS SORT "{\"$match\": {\"$expr\": {\"$eq\": [{\"$meta\": \"sortKey\"}, [3]]}}}, " KEY,
	    "{ \"_id\" : 1, \"k\" : [ 3 ] }");
	gives(DOCS SORT "{\"$group\": {\"_id\": {\"$meta\": \"sortKey\"}}}, {\"$limit\": 1}]",
	    "{ \"_id\" : [ 1 ] }");
}

static void what_is_not_known_is_not_there(void **state)
{
	gives(DOCS KEY, "{ \"_id\" : 1 }{ \"_id\" : 2 }");
	gives(DOCS SORT "{\"$group\": {\"_id\": 1}}, " KEY, "{ \"_id\" : 1 }");
	gives(DOCS "{\"$project\": {\"a\": 0, \"r\": {\"$meta\": \"randVal\"}}}]",
	    "{ \"_id\" : 1 }{ \"_id\" : 2 }");
	gives(DOCS "{\"$project\": {\"_id\": 1, \"s\": {\"$meta\": \"searchScore\"}}}]",
	    "{ \"_id\" : 1 }{ \"_id\" : 2 }");
}

static void sorts(void **state)
{
	gives(DOCS "{\"$sort\": {\"_id\": -1, \"r\": {\"$meta\": \"randVal\"}, \"s\": {\"$meta\": "
		   "\"searchScore\"}}}, {\"$project\": {\"_id\": 1}}]",
	    "{ \"_id\" : 2 }{ \"_id\" : 1 }");
	fails(DOCS "{\"$sort\": {\"s\": {\"$meta\": \"textScore\"}}}]", ERR_META_NOT_AVAILABLE);
	fails(DOCS "{\"$sort\": {\"s\": {\"$meta\": \"geoNearDistance\"}}}]",
	    ERR_META_NOT_AVAILABLE);
	fails(DOCS "{\"$sort\": {\"s\": {\"$meta\": \"recordId\"}}}]", 31138);
	fails(DOCS "{\"$sort\": {\"s\": {\"$meta\": 1}}}]", 31138);
	fails(DOCS "{\"$sort\": {\"s\": {\"$meta\": \"randVal\", \"x\": 1}}}]",
	    ERR_FAILED_TO_PARSE);
}

static void wrong_ones(void **state)
{
	fails(DOCS "{\"$project\": {\"s\": {\"$meta\": \"textScore\"}}}]", ERR_META_NOT_AVAILABLE);
	fails(DOCS "{\"$group\": {\"_id\": {\"$meta\": \"geoNearPoint\"}}}]",
	    ERR_META_NOT_AVAILABLE);
	fails(DOCS "{\"$addFields\": {\"s\": {\"$add\": [1, {\"$meta\": \"textScore\"}]}}}]",
	    ERR_META_NOT_AVAILABLE);
	fails(DOCS "{\"$project\": {\"s\": {\"$meta\": 1}}}]", 17307);
	fails(DOCS "{\"$addFields\": {\"s\": {\"$meta\": \"nothing\"}}}]", 17308);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sort_keys_go_on),
	    cmocka_unit_test(what_is_not_known_is_not_there),
	    cmocka_unit_test(sorts),
	    cmocka_unit_test(wrong_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
