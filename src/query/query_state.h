/*
 * query/query_state.h - what the planner knows beside the catalog, for the whole store:
 * the cache of plans.
 *
 * The server makes it when the store is open.  A store without one (tools, tests) is
 * planned for all the same: there is then no cache, and query_plan_cache says NULL.
 *
 * Threads: query_state_open and _close while nobody queries; what it holds has locks of its
 * own.
 */
#ifndef QUERY_QUERY_STATE_H
#define QUERY_QUERY_STATE_H

#include "query/plan_cache.h"
#include "storage/store.h"

struct query_state {
	struct plan_cache *plans;
};

/* Makes it and hangs it on the store. */
MUST_CHECK int query_state_open(struct store *s, size_t plan_cache_bytes, struct status *st);
/* Before the store closes.  Nothing happens where there is none. */
void query_state_close(struct store *s);

/* NULL: there is none. */
struct plan_cache *query_plan_cache(const struct store *s);

#endif
