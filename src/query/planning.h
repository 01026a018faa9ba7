/*
 * query/planning.h - what the files of the planner share.
 *
 *     planner.c     the question in order: points, hints, all the ways, the choice
 *     plan_ways.c   scans of indexes and of records by their _id
 *     plan_wildcard.c  the same of indexes over all paths
 *     plan_text.c   $text and its index
 *     plan_near.c   $near and its indexes
 *     plan_union.c  ways of several scans: $or, points of $in in the order of a sort
 *     plan_order.c  in which order a scan brings documents
 *     plan_cover.c  whether a scan needs the records
 *     plan_cost.c   how much a way has to look at
 *     plan_recall.c  what the cache of plans knows
 *     plan_build.c  from the plan to its nodes
 *
 * Threads: one call of query_plan belongs to one request.
 */
#ifndef QUERY_PLANNING_H
#define QUERY_PLANNING_H

#include "query/plan.h"

/* One call of query_plan. */
struct planning {
	const struct plan *plan; /* what is being made */
	struct store *store;
	const struct query *q;
	const struct restriction *restriction; /* the query's, until it yields */
	struct collection *c;
	struct arena *arena;
	struct status *st;
	struct candidate *spare; /* one that was thought of in vain */
};

struct ways {
	int n, capacity;
	struct candidate **list;
};

int plan_no_memory(struct status *st);

static inline bool reads_all_records(const struct candidate *way)
{
	return way->kind == PLAN_SCAN && !way->bounds.ranges;
}

/* ---- plan_ways.c */

MUST_CHECK int ways_init(struct planning *p, struct ways *w, int capacity);
MUST_CHECK int ways_add(struct planning *p, struct ways *w, struct candidate *way);
/* A candidate with nothing set but what is given; NULL without memory. */
struct candidate *plan_new_way(
    struct planning *p, enum plan_kind kind, struct index *ix, const struct filter *filter);
/* It was in vain: the next plan_new_way gives it. */
void plan_drop_way(struct planning *p, struct candidate *way);

/* Every record, in the order that is asked for, if it is theirs. */
MUST_CHECK int plan_add_records(struct planning *p, struct ways *w);
/* The ranges of record keys that the filter leaves, where it says something of the _id, or
 * of a time series' time, or a hint wants them.  Adds nothing where there is no such way. */
MUST_CHECK int plan_add_record_range(
    struct planning *p, const struct filter *filter, bool hinted, struct ways *w);
/* A hint that cannot be followed is an error; else nothing is added then. */
MUST_CHECK int plan_add_index(struct planning *p, struct index *ix, const struct filter *filter,
    bool hinted, struct ways *w);

/* A scan of what ix has for one path: the filter has to bound it. */
MUST_CHECK int plan_add_shape(struct planning *p, struct index *shape, struct index *ix,
    const struct filter *filter, struct ways *w);

/* ---- plan_wildcard.c */

/* As plan_add_index, of an index over all paths: any number of ways. */
MUST_CHECK int plan_add_wildcard(struct planning *p, struct index *ix,
    const struct filter *filter, bool hinted, struct ways *w);

/* ---- plan_text.c */

/* What $text is by the collection's text index: before there are ways.  27 without one. */
MUST_CHECK int plan_bind_text(struct planning *p);
/* The ways of a filter with $text: 291 where there is none. */
MUST_CHECK int plan_add_text_ways(struct planning *p, struct ways *w);
/* The scan of the text index for a conjunction with $text; branch: it is one of an $or. */
MUST_CHECK int plan_add_text(
    struct planning *p, const struct filter *filter, bool branch, struct ways *w);

/* ---- plan_near.c */

/* The ways of a filter with $near, through the index of the hint if there is one (not NULL):
 * 291 where there is none. */
MUST_CHECK int plan_add_near_ways(struct planning *p, struct index *hinted, struct ways *w);

/* ---- plan_union.c */

/* The $or of the filter's top, if each branch has a bounded scan: as PLAN_OR, and as
 * PLAN_SORT_MERGE where that gives the order. */
MUST_CHECK int plan_add_unions(struct planning *p, struct ways *w);
/* The points of a scan's first fields one by one, if each brings the order that is asked
 * for: PLAN_SORT_MERGE. */
MUST_CHECK int plan_add_points(
    struct planning *p, const struct candidate *scan, struct ways *w);

/* ---- plan_order.c */

/*
 * Does the scan of an index bring documents in the order that is asked for, walked in
 * reverse or not, when its first n_equal fields have one value only?  Those may be passed
 * over, in the index and in the sort.  A multikey field's order is that of single elements,
 * not of documents.
 */
bool plan_index_sorts(
    const struct planning *p, const struct candidate *cand, int n_equal, bool *reverse);
/* The same of the records themselves. */
bool plan_records_sort(const struct planning *p, bool *reverse);

/* ---- plan_cover.c */

/* Sets keys_only and covered of an index's scan for the whole query, whose filter and order
 * are known. */
void plan_cover(const struct planning *p, struct candidate *cand);
/* Sets distinct, behind plan_cover. */
void plan_distinct(const struct planning *p, struct candidate *cand);

/* ---- plan_cost.c */

/* Counts keys, up to a bound, and asks RocksDB for the rest; reads documents only where a
 * limit makes it matter how many of them match. */
MUST_CHECK int plan_cost(struct planning *p, struct candidate *way);

/* ---- plan_recall.c */

/* Before the other two, with all the ways there are. */
MUST_CHECK int plan_recall_begin(struct planning *p, struct plan *plan, const struct ways *w);
/* The way that the cache names, if it costs about what it did; else NULL. */
MUST_CHECK int plan_recall(
    struct planning *p, struct plan *plan, const struct ways *w, struct candidate **out);
/* What has been chosen by comparing goes into the cache. */
MUST_CHECK int plan_remember(struct planning *p, struct plan *plan);

#endif
