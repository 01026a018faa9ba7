#include "support/unit.h"

#include <pthread.h>
#include <stdio.h>

#include "query/plan_cache.h"
#include "util/clock.h"

#define CAPACITY (1024 * 1024)

static struct plan_cache_key key_of(const char *shape)
{
	return (struct plan_cache_key){
	    .table_id = 7, .version = 3, .shape = view_of_str(shape)};
}

static struct plan_cache_plan plan_of(const char *choice)
{
	return (struct plan_cache_plan){
	    .choice = view_of_str(choice), .shape_hash = "0A0A0A0A", .key_hash = "0B0B0B0B"};
}

static void put(
    struct plan_cache *pc, struct plan_cache_key key, const char *choice, int64_t works)
{
	struct plan_cache_plan plan = plan_of(choice);

	plan_cache_put(pc, &key, &plan, works);
}

/* NULL: no active entry. */
static const char *find(struct plan_cache *pc, struct plan_cache_key key)
{
	static char text[64];
	struct view choice;
	struct arena a;
	int64_t works;
	bool found;

	arena_init(&a, NULL);
	found = plan_cache_find(pc, &key, &a, &choice, &works);
	if (found) {
		assert_true(choice.len < sizeof(text));
		memcpy(text, choice.data, choice.len);
		text[choice.len] = '\0';
		assert_true(works > 0);
	}
	arena_clear(&a);
	return found ? text : NULL;
}

static struct plan_cache_entry *list(
    struct plan_cache *pc, uint64_t version, struct arena *a, int *n)
{
	struct plan_cache_entry *entries;

	*n = 0;
	assert_true(plan_cache_list(pc, 7, version, a, &entries));
	for (struct plan_cache_entry *e = entries; e; e = e->next)
		++*n;
	return entries;
}

static int count(struct plan_cache *pc)
{
	struct arena a;
	int n;

	arena_init(&a, NULL);
	list(pc, 3, &a, &n);
	arena_clear(&a);
	return n;
}

static int64_t works_of_only(struct plan_cache *pc)
{
	struct plan_cache_entry *e;
	struct arena a;
	int64_t works;
	int n;

	arena_init(&a, NULL);
	e = list(pc, 3, &a, &n);
	assert_int_equal(n, 1);
	works = e->works;
	arena_clear(&a);
	return works;
}

static void becomes_active(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key key = key_of("a");

	assert_null(find(pc, key));
	put(pc, key, "first", 10);
	assert_null(find(pc, key));
	put(pc, key, "second", 10);
	assert_string_equal(find(pc, key), "second");
	/* Active: only what costs less takes its place. */
	put(pc, key, "dearer", 11);
	assert_string_equal(find(pc, key), "second");
	assert_int_equal(works_of_only(pc), 10);
	put(pc, key, "cheaper", 4);
	assert_string_equal(find(pc, key), "cheaper");
	assert_int_equal(works_of_only(pc), 4);
	plan_cache_free(pc);
}

static void dearer_runs_raise_the_bar(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key key = key_of("a");

	put(pc, key, "x", 10);
	put(pc, key, "x", 100);
	assert_null(find(pc, key));
	assert_int_equal(works_of_only(pc), 20);
	put(pc, key, "x", 100);
	put(pc, key, "x", 100);
	put(pc, key, "x", 100);
	assert_null(find(pc, key));
	assert_int_equal(works_of_only(pc), 160);
	put(pc, key, "x", 100);
	assert_non_null(find(pc, key));
	assert_int_equal(works_of_only(pc), 100);
	plan_cache_free(pc);
}

