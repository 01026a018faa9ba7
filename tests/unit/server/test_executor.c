#include "support/unit.h"

#include <unistd.h>

#include "server/executor.h"
#include "util/clock.h"

#define N_TASKS 1000

static struct executor executor;

struct numbered {
	struct task task;
	int number, rounds;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int order[4 * N_TASKS], n_run;

static void note(struct task *t, struct worker *worker)
{
	struct numbered *n = container_of(t, struct numbered, task);
	bool again;

	pthread_mutex_lock(&lock);
	order[n_run++] = n->number;
	again = --n->rounds > 0;
	pthread_mutex_unlock(&lock);
	if (again)
		executor_submit(&executor, t);
}

static void start(int threads)
{
	struct status st;

	status_init(&st);
	n_run = 0;
	assert_int_equal(executor_start(&executor, threads, &st), 0);
}

static void first_in_first_out(void **state)
{
	static struct numbered tasks[N_TASKS];

	start(1);
	for (int i = 0; i < N_TASKS; i++) {
		tasks[i] = (struct numbered){.task.run = note, .number = i, .rounds = 1};
		executor_submit(&executor, &tasks[i].task);
	}
	executor_stop(&executor);
	assert_int_equal(n_run, N_TASKS);
	for (int i = 0; i < N_TASKS; i++)
		assert_int_equal(order[i], i);
}

static void hold(struct task *t, struct worker *worker)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
}

/* Who wants another slice stands behind those that came meanwhile. */
static void again_is_the_back_of_the_queue(void **state)
{
	struct numbered a = {.task.run = note, .number = 1, .rounds = 3};
	struct numbered b = {.task.run = note, .number = 2, .rounds = 2};
	struct task first = {.run = hold};

	start(1);
	pthread_mutex_lock(&lock);
	executor_submit(&executor, &first);
	executor_submit(&executor, &a.task);
	executor_submit(&executor, &b.task);
	pthread_mutex_unlock(&lock);
	executor_stop(&executor);
	assert_int_equal(n_run, 5);
	assert_memory_equal(order, ((int[]){1, 2, 1, 2, 1}), 5 * sizeof(int));
}

static pthread_barrier_t barrier;

static void meet(struct task *t, struct worker *worker)
{
	pthread_barrier_wait(&barrier);
}

/* A barrier of n tasks opens only when n threads run at once. */
static void all_threads_work(void **state)
{
	struct task tasks[4];

	pthread_barrier_init(&barrier, NULL, 4);
	start(4);
	for (int i = 0; i < 4; i++) {
		tasks[i].run = meet;
		executor_submit(&executor, &tasks[i]);
	}
	executor_stop(&executor);
	pthread_barrier_destroy(&barrier);
}

static void many_threads_lose_nothing(void **state)
{
	static struct numbered tasks[N_TASKS];
	int seen[N_TASKS] = {0};

	start(4);
	for (int i = 0; i < N_TASKS; i++) {
		tasks[i] = (struct numbered){.task.run = note, .number = i, .rounds = 3};
		executor_submit(&executor, &tasks[i].task);
	}
	executor_stop(&executor);
	assert_int_equal(n_run, 3 * N_TASKS);
	for (int i = 0; i < n_run; i++)
		seen[order[i]]++;
	for (int i = 0; i < N_TASKS; i++)
		assert_int_equal(seen[i], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_in_first_out),
	    cmocka_unit_test(again_is_the_back_of_the_queue),
	    cmocka_unit_test(all_threads_work),
	    cmocka_unit_test(many_threads_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
