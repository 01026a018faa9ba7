/*
 * Accumulators over windows.
 *
 * What goes out of a window in front is taken back where the accumulator can do that; else the
 * window is added up anew.  $min and $max keep the values that may yet be the best; $first,
 * $last and $push need no more than the values.
 */
#include "aggregate/window.h"

#include <string.h>

/* So many documents between two looks at whether the operation has been stopped. */
#define LOOK_EVERY 1024

/* ------------------------------------------------------------- accumulators */

static int accumulate_parse(
    const struct window_parser *p, struct value spec, struct window_output *o)
{
	const struct accumulator *acc = o->accumulator;
	struct accumulator_parser ap = {
	    .accumulator = acc, .options = p->options, .arena = p->arena, .status = p->status};

	if (acc->no_operand)
		return spec.type == TYPE_OBJECT && doc_is_empty(value_doc(spec))
			   ? 0
			   : status_set(p->status, ERR_FAILED_TO_PARSE,
				 "%s takes no arguments, i.e. %s: {}", acc->name, acc->name);
	if (acc->parse)
		return acc->parse(&ap, spec, &o->operand);
	return accumulator_expression(&ap, spec, &o->operand.value);
}

static int start(struct window_run *r, struct window_part *p, struct status *st)
{
	const struct window_output *o = r->output;
	struct value v = value_missing;
	int err = 0;

	arena_reset(&r->kept);
	memset(r->state, 0, o->accumulator->state_size);
	r->own.from = r->own.to = r->from;
	r->own.begun = true;
	if (!o->accumulator->begin)
		return 0;
	if (o->operand.start)
		err = expression_eval(o->operand.start, doc_empty, p->let, p->row, &v, st);
	return err ? err
		   : o->accumulator->begin(r->state, o->accumulator, o->operand.data, v, st);
}

static struct value value_at(const struct window_run *r, size_t i)
{
	return r->values ? r->values[i] : value_missing;
}

/* False: it has to be added up anew. */
static bool take_back(struct window_run *r)
{
	const struct accumulator *acc = r->output->accumulator;

	if (!r->own.begun || r->from >= r->own.to)
		return false;
	for (; r->own.from < r->from; r->own.from++)
		if (!acc->remove || !acc->remove(r->state, value_at(r, r->own.from)))
			return false;
	return true;
}

static int add_up(struct window_run *r, struct window_part *p, struct status *st)
{
	struct accumulation cx = {
	    .arena = &r->kept, .collator = p->collator, .scratch = &r->scratch};
	int err = 0;

	for (; !err && r->own.to < r->to; r->own.to++) {
		cx.doc = partition_at(p->docs, r->own.to);
		err = r->output->accumulator->add(r->state, value_at(r, r->own.to), &cx, st);
		if (!err && r->own.to % LOOK_EVERY == 0)
			err = op_check(p->op, st);
	}
	if (!err && arena_failed(&r->kept))
		err = partition_no_memory(p->docs, st);
	return err;
}

static int accumulate_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	struct builder b;
	const struct accumulator *acc = r->output->accumulator;
	bool moves = acc->finish_moving && !r->output->lower.unbounded;
	int err = window_frame(r, p, i, st);

	if (!err && !take_back(r))
		err = start(r, p, st);
	if (!err)
		err = add_up(r, p, st);
	if (err)
		return err;
	buf_reset(p->result);
	builder_init(&b, p->result);
	(moves ? acc->finish_moving : acc->finish)(r->state, &b, "v");
	builder_finish(&b);
	if (builder_failed(&b))
		return window_no_memory(st);
	*out = doc_get(buf_view(p->result), "v");
	return 0;
}

const struct window_function window_accumulate = {
    .name = "accumulators",
    .help = "What $group has for its groups.",
    .parse = accumulate_parse,
    .value = accumulate_value,
};

/* --------------------------------------------------------------- best of all */

static int best_begin(struct window_run *r, struct window_part *p, struct status *st)
{
	r->own.queue = arena_new_array(p->arena, p->n + 1, size_t);
	return r->own.queue ? 0 : partition_no_memory(p->docs, st);
}

/* What comes later and is no worse outlasts what is in front of it. */
static void best_add(struct window_run *r, const struct window_part *p, size_t i, int sign)
{
	struct window_own *w = &r->own;

	if (window_is_nothing(r->values[i]))
		return;
	while (w->tail > w->head && sign * value_compare(r->values[i],
					       r->values[w->queue[w->tail - 1]], p->collator) >
					0)
		w->tail--;
	w->queue[w->tail++] = i;
}

static int best_value(struct window_run *r, struct window_part *p, size_t i, int sign,
    struct value *out, struct status *st)
{
	struct window_own *w = &r->own;
	int err = window_frame(r, p, i, st);

	if (err)
		return err;
	for (; w->to < r->to; w->to++)
		best_add(r, p, w->to, sign);
	while (w->head < w->tail && w->queue[w->head] < r->from)
		w->head++;
	*out = w->head < w->tail ? r->values[w->queue[w->head]] : value_null;
	return 0;
}

static int min_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	return best_value(r, p, i, -1, out, st);
}

static int max_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	return best_value(r, p, i, 1, out, st);
}

/* ------------------------------------------------------------ plain values */

static int first_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	int err = window_frame(r, p, i, st);

	*out = value_null;
	if (!err && r->from < r->to && !value_is_missing(r->values[r->from]))
		*out = r->values[r->from];
	return err;
}

static int last_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	int err = window_frame(r, p, i, st);

	*out = value_null;
	if (!err && r->from < r->to && !value_is_missing(r->values[r->to - 1]))
		*out = r->values[r->to - 1];
	return err;
}

static int push_value(
    struct window_run *r, struct window_part *p, size_t i, struct value *out, struct status *st)
{
	struct builder b;
	int err = window_frame(r, p, i, st);

	if (err)
		return err;
	buf_reset(p->result);
	builder_init(&b, p->result);
	builder_array_begin(&b, "v");
	for (size_t k = r->from; k < r->to; k++)
		if (!value_is_missing(r->values[k]))
			builder_value(&b, NULL, r->values[k]);
	builder_array_end(&b);
	builder_finish(&b);
	if (builder_failed(&b))
		return window_no_memory(st);
	*out = doc_get(buf_view(p->result), "v");
	return 0;
}

#define OF_VALUES(id, op, start, what)                                                         \
	const struct window_function window_##id = {                                           \
	    .name = op,                                                                        \
	    .help = what,                                                                      \
	    .parse = window_parse_input,                                                       \
	    .begin = start,                                                                    \
	    .value = id##_value,                                                               \
	}

OF_VALUES(min, "$min", best_begin, "The least value; null where there is none.");
OF_VALUES(max, "$max", best_begin, "The greatest value; null where there is none.");
OF_VALUES(first, "$first", NULL, "The window's first document's value.");
OF_VALUES(last, "$last", NULL, "The window's last document's value.");
OF_VALUES(push, "$push", NULL, "All values, in an array.");
