#include "query/query_state.h"

#include <stdlib.h>

int query_state_open(struct store *s, size_t plan_cache_bytes, struct status *st)
{
	struct query_state *q = calloc(1, sizeof(*q));

	if (q)
		q->plans = plan_cache_new(plan_cache_bytes);
	if (!q || !q->plans) {
		free(q);
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "there is no memory for a cache of plans");
	}
	store_set_query_state(s, q);
	return 0;
}

void query_state_close(struct store *s)
{
	struct query_state *q = store_query_state(s);

	store_set_query_state(s, NULL);
	if (!q)
		return;
	plan_cache_free(q->plans);
	free(q);
}

struct plan_cache *query_plan_cache(const struct store *s)
{
	struct query_state *q = store_query_state(s);

	return q ? q->plans : NULL;
}