static void bad_runs_end_it(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key key = key_of("a");
	struct plan_cache_stats stats;

	put(pc, key, "x", 10);
	/* An inactive one is nobody's promise. */
	assert_true(plan_cache_note(pc, &key, 1000));
	put(pc, key, "x", 10);
	assert_true(plan_cache_note(pc, &key, 100));
	assert_non_null(find(pc, key));
	assert_false(plan_cache_note(pc, &key, 101));
	assert_null(find(pc, key));
	assert_true(plan_cache_note(pc, &key, 101));
	plan_cache_stats(pc, &stats);
	assert_int_equal(stats.replanned, 1);
	assert_int_equal(stats.hits, 1);
	assert_int_equal(stats.misses, 1);
	assert_int_equal(stats.entries, 1);
	/* And it may come back. */
	put(pc, key, "y", 9);
	assert_string_equal(find(pc, key), "y");
	plan_cache_free(pc);
}

static void keys_are_compared_whole(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key key = key_of("a"), other;

	put(pc, key, "x", 1);
	put(pc, key, "x", 1);
	other = key_of("b");
	assert_null(find(pc, other));
	other = key;
	other.table_id = 8;
	assert_null(find(pc, other));
	other = key;
	other.restriction = 1;
	assert_null(find(pc, other));
	other = key;
	other.rest = view_of_str("a");
	assert_null(find(pc, other));
	assert_non_null(find(pc, key));
	plan_cache_free(pc);
}

static void ddl_makes_it_stale(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key old = key_of("a"), key = old;
	struct plan_cache_stats stats;
	struct arena a;
	int n;

	key.version = 4;
	put(pc, old, "old", 1);
	put(pc, old, "old", 1);
	arena_init(&a, NULL);
	list(pc, 4, &a, &n);
	assert_int_equal(n, 0);
	assert_null(find(pc, key));
	plan_cache_stats(pc, &stats);
	assert_int_equal(stats.entries, 0);
	assert_int_equal(stats.bytes, 0);
	put(pc, key, "new", 9);
	put(pc, key, "new", 9);
	/* A query that began before ends now. */
	put(pc, old, "old", 1);
	assert_true(plan_cache_note(pc, &old, 1000));
	assert_null(find(pc, old));
	assert_string_equal(find(pc, key), "new");
	list(pc, 4, &a, &n);
	assert_int_equal(n, 1);
	arena_clear(&a);
	plan_cache_free(pc);
}

static void clears(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key a = key_of("a"), also_a = a, b = key_of("b"), elsewhere = a;
	struct plan_cache_stats stats;

	also_a.rest = view_of_str("partial");
	elsewhere.table_id = 8;
	put(pc, a, "x", 1);
	put(pc, also_a, "x", 1);
	put(pc, b, "x", 1);
	put(pc, elsewhere, "x", 1);
	assert_int_equal(count(pc), 3);
	plan_cache_clear_shape(pc, 7, view_of_str("c"));
	assert_int_equal(count(pc), 3);
	plan_cache_clear_shape(pc, 7, view_of_str("a"));
	assert_int_equal(count(pc), 1);
	plan_cache_clear(pc, 7);
	assert_int_equal(count(pc), 0);
	plan_cache_stats(pc, &stats);
	assert_int_equal(stats.entries, 1);
	plan_cache_free(pc);
}

static void lists_what_was_put(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct plan_cache_key key = key_of("a");
	struct plan_cache_plan plan = plan_of("x");
	int64_t before = clock_wall_ms();
	struct plan_cache_entry *e;
	struct arena a;
	int n;

	plan.index_filter = true;
	plan.query = view_of_str("query");
	plan.scores = view_of_str("scores");
	plan_cache_put(pc, &key, &plan, 5);
	arena_init(&a, NULL);
	e = list(pc, 3, &a, &n);
	plan_cache_free(pc);
	assert_int_equal(n, 1);
	assert_false(e->active);
	assert_int_equal(e->works, 5);
	assert_true(e->created_ms >= before);
	assert_true(e->bytes > (int64_t)strlen("xqueryscores"));
	assert_true(e->plan.index_filter);
	assert_string_equal(e->plan.shape_hash, "0A0A0A0A");
	assert_string_equal(e->plan.key_hash, "0B0B0B0B");
	assert_true(view_equal(e->plan.choice, view_of_str("x")));
	assert_true(view_equal(e->plan.query, view_of_str("query")));
	assert_true(view_equal(e->plan.scores, view_of_str("scores")));
	assert_int_equal(e->plan.sort.len, 0);
	arena_clear(&a);
}

