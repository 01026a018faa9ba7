/*
 * query/plan_text.c - the way through a text index that $text takes: a range of keys for each
 * of its terms, behind the values that the filter says of the index's prefix.
 */
#include "bson/key_encode.h"
#include "index/partial.h"
#include "index/text_keys.h"
#include "query/planning.h"

static int no_plan(struct planning *p, const char *why)
{
	return status_set(p->st, ERR_NO_QUERY_EXECUTION_PLANS, "no plan for $text: %s", why);
}

static struct index *find_text_index(const struct collection *c)
{
	for (int i = 0; c && i < c->n_indexes; i++)
		if (c->indexes[i]->kind == INDEX_TEXT)
			return c->indexes[i];
	return NULL;
}

int plan_bind_text(struct planning *p)
{
	struct text_filter *t = p->q->text;
	struct index *ix = find_text_index(p->c);
	const struct text_spec *spec;
	int r;

	if (!ix)
		return status_set(p->st, ERR_INDEX_NOT_FOUND, "text index required for $text query");
	r = index_text(ix, &spec, p->st);
	return r ? r : text_filter_set(t, spec, p->arena, p->st);
}

/* The conjunction's equality on this path; NULL: there is none. */
static const struct filter *find_equality(const struct filter *f, struct view path)
{
	const struct filter *found = NULL;

	if (f->kind == MATCH_EQ && view_equal(f->path.text, path) &&
	    f->value.type != TYPE_ARRAY && !(f->collator && f->value.type == TYPE_STRING))
		return f;
	for (int i = 0; f->kind == MATCH_AND && i < f->n_children && !found; i++)
		found = find_equality(f->children[i], path);
	return found;
}

static int put_prefix(
    struct planning *p, const struct index *ix, const struct filter *filter, struct buf *key)
{
	for (int i = 0; i < index_text_field(ix); i++) {
		const struct filter *eq = find_equality(filter, ix->fields[i].path.text);

		if (!eq)
			return no_plan(p, "the index has fields in front of the text, and the "
					  "filter does not say a value of each");
		key_encode(key, NULL, eq->value, ix->fields[i].descending, NULL);
	}
	return 0;
}

/* Terms are sorted, and so are their keys. */
static int make_ranges(struct planning *p, const struct text_list *terms, struct view prefix,
    struct index_bounds *out)
{
	struct buf lower, upper;
	bool failed = false;

	out->ranges = arena_new_array(p->arena, (size_t)terms->n + 1, struct key_range);
	if (!out->ranges)
		return plan_no_memory(p->st);
	buf_init(&lower, p->arena->account);
	buf_init(&upper, p->arena->account);
	for (int i = 0; i < terms->n && !failed; i++) {
		struct value term = value_make_str(p->arena, terms->v[i]);
		struct key_range *range = &out->ranges[out->n++];

		buf_reset(&lower);
		buf_reset(&upper);
		buf_append_view(&lower, prefix);
		if (term.data)
			key_encode(&lower, NULL, term, false, NULL);
		failed = !term.data || lower.failed || !key_successor(&upper, buf_view(&lower));
		range->lower = arena_dup(p->arena, buf_view(&lower));
		range->upper = arena_dup(p->arena, buf_view(&upper));
	}
	buf_clear(&lower);
	buf_clear(&upper);
	return failed || arena_failed(p->arena) ? plan_no_memory(p->st) : 0;
}

/* What is asked of documents besides: the conjunction without its $text. */
static int leave_rest(
    struct planning *p, const struct filter *f, const struct filter **rest)
{
	struct filter *out;

	*rest = NULL;
	if (f->kind != MATCH_AND)
		return 0;
	out = arena_alloc(p->arena, sizeof(*out));
	if (!out)
		return plan_no_memory(p->st);
	*out = *f;
	out->n_children = 0;
	out->children = arena_new_array(p->arena, (size_t)f->n_children, struct filter *);
	if (!out->children)
		return plan_no_memory(p->st);
	for (int i = 0; i < f->n_children; i++)
		if (!filter_text(f->children[i]))
			out->children[out->n_children++] = f->children[i];
	*rest = out->n_children == 1 ? out->children[0] : out;
	return 0;
}

int plan_add_text(
    struct planning *p, const struct filter *filter, bool branch, struct ways *w)
{
	struct text_filter *t = p->q->text;
	struct index *ix = find_text_index(p->c);
	struct candidate *way = plan_new_way(p, PLAN_INDEX, ix, filter);
	struct buf prefix;
	int r;

	if (!way)
		return plan_no_memory(p->st);
	if (ix->hidden)
		return no_plan(p, "the index is hidden");
	if (!index_covers(ix, filter))
		return no_plan(p, "the index does not have all documents that may match");
	buf_init(&prefix, p->arena->account);
	r = put_prefix(p, ix, filter, &prefix);
	if (!r)
		r = make_ranges(p, &t->terms.keys, buf_view(&prefix), &way->bounds);
	buf_clear(&prefix);
	way->text = t;
	way->bounds.for_arrays = true;
	way->bounds.n_bounded = 1;
	way->reason = "a range for each term";
	/* A branch of $or is asked as part of the whole. */
	if (!r && !branch)
		r = leave_rest(p, filter, &way->filter);
	return r ? r : ways_add(p, w, way);
}

static bool stands_at_top(const struct filter *f)
{
	if (filter_text(f))
		return true;
	for (int i = 0; f->kind == MATCH_AND && i < f->n_children; i++)
		if (filter_text(f->children[i]))
			return true;
	return false;
}

int plan_add_text_ways(struct planning *p, struct ways *w)
{
	int r;

	if (stands_at_top(p->q->filter))
		return plan_add_text(p, p->q->filter, false, w);
	r = plan_add_unions(p, w);
	if (!r && !w->n)
		r = no_plan(p, "each other branch of its $or has to have an index");
	return r;
}
