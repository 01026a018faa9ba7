/*
 * $facet.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define ABC                                                                                    \
	"[{\"$documents\": [{\"k\": \"a\", \"v\": 1}, {\"k\": \"b\", \"v\": 2}, {\"k\": \"a\", "       \
	"\"v\": 3}]}, "

static void each_pipeline_has_all_of_the_input(void **state)
{
	gives(ABC "{\"$facet\": {\"z\": [{\"$limit\": 1}], \"n\": [{\"$count\": \"n\"}], \"all\": [], \"s\": [{\"$group\": {\"_id\": \"$k\", \"s\": {\"$sum\": \"$v\"}}}, {\"$sort\": {\"s\": 1}}]}}]",
	    "{ \"z\" : [ { \"k\" : \"a\", \"v\" : 1 } ], \"n\" : [ { \"n\" : 3 } ], \"all\" : [ { \"k\" : \"a\", \"v\" : 1 }, { \"k\" : \"b\", \"v\" : 2 }, { \"k\" : \"a\", \"v\" : 3 } ], \"s\" : [ { \"_id\" : \"b\", \"s\" : 2 }, { \"_id\" : \"a\", \"s\" : 4 } ] }");
	gives("[{\"$documents\": []}, {\"$facet\": {\"a\": [], \"n\": [{\"$count\": \"n\"}]}}]",
	    "{ \"a\" : [  ], \"n\" : [  ] }");
	gives(ABC "{\"$facet\": {\"a\": [{\"$match\": {\"k\": \"a\"}}]}}, {\"$unwind\": \"$a\"}, {\"$facet\": {\"b\": [{\"$count\": \"n\"}]}}]",
	    "{ \"b\" : [ { \"n\" : 2 } ] }");
}

#define MANY                                                                                   \
	"[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 20000]}, \"in\": {\"v\": "        \
	"\"$$this\", \"s\": \"0123456789012345678901234567890123456789\"}}}}, "

/* Through many pieces. */
static void the_same_as_each_by_itself(void **state)
{
	static const char *const pipelines[] = {
	    "{\"$group\": {\"_id\": {\"$mod\": [\"$v\", 7]}, \"n\": {\"$sum\": 1}, \"s\": {\"$sum\": \"$v\"}}}, {\"$sort\": {\"_id\": 1}}",
	    "{\"$sort\": {\"v\": -1}}, {\"$limit\": 3}",
	    "{\"$match\": {\"v\": {\"$mod\": [5000, 1]}}}",
	    "{\"$bucketAuto\": {\"groupBy\": \"$v\", \"buckets\": 4}}",
	    "{\"$skip\": 19998}",
	    "{\"$limit\": 2}",
	    "{\"$count\": \"n\"}",
	};
	char all[4096] = MANY "{\"$facet\": {";
	struct run together = {0};

	for (size_t i = 0; i < ARRAY_LEN(pipelines); i++)
		sprintf(all + strlen(all), "%s\"f%zu\": [%s]", i ? ", " : "", i, pipelines[i]);
	strcat(all, "}}]");
	assert_int_equal(run_pipeline(&together, all), 0);
	for (size_t i = 0; i < ARRAY_LEN(pipelines); i++) {
		char one[1024];
		struct run r = {0};
		const char *part, *end, *at;

		snprintf(one, sizeof(one), MANY "%s]", pipelines[i]);
		assert_int_equal(run_pipeline(&r, one), 0);
		snprintf(one, sizeof(one), "\"f%zu\" : [ ", i);
		part = strstr((const char *)together.out.data, one);
		assert_non_null(part);
		part += strlen(one);
		/* The documents are joined by commas there. */
		at = (const char *)r.out.data;
		end = at + strlen(at);
		while (at < end) {
			if (strncmp(part, ", ", 2) == 0 && *at == '{')
				part += 2;
			assert_int_equal(*part++, *at++);
		}
		assert_int_equal(strncmp(part, " ]", 2), 0);
		run_clear(&r);
	}
	run_clear(&together);
}

static void wrong_specifications(void **state)
{
	fails(ABC "{\"$facet\": 1}]", 40169);
	fails(ABC "{\"$facet\": {\"a\": [{\"$match\": {\"$text\": {\"$search\": \"x\"}}}]}}]", 17313);
	fails(ABC "{\"$facet\": {}}]", 40169);
	fails(ABC "{\"$facet\": [{\"a\": []}]}]", 40169);
	fails(ABC "{\"$facet\": {\"a\": {}}}]", 40170);
	fails(ABC "{\"$facet\": {\"a\": [1]}}]", 40171);
	fails(ABC "{\"$facet\": {\"\": []}}]", 15998);
	fails(ABC "{\"$facet\": {\"$a\": []}}]", 16410);
	fails(ABC "{\"$facet\": {\"a.b\": []}}]", 16412);
	fails(ABC "{\"$facet\": {\"a\": [{\"$frob\": 1}]}}]", 40324);
	fails(ABC "{\"$facet\": {\"a\": [{}]}}]", 40323);
	/* Shapes before stages. */
	fails(ABC "{\"$facet\": {\"a\": [{\"$frob\": 1}], \"b\": 1}}]", 40170);
}

static void what_is_not_allowed_within(void **state)
{
	static const char *const stages[] = {"$facet", "$out", "$merge", "$geoNear", "$collStats",
	    "$indexStats", "$planCacheStats", "$documents", "$currentOp", "$search"};

	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		char text[512];

		snprintf(text, sizeof(text),
		    ABC "{\"$facet\": {\"a\": [{\"$limit\": 1}, {\"%s\": {}}]}}]", stages[i]);
		fails(text, 40600);
	}
}

static void errors_within_are_those_of_the_whole(void **state)
{
	fails(ABC "{\"$facet\": {\"a\": [], \"b\": [{\"$project\": {\"x\": {\"$divide\": [\"$v\", 0]}}}]}}]", 2);
	fails(ABC "{\"$facet\": {\"a\": [{\"$limit\": 0}]}}]", 15958);
}

#define MIB "{\"$reduce\": {\"input\": {\"$range\": [0, 20]}, \"initialValue\": \"x\", \"in\": {\"$concat\": [\"$$value\", \"$$value\"]}}}"

static void what_comes_out_is_bounded(void **state)
{
	fails("[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 60]}, \"in\": {\"v\": \"$$this\"}}}}, "
	      "{\"$set\": {\"s\": " MIB "}}, {\"$facet\": {\"a\": [], \"b\": []}}]",
	    4031700);
	gives("[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 40]}, \"in\": {\"v\": \"$$this\"}}}}, "
	      "{\"$set\": {\"s\": " MIB "}}, {\"$facet\": {\"a\": [], \"b\": []}}, {\"$project\": {\"n\": {\"$size\": \"$a\"}}}]",
	    "{ \"n\" : 40 }");
}

static void memory_is_charged(void **state)
{
	struct run r = {.memory_bytes = 8 * 1024 * 1024};

	assert_int_equal(run_pipeline(&r,
			     "[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 40]}, \"in\": {\"v\": "
			     "\"$$this\"}}}}, {\"$set\": {\"s\": " MIB "}}, {\"$facet\": {\"a\": []}}]"),
	    146);
	run_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_pipeline_has_all_of_the_input),
	    cmocka_unit_test(the_same_as_each_by_itself),
	    cmocka_unit_test(wrong_specifications),
	    cmocka_unit_test(what_is_not_allowed_within),
	    cmocka_unit_test(errors_within_are_those_of_the_whole),
	    cmocka_unit_test(what_comes_out_is_bounded),
	    cmocka_unit_test(memory_is_charged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
