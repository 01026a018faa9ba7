/*
 * query/plan_cache.h - which way was the best for queries of a shape, so that the next
 * of them need not compare all ways again.
 *
 *     plan_cache_find   the planner, before it compares: where an active entry is found,
 *                       its choice is taken without looking at any other way
 *     plan_cache_put    what the planner has chosen itself has run, at such a cost
 *     plan_cache_note   what came out of the cache has run, at such a cost
 *
 * What a way is, is the planner's business: the cache keeps its choice as bytes.
 * What it cost is counted in works, as explain counts them.  What is found was right when
 * it was put: an index may have become multikey since, which raises no version.
 *
 * An entry's life is MongoDB's.  A shape that is seen for the first time leaves an inactive
 * entry, which only remembers the works.  Chosen again at no higher cost, the choice
 * becomes active and is taken from then on; at a higher cost the works that are
 * remembered double, so that a shape whose cost varies becomes active in the end.  A run of
 * an active choice that costs more than PLAN_CACHE_REPLAN times its works makes it
 * inactive: the planner compares once more.  A query that has only one way to be
 * answered is not put here.
 *
 * An entry is good for one version of its collection.  DDL raises that, so what
 * was chosen before is never found again; nobody has to clear anything.  It is also good
 * for one restriction (query/restriction.h), whose id is in the key.
 *
 * The cache is bounded by bytes; what has not been asked for goes first.  Past half of
 * that, entries are kept without what only $planCacheStats shows.
 *
 * Threads: any.  An entry is in one of many stripes, each with its own lock, its own
 * counters and its share of the bytes; finding, putting and noting touch one stripe.
 */
#ifndef QUERY_PLAN_CACHE_H
#define QUERY_PLAN_CACHE_H

#include "util/arena.h"
#include "util/view.h"

/* So many times the works that were promised are too many. */
#define PLAN_CACHE_REPLAN 10

struct plan_cache;

struct plan_cache_key {
	uint32_t table_id; /* of the collection */
	uint64_t version; /* the collection's */
	uint64_t restriction; /* its id; 0: none */
	struct view shape; /* of the query: plan_shape (query/shape.h) */
	/* What tells entries of one shape apart: the stages behind the query, and which indexes
	 * may serve its own values.  May be empty. */
	struct view rest;
};

/* What is kept.  All of it is copied; what is empty is not shown. */
struct plan_cache_plan {
	struct view choice; /* read and written by the planner alone */
	const char *shape_hash, *key_hash; /* as explain shows them */
	bool index_filter;
	/* The rest may be left out when memory is scarce.  Documents (query not empty: {} at
	 * least), exec_stats and scores arrays: one for each way that was thought of. */
	struct view query, sort, projection, collation;
	struct view cached_plan, exec_stats, scores;
};

/* NULL: no memory. */
struct plan_cache *plan_cache_new(size_t capacity_bytes);
void plan_cache_free(struct plan_cache *pc);

/* The choice of the active entry, copied into a, and its works; false when there is none. */
MUST_CHECK bool plan_cache_find(struct plan_cache *pc, const struct plan_cache_key *key,
    struct arena *a, struct view *choice, int64_t *works);
/* Without memory, or larger than what a stripe may have, it is not kept. */
void plan_cache_put(struct plan_cache *pc, const struct plan_cache_key *key,
    const struct plan_cache_plan *plan, int64_t works);
/* False: so many are too many, and the entry is not active any more.  The works of a
 * run that goes on may be noted too. */
bool plan_cache_note(struct plan_cache *pc, const struct plan_cache_key *key, int64_t works);

/* Whatever is known of a collection, or of one shape in it. */
void plan_cache_clear(struct plan_cache *pc, uint32_t table_id);
void plan_cache_clear_shape(struct plan_cache *pc, uint32_t table_id, struct view shape);

/* One entry, for $planCacheStats. */
struct plan_cache_entry {
	struct plan_cache_entry *next;
	struct plan_cache_plan plan;
	bool active;
	int64_t works, created_ms;
	int64_t bytes; /* all that it takes */
};

/* The entries of a collection's version, copied into a; none of another version.  False when
 * there is no memory. */
MUST_CHECK bool plan_cache_list(struct plan_cache *pc, uint32_t table_id, uint64_t version,
    struct arena *a, struct plan_cache_entry **out);

/* For serverStatus.  misses: an active entry was looked for in vain. */
struct plan_cache_stats {
	int64_t bytes, entries;
	int64_t hits, misses, replanned;
};
void plan_cache_stats(struct plan_cache *pc, struct plan_cache_stats *out);

#endif
