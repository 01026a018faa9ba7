#include "bson/decimal.h"
#include "expr/expr_scratch.h"

EXPR_EVAL(expr_eval_size)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	if (v.type != TYPE_ARRAY)
		return status_set(
		    ev->st, 17124, "$size takes an array, and not %s", type_name(v.type));
	return expr_made(ev, value_make_i32(ev->a, doc_count(value_doc(v))), out);
}

/* The i-th, from the end when negative; missing outside. */
static struct value element_at(struct view array, int64_t i)
{
	if (i < 0)
		i += doc_count(array);
	return i < 0 ? value_missing : array_at(array, (size_t)i);
}

EXPR_EVAL(expr_eval_array_elem_at)
{
	struct value array, at;
	int64_t i;
	int r = expr_eval(e->args[0], ev, &array);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &at);
	*out = value_null;
	if (r || expr_is_nullish(array))
		return r;
	if (array.type != TYPE_ARRAY)
		return status_set(ev->st, 28689, "$arrayElemAt takes an array, and not %s",
		    type_name(array.type));
	if (expr_is_nullish(at))
		return 0;
	if (!value_is_number(at))
		return status_set(ev->st, 28690, "$arrayElemAt takes a number, and not %s",
		    type_name(at.type));
	if (!value_to_i64(at, &i) || i < INT32_MIN || i > INT32_MAX)
		return status_set(
		    ev->st, 28691, "$arrayElemAt takes a whole number of 32 bits");
	*out = element_at(value_doc(array), i);
	return 0;
}

/* op->id: the place. */
EXPR_EVAL(expr_eval_first_last)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_ARRAY)
		return status_set(ev->st, 28689, "%s takes an array, and not %s", e->op->name,
		    type_name(v.type));
	*out = element_at(value_doc(v), e->op->id);
	return 0;
}

EXPR_EVAL(expr_eval_in)
{
	struct value v, array;
	struct doc_iter it;
	struct element x;
	int r = expr_eval(e->args[0], ev, &v);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &array);
	if (r)
		return r;
	if (array.type != TYPE_ARRAY)
		return status_set(ev->st, 40081,
		    "$in takes an array as its second operand, and not %s",
		    type_name(array.type));
	*out = value_false;
	it = doc_iter(value_doc(array));
	while (doc_next(&it, &x))
		if (value_equal(v, x.value, e->collator)) {
			*out = value_true;
			break;
		}
	return 0;
}

EXPR_EVAL(expr_eval_is_array)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r == 0)
		*out = v.type == TYPE_ARRAY ? value_true : value_false;
	return r;
}

EXPR_EVAL(expr_eval_concat_arrays)
{
	struct value *values;
	struct builder b;
	struct buf buf;
	int r = expr_eval_args(e, ev, &values);

	for (int i = 0; r == 0 && i < e->n; i++) {
		if (expr_is_nullish(values[i])) {
			*out = value_null;
			return 0;
		}
		if (values[i].type != TYPE_ARRAY)
			return status_set(ev->st, 28664,
			    "$concatArrays takes arrays, and not %s",
			    type_name(values[i].type));
	}
	if (r)
		return r;
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	for (int i = 0; i < e->n; i++) {
		struct doc_iter it = doc_iter(value_doc(values[i]));
		struct element x;

		while (doc_next(&it, &x))
			builder_value(&b, NULL, x.value);
	}
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

static int slice_number(struct expr_eval *ev, struct value v, bool second, int64_t *out)
{
	if (!value_is_number(v))
		return status_set(ev->st, second ? 28725 : 28727,
		    "$slice takes numbers behind the array, and not %s", type_name(v.type));
	if (!value_to_i64(v, out) || *out < INT32_MIN || *out > INT32_MAX)
		return status_set(
		    ev->st, second ? 28726 : 28728, "$slice takes whole numbers of 32 bits");
	return 0;
}

/* {array, n}, or {array, where, n}. */
EXPR_EVAL(expr_eval_slice)
{
	struct value *v;
	struct doc_iter it;
	struct element x;
	struct builder b;
	struct buf buf;
	int64_t from, n, length, i = 0;
	int r = expr_eval_args(e, ev, &v);

	*out = value_null;
	for (int k = 0; r == 0 && k < e->n; k++)
		if (expr_is_nullish(v[k]))
			return 0;
	if (r)
		return r;
	if (v[0].type != TYPE_ARRAY)
		return status_set(ev->st, 28724, "$slice takes an array first, and not %s",
		    type_name(v[0].type));
	r = slice_number(ev, v[1], true, &from);
	if (r == 0 && e->n == 3)
		r = slice_number(ev, v[2], false, &n);
	if (r)
		return r;
	length = doc_count(value_doc(v[0]));
	if (e->n == 2) {
		n = from < 0 ? -from : from;
		from = MIN_OF(from, 0);
	} else if (n <= 0) {
		return status_set(ev->st, 28729, "$slice takes a third number greater than 0");
	}
	if (from < 0)
		from = MAX_OF(length + from, 0);
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	it = doc_iter(value_doc(v[0]));
	for (; doc_next(&it, &x) && i < from + n; i++)
		if (i >= from)
			builder_value(&b, NULL, x.value);
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

/* The operand of $map and $filter: fields of a document, each once. */
struct each_parts {
	struct value input, as, body, limit;
};

static int find_parts(struct expr_parser *p, const struct expr_op *op, struct value operand,
    const char *body, int code_unknown, struct each_parts *parts)
{
	struct doc_iter it = doc_iter(value_doc(operand));
	struct element x;

	*parts = (struct each_parts){0};
	while (doc_next(&it, &x)) {
		if (strcmp(x.name, "input") == 0)
			parts->input = x.value;
		else if (strcmp(x.name, "as") == 0)
			parts->as = x.value;
		else if (strcmp(x.name, body) == 0)
			parts->body = x.value;
		else if (strcmp(x.name, "limit") == 0 && strcmp(body, "cond") == 0)
			parts->limit = x.value;
		else
			return status_set(
			    p->st, code_unknown, "%s has no operand \"%s\"", op->name, x.name);
	}
	return 0;
}

/* args: the input, what is evaluated for each element, the limit or NULL. */
static int parse_each(struct expr_parser *p, const struct expr_op *op,
    const struct each_parts *parts, struct expression **out)
{
	struct view name = view_of_str("this");
	struct expression *e = expr_new(p, op, 3);
	int r;

	if (!e)
		return expr_no_memory(p->st);
	if (parts->as.type == TYPE_STRING)
		name = value_str(parts->as);
	else if (!value_is_missing(parts->as))
		return status_set(p->st, ERR_FAILED_TO_PARSE, "%s: as is a string", op->name);
	r = expr_check_variable(p, name);
	if (r == 0)
		r = expr_parse(p, parts->input, &e->args[0]);
	if (r == 0)
		r = expr_parse_with(p, name, &e->variable, parts->body, &e->args[1]);
	if (r == 0 && !value_is_missing(parts->limit))
		r = expr_parse(p, parts->limit, &e->args[2]);
	*out = e;
	return r;
}

EXPR_PARSE(expr_parse_map)
{
	struct each_parts parts;
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 16878, "$map takes a document");
	r = find_parts(p, op, operand, "in", 16879, &parts);
	if (r)
		return r;
	if (value_is_missing(parts.input))
		return status_set(p->st, 16880, "$map needs its operand \"input\"");
	if (value_is_missing(parts.body))
		return status_set(p->st, 16882, "$map needs its operand \"in\"");
	return parse_each(p, op, &parts, out);
}

EXPR_PARSE(expr_parse_filter)
{
	struct each_parts parts;
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 28646, "$filter takes a document");
	r = find_parts(p, op, operand, "cond", 28647, &parts);
	if (r)
		return r;
	if (value_is_missing(parts.input))
		return status_set(p->st, 28648, "$filter needs its operand \"input\"");
	if (value_is_missing(parts.body))
		return status_set(p->st, 28650, "$filter needs its operand \"cond\"");
	return parse_each(p, op, &parts, out);
}

