#include "support/unit.h"

#include <pthread.h>

#include "storage/log.h"
#include "storage/record.h"
#include "support/park.h"
#include "support/store_fixture.h"
#include "util/clock.h"

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

/* ---- one order */

enum { THREADS = 4, COMMITS = 400 };

struct writer_thread {
	pthread_t thread;
	struct store *store;
	struct fake_collection *collection;
	int number;
	bool on_loop, failed;
	struct done {
		uint64_t sequence, time;
	} done[COMMITS];
};

/* As a loop does it: what has been queued is carried out at the end of the turn, here
 * at once. */
static enum step run_in_turn(
    struct store *s, struct commit *c, struct op *op, struct status *st)
{
	enum step step = commit_run(s, c, op, st);

	if (op->turn && op->turn->n_commits) {
		op->turn->n_commits = 0;
		commit_turn_over(s);
	}
	return step;
}

static void *write_many(void *arg)
{
	struct writer_thread *w = arg;
	struct turn turn = {0};
	struct batch *b = batch_new(w->store, NULL);
	struct test_op t;
	struct status st;

	status_init(&st);
	test_op_init(&t);
	t.op.on_loop = w->on_loop;
	for (int i = 0; i < COMMITS; i++) {
		struct commit c;

		batch_reset(b);
		insert(b, w->collection, (uint64_t)(w->number * COMMITS + i), 40);
		commit_init(&c, b);
		t.op.turn = w->on_loop && i % 3 ? &turn : NULL;
		if (TEST_OP_RUN(&t, run_in_turn(w->store, &c, &t.op, &st)) != STEP_DONE)
			w->failed = true;
		w->done[i] = (struct done){c.sequence, c.cluster_time};
	}
	test_op_clear(&t);
	batch_free(b);
	return NULL;
}

static void *take_snapshots(void *arg)
{
	struct writer_thread *w = arg;

	for (int i = 0; i < 200; i++) {
		struct snapshot *snap = snapshot_take(w->store);

		/* The pair is one state: no commit lies between the two. */
		w->done[i] = (struct done){snapshot_sequence(snap), snapshot_time(snap)};
		snapshot_release(snap);
	}
	return NULL;
}

static int by_sequence(const void *a, const void *b)
{
	const struct done *x = a, *y = b;

	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static void check_log_order(struct store *s, const struct done *all, int n)
{
	struct log_reader *reader;
	struct log_entry e;
	struct status st;

	status_init(&st);
	assert_int_equal(store_sync_now(s, false, &st), 0);
	assert_int_equal(log_reader_open(s, all[0].sequence, &reader, &st), 0);
	for (int i = 0; i < n; i++) {
		/* The store has commits of its own between them. */
		do {
			if (log_reader_next(reader, &e, &st) != 0)
				fail_msg("commit %d of %d: %s", i, n, st.message);
		} while (e.sequence < all[i].sequence);
		assert_int_equal(e.sequence, all[i].sequence);
		assert_int_equal(e.cluster_time, all[i].time);
	}
	log_reader_close(reader);
}

static void one_order_under_threads(void **state)
{
	static struct writer_thread w[THREADS], snapper;
	static struct done all[THREADS * COMMITS];
	struct fake_collection c;
	struct store_fixture f;

	fixture_init(&f);
	fake_collection_init(&c, 9);
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct writer_thread){.store = f.store,
		    .collection = &c,
		    .number = i,
		    .on_loop = i % 2 == 0};
		assert_int_equal(pthread_create(&w[i].thread, NULL, write_many, &w[i]), 0);
	}
	snapper = (struct writer_thread){.store = f.store};
	assert_int_equal(pthread_create(&snapper.thread, NULL, take_snapshots, &snapper), 0);
	pthread_join(snapper.thread, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		assert_false(w[i].failed);
		memcpy(all + i * COMMITS, w[i].done, sizeof(w[i].done));
		/* One thread's own commits are in its order. */
		for (int j = 1; j < COMMITS; j++)
			assert_true(w[i].done[j].sequence > w[i].done[j - 1].sequence);
	}
	qsort(all, THREADS * COMMITS, sizeof(all[0]), by_sequence);
	for (int i = 1; i < THREADS * COMMITS; i++) {
		assert_true(all[i].sequence > all[i - 1].sequence);
		assert_true(all[i].time > all[i - 1].time);
	}
	for (int i = 0; i < 200; i++) {
		const struct done *found = bsearch(&snapper.done[i], all, THREADS * COMMITS,
		    sizeof(all[0]), by_sequence);

		if (found)
			assert_int_equal(found->time, snapper.done[i].time);
	}
	assert_int_equal(c.live.documents, THREADS * COMMITS);
	check_log_order(f.store, all, THREADS * COMMITS);
	fixture_clear(&f);
}

