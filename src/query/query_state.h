/*
 * query/query_state.h - what the planner knows beside the catalog, for the whole store:
 * the cache of plans, and the settings of queries.
 *
 * The server makes it when the store is open.  A store without one (tools, tests) is
 * planned for all the same: there is then no cache, there are no settings, and the functions
 * here say NULL.
 *
 * Threads: query_state_open and _close while nobody queries; what it holds has locks of its
 * own.
 */
#ifndef QUERY_QUERY_STATE_H
#define QUERY_QUERY_STATE_H

#include "query/plan_cache.h"
#include "query/query_settings.h"
#include "storage/store.h"

struct query_state {
	struct plan_cache *plans;
	struct query_settings *settings;
};

/* Makes it, reads the settings, and hangs it on the store. */
MUST_CHECK int query_state_open(struct store *s, size_t plan_cache_bytes, struct status *st);
/* Before the store closes.  Nothing happens where there is none. */
void query_state_close(struct store *s);

/* NULL: there is none. */
struct plan_cache *query_plan_cache(const struct store *s);
struct query_settings *query_settings_of(const struct store *s);

#endif
