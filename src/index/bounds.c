#include "index/bounds.h"

#include <stdlib.h>

#include "bson/key_encode.h"
#include "expr/collation.h"

/* A second field's points multiply the ranges; more than this it may not make. */
#define RANGES_MOST 4096

/* One call of index_bounds_make. */
struct making {
	struct arena *arena;
	const struct collator *collator; /* the index's */
	struct buf key;
	bool failed;
};

static struct view keep(struct making *m)
{
	struct view v = arena_dup(m->arena, buf_view(&m->key));

	m->failed |= m->key.failed || arena_failed(m->arena);
	buf_reset(&m->key);
	return v;
}

static struct view key_of(struct making *m, struct value v)
{
	buf_reset(&m->key);
	key_encode(&m->key, NULL, v, false, m->collator);
	return keep(m);
}

static struct view successor_of(struct making *m, struct view key)
{
	buf_reset(&m->key);
	if (!key_successor(&m->key, key))
		buf_append_byte(&m->key, KEY_AFTER_ALL); /* no key begins so */
	return keep(m);
}

/* ------------------------------------------------ the intervals of a leaf */

static void add_point(struct making *m, struct intervals *to, struct value v)
{
	struct interval *i = &to->v[to->n++];

	i->point = true;
	i->from = i->to = (struct bound){v, v.type, false};
	i->low = key_of(m, v);
	i->high = successor_of(m, i->low);
	if (v.type == TYPE_NULL)
		to->without_null = false;
}

/*
 * An array is equal to a whole array, of which the index has the elements: one
 * of those keys is that of the first element, or of an empty array undefined.
 * Or it is equal to an element that is an array.
 */
static void add_equal(struct making *m, struct intervals *to, struct value v)
{
	struct value first;

	add_point(m, to, v);
	if (v.type != TYPE_ARRAY)
		return;
	first = array_at(value_doc(v), 0);
	if (value_is_missing(first))
		first = (struct value){.type = TYPE_UNDEFINED, .data = doc_empty.data};
	add_point(m, to, first);
}

static int compare_intervals(const void *a, const void *b)
{
	return view_compare(
	    ((const struct interval *)a)->low, ((const struct interval *)b)->low);
}

static void sort_points(struct intervals *s)
{
	int kept = 0;

	qsort(s->v, (size_t)s->n, sizeof(*s->v), compare_intervals);
	for (int i = 0; i < s->n; i++)
		if (kept == 0 || !view_equal(s->v[kept - 1].low, s->v[i].low))
			s->v[kept++] = s->v[i];
	s->n = kept;
}

static bool points_of_leaf(struct making *m, const struct filter *f, struct intervals *out)
{
	int n = f->kind == MATCH_IN ? f->n_values : 1;
	const struct value *values = f->kind == MATCH_IN ? f->values : &f->value;

	/* An array gives two. */
	out->v = arena_new_array(m->arena, 2 * (size_t)n + 1, struct interval);
	if (!out->v) {
		m->failed = true;
		return false;
	}
	for (int i = 0; i < n; i++) {
		if (values[i].type == TYPE_UNDEFINED || value_is_missing(values[i]))
			return false;
		add_equal(m, out, values[i]);
	}
	sort_points(out);
	return true;
}

/* Ranges stay within the type of their operand.  Arrays are compared as wholes,
 * which the index does not have; MinKey and MaxKey range over all types. */
static bool range_of_leaf(struct making *m, const struct filter *f, struct intervals *out)
{
	struct interval *i = arena_new(m->arena, struct interval);
	uint8_t type = f->value.type;

	if (!i) {
		m->failed = true;
		return false;
	}
	out->n = 1;
	out->v = i;
	switch (type) {
	case TYPE_EOD:
	case TYPE_UNDEFINED:
	case TYPE_MIN_KEY:
	case TYPE_MAX_KEY:
	case TYPE_ARRAY:
		return false;
	case TYPE_NULL:
		out->n = 0;
		add_point(m, out, f->value);
		return true;
	default:
		break;
	}
	buf_reset(&m->key);
	key_type_low(&m->key, type, false);
	i->low = keep(m);
	key_type_high(&m->key, type, false);
	i->high = keep(m);
	i->from = i->to = (struct bound){.type = type};
	switch (f->kind) {
	case MATCH_LT:
		i->high = key_of(m, f->value);
		i->to = (struct bound){f->value, type, true};
		break;
	case MATCH_LTE:
		i->high = successor_of(m, key_of(m, f->value));
		i->to = (struct bound){f->value, type, false};
		break;
	case MATCH_GT:
		i->low = successor_of(m, key_of(m, f->value));
		i->from = (struct bound){f->value, type, true};
		break;
	default:
		i->low = key_of(m, f->value);
		i->from = (struct bound){f->value, type, false};
	}
	if (view_compare(i->low, i->high) >= 0)
		out->n = 0;
	return true;
}