/* ---- the lock is taken: the commit queues */

struct holder {
	pthread_t thread;
	struct store *store;
	_Atomic bool inside, go;
};

static int hold(struct commit *c, struct status *st)
{
	struct holder *h = c->check_arg;

	h->inside = true;
	while (!h->go)
		usleep(100);
	return 0;
}

static void *hold_the_lock(void *arg)
{
	struct holder *h = arg;
	struct batch *b = batch_new(h->store, NULL);
	struct commit c;
	struct status st;

	status_init(&st);
	commit_init(&c, b);
	c.check = hold;
	c.check_arg = h;
	if (commit_blocking(h->store, &c, &st) != 0)
		abort();
	batch_free(b);
	return NULL;
}

static void holder_begin(struct holder *h, struct store *s)
{
	h->store = s;
	h->inside = h->go = false;
	assert_int_equal(pthread_create(&h->thread, NULL, hold_the_lock, h), 0);
	while (!h->inside)
		usleep(100);
}

static void holder_end(struct holder *h)
{
	h->go = true;
	pthread_join(h->thread, NULL);
}

/* The keeper makes families and commits, under the lock, and carries out what has queued
 * meanwhile: not into what is tested here. */
static void wait_for_the_keeper(struct store *s)
{
	struct store_stats stats = {.spare_families = 0};

	for (int i = 0; i < 30000 && stats.spare_families < 8; i++) {
		usleep(2000);
		store_stats(s, &stats);
	}
	assert_true(stats.spare_families >= 8);
}

static void a_queued_commit_is_carried_out_for_a_killed_op(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct holder h;
	struct test_op t;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	wait_for_the_keeper(f.store);
	fake_collection_init(&c, 9);
	test_op_init(&t);
	t.op.on_loop = true;
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 10);
	commit_init(&commit, b);
	holder_begin(&h, f.store);
	assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_PARK);
	op_kill(&t.op, ERR_INTERRUPTED);
	assert_false(op_wait_park(&t.op));
	/* Run again because of the kill: still queued, and not to be run over and
	 * over until it is carried out. */
	assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_PARK);
	assert_true(op_wait_park(&t.op));
	holder_end(&h);
	assert_int_equal(t.fired, 1);
	assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_DONE);
	assert_int_equal(c.live.documents, 1);
	test_op_clear(&t);
	batch_free(b);
	fixture_clear(&f);
}

static void a_killed_op_does_not_begin_one(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct test_op t;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 9);
	test_op_init(&t);
	t.op.on_loop = true;
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 10);
	commit_init(&commit, b);
	op_kill(&t.op, ERR_INTERRUPTED);
	assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_ERROR);
	assert_int_equal(st.code, ERR_INTERRUPTED);
	assert_int_equal(c.live.documents, 0);
	status_clear(&st);
	test_op_clear(&t);
	batch_free(b);
	fixture_clear(&f);
}

/* The lock is handed to a commit whose op gets no thread to run on: whoever
 * comes meanwhile takes it, and carries that commit out too. */
static void a_lock_that_was_handed_on_is_not_stuck(void **state)
{
	for (int by_snapshot = 0; by_snapshot < 2; by_snapshot++) {
		struct commit commit, other_commit;
		struct fake_collection c;
		struct batch *b, *other;
		struct store_fixture f;
		struct holder h;
		struct test_op t;
		struct status st;

		status_init(&st);
		fixture_init(&f);
		fake_collection_init(&c, 9);
		test_op_init(&t);
		b = batch_new(f.store, NULL);
		other = batch_new(f.store, NULL);
		insert(b, &c, 1, 10);
		insert(other, &c, 2, 10);
		commit_init(&commit, b);
		wait_for_the_keeper(f.store);
		holder_begin(&h, f.store);
		assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_PARK);
		assert_true(op_wait_park(&t.op));
		usleep(5000); /* longer than anybody leads */
		holder_end(&h);
		assert_int_equal(t.fired, 1);
		assert_int_equal(c.live.documents, 0);
		if (by_snapshot)
			snapshot_release(snapshot_take(f.store));
		else
			fixture_commit(f.store, other, &other_commit);
		assert_int_equal(c.live.documents, by_snapshot ? 1 : 2);
		assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_DONE);
		test_op_clear(&t);
		batch_free(b);
		batch_free(other);
		fixture_clear(&f);
	}
}

