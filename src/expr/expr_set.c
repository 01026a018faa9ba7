#include "bson/value_set.h"
#include "expr/expr_op.h"

static int add_all(
    const struct expression *e, struct expr_eval *ev, struct value array, struct value_set *s)
{
	struct doc_iter it = doc_iter(value_doc(array));
	struct element x;

	*s = (struct value_set){.collator = e->collator};
	while (doc_next(&it, &x))
		if (!value_set_add(s, x.value, ev->a))
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
	struct value_set s = {.collator = e->collator};
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
			if (!value_set_add(&s, x.value, ev->a))
				return expr_no_memory(ev->st);
	}
	return expr_make_array(ev, s.list, s.n, out);
}

/* What of s is in the array too; s is left with it. */
static int keep_common(
    const struct expression *e, struct expr_eval *ev, struct value_set *s, struct value array)
{
	struct value_set other, common = {.collator = e->collator};
	int r = add_all(e, ev, array, &other);

	for (int i = 0; r == 0 && i < s->n; i++)
		if (value_set_has(&other, s->list[i]) &&
		    !value_set_add(&common, s->list[i], ev->a))
			r = expr_no_memory(ev->st);
	*s = common;
	return r;
}

EXPR_EVAL(expr_eval_set_intersection)
{
	struct value_set s = {0};
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
	struct value_set left, right, rest = {.collator = e->collator};
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
		if (!value_set_has(&right, left.list[i]) &&
		    !value_set_add(&rest, left.list[i], ev->a))
			r = expr_no_memory(ev->st);
	return r ? r : expr_make_array(ev, rest.list, rest.n, out);
}

/* Both operands as sets; null is no array here. */
static bool is_subset(const struct value_set *a, const struct value_set *b)
{
	for (int i = 0; i < a->n; i++)
		if (!value_set_has(b, a->list[i]))
			return false;
	return true;
}

EXPR_EVAL(expr_eval_set_equals)
{
	struct value_set first, other;
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
	struct value_set left, right;
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