/* What is asked for outlives many that are not; past half of the bytes only what
 * planning needs is kept; nothing is larger than a stripe. */
static void is_bounded(void **state)
{
	struct plan_cache *pc = plan_cache_new(64 * 1024);
	struct plan_cache_key key = key_of("wanted");
	static uint8_t large[128 * 1024];
	struct plan_cache_plan plan = plan_of("x");
	struct plan_cache_stats stats;
	struct plan_cache_entry *e;
	int n, n_whole = 0;
	struct arena a;
	char shape[32];

	put(pc, key, "wanted", 1);
	put(pc, key, "wanted", 1);
	plan.query = view_of(large, 1000);
	for (int i = 0; i < 5000; i++) {
		struct plan_cache_key other;

		snprintf(shape, sizeof(shape), "%d", i);
		other = key_of(shape);
		plan_cache_put(pc, &other, &plan, 1);
		assert_non_null(find(pc, key));
		plan_cache_stats(pc, &stats);
		assert_true(stats.bytes <= 64 * 1024);
	}
	assert_true(stats.entries > 10 && stats.entries < 5000);
	arena_init(&a, NULL);
	for (e = list(pc, 3, &a, &n); e; e = e->next)
		n_whole += e->plan.query.len == 1000;
	assert_true(n_whole < n);
	arena_clear(&a);
	plan.choice = view_of(large, sizeof(large));
	key = key_of("large");
	plan_cache_put(pc, &key, &plan, 1);
	plan_cache_put(pc, &key, &plan, 1);
	assert_null(find(pc, key));
	plan_cache_free(pc);
}

struct hammering {
	struct plan_cache *pc;
	unsigned int seed;
	int wrong;
};

static void *hammer(void *arg)
{
	struct hammering *h = arg;
	unsigned int x = h->seed;

	for (int i = 0; i < 20000; i++) {
		struct plan_cache_key key;
		struct view choice;
		char shape[2] = {0};
		struct arena a;
		int64_t works;

		x = x * 1103515245 + 12345;
		shape[0] = (char)('a' + (x >> 16) % 16);
		key = key_of(shape);
		arena_init(&a, NULL);
		if (plan_cache_find(h->pc, &key, &a, &choice, &works))
			/* A choice is of its own shape, always. */
			h->wrong += !view_equal(choice, view_of_str(shape));
		else
			put(h->pc, key, shape, 1 + (x >> 8) % 4);
		if ((x >> 20) % 64 == 0)
			plan_cache_note(h->pc, &key, 1000);
		if ((x >> 12) % 512 == 0)
			plan_cache_clear_shape(h->pc, 7, key.shape);
		arena_clear(&a);
	}
	return NULL;
}

static void threads(void **state)
{
	struct plan_cache *pc = plan_cache_new(CAPACITY);
	struct hammering h[4];
	pthread_t t[4];
	struct plan_cache_stats stats;

	for (unsigned int i = 0; i < 4; i++) {
		h[i] = (struct hammering){.pc = pc, .seed = i + 1};
		assert_int_equal(pthread_create(&t[i], NULL, hammer, &h[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(h[i].wrong, 0);
	}
	plan_cache_stats(pc, &stats);
	assert_int_equal(stats.hits + stats.misses, 4 * 20000);
	assert_true(stats.hits > 0);
	assert_true(stats.entries <= 16);
	plan_cache_free(pc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(becomes_active),
	    cmocka_unit_test(dearer_runs_raise_the_bar),
	    cmocka_unit_test(bad_runs_end_it),
	    cmocka_unit_test(keys_are_compared_whole),
	    cmocka_unit_test(ddl_makes_it_stale),
	    cmocka_unit_test(clears),
	    cmocka_unit_test(lists_what_was_put),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
