/*
 * index/intervals.h - sets of values as sorted, disjoint intervals.
 *
 * An interval has its ends twice: as encoded bytes, which are compared, and as values,
 * which explain shows.  All are as if the field were ascending.
 *
 * Threads: pure; all is made in the maker's arena.
 */
#ifndef INDEX_INTERVALS_H
#define INDEX_INTERVALS_H

#include "bson/compare.h"
#include "bson/value.h"
#include "util/arena.h"

/* One end. */
struct bound {
	struct value v;
	bool open; /* v itself is not inside */
};

struct interval {
	struct view low, high; /* encoded: low inclusive, high exclusive */
	bool point; /* low is one value's key, and nothing else is inside */
	struct bound from, to;
};

/* n 0: no value. */
struct intervals {
	int n;
	struct interval *v;
};

struct interval_maker {
	struct arena *arena;
	const struct collator *collator; /* of the strings' keys */
	struct buf key;
	struct intervals all; /* once it has been asked for */
	bool failed; /* no memory: what has been made is not to be used */
};

void interval_maker_init(
    struct interval_maker *m, struct arena *a, const struct collator *collator);
void interval_maker_clear(struct interval_maker *m);

/* The value's key; what follows all that begins with a key. */
struct view interval_key(struct interval_maker *m, struct value v);
struct view interval_successor(struct interval_maker *m, struct view key);

/* Room for n intervals, and none yet. */
struct intervals intervals_new(struct interval_maker *m, int n);
/* One and the same each time. */
struct intervals intervals_all(struct interval_maker *m);
struct intervals intervals_point(struct interval_maker *m, struct value v);
/* None where from is above to. */
struct intervals intervals_between(
    struct interval_maker *m, struct bound from, struct bound to);
/* All values of the rank of a type. */
struct intervals intervals_type(struct interval_maker *m, uint8_t type);
/* The ends of a type's rank, for who bounds one side of it; of numbers without NaN. */
struct bound type_lowest(uint8_t type);
struct bound type_highest(uint8_t type);

/* Appends to what intervals_new gave. */
void intervals_add_point(struct interval_maker *m, struct intervals *s, struct value v);
/* Once all points are there. */
void intervals_sort(struct intervals *s);

struct intervals intervals_intersect(
    struct interval_maker *m, const struct intervals *a, const struct intervals *b);
struct intervals intervals_unite(
    struct interval_maker *m, const struct intervals *a, const struct intervals *b);
struct intervals intervals_complement(struct interval_maker *m, const struct intervals *s);

bool intervals_are_all(const struct intervals *s);
/* Points only (or nothing). */
bool intervals_are_points(const struct intervals *s);
/* Is a value of no length (null, undefined, MinKey, MaxKey) among them? */
bool intervals_hold(const struct intervals *s, uint8_t type);

#endif
