#include "storage/store.h"

#include <stdlib.h>

#include "storage/catalog.h"
#include "storage/ddl.h"
#include "storage/engine.h"
#include "storage/locks.h"
#include "util/clock.h"
#include "util/log.h"

/* A client's time may be so far ahead of ours. */
#define DRIFT_MAX_SECONDS (365 * 24 * 3600)

#define DEFAULT_CACHE (32 * 1024 * 1024)
#define RECORDS_SHARE 4 /* of the cache one part in so many */

/* ---- opening */

/* A part of the cache is for documents, the rest for RocksDB's blocks. */
static size_t take_record_bytes(struct store_options *o)
{
	size_t bytes;

	if (!o->cache_bytes)
		o->cache_bytes = DEFAULT_CACHE;
	bytes = o->cache_bytes / RECORDS_SHARE;
	o->cache_bytes -= bytes;
	return bytes;
}

static struct store *new_store(const struct store_options *o)
{
	struct store *s = aligned_alloc(_Alignof(struct store), sizeof(*s));

	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->options = *o;
	s->datadir = (struct datadir){.lock_fd = -1, .watermark_fd = -1};
	s->records = record_cache_new(take_record_bytes(&s->options));
	if (!s->records) {
		free(s);
		return NULL;
	}
	batch_pools_init(s);
	pthread_mutex_init(&s->families.lock, NULL);
	committer_init(&s->committer);
	syncer_init(&s->syncer);
	keeper_init(&s->keeper);
	health_init(s);
	buf_init(&s->counts.moved, NULL);
	return s;
}

/* In the opposite order, whatever of it there is. */
static void free_store(struct store *s)
{
	catalog_close(s->catalog);
	batch_pools_clear(s);
	families_close(s);
	if (s->db)
		rocksdb_close(s->db);
	lock_table_free(s->locks);
	record_cache_free(s->records);
	engine_options_clear(&s->engine);
	datadir_close(&s->datadir);
	buf_clear(&s->counts.moved);
	health_clear(s);
	keeper_clear(&s->keeper);
	syncer_clear(&s->syncer);
	committer_clear(&s->committer);
	pthread_mutex_destroy(&s->families.lock);
	free(s);
}

static int open_store(struct store *s, struct status *st)
{
	int r = datadir_open(&s->datadir, s->options.dir, st);

	if (r == 0)
		r = recover_database(s, st);
	if (r == 0)
		r = datadir_empty_spill(&s->datadir, st);
	if (r)
		return r;
	s->locks = lock_table_new();
	if (!s->locks)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	r = recover_term(s, st);
	if (r == 0)
		r = catalog_open(s, &s->catalog, st);
	if (r == 0)
		r = counts_recover(s, st);
	return r ? r : raise_term(s, st);
}

/* Commits are possible: what an earlier opening has left undone, and the
 * threads. */
static int begin_work(struct store *s, struct status *st)
{
	int r = catalog_sweep(s->catalog, st);

	if (r)
		return r;
	families_settle(s);
	check_disk(s);
	r = syncer_start(s, st);
	if (!r)
		r = keeper_start(s, st);
	if (!r)
		ddl_drop_temporary(s);
	return r;
}

int store_open(const struct store_options *o, struct store **out, struct status *st)
{
	int64_t begin_us = clock_mono_us();
	struct store *s = new_store(o);

	*out = NULL;
	if (!s)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	if (open_store(s, st) != 0 || begin_work(s, st) != 0) {
		keeper_stop(s);
		syncer_stop(s);
		free_store(s);
		return st->code;
	}
	log_write(LOG_STORAGE, LOG_INFO, 1001, "Store opened",
	    (struct log_attr[]){{"dir", LOG_STR(o->dir)}, {"term", LOG_NUM(s->term)},
		{"sequence", LOG_NUM(atomic_load(&s->committer.sequence))},
		{"ms", LOG_NUM((clock_mono_us() - begin_us) / 1000)}, {NULL}});
	*out = s;
	return 0;
}

static void mark_clean(struct store *s)
{
	const struct watermark w = {.sequence = atomic_load(&s->syncer.sequence),
	    .cluster_time = atomic_load(&s->committer.cluster_time),
	    .term = s->term,
	    .clean = true};
	int error = watermark_write(&s->datadir, &w);
	struct status st;

	status_init(&st);
	if (error || watermark_sync(&s->datadir, &st) != 0)
		log_write(LOG_STORAGE, LOG_WARNING, 1011, "The watermark cannot be written",
		    (struct log_attr[]){
			{"error", LOG_STR(error ? strerror(error) : st.message)}, {NULL}});
	status_clear(&st);
}

