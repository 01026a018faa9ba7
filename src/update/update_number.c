#include "bson/decimal.h"
#include "update/update_op.h"

static int made(struct update_run *run, struct value v, struct update_change *out)
{
	if (!v.data)
		return update_no_memory(run->st);
	*out = (struct update_change){.what = CHANGE_SET, .value = v};
	return 0;
}

/* An equal number of the same kind is no change: -0.0 stays what it is. */
static int changed(
    struct update_run *run, struct value old, struct value v, struct update_change *out)
{
	if (v.data && v.type == old.type && number_compare(v, old) == 0)
		return 0;
	return made(run, v, out);
}

UPDATE_PARSE(update_parse_number)
{
	if (!value_is_number(leaf->operand))
		return status_set(p->st, ERR_TYPE_MISMATCH, "%s takes a number, and not %s",
		    leaf->op->name, type_name(leaf->operand.type));
	return 0;
}

static int not_a_number(
    const struct update_leaf *leaf, struct update_run *run, struct value old)
{
	return status_set(run->st, ERR_TYPE_MISMATCH,
	    "cannot apply %s to the field '%s', which is of the non-numeric type %s",
	    leaf->op->name, update_path(run), type_name(old.type));
}

static int overflow(const struct update_leaf *leaf, struct update_run *run)
{
	return status_set(run->st, ERR_BAD_VALUE,
	    "the result of %s on the field '%s' is no int64 any more", leaf->op->name,
	    update_path(run));
}

UPDATE_APPLY(update_apply_inc)
{
	struct value sum;

	if (value_is_missing(old))
		return made(run, leaf->operand, out);
	if (!value_is_number(old))
		return not_a_number(leaf, run, old);
	sum = number_add(old, leaf->operand, OVERFLOW_FAILS, run->a);
	return value_is_missing(sum) ? overflow(leaf, run) : changed(run, old, sum, out);
}

/* A missing field is a 0 of the operand's kind. */
UPDATE_APPLY(update_apply_mul)
{
	struct value product;

	if (!value_is_missing(old) && !value_is_number(old))
		return not_a_number(leaf, run, old);
	product = number_multiply(
	    value_is_missing(old) ? value_zero : old, leaf->operand, OVERFLOW_FAILS, run->a);
	return value_is_missing(product) ? overflow(leaf, run)
					 : changed(run, old, product, out);
}

UPDATE_APPLY(update_apply_min_max)
{
	int c;

	if (!value_is_missing(old)) {
		c = value_compare(leaf->operand, old, run->u->collator);
		if (leaf->op->id < 0 ? c >= 0 : c <= 0)
			return 0;
	}
	*out = (struct update_change){.what = CHANGE_SET, .value = leaf->operand};
	return 0;
}

UPDATE_PARSE(update_parse_bit)
{
	struct doc_iter it;
	struct element e;

	if (leaf->operand.type != TYPE_OBJECT || doc_is_empty(value_doc(leaf->operand)))
		return status_set(p->st, ERR_BAD_VALUE,
		    "$bit takes a document like {field: {and: 5}} that is not empty");
	it = doc_iter(value_doc(leaf->operand));
	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "and") != 0 && strcmp(e.name, "or") != 0 &&
		    strcmp(e.name, "xor") != 0)
			return status_set(p->st, ERR_BAD_VALUE,
			    "$bit knows and, or, xor, and not '%s'", e.name);
		if (e.value.type != TYPE_INT32 && e.value.type != TYPE_INT64)
			return status_set(p->st, ERR_BAD_VALUE,
			    "$bit takes an integer, and not %s", type_name(e.value.type));
	}
	return 0;
}

static int64_t bit_operation(const char *name, int64_t a, int64_t b)
{
	if (strcmp(name, "and") == 0)
		return a & b;
	return strcmp(name, "or") == 0 ? a | b : a ^ b;
}

UPDATE_APPLY(update_apply_bit)
{
	struct doc_iter it = doc_iter(value_doc(leaf->operand));
	bool wide = old.type == TYPE_INT64;
	int64_t n = 0, operand;
	struct element e;

	if (!value_is_missing(old) && old.type != TYPE_INT32 && old.type != TYPE_INT64)
		return status_set(run->st, ERR_BAD_VALUE,
		    "cannot apply $bit to the field '%s', which is of the non-integral type %s",
		    update_path(run), type_name(old.type));
	if (!value_is_missing(old))
		value_to_i64(old, &n);
	while (doc_next(&it, &e)) {
		value_to_i64(e.value, &operand);
		wide |= e.value.type == TYPE_INT64;
		n = bit_operation(e.name, n, operand);
	}
	return made(
	    run, wide ? value_make_i64(run->a, n) : value_make_i32(run->a, (int32_t)n), out);
}
