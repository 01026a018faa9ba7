#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "bson/decimal.h"
#include "expr/match_op.h"

static bool is_nan(struct value v)
{
	if (v.type == TYPE_DOUBLE)
		return isnan(read_double(v.data));
	return v.type == TYPE_DECIMAL128 && decimal_is_nan(decimal_read(v.data));
}

/* null stands for a field that is not there, and for nothing else. */
static bool equals(const struct filter *f, struct value v)
{
	if (value_is_missing(v))
		return f->value.type == TYPE_NULL;
	return type_rank(v.type) == type_rank(f->value.type) &&
	       value_equal(v, f->value, f->collator);
}

/*
 * A range meets values of its operand's own type rank; only MinKey and MaxKey
 * are bounds for all types.  NaN is below every number in the total order, but
 * in no range save the ones that hold itself.
 */
static bool in_range(const struct filter *f, struct value v)
{
	bool bound = f->value.type == TYPE_MIN_KEY || f->value.type == TYPE_MAX_KEY;
	int c;

	if (value_is_missing(v)) {
		if (!bound && f->value.type != TYPE_NULL)
			return false;
		v = (struct value){.type = TYPE_NULL};
	}
	if (!bound && type_rank(v.type) != type_rank(f->value.type))
		return false;
	if (!bound && is_nan(v) != is_nan(f->value))
		return false;
	c = value_compare(v, f->value, f->collator);
	switch (f->kind) {
	case MATCH_LT:
		return c < 0;
	case MATCH_LTE:
		return c <= 0;
	case MATCH_GT:
		return c > 0;
	default:
		return c >= 0;
	}
}

static bool is_in(const struct filter *f, struct value v)
{
	int low = 0, high = f->n_values;

	if (value_is_missing(v))
		v = (struct value){.type = TYPE_NULL};
	while (low < high) {
		int middle = low + (high - low) / 2;
		int c = value_compare(v, f->values[middle], f->collator);

		if (c == 0)
			return true;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool match_compare_test(const struct filter *f, struct value v)
{
	if (f->kind == MATCH_EQ)
		return equals(f, v);
	if (f->kind == MATCH_IN)
		return is_in(f, v);
	return in_range(f, v);
}

int filter_parse_eq(
    struct filter_parser *p, const struct path *path, struct value v, struct filter **out)
{
	struct filter *f;

	if (v.type == TYPE_UNDEFINED)
		return status_set(p->st, ERR_BAD_VALUE, "nothing can be compared to undefined");
	f = filter_new(p, MATCH_EQ, NULL, path);
	if (!f)
		return filter_no_memory(p);
	f->value = v;
	*out = f;
	return 0;
}

MATCH_PARSER(match_parse_eq)
{
	return filter_parse_eq(p, path, operand, out);
}

static int refuse_regex(
    struct filter_parser *p, const struct match_op *op, struct value operand)
{
	if (operand.type == TYPE_REGEX)
		return status_set(
		    p->st, ERR_BAD_VALUE, "%s takes no regular expression", op->name);
	if (operand.type == TYPE_UNDEFINED)
		return status_set(p->st, ERR_BAD_VALUE, "nothing can be compared to undefined");
	return 0;
}

MATCH_PARSER(match_parse_ne)
{
	struct filter *child = NULL;
	int r = refuse_regex(p, op, operand);

	if (r == 0)
		r = filter_parse_eq(p, path, operand, &child);
	return r ? r : filter_wrap_not(p, path, child, out);
}

MATCH_PARSER(match_parse_range)
{
	struct filter *f;
	int r = refuse_regex(p, op, operand);

	if (r)
		return r;
	f = filter_new(p, op->kind, NULL, path);
	if (!f)
		return filter_no_memory(p);
	f->value = operand;
	*out = f;
	return 0;
}

static int compare_values(const void *a, const void *b, void *collator)
{
	return value_compare(*(const struct value *)a, *(const struct value *)b, collator);
}

/* Sorted for the binary search, each value once. */
static void sort_values(struct filter *f)
{
	int n = 0;

	qsort_r(f->values, (size_t)f->n_values, sizeof(f->values[0]), compare_values,
	    (void *)(uintptr_t)f->collator);
	for (int i = 0; i < f->n_values; i++)
		if (i == 0 || value_compare(f->values[i], f->values[n - 1], f->collator) != 0)
			f->values[n++] = f->values[i];
	f->n_values = n;
}

/* The regular expressions of an $in: any of them may match instead. */
static int add_regexes(
    struct filter_parser *p, const struct path *path, struct view list, struct filter *any)
{
	struct doc_iter it = doc_iter(list);
	struct element e;

	while (doc_next(&it, &e)) {
		int r;

		if (e.value.type != TYPE_REGEX)
			continue;
		r = filter_parse_regex_value(p, path, e.value, &any->children[any->n_children]);
		if (r)
			return r;
		any->n_children++;
	}
	return 0;
}

/* Copies what is no regular expression; counts what is. */
static int collect_values(struct filter_parser *p, const struct match_op *op, struct view list,
    struct filter *f, int *n_regexes)
{
	struct doc_iter it = doc_iter(list);
	struct element e;

	while (doc_next(&it, &e)) {
		if (filter_is_ops(e.value))
			return status_set(p->st, ERR_BAD_VALUE,
			    "%s takes values, and no operators: it cannot hold one that begins "
			    "with a dollar sign",
			    op->name);
		if (e.value.type == TYPE_UNDEFINED)
			return status_set(
			    p->st, ERR_BAD_VALUE, "nothing can be compared to undefined");
		if (e.value.type == TYPE_REGEX)
			++*n_regexes;
		else
			f->values[f->n_values++] = e.value;
	}
	sort_values(f);
	return 0;
}

MATCH_PARSER(match_parse_in)
{
	struct filter *f, *any;
	int r, n, n_regexes = 0;

	if (operand.type != TYPE_ARRAY)
		return status_set(p->st, ERR_BAD_VALUE, "%s needs an array", op->name);
	n = doc_count(value_doc(operand));
	f = filter_new(p, MATCH_IN, NULL, path);
	if (!f)
		return filter_no_memory(p);
	f->values = arena_new_array(p->a, (size_t)(n ? n : 1), struct value);
	if (!f->values)
		return filter_no_memory(p);
	r = collect_values(p, op, value_doc(operand), f, &n_regexes);
	if (r)
		return r;
	*out = f;
	if (!n_regexes)
		return 0;
	any = filter_new_list(p, MATCH_OR, path, n_regexes + 1);
	if (!any)
		return filter_no_memory(p);
	if (f->n_values)
		any->children[any->n_children++] = f;
	*out = any;
	return add_regexes(p, path, value_doc(operand), any);
}

MATCH_PARSER(match_parse_nin)
{
	struct filter *child = NULL;
	int r = match_parse_in(p, op, path, operand, &child);

	return r ? r : filter_wrap_not(p, path, child, out);
}
