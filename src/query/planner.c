#include "bson/format.h"
#include "expr/match_geo.h"
#include "query/planning.h"
#include "query/restriction.h"
#include "storage/record.h"

/* In collections that are smaller an index is taken wherever there is one. */
#define RECORDS_COMPETE 5000
/* Looking at every record has to promise so much less than an index. */
#define RECORDS_RATIO 1.5
/* Costs that differ by less are the same: rules decide. */
#define SAME_COST 1.02

/* --------------------------------------------------------------- choosing */

/* What rules say of two that cost the same. */
static bool is_better_by_rule(const struct candidate *a, const struct candidate *b)
{
	bool a_bounded = a->bounds.n_bounded > 0, b_bounded = b->bounds.n_bounded > 0;

	if (a_bounded != b_bounded)
		return a_bounded;
	if (a->bounds.n_equal != b->bounds.n_equal)
		return a->bounds.n_equal > b->bounds.n_equal;
	if (a->sorted != b->sorted)
		return a->sorted;
	if (a->bounds.n_bounded != b->bounds.n_bounded)
		return a->bounds.n_bounded > b->bounds.n_bounded;
	if (a->n_parts != b->n_parts)
		return a->n_parts < b->n_parts;
	/* Records need not be fetched. */
	if (a->kind != b->kind)
		return a->kind == PLAN_SCAN;
	return a->index && b->index && a->index->n_fields < b->index->n_fields;
}

/* A first batch should not wait for a sort of everything. */
static bool streams(const struct planning *p, const struct candidate *way)
{
	return way->sorted && p->q->sort && !p->q->spec.limit;
}

static bool is_better(
    const struct planning *p, const struct candidate *a, const struct candidate *b)
{
	bool a_all = reads_all_records(a), b_all = reads_all_records(b);

	if (a->one_at_most != b->one_at_most)
		return a->one_at_most;
	if (!a->distinct != !b->distinct)
		return a->distinct;
	if (a_all != b_all && atomic_load(&p->c->live->documents) < RECORDS_COMPETE)
		return b_all;
	if (a_all != b_all && !a->cost.known != !b->cost.known)
		return b_all;
	if (a_all)
		return !streams(p, b) && a->cost.total * RECORDS_RATIO < b->cost.total;
	if (b_all)
		return streams(p, a) || a->cost.total <= b->cost.total * RECORDS_RATIO;
	if (a->cost.total * SAME_COST < b->cost.total)
		return true;
	if (b->cost.total * SAME_COST < a->cost.total)
		return false;
	return is_better_by_rule(a, b);
}

/* Is there more than one that may win? */
static bool is_open(const struct planning *p, const struct ways *w)
{
	int n = 0;

	if (w->n == 1)
		return false;
	for (int i = 0; i < w->n; i++) {
		if (w->list[i]->one_at_most || w->list[i]->distinct)
			return false;
		n += !reads_all_records(w->list[i]);
	}
	return n > 1 || (n && atomic_load(&p->c->live->documents) >= RECORDS_COMPETE);
}

static int compare_all(
    struct planning *p, const struct ways *w, bool open, struct candidate **out)
{
	struct candidate *best = w->list[0];

	for (int i = 0; i < w->n && open; i++)
		if (plan_cost(p, w->list[i]))
			return p->st->code;
	for (int i = 1; i < w->n; i++)
		if (is_better(p, w->list[i], best))
			best = w->list[i];
	*out = best;
	return 0;
}

static int choose(struct planning *p, struct plan *plan, const struct ways *w)
{
	bool open = is_open(p, w);
	int r = 0;

	if (open && p->q->spec.on_loop)
		return ERR_WOULD_BLOCK;
	if (open)
		r = plan_recall_begin(p, plan, w);
	if (!r && open)
		r = plan_recall(p, plan, w, &plan->chosen);
	if (!r && !plan->chosen)
		r = compare_all(p, w, open, &plan->chosen);
	for (int i = 0; i < w->n && !r; i++)
		w->list[i]->reason = w->list[i] == plan->chosen ? "looks at the least"
								: "another one looks at less";
	return r ? r : plan_remember(p, plan);
}

/* ------------------------------------------------------------------- hints */

static int bad_hint(struct planning *p)
{
	return status_set(p->st, ERR_BAD_VALUE,
	    "error processing query: hint provided does not correspond to an existing index");
}

static bool is_id_hint(const struct planning *p)
{
	struct value hint = p->q->spec.hint;
	struct value id_key = doc_get(id_index_spec, "key");

	if (p->c->record_key != RECORD_KEY_ID)
		return false;
	return hint.type == TYPE_STRING
		   ? view_equal(value_str(hint), view_of_str("_id_"))
		   : doc_compare(value_doc(hint), value_doc(id_key), NULL) == 0;
}

static struct index *hinted_index(const struct planning *p)
{
	struct value hint = p->q->spec.hint;

