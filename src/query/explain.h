/*
 * query/explain.h - what a plan is, and what it did, as MongoDB's explain shows it.
 *
 *     explain_watch   puts a watch on each node of a tree that is to be run
 *     explain_run     runs it to its end
 *     explain_query   queryPlanner, and executionStats when it was run
 *
 * A node writes itself by its explain hook: explain_node first (the stage's name,
 * the filter, what every stage counts), then its own fields; its input is
 * written by whoever called the hook.  Trees that nobody explains pay nothing.
 *
 * Threads: belongs to one request.
 */
#ifndef QUERY_EXPLAIN_H
#define QUERY_EXPLAIN_H

#include "query/plan.h"

enum explain_verbosity { EXPLAIN_PLANNER, EXPLAIN_STATS, EXPLAIN_ALL_PLANS };

/* What explain_node and the hooks write to. */
struct explain_output {
	struct builder *b;
	struct arena *arena; /* of filters as text */
	bool stats; /* the tree has been watched and run */
	bool alone; /* the tree is a find's one node */
	int64_t keys, docs; /* the sums of what the nodes say */
};

/* name: MongoDB's for the stage.  filter: what is asked here; NULL: nothing. */
void explain_node(struct explain_output *x, const struct exec *e, const char *name,
    const struct filter *filter);
/* keysExamined and docsExamined, when there are statistics. */
void explain_keys(struct explain_output *x, int64_t n);
void explain_docs(struct explain_output *x, int64_t n);
/* The fields of IXSCAN; bounds may be without any. */
void explain_index(struct explain_output *x, const struct index *ix, uint64_t multikey,
    const struct index_bounds *bounds, bool reverse);
/* The same of COUNT_SCAN, whose bounds are one range; forward. */
void explain_count_scan(struct explain_output *x, const struct index *ix, uint64_t multikey,
    const struct index_bounds *bounds);
/* Records that stand by their _id: to MongoDB's users FETCH over IXSCAN of _id_. */
void explain_id_scan(struct explain_output *x, const struct exec *e,
    const struct filter *filter, const struct index_bounds *bounds, bool reverse);
void explain_id_index(
    struct explain_output *x, const struct index_bounds *bounds, bool reverse);
/* bounds that hold one _id. */
void explain_id_bounds(struct value id, struct index_bounds *out, struct interval *interval);
/* Is the collection one that its users have clustered? */
bool explain_is_clustered(const struct plan *p);

/* ------------------------------------------------------------ the whole */

struct explained {
	const struct plan *plan;
	struct exec *exec; /* its tree, maybe with nodes of explain on top */
	struct view ns;
	enum explain_verbosity verbosity;
	/* What MongoDB's planner sees besides the query: the names of stages. */
	struct view shape;
	int64_t n_returned, time_us, planning_us;
	bool ran; /* executionStats has something to say */
};

/* The tree of a way as winningPlan shows it, in a. */
MUST_CHECK int explain_way(const struct plan *p, struct candidate *way, struct arena *a,
    struct view *out, struct status *st);
/* False when there is no memory. */
MUST_CHECK bool explain_watch(struct exec *top, struct arena *a);
/* How many rows a node has given; it has been watched. */
int64_t explain_rows(const struct exec *e);
int64_t explain_millis(const struct exec *e);
/* Appends queryPlanner and executionStats to the document that b is in. */
MUST_CHECK int explain_query(
    const struct explained *x, struct arena *a, struct builder *b, struct status *st);

/* --------------------------------------------- nodes that explain puts on top */

/* COUNT: skips and counts. */
struct exec *exec_count_new(struct exec *child, int64_t skip, int64_t limit, struct arena *a);
/* RECORD_STORE_FAST_COUNT: the collection's counter has said n. */
struct exec *exec_fast_count_new(int64_t n, struct arena *a);

struct update;
/* UPDATE, or DELETE without an update: what would be changed, and nothing is. */
struct exec *exec_would_change_new(const struct update *u, bool multi, bool upsert,
    bool returns, struct exec *child, struct arena *a, struct memory_account *account);

#endif
