/*
 * query/planning.h - what the files of the planner share.
 *
 *     planner.c     which ways there are, hints, the choice
 *     plan_order.c  in which order a scan brings documents
 *     plan_cost.c   how much it has to look at
 *     plan_build.c  from the plan to its nodes
 *
 * Threads: one call of query_plan belongs to one request.
 */
#ifndef QUERY_PLANNING_H
#define QUERY_PLANNING_H

#include "query/plan.h"

/* One call of query_plan. */
struct planning {
	struct store *store;
	const struct query *q;
	struct collection *c;
	struct arena *arena;
	struct status *st;
	struct candidate *candidates;
	int n;
};

/*
 * Does the scan of an index bring documents in the order that is asked for, walked in
 * reverse or not?  Fields with one value only may be passed over, in the index and in
 * the sort.  A multikey field's order is that of single elements, not of documents.
 */
bool plan_index_sorts(const struct planning *p, const struct candidate *cand, bool *reverse);
/* The same of the records themselves. */
bool plan_records_sort(const struct planning *p, bool *reverse);

/* About how many bytes the ranges of a scan take, by what RocksDB says. */
int64_t plan_estimate(struct planning *p, const struct candidate *cand);

#endif
