#include "index/bounds.h"

#include "bson/key_encode.h"
#include "expr/match_op.h"
#include "index/field_set.h"
#include "index/geo_keys.h"
#include "index/index_type.h"
#include "index/key_document.h"
#include "index/wildcard.h"

/* $elemMatch on documents: its predicates are met by one element of the array at the end
 * of these parts. */
struct group {
	const struct group *up; /* NULL: not inside another one */
	const struct filter *f;
	int parts;
};

/* A predicate on the field at hand. */
struct predicate {
	const struct group *group; /* NULL: the document itself has to meet it */
	const struct filter *f;
	struct field_set set;
	bool chosen;
};

/* What bounds a field. */
struct choice {
	const struct group *group;
	int field;
};

/* One call of index_bounds_make. */
struct making {
	struct interval_maker m;
	const struct index *ix;
	const struct filter *filter;
	uint64_t multikey;
	bool keys_readable; /* a key can be turned back into values */
	struct index_bounds *out;
	bool relies; /* on there being no more arrays */
	int n_most; /* predicates in the filter */
	struct predicate *predicates; /* on the field at hand */
	int n;
	struct choice *choices; /* of all fields so far */
	int n_choices;
	const struct filter **answered; /* by bounds, completely */
	int n_answered;
};

/* ------------------------------------------- the predicates on one field */

static void add_predicate(struct making *k, struct set_field *field, const struct group *group,
    const struct filter *f)
{
	struct predicate *p = &k->predicates[k->n];
	struct field_set (*set)(struct set_field *, const struct filter *) =
	    index_types[field->kind].set;

	*p = (struct predicate){
	    .group = group, .f = f, .set = set ? set(field, f) : field_set_make(field, f)};
	if (!intervals_are_all(&p->set.keys) || p->set.exact || p->set.there)
		k->n++;
}

static bool is_elem_match(const struct filter *f)
{
	const struct filter *child = f->data;

	return f->op && f->op->test == match_test_elem_match && child->on_documents;
}

/* Does the field's path, behind what has been skipped, begin so and go on? */
static bool goes_through(const struct set_field *field, const struct path *path)
{
	struct path head = *field->path;
	struct set_field begin = *field;

	if (field->path->n - field->skip <= path->n || path_has_places(field->path))
		return false;
	head.n = field->skip + path->n;
	begin.path = &head;
	return set_field_is(&begin, path);
}

/* Conjunctions nest no deeper than the parser lets them. */
static void gather(struct making *k, struct set_field *field, const struct group *group,
    const struct filter *f)
{
	if (f->kind == MATCH_AND) {
		for (int i = 0; i < f->n_children; i++)
			gather(k, field, group, f->children[i]);
	} else if (is_elem_match(f)) {
		struct set_field inner = *field;
		struct group *g;

		if (!goes_through(field, &f->path))
			return;
		g = arena_new(k->m.arena, struct group);
		k->m.failed |= !g;
		if (!g)
			return;
		inner.skip += f->path.n;
		g->up = group;
		g->f = f;
		g->parts = inner.skip;
		inner.arrays &= inner.skip > 63 ? 0 : UINT64_MAX << inner.skip;
		gather(k, &inner, g, f->data);
		field->relies |= inner.relies;
	} else {
		add_predicate(k, field, group, f);
	}
}

/* ------------------------------------- what may be said at the same time */

/* How many parts of the paths are gone through together by what is in both groups. */
static int parts_in_common(const struct group *a, const struct group *b)
{
	for (; a; a = a->up)
		for (const struct group *g = b; g; g = g->up)
			if (g->f == a->f)
				return a->parts;
	return 0;
}

static int parts_shared(const struct path *a, const struct path *b)
{
	int n = 0;

	while (n < a->n && n < b->n && a->parts[n].len == b->parts[n].len &&
	       memcmp(a->parts[n].name, b->parts[n].name, a->parts[n].len) == 0)
		n++;
	return n;
}

/* The bits of parts from to to - 1. */
static uint64_t parts_mask(int from, int to)
{
	uint64_t below_to = to > 63 ? UINT64_MAX : ((uint64_t)1 << to) - 1;

	return from > 63 ? 0 : below_to & (UINT64_MAX << from);
}

