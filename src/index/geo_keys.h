/*
 * index/geo_keys.h - the fields of 2d and 2dsphere indexes: keys are numbers of cells.
 *
 * On the sphere a shape has a key for each of a few cells that cover it together; on the
 * plane a place has one, of a grid.  A document without any of the index's places has no
 * keys; one that has some of them has null for the others.  What a filter says is a set of
 * cells that is too large rather than too small: documents are always asked again.
 *
 *     geo_keys.c    the keys of a document
 *     geo_set.c     the keys that a filter asks for
 *
 * Threads: pure.
 */
#ifndef INDEX_GEO_KEYS_H
#define INDEX_GEO_KEYS_H

#include "geo/grid.h"
#include "index/index_type.h"

struct grid index_grid(const struct index *ix);
/* The number of a place in the grid, as keys have it; data NULL: no memory. */
struct value grid_value(struct arena *a, uint64_t number);

MUST_CHECK int geo_keys(struct key_making *m, const struct value *values);
struct field_set geo_set(struct set_field *field, const struct filter *f);

static inline bool index_is_geo(const struct index *ix)
{
	return ix->kind == INDEX_2D || ix->kind == INDEX_2DSPHERE;
}

#endif
