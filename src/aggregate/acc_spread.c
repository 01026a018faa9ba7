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

static void append(const void *state, bool of_sample, struct builder *b, const char *name)
{
	double deviation;

	if (number_spread_deviation(state, of_sample, &deviation))
		builder_double(b, name, deviation);
	else
		builder_null(b, name);
}

static void std_dev_pop_finish(const void *state, struct builder *b, const char *name)
{
	append(state, false, b, name);
}

static void std_dev_samp_finish(const void *state, struct builder *b, const char *name)
{
	append(state, true, b, name);
}

const struct accumulator acc_std_dev_pop = {
    .name = "$stdDevPop",
    .help = "The standard deviation of the numbers; null where there is none.",
    .state_size = sizeof(struct number_spread),
    .add = spread_add,
    .finish = std_dev_pop_finish,
};

const struct accumulator acc_std_dev_samp = {
    .name = "$stdDevSamp",
    .help = "The standard deviation of numbers that are a sample; null below two.",
    .state_size = sizeof(struct number_spread),
    .add = spread_add,
    .finish = std_dev_samp_finish,
};
