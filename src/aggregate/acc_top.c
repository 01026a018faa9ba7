/*
 * $top, $bottom, $topN and $bottomN: what the first or last documents of an order give.
 */
#include "aggregate/accumulator.h"
#include "aggregate/ranking.h"
#include "expr/project.h"

enum {
	ERR_TOP_NOT_OBJECT = 5788001,
	ERR_TOP_UNKNOWN = 5788002,
	ERR_TOP_N_MISSING = 5788003,
	ERR_TOP_OUTPUT_MISSING = 5788004,
	ERR_TOP_SORT_BY_MISSING = 5788005,
	ERR_TOP_SORT_BY_NOT_OBJECT = 10065,
};

struct top_state {
	const struct sort_spec *order;
	struct ranking ranking;
};

/* ------------------------------------------------ specification */

static int parse_parts(const struct accumulator_parser *p, const struct value *parts,
    struct accumulator_operand *out)
{
	struct value sort_by = parts[1];
	struct sort_spec *order;
	int err = accumulator_expression(p, parts[0], &out->value);

	if (err)
		return err;
	if (sort_by.type != TYPE_OBJECT)
		return status_set(p->status, ERR_TOP_SORT_BY_NOT_OBJECT,
		    "%s: sortBy is a document, and not %s", p->accumulator->name,
		    type_name(sort_by.type));
	err = sort_parse(value_doc(sort_by), p->options->collator, p->arena, &order, p->status);
	out->data = order;
	return err;
}

/* The first without, the others with n. */
static const struct accumulator_option options[] = {
    {"output", ERR_TOP_OUTPUT_MISSING},
    {"sortBy", ERR_TOP_SORT_BY_MISSING},
    {"n", ERR_TOP_N_MISSING},
};

static int parse(const struct accumulator_parser *p, struct value spec, int n_options,
    struct accumulator_operand *out)
{
	struct value parts[ARRAY_LEN(options)];
	int err;

	if (spec.type != TYPE_OBJECT)
		return status_set(p->status, ERR_TOP_NOT_OBJECT,
		    "%s takes a document, and not %s", p->accumulator->name,
		    type_name(spec.type));
	err =
	    accumulator_options(p, value_doc(spec), options, n_options, ERR_TOP_UNKNOWN, parts);
	if (!err)
		err = parse_parts(p, parts, out);
	if (!err && n_options == ARRAY_LEN(options))
		err = accumulator_expression(p, parts[2], &out->start);
	return err;
}

static int top_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	return parse(p, spec, ARRAY_LEN(options) - 1, out);
}

static int top_n_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	return parse(p, spec, ARRAY_LEN(options), out);
}

/* ------------------------------------------------ values */

static void begin(struct top_state *s, const struct accumulator *a, const void *data)
{
	s->order = data;
	s->ranking = (struct ranking){
	    .most = 1,
	    .greatest = a->id,
	    .by_key = true,
	};
}

static int top_begin(void *state, const struct accumulator *a, const void *data,
    struct value start, struct status *st)
{
	begin(state, a, data);
	return 0;
}

static int top_n_begin(void *state, const struct accumulator *a, const void *data,
    struct value start, struct status *st)
{
	struct top_state *s = state;

	begin(s, a, data);
	return accumulator_n(a, start, &s->ranking.most, st);
}

static int top_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct top_state *s = state;

	buf_reset(cx->scratch);
	sort_key(s->order, cx->doc, cx->meta, cx->scratch);
	if (cx->scratch->failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a sort's keys");
	ranking_add(&s->ranking, value_is_missing(v) ? value_null : v, buf_view(cx->scratch),
	    cx->arena);
	return 0;
}

static void top_finish(void *state, struct builder *b, const char *name)
{
	const struct top_state *s = state;

	builder_value(b, name, s->ranking.n ? s->ranking.list[0].value.value : value_null);
}

static void top_n_finish(void *state, struct builder *b, const char *name)
{
	struct top_state *s = state;

	ranking_sort(&s->ranking);
	builder_array_begin(b, name);
	for (size_t i = 0; i < s->ranking.n; i++)
		builder_value(b, NULL, s->ranking.list[i].value.value);
	builder_array_end(b);
}

#define TOP(acc, family, op, last, what)                                                       \
	const struct accumulator acc_##acc = {                                                 \
	    .name = op,                                                                        \
	    .id = last,                                                                        \
	    .help = what,                                                                      \
	    .state_size = sizeof(struct top_state),                                            \
	    .reads_document = true,                                                            \
	    .parse = family##_parse,                                                           \
	    .begin = family##_begin,                                                           \
	    .add = top_add,                                                                    \
	    .finish = family##_finish,                                                         \
	}

TOP(bottom, top, "$bottom", 1, "The value of the last document in an order.");
TOP(bottom_n, top_n, "$bottomN", 1, "The values of the last n documents in an order.");
TOP(top, top, "$top", 0, "The value of the first document in an order.");
TOP(top_n, top_n, "$topN", 0, "The values of the first n documents in an order.");
