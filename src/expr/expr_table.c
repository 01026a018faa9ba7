#include "bson/decimal.h"
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

	/* expr_math.c */
	{"$acos", 1, 1, expr_eval_math, .id = EXPR_ACOS},
	{"$acosh", 1, 1, expr_eval_math, .id = EXPR_ACOSH},
	{"$asin", 1, 1, expr_eval_math, .id = EXPR_ASIN},
	{"$asinh", 1, 1, expr_eval_math, .id = EXPR_ASINH},
	{"$atan", 1, 1, expr_eval_math, .id = EXPR_ATAN},
	{"$atanh", 1, 1, expr_eval_math, .id = EXPR_ATANH},
	{"$cos", 1, 1, expr_eval_math, .id = EXPR_COS},
	{"$cosh", 1, 1, expr_eval_math, .id = EXPR_COSH},
	{"$exp", 1, 1, expr_eval_math, .id = EXPR_EXP},
	{"$ln", 1, 1, expr_eval_math, .id = EXPR_LN},
	{"$log10", 1, 1, expr_eval_math, .id = EXPR_LOG10},
	{"$sin", 1, 1, expr_eval_math, .id = EXPR_SIN},
	{"$sinh", 1, 1, expr_eval_math, .id = EXPR_SINH},
	{"$sqrt", 1, 1, expr_eval_math, .id = EXPR_SQRT},
	{"$tan", 1, 1, expr_eval_math, .id = EXPR_TAN},
	{"$tanh", 1, 1, expr_eval_math, .id = EXPR_TANH},
	{"$ceil", 1, 1, expr_eval_ceil_floor, .id = DECIMAL_UP},
	{"$floor", 1, 1, expr_eval_ceil_floor, .id = DECIMAL_DOWN},
	{"$sigmoid", 1, 1, expr_eval_sigmoid, expr_parse_sigmoid},
	{"$degreesToRadians", 1, 1, expr_eval_degrees, .id = 0},
	{"$radiansToDegrees", 1, 1, expr_eval_degrees, .id = 1},
	{"$atan2", 2, 2, expr_eval_atan2},
	{"$log", 2, 2, expr_eval_log},
	{"$pow", 2, 2, expr_eval_pow},
	{"$round", 1, 2, expr_eval_round, .id = DECIMAL_TO_EVEN},
	{"$trunc", 1, 2, expr_eval_round, .id = DECIMAL_TO_ZERO},
	{"$bitAnd", 0, -1, expr_eval_bits, .id = '&'},
	{"$bitOr", 0, -1, expr_eval_bits, .id = '|'},
	{"$bitXor", 0, -1, expr_eval_bits, .id = '^'},
	{"$bitNot", 1, 1, expr_eval_bit_not},

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
	{"$ifNull", 2, -1, expr_eval_if_null, .few_code = 1257300},
	{"$let", 1, 1, expr_eval_let, expr_parse_let},
	{"$literal", 1, 1, NULL, expr_parse_literal},
	{"$const", 1, 1, NULL, expr_parse_literal},

	/* expr_conditional.c */
	{"$switch", 1, 1, expr_eval_switch, expr_parse_switch},

	/* expr_set.c; id: the truth that decides */
	{"$setUnion", 0, -1, expr_eval_set_union},
	{"$setIntersection", 0, -1, expr_eval_set_intersection},
	{"$setDifference", 2, 2, expr_eval_set_difference},
	{"$setEquals", 2, -1, expr_eval_set_equals, .few_code = 17045},
	{"$setIsSubset", 2, 2, expr_eval_set_is_subset},
	{"$anyElementTrue", 1, 1, expr_eval_elements_true, .id = 1},
	{"$allElementsTrue", 1, 1, expr_eval_elements_true, .id = 0},

	/* expr_array.c; id: the place */
	{"$size", 1, 1, expr_eval_size},
	{"$arrayElemAt", 2, 2, expr_eval_array_elem_at},
	{"$first", 1, 1, expr_eval_first_last, .id = 0},
	{"$last", 1, 1, expr_eval_first_last, .id = -1},
	{"$in", 2, 2, expr_eval_in},
	{"$isArray", 1, 1, expr_eval_is_array},
	{"$concatArrays", 0, -1, expr_eval_concat_arrays},
	{"$slice", 2, 3, expr_eval_slice},
	{"$map", 1, 1, expr_eval_map, expr_parse_map, .costly = true},
	{"$filter", 1, 1, expr_eval_filter, expr_parse_filter, .costly = true},
	{"$type", 1, 1, expr_eval_type},

	/* expr_list.c */
	{"$reduce", 1, 1, expr_eval_reduce, expr_parse_reduce, .costly = true},
	{"$indexOfArray", 2, 4, expr_eval_index_of_array},
	{"$range", 2, 3, expr_eval_range, .costly = true},
	{"$reverseArray", 1, 1, expr_eval_reverse_array},
	{"$zip", 1, 1, expr_eval_zip, expr_parse_zip},

	/* expr_sort_array.c */
	{"$sortArray", 1, 1, expr_eval_sort_array, expr_parse_sort_array},
	{"$firstN", 1, 1, expr_eval_n, expr_parse_n, .id = EXPR_FIRST_N},
	{"$lastN", 1, 1, expr_eval_n, expr_parse_n, .id = EXPR_LAST_N},
	{"$maxN", 1, 1, expr_eval_n, expr_parse_n, .id = EXPR_MAX_N},
	{"$minN", 1, 1, expr_eval_n, expr_parse_n, .id = EXPR_MIN_N},

	/* expr_object.c; id of the last: takes it away */
	{"$mergeObjects", 0, -1, expr_eval_merge_objects},
	{"$arrayToObject", 1, 1, expr_eval_array_to_object},
	{"$objectToArray", 1, 1, expr_eval_object_to_array},
	{"$getField", 1, 1, expr_eval_get_field, expr_parse_get_field},
	{"$setField", 1, 1, expr_eval_set_field, expr_parse_set_field, .id = 0},
	{"$unsetField", 1, 1, expr_eval_set_field, expr_parse_set_field, .id = 1},

	/* expr_string.c; ids: upper case, the error, characters, both ends, all */
	{"$concat", 0, -1, expr_eval_concat},
	{"$toLower", 1, 1, expr_eval_change_case, .id = 0},
	{"$toUpper", 1, 1, expr_eval_change_case, .id = 1},
	{"$strcasecmp", 2, 2, expr_eval_strcasecmp},
	{"$strLenBytes", 1, 1, expr_eval_str_len, .id = 34473},
	{"$strLenCP", 1, 1, expr_eval_str_len, .id = 34471},
	{"$substr", 3, 3, expr_eval_substr_bytes},
	{"$substrBytes", 3, 3, expr_eval_substr_bytes},
	{"$substrCP", 3, 3, expr_eval_substr_cp},
	{"$indexOfBytes", 2, 4, expr_eval_index_of, .id = 0},
	{"$indexOfCP", 2, 4, expr_eval_index_of, .id = 1},
	{"$split", 2, 2, expr_eval_split},
	{"$ltrim", 1, 1, expr_eval_trim, expr_parse_trim, .id = 1},
	{"$rtrim", 1, 1, expr_eval_trim, expr_parse_trim, .id = 2},
	{"$trim", 1, 1, expr_eval_trim, expr_parse_trim, .id = 3},
	{"$replaceOne", 1, 1, expr_eval_replace, expr_parse_replace, .id = 0},
	{"$replaceAll", 1, 1, expr_eval_replace, expr_parse_replace, .id = 1},

	/* expr_regex.c */
	{"$regexMatch", 1, 1, expr_eval_regex_match, expr_parse_regex},
	{"$regexFind", 1, 1, expr_eval_regex_find, expr_parse_regex},
	{"$regexFindAll", 1, 1, expr_eval_regex_find_all, expr_parse_regex},

	/* expr_convert.c; id: the type */
	{"$toBool", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_BOOL},
	{"$toDate", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_DATE},
	{"$toDecimal", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_DECIMAL128},
	{"$toDouble", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_DOUBLE},
	{"$toHashedIndexKey", 1, 1, expr_eval_hashed_key},
	{"$toInt", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_INT32},
	{"$toLong", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_INT64},
	{"$toObjectId", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_OBJECT_ID},
	{"$toString", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_STRING},
	{"$toUUID", 1, 1, expr_eval_to, expr_parse_to, .id = TYPE_BINARY},
	{"$convert", 1, 1, expr_eval_convert, expr_parse_convert},
	{"$isNumber", 1, 1, expr_eval_is_number},

	/* expr_date.c */
	{"$year", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_YEAR},
	{"$month", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_MONTH},
	{"$dayOfMonth", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_DAY_OF_MONTH},
	{"$hour", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_HOUR},
	{"$minute", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_MINUTE},
	{"$second", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_SECOND},
	{"$millisecond", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_MILLISECOND},
	{"$dayOfYear", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_DAY_OF_YEAR},
	{"$dayOfWeek", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_DAY_OF_WEEK},
	{"$week", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_WEEK},
	{"$isoWeek", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_ISO_WEEK},
	{"$isoWeekYear", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_ISO_WEEK_YEAR},
	{"$isoDayOfWeek", 1, 1, expr_eval_date_part, expr_parse_date_part, .id = EXPR_ISO_DAY_OF_WEEK},
	{"$dateToParts", 1, 1, expr_eval_date_to_parts, expr_parse_date_to_parts},
	{"$dateFromParts", 1, 1, expr_eval_date_from_parts, expr_parse_date_from_parts},

	/* expr_date_math.c; id: the sign */
	{"$dateAdd", 1, 1, expr_eval_date_add, expr_parse_date_add, .id = 1},
	{"$dateSubtract", 1, 1, expr_eval_date_add, expr_parse_date_add, .id = -1},
	{"$dateDiff", 1, 1, expr_eval_date_diff, expr_parse_date_diff},
	{"$dateTrunc", 1, 1, expr_eval_date_trunc, expr_parse_date_trunc},

	/* expr_date_text.c */
	{"$dateToString", 1, 1, expr_eval_date_to_string, expr_parse_date_to_string},
	{"$dateFromString", 1, 1, expr_eval_date_from_string, expr_parse_date_from_string},

	/* expr_percentile.c; ids: the median */
	{"$percentile", 1, 1, expr_eval_percentile, expr_parse_percentile, .id = 0},
	{"$median", 1, 1, expr_eval_percentile, expr_parse_percentile, .id = 1},

	/* expr_misc.c; ids: the average, the sign, of a sample, the seconds */
	{"$sum", 0, -1, expr_eval_sum_avg, .id = 0},
	{"$avg", 0, -1, expr_eval_sum_avg, .id = 1},
	{"$min", 0, -1, expr_eval_min_max, .id = -1},
	{"$max", 0, -1, expr_eval_min_max, .id = 1},
	{"$stdDevPop", 0, -1, expr_eval_std_dev, .id = 0},
	{"$stdDevSamp", 0, -1, expr_eval_std_dev, .id = 1},
	{"$meta", 1, 1, expr_eval_meta, expr_parse_meta, .varies = true},
	{"$rand", 0, 0, expr_eval_rand, expr_parse_rand, .varies = true},
	{"$bsonSize", 1, 1, expr_eval_bson_size},
	{"$binarySize", 1, 1, expr_eval_binary_size},
	{"$tsSecond", 1, 1, expr_eval_timestamp_part, .id = 1},
	{"$tsIncrement", 1, 1, expr_eval_timestamp_part, .id = 0},
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
