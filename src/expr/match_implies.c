#include "config.h"

#include "expr/match_implies.h"

#include <math.h>

#include "bson/decimal.h"
#include "expr/collation.h"
#include "expr/match_op.h"

/* Comparisons of two nodes.  Alternating conjunctions and disjunctions on both sides would
 * take exponentially many. */
#define STEPS_MAX 10000

/*
 * Leaves on one path look at the same values of a document: whichever value makes
 * the first true makes the second true, if all values that pass the one's test pass
 * the other's.  So from here on it is a matter of single values.
 */

static bool is_range(const struct filter *f)
{
	return f->kind == MATCH_LT || f->kind == MATCH_LTE || f->kind == MATCH_GT ||
	       f->kind == MATCH_GTE;
}

static bool is_upward(const struct filter *range)
{
	return range->kind == MATCH_GT || range->kind == MATCH_GTE;
}

static bool takes_operand(const struct filter *range)
{
	return range->kind == MATCH_LTE || range->kind == MATCH_GTE;
}

/* MinKey and MaxKey bound values of all types. */
static bool is_bound(struct value v)
{
	return v.type == TYPE_MIN_KEY || v.type == TYPE_MAX_KEY;
}

static bool is_nan(struct value v)
{
	if (v.type == TYPE_DOUBLE)
		return isnan(read_double(v.data));
	return v.type == TYPE_DECIMAL128 && decimal_is_nan(decimal_read(v.data));
}

/* ---------------------------------------------------------------- types */

static uint32_t types_like(uint8_t type)
{
	uint32_t types = 0;

	for (int t = TYPE_EOD + 1; t <= TYPE_MIN_KEY; t++)
		if (match_type_bit((uint8_t)t) && type_rank((uint8_t)t) == type_rank(type))
			types |= match_type_bit((uint8_t)t);
	return types;
}

/* false: it also holds of what is not there, or nobody knows. */
static bool types_of_in(const struct filter *f, uint32_t *types)
{
	*types = 0;
	for (int i = 0; i < f->n_values; i++) {
		if (f->values[i].type == TYPE_NULL)
			return false;
		*types |= types_like(f->values[i].type);
	}
	return true;
}

/* Of which types values can be that pass the leaf's test. */
static bool types_of(const struct filter *f, uint32_t *types)
{
	*types = UINT32_MAX;
	switch (f->kind) {
	case MATCH_EXISTS:
		return f->exists;
	case MATCH_TYPE:
		*types = f->types;
		return true;
	case MATCH_EQ:
		*types = types_like(f->value.type);
		return f->value.type != TYPE_NULL;
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
		*types = types_like(f->value.type);
		return f->value.type != TYPE_NULL && !is_bound(f->value);
	case MATCH_IN:
		return types_of_in(f, types);
	case MATCH_OTHER:
		if (f->op->whole_array)
			*types = match_type_bit(TYPE_ARRAY);
		return f->op->test != NULL;
	default:
		return false;
	}
}

/* What is not equal to null is there; deeper down an array may have nothing at the path at
 * all, not even a null. */
static bool denies_null(const struct filter *f)
{
	const struct filter *denied = f->children[0];

	if (denied->kind == MATCH_EXISTS)
		return !denied->exists;
	if (f->path.n != 1)
		return false;
	if (denied->kind == MATCH_EQ)
		return denied->value.type == TYPE_NULL;
	for (int i = 0; denied->kind == MATCH_IN && i < denied->n_values; i++)
		if (denied->values[i].type == TYPE_NULL)
			return true;
	return false;
}

static bool implies_exists(const struct filter *f)
{
	uint32_t types;

	return f->kind == MATCH_NOT ? denies_null(f) : types_of(f, &types);
}

static bool implies_types(const struct filter *f, uint32_t implied)
{
	uint32_t types;

	return types_of(f, &types) && (types & ~implied) == 0;
}

/* -------------------------------------------------------------- compared */

/* Does a collation count when it is compared? */
static bool has_strings(struct value v)
{
	return v.type == TYPE_STRING || v.type == TYPE_SYMBOL || v.type == TYPE_OBJECT ||
	       v.type == TYPE_ARRAY || v.type == TYPE_CODE_WITH_SCOPE;
}