/* The input as an array; *null when there is none. */
static int each_input(
    const struct expression *e, struct expr_eval *ev, int code, struct value *array, bool *null)
{
	int r = expr_eval(e->args[0], ev, array);

	*null = r == 0 && expr_is_nullish(*array);
	if (r || *null || array->type == TYPE_ARRAY)
		return r;
	return status_set(ev->st, code, "%s: input is an array, and not %s", e->op->name,
	    type_name(array->type));
}

static int with_element(
    const struct expression *e, struct expr_eval *ev, struct value element, struct value *out)
{
	struct expr_binding b = {.up = ev->bindings, .id = e->variable, .value = element};
	int r;

	ev->bindings = &b;
	r = expr_eval(e->args[1], ev, out);
	ev->bindings = b.up;
	return r;
}

EXPR_EVAL(expr_eval_map)
{
	struct expr_scratch scratch;
	struct value array, v;
	struct doc_iter it;
	struct element x;
	struct builder b;
	struct buf buf;
	bool null;
	int r = each_input(e, ev, 16883, &array, &null);

	*out = value_null;
	if (r || null)
		return r;
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	expr_scratch_begin(&scratch, ev);
	it = doc_iter(value_doc(array));
	while (r == 0 && !builder_failed(&b) && doc_next(&it, &x)) {
		r = with_element(e, ev, x.value, &v);
		if (r == 0)
			builder_value(&b, NULL, value_is_missing(v) ? value_null : v);
		expr_scratch_forget(&scratch);
	}
	expr_scratch_end(&scratch, ev);
	if (r == 0)
		return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
	buf_clear(&buf);
	return r;
}

static int filter_limit(const struct expression *e, struct expr_eval *ev, int64_t *limit)
{
	struct value v;
	int r;

	*limit = INT64_MAX;
	if (!e->args[2])
		return 0;
	r = expr_eval(e->args[2], ev, &v);
	if (r || expr_is_nullish(v))
		return r;
	if (!value_to_i64(v, limit) || *limit > INT32_MAX)
		return status_set(
		    ev->st, 327391, "$filter: limit is a whole number of 32 bits");
	if (*limit < 1)
		return status_set(ev->st, 327392, "$filter: limit is greater than 0");
	return 0;
}

EXPR_EVAL(expr_eval_filter)
{
	struct expr_scratch scratch;
	struct value array, v;
	struct doc_iter it;
	struct element x;
	struct builder b;
	struct buf buf;
	int64_t left;
	bool null;
	int r = each_input(e, ev, 28651, &array, &null);

	if (r == 0 && !null)
		r = filter_limit(e, ev, &left);
	*out = value_null;
	if (r || null)
		return r;
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	expr_scratch_begin(&scratch, ev);
	it = doc_iter(value_doc(array));
	while (r == 0 && left > 0 && doc_next(&it, &x)) {
		r = with_element(e, ev, x.value, &v);
		if (r == 0 && value_truthy(v)) {
			builder_value(&b, NULL, x.value);
			left--;
		}
		expr_scratch_forget(&scratch);
	}
	expr_scratch_end(&scratch, ev);
	if (r == 0)
		return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
	buf_clear(&buf);
	return r;
}

EXPR_EVAL(expr_eval_type)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	return r ? r : expr_made(ev, value_make_str(ev->a, view_of_str(type_name(v.type))), out);
}
