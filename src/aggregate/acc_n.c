/*
 * $firstN, $lastN, $minN and $maxN: {input: ..., n: ...}.
 */
#include "aggregate/accumulator.h"
#include "aggregate/ranking.h"

enum {
	ERR_FIRST_N_NOT_OBJECT = 5787801,
	ERR_MIN_N_NOT_OBJECT = 5787900,
	ERR_N_UNKNOWN = 5787901,
	ERR_N_MISSING = 5787906,
	ERR_N_INPUT_MISSING = 5787907,
};

static int parse_n(const struct accumulator_parser *p, struct value spec, int not_object,
    struct accumulator_operand *out)
{
	static const struct accumulator_option options[] = {
	    {"n", ERR_N_MISSING}, {"input", ERR_N_INPUT_MISSING}};
	struct value parts[ARRAY_LEN(options)];
	int err;

	if (spec.type != TYPE_OBJECT)
		return status_set(p->status, not_object, "%s takes a document, and not %s",
		    p->accumulator->name, type_name(spec.type));
	err = accumulator_options(
	    p, value_doc(spec), options, ARRAY_LEN(options), ERR_N_UNKNOWN, parts);
	if (!err)
		err = accumulator_expression(p, parts[0], &out->start);
	return err ? err : accumulator_expression(p, parts[1], &out->value);
}

static struct value or_null(struct value v)
{
	return value_is_missing(v) ? value_null : v;
}

/* ------------------------------------------------ $firstN, $lastN */

struct first_state {
	int64_t most;
	struct kept
	    *list; /* of the last ones, those that came last take the first ones' places */
	size_t n, size, next;
};

#define SIZE_MIN 4

static int first_n_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	return parse_n(p, spec, ERR_FIRST_N_NOT_OBJECT, out);
}

static int first_n_begin(void *state, const struct accumulator *a, const void *data,
    struct value start, struct status *st)
{
	struct first_state *s = state;

	return accumulator_n(a, start, &s->most, st);
}

static bool grow(struct first_state *s, struct arena *a)
{
	size_t size = MIN_OF((uint64_t)s->most, s->size ? 2 * s->size : SIZE_MIN);
	struct kept *list = arena_new_array(a, size, struct kept);

	if (!list)
		return false;
	if (s->n)
		memcpy(list, s->list, s->n * sizeof(*list));
	s->list = list;
	s->size = size;
	return true;
}

static void append(struct first_state *s, struct value v, struct arena *a)
{
	if ((s->n < s->size || grow(s, a)) && kept_set(&s->list[s->n], v, a))
		s->n++;
}

static int first_n_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct first_state *s = state;

	if (s->n < (uint64_t)s->most)
		append(s, or_null(v), cx->arena);
	return 0;
}

static int last_n_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct first_state *s = state;

	if (s->n < (uint64_t)s->most)
		return first_n_add(state, v, cx, st);
	if (kept_set(&s->list[s->next], or_null(v), cx->arena))
		s->next = (s->next + 1) % s->n;
	return 0;
}

static void first_n_finish(void *state, struct builder *b, const char *name)
{
	const struct first_state *s = state;

	builder_array_begin(b, name);
	for (size_t i = 0; i < s->n; i++)
		builder_value(b, NULL, s->list[(s->next + i) % s->n].value);
	builder_array_end(b);
}

const struct accumulator acc_first_n = {
    .name = "$firstN",
    .help = "The first n documents' values.",
    .state_size = sizeof(struct first_state),
    .parse = first_n_parse,
    .begin = first_n_begin,
    .add = first_n_add,
    .finish = first_n_finish,
};

const struct accumulator acc_last_n = {
    .name = "$lastN",
    .help = "The last n documents' values.",
    .state_size = sizeof(struct first_state),
    .parse = first_n_parse,
    .begin = first_n_begin,
    .add = last_n_add,
    .finish = first_n_finish,
};

/* ------------------------------------------------ $minN, $maxN */

static int min_n_parse(
    const struct accumulator_parser *p, struct value spec, struct accumulator_operand *out)
{
	return parse_n(p, spec, ERR_MIN_N_NOT_OBJECT, out);
}

static int min_n_begin(void *state, const struct accumulator *a, const void *data,
    struct value start, struct status *st)
{
	struct ranking *r = state;

	r->greatest = a->id;
	return accumulator_n(a, start, &r->most, st);
}

static int min_n_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct ranking *r = state;

	r->collator = cx->collator;
	if (v.type != TYPE_NULL && v.type != TYPE_UNDEFINED && v.type != TYPE_EOD)
		ranking_add(r, v, view_of(NULL, 0), cx->arena);
	return 0;
}

static void min_n_finish(void *state, struct builder *b, const char *name)
{
	struct ranking *r = state;

	ranking_sort(r);
	builder_array_begin(b, name);
	for (size_t i = 0; i < r->n; i++)
		builder_value(b, NULL, r->list[r->greatest ? r->n - 1 - i : i].value.value);
	builder_array_end(b);
}

const struct accumulator acc_min_n = {
    .name = "$minN",
    .help = "The n least of the values, null aside.",
    .state_size = sizeof(struct ranking),
    .parse = min_n_parse,
    .begin = min_n_begin,
    .add = min_n_add,
    .finish = min_n_finish,
};

const struct accumulator acc_max_n = {
    .name = "$maxN",
    .id = 1,
    .help = "The n greatest of the values, null aside.",
    .state_size = sizeof(struct ranking),
    .parse = min_n_parse,
    .begin = min_n_begin,
    .add = min_n_add,
    .finish = min_n_finish,
};
