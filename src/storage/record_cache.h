/*
 * storage/record_cache.h - documents that are asked for by their key, beside
 * RocksDB's cache of blocks.
 *
 * A get out of cached blocks costs RocksDB some 15,000 instructions, a find
 * here a few hundred.  It holds only what has been read one by one (scans leave it
 * alone), and only the newest state: reads of a snapshot go past it.
 *
 *     record_get    find; else begin_read, RocksDB's get, end_read
 *     commit        begin_write, RocksDB's write, end_write
 *
 * Between begin_write and end_write nobody finds what is being written, and
 * nobody whose read began before can put it in: so nobody who has seen the new state
 * sees the old one again.
 *
 * A full cache takes in what has been asked for twice of late, and lets go of
 * what has not been asked for since its turn came last (CLOCK).
 *
 * Threads: any; striped by the hash of the key.
 */
#ifndef STORAGE_RECORD_CACHE_H
#define STORAGE_RECORD_CACHE_H

#include "util/util.h"
#include "util/view.h"

struct record_cache;
struct cached_record;

/* Longer documents are not kept. */
#define RECORD_CACHE_DOC_MAX (64 * 1024)

/* NULL without memory.  Allocates next to nothing yet. */
struct record_cache *record_cache_new(size_t capacity_bytes);
/* No record may be lent, none made that has not been released. */
void record_cache_free(struct record_cache *rc);

/* Of a key of the documents' family, with its prefix. */
uint64_t record_cache_hash(struct view key);

/* Somebody will look for it in a moment: where it is to be found comes from memory meanwhile. */
void record_cache_prefetch(struct record_cache *rc, uint64_t hash);
/* The document, lent until record_cache_release; or NULL. */
struct cached_record *record_cache_find(
    struct record_cache *rc, struct view key, uint64_t hash, struct view *doc);
void record_cache_release(struct cached_record *r);

/* What end_read wants to know; 0: it is being written, so do not ask it. */
uint64_t record_cache_begin_read(struct record_cache *rc, uint64_t hash);
/* Keeps a copy of what was read, if nothing has changed since and it is worth it. */
void record_cache_end_read(
    struct record_cache *rc, struct view key, uint64_t hash, struct view doc, uint64_t ticket);

/* A record that a commit changes.  fresh: what it becomes (see make), kept
 * if the old state is; NULL: it is only forgotten. */
struct record_change {
	uint64_t hash;
	struct cached_record *fresh;
	bool was_cached; /* between begin_write and end_write */
};

/* NULL when it is too long, or without memory; end_write takes it, or
 * record_cache_release ends it. */
struct cached_record *record_cache_make(
    struct record_cache *rc, struct view key, struct view doc);

/* Under the commit lock, before and after the write.  done: it has happened;
 * else the old state holds. */
void record_cache_begin_write(struct record_cache *rc, struct record_change *changes, size_t n);
void record_cache_end_write(
    struct record_cache *rc, struct record_change *changes, size_t n, bool done);

struct record_cache_stats {
	int64_t used_bytes, capacity_bytes, records, hits, misses;
};
void record_cache_stats(struct record_cache *rc, struct record_cache_stats *out);

#endif