/* And one whose op comes in time leads. */
static void a_lock_that_was_handed_on_is_claimed(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct holder h;
	struct test_op t;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 9);
	test_op_init(&t);
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 10);
	commit_init(&commit, b);
	wait_for_the_keeper(f.store);
	holder_begin(&h, f.store);
	assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_PARK);
	usleep(5000);
	holder_end(&h);
	assert_int_equal(c.live.documents, 0);
	assert_int_equal(commit_run(f.store, &commit, &t.op, &st), STEP_DONE);
	assert_int_equal(c.live.documents, 1);
	test_op_clear(&t);
	batch_free(b);
	fixture_clear(&f);
}

/* ---- tailable cursors */

static void inserts_into_capped_wake(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct test_op t;
	struct batch *b;

	fixture_init(&f);
	fake_collection_init(&c, 9);
	c.c.capped = true;
	test_op_init(&t);
	op_wait_begin(&t.op);
	waitlist_add(&c.live.appended, &t.op, 0);
	assert_true(op_wait_park(&t.op));
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 10);
	fixture_commit(f.store, b, &commit);
	assert_true(t.fired);
	assert_null(t.op.wait.list);
	batch_free(b);
	test_op_clear(&t);
	fixture_clear(&f);
}

/* ---- syncing */

static void waits_until_synced(void **state)
{
	struct store_stats stats;
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct test_op t;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	fake_collection_init(&c, 9);
	test_op_init(&t);
	t.op.on_loop = true;
	b = batch_new(f.store, NULL);
	for (uint64_t i = 0; i < 50; i++) {
		batch_reset(b);
		insert(b, &c, i, 10);
		commit_init(&commit, b);
		assert_int_equal(TEST_OP_RUN(&t, commit_run(f.store, &commit, &t.op, &st)), STEP_DONE);
		assert_int_equal(TEST_OP_RUN(&t, store_wait_synced(f.store, commit.sequence,
						     &t.op, &st)),
		    STEP_DONE);
		store_stats(f.store, &stats);
		assert_true(stats.synced_sequence >= commit.sequence);
		assert_true(store_synced_time(f.store) >= commit.cluster_time);
	}
	/* Waiting for what is not there yet ends with the op. */
	assert_int_equal(
	    store_wait_synced(f.store, commit.sequence + 1000, &t.op, &st), STEP_PARK);
	op_kill(&t.op, ERR_INTERRUPTED);
	assert_int_equal(
	    store_wait_synced(f.store, commit.sequence + 1000, &t.op, &st), STEP_ERROR);
	assert_int_equal(st.code, ERR_INTERRUPTED);
	status_clear(&st);
	batch_free(b);
	test_op_clear(&t);
	fixture_clear(&f);
}

struct synced_thread {
	pthread_t thread;
	struct store *store;
	struct fake_collection *collection;
	int number, commits;
	bool failed;
};

static void *commit_and_sync(void *arg)
{
	struct synced_thread *w = arg;
	struct store_stats stats;
	struct commit commit;
	struct test_op t;
	struct status st;
	struct batch *b = batch_new(w->store, NULL);

	status_init(&st);
	test_op_init(&t);
	for (int i = 0; i < w->commits; i++) {
		batch_reset(b);
		insert(b, w->collection, (uint64_t)(w->number * 1000 + i), 10);
		commit_init(&commit, b);
		w->failed |=
		    TEST_OP_RUN(&t, commit_run(w->store, &commit, &t.op, &st)) != STEP_DONE;
		w->failed |= TEST_OP_RUN(&t, store_wait_synced(w->store, commit.sequence, &t.op,
						 &st)) != STEP_DONE;
		store_stats(w->store, &stats);
		w->failed |= stats.synced_sequence < commit.sequence;
	}
	test_op_clear(&t);
	batch_free(b);
	return NULL;
}

