/*
 * query/plan_near.c - the ways of a filter with $near: through an index that has its places.
 * The scan brings those within the greatest distance; a sort puts them in order.
 */
#include "expr/match_geo.h"
#include "query/planning.h"

/* Has the scan bounds on the field that is to be near? */
static bool serves(const struct candidate *way, const struct filter *near)
{
	const struct index *ix = way->index;

	for (int i = 0; i < ix->n_fields && way->bounds.n_bounded; i++)
		if (ix->fields[i].kind == ix->kind &&
		    view_equal(ix->fields[i].path.text, near->path.text))
			return !intervals_are_all(&way->bounds.fields[i]);
	return false;
}

static int add_index(struct planning *p, struct index *ix, bool hinted, struct ways *w)
{
	const struct filter *near = filter_near(p->q->filter);
	struct ways found;
	int r;

	if (ix->kind != INDEX_2D && ix->kind != INDEX_2DSPHERE)
		return 0;
	r = ways_init(p, &found, 1);
	if (!r)
		r = plan_add_index(p, ix, p->q->filter, hinted, &found);
	if (r || !found.n || !serves(found.list[0], near))
		return r;
	found.list[0]->near = near;
	return ways_add(p, w, found.list[0]);
}

int plan_add_near_ways(struct planning *p, struct index *hinted, struct ways *w)
{
	int r = 0;

	for (int i = 0; i < p->c->n_indexes && !r; i++)
		if (!hinted || hinted == p->c->indexes[i])
			r = add_index(p, p->c->indexes[i], hinted != NULL, w);
	if (!r && !w->n)
		r = status_set(p->st, ERR_NO_QUERY_EXECUTION_PLANS,
		    "$near needs a geographic index on its field");
	return r;
}
