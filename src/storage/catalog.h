/*
 * storage/catalog.h - databases, collections and indexes: the rows on disk and
 * the entries in memory.
 *
 * A struct collection is one version of a collection: read-only once it is
 * published, reference-counted, replaced as a whole by DDL, which raises
 * version.  What outlives a version (counters, the write fence, the waiters of tailable
 * cursors) is in struct collection_live, shared by all versions.
 *
 * A writer's slice stands inside the fence (fence_enter ... fence_leave) and
 * never keeps it over a PARK or HANDOVER.  DDL closes the fence, waits for the
 * slices inside, refuses commits of the old version that are still queued, changes,
 * publishes, opens it.  A writer that comes back finds
 * its version superseded and looks the collection up again; by its table id it can tell
 * whether it is still the same collection.
 *
 * Threads: any.
 */
#ifndef STORAGE_CATALOG_H
#define STORAGE_CATALOG_H

#include "bson/path.h"
#include "bson/value.h"
#include "storage/store.h"
#include "util/arena.h"

struct batch;
struct commit;

/* The bytes of "db.collection" at most; of a database's name at most. */
#define NAMESPACE_MAX 255
#define DATABASE_NAME_MAX 63
/* Of a collection at most. */
#define INDEXES_MAX 64
#define INDEX_FIELDS_MAX 32

enum record_key_kind {
	RECORD_KEY_ID, /* the encoding of _id */
	RECORD_KEY_SEQUENCE, /* a 64-bit number in insertion order, big-endian */
	RECORD_KEY_TIME, /* the encoding of the timeField's date, and such a number */
};

enum collection_kind { KIND_COLLECTION, KIND_VIEW, KIND_TIMESERIES };

/* One that is being built is known to writers, who put what they change of it into its
 * side table (storage/side.h), and to nobody who reads. */
enum index_state { INDEX_BUILDING, INDEX_READY };

enum index_layout {
	LAYOUT_KEY_RECORD, /* index key, record key -> type bits */
	LAYOUT_UNIQUE,	   /* index key -> record key, type bits (unique, created empty) */
};

/* What a field of an index holds of its documents: its values, or what a kind of its own makes
 * of them (index/index_type.h). */
enum key_kind {
	INDEX_PLAIN, /* ascending, descending */
	INDEX_HASHED,
	INDEX_WILDCARD,
	INDEX_2D,
	INDEX_2DSPHERE,
	INDEX_TEXT,
};

struct index_field {
	struct path path;
	enum key_kind kind;
	bool descending;
};

/* What the indexes that one command builds have in common (storage/ddl_build.c). */
struct building {
	_Atomic int refs;
	uint8_t uuid[16];
	/* Set by DDL, under the commit lock: 0, or why it comes to nothing. */
	_Atomic int aborted;
	_Atomic bool over;
	struct waitlist ended; /* until it is over */
};

struct index {
	_Atomic int refs;
	uint32_t id, table_id;
	char *name;
	struct view spec; /* as listIndexes shows it */
	struct view key_pattern;
	struct family *family;
	enum key_kind kind; /* of its fields that are not plain; of one kind at most */
	int wildcard; /* INDEX_WILDCARD: the field with the path, before that with the value */
	enum index_state state; /* changed under the fence, by the DDL that ends the build */
	enum index_layout layout;
	bool unique, sparse, hidden;
	bool prepare_unique; /* new duplicates are refused, old ones may be there */
	bool partial; /* has a partialFilterExpression */
	int64_t expire_after_s; /* documents are removed at this age; -1: never */
	bool is_id; /* the _id_ index of a collection whose record key is a sequence */
	int n_fields;
	struct index_field fields[INDEX_FIELDS_MAX];
	/* Where in its fields' paths it has met arrays (index_array_bit).  Set by a
	 * commit of its own before the first such entry, never cleared. */
	_Atomic uint64_t multikey;
	_Atomic int64_t accesses; /* for $indexStats */
	uint64_t build_id;	  /* of the build that made it; 0: it was born empty */
	uint32_t side_id; /* INDEX_BUILDING: its side table's, in the same family */
	struct building *building; /* the same; NULL: it was born ready */
	const struct collator *collator; /* of its strings' keys; NULL: by bytes */
	struct view collation_version;	 /* ICU's, of its strings' keys; empty: by bytes */
	int64_t created_ms;	  /* accesses are counted since then, or since the start */
	/* Gone from the catalog: whoever lets go last gives the family back. */
	_Atomic bool dropped;
	struct store *store;
	/* Compiled from the spec by the layers above (index/partial.h). */
	void *compiled;
	void (*compiled_free)(void *compiled);
	struct arena arena;
};

