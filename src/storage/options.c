#include <sys/param.h>
#include <unistd.h>

#include "storage/engine.h"
#include "util/log.h"

#define MIB (1024 * 1024)

enum { /* of c.h's plain ints */
	INFO_LOG_WARN = 2,
	BLOOM_BITS = 10,
};

/* Many shards of a small cache are each too small for a filter or an index
 * block: measured, gets went from 7 us to 59. */
static int shard_bits(size_t cache_bytes)
{
	int bits = 1;

	while (bits < 6 && (cache_bytes >> bits) > 32 * MIB)
		bits++;
	return bits;
}

static rocksdb_cache_t *make_cache(size_t bytes)
{
	rocksdb_lru_cache_options_t *o = rocksdb_lru_cache_options_create();
	rocksdb_cache_t *cache;

	rocksdb_lru_cache_options_set_capacity(o, bytes);
	rocksdb_lru_cache_options_set_num_shard_bits(o, shard_bits(bytes));
	cache = rocksdb_cache_create_lru_opts(o);
	rocksdb_lru_cache_options_destroy(o);
	return cache;
}

static rocksdb_block_based_table_options_t *make_tables(rocksdb_cache_t *cache)
{
	rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();

	rocksdb_block_based_options_set_block_cache(t, cache);
	rocksdb_block_based_options_set_block_size(t, 8 * 1024);
	rocksdb_block_based_options_set_format_version(t, 5);
	rocksdb_block_based_options_set_filter_policy(
	    t, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
	/* Indexes and filters live in the one memory budget too, cut into
	 * parts so that one of them does not push out everything else. */
	rocksdb_block_based_options_set_index_type(
	    t, rocksdb_block_based_table_index_type_two_level_index_search);
	rocksdb_block_based_options_set_partition_filters(t, 1);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(t, 1);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(t, 1);
	rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(t, 1);
	rocksdb_block_based_options_set_pin_top_level_index_and_filter(t, 1);
	return t;
}

static void set_memory(rocksdb_options_t *db, size_t memtable_bytes)
{
	rocksdb_options_set_db_write_buffer_size(db, memtable_bytes);
	rocksdb_options_set_write_buffer_size(db, memtable_bytes / 2);
	rocksdb_options_set_max_write_buffer_number(db, 4);
	/* Commits are serialised: nobody else writes to a memtable meanwhile. */
	rocksdb_options_set_allow_concurrent_memtable_write(db, 0);
	/* The default of 1 MiB a family would be the whole budget. */
	rocksdb_options_set_arena_block_size(db, 8 * 1024);
}

static void set_log(rocksdb_options_t *db, size_t memtable_bytes)
{
	/* The log is history that others read: never recycled, never
	 * compressed, kept long enough for the keeper to link it. */
	rocksdb_options_set_recycle_log_file_num(db, 0);
	door_own_log(db, sync_failed);
	rocksdb_options_set_manual_wal_flush(db, 0);
	rocksdb_options_set_WAL_ttl_seconds(db, 600);
	rocksdb_options_set_wal_recovery_mode(db, rocksdb_point_in_time_recovery);
	rocksdb_options_set_max_total_wal_size(db, MAX(2 * (uint64_t)memtable_bytes, 64 * MIB));
}

/* What is known and of no concern. */
static bool is_worth_saying(const char *message)
{
	static const char *const known[] = {
	    /* Of the table files of index builds, which have none. */
	    "SST file opened without unique ID"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strstr(message, known[i]))
			return false;
	return true;
}

static void say(enum door_severity severity, const char *message)
{
	if (!is_worth_saying(message))
		return;
	log_write(LOG_STORAGE, severity == DOOR_ERROR ? LOG_ERROR : LOG_WARNING, 1019,
	    "RocksDB says", (struct log_attr[]){{"message", LOG_STR(message)}, {NULL}});
}

static void set_files(rocksdb_options_t *db)
{
	rocksdb_options_set_max_open_files(db, 512);
	rocksdb_options_set_is_fd_close_on_exec(db, 1);
	rocksdb_options_set_bytes_per_sync(db, MIB);
	rocksdb_options_set_max_manifest_file_size(db, 64 * MIB);
	/* Its own text file would be one more that a full disk stops (a build
	 * with assertions ends the process then). */
	rocksdb_options_set_info_log_level(db, INFO_LOG_WARN);
	door_log(db, say);
	rocksdb_options_set_stats_dump_period_sec(db, 0);
	rocksdb_options_set_stats_persist_period_sec(db, 0);
	/* An event loop that lets go of an iterator deletes no files. */
	rocksdb_options_set_avoid_unnecessary_blocking_io(db, 1);
}

static void set_compaction(rocksdb_options_t *db)
{
	rocksdb_options_set_compression(db, rocksdb_lz4_compression);
	rocksdb_options_set_bottommost_compression(db, rocksdb_zstd_compression);
	rocksdb_options_set_level_compaction_dynamic_level_bytes(db, 1);
}

/*
 * Most documents that are asked for are not in the memtable, and one that is
 * inserted is asked for first: a bloom filter says so for a tenth of what the
 * search costs.  Of the documents alone, for every family would have its own.
 */
static rocksdb_options_t *make_documents(rocksdb_options_t *db)
{
	rocksdb_options_t *o = rocksdb_options_create_copy(db);

	rocksdb_options_set_memtable_prefix_bloom_size_ratio(o, 0.01);
	rocksdb_options_set_memtable_whole_key_filtering(o, 1);
	return o;
}

bool engine_options_make(struct engine_options *e, const struct store_options *o)
{
	size_t memtable_bytes = o->memtable_bytes ? o->memtable_bytes : 32 * MIB;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int jobs = o->background_jobs ? o->background_jobs : (int)cores;

	e->cache = make_cache(o->cache_bytes);
	e->tables = make_tables(e->cache);
	e->db = rocksdb_options_create();
	e->write = rocksdb_writeoptions_create();
	if (!e->cache || !e->tables || !e->db || !e->write)
		return false;
	rocksdb_options_set_create_if_missing(e->db, 1);
	rocksdb_options_set_create_missing_column_families(e->db, 1);
	rocksdb_options_set_block_based_table_factory(e->db, e->tables);
	rocksdb_options_set_max_background_jobs(e->db, MAX(jobs, 2));
	set_memory(e->db, memtable_bytes);
	set_log(e->db, memtable_bytes);
	set_files(e->db);
	set_compaction(e->db);
	e->documents = make_documents(e->db);
	/* A family that is dropped under a batch must not stop the store. */
	rocksdb_writeoptions_set_ignore_missing_column_families(e->write, 1);
	/* Nobody waits under the commit lock. */
	rocksdb_writeoptions_set_no_slowdown(e->write, 1);
	return true;
}

void engine_options_clear(struct engine_options *e)
{
	if (e->write)
		rocksdb_writeoptions_destroy(e->write);
	if (e->documents)
		rocksdb_options_destroy(e->documents);
	if (e->db)
		rocksdb_options_destroy(e->db);
	if (e->tables)
		rocksdb_block_based_options_destroy(e->tables);
	if (e->cache)
		rocksdb_cache_destroy(e->cache);
	*e = (struct engine_options){0};
}
