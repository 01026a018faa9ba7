/*
 * Functions of the lines between documents: $derivative, $integral, $linearFill.
 */
#include "aggregate/window.h"

#include "aggregate/line.h"
#include "bson/decimal.h"
#include "bson/number_sum.h"

enum {
	ERR_DERIVATIVE_UNIT = 5624900,
	ERR_DERIVATIVE_NO_UNIT = 5624901,
	ERR_DERIVATIVE_INPUT = 5624902,
	ERR_INTEGRAL_UNIT = 5423901,
	ERR_INTEGRAL_NO_UNIT = 5423902,
	ERR_UNIT_TOO_LONG = 5490710,
};

/* ---------------------------------------------------- along numbers or dates */

static int parse_unit(const struct window_parser *p, struct value v, struct window_output *o)
{
	enum date_unit unit;

	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_STRING || !date_unit_parse(value_str(v), &unit))
		return status_set(p->status, ERR_FAILED_TO_PARSE,
		    "%s's unit is one of time, as 'hour'", o->function->name);
	o->unit_ms = date_unit_ms(unit);
	return o->unit_ms ? 0
			  : status_set(p->status, ERR_UNIT_TOO_LONG,
				"%s's unit is a week or shorter", o->function->name);
}

static int slope_parse(
    const struct window_parser *p, struct value spec, struct window_output *o)
{
	static const char *const names[] = {"input", "unit"};
	struct value given[2];
	int err = window_options(p, o->function->name, spec, names, 2, given);

	if (!err)
		err = window_needs_place(p, o->function->name);
	if (err)
		return err;
	if (value_is_missing(given[0]))
		return status_set(
		    p->status, ERR_FAILED_TO_PARSE, "%s needs its 'input'", o->function->name);
	err = parse_unit(p, given[1], o);
	return err ? err : window_parse_input(p, given[0], o);
}

/* Dates with a unit, numbers without. */
static int check_place(const struct window_output *o, struct value v, int with_unit,
    int without, struct status *st)
{
	if (o->unit_ms && v.type != TYPE_DATE)
		return status_set(st, with_unit, "%s with a unit goes along dates, not %s",
		    o->function->name, type_name(v.type));
	if (!o->unit_ms && !value_is_number(v))
		return status_set(st, without, "%s without a unit goes along numbers, not %s",
		    o->function->name, type_name(v.type));
	return 0;
}

/* From one place to another, in units. */
static struct value distance(
    const struct window_output *o, struct value from, struct value to, struct arena *a)
{
	struct value d =
	    number_subtract(line_number(to), line_number(from), OVERFLOW_TO_DOUBLE, a);

	return o->unit_ms ? line_divide(d, value_make_i64(a, o->unit_ms), a) : d;
}

static bool is_zero(struct value v)
{
	double d;

	return value_to_double(v, &d) && d == 0;
}

/* ------------------------------------------------------------- $derivative */

static int check_end(const struct window_run *r, const struct window_part *p, size_t i,
    bool *nothing, struct status *st)
{
	struct value v = r->values[i];

	*nothing |= window_is_nothing(v);
	if (!window_is_nothing(v) && !value_is_number(v))
		return status_set(st, ERR_DERIVATIVE_INPUT,
		    "$derivative is of numbers, not of %s", type_name(v.type));
	return check_place(
	    r->output, p->places[i], ERR_DERIVATIVE_UNIT, ERR_DERIVATIVE_NO_UNIT, st);
}

static int derivative_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	size_t first, last;
	struct value run;
	bool nothing = false;
	int err = window_frame(r, p, i, st);

	*out = value_null;
	if (err || r->to - r->from < 2)
		return err;
	first = r->from;
	last = r->to - 1;
	err = check_end(r, p, first, &nothing, st);
	if (!err)
		err = check_end(r, p, last, &nothing, st);
	if (err || nothing)
		return err;
	run = distance(r->output, p->places[first], p->places[last], p->row);
	if (!is_zero(run))
		*out = line_divide(number_subtract(r->values[last], r->values[first],
				       OVERFLOW_TO_DOUBLE, p->row),
		    run, p->row);
	return arena_failed(p->row) ? window_no_memory(st) : 0;
}

const struct window_function window_derivative = {
    .name = "$derivative",
    .help = "The slope from the window's first document to its last.",
    .window = WINDOW_MUST_BE,
    .parse = slope_parse,
    .value = derivative_value,
};