/*
 * Is there, whenever two predicates are met, one key that meets both?  Not where they
 * share an array, of which each may mean another element.
 */
static bool go_together(
    const struct making *k, int field, const struct group *a, const struct choice *b, bool all)
{
	const struct path *x = &k->ix->fields[field].path;
	const struct path *y = &k->ix->fields[b->field].path;
	uint64_t arrays = index_field_arrays(k->ix, k->multikey, field) &
			  index_field_arrays(k->ix, k->multikey, b->field);
	uint64_t shared = parts_mask(parts_in_common(a, b->group), parts_shared(x, y));

	return !((all ? UINT64_MAX : arrays) & shared);
}

static bool fits(struct making *k, int field, const struct group *group)
{
	bool always = true;

	for (int i = 0; i < k->n_choices; i++) {
		if (!go_together(k, field, group, &k->choices[i], false))
			return false;
		always &= go_together(k, field, group, &k->choices[i], true);
	}
	k->relies |= !always;
	return true;
}

/* The fewer values, the better; then what leaves more to say for other fields. */
static bool is_better(const struct predicate *a, const struct predicate *b)
{
	const struct intervals *x = &a->set.keys, *y = &b->set.keys;

	if (intervals_are_all(x) != intervals_are_all(y))
		return intervals_are_all(y);
	if (intervals_are_points(x) != intervals_are_points(y))
		return intervals_are_points(x);
	if (x->n != y->n)
		return x->n < y->n;
	return a->group && !b->group;
}

static void choose(struct making *k, int field, struct predicate *p)
{
	struct intervals *s = &k->out->fields[field];

	p->chosen = true;
	*s = intervals_intersect(&k->m, s, &p->set.keys);
	k->out->without_null |= p->set.there;
	k->choices[k->n_choices++] = (struct choice){p->group, field};
	if (p->set.exact && !p->group)
		k->answered[k->n_answered++] = p->f;
}

static void choose_best(struct making *k, int field)
{
	struct predicate *best = NULL;

	for (int i = 0; i < k->n; i++) {
		struct predicate *p = &k->predicates[i];

		if (fits(k, field, p->group) && (!best || is_better(p, best)))
			best = p;
	}
	if (best)
		choose(k, field, best);
}

static void bound_field(struct making *k, int field)
{
	const struct path *path = &k->ix->fields[field].path;
	struct set_field f = {
	    .ix = k->ix,
	    .maker = &k->m,
	    .path = path,
	    .kind = k->ix->fields[field].kind,
	    .arrays = index_field_arrays(k->ix, k->multikey, field),
	    .only_there = k->ix->sparse && k->ix->n_fields == 1,
	};

	k->out->fields[field] = intervals_all(&k->m);
	k->n = 0;
	gather(k, &f, NULL, k->filter);
	k->relies |= f.relies;
	choose_best(k, field);
	for (int i = 0; i < k->n && !k->m.failed; i++)
		if (!k->predicates[i].chosen && fits(k, field, k->predicates[i].group))
			choose(k, field, &k->predicates[i]);
}

/* ---------------------------------------------------- what is left to be asked */

static bool is_answered(const struct making *k, const struct filter *f)
{
	for (int i = 0; i < k->n_answered; i++)
		if (k->answered[i] == f)
			return true;
	return f->kind == MATCH_ALWAYS_TRUE;
}

/* Has a key this path's value, the only one that a document has there? */
static bool key_has(struct making *k, const struct path *path)
{
	for (int i = 0; i < k->ix->n_fields; i++) {
		const struct path *p = &k->ix->fields[i].path;

		if (view_equal(p->text, path->text))
			return index_field_has_values(k->ix, i) && !path_has_places(p) &&
			       !index_field_arrays(k->ix, k->multikey, i);
	}
	return false;
}

static bool is_asked_of_keys(struct making *k, const struct filter *f);

static bool are_asked_of_keys(struct making *k, const struct filter *f)
{
	for (int i = 0; i < f->n_children; i++)
		if (!is_asked_of_keys(k, f->children[i]))
			return false;
	return true;
}

/* Where the field is not there, the key has null: what can tell that apart needs the
 * document. */
