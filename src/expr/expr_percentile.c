/*
 * $percentile and $median: {input: ..., p: [...], method: "approximate"}.
 */
#include "expr/expr_op.h"
#include "expr/percentiles.h"
#include "util/digest.h"

enum {
	ERR_NOT_OBJECT = 7436200,
	ERR_OPTION_MISSING = 40414,
	ERR_OPTION_UNKNOWN = 40415,
};

/* args: the input; data: NULL for the median. */
static int parse_parts(
    struct expr_parser *p, const char *name, const struct value *parts, struct expression *e)
{
	struct percentiles *l = NULL;
	struct expression *list;
	int r = percentiles_check_method(name, parts[1], p->st);

	if (r == 0)
		r = expr_parse(p, parts[0], &e->args[0]);
	if (r || value_is_missing(parts[2]))
		return r;
	r = expr_parse(p, parts[2], &list);
	if (r == 0)
		r = expr_fold(p, list);
	if (r == 0)
		r = percentiles_parse(name, list, p->a, &l, p->st);
	e->data = l;
	return r;
}

/* op->id: 1 the median. */
EXPR_PARSE(expr_parse_percentile)
{
	static const struct expr_field fields[] = {{"input", true, ERR_OPTION_MISSING},
	    {"method", true, ERR_OPTION_MISSING}, {"p", true, ERR_OPTION_MISSING}};
	struct value parts[ARRAY_LEN(fields)] = {{0}};
	struct expression *e = expr_new(p, op, 1);
	int r;

	if (!e)
		return expr_no_memory(p->st);
	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, ERR_NOT_OBJECT, "%s takes a document, and not %s",
		    op->name, type_name(operand.type));
	r = expr_find_named(
	    p, op, operand, fields, (int)ARRAY_LEN(fields) - op->id, ERR_OPTION_UNKNOWN, parts);
	*out = e;
	return r ? r : parse_parts(p, op->name, parts, e);
}

/* The numbers of an array, or the one that there is. */
static void digest(struct value v, struct digest *d, struct arena *a)
{
	struct doc_iter it = doc_iter(v.type == TYPE_ARRAY ? value_doc(v) : doc_empty);
	struct element e;
	double x;

	if (value_to_double(v, &x))
		digest_add(d, x, a);
	while (doc_next(&it, &e))
		if (value_to_double(e.value, &x))
			digest_add(d, x, a);
	digest_sort(d);
}

static struct value percentile(const struct digest *d, double p, struct arena *a)
{
	double x;

	return digest_percentile(d, p, &x) ? value_make_double(a, x) : value_null;
}

EXPR_EVAL(expr_eval_percentile)
{
	const struct percentiles *l = e->data;
	struct value v, *list;
	struct digest d = {0};
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	digest(v, &d, ev->a);
	if (!l) {
		*out = percentile(&d, 0.5, ev->a);
		return arena_failed(ev->a) ? expr_no_memory(ev->st) : 0;
	}
	list = arena_new_array(ev->a, (size_t)l->n, struct value);
	for (int i = 0; list && i < l->n; i++)
		list[i] = percentile(&d, l->p[i], ev->a);
	return arena_failed(ev->a) ? expr_no_memory(ev->st)
				   : expr_make_array(ev, list, l->n, out);
}
