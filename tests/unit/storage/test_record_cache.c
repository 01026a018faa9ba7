#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "storage/record_cache.h"

#define CAPACITY (256 * 1024) /* one stripe */

struct key {
	char text[32];
};

static struct key key_of(int n)
{
	struct key k;

	snprintf(k.text, sizeof(k.text), "key %d", n);
	return k;
}

static struct view view_of_key(const struct key *k)
{
	return view_of_str(k->text);
}

/* What record_get does when RocksDB has doc. */
static void read_through(struct record_cache *rc, int n, struct view doc)
{
	struct key k = key_of(n);
	uint64_t hash = record_cache_hash(view_of_key(&k));

	record_cache_end_read(
	    rc, view_of_key(&k), hash, doc, record_cache_begin_read(rc, hash));
}

/* Is this document there?  doc NULL: none. */
static bool has(struct record_cache *rc, int n, const char *doc)
{
	struct key k = key_of(n);
	struct view got = {NULL, 0};
	struct cached_record *r =
	    record_cache_find(rc, view_of_key(&k), record_cache_hash(view_of_key(&k)), &got);
	bool is = doc ? r && view_equal(got, view_of_str(doc)) : !r;

	record_cache_release(r);
	return is;
}

static struct record_change change_of(struct record_cache *rc, int n, const char *doc)
{
	struct key k = key_of(n);

	return (struct record_change){.hash = record_cache_hash(view_of_key(&k)),
	    .fresh = doc ? record_cache_make(rc, view_of_key(&k), view_of_str(doc)) : NULL};
}

static void keeps_what_was_read(void **state)
{
	struct record_cache *rc = record_cache_new(CAPACITY);
	struct record_cache_stats st;

	assert_true(has(rc, 1, NULL));
	read_through(rc, 1, view_of_str("one"));
	read_through(rc, 2, view_of_str(""));
	assert_true(has(rc, 1, "one"));
	assert_true(has(rc, 2, ""));
	assert_true(has(rc, 3, NULL));
	record_cache_stats(rc, &st);
	assert_int_equal(st.records, 2);
	assert_int_equal(st.hits, 2);
	assert_int_equal(st.misses, 2);
	assert_true(st.used_bytes > 0 && st.used_bytes < 1000);
	record_cache_free(rc);
}

static void a_write_replaces_or_forgets(void **state)
{
	struct record_cache *rc = record_cache_new(CAPACITY);
	struct record_change c[3];

	read_through(rc, 1, view_of_str("one"));
	read_through(rc, 2, view_of_str("two"));
	c[0] = change_of(rc, 1, "eins");
	c[1] = change_of(rc, 2, NULL);
	c[2] = change_of(rc, 3, "drei"); /* nobody had asked for it */
	record_cache_begin_write(rc, c, 3);
	assert_true(has(rc, 1, NULL));
	assert_true(has(rc, 2, NULL));
	record_cache_end_write(rc, c, 3, true);
	assert_null(c[0].fresh);
	assert_true(has(rc, 1, "eins"));
	assert_true(has(rc, 2, NULL));
	assert_true(has(rc, 3, NULL));
	record_cache_release(c[2].fresh);

	/* One that did not happen: the old state holds, and is read again. */
	c[0] = change_of(rc, 1, "uno");
	record_cache_begin_write(rc, c, 1);
	record_cache_end_write(rc, c, 1, false);
	record_cache_release(c[0].fresh);
	assert_true(has(rc, 1, NULL));
	record_cache_free(rc);
}

static void a_read_that_a_write_overtook_is_not_kept(void **state)
{
	struct record_cache *rc = record_cache_new(CAPACITY);
	struct key k = key_of(1);
	uint64_t hash = record_cache_hash(view_of_key(&k)), before, during;
	struct record_change c = change_of(rc, 1, NULL);

	before = record_cache_begin_read(rc, hash);
	record_cache_begin_write(rc, &c, 1);
	during = record_cache_begin_read(rc, hash);
	record_cache_end_read(rc, view_of_key(&k), hash, view_of_str("old"), before);
	record_cache_end_read(rc, view_of_key(&k), hash, view_of_str("old"), during);
	assert_true(has(rc, 1, NULL));
	record_cache_end_write(rc, &c, 1, true);
	record_cache_end_read(rc, view_of_key(&k), hash, view_of_str("old"), before);
	record_cache_end_read(rc, view_of_key(&k), hash, view_of_str("old"), during);
	assert_true(has(rc, 1, NULL));
	read_through(rc, 1, view_of_str("new"));
	assert_true(has(rc, 1, "new"));
	record_cache_free(rc);
}

static void what_is_lent_outlives_its_place(void **state)
{
	struct record_cache *rc = record_cache_new(CAPACITY);
	struct key k = key_of(1);
	struct record_change c = change_of(rc, 1, NULL);
	struct cached_record *r;
	struct view doc;

	read_through(rc, 1, view_of_str("lent"));
	r = record_cache_find(rc, view_of_key(&k), record_cache_hash(view_of_key(&k)), &doc);
	record_cache_begin_write(rc, &c, 1);
	record_cache_end_write(rc, &c, 1, true);
	assert_true(has(rc, 1, NULL));
	assert_true(view_equal(doc, view_of_str("lent")));
	record_cache_release(r);
	record_cache_free(rc);
}

