/*
 * storage/ddl.h - changes to the catalog, each a state machine of its own.
 *
 *     struct ddl d;
 *     ddl_init(&d, store);
 *     step = ddl_create(&d, &spec, op, st);     again while PARK or HANDOVER
 *     ... d.collection is the new collection (a reference of the ddl's)
 *     ddl_clear(&d);
 *
 * When one has failed, nothing has changed, and ddl_clear gives everything
 * back; only one that was stopped while it waited for the sync of its commit has
 * happened.  Between the first call and DONE or ERROR it may not be abandoned:
 * a kill of the op makes it return ERROR soon.
 *
 * Threads: a ddl belongs to one request, and stays where it is in memory; they
 * wait for each other by PARK.
 */
#ifndef STORAGE_DDL_H
#define STORAGE_DDL_H

#include "storage/batch.h"
#include "storage/catalog.h"
#include "storage/locks.h"

struct ddl {
	struct collection *collection; /* the result, or what was dropped: a reference */
	int dropped;		       /* drop_database: how many collections */
	int indexes_before;	       /* of the collection, with _id_ */

	/* The machine's own. */
	struct store *store;
	int phase;	       /* 0: not begun */
	struct lock_set lock;  /* one DDL at a time */
	struct arena arena;    /* what lives until ddl_clear */
	struct batch *batch;
	struct commit commit;
	int n_changes, changes_capacity;
	struct ddl_change *changes; /* collections that change, as they were and become */
	bool fenced;		    /* their fences are closed */
	int n_drained;		    /* of how many nobody is inside any more */
	int64_t fenced_us; /* when they were */
	bool superseded; /* commits of the versions before are refused */
	int n_new;
	struct index **new_indexes; /* references */
	int build_phase;
	int64_t began_us; /* a build */
	struct building *building; /* of the new indexes, when they are built */
	struct building *awaited; /* somebody else's, who builds one that is wanted here too */
	struct status failure; /* why a build is undone */
	struct index *arrays_in; /* its multikey gets arrays_bits when the commit is through */
	uint64_t arrays_bits;
};

void ddl_init(struct ddl *d, struct store *s);
void ddl_clear(struct ddl *d);

/* Checks the names.  NAMESPACE_EXISTS when there is one; two databases whose
 * names differ only in case are refused as in MongoDB (13297). */
MUST_CHECK enum step ddl_create(
    struct ddl *d, const struct create_spec *spec, struct op *op, struct status *st);
/* NAMESPACE_NOT_FOUND when it is not there (any more). */
MUST_CHECK enum step ddl_drop(
    struct ddl *d, struct view db, struct view name, struct op *op, struct status *st);
/* DONE with d->dropped, also when there was nothing. */
MUST_CHECK enum step ddl_drop_database(
    struct ddl *d, struct view db, struct op *op, struct status *st);
/* Checks the names.  Views cannot be renamed (166), nor collections with a build under way
 * (12587), nor over such.  Across databases the
 * collection gets a new UUID. */
MUST_CHECK enum step ddl_rename(struct ddl *d, struct view db, struct view name,
    struct view to_db, struct view to_name, bool drop_target, bool stay_temp, struct op *op,
    struct status *st);
/* The same over target, which has to be the newest version of what is there (NULL: there must be
 * nothing): 125 when it is not. */
MUST_CHECK enum step ddl_replace(struct ddl *d, struct view db, struct view name,
    struct view to_name, const struct collection *target, struct op *op, struct status *st);
/*
 * Replaces options and flags of a collection (collMod).  Its kind and record key
 * stay; only one with record key SEQUENCE may be capped.  make is called once, with the
 * newest version and nobody else changing it, to say what the options become;
 * what it leaves in *out has to live until the end of the call.
 */
struct options_change {
	bool keep_options; /* spec is not looked at */
	struct create_spec spec;
	/* Of an index: what it becomes; name.data NULL: none changes.  Its key and what
	 * documents it takes stay.  Only one that refuses doubles and has none may become
	 * unique. */
	struct index_change {
		struct view name, spec;
		bool unique, hidden;
	} index;
};
struct options_maker {
	int (*make)(struct options_maker *m, const struct collection *c,
	    struct options_change *out, struct status *st);
};
MUST_CHECK enum step ddl_set_options(struct ddl *d, struct view db, struct view name,
    struct options_maker *m, struct op *op, struct status *st);

/*
 * Adds indexes to a collection.  One that is there already, exactly so, is left as it is
 * (two clients that make the same index at the same time both succeed: the second waits for the
 * first); one that differs is refused with 85 or 86.  On an empty collection that is all.
 *
 * Else they are built while everybody goes on (doc/storage.md, "Index builds"):
 *
 *   - their rows are synced, in state BUILDING, so that a crash or a failure leaves
 *     nothing behind; from then on writers put into the side tables what they change;
 *   - fill puts the entries of the documents that were there into the indexes, and then what
 *     the side tables have, while writers add to them;
 *   - drain puts in what has come since, twice: no other DDL is under way then, and the
 *     second time nobody writes any more, so that this is the last of it.
 *
 * Both are called again while they return HANDOVER or PARK.  They set index->multikey as
 * they find arrays.  What one returns other than DONE ends all, and nothing is left
 * of the new indexes.  Each commit of theirs, and all that they do for long, asks
 * building_check: other DDL may end the build (276).
 */
struct index_build;
typedef enum step index_build_fn(struct index_build *b, struct collection *c,
    struct index **indexes, struct op *op, struct status *st);
struct index_build {
	int n;
	const struct index_spec *specs;
	/* Set: how many indexes are given to fill and drain; is this drain the last? */
	int n_indexes;
	bool last;
	index_build_fn *fill, *drain;
	void *arg;
};
MUST_CHECK enum step ddl_create_indexes(struct ddl *d, struct view db, struct view name,
    struct index_build *b, struct op *op, struct status *st);
/* INDEX_NOT_FOUND when one of them is not there, and _id_ is refused (72).  One that is
 * being built ends its build, of which all indexes have to be among them (12587). */
MUST_CHECK enum step ddl_drop_indexes(struct ddl *d, struct view db, struct view name, int n,
    const struct view *names, struct op *op, struct status *st);
/* Sets bits of index->multikey, synced like any DDL but without a fence: call
 * before the commit of the first array.  DONE also when the index is gone: the
 * writer's own commit is refused then. */
MUST_CHECK enum step ddl_set_multikey(struct ddl *d, struct collection *c, struct index *ix,
    uint64_t bits, struct op *op, struct status *st);

/* At open: collections that were made to be temporary do not outlive the
 * server.  Where they cannot be dropped (the disk is full) the log says so.  May
 * block. */
void ddl_drop_temporary(struct store *s);

#endif
