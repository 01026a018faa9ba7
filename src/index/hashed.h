/*
 * index/hashed.h - hashed fields of an index: a number stands for each value
 * (bson/hashed_key.h), and only values that are said exactly can be looked up.
 *
 * Threads: pure.
 */
#ifndef INDEX_HASHED_H
#define INDEX_HASHED_H

#include "index/index_type.h"

void hashed_put(struct key_making *m, const struct index_field *f, struct value v);
struct field_set hashed_set(struct set_field *field, const struct filter *f);

#endif
