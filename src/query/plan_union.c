/*
 * query/plan_union.c - ways of several scans.
 *
 * A $or at the top of the filter, alone or beside other conditions, is a scan for each
 * branch, each with those other conditions besides. Documents are then asked the whole
 * filter, unless no scan has left anything of it.
 */
#include "expr/collation.h"
#include "query/planning.h"

/* As in MongoDB: more scans than these are not made of the points of one. */
#define POINTS_MOST 200
/* Of a $or. */
#define BRANCHES_MOST 1000

/* -------------------------------------------------------------- in order */

/* How many of the sort's fields the index has, one behind the other from place on. */
static int fields_from(const struct planning *p, const struct index *ix, int place)
{
	const struct sort_spec *sort = p->q->sort;
	int i = 0;

	while (i < sort->n && place + i < ix->n_fields &&
	       view_equal(ix->fields[place + i].path.text, sort->fields[i].path.text))
		i++;
	return i;
}

/* Do the sort's fields stand one behind the other in the index, from some place on, behind
 * fields of one value?  An _id behind the last field is the record key. */
static bool sort_stands(const struct planning *p, const struct candidate *way, int *place)
{
	const struct sort_spec *sort = p->q->sort;
	const struct index *ix = way->index;

	for (int at = 0; at <= way->bounds.n_equal; at++) {
		int n = fields_from(p, ix, at);

		*place = at;
		if (n == sort->n)
			return true;
		if (n > 0 && n == sort->n - 1 && at + n == ix->n_fields &&
		    view_equal(sort->fields[n].path.text, view_of_str("_id")))
			return true;
	}
	return false;
}

/* Can its rows be compared with those of like's by the bytes of their keys? */
static bool can_merge(
    const struct planning *p, struct candidate *way, const struct candidate *like)
{
	int n;

	if (way->kind != PLAN_INDEX || !way->sorted || way->multikey ||
	    !sort_stands(p, way, &way->n_prefix))
		return false;
	if (!like)
		return true;
	n = fields_from(p, way->index, way->n_prefix);
	if (way->reverse != like->reverse ||
	    !collation_equal(way->index->collator, like->index->collator) ||
	    n != fields_from(p, like->index, like->n_prefix))
		return false;
	for (int i = 0; i < n; i++)
		if (way->index->fields[way->n_prefix + i].descending !=
		    like->index->fields[like->n_prefix + i].descending)
			return false;
	return true;
}

/* ------------------------------------------------------------ points of $in */

/* How many first fields have to be points, so that behind them the order is the sort's; 0:
 * it never is. */
static int fields_to_part(const struct planning *p, struct candidate *way)
{
	const struct index_bounds *b = &way->bounds;
	int64_t n = 1;

	for (int k = 0; k < b->n_fields && intervals_are_points(&b->fields[k]); k++) {
		n *= b->fields[k].n;
		if (n > POINTS_MOST)
			return 0;
		if (k >= b->n_equal && n > 1 && plan_index_sorts(p, way, k + 1, &way->reverse))
			return k + 1;
	}
	return 0;
}

/* The scan with the first fields' points that the number says. */
static struct candidate *make_part(struct planning *p, const struct candidate *scan,
    int n_fields, int number, struct interval_maker *m)
{
	struct candidate *part = plan_new_way(p, PLAN_INDEX, scan->index, scan->filter);

	if (!part)
		return NULL;
	*part = *scan;
	for (int k = n_fields - 1; k >= 0; k--) {
		struct intervals *s = &part->bounds.fields[k];

		s->v += number % s->n;
		number /= s->n;
		s->n = 1;
	}
	part->n_prefix = part->bounds.n_equal = n_fields;
	part->sorted = true;
	return bounds_make_ranges(scan->index, m, &part->bounds) ? NULL : part;
}

static int make_points(
    struct planning *p, const struct candidate *scan, int n_fields, struct candidate *way)
{
	struct interval_maker m;
	int n = 1, place;
	bool failed = false;

	for (int k = 0; k < n_fields; k++)
		n *= scan->bounds.fields[k].n;
	way->parts = arena_new_array(p->arena, (size_t)n, struct candidate *);
	if (!way->parts)
		return plan_no_memory(p->st);
	interval_maker_init(&m, p->arena, scan->index->collator);
	for (int i = 0; i < n && !failed; i++) {
		struct candidate *part = make_part(p, scan, n_fields, i, &m);

		failed = !part;
		way->parts[way->n_parts++] = part;
		if (part) {
			part->reverse = way->reverse;
			failed = !sort_stands(p, part, &place);
			part->n_prefix = place;
		}
	}
	interval_maker_clear(&m);
	return failed ? plan_no_memory(p->st) : 0;
}

