#include "expr/match_geo.h"
#include "query/plan.h"

/* {$natural: 1} or {$natural: -1}.  0, with *is set; or why it is wrong. */
static int natural_of(struct view doc, bool *is, bool *reverse, struct status *st)
{
	struct value v = doc_get(doc, "$natural");
	int64_t direction;

	*is = !value_is_missing(v);
	if (!*is)
		return 0;
	if (doc_count(doc) != 1)
		return status_set(
		    st, ERR_BAD_VALUE, "$natural stands alone, without other fields");
	if (!value_to_i64(v, &direction) || (direction != 1 && direction != -1))
		return status_set(st, ERR_BAD_VALUE, "$natural must be 1 or -1");
	*reverse = direction < 0;
	return 0;
}

/* The order of $near, where no other is asked for. */
static int sort_by_distance(struct query *q, struct arena *a, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_doc_begin(&b, "distance");
	builder_str(&b, "$meta", "geoNearDistance");
	builder_doc_end(&b);
	builder_finish(&b);
	if (!builder_failed(&b))
		q->sort_pattern = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	if (!q->sort_pattern.len)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the sort");
	return sort_parse(q->sort_pattern, NULL, a, &q->sort, st);
}

static int parse_sort(struct query *q, struct arena *a, struct status *st)
{
	int r;

	if (!q->spec.sort.len || doc_is_empty(q->spec.sort))
		return filter_near(q->filter) ? sort_by_distance(q, a, st) : 0;
	q->sort_pattern = q->spec.sort;
	r = natural_of(q->spec.sort, &q->natural_sort, &q->natural_reverse, st);
	if (r || q->natural_sort)
		return r;
	return sort_parse(q->spec.sort, q->spec.collator, a, &q->sort, st);
}

static int parse_hint(struct query *q, struct status *st)
{
	struct value hint = q->spec.hint;
	bool natural = false, reverse = false;
	int r;

	if (value_is_missing(hint) || hint.type == TYPE_STRING)
		return 0;
	if (hint.type != TYPE_OBJECT)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "hint must be a string or an object, not of type %s", type_name(hint.type));
	r = natural_of(value_doc(hint), &natural, &reverse, st);
	if (!r && natural) {
		q->natural_hint = true;
		/* With a sort of its own the direction is that of the scan below. */
		if (!q->natural_sort)
			q->natural_reverse = reverse;
	}
	return r;
}

static int parse_projection(
    struct query *q, const struct filter_options *o, struct arena *a, struct status *st)
{
	struct projection *p;
	int r;

	if (!q->spec.projection.len || doc_is_empty(q->spec.projection))
		return 0;
	r = projection_parse(q->spec.projection, o, a, &p, st);
	if (r)
		return r;
	q->metas |= projection_metas(p);
	if (projection_wants_meta(p, META_SORT_KEY) && !q->sort)
		return status_set(st, ERR_META_NOT_AVAILABLE,
		    "query requires sort key metadata, but it is not available");
	if (!projection_is_identity(p))
		q->projection = p;
	return 0;
}

static int refuse_with_text(struct status *st, const char *what)
{
	return status_set(st, ERR_BAD_VALUE, "$text and %s not allowed in same query", what);
}

static int check_text(struct query *q, struct status *st)
{
	struct value hint = q->spec.hint;

	if (!value_is_missing(hint) &&
	    (hint.type != TYPE_OBJECT || !doc_is_empty(value_doc(hint))))
		return refuse_with_text(st, "hint");
	if (q->natural_sort)
		return refuse_with_text(st, "$natural sort order");
	if (q->spec.tailable)
		return refuse_with_text(st, "a tailable cursor");
	if (filter_near(q->filter))
		return refuse_with_text(st, "geoNear");
	q->text = filter_find_text(q->filter);
	return 0;
}

/* An index says the order. */
static int check_near(const struct query *q, struct status *st)
{
	const char *what = q->natural_sort || q->natural_hint ? "$natural"
			   : q->spec.tailable                 ? "a tailable cursor"
							      : NULL;

	if (!what || !filter_near(q->filter))
		return 0;
	return status_set(st, ERR_BAD_VALUE, "$near and %s do not go together", what);
}

int query_parse(
    const struct query_spec *spec, struct arena *a, struct query **out, struct status *st)
{
	struct filter_options o = {
	    .collator = spec->collator, .let = spec->let, .no_near = spec->no_near};
	struct query *q = arena_new(a, struct query);
	struct meta_use use = {0};
	int r;

	if (!q)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a query");
	q->spec = *spec;
	q->metas = spec->metas;
	o.metas = &use;
	r = filter_parse(spec->filter.len ? spec->filter : doc_empty, &o, a, &q->filter, st);
	if (!r)
		r = parse_sort(q, a, st);
	if (!r)
		r = parse_hint(q, st);
	if (!r)
		r = parse_projection(q, &o, a, st);
	q->metas |= use.wants | (q->sort ? q->sort->metas : 0);
	if (!r && use.gives >> META_TEXT_SCORE & 1)
		r = check_text(q, st);
	if (!r)
		r = check_near(q, st);
	/* What stages behind it want has been looked at with them. */
	if (!r)
		r = meta_check(q->metas & ~spec->metas, use.gives, st);
	*out = q;
	return r;
}
