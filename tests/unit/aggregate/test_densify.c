/*
 * $densify.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define DOCS(list) "[{\"$documents\": [" list "]}, {\"$densify\": "

static void gaps_of_the_whole_range(void **state)
{
	gives(DOCS("{\"t\": 30, \"k\": 1}, {\"t\": 0}") "{\"field\": \"t\", \"range\": {\"step\": 10, \"bounds\": \"full\"}}}]",
	    "{ \"t\" : 0 }{ \"t\" : 10 }{ \"t\" : 20 }{ \"t\" : 30, \"k\" : 1 }");
	/* The grid begins at the least; what is off it stays. */
	gives(DOCS("{\"t\": 1}, {\"t\": 5}, {\"t\": 7}") "{\"field\": \"t\", \"range\": {\"step\": 3, \"bounds\": \"full\"}}}]",
	    "{ \"t\" : 1 }{ \"t\" : 4 }{ \"t\" : 5 }{ \"t\" : 7 }");
	gives(DOCS("{\"t\": 0}, {\"t\": 1}") "{\"field\": \"t\", \"range\": {\"step\": 0.5, \"bounds\": \"full\"}}}]",
	    "{ \"t\" : 0 }{ \"t\" : 0.5 }{ \"t\" : 1 }");
	/* Without a value: as they are. */
	gives(DOCS("{\"t\": 2}, {\"t\": null}, {\"u\": 1}, {\"t\": 0}") "{\"field\": \"t\", \"range\": {\"step\": 1, \"bounds\": \"full\"}}}]",
	    "{ \"t\" : null }{ \"u\" : 1 }{ \"t\" : 0 }{ \"t\" : 1 }{ \"t\" : 2 }");
	gives(DOCS("") "{\"field\": \"t\", \"range\": {\"step\": 1, \"bounds\": \"full\"}}}]", "");
	gives(DOCS("{\"a\": {\"t\": 1}}, {\"a\": {\"t\": 3}}") "{\"field\": \"a.t\", \"range\": {\"step\": 1, \"bounds\": \"full\"}}}]",
	    "{ \"a\" : { \"t\" : 1 } }{ \"a\" : { \"t\" : 2 } }{ \"a\" : { \"t\" : 3 } }");
}

static void between_bounds(void **state)
{
	/* The upper one is not within; what is outside stays. */
	gives(DOCS("{\"t\": -5}, {\"t\": 2}, {\"t\": 9}") "{\"field\": \"t\", \"range\": {\"step\": 2, \"bounds\": [0, 6]}}}]",
	    "{ \"t\" : -5 }{ \"t\" : 0 }{ \"t\" : 2 }{ \"t\" : 4 }{ \"t\" : 9 }");
	gives(DOCS("{\"t\": 9}") "{\"field\": \"t\", \"range\": {\"step\": 5, \"bounds\": [0, 6]}}}]",
	    "{ \"t\" : 0 }{ \"t\" : 5 }{ \"t\" : 9 }");
	gives(DOCS("") "{\"field\": \"t\", \"range\": {\"step\": 5, \"bounds\": [0, 6]}}}]",
	    "{ \"t\" : 0 }{ \"t\" : 5 }");
	gives(DOCS("") "{\"field\": \"t\", \"partitionByFields\": [\"k\"], \"range\": {\"step\": 5, \"bounds\": [0, 6]}}}]",
	    "");
}

#define COFFEE                                                                                 \
	"{\"v\": \"A\", \"t\": 600}, {\"v\": \"A\", \"t\": 750}, {\"v\": \"A\", \"t\": 950}, "        \
	"{\"v\": \"G\", \"t\": 1250}, {\"v\": \"G\", \"t\": 1700}"

