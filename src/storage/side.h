/*
 * storage/side.h - what writers change of an index while it is being built.
 *
 * They do not touch the index itself: the table files that the build hands to RocksDB
 * are newer to it than whatever was written meanwhile, and would bring entries back that
 * writers have removed.  So each commit has a row for each entry that it would put or
 * remove, and the build carries these out, in the order of the commits, when the files
 * are in.
 *
 * A row's key is the side table's id, the commit's cluster time, filled in under the
 * commit lock, and a number within the commit.  Whoever has read up to some key has
 * therefore read all that was committed before: what comes later stands behind it.
 *
 * Threads: pure.
 */
#ifndef STORAGE_SIDE_H
#define STORAGE_SIDE_H

#include "util/buf.h"

struct side_change {
	bool put; /* else it is removed */
	struct view key; /* the entry's, without the index's id */
	struct view value; /* of one that is put */
};

/* A row's value, appended. */
void side_change_format(struct buf *b, const struct side_change *change);
/* Views into row.  False: no such row was ever put. */
MUST_CHECK bool side_change_parse(struct view row, struct side_change *change);

#endif
