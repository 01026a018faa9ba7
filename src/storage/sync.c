#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/engine.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/waker.h"

/*
 * One thread syncs the log: when somebody waits for it at once and again, else
 * each interval as long as there is something new.  Whoever waits is woken by a
 * sync that began after their write had returned.
 *
 * Left to itself that makes two groups of clients of which one waits for its sync
 * while the other's goes on.  So a sync waits for those whom the last one has told
 * (they are likely to be back within the time that a sync takes) and then tells all.
 * When they do not come, the next syncs do not wait.
 */

enum {
	INTERVAL_DEFAULT_MS = 100,
	GATHER_MOST_US = 5000, /* where a sync takes long, nobody waits that long for others */
	BACKOFF_MOST = 64,
};

void syncer_init(struct syncer *y)
{
	pthread_condattr_t attr;

	*y = (struct syncer){.wanted = false};
	pthread_mutex_init(&y->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&y->work, &attr);
	pthread_condattr_destroy(&attr);
	waitlist_init(&y->waiters);
}

void syncer_clear(struct syncer *y)
{
	waitlist_clear(&y->waiters);
	pthread_cond_destroy(&y->work);
	pthread_mutex_destroy(&y->lock);
}

/* Nothing the server could say would be true after this: what the kernel has
 * dropped is gone even if the next sync succeeds. */
void sync_failed(const char *error)
{
	log_write(LOG_STORAGE, LOG_FATAL, 1010, "The log cannot be synced: stopping",
	    (struct log_attr[]){{"error", LOG_STR(error)}, {NULL}});
	abort();
}

static void note_synced(struct store *s, uint64_t sequence, uint64_t time)
{
	struct watermark w = {.sequence = sequence, .cluster_time = time, .term = s->term};
	/* Before those who wait are told: what they have been told is then missed by the
	 * next opening, should it be gone. */
	int error = watermark_write(&s->datadir, &w);

	/* An old watermark promises less than is true: no harm but to the
	 * check at the next opening. */
	if (error)
		log_write(LOG_STORAGE, LOG_WARNING, 1011, "The watermark cannot be written",
		    (struct log_attr[]){{"error", LOG_STR(strerror(error))}, {NULL}});
	atomic_store(&s->syncer.cluster_time, time);
	atomic_store(&s->syncer.sequence, sequence);
	atomic_fetch_add_explicit(&s->syncer.syncs, 1, memory_order_relaxed);
	wakers_hold();
	waitlist_wake_until(&s->syncer.waiters, sequence);
	wakers_release();
}

/* After a failed write RocksDB does not touch its log file any more (a build
 * with assertions ends the process).  What was written before is in the
 * kernel's hands, and can be synced by anybody. */
static void sync_files(struct store *s)
{
	struct status st;

	status_init(&st);
	if (history_sync_log(s, &st) != 0)
		sync_failed(st.message);
}

static void sync_rocksdb(struct store *s)
{
	char *text = NULL;

	rocksdb_flush_wal(s->db, 1, &text);
	if (text)
		sync_failed(text);
}

/* Before anybody is told: who then waits again is not one more. */
static void count_waiters(struct syncer *y, int64_t begun_us)
{
	pthread_mutex_lock(&y->lock);
	y->ended_us = clock_mono_us();
	y->sync_us = y->ended_us - begun_us;
	y->expected += y->arrived;
	pthread_mutex_unlock(&y->lock);
}

/* Called by one thread at a time: the sync thread, or while there is none. */
void sync_log(struct store *s)
{
	/* Both of commits that have been written before the sync begins. */
	uint64_t sequence = atomic_load(&s->committer.sequence);
	uint64_t time = atomic_load(&s->committer.sequence_time);
	int64_t begun_us = clock_mono_us();

	if (atomic_load(&s->health.refusal) == REFUSE_FOREVER)
		sync_files(s);
	else
		sync_rocksdb(s);
	count_waiters(&s->syncer, begun_us);
	note_synced(s, sequence, time);
}

static bool has_news(const struct store *s)
{
	return atomic_load(&s->committer.sequence) != atomic_load(&s->syncer.sequence);
}