	for (int i = 0; i < p->c->n_indexes; i++) {
		struct index *ix = p->c->indexes[i];
		bool is = hint.type == TYPE_STRING
			      ? view_equal(value_str(hint), view_of_str(ix->name))
			      : doc_compare(value_doc(hint), ix->key_pattern, NULL) == 0;

		if (is && !ix->hidden)
			return ix;
	}
	return NULL;
}

static bool has_min_or_max(const struct query *q)
{
	return q->spec.min.len || q->spec.max.len;
}

/* min and max take the place of the filter's own bounds. */
static int bound_between(struct planning *p, struct candidate *cand)
{
	struct path_part part = {.name = "_id", .len = 3, .index = -1};
	static char name[] = "_id_";
	struct index id = {.name = name, .n_fields = 1};
	int r;

	if (!has_min_or_max(p->q))
		return 0;
	id.key_pattern = value_doc(doc_get(id_index_spec, "key"));
	id.fields[0].path = (struct path){.text = view_of_str("_id"), .n = 1, .parts = &part};
	r = index_bounds_between(cand->index ? cand->index : &id, p->q->spec.min,
	    p->q->spec.max, p->arena, &cand->bounds, p->st);
	cand->filter = p->q->filter->kind == MATCH_ALWAYS_TRUE ? NULL : p->q->filter;
	if (!r && cand->index) {
		cand->sorted = plan_index_sorts(p, cand, cand->bounds.n_equal, &cand->reverse);
		plan_cover(p, cand);
	}
	return r;
}

/* An empty document is no hint, as in MongoDB. */
static bool has_hint(const struct query *q)
{
	struct value hint = q->spec.hint;

	return !value_is_missing(hint) &&
	       (hint.type != TYPE_OBJECT || !doc_is_empty(value_doc(hint)));
}

static int follow_hint(struct planning *p, struct ways *w)
{
	struct index *ix;
	int r;

	if (is_id_hint(p)) {
		r = plan_add_record_range(p, p->q->filter, true, w);
	} else {
		ix = hinted_index(p);
		if (!ix)
			return bad_hint(p);
		if (ix->kind == INDEX_WILDCARD && has_min_or_max(p->q))
			return status_set(p->st, ERR_NO_MIN_MAX,
			    "min and max are not for an index over all paths");
		r = plan_add_index(p, ix, p->q->filter, true, w);
	}
	if (!r)
		r = bound_between(p, w->list[0]);
	if (!r && !has_min_or_max(p->q))
		r = plan_add_points(p, w->list[0], w);
	return r;
}

/* -------------------------------------------------------------- the plan */

/* Does the filter say the _id, and nothing else? */
static bool is_sole_id(const struct filter *f)
{
	while (f->kind == MATCH_AND && f->n_children == 1)
		f = f->children[0];
	return f->kind == MATCH_EQ;
}

static void put_scan(const struct planning *p, struct buf *text, const struct candidate *way)
{
	static const char of_time[] = "CLUSTERED_IXSCAN";
	static const char of_id[] = "IXSCAN { _id: 1 }";

	if (way->kind == PLAN_INDEX) {
		buf_append(text, "IXSCAN ", 7);
		doc_format(text, way->index->key_pattern, 300);
	} else if (p->c->record_key == RECORD_KEY_TIME) {
		buf_append(text, of_time, strlen(of_time));
	} else {
		buf_append(text, of_id, strlen(of_id));
	}
}

static const char *summarise(const struct planning *p, const struct plan *plan)
{
	const struct candidate *way = plan->chosen;
	struct buf text;
	char *summary;

	if (way->kind == PLAN_EOF)
		return "EOF";
	if (way->kind == PLAN_POINT && plan->id_hack)
		return "IDHACK";
	if (way->kind == PLAN_SCAN && !way->bounds.ranges && !way->sorted)
		return "COLLSCAN";
	buf_init(&text, NULL);
	if (!way->n_parts)
		put_scan(p, &text, way);
	for (int i = 0; i < way->n_parts && text.len < 1000; i++) {
		if (i)
			buf_append(&text, ", ", 2);
		put_scan(p, &text, way->parts[i]);
	}
	summary = arena_printf(
	    p->arena, "%.*s", (int)text.len, text.len ? (const char *)text.data : "");
	buf_clear(&text);
	return summary;
}

static bool wants_order_of_records(const struct query *q)
{
	return q->natural_sort || q->natural_hint || q->spec.tailable;
}

static int add_all(struct planning *p, struct ways *w)
{
	int r = plan_add_records(p, w), n;

	if (!r)
		r = plan_add_record_range(p, p->q->filter, false, w);
	for (int i = 0; i < p->c->n_indexes && !r; i++)
		r = plan_add_index(p, p->c->indexes[i], p->q->filter, false, w);
	n = w->n;
	for (int i = 0; i < n && !r; i++)
		r = plan_add_points(p, w->list[i], w);
	return r ? r : plan_add_unions(p, w);
}

static int add_point(struct planning *p, struct ways *w)
{
	struct candidate *way = plan_new_way(p, PLAN_POINT, NULL, p->q->filter);

	if (way) {
		way->sorted = true; /* one document is in any order */
		way->one_at_most = true;
	}
	return ways_add(p, w, way);
}

