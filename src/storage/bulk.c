#include "storage/bulk.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/engine.h"

/* A file that is longer is ended, and the next one begun. */
#define FILE_BYTES (64 * 1024 * 1024)

struct bulk {
	struct store *store;
	const struct index *index;
	rocksdb_envoptions_t *env;
	rocksdb_sstfilewriter_t *writer;
	bool open; /* the last file */
	struct buf key;
	int n, capacity;
	char **files;
};

struct bulk *bulk_new(struct store *s, const struct index *ix)
{
	struct bulk *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->store = s;
	b->index = ix;
	b->env = rocksdb_envoptions_create();
	b->writer = rocksdb_sstfilewriter_create(b->env, s->engine.db);
	buf_init(&b->key, NULL);
	return b;
}

void bulk_free(struct bulk *b)
{
	if (!b)
		return;
	rocksdb_sstfilewriter_destroy(b->writer);
	rocksdb_envoptions_destroy(b->env);
	for (int i = 0; i < b->n; i++) {
		(void)unlink(b->files[i]); /* RocksDB's are gone from there */
		free(b->files[i]);
	}
	free(b->files);
	buf_clear(&b->key);
	free(b);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an index build");
}

static bool add_file(struct bulk *b)
{
	const char *dir = b->store->datadir.spill;
	size_t len = strlen(dir) + 48;

	if (b->n == b->capacity) {
		int capacity = b->capacity ? 2 * b->capacity : 4;
		char **more = realloc(b->files, (size_t)capacity * sizeof(*more));

		if (!more)
			return false;
		b->files = more;
		b->capacity = capacity;
	}
	b->files[b->n] = malloc(len);
	if (!b->files[b->n])
		return false;
	snprintf(b->files[b->n], len, "%s/index-%u-%d.sst", dir, b->index->id, b->n);
	b->n++;
	return true;
}

static int open_file(struct bulk *b, struct status *st)
{
	char *text = NULL;

	if (!add_file(b))
		return no_memory(st);
	rocksdb_sstfilewriter_open(b->writer, b->files[b->n - 1], &text);
	if (text)
		return status_of_text(st, text, "an index's table file cannot be made");
	b->open = true;
	return 0;
}

/* It is on disk then. */
static int end_file(struct bulk *b, struct status *st)
{
	char *text = NULL;

	if (!b->open)
		return 0;
	b->open = false;
	rocksdb_sstfilewriter_finish(b->writer, &text);
	return text ? status_of_text(st, text, "an index's table file cannot be written") : 0;
}

static int end_long_file(struct bulk *b, struct status *st)
{
	uint64_t bytes;

	rocksdb_sstfilewriter_file_size(b->writer, &bytes);
	return bytes < FILE_BYTES ? 0 : end_file(b, st);
}

int bulk_put(struct bulk *b, struct view key, struct view value, struct status *st)
{
	char *text = NULL;
	int r = b->open ? 0 : open_file(b, st);

	if (r)
		return r;
	buf_reset(&b->key);
	buf_append_be32(&b->key, b->index->id);
	buf_append_view(&b->key, key);
	if (b->key.failed)
		return no_memory(st);
	rocksdb_sstfilewriter_put(b->writer, (const char *)b->key.data, b->key.len,
	    (const char *)value.data, value.len, &text);
	if (text)
		return status_of_text(st, text, "an index's table file cannot be written");
	return end_long_file(b, st);
}

static int ingest(struct bulk *b, struct status *st)
{
	rocksdb_ingestexternalfileoptions_t *o = rocksdb_ingestexternalfileoptions_create();
	char *text = NULL;

	rocksdb_ingestexternalfileoptions_set_move_files(o, 1);
	/* No reader of an older state looks into this index. */
	rocksdb_ingestexternalfileoptions_set_snapshot_consistency(o, 0);
	/* A sequence number of its own would stand in no log; and it needs none, unless there
	 * is something in the index already. */
	rocksdb_ingestexternalfileoptions_set_allow_global_seqno(o, 0);
	rocksdb_ingestexternalfileoptions_set_allow_blocking_flush(o, 0);
	rocksdb_ingest_external_file_cf(b->store->db, b->index->family->handle,
	    (const char *const *)b->files, (size_t)b->n, o, &text);
	rocksdb_ingestexternalfileoptions_destroy(o);
	return text ? status_of_text(st, text, "an index's table files cannot be taken in") : 0;
}

int bulk_load(struct bulk *b, struct status *st)
{
	int r = end_file(b, st);

	if (r || b->n == 0)
		return r;
	r = store_writable(b->store, st);
	if (r)
		return r;
	/* What the file system has to write before it can sync, it writes now, and not while
	 * the commit lock is held.  Whether that succeeds is not asked: RocksDB syncs again. */
	(void)!dir_sync(b->store->datadir.spill);
	/* RocksDB stops all writers meanwhile: better that they queue than that an event
	 * loop stands still.  And from a drop on nothing more comes in. */
	commit_lock(b->store);
	r = building_check(b->index->building, st);
	if (!r)
		r = ingest(b, st);
	commit_unlock(b->store);
	return r;
}
