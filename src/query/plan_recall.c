/*
 * query/plan_recall.c - the planner and the cache of plans.
 *
 * What is kept of a way is which index (or indexes) it reads; its bounds are made anew for
 * each query. Values differ, so a way that comes out of the cache is asked what it costs before it is
 * taken: when that is much more than it was, all ways are compared again.
 */
#include "expr/collation.h"
#include "query/explain.h"
#include "query/planning.h"
#include "query/query_state.h"
#include "query/restriction.h"
#include "query/shape.h"

/* Costing so many times as much, it may still be the best. */
#define LIKE_BEFORE 2
/* Below that nothing is to be won. */
#define WORKS_LEAST 20

static void put_way(struct buf *out, const struct candidate *way)
{
	buf_append_byte(out, (uint8_t)way->kind);
	buf_append_be32(out, way->index ? way->index->id : 0);
	buf_append_be32(out, (uint32_t)way->n_parts);
	for (int i = 0; i < way->n_parts; i++)
		put_way(out, way->parts[i]);
}

/* Of one way, or of all: then it tells queries apart to whose values other indexes are open. */
static struct view describe(struct arena *a, struct candidate **ways, int n)
{
	struct view out = {NULL, 0};
	struct buf buf;

	buf_init(&buf, a->account);
	for (int i = 0; i < n; i++)
		put_way(&buf, ways[i]);
	if (!buf.failed)
		out = arena_dup(a, buf_view(&buf));
	buf_clear(&buf);
	return out;
}

int plan_recall_begin(struct planning *p, struct plan *plan, const struct ways *w)
{
	const struct restriction *r = p->q->restriction;
	int err;

	if (p->q->spec.explained || !query_plan_cache(p->store))
		return 0;
	plan->recall.key = (struct plan_cache_key){
	    .table_id = p->c->table_id,
	    .version = p->c->version,
	    .restriction = r ? r->id : 0,
	    .rest = describe(p->arena, w->list, w->n),
	};
	err = plan_shape(p->q, p->arena, &plan->recall.key.shape, p->st);
	plan->recall.open = !err && plan->recall.key.rest.data;
	return err;
}

static int64_t works_of(const struct candidate *way)
{
	return (int64_t)(way->cost.keys + way->cost.docs) + 1;
}

int plan_recall(
    struct planning *p, struct plan *plan, const struct ways *w, struct candidate **out)
{
	struct plan_cache *cache = query_plan_cache(p->store);
	struct view choice;
	int64_t works;
	int r;

	*out = NULL;
	if (!plan->recall.open ||
	    !plan_cache_find(cache, &plan->recall.key, p->arena, &choice, &works))
		return 0;
	for (int i = 0; i < w->n; i++) {
		struct candidate *way = w->list[i];

		if (!view_equal(describe(p->arena, &way, 1), choice))
			continue;
		r = plan_cost(p, way);
		if (r)
			return r;
		if (works_of(way) > MAX_OF(LIKE_BEFORE * works, WORKS_LEAST))
			return 0;
		plan->recall.from_cache = true;
		*out = way;
		return 0;
	}
	return 0;
}

int plan_remember(struct planning *p, struct plan *plan)
{
	const struct query_spec *spec = &p->q->spec;
	char shape[PLAN_SHAPE_DIGITS + 1], key[PLAN_SHAPE_DIGITS + 1];
	struct candidate *chosen = plan->chosen;
	const struct restriction *r = p->q->restriction;
	struct view cached;
	int err;

	if (!plan->recall.open || plan->recall.from_cache)
		return 0;
	err = plan_shape_hash(p->q, view_of(NULL, 0), p->arena, shape, p->st);
	if (!err)
		err = plan_cache_key(p->q, view_of(NULL, 0), p->c, p->arena, key, p->st);
	if (!err)
		err = explain_way(plan, chosen, p->arena, &cached, p->st);
	if (err)
		return err;
	plan_cache_put(query_plan_cache(p->store), &plan->recall.key,
	    &(struct plan_cache_plan){
		.choice = describe(p->arena, &chosen, 1),
		.shape_hash = shape,
		.key_hash = key,
		.index_filter = r && r->index_filter,
		.query = spec->filter.len ? spec->filter : doc_empty,
		.sort = spec->sort,
		.projection = spec->projection,
		.collation =
		    spec->collator ? collation_document(spec->collator) : view_of(NULL, 0),
		.cached_plan = cached,
	    },
	    works_of(chosen));
	return 0;
}

void plan_done(const struct plan *p, int64_t works)
{
	if (p && p->recall.from_cache)
		(void)!plan_cache_note(query_plan_cache(p->store), &p->recall.key, works);
}
