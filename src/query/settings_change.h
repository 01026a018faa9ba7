/*
 * query/settings_change.h - what setQuerySettings and removeQuerySettings do: the row, and
 * then what is known of it.
 *
 *     settings_change_init(&ch, store)   and the caller's fields
 *     step = settings_change_run(&ch, op, st)     again while PARK or HANDOVER
 *     settings_change_clear(&ch)
 *
 * A setting is merged with what is already said of the shape, under a lock of its hash.
 * When it is DONE, it is on disk.
 *
 * Threads: belongs to one request, and stays where it is in memory.
 */
#ifndef QUERY_SETTINGS_CHANGE_H
#define QUERY_SETTINGS_CHANGE_H

#include "bson/value.h"
#include "query/query_settings.h"
#include "storage/batch.h"
#include "storage/locks.h"

/* What is said, and whether it is: what is not stays as it was. */
struct settings_parts {
	bool has_hints, has_framework, has_reject, reject;
	struct view hints; /* an array, as query_setting.settings has it; may be empty */
	struct view framework; /* "classic" or "sbe" */
	struct value comment; /* missing: not said */
};

struct settings_change {
	/* The caller's. */
	struct arena *arena; /* of the request */
	const char *hash;
	bool remove;
	struct settings_parts parts;
	struct view query, ns; /* as in struct query_setting; empty: what is known */

	/* When it is DONE: what is said now (in arena), and the commit's sequence (0: there
	 * was nothing to do). */
	struct query_setting result;
	uint64_t sequence;

	/* Its own. */
	struct store *store;
	int phase;
	struct lock_set locks;
	struct batch *batch;
	struct commit commit;
	struct settings_entry *entry;
};

void settings_change_init(struct settings_change *ch, struct store *s, struct arena *a);
/* ERROR with 7746604 when nothing is left to be said. */
MUST_CHECK enum step settings_change_run(
    struct settings_change *ch, struct op *op, struct status *st);
void settings_change_clear(struct settings_change *ch);

#endif
