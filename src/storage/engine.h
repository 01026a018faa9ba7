/*
 * storage/engine.h - what the files of the store share: struct store and the
 * functions behind the public headers.  For src/storage/ only.
 *
 *     store.c     opening, closing, figures
 *     datadir.c   the data directory: lock, format, watermark
 *     options.c   RocksDB's options
 *     family_open.c, family.c  the database and its families, the spare ones
 *     recover.c   what the last opening has left: watermark, term
 *     batch.c     what one commit changes
 *     bulk.c      table files that RocksDB takes over
 *     side.c      what writers change of an index that is being built
 *     health.c    whether writes are taken; RocksDB's errors in our words
 *     iter.c, record.c, snapshot.c  reading
 *     record_cache.c  documents that are read by their key
 *     commit.c    the commit lock and its queue
 *     sync.c      the thread that syncs the log, and who waits for it
 *     blocking.c  an op for a thread that may wait
 *     keeper.c    the thread that does what nobody waits for
 *     counts.c    documents and bytes of the collections, over a crash
 *     log_*.c     the log's files, records, header; the reader
 *     log_break.c  where the log ends, when it has lost something before its end
 *     history.c   closed log files: kept, cut at open, dropped
 */
#ifndef STORAGE_ENGINE_H
#define STORAGE_ENGINE_H

#include <pthread.h>

#include "storage/batch.h"
#include "storage/door.h"
#include "storage/record_cache.h"
#include "storage/store.h"
#include "util/buf.h"
#include "util/thread_slot.h"

/* ---- options.c */

struct engine_options {
	rocksdb_cache_t *cache;
	rocksdb_block_based_table_options_t *tables;
	rocksdb_options_t *db; /* the database's and every family's but one's */
	rocksdb_options_t *documents;
	rocksdb_writeoptions_t *write;
};

MUST_CHECK bool engine_options_make(struct engine_options *e, const struct store_options *o);
void engine_options_clear(struct engine_options *e);

/* ---- datadir.c */

/* What the directory says about the log: everything up to sequence is synced. */
struct watermark {
	uint64_t sequence;
	uint64_t cluster_time;
	uint32_t term;
	bool clean; /* closed in order, nothing has been written since */
};

struct datadir {
	char *dir, *db, *archive, *history, *spill;
	int lock_fd;
	int watermark_fd;
	unsigned int watermark_slot;
	bool fresh; /* made by this opening */
};

/* Takes the lock and makes what is missing; changes nothing in a directory
 * that is not ours or of another format. */
MUST_CHECK int datadir_open(struct datadir *d, const char *dir, struct status *st);
void datadir_close(struct datadir *d);
MUST_CHECK int datadir_empty_spill(struct datadir *d, struct status *st);
/* The names in it are on disk.  0, or -1 with errno. */
MUST_CHECK int dir_sync(const char *path);
/* ERR_ABSENT: there is none yet. */
MUST_CHECK int watermark_read(struct datadir *d, struct watermark *w, struct status *st);
/* Returns 0 or errno. */
MUST_CHECK int watermark_write(struct datadir *d, const struct watermark *w);
/* What has been written is on disk. */
MUST_CHECK int watermark_sync(struct datadir *d, struct status *st);

/* ---- blocking.c: an op for a thread that may wait */

struct blocking_op {
	struct op op;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool fired;
};

void blocking_op_init(struct blocking_op *b);
void blocking_op_clear(struct blocking_op *b);
/* After PARK: returns when run is to be called again. */
void blocking_op_wait(struct blocking_op *b);

/* ---- family.c */

struct family {
	_Atomic int refs; /* one is the table's */
	uint32_t number;
	bool spare;
	bool shared;  /* several indexes are put into it */
	rocksdb_column_family_handle_t *handle;
	struct store *store;
};

/* In front of every system row's key: no namespace has this id. */
#define SYSTEM_PREFIX 0xFFFFFFFFu

/* Ids inside RocksDB: they stand in the log. */
#define FAMILY_ID_SYSTEM    0
#define FAMILY_ID_DOCUMENTS 1

struct families {
	pthread_mutex_t lock;
	struct family *system, *documents;
	int n, capacity;
	struct family **index; /* sorted by number */
	uint32_t next_number;
	int next_shared;
};

#define INDEX_FAMILY "index-" /* and the number: an index family's name */

MUST_CHECK struct family *family_new(
    struct store *s, uint32_t number, rocksdb_column_family_handle_t *handle);
void family_free(struct family *f);
/* Into the table; under its lock, or while nobody else knows it. */
MUST_CHECK bool families_add(struct families *fs, struct family *f);

/* The sequence number up to which the database can be read back, found
 * without changing anything. */
