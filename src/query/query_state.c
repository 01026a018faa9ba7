#include "query/query_state.h"

#include <stdlib.h>

static void free_state(struct query_state *q)
{
	if (!q)
		return;
	plan_cache_free(q->plans);
	query_settings_free(q->settings);
	free(q);
}

int query_state_open(struct store *s, size_t plan_cache_bytes, struct status *st)
{
	struct query_state *q = calloc(1, sizeof(*q));
	int err = 0;

	if (q) {
		q->plans = plan_cache_new(plan_cache_bytes);
		q->settings = query_settings_new();
	}
	if (!q || !q->plans || !q->settings)
		err = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "there is no memory for plans");
	if (!err)
		err = query_settings_load(q->settings, s, st);
	if (err)
		free_state(q);
	else
		store_set_query_state(s, q);
	return err;
}

void query_state_close(struct store *s)
{
	free_state(store_query_state(s));
	store_set_query_state(s, NULL);
}

struct plan_cache *query_plan_cache(const struct store *s)
{
	struct query_state *q = store_query_state(s);

	return q ? q->plans : NULL;
}

struct query_settings *query_settings_of(const struct store *s)
{
	struct query_state *q = store_query_state(s);

	return q ? q->settings : NULL;
}
