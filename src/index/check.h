/*
 * index/check.h - do a collection's indexes hold what its documents say?
 *
 * At one snapshot: every key of every document must have its entry, with the
 * right value, and there must be no more entries than those.
 *
 * Threads: belongs to one request.
 */
#ifndef INDEX_CHECK_H
#define INDEX_CHECK_H

#include "index/keygen.h"
#include "storage/iter.h"

struct index_check {
	/* The result. */
	int64_t documents;
	struct index_count {
		int64_t keys, entries; /* what there should be, what there is */
		int64_t missing; /* keys without an entry, or with a wrong one */
		bool not_multikey; /* a document has arrays that the index does not know of */
	} * counts; /* of each of the collection's indexes */
	int64_t misplaced; /* documents under another key than their _id's */

	/* Its own. */
	struct store *store;
	struct collection *collection; /* a reference */
	struct snapshot *snap;
	struct iter *it;
	int phase;
	struct arena row, arena;
	struct keygen keygen;
	struct buf scratch;
};

void index_check_init(struct index_check *k, struct store *s, struct collection *c,
    struct memory_account *memory);
void index_check_clear(struct index_check *k);
/* For the executor, again after HANDOVER.  DONE: look at the result. */
MUST_CHECK enum step index_check_run(struct index_check *k, struct op *op, struct status *st);
/* Is there anything wrong? */
bool index_check_is_clean(const struct index_check *k);

#endif
