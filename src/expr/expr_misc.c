/*
 * What accumulators are as expressions ($sum, $max, ...), and what belongs to no
 * family: $rand, sizes, parts of timestamps.
 */
#include "bson/hashed_key.h"
#include "bson/number_sum.h"
#include "expr/expr_op.h"
#include "util/hash.h"

/* ------------------------------------------------ over many values */

/* The operands; the elements of the only one when that is an array. */
static int eval_all(const struct expression *e, struct expr_eval *ev, struct value **v, int *n)
{
	int r = expr_eval_args(e, ev, v);

	*n = e->n;
	if (r || e->n != 1 || (*v)[0].type != TYPE_ARRAY)
		return r;
	return expr_list(ev, (*v)[0], v, n);
}

/* op->id: the average. */
EXPR_EVAL(expr_eval_sum_avg)
{
	struct number_sum sum = {0};
	struct value *v;
	int n, r = eval_all(e, ev, &v, &n);

	if (r)
		return r;
	for (int i = 0; i < n; i++)
		(e->op->id ? number_sum_add_as_double : number_sum_add)(&sum, v[i]);
	*out = (e->op->id ? number_sum_average : number_sum_total)(&sum, ev->a);
	if (!value_is_missing(*out))
		return expr_made(ev, *out, out);
	*out = value_null;
	return 0;
}

/* op->id: -1 the least, 1 the greatest; null and missing are passed over. */
EXPR_EVAL(expr_eval_min_max)
{
	struct value *v;
	int n, r = eval_all(e, ev, &v, &n);

	*out = value_null;
	if (r)
		return r;
	for (int i = 0; i < n; i++) {
		if (expr_is_nullish(v[i]))
			continue;
		if (out->type == TYPE_NULL ||
		    e->op->id * value_compare(v[i], *out, e->collator) > 0)
			*out = v[i];
	}
	return 0;
}

/* op->id: 1 of a sample. */
EXPR_EVAL(expr_eval_std_dev)
{
	struct number_spread spread = {0};
	struct value *v;
	double deviation;
	int n, r = eval_all(e, ev, &v, &n);

	*out = value_null;
	if (r)
		return r;
	for (int i = 0; i < n; i++)
		number_spread_add(&spread, v[i]);
	if (!number_spread_deviation(&spread, e->op->id, &deviation))
		return 0;
	return expr_made(ev, value_make_double(ev->a, deviation), out);
}

/* ------------------------------------------------ $rand */

EXPR_PARSE(expr_parse_rand)
{
	if (operand.type != TYPE_OBJECT && operand.type != TYPE_ARRAY)
		return status_set(
		    p->st, 10065, "$rand takes {}, and not %s", type_name(operand.type));
	if (!doc_is_empty(value_doc(operand)))
		return status_set(p->st, 3040501, "$rand takes no operands");
	*out = expr_new(p, op, 0);
	return *out ? 0 : expr_no_memory(p->st);
}

EXPR_EVAL(expr_eval_rand)
{
	return expr_made(
	    ev, value_make_double(ev->a, (double)(random_u64() >> 11) * 0x1p-53), out);
}

/* ------------------------------------------------ sizes */

EXPR_EVAL(expr_eval_bson_size)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_OBJECT)
		return status_set(ev->st, 31393, "$bsonSize takes a document, and not %s",
		    type_name(v.type));
	return expr_made(ev, value_make_i32(ev->a, (int32_t)v.len), out);
}

EXPR_EVAL(expr_eval_binary_size)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_STRING && v.type != TYPE_BINARY)
		return status_set(ev->st, 51276,
		    "$binarySize takes a string or binary data, and not %s", type_name(v.type));
	return expr_made(ev,
	    value_make_i32(ev->a,
		(int32_t)(v.type == TYPE_STRING ? value_str(v).len : value_binary(v).len)),
	    out);
}

/* ------------------------------------------------ hashed indexes */

/* By bytes, whatever the collation, as in MongoDB. */
EXPR_EVAL(expr_eval_hashed_key)
{
	struct buf scratch;
	struct value v;
	int64_t n;
	bool failed;
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	buf_init(&scratch, ev->a->account);
	n = hashed_key(v, NULL, &scratch);
	failed = scratch.failed;
	buf_clear(&scratch);
	if (failed)
		return status_set(
		    ev->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $toHashedIndexKey");
	return expr_made(ev, value_make_i64(ev->a, n), out);
}

/* ------------------------------------------------ timestamps */

/* op->id: 1 the seconds, 0 what counts within one. */
EXPR_EVAL(expr_eval_timestamp_part)
{
	struct value v;
	uint64_t ts;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_TIMESTAMP)
		return status_set(ev->st, e->op->id ? 5687301 : 5687302,
		    "%s takes a timestamp, and not %s", e->op->name, type_name(v.type));
	ts = (uint64_t)read_i64(v.data);
	return expr_made(ev,
	    value_make_i64(ev->a, (int64_t)(e->op->id ? ts >> 32 : (uint32_t)ts)), out);
}
