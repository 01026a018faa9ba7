/*
 * index/wildcard.h - indexes over all paths of a document ("$**"), or those below one, or those
 * that a projection says.
 *
 * A key has the path and then the value. In the place of the wildcard field in the pattern there
 * are therefore two fields: $_path, and the value's. For a filter on a path the planner makes a
 * shape of the index, whose value is that path's; only keys with that path are then
 * looked at, and documents that do not have it have no such key.
 *
 * A non-empty document has no key of its own, but those of what is in it; an array has
 * those of its elements, of which inner arrays are values.
 *
 * Threads: pure.
 */
#ifndef INDEX_WILDCARD_H
#define INDEX_WILDCARD_H

#include "index/bounds.h"
#include "index/index_type.h"

/* Does the index have what stands at the path? */
bool wildcard_has_path(const struct index *ix, struct view path);

/* The same of a field ("$**", "a.$**") and a wildcardProjection (missing: there is none). */
bool wildcard_takes(struct view field, struct value projection, struct view path);

int wildcard_keys(struct key_making *m, const struct value *values);

/* The index for this path; empty: for its other fields alone, a copy.  NULL without memory. */
struct index *wildcard_shape(const struct index *ix, struct view path, struct arena *a);
/* Has it a path of its own? */
bool wildcard_is_shape(const struct index *ix);
/* The bits of multikey that say something of a shape. */
uint64_t wildcard_arrays_mask(const struct index *shape);

/*
 * What the shape's fields are bounded by, once the filter's predicates are: there: whatever
 * matches has the path. False: nothing can be said. *all_below: keys below the path count as
 * well.  Where they do, or where a document may have the key of an empty one, it is not exact: the
 * key is not what is at the path.
 */
bool wildcard_bound(const struct index *shape, struct interval_maker *m, bool there,
    struct index_bounds *b, bool *all_below, bool *exact);

#endif
