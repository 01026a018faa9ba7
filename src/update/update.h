/*
 * update/update.h - update operators, replacement and pipeline: a document and
 * a spec give a new document.
 *
 * Parsed once, applied to each document.  An operator is a row in a table
 * (update_table.c), a pipeline's stage one of expr/transform.h's.  Applying computes the new document and the delta that
 * change streams report (updatedFields, removedFields, truncatedArrays).
 *
 * Threads: a parsed update is read-only.
 */
#ifndef UPDATE_UPDATE_H
#define UPDATE_UPDATE_H

#include "expr/match.h"
#include "util/arena.h"

struct update;

struct update_options {
	const struct collator *collator;
	const struct variables *let;
	struct view array_filters; /* an array, or empty */
	struct view constants; /* a pipeline's variables besides let, and before it; or empty */
};

/*
 * spec: a document (operators or a replacement) or an array (a pipeline).
 * Views of it stay in use.  Errors: MongoDB's codes (9 FailedToParse for an
 * unknown operator or an empty one, 40 for conflicting paths, ...).
 */
MUST_CHECK int update_parse(struct value spec, const struct update_options *o, struct arena *a,
    struct update **out, struct status *st);
bool update_is_replacement(const struct update *u);
bool update_is_pipeline(const struct update *u);

struct update_result {
	struct view doc; /* the new document, in the arena given; equal to the old
			    * one's bytes when nothing changed */
	bool changed; /* false: a no-op (nModified does not count it).  A replacement without
		       * the _id never is one. */
	struct view delta; /* {updatedFields, removedFields, truncatedArrays}; empty for
			    * replacements, for a pipeline that is as good as one, and where it
			    * would be too large */
};

/*
 * array_index: the positional $'s, or -1.  Errors when the change cannot be made
 * to this document (66 ImmutableField for _id, 28 PathNotViable, 14 TypeMismatch, 2 ..., 17419 or
 * 10334 when it grows too large).
 */
MUST_CHECK int update_apply(const struct update *u, struct view old, int64_t array_index,
    struct arena *a, struct update_result *out, struct status *st);

/* The document that an upsert inserts: the filter's equalities, then the
 * update with $setOnInsert; _id first (an ObjectId is drawn where none comes
 * from either). */
MUST_CHECK int update_upsert(const struct update *u, const struct filter *f, struct arena *a,
    struct view *doc, struct status *st);

#endif