static void partitions_have_grids_of_their_own(void **state)
{
	gives(DOCS(COFFEE) "{\"field\": \"t\", \"partitionByFields\": [\"v\"], \"range\": {\"step\": 200, \"bounds\": \"partition\"}}}, {\"$group\": {\"_id\": \"$v\", \"t\": {\"$push\": \"$t\"}}}]",
	    "{ \"_id\" : \"A\", \"t\" : [ 600, 750, 800, 950 ] }"
	    "{ \"_id\" : \"G\", \"t\" : [ 1250, 1450, 1650, 1700 ] }");
	gives(DOCS(COFFEE) "{\"field\": \"t\", \"partitionByFields\": [\"v\"], \"range\": {\"step\": 200, \"bounds\": \"full\"}}}, {\"$group\": {\"_id\": \"$v\", \"t\": {\"$push\": \"$t\"}}}]",
	    "{ \"_id\" : \"A\", \"t\" : [ 600, 750, 800, 950, 1000, 1200, 1400, 1600 ] }"
	    "{ \"_id\" : \"G\", \"t\" : [ 600, 800, 1000, 1200, 1250, 1400, 1600, 1700 ] }");
	/* Its fields come first. */
	gives(DOCS("{\"t\": 0, \"a\": {\"b\": 1}, \"c\": 2}, {\"t\": 2, \"a\": {\"b\": 1}, \"c\": 2}") "{\"field\": \"t\", \"partitionByFields\": [\"c\", \"a.b\"], \"range\": {\"step\": 1, \"bounds\": \"partition\"}}}, {\"$skip\": 1}, {\"$limit\": 1}]",
	    "{ \"c\" : 2, \"a\" : { \"b\" : 1 }, \"t\" : 1 }");
}

static void dates_go_by_units(void **state)
{
	gives(DOCS("{\"t\": {\"$date\": \"2024-01-31T00:00:00Z\"}}, {\"t\": {\"$date\": \"2024-04-01T00:00:00Z\"}}") "{\"field\": \"t\", \"range\": {\"step\": 1, \"unit\": \"month\", \"bounds\": \"full\"}}}, {\"$skip\": 1}, {\"$limit\": 1}]",
	    "{ \"t\" : { \"$date\" : \"2024-02-29T00:00:00Z\" } }");
	gives(DOCS("") "{\"field\": \"t\", \"range\": {\"step\": 12, \"unit\": \"hour\", \"bounds\": [{\"$date\": \"2024-01-01T00:00:00Z\"}, {\"$date\": \"2024-01-02T00:00:00Z\"}]}}}]",
	    "{ \"t\" : { \"$date\" : \"2024-01-01T00:00:00Z\" } }{ \"t\" : { \"$date\" : \"2024-01-01T12:00:00Z\" } }");
	fails(DOCS("{\"t\": {\"$date\": \"2024-01-31T00:00:00Z\"}}") "{\"field\": \"t\", \"range\": {\"step\": 1, \"bounds\": \"full\"}}}]", 6053600);
	fails(DOCS("{\"t\": 1}") "{\"field\": \"t\", \"range\": {\"step\": 1, \"unit\": \"day\", \"bounds\": \"full\"}}}]", 6053600);
	fails(DOCS("{\"t\": \"x\"}") "{\"field\": \"t\", \"range\": {\"step\": 1, \"bounds\": \"full\"}}}]", 5733201);
}

static void not_too_many(void **state)
{
	fails(DOCS("{\"t\": 0}, {\"t\": 1000000}") "{\"field\": \"t\", \"range\": {\"step\": 1, \"bounds\": \"full\"}}}]", 5897900);
	/* A step that is lost beside the number. */
	fails(DOCS("") "{\"field\": \"t\", \"range\": {\"step\": 1, \"bounds\": [1e300, 2e300]}}}]", 5897900);
}

#define WRONG(spec, code) fails(DOCS("") spec "}]", code)
#define RANGE(range)	  "{\"field\": \"t\", \"range\": " range "}"

