#include "aggregate/line.h"

#include "bson/builder.h"
#include "bson/compare.h"
#include "bson/decimal.h"

enum {
	ERR_ONE_FIELD = 605001,
	ERR_REPEATED = 6050106,
	ERR_SORT_TYPES = 6050107,
	ERR_NOT_NUMERIC = 6050201,
};

int line_needs_one_field(const char *what, struct status *st)
{
	return status_set(st, ERR_ONE_FIELD, "%s needs a sortBy of exactly one field", what);
}

static int check(struct value v, struct value at, struct status *st)
{
	if (!value_is_number(v))
		return status_set(st, ERR_NOT_NUMERIC,
		    "a value that a line goes to is a number, not %s", type_name(v.type));
	if (!value_is_number(at) && at.type != TYPE_DATE)
		return status_set(st, ERR_SORT_TYPES,
		    "what a line goes along is a number or a date, not %s", type_name(at.type));
	return 0;
}

struct value line_number(struct value v)
{
	if (v.type == TYPE_DATE)
		v.type = TYPE_INT64;
	return v;
}

struct value line_divide(struct value x, struct value y, struct arena *a)
{
	double dividend, divisor;

	if (x.type == TYPE_DECIMAL128 || y.type == TYPE_DECIMAL128)
		return value_make_decimal(
		    a, decimal_divide(number_to_decimal(x), number_to_decimal(y)));
	if (!value_to_double(x, &dividend) || !value_to_double(y, &divisor))
		return value_null;
	return value_make_double(a, dividend / divisor);
}

/* from.value + (at - from.where) * ((to.value - from.value) / (to.where - from.where)) */
int line_between(const struct line_point *from, const struct line_point *to, struct value at,
    struct arena *a, struct value *out, struct status *st)
{
	struct value start = line_number(from->where), end = line_number(to->where);
	struct value rise, slope;
	int err = check(from->value, from->where, st);

	if (!err)
		err = check(to->value, to->where, st);
	if (!err)
		err = check(to->value, at, st);
	if (err)
		return err;
	if (type_rank(to->where.type) != type_rank(at.type) ||
	    type_rank(from->where.type) != type_rank(at.type))
		return status_set(st, ERR_SORT_TYPES,
		    "what a line goes along is of several types within a partition");
	at = line_number(at);
	if (value_compare(start, at, NULL) == 0 || value_compare(at, end, NULL) == 0)
		return status_set(st, ERR_REPEATED,
		    "what a line goes along has no value twice within a partition");
	slope = line_divide(number_subtract(to->value, from->value, OVERFLOW_TO_DOUBLE, a),
	    number_subtract(end, start, OVERFLOW_TO_DOUBLE, a), a);
	rise = number_multiply(
	    number_subtract(at, start, OVERFLOW_TO_DOUBLE, a), slope, OVERFLOW_TO_DOUBLE, a);
	*out = number_add(from->value, rise, OVERFLOW_TO_DOUBLE, a);
	return arena_failed(a)
		   ? status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a line")
		   : 0;
}
