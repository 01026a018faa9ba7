/*
 * index/bounds.h - which keys of an index can belong to documents that a filter matches.
 *
 * The ranges are a superset, never less: whoever scans them asks the filter
 * again for each document.  Only the filter's top-level conjunction is looked
 * at; where it is not certain that a predicate's matches all have a key in some
 * interval, it gives no bounds.
 *
 * Keys of strings are of the index's collation: predicates on strings under another
 * give no bounds.
 *
 * Arrays make this subtle.  Two predicates on a multikey field may be met by
 * two different elements, so only one of them bounds the field; of two
 * multikey fields that go through the same array only the first is bounded.
 *
 * Threads: pure; all is made in the arena given.
 */
#ifndef INDEX_BOUNDS_H
#define INDEX_BOUNDS_H

#include "expr/match.h"
#include "storage/catalog.h"

/* Keys from lower (inclusive) to upper (exclusive); an empty one is no bound. */
struct key_range {
	struct view lower, upper;
};

/* An interval of one field's values, as if it were ascending. */
struct interval {
	struct view low, high; /* encoded: low inclusive, high exclusive */
	bool point; /* low is one value's key, and nothing else is inside */
	/* What it was made of, for explain: missing is the end of the other's type. */
	struct bound {
		struct value v;
		uint8_t type;
		bool open; /* v itself is not inside */
	} from, to;
};

/* Sorted and disjoint.  n 0: nothing can match. */
struct intervals {
	int n;
	struct interval *v;
	bool without_null; /* does not hold the null that missing fields have */
};

struct index_bounds {
	int n_fields; /* of the index, from the first: those with bounds */
	int n_equal; /* of these, from the first: those with a single point */
	struct intervals fields[INDEX_FIELDS_MAX]; /* for explain */
	bool without_null; /* no document of which a sparse index knows nothing */
	bool for_arrays; /* they hold as well when more fields become multikey */
	int n;
	struct key_range *ranges; /* in key order, disjoint */
};

/* DONE with out->n_fields 0: no bounds.  0, or no memory. */
MUST_CHECK int index_bounds_make(const struct index *ix, const struct filter *f,
    struct arena *a, struct index_bounds *out, struct status *st);

/* The same for the record keys of a RECORD_KEY_ID collection. */
MUST_CHECK int id_bounds_make(
    const struct filter *f, struct arena *a, struct index_bounds *out, struct status *st);

/* The value that the filter's conjunction says _id equals, where that is the key of one
 * _id at most among keys with this collator; missing when none does. */
struct value filter_id_value(const struct filter *f, const struct collator *collator);

/* From min (inclusive) to max (exclusive), documents {a: 1, b: 2} with the fields of the
 * key pattern in its order; empty: no bound.  ERR_BAD_VALUE when they are not. */
MUST_CHECK int index_bounds_between(const struct index *ix, struct view min, struct view max,
    struct arena *a, struct index_bounds *out, struct status *st);

#endif
