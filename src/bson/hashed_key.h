/*
 * bson/hashed_key.h - the number that stands for a value in a hashed index: MongoDB's, so that
 * who computes it outside ($toHashedIndexKey, convertShardKeyToHashed) finds the same one.
 *
 * Equal values have equal numbers; numbers with the same whole part do, too, and whoever looks
 * a value up has to compare it.
 *
 * Threads: pure.
 */
#ifndef BSON_HASHED_KEY_H
#define BSON_HASHED_KEY_H

#include "bson/compare.h"
#include "util/buf.h"

/* A missing value is null.  With a collator strings are their sort keys.  scratch: used up; when
 * it has failed there was no memory. */
int64_t hashed_key(struct value v, const struct collator *collator, struct buf *scratch);

#endif
