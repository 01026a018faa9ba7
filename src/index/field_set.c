#include "index/field_set.h"

#include "bson/builder.h"
#include "expr/collation.h"
#include "expr/match_op.h"
#include "index/value_set.h"

/*
 * The logical operators are the same for documents and for single values; only the
 * leaves differ.
 */
struct making {
	struct interval_maker *m;
	struct set_field *field; /* NULL: of a value */
};

static struct field_set make(struct making *k, const struct filter *f);

struct field_set field_set_all(struct interval_maker *m)
{
	return (struct field_set){.keys = intervals_all(m)};
}

bool set_field_is(const struct set_field *f, const struct path *path)
{
	if (path->n != f->path->n - f->skip)
		return false;
	for (int i = 0; i < path->n; i++) {
		const struct path_part *a = &f->path->parts[f->skip + i], *b = &path->parts[i];

		if (a->len != b->len || memcmp(a->name, b->name, a->len) != 0)
			return false;
	}
	return true;
}

bool path_has_places(const struct path *path)
{
	for (int i = 1; i < path->n; i++)
		if (path->parts[i].index >= 0)
			return true;
	return false;
}

/* Is there one key a document? */
static bool one_key(const struct making *k)
{
	return !k->field || !k->field->arrays;
}

/* Something was said that arrays would make untrue. */
static void relies(struct making *k)
{
	if (k->field)
		k->field->relies = true;
}

/* ------------------------------------------------------ the logical operators */

/* The fewer values, the better: a point, points, a range. */
static bool is_better(const struct field_set *a, const struct field_set *b)
{
	bool a_points = intervals_are_points(&a->keys),
	     b_points = intervals_are_points(&b->keys);

	if (intervals_are_all(&b->keys))
		return !intervals_are_all(&a->keys);
	if (intervals_are_all(&a->keys))
		return false;
	return a_points != b_points ? a_points : a->keys.n < b->keys.n;
}

static void add_and(struct making *k, struct field_set *all, const struct field_set *more)
{
	if (one_key(k)) {
		all->keys = intervals_intersect(k->m, &all->keys, &more->keys);
		relies(k);
	} else if (is_better(more, all)) {
		all->keys = more->keys;
	}
	all->exact &= more->exact && one_key(k);
	all->there |= more->there;
}

static struct field_set make_and(struct making *k, const struct filter *f)
{
	struct field_set all = field_set_all(k->m);

	all.exact = true;
	if (f->n_children == 1)
		return make(k, f->children[0]);
	for (int i = 0; i < f->n_children; i++) {
		struct field_set more = make(k, f->children[i]);

		add_and(k, &all, &more);
	}
	return all;
}

static struct field_set make_or(struct making *k, const struct filter *f)
{
	struct field_set any = {.keys = intervals_new(k->m, 0), .exact = true, .there = true};

	for (int i = 0; i < f->n_children; i++) {
		struct field_set more = make(k, f->children[i]);

		any.keys = intervals_unite(k->m, &any.keys, &more.keys);
		any.exact &= more.exact;
		any.there &= more.there;
	}
	return any;
}

/*
 * No key of a document that does not match is in an exact set, so all of them are in
 * its complement.
 */
static struct field_set make_not(struct making *k, const struct filter *child)
{
	struct field_set set = make(k, child);

	/* Of what has the field, null or not, the complement is what an index may leave out. */
	if (!set.exact || (set.there && intervals_hold(&set.keys, TYPE_NULL)))
		return field_set_all(k->m);
	set.keys = intervals_complement(k->m, &set.keys);
	set.there = !intervals_hold(&set.keys, TYPE_NULL);
	set.exact = one_key(k);
	if (set.exact)
		relies(k);
	return set;
}

static struct field_set make_nor(struct making *k, const struct filter *f)
{
	struct field_set all = field_set_all(k->m);

	all.exact = true;
	if (f->n_children == 1)
		return make_not(k, f->children[0]);
	for (int i = 0; i < f->n_children; i++) {
		struct field_set more = make_not(k, f->children[i]);

		add_and(k, &all, &more);
	}
	return all;
}

/* ------------------------------------------------------------------ leaves */

/* Strings count also inside. */
static bool has_strings(struct value v)
{
	return v.type == TYPE_STRING || v.type == TYPE_SYMBOL || v.type == TYPE_OBJECT ||
	       v.type == TYPE_ARRAY;
}

bool filter_same_order(const struct filter *f, const struct collator *collator)
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

static bool is_array(const struct filter *f)
{
	if (f->kind != MATCH_IN)
		return f->value.type == TYPE_ARRAY;
	for (int i = 0; i < f->n_values; i++)
		if (f->values[i].type == TYPE_ARRAY)
			return true;
	return false;
}

/* Does it look at an array at the path's end as a whole, and in the keys of its elements
 * that cannot be seen? */
static bool asks_whole_array(const struct filter *f)
{
	switch (f->kind) {
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
		/* MinKey and MaxKey are compared with all types. */
		return f->value.type == TYPE_ARRAY || f->value.type == TYPE_MIN_KEY ||
		       f->value.type == TYPE_MAX_KEY;
	case MATCH_TYPE:
		return f->types & match_type_bit(TYPE_ARRAY);
	default:
		return false;
	}
}

/*
 * An array is equal to a whole array, of which the index has the elements: one
 * of those keys is that of the first element, or of an empty array undefined.
 * Or it is equal to an element that is an array.
 */
static void add_first_element(struct making *k, struct intervals *to, struct value array)
{
	struct value first = array_at(value_doc(array), 0);

	if (value_is_missing(first))
		first = (struct value){.type = TYPE_UNDEFINED, .data = doc_empty.data};
	intervals_add_point(k->m, to, first);
}