/* All that equal v, and with null what is not there, pass together or not at all. */
static bool implied_by_value(
    const struct filter *f, struct value v, const struct filter *implied)
{
	if (has_strings(v) && !collation_equal(f->collator, implied->collator))
		return false;
	return match_compare_test(implied, v);
}

static bool implied_by_values(const struct filter *f, const struct filter *implied)
{
	for (int i = 0; i < f->n_values; i++)
		if (!implied_by_value(f, f->values[i], implied))
			return false;
	return true;
}

static bool range_implies_bound(const struct filter *f, const struct filter *implied)
{
	if (is_bound(f->value))
		return f->kind == implied->kind && f->value.type == implied->value.type;
	/* All but the bound itself. */
	return is_upward(implied) == (implied->value.type == TYPE_MIN_KEY);
}

static bool range_implies_range(const struct filter *f, const struct filter *implied)
{
	int c;

	if (is_bound(implied->value))
		return range_implies_bound(f, implied);
	if (is_bound(f->value) || type_rank(f->value.type) != type_rank(implied->value.type) ||
	    is_nan(f->value) != is_nan(implied->value) || is_upward(f) != is_upward(implied))
		return false;
	if (has_strings(f->value) && !collation_equal(f->collator, implied->collator))
		return false;
	c = value_compare(f->value, implied->value, f->collator);
	if (c == 0)
		return takes_operand(implied) || !takes_operand(f);
	return is_upward(f) == (c > 0);
}

static bool implies_comparison(const struct filter *f, const struct filter *implied)
{
	if (f->kind == MATCH_EQ)
		return implied_by_value(f, f->value, implied);
	if (f->kind == MATCH_IN)
		return implied_by_values(f, implied);
	return is_range(f) && is_range(implied) && range_implies_range(f, implied);
}

static bool leaf_implies(const struct filter *f, const struct filter *implied)
{
	if (f->path.n == 0 || !view_equal(f->path.text, implied->path.text))
		return false;
	switch (implied->kind) {
	case MATCH_EXISTS:
		return implied->exists ? implies_exists(f)
				       : f->kind == MATCH_EXISTS && !f->exists;
	case MATCH_TYPE:
		return implies_types(f, implied->types);
	case MATCH_EQ:
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
	case MATCH_IN:
		return implies_comparison(f, implied);
	default:
		return false;
	}
}

/* ----------------------------------------------------------------- trees */

static bool implies(const struct filter *f, const struct filter *implied, int *steps);

static bool any_implies(const struct filter *f, const struct filter *implied, int *steps)
{
	for (int i = 0; i < f->n_children; i++)
		if (implies(f->children[i], implied, steps))
			return true;
	return false;
}

static bool all_imply(const struct filter *f, const struct filter *implied, int *steps)
{
	for (int i = 0; i < f->n_children; i++)
		if (!implies(f->children[i], implied, steps))
			return false;
	return true;
}

static bool implies_any(const struct filter *f, const struct filter *implied, int *steps)
{
	for (int i = 0; i < implied->n_children; i++)
		if (implies(f, implied->children[i], steps))
			return true;
	return false;
}

static bool implies_all(const struct filter *f, const struct filter *implied, int *steps)
{
	for (int i = 0; i < implied->n_children; i++)
		if (!implies(f, implied->children[i], steps))
			return false;
	return true;
}

/* First what can be taken apart without a choice. */
static bool implies(const struct filter *f, const struct filter *implied, int *steps)
{
	if (--*steps < 0)
		return false;
	if (implied->kind == MATCH_ALWAYS_TRUE || f->kind == MATCH_ALWAYS_FALSE)
		return true;
	if (implied->kind == MATCH_AND)
		return implies_all(f, implied, steps);
	if (f->kind == MATCH_OR)
		return all_imply(f, implied, steps);
	if (f->kind == MATCH_AND && any_implies(f, implied, steps))
		return true;
	if (implied->kind == MATCH_OR)
		return implies_any(f, implied, steps);
	return f->kind != MATCH_AND && leaf_implies(f, implied);
}

bool filter_implies(const struct filter *f, const struct filter *implied)
{
	int steps = STEPS_MAX;

	return implies(f, implied, &steps);
}
