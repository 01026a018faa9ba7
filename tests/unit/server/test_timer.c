#include "support/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/timer.h"
#include "util/clock.h"

#define N_TIMERS 500

struct probe {
	struct timer timer;
	int64_t fired_us;
};

static struct timers timers;
static _Atomic int fired;
static struct probe *order[N_TIMERS];

static void on_fire(struct timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);

	p->fired_us = clock_mono_us();
	order[fired] = p;
	fired++;
}

static int setup(void **state)
{
	struct status st;

	status_init(&st);
	fired = 0;
	return timers_start(&timers, &st);
}

static int teardown(void **state)
{
	timers_stop(&timers);
	return 0;
}

static void wait_for(int n)
{
	for (int i = 0; fired < n && i < 60000; i++)
		usleep(1000);
	assert_int_equal(fired, n);
}

static void fires_when_it_is_time(void **state)
{
	struct probe p = {.timer.fire = on_fire};
	int64_t at = clock_mono_us() + 20000;

	timers_set(&timers, &p.timer, at);
	wait_for(1);
	assert_true(p.fired_us >= at);
	timers_cancel(&timers, &p.timer);
}

static void an_earlier_one_comes_first(void **state)
{
	struct probe late = {.timer.fire = on_fire}, early = {.timer.fire = on_fire};

	timers_set(&timers, &late.timer, clock_mono_us() + 60000000);
	timers_set(&timers, &early.timer, clock_mono_us() + 1000);
	wait_for(1);
	assert_ptr_equal(order[0], &early);
	timers_cancel(&timers, &late.timer);
	assert_int_equal(fired, 1);
}

/* Sets them in any order and cancels every third.  False: that took until the
 * first was due, so this says nothing, and all are cancelled. */
static bool set_many(struct probe *probes, int64_t begin)
{
	for (int i = 0; i < N_TIMERS; i++) {
		probes[i] = (struct probe){.timer.fire = on_fire};
		timers_set(&timers, &probes[i].timer, begin + rand() % 20000);
	}
	for (int i = 0; i < N_TIMERS; i += 3)
		timers_cancel(&timers, &probes[i].timer);
	if (clock_mono_us() < begin)
		return true;
	for (int i = 0; i < N_TIMERS; i++)
		timers_cancel(&timers, &probes[i].timer);
	fired = 0;
	return false;
}

/* Those that were not cancelled fire in the order of time. */
static void many(void **state)
{
	static struct probe probes[N_TIMERS];
	int64_t lead_us = 20000;

	srand(7);
	while (!set_many(probes, clock_mono_us() + lead_us))
		lead_us *= 2;
	wait_for(N_TIMERS - (N_TIMERS + 2) / 3);
	for (int i = 0; i < N_TIMERS; i++)
		assert_int_equal(probes[i].fired_us != 0, i % 3 != 0);
	for (int i = 1; i < fired; i++)
		assert_true(order[i - 1]->timer.at_us <= order[i]->timer.at_us);
}

static void past_fires_at_once(void **state)
{
	struct probe p = {.timer.fire = on_fire};

	timers_set(&timers, &p.timer, 1);
	wait_for(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(fires_when_it_is_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_earlier_one_comes_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(many, setup, teardown),
	    cmocka_unit_test_setup_teardown(past_fires_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
