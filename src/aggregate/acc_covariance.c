/*
 * $covariancePop and $covarianceSamp: whether two numbers go together.
 */
#include "aggregate/accumulator.h"
#include "bson/number_sum.h"

/* Anything but an array of two is no pair, and passed over as what is no number. */
static void split(struct value v, struct value *x, struct value *y)
{
	struct doc_iter it = doc_iter(v.type == TYPE_ARRAY ? value_doc(v) : doc_empty);
	struct element first, second, more;

	*x = *y = value_missing;
	if (!doc_next(&it, &first) || !doc_next(&it, &second) || doc_next(&it, &more))
		return;
	*x = first.value;
	*y = second.value;
}

static int add(void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct value x, y;

	split(v, &x, &y);
	number_covariance_add(state, x, y);
	return 0;
}

static bool take_back(void *state, struct value v)
{
	struct value x, y;

	split(v, &x, &y);
	return number_covariance_remove(state, x, y);
}

static void append(const void *state, bool of_sample, struct builder *b, const char *name)
{
	struct arena a;
	struct value v;

	arena_init(&a, NULL);
	v = number_covariance_make(state, of_sample, &a);
	builder_value(b, name, value_is_missing(v) ? value_null : v);
	arena_clear(&a);
}

static void pop_finish(void *state, struct builder *b, const char *name)
{
	append(state, false, b, name);
}

static void samp_finish(void *state, struct builder *b, const char *name)
{
	append(state, true, b, name);
}

#define COVARIANCE(id, op, what)                                                               \
	const struct accumulator acc_covariance_##id = {                                       \
	    .name = op,                                                                        \
	    .help = what,                                                                      \
	    .state_size = sizeof(struct number_covariance),                                    \
	    .add = add,                                                                        \
	    .remove = take_back,                                                               \
	    .finish = id##_finish,                                                             \
	    .only_windows = true,                                                              \
	}

COVARIANCE(pop, "$covariancePop", "The covariance of two numbers; null where there are none.");
COVARIANCE(
    samp, "$covarianceSamp", "The covariance of two numbers of a sample; null below two.");
