/*
 * query/plan_order.c - in which order a scan brings documents.
 */
#include "expr/collation.h"
#include "index/index_type.h"
#include "query/planning.h"

/* Is it this one, and are its keys in the order of its values? */
static bool is_field(const struct index *ix, int i, struct view path)
{
	return index_field_has_values(ix, i) && view_equal(ix->fields[i].path.text, path);
}

static bool is_equal_field(const struct candidate *cand, int n_equal, struct view path)
{
	for (int i = 0; i < n_equal; i++)
		if (is_field(cand->index, i, path))
			return true;
	return false;
}

/* What is known while the sort's fields are gone through. */
struct ordering {
	int field; /* of the index: the next one */
	int direction; /* 0: not known yet; 1 or -1 */
};

static bool take_direction(struct ordering *o, bool index_descending, bool sort_descending)
{
	int direction = index_descending == sort_descending ? 1 : -1;

	if (o->direction && o->direction != direction)
		return false;
	o->direction = direction;
	return true;
}

/* Behind the last field entries stand in the order of their record keys. */
static bool goes_on_by_id(const struct planning *p, const struct candidate *cand,
    const struct sort_field *f, struct ordering *o)
{
	return o->field == cand->index->n_fields && p->c->record_key == RECORD_KEY_ID &&
	       !p->q->sort->collator && cand->index->layout == LAYOUT_KEY_RECORD &&
	       view_equal(f->path.text, view_of_str("_id")) &&
	       take_direction(o, false, f->descending);
}

bool plan_index_sorts(
    const struct planning *p, const struct candidate *cand, int n_equal, bool *reverse)
{
	const struct sort_spec *sort = p->q->sort;
	const struct index *ix = cand->index;
	uint64_t multikey = atomic_load(&ix->multikey);
	struct ordering o = {0};

	if (!sort || sort->n_metas || !collation_equal(sort->collator, ix->collator))
		return false;
	for (int i = 0; i < sort->n; i++) {
		const struct sort_field *f = &sort->fields[i];
		bool equal = is_equal_field(cand, n_equal, f->path.text);

		while (o.field < n_equal && !is_field(ix, o.field, f->path.text))
			o.field++;
		if (goes_on_by_id(p, cand, f, &o))
			break; /* no two have the same _id */
		if (o.field == ix->n_fields || !is_field(ix, o.field, f->path.text)) {
			if (equal && !multikey)
				continue;
			return false;
		}
		if (index_field_arrays(ix, multikey, o.field))
			return false;
		if (!equal &&
		    !take_direction(&o, ix->fields[o.field].descending, f->descending))
			return false;
		o.field++;
	}
	*reverse = o.direction < 0;
	return true;
}

bool plan_records_sort(const struct planning *p, bool *reverse)
{
	const struct sort_spec *sort = p->q->sort;

	if (!sort || sort->n_metas || sort->collator)
		return false;
	*reverse = sort->fields[0].descending;
	/* No two have the same _id: what follows in the sort does not count. */
	if (p->c->record_key == RECORD_KEY_ID)
		return view_equal(sort->fields[0].path.text, view_of_str("_id"));
	return p->c->record_key == RECORD_KEY_TIME && sort->n == 1 &&
	       view_equal(sort->fields[0].path.text, collection_time_field(p->c));
}
