/*
 * commands/coll_mod_index.h - collMod's index: which one, what of it is to change, and what
 * becomes of its specification.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_COLL_MOD_INDEX_H
#define COMMANDS_COLL_MOD_INDEX_H

#include "commands/command.h"
#include "storage/ddl.h"

struct coll_mod_index {
	struct view name, key_pattern;
	struct arg_int expire_after;
	struct arg_bool hidden, unique, prepare_unique;
	bool dry_run;

	/* What coll_mod_index_make has found: the old value, and whether there is a new one. */
	int64_t expire_old; /* -1: it had none */
	bool expires, hides, prepares, makes_unique;
};

MUST_CHECK int coll_mod_index_decode(
    struct view doc, bool dry_run, struct coll_mod_index *m, struct status *st);

/* The index that is meant, or NULL: the one on _id, which nothing stands for.  27 when there
 * is none, 181 when there are several of that key. */
MUST_CHECK int coll_mod_index_find(const struct coll_mod_index *m, const struct collection *c,
    struct index **out, struct status *st);

/*
 * What becomes of it; out->name.data stays NULL when nothing would change.  Fails with
 * MongoDB's codes for what cannot become of it.  The new specification is made in a.
 */
MUST_CHECK int coll_mod_index_make(struct coll_mod_index *m, const struct collection *c,
    struct arena *a, struct index_change *out, struct status *st);

/* expireAfterSeconds_old, ... unique_new: what has changed. */
void coll_mod_index_reply(const struct coll_mod_index *m, struct builder *b);

#endif
