#include "expr/percentiles.h"

#include "expr/expr_op.h"

enum {
	ERR_P_NOT_CONSTANT = 7750300,
	ERR_P_NOT_ARRAY = 7750301,
	ERR_P_NOT_NUMBER = 7750302,
	ERR_P_OUT_OF_RANGE = 7750303,
};

int percentiles_check_method(const char *name, struct value v, struct status *st)
{
	if (v.type != TYPE_STRING)
		return status_set(st, ERR_TYPE_MISMATCH, "%s: method is a string, and not %s",
		    name, type_name(v.type));
	if (!view_equal(value_str(v), view_of_str("approximate")))
		return status_set(
		    st, ERR_BAD_VALUE, "%s: method can only be 'approximate'", name);
	return 0;
}

static int parse_one(const char *name, struct value v, double *out, struct status *st)
{
	if (!value_to_double(v, out))
		return status_set(st, ERR_P_NOT_NUMBER,
		    "%s: p is an array of numbers, and not of %s", name, type_name(v.type));
	if (*out >= 0 && *out <= 1)
		return 0;
	return status_set(st, ERR_P_OUT_OF_RANGE, "%s: p is between 0 and 1", name);
}

int percentiles_parse(const char *name, const struct expression *p, struct arena *a,
    struct percentiles **out, struct status *st)
{
	struct percentiles *l;
	struct doc_iter it;
	struct element e;
	struct value v;
	int r = 0;

	if (!expression_is_constant(p, &v))
		return status_set(st, ERR_P_NOT_CONSTANT, "%s: p is constant", name);
	if (v.type != TYPE_ARRAY || doc_is_empty(value_doc(v)))
		return status_set(
		    st, ERR_P_NOT_ARRAY, "%s: p is an array of at least one number", name);
	l = arena_calloc(a, 1, sizeof(*l) + (size_t)doc_count(value_doc(v)) * sizeof(l->p[0]));
	if (!l)
		return expr_no_memory(st);
	it = doc_iter(value_doc(v));
	while (r == 0 && doc_next(&it, &e))
		r = parse_one(name, e.value, &l->p[l->n++], st);
	*out = l;
	return r;
}
