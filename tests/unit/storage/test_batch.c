#include "support/unit.h"

#include "storage/iter.h"
#include "storage/record.h"
#include "support/store_fixture.h"
#include "util/arena.h"

static void insert(struct batch *b, struct fake_collection *c, uint64_t id, size_t pad)
{
	struct fake_key key;
	struct view doc;
	struct buf buf;

	buf_init(&buf, NULL);
	doc = fake_doc(&buf, (int64_t)id, pad);
	batch_insert(b, &c->c, fake_key(&key, id), doc_get(doc, "_id"), doc);
	buf_clear(&buf);
}

static int get_tier(struct store *s, struct fake_collection *c, uint64_t id,
    const struct snapshot *snap, enum read_tier tier)
{
	struct fake_key key;
	struct pinned p;
	struct status st;
	int64_t found = -1;
	int r;

	status_init(&st);
	r = record_get(s, snap, &c->c, fake_key(&key, id), tier, &p, &st);
	if (r == 0) {
		assert_true(value_to_i64(doc_get(p.bytes, "_id"), &found));
		assert_int_equal(found, (int64_t)id);
		pinned_release(&p);
	}
	assert_int_equal(st.code, 0);
	return r;
}

static int get(struct store *s, struct fake_collection *c, uint64_t id)
{
	return get_tier(s, c, id, NULL, READ_ANY);
}

static void all_of_a_batch_or_nothing(void **state)
{
	struct fake_collection c, other;
	struct store_fixture f;
	struct commit commit;
	struct batch *b;

	fixture_init(&f);
	fake_collection_init(&c, 10);
	fake_collection_init(&other, 11);
	b = batch_new(f.store, NULL);
	assert_true(batch_is_empty(b));
	insert(b, &c, 1, 10);
	insert(b, &c, 2, 10);
	insert(b, &other, 1, 10);
	assert_false(batch_is_empty(b));
	assert_int_equal(get(f.store, &c, 1), ERR_ABSENT);
	fixture_commit(f.store, b, &commit);
	assert_true(commit.sequence > 0 && commit.cluster_time > 0);
	assert_int_equal(get(f.store, &c, 1), 0);
	assert_int_equal(get(f.store, &c, 2), 0);
	assert_int_equal(get(f.store, &other, 1), 0);
	assert_int_equal(get(f.store, &other, 2), ERR_ABSENT);
	assert_int_equal(c.live.documents, 2);
	assert_int_equal(other.live.documents, 1);
	batch_free(b);
	fixture_clear(&f);
}

static int refuse(struct commit *c, struct status *st)
{
	return status_set(st, ERR_WRITE_CONFLICT, "%s", (const char *)c->check_arg);
}

static void a_check_that_refuses_leaves_nothing(void **state)
{
	char reason[] = "not now";
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 10);
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 10);
	commit_init(&commit, b);
	commit.check = refuse;
	commit.check_arg = reason;
	assert_int_equal(commit_blocking(f.store, &commit, &st), ERR_WRITE_CONFLICT);
	assert_string_equal(st.message, "not now");
	assert_int_equal(get(f.store, &c, 1), ERR_ABSENT);
	assert_int_equal(c.live.documents, 0);
	status_clear(&st);
	batch_free(b);
	fixture_clear(&f);
}

static void a_full_account_fails_the_commit(void **state)
{
	struct memory_account account;
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 10);
	memory_account_init(&account, NULL, 64 * 1024);
	b = batch_new(f.store, &account);
	for (uint64_t i = 0; i < 100; i++)
		insert(b, &c, i, 1000);
	commit_init(&commit, b);
	assert_int_equal(commit_blocking(f.store, &commit, &st), ERR_EXCEEDED_MEMORY_LIMIT);
	assert_int_equal(get(f.store, &c, 0), ERR_ABSENT);
	batch_free(b);
	assert_int_equal(account.used_bytes, 0);
	status_clear(&st);
	fixture_clear(&f);
}

static void counters_follow(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct fake_key key;
	struct buf x, y;
	struct batch *b;

	fixture_init(&f);
	fake_collection_init(&c, 10);
	buf_init(&x, NULL);
	buf_init(&y, NULL);
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 100);
	insert(b, &c, 2, 100);
	fixture_commit(f.store, b, &commit);
	assert_int_equal(c.live.bytes, 2 * fake_doc(&x, 1, 100).len);
	batch_reset(b);
	batch_replace(b, &c.c, fake_key(&key, 1), value_missing, fake_doc(&x, 1, 100),
	    fake_doc(&y, 1, 300), view_of(NULL, 0));
	batch_remove(b, &c.c, fake_key(&key, 2), doc_get(buf_view(&x), "_id"), buf_view(&x));
	fixture_commit(f.store, b, &commit);
	assert_int_equal(c.live.documents, 1);
	assert_int_equal(c.live.bytes, y.len);
	batch_reset(b);
	batch_remove_records(b, &c.c);
	fixture_commit(f.store, b, &commit);
	assert_int_equal(c.live.documents, 0);
	assert_int_equal(c.live.bytes, 0);
	assert_int_equal(get(f.store, &c, 1), ERR_ABSENT);
	batch_free(b);
	buf_clear(&x);
	buf_clear(&y);
	fixture_clear(&f);
}