struct fence; /* storage/fence.c */

/* What a layer above keeps with a collection, in front of its own. */
struct live_extra {
	void (*free)(struct live_extra *x);
};

struct collection_live {
	_Atomic int refs;
	_Atomic int64_t documents, bytes; /* exact: rebuilt from the log after a crash */
	/* The next record key, or what it ends with: all but RECORD_KEY_ID. */
	_Atomic int64_t next_sequence;
	_Atomic int64_t scans, scans_not_tailable; /* of all records, for $collStats */
	int64_t created_ms; /* this in memory: when it was created, or the start */
	bool counts_noted; /* under the commit lock: the store's list has it */
	/* Capped: no record has a lower key (0: not known yet), so that who wants the
	 * oldest need not go through the tombstones of those removed. */
	_Atomic int64_t capped_first;
	/* The newest version and whether there still is one: set by DDL under the
	 * commit lock.  A commit whose check asks collection_is_current for each
	 * collection that it writes is therefore before the DDL or refused. */
	_Atomic uint64_t version;
	_Atomic bool dropped;
	struct fence *fence;
	struct newest *newest; /* storage/newest.h */
	struct waitlist appended; /* tailable cursors wait here for inserts */
	/* Put here once by the layer above, freed with the collection; NULL: nothing. */
	struct live_extra *_Atomic extra;
	struct arena arena;	  /* of the collator, which never changes */
};

struct collection {
	_Atomic int refs;
	uint32_t namespace_id, table_id; /* the prefix of its records; never used again */
	uint32_t database_id;		 /* where it is now: a rename leaves the prefix */
	uint8_t uuid[16];
	uint64_t version;
	enum collection_kind kind;
	char *db, *name;
	char *ns; /* "db.name" */
	enum record_key_kind record_key;
	struct view options; /* as given to create and as listCollections shows */
	bool capped, temp, pre_images;
	int64_t capped_bytes, capped_documents; /* 0: no such bound */
	struct view view_on, pipeline;		/* KIND_VIEW; else empty */
	const struct collator *collator; /* NULL: by bytes; live's */
	struct view collation, collation_version; /* as in its row; ICU's; may be empty */
	/* Without the _id index of RECORD_KEY_ID, which is the table.  Behind the n_indexes
	 * that are ready, up to n_written, stand those that are being built. */
	int n_indexes, n_written;
	struct index **indexes;
	struct collection_live *live;
	/* Compiled from the options by the layers above (a validator). */
	void *compiled;
	void (*compiled_free)(void *compiled);
	struct arena arena;
	/* The catalog's own: its places in the maps, under the catalog's lock. */
	struct {
		struct collection *next;
		uint64_t hash;
	} links[4];
};

/*
 * Reads the catalog's rows; called by store_open once rows and records can be
 * read.  The counters are those of the TABLE_COUNTS rows: the store brings them
 * up to the log's end (catalog_find_table) afterwards.  catalog_close wants
 * every reference given back but its own.
 */
MUST_CHECK int catalog_open(struct store *s, struct catalog **out, struct status *st);
void catalog_close(struct catalog *cat);
/* Once commits are possible: takes away what index builds that a crash ended
 * have left.  May block. */