/* Strings count also inside. */
static bool has_strings(struct value v)
{
	return v.type == TYPE_STRING || v.type == TYPE_SYMBOL || v.type == TYPE_OBJECT ||
	       v.type == TYPE_ARRAY;
}

/* Does the filter order its operands as the keys do that have this collator? */
static bool same_order(const struct filter *f, const struct collator *collator)
{
	if (collation_equal(f->collator, collator))
		return true;
	if (f->kind != MATCH_IN)
		return !has_strings(f->value);
	for (int i = 0; i < f->n_values; i++)
		if (has_strings(f->values[i]))
			return false;
	return true;
}

/* False: it says nothing about the field's keys. */
static bool leaf_intervals(struct making *m, const struct filter *f, struct intervals *out)
{
	*out = (struct intervals){.without_null = true};
	if (!same_order(f, m->collator))
		return false;
	switch (f->kind) {
	case MATCH_EQ:
	case MATCH_IN:
		return points_of_leaf(m, f, out);
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
		return range_of_leaf(m, f, out);
	default:
		return false;
	}
}

/* ------------------------------------------- all predicates on one field */

static void intersect(struct making *m, struct intervals *a, const struct intervals *b)
{
	struct intervals out = {.without_null = a->without_null || b->without_null};
	int i = 0, j = 0;

	out.v = arena_new_array(m->arena, (size_t)(a->n + b->n) + 1, struct interval);
	if (!out.v) {
		m->failed = true;
		return;
	}
	while (i < a->n && j < b->n) {
		const struct interval *x = &a->v[i], *y = &b->v[j];
		bool x_ends_first = view_compare(x->high, y->high) <= 0;
		bool x_begins_last = view_compare(x->low, y->low) >= 0;
		struct interval both = {
		    .low = x_begins_last ? x->low : y->low,
		    .high = x_ends_first ? x->high : y->high,
		    .point = x->point || y->point,
		    .from = x_begins_last ? x->from : y->from,
		    .to = x_ends_first ? x->to : y->to,
		};

		if (view_compare(both.low, both.high) < 0)
			out.v[out.n++] = both;
		if (x_ends_first)
			i++;
		else
			j++;
	}
	*a = out;
}

/* The fewer values, the better: a point, points, a range. */
static bool is_better(const struct intervals *a, const struct intervals *b)
{
	bool a_points = a->n == 0 || a->v[0].point, b_points = b->n == 0 || b->v[0].point;

	if (a_points != b_points)
		return a_points;
	return a->n < b->n;
}

/* What is known of one field. */
struct gathering {
	struct making *m;
	struct view path;
	bool multikey;
	bool any, several; /* how many predicates have been found */
	struct intervals result;
};

/*
 * Where a part is a place in an array ("a.0"), a filter also looks for a field
 * of that name in the elements, and null is met by one that has none.  The
 * index knows only what stands in that place.
 */
static bool null_has_no_key(const struct path *path)
{
	for (int i = 1; i < path->n; i++)
		if (path->parts[i].index >= 0)
			return true;
	return false;
}

static void add_leaf(struct gathering *g, const struct filter *f)
{
	struct intervals more;

	if (!view_equal(f->path.text, g->path) || !leaf_intervals(g->m, f, &more))
		return;
	if (!more.without_null && null_has_no_key(&f->path))
		return;
	g->several = g->any;
	if (!g->any)
		g->result = more;
	else if (!g->multikey)
		intersect(g->m, &g->result, &more);
	else if (is_better(&more, &g->result))
		g->result = more;
	g->any = true;
}