static void fill(struct store *s, struct fake_collection *c, uint64_t from, uint64_t to)
{
	struct batch *b = batch_new(s, NULL);
	struct commit commit;

	for (uint64_t i = from; i < to; i++)
		insert(b, c, i, 20);
	fixture_commit(s, b, &commit);
	batch_free(b);
}

static uint64_t id_of(struct view key)
{
	uint64_t be;

	assert_int_equal(key.len, 8);
	memcpy(&be, key.data, 8);
	return be64toh(be);
}

/* Walks all that there is and checks that it is from, from + step, ... n times. */
static void check_walk(struct store *s, struct fake_collection *c, struct iter_options o,
    uint64_t from, int64_t step, int n)
{
	struct status st;
	struct iter *it;
	int r, count = 0;

	status_init(&st);
	it = iter_open_records(s, &c->c, &o);
	assert_non_null(it);
	for (r = iter_first(it, &st); r == 0; r = iter_next(it, &st)) {
		assert_int_equal(id_of(iter_key(it)), from + (uint64_t)(step * count));
		count++;
	}
	assert_int_equal(r, ERR_ABSENT);
	assert_int_equal(count, n);
	iter_close(it);
}

static void iterators_keep_to_their_bounds(void **state)
{
	struct fake_collection before, c, after;
	struct fake_key low, high;
	struct store_fixture f;

	fixture_init(&f);
	fake_collection_init(&before, 10);
	fake_collection_init(&c, 11);
	fake_collection_init(&after, 12);
	fill(f.store, &before, 0, 10);
	fill(f.store, &c, 0, 100);
	fill(f.store, &after, 0, 10);
	for (int flushed = 0; flushed < 2; flushed++) {
		struct status st;
		struct iter_options o = {.tier = READ_ANY};

		status_init(&st);
		check_walk(f.store, &c, o, 0, 1, 100);
		o.reverse = true;
		check_walk(f.store, &c, o, 99, -1, 100);
		o.lower = fake_key(&low, 20);
		check_walk(f.store, &c, o, 99, -1, 80);
		o.upper = fake_key(&high, 30);
		check_walk(f.store, &c, o, 29, -1, 10);
		o.reverse = false;
		check_walk(f.store, &c, o, 20, 1, 10);
		o.lower = view_of(NULL, 0);
		check_walk(f.store, &c, o, 0, 1, 30);
		o.upper = fake_key(&high, 0);
		check_walk(f.store, &c, o, 0, 1, 0);
		assert_int_equal(store_sync_now(f.store, true, &st), 0);
	}
	fixture_clear(&f);
}

static void seeks_both_ways(void **state)
{
	struct iter_options o = {.tier = READ_ANY};
	struct fake_collection c, next;
	struct store_fixture f;
	struct fake_key key;
	struct status st;
	struct iter *it;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 11);
	fake_collection_init(&next, 12);
	fill(f.store, &c, 10, 20);
	fill(f.store, &c, 30, 40);
	fill(f.store, &next, 0, 5);
	it = iter_open_records(f.store, &c.c, &o);
	assert_int_equal(iter_seek(it, fake_key(&key, 20), &st), 0);
	assert_int_equal(id_of(iter_key(it)), 30);
	assert_int_equal(iter_seek(it, fake_key(&key, 40), &st), ERR_ABSENT);
	assert_int_equal(iter_seek(it, view_of(NULL, 0), &st), 0);
	assert_int_equal(id_of(iter_key(it)), 10);
	iter_close(it);
	o.reverse = true;
	it = iter_open_records(f.store, &c.c, &o);
	assert_int_equal(iter_seek(it, fake_key(&key, 25), &st), 0);
	assert_int_equal(id_of(iter_key(it)), 19);
	assert_int_equal(iter_seek(it, fake_key(&key, 30), &st), 0);
	assert_int_equal(id_of(iter_key(it)), 30);
	assert_int_equal(iter_seek(it, fake_key(&key, 9), &st), ERR_ABSENT);
	iter_close(it);
	fixture_clear(&f);
}

static void cached_reads_do_not_wait(void **state)
{
	struct iter_options o = {.tier = READ_CACHED};
	struct fake_collection c;
	struct store_fixture f;
	struct status st;
	struct iter *it;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 11);
	fill(f.store, &c, 0, 1000);
	assert_int_equal(get_tier(f.store, &c, 5, NULL, READ_CACHED), 0);
	assert_int_equal(store_sync_now(f.store, true, &st), 0);
	fixture_reopen(&f); /* an empty cache */
	assert_int_equal(get_tier(f.store, &c, 5, NULL, READ_CACHED), ERR_WOULD_BLOCK);
	it = iter_open_records(f.store, &c.c, &o);
	assert_int_equal(iter_first(it, &st), ERR_WOULD_BLOCK);
	iter_close(it);
	assert_int_equal(get_tier(f.store, &c, 5, NULL, READ_ANY), 0);
	assert_int_equal(get_tier(f.store, &c, 5, NULL, READ_CACHED), 0);
	fixture_clear(&f);
}