MUST_CHECK int catalog_sweep(struct catalog *cat, struct status *st);
/*
 * At open, when commits have been made since the counters' rows were put: n of
 * RocksDB's sequence numbers have been used since.  Each insert uses one at
 * least, so a collection whose next record key is n higher gives out none that
 * has been given out, not even those of records that were removed again.
 */
void catalog_skip_sequences(struct catalog *cat, uint64_t n);
/* Puts the counters of all collections, or of one that may be gone, into b, as
 * TABLE_COUNTS rows.  For the store, at a moment when no commit is under way. */
void catalog_put_counts(struct catalog *cat, struct batch *b);
void catalog_put_counts_of(struct catalog *cat, uint32_t table_id, struct batch *b);

/* A new reference, or NULL. */
struct collection *catalog_find(struct catalog *cat, struct view db, struct view name);
struct collection *catalog_find_table(struct catalog *cat, uint32_t table_id);
struct collection *catalog_find_uuid(
    struct catalog *cat, struct view db, const uint8_t uuid[static 16]);
struct collection *collection_ref(struct collection *c);
void collection_unref(struct collection *c);
/*
 * The same for a look that is over in microseconds: lent, not referenced, until
 * catalog_give_back, which the same thread calls without having lent another one
 * meanwhile, parked, or done DDL.  It touches no memory that other threads write.  NULL:
 * not there, or being changed just now; nothing is to be given back.
 */
MUST_CHECK struct collection *catalog_lend(
    struct catalog *cat, struct view db, struct view name);
void catalog_give_back(struct catalog *cat);
/* Does a writer have to ask whether its keys are taken? */
static inline bool index_refuses_doubles(const struct index *ix)
{
	return ix->unique || ix->prepare_unique;
}

/* Borrowed, or NULL; one that is being built is not found. */
struct index *collection_index(const struct collection *c, const char *name);
/* "hashed", "2d", ...: what stands in a key pattern in the place of a direction; INDEX_PLAIN: it
 * is none of them.  Wildcard fields are told by their path ("$**", "a.$**"). */
enum key_kind key_kind_find(struct view name);
bool index_path_is_wildcard(struct view path);
const char *key_kind_name(enum key_kind kind); /* NULL of INDEX_PLAIN */
/*
 * The bit of a wildcard index's multikey that is set once there has been an array at this path.
 * Paths share bits: of one whose bit is set there may have been none.  The first bits are those
 * of the index's other fields.
 */
uint64_t index_path_array_bit(struct view path);
#define WILDCARD_FIELD_BITS 8
#define INDEX_ARRAY_BITS    63 /* as many as a row's int64 holds */
/*
 * Of index->multikey: the bit that says that part of a field's path has been an array.
 * Where the paths have more than 63 parts together, all parts of a field share a bit.
 */
uint64_t index_array_bit(const struct index *ix, int field, int part);
/* Bit i: the i-th part of the field's path; 0: the field is not multikey. */
uint64_t index_field_arrays(const struct index *ix, uint64_t multikey, int field);
/* 0, or the error that ends a build whose index somebody has dropped. */
MUST_CHECK int building_check(const struct building *b, struct status *st);
/* Is this still the newest version? */
bool collection_is_current(const struct collection *c);
/* How many indexes createIndexes and drop count: with _id_, but not where the
 * collection is clustered by it, and with those being built; none for a view. */
int collection_count_indexes(const struct collection *c);
/* Was it created with a clusteredIndex, and so shows no index on _id? */
bool collection_is_clustered(const struct collection *c);
/* "collection", "view", "timeseries". */
const char *collection_type(const struct collection *c);
/* KIND_TIMESERIES: the names of the field with the time, and of that which tells series
 * apart (data NULL: there is none).  As long as c. */