MUST_CHECK int families_probe(struct store *s, uint64_t *sequence, struct status *st);
/* Opens the database and takes the handles in. */
MUST_CHECK int families_open(struct store *s, struct status *st);
/* All that can be closed before the database is. */
void families_close(struct store *s);
/* Writes all memtables out; refused as writes are. */
MUST_CHECK int families_flush(
    struct store *s, const rocksdb_flushoptions_t *o, struct status *st);
/* The keeper's work: drops what no index lives in any more, makes spare ones. */
void families_tend(struct store *s);
/* Their part of the figures. */
void families_stats(struct store *s, struct store_stats *out);
/* After the catalog has taken its own: the rest is spare or goes. */
void families_settle(struct store *s);

/* ---- recover.c */

/* The database as it was left, opened and made ready for the first commit. */
MUST_CHECK int recover_database(struct store *s, struct status *st);
/* The term of the last opening: the rows can be read. */
MUST_CHECK int recover_term(struct store *s, struct status *st);
/* The first commit of this one. */
MUST_CHECK int raise_term(struct store *s, struct status *st);

/* ---- batch.c */

/* What a batch does to the counters of one collection. */
struct batch_table {
	uint32_t table_id;
	struct collection_live *live;
	int64_t documents, bytes;
	bool emptied;	/* before that */
	bool appended;	/* tailable cursors want to know */
};

struct batch {
	struct batch *next_spare;
	struct store *store;
	rocksdb_writebatch_t *rep;
	struct memory_account *account;
	size_t charged, uncharged; /* the latter is too little to be charged yet */
	struct buf header, key;
	/* Of side tables: how many changes, the one that is being put, and where in rep
	 * their keys want the cluster time. */
	uint32_t n_side;
	struct buf side_row, time_places;
	int n_tables, tables_capacity;
	struct batch_table *tables;
	size_t n_changes, changes_capacity;
	struct record_change *changes; /* of records that were there before */
	size_t largest; /* what it has been used for */
	bool sealed;
	bool failed;
};

/* Batches whose memory is used again, by the thread that freed them. */
struct batch_pool {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	struct batch *spare;
	int n;
};

void batch_pools_init(struct store *s);
void batch_pools_clear(struct store *s);

/* Completes what can be before the lock is taken; 0 or the sticky error. */
MUST_CHECK int batch_seal(struct batch *b, struct status *st);
/* Under the commit lock, each time it is tried: what depends on the cluster time. */
struct log_header;
void batch_complete(struct batch *b, const struct log_header *h);
/* The tiny key of a commit that has none. */
void batch_put_noop(struct batch *b);

/* ---- ddl.c */

/* How often and how long DDL has kept writers of a collection out. */
struct fence_figures {
	_Atomic int64_t n, longest_us;
};

/* ---- commit.c */

struct committer {
	pthread_mutex_t lock; /* of the five that follow */
	pthread_cond_t left;
	bool taken;    /* somebody carries out commits */
	struct commit *handed; /* taken for this one, which has not come yet */
	int waiting;   /* threads in commit_lock */
	struct commit *head, **tail;
	pthread_mutex_t done_lock; /* states of queued commits */

	/* Belong to whoever has set taken. */
	uint64_t last_sequence;
	bool first_done; /* the term's first commit */

	/* Written by the same, read by all. */
	_Atomic uint64_t cluster_time;
	_Atomic uint64_t sequence, sequence_time; /* the newest commit: sync.c reads both */
	_Atomic uint64_t commits, stalls;
};

void committer_init(struct committer *c);
void committer_clear(struct committer *c);
/* The next commit's time will be later than t. */
void committer_raise_time(struct committer *c, uint64_t t);
/* Blocks until nobody commits; between the two nobody does. */
void commit_lock(struct store *s);
void commit_unlock(struct store *s);

/* ---- sync.c */

struct syncer {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t thread;
	bool started;
	bool stop, wanted;
	_Atomic bool asleep; /* without a time to wake up */
	/* Gathering: those who waited for the last sync are likely to come again. */
	bool gathers;
	int arrived; /* waiters since the last sync began */
	int expected; /* so many, before the next begins */
	int passes, backoff; /* so many syncs do not gather, since it was in vain */
	int64_t ended_us, sync_us; /* of the last sync */
	struct waitlist waiters;
	_Atomic uint64_t sequence, cluster_time;
	_Atomic uint64_t syncs;
};

void syncer_init(struct syncer *y);
void syncer_clear(struct syncer *y);
MUST_CHECK int syncer_start(struct store *s, struct status *st);
void syncer_stop(struct store *s);
/* A commit has happened: it is to be on disk within the interval. */
void syncer_note(struct store *s);
/* Syncs now, in this thread. */
void sync_log(struct store *s);
/* Ends the process: nothing it could say would be true. */
_Noreturn void sync_failed(const char *error);