static void snapshots_see_one_state(void **state)
{
	struct fake_collection c;
	struct snapshot *snap;
	struct store_fixture f;

	fixture_init(&f);
	fake_collection_init(&c, 11);
	fill(f.store, &c, 0, 10);
	snap = snapshot_take(f.store);
	fill(f.store, &c, 10, 20);
	assert_int_equal(get_tier(f.store, &c, 15, snap, READ_ANY), ERR_ABSENT);
	assert_int_equal(get_tier(f.store, &c, 5, snap, READ_ANY), 0);
	assert_int_equal(get(f.store, &c, 15), 0);
	check_walk(
	    f.store, &c, (struct iter_options){.snap = snap, .tier = READ_ANY}, 0, 1, 10);
	assert_true(snapshot_time(snap) < store_cluster_time(f.store));
	snapshot_release(snap);
	fixture_clear(&f);
}

static void rows_and_entries(void **state)
{
	struct index ix = {.id = 5, .state = INDEX_READY};
	struct index neighbour = {.id = 6, .state = INDEX_READY};
	struct view row, key = view_of_str("k");
	struct store_fixture f;
	struct commit commit;
	struct pinned p;
	struct status st;
	struct batch *b;
	struct arena a;

	status_init(&st);
	arena_init(&a, NULL);
	fixture_init(&f);
	assert_int_equal(store_family_take(f.store, &ix.family, &st), 0);
	neighbour.family = family_ref(ix.family);
	b = batch_new(f.store, NULL);
	batch_put_row(b, TABLE_SESSION, key, view_of_str("row"));
	batch_put_entry(b, &ix, key, view_of_str("entry"));
	batch_put_entry(b, &neighbour, key, view_of_str("other"));
	fixture_commit(f.store, b, &commit);
	assert_int_equal(row_get(f.store, TABLE_SESSION, key, READ_ANY, &a, &row, &st), 0);
	assert_memory_equal(row.data, "row", 3);
	assert_int_equal(
	    row_get(f.store, TABLE_INDEX, key, READ_ANY, &a, &row, &st), ERR_ABSENT);
	assert_int_equal(entry_get(f.store, NULL, &ix, key, READ_ANY, &p, &st), 0);
	assert_memory_equal(p.bytes.data, "entry", 5);
	pinned_release(&p);
	batch_reset(b);
	batch_remove_row(b, TABLE_SESSION, key);
	batch_remove_index(b, &ix);
	fixture_commit(f.store, b, &commit);
	assert_int_equal(
	    row_get(f.store, TABLE_SESSION, key, READ_ANY, &a, &row, &st), ERR_ABSENT);
	assert_int_equal(entry_get(f.store, NULL, &ix, key, READ_ANY, &p, &st), ERR_ABSENT);
	assert_int_equal(entry_get(f.store, NULL, &neighbour, key, READ_ANY, &p, &st), 0);
	pinned_release(&p);
	batch_free(b);
	family_unref(ix.family);
	family_unref(neighbour.family);
	arena_clear(&a);
	fixture_clear(&f);
}

static void ranges_have_sizes(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct status st;
	uint8_t from[8] = {0, 0, 0, 3, 0, 0, 0, 11}, to[8] = {0, 0, 0, 3, 0, 0, 0, 12};
	int64_t bytes;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 11);
	for (uint64_t i = 0; i < 20; i++)
		fill(f.store, &c, i * 1000, i * 1000 + 1000);
	assert_int_equal(store_sync_now(f.store, true, &st), 0);
	bytes = store_range_bytes(
	    f.store, store_family_documents(f.store), view_of(from, 8), view_of(to, 8));
	assert_true(bytes > 50000 && bytes < 20000 * 100);
	assert_int_equal(store_range_bytes(f.store, store_family_documents(f.store),
			     view_of(to, 8), view_of("\xFF", 1)),
	    0);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_of_a_batch_or_nothing),
	    cmocka_unit_test(a_check_that_refuses_leaves_nothing),
	    cmocka_unit_test(a_full_account_fails_the_commit),
	    cmocka_unit_test(counters_follow),
	    cmocka_unit_test(iterators_keep_to_their_bounds),
	    cmocka_unit_test(seeks_both_ways),
	    cmocka_unit_test(cached_reads_do_not_wait),
	    cmocka_unit_test(snapshots_see_one_state),
	    cmocka_unit_test(rows_and_entries),
	    cmocka_unit_test(ranges_have_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
