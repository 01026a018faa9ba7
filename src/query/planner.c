#include "bson/format.h"
#include "query/planning.h"
#include "storage/record.h"

/* Estimates below this are all the same: nothing to win. */
#define ESTIMATE_SMALL (256 * 1024)
/* How much less one must promise than the other to outweigh the rules. */
#define ESTIMATE_RATIO 4

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a plan");
}

static bool is_partial(const struct index *ix)
{
	return ix->compiled || !value_is_missing(doc_get(ix->spec, "partialFilterExpression"));
}

/* Types of index other than plain ascending and descending are not read here. */
static bool is_plain(const struct index *ix)
{
	struct doc_iter it = doc_iter(ix->key_pattern);
	struct element e;

	while (doc_next(&it, &e))
		if (!value_is_number(e.value) || strstr(e.name, "$**"))
			return false;
	return true;
}

/* ------------------------------------------------------------- candidates */

static struct candidate *add(struct planning *p, enum plan_kind kind, struct index *ix)
{
	struct candidate *cand = &p->candidates[p->n++];

	*cand = (struct candidate){
	    .kind = kind,
	    .index = ix,
	    .bytes = -1,
	    .multikey = ix ? atomic_load(&ix->multikey) : 0,
	    .filter = p->q->filter,
	};
	return cand;
}

/*
 * What bounds say completely is not asked again, but where it matters which element of an
 * array has matched.
 */
static void leave_filter(const struct planning *p, struct candidate *cand)
{
	if (!p->q->projection || !projection_is_positional(p->q->projection))
		cand->filter = cand->bounds.rest;
}

static void add_scan(struct planning *p)
{
	struct candidate *cand = add(p, PLAN_SCAN, NULL);

	if (p->q->natural_sort || p->q->natural_hint)
		cand->reverse = p->q->natural_reverse;
	else
		cand->sorted = plan_records_sort(p, &cand->reverse);
	cand->reason = "looks at every document";
}

/* The ranges of record keys that the filter leaves, where it says something of
 * the _id. */
static int add_id_scan(struct planning *p, bool hinted)
{
	struct candidate *cand;
	int r;

	if (p->c->record_key != RECORD_KEY_ID)
		return 0;
	cand = add(p, PLAN_SCAN, NULL);
	r = id_bounds_make(p->q->filter, p->arena, &cand->bounds, p->st);
	if (r)
		return r;
	if (!cand->bounds.n_fields && !hinted) {
		p->n--;
		return 0;
	}
	leave_filter(p, cand);
	cand->sorted = plan_records_sort(p, &cand->reverse);
	cand->reason = "bounds on the record key";
	return 0;
}

/* May it be used at all, and does it help? */
static const char *why_not(const struct planning *p, const struct candidate *cand, bool hinted)
{
	const struct index *ix = cand->index;

	if (!is_plain(ix))
		return "its type cannot be read by a scan";
	if (is_partial(ix))
		return "it does not have all documents";
	if (hinted)
		return NULL;
	if (ix->hidden)
		return "it is hidden";
	if (ix->sparse && !cand->bounds.without_null)
		return "it is sparse, and what it leaves out may match";
	if (!cand->bounds.n_fields && !cand->sorted)
		return "it bounds nothing and sorts nothing";
	return NULL;
}

static int add_index(struct planning *p, struct index *ix, bool hinted)
{
	struct candidate *cand = add(p, PLAN_INDEX, ix);
	int r = index_bounds_make(ix, p->q->filter, p->arena, &cand->bounds, p->st);

	if (r)
		return r;
	leave_filter(p, cand);
	cand->sorted = plan_index_sorts(p, cand, &cand->reverse);
	cand->one_at_most =
	    ix->unique && cand->bounds.n_equal == ix->n_fields && cand->bounds.without_null;
	cand->reason = why_not(p, cand, hinted);
	if (!cand->reason)
		return 0;
	/* Not one of those to choose from. */
	if (hinted)
		return status_set(p->st, ERR_BAD_VALUE,
		    "the index '%s' of the hint cannot answer this query: %s", ix->name,
		    cand->reason);
	p->n--;
	return 0;
}

/* --------------------------------------------------------------- choosing */

static bool is_much_less(int64_t a, int64_t b)
{
	return b > ESTIMATE_SMALL && a < b / ESTIMATE_RATIO;
}

/*
 * Is a the better one?  What is certain comes first, then what the store says
 * of the ranges where that is clear, then rules.
 */
static bool is_better(
    const struct planning *p, const struct candidate *a, const struct candidate *b)
{
	bool a_bounded = a->bounds.n_fields > 0, b_bounded = b->bounds.n_fields > 0;

	if (a->one_at_most != b->one_at_most)
		return a->one_at_most;
	if (a_bounded != b_bounded)
		return a_bounded;
	if (a_bounded && a->bytes >= 0 && b->bytes >= 0) {
		if (is_much_less(a->bytes, b->bytes))
			return true;
		if (is_much_less(b->bytes, a->bytes))
			return false;
	}
	if (a->bounds.n_equal != b->bounds.n_equal)
		return a->bounds.n_equal > b->bounds.n_equal;
	if (a->sorted != b->sorted)
		return a->sorted;
	if (a->bounds.n_bounded != b->bounds.n_bounded)
		return a->bounds.n_bounded > b->bounds.n_bounded;
	/* Records need not be fetched. */
	if (a->kind != b->kind)
		return a->kind == PLAN_SCAN;
	return a->index && a->index->n_fields < b->index->n_fields;
}