int plan_add_points(struct planning *p, const struct candidate *scan, struct ways *w)
{
	struct candidate *way, probe;
	int n_fields, place, r;

	if (!p->q->sort || p->q->sort->n_metas || scan->kind != PLAN_INDEX || scan->sorted || scan->multikey)
		return 0;
	probe = *scan;
	n_fields = fields_to_part(p, &probe);
	probe.bounds.n_equal = n_fields;
	if (!n_fields || !sort_stands(p, &probe, &place))
		return 0;
	way = plan_new_way(p, PLAN_SORT_MERGE, NULL, scan->filter);
	if (!way)
		return plan_no_memory(p->st);
	way->reverse = probe.reverse;
	way->sorted = true;
	way->bounds.n_bounded = scan->bounds.n_bounded;
	way->bounds.n_equal = scan->bounds.n_equal;
	r = make_points(p, scan, n_fields, way);
	return r ? r : ways_add(p, w, way);
}

/* ------------------------------------------------------------------- $or */

static bool is_or(const struct filter *f)
{
	return f->kind == MATCH_OR && f->n_children <= BRANCHES_MOST;
}

/* Of a conjunction: which of its parts; -1: none; 0 where the filter is one itself. */
static int find_or(const struct filter *f)
{
	if (is_or(f))
		return 0;
	for (int i = 0; f->kind == MATCH_AND && i < f->n_children; i++)
		if (is_or(f->children[i]))
			return i;
	return -1;
}

/* The filter with one branch in the place of the $or. */
static const struct filter *branch_filter(
    struct planning *p, const struct filter *f, int at, struct filter *branch)
{
	struct filter *out;

	if (is_or(f))
		return branch;
	out = arena_alloc(p->arena, sizeof(*out));
	if (!out)
		return NULL;
	*out = *f;
	out->children = arena_new_array(p->arena, (size_t)f->n_children, struct filter *);
	if (!out->children)
		return NULL;
	for (int i = 0; i < f->n_children; i++)
		out->children[i] = i == at ? branch : f->children[i];
	return out;
}

/* The cheapest bounded scan of one branch; NULL: there is none.  like: one whose rows
 * the scan's are to be merged with. */
static int best_of_branch(struct planning *p, const struct filter *filter, bool merged,
    const struct candidate *like, struct candidate **out)
{
	struct ways w;
	int r = ways_init(p, &w, p->c->n_indexes + 1);

	*out = NULL;
	if (!r && p->q->text && filter_find_text(filter)) {
		r = merged ? 0 : plan_add_text(p, filter, true, &w);
		*out = w.n ? w.list[0] : NULL;
		return r;
	}
	if (!r)
		r = plan_add_record_range(p, filter, false, &w);
	for (int i = 0; i < p->c->n_indexes && !r; i++)
		r = plan_add_index(p, p->c->indexes[i], filter, false, &w);
	for (int i = 0; i < w.n && !r; i++) {
		struct candidate *way = w.list[i];

		if (!way->bounds.ranges || (merged && !can_merge(p, way, like)))
			continue;
		r = plan_cost(p, way);
		if (!*out || way->cost.total < (*out)->cost.total)
			*out = way;
	}
	return r;
}

/* What is left of the filter for documents; the sorted order is the merge's affair. */
static const struct filter *left_of(const struct planning *p, const struct candidate *way)
{
	for (int i = 0; i < way->n_parts; i++)
		if (way->parts[i]->filter)
			return p->q->filter;
	return NULL;
}

static int add_union(struct planning *p, int at, bool merged, struct ways *w)
{
	const struct filter *f = p->q->filter;
	const struct filter *either = is_or(f) ? f : f->children[at];
	struct candidate *way =
	    plan_new_way(p, merged ? PLAN_SORT_MERGE : PLAN_OR, NULL, p->q->filter);

	if (!way)
		return plan_no_memory(p->st);
	way->parts =
	    arena_new_array(p->arena, (size_t)either->n_children + 1, struct candidate *);
	if (!way->parts)
		return plan_no_memory(p->st);
	for (int i = 0; i < either->n_children; i++) {
		const struct filter *filter = branch_filter(p, f, at, either->children[i]);
		struct candidate *part = NULL;
		int r = filter ? best_of_branch(p, filter, merged,
				     way->n_parts ? way->parts[0] : NULL, &part)
			       : plan_no_memory(p->st);

		if (r)
			return r;
		if (!part) {
			plan_drop_way(p, way);
			return 0;
		}
		way->parts[way->n_parts++] = part;
		/* Rows are united by documents: the order of one scan is not the whole's. */
		way->bounds.n_bounded = MAX_OF(way->bounds.n_bounded, part->bounds.n_bounded);
	}
	way->filter = left_of(p, way);
	way->sorted = merged;
	way->reverse = merged && way->parts[0]->reverse;
	way->reason = "a scan for each branch of $or";
	return ways_add(p, w, way);
}

int plan_add_unions(struct planning *p, struct ways *w)
{
	int at = find_or(p->q->filter);
	int r = at < 0 ? 0 : add_union(p, at, false, w);

	if (at >= 0 && !r && p->q->sort)
		r = add_union(p, at, true, w);
	return r;
}