static void wrong_specifications(void **state)
{
	WRONG("1", 5733600);
	WRONG("{}", 40414);
	WRONG("{\"field\": \"t\"}", 40414);
	WRONG("{\"range\": {\"step\": 1, \"bounds\": \"full\"}}", 40414);
	WRONG(RANGE("{\"bounds\": \"full\"}"), 40414);
	WRONG(RANGE("{\"step\": 1}"), 40414);
	WRONG(RANGE("{\"step\": 1, \"bounds\": \"full\", \"more\": 1}"), 40415);
	WRONG("{\"field\": \"t\", \"more\": 1}", 40415);
	WRONG("{\"field\": 1}", 14);
	WRONG("{\"field\": \"$t\"}", 16410);
	WRONG(RANGE("1"), 14);
	WRONG(RANGE("{\"step\": \"1\", \"bounds\": \"full\"}"), 14);
	WRONG(RANGE("{\"step\": 0, \"bounds\": \"full\"}"), 5733401);
	WRONG(RANGE("{\"step\": 1, \"bounds\": \"all\"}"), 5733402);
	WRONG(RANGE("{\"step\": 1, \"bounds\": [1, \"x\"]}"), 5733402);
	WRONG(RANGE("{\"step\": 1, \"bounds\": [2, 1]}"), 5733402);
	WRONG(RANGE("{\"step\": 1, \"bounds\": [1, 2, 3]}"), 5733403);
	WRONG(RANGE("{\"step\": 1, \"bounds\": \"partition\"}"), 5733408);
	WRONG(RANGE("{\"step\": 1, \"unit\": \"day\", \"bounds\": [1, 2]}"), 5733409);
	WRONG(RANGE("{\"step\": 1.5, \"unit\": \"day\", \"bounds\": \"full\"}"), 6586400);
	WRONG(RANGE("{\"step\": 1, \"unit\": \"days\", \"bounds\": \"full\"}"), 9);
	WRONG("{\"field\": \"t\", \"partitionByFields\": \"k\"}", 14);
	WRONG("{\"field\": \"t\", \"partitionByFields\": [1]}", 14);
	WRONG("{\"field\": \"t\", \"partitionByFields\": [\"$k\"]}", 16410);
	WRONG("{\"field\": \"t.u\", \"partitionByFields\": [\"t\"], \"range\": {\"step\": 1, \"bounds\": \"full\"}}", 8993000);
	fails("[{\"$documents\": []}, {\"$_internalDensify\": {}}]", 5491300);
}

/* Whatever there is: afterwards everything on the grid is there, and all that was there. */
static void random_sequences_have_no_gaps(void **state)
{
	for (int round = 0; round < 100; round++) {
		int n = 1 + rand() % 10, step = 1 + rand() % 4, low = 1000, high = -1;
		bool there[64] = {false};
		char in[2048] = "[{\"$documents\": [", want[4096] = "";
		size_t at = strlen(in), end = 0;

		for (int i = 0; i < n; i++) {
			int t = rand() % 60;

			at += (size_t)sprintf(in + at, "%s{\"t\": %d}", i ? ", " : "", t);
			there[t] = true;
			low = t < low ? t : low;
			high = t > high ? t : high;
		}
		sprintf(in + at,
		    "]}, {\"$densify\": {\"field\": \"t\", \"range\": {\"step\": %d, \"bounds\": "
		    "\"full\"}}}, {\"$group\": {\"_id\": \"$t\"}}, {\"$sort\": {\"_id\": 1}}]",
		    step);
		for (int t = low; t <= high; t++)
			if (there[t] || (t - low) % step == 0)
				end += (size_t)sprintf(want + end, "{ \"_id\" : %d }", t);
		gives(in, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gaps_of_the_whole_range),
	    cmocka_unit_test(between_bounds),
	    cmocka_unit_test(partitions_have_grids_of_their_own),
	    cmocka_unit_test(dates_go_by_units),
	    cmocka_unit_test(not_too_many),
	    cmocka_unit_test(wrong_specifications),
	    cmocka_unit_test(random_sequences_have_no_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
