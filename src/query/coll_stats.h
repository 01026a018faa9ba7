/*
 * query/coll_stats.h - the figures of a collection that collStats, $collStats
 * and dbStats report.
 */
#ifndef QUERY_COLL_STATS_H
#define QUERY_COLL_STATS_H

#include "bson/builder.h"
#include "storage/catalog.h"

struct coll_figures {
	int64_t documents, bytes; /* exact */
	int64_t storage_bytes;	  /* about: files and memtables */
	int64_t index_bytes;
	int n_indexes; /* with _id_ */
};

/* May read the disk. */
void coll_figures(struct store *s, const struct collection *c, struct coll_figures *out);

/* size, count, avgObjSize, ... indexSizes, scaleFactor: what MongoDB puts into
 * storageStats, into the document under way.  Sizes are divided by scale. */
void coll_stats_put(
    struct store *s, const struct collection *c, double scale, struct builder *b);

#endif
