/*
 * Random measurements, and filters and sorts on their time: a range of record keys gives what
 * looking at every record gives.
 *
 * Always the same ones; a number as argument makes others.
 */
#include "support/unit.h"

#include <stdlib.h>

#include "support/query_fixture.h"
#include "support/random_value.h"

#define N_DOCS    200
#define N_FILTERS 600

static struct query_fixture fix;
static struct rng rng;
static uint64_t seed = 0x7654321;
static int n_ranges; /* how often the answer came out of one */

static int setup(void **state)
{
	rng.state = seed;
	query_fixture_init(&fix, false);
	return fixture_create_spec(&fix.ddl,
	    &(struct create_spec){.db = view_of_str("db"),
		.name = view_of_str("c"),
		.options = qf_doc(&fix, "{'timeseries': {'timeField': 't', 'metaField': 'm'}}"),
		.kind = KIND_TIMESERIES,
		.record_key = RECORD_KEY_TIME});
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

static const char *pick(const char *const *from, size_t n)
{
	return from[rng_below(&rng, (uint32_t)n)];
}

/* Few, so that they meet, and at the ends of what a date can be. */
static const char *random_date(void)
{
	static const char *const ends[] = {
	    "-9223372036854775808", "9223372036854775807", "-256", "255", "256"};

	if (rng_below(&rng, 5) == 0)
		return arena_printf(&fix.arena, "{'$date': {'$numberLong': '%s'}}",
		    pick(ends, ARRAY_LEN(ends)));
	return arena_printf(
	    &fix.arena, "{'$date': {'$numberLong': '%d'}}", (int)rng_below(&rng, 12) - 4);
}

static void insert_some(int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(
		    qf_insert(&fix,
			arena_printf(&fix.arena, "[{'_id': %d, 'm': %u, 't': %s, 'v': %u}]",
			    i % 50, rng_below(&rng, 4), random_date(), rng_below(&rng, 4))),
		    0);
}

/* What may be beside a date in a predicate. */
static const char *random_operand(void)
{
	static const char *const others[] = {
	    "5", "null", "'x'", "{'$timestamp': {'t': 1, 'i': 1}}", "{'$minKey': 1}", "[]"};

	return rng_below(&rng, 6) ? random_date() : pick(others, ARRAY_LEN(others));
}

static const char *random_predicate(void)
{
	static const char *const operators[] = {"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"};
	static const char *const fixed[] = {"{'$exists': true}", "{'$exists': false}",
	    "{'$in': []}", "{'$mod': [2, 0]}", "{'$not': {'$exists': false}}"};

	switch (rng_below(&rng, 8)) {
	case 0:
		return pick(fixed, ARRAY_LEN(fixed));
	case 1:
		return arena_printf(&fix.arena, "{'$in': [%s, %s, %s]}", random_operand(),
		    random_operand(), random_operand());
	case 2:
		return arena_printf(
		    &fix.arena, "{'$nin': [%s, %s]}", random_operand(), random_operand());
	case 3:
		return arena_printf(&fix.arena, "{'$not': {'%s': %s}}",
		    pick(operators, ARRAY_LEN(operators)), random_operand());
	case 4:
	case 5:
		return arena_printf(&fix.arena, "{'%s': %s, '%s': %s}", pick(operators, 3),
		    random_operand(), pick(operators + 3, 2), random_operand());
	default:
		return arena_printf(&fix.arena, "{'%s': %s}",
		    pick(operators, ARRAY_LEN(operators)), random_operand());
	}
}

static const char *random_filter(int depth)
{
	static const char *const all[] = {"$and", "$or", "$nor"};

	if (depth && rng_below(&rng, 4) == 0)
		return arena_printf(&fix.arena, "{'%s': [%s, %s]}", pick(all, ARRAY_LEN(all)),
		    random_filter(depth - 1), random_filter(depth - 1));
	if (rng_below(&rng, 3) == 0)
		return arena_printf(
		    &fix.arena, "{'m': %u, 't': %s}", rng_below(&rng, 4), random_predicate());
	return arena_printf(&fix.arena, "{'t': %s}", random_predicate());
}

/* The order of those of one time is nobody's business. */
static void compare(const char *filter, const char *sort, const char *projection)
{
	const char *find = arena_printf(&fix.arena,
	    "{'filter': %s, 'sort': %s, 'projection': %s}", filter, sort, projection);
	const char *plain = arena_printf(&fix.arena,
	    "{'filter': %s, 'sort': %s, 'projection': %s, 'hint': {'$natural': 1}}", filter,
	    sort, projection);
	const char *want = qf_find(&fix, plain);
	struct query_spec spec = qf_spec(&fix, find);
	const char *got = qf_find_spec(&fix, &spec, (int)rng_below(&rng, 4));

	assert_non_null(want);
	assert_non_null(got);
	n_ranges += strstr(fix.summary, "CLUSTERED_IXSCAN") != NULL;
	if (strcmp(got, want) != 0)
		fail_msg("%s by %s:\n%s\nnot\n%s", find, fix.summary, got, want);
}

static void try_filters(int n)
{
	for (int i = 0; i < n; i++) {
		const char *filter = random_filter(2);
		int direction = rng_below(&rng, 2) ? 1 : -1;

		compare(filter,
		    arena_printf(&fix.arena, "{'t': %d, '_id': 1, 'm': 1, 'v': 1}", direction),
		    "{'t': 1}");
		compare(filter, arena_printf(&fix.arena, "{'t': %d}", direction),
		    "{'t': 1, '_id': 0}");
	}
}

static void ranges_give_what_records_give(void **state)
{
	insert_some(N_DOCS);
	try_filters(N_FILTERS);
	assert_true(n_ranges > N_FILTERS / 4);
}

/* The same with indexes, over documents and from the beginning. */
static void and_so_do_indexes(void **state)
{
	assert_int_equal(qf_create_index(&fix, "{'name': 'mt', 'key': {'m': 1, 't': 1}}"), 0);
	insert_some(N_DOCS);
	assert_int_equal(qf_create_index(&fix, "{'name': 't', 'key': {'t': -1}}"), 0);
	assert_int_equal(qf_create_index(&fix, "{'name': 'v', 'key': {'v': 1}}"), 0);
	qf_check_indexes(&fix);
	try_filters(N_FILTERS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(ranges_give_what_records_give, setup, teardown),
	    cmocka_unit_test_setup_teardown(and_so_do_indexes, setup, teardown),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
