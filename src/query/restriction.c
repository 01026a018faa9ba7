#include "query/restriction.h"

#include "bson/compare.h"
#include "query/index_filters.h"
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

int query_restrict(
    struct query *q, const struct collection *c, struct arena *a, struct status *st)
{
	int err = 0;

	q->restriction = NULL;
	if (!c || q->spec.min.len || q->spec.max.len)
		return 0;
	if (index_filters_exist(c))
		err = find_filter(q, c, a, &q->restriction, st);
	if (q->restriction)
		drop_hint(q);
	return err;
}
