/*
 * $percentile and $median: {input: ..., p: [...], method: "approximate"}.
 */
#include "aggregate/accumulator.h"
#include "util/digest.h"

enum {
	ERR_PERCENTILE_NOT_OBJECT = 7429703,
	ERR_MEDIAN_NOT_OBJECT = 7436100,
	ERR_OPTION_MISSING = 40414,
	ERR_OPTION_UNKNOWN = 40415,
	ERR_P_NOT_CONSTANT = 7750300,
	ERR_P_NOT_ARRAY = 7750301,
	ERR_P_NOT_NUMBER = 7750302,
	ERR_P_OUT_OF_RANGE = 7750303,
};

struct percentiles {
	int n;
	double p[];
};

struct percentile_state {
	struct digest digest;
	const struct percentiles *wanted;
};

/* ------------------------------------------------ specification */

static int check_method(const struct accumulator_parser *p, struct value v)
{
	const char *name = p->accumulator->name;

	if (v.type != TYPE_STRING)
		return status_set(p->status, ERR_TYPE_MISMATCH,
		    "%s: method is a string, and not %s", name, type_name(v.type));
	if (!view_equal(value_str(v), view_of_str("approximate")))
		return status_set(
		    p->status, ERR_BAD_VALUE, "%s: method can only be 'approximate'", name);
	return 0;
}

static int parse_p(const struct accumulator_parser *p, struct value v, double *out)
{
	if (!value_is_number(v))
		return status_set(p->status, ERR_P_NOT_NUMBER,
		    "%s: p is an array of numbers, and not of %s", p->accumulator->name,
		    type_name(v.type));
	(void)value_to_double(v, out);
	if (*out >= 0 && *out <= 1)
		return 0;
	return status_set(
	    p->status, ERR_P_OUT_OF_RANGE, "%s: p is between 0 and 1", p->accumulator->name);
}

static struct percentiles *new_percentiles(const struct accumulator_parser *p, int n)
{
	struct percentiles *l =
	    arena_calloc(p->arena, 1, sizeof(*l) + (size_t)n * sizeof(l->p[0]));

	if (l)
		l->n = n;
	return l;
}

static int parse_list(
    const struct accumulator_parser *p, struct value v, struct accumulator_operand *out)
{
	struct percentiles *l;
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_ARRAY || doc_is_empty(value_doc(v)))
		return status_set(p->status, ERR_P_NOT_ARRAY,
		    "%s: p is an array of at least one number", p->accumulator->name);
	l = new_percentiles(p, doc_count(value_doc(v)));
	if (!l)
		return accumulator_no_memory(p);
	it = doc_iter(value_doc(v));
	for (int i = 0; !err && doc_next(&it, &e); i++)
		err = parse_p(p, e.value, &l->p[i]);
	out->data = l;
	return err;
}

static int parse_constant_list(
    const struct accumulator_parser *p, struct value v, struct accumulator_operand *out)
{
	struct expression *e;
	int err = accumulator_expression(p, v, &e);

	if (err)
		return err;
	if (!expression_is_constant(e, &v))
		return status_set(
		    p->status, ERR_P_NOT_CONSTANT, "%s: p is constant", p->accumulator->name);
	return parse_list(p, v, out);
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
		err = check_method(p, parts[1]);
	return err ? err : accumulator_expression(p, parts[0], &out->value);
}

static int percentile_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	struct value parts[ARRAY_LEN(options)];
	int err = parse(p, spec, ERR_PERCENTILE_NOT_OBJECT, ARRAY_LEN(options), parts, out);

	return err ? err : parse_constant_list(p, parts[2], out);
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

static void percentile_finish(const void *state, struct builder *b, const char *name)
{
	const struct percentile_state *s = state;

	digest_sort(&s->digest);
	builder_array_begin(b, name);
	for (int i = 0; i < s->wanted->n; i++)
		append(s, s->wanted->p[i], b, NULL);
	builder_array_end(b);
}

static void median_finish(const void *state, struct builder *b, const char *name)
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
