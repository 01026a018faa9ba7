/*
 * storage/ddl.h - changes to the catalog, each a state machine of its own.
 *
 *     struct ddl d;
 *     ddl_init(&d, store);
 *     step = ddl_create(&d, &spec, op, st);     again while PARK or HANDOVER
 *     ... d.collection is the new collection (a reference of the ddl's)
 *     ddl_clear(&d);
 *
 * Threads: a ddl belongs to one request; they wait for each other by PARK.
 */
#ifndef STORAGE_DDL_H
#define STORAGE_DDL_H

#include "storage/batch.h"
#include "storage/catalog.h"
#include "storage/locks.h"

struct ddl {
	struct collection *collection; /* the result, or what was dropped: a reference */
	int dropped;		       /* drop_database: how many collections */

	/* The machine's own. */
	struct store *store;
	int phase;	       /* 0: not begun */
	struct lock_set lock;  /* one DDL at a time */
	struct arena arena;    /* what lives until ddl_clear */
	struct batch *batch;
	struct commit commit;
	uint64_t sequence; /* of the commit, for waiting until it is synced */
	int n_changes;
	struct ddl_change *changes; /* collections that change, as they were and become */
	int n_fenced;		    /* of them, how many fences are closed */
	int n_drained;		    /* and how many have nobody inside any more */
	int n_families;
	struct family **families; /* taken for new indexes, until these have them */
	struct status failure;	  /* what went wrong, while it is undone */
};

void ddl_init(struct ddl *d, struct store *s);
void ddl_clear(struct ddl *d);

/* NAMESPACE_EXISTS when there is one; two databases whose names differ only in
 * case are refused as in MongoDB (13297). */
MUST_CHECK enum step ddl_create(
    struct ddl *d, const struct create_spec *spec, struct op *op, struct status *st);
/* NAMESPACE_NOT_FOUND when it is not there (any more). */
MUST_CHECK enum step ddl_drop(
    struct ddl *d, struct view db, struct view name, struct op *op, struct status *st);
/* DONE with d->dropped, also when there was nothing. */
MUST_CHECK enum step ddl_drop_database(
    struct ddl *d, struct view db, struct op *op, struct status *st);
MUST_CHECK enum step ddl_rename(struct ddl *d, struct view db, struct view name,
    struct view to_db, struct view to_name, bool drop_target, bool stay_temp, struct op *op,
    struct status *st);
/* Replaces options and flags of a collection (collMod). */
MUST_CHECK enum step ddl_set_options(struct ddl *d, struct collection *c,
    const struct create_spec *spec, struct op *op, struct status *st);

/*
 * Adds indexes to a collection, in state READY, under the fence.  Before the
 * commit fill is called (repeatedly while it returns HANDOVER) with the new
 * entries to put the existing documents' keys into the store; what it returns
 * other than DONE ends all, and nothing is left of the new indexes.  On an
 * empty collection fill is not called.
 */
struct index_build {
	int n;
	const struct index_spec *specs;
	enum step (*fill)(struct index_build *b, struct collection *c, struct index **indexes,
	    struct op *op, struct status *st);
	void *arg;
};
MUST_CHECK enum step ddl_create_indexes(struct ddl *d, struct view db, struct view name,
    struct index_build *b, struct op *op, struct status *st);
MUST_CHECK enum step ddl_drop_indexes(struct ddl *d, struct view db, struct view name, int n,
    const struct view *names, struct op *op, struct status *st);
/* Sets bits of index->multikey, synced like any DDL but without a fence: call
 * before the commit of the first array.  Idempotent. */
MUST_CHECK enum step ddl_set_multikey(struct ddl *d, struct collection *c, struct index *ix,
    uint64_t bits, struct op *op, struct status *st);

#endif