/* One document by its _id; with nothing beside that it is no plan that could be restricted, as
 * in MongoDB. */
static bool is_by_id(const struct planning *p, struct value id)
{
	return !value_is_missing(id) && p->c->record_key != RECORD_KEY_TIME &&
	       (is_sole_id(p->q->filter) || restriction_allows(p->restriction, NULL));
}

static int find_near_ways(struct planning *p, struct ways *w)
{
	struct index *hinted = has_hint(p->q) ? hinted_index(p) : NULL;

	if (p->q->spec.on_loop)
		return ERR_WOULD_BLOCK;
	if (has_hint(p->q) && !hinted)
		return status_set(p->st, ERR_BAD_VALUE,
		    "the hint names no index that $near could go through");
	return plan_add_near_ways(p, hinted, w);
}

/* The ways there are: one where there is no choice. */
static int find_ways(struct planning *p, struct value id, struct ways *w)
{
	if (has_min_or_max(p->q) && !has_hint(p->q))
		return status_set(p->st, ERR_MIN_MAX_WITHOUT_HINT,
		    "min and max need a hint that says which index they are for");
	if (p->q->text)
		return p->q->spec.on_loop ? ERR_WOULD_BLOCK : plan_add_text_ways(p, w);
	if (filter_near(p->q->filter))
		return find_near_ways(p, w);
	if (wants_order_of_records(p->q))
		return plan_add_records(p, w);
	if (has_hint(p->q))
		return follow_hint(p, w);
	if (is_by_id(p, id))
		return add_point(p, w);
	/* Which of them is the best is seldom known without a look. */
	return p->q->spec.on_loop ? ERR_WOULD_BLOCK : add_all(p, w);
}

static int find_way(struct planning *p, struct plan *plan)
{
	/* A record key that is the _id is not collated; else there is an index, or several
	 * documents may have it. */
	struct value id = filter_id_value(p->q->filter, p->c->collator);
	struct ways w;
	int r = ways_init(p, &w, 2 * p->c->n_indexes + 4);

	if (!r)
		r = find_ways(p, id, &w);
	if (!r)
		r = choose(p, plan, &w);
	if (r)
		return r;
	plan->id = id;
	plan->id_hack = plan->chosen->kind == PLAN_POINT && is_sole_id(p->q->filter);
	plan->n_candidates = w.n;
	plan->candidates = w.list;
	return 0;
}

/* Is there nothing of what the query is restricted to, so that it is not to be? */
static bool is_in_vain(const struct planning *p, const struct plan *plan)
{
	if (!plan->n_candidates || !restriction_yields(p->restriction))
		return false;
	for (int i = 0; i < plan->n_candidates; i++)
		if (!reads_all_records(plan->candidates[i]))
			return false;
	return true;
}

static bool never_matches(const struct filter *f)
{
	return f->kind == MATCH_ALWAYS_FALSE;
}

static int find_nothing(struct planning *p, struct plan *plan)
{
	struct candidate *way = plan_new_way(p, PLAN_EOF, NULL, NULL);

	if (!way)
		return plan_no_memory(p->st);
	way->reason = p->c ? "nothing can match" : "there is no such collection";
	plan->chosen = way;
	return 0;
}

int query_plan(struct store *s, const struct query *q, struct collection *c, struct arena *a,
    struct plan **out, struct status *st)
{
	struct plan *plan = arena_new(a, struct plan);
	struct planning p = {.plan = plan,
	    .store = s,
	    .q = q,
	    .restriction = q->restriction,
	    .c = c,
	    .arena = a,
	    .st = st};
	int r;

	*out = plan;
	if (!plan)
		return plan_no_memory(st);
	plan->query = q;
	plan->store = s;
	plan->collection = c;
	r = q->text ? plan_bind_text(&p) : 0;
	if (r)
		return r;
	r = !c || never_matches(q->filter) ? find_nothing(&p, plan) : find_way(&p, plan);
	if (!r && is_in_vain(&p, plan)) {
		p.restriction = NULL;
		r = find_way(&p, plan);
	}
	if (r)
		return r;
	plan->summary = summarise(&p, plan);
	return plan->summary ? 0 : plan_no_memory(st);
}

const char *plan_summary(const struct plan *p)
{
	return p->summary;
}

bool plan_reads_index(const struct plan *p)
{
	return p->chosen->kind == PLAN_INDEX || p->chosen->n_parts;
}

bool plan_record_key(const struct plan *p, struct buf *key)
{
	if (p->chosen->kind != PLAN_POINT || p->collection->record_key != RECORD_KEY_ID ||
	    p->query->spec.skip)
		return false;
	record_key_of_id(key, p->collection, p->id);
	return true;
}

bool plan_is_point(const struct plan *p)
{
	const struct query *q = p->query;

	/* Expressions may take as long as they like. */
	if (filter_needs_row(q->filter) ||
	    (q->projection && projection_computes(q->projection)))
		return false;
	return p->chosen->kind == PLAN_EOF || p->chosen->kind == PLAN_POINT;
}
