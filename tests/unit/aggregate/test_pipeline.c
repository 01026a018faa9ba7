/*
 * Whole pipelines over $documents, which need no store: JSON in, JSON out.
 */
#include "support/unit.h"

#include "aggregate/accumulator.h"
#include "query/exec_documents.h"
#include "support/pipeline.h"

#define ABC "{\"$documents\": [{\"k\": \"a\", \"v\": 1}, {\"k\": \"b\", \"v\": 2}, {\"k\": \"a\", \"v\": 3}, {\"v\": 4}]}"

static void match_skip_limit_count(void **state)
{
	gives("[" ABC ", {\"$match\": {\"v\": {\"$gt\": 1}}}, {\"$skip\": 1}, {\"$limit\": 1}]",
	    "{ \"k\" : \"a\", \"v\" : 3 }");
	gives("[" ABC ", {\"$count\": \"n\"}]", "{ \"n\" : 4 }");
	gives("[{\"$documents\": []}, {\"$count\": \"n\"}]", "");
	gives("[" ABC ", {\"$project\": {\"w\": \"$v\"}}, {\"$limit\": 1}]", "{ \"w\" : 1 }");
	gives("[" ABC ", {\"$unset\": [\"k\"]}, {\"$limit\": 2}]", "{ \"v\" : 1 }{ \"v\" : 2 }");
}

static void groups_come_in_the_order_they_were_met(void **state)
{
	gives("[" ABC ", {\"$group\": {\"_id\": \"$k\", \"s\": {\"$sum\": \"$v\"}, \"n\": {\"$sum\": 1}, \"m\": {\"$max\": \"$v\"}}}]",
	    "{ \"_id\" : \"a\", \"s\" : 4, \"n\" : 2, \"m\" : 3 }"
	    "{ \"_id\" : \"b\", \"s\" : 2, \"n\" : 1, \"m\" : 2 }"
	    "{ \"_id\" : null, \"s\" : 4, \"n\" : 1, \"m\" : 4 }");
	gives("[" ABC ", {\"$group\": {\"_id\": null, \"l\": {\"$push\": \"$v\"}, \"k\": {\"$addToSet\": \"$k\"}, \"f\": {\"$first\": \"$v\"}, \"z\": {\"$last\": \"$v\"}, \"a\": {\"$avg\": \"$v\"}, \"c\": {\"$count\": {}}, \"i\": {\"$min\": \"$v\"}}}]",
	    "{ \"_id\" : null, \"l\" : [ 1, 2, 3, 4 ], \"k\" : [ \"a\", \"b\" ], \"f\" : 1, \"z\" : 4, \"a\" : 2.5, \"c\" : 4, \"i\" : 1 }");
}

static void equal_numbers_are_one_group(void **state)
{
	gives("[{\"$documents\": [{\"k\": 1}, {\"k\": 1.0}, {\"k\": {\"$numberLong\": \"1\"}}]}, {\"$group\": {\"_id\": \"$k\", \"n\": {\"$sum\": 1}}}]",
	    "{ \"_id\" : 1, \"n\" : 3 }");
}

static void sums_widen(void **state)
{
	gives("[{\"$documents\": [{\"v\": 2147483647}, {\"v\": 1}]}, {\"$group\": {\"_id\": null, \"s\": {\"$sum\": \"$v\"}}}]",
	    "{ \"_id\" : null, \"s\" : 2147483648 }");
	gives("[{\"$documents\": [{\"v\": 1e100}, {\"v\": 1.0}, {\"v\": -1e100}]}, {\"$group\": {\"_id\": null, \"s\": {\"$sum\": \"$v\"}}}]",
	    "{ \"_id\" : null, \"s\" : 1.0 }");
	gives("[{\"$documents\": [{\"v\": {\"$numberDecimal\": \"0.1\"}}, {\"v\": 2}, {\"v\": \"x\"}]}, {\"$group\": {\"_id\": null, \"s\": {\"$sum\": \"$v\"}}}]",
	    "{ \"_id\" : null, \"s\" : { \"$numberDecimal\" : \"2.1\" } }");
	/* What fits again after it did not is exact. */
	gives("[{\"$documents\": [{\"v\": {\"$numberLong\": \"9223372036854775807\"}}, {\"v\": 1}, {\"v\": -1}]}, {\"$group\": {\"_id\": null, \"s\": {\"$sum\": \"$v\"}}}]",
	    "{ \"_id\" : null, \"s\" : 9223372036854775807 }");
}

static void wrong_pipelines(void **state)
{
	fails("[{\"$frob\": 1}]", 40324);
	fails("[{}]", 40323);
	fails("[{\"$match\": {}, \"$limit\": 1}]", 40323);
	fails("[5]", 14);
	fails("[" ABC ", {\"$documents\": []}]", 40602);
	fails("[" ABC ", {\"$limit\": 0}]", 15958);
	fails("[" ABC ", {\"$limit\": -1}]", 5107201);
	fails("[" ABC ", {\"$skip\": -1}]", 5107200);
	fails("[" ABC ", {\"$group\": {\"n\": {\"$sum\": 1}}}]", 15955);
	fails("[" ABC ", {\"$group\": {\"_id\": 1, \"n\": {\"$frob\": 1}}}]", 15952);
	fails("[" ABC ", {\"$group\": {\"_id\": 1, \"n\": 1}}]", 40234);
	fails("[" ABC ", {\"$count\": \"\"}]", 40157);
	fails("[" ABC ", {\"$match\": 1}]", 15959);
	fails("[" ABC ", {\"$project\": {}}]", 51272);
	fails("[{\"$currentOp\": {}}]", 73);
}

