/*
 * bson/compare.h - MongoDB's total order over all values.
 *
 * MinKey < (missing, undefined) < null < numbers < strings and symbols <
 * objects < arrays < binary < ObjectId < bool < date < timestamp < regex <
 * DBPointer < code < code with scope < MaxKey.  Numbers of all four kinds are
 * one order by their exact mathematical value, NaN below all and equal to NaN,
 * -0.0 equal to 0.  Objects compare field by field: type, then name, then value;
 * arrays element by element.  Binary: length, subtype, bytes.
 * (Source: MongoDB's manual, "Comparison/Sort Order".)
 *
 * Threads: pure.
 */
#ifndef BSON_COMPARE_H
#define BSON_COMPARE_H

#include "bson/value.h"

/* A collation's comparison of two strings; NULL: by bytes.  Filled in by the
 * collation code when it comes. */
struct collator;

int value_compare(struct value a, struct value b, const struct collator *collator);
/* By elements in order; names count when with_names. */
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
