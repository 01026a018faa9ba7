/*
 * $graphLookup: what is reached, how deep, and what is refused; against a search by
 * hand, with and without an index.
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

#define GRAPH(more)                                                                            \
	"{'$graphLookup': {'from': 'f', 'startWith': '$s', 'connectFromField': 'to',"          \
	" 'connectToField': '_id', 'as': 'g'" more "}}"

static void what_is_reached(void **state)
{
	insert_into(&db, "f",
	    "[{'_id': 1, 'to': 2}, {'_id': 2, 'to': [3, 4]}, {'_id': 3, 'to': 1}, {'_id': 4}]");
	insert_into(&db, "c",
	    "[{'_id': 1, 's': 1}, {'_id': 2, 's': [4, 3]}, {'_id': 3, 's': 9}, {'_id': 4}]");
	gives_from(&db, "c", "[" GRAPH("") ", {'$project': {'g._id': 1}}]",
	    "[{'_id': 1, 'g': [{'_id': 1}, {'_id': 2}, {'_id': 3}, {'_id': 4}]},"
	    " {'_id': 2, 'g': [{'_id': 3}, {'_id': 4}, {'_id': 1}, {'_id': 2}]},"
	    " {'_id': 3, 'g': []}, {'_id': 4, 'g': []}]");
	gives_from(&db, "c", "[{'$limit': 1}, " GRAPH(", 'maxDepth': 0") "]",
	    "[{'_id': 1, 's': 1, 'g': [{'_id': 1, 'to': 2}]}]");
	gives_from(&db, "c",
	    "[{'$limit': 1}, " GRAPH(
		", 'maxDepth': 2, 'depthField': 'd.e'") ", {'$project': {'g.to': 0}}]",
	    "[{'_id': 1, 's': 1, 'g': [{'_id': 1, 'd': {'e': {'$numberLong': '0'}}},"
	    " {'_id': 2, 'd': {'e': {'$numberLong': '1'}}},"
	    " {'_id': 3, 'd': {'e': {'$numberLong': '2'}}},"
	    " {'_id': 4, 'd': {'e': {'$numberLong': '2'}}}]}]");
	gives_from(&db, "c",
	    "[{'$limit': 1}, " GRAPH(", 'restrictSearchWithMatch': {'_id': {'$ne': 2}}") "]",
	    "[{'_id': 1, 's': 1, 'g': [{'_id': 1, 'to': 2}]}]");
}

static void of_views(void **state)
{
	insert_into(&db, "f", "[{'_id': 1, 'to': 2}, {'_id': 2, 'to': 3, 'x': 1}, {'_id': 3}]");
	insert_into(&db, "c", "[{'_id': 1, 's': 1}]");
	assert_code(&db,
	    "{'create': 'v', 'viewOn': 'f', 'pipeline': [{'$match': {'x': null}}], '$db': 'd'}",
	    0);
	gives_from(&db, "c",
	    "[{'$graphLookup': {'from': 'v', 'startWith': '$s', 'connectFromField': 'to',"
	    " 'connectToField': '_id', 'as': 'g'}}]",
	    "[{'_id': 1, 's': 1, 'g': [{'_id': 1, 'to': 2}]}]");
}

static void refused(void **state)
{
	static const struct code_case cases[] = {
	    {"{'$graphLookup': 1}", 40327},
	    {"{'$graphLookup': {'from': 'f'}}", 40105},
	    {GRAPH(", 'x': 1"), 40104},
	    {GRAPH(", 'maxDepth': 'a'"), 40100},
	    {GRAPH(", 'maxDepth': -1"), 40101},
	    {GRAPH(", 'maxDepth': 1.5"), 40102},
	    {GRAPH(", 'depthField': 1"), 40103},
	    {GRAPH(", 'restrictSearchWithMatch': 1"), 40185},
	    {"{'$graphLookup': {'from': {'db': 'd', 'coll': 'f'}, 'startWith': 1,"
	     " 'connectFromField': 'a', 'connectToField': 'b', 'as': 'g'}}",
		9},
	    {"{'$graphLookup': {'from': 'f', 'startWith': '$$x',"
	     " 'connectFromField': 'a', 'connectToField': 'b', 'as': 'g'}}",
		17276},
	    {"{'$graphLookup': {'from': 'f', 'startWith': 1,"
	     " 'connectFromField': '$a', 'connectToField': 'b', 'as': 'g'}}",
		16410},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		fails_from(
		    &db, "c", arena_printf(&db.h.arena, "[%s]", cases[i].json), cases[i].code);
	insert_into(&db, "c", "[{'_id': 1, 's': 1}]");
	insert_into(&db, "f", "[{'_id': 1}]");
	assert_code(&db,
	    "{'create': 'v', 'viewOn': 'f', 'pipeline': [{'$set': {'k': '$_id'}},"
	    " {'$unset': '_id'}], '$db': 'd'}",
	    0);
	fails_from(&db, "c",
	    "[{'$graphLookup': {'from': 'v', 'startWith': '$s', 'connectFromField': 'k',"
	    " 'connectToField': 'k', 'as': 'g'}}]",
	    40271);
}

/* ------------------------------------------------- against a search by hand */

