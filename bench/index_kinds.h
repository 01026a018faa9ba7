/*
 * bench/index_kinds.h - the secondary indexes that a collection of the bench's documents may
 * have: for the server, and, as bytes, for the store's ceiling.
 *
 * Threads: pure.
 */
#ifndef BENCH_INDEX_KINDS_H
#define BENCH_INDEX_KINDS_H

#include "bench/document.h"

#define INDEX_KINDS 5
#define INDEX_BUILT 3 /* the one that a build makes: {group: 1, seq: -1} */

enum index_number { SEQ, GROUP, SCORE };

struct index_kind {
	const char *name;
	struct {
		enum index_number number;
		int direction; /* 0: there is no such field */
	} fields[2];
};

extern const struct index_kind index_kinds[INDEX_KINDS];
const char *index_field_name(const struct index_kind *k, int field);

/* A document's index key, as the server has it, without the index's id and the record key.
 * Returns its length. */
#define INDEX_KEY_MOST 20
size_t index_entry_key(uint8_t out[static INDEX_KEY_MOST], int kind, const uint8_t *doc,
    const struct document_layout *layout);

#endif
