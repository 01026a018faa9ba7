/*
 * storage/ddl_internal.h - the machine that all DDL shares.
 *
 *     ddl_begin      one at a time: takes the store's DDL lock
 *     (prepare)      the command's own: looks, checks, makes the new versions,
 *                    puts rows, ranges and notes into the batch
 *     ddl_fence      closes the fences of what changes, waits for who is inside; commits
 *                    of the versions before are refused from then on
 *     ddl_finish     commits, publishes, opens the fences, lets the next DDL
 *                    begin, waits until the commit is synced
 *
 * Whoever holds the DDL lock may look at the catalog without the catalog's own
 * lock: nobody else changes it.
 */
#ifndef STORAGE_DDL_INTERNAL_H
#define STORAGE_DDL_INTERNAL_H

#include "bson/builder.h"
#include "storage/catalog_internal.h"
#include "storage/ddl.h"

enum ddl_phase {
	DDL_START,
	DDL_LOCKED,
	DDL_PREPARED,
	DDL_FENCED,
	DDL_READY, /* the batch is whole */
	DDL_COMMIT,
	DDL_SYNC,
	DDL_DONE,
};

/* One collection as it was and as it becomes; references. */
struct ddl_change {
	struct collection *before; /* NULL: it is created */
	struct collection *after;  /* NULL: it is dropped */
	struct database *made;	   /* when after is the first of its database */
};

MUST_CHECK enum step ddl_begin(struct ddl *d, struct op *op, struct status *st);
MUST_CHECK enum step ddl_fence(struct ddl *d, struct op *op, struct status *st);
/* The first half of ddl_finish, up to DDL_SYNC. */
MUST_CHECK enum step ddl_commit(struct ddl *d, struct op *op, struct status *st);
MUST_CHECK enum step ddl_finish(struct ddl *d, struct op *op, struct status *st);
/* From DDL_PREPARED on, when there is nothing to do between the two. */
MUST_CHECK enum step ddl_carry_out(struct ddl *d, struct op *op, struct status *st);
/* Back to DDL_START, for another change; the indexes that are made stay. */
void ddl_start_over(struct ddl *d);
/* What has to be true although it cannot be committed: an index whose build has failed is not
 * there.  From DDL_FENCED on; its rows are swept at the next opening. */
void ddl_publish_uncommitted(struct ddl *d);
/* Is the index in this version (NULL: in none), built or not? */
bool ddl_has_index(const struct collection *c, uint32_t id);
/* Nothing is to be changed. */
enum step ddl_nothing(struct ddl *d);

struct catalog *ddl_catalog(struct ddl *d);
/* Takes the references over, also when it fails. */
MUST_CHECK int ddl_add_change(
    struct ddl *d, struct collection *before, struct collection *after, struct status *st);
/* The newest version, a reference of the caller's, or NAMESPACE_NOT_FOUND. */
MUST_CHECK int ddl_find(struct ddl *d, struct view db, struct view name,
    struct collection **out, struct status *st);
/* The database that the change's after goes into: its id, made if need be. */
MUST_CHECK int ddl_enter_database(
    struct ddl *d, struct ddl_change *ch, struct view db, struct status *st);
/* A collection leaves its database: without the last the row goes. */
void ddl_leave_database(struct ddl *d, const struct collection *c, int leaving);
/* Everything of a collection into the batch, to be removed. */
void ddl_put_drop(struct ddl *d, const struct collection *c);
/* A new index entry in memory; the family is taken.  May block. */
MUST_CHECK int ddl_make_index(struct ddl *d, const struct index_spec *spec, uint32_t table_id,
    struct index **out, struct status *st);
int ddl_no_memory(struct status *st);

/*
 * ddl_index.c: the indexes that are new, in state READY, into d->new_indexes, and the collection.
 * ERR_WOULD_BLOCK: somebody is building one of them: d->awaited.
 */
MUST_CHECK int ddl_make_indexes(struct ddl *d, struct view db, struct view name,
    const struct index_build *b, struct status *st);
/* Of the version that is made: its reference is given back. */
void ddl_take_out(struct collection *after, const struct index *ix);
/* A successor of the index of this name takes its place in after,
 * which is not published yet. */
MUST_CHECK int ddl_change_index(struct ddl *d, struct collection *after,
    const struct index_change *change, struct status *st);

/* ddl_views.c: what system.views says of a view.  made: the system.views that
 * this DDL makes, or NULL. */
MUST_CHECK int ddl_put_definition(struct ddl *d, struct collection *made,
    const struct collection *view, struct status *st);
MUST_CHECK int ddl_remove_definition(
    struct ddl *d, const struct collection *view, struct status *st);
/* Is this the first view of its database, so that system.views is to be made? */
bool ddl_wants_definitions(struct ddl *d, const struct create_spec *spec);
struct create_spec ddl_definitions_spec(struct view db);

/* The document of a note (doc/format.md, "Markers"). */
struct ddl_note {
	struct buf buf;
	struct builder b;
};
struct builder *ddl_note_begin(struct ddl_note *n, const struct collection *c);
void ddl_note_end(
    struct ddl_note *n, struct ddl *d, enum log_marker kind, const struct collection *c);

#endif
