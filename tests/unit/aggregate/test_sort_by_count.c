/*
 * $sortByCount.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define ABC                                                                                    \
	"[{\"$documents\": [{\"k\": \"a\"}, {\"k\": \"b\"}, {}, {\"k\": \"b\"}, {\"k\": null}, "    \
	"{\"k\": \"B\"}, {\"k\": \"b\"}]}, "

static void the_most_frequent_comes_first(void **state)
{
	gives(ABC "{\"$sortByCount\": \"$k\"}]",
	    "{ \"_id\" : \"b\", \"count\" : 3 }{ \"_id\" : null, \"count\" : 2 }"
	    "{ \"_id\" : \"a\", \"count\" : 1 }{ \"_id\" : \"B\", \"count\" : 1 }");
	gives(ABC "{\"$sortByCount\": {\"$toLower\": \"$k\"}}, {\"$limit\": 1}]",
	    "{ \"_id\" : \"b\", \"count\" : 4 }");
	gives(ABC "{\"$limit\": 1}, {\"$sortByCount\": {\"$literal\": {\"x\": 1}}}]",
	    "{ \"_id\" : { \"x\" : 1 }, \"count\" : 1 }");
	gives("[{\"$documents\": []}, {\"$sortByCount\": \"$k\"}]", "");
}

static void only_expressions(void **state)
{
	fails(ABC "{\"$sortByCount\": \"k\"}]", 40148);
	fails(ABC "{\"$sortByCount\": \"\"}]", 40148);
	fails(ABC "{\"$sortByCount\": {}}]", 40147);
	fails(ABC "{\"$sortByCount\": {\"k\": \"$k\"}}]", 40147);
	fails(ABC "{\"$sortByCount\": 1}]", 40149);
	fails(ABC "{\"$sortByCount\": [\"$k\"]}]", 40149);
	fails(ABC "{\"$sortByCount\": null}]", 40149);
	fails(ABC "{\"$sortByCount\": {\"$frob\": 1}}]", 168);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_most_frequent_comes_first),
	    cmocka_unit_test(only_expressions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
