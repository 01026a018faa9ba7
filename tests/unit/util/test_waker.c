#include "support/unit.h"

#include <poll.h>

#include "util/waker.h"

static bool is_awake(const struct waker *w)
{
	struct pollfd p = {.fd = waker_fd(w), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void wakes_until_it_is_cleared(void **state)
{
	struct waker *w = waker_new();

	assert_non_null(w);
	assert_false(is_awake(w));
	waker_wake(w);
	waker_wake(w);
	assert_true(is_awake(w));
	waker_clear(w);
	assert_false(is_awake(w));
	waker_clear(w); /* woken for nothing */
	waker_unref(w);
}

static void holds_back(void **state)
{
	struct waker *a = waker_new(), *b = waker_new();

	wakers_hold();
	waker_wake(a);
	waker_wake(b);
	waker_wake(a);
	assert_false(is_awake(a) || is_awake(b));
	/* Its thread may end before the release. */
	waker_unref(b);
	wakers_release();
	assert_true(is_awake(a));
	waker_clear(a);
	waker_wake(a);
	assert_true(is_awake(a));
	waker_unref(a);
}

/* More than can be held back are not lost. */
static void wakes_many(void **state)
{
	struct waker *list[40];

	wakers_hold();
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		list[i] = waker_new();
		assert_non_null(list[i]);
		waker_wake(list[i]);
	}
	wakers_release();
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		assert_true(is_awake(list[i]));
		waker_unref(list[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wakes_until_it_is_cleared),
	    cmocka_unit_test(holds_back),
	    cmocka_unit_test(wakes_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
