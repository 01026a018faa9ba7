/*
 * index/index_type.h - the kinds of index there are: a row for each (index_type.c), and what a
 * kind has of its own in a file of its own.
 *
 * A field that is not plain says how it differs from one that is; what says nothing is done as
 * for a plain one.
 *
 * Threads: constant.
 */
#ifndef INDEX_INDEX_TYPE_H
#define INDEX_INDEX_TYPE_H

#include "index/field_set.h"
#include "index/key_making.h"

struct index_type {
	bool made; /* there are such indexes; else createIndexes refuses them by name */
	/* Its values come from elsewhere than its path: it is not followed, and missing. */
	bool no_path;
	/* The keys have the values themselves: they sort, cover, and can be asked a filter. */
	bool has_values;
	/* An array on the field's path is this error; 0: a key for each element. */
	int on_array;
	int others_on_array; /* the same of the plain fields beside it */
	/* Of the index: all keys of a document whose other fields have these values.  NULL:
	 * there is one. */
	int (*keys)(struct key_making *m, const struct value *values);
	/* Of the field: a value's bytes in the key, behind those that are there. */
	void (*put)(struct key_making *m, const struct index_field *f, struct value v);
	/* Of the field: what a filter says of its keys. */
	struct field_set (*set)(struct set_field *field, const struct filter *f);
};

extern const struct index_type index_types[]; /* by enum key_kind */

static inline bool index_field_has_values(const struct index *ix, int field)
{
	return index_types[ix->fields[field].kind].has_values;
}

#endif
