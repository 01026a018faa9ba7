/*
 * $fill.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define DOCS(list) "[{\"$documents\": [" list "]}, {\"$fill\": "
#define FIVE                                                                                   \
	DOCS("{\"t\": 4, \"v\": 40}, {\"t\": 0}, {\"t\": 1, \"v\": 10}, {\"t\": 2, \"v\": null}, "      \
	     "{\"t\": 5}")

static void the_last_one_that_was_seen(void **state)
{
	gives(FIVE "{\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"locf\"}}}}]",
	    "{ \"t\" : 0, \"v\" : null }{ \"t\" : 1, \"v\" : 10 }{ \"t\" : 2, \"v\" : 10 }"
	    "{ \"t\" : 4, \"v\" : 40 }{ \"t\" : 5, \"v\" : 40 }");
	/* In the order that there is. */
	gives(FIVE "{\"output\": {\"v\": {\"method\": \"locf\"}}}}, {\"$project\": {\"v\": 1}}]",
	    "{ \"v\" : 40 }{ \"v\" : 40 }{ \"v\" : 10 }{ \"v\" : 10 }{ \"v\" : 10 }");
	gives("[{\"$documents\": []}, {\"$fill\": {\"output\": {\"v\": {\"method\": \"locf\"}}}}]", "");
}

static void what_lies_on_a_line(void **state)
{
	gives(FIVE "{\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}]",
	    "{ \"t\" : 0, \"v\" : null }{ \"t\" : 1, \"v\" : 10 }{ \"t\" : 2, \"v\" : 20.0 }"
	    "{ \"t\" : 4, \"v\" : 40 }{ \"t\" : 5, \"v\" : null }");
	gives(DOCS("{\"t\": 2}, {\"t\": 1, \"v\": 10}, {\"t\": 3, \"v\": 30}") "{\"sortBy\": {\"t\": -1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}]",
	    "{ \"t\" : 3, \"v\" : 30 }{ \"t\" : 2, \"v\" : 20.0 }{ \"t\" : 1, \"v\" : 10 }");
	gives(DOCS("{\"t\": {\"$date\": \"2024-01-01T00:00:00Z\"}, \"v\": {\"$numberDecimal\": \"1\"}}, {\"t\": {\"$date\": \"2024-01-02T00:00:00Z\"}}, {\"t\": {\"$date\": \"2024-01-05T00:00:00Z\"}, \"v\": 3}")
	      "{\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}, {\"$project\": {\"v\": {\"$toDouble\": \"$v\"}}}, {\"$skip\": 1}, {\"$limit\": 1}]",
	    "{ \"v\" : 1.5 }");
	fails(DOCS("{\"t\": 1, \"v\": \"x\"}, {\"t\": 2}, {\"t\": 3, \"v\": 1}") "{\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}]", 6050201);
	fails(DOCS("{\"t\": 1, \"v\": 1}, {\"t\": 1}, {\"t\": 3, \"v\": 1}") "{\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}]", 6050106);
	fails(DOCS("{\"t\": 1, \"v\": 1}, {\"t\": \"x\"}, {\"t\": {}, \"v\": 1}") "{\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}]", 6050107);
}

static void constants_need_no_order(void **state)
{
	gives(DOCS("{\"a\": null}, {\"a\": 1, \"b\": {\"c\": 2}}") "{\"output\": {\"a\": {\"value\": {\"$add\": [1, 2]}}, \"b.c\": {\"value\": \"$a\"}}}}]",
	    "{ \"a\" : 3, \"b\" : { \"c\" : null } }{ \"a\" : 1, \"b\" : { \"c\" : 2 } }");
}

#define TWO                                                                                    \
	DOCS("{\"k\": 1, \"t\": 1, \"v\": 1}, {\"k\": 2, \"t\": 2}, {\"k\": 1, \"t\": 3}, {\"k\": 2, " \
	     "\"t\": 4, \"v\": 8}, {\"k\": 2, \"t\": 5}")

static void partitions_know_nothing_of_each_other(void **state)
{
	static const char want[] =
	    "{ \"k\" : 1, \"t\" : 1, \"v\" : 1 }{ \"k\" : 1, \"t\" : 3, \"v\" : 1 }"
	    "{ \"k\" : 2, \"t\" : 2, \"v\" : null }{ \"k\" : 2, \"t\" : 4, \"v\" : 8 }"
	    "{ \"k\" : 2, \"t\" : 5, \"v\" : 8 }";

	gives(TWO "{\"partitionBy\": \"$k\", \"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"locf\"}}}}]", want);
	gives(TWO "{\"partitionBy\": {\"x\": \"$k\"}, \"output\": {\"v\": {\"method\": \"locf\"}}}}]", want);
	gives(TWO "{\"partitionByFields\": [\"k\", \"none\"], \"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"locf\"}}}}]", want);
	gives(TWO "{\"partitionByFields\": [\"k\"], \"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}, \"w\": {\"value\": 0}}}}, {\"$skip\": 1}, {\"$limit\": 2}]",
	    "{ \"k\" : 1, \"t\" : 3, \"v\" : null, \"w\" : 0 }{ \"k\" : 2, \"t\" : 2, \"v\" : null, \"w\" : 0 }");
	fails(DOCS("{\"k\": [1]}") "{\"partitionBy\": \"$k\", \"output\": {\"v\": {\"method\": \"locf\"}}}}]", 14);
}

