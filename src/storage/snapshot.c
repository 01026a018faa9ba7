#include <stdlib.h>

#include "storage/engine.h"

struct snapshot {
	struct store *store;
	const rocksdb_snapshot_t *handle;
	uint64_t sequence, cluster_time;
};

struct snapshot *snapshot_take(struct store *s)
{
	struct snapshot *snap = malloc(sizeof(*snap));

	if (!snap)
		return NULL;
	snap->store = s;
	commit_lock(s);
	snap->handle = rocksdb_create_snapshot(s->db);
	snap->sequence = s->committer.last_sequence;
	snap->cluster_time = atomic_load(&s->committer.cluster_time);
	commit_unlock(s);
	return snap;
}

void snapshot_release(struct snapshot *snap)
{
	if (!snap)
		return;
	rocksdb_release_snapshot(snap->store->db, snap->handle);
	free(snap);
}

uint64_t snapshot_time(const struct snapshot *snap)
{
	return snap->cluster_time;
}

uint64_t snapshot_sequence(const struct snapshot *snap)
{
	return snap->sequence;
}

const rocksdb_snapshot_t *snapshot_handle(const struct snapshot *snap)
{
	return snap->handle;
}
