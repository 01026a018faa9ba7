#include "expr/expr_op.h"

/* clang-format off */
static const struct expr_op expr_ops[] = {
	/* expr_arithmetic.c */
	{"$add", 0, -1, expr_eval_add},
	{"$subtract", 2, 2, expr_eval_subtract},
	{"$multiply", 0, -1, expr_eval_multiply},
	{"$divide", 2, 2, expr_eval_divide},
	{"$mod", 2, 2, expr_eval_mod},
	{"$abs", 1, 1, expr_eval_abs},

	/* expr_boolean.c; id: less 1, equal 2, greater 4 */
	{"$lt", 2, 2, expr_eval_compare, .id = 1},
	{"$lte", 2, 2, expr_eval_compare, .id = 3},
	{"$eq", 2, 2, expr_eval_compare, .id = 2},
	{"$gte", 2, 2, expr_eval_compare, .id = 6},
	{"$gt", 2, 2, expr_eval_compare, .id = 4},
	{"$ne", 2, 2, expr_eval_compare, .id = 5},
	{"$cmp", 2, 2, expr_eval_cmp},
	{"$and", 0, -1, expr_eval_and},
	{"$or", 0, -1, expr_eval_or},
	{"$not", 1, 1, expr_eval_not},
	{"$cond", 3, 3, expr_eval_cond, expr_parse_cond},
	{"$ifNull", 2, -1, expr_eval_if_null},
	{"$let", 1, 1, expr_eval_let, expr_parse_let},
	{"$literal", 1, 1, NULL, expr_parse_literal},
	{"$const", 1, 1, NULL, expr_parse_literal},

	/* expr_array.c; id: the place */
	{"$size", 1, 1, expr_eval_size},
	{"$arrayElemAt", 2, 2, expr_eval_array_elem_at},
	{"$first", 1, 1, expr_eval_first_last, .id = 0},
	{"$last", 1, 1, expr_eval_first_last, .id = -1},
	{"$in", 2, 2, expr_eval_in},
	{"$isArray", 1, 1, expr_eval_is_array},
	{"$concatArrays", 0, -1, expr_eval_concat_arrays},
	{"$slice", 2, 3, expr_eval_slice},
	{"$map", 1, 1, expr_eval_map, expr_parse_map},
	{"$filter", 1, 1, expr_eval_filter, expr_parse_filter},
	{"$type", 1, 1, expr_eval_type},
	{"$concat", 0, -1, expr_eval_concat},
};
/* clang-format on */

const struct expr_op *expr_op_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(expr_ops); i++)
		if (strcmp(expr_ops[i].name, name) == 0)
			return &expr_ops[i];
	return NULL;
}

void expr_op_each(void (*each)(void *arg, const struct expr_op *op), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(expr_ops); i++)
		each(arg, &expr_ops[i]);
}
