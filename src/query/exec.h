/*
 * query/exec.h - pull nodes: what turns a plan into rows.
 *
 * A node's next gives ROW, DONE, HANDOVER, PARK or ERROR; it may be called
 * again after HANDOVER and PARK and goes on where it was.  The plan's nodes and
 * the aggregation's stages share this interface.
 *
 * Between two getMore (and over a PARK) nodes keep no iterator and no record
 * pinned: save is called, and the next call of next seeks again from the
 * position each scan keeps.  The collection may have changed meanwhile:
 * restore finds the table or index gone and answers QueryPlanKilled (175).
 *
 * Threads: a tree belongs to one request at a time.
 */
#ifndef QUERY_EXEC_H
#define QUERY_EXEC_H

#include "bson/builder.h"
#include "bson/value.h"
#include "expr/expression.h"
#include "storage/catalog.h"
#include "util/arena.h"
#include "util/op.h"

struct exec;
struct explain_output;

struct row {
	struct view doc; /* valid until the next call of next or save */
	struct view record_key; /* empty where the row is no stored document */
	int64_t array_index; /* positional $, or -1 */
	/* Where it comes from an index: its key there.  NULL elsewhere. */
	const struct index *index;
	struct view index_key, type_bits;
	/* What its way has brought along ($meta), valid as long; NULL: nothing. */
	const struct document_meta *meta;
};

/* let as expressions on this row see it; own is room for it. */
static inline const struct variables *row_variables(
    struct variables *own, const struct variables *let, const struct row *row)
{
	if (!row->meta)
		return let;
	*own = let ? *let : (struct variables){0};
	own->meta = row->meta;
	return own;
}

/* What a call brings along; counts what was done. */
struct exec_context {
	struct op *op;
	struct store *store;
	const struct snapshot *snap; /* NULL: the newest state at each seek */
	struct status *status;
	int64_t docs_examined, keys_examined;
	uint64_t last_sequence, last_cluster_time; /* of the newest commit of a node's; 0: none */
};

struct exec_ops {
	const char *name; /* "COLLSCAN", "IXSCAN", "SORT", ... as explain shows it */
	enum step (*next)(struct exec *e, struct exec_context *cx, struct row *out);
	void (*save)(struct exec *e);
	/* 0 or an error; the collection's newest version is given. */
	int (*restore)(struct exec *e, struct collection *c, struct status *st);
	/* Frees all but the node itself, which is in the cursor's arena. */
	void (*close)(struct exec *e);
	/* Writes the node for explain, but for its input (query/explain.h).  NULL: it has
	 * nothing of its own to say. */
	void (*explain)(const struct exec *e, struct explain_output *x);
};

struct exec {
	const struct exec_ops *ops;
	struct exec *child; /* its input, or NULL */
	/* Several inputs in its stead, or none. */
	struct exec **inputs;
	int n_inputs;
	/* Statistics for explain: documents or keys looked at, rows given. */
	int64_t works, advanced;
	/* Nothing will ever come again.  STEP_DONE without it: a tailable scan at
	 * the end for now, which may be called again later. */
	bool done;
};

static inline enum step exec_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	return e->ops->next(e, cx, out);
}

/* The whole tree; e may be NULL. */
void exec_save(struct exec *e);
MUST_CHECK int exec_restore(struct exec *e, struct collection *c, struct status *st);
void exec_close(struct exec *e);

#endif
