/*
 * $lookup: what belongs together, with and without an index; pipelines and
 * their variables; views; what is refused.
 */
#include "support/unit.h"

#include "support/aggregate.h"
#include "support/random_value.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

#define JOIN(more)                                                                             \
	"[{'$lookup': {'from': 'f', 'localField': 'l', 'foreignField': 'x', 'as': 'j'" more    \
	"}}]"

static void values_in_common(void **state)
{
	insert_into(&db, "c",
	    "[{'_id': 1, 'l': 1}, {'_id': 2, 'l': null}, {'_id': 3}, {'_id': 4, 'l': []},"
	    " {'_id': 5, 'l': [1, [2]]}, {'_id': 6, 'l': {'$numberDouble': '1.0'}}]");
	insert_into(&db, "f",
	    "[{'_id': 10, 'x': 1}, {'_id': 11, 'x': null}, {'_id': 12}, {'_id': 13, 'x': [1, "
	    "3]},"
	    " {'_id': 14, 'x': [2]}, {'_id': 15, 'x': 2}]");
	gives_from(&db, "c", JOIN(", 'pipeline': [{'$project': {'_id': 1}}]"),
	    "[{'_id': 1, 'l': 1, 'j': [{'_id': 10}, {'_id': 13}]},"
	    " {'_id': 2, 'l': null, 'j': [{'_id': 11}, {'_id': 12}]},"
	    " {'_id': 3, 'j': [{'_id': 11}, {'_id': 12}]},"
	    " {'_id': 4, 'l': [], 'j': [{'_id': 11}, {'_id': 12}]},"
	    " {'_id': 5, 'l': [1, [2]], 'j': [{'_id': 10}, {'_id': 13}, {'_id': 14}]},"
	    " {'_id': 6, 'l': 1.0, 'j': [{'_id': 10}, {'_id': 13}]}]");
}

static void a_regular_expression_is_a_value(void **state)
{
	insert_into(&db, "c",
	    "[{'_id': 1, 'l': [{'$regularExpression': {'pattern': 'a', "
	    "'options': ''}}, 5]}]");
	insert_into(&db, "f",
	    "[{'_id': 1, 'x': 'a'}, {'_id': 2, 'x': {'$regularExpression': "
	    "{'pattern': 'a', 'options': ''}}}, {'_id': 3, 'x': 5}]");
	gives_from(&db, "c",
	    "[{'$lookup': {'from': 'f', 'localField': 'l', 'foreignField': 'x', 'as': 'j'}},"
	    " {'$project': {'j._id': 1}}]",
	    "[{'_id': 1, 'j': [{'_id': 2}, {'_id': 3}]}]");
}

static void pipelines_see_variables(void **state)
{
	insert_into(&db, "c", "[{'_id': 1, 'n': 2}, {'_id': 2, 'n': 0}]");
	insert_into(&db, "f", "[{'_id': 1}, {'_id': 2}, {'_id': 3}]");
	gives_from(&db, "c",
	    "[{'$lookup': {'from': 'f', 'let': {'m': '$n'}, 'pipeline':"
	    " [{'$match': {'$expr': {'$gte': ['$_id', '$$m']}}}, {'$set': {'m': '$$m'}},"
	    "  {'$limit': 2}], 'as': 'j'}}]",
	    "[{'_id': 1, 'n': 2, 'j': [{'_id': 2, 'm': 2}, {'_id': 3, 'm': 2}]},"
	    " {'_id': 2, 'n': 0, 'j': [{'_id': 1, 'm': 0}, {'_id': 2, 'm': 0}]}]");
	/* Two deep; the inner one hides a name of the outer one. */
	gives_from(&db, "c",
	    "[{'$limit': 1}, {'$lookup': {'from': 'f', 'let': {'m': '$n', 'o': '$_id'}, "
	    "'pipeline':"
	    " [{'$limit': 1}, {'$lookup': {'from': 'f', 'let': {'m': '$_id'}, 'pipeline':"
	    "   [{'$skip': 2}, {'$set': {'m': '$$m', 'o': '$$o'}}], 'as': 'k'}}], 'as': 'j'}}]",
	    "[{'_id': 1, 'n': 2, 'j': [{'_id': 1, 'k': [{'_id': 3, 'm': 1, 'o': 1}]}]}]");
	gives_from(&db, "c",
	    "[{'$lookup': {'let': {'m': '$n'}, 'pipeline': [{'$documents': [{'v': '$$m'}]}],"
	    " 'as': 'j'}}]",
	    "[{'_id': 1, 'n': 2, 'j': [{'v': 2}]}, {'_id': 2, 'n': 0, 'j': [{'v': 0}]}]");
}