static void write_counts(struct store *s)
{
	struct status st;

	status_init(&st);
	/* When that fails the log makes up for it. */
	if (counts_are_old(s) && counts_write(s, &st) != 0)
		log_write(LOG_STORAGE, LOG_WARNING, 1014, "The counters cannot be written",
		    (struct log_attr[]){{"error", LOG_STR(st.message)}, {NULL}});
	status_clear(&st);
}

/* Those that could not be closed: a leak detector sees that nobody has lost them. */
static struct store *volatile unclosed;

void store_close(struct store *s)
{
	if (!s)
		return;
	keeper_stop(s);
	write_counts(s);
	syncer_stop(s);
	/* After a failed write RocksDB's close would touch the log file again
	 * (and a build with assertions end the process).  All is synced; the
	 * rest ends with the process, as after a crash. */
	if (atomic_load(&s->health.refusal) == REFUSE_FOREVER) {
		s->next_unclosed = unclosed;
		unclosed = s;
		return;
	}
	mark_clean(s);
	free_store(s);
}

/* ---- what others ask for */

void store_thread_begin(void)
{
	rocksdb_set_perf_level(rocksdb_disable);
}

bool store_sequence_by_default(const struct store *s)
{
	return s->options.sequence_by_default;
}

int store_collator(struct store *s, struct view document, struct arena *a,
    const struct collator **out, struct status *st)
{
	if (!s->options.collations)
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "this store orders strings by their bytes only, and by no collation");
	return s->options.collations->parse(document, a, out, st);
}

const char *store_collation_version(const struct store *s)
{
	return s->options.collations ? s->options.collations->version() : "";
}

struct catalog *store_catalog(struct store *s)
{
	return s->catalog;
}

struct lock_table *store_locks(struct store *s)
{
	return s->locks;
}

const char *store_spill_dir(struct store *s)
{
	return s->datadir.spill;
}

void store_set_query_state(struct store *s, struct query_state *q)
{
	s->query_state = q;
}

struct query_state *store_query_state(const struct store *s)
{
	return s->query_state;
}

uint32_t store_term(struct store *s)
{
	return s->term;
}

uint64_t store_cluster_time(struct store *s)
{
	return atomic_load(&s->committer.cluster_time);
}

uint64_t store_latest_sequence(struct store *s)
{
	return atomic_load(&s->committer.sequence);
}

uint64_t store_synced_time(struct store *s)
{
	return atomic_load(&s->syncer.cluster_time);
}

int store_advance_cluster_time(struct store *s, uint64_t t, struct status *st)
{
	uint64_t now = (uint64_t)(clock_wall_ms() / 1000);

	if (t >> 32 > now + DRIFT_MAX_SECONDS)
		return status_set(st, ERR_CLUSTER_TIME_FAILS_RATE_LIMITER,
		    "the cluster time %llu is too far ahead of this server's clock",
		    (unsigned long long)(t >> 32));
	committer_raise_time(&s->committer, t);
	return 0;
}

const char *store_engine_version(void)
{
	return door_version();
}

void store_stats(struct store *s, struct store_stats *out)
{
	struct record_cache_stats records;

	*out = (struct store_stats){
	    .latest_sequence = atomic_load(&s->committer.sequence),
	    .synced_sequence = atomic_load(&s->syncer.sequence),
	    .commits = atomic_load(&s->committer.commits),
	    .stalls = atomic_load(&s->committer.stalls),
	    .syncs = atomic_load(&s->syncer.syncs),
	    .cache_used_bytes = (int64_t)rocksdb_cache_get_usage(s->engine.cache),
	    .cache_capacity_bytes = (int64_t)rocksdb_cache_get_capacity(s->engine.cache),
	};
	out->fences = atomic_load(&s->fences.n);
	out->longest_fence_us = atomic_load(&s->fences.longest_us);
	record_cache_stats(s->records, &records);
	out->record_cache_bytes = records.used_bytes;
	out->record_cache_capacity_bytes = records.capacity_bytes;
	out->record_cache_hits = records.hits;
	out->record_cache_misses = records.misses;
	out->disk_free_bytes = disk_free_bytes(s, &out->disk_total_bytes);
	families_stats(s, out);
}
