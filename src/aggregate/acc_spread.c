/*
 * $stdDevPop and $stdDevSamp.
 */
#include "aggregate/accumulator.h"
#include "bson/number_sum.h"

static int spread_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	number_spread_add(state, v);
	return 0;
}

static bool spread_remove(void *state, struct value v)
{
	return number_spread_remove(state, v);
}

static void append(const void *state, bool of_sample, struct builder *b, const char *name)
{
	double deviation;

	if (number_spread_deviation(state, of_sample, &deviation))
		builder_double(b, name, deviation);
	else
		builder_null(b, name);
}

static void std_dev_pop_finish(void *state, struct builder *b, const char *name)
{
	append(state, false, b, name);
}

/* As in MongoDB, an int there where it is of one number. */
static void std_dev_pop_finish_moving(void *state, struct builder *b, const char *name)
{
	const struct number_spread *s = state;

	if (s->n == 1)
		builder_i32(b, name, 0);
	else
		append(state, false, b, name);
}

static void std_dev_samp_finish(void *state, struct builder *b, const char *name)
{
	append(state, true, b, name);
}

const struct accumulator acc_std_dev_pop = {
    .name = "$stdDevPop",
    .help = "The standard deviation of the numbers; null where there is none.",
    .state_size = sizeof(struct number_spread),
    .add = spread_add,
    .remove = spread_remove,
    .finish = std_dev_pop_finish,
    .finish_moving = std_dev_pop_finish_moving,
};

const struct accumulator acc_std_dev_samp = {
    .name = "$stdDevSamp",
    .help = "The standard deviation of numbers that are a sample; null below two.",
    .state_size = sizeof(struct number_spread),
    .add = spread_add,
    .remove = spread_remove,
    .finish = std_dev_samp_finish,
};
