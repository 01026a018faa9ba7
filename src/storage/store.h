/*
 * storage/store.h - the one owner of RocksDB: opening, closing, families,
 * snapshots, what is synced.
 *
 * Nothing above src/storage/ sees a RocksDB type.  A store is one data
 * directory: RocksDB's files in DIR/db, our own beside them (the lock file,
 * the format version, the synced watermark, closed log files kept for
 * history, spill files).
 *
 * Threads: any, except store_open and store_close.
 */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include "util/op.h"
#include "util/status.h"
#include "util/view.h"

struct arena;
struct catalog;
struct collator;
struct family;
struct lock_table;
struct store;

#define STORE_FORMAT_VERSION 1

/* How the store comes to collators: given by the layers above, which know ICU. */
struct collations {
	/* From a document with all its fields; *out ends with a, NULL: by bytes. */
	int (*parse)(struct view document, struct arena *a, const struct collator **out,
	    struct status *st);
	/* Of the sort keys that collators make: these are on disk. */
	const char *(*version)(void);
};

struct store_options {
	const char *dir;
	size_t cache_bytes; /* of documents and of RocksDB's blocks; 0: 32 MiB */
	size_t memtable_bytes;	     /* for all families together */
	int background_jobs;	     /* 0: the number of cores */
	int64_t disk_floor_bytes;    /* below this much free disk: read-only */
	int64_t log_retention_ms;    /* history kept for change streams and backups */
	int64_t log_retention_bytes;
	int sync_interval_ms;	     /* w:1 is on disk within this; 0: 100 */
	int dedicated_families;	     /* indexes with a family of their own; 0: 256 */
	bool accept_damage;	     /* open although synced commits are missing */
	bool sequence_by_default;    /* record_key of collections that do not say */
	const struct collations *collations; /* NULL: strings are ordered by bytes only */
};

/*
 * Opens or makes the store.  Errors are one clear sentence: the directory is in use,
 * of an unknown format, unreadable, full, damaged; nothing has been changed
 * then.  Raises the term and cleans up the log before the first write.
 */
MUST_CHECK int store_open(const struct store_options *o, struct store **out, struct status *st);
/* Syncs and closes.  No operation, iterator, snapshot or cursor may be left.
 * After a write whose outcome is unknown it only syncs: the rest ends with the
 * process. */
void store_close(struct store *s);

/*
 * For a thread that will use stores often, once, before: RocksDB keeps counts in the thread
 * for whoever may ask, at each key that it compares; nobody asks.
 */
void store_thread_begin(void);

/* Are collections whose creator does not say RECORD_KEY_SEQUENCE? */
bool store_sequence_by_default(const struct store *s);
/* Of the sort keys that are made now; "" without collations. */
const char *store_collation_version(const struct store *s);
struct catalog *store_catalog(struct store *s);
struct lock_table *store_locks(struct store *s);
/*
 * What the layer above keeps beside the store (query/query_state.h), which knows no more of it.
 * Set before the first query, and NULL again before the store closes.
 */
struct query_state;
void store_set_query_state(struct store *s, struct query_state *q);
struct query_state *store_query_state(const struct store *s); /* NULL: none */
/* A directory of the store's for spill files; emptied at open. */
const char *store_spill_dir(struct store *s);

/* The epoch of this opening: rises at every open and every restore. */
uint32_t store_term(struct store *s);
/* The cluster time of the newest commit, (seconds << 32 | increment). */
uint64_t store_cluster_time(struct store *s);
/* A client's $clusterTime: moves ours forward.  ERR_... when it is too far ahead. */
MUST_CHECK int store_advance_cluster_time(struct store *s, uint64_t t, struct status *st);
/* The sequence of the newest commit: what a majority read waits to be synced. */
uint64_t store_latest_sequence(struct store *s);
/* The cluster time up to which everything is synced. */
uint64_t store_synced_time(struct store *s);

/* 0, or why writes are refused now (the disk is nearly full, a background
 * error).  Each write command asks before it begins. */
MUST_CHECK int store_writable(struct store *s, struct status *st);

/* Which kinds of waiting a read may do: on a loop only what is cached. */
enum read_tier { READ_CACHED, READ_ANY };

static inline enum read_tier read_tier_of(const struct op *op)
{
	return op->on_loop ? READ_CACHED : READ_ANY;
}

/*
 * A pair (state of the store, cluster time), taken under the commit lock.
 * May block for the length of a commit: not on a loop.
 */
struct snapshot;
MUST_CHECK struct snapshot *snapshot_take(struct store *s);
void snapshot_release(struct snapshot *snap);
uint64_t snapshot_time(const struct snapshot *snap);
uint64_t snapshot_sequence(const struct snapshot *snap);

/*
 * DONE once everything up to the commit with this sequence is synced.  Wakes
 * the sync thread if need be; PARKs until then.
 */
MUST_CHECK enum step store_wait_synced(
    struct store *s, uint64_t sequence, struct op *op, struct status *st);

/* fsync command: all that is committed is on disk when it returns (executor). */
MUST_CHECK int store_sync_now(struct store *s, bool flush_memtables, struct status *st);

/* Families of indexes.  A family lives as long as somebody holds it. */
struct family *store_family_system(struct store *s);
struct family *store_family_documents(struct store *s);
/* An index's family by its number (from its catalog row): a new reference, or
 * NULL when there is none. */
struct family *store_family_find(struct store *s, uint32_t number);
/* A family for a new index: one of its own from the spares, or past the limit
 * a shared one.  A new reference.  May block (executor). */
MUST_CHECK int store_family_take(struct store *s, struct family **out, struct status *st);
/* The index in it is gone (committed): it is emptied and used again or dropped. */
void store_family_retire(struct store *s, struct family *f);
uint32_t family_number(const struct family *f);
struct family *family_ref(struct family *f);
void family_unref(struct family *f);

/* The version of RocksDB that runs. */
const char *store_engine_version(void);

/* Figures for serverStatus and the stats commands. */
struct store_stats {
	uint64_t latest_sequence, synced_sequence;
	uint64_t commits, syncs, stalls;
	int64_t cache_used_bytes, cache_capacity_bytes, memtable_bytes, table_files_bytes;
	int64_t disk_free_bytes, disk_total_bytes;
	int families, spare_families;
	int64_t fences, longest_fence_us; /* DDL's: writers of a collection wait meanwhile */
	/* Of the cache of documents. */
	int64_t record_cache_bytes, record_cache_capacity_bytes;
	int64_t record_cache_hits, record_cache_misses;
};
void store_stats(struct store *s, struct store_stats *out);
/* About how many bytes a range of a family takes on disk and in memtables. */
int64_t store_range_bytes(struct store *s, struct family *f, struct view from, struct view to);

#endif
