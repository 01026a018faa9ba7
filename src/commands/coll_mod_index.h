/*
 * commands/coll_mod_index.h - collMod's index: which one, and what of it is to change.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_COLL_MOD_INDEX_H
#define COMMANDS_COLL_MOD_INDEX_H

#include "commands/command.h"
#include "storage/catalog.h"

struct coll_mod_index {
	struct view name, key_pattern;
	struct arg_int expire_after;
	struct arg_bool hidden, unique, prepare_unique;
};

MUST_CHECK int coll_mod_index_decode(
    struct view doc, bool dry_run, struct coll_mod_index *m, struct status *st);
/*
 * Finds it in c.  *hide: it is to be hidden or shown, and has not been so before.  0 also
 * when nothing would change; 27 when there is none, 181 when there are several of
 * that key, and MongoDB's codes for what cannot become of it.
 */
MUST_CHECK int coll_mod_index_check(const struct coll_mod_index *m, const struct collection *c,
    struct view *name, bool *hide, struct status *st);

#endif
