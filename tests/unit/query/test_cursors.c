#include "support/unit.h"

#include "query/cursors.h"
#include "util/clock.h"

/* A tree that counts what is done to it. */
struct counted {
	struct exec exec;
	int saved;
	_Atomic int *closed;
};

static enum step counted_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	return STEP_DONE;
}

static void counted_save(struct exec *e)
{
	((struct counted *)e)->saved++;
}

static void counted_close(struct exec *e)
{
	struct counted *c = (struct counted *)e;

	if (c->closed)
		atomic_fetch_add(c->closed, 1);
}

static const struct exec_ops counted_ops = {
    .name = "COUNTED", .next = counted_next, .save = counted_save, .close = counted_close};

static _Atomic int closed, fires;

static void count_fire(struct op *op)
{
	atomic_fetch_add(&fires, 1);
}

static struct cursor *make(struct cursors *cs)
{
	struct cursor *c = cursor_new(cs);
	struct counted *e = arena_new(&c->arena, struct counted);

	e->exec.ops = &counted_ops;
	e->closed = &closed;
	c->exec = &e->exec;
	return c;
}

static void park_borrow_free(void **state)
{
	struct memory_account memory;
	struct cursors *cs;
	struct cursor *c, *again;
	struct cursors_stats stats;
	struct status st;
	struct op op;
	int64_t id;

	closed = 0;
	status_init(&st);
	memory_account_init(&memory, NULL, 0);
	op_init(&op, &memory, count_fire);
	cs = cursors_new(&memory, 1000);
	c = make(cs);
	id = cursors_park(cs, c);
	assert_true(id > 0);
	assert_int_equal(((struct counted *)c->exec)->saved, 1);
	assert_int_equal(cursors_borrow(cs, id, &op, &again, &st), 0);
	assert_ptr_equal(again, c);
	assert_int_equal(cursors_borrow(cs, id, &op, &again, &st), ERR_CURSOR_IN_USE);
	assert_null(again);
	assert_int_equal(cursors_park(cs, c), id);
	assert_int_equal(cursors_borrow(cs, id, &op, &again, &st), 0);
	cursors_stats(cs, &stats);
	assert_int_equal(stats.open, 1);
	assert_int_equal(stats.pinned, 1);
	assert_int_equal(stats.total_opened, 1);
	cursor_free(cs, again);
	assert_int_equal(closed, 1);
	assert_int_equal(cursors_borrow(cs, id, &op, &again, &st), ERR_CURSOR_NOT_FOUND);
	cursor_free(cs, make(cs)); /* never parked */
	assert_int_equal(closed, 2);
	cursors_free(cs);
	op_clear(&op);
	assert_int_equal(memory.used_bytes, 0);
	status_clear(&st);
}

static void killing(void **state)
{
	struct cursors *cs = cursors_new(NULL, 0);
	struct cursor *c;
	struct status st;
	struct op op;
	int64_t id;

	closed = 0;
	status_init(&st);
	op_init(&op, NULL, count_fire);
	c = make(cs);
	c->ns = arena_strdup(&c->arena, "db.a");
	id = cursors_park(cs, c);
	assert_int_equal(cursors_kill(cs, id, "db.b"), KILL_NOT_FOUND);
	assert_int_equal(cursors_kill(cs, id + 1, NULL), KILL_NOT_FOUND);
	assert_int_equal(cursors_kill(cs, id, "db.a"), KILL_DONE);
	assert_int_equal(closed, 1);
	assert_int_equal(cursors_kill(cs, id, NULL), KILL_NOT_FOUND);

	/* A borrowed one lives until it is given back; its op is stopped. */
	c = make(cs);
	id = cursors_park(cs, c);
	assert_int_equal(cursors_borrow(cs, id, &op, &c, &st), 0);
	assert_int_equal(cursors_kill(cs, id, NULL), KILL_DONE);
	assert_int_equal(op_check_now(&op, &st), ERR_CURSOR_KILLED);
	assert_int_equal(closed, 1);
	assert_int_equal(cursors_kill(cs, id, NULL), KILL_NOT_FOUND);
	assert_int_equal(cursors_park(cs, c), 0);
	assert_int_equal(closed, 2);
	cursors_free(cs);
	op_clear(&op);
	status_clear(&st);
}

