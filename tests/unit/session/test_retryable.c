#include "support/unit.h"

#include "session/sessions.h"
#include "storage/record.h"
#include "support/json.h"
#include "support/store_fixture.h"
#include "util/clock.h"

struct bench {
	struct store_fixture store;
	struct session session;
	struct batch *batch;
	struct arena arena;
	struct status st;
};

static void begin_session(struct session *s)
{
	memset(s, 0, sizeof(*s));
	memset(s->key, 7, sizeof(s->key));
	retry_init(&s->retry);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	fixture_init(&b->store);
	begin_session(&b->session);
	arena_init(&b->arena, NULL);
	status_init(&b->st);
	b->batch = batch_new(b->store.store, NULL);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	retry_clear(&b->session.retry);
	batch_free(b->batch);
	arena_clear(&b->arena);
	status_clear(&b->st);
	fixture_clear(&b->store);
	free(b);
	return 0;
}

static int begin(struct bench *b, int64_t txn_number)
{
	return retry_begin(&b->session, b->store.store, txn_number, READ_ANY, &b->st);
}

static void note(struct bench *b, int32_t id, int64_t n, const char *extra)
{
	struct retry_result r = {.kind = RETRY_UPDATE, .n = n, .n_modified = n};

	if (extra)
		r.extra = json_doc(&b->arena, extra);
	assert_int_equal(retry_note(&b->session, id, &r, &b->st), 0);
}

static void commit(struct bench *b)
{
	struct commit c;

	assert_int_equal(retry_put(&b->session, b->batch, &b->st), 0);
	fixture_commit(b->store.store, b->batch, &c);
	retry_committed(&b->session);
	batch_reset(b->batch);
}

/* As after a restart of the server: from the row alone. */
static void forget(struct bench *b)
{
	retry_clear(&b->session.retry);
	begin_session(&b->session);
}

static int64_t found(struct bench *b, int32_t id)
{
	struct retry_result r;

	return retry_find(&b->session, id, &r) ? r.n : -1;
}

static void what_was_done_is_answered(void **state)
{
	struct bench *b = *state;
	struct retry_result r;

	assert_int_equal(begin(b, 5), 0);
	assert_int_equal(found(b, 0), -1);
	note(b, 0, 1, NULL);
	note(b, 1, 0, NULL);
	note(b, 3, 1, "{'upserted': 'x'}");
	commit(b);
	forget(b);
	assert_int_equal(begin(b, 5), 0);
	assert_int_equal(found(b, 0), 1);
	assert_int_equal(found(b, 1), 0);
	assert_int_equal(found(b, 2), -1);
	assert_true(retry_find(&b->session, 3, &r));
	assert_int_equal(r.kind, RETRY_UPDATE);
	assert_int_equal(r.n_modified, 1);
	assert_true(view_equal(value_str(doc_get(r.extra, "upserted")), view_of_str("x")));
	assert_int_equal(found(b, 4), -1);
	assert_int_equal(found(b, -1), -1);
}

static void an_older_number_is_too_old(void **state)
{
	struct bench *b = *state;

	assert_int_equal(begin(b, 5), 0);
	note(b, 0, 1, NULL);
	commit(b);
	assert_int_equal(begin(b, 4), ERR_TRANSACTION_TOO_OLD);
	forget(b);
	assert_int_equal(begin(b, 4), ERR_TRANSACTION_TOO_OLD);
	assert_int_equal(begin(b, 6), 0);
	assert_int_equal(found(b, 0), -1);
	/* 6 has begun, though it has written nothing. */
	assert_int_equal(begin(b, 5), ERR_TRANSACTION_TOO_OLD);
}

static void equal_results_in_a_row_are_one_entry(void **state)
{
	struct bench *b = *state;
	int i;

	assert_int_equal(begin(b, 1), 0);
	for (i = 0; i < 1000; i++)
		note(b, i, 1, NULL);
	assert_int_equal(b->session.retry.n, 1);
	commit(b);
	for (i = 1000; i < 1010; i++)
		note(b, i, i % 2, NULL);
	commit(b);
	forget(b);
	assert_int_equal(begin(b, 1), 0);
	for (i = 0; i < 1010; i++)
		assert_int_equal(found(b, i), i < 1000 ? 1 : i % 2);
	assert_int_equal(found(b, 1010), -1);
}