static bool is_asked_of_keys(struct making *k, const struct filter *f)
{
	switch (f->kind) {
	case MATCH_AND:
	case MATCH_OR:
	case MATCH_NOR:
	case MATCH_NOT:
		return are_asked_of_keys(k, f);
	case MATCH_TYPE:
		return !(f->types & match_type_bit(TYPE_NULL)) && key_has(k, &f->path);
	case MATCH_OTHER:
		return f->path.n && !f->op->whole_array && key_has(k, &f->path);
	case MATCH_EQ:
	case MATCH_IN:
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
		return key_has(k, &f->path);
	default:
		return false;
	}
}

/* One part of what is left of the filter, as it grows. */
struct part {
	int n;
	const struct filter **v;
};

static void split(
    struct making *k, const struct filter *f, struct part *on_keys, struct part *rest)
{
	struct part *to = rest;

	if (f->kind == MATCH_AND) {
		for (int i = 0; i < f->n_children; i++)
			split(k, f->children[i], on_keys, rest);
		return;
	}
	if (is_answered(k, f))
		return;
	if (k->keys_readable && is_asked_of_keys(k, f)) {
		to = on_keys;
		k->relies = true;
	}
	to->v[to->n++] = f;
}

static const struct filter *join(struct making *k, const struct part *p)
{
	struct filter *all;

	if (p->n < 2)
		return p->n ? p->v[0] : NULL;
	all = arena_new(k->m.arena, struct filter);
	k->m.failed |= !all;
	if (!all)
		return NULL;
	all->kind = MATCH_AND;
	all->n_children = p->n;
	all->children = (struct filter **)p->v;
	return all;
}

static void leave_rest(struct making *k)
{
	struct part on_keys = {0}, rest = {0};

	on_keys.v = arena_new_array(k->m.arena, (size_t)k->n_most, const struct filter *);
	rest.v = arena_new_array(k->m.arena, (size_t)k->n_most, const struct filter *);
	k->m.failed |= !on_keys.v || !rest.v;
	if (k->m.failed)
		return;
	split(k, k->filter, &on_keys, &rest);
	k->out->on_keys = join(k, &on_keys);
	/* As it is, when all of it is left. */
	k->out->rest = !k->n_answered && !on_keys.n ? k->filter : join(k, &rest);
	if (k->out->rest && k->out->rest->kind == MATCH_ALWAYS_TRUE)
		k->out->rest = NULL;
}

/* ------------------------------------------------------------------ all fields */

static int count_predicates(const struct filter *f)
{
	int n = 0;

	if (is_elem_match(f))
		return count_predicates(f->data);
	if (f->kind != MATCH_AND)
		return 1;
	for (int i = 0; i < f->n_children; i++)
		n += count_predicates(f->children[i]);
	return n;
}

static void prepare(struct making *k)
{
	size_t n;

	k->n_most = count_predicates(k->filter) + 1;
	n = (size_t)k->n_most;
	k->predicates = arena_new_array(k->m.arena, n, struct predicate);
	k->choices = arena_new_array(k->m.arena, n * (size_t)k->ix->n_fields, struct choice);
	k->answered =
	    arena_new_array(k->m.arena, n * (size_t)k->ix->n_fields, const struct filter *);
	k->m.failed |= !k->predicates || !k->choices || !k->answered;
}

/* The path's field and the value's, of a shape: false: the filter says nothing of them. */
static bool bound_wildcard(struct making *k)
{
	struct index_bounds *b = k->out;
	bool there, all_below, exact;

	if (!wildcard_is_shape(k->ix)) {
		b->fields[k->ix->wildcard] = b->fields[k->ix->wildcard + 1] =
		    intervals_all(&k->m);
		b->several_paths = true;
		return k->ix->wildcard > 0;
	}
	b->without_null = false;
	bound_field(k, k->ix->wildcard + 1);
	there = b->without_null;
	if (!wildcard_bound(k->ix, &k->m, there, b, &all_below, &exact))
		return false;
	b->several_paths = all_below;
	if (!exact) {
		k->n_answered = 0;
		k->keys_readable = false;
	}
	b->n_equal += b->n_equal == k->ix->wildcard && !all_below;
	return true;
}

