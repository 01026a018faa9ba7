/*
 * index/value_set.h - which single values pass a predicate, as intervals of keys.
 *
 * Threads: pure; all is made in the maker's arena.
 */
#ifndef INDEX_VALUE_SET_H
#define INDEX_VALUE_SET_H

#include "index/field_set.h"

/* f is a leaf.  exact: these and no others; there is not set. */
struct field_set value_set_make(struct interval_maker *m, const struct filter *f);

/*
 * What every string that matches begins with, into prefix; true when all that begin so
 * match.
 */
bool regex_prefix(const char *pattern, const char *options, struct buf *prefix);

#endif
