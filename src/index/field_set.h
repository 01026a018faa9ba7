/*
 * index/field_set.h - what a filter says of the keys of one field of an index.
 *
 * The set holds a key of every document that matches.  Where it is exact, the other
 * way round, too: a document with a key in it matches, so that the filter need not be
 * asked again, and what does not match is outside.
 *
 * Arrays make this subtle: of a field that has never been one a document has one key,
 * otherwise several, and what two predicates say may be of two different ones.
 *
 * Threads: pure; all is made in the maker's arena.
 */
#ifndef INDEX_FIELD_SET_H
#define INDEX_FIELD_SET_H

#include "expr/match.h"
#include "index/intervals.h"
#include "storage/catalog.h"

struct field_set {
	struct intervals keys;
	bool exact;
	bool there; /* whatever matches has the field, and not only its null */
};

/* Whose keys they are. */
struct set_field {
	const struct index *ix;
	struct interval_maker *maker;
	const struct path *path;
	enum key_kind kind;
	int skip; /* so many of the path's parts have been gone through: the filter's paths
		   * begin behind them, in one element of an array */
	uint64_t arrays; /* bit i: part i of the path has been an array (skip and above) */
	bool only_there; /* a sparse index of this field alone */
	bool relies; /* set: what was said does not hold when there are more arrays */
};

/* Does the path behind the skipped parts say the same as this one? */
bool set_field_is(const struct set_field *f, const struct path *path);
/* Is a part of the path maybe a place in an array ("a.0")? */
bool path_has_places(const struct path *path);

struct field_set field_set_all(struct interval_maker *m);
/* What filter says; all where it says nothing. */
struct field_set field_set_make(struct set_field *f, const struct filter *filter);
/* What it says of one value (inside $elemMatch: the leaves' paths are empty). */
struct field_set field_set_of_value(struct interval_maker *m, const struct filter *filter);

/* Do the strings in it compare as the keys do that have this collator? */
bool filter_same_order(const struct filter *f, const struct collator *collator);

#endif
