/*
 * index/key_making.h - the keys of one document while they are made: what keygen.c and the
 * files of the kinds of index share.
 *
 * Threads: belongs to one call of index_keys_make.
 */
#ifndef INDEX_KEY_MAKING_H
#define INDEX_KEY_MAKING_H

#include "index/keygen.h"

struct key_making {
	struct keygen *g;
	const struct index *ix;
	struct view doc;
	struct arena *arena;
	struct status *st;
	uint64_t multikey;
	size_t bytes;
};

/* A key, from its first field to its last: values as the document has them, missing ones
 * among them. */
void key_making_begin(struct key_making *m);
void key_making_field(struct key_making *m, int field, struct value v);
MUST_CHECK int key_making_end(struct key_making *m);

#endif