/* Stages with variables of their own, too. */
static void stages_see_the_values_of_the_document(void **state)
{
	insert_into(&db, "c", "[{'_id': 1, 'k': 'a'}, {'_id': 2, 'k': 'b'}]");
	insert_into(&db, "f", "[{'_id': 1, 't': 'a'}, {'_id': 2, 't': 'b'}]");
	gives_from(&db, "c",
	    "[{'$lookup': {'from': 'f', 'let': {'k': '$k'}, 'as': 'j', 'pipeline': [{'$redact':"
	    " {'$cond': [{'$eq': ['$t', '$$k']}, '$$KEEP', '$$PRUNE']}}]}}]",
	    "[{'_id': 1, 'k': 'a', 'j': [{'_id': 1, 't': 'a'}]},"
	    " {'_id': 2, 'k': 'b', 'j': [{'_id': 2, 't': 'b'}]}]");
	gives_from(&db, "c",
	    "[{'$lookup': {'from': 'f', 'let': {'k': '$k'}, 'as': 'j', 'pipeline': [{'$facet':"
	    " {'x': [{'$match': {'$expr': {'$eq': ['$t', '$$k']}}}]}}]}}]",
	    "[{'_id': 1, 'k': 'a', 'j': [{'x': [{'_id': 1, 't': 'a'}]}]},"
	    " {'_id': 2, 'k': 'b', 'j': [{'x': [{'_id': 2, 't': 'b'}]}]}]");
}

static void a_pipeline_of_its_own_runs_once(void **state)
{
	struct view reply;
	int64_t docs;

	insert_into(&db, "c", "[{'_id': 1}, {'_id': 2}, {'_id': 3}]");
	insert_into(&db, "f", "[{'_id': 1}, {'_id': 2}]");
	reply =
	    harness_run(&db.h, "{'explain': {'aggregate': 'c', 'cursor': {}, 'pipeline': "
			       "[{'$lookup': {'from': 'f',"
			       " 'pipeline': [{'$set': {'a': 1}}], 'as': 'j'}}]}, '$db': 'd'}");
	assert_true(value_to_i64(database_at(reply, "stages.1.totalDocsExamined"), &docs));
	assert_int_equal(docs, 2);
	reply = harness_run(&db.h,
	    "{'explain': {'aggregate': 'c', 'cursor': {}, 'pipeline': [{'$lookup': {'from': "
	    "'f',"
	    " 'let': {'a': '$_id'}, 'pipeline': [{'$set': {'a': '$$a'}}], 'as': 'j'}}]},"
	    " '$db': 'd'}");
	assert_true(value_to_i64(database_at(reply, "stages.1.totalDocsExamined"), &docs));
	assert_int_equal(docs, 6);
}

static void views_are_read_through(void **state)
{
	insert_into(&db, "c", "[{'_id': 1, 'l': 1}]");
	insert_into(&db, "f", "[{'_id': 1, 'x': 1}, {'_id': 2, 'x': 1, 'hidden': true}]");
	assert_code(&db,
	    "{'create': 'v', 'viewOn': 'f', 'pipeline': [{'$match': {'hidden': null}}"
	    ", {'$set': {'seen': true}}], '$db': 'd'}",
	    0);
	gives_from(&db, "c",
	    "[{'$lookup': {'from': 'v', 'localField': 'l', 'foreignField': 'x', 'as': 'j'}}]",
	    "[{'_id': 1, 'l': 1, 'j': [{'_id': 1, 'x': 1, 'seen': true}]}]");
	assert_code(&db,
	    "{'create': 'w', 'viewOn': 'f', 'collation': {'locale': 'fr'}, '$db': 'd'}", 0);
	fails_from(&db, "c",
	    "[{'$lookup': {'from': 'w', 'localField': 'l', 'foreignField': 'x', 'as': 'j'}}]",
	    167);
}

