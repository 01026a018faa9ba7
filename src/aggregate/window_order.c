/*
 * Functions of a document's place in its partition: $rank, $denseRank, $documentNumber, $shift,
 * $expMovingAvg, $locf.
 */
#include "aggregate/window.h"

#include <math.h>
#include <string.h>

#include "bson/decimal.h"

enum {
	ERR_RANK_WINDOW = 5371601,
	ERR_RANK_SORT = 5371602,
	ERR_RANK_OPERAND = 5371603,
};

/* ------------------------------------------------------------------- ranks */

static int rank_parse(const struct window_parser *p, struct value spec, struct window_output *o)
{
	if (o->has_window)
		return status_set(p->status, ERR_RANK_WINDOW, "%s takes no window and no more",
		    o->function->name);
	if (!p->sort || p->sort->n != 1)
		return status_set(p->status, ERR_RANK_SORT,
		    "%s needs a sortBy of exactly one field", o->function->name);
	if (spec.type != TYPE_OBJECT || !doc_is_empty(value_doc(spec)))
		return status_set(p->status, ERR_RANK_OPERAND, "%s takes no arguments, i.e. {}",
		    o->function->name);
	return 0;
}

static struct value null_for_nothing(struct value v)
{
	return window_is_nothing(v) ? value_null : v;
}

static void count_place(struct window_run *r, const struct window_part *p, size_t i)
{
	if (i > 0 && value_compare(null_for_nothing(p->places[i - 1]),
			 null_for_nothing(p->places[i]), p->collator) == 0)
		return;
	r->own.rank = (int64_t)i + 1;
	r->own.dense_rank++;
}

static int make_count(struct window_part *p, int64_t n, struct value *out, struct status *st)
{
	*out = n > INT32_MAX ? value_make_i64(p->row, n) : value_make_i32(p->row, (int32_t)n);
	return arena_failed(p->row) ? window_no_memory(st) : 0;
}

static int rank_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	count_place(r, p, i);
	return make_count(p, r->own.rank, out, st);
}

static int dense_rank_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	count_place(r, p, i);
	return make_count(p, r->own.dense_rank, out, st);
}

static int document_number_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	return make_count(p, (int64_t)i + 1, out, st);
}

#define RANK(id, op, what)                                                                     \
	const struct window_function window_##id = {                                           \
	    .name = op,                                                                        \
	    .help = what,                                                                      \
	    .window = WINDOW_MUST_NOT_BE,                                                      \
	    .code_of_more = ERR_RANK_WINDOW,                                                   \
	    .parse = rank_parse,                                                               \
	    .value = id##_value,                                                               \
	}

RANK(rank, "$rank", "How many come before, and one; the same for those in one place.");
RANK(dense_rank, "$denseRank", "How many places come before, and one.");
RANK(document_number, "$documentNumber", "How many documents come before, and one.");

/* ------------------------------------------------------------------- $shift */

static int parse_fallback(
    const struct window_parser *p, struct value v, struct window_output *o)
{
	struct expression *e;
	int err = expression_parse(v, p->options, p->arena, &e, p->status);

	if (!err && !expression_is_constant(e, &o->fallback))
		err = status_set(
		    p->status, ERR_FAILED_TO_PARSE, "$shift's default is a constant");
	return err;
}

static int shift_parse(
    const struct window_parser *p, struct value spec, struct window_output *o)
{
	static const char *const names[] = {"output", "by", "default"};
	struct value given[3];
	int err = window_options(p, "$shift", spec, names, 3, given);

	if (err)
		return err;
	if (!p->sort)
		return status_set(p->status, ERR_FAILED_TO_PARSE, "$shift needs a sortBy");
	if (value_is_missing(given[0]) || value_is_missing(given[1]))
		return status_set(
		    p->status, ERR_FAILED_TO_PARSE, "$shift needs its 'output' and its 'by'");
	if (!value_is_number(given[1]) || !value_to_i64(given[1], &o->by) ||
	    o->by < INT32_MIN || o->by > INT32_MAX)
		return status_set(p->status, ERR_FAILED_TO_PARSE,
		    "$shift's 'by' is a whole number of 32 bits");
	o->fallback = value_null;
	if (!value_is_missing(given[2]))
		err = parse_fallback(p, given[2], o);
	return err ? err : window_parse_input(p, given[0], o);
}

