/*
 * index/build.h - filling new indexes with the keys of the documents that are
 * there already, under the fence that DDL holds.
 *
 *     struct index_fill fill;
 *     index_fill_init(&fill, store, memory);
 *     struct index_build b = {.n = n, .specs = specs, .fill = index_fill_run, .arg = &fill};
 *     step = ddl_create_indexes(&ddl, db, name, &b, op, st);
 *     index_fill_clear(&fill);
 *
 * Entries are committed in groups as the scan goes on.  A unique index is
 * looked through for doubles when all its entries are there.
 *
 * Threads: belongs to one request; the counters may be read by others.
 */
#ifndef INDEX_BUILD_H
#define INDEX_BUILD_H

#include "index/keygen.h"
#include "storage/ddl.h"
#include "storage/iter.h"

struct index_fill {
	_Atomic int64_t documents_done, documents_total, entries; /* progress */

	/* Its own. */
	struct store *store;
	int phase;
	int verifying; /* the index that is looked through */
	struct iter *it;
	struct buf position, previous, scratch;
	struct arena arena;
	struct keygen keygen;
	struct batch *batch;
	struct commit commit;
	struct memory_account *memory;
};

void index_fill_init(struct index_fill *f, struct store *s, struct memory_account *memory);
void index_fill_clear(struct index_fill *f);

/* What struct index_build wants as fill; arg is the struct index_fill.
 * DUPLICATE_KEY with its details when a unique index cannot be. */
MUST_CHECK enum step index_fill_run(struct index_build *b, struct collection *c,
    struct index **indexes, struct op *op, struct status *st);

#endif
