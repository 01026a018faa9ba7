#include "expr/expr_op.h"

enum {
	ERR_SWITCH_NOT_OBJECT = 40060,
	ERR_BRANCHES_NOT_ARRAY = 40061,
	ERR_BRANCH_NOT_OBJECT = 40062,
	ERR_BRANCH_UNKNOWN = 40063,
	ERR_BRANCH_NO_CASE = 40064,
	ERR_BRANCH_NO_THEN = 40065,
	ERR_SWITCH_NO_MATCH = 40066,
	ERR_SWITCH_UNKNOWN = 40067,
	ERR_SWITCH_NO_BRANCH = 40068,
};

static int parse_branch(
    struct expr_parser *p, struct value v, struct expression **test, struct expression **then)
{
	struct doc_iter it;
	struct element x;
	int r = 0;

	if (v.type != TYPE_OBJECT)
		return status_set(p->st, ERR_BRANCH_NOT_OBJECT,
		    "a branch of $switch is a document, and not %s", type_name(v.type));
	it = doc_iter(value_doc(v));
	while (r == 0 && doc_next(&it, &x)) {
		if (strcmp(x.name, "case") == 0)
			r = expr_parse(p, x.value, test);
		else if (strcmp(x.name, "then") == 0)
			r = expr_parse(p, x.value, then);
		else
			r = status_set(p->st, ERR_BRANCH_UNKNOWN,
			    "a branch of $switch has no field \"%s\"", x.name);
	}
	if (r)
		return r;
	if (!*test)
		return status_set(
		    p->st, ERR_BRANCH_NO_CASE, "a branch of $switch needs its \"case\"");
	if (!*then)
		return status_set(
		    p->st, ERR_BRANCH_NO_THEN, "a branch of $switch needs its \"then\"");
	return 0;
}

static int find_parts(
    struct expr_parser *p, struct view doc, struct value *branches, struct value *otherwise)
{
	struct doc_iter it = doc_iter(doc);
	struct element x;

	*branches = *otherwise = value_missing;
	while (doc_next(&it, &x)) {
		if (strcmp(x.name, "branches") == 0) {
			if (x.value.type != TYPE_ARRAY)
				return status_set(p->st, ERR_BRANCHES_NOT_ARRAY,
				    "$switch: branches is an array, and not %s",
				    type_name(x.value.type));
			*branches = x.value;
		} else if (strcmp(x.name, "default") == 0) {
			*otherwise = x.value;
		} else {
			return status_set(p->st, ERR_SWITCH_UNKNOWN,
			    "$switch has no operand \"%s\"", x.name);
		}
	}
	return 0;
}

/* args: case and then of each branch, and at the end the default, or NULL. */
EXPR_PARSE(expr_parse_switch)
{
	struct value branches, otherwise;
	struct expression *e;
	struct doc_iter it;
	struct element x;
	int n, r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, ERR_SWITCH_NOT_OBJECT,
		    "$switch takes a document, and not %s", type_name(operand.type));
	r = find_parts(p, value_doc(operand), &branches, &otherwise);
	if (r)
		return r;
	n = value_is_missing(branches) ? 0 : doc_count(value_doc(branches));
	if (n == 0)
		return status_set(
		    p->st, ERR_SWITCH_NO_BRANCH, "$switch needs at least one branch");
	e = expr_new(p, op, 2 * n + 1);
	if (!e)
		return expr_no_memory(p->st);
	it = doc_iter(value_doc(branches));
	for (int i = 0; r == 0 && doc_next(&it, &x); i++)
		r = parse_branch(p, x.value, &e->args[2 * i], &e->args[2 * i + 1]);
	if (r == 0 && !value_is_missing(otherwise))
		r = expr_parse(p, otherwise, &e->args[2 * n]);
	*out = e;
	return r;
}

EXPR_EVAL(expr_eval_switch)
{
	int last = e->n - 1;

	for (int i = 0; i < last; i += 2) {
		struct value v;
		int r = expr_eval(e->args[i], ev, &v);

		if (r)
			return r;
		if (value_truthy(v))
			return expr_eval(e->args[i + 1], ev, out);
	}
	if (e->args[last])
		return expr_eval(e->args[last], ev, out);
	return status_set(ev->st, ERR_SWITCH_NO_MATCH,
	    "no branch of a $switch matches, and it has no default");
}