static int shift_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	int64_t at = (int64_t)i + r->output->by;

	*out = at < 0 || (size_t)at >= p->n ? r->output->fallback
					    : null_for_nothing(r->values[at]);
	return 0;
}

const struct window_function window_shift = {
    .name = "$shift",
    .help = "The value of a document so many places on.",
    .window = WINDOW_MUST_NOT_BE,
    .parse = shift_parse,
    .value = shift_value,
};

/* ------------------------------------------------------------ $expMovingAvg */

static int parse_alpha(const struct window_parser *p, const struct value *n,
    const struct value *alpha, struct window_output *o)
{
	int64_t count;

	if (value_is_missing(*n) == value_is_missing(*alpha))
		return status_set(p->status, ERR_FAILED_TO_PARSE,
		    "$expMovingAvg takes either 'N' or 'alpha'");
	if (!value_is_missing(*alpha)) {
		if (value_is_number(*alpha) && value_to_double(*alpha, &o->alpha) &&
		    o->alpha > 0 && o->alpha < 1)
			return 0;
		return status_set(p->status, ERR_FAILED_TO_PARSE,
		    "$expMovingAvg's 'alpha' is a number between 0 and 1");
	}
	if (!value_is_number(*n) || !value_to_i64(*n, &count) || count <= 0)
		return status_set(p->status, ERR_FAILED_TO_PARSE,
		    "$expMovingAvg's 'N' is a whole number above 0");
	o->alpha = 2.0 / ((double)count + 1);
	return 0;
}

static int exp_moving_avg_parse(
    const struct window_parser *p, struct value spec, struct window_output *o)
{
	static const char *const names[] = {"input", "N", "alpha"};
	struct value given[3];
	int err = window_options(p, "$expMovingAvg", spec, names, 3, given);

	if (err)
		return err;
	if (!p->sort)
		return status_set(
		    p->status, ERR_FAILED_TO_PARSE, "$expMovingAvg needs a sortBy");
	if (value_is_missing(given[0]))
		return status_set(
		    p->status, ERR_FAILED_TO_PARSE, "$expMovingAvg needs its 'input'");
	err = parse_alpha(p, &given[1], &given[2], o);
	return err ? err : window_parse_input(p, given[0], o);
}

/* In the partition's arena: it is the next one's, too. */
static struct value moved(struct value last, struct value v, double alpha, struct arena *a)
{
	struct value now = value_make_double(a, alpha),
		     before = value_make_double(a, 1 - alpha);

	return number_add(number_multiply(v, now, OVERFLOW_TO_DOUBLE, a),
	    number_multiply(last, before, OVERFLOW_TO_DOUBLE, a), OVERFLOW_TO_DOUBLE, a);
}

static struct value as_double(struct value v, struct arena *a)
{
	double d;

	if (v.type == TYPE_DECIMAL128)
		return v;
	(void)value_to_double(v, &d);
	return value_make_double(a, d);
}

static int exp_moving_avg_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	struct value v = r->values[i];

	if (i == 0)
		r->own.last = value_null;
	if (value_is_number(v))
		r->own.last = r->own.last.type == TYPE_NULL
				  ? as_double(v, p->arena)
				  : moved(r->own.last, v, r->output->alpha, p->arena);
	*out = r->own.last;
	return arena_failed(p->arena) ? partition_no_memory(p->docs, st) : 0;
}

const struct window_function window_exp_moving_avg = {
    .name = "$expMovingAvg",
    .help = "An average in which each document before counts less.",
    .window = WINDOW_MUST_NOT_BE,
    .parse = exp_moving_avg_parse,
    .value = exp_moving_avg_value,
};

/* -------------------------------------------------------------------- $locf */

static int locf_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	if (i == 0)
		r->own.last = value_null;
	if (!window_is_nothing(r->values[i]))
		r->own.last = r->values[i];
	*out = r->own.last;
	return 0;
}

const struct window_function window_locf = {
    .name = "$locf",
    .help = "The last value that is not null or missing.",
    .window = WINDOW_MUST_NOT_BE,
    .parse = window_parse_input,
    .value = locf_value,
};