static void add_first_elements(struct making *k, const struct filter *f, struct field_set *set)
{
	int n = f->kind == MATCH_IN ? f->n_values : 1;
	const struct value *values = f->kind == MATCH_IN ? f->values : &f->value;
	struct intervals both = intervals_new(k->m, set->keys.n + n);

	set->exact = false;
	if (k->m->failed)
		return;
	for (; both.n < set->keys.n; both.n++)
		both.v[both.n] = set->keys.v[both.n];
	for (int i = 0; i < n; i++)
		if (values[i].type == TYPE_ARRAY)
			add_first_element(k, &both, values[i]);
	intervals_sort(&both);
	set->keys = both;
}

/*
 * null stands for what is not there.  At a place in an array ("a.0") a filter also looks
 * for a field of that name in the elements, and null is met by one that has none: the
 * index knows only what stands in that place.
 */
static bool null_has_no_key(const struct set_field *f, const struct field_set *set)
{
	return intervals_hold(&set->keys, TYPE_NULL) && path_has_places(f->path);
}

/*
 * Keys that a document may have and yet not match: an empty array's undefined, the null
 * of elements that are no documents, those of an array that is itself a place in one.
 */
static bool arrays_blur(const struct set_field *f, const struct field_set *set, uint64_t arrays)
{
	uint64_t inner = f->path->n > 64 ? arrays : arrays & ~((uint64_t)1 << (f->path->n - 1));

	if (!arrays)
		return false;
	return path_has_places(f->path) || intervals_hold(&set->keys, TYPE_UNDEFINED) ||
	       (inner && intervals_hold(&set->keys, TYPE_NULL));
}

/* The null of a missing field is the null of a null field. */
static bool tells_null_from_missing(const struct filter *f)
{
	return f->kind == MATCH_EXISTS ||
	       (f->kind == MATCH_TYPE && (f->types & match_type_bit(TYPE_NULL)));
}

static struct field_set set_of_exists(struct making *k, const struct filter *f)
{
	struct field_set set = field_set_all(k->m);

	if (f->exists) {
		set.there = true;
		set.exact = k->field->only_there;
	} else {
		set.keys = intervals_point(k->m, value_null);
	}
	return set;
}

static struct field_set set_of_leaf(struct making *k, const struct filter *f)
{
	struct set_field *field = k->field;
	struct field_set set;

	if (f->kind == MATCH_EXISTS)
		return set_of_exists(k, f);
	set = value_set_make(k->m, f);
	if ((f->kind == MATCH_EQ || f->kind == MATCH_IN) && is_array(f) &&
	    !intervals_are_all(&set.keys))
		add_first_elements(k, f, &set);
	if (asks_whole_array(f)) {
		if (field->arrays) {
			set = field_set_all(k->m);
			set.there = f->kind == MATCH_TYPE;
			return set;
		}
		relies(k);
	}
	set.there = !intervals_hold(&set.keys, TYPE_NULL) || tells_null_from_missing(f);
	set.exact &= !tells_null_from_missing(f);
	if (arrays_blur(field, &set, field->arrays))
		set.exact = false;
	else if (set.exact && arrays_blur(field, &set, UINT64_MAX))
		relies(k);
	return null_has_no_key(field, &set) ? field_set_all(k->m) : set;
}

static bool is_elem_match(const struct filter *f)
{
	return f->op && f->op->test == match_test_elem_match;
}

/* One element has to meet all of it.  That there is an array at all is to be asked. */
static struct field_set set_of_elem_match(struct making *k, const struct filter *f)
{
	const struct filter *child = f->data;
	struct field_set set;

	if (child->on_documents)
		return field_set_all(k->m);
	set = field_set_of_value(k->m, child);
	set.exact = false;
	set.there = true;
	return set;
}

/*
 * $expr compares the field as it is, array or not, and without regard to types; what it
 * says of the field was noted when it was parsed.
 */
static struct field_set set_of_implied(struct making *k, const struct filter *f)
{
	struct set_field *field = k->field;
	struct field_set set = field_set_all(k->m);

	if (field->arrays || field->skip || path_has_places(field->path))
		return set;
	set = make(k, f->implied);
	relies(k);
	return set;
}

static struct field_set make_leaf(struct making *k, const struct filter *f)
{
	if (!k->field)
		return value_set_make(k->m, f);
	if (f->implied)
		return set_of_implied(k, f);
	if (!f->path.n || !set_field_is(k->field, &f->path))
		return field_set_all(k->m);
	if (is_elem_match(f))
		return set_of_elem_match(k, f);
	return set_of_leaf(k, f);
}

/* Logical operators nest no deeper than the parser lets them. */
static struct field_set make(struct making *k, const struct filter *f)
{
	struct field_set set = field_set_all(k->m);

	switch (f->kind) {
	case MATCH_AND:
		return make_and(k, f);
	case MATCH_OR:
		return make_or(k, f);
	case MATCH_NOT:
		return make_not(k, f->children[0]);
	case MATCH_NOR:
		return make_nor(k, f);
	case MATCH_ALWAYS_TRUE:
		set.exact = true;
		return set;
	case MATCH_ALWAYS_FALSE:
		set.keys.n = 0;
		set.exact = set.there = true;
		return set;
	default:
		return make_leaf(k, f);
	}
}

struct field_set field_set_make(struct set_field *f, const struct filter *filter)
{
	struct making k = {.m = f->maker, .field = f};

	return make(&k, filter);
}

struct field_set field_set_of_value(struct interval_maker *m, const struct filter *filter)
{
	struct making k = {.m = m};

	return make(&k, filter);
}
