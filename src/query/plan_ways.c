/*
 * query/plan_ways.c - the scans that could answer a filter.
 */
#include "index/geo_keys.h"
#include "index/partial.h"
#include "query/planning.h"
#include "query/restriction.h"

int plan_no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a plan");
}

int ways_init(struct planning *p, struct ways *w, int capacity)
{
	*w = (struct ways){.capacity = capacity};
	w->list = arena_new_array(p->arena, (size_t)capacity, struct candidate *);
	return w->list ? 0 : plan_no_memory(p->st);
}

int ways_add(struct planning *p, struct ways *w, struct candidate *way)
{
	if (!way)
		return plan_no_memory(p->st);
	if (w->n == w->capacity) {
		struct candidate **more =
		    arena_new_array(p->arena, 2 * (size_t)w->capacity, struct candidate *);

		if (!more)
			return plan_no_memory(p->st);
		memcpy(more, w->list, (size_t)w->n * sizeof(struct candidate *));
		w->list = more;
		w->capacity *= 2;
	}
	w->list[w->n++] = way;
	return 0;
}

struct candidate *plan_new_way(
    struct planning *p, enum plan_kind kind, struct index *ix, const struct filter *filter)
{
	struct candidate *way =
	    p->spare ? p->spare : arena_alloc(p->arena, sizeof(struct candidate));

	p->spare = NULL;
	if (way)
		*way = (struct candidate){
		    .kind = kind,
		    .index = ix,
		    .entries = ix,
		    .multikey = ix ? atomic_load(&ix->multikey) : 0,
		    .filter = filter,
		};
	return way;
}

void plan_drop_way(struct planning *p, struct candidate *way)
{
	p->spare = way;
}

/*
 * What bounds say completely is not asked again, but where it matters which element of an
 * array has matched.
 */
static void leave_filter(const struct planning *p, struct candidate *way)
{
	if (!p->q->projection || !projection_is_positional(p->q->projection))
		way->filter = way->bounds.rest;
}

int plan_add_records(struct planning *p, struct ways *w)
{
	struct candidate *way = plan_new_way(p, PLAN_SCAN, NULL, p->q->filter);

	if (!way)
		return plan_no_memory(p->st);
	if (p->q->natural_sort || p->q->natural_hint)
		way->reverse = p->q->natural_reverse;
	else if (restriction_allows(p->restriction, NULL))
		way->sorted = plan_records_sort(p, &way->reverse);
	way->reason = "looks at every document";
	return ways_add(p, w, way);
}

/* What the record keys begin with; data NULL: nothing of the documents. */
static struct view record_field(const struct collection *c)
{
	if (c->record_key == RECORD_KEY_ID)
		return view_of_str("_id");
	return c->record_key == RECORD_KEY_TIME ? collection_time_field(c) : view_of(NULL, 0);
}

int plan_add_record_range(
    struct planning *p, const struct filter *filter, bool hinted, struct ways *w)
{
	struct view field = record_field(p->c);
	struct candidate *way;
	int r;

	if (!field.data || !restriction_allows(p->restriction, NULL))
		return 0;
	way = plan_new_way(p, PLAN_SCAN, NULL, filter);
	if (!way)
		return plan_no_memory(p->st);
	r = record_bounds_make(field, filter, p->arena, &way->bounds, p->st);
	if (r)
		return r;
	if (!way->bounds.ranges && !hinted) {
		plan_drop_way(p, way);
		return 0;
	}
	leave_filter(p, way);
	way->sorted = plan_records_sort(p, &way->reverse);
	way->reason = "bounds on the record key";
	return ways_add(p, w, way);
}

/* What has none of the places is not in the index, so one of them has to be asked for. */
static bool asks_for_place(const struct candidate *way)
{
	for (int i = 0; i < way->index->n_fields && way->bounds.n_bounded; i++)
		if (way->index->fields[i].kind != INDEX_PLAIN &&
		    !intervals_are_all(&way->bounds.fields[i]))
			return true;
	return false;
}

/* May it be used at all, and does it help? */
static const char *why_not(
    const struct candidate *way, const struct filter *filter, bool hinted)
{
	const struct index *ix = way->index;

	if (index_is_geo(ix) && !asks_for_place(way))
		return "it is geographic, and the filter asks for no place that it has";
	if (hinted)
		return NULL; /* and brings what it has */
	if (!index_covers(ix, filter))
		return "it does not have all documents that may match";
	if (ix->hidden)
		return "it is hidden";
	if (ix->sparse && !way->bounds.without_null)
		return "it is sparse, and what it leaves out may match";
	if (!way->bounds.ranges && !way->sorted && !way->distinct)
		return "it bounds nothing and sorts nothing";
	return NULL;
}

static int add_scan(struct planning *p, struct index *ix, const struct filter *filter,
    bool hinted, struct ways *w)
{
	struct candidate *way;
	int r;

	way = plan_new_way(p, PLAN_INDEX, ix, filter);
	if (!way)
		return plan_no_memory(p->st);
	r = index_bounds_make(ix, filter, p->arena, &way->bounds, p->st);
	if (r)
		return r;
	leave_filter(p, way);
	way->sorted = plan_index_sorts(p, way, way->bounds.n_equal, &way->reverse);
	if (filter == p->q->filter) {
		plan_cover(p, way);
		plan_distinct(p, way);
	}
	way->one_at_most =
	    ix->unique && way->bounds.n_equal == ix->n_fields && way->bounds.without_null;
	way->reason = why_not(way, filter, hinted);
	if (!way->reason)
		return ways_add(p, w, way);
	/* Not one of those to choose from. */
	if (hinted)
		return status_set(p->st, ERR_BAD_VALUE,
		    "the index '%s' of the hint cannot answer this query: %s", ix->name,
		    way->reason);
	plan_drop_way(p, way);
	return 0;
}

int plan_add_shape(struct planning *p, struct index *shape, struct index *ix,
    const struct filter *filter, struct ways *w)
{
	int before = w->n;
	int r = add_scan(p, shape, filter, false, w);

	if (r || w->n == before)
		return r;
	w->list[before]->entries = ix;
	/* Without bounds on its path it has other keys, too. */
	if (!w->list[before]->bounds.ranges)
		w->n = before;
	return 0;
}

/* What scans of each kind of index are like; those without an entry are read by nobody. */
static int (*const add_by_kind[])(struct planning *p, struct index *ix,
    const struct filter *filter, bool hinted, struct ways *w) = {
    [INDEX_PLAIN] = add_scan,
    [INDEX_HASHED] = add_scan,
    [INDEX_WILDCARD] = plan_add_wildcard,
    [INDEX_2D] = add_scan,
    [INDEX_2DSPHERE] = add_scan,
    [INDEX_TEXT] = NULL,
};

int plan_add_index(struct planning *p, struct index *ix, const struct filter *filter,
    bool hinted, struct ways *w)
{
	if (!restriction_allows(p->restriction, ix))
		return 0;
	if (add_by_kind[ix->kind])
		return add_by_kind[ix->kind](p, ix, filter, hinted, w);
	return !hinted
		   ? 0
		   : status_set(p->st, ERR_BAD_VALUE,
			 "the index '%s' of the hint cannot answer this query: it is of type "
			 "%s",
			 ix->name, key_kind_name(ix->kind));
}
