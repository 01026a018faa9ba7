/*
 * $percentile and $median: {input: ..., p: [...], method: "approximate"}.
 */
#include "aggregate/accumulator.h"
#include "expr/percentiles.h"
#include "util/digest.h"

enum {
	ERR_PERCENTILE_NOT_OBJECT = 7429703,
	ERR_MEDIAN_NOT_OBJECT = 7436100,
	ERR_OPTION_MISSING = 40414,
	ERR_OPTION_UNKNOWN = 40415,
};

struct percentile_state {
	struct digest digest;
	const struct percentiles *wanted;
};

/* ------------------------------------------------ specification */

static int parse_p(
    const struct accumulator_parser *p, struct value v, struct accumulator_operand *out)
{
	struct expression *e;
	struct percentiles *l;
	int err = accumulator_expression(p, v, &e);

	if (!err)
		err = percentiles_parse(p->accumulator->name, e, p->arena, &l, p->status);
	if (!err)
		out->data = l;
	return err;
}

static const struct accumulator_option options[] = {
    {"input", ERR_OPTION_MISSING},
    {"method", ERR_OPTION_MISSING},
    {"p", ERR_OPTION_MISSING},
};

static int parse(const struct accumulator_parser *p, struct value spec, int not_object,
    int n_options, struct value *parts, struct accumulator_operand *out)
{
	int err;

	if (spec.type != TYPE_OBJECT)
		return status_set(p->status, not_object, "%s takes a document, and not %s",
		    p->accumulator->name, type_name(spec.type));
	err = accumulator_options(
	    p, value_doc(spec), options, n_options, ERR_OPTION_UNKNOWN, parts);
	if (!err)
		err = percentiles_check_method(p->accumulator->name, parts[1], p->status);
	return err ? err : accumulator_expression(p, parts[0], &out->value);
}

static int percentile_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	struct value parts[ARRAY_LEN(options)];
	int err = parse(p, spec, ERR_PERCENTILE_NOT_OBJECT, ARRAY_LEN(options), parts, out);

	return err ? err : parse_p(p, parts[2], out);
}

static int median_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	struct value parts[ARRAY_LEN(options)];

	return parse(p, spec, ERR_MEDIAN_NOT_OBJECT, ARRAY_LEN(options) - 1, parts, out);
}

/* ------------------------------------------------ values */

static int percentile_begin(void *state, const struct accumulator *a, const void *data,
    struct value start, struct status *st)
{
	struct percentile_state *s = state;

	s->wanted = data;
	return 0;
}

static int percentile_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct percentile_state *s = state;
	double d;

	if (value_to_double(v, &d))
		digest_add(&s->digest, d, cx->arena);
	return 0;
}

static void append(
    const struct percentile_state *s, double p, struct builder *b, const char *name)
{
	double d;

	if (digest_percentile(&s->digest, p, &d))
		builder_double(b, name, d);
	else
		builder_null(b, name);
}

static void percentile_finish(void *state, struct builder *b, const char *name)
{
	const struct percentile_state *s = state;

	digest_sort(&s->digest);
	builder_array_begin(b, name);
	for (int i = 0; i < s->wanted->n; i++)
		append(s, s->wanted->p[i], b, NULL);
	builder_array_end(b);
}

static void median_finish(void *state, struct builder *b, const char *name)
{
	const struct percentile_state *s = state;

	digest_sort(&s->digest);
	append(s, 0.5, b, name);
}

const struct accumulator acc_percentile = {
    .name = "$percentile",
    .help = "Below what so large parts of the numbers lie; null where there is none.",
    .state_size = sizeof(struct percentile_state),
    .parse = percentile_parse,
    .begin = percentile_begin,
    .add = percentile_add,
    .finish = percentile_finish,
};

const struct accumulator acc_median = {
    .name = "$median",
    .help = "What half of the numbers lie below; null where there is none.",
    .state_size = sizeof(struct percentile_state),
    .parse = median_parse,
    .add = percentile_add,
    .finish = median_finish,
};