static void stays_within_its_capacity(void **state)
{
	static const char doc[1000];
	struct record_cache *rc = record_cache_new(CAPACITY);
	struct record_cache_stats st;
	int kept = 0;

	/* Once is not enough when it is full. */
	for (int i = 0; i < 2000; i++)
		read_through(rc, i, view_of(doc, sizeof(doc)));
	record_cache_stats(rc, &st);
	assert_true(st.used_bytes <= st.capacity_bytes);
	assert_int_equal(st.capacity_bytes, CAPACITY);
	assert_true(st.records > 200 && st.records < 256);
	assert_true(has(rc, 1999, NULL));

	/* Asked for twice: it comes in, and what nobody asks for goes. */
	for (int i = 0; i < 2; i++)
		read_through(rc, 1999, view_of(doc, sizeof(doc)));
	for (int i = 0; i < 100; i++)
		(void)has(rc, i, NULL);
	for (int i = 2000; i < 2100; i++)
		for (int j = 0; j < 2; j++)
			read_through(rc, i, view_of(doc, sizeof(doc)));
	for (int i = 0; i < 100; i++)
		kept += !has(rc, i, NULL);
	assert_true(kept > 50);
	assert_false(has(rc, 2099, NULL));
	record_cache_stats(rc, &st);
	assert_true(st.used_bytes <= st.capacity_bytes);
	record_cache_free(rc);
}

static void long_documents_are_not_kept(void **state)
{
	static const char doc[RECORD_CACHE_DOC_MAX + 1];
	struct record_cache *rc = record_cache_new(128 * CAPACITY);
	struct key k = key_of(2);

	read_through(rc, 1, view_of(doc, RECORD_CACHE_DOC_MAX));
	assert_false(has(rc, 1, NULL));
	read_through(rc, 2, view_of(doc, sizeof(doc)));
	assert_true(has(rc, 2, NULL));
	assert_null(record_cache_make(rc, view_of_key(&k), view_of(doc, sizeof(doc))));
	record_cache_free(rc);
}

/* ---- threads: a store of numbers that only rise, and who reads them through
 * the cache never sees one fall, nor less than was written before he began */

enum { N_KEYS = 40, N_WRITES = 30000, N_READERS = 3 };

struct race {
	struct record_cache *rc;
	_Atomic int stored[N_KEYS], acknowledged[N_KEYS];
	_Atomic bool over, wrong;
};

static int read_number(struct race *race, int n)
{
	struct key k = key_of(n);
	uint64_t hash = record_cache_hash(view_of_key(&k)), ticket;
	struct view doc;
	struct cached_record *r = record_cache_find(race->rc, view_of_key(&k), hash, &doc);
	int number;

	if (r) {
		memcpy(&number, doc.data, sizeof(number));
		record_cache_release(r);
		return number;
	}
	ticket = record_cache_begin_read(race->rc, hash);
	number = atomic_load(&race->stored[n]);
	record_cache_end_read(
	    race->rc, view_of_key(&k), hash, view_of(&number, sizeof(number)), ticket);
	return number;
}

static void *reader(void *arg)
{
	struct race *race = arg;
	int last[N_KEYS] = {0};

	for (unsigned int i = 0; !atomic_load(&race->over); i++) {
		int n = (int)(i * 7 % N_KEYS);
		int least = atomic_load(&race->acknowledged[n]), number = read_number(race, n);

		if (number < last[n] || number < least)
			atomic_store(&race->wrong, true);
		last[n] = number;
	}
	return NULL;
}

static void nobody_sees_the_old_state_again(void **state)
{
	struct race race = {.rc = record_cache_new(CAPACITY)};
	pthread_t threads[N_READERS];

	for (int i = 0; i < N_READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &race), 0);
	for (int i = 1; i <= N_WRITES; i++) {
		int n = i * 13 % N_KEYS;
		struct key k = key_of(n);
		struct record_change c = {.hash = record_cache_hash(view_of_key(&k)),
		    .fresh = i % 3 ? record_cache_make(
					 race.rc, view_of_key(&k), view_of(&i, sizeof(i)))
				   : NULL};

		record_cache_begin_write(race.rc, &c, 1);
		atomic_store(&race.stored[n], i);
		record_cache_end_write(race.rc, &c, 1, true);
		atomic_store(&race.acknowledged[n], i);
		record_cache_release(c.fresh);
	}
	atomic_store(&race.over, true);
	for (int i = 0; i < N_READERS; i++)
		pthread_join(threads[i], NULL);
	assert_false(race.wrong);
	record_cache_free(race.rc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_what_was_read),
	    cmocka_unit_test(a_write_replaces_or_forgets),
	    cmocka_unit_test(a_read_that_a_write_overtook_is_not_kept),
	    cmocka_unit_test(what_is_lent_outlives_its_place),
	    cmocka_unit_test(stays_within_its_capacity),
	    cmocka_unit_test(long_documents_are_not_kept),
	    cmocka_unit_test(nobody_sees_the_old_state_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