static void what_was_not_committed_was_not_done(void **state)
{
	struct bench *b = *state;

	assert_int_equal(begin(b, 1), 0);
	note(b, 0, 1, NULL);
	commit(b);
	note(b, 1, 1, NULL); /* would go on the first entry */
	note(b, 2, 0, NULL);
	retry_rolled_back(&b->session);
	assert_int_equal(found(b, 0), 1);
	assert_int_equal(found(b, 1), -1);
	assert_int_equal(found(b, 2), -1);
	note(b, 1, 3, NULL);
	commit(b);
	forget(b);
	assert_int_equal(begin(b, 1), 0);
	assert_int_equal(found(b, 0), 1);
	assert_int_equal(found(b, 1), 3);
	assert_int_equal(found(b, 2), -1);
}

/* Random notes, commits and failures against a plain table. */
static void as_a_plain_table_has_it(void **state)
{
	struct bench *b = *state;
	int64_t committed[200], now[200];
	unsigned int seed = 42;
	int i, round;

	assert_int_equal(begin(b, 9), 0);
	memset(committed, 0xff, sizeof(committed));
	memcpy(now, committed, sizeof(now));
	for (round = 0; round < 60; round++) {
		for (i = 0; i < 8; i++) {
			int id = rand_r(&seed) % 200;

			if (now[id] >= 0)
				continue;
			now[id] = rand_r(&seed) % 3;
			note(b, id, now[id], NULL);
		}
		if (rand_r(&seed) % 3) {
			commit(b);
			memcpy(committed, now, sizeof(now));
		} else {
			retry_rolled_back(&b->session);
			memcpy(now, committed, sizeof(now));
		}
		if (rand_r(&seed) % 4 == 0) {
			forget(b);
			assert_int_equal(begin(b, 9), 0);
		}
		for (i = 0; i < 200; i++)
			assert_int_equal(found(b, i), committed[i]);
	}
}

/* A commit writes what is new, and rows of an older write do not count. */
static void many_results_are_many_rows(void **state)
{
	struct bench *b = *state;
	uint64_t before;
	int i;

	assert_int_equal(begin(b, 1), 0);
	for (i = 0; i < 100; i++) {
		note(b, i, i, NULL);
		before = store_latest_sequence(b->store.store);
		commit(b);
		assert_true(store_latest_sequence(b->store.store) - before <= 2);
	}
	forget(b);
	assert_int_equal(begin(b, 1), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(found(b, i), i);
	assert_int_equal(found(b, 100), -1);

	assert_int_equal(begin(b, 2), 0);
	for (i = 0; i < RETRY_ROW_ENTRIES; i++)
		note(b, i, i + 1, NULL);
	commit(b);
	forget(b);
	assert_int_equal(begin(b, 2), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(found(b, i), i < RETRY_ROW_ENTRIES ? i + 1 : -1);
}

static bool has_row(struct bench *b)
{
	struct view row;

	return row_get(b->store.store, TABLE_RETRYABLE_WRITE,
		   view_of(b->session.key, sizeof(b->session.key)), READ_ANY, &b->arena, &row,
		   &b->st) == 0;
}

static void sweep(struct bench *b, struct sessions *ss, int64_t later_ms)
{
	struct commit c;

	assert_int_equal(
	    sessions_sweep_rows(ss, clock_wall_ms() + later_ms, b->batch, &b->st), 0);
	if (!batch_is_empty(b->batch))
		fixture_commit(b->store.store, b->batch, &c);
	batch_reset(b->batch);
}

static void rows_of_old_sessions_are_swept(void **state)
{
	struct bench *b = *state;
	struct sessions *ss = sessions_new(b->store.store, 1000000, 0);

	assert_int_equal(begin(b, 1), 0);
	note(b, 0, 1, NULL);
	commit(b);
	sweep(b, ss, 0);
	assert_true(has_row(b));
	/* Somebody still uses it. */
	assert_int_equal(sessions_touch(ss, b->session.key, &b->st), 0);
	sweep(b, ss, 60000);
	assert_true(has_row(b));
	sessions_end(ss, b->session.key);
	sweep(b, ss, 60000);
	assert_false(has_row(b));
	sessions_free(ss);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_was_done_is_answered, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_older_number_is_too_old, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		equal_results_in_a_row_are_one_entry, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_was_not_committed_was_not_done, setup, teardown),
	    cmocka_unit_test_setup_teardown(as_a_plain_table_has_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(many_results_are_many_rows, setup, teardown),
	    cmocka_unit_test_setup_teardown(rows_of_old_sessions_are_swept, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
