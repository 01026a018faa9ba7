/*
 * update/delta.h - what a change did to a document, as change streams report
 * it: {updatedFields: {path: value}, removedFields: [path], truncatedArrays:
 * [{field, newSize}]}.
 *
 * Operators note each change as they make it; for a pipeline, of which nobody knows
 * what it touches, delta_of_documents finds the changes afterwards.
 *
 * Threads: a delta belongs to one caller.
 */
#ifndef UPDATE_DELTA_H
#define UPDATE_DELTA_H

#include "bson/builder.h"

struct delta {
	struct buf path; /* where it is */
	struct builder updated, removed, truncated;
	struct buf updated_buf, removed_buf, truncated_buf;
	bool has_truncated;
	int64_t effort; /* names compared while looking for a field */
};

void delta_begin(struct delta *d, struct memory_account *account);
void delta_clear(struct delta *d);

/* A name or a place behind the path; the return value is what delta_pop takes back to. */
size_t delta_push(struct delta *d, const char *name, size_t len);
size_t delta_push_place(struct delta *d, int64_t i);
void delta_pop(struct delta *d, size_t before);

/* About the path. */
void delta_note_set(struct delta *d, struct value v);
void delta_note_removed(struct delta *d);
void delta_note_truncated(struct delta *d, int new_size);

/* The whole as a document in a; data is NULL when there is no memory.  Empty, as for a
 * replacement, when it would be larger than a document may be.  Nothing may be noted
 * afterwards. */
struct view delta_take(struct delta *d, struct arena *a);

/*
 * What makes new of old.  Documents and arrays are looked into as long as that is shorter than
 * the whole value; a field that has moved to another place counts as set.  Empty, as for a
 * replacement, when the delta would not be shorter than the new document, and when finding it
 * would take too long.  False without memory.
 */
MUST_CHECK bool delta_of_documents(
    struct view old, struct view new_doc, struct arena *a, struct view *out);

#endif
