/*
 * bson/compare.h - MongoDB's total order over all values.
 *
 * MinKey < (missing, undefined) < null < numbers < strings and symbols <
 * objects < arrays < binary < ObjectId < bool < date < timestamp < regex <
 * DBPointer < code < code with scope < MaxKey.  Numbers of all four kinds are
 * one order by their exact mathematical value, NaN below all and equal to NaN,
 * -0.0 equal to 0.  Objects compare field by field: type, then name, then value;
 * arrays element by element.  Binary: length, subtype, bytes.  DBPointer: length
 * of the name, name, id.  A collation counts for strings and symbols, those inside
 * objects and arrays too.
 * (Source: MongoDB's manual, "Comparison/Sort Order".)
 *
 * Threads: pure.
 */
#ifndef BSON_COMPARE_H
#define BSON_COMPARE_H

#include "bson/value.h"
#include "util/buf.h"

/* How a collation orders strings and symbols; NULL where one is asked for: by
 * bytes.  Whoever makes one embeds this struct in its own. */
struct collator {
	int (*compare)(const struct collator *c, struct view a, struct view b);
	/* Appends bytes whose memcmp order is compare's order. */
	void (*sort_key)(const struct collator *c, struct view s, struct buf *out);
};

int value_compare(struct value a, struct value b, const struct collator *collator);
/* Field by field: type rank, name, value; names are compared by bytes. */
int doc_compare(struct view a, struct view b, const struct collator *collator);
bool value_equal(struct value a, struct value b, const struct collator *collator);

/* The rank of a type among the types: equal ranks are compared by value (all
 * numbers are one rank, string and symbol are). */
int type_rank(uint8_t type);

/* Of all values that compare equal: the same hash.  For hash tables in memory
 * only (seeded by the process). */
uint64_t value_hash(struct value v, const struct collator *collator);

/* Numbers only: exact, -1, 0, 1. */
int number_compare(struct value a, struct value b);

#endif
