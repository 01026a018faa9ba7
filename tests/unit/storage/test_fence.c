#include "support/unit.h"

#include "storage/catalog_internal.h"
#include "support/park.h"

static void current_writers_enter(void **state)
{
	struct collection *c = collection_new(NULL), *next;

	assert_int_equal(fence_enter(c), 0);
	assert_int_equal(fence_enter(c), 0);
	fence_leave(c);
	fence_leave(c);
	next = collection_new(c->live);
	next->version = 2;
	c->live->version = 2;
	assert_int_equal(fence_enter(c), ERR_ABSENT);
	assert_int_equal(fence_enter(next), 0);
	fence_leave(next);
	c->live->dropped = true;
	assert_int_equal(fence_enter(next), ERR_ABSENT);
	collection_unref(next);
	collection_unref(c);
}

static void a_closed_fence_waits_for_the_last(void **state)
{
	struct collection *c = collection_new(NULL);
	struct fence *f = c->live->fence;
	struct test_op ddl;

	test_op_init(&ddl);
	assert_int_equal(fence_enter(c), 0);
	assert_int_equal(fence_enter(c), 0);
	fence_close(f);
	assert_int_equal(fence_drain(f, &ddl.op), STEP_PARK);
	assert_true(op_wait_park(&ddl.op));
	/* One who comes too late does not count. */
	assert_int_equal(fence_enter(c), ERR_WOULD_BLOCK);
	fence_leave(c);
	assert_int_equal(ddl.fired, 0);
	fence_leave(c);
	assert_int_equal(ddl.fired, 1);
	assert_int_equal(fence_drain(f, &ddl.op), STEP_DONE);
	fence_open(f);
	assert_int_equal(fence_enter(c), 0);
	fence_leave(c);
	test_op_clear(&ddl);
	collection_unref(c);
}

static void opening_wakes_who_waits(void **state)
{
	struct collection *c = collection_new(NULL);
	struct test_op writer;

	test_op_init(&writer);
	fence_close(c->live->fence);
	assert_int_equal(fence_enter(c), ERR_WOULD_BLOCK);
	assert_int_equal(fence_wait(c, &writer.op), STEP_PARK);
	assert_true(op_wait_park(&writer.op));
	fence_open(c->live->fence);
	assert_int_equal(writer.fired, 1);
	fence_wait_end(c, &writer.op);
	/* Opened before the writer stood in line: it is run again at once. */
	assert_int_equal(fence_wait(c, &writer.op), STEP_PARK);
	assert_false(op_wait_park(&writer.op));
	fence_wait_end(c, &writer.op);
	test_op_clear(&writer);
	collection_unref(c);
}

#define WRITERS 4
#define ROUNDS  2000

static struct collection *shared;
static _Atomic int inside, stopped;
static int written; /* changed under the closed fence only */

static void *write_often(void *arg)
{
	struct test_op op;

	test_op_init(&op);
	while (!stopped) {
		switch (fence_enter(shared)) {
		case 0:
			inside++;
			assert_true(written >= 0);
			inside--;
			fence_leave(shared);
			break;
		case ERR_WOULD_BLOCK:
			(void)test_op_again(&op, fence_wait(shared, &op.op));
			fence_wait_end(shared, &op.op);
			break;
		default:
			fail();
		}
	}
	test_op_clear(&op);
	return NULL;
}

static void nobody_is_inside_a_drained_fence(void **state)
{
	pthread_t threads[WRITERS];
	struct test_op ddl;

	shared = collection_new(NULL);
	test_op_init(&ddl);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_often, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct fence *f = shared->live->fence;

		fence_close(f);
		assert_int_equal(TEST_OP_RUN(&ddl, fence_drain(f, &ddl.op)), STEP_DONE);
		assert_int_equal(inside, 0);
		written++;
		fence_open(f);
	}
	stopped = 1;
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(written, ROUNDS);
	test_op_clear(&ddl);
	collection_unref(shared); /* asserts that it is open and empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(current_writers_enter),
	    cmocka_unit_test(a_closed_fence_waits_for_the_last),
	    cmocka_unit_test(opening_wakes_who_waits),
	    cmocka_unit_test(nobody_is_inside_a_drained_fence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