/* Without bounds on the first field the others do not make ranges. */
static void bound_fields(struct making *k)
{
	struct index_bounds *b = k->out;
	bool wildcard = k->ix->kind == INDEX_WILDCARD;

	for (int i = 0; i < k->ix->n_fields && !k->m.failed; i++) {
		if (wildcard && i == k->ix->wildcard) {
			if (!bound_wildcard(k)) {
				b->n_bounded = k->n_answered = 0;
				return;
			}
			b->n_bounded += wildcard_is_shape(k->ix);
			continue;
		}
		if (!wildcard || i != k->ix->wildcard + 1)
			bound_field(k, i);
		/* All keys of a sparse index may be a bound, too; places may be behind. */
		if (i == 0 && !index_is_geo(k->ix) && !(wildcard && wildcard_is_shape(k->ix)) &&
		    intervals_are_all(&b->fields[0]) && !(k->ix->sparse && b->without_null))
			break;
		b->n_bounded += i == 0 || !intervals_are_all(&b->fields[i]);
		if (b->n_equal == i && b->fields[i].n == 1 && b->fields[i].v[0].point)
			b->n_equal++;
	}
}

static int make(struct making *k, struct status *st)
{
	struct index_bounds *b = k->out;

	memset(b, 0, sizeof(*b));
	prepare(k);
	if (!k->m.failed)
		bound_fields(k);
	if (!k->m.failed && b->n_bounded)
		k->m.failed |= bounds_make_ranges(k->ix, &k->m, b) != 0;
	if (!k->m.failed)
		leave_rest(k);
	b->for_arrays = !k->relies;
	if (k->m.failed)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the bounds of an index");
	return 0;
}

int index_bounds_make(const struct index *ix, const struct filter *f, struct arena *a,
    struct index_bounds *out, struct status *st)
{
	struct making k = {
	    .ix = ix,
	    .filter = f,
	    .multikey = atomic_load(&ix->multikey),
	    .keys_readable = key_has_document(ix),
	    .out = out,
	};
	int r;

	interval_maker_init(&k.m, a, ix->collator);
	r = make(&k, st);
	interval_maker_clear(&k.m);
	return r;
}

int record_bounds_make(struct view field, const struct filter *f, struct arena *a,
    struct index_bounds *out, struct status *st)
{
	struct path_part part = {
	    .name = (const char *)field.data, .len = field.len, .index = -1};
	struct index id = {.n_fields = 1};
	struct making k = {.ix = &id, .filter = f, .out = out};
	int r;

	id.fields[0].path = (struct path){.text = field, .n = 1, .parts = &part};
	interval_maker_init(&k.m, a, NULL);
	r = make(&k, st);
	interval_maker_clear(&k.m);
	return r;
}

struct value filter_id_value(const struct filter *f, const struct collator *collator)
{
	static const struct value none = {.type = TYPE_EOD};

	if (f->kind == MATCH_EQ && view_equal(f->path.text, view_of_str("_id")) &&
	    f->value.type != TYPE_ARRAY && filter_same_order(f, collator))
		return f->value;
	for (int i = 0; f->kind == MATCH_AND && i < f->n_children; i++) {
		struct value v = filter_id_value(f->children[i], collator);

		if (!value_is_missing(v))
			return v;
	}
	return none;
}

/* ------------------------------------------------------------ min and max */

static int key_of_bound(struct interval_maker *m, const struct index *ix, struct view doc,
    const char *what, struct view *out, struct status *st)
{
	struct doc_iter names = doc_iter(ix->key_pattern), values;
	struct element name, e;

	*out = (struct view){NULL, 0};
	if (!doc.len || doc_is_empty(doc))
		return 0;
	values = doc_iter(doc);
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
	*out = arena_dup(m->arena, buf_view(&m->key));
	m->failed |= m->key.failed || arena_failed(m->arena);
	return 0;
}

int index_bounds_between(const struct index *ix, struct view min, struct view max,
    struct arena *a, struct index_bounds *out, struct status *st)
{
	struct interval_maker m;
	int r;

	memset(out, 0, sizeof(*out));
	interval_maker_init(&m, a, ix->collator);
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
	interval_maker_clear(&m);
	if (!r && m.failed)
		r = status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the bounds of an index");
	return r;
}
