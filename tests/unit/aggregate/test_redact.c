/*
 * $redact.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define DOCS(list) "[{\"$documents\": [" list "]}, {\"$redact\": "
#define NESTED                                                                                 \
	DOCS("{\"_id\": 1, \"a\": {\"drop\": true}, \"b\": {\"c\": {\"drop\": true}, \"d\": 1}, "     \
	     "\"l\": [1, {\"drop\": true}, [{\"drop\": true}, {\"e\": 2}], {\"f\": {\"drop\": true}}], "       \
	     "\"z\": null}, {\"_id\": 2, \"drop\": true}")
#define UNLESS_DROP "{\"$cond\": [{\"$eq\": [\"$drop\", true]}, \"$$PRUNE\", \"$$DESCEND\"]}}"

static void documents_within_are_asked_too(void **state)
{
	gives(NESTED UNLESS_DROP "]",
	    "{ \"_id\" : 1, \"b\" : { \"d\" : 1 }, \"l\" : [ 1, [ { \"e\" : 2 } ], {  } ], \"z\" : null }");
	gives(NESTED "\"$$PRUNE\"}]", "");
	gives(DOCS("{\"a\": {\"b\": [{}]}}") "\"$$KEEP\"}]", "{ \"a\" : { \"b\" : [ {  } ] } }");
	gives(DOCS("{\"a\": {\"b\": [{}]}}") "\"$$DESCEND\"}]", "{ \"a\" : { \"b\" : [ {  } ] } }");
	gives("[{\"$documents\": []}, {\"$redact\": 5}]", "");
}

static void what_is_kept_is_not_looked_into(void **state)
{
	gives(DOCS("{\"l\": 1, \"a\": {\"l\": 2}}, {\"l\": 2, \"a\": {\"l\": 1}}")
	      "{\"$cond\": [{\"$eq\": [\"$l\", 1]}, \"$$KEEP\", \"$$PRUNE\"]}}]",
	    "{ \"l\" : 1, \"a\" : { \"l\" : 2 } }");
}

static void root_stays_and_current_goes_along(void **state)
{
	gives(DOCS("{\"l\": 1, \"a\": {\"l\": 2, \"b\": {\"l\": 3}}}")
	      "{\"$cond\": [{\"$lt\": [{\"$subtract\": [\"$$CURRENT.l\", \"$$ROOT.l\"]}, 2]}, "
	      "\"$$DESCEND\", \"$$PRUNE\"]}}]",
	    "{ \"l\" : 1, \"a\" : { \"l\" : 2 } }");
	gives(DOCS("{\"l\": [1, 2]}")
	      "{\"$let\": {\"vars\": {\"k\": \"$$KEEP\"}, \"in\": {\"$cond\": [{\"$in\": [2, \"$l\"]}, \"$$k\", 1]}}}}]",
	    "{ \"l\" : [ 1, 2 ] }");
}

static void only_the_variables_decide(void **state)
{
	fails(DOCS("{}") "\"keep\"}]", 17053);
	fails(DOCS("{}") "null}]", 17053);
	fails(DOCS("{}") "\"$$ROOT\"}]", 17053);
	fails(DOCS("{}") "\"$missing\"}]", 17053);
	fails(DOCS("{}") "[\"$$KEEP\"]}]", 17053);
	fails(DOCS("{}") "{\"$literal\": \"$$KEEP\"}}]", 17053);
	fails(DOCS("{}") "{\"$concat\": [\"$$KEEP\", \"\"]}}]", 17053);
	fails(DOCS("{\"k\": 1, \"a\": {}}") "{\"$cond\": [\"$k\", \"$$DESCEND\", \"$a\"]}}]", 17053);
	fails(DOCS("{}") "\"$$FROB\"}]", 17276);
	/* They are $redact's. */
	fails("[{\"$documents\": [{}]}, {\"$set\": {\"a\": \"$$KEEP\"}}]", 17276);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(documents_within_are_asked_too),
	    cmocka_unit_test(what_is_kept_is_not_looked_into),
	    cmocka_unit_test(root_stays_and_current_goes_along),
	    cmocka_unit_test(only_the_variables_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
