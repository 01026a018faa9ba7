/*
 * $sum, $avg and $count.
 */
#include "aggregate/accumulator.h"
#include "bson/number_sum.h"

static int sum_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	number_sum_add(state, v);
	return 0;
}

static void append(
    struct value (*make)(const struct number_sum *s, struct arena *a), const void *state,
    struct builder *b, const char *name)
{
	struct arena a;
	struct value v;

	arena_init(&a, NULL);
	v = make(state, &a);
	if (value_is_missing(v))
		builder_null(b, name);
	else if (v.data)
		builder_value(b, name, v);
	else
		b->failed = true;
	arena_clear(&a);
}

static void sum_finish(const void *state, struct builder *b, const char *name)
{
	append(number_sum_total, state, b, name);
}

static void avg_finish(const void *state, struct builder *b, const char *name)
{
	append(number_sum_average, state, b, name);
}

static int count_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct number_sum *s = state;

	s->integers++;
	return 0;
}

const struct accumulator acc_sum = {
    .name = "$sum",
    .help = "The sum of the numbers.",
    .state_size = sizeof(struct number_sum),
    .add = sum_add,
    .finish = sum_finish,
};

const struct accumulator acc_avg = {
    .name = "$avg",
    .help = "The average of the numbers; null where there is none.",
    .state_size = sizeof(struct number_sum),
    .add = sum_add,
    .finish = avg_finish,
};

const struct accumulator acc_count = {
    .name = "$count",
    .help = "How many documents.",
    .state_size = sizeof(struct number_sum),
    .add = count_add,
    .finish = sum_finish,
    .no_operand = true,
};
