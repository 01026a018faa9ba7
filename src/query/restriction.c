#include "query/restriction.h"

#include "bson/compare.h"
#include "query/index_filters.h"
#include "query/query_settings.h"
#include "query/shape.h"

uint64_t restriction_draw_id(void)
{
	static _Atomic uint64_t last;

	return atomic_fetch_add(&last, 1) + 1;
}

static bool is_named(struct value v, struct view name, struct view key_pattern)
{
	if (v.type == TYPE_STRING)
		return view_equal(value_str(v), name);
	return v.type == TYPE_OBJECT && doc_compare(value_doc(v), key_pattern, NULL) == 0;
}

bool restriction_allows(const struct restriction *r, const struct index *ix)
{
	struct view name = view_of_str(ix ? ix->name : "_id_");
	struct view key_pattern;
	struct doc_iter it;
	struct element e;

	if (!r)
		return true;
	key_pattern = ix ? ix->key_pattern : value_doc(doc_get(id_index_spec, "key"));
	it = doc_iter(r->indexes);
	while (doc_next(&it, &e))
		if (is_named(e.value, name, key_pattern))
			return true;
	return false;
}

static bool is_natural(struct value v)
{
	return v.type == TYPE_OBJECT && !value_is_missing(doc_get(value_doc(v), "$natural"));
}

bool restriction_yields(const struct restriction *r)
{
	struct doc_iter it;
	struct element e;

	if (!r || r->index_filter)
		return false;
	it = doc_iter(r->indexes);
	while (doc_next(&it, &e))
		if (is_natural(e.value))
			return false;
	return true;
}

static void drop_hint(struct query *q)
{
	q->spec.hint = value_missing;
	if (q->natural_hint && !q->natural_sort)
		q->natural_reverse = false;
	q->natural_hint = false;
}

static int find_filter(const struct query *q, const struct collection *c, struct arena *a,
    const struct restriction **out, struct status *st)
{
	struct view shape;
	int err = plan_shape(q, a, &shape, st);

	return err ? err : index_filters_find(c, shape, a, out, st);
}

static bool is_of(struct view hint, const struct collection *c)
{
	struct view ns = value_doc(doc_get(hint, "ns"));

	return view_equal(value_str(doc_get(ns, "db")), view_of_str(c->db)) &&
	       view_equal(value_str(doc_get(ns, "coll")), view_of_str(c->name));
}

/* What a setting says of the collection; it has been checked when it was set. */
static int find_setting(const struct query_setting *s, const struct collection *c,
    struct arena *a, const struct restriction **out, struct status *st)
{
	struct value hints = doc_get(s->settings, "indexHints");
	struct restriction *r;
	struct doc_iter it;
	struct element e;

	if (hints.type != TYPE_ARRAY)
		return 0;
	it = doc_iter(value_doc(hints));
	while (doc_next(&it, &e)) {
		if (!is_of(value_doc(e.value), c))
			continue;
		*out = r = arena_new(a, struct restriction);
		if (!r)
			return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT,
			    "no memory for what restricts a query");
		r->id = s->id;
		r->indexes = value_doc(doc_get(value_doc(e.value), "allowedIndexes"));
		return 0;
	}
	return 0;
}

/* Natural order and nothing else is a hint. */
static void become_natural(struct query *q)
{
	struct doc_iter it = doc_iter(q->restriction->indexes);
	int64_t direction = 1;
	struct element e;

	while (doc_next(&it, &e)) {
		if (!is_natural(e.value))
			return;
		(void)value_to_i64(doc_get(value_doc(e.value), "$natural"), &direction);
	}
	q->restriction = NULL;
	q->natural_hint = true;
	if (!q->natural_sort)
		q->natural_reverse = direction < 0;
}

int query_restrict(
    struct query *q, const struct collection *c, struct arena *a, struct status *st)
{
	int err = 0;

	q->restriction = NULL;
	if (!c || q->spec.min.len || q->spec.max.len)
		return 0;
	if (q->spec.setting)
		err = find_setting(q->spec.setting, c, a, &q->restriction, st);
	if (!err && q->restriction) {
		drop_hint(q);
		become_natural(q);
		return 0;
	}
	if (!err && index_filters_exist(c))
		err = find_filter(q, c, a, &q->restriction, st);
	if (q->restriction)
		drop_hint(q);
	return err;
}
