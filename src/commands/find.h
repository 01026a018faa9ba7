/*
 * commands/find.h - find's arguments, and the short way of the most frequent
 * find of all.
 *
 * Threads: belongs to one request.
 */
#ifndef COMMANDS_FIND_H
#define COMMANDS_FIND_H

#include "commands/command.h"

struct find_args {
	struct view coll, filter, sort, projection, collation, let;
	struct value hint;
	struct view min, max;
	struct arg_int skip, limit, batch_size;
	struct arg_bool single_batch, return_key, show_record_id, tailable, await_data,
	    no_cursor_timeout, allow_partial_results, allow_disk_use, oplog_replay;
};

/*
 * The document with one _id, and nothing asked beside it: it needs no plan, no
 * nodes and no cursor, only a look at the record.  False: it is not that, and
 * nothing has been done.
 */
MUST_CHECK bool find_point(struct request *r, enum step *step);

#endif
