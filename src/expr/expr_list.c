#include "expr/expr_scratch.h"

/* As many as take 100 MiB in MongoDB. */
#define RANGE_MAX (100 * 1024 * 1024 / 16)

static int not_an_array(
    const struct expression *e, struct expr_eval *ev, int code, struct value v)
{
	return status_set(
	    ev->st, code, "%s takes an array, and not %s", e->op->name, type_name(v.type));
}

/* ------------------------------------------------ $reduce */

/* args: the input, the first value, what makes the next; $$value is the variable, $$this
 * the one behind it. */
EXPR_PARSE(expr_parse_reduce)
{
	static const struct expr_field fields[] = {
	    {"input", true, 40077}, {"initialValue", true, 40078}, {"in", true, 40079}};
	struct expr_scope value = {.up = p->scope, .name = view_of_str("value")};
	struct expr_scope item = {.up = &value, .name = view_of_str("this")};
	struct value parts[3];
	struct expression *e = expr_new(p, op, 3);
	int r;

	if (!e)
		return expr_no_memory(p->st);
	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 40075, "$reduce takes a document, and not %s",
		    type_name(operand.type));
	r = expr_find_named(p, op, operand, fields, 3, 40076, parts);
	for (int i = 0; r == 0 && i < 2; i++)
		r = expr_parse(p, parts[i], &e->args[i]);
	if (r)
		return r;
	e->variable = value.id = VAR_LOCAL + p->next_id++;
	item.id = VAR_LOCAL + p->next_id++;
	p->scope = &item;
	r = expr_parse(p, parts[2], &e->args[2]);
	p->scope = value.up;
	*out = e;
	return r;
}

EXPR_EVAL(expr_eval_reduce)
{
	struct expr_binding value = {.up = ev->bindings, .id = e->variable};
	struct expr_binding item = {.up = &value, .id = e->variable + 1};
	struct expr_scratch scratch;
	struct value array;
	struct doc_iter it;
	struct element x;
	int r = expr_eval(e->args[0], ev, &array);

	*out = value_null;
	if (r || expr_is_nullish(array))
		return r;
	if (array.type != TYPE_ARRAY)
		return not_an_array(e, ev, 40080, array);
	r = expr_eval(e->args[1], ev, &value.value);
	it = doc_iter(value_doc(array));
	ev->bindings = &item;
	expr_scratch_begin(&scratch, ev);
	while (r == 0 && doc_next(&it, &x)) {
		item.value = x.value;
		r = expr_eval(e->args[2], ev, out);
		value.value = *out;
		if (r == 0)
			r = expr_scratch_keep(&scratch, ev, &value.value);
	}
	ev->bindings = value.up;
	*out = value.value;
	if (r == 0)
		r = expr_made(ev, value_dup(scratch.row, value.value), out);
	expr_scratch_end(&scratch, ev);
	return r;
}

/* ------------------------------------------------ places and ranges */

int expr_place(const struct expression *e, struct expr_eval *ev, int i, int64_t otherwise,
    int code, int64_t *out)
{
	struct value v;
	int r;

	*out = otherwise;
	if (i >= e->n)
		return 0;
	r = expr_eval(e->args[i], ev, &v);
	if (r)
		return r;
	if (!value_is_number(v) || !value_to_i64(v, out) || *out < INT32_MIN ||
	    *out > INT32_MAX)
		return status_set(ev->st, code,
		    "%s takes whole numbers of 32 bits as places", e->op->name);
	if (*out < 0)
		return status_set(
		    ev->st, code + 1, "%s takes no negative number as a place", e->op->name);
	return 0;
}

