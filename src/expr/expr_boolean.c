#include "expr/expr_op.h"

/* op->id of the comparisons: which results of the order are true. */
enum { LESS = 1, EQUAL = 2, GREATER = 4 };

static int order(const struct expression *e, struct expr_eval *ev, int *c)
{
	struct value x, y;
	int r = expr_eval(e->args[0], ev, &x);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &y);
	if (r == 0)
		*c = value_compare(x, y, e->collator);
	return r;
}

EXPR_EVAL(expr_eval_compare)
{
	int c, r = order(e, ev, &c);

	if (r)
		return r;
	*out = e->op->id & (c < 0 ? LESS : c == 0 ? EQUAL : GREATER) ? value_true : value_false;
	return 0;
}

EXPR_EVAL(expr_eval_cmp)
{
	int c, r = order(e, ev, &c);

	if (r)
		return r;
	*out = value_make_i32(ev->a, (c > 0) - (c < 0));
	return out->data ? 0 : expr_no_memory(ev->st);
}

/* Until an operand is what ends it. */
static int until(const struct expression *e, struct expr_eval *ev, bool end, struct value *out)
{
	for (int i = 0; i < e->n; i++) {
		struct value v;
		int r = expr_eval(e->args[i], ev, &v);

		if (r)
			return r;
		if (value_truthy(v) == end) {
			*out = end ? value_true : value_false;
			return 0;
		}
	}
	*out = end ? value_false : value_true;
	return 0;
}

EXPR_EVAL(expr_eval_and)
{
	return until(e, ev, false, out);
}

EXPR_EVAL(expr_eval_or)
{
	return until(e, ev, true, out);
}

EXPR_EVAL(expr_eval_not)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r == 0)
		*out = value_truthy(v) ? value_false : value_true;
	return r;
}

EXPR_PARSE(expr_parse_cond)
{
	static const struct expr_field fields[] = {
	    {"if", true, 17080}, {"then", true, 17081}, {"else", true, 17082}};
	struct doc_iter it;
	struct element x;
	struct expression *e;
	int r = 0;

	if (operand.type == TYPE_OBJECT)
		return expr_parse_named(p, op, operand, fields, 3, 17083, out);
	if (operand.type != TYPE_ARRAY || doc_count(value_doc(operand)) != 3)
		return status_set(p->st, 16020, "$cond takes three operands");
	e = expr_new(p, op, 3);
	if (!e)
		return expr_no_memory(p->st);
	it = doc_iter(value_doc(operand));
	for (int i = 0; r == 0 && doc_next(&it, &x); i++)
		r = expr_parse(p, x.value, &e->args[i]);
	*out = e;
	return r;
}

EXPR_EVAL(expr_eval_cond)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	return r ? r : expr_eval(e->args[value_truthy(v) ? 1 : 2], ev, out);
}

EXPR_EVAL(expr_eval_if_null)
{
	for (int i = 0; i < e->n; i++) {
		int r = expr_eval(e->args[i], ev, out);

		if (r || !expr_is_nullish(*out))
			return r;
	}
	return 0;
}

static int parse_let_parts(
    struct expr_parser *p, struct value operand, struct value *vars, struct value *in)
{
	struct doc_iter it;
	struct element x;

	*vars = *in = (struct value){0};
	if (operand.type != TYPE_OBJECT)
		return status_set(
		    p->st, 16874, "$let takes a document, and not %s", type_name(operand.type));
	it = doc_iter(value_doc(operand));
	while (doc_next(&it, &x)) {
		if (strcmp(x.name, "vars") == 0)
			*vars = x.value;
		else if (strcmp(x.name, "in") == 0)
			*in = x.value;
		else
			return status_set(p->st, 16875, "$let has no operand \"%s\"", x.name);
	}
	if (value_is_missing(*vars))
		return status_set(p->st, 16876, "$let needs its operand \"vars\"");
	if (value_is_missing(*in))
		return status_set(p->st, 16877, "$let needs its operand \"in\"");
	if (vars->type != TYPE_OBJECT)
		return status_set(p->st, vars->type == TYPE_ARRAY ? ERR_FAILED_TO_PARSE : 10065, "$let: vars is a document, and not %s",
		    type_name(vars->type));
	return 0;
}

/* args: the variables' values, then what they are for; the variables have the numbers
 * from e->variable on. */
EXPR_PARSE(expr_parse_let)
{
	struct expr_scope *scopes;
	const struct expr_scope *outer = p->scope;
	struct value vars, in;
	struct expression *e;
	struct doc_iter it;
	struct element x;
	int n, r = parse_let_parts(p, operand, &vars, &in);

	if (r)
		return r;
	n = doc_count(value_doc(vars));
	e = expr_new(p, op, n + 1);
	scopes = arena_new_array(p->a, (size_t)n + 1, struct expr_scope);
	if (!e || !scopes)
		return expr_no_memory(p->st);
	it = doc_iter(value_doc(vars));
	for (int i = 0; r == 0 && doc_next(&it, &x); i++) {
		scopes[i].name = view_of(x.name, x.name_len);
		r = expr_check_variable(p, scopes[i].name);
		if (r == 0)
			r = expr_parse(p, x.value, &e->args[i]);
	}
	if (r)
		return r;
	e->variable = VAR_LOCAL + p->next_id;
	for (int i = 0; i < n; i++) {
		scopes[i].id = VAR_LOCAL + p->next_id++;
		scopes[i].up = p->scope;
		p->scope = &scopes[i];
	}
	r = expr_parse(p, in, &e->args[n]);
	p->scope = outer;
	*out = e;
	return r;
}

EXPR_EVAL(expr_eval_let)
{
	const struct expr_binding *outer = ev->bindings, *newest = outer;
	int n = e->n - 1, r = 0;
	struct expr_binding *b = arena_new_array(ev->a, (size_t)n + 1, struct expr_binding);

	if (!b)
		return expr_no_memory(ev->st);
	for (int i = 0; r == 0 && i < n; i++) {
		b[i] = (struct expr_binding){.up = newest, .id = e->variable + i};
		r = expr_eval(e->args[i], ev, &b[i].value);
		newest = &b[i];
	}
	if (r)
		return r;
	ev->bindings = newest;
	r = expr_eval(e->args[n], ev, out);
	ev->bindings = outer;
	return r;
}