/* A sync waits a little for those whom the last one has told; they may come again, or
 * not: threads end one after the other here, and the last goes on alone. */
static void tells_all_who_wait(void **state)
{
	struct synced_thread w[THREADS];
	struct fake_collection c;
	struct store_fixture f;

	fixture_init(&f);
	fake_collection_init(&c, 9);
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct synced_thread){
		    .store = f.store, .collection = &c, .number = i, .commits = 20 * (i + 1)};
		assert_int_equal(pthread_create(&w[i].thread, NULL, commit_and_sync, &w[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		assert_false(w[i].failed);
	}
	fixture_clear(&f);
}

static void syncs_by_itself(void **state)
{
	int64_t begin = clock_mono_us();
	struct store_stats stats;
	struct fake_collection c;
	struct store_fixture f;
	struct commit commit;
	struct batch *b;

	fixture_init(&f);
	fake_collection_init(&c, 9);
	b = batch_new(f.store, NULL);
	insert(b, &c, 1, 10);
	fixture_commit(f.store, b, &commit);
	do {
		usleep(2000);
		store_stats(f.store, &stats);
	} while (stats.synced_sequence < commit.sequence &&
		 clock_mono_us() - begin < 60 * 1000000);
	assert_true(stats.synced_sequence >= commit.sequence);
	batch_free(b);
	fixture_clear(&f);
}

/* More than the memtables hold: RocksDB stalls, commits wait and come through. */
static void stalls_are_waited_out(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct store_stats stats;
	struct commit commit;
	struct test_op t;
	struct status st;
	struct batch *b;

	status_init(&st);
	fixture_init(&f);
	store_close(f.store);
	f.options.memtable_bytes = 128 * 1024;
	fixture_open(&f);
	fake_collection_init(&c, 9);
	test_op_init(&t);
	t.op.on_loop = true;
	b = batch_new(f.store, NULL);
	for (uint64_t i = 0; i < 120; i++) {
		batch_reset(b);
		insert(b, &c, i, 30000);
		commit_init(&commit, b);
		assert_int_equal(TEST_OP_RUN(&t, commit_run(f.store, &commit, &t.op, &st)), STEP_DONE);
	}
	store_stats(f.store, &stats);
	assert_true(stats.stalls > 0);
	assert_int_equal(c.live.documents, 120);
	batch_free(b);
	test_op_clear(&t);
	fixture_clear(&f);
}

/* ---- families */

static void families_are_taken_and_come_back(void **state)
{
	struct family *taken[40], *again;
	struct store_fixture f;
	struct store_stats stats;
	struct status st;
	uint32_t number;

	status_init(&st);
	fixture_init(&f);
	store_close(f.store);
	f.options.dedicated_families = 20;
	fixture_open(&f);
	for (int i = 0; i < 40; i++)
		assert_int_equal(store_family_take(f.store, &taken[i], &st), 0);
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < i; j++)
			assert_true(family_number(taken[i]) != family_number(taken[j]));
	/* Past the limit there are eight more, and then they are shared. */
	store_stats(f.store, &stats);
	assert_int_equal(stats.families - 2 - stats.spare_families, 28);
	number = family_number(taken[3]);
	again = store_family_find(f.store, number);
	assert_ptr_equal(again, taken[3]);
	family_unref(again);
	for (int i = 0; i < 40; i++) {
		store_family_retire(f.store, taken[i]);
		family_unref(taken[i]);
	}
	for (int i = 0; i < 12000; i++) {
		store_stats(f.store, &stats);
		if (stats.families - 2 == stats.spare_families && stats.families <= 18)
			break;
		usleep(5000);
	}
	assert_int_equal(stats.families - 2, stats.spare_families);
	assert_true(stats.families <= 18);
	fixture_clear(&f);
}

/* ---- a loop's turn: what was queued in it is one write */

enum { TURN = 6, TURN_BAD = 2 };

static int refuse(struct commit *c, struct status *st)
{
	return status_set(st, ERR_BAD_VALUE, "not this one");
}

static int note_change_id(void *arg, const struct log_change *change)
{
	int64_t *id = arg;

	assert_int_equal(*id, -1); /* one change a commit */
	assert_true(value_to_i64(change->id, id));
	return 0;
}