EXPR_EVAL(expr_eval_index_of_array)
{
	struct value array, v;
	struct doc_iter it;
	struct element x;
	int64_t from, to, i = 0;
	int r = expr_eval(e->args[0], ev, &array);

	*out = value_null;
	if (r || expr_is_nullish(array))
		return r;
	if (array.type != TYPE_ARRAY)
		return not_an_array(e, ev, 40090, array);
	r = expr_eval(e->args[1], ev, &v);
	if (r == 0)
		r = expr_place(e, ev, 2, 0, 9711600, &from);
	if (r == 0)
		r = expr_place(e, ev, 3, INT32_MAX, 9711600, &to);
	if (r)
		return r;
	it = doc_iter(value_doc(array));
	for (; i < to && doc_next(&it, &x); i++)
		if (i >= from && value_equal(x.value, v, e->collator))
			return expr_made(ev, value_make_i32(ev->a, (int32_t)i), out);
	return expr_made(ev, value_make_i32(ev->a, -1), out);
}

static int range_number(const struct expression *e, struct expr_eval *ev, int i, int64_t *out)
{
	static const char *const what[] = {"start", "end", "step"};
	struct value v;
	int r = expr_eval(e->args[i], ev, &v);

	if (r)
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, 34443 + 2 * i, "$range takes a number as its %s, and not %s",
		    what[i], type_name(v.type));
	if (!value_to_i64(v, out) || *out < INT32_MIN || *out > INT32_MAX)
		return status_set(ev->st, 34444 + 2 * i,
		    "$range takes a whole number of 32 bits as its %s", what[i]);
	return 0;
}

EXPR_EVAL(expr_eval_range)
{
	int64_t from, to, step = 1;
	struct builder b;
	struct buf buf;
	int r = range_number(e, ev, 0, &from);

	if (r == 0)
		r = range_number(e, ev, 1, &to);
	if (r == 0 && e->n > 2)
		r = range_number(e, ev, 2, &step);
	if (r == 0 && step == 0)
		r = status_set(ev->st, 34449, "$range takes a step other than 0");
	if (r == 0 && (to - from) / step > RANGE_MAX)
		r = status_set(ev->st, ERR_EXCEEDED_MEMORY_LIMIT,
		    "$range would make more than %d numbers", RANGE_MAX);
	if (r)
		return r;
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	for (; (step > 0 ? from < to : from > to) && !builder_failed(&b); from += step)
		builder_i32(&b, NULL, (int32_t)from);
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

/* ------------------------------------------------ $reverseArray and $zip */

int expr_list(struct expr_eval *ev, struct value array, struct value **out, int *n)
{
	struct doc_iter it = doc_iter(value_doc(array));
	struct element x;

	*n = 0;
	*out =
	    arena_new_array(ev->a, (size_t)doc_count(value_doc(array)) + 1, struct value);
	if (!*out)
		return expr_no_memory(ev->st);
	while (doc_next(&it, &x))
		(*out)[(*n)++] = x.value;
	return 0;
}

EXPR_EVAL(expr_eval_reverse_array)
{
	struct value array, *list;
	int n, r = expr_eval(e->args[0], ev, &array);

	*out = value_null;
	if (r || expr_is_nullish(array))
		return r;
	if (array.type != TYPE_ARRAY)
		return not_an_array(e, ev, 34435, array);
	r = expr_list(ev, array, &list, &n);
	for (int i = 0; r == 0 && i < n / 2; i++) {
		struct value v = list[i];

		list[i] = list[n - 1 - i];
		list[n - 1 - i] = v;
	}
	return r ? r : expr_make_array(ev, list, n, out);
}

struct zip_parts {
	struct value inputs, defaults;
	bool longest;
};

static int find_zip_parts(struct expr_parser *p, struct view doc, struct zip_parts *z)
{
	struct doc_iter it = doc_iter(doc);
	struct element x;

	while (doc_next(&it, &x)) {
		if (strcmp(x.name, "inputs") == 0) {
			z->inputs = x.value;
			if (x.value.type != TYPE_ARRAY)
				return status_set(p->st, 34461,
				    "$zip: inputs is an array, and not %s",
				    type_name(x.value.type));
		} else if (strcmp(x.name, "defaults") == 0) {
			z->defaults = x.value;
			if (x.value.type != TYPE_ARRAY)
				return status_set(p->st, 34462,
				    "$zip: defaults is an array, and not %s",
				    type_name(x.value.type));
		} else if (strcmp(x.name, "useLongestLength") == 0) {
			if (x.value.type != TYPE_BOOL)
				return status_set(p->st, 34463,
				    "$zip: useLongestLength is a bool, and not %s",
				    type_name(x.value.type));
			z->longest = value_bool(x.value);
		} else {
			return status_set(
			    p->st, 34464, "$zip has no operand \"%s\"", x.name);
		}
	}
	return 0;
}

static int parse_list(struct expr_parser *p, struct value list, struct expression **args)
{
	struct doc_iter it = doc_iter(value_doc(list));
	struct element x;
	int r = 0;

	for (int i = 0; r == 0 && doc_next(&it, &x); i++)
		r = expr_parse(p, x.value, &args[i]);
	return r;
}

/* args: n inputs, then n defaults or none (NULL); e->variable is not 0 for the longest length. */
EXPR_PARSE(expr_parse_zip)
{
	struct zip_parts z = {0};
	struct expression *e;
	int n, r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 34460, "$zip takes a document, and not %s",
		    type_name(operand.type));
	r = find_zip_parts(p, value_doc(operand), &z);
	if (r)
		return r;
	n = value_is_missing(z.inputs) ? 0 : doc_count(value_doc(z.inputs));
	if (n == 0)
		return status_set(p->st, 34465, "$zip needs at least one input");
	if (!value_is_missing(z.defaults) && !z.longest)
		return status_set(
		    p->st, 34466, "$zip: defaults are for useLongestLength: true");
	if (!value_is_missing(z.defaults) && doc_count(value_doc(z.defaults)) != n)
		return status_set(
		    p->st, 34467, "$zip needs as many defaults as there are inputs");
	e = expr_new(p, op, 2 * n);
	if (!e)
		return expr_no_memory(p->st);
	e->variable = z.longest;
	r = parse_list(p, z.inputs, e->args);
	if (r == 0 && !value_is_missing(z.defaults))
		r = parse_list(p, z.defaults, e->args + n);
	*out = e;
	return r;
}