/* Conjunctions nest no deeper than the parser lets them. */
static void gather(struct gathering *g, const struct filter *f)
{
	if (f->kind != MATCH_AND) {
		add_leaf(g, f);
		return;
	}
	for (int i = 0; i < f->n_children; i++)
		gather(g, f->children[i]);
}

static bool field_intervals(struct making *m, const struct filter *f, struct view path,
    bool multikey, struct intervals *out, bool *intersected)
{
	struct gathering g = {.m = m, .path = path, .multikey = multikey};

	gather(&g, f);
	*out = g.result;
	*intersected = g.several && !multikey;
	return g.any;
}

/* -------------------------------------------------- from fields to ranges */

/* prefix and one field's bytes as the index has them. */
static struct view at_key(
    struct making *m, struct view prefix, struct view key, bool descending)
{
	buf_reset(&m->key);
	buf_append_view(&m->key, prefix);
	for (size_t i = 0; i < key.len; i++)
		buf_append_byte(&m->key, descending ? (uint8_t)~key.data[i] : key.data[i]);
	return keep(m);
}

/* What follows everything that begins so; empty: nothing does. */
static struct view after_key(
    struct making *m, struct view prefix, struct view key, bool descending)
{
	struct view at = at_key(m, prefix, key, descending);

	buf_reset(&m->key);
	return key_successor(&m->key, at) ? keep(m) : (struct view){NULL, 0};
}

/*
 * The range of keys that begin with prefix and whose next field is in i.  In a
 * descending field the order is turned round: what is below high are the keys
 * after all that begin with high's inverted bytes.
 */
static void add_range(struct making *m, struct index_bounds *out, struct view prefix,
    const struct interval *i, bool descending)
{
	struct key_range r;

	if (i->point) {
		r.lower = at_key(m, prefix, i->low, descending);
		r.upper = after_key(m, prefix, i->low, descending);
	} else if (descending) {
		r.lower = after_key(m, prefix, i->high, true);
		r.upper = after_key(m, prefix, i->low, true);
		if (!r.lower.len)
			return; /* there is nothing behind them */
	} else {
		r.lower = at_key(m, prefix, i->low, false);
		r.upper = at_key(m, prefix, i->high, false);
	}
	out->ranges[out->n++] = r;
}

/* All combinations of the fields' intervals, in key order; the fields before
 * the last are points. */
static void add_ranges(struct making *m, const struct index *ix, struct index_bounds *out,
    int field, struct view prefix)
{
	const struct intervals *s = &out->fields[field];
	bool descending = ix->fields[field].descending;

	for (int k = 0; k < s->n && !m->failed; k++) {
		const struct interval *i = &s->v[descending ? s->n - 1 - k : k];

		if (field == out->n_fields - 1)
			add_range(m, out, prefix, i, descending);
		else
			add_ranges(
			    m, ix, out, field + 1, at_key(m, prefix, i->low, descending));
	}
}

static bool are_points(const struct intervals *s)
{
	/* All are, or none is. */
	return s->n == 0 || s->v[0].point;
}

static bool same_first_part(const struct path *a, const struct path *b)
{
	return a->parts[0].len == b->parts[0].len &&
	       memcmp(a->parts[0].name, b->parts[0].name, a->parts[0].len) == 0;
}

/* Does field go through an array that an earlier one goes through as well? */
static bool shares_array(const struct index *ix, uint64_t multikey, int field)
{
	if (!index_field_arrays(ix, multikey, field))
		return false;
	for (int i = 0; i < field; i++)
		if (index_field_arrays(ix, multikey, i) &&
		    same_first_part(&ix->fields[i].path, &ix->fields[field].path))
			return true;
	return false;
}

/* Which fields are bounded, and how many ranges that makes. */
static int64_t bound_fields(
    struct making *m, const struct index *ix, const struct filter *f, struct index_bounds *out)
{
	uint64_t multikey = atomic_load(&ix->multikey);
	bool all_equal = true, intersected;
	int64_t n_ranges = 1;

