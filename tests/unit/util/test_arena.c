#include "support/unit.h"

#include "util/arena.h"

static void allocations_are_aligned_and_apart(void **state)
{
	struct arena a;
	uint8_t *p, *q;

	arena_init(&a, NULL);
	p = arena_alloc(&a, 3);
	q = arena_alloc(&a, 100000);
	assert_non_null(p);
	assert_non_null(q);
	assert_int_equal((uintptr_t)p % 16, 0);
	assert_int_equal((uintptr_t)q % 16, 0);
	memset(p, 1, 3);
	memset(q, 2, 100000);
	assert_int_equal(p[2], 1);
	arena_clear(&a);
}

static void the_account_refuses(void **state)
{
	struct memory_account server, op;
	struct arena a;

	memory_account_init(&server, NULL, 64 * 1024);
	memory_account_init(&op, &server, 0);
	arena_init(&a, &op);
	assert_non_null(arena_alloc(&a, 100));
	assert_non_null(arena_alloc(&a, 40 * 1024));
	assert_null(arena_alloc(&a, 100 * 1024));
	assert_true(arena_failed(&a));
	arena_clear(&a);
	assert_int_equal(op.used_bytes, 0);
	memory_account_close(&op);
	assert_int_equal(server.used_bytes, 0);
	assert_true(server.peak_bytes > 0);
}

static void reset_keeps_one_chunk(void **state)
{
	struct memory_account op;
	struct arena a;
	void *p;

	memory_account_init(&op, NULL, 0);
	arena_init(&a, &op);
	for (int i = 0; i < 1000; i++)
		arena_alloc(&a, 1000);
	arena_reset(&a);
	p = arena_alloc(&a, 8);
	assert_non_null(p);
	assert_true(op.used_bytes < 512 * 1024);
	arena_clear(&a);
	assert_int_equal(op.used_bytes, 0);
}

static void sizes_that_overflow_fail(void **state)
{
	struct arena a;

	arena_init(&a, NULL);
	assert_null(arena_calloc(&a, SIZE_MAX / 2, 4));
	assert_null(arena_alloc(&a, SIZE_MAX));
	arena_clear(&a);
}

static void text(void **state)
{
	struct arena a;

	arena_init(&a, NULL);
	assert_string_equal(arena_printf(&a, "%d-%s", 5, "x"), "5-x");
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	arena_clear(&a);
}

static char order[8];

static void note(void *arg)
{
	strcat(order, arg);
}

static void deferred_calls_run_once_and_backwards(void **state)
{
	char x[] = "a", y[] = "b", z[] = "c";
	struct arena a;

	order[0] = '\0';
	arena_init(&a, NULL);
	assert_true(arena_defer(&a, note, x));
	assert_true(arena_defer(&a, note, y));
	arena_reset(&a);
	assert_string_equal(order, "ba");
	assert_true(arena_defer(&a, note, z));
	arena_clear(&a);
	assert_string_equal(order, "bac");
	arena_clear(&a);
	assert_string_equal(order, "bac");
}

/* The owner's memory first; it is neither charged nor freed. */
static void room_of_the_owner(void **state)
{
	_Alignas(16) uint8_t room[256];
	struct memory_account account;
	struct arena a;
	uint8_t *p;

	memory_account_init(&account, NULL, 0);
	arena_init_in(&a, &account, room, sizeof(room));
	for (int round = 0; round < 2; round++) {
		assert_ptr_equal(arena_alloc(&a, 100), room);
		p = arena_alloc(&a, 100);
		assert_true(p > room && p < room + sizeof(room));
		assert_int_equal(account.used_bytes, 0);
		p = arena_alloc(&a, 100);
		assert_true(p < room || p >= room + sizeof(room));
		memset(p, 1, 100);
		assert_true(account.used_bytes > 0);
		arena_reset(&a);
		assert_int_equal(account.used_bytes, 0);
	}
	assert_non_null(arena_alloc(&a, 1000));
	arena_clear(&a);
	assert_int_equal(account.used_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(allocations_are_aligned_and_apart),
	    cmocka_unit_test(the_account_refuses),
	    cmocka_unit_test(reset_keeps_one_chunk),
	    cmocka_unit_test(room_of_the_owner),
	    cmocka_unit_test(sizes_that_overflow_fail),
	    cmocka_unit_test(text),
	    cmocka_unit_test(deferred_calls_run_once_and_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
