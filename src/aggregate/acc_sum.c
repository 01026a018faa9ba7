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

static bool sum_remove(void *state, struct value v)
{
	return number_sum_remove(state, v);
}

static void append(struct value (*make)(const struct number_sum *s, struct arena *a),
    const void *state, struct builder *b, const char *name)
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

static void sum_finish(void *state, struct builder *b, const char *name)
{
	append(number_sum_total, state, b, name);
}

static void avg_finish(void *state, struct builder *b, const char *name)
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

static bool count_remove(void *state, struct value v)
{
	struct number_sum *s = state;

	s->integers--;
	return true;
}

const struct accumulator acc_sum = {
    .name = "$sum",
    .help = "The sum of the numbers.",
    .state_size = sizeof(struct number_sum),
    .add = sum_add,
    .remove = sum_remove,
    .finish = sum_finish,
};

const struct accumulator acc_avg = {
    .name = "$avg",
    .help = "The average of the numbers; null where there is none.",
    .state_size = sizeof(struct number_sum),
    .add = sum_add,
    .remove = sum_remove,
    .finish = avg_finish,
};

const struct accumulator acc_count = {
    .name = "$count",
    .help = "How many documents.",
    .state_size = sizeof(struct number_sum),
    .add = count_add,
    .remove = count_remove,
    .finish = sum_finish,
    .no_operand = true,
};
