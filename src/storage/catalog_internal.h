/*
 * storage/catalog_internal.h - what the catalog's files share: the maps in
 * memory, the making of entries, the rows on disk, the inside of the fence.
 *
 * Only DDL changes the catalog, one at a time in the whole store (ddl.c), so
 * whoever holds that lock may look at everything; the catalog's own lock is
 * for those who look while DDL publishes.
 */
#ifndef STORAGE_CATALOG_INTERNAL_H
#define STORAGE_CATALOG_INTERNAL_H

#include "storage/batch.h"
#include "storage/catalog.h"
#include "util/buf.h"
#include "util/thread_slot.h"

/* The places of struct collection's links. */
enum { BY_NAMESPACE, BY_TABLE, BY_UUID, MAPS, BY_DATABASE = MAPS };

/* There is one as long as it has collections. */
struct database {
	struct database *next;
	uint32_t id;
	char *name;
	int n;
	struct collection *collections; /* linked BY_DATABASE */
};

struct catalog_map {
	struct collection **buckets;
	size_t n_buckets, n;
};

/* See catalog_lend.c. */
struct desk {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	struct collection *collection; /* a reference; NULL: none */
};

struct catalog {
	struct store *store;
	struct desk desks[THREAD_SLOTS];
	pthread_rwlock_t lock;
	struct catalog_map maps[MAPS];
	struct database *databases;
	/* Builds that a crash ended, until catalog_sweep. */
	int n_unfinished;
	struct index **unfinished;

	/* DDL's.  Tables and indexes draw from one sequence, so that an id says
	 * which of them it is. */
	uint32_t next_namespace, next_object;
};

/* catalog.c */

struct catalog *catalog_new(struct store *s);
/* The maps, under the catalog's lock or before anybody else knows of it.
 * When it is the first of its database, *made (database_new's) becomes the
 * database and *made NULL.  Takes over the reference. */
void catalog_link(struct catalog *cat, struct collection *c, struct database **made);
/* Gives up the catalog's reference to the caller. */
void catalog_unlink(struct catalog *cat, struct collection *c);
struct database *catalog_database(struct catalog *cat, struct view name); /* or NULL */
struct database *catalog_database_by_id(struct catalog *cat, uint32_t id);
struct database *database_new(uint32_t id, struct view name); /* NULL: no memory */
void database_free(struct database *db);

/* An entry without contents, with one reference; live NULL: a new one.  NULL
 * when there is no memory. */
struct collection *collection_new(struct collection_live *live);
/* The next version, not published: the same but for the version. */
struct collection *collection_next(const struct collection *c);
void collection_set_name(struct collection *c, struct view db, struct view name);
/* Replaces the indexes, of which the first are ready; the references are taken over. */
void collection_set_indexes(
    struct collection *c, int n_ready, int n, struct index *const *indexes);
/* The collation that it begins with and keeps; empty: by bytes. */
MUST_CHECK int collection_set_collation(
    struct collection *c, struct store *s, struct view document, struct status *st);
/* Fills in what follows from key_pattern and spec. */
MUST_CHECK int index_parse(struct index *ix, struct status *st);
struct index *index_new(struct store *s); /* one reference; NULL: no memory */
struct index *index_ref(struct index *ix);
void index_unref(struct index *ix);
struct building *building_new(void); /* one reference; NULL: no memory */
struct building *building_ref(struct building *b);
void building_unref(struct building *b);

/* catalog_lend.c */

void catalog_init_desks(struct catalog *cat);
void catalog_end_desks(struct catalog *cat);
/* After DDL has published: nobody keeps what is superseded. */
void catalog_clear_desks(struct catalog *cat);

/* fence.c */

struct fence *fence_new(void);
void fence_free(struct fence *f);
/* Nobody enters any more. */
void fence_close(struct fence *f);
/* DONE when all who were inside are gone; PARK: call again. */
MUST_CHECK enum step fence_drain(struct fence *f, struct op *op);
void fence_drain_end(struct fence *f, struct op *op);
void fence_open(struct fence *f);

/* catalog_rows.c: doc/format.md, "Catalog rows" */

#define ROW_FORMAT 1
/* Of a TABLE row of a time series, which earlier servers must not take for what they know. */
#define ROW_FORMAT_SERIES 2
/* Of an INDEX row with fields that are not plain: likewise. */
#define ROW_FORMAT_KINDS 2

void rows_put_database(struct batch *b, const struct database *db);
void rows_remove_database(struct batch *b, uint32_t database_id);
void rows_put_collection(struct batch *b, const struct collection *c);
void rows_remove_collection(struct batch *b, const struct collection *c);
void rows_put_index(
    struct batch *b, const struct index *ix, enum index_state state, uint64_t multikey);
void rows_remove_index(struct batch *b, const struct index *ix);
void rows_put_sequences(struct batch *b, const struct catalog *cat);
void rows_put_counts(struct batch *b, const struct collection *c);
/* Reads all of them into a catalog that is empty. */
MUST_CHECK int rows_read(struct catalog *cat, struct status *st);

#endif
