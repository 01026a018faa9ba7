#include "config.h"

#include "server/executor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "storage/store.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (8 << 20)
#else
#define STACK_BYTES (2 << 20)
#endif

static struct task *next_task(struct executor *e)
{
	struct task *t;

	pthread_mutex_lock(&e->lock);
	while (!(t = task_queue_take(&e->queue)) && !e->stopping) {
		e->n_idle++;
		pthread_cond_wait(&e->wake, &e->lock);
		e->n_idle--;
	}
	pthread_mutex_unlock(&e->lock);
	return t;
}

static void *run_thread(void *arg)
{
	struct executor *e = arg;
	struct worker worker;
	struct task *t;

	store_thread_begin();
	compress_context_init(&worker.compress);
	while ((t = next_task(e)))
		t->run(t, &worker);
	compress_context_clear(&worker.compress);
	return NULL;
}

/* All but what a fault of our own raises: that must be seen where it happens. */
static void block_signals(sigset_t *before)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		sigdelset(&set, faults[i]);
	pthread_sigmask(SIG_SETMASK, &set, before);
}

int thread_start(
    pthread_t *thread, const char *name, void *(*run)(void *), void *arg, struct status *st)
{
	pthread_attr_t attr;
	sigset_t before;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	block_signals(&before);
	err = pthread_create(thread, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (err)
		return status_set(
		    st, ERR_OPERATION_FAILED, "cannot start a thread: %s", strerror(err));
	pthread_setname_np(*thread, name);
	return 0;
}

int executor_start(struct executor *e, int n, struct status *st)
{
	*e = (struct executor){.n_threads = 0};
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->wake, NULL);
	e->threads = calloc((size_t)n, sizeof(*e->threads));
	if (!e->threads)
		return status_set(st, ERR_OPERATION_FAILED, "there is no memory for threads");
	while (e->n_threads < n) {
		int err =
		    thread_start(&e->threads[e->n_threads], "executor", run_thread, e, st);

		if (err) {
			executor_stop(e);
			return err;
		}
		e->n_threads++;
	}
	return 0;
}

void executor_stop(struct executor *e)
{
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	pthread_cond_broadcast(&e->wake);
	pthread_mutex_unlock(&e->lock);
	for (int i = 0; i < e->n_threads; i++)
		pthread_join(e->threads[i], NULL);
	free(e->threads);
	e->threads = NULL;
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
}

void executor_submit(struct executor *e, struct task *t)
{
	bool wake;

	pthread_mutex_lock(&e->lock);
	task_queue_put(&e->queue, t);
	wake = e->n_idle > 0;
	pthread_mutex_unlock(&e->lock);
	if (wake)
		pthread_cond_signal(&e->wake);
}
