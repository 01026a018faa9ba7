/*
 * aggregate/join_values.h - the values by which documents of two collections belong
 * together ($lookup, $graphLookup).
 *
 * Threads: pure.
 */
#ifndef AGGREGATE_JOIN_VALUES_H
#define AGGREGATE_JOIN_VALUES_H

#include "bson/builder.h"
#include "bson/path.h"
#include "util/status.h"

struct join_values {
	struct arena *arena; /* of the list; the values are views of their documents */
	int n, capacity;
	struct value *list;
	bool failed; /* no memory */
	unsigned int steps; /* since the op was looked at */
};

void join_values_add(struct join_values *to, struct value v);
/*
 * Adds all that the path reaches in doc, at places of arrays and in their elements; an array at
 * its end is its elements, undefined is null, what is missing is not there.  Looks whether the
 * op has been stopped: a long path may go many ways through nested arrays.
 */
MUST_CHECK int join_values_collect(
    struct join_values *to, struct view doc, const struct path *p, struct status *st);
/* Appends the filter of documents whose field has one of the values (null, where there are
 * none) to the document that b is in. */
void join_values_put(struct builder *b, const char *field, const struct join_values *values);

#endif
