/*
 * expr/expr_op.h - a row of the expression table, and what the families share.
 *
 * A family's file (expr_arithmetic.c, expr_array.c, ...) has the evaluation of its
 * operators; expr_table.c lists them.
 *
 * Threads: pure.
 */
#ifndef EXPR_EXPR_OP_H
#define EXPR_EXPR_OP_H

#include "bson/builder.h"
#include "expr/expression.h"
#include "util/op.h"

/* Variables by number: those of the system, those of the command's let, and those that
 * $let, $map, ... bind, numbered by the parser. */
enum { VAR_ROOT, VAR_NOW, VAR_CLUSTER_TIME, VAR_REMOVE, VAR_LET = 16, VAR_LOCAL = 1 << 16 };

struct expr_op;

struct expression {
	const struct expr_op *op;
	int n;
	struct expression **args; /* an absent operand is NULL */
	struct value value; /* a constant */
	struct path path; /* after the variable; n 0: none */
	int variable; /* what the path begins at, or what the operator binds first */
	void *data; /* the op's own */
	struct view *names; /* of an object's fields */
	const struct collator *collator;
};

struct expr_scope {
	const struct expr_scope *up;
	struct view name;
	int id;
};

struct expr_parser {
	const struct expression_options *o;
	struct arena *a;
	struct status *st;
	const struct expr_scope *scope;
	int next_id;
};

struct expr_binding {
	const struct expr_binding *up;
	int id;
	struct value value;
};

struct expr_eval {
	struct view root;
	const struct variables *variables;
	const struct expr_binding *bindings;
	struct arena *a;
	struct status *st;
	unsigned int steps; /* evaluated so far */
};

struct expr_op {
	const char *name; /* NULL: paths, constants, objects and arrays */
	int min_args, max_args; /* max -1: any number; used when parse is NULL */
	int (*eval)(const struct expression *e, struct expr_eval *ev, struct value *out);
	/* Operands of a form of their own ({$cond: {if, then, else}}). */
	int (*parse)(struct expr_parser *p, const struct expr_op *op, struct value operand,
	    struct expression **out);
	int id; /* tells apart the rows that share an evaluation */
	int few_code; /* the error for too few operands; 0: the common one */
	bool varies; /* its value is another each time */
	bool costly; /* its cost is not bounded by the length of its operands */
};

const struct expr_op *expr_op_find(const char *name);
void expr_op_each(void (*each)(void *arg, const struct expr_op *op), void *arg);

/* NULL, with the status set, when there is no memory. */
struct expression *expr_new(struct expr_parser *p, const struct expr_op *op, int n_args);
int expr_no_memory(struct status *st);
/* A string of BSON_USER_SIZE_MAX bytes or more. */
int expr_string_too_long(struct status *st, size_t len);
MUST_CHECK int expr_parse(struct expr_parser *p, struct value v, struct expression **out);
/* Computes what is constant in it (expr_fold.c). */
MUST_CHECK int expr_fold(struct expr_parser *p, struct expression *e);
/* With name bound: the variable's number is in *id. */
MUST_CHECK int expr_parse_with(
    struct expr_parser *p, struct view name, int *id, struct value v, struct expression **out);
/* A user's variable: begins with a small letter (or is CURRENT). */
MUST_CHECK int expr_check_variable(struct expr_parser *p, struct view name);

struct expr_field {
	const char *name;
	bool required;
	int code; /* the error when it is missing */
};
/* An operand that is a document of named expressions, into args in the fields' order. */
MUST_CHECK int expr_parse_named(struct expr_parser *p, const struct expr_op *op,
    struct value operand, const struct expr_field *fields, int n, int code_unknown,
    struct expression **out);

/* The operands as they stand, missing where they are not given and need not be. */
MUST_CHECK int expr_find_named(struct expr_parser *p, const struct expr_op *op,
    struct value operand, const struct expr_field *fields, int n, int code_unknown,
    struct value *parts);

/* Every so many steps the op that is under way is looked at. */
#define EXPR_LOOK_EVERY 128
/* A value that is built is no larger, as in MongoDB for $map, $filter and $reduce. */
#define EXPR_BYTES_MAX (100 * 1024 * 1024)

static inline int expr_eval(const struct expression *e, struct expr_eval *ev, struct value *out)
{
	int r = ++ev->steps % EXPR_LOOK_EVERY ? 0 : op_check_current(ev->st);

	return r ? r : e->op->eval(e, ev, out);
}

/* null, undefined or missing. */
static inline bool expr_is_nullish(struct value v)
{
	return v.type == TYPE_NULL || v.type == TYPE_UNDEFINED || v.type == TYPE_EOD;
}

/* Something that was made in the row's arena. */
static inline int expr_made(struct expr_eval *ev, struct value v, struct value *out)
{
	*out = v;
	return v.data ? 0 : expr_no_memory(ev->st);
}

