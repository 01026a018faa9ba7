/*
 * What does not depend on the document is computed once, when an expression has
 * been parsed.  What fails then fails the parsing, as in MongoDB, even where no
 * document would come to it; but not what a constant before it makes unreachable.
 * Parsing stays cheap: what may cost more than its operands are long waits for the
 * documents.
 */
#include "expr/expr_op.h"

static bool is_constant(const struct expression *e)
{
	return e->op == &expr_constant_op;
}

static void set_constant(struct expression *e, struct value v)
{
	e->op = &expr_constant_op;
	e->n = 0;
	e->value = v;
}

static int compute(struct expr_parser *p, struct expression *e)
{
	struct expr_eval ev = {.root = doc_empty, .a = p->a, .st = p->st};
	struct value v;
	int r = expr_eval(e, &ev, &v);

	if (r == 0)
		set_constant(e, v);
	return r;
}

/* One that decides makes the whole a constant, wherever it stands. */
static int fold_until(struct expr_parser *p, struct expression *e, bool decides)
{
	bool all = true;

	for (int i = 0; i < e->n; i++) {
		int r = expr_fold(p, e->args[i]);

		if (r)
			return r;
		if (is_constant(e->args[i]) && value_truthy(e->args[i]->value) == decides) {
			set_constant(e, decides ? value_true : value_false);
			return 0;
		}
		all &= is_constant(e->args[i]);
	}
	return all ? compute(p, e) : 0;
}

static int fold_cond(struct expr_parser *p, struct expression *e)
{
	int r = expr_fold(p, e->args[0]);

	if (r)
		return r;
	if (is_constant(e->args[0])) {
		struct expression *chosen = e->args[value_truthy(e->args[0]->value) ? 1 : 2];

		r = expr_fold(p, chosen);
		*e = *chosen;
		return r;
	}
	r = expr_fold(p, e->args[1]);
	return r ? r : expr_fold(p, e->args[2]);
}

static bool is_never(const struct expression *test)
{
	return is_constant(test) && !value_truthy(test->value);
}

/* Branches that never match go; one that always does is the default. */
static int fold_switch(struct expr_parser *p, struct expression *e)
{
	struct expression *otherwise = e->args[e->n - 1];
	int n = 0, r = otherwise ? expr_fold(p, otherwise) : 0;

	for (int i = 0; r == 0 && i + 1 < e->n; i += 2) {
		struct expression *test = e->args[i], *then = e->args[i + 1];

		r = expr_fold(p, test);
		if (r || is_never(test))
			continue;
		r = expr_fold(p, then);
		if (is_constant(test)) {
			otherwise = then;
			break;
		}
		e->args[n++] = test;
		e->args[n++] = then;
	}
	if (r)
		return r;
	e->args[n] = otherwise;
	e->n = n + 1;
	if (n == 0 && !otherwise)
		return status_set(
		    p->st, 40069, "no branch of a $switch can match, and it has no default");
	if (n == 0)
		*e = *otherwise;
	return 0;
}

/* A constant that is no array has an error of its own. */
static int check_set_equals(struct expr_parser *p, const struct expression *e)
{
	for (int i = 0; i < e->n; i++)
		if (is_constant(e->args[i]) && e->args[i]->value.type != TYPE_ARRAY)
			return status_set(p->st, 5887502, "$setEquals takes arrays, and not %s",
			    type_name(e->args[i]->value.type));
	return 0;
}

int expr_fold(struct expr_parser *p, struct expression *e)
{
	bool all = true;
	int r = 0;

	if (e->op == &expr_path_op || is_constant(e))
		return 0;
	if (e->op->eval == expr_eval_and || e->op->eval == expr_eval_or)
		return fold_until(p, e, e->op->eval == expr_eval_or);
	if (e->op->eval == expr_eval_cond)
		return fold_cond(p, e);
	if (e->op->eval == expr_eval_switch)
		return fold_switch(p, e);
	for (int i = 0; i < e->n; i++) {
		r = e->args[i] ? expr_fold(p, e->args[i]) : 0;
		if (r)
			return r;
		all &= !e->args[i] || is_constant(e->args[i]);
	}
	r = e->op->eval == expr_eval_set_equals ? check_set_equals(p, e) : 0;
	if (r)
		return r;
	return all && !e->op->varies && !e->op->costly ? compute(p, e) : 0;
}
