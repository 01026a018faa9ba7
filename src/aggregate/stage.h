/*
 * aggregate/stage.h - what a stage of a pipeline is: one const entry, one file.
 *
 * A stage parses its specification once and makes a node (query/exec.h) over
 * its input when the pipeline runs.  aggregate/stages.def lists them all.
 *
 * Threads: parsed stages are read-only; nodes belong to one request at a time.
 */
#ifndef AGGREGATE_STAGE_H
#define AGGREGATE_STAGE_H

#include "aggregate/operations.h"
#include "expr/expression.h"
#include "query/exec.h"

/*
 * Of a pipeline that stands inside a stage: what may not stand in it, and in pipelines inside
 * it, however deep.  What the innermost refuses is said first.
 */
struct stage_nesting {
	const struct stage_nesting *up; /* NULL: the outermost */
	const char *stage;	       /* that it stands in */
	unsigned int refused;	       /* stages with any of these flags, */
	const char *const *names;      /* and these, up to a NULL, whether there are any such */
	int code;		       /* which is the error then */
};

/* What all stages of a pipeline are parsed with. */
struct stage_context {
	struct arena *arena; /* of the cursor: all that is parsed lives as long */
	const struct collator *collator;
	const struct variables *let;
	struct store *store;
	struct view db, ns; /* of the command */
	struct collection *collection; /* borrowed; NULL: none */
	const struct stage_nesting *nesting; /* NULL: the command's own pipeline */
	bool allow_disk_use, bypass_validation;
	struct meta_use *metas; /* of the stage that is parsed */
	const uint32_t *metas_of_all; /* bits of what the pipeline's stages want */
	uint32_t metas_there; /* bits of what rows bring along at the begin */
	bool explained; /* nothing is to be written */
	const char *host; /* for stages that say where they ran */
	int port;
	put_operations *put_operations; /* $currentOp's; NULL: not here */
	void *operations_arg;
};

/* What $group keeps in memory. */
#define GROUP_MEMORY_BYTES (100 * 1024 * 1024)

enum stage_flags {
	STAGE_FIRST = 1 << 0, /* only as the first of its pipeline */
	STAGE_SOURCE = 1 << 1, /* makes its own rows; the collection is not read */
	STAGE_SHAPES = 1 << 2, /* MongoDB's planner sees it: it counts in planCacheShapeHash */
	STAGE_LOCAL = 1 << 3, /* a STAGE_FIRST that takes no readConcern but "local" */
	STAGE_OF_VIEWS = 1 << 4, /* first on a view, it is about the view itself */
	STAGE_INTERNAL = 1 << 5, /* only what other stages expand to */
	STAGE_READS = 1 << 7, /* other collections, besides its input */
	STAGE_WRITES = 1 << 6, /* the last one of its pipeline (aggregate/writing.h) */
	STAGE_OUTERMOST = 1 << 8, /* not in a pipeline inside of a stage */
	STAGE_MERGES = 1 << 9, /* what was known of documents beside themselves is gone */
};

/* So many stages at most does one expand to. */
#define STAGE_EXPANDS_MAX 5

struct stage;
struct pipeline;

struct stage_type {
	const char *name; /* "$match" */
	unsigned int flags;
	const char *help;
	/* The stages that it is short for, as elements of b's array; these are parsed and
	 * made in its stead.  NULL: it is one of its own. */
	int (*expand)(struct value spec, const struct stage_context *cx, struct builder *b,
	    struct status *st);
	int (*parse)(struct stage *s, struct value spec, const struct stage_context *cx,
	    struct status *st);
	/* input is NULL for a STAGE_SOURCE.  NULL without memory. */
	struct exec *(*make)(const struct stage *s, struct exec *input, struct arena *a,
	    struct memory_account *account);
	/* Does it want no more of its input than how many there are?  NULL: it wants it. */
	bool (*only_counts)(const struct stage *s);
	/* For explain: the i-th pipeline inside of it, and its name; NULL behind the last.  NULL:
	 * there are none. */
	const struct pipeline *(*nested)(const struct stage *s, int i, const char **name);
	/* Appends what explain says of a node that has run, besides what all have.  NULL:
	 * nothing. */
	void (*explain)(const struct exec *node, struct builder *b);
};

struct stage {
	const struct stage_type *type;
	struct value spec;
	const struct stage_context *context;
	void *data; /* the type's own, in the context's arena */
};

extern const struct stage_type *const stage_table[];
/* NULL: there is no stage of that name. */
const struct stage_type *stage_find(const char *name);

/* Is the pipeline one of {aggregate: 1}, without a collection? */
bool stage_is_of_database(const struct stage_context *cx);

/* "$path" or {$operator: ...}: what may be another value for each document? */
bool stage_is_expression(struct value v);

/* TypeMismatch and its like, in the words that stages share. */
int stage_wrong_type(
    struct status *st, int code, const char *stage, const char *expected, uint8_t type);

#endif
