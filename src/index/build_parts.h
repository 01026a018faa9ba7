/*
 * index/build_parts.h - what build.c (scan, sort, load) and build_side.c (what was
 * written meanwhile) share.
 *
 * Threads: as build.h.
 */
#ifndef INDEX_BUILD_PARTS_H
#define INDEX_BUILD_PARTS_H

#include "index/build.h"
#include "storage/bulk.h"
#include "util/sorter.h"

enum fill_phase {
	FILL_SCAN,
	FILL_SPILL,
	FILL_LOAD,
	FILL_LOAD_COMMIT,
	FILL_SIDE,
	FILL_SIDE_COMMIT,
};

#define FILL_LOOK_EVERY 64
/* When a round through the side tables has found fewer, the rest can wait for the fence. */
#define FILL_SIDE_FEW 1000

/* One of the new indexes. */
struct fill_index {
	struct index *ix;
	struct sorter *sorter;
	struct bulk *bulk; /* NULL: its entries are few, and go in by batches */
	bool loading;
	struct buf previous; /* index key of the entry loaded last */
	struct buf side_at; /* key of the side table's row that went in last; empty: none */
	/* Index keys (a length, then the key) of a unique index: those that may be double, and
	 * those that the batch under way puts. */
	struct buf suspects, fresh;
};

int fill_no_memory(struct status *st);
/* Is the op or the build to be stopped, or does the store take no writes? */
MUST_CHECK int fill_check(const struct index_fill *f, struct op *op, struct status *st);
void fill_close_iter(struct index_fill *f);
/* f->batch, empty. */
MUST_CHECK int fill_new_batch(struct index_fill *f, struct status *st);
/* Commits what is in it, unless the build is aborted. */
void fill_commit_begin(struct index_fill *f);
MUST_CHECK enum step fill_commit(struct index_fill *f, struct op *op, struct status *st);
/* Now and then a line in the log. */
void fill_log(struct index_fill *f, struct op *op);

/* build_side.c */

/* There is more than one entry with this index key, or may be. */
MUST_CHECK int fill_suspect(struct index_fill *f, const struct collection *c,
    struct fill_index *fi, const struct index_key *key, struct status *st);
/* What the side tables have goes into the indexes, in rounds until one has found fewer than
 * few. */
MUST_CHECK enum step fill_side(
    struct index_fill *f, struct collection *c, int64_t few, struct op *op, struct status *st);
/* When nobody writes any more: DUPLICATE_KEY when a unique index has doubles. */
MUST_CHECK enum step fill_check_unique(
    struct index_fill *f, struct collection *c, struct op *op, struct status *st);

#endif
