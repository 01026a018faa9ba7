/*
 * index/text_keys.h - the keys of a text index: one for each term of a document.
 *
 * The fields of a key are those of the pattern: the prefix's values, the term (_fts), its
 * score in this document (_ftsx), the suffix's values.  A document without a term has no
 * keys.
 *
 * Threads: any.
 */
#ifndef INDEX_TEXT_KEYS_H
#define INDEX_TEXT_KEYS_H

#include "index/key_making.h"
#include "text/spec.h"

/* Which strings are text; as long as the index. */
MUST_CHECK int index_text(const struct index *ix, const struct text_spec **out, struct status *st);
/* The place of the term among the fields. */
int index_text_field(const struct index *ix);

MUST_CHECK int text_keys(struct key_making *m, const struct value *values);

#endif
