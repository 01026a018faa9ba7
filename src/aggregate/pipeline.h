/*
 * aggregate/pipeline.h - a list of stages, from the command's array to a tree
 * of nodes.
 *
 * A leading $match, $sort, $skip, $limit (in this order, each at most once
 * after joining) is not run here: it becomes a query, so that the planner finds
 * an index for it.
 *
 * Threads: a parsed pipeline is read-only.
 */
#ifndef AGGREGATE_PIPELINE_H
#define AGGREGATE_PIPELINE_H

#include "aggregate/stage.h"
#include "query/query.h"

/* Stages in one pipeline at most, as in MongoDB. */
#define PIPELINE_STAGES_MAX 1000

struct pipeline {
	struct stage_context context;
	int n;
	struct stage *stages;
	struct meta_use use; /* of the stage that is parsed */
	uint32_t metas_wanted, metas_there; /* by all of them; behind the last that was parsed */
	int *starts; /* of each of the arrays that it was parsed of: its first stage */
	/* Set by pipeline_exec, for explain: so many at the front have become the query, whose
	 * tree ends in query_top (NULL: none), and the nodes of the others. */
	int n_lead;
	struct exec *query_top, **nodes;
};

/*
 * stages: arrays of documents, one after the other (a view's, then the
 * command's).  context is copied; what it points to outlives the pipeline.
 * 40324 for an unknown stage, 40323 for what is no single field, 40602 for a
 * stage that must be the first, the nesting's code for one that it refuses; 73 for a pipeline of
 * {aggregate: 1} that would read a collection.
 */
MUST_CHECK int pipeline_parse(const struct stage_context *context, const struct view *stages,
    int n_stages, struct pipeline **out, struct status *st);

/*
 * The nodes of all its stages over input, which is closed when there is no memory (NULL).  For
 * a pipeline inside a stage, over rows that the stage gives it; one over a collection goes
 * through pipeline_exec, whatever it stands in.
 */
struct exec *pipeline_make(
    struct pipeline *p, struct exec *input, struct memory_account *account);

/* Does it read the collection at all? */
bool pipeline_reads_collection(const struct pipeline *p);
/* Does it read others, so that all have to be read at one state of the store? */
bool pipeline_reads_others(const struct pipeline *p);
bool pipeline_writes(const struct pipeline *p);

/*
 * The tree for it over the context's collection.  spec: hint and so on from
 * the command; its filter, sort, skip and limit are filled in from the leading stages.
 * *plan is the leading query's, or NULL.
 */
MUST_CHECK int pipeline_exec(struct pipeline *p, const struct query_spec *spec,
    struct memory_account *account, struct exec **out, struct plan **plan, struct status *st);

#endif