static struct timespec time_of(int64_t us)
{
	return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

/* Under the lock: waits for those who are expected, but not long. */
static void gather(struct syncer *y)
{
	struct timespec until =
	    time_of(y->ended_us + MIN_OF(5 * y->sync_us / 4, GATHER_MOST_US));
	bool in_vain = false;

	if (y->passes) {
		y->passes--;
		return;
	}
	y->gathers = true;
	while (!y->stop && !in_vain && y->arrived < y->expected)
		in_vain = pthread_cond_timedwait(&y->work, &y->lock, &until) != 0;
	y->gathers = false;
	y->backoff = !in_vain ? 0 : y->backoff ? MIN_OF(2 * y->backoff, BACKOFF_MOST) : 1;
	y->passes = y->backoff;
}

/* Sleeps until there is something to sync and it is time.  False: stop. */
static bool wait_for_work(struct store *s, int64_t last_us)
{
	struct syncer *y = &s->syncer;
	int ms = s->options.sync_interval_ms ? s->options.sync_interval_ms : INTERVAL_DEFAULT_MS;
	struct timespec until = time_of(last_us + (int64_t)ms * 1000);
	bool stop;

	pthread_mutex_lock(&y->lock);
	gather(y);
	while (!y->stop && !(y->wanted && has_news(s))) {
		if (has_news(s)) {
			if (pthread_cond_timedwait(&y->work, &y->lock, &until) != 0)
				break;
			continue;
		}
		y->wanted = false;
		/* syncer_note looks at this after the commit is visible. */
		atomic_store(&y->asleep, true);
		if (!has_news(s))
			pthread_cond_wait(&y->work, &y->lock);
		atomic_store(&y->asleep, false);
	}
	y->wanted = false;
	y->expected = y->arrived;
	y->arrived = 0;
	stop = y->stop;
	pthread_mutex_unlock(&y->lock);
	return !stop;
}

static void *sync_thread(void *arg)
{
	struct store *s = arg;
	int64_t begun_us = 0;

	while (wait_for_work(s, begun_us)) {
		begun_us = clock_mono_us();
		sync_log(s);
	}
	return NULL;
}

int syncer_start(struct store *s, struct status *st)
{
	if (pthread_create(&s->syncer.thread, NULL, sync_thread, s) != 0)
		return status_set(st, ERR_INTERNAL_ERROR, "no thread to sync the log");
	s->syncer.started = true;
	return 0;
}

void syncer_stop(struct store *s)
{
	struct syncer *y = &s->syncer;

	if (!y->started)
		return;
	pthread_mutex_lock(&y->lock);
	y->stop = true;
	pthread_cond_signal(&y->work);
	pthread_mutex_unlock(&y->lock);
	pthread_join(y->thread, NULL);
	y->started = false;
	sync_log(s);
}

void syncer_note(struct store *s)
{
	struct syncer *y = &s->syncer;

	if (!atomic_load(&y->asleep))
		return;
	pthread_mutex_lock(&y->lock);
	pthread_cond_signal(&y->work);
	pthread_mutex_unlock(&y->lock);
}

static void want_sync(struct syncer *y)
{
	pthread_mutex_lock(&y->lock);
	y->wanted = true;
	y->arrived++;
	if (!y->gathers || y->arrived >= y->expected)
		pthread_cond_signal(&y->work);
	pthread_mutex_unlock(&y->lock);
}

enum step store_wait_synced(
    struct store *s, uint64_t sequence, struct op *op, struct status *st)
{
	struct syncer *y = &s->syncer;

	waitlist_remove(&y->waiters, op);
	if (atomic_load(&y->sequence) >= sequence)
		return STEP_DONE;
	if (op_check_now(op, st) != 0)
		return STEP_ERROR;
	op_wait_begin(op);
	waitlist_add(&y->waiters, op, sequence);
	/* The sync may have ended before it stood on the list. */
	if (atomic_load(&y->sequence) >= sequence) {
		waitlist_remove(&y->waiters, op);
		return STEP_DONE;
	}
	want_sync(y);
	return STEP_PARK;
}

/* ---- a sync that its caller waits for */

static int wait_until_synced(struct store *s, uint64_t sequence, struct status *st)
{
	struct blocking_op b;
	enum step step;

	blocking_op_init(&b);
	while ((step = store_wait_synced(s, sequence, &b.op, st)) == STEP_PARK)
		blocking_op_wait(&b);
	blocking_op_clear(&b);
	return step == STEP_DONE ? 0 : st->code;
}

static int flush_memtables(struct store *s, struct status *st)
{
	rocksdb_flushoptions_t *o = rocksdb_flushoptions_create();
	int r = families_flush(s, o, st);

	rocksdb_flushoptions_destroy(o);
	return r;
}

int store_sync_now(struct store *s, bool memtables, struct status *st)
{
	int r = wait_until_synced(s, atomic_load(&s->committer.sequence), st);

	return r == 0 && memtables ? flush_memtables(s, st) : r;
}
