/*
 * aggregate/ranking.h - the n least or greatest of many values, copied.
 *
 * What is kept is a heap whose root is the next to leave.  Of equal ones those stay that came
 * first.
 *
 * Threads: belongs to one node.
 */
#ifndef AGGREGATE_RANKING_H
#define AGGREGATE_RANKING_H

#include "aggregate/kept.h"
#include "bson/compare.h"

struct ranked {
	struct kept value;
	struct kept key; /* bytes whose memcmp order it is; none: the values' */
	uint64_t place; /* among all that came */
};

/* Zeroed, but for what of it is said, before the first use. */
struct ranking {
	int64_t most; /* to be kept */
	bool greatest; /* of the values; otherwise the least */
	bool by_key;
	const struct collator *collator;
	struct ranked *list;
	size_t n, size;
	uint64_t places;
	bool sorted; /* and no heap */
};

/* key: of a ranking by_key.  Whether there was memory, the arena says. */
void ranking_add(struct ranking *r, struct value v, struct view key, struct arena *a);
/* In ascending order, and in that in which they came. */
void ranking_sort(struct ranking *r);

#endif