#define WRONG(spec, code) fails(FIVE spec "}]", code)

static void wrong_specifications(void **state)
{
	WRONG("1", 9);
	WRONG("{}", 40414);
	WRONG("{\"output\": 1}", 14);
	WRONG("{\"output\": {}, \"more\": 1}", 40415);
	WRONG("{\"output\": {\"v\": 1}}", 6050200);
	WRONG("{\"output\": {\"v\": {}}}", 6050201);
	WRONG("{\"output\": {\"v\": {\"method\": \"locf\", \"value\": 1}}}", 6050201);
	WRONG("{\"output\": {\"v\": {\"method\": \"nearest\"}}}", 6050202);
	WRONG("{\"output\": {\"v\": {\"method\": 1}}}", 14);
	WRONG("{\"output\": {\"v\": {\"with\": 1}}}", 40415);
	WRONG("{\"output\": {\"v\": {\"method\": \"linear\"}}}", 605001);
	WRONG("{\"sortBy\": {\"t\": 1, \"v\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}", 605001);
	WRONG("{\"sortBy\": {\"$$NOW\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}", 16410);
	WRONG("{\"sortBy\": 1, \"output\": {}}", 14);
	WRONG("{\"sortBy\": {\"t\": 2}, \"output\": {}}", 15975);
	WRONG("{\"partitionBy\": 1, \"output\": {}}", 14);
	WRONG("{\"partitionBy\": {\"$frob\": 1}, \"output\": {}}", 168);
	WRONG("{\"partitionByFields\": 1, \"output\": {}}", 14);
	WRONG("{\"partitionByFields\": [\"$k\"], \"output\": {}}", 16410);
	WRONG("{\"partitionBy\": \"$k\", \"partitionByFields\": [\"k\"], \"output\": {}}", 6050204);
	fails("[{\"$documents\": []}, {\"$_internalFill\": {}}]", 5491300);
}

/* Of a straight line whatever is taken away comes back, in fields that have their gaps at
 * different places. */
static void lines_come_back(void **state)
{
	for (int round = 0; round < 30; round++) {
		int n = 500 + rand() % 500, most = 1 + rand() % 400;
		struct buf in;
		char number[256];

		buf_init(&in, NULL);
		buf_printf(&in, "[{\"$documents\": [");
		for (int i = 0; i < n; i++) {
			bool edge = i == 0 || i == n - 1;

			buf_printf(&in, "%s{\"t\": %d", i ? ", " : "", i);
			if (edge || rand() % most == 0)
				buf_printf(&in, ", \"a\": %d", 2 * i);
			if (edge || rand() % 3 == 0)
				buf_printf(&in, ", \"b\": %d", -4 * i);
			buf_printf(&in, "}");
		}
		snprintf(number, sizeof(number),
		    "]}, {\"$fill\": {\"sortBy\": {\"t\": 1}, \"output\": {\"a\": {\"method\": \"linear\"}, \"b\": "
		    "{\"method\": \"linear\"}}}}, ");
		buf_append(&in, number, strlen(number));
		buf_printf(&in,
		    "{\"$match\": {\"$expr\": {\"$and\": [{\"$lt\": [{\"$abs\": {\"$subtract\": [\"$a\", "
		    "{\"$multiply\": [2, \"$t\"]}]}}, 1e-9]}, {\"$lt\": [{\"$abs\": {\"$add\": [\"$b\", "
		    "{\"$multiply\": [4, \"$t\"]}]}}, 1e-9]}]}}}, {\"$count\": \"n\"}]");
		buf_append_byte(&in, 0);
		snprintf(number, sizeof(number), "{ \"n\" : %d }", n);
		gives((const char *)in.data, number);
		buf_clear(&in);
	}
}

/* The sort and the queue are charged alike: there is memory for one of them. */
static void what_waits_is_charged(void **state)
{
	struct run r = {.memory_bytes = 45 * 1024 * 1024};

	assert_int_equal(run_pipeline(&r,
			     "[{\"$documents\": {\"$map\": {\"input\": {\"$range\": [0, 30]}, \"in\": {\"t\": "
			     "\"$$this\"}}}}, {\"$set\": {\"s\": {\"$reduce\": {\"input\": {\"$range\": [0, 20]}, "
			     "\"initialValue\": \"x\", \"in\": {\"$concat\": [\"$$value\", \"$$value\"]}}}, "
			     "\"v\": {\"$cond\": [{\"$eq\": [\"$t\", 0]}, 1, null]}}}, "
			     "{\"$fill\": {\"sortBy\": {\"t\": 1}, \"output\": {\"v\": {\"method\": \"linear\"}}}}]"),
	    292);
	assert_non_null(strstr(r.message, "$fill"));
	run_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_last_one_that_was_seen),
	    cmocka_unit_test(what_lies_on_a_line),
	    cmocka_unit_test(constants_need_no_order),
	    cmocka_unit_test(partitions_know_nothing_of_each_other),
	    cmocka_unit_test(wrong_specifications),
	    cmocka_unit_test(lines_come_back),
	    cmocka_unit_test(what_waits_is_charged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
