/*
 * $min, $max, $first and $last: one of the values.
 */
#include "aggregate/accumulator.h"
#include "aggregate/kept.h"

struct pick_state {
	bool any;
	struct kept kept;
};

static void keep(struct pick_state *s, struct value v, struct arena *a)
{
	s->any |= kept_set(&s->kept, v, a);
}

static bool is_something(struct value v)
{
	return v.type != TYPE_EOD && v.type != TYPE_NULL && v.type != TYPE_UNDEFINED;
}

static int min_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct pick_state *s = state;

	if (is_something(v) && (!s->any || value_compare(v, s->kept.value, cx->collator) < 0))
		keep(s, v, cx->arena);
	return 0;
}

static int max_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct pick_state *s = state;

	if (is_something(v) && (!s->any || value_compare(v, s->kept.value, cx->collator) > 0))
		keep(s, v, cx->arena);
	return 0;
}

static int first_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct pick_state *s = state;

	if (!s->any)
		keep(s, v.type == TYPE_EOD ? value_null : v, cx->arena);
	return 0;
}

static int last_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	keep(state, v.type == TYPE_EOD ? value_null : v, cx->arena);
	return 0;
}

static void pick_finish(void *state, struct builder *b, const char *name)
{
	const struct pick_state *s = state;

	builder_value(b, name, s->any ? s->kept.value : value_null);
}

#define PICK(id, op, what)                                                                     \
	const struct accumulator acc_##id = {                                                  \
	    .name = op,                                                                        \
	    .help = what,                                                                      \
	    .state_size = sizeof(struct pick_state),                                           \
	    .add = id##_add,                                                                   \
	    .finish = pick_finish,                                                             \
	}

PICK(min, "$min", "The least of the values; null where there is none.");
PICK(max, "$max", "The greatest of the values; null where there is none.");
PICK(first, "$first", "The first document's value.");
PICK(last, "$last", "The last document's value.");
