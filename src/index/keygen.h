/*
 * index/keygen.h - the keys that a document has in an index.
 *
 * Rules: a missing field is null; an array gives a key for each element (an
 * empty one undefined), and the index becomes multikey in that field; two
 * arrays side by side are refused (171); sparse indexes leave out documents
 * that have none of the fields.
 *
 * Threads: pure; keys go into the caller's buffers.
 */
#ifndef INDEX_KEYGEN_H
#define INDEX_KEYGEN_H

#include "bson/key_encode.h"
#include "storage/catalog.h"

/* Sorted, without doubles. */
struct index_keys {
	int n;
	struct index_key {
		struct view key;	/* encoded fields */
		struct view type_bits;
	} *keys;
	uint64_t multikey; /* which fields met arrays */
};

/* The longest index key: longer ones are refused (17280). */
#define INDEX_KEY_MAX (32 * 1024)

/* Made in a. */
MUST_CHECK int index_keys_make(const struct index *ix, struct view doc, struct arena *a,
    struct index_keys *out, struct status *st);

#endif