#define N 40

/* Edges: bit k of to[i]: node i leads to node k. */
static void fill(struct rng *r, uint64_t *to)
{
	struct buf out;

	buf_init(&out, NULL);
	for (int i = 0; i < N; i++) {
		uint32_t n = rng_below(r, 3);

		to[i] = 0;
		buf_printf(&out, "%s{'_id': %d, 'n': %d, 'to': [", i ? ", " : "[", i, i);
		for (uint32_t k = 0; k < n; k++) {
			uint32_t other = rng_below(r, N);

			to[i] |= 1ull << other;
			buf_printf(&out, "%s%u", k ? ", " : "", other);
		}
		buf_printf(&out, "]}");
	}
	buf_printf(&out, "]");
	buf_append_byte(&out, 0);
	insert_into(&db, "f", (const char *)out.data);
	buf_clear(&out);
}

/* What is reached from node i within so many steps. */
static uint64_t search_by_hand(const uint64_t *to, int i, int steps)
{
	uint64_t reached = 0, front = 1ull << i;

	for (; front && steps >= 0; steps--) {
		uint64_t next = 0;

		reached |= front;
		for (int k = 0; k < N; k++)
			if (front >> k & 1)
				next |= to[k];
		front = next & ~reached;
	}
	return reached;
}

static void check_against(const uint64_t *to, int depth)
{
	struct view reply = harness_run(&db.h,
	    aggregate_command(&db, "f",
		arena_printf(&db.h.arena,
		    "[{'$graphLookup': {'from': 'f', 'startWith': '$n', 'connectFromField': "
		    "'to', 'connectToField': 'n', 'maxDepth': %d, 'as': 'g'}},"
		    " {'$project': {'g._id': 1}}]",
		    depth)));
	struct doc_iter it = doc_iter(value_doc(database_at(reply, "cursor.firstBatch")));
	struct element e;
	int i = 0;

	while (doc_next(&it, &e)) {
		struct doc_iter found = doc_iter(value_doc(doc_get(value_doc(e.value), "g")));
		uint64_t reached = 0;
		struct element f;

		while (doc_next(&found, &f)) {
			uint64_t bit = 1ull
				       << read_i32(doc_get(value_doc(f.value), "_id").data);

			assert_false(reached & bit);
			reached |= bit;
		}
		assert_true(reached == search_by_hand(to, i, depth));
		i++;
	}
	assert_int_equal(i, N);
}

static void an_index_changes_nothing(void **state)
{
	uint64_t to[N];

	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct rng r = {seed * 104729};

		database_clear(&db);
		database_init(&db, FACE_STANDALONE);
		fill(&r, to);
		check_against(to, 2);
		assert_code(&db,
		    "{'createIndexes': 'f', 'indexes': [{'key': {'n': 1}, 'name': 'n'}], "
		    "'$db': "
		    "'d'}",
		    0);
		check_against(to, 2);
		check_against(to, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_reached, setup, teardown),
	    cmocka_unit_test_setup_teardown(of_views, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_index_changes_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