struct view collection_time_field(const struct collection *c);
struct view collection_meta_field(const struct collection *c);
/* {v: 2, key: {_id: 1}, name: "_id_"}: for whoever lists the indexes of a
 * RECORD_KEY_ID collection, where no struct index stands for it. */
extern const struct view id_index_spec;
/* The same of this collection, which may have a collation. */
struct view collection_id_spec(const struct collection *c);

/* Puts the rows with this version of the sort keys ("": of none).  At open only, for
 * whoever fills the index again; ix is one of c's. */
void catalog_put_collation_version(
    struct batch *b, struct collection *c, struct index *ix, const char *version);

/* Calls each with every collection of the database (db.len 0: of all), sorted
 * by name, until it returns false.  Without a lock: on references. */
void catalog_each(struct catalog *cat, struct view db,
    bool (*each)(void *arg, struct collection *c), void *arg);
/* The names of all databases, sorted, into a. */
struct view_list {
	int n;
	struct view *names;
};
struct view_list catalog_databases(struct catalog *cat, struct arena *a);
bool catalog_database_exists(struct catalog *cat, struct view db);

/*
 * Names (storage/names.c).  database_name_check and collection_name_check: may
 * a command speak of it?  creation is stricter: no $, no system. but the known
 * ones; ddl_create asks it.  rename has rules and codes of its own (20), and
 * ddl_rename asks them.  namespace_split: "db.coll" at its first dot; 73 when
 * there is none.
 */
MUST_CHECK int database_name_check(struct view db, struct status *st);
MUST_CHECK int collection_name_check(struct view db, struct view name, struct status *st);
MUST_CHECK int creation_name_check(struct view db, struct view name, struct status *st);
MUST_CHECK int rename_names_check(struct view db, struct view name, struct view to_db,
    struct view to_name, struct status *st);
MUST_CHECK int namespace_split(
    struct view ns, struct view *db, struct view *name, struct status *st);

/*
 * 0: inside; leave before this slice ends.  ERR_WOULD_BLOCK: DDL is at work:
 * park with fence_wait.  ERR_ABSENT: this version is superseded or dropped: look
 * it up again.
 */
MUST_CHECK int fence_enter(struct collection *c);
void fence_leave(struct collection *c);
/* Arms the op to be fired when the fence opens; returns STEP_PARK.  Call
 * fence_wait_end first when run again. */
MUST_CHECK enum step fence_wait(struct collection *c, struct op *op);
void fence_wait_end(struct collection *c, struct op *op);

/*
 * DDL.  One at a time in the whole store; each of these is a small state
 * machine that is called until it returns DONE or ERROR and commits, synced,
 * before it returns DONE.  They want the executor (HANDOVER on a loop).
 * ddl_init before, ddl_clear after, whatever happened.  The caller sets the
 * fields that it needs.
 */
struct create_spec {
	struct view db, name;
	struct view options; /* as create's, checked: the catalog believes it */
	enum collection_kind kind;
	enum record_key_kind record_key;
	bool capped, temp, pre_images;
	int64_t capped_bytes, capped_documents;
	struct view view_on, pipeline;
	/* With all its fields; empty: by bytes.  A collection that has one has
	 * RECORD_KEY_SEQUENCE, and its _id_ index has it too. */
	struct view collation;
	const uint8_t *uuid; /* NULL: drawn */
	const struct index_spec *index; /* one that it is born with; NULL: none */
};

struct index_spec {
	struct view name;
	struct view key;  /* {a: 1, b: -1} */
	struct view spec; /* as listIndexes shows it: v, key, name, collation, ... */
	bool unique, sparse, hidden;
	/* Of two partialFilterExpressions: do they take the same documents? */
	bool (*same_filter)(struct view a, struct view b);
	/* spec says the collation, or by its absence that there is none; else it is the
	 * collection's. */
	bool own_collation;
};

struct ddl; /* storage/ddl.h */

#endif
