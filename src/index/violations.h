/*
 * index/violations.h - which documents are in the way of an index becoming unique: those
 * that have a key in it together.
 *
 * At one snapshot.  Of an index that refuses new doubles (prepareUnique) what is not found
 * now will not come either.
 *
 * Threads: belongs to one request.
 */
#ifndef INDEX_VIOLATIONS_H
#define INDEX_VIOLATIONS_H

#include "bson/builder.h"
#include "storage/iter.h"
#include "util/buf.h"

struct index_violations {
	int64_t n; /* keys that several documents have */

	/* Its own. */
	struct store *store;
	struct collection *collection; /* a reference */
	struct index *index; /* of the collection */
	struct snapshot *snap;
	struct iter *it;
	struct buf key,
	    first; /* of the entry before; the record that had it first, until shown */
	struct buf found;
	struct builder builder;
	bool in_group, full;
};

void index_violations_init(struct index_violations *v, struct store *s, struct collection *c,
    struct index *ix, struct memory_account *memory);
void index_violations_clear(struct index_violations *v);
/* For the executor, again after HANDOVER. */
MUST_CHECK enum step index_violations_run(
    struct index_violations *v, struct op *op, struct status *st);
/* {violations: [{ids: [...]}, ...]}, as many as a reply has room for; when it is DONE. */
struct view index_violations_found(struct index_violations *v);

#endif