/* --------------------------------------------------------------- $integral */

/* Below the line from the number before; those that are none are passed over. */
struct area {
	struct value area; /* missing: there is no number before */
	size_t before, after; /* the numbers beside it, and one; 0: none */
};

static struct value trapezoid(
    const struct window_run *r, const struct window_part *p, size_t from, size_t to)
{
	struct arena *a = p->arena;
	struct value sum = number_add(r->values[from], r->values[to], OVERFLOW_TO_DOUBLE, a);
	struct value mean = line_divide(sum, value_make_double(a, 2), a);

	return number_multiply(mean, distance(r->output, p->places[from], p->places[to], a),
	    OVERFLOW_TO_DOUBLE, a);
}

static int integral_begin(struct window_run *r, struct window_part *p, struct status *st)
{
	struct area *areas = arena_calloc(p->arena, p->n + 1, sizeof(*areas));
	size_t before = 0;

	if (!areas)
		return partition_no_memory(p->docs, st);
	for (size_t i = 0; i < p->n; i++) {
		int err = check_place(
		    r->output, p->places[i], ERR_INTEGRAL_UNIT, ERR_INTEGRAL_NO_UNIT, st);

		if (err)
			return err;
		if (!value_is_number(r->values[i]))
			continue;
		areas[i].before = before;
		if (before) {
			areas[i].area = trapezoid(r, p, before - 1, i);
			areas[before - 1].after = i + 1;
		}
		before = i + 1;
	}
	r->own.areas = areas;
	return arena_failed(p->arena) ? partition_no_memory(p->docs, st) : 0;
}

static void integral_start(struct window_run *r)
{
	*(struct number_sum *)r->state = (struct number_sum){0};
	r->own.from = r->own.to = r->from;
	r->own.begun = true;
}

/* With a number goes the area up to the next one. */
static bool integral_take_back(struct window_run *r)
{
	if (!r->own.begun || r->from >= r->own.to)
		return false;
	for (; r->own.from < r->from; r->own.from++) {
		size_t after = r->own.areas[r->own.from].after;

		if (after && after <= r->own.to &&
		    !number_sum_remove(r->state, r->own.areas[after - 1].area))
			return false;
	}
	return true;
}

static int integral_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	int err = window_frame(r, p, i, st);

	*out = value_null;
	if (err || r->from == r->to)
		return err;
	if (!integral_take_back(r))
		integral_start(r);
	for (; r->own.to < r->to; r->own.to++) {
		const struct area *x = &r->own.areas[r->own.to];

		if (x->before > r->own.from)
			number_sum_add(r->state, x->area);
	}
	*out = number_sum_total(r->state, p->row);
	if (out->type == TYPE_INT32)
		*out = value_make_double(p->row, 0);
	return arena_failed(p->row) ? window_no_memory(st) : 0;
}

const struct window_function window_integral = {
    .name = "$integral",
    .help = "The area below the lines between the window's documents.",
    .state_size = sizeof(struct number_sum),
    .window = WINDOW_MAY_BE,
    .parse = slope_parse,
    .begin = integral_begin,
    .value = integral_value,
};

/* ------------------------------------------------------------- $linearFill */

static int linear_fill_parse(
    const struct window_parser *p, struct value spec, struct window_output *o)
{
	if (!p->sort || p->sort->n != 1)
		return line_needs_one_field("$linearFill", p->status);
	return window_parse_input(p, spec, o);
}

static int linear_fill_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	struct window_own *w = &r->own;
	struct line_point from, to;

	*out = r->values[i];
	if (!window_is_nothing(*out)) {
		w->before = i + 1;
		return 0;
	}
	*out = value_null;
	w->after = MAX_OF(w->after, i + 1);
	while (w->after < p->n && window_is_nothing(r->values[w->after]))
		w->after++;
	if (!w->before || w->after == p->n)
		return 0;
	from = (struct line_point){p->places[w->before - 1], r->values[w->before - 1]};
	to = (struct line_point){p->places[w->after], r->values[w->after]};
	return line_between(&from, &to, p->places[i], p->row, out, st);
}

const struct window_function window_linear_fill = {
    .name = "$linearFill",
    .help = "Values for those that are null or missing, on a line between two that are there.",
    .window = WINDOW_MUST_NOT_BE,
    .parse = linear_fill_parse,
    .value = linear_fill_value,
};
