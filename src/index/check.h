/*
 * index/check.h - do a collection's indexes hold what its documents say?
 *
 * At one snapshot: every document must be one, every key of it must have its entry with the
 * right value, and there must be no more entries than those.  What is wrong is counted, and
 * named as far as a reply has room.
 *
 * Threads: belongs to one request.
 */
#ifndef INDEX_CHECK_H
#define INDEX_CHECK_H

#include "index/keygen.h"
#include "storage/iter.h"

/* An array of documents that say what was found. */
struct check_details {
	struct buf buf;
	struct builder b;
	bool full;
};

struct index_check {
	/* Asked of each document, when it is set before the first run; what it fails with
	 * ends the check. */
	int (*document)(void *arg, struct view doc, struct status *st);
	void *arg;

	/* The result. */
	int64_t documents;
	int64_t invalid; /* of these, what is no document */
	struct index_count {
		int64_t keys, entries; /* what there should be, what there is */
		int64_t missing; /* keys without an entry, or with a wrong one */
		int64_t extra; /* entries of no key */
		int64_t unreadable; /* entries that nobody has written so */
		int64_t doubles; /* of a unique index: keys that several records have */
		int64_t refused; /* documents that it could not take */
		bool not_multikey; /* a document has arrays that the index does not know of */
	} * counts; /* of each of the collection's indexes */
	int64_t misplaced; /* documents under another key than their _id's */
	/* {indexName, recordId, idKey, indexKey}, {indexName, recordId, indexKey},
	 * {recordId} */
	struct check_details missing, extra, corrupt;

	/* Its own. */
	struct store *store;
	struct collection *collection; /* a reference */
	struct snapshot *snap;
	struct iter *it;
	int phase;
	bool looking; /* the entries once more: which of them are too many? */
	struct arena row, arena;
	struct keygen keygen;
	struct buf scratch, previous;
};

void index_check_init(struct index_check *k, struct store *s, struct collection *c,
    struct memory_account *memory);
void index_check_clear(struct index_check *k);
/* For the executor, again after HANDOVER.  DONE: look at the result. */
MUST_CHECK enum step index_check_run(struct index_check *k, struct op *op, struct status *st);
/* Is there anything wrong with this index; with anything? */
bool index_count_is_clean(const struct index_count *n);
bool index_check_is_clean(const struct index_check *k);
/* The array; when it is DONE. */
struct view check_details_found(struct check_details *d);

#endif