/* All operands into an array in the row's arena. */
MUST_CHECK int expr_eval_args(
    const struct expression *e, struct expr_eval *ev, struct value **out);
/* values as an array; missing ones are null. */
MUST_CHECK int expr_make_array(
    struct expr_eval *ev, const struct value *values, int n, struct value *out);
/* An array's elements, which may be changed. */
MUST_CHECK int expr_list(struct expr_eval *ev, struct value array, struct value **out, int *n);
/* Operand i as a place in something; otherwise: where it is not given.  Fails with code, and
 * with the next one for a negative number. */
MUST_CHECK int expr_place(const struct expression *e, struct expr_eval *ev, int i,
    int64_t otherwise, int code, int64_t *out);
/* Begins an object or an array (type) in buf, which takes EXPR_BYTES_MAX. */
void expr_begin(struct expr_eval *ev, struct builder *b, struct buf *buf, uint8_t type);
/* Takes what was built (an object or an array: type) into the row's arena and frees buf. */
MUST_CHECK int expr_take(
    struct expr_eval *ev, struct builder *b, struct buf *buf, uint8_t type, struct value *out);

extern const struct expr_op expr_constant_op, expr_path_op, expr_object_op, expr_array_op;

#define EXPR_EVAL(name)                                                                        \
	int name(const struct expression *e, struct expr_eval *ev, struct value *out)
#define EXPR_PARSE(name)                                                                       \
	int name(struct expr_parser *p, const struct expr_op *op, struct value operand,        \
	    struct expression **out)

/* expr_arithmetic.c */
EXPR_EVAL(expr_eval_add);
EXPR_EVAL(expr_eval_subtract);
EXPR_EVAL(expr_eval_multiply);
EXPR_EVAL(expr_eval_divide);
EXPR_EVAL(expr_eval_mod);
EXPR_EVAL(expr_eval_abs);

/* expr_math.c; ids of expr_eval_math */
enum {
	EXPR_ACOS,
	EXPR_ACOSH,
	EXPR_ASIN,
	EXPR_ASINH,
	EXPR_ATAN,
	EXPR_ATANH,
	EXPR_COS,
	EXPR_COSH,
	EXPR_EXP,
	EXPR_LN,
	EXPR_LOG10,
	EXPR_SIN,
	EXPR_SINH,
	EXPR_SQRT,
	EXPR_TAN,
	EXPR_TANH,
};
EXPR_EVAL(expr_eval_math);
EXPR_EVAL(expr_eval_ceil_floor);
EXPR_EVAL(expr_eval_sigmoid);
EXPR_PARSE(expr_parse_sigmoid);
EXPR_EVAL(expr_eval_degrees);
EXPR_EVAL(expr_eval_atan2);
EXPR_EVAL(expr_eval_log);
EXPR_EVAL(expr_eval_pow);
EXPR_EVAL(expr_eval_round);
EXPR_EVAL(expr_eval_bits);
EXPR_EVAL(expr_eval_bit_not);

/* expr_boolean.c */
EXPR_EVAL(expr_eval_compare);
EXPR_EVAL(expr_eval_cmp);
EXPR_EVAL(expr_eval_and);
EXPR_EVAL(expr_eval_or);
EXPR_EVAL(expr_eval_not);
EXPR_EVAL(expr_eval_cond);
EXPR_PARSE(expr_parse_cond);
EXPR_EVAL(expr_eval_if_null);
EXPR_EVAL(expr_eval_let);
EXPR_PARSE(expr_parse_let);
EXPR_PARSE(expr_parse_literal);

/* expr_conditional.c */
EXPR_EVAL(expr_eval_switch);
EXPR_PARSE(expr_parse_switch);

/* expr_set.c */
EXPR_EVAL(expr_eval_set_union);
EXPR_EVAL(expr_eval_set_intersection);
EXPR_EVAL(expr_eval_set_difference);
EXPR_EVAL(expr_eval_set_equals);
EXPR_EVAL(expr_eval_set_is_subset);
EXPR_EVAL(expr_eval_elements_true);

/* expr_array.c */
EXPR_EVAL(expr_eval_size);
EXPR_EVAL(expr_eval_array_elem_at);
EXPR_EVAL(expr_eval_in);
EXPR_EVAL(expr_eval_is_array);
EXPR_EVAL(expr_eval_concat_arrays);
EXPR_EVAL(expr_eval_first_last);
EXPR_EVAL(expr_eval_slice);
EXPR_EVAL(expr_eval_map);
EXPR_PARSE(expr_parse_map);
EXPR_EVAL(expr_eval_filter);
EXPR_PARSE(expr_parse_filter);
EXPR_EVAL(expr_eval_type);

