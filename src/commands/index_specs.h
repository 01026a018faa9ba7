/*
 * commands/index_specs.h - the specifications that createIndexes is given.
 *
 *     index_specs.c    what they all have: key, name, version, flags
 *     index_special.c  what only some have: types other than up and down,
 *                      partial indexes, expiry: checked as MongoDB does, then
 *                      refused by name; collation
 *
 * Threads: pure.
 */
#ifndef COMMANDS_INDEX_SPECS_H
#define COMMANDS_INDEX_SPECS_H

#include "commands/command.h"
#include "storage/catalog.h"

struct index_specs {
	int n;
	struct index_spec *specs; /* in the arena; views into it */
};

/* ignore_unknown: options of no name that is known are left out.  inherited: the
 * collation of an index that says none. */
MUST_CHECK int index_specs_decode(const struct arg_docs *docs, bool ignore_unknown,
    const struct collator *inherited, struct arena *a, struct index_specs *out,
    struct status *st);

/* Whole numbers as int32, so that equal keys have equal bytes.  data is NULL
 * when there is no memory. */
struct view index_key_canonical(struct view key, struct arena *a);

/* A specification on its way. */
struct index_options {
	struct view key;
	struct view name;
	bool unique, sparse, hidden, prepare_unique;
	int32_t expire_after_s; /* of expire_after; set by index_special_check */
	const struct collator *collator; /* of collation; set by index_special_check */
	const struct collator *inherited; /* what it has that says none */
	/* Of the first field that has a string for a direction; how many have one. */
	enum key_kind kind;
	int n_typed;
	bool wildcard, scoped; /* "$**"; "a.$**" */
	struct value expire_after, partial, collation, weights, default_language,
	    language_override, text_version, sphere_version, bits, min, max, projection,
	    clustered, storage_engine, skipped;
};

/* ---- index_special.c */

/* What expireAfterSeconds says: from 0 to 2^31 - 1, fractions cut; 67 for all else. */
MUST_CHECK int index_expiry_decode(struct value v, int32_t *seconds, struct status *st);
MUST_CHECK int index_special_check(struct index_options *o, struct arena *a, struct status *st);
/* ---- index_text.c */

/* Makes key, weights and languages of a text index what is stored. */
MUST_CHECK int index_text_fix(struct index_options *o, struct arena *a, struct status *st);

/* ---- index_special.c */

/* The collation alone. */
MUST_CHECK int index_collation_check(
    struct index_options *o, struct arena *a, struct status *st);

#endif