/* ---- counts.c */

struct counts {
	/* The commit that has put the rows last, and the sequence number up to
	 * which they hold: the log is needed from there on. */
	uint64_t written, from;
	/* Under the commit lock: the collections whose counters have moved
	 * since, or all of them. */
	bool all;
	struct buf moved; /* table ids */
};

/* Under the commit lock: the collection's counters have moved. */
void counts_note(struct store *s, uint32_t table_id);

/* At open, when the catalog has read the rows: brings the counters, and the
 * cluster time, up to the log's end. */
MUST_CHECK int counts_recover(struct store *s, struct status *st);
/* Puts the counters into their rows; by one thread at a time. */
MUST_CHECK int counts_write(struct store *s, struct status *st);
/* Has anything been committed since? */
bool counts_are_old(const struct store *s);

/* ---- log_break.c */

struct log_break {
	bool found;
	uint64_t number, at; /* file and place of the first commit behind the hole */
	uint64_t last;	     /* the last key before it */
	/* Whether or not there is one: where the first commit beyond what was
	 * synced begins; 0: there is none. */
	uint64_t tail_number, tail_at;
};

/* Before RocksDB opens: are there commits in the log files that it is going to
 * read of which those before are missing? */
MUST_CHECK int log_break_find(
    const struct store *s, uint64_t synced, struct log_break *out, struct status *st);
/* Cuts them off. */
MUST_CHECK int log_break_cut(
    const struct store *s, const struct log_break *b, struct status *st);
/* Writes what is beyond the watermark once more: it is to be synced then. */
MUST_CHECK int log_break_rewrite(
    const struct store *s, const struct log_break *b, struct status *st);

/* ---- history.c */

/* At open, before the first write: old log files are kept as history, and end
 * where the commits end that RocksDB has recovered. */
MUST_CHECK int history_clean_up(struct store *s, uint64_t recovered, struct status *st);
/* Syncs RocksDB's log files past RocksDB. */
MUST_CHECK int history_sync_log(struct store *s, struct status *st);
/* The keeper's work: keeps what has been closed, drops what is old. */
void history_tend(struct store *s);

/* ---- keeper.c */

struct keeper {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t thread;
	bool started;
	bool stop, poked;
};

void keeper_init(struct keeper *k);
void keeper_clear(struct keeper *k);
MUST_CHECK int keeper_start(struct store *s, struct status *st);
void keeper_stop(struct store *s);
/* There is work that should not wait for the next second. */
void keeper_poke(struct store *s);

int64_t disk_free_bytes(const struct store *s, int64_t *total);
void check_disk(struct store *s);

/* ---- iter.c, record.c, snapshot.c */

#define READ_TIER_CACHED 1 /* of RocksDB's enum, which c.h has as an int */

const rocksdb_snapshot_t *snapshot_handle(const struct snapshot *snap);

/* ---- health.c */

enum refusal {
	REFUSE_NOTHING,
	REFUSE_DISK,	   /* nearly full: ends by itself */
	REFUSE_BACKGROUND, /* a background error: ends when RocksDB resumes */
	REFUSE_FOREVER,	   /* nobody knows what a write became, or RocksDB has stopped for
			    * good: until the next start */
};

struct health {
	_Atomic int refusal;
	pthread_mutex_t lock; /* of the reason */
	char reason[512];
	struct door_listener listener;
};

void health_init(struct store *s);
void health_clear(struct store *s);
/* Writes are refused from now on; a graver reason stays. */
void store_refuse(struct store *s, enum refusal refusal, const char *reason);
/* That reason is over. */
void store_accept(struct store *s, enum refusal refusal);

/* From a failed RocksDB call: the code and the words. */
int status_of_door(struct status *st, const struct door_status *d, const char *what);
/* The same for the C API's text, which is freed. */
int status_of_text(struct status *st, char *text, const char *what);

/* ---- store.c */

/* The collator of a document from the catalog, which ends with a. */
MUST_CHECK int store_collator(struct store *s, struct view document, struct arena *a,
    const struct collator **out, struct status *st);

struct store {
	struct store *next_unclosed;
	struct store_options options;
	struct datadir datadir;
	struct engine_options engine;
	rocksdb_t *db;
	struct families families;
	struct committer committer;
	struct syncer syncer;
	struct keeper keeper;
	struct counts counts;
	struct health health;
	struct fence_figures fences;
	struct catalog *catalog;
	struct lock_table *locks;
	struct record_cache *records;
	struct query_state *query_state; /* the layer above's */
	struct batch_pool batch_pools[THREAD_SLOTS];
	uint32_t term;
};

#endif
