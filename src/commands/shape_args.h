/*
 * commands/shape_args.h - a plan cache query shape as commands are given it: {query, sort,
 * projection, collation}.
 *
 * Their types are looked at only when there is a collection to parse them for, as in
 * MongoDB: of a collection that does not exist anything may be cleared.
 *
 * Threads: pure but for reading the catalog.
 */
#ifndef COMMANDS_SHAPE_ARGS_H
#define COMMANDS_SHAPE_ARGS_H

#include "commands/command.h"
#include "query/query.h"

struct shape_args {
	struct value query, sort, projection, collation; /* missing: not given */
};

/* The rows of a field table for one that is at this offset. */
#define SHAPE_FIELDS(offset)                                                                   \
	{"query", FIELD_ANY, 0, (offset) + offsetof(struct shape_args, query),                 \
	    "Which documents; values do not count."},                                          \
	    {"sort", FIELD_ANY, 0, (offset) + offsetof(struct shape_args, sort),               \
		"In which order."},                                                            \
	    {"projection", FIELD_ANY, 0, (offset) + offsetof(struct shape_args, projection),   \
		"Which of their fields."},                                                     \
	{                                                                                      \
		"collation", FIELD_ANY, 0, (offset) + offsetof(struct shape_args, collation),  \
		    "How strings compare."                                                     \
	}

/* Is anything given? */
bool shape_args_given(const struct shape_args *a);
/* The query and its shape (plan_shape) in c, in the request's arena.  2 for what is missing or
 * of a wrong type, else as the parsers say. */
MUST_CHECK int shape_args_parse(struct request *r, const struct shape_args *a,
    const struct collection *c, struct query **query, struct view *shape, struct status *st);

/* A reference in *out, or NULL where there is no such collection.  166 for a view. */
MUST_CHECK int shape_collection(
    struct request *r, struct view coll, struct collection **out, struct status *st);

#endif
