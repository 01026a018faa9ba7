/*
 * index/keygen.h - the keys that a document has in an index.
 *
 * Rules: a missing field is null; an array gives a key for each element (an
 * empty one undefined), and the index becomes multikey in that field; fields
 * that go through the same array go through it together; two arrays side by
 * side are refused (171).  "a.0" is a place when there is an array with that
 * place, and refused (16746) when its elements have a field of that name
 * besides.  Sparse indexes leave out keys of which no field is there.  A document that is not
 * in a partial index has no keys, whatever it is like.
 *
 * What a filter's path can reach in a document always has its key here: the
 * planner relies on it.
 *
 * Threads: a keygen belongs to one request.
 */
#ifndef INDEX_KEYGEN_H
#define INDEX_KEYGEN_H

#include "bson/builder.h"
#include "bson/key_encode.h"
#include "storage/catalog.h"
#include "text/terms.h"

/* The longest index key: longer ones are refused (17280). */
#define INDEX_KEY_MAX (32 * 1024)
/* Of one document in one index: more are refused (201). */
#define INDEX_KEYS_MAX       100000
#define INDEX_KEYS_BYTES_MAX (32 * 1024 * 1024)

/* Sorted, without doubles. */
struct index_keys {
	int n;
	struct index_key {
		struct view key; /* encoded fields */
		struct view type_bits;
	} * keys;
	uint64_t multikey; /* where the fields met arrays, as in struct index */
};

/* Buffers that are used again from document to document. */
struct keygen {
	struct buf key;
	struct type_bits types;
	struct buf keys; /* of struct index_key */
	struct text_maker text; /* of text indexes */
};

void keygen_init(struct keygen *g, struct memory_account *account);
void keygen_clear(struct keygen *g);

/* The keys are made in a. */
MUST_CHECK int index_keys_make(struct keygen *g, const struct index *ix, struct view doc,
    struct arena *a, struct index_keys *out, struct status *st);

/*
 * The keys as a document {a: 1, "b.c": "x"}, with the names of the key pattern:
 * what DuplicateKey shows.  Appended to b as elements.
 */
MUST_CHECK int index_key_decode(const struct index *ix, struct view key, struct view type_bits,
    struct builder *b, struct status *st);

#endif