static void refused(void **state)
{
	static const struct code_case cases[] = {
	    {"{'$lookup': 1}", 9},
	    {"{'$lookup': {'from': 'f', 'localField': 'a', 'as': 'j'}}", 9},
	    {"{'$lookup': {'from': 'f', 'localField': 'a', 'foreignField': 'b'}}", 40414},
	    {"{'$lookup': {'from': 'f', 'let': {'a': 1}, 'as': 'j'}}", 9},
	    {"{'$lookup': {'from': {'db': 'd', 'coll': 'f'}, 'pipeline': [], 'as': 'j'}}", 9},
	    {"{'$lookup': {'from': 'f', 'pipeline': [], 'as': 'j', 'x': 1}}", 40415},
	    {"{'$lookup': {'from': 'f', 'pipeline': [], 'as': '$j'}}", 16410},
	    {"{'$lookup': {'from': 'f', 'pipeline': [{'$documents': []}], 'as': 'j'}}", 73},
	    {"{'$lookup': {'pipeline': [], 'as': 'j'}}", 9},
	    {"{'$lookup': {'from': 'f', 'pipeline': [{'$querySettings': {}}], 'as': 'j'}}",
		51047},
	    {"{'$lookup': {'from': 'f', 'pipeline': [{'$frob': {}}], 'as': 'j'}}", 40324},
	};
	char *stages = arena_strdup(&db.h.arena, "");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		fails_from(
		    &db, "c", arena_printf(&db.h.arena, "[%s]", cases[i].json), cases[i].code);
	for (int i = 0; i < 20; i++)
		stages = arena_printf(&db.h.arena,
		    "{'$lookup': {'from': 'f', 'pipeline': [%s], 'as': 'j'}}", stages);
	gives_from(&db, "c", arena_printf(&db.h.arena, "[%s]", stages), "[]");
	fails_from(&db, "c",
	    arena_printf(&db.h.arena,
		"[{'$lookup': {'from': 'f', 'pipeline': [%s], 'as': 'j'}}]", stages),
	    232);
}

/* Between stages it may be 100 MiB, to a client 16. */
static void a_large_result(void **state)
{
	char *text = malloc(1024 * 1024 + 1);

	memset(text, 'x', 1024 * 1024);
	text[1024 * 1024] = 0;
	for (int i = 0; i < 17; i++)
		insert_into(&db, "f",
		    arena_printf(&db.h.arena, "[{'_id': %d, 'x': 1, 't': '%s'}]", i, text));
	free(text);
	insert_into(&db, "c", "[{'_id': 1, 'l': 1}]");
	fails_from(&db, "c",
	    "[{'$lookup': {'from': 'f', 'localField': 'l', 'foreignField': 'x', 'as': 'j'}}]",
	    10334);
	gives_from(&db, "c",
	    "[{'$lookup': {'from': 'f', 'localField': 'l', 'foreignField': 'x', 'as': 'j'}},"
	    " {'$project': {'n': {'$size': '$j'}}}]",
	    "[{'_id': 1, 'n': 17}]");
}

/* Between two batches the other collection may go. */
static void a_collection_that_goes_ends_it(void **state)
{
	struct view reply;
	int64_t id;

	insert_into(&db, "c", "[{'_id': 1, 'l': 1}, {'_id': 2, 'l': 1}]");
	insert_into(&db, "f", "[{'_id': 1, 'x': 1}]");
	reply = harness_run(&db.h, "{'aggregate': 'c', 'pipeline': " JOIN(
				       "") ", 'cursor': {'batchSize': 1}, '$db': 'd'}");
	assert_true(value_to_i64(database_at(reply, "cursor.id"), &id));
	assert_int_not_equal(id, 0);
	assert_code(&db, "{'drop': 'f', '$db': 'd'}", 0);
	assert_code(&db,
	    arena_printf(&db.h.arena,
		"{'getMore': {'$numberLong': '%lld'}, 'collection': 'c', '$db': 'd'}",
		(long long)id),
	    175);
}

/* --------------------------------------------------- against a join by hand */

/* The values 0 to 3, and null as 4, of a field that may be missing or an array. */
static unsigned int put_random(struct rng *r, struct buf *out, const char *name)
{
	unsigned int set = 0;
	uint32_t kind = rng_below(r, 8), n = rng_below(r, 4);

	if (kind == 0)
		return 1 << 4;
	buf_printf(out, ", '%s': %s", name, kind < 3 ? "[" : "");
	for (uint32_t i = 0; i < (kind < 3 ? n : 1); i++) {
		uint32_t v = rng_below(r, 5);

		set |= 1u << v;
		if (v == 4)
			buf_printf(out, "%snull", i ? ", " : "");
		else
			buf_printf(out, "%s%u", i ? ", " : "", v);
	}
	if (kind < 3)
		buf_printf(out, "]");
	return set;
}

#define N_OUTER   40
#define N_FOREIGN 60

