#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "storage/engine.h"
#include "util/clock.h"
#include "util/log.h"

/* The thread that does once a second what nobody waits for. */

void keeper_init(struct keeper *k)
{
	pthread_condattr_t attr;

	*k = (struct keeper){.poked = false};
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->work, &attr);
	pthread_condattr_destroy(&attr);
}

void keeper_clear(struct keeper *k)
{
	pthread_cond_destroy(&k->work);
	pthread_mutex_destroy(&k->lock);
}

/* ---- the disk */

int64_t disk_free_bytes(const struct store *s, int64_t *total)
{
	struct statvfs v;

	if (statvfs(s->datadir.dir, &v) != 0)
		return -1;
	if (total)
		*total = (int64_t)v.f_blocks * (int64_t)v.f_frsize;
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

/* Refuses writes before the last byte is gone; some room above the floor keeps
 * it from changing its mind all the time. */
void check_disk(struct store *s)
{
	int64_t floor = s->options.disk_floor_bytes;
	int64_t free_bytes = disk_free_bytes(s, NULL);

	if (floor <= 0 || free_bytes < 0)
		return;
	if (free_bytes < floor)
		store_refuse(s, REFUSE_DISK, "the disk is nearly full");
	else if (free_bytes >= floor + floor / 8)
		store_accept(s, REFUSE_DISK);
}

/* Named as tables are: what a disk does with these is asked. */
static const char probe_name[] = "probe.sst";

/* Can a table file be written?  statvfs does not tell of quotas and of a disk that fails. */
static bool disk_takes_tables(const struct store *s)
{
	static const char zeros[64 * 1024];
	char path[PATH_MAX];
	bool ok = true;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->datadir.spill, probe_name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (int i = 0; ok && i < 16; i++)
		ok = fd >= 0 && write(fd, zeros, sizeof(zeros)) == sizeof(zeros);
	ok = ok && fdatasync(fd) == 0;
	if (fd >= 0)
		close(fd);
	unlink(path);
	return ok;
}

static bool is_none(struct store *s, const char *property)
{
	uint64_t n;

	return rocksdb_property_int(s->db, property, &n) == 0 && n == 0;
}

/*
 * A flush or compaction that failed, mostly for want of disk space, stops RocksDB until
 * it is told to go on.  It is told when that is likely to go well, and when none of the
 * failed ones still waits a second for its end: where one fails while it goes on, RocksDB
 * (7.8: BackgroundFlush) may drop a flush that was asked for without forgetting that it
 * was, and waits for it for ever.
 */
static void try_resume(struct store *s)
{
	struct door_status d;

	if (atomic_load(&s->health.refusal) != REFUSE_BACKGROUND)
		return;
	if (!is_none(s, "rocksdb.num-running-flushes") ||
	    !is_none(s, "rocksdb.num-running-compactions") || !disk_takes_tables(s))
		return;
	door_resume(s->db, &d);
	if (d.code == DOOR_OK)
		store_accept(s, REFUSE_BACKGROUND);
}

/* ---- the thread */

static bool wait_a_second(struct keeper *k)
{
	int64_t until_us = clock_mono_us() + 1000000;
	struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
	bool stop;

	pthread_mutex_lock(&k->lock);
	while (!k->stop && !k->poked)
		if (pthread_cond_timedwait(&k->work, &k->lock, &until) != 0)
			break;
	k->poked = false;
	stop = k->stop;
	pthread_mutex_unlock(&k->lock);
	return !stop;
}

/* So much of the log has to be read again after a crash, at most. */
#define COUNTS_EVERY_US (10 * 1000 * 1000)

static void write_counts(struct store *s, int64_t *last_us)
{
	struct status st;

	if (clock_mono_us() - *last_us < COUNTS_EVERY_US || !counts_are_old(s))
		return;
	*last_us = clock_mono_us();
	status_init(&st);
	if (counts_write(s, &st) != 0)
		log_write(LOG_STORAGE, LOG_WARNING, 1014, "The counters cannot be written",
		    (struct log_attr[]){{"error", LOG_STR(st.message)}, {NULL}});
	status_clear(&st);
}

static void *keeper_thread(void *arg)
{
	int64_t counts_us = clock_mono_us();
	struct store *s = arg;

	do {
		check_disk(s);
		try_resume(s);
		if (atomic_load(&s->health.refusal) == REFUSE_NOTHING) {
			families_tend(s);
			write_counts(s, &counts_us);
		}
		history_tend(s);
	} while (wait_a_second(&s->keeper));
	return NULL;
}

int keeper_start(struct store *s, struct status *st)
{
	if (pthread_create(&s->keeper.thread, NULL, keeper_thread, s) != 0)
		return status_set(st, ERR_INTERNAL_ERROR, "no thread to keep the store");
	s->keeper.started = true;
	return 0;
}

void keeper_stop(struct store *s)
{
	struct keeper *k = &s->keeper;

	if (!k->started)
		return;
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	k->started = false;
}

void keeper_poke(struct store *s)
{
	struct keeper *k = &s->keeper;

	pthread_mutex_lock(&k->lock);
	k->poked = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
}