static void every_entry_is_whole(void **state)
{
	for (const struct stage_type *const *t = stage_table; *t; t++) {
		assert_int_equal((*t)->name[0], '$');
		assert_non_null((*t)->help);
		assert_true((*t)->expand ? !(*t)->parse : (*t)->parse && (*t)->make);
		assert_ptr_equal(stage_find((*t)->name), *t);
	}
	for (const struct accumulator *const *t = accumulator_table; *t; t++) {
		assert_non_null((*t)->help);
		assert_ptr_equal(accumulator_find((*t)->name), *t);
	}
}

static void one_document_of_one(void **state)
{
	gives("[" ABC ", {\"$limit\": 1}, {\"$set\": {\"w\": {\"$add\": [\"$v\", 1]}}}]",
	    "{ \"k\" : \"a\", \"v\" : 1, \"w\" : 2 }");
	gives("[" ABC ", {\"$limit\": 2}, {\"$addFields\": {\"k\": \"$v\"}}, {\"$unset\": \"v\"}]",
	    "{ \"k\" : 1 }{ \"k\" : 2 }");
	gives("[" ABC ", {\"$limit\": 1}, {\"$replaceRoot\": {\"newRoot\": {\"x\": \"$k\"}}}]",
	    "{ \"x\" : \"a\" }");
	gives("[" ABC ", {\"$limit\": 1}, {\"$replaceWith\": {\"x\": \"$$ROOT\"}}]",
	    "{ \"x\" : { \"k\" : \"a\", \"v\" : 1 } }");
	gives("[" ABC ", {\"$limit\": 1}, {\"$project\": {\"v\": 1, \"l\": \"$k\"}}]",
	    "{ \"v\" : 1, \"l\" : \"a\" }");
	fails("[" ABC ", {\"$replaceWith\": \"$v\"}]", 40228);
	fails("[" ABC ", {\"$set\": 1}]", 40272);
	fails("[" ABC ", {\"$project\": {\"v.$\": 1}}]", 16410);
}

static int parse_nested(
    const char *stages, const struct stage_nesting *nesting, struct arena *a, struct pipeline **out)
{
	struct stage_context cx = {.arena = a, .db = view_of_str("test"), .nesting = nesting};
	bson_t *b = array_of(stages);
	struct view list = view_of(bson_get_data(b), b->len);
	struct status st;
	int err;

	status_init(&st);
	err = pipeline_parse(&cx, &list, 1, out, &st);
	status_clear(&st);
	bson_destroy(b);
	return err;
}

static void a_nested_pipeline_refuses_what_is_said_at_any_depth(void **state)
{
	static const char *const names[] = {"$nowhere", "$skip", NULL};
	const struct stage_nesting outer = {NULL, "$outer", STAGE_LOCAL, names, 1001};
	const struct stage_nesting inner = {&outer, "$inner", STAGE_FIRST, NULL, 1002};
	struct pipeline *p;
	struct arena a;

	arena_init(&a, NULL);
	assert_int_equal(parse_nested("[{\"$limit\": 1}]", &inner, &a, &p), 0);
	assert_int_equal(parse_nested("[{\"$documents\": []}]", &inner, &a, &p), 1002);
	assert_int_equal(parse_nested("[{\"$documents\": []}]", &outer, &a, &p), 0);
	assert_int_equal(parse_nested("[{\"$planCacheStats\": {}}]", &outer, &a, &p), 1001);
	assert_int_equal(parse_nested("[{\"$frob\": {}}]", &inner, &a, &p), 40324);
	assert_int_equal(parse_nested("[{\"$nowhere\": {}}]", &inner, &a, &p), 1001);
	assert_int_equal(parse_nested("[{\"$skip\": 1}]", &inner, &a, &p), 1001);
	arena_clear(&a);
}

static void a_pipeline_runs_over_rows_that_it_is_given(void **state)
{
	struct run r = {0};
	struct pipeline *p;
	struct documents *d;

	arena_init(&r.arena, NULL);
	op_init(&r.op, NULL, ignore_fire);
	status_init(&r.status);
	buf_init(&r.out, NULL);
	assert_int_equal(parse_nested(
			     "[{\"$skip\": 1}, {\"$count\": \"n\"}]", NULL, &r.arena, &p),
	    0);
	d = documents_new(&r.arena, NULL);
	for (int i = 0; i < 3; i++) {
		documents_begin(d);
		documents_end(d);
	}
	pull_all(&r, pipeline_make(p, documents_exec(d), NULL));
	assert_string_equal((const char *)r.out.data, "{ \"n\" : 2 }");
	exec_close(p->nodes[p->n - 1]);
	run_clear(&r);
	arena_clear(&r.arena);
	op_clear(&r.op);
	status_clear(&r.status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(match_skip_limit_count),
	    cmocka_unit_test(groups_come_in_the_order_they_were_met),
	    cmocka_unit_test(equal_numbers_are_one_group),
	    cmocka_unit_test(sums_widen),
	    cmocka_unit_test(one_document_of_one),
	    cmocka_unit_test(wrong_pipelines),
	    cmocka_unit_test(every_entry_is_whole),
	    cmocka_unit_test(a_nested_pipeline_refuses_what_is_said_at_any_depth),
	    cmocka_unit_test(a_pipeline_runs_over_rows_that_it_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
