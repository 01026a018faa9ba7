/*
 * query/walk.h - walking ranges of keys, of records or of index entries, with
 * interruptions.
 *
 * Keeps the position (the last key), not the iterator, over walk_save: the
 * next walk_next opens one and seeks.  One iterator serves all ranges, so they
 * are seen at one state of the store between two saves.
 *
 * Threads: belongs to one request at a time.
 */
#ifndef QUERY_WALK_H
#define QUERY_WALK_H

#include "index/bounds.h"
#include "query/exec.h"
#include "storage/iter.h"

struct walk {
	struct collection *collection; /* a reference */
	const struct index *index; /* NULL: the records */
	const struct key_range *ranges; /* sorted, disjoint; n 0: nothing */
	int n;
	bool reverse;

	struct iter *it;
	int64_t seeks;
	int at; /* the range that it is in, from either end */
	struct buf position; /* the last key that came out; empty: none */
	bool standing; /* it stands on position */
	struct buf target; /* where the next one is at the earliest; empty: anywhere */
};

/* A range that holds everything. */
extern const struct key_range walk_everything;

/* Takes a reference to c; the ranges stay the caller's. */
void walk_init(struct walk *w, struct collection *c, const struct index *ix,
    const struct key_range *ranges, int n, bool reverse, struct memory_account *account);
void walk_clear(struct walk *w);
void walk_save(struct walk *w);
/* Back to behind this key, which it has stood on (empty: to its begin). */
void walk_rewind(struct walk *w, struct view position);
/* From here on in this version of the collection. */
void walk_restore(struct walk *w, struct collection *c, const struct index *ix);

/* ROW: walk_key and walk_value are valid until the next call; DONE; HANDOVER (the
 * disk is needed); ERROR. */
MUST_CHECK enum step walk_next(struct walk *w, struct exec_context *cx);

/* Nothing before target (in the walk's direction; in the order of keys nothing behind it, in
 * reverse) is wanted any more; empty: nothing at all. */
void walk_skip(struct walk *w, struct view target);

static inline struct view walk_key(const struct walk *w)
{
	return buf_view(&w->position);
}

static inline struct view walk_value(const struct walk *w)
{
	return iter_value(w->it);
}

#endif
