/*
 * query/plan_cover.c - may a scan of an index answer without the records?
 */
#include "index/field_set.h"
#include "index/index_type.h"
#include "index/key_document.h"
#include "query/planning.h"

/* What a projection takes from an index. */
struct covering {
	const struct candidate *scan;
	uint32_t fields;
	bool fails;
};

/* Where a field has been an array its keys are of single elements. */
static void take_field(void *arg, struct view path)
{
	struct covering *c = arg;
	const struct index *ix = c->scan->index;

	for (int i = 0; i < ix->n_fields; i++)
		if (view_equal(ix->fields[i].path.text, path) &&
		    index_field_has_values(ix, i) &&
		    !index_field_arrays(ix, c->scan->multikey, i) &&
		    !path_has_places(&ix->fields[i].path)) {
			c->fields |= 1u << i;
			return;
		}
	c->fails = true;
}

static bool covers_projection(
    const struct planning *p, const struct candidate *cand, uint32_t *fields)
{
	struct covering c = {.scan = cand};

	if (!p->q->projection || p->q->spec.show_record_id || !key_has_document(cand->index) ||
	    !projection_needs(p->q->projection, take_field, &c))
		return false;
	*fields = c.fails ? 0 : c.fields;
	return *fields != 0;
}

void plan_cover(const struct planning *p, struct candidate *cand)
{
	const struct query_spec *spec = &p->q->spec;

	cand->keys_only = false;
	cand->covered = 0;
	/* What has to be sorted, or changed, needs documents. */
	if (cand->filter || spec->want_record_key || (p->q->sort && !cand->sorted))
		return;
	cand->keys_only =
	    spec->only_count || spec->return_key || covers_projection(p, cand, &cand->covered);
	/* An array's keys are no values of its field. */
	if (cand->covered)
		cand->bounds.for_arrays = false;
}

static int field_at(const struct index *ix, const struct path *path)
{
	for (int i = 0; i < ix->n_fields; i++)
		if (view_equal(ix->fields[i].path.text, path->text) &&
		    index_field_has_values(ix, i))
			return i;
	return -1;
}

/* Are all elements of a document's array within bounds, if one of them is? */
static bool holds_all_elements(const struct candidate *cand, int field)
{
	const struct index_bounds *b = &cand->bounds;

	if (!index_field_arrays(cand->index, cand->multikey, field) || !b->n_bounded)
		return true;
	for (int i = 0; i < cand->index->n_fields; i++)
		if (index_field_arrays(cand->index, cand->multikey, i) &&
		    !intervals_are_all(&b->fields[i]))
			return false;
	return true;
}

void plan_distinct(const struct planning *p, struct candidate *cand)
{
	const struct query *q = p->q;
	int field;

	if (!q->spec.distinct || cand->filter || q->sort || q->spec.collator || q->spec.skip ||
	    q->spec.limit || !key_has_document(cand->index))
		return;
	field = field_at(cand->index, q->spec.distinct);
	if (field < 0 || path_has_places(q->spec.distinct) || !holds_all_elements(cand, field))
		return;
	cand->distinct = field + 1;
	if (!index_field_arrays(cand->index, cand->multikey, field))
		cand->bounds.for_arrays = false;
}