/* The commits stand in the log as any others, but their bytes in one record. */
static void check_turn_in_log(struct store *s, uint64_t first)
{
	struct log_reader *reader;
	const uint8_t *end = NULL;
	struct log_entry e;
	struct status st;

	status_init(&st);
	assert_int_equal(store_sync_now(s, false, &st), 0);
	assert_int_equal(log_reader_open(s, first, &reader, &st), 0);
	for (int i = 0, n = 0; i < TURN; i++) {
		int64_t id = -1;

		if (i == TURN_BAD)
			continue;
		assert_int_equal(log_reader_next(reader, &e, &st), 0);
		assert_int_equal(e.sequence, first + (uint64_t)n++);
		assert_int_equal(e.n_keys, 1);
		assert_int_equal(log_entry_changes(&e, note_change_id, &id, &st), 0);
		assert_int_equal(id, i);
		assert_true(!end || e.ops.data == end);
		end = e.ops.data + e.ops.len;
	}
	log_reader_close(reader);

	/* One that is asked for is found behind those before it in its record. */
	assert_int_equal(log_reader_open(s, first + 3, &reader, &st), 0);
	assert_int_equal(log_reader_next(reader, &e, &st), 0);
	assert_int_equal(e.sequence, first + 3);
	log_reader_close(reader);
}

static void commits_of_a_turn_are_one_write(void **state)
{
	struct fake_collection c;
	struct store_fixture f;
	struct test_op ops[TURN];
	struct commit commits[TURN];
	struct batch *batches[TURN];
	struct turn turn = {0};
	struct status st;
	uint64_t before;

	status_init(&st);
	fixture_init(&f);
	wait_for_the_keeper(f.store);
	fake_collection_init(&c, 9);
	before = store_latest_sequence(f.store);
	for (int i = 0; i < TURN; i++) {
		test_op_init(&ops[i]);
		ops[i].op.on_loop = true;
		ops[i].op.turn = &turn;
		batches[i] = batch_new(f.store, NULL);
		insert(batches[i], &c, (uint64_t)i, 40);
		commit_init(&commits[i], batches[i]);
		if (i == TURN_BAD)
			commits[i].check = refuse;
		assert_int_equal(commit_run(f.store, &commits[i], &ops[i].op, &st), STEP_PARK);
		assert_true(op_wait_park(&ops[i].op));
	}
	assert_int_equal(turn.n_commits, TURN);
	assert_int_equal(store_latest_sequence(f.store), before);
	commit_turn_over(f.store);
	assert_int_equal(store_latest_sequence(f.store), before + TURN - 1);
	for (int i = 0; i < TURN; i++) {
		enum step step;

		assert_int_equal(ops[i].fired, 1);
		step = commit_run(f.store, &commits[i], &ops[i].op, &st);
		assert_int_equal(step, i == TURN_BAD ? STEP_ERROR : STEP_DONE);
		if (i > 0 && i != TURN_BAD) {
			const struct commit *last = &commits[i - 1 - (i - 1 == TURN_BAD)];

			assert_int_equal(commits[i].sequence, last->sequence + 1);
			assert_int_equal(commits[i].cluster_time, last->cluster_time + 1);
		}
		status_clear(&st);
		batch_free(batches[i]);
		test_op_clear(&ops[i]);
	}
	assert_int_equal(c.live.documents, TURN - 1);
	assert_int_equal(store_cluster_time(f.store), commits[TURN - 1].cluster_time);
	commit_turn_over(f.store); /* there is nothing */
	check_turn_in_log(f.store, before + 1);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_order_under_threads),
	    cmocka_unit_test(commits_of_a_turn_are_one_write),
	    cmocka_unit_test(a_queued_commit_is_carried_out_for_a_killed_op),
	    cmocka_unit_test(a_killed_op_does_not_begin_one),
	    cmocka_unit_test(a_lock_that_was_handed_on_is_not_stuck),
	    cmocka_unit_test(a_lock_that_was_handed_on_is_claimed),
	    cmocka_unit_test(inserts_into_capped_wake),
	    cmocka_unit_test(waits_until_synced),
	    cmocka_unit_test(tells_all_who_wait),
	    cmocka_unit_test(syncs_by_itself),
	    cmocka_unit_test(stalls_are_waited_out),
	    cmocka_unit_test(families_are_taken_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