static void sessions_and_expiry(void **state)
{
	struct cursors *cs = cursors_new(NULL, 1000);
	struct view one = view_of_str("session one"), two = view_of_str("session two");
	int64_t now_ms = clock_mono_us() / 1000, ids[4];
	struct cursors_stats stats;
	struct cursor *c;
	struct status st;
	struct op op;

	status_init(&st);
	op_init(&op, NULL, count_fire);
	closed = 0;
	for (int i = 0; i < 4; i++) {
		c = make(cs);
		c->lsid = i == 0 ? one : i == 1 ? two : (struct view){NULL, 0};
		c->no_timeout = i == 3;
		ids[i] = cursors_park(cs, c);
	}
	cursors_kill_session(cs, (struct view){NULL, 0}); /* no session: kills nothing */
	assert_int_equal(closed, 0);
	cursors_kill_session(cs, one);
	assert_int_equal(closed, 1);
	assert_int_equal(cursors_borrow(cs, ids[0], &op, &c, &st), ERR_CURSOR_NOT_FOUND);
	assert_int_equal(cursors_borrow(cs, ids[1], &op, &c, &st), 0);
	assert_int_equal(cursors_expire(cs, now_ms), 0);
	/* A borrowed one and one without time-out do not expire. */
	assert_int_equal(cursors_expire(cs, now_ms + 600000), 1);
	cursors_stats(cs, &stats);
	assert_int_equal(stats.open, 2);
	assert_int_equal(stats.timed_out, 1);
	assert_int_equal(stats.no_timeout, 1);
	assert_int_equal(cursors_park(cs, c), ids[1]);
	cursors_free(cs);
	assert_int_equal(closed, 4);
	op_clear(&op);
	status_clear(&st);
}

#define N_THREADS 4
#define N_IDS     200

static struct cursors *shared;
static _Atomic int64_t shared_ids[N_IDS];

/* Makes, borrows, parks, kills and expires at random places. */
static void *churn(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg;
	struct status st;

	status_init(&st);
	for (int i = 0; i < 3000; i++) {
		struct cursor *c;
		struct op op;
		int place;

		seed = seed * 1664525u + 1013904223u;
		place = (int)((seed >> 8) % N_IDS);
		op_init(&op, NULL, count_fire);
		switch ((seed >> 24) % 4) {
		case 0:
			atomic_store(&shared_ids[place], cursors_park(shared, make(shared)));
			break;
		case 1:
			cursors_kill(shared, atomic_load(&shared_ids[place]), NULL);
			break;
		default:
			if (cursors_borrow(
				shared, atomic_load(&shared_ids[place]), &op, &c, &st))
				break;
			if (seed & 0x8000)
				cursor_free(shared, c);
			else
				cursors_park(shared, c);
		}
		if (i % 500 == 0)
			cursors_expire(shared, clock_mono_us() / 1000);
		op_clear(&op);
	}
	status_clear(&st);
	return NULL;
}

static void many_threads(void **state)
{
	struct cursors_stats stats;
	pthread_t threads[N_THREADS];

	closed = 0;
	shared = cursors_new(NULL, 60000);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, churn, (void *)(uintptr_t)(i + 1)), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	cursors_stats(shared, &stats);
	assert_int_equal(stats.pinned, 0);
	assert_int_equal(stats.open + closed, stats.total_opened);
	cursors_free(shared);
	assert_int_equal(closed, stats.total_opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(park_borrow_free),
	    cmocka_unit_test(killing),
	    cmocka_unit_test(sessions_and_expiry),
	    cmocka_unit_test(many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
