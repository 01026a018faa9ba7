#include "support/unit.h"

#include <mbedtls/sha256.h>

#include "session/sessions.h"
#include "support/park.h"
#include "util/clock.h"

static void key_of(int n, uint8_t key[static SESSION_KEY_BYTES])
{
	memset(key, n, 16);
	memcpy(key + 16, session_no_user, 32);
}

static int touch(struct sessions *ss, int n)
{
	uint8_t key[SESSION_KEY_BYTES];
	struct status st;
	int err;

	status_init(&st);
	key_of(n, key);
	err = sessions_touch(ss, key, &st);
	status_clear(&st);
	return err;
}

static enum step checkout(struct sessions *ss, int n, struct op *op, struct session **out)
{
	uint8_t key[SESSION_KEY_BYTES];
	struct status st;
	enum step step;

	status_init(&st);
	key_of(n, key);
	*out = NULL;
	step = sessions_checkout(ss, key, op, out, &st);
	status_clear(&st);
	return step;
}

static void nobodys_hash(void **state)
{
	uint8_t hash[32];

	assert_int_equal(mbedtls_sha256_ret((const uint8_t *)"", 0, hash, 0), 0);
	assert_memory_equal(hash, session_no_user, 32);
}

static void they_come_and_go(void **state)
{
	struct sessions *ss = sessions_new(NULL, 0, 3);
	uint8_t key[SESSION_KEY_BYTES];

	assert_int_equal(touch(ss, 1), 0);
	assert_int_equal(touch(ss, 1), 0);
	assert_int_equal(sessions_count(ss), 1);
	assert_int_equal(touch(ss, 2), 0);
	assert_int_equal(touch(ss, 3), 0);
	assert_int_equal(touch(ss, 4), ERR_TOO_MANY_LOGICAL_SESSIONS);
	assert_int_equal(touch(ss, 2), 0);
	key_of(2, key);
	sessions_end(ss, key);
	sessions_end(ss, key);
	assert_int_equal(sessions_count(ss), 2);
	assert_int_equal(touch(ss, 4), 0);
	sessions_free(ss);
}

static void unused_ones_expire(void **state)
{
	struct sessions *ss = sessions_new(NULL, 1000000, 0);
	struct test_op op;
	struct session *held;
	int64_t now = clock_mono_us();

	test_op_init(&op);
	assert_int_equal(touch(ss, 1), 0);
	assert_int_equal(checkout(ss, 2, &op.op, &held), STEP_DONE);
	assert_int_equal(sessions_expire(ss, now), 0);
	assert_int_equal(sessions_expire(ss, now + 60 * 1000000), 1);
	assert_int_equal(sessions_count(ss), 1);
	sessions_checkin(ss, held);
	assert_int_equal(sessions_expire(ss, now + 60 * 1000000), 1);
	test_op_clear(&op);
	sessions_free(ss);
}

static void one_has_it_and_others_wait(void **state)
{
	struct sessions *ss = sessions_new(NULL, 0, 0);
	struct test_op a, b, c;
	struct session *s, *t;

	test_op_init(&a);
	test_op_init(&b);
	test_op_init(&c);
	assert_int_equal(checkout(ss, 1, &a.op, &s), STEP_DONE);
	assert_int_equal(checkout(ss, 1, &b.op, &t), STEP_PARK);
	assert_true(op_wait_park(&b.op));
	assert_int_equal(checkout(ss, 1, &c.op, &t), STEP_PARK);
	assert_true(op_wait_park(&c.op));
	assert_int_equal(checkout(ss, 2, &a.op, &t), STEP_DONE);
	sessions_checkin(ss, t);
	assert_int_equal(b.fired + c.fired, 0);

	sessions_checkin(ss, s);
	assert_int_equal(b.fired, 1);
	assert_int_equal(c.fired, 0);
	/* The first in the queue is stopped: its turn goes on to the next. */
	op_kill(&b.op, ERR_INTERRUPTED);
	assert_int_equal(checkout(ss, 1, &b.op, &t), STEP_ERROR);
	assert_int_equal(c.fired, 1);
	assert_int_equal(checkout(ss, 1, &c.op, &t), STEP_DONE);
	sessions_checkin(ss, t);
	test_op_clear(&a);
	test_op_clear(&b);
	test_op_clear(&c);
	sessions_free(ss);
}

static void an_ended_one_is_forgotten_when_it_comes_back(void **state)
{
	struct sessions *ss = sessions_new(NULL, 0, 0);
	uint8_t key[SESSION_KEY_BYTES];
	struct test_op op;
	struct session *s;

	test_op_init(&op);
	assert_int_equal(checkout(ss, 1, &op.op, &s), STEP_DONE);
	key_of(1, key);
	sessions_end(ss, key);
	assert_int_equal(sessions_count(ss), 1);
	sessions_checkin(ss, s);
	assert_int_equal(sessions_count(ss), 0);
	test_op_clear(&op);
	sessions_free(ss);
}

/* Threads that take one of few sessions, count in it without a lock and give
 * it back. */
struct racer {
	struct sessions *ss;
	pthread_t thread;
	int seed;
};

static int64_t held_by[4];

static void *race(void *arg)
{
	struct racer *r = arg;
	struct test_op op;
	int i;

	test_op_init(&op);
	for (i = 0; i < 500; i++) {
		int n = (r->seed * 7 + i * 13) % 4;
		struct session *s;

		assert_int_equal(TEST_OP_RUN(&op, checkout(r->ss, n, &op.op, &s)), STEP_DONE);
		held_by[n]++;
		sessions_checkin(r->ss, s);
	}
	test_op_clear(&op);
	return NULL;
}

static void nobody_is_forgotten_or_let_in_twice(void **state)
{
	struct sessions *ss = sessions_new(NULL, 0, 0);
	struct racer racers[4];
	int i;

	memset(held_by, 0, sizeof(held_by));
	for (i = 0; i < 4; i++) {
		racers[i] = (struct racer){.ss = ss, .seed = i};
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (i = 0; i < 4; i++)
		pthread_join(racers[i].thread, NULL);
	assert_int_equal(held_by[0] + held_by[1] + held_by[2] + held_by[3], 2000);
	sessions_free(ss);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobodys_hash),
	    cmocka_unit_test(they_come_and_go),
	    cmocka_unit_test(unused_ones_expire),
	    cmocka_unit_test(one_has_it_and_others_wait),
	    cmocka_unit_test(an_ended_one_is_forgotten_when_it_comes_back),
	    cmocka_unit_test(nobody_is_forgotten_or_let_in_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
