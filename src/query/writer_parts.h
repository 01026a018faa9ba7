/*
 * query/writer_parts.h - what the writer's files share: the fence, the commit,
 * starting over.
 *
 * insert and change make an attempt within one slice: read, compute, lock,
 * check, fill the batch.  When something has to be waited for in the middle
 * the attempt is dropped, but its locks are kept, and the next slice makes it
 * anew; so nothing computed lives over a PARK but the batch of a commit.
 *
 * Threads: as writer.h.
 */
#ifndef QUERY_WRITER_PARTS_H
#define QUERY_WRITER_PARTS_H

#include "query/writer.h"

enum writer_phase {
	WRITER_IDLE, /* the next thing is an attempt */
	WRITER_CREATE,
	WRITER_MULTIKEY,
	WRITER_COMMIT,
};

/* What the step functions below tell besides: there is nothing to write to any
 * more, or start over. */
enum writer_outcome { WRITER_GO_ON, WRITER_GONE, WRITER_AGAIN };

/* DONE: inside the fence of the newest version (or WRITER_GONE: dropped, or
 * another collection has the name). */
MUST_CHECK enum step writer_enter(
    struct writer *w, enum writer_outcome *outcome, struct status *st);
void writer_leave(struct writer *w);

/* Forgets the attempt under way, but not its locks. */
MUST_CHECK int writer_new_attempt(struct writer *w, struct status *st);

/* Has index ix to become multikey in fields where it is not?  Notes it and
 * sets the phase. */
bool writer_wants_multikey(struct writer *w, struct index *ix, uint64_t bits);
MUST_CHECK enum step writer_set_multikey(
    struct writer *w, enum writer_outcome *outcome, struct status *st);

/*
 * Takes n locks (any order, doubles allowed; keys is sorted).  WRITER_AGAIN: one out of
 * order was not free; all have been released.
 */
MUST_CHECK enum step writer_lock(struct writer *w, struct hash128 *keys, int n,
    enum writer_outcome *outcome, struct status *st);

/* Tells the retryable statement that document i goes into the batch. */
MUST_CHECK int writer_note(struct writer *w, int i, struct status *st);

/* What is in the batch is to be committed: sets the phase. */
MUST_CHECK int writer_commit_begin(struct writer *w, struct status *st);
/* DONE: committed and all locks released; or WRITER_AGAIN: DDL came first. */
MUST_CHECK enum step writer_commit_go_on(
    struct writer *w, enum writer_outcome *outcome, struct status *st);

/* The end of an insert or a change, however it went. */
enum step writer_end(struct writer *w, enum step step);

/* Capped collections (writer_capped.c).  All who write to one hold this lock. */
struct hash128 writer_append_lock(const struct collection *c);
/* Puts the removal of the oldest documents into the batch, as many as have to go when n documents of
 * this many bytes come.  ERR_WOULD_BLOCK on a loop. */
MUST_CHECK int writer_capped_trim(
    struct writer *w, int64_t n, int64_t bytes, struct status *st);
void writer_capped_committed(struct writer *w);

/* Has the writer to see to it that no two records have a key?  (Of one that is being built,
 * the build does it in the end.) */
static inline bool writer_keeps_unique(const struct index *ix)
{
	return index_refuses_doubles(ix) && ix->state == INDEX_READY;
}

/* The keys that a stored document has (in w->arena): none in an index that is being built
 * and cannot take it. */
MUST_CHECK int writer_old_keys(struct writer *w, const struct index *ix, struct view doc,
    struct index_keys *keys, struct status *st);

/* Removes a record and its index entries (the keys are made in w->arena). */
MUST_CHECK int writer_put_removal(
    struct writer *w, struct view record_key, struct view doc, struct status *st);

#endif
