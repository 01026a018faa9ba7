#include "expr/expr_op.h"

/*
 * Sets of values in the row's arena: a hash table of places in the order in
 * which they came, which is that of the results.
 */
struct values {
	struct value *list;
	int n, capacity;
	int *slots; /* place + 1; 0: free */
	size_t n_slots; /* a power of two */
	const struct collator *collator;
	struct arena *a;
};

static int *find_slot(const struct values *s, struct value v)
{
	size_t i = value_hash(v, s->collator);

	for (;; i++) {
		int *slot = &s->slots[i & (s->n_slots - 1)];

		if (!*slot || value_equal(s->list[*slot - 1], v, s->collator))
			return slot;
	}
}

static bool has(const struct values *s, struct value v)
{
	return s->n && *find_slot(s, v);
}

static bool grow(struct values *s)
{
	int capacity = s->capacity ? 2 * s->capacity : 16;
	struct value *list = arena_new_array(s->a, (size_t)capacity, struct value);

	s->n_slots = 2 * (size_t)capacity;
	s->slots = arena_new_array(s->a, s->n_slots, int);
	if (!list || !s->slots)
		return false;
	if (s->n)
		memcpy(list, s->list, (size_t)s->n * sizeof(*list));
	s->list = list;
	s->capacity = capacity;
	for (int i = 0; i < s->n; i++)
		*find_slot(s, list[i]) = i + 1;
	return true;
}

/* False without memory. */
static bool add(struct values *s, struct value v)
{
	int *slot;

	if (s->n == s->capacity && !grow(s))
		return false;
	slot = find_slot(s, v);
	if (!*slot) {
		s->list[s->n] = v;
		*slot = ++s->n;
	}
	return true;
}

static int add_all(
    const struct expression *e, struct expr_eval *ev, struct value array, struct values *s)
{
	struct doc_iter it = doc_iter(value_doc(array));
	struct element x;

	*s = (struct values){.collator = e->collator, .a = ev->a};
	while (doc_next(&it, &x))
		if (!add(s, x.value))
			return expr_no_memory(ev->st);
	return 0;
}

static int not_an_array(
    const struct expression *e, struct expr_eval *ev, int code, struct value v)
{
	return status_set(
	    ev->st, code, "%s takes arrays, and not %s", e->op->name, type_name(v.type));
}

/* All operands.  One that is null makes the result null (*null). */
static int eval_arrays(
    const struct expression *e, struct expr_eval *ev, int code, struct value **out, bool *null)
{
	int r = expr_eval_args(e, ev, out);

	*null = false;
	for (int k = 0; r == 0 && k < 2 * e->n; k++) {
		int i = k % e->n;

		/* As MongoDB, which moves constants behind the others. */
		if ((e->args[i]->op == &expr_constant_op) != (k >= e->n))
			continue;
		*null = expr_is_nullish((*out)[i]);
		if (*null)
			return 0;
		if ((*out)[i].type != TYPE_ARRAY)
			return not_an_array(e, ev, code, (*out)[i]);
	}
	return r;
}

EXPR_EVAL(expr_eval_set_union)
{
	struct values s = {.collator = e->collator, .a = ev->a};
	struct value *v;
	bool null;
	int r = eval_arrays(e, ev, 17043, &v, &null);

	*out = value_null;
	if (r || null)
		return r;
	for (int i = 0; i < e->n; i++) {
		struct doc_iter it = doc_iter(value_doc(v[i]));
		struct element x;

		while (doc_next(&it, &x))
			if (!add(&s, x.value))
				return expr_no_memory(ev->st);
	}
	return expr_make_array(ev, s.list, s.n, out);
}

/* What of s is in the array too; s is left with it. */
static int keep_common(
    const struct expression *e, struct expr_eval *ev, struct values *s, struct value array)
{
	struct values other, common = {.collator = e->collator, .a = ev->a};
	int r = add_all(e, ev, array, &other);

	for (int i = 0; r == 0 && i < s->n; i++)
		if (has(&other, s->list[i]) && !add(&common, s->list[i]))
			r = expr_no_memory(ev->st);
	*s = common;
	return r;
}

EXPR_EVAL(expr_eval_set_intersection)
{
	struct values s = {0};
	struct value *v;
	bool null;
	int r = eval_arrays(e, ev, 17047, &v, &null);

	*out = value_null;
	if (r || null)
		return r;
	if (e->n)
		r = add_all(e, ev, v[0], &s);
	for (int i = 1; r == 0 && i < e->n; i++)
		r = keep_common(e, ev, &s, v[i]);
	return r ? r : expr_make_array(ev, s.list, s.n, out);
}

EXPR_EVAL(expr_eval_set_difference)
{
	struct values left, right, rest = {.collator = e->collator, .a = ev->a};
	struct value *v;
	int r = expr_eval_args(e, ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v[0]) || expr_is_nullish(v[1]))
		return r;
	for (int i = 0; i < 2; i++)
		if (v[i].type != TYPE_ARRAY)
			return not_an_array(e, ev, 17048 + i, v[i]);
	r = add_all(e, ev, v[0], &left);
	if (r == 0)
		r = add_all(e, ev, v[1], &right);
	for (int i = 0; r == 0 && i < left.n; i++)
		if (!has(&right, left.list[i]) && !add(&rest, left.list[i]))
			r = expr_no_memory(ev->st);
	return r ? r : expr_make_array(ev, rest.list, rest.n, out);
}

/* Both operands as sets; null is no array here. */
static bool is_subset(const struct values *a, const struct values *b)
{
	for (int i = 0; i < a->n; i++)
		if (!has(b, a->list[i]))
			return false;
	return true;
}

EXPR_EVAL(expr_eval_set_equals)
{
	struct values first, other;
	struct value *v;
	int r = expr_eval_args(e, ev, &v);
	bool equal = true;

	for (int i = 0; r == 0 && i < e->n; i++)
		if (v[i].type != TYPE_ARRAY)
			return not_an_array(e, ev, 17044, v[i]);
	if (r == 0)
		r = add_all(e, ev, v[0], &first);
	for (int i = 1; r == 0 && equal && i < e->n; i++) {
		r = add_all(e, ev, v[i], &other);
		equal = first.n == other.n && is_subset(&first, &other);
	}
	*out = equal ? value_true : value_false;
	return r;
}

EXPR_EVAL(expr_eval_set_is_subset)
{
	struct values left, right;
	struct value *v;
	int r = expr_eval_args(e, ev, &v);

	if (r)
		return r;
	if (v[0].type != TYPE_ARRAY)
		return not_an_array(e, ev, 17046, v[0]);
	if (v[1].type != TYPE_ARRAY)
		return not_an_array(e, ev, 17042, v[1]);
	r = add_all(e, ev, v[0], &left);
	if (r == 0)
		r = add_all(e, ev, v[1], &right);
	if (r == 0)
		*out = is_subset(&left, &right) ? value_true : value_false;
	return r;
}

/* op->id: the truth of an element that decides. */
EXPR_EVAL(expr_eval_elements_true)
{
	bool decides = e->op->id;
	struct doc_iter it;
	struct element x;
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	if (v.type != TYPE_ARRAY)
		return not_an_array(e, ev, decides ? 17041 : 17040, v);
	*out = decides ? value_false : value_true;
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &x))
		if (value_truthy(x.value) == decides) {
			*out = decides ? value_true : value_false;
			break;
		}
	return 0;
}