/* expr_list.c */
EXPR_EVAL(expr_eval_reduce);
EXPR_PARSE(expr_parse_reduce);
EXPR_EVAL(expr_eval_index_of_array);
EXPR_EVAL(expr_eval_range);
EXPR_EVAL(expr_eval_reverse_array);
EXPR_EVAL(expr_eval_zip);
EXPR_PARSE(expr_parse_zip);

/* expr_sort_array.c; ids of expr_eval_n */
enum { EXPR_FIRST_N, EXPR_LAST_N, EXPR_MAX_N, EXPR_MIN_N };
EXPR_EVAL(expr_eval_sort_array);
EXPR_PARSE(expr_parse_sort_array);
EXPR_EVAL(expr_eval_n);
EXPR_PARSE(expr_parse_n);

/* expr_object.c */
EXPR_EVAL(expr_eval_merge_objects);
EXPR_EVAL(expr_eval_array_to_object);
EXPR_EVAL(expr_eval_object_to_array);
EXPR_EVAL(expr_eval_get_field);
EXPR_PARSE(expr_parse_get_field);
EXPR_EVAL(expr_eval_set_field);
EXPR_PARSE(expr_parse_set_field);

/* expr_string.c */
EXPR_EVAL(expr_eval_concat);
EXPR_EVAL(expr_eval_change_case);
EXPR_EVAL(expr_eval_strcasecmp);
EXPR_EVAL(expr_eval_str_len);
EXPR_EVAL(expr_eval_substr_bytes);
EXPR_EVAL(expr_eval_substr_cp);
EXPR_EVAL(expr_eval_index_of);
EXPR_EVAL(expr_eval_split);
EXPR_EVAL(expr_eval_trim);
EXPR_PARSE(expr_parse_trim);
EXPR_EVAL(expr_eval_replace);
EXPR_PARSE(expr_parse_replace);

/* expr_regex.c */
EXPR_PARSE(expr_parse_regex);
EXPR_EVAL(expr_eval_regex_match);
EXPR_EVAL(expr_eval_regex_find);
EXPR_EVAL(expr_eval_regex_find_all);

/* expr_convert.c */
EXPR_EVAL(expr_eval_to);
EXPR_PARSE(expr_parse_to);
EXPR_EVAL(expr_eval_is_number);
EXPR_EVAL(expr_eval_convert);
EXPR_PARSE(expr_parse_convert);

/* expr_date.c; ids of expr_eval_date_part */
enum {
	EXPR_YEAR,
	EXPR_MONTH,
	EXPR_DAY_OF_MONTH,
	EXPR_HOUR,
	EXPR_MINUTE,
	EXPR_SECOND,
	EXPR_MILLISECOND,
	EXPR_DAY_OF_YEAR,
	EXPR_DAY_OF_WEEK,
	EXPR_WEEK,
	EXPR_ISO_WEEK,
	EXPR_ISO_WEEK_YEAR,
	EXPR_ISO_DAY_OF_WEEK,
};
EXPR_EVAL(expr_eval_date_part);
EXPR_PARSE(expr_parse_date_part);
EXPR_EVAL(expr_eval_date_to_parts);
EXPR_PARSE(expr_parse_date_to_parts);
EXPR_EVAL(expr_eval_date_from_parts);
EXPR_PARSE(expr_parse_date_from_parts);

/* expr_date_math.c; ids of expr_eval_date_add: the sign */
EXPR_EVAL(expr_eval_date_add);
EXPR_PARSE(expr_parse_date_add);
EXPR_EVAL(expr_eval_date_diff);
EXPR_PARSE(expr_parse_date_diff);
EXPR_EVAL(expr_eval_date_trunc);
EXPR_PARSE(expr_parse_date_trunc);

/* expr_date_text.c */
EXPR_EVAL(expr_eval_date_to_string);
EXPR_PARSE(expr_parse_date_to_string);
EXPR_EVAL(expr_eval_date_from_string);
EXPR_PARSE(expr_parse_date_from_string);

/* expr_percentile.c */
EXPR_EVAL(expr_eval_percentile);
EXPR_PARSE(expr_parse_percentile);

/* meta.c */
EXPR_EVAL(expr_eval_meta);
EXPR_PARSE(expr_parse_meta);

/* expr_misc.c */
EXPR_EVAL(expr_eval_sum_avg);
EXPR_EVAL(expr_eval_min_max);
EXPR_EVAL(expr_eval_std_dev);
EXPR_EVAL(expr_eval_rand);
EXPR_PARSE(expr_parse_rand);
EXPR_EVAL(expr_eval_bson_size);
EXPR_EVAL(expr_eval_binary_size);
EXPR_EVAL(expr_eval_hashed_key);
EXPR_EVAL(expr_eval_timestamp_part);

#endif