/* Element i of each, or its default, as an array. */
static void put_row(struct builder *b, struct doc_iter *its, const struct value *defaults, int n)
{
	builder_array_begin(b, NULL);
	for (int k = 0; k < n; k++) {
		struct value v = defaults[k];
		struct element x;

		if (its[k].at && doc_next(&its[k], &x))
			v = x.value;
		builder_value(b, NULL, value_is_missing(v) ? value_null : v);
	}
	builder_array_end(b);
}

/* The inputs' iterators, and how many rows there are; *null when one is null. */
static int zip_inputs(const struct expression *e, struct expr_eval *ev, struct doc_iter *its,
    int *n_rows, bool *null)
{
	int n = e->n / 2;

	*n_rows = e->variable ? 0 : INT32_MAX;
	for (int i = 0; i < n; i++) {
		struct value v;
		int count, r = expr_eval(e->args[i], ev, &v);

		if (r)
			return r;
		if (expr_is_nullish(v)) {
			*null = true;
			continue;
		}
		if (v.type != TYPE_ARRAY)
			return not_an_array(e, ev, 34468, v);
		its[i] = doc_iter(value_doc(v));
		count = doc_count(value_doc(v));
		*n_rows = e->variable ? MAX_OF(*n_rows, count) : MIN_OF(*n_rows, count);
	}
	return 0;
}

EXPR_EVAL(expr_eval_zip)
{
	int n = e->n / 2, n_rows, r;
	struct doc_iter *its = arena_new_array(ev->a, (size_t)n, struct doc_iter);
	struct value *defaults = arena_new_array(ev->a, (size_t)n, struct value);
	struct builder b;
	struct buf buf;
	bool null = false;

	if (!its || !defaults)
		return expr_no_memory(ev->st);
	r = zip_inputs(e, ev, its, &n_rows, &null);
	for (int i = 0; r == 0 && i < n; i++)
		if (e->args[n + i])
			r = expr_eval(e->args[n + i], ev, &defaults[i]);
	*out = value_null;
	if (r || null)
		return r;
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	for (int i = 0; i < n_rows && !builder_failed(&b); i++)
		put_row(&b, its, defaults, n);
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}