	for (int i = 0; i < ix->n_fields && !m->failed; i++) {
		struct intervals *s = &out->fields[i];

		if (shares_array(ix, multikey, i) ||
		    !field_intervals(m, f, ix->fields[i].path.text,
			index_field_arrays(ix, multikey, i) != 0, s, &intersected))
			break;
		if (i > 0 && n_ranges * s->n > RANGES_MOST)
			break;
		n_ranges *= s->n;
		out->n_fields++;
		out->for_arrays &= !intersected && !shares_array(ix, UINT64_MAX, i);
		out->without_null |= s->without_null;
		all_equal &= s->n == 1 && s->v[0].point;
		out->n_equal += all_equal;
		if (!are_points(s))
			break;
	}
	return n_ranges;
}

int index_bounds_make(const struct index *ix, const struct filter *f, struct arena *a,
    struct index_bounds *out, struct status *st)
{
	struct making m = {.arena = a, .collator = ix->collator};
	int64_t n_ranges;

	memset(out, 0, sizeof(*out));
	out->for_arrays = true;
	buf_init(&m.key, a->account);
	n_ranges = bound_fields(&m, ix, f, out);
	if (out->n_fields && !m.failed) {
		out->ranges = arena_new_array(a, (size_t)n_ranges + 1, struct key_range);
		if (out->ranges)
			add_ranges(&m, ix, out, 0, (struct view){NULL, 0});
	}
	buf_clear(&m.key);
	if (m.failed || arena_failed(a))
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the bounds of an index");
	return 0;
}

int id_bounds_make(
    const struct filter *f, struct arena *a, struct index_bounds *out, struct status *st)
{
	struct path_part part = {.name = "_id", .len = 3, .index = -1};
	struct index id = {.n_fields = 1};

	id.fields[0].path = (struct path){.text = view_of_str("_id"), .n = 1, .parts = &part};
	return index_bounds_make(&id, f, a, out, st);
}

struct value filter_id_value(const struct filter *f, const struct collator *collator)
{
	static const struct value none = {.type = TYPE_EOD};

	if (f->kind == MATCH_EQ && view_equal(f->path.text, view_of_str("_id")) &&
	    f->value.type != TYPE_ARRAY && same_order(f, collator))
		return f->value;
	for (int i = 0; f->kind == MATCH_AND && i < f->n_children; i++) {
		struct value v = filter_id_value(f->children[i], collator);

		if (!value_is_missing(v))
			return v;
	}
	return none;
}

/* ------------------------------------------------------------ min and max */

static int key_of_bound(struct making *m, const struct index *ix, struct view doc,
    const char *what, struct view *out, struct status *st)
{
	struct doc_iter names = doc_iter(ix->key_pattern), values = doc_iter(doc);
	struct element name, e;

	*out = (struct view){NULL, 0};
	if (!doc.len || doc_is_empty(doc))
		return 0;
	buf_reset(&m->key);
	for (int i = 0; doc_next(&names, &name); i++) {
		if (!doc_next(&values, &e) || strcmp(e.name, name.name) != 0)
			return status_set(st, ERR_BAD_VALUE,
			    "%s must have the fields of the index '%s' in their order", what,
			    ix->name);
		key_encode(&m->key, NULL, e.value, ix->fields[i].descending, m->collator);
	}
	if (doc_next(&values, &e))
		return status_set(st, ERR_BAD_VALUE,
		    "%s has the field '%s', which '%s' has not", what, e.name, ix->name);
	*out = keep(m);
	return 0;
}

int index_bounds_between(const struct index *ix, struct view min, struct view max,
    struct arena *a, struct index_bounds *out, struct status *st)
{
	struct making m = {.arena = a, .collator = ix->collator};
	int r;

	memset(out, 0, sizeof(*out));
	buf_init(&m.key, a->account);
	out->ranges = arena_new(a, struct key_range);
	if (!out->ranges) {
		r = status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the bounds of an index");
	} else {
		out->n = 1;
		r = key_of_bound(&m, ix, min, "min", &out->ranges[0].lower, st);
		if (!r)
			r = key_of_bound(&m, ix, max, "max", &out->ranges[0].upper, st);
		if (out->ranges[0].upper.len &&
		    view_compare(out->ranges[0].lower, out->ranges[0].upper) >= 0)
			out->n = 0;
	}
	buf_clear(&m.key);
	if (!r && m.failed)
		r = status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the bounds of an index");
	return r;
}