static void fill(struct rng *r, const char *coll, const char *field, int n, unsigned int *sets)
{
	struct buf out;

	buf_init(&out, NULL);
	buf_printf(&out, "[");
	for (int i = 0; i < n; i++) {
		buf_printf(&out, "%s{'_id': %d", i ? ", " : "", i);
		sets[i] = put_random(r, &out, field);
		buf_printf(&out, "}");
	}
	buf_printf(&out, "]");
	buf_append_byte(&out, 0);
	insert_into(&db, coll, (const char *)out.data);
	buf_clear(&out);
}

static const char *join_by_hand(const unsigned int *outer, const unsigned int *foreign)
{
	struct builder b;
	struct buf buf;
	char *text;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_array_begin(&b, "d");
	for (int i = 0; i < N_OUTER; i++) {
		/* An empty array here is null. */
		unsigned int wanted = outer[i] ? outer[i] : 1 << 4;

		builder_doc_begin(&b, NULL);
		builder_i32(&b, "_id", i);
		builder_array_begin(&b, "j");
		for (int k = 0; k < N_FOREIGN; k++) {
			if (!(foreign[k] & wanted))
				continue;
			builder_doc_begin(&b, NULL);
			builder_i32(&b, "_id", k);
			builder_doc_end(&b);
		}
		builder_array_end(&b);
		builder_doc_end(&b);
	}
	builder_array_end(&b);
	builder_finish(&b);
	text = json_text(&db.h.arena, builder_view(&b));
	buf_clear(&buf);
	return text;
}

static void an_index_changes_nothing(void **state)
{
	static const char stages[] =
	    "[{'$lookup': {'from': 'f', 'localField': 'l', 'foreignField': 'x', 'as': 'j',"
	    " 'pipeline': [{'$sort': {'_id': 1}}, {'$project': {'_id': 1}}]}},"
	    " {'$sort': {'_id': 1}}, {'$project': {'j': 1}}]";
	static const char by_expression[] =
	    "[{'$lookup': {'from': 'f', 'let': {'l': '$l'}, 'as': 'j', 'pipeline':"
	    " [{'$match': {'$expr': {'$eq': ['$x', '$$l']}}}, {'$sort': {'_id': 1}}]}}]";

	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct rng r = {seed * 7919};
		unsigned int outer[N_OUTER], foreign[N_FOREIGN];
		const char *want, *without;

		database_clear(&db);
		database_init(&db, FACE_STANDALONE);
		fill(&r, "c", "l", N_OUTER, outer);
		fill(&r, "f", "x", N_FOREIGN, foreign);
		want = join_by_hand(outer, foreign);
		assert_string_equal(aggregate_run(&db, "c", stages), want);
		without = aggregate_run(&db, "c", by_expression);
		assert_code(&db,
		    "{'createIndexes': 'f', 'indexes': [{'key': {'x': 1}, 'name': 'x'}],"
		    " '$db': 'd'}",
		    0);
		assert_string_equal(aggregate_run(&db, "c", stages), want);
		assert_string_equal(aggregate_run(&db, "c", by_expression), without);
	}
}

static void an_index_is_used(void **state)
{
	struct view reply;
	int64_t keys, scans;

	insert_into(&db, "c", "[{'_id': 1, 'l': 7}, {'_id': 2, 'l': 8}]");
	insert_into(&db, "f", "[{'_id': 1, 'x': 7}, {'_id': 2, 'x': 8}, {'_id': 3, 'x': 9}]");
	assert_code(&db,
	    "{'createIndexes': 'f', 'indexes': [{'key': {'x': 1}, 'name': 'x'}], '$db': 'd'}",
	    0);
	reply =
	    harness_run(&db.h, "{'explain': {'aggregate': 'c', 'cursor': {}, 'pipeline': " JOIN(
				   "") "}, '$db': 'd'}");
	assert_true(value_to_i64(database_at(reply, "stages.1.totalKeysExamined"), &keys));
	assert_true(value_to_i64(database_at(reply, "stages.1.collectionScans"), &scans));
	assert_int_equal(keys, 2);
	assert_int_equal(scans, 0);
	assert_string_equal(
	    (const char *)value_str(database_at(reply, "stages.1.indexesUsed.0")).data, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(values_in_common, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_regular_expression_is_a_value, setup, teardown),
	    cmocka_unit_test_setup_teardown(pipelines_see_variables, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		stages_see_the_values_of_the_document, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_pipeline_of_its_own_runs_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(views_are_read_through, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_large_result, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_collection_that_goes_ends_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_changes_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_is_used, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
