/*
 * index/bounds.h - which keys of an index can belong to documents that a filter matches.
 *
 *     bounds.c          which predicate bounds which field, and what is left to be asked
 *     field_set.c       what a predicate says of a field's keys
 *     bounds_ranges.c   from the fields' intervals to ranges of keys
 *     key_check.c       fields behind the ranges, asked of each key
 *
 * The keys are a superset, never less.  What the bounds say completely need not be
 * asked again: rest and on_keys are what is left of the filter, for documents and for
 * keys that could be turned back.
 *
 * Keys of strings are of the index's collation: predicates on strings under another
 * give no bounds.
 *
 * Arrays make this subtle.  Two predicates on a multikey field may be met by
 * two different elements, so only one of them bounds the field; of two fields that go
 * through the same array only the first is bounded.  Not so where $elemMatch says that it
 * is the same element.
 *
 * Threads: pure; all is made in the arena given.
 */
#ifndef INDEX_BOUNDS_H
#define INDEX_BOUNDS_H

#include "expr/match.h"
#include "index/intervals.h"
#include "index/key_check.h"
#include "storage/catalog.h"

struct index_bounds {
	int n_fields; /* of the index, from the first: those that the ranges say */
	int n_bounded; /* of all fields: those with bounds */
	int n_equal; /* from the first: those with a single point */
	struct intervals fields[INDEX_FIELDS_MAX]; /* of all fields, once there are bounds */
	bool without_null; /* no document of which a sparse index knows nothing */
	bool several_paths; /* of a wildcard index: a document may have several keys in them */
	bool for_arrays; /* they hold as well when there are more arrays */
	int n;
	struct key_range *ranges; /* in key order, disjoint; NULL: no bounds */
	const struct key_check *check; /* NULL: what is in the ranges is within bounds */
	/* What each key in bounds is to be asked, and each document after that.  NULL:
	 * nothing. */
	const struct filter *on_keys, *rest;
};

/* DONE with out->n_fields 0: no bounds.  0, or no memory. */
MUST_CHECK int index_bounds_make(const struct index *ix, const struct filter *f,
    struct arena *a, struct index_bounds *out, struct status *st);

/* The same for record keys, which begin with the encoding of this field, without a dot. */
MUST_CHECK int record_bounds_make(struct view field, const struct filter *f, struct arena *a,
    struct index_bounds *out, struct status *st);

/* The value that the filter's conjunction says _id equals, where that is the key of one
 * _id at most among keys with this collator; missing when none does. */
struct value filter_id_value(const struct filter *f, const struct collator *collator);

/* From min (inclusive) to max (exclusive), documents {a: 1, b: 2} with the fields of the
 * key pattern in its order; empty: no bound.  ERR_BAD_VALUE when they are not.  The whole
 * filter is left to be asked of documents. */
MUST_CHECK int index_bounds_between(const struct index *ix, struct view min, struct view max,
    struct arena *a, struct index_bounds *out, struct status *st);

/* Makes ranges and check of the fields' intervals.  0, or no memory. */
MUST_CHECK int bounds_make_ranges(
    const struct index *ix, struct interval_maker *m, struct index_bounds *b);

#endif
