/*
 * index/key_document.h - what a key says of its document, as a document.
 *
 * {a: 1, "b.c": 2} becomes {a: 1, b: {c: 2}}.  A field that the document has not is
 * null in its key, and here.  Only of indexes without a collation, whose fields are not inside
 * one another.
 *
 * Threads: belongs to one request.
 */
#ifndef INDEX_KEY_DOCUMENT_H
#define INDEX_KEY_DOCUMENT_H

#include "index/keygen.h"

/* Can a key be turned back at all, but for fields that are arrays? */
bool key_has_document(const struct index *ix);

/* Buffers that are used again from key to key. */
struct key_document {
	struct buf flat, nested;
};

void key_document_init(struct key_document *d, struct memory_account *account);
void key_document_clear(struct key_document *d);

/* Bit i of fields: the i-th field is wanted.  *out is valid until the next call. */
MUST_CHECK int key_document_make(struct key_document *d, const struct index *ix,
    const struct index_key *key, uint32_t fields, struct view *out, struct status *st);
/* The values of the key that has just been made a document; missing where there is none. */
void key_document_values(
    const struct key_document *d, struct value values[static INDEX_FIELDS_MAX]);

#endif