static void estimate_all(struct planning *p)
{
	int n_bounded = 0;

	for (int i = 0; i < p->n; i++)
		n_bounded += p->candidates[i].bounds.n_fields > 0;
	if (n_bounded < 2)
		return;
	for (int i = 0; i < p->n; i++)
		if (p->candidates[i].bounds.n_fields > 0)
			p->candidates[i].bytes = plan_estimate(p, &p->candidates[i]);
}

static struct candidate *choose(struct planning *p)
{
	struct candidate *best = &p->candidates[0];

	estimate_all(p);
	for (int i = 1; i < p->n; i++) {
		struct candidate *worse = &p->candidates[i];

		if (is_better(p, worse, best)) {
			struct candidate *t = best;

			best = worse;
			worse = t;
		}
		worse->reason = "another one promised to look at less";
	}
	best->reason = "looks at the least";
	return best;
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
	cand->filter = p->q->filter;
	if (!r && cand->index)
		cand->sorted = plan_index_sorts(p, cand, &cand->reverse);
	return r;
}

/* An empty document is no hint, as in MongoDB. */
static bool has_hint(const struct query *q)
{
	struct value hint = q->spec.hint;

	return !value_is_missing(hint) &&
	       (hint.type != TYPE_OBJECT || !doc_is_empty(value_doc(hint)));
}

static int follow_hint(struct planning *p)
{
	struct index *ix;
	int r;

	if (is_id_hint(p)) {
		r = add_id_scan(p, true);
	} else {
		ix = hinted_index(p);
		if (!ix)
			return bad_hint(p);
		r = add_index(p, ix, true);
	}
	if (!r)
		r = bound_between(p, &p->candidates[0]);
	p->candidates[0].reason = "the hint says so";
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

static const char *summarise(const struct planning *p, const struct plan *plan)
{
	const struct candidate *cand = &plan->chosen;
	struct view pattern;
	struct buf text;
	char *summary;

	switch (cand->kind) {
	case PLAN_EOF:
		return "EOF";
	case PLAN_POINT:
		return plan->id_hack ? "IDHACK" : "IXSCAN { _id: 1 }";
	case PLAN_SCAN:
		if (!cand->bounds.ranges && !cand->sorted)
			return "COLLSCAN";
		return "IXSCAN { _id: 1 }";
	case PLAN_INDEX:
		break;
	}
	pattern = cand->index->key_pattern;
	buf_init(&text, NULL);
	doc_format(&text, pattern, 300);
	summary = arena_printf(
	    p->arena, "IXSCAN %.*s", (int)text.len, text.len ? (const char *)text.data : "");
	buf_clear(&text);
	return summary;
}

static bool wants_order_of_records(const struct query *q)
{
	return q->natural_sort || q->natural_hint || q->spec.tailable;
}

/* All ways there are, and which is the best. */
static int find_way(struct planning *p, struct plan *plan)
{
	/* A record key that is the _id is not collated; else there is an index. */
	struct value id = filter_id_value(p->q->filter, p->c->collator);
	bool sole = wants_order_of_records(p->q) || has_hint(p->q) || !value_is_missing(id);
	int r = 0;

	p->candidates = arena_alloc(
	    p->arena, (sole ? 1 : (size_t)p->c->n_indexes + 3) * sizeof(struct candidate));
	if (!p->candidates)
		return no_memory(p->st);
	if (has_min_or_max(p->q) && !has_hint(p->q))
		return status_set(p->st, ERR_MIN_MAX_WITHOUT_HINT,
		    "min and max need a hint that says which index they are for");
	if (wants_order_of_records(p->q)) {
		add_scan(p);
		p->candidates[0].reason = "natural order is asked for";
	} else if (has_hint(p->q)) {
		r = follow_hint(p);
	} else if (!value_is_missing(id)) {
		add(p, PLAN_POINT, NULL)->reason = "the filter says which _id";
		p->candidates[0].sorted = true; /* one document is in any order */
	} else {
		add_scan(p);
		r = add_id_scan(p, false);
		for (int i = 0; i < p->c->n_indexes && !r; i++)
			r = add_index(p, p->c->indexes[i], false);
	}
	if (r)
		return r;
	plan->chosen = p->n == 1 ? p->candidates[0] : *choose(p);
	plan->id = id;
	plan->id_hack = plan->chosen.kind == PLAN_POINT && is_sole_id(p->q->filter);
	return 0;
}

static bool never_matches(const struct filter *f)
{
	return f->kind == MATCH_ALWAYS_FALSE;
}

int query_plan(struct store *s, const struct query *q, struct collection *c, struct arena *a,
    struct plan **out, struct status *st)
{
	struct planning p = {.store = s, .q = q, .c = c, .arena = a, .st = st};
	struct plan *plan = arena_new(a, struct plan);
	int r = 0;

	*out = plan;
	if (!plan)
		return no_memory(st);
	plan->query = q;
	plan->store = s;
	plan->collection = c;
	if (!c || never_matches(q->filter)) {
		plan->chosen.kind = PLAN_EOF;
		plan->chosen.reason = c ? "nothing can match" : "there is no such collection";
	} else {
		r = find_way(&p, plan);
	}
	if (r)
		return r;
	plan->n_candidates = p.n;
	plan->candidates = p.candidates;
	plan->summary = summarise(&p, plan);
	return plan->summary ? 0 : no_memory(st);
}

const char *plan_summary(const struct plan *p)
{
	return p->summary;
}

bool plan_reads_index(const struct plan *p)
{
	return p->chosen.kind == PLAN_INDEX;
}

bool plan_record_key(const struct plan *p, struct buf *key)
{
	if (p->chosen.kind != PLAN_POINT || p->collection->record_key != RECORD_KEY_ID ||
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
	return p->chosen.kind == PLAN_EOF || p->chosen.kind == PLAN_POINT;
}
