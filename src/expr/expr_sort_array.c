#include "config.h"

#include <stdlib.h>

#include "expr/expr_op.h"
#include "expr/project.h"

/* ------------------------------------------------ $sortArray */

struct sort_array {
	bool descending; /* by the whole value, where spec is NULL */
	struct sort_spec *spec;
};

static int parse_sort_by(struct expr_parser *p, struct value by, struct expression *e)
{
	struct sort_array *s = arena_new(p->a, struct sort_array);
	int64_t n;
	int r;

	if (!s)
		return expr_no_memory(p->st);
	e->data = s;
	if (by.type == TYPE_OBJECT) {
		if (doc_is_empty(value_doc(by)))
			return status_set(
			    p->st, 2942505, "$sortArray: sortBy names at least one field");
		r = sort_parse(value_doc(by), p->o->collator, p->a, &s->spec, p->st);
		if (r == 15974 || r == 15975)
			r = status_set(p->st, 2942505,
			    "$sortArray: a field of sortBy is 1 or -1");
		return r;
	}
	if (!value_is_number(by))
		return status_set(p->st, 2942507,
		    "$sortArray: sortBy is a document, 1 or -1, and not %s", type_name(by.type));
	if (!value_to_i64(by, &n) || (n != 1 && n != -1))
		return status_set(p->st, 2942506, "$sortArray: sortBy is 1 or -1");
	s->descending = n < 0;
	return 0;
}

EXPR_PARSE(expr_parse_sort_array)
{
	static const struct expr_field fields[] = {
	    {"input", true, 2942502}, {"sortBy", true, 2942503}};
	struct value parts[2];
	struct expression *e = expr_new(p, op, 1);
	int r;

	if (!e)
		return expr_no_memory(p->st);
	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 2942500, "$sortArray takes a document, and not %s",
		    type_name(operand.type));
	r = expr_find_named(p, op, operand, fields, 2, 2942501, parts);
	if (r == 0)
		r = expr_parse(p, parts[0], &e->args[0]);
	if (r == 0)
		r = parse_sort_by(p, parts[1], e);
	*out = e;
	return r;
}

/* An element with what it is sorted by; place keeps equal ones in order. */
struct sorted {
	struct value v;
	struct view key;
	int place;
};

struct order {
	const struct sort_array *s;
	const struct collator *collator;
};

static int compare(const void *a, const void *b, void *arg)
{
	const struct sorted *x = a, *y = b;
	const struct order *o = arg;
	int c;

	if (o->s->spec)
		c = view_compare(x->key, y->key);
	else
		c = value_compare(x->v, y->v, o->collator);
	if (c == 0)
		return (x->place > y->place) - (x->place < y->place);
	return o->s->descending ? -c : c;
}

static int make_key(const struct sort_array *s, struct expr_eval *ev, struct sorted *x)
{
	struct buf key;

	if (!s->spec)
		return 0;
	buf_init(&key, ev->a->account);
	sort_key(s->spec, x->v.type == TYPE_OBJECT ? value_doc(x->v) : doc_empty, NULL, &key);
	x->key = key.failed ? view_of(NULL, 0) : arena_dup(ev->a, buf_view(&key));
	buf_clear(&key);
	return x->key.data ? 0 : expr_no_memory(ev->st);
}

EXPR_EVAL(expr_eval_sort_array)
{
	struct order o = {.s = e->data, .collator = e->collator};
	struct value array, *list;
	struct sorted *sorted;
	int n, r = expr_eval(e->args[0], ev, &array);

	*out = value_null;
	if (r || expr_is_nullish(array))
		return r;
	if (array.type != TYPE_ARRAY)
		return status_set(ev->st, 2942504, "$sortArray takes an array, and not %s",
		    type_name(array.type));
	r = expr_list(ev, array, &list, &n);
	sorted = arena_new_array(ev->a, (size_t)n + 1, struct sorted);
	if (r == 0 && !sorted)
		r = expr_no_memory(ev->st);
	for (int i = 0; r == 0 && i < n; i++) {
		sorted[i] = (struct sorted){.v = list[i], .place = i};
		r = make_key(o.s, ev, &sorted[i]);
	}
	if (r)
		return r;
	if (n)
		qsort_r(sorted, (size_t)n, sizeof(*sorted), compare, &o);
	for (int i = 0; i < n; i++)
		list[i] = sorted[i].v;
	return expr_make_array(ev, list, n, out);
}

/* ------------------------------------------------ the first, last, least, greatest n */

/* args: n, the input. */
EXPR_PARSE(expr_parse_n)
{
	static const struct expr_field fields[] = {{"n", true, 5787906}, {"input", true, 5787907}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, op->id == EXPR_MAX_N || op->id == EXPR_MIN_N ? 5787900 : 5787801,
		    "%s takes a document, and not %s", op->name, type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 2, 5787901, out);
}

static int eval_n(const struct expression *e, struct expr_eval *ev, int64_t *n)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, 5787902, "%s: n is a number, and not %s", e->op->name,
		    type_name(v.type));
	if (!value_to_i64(v, n))
		return status_set(
		    ev->st, 5787903, "%s: n is a whole number of 64 bits", e->op->name);
	if (*n <= 0)
		return status_set(ev->st, 5787908, "%s: n is greater than 0", e->op->name);
	return 0;
}

/* Null and missing do not count among the least and greatest. */
static int put_in_order(
    const struct expression *e, struct expr_eval *ev, struct value *list, int *n)
{
	struct sort_array by = {.descending = e->op->id == EXPR_MAX_N};
	struct order o = {.s = &by, .collator = e->collator};
	struct sorted *sorted = arena_new_array(ev->a, (size_t)*n + 1, struct sorted);
	int kept = 0;

	if (!sorted)
		return expr_no_memory(ev->st);
	for (int i = 0; i < *n; i++)
		if (!expr_is_nullish(list[i])) {
			sorted[kept] = (struct sorted){.v = list[i], .place = kept};
			kept++;
		}
	if (kept)
		qsort_r(sorted, (size_t)kept, sizeof(*sorted), compare, &o);
	for (int i = 0; i < kept; i++)
		list[i] = sorted[i].v;
	*n = kept;
	return 0;
}

/* op->id: which. */
EXPR_EVAL(expr_eval_n)
{
	struct value array, *list;
	int64_t wanted;
	int n, r = eval_n(e, ev, &wanted);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &array);
	if (r)
		return r;
	if (array.type != TYPE_ARRAY)
		return status_set(ev->st, 5788200, "%s: input is an array, and not %s",
		    e->op->name, type_name(array.type));
	r = expr_list(ev, array, &list, &n);
	if (r == 0 && (e->op->id == EXPR_MAX_N || e->op->id == EXPR_MIN_N))
		r = put_in_order(e, ev, list, &n);
	if (r)
		return r;
	if (e->op->id == EXPR_LAST_N && n > wanted)
		list += n - wanted;
	return expr_make_array(ev, list, (int)MIN_OF((int64_t)n, wanted), out);
}
