/*
 * $push and $concatArrays: all of the values, or all that is in them.
 */
#include "aggregate/accumulator.h"

struct list_node {
	struct list_node *next;
	struct value value;
};

struct list_state {
	struct list_node *first, **last;
};

static void append(struct list_state *s, struct value v, struct arena *a)
{
	struct list_node *n = arena_new(a, struct list_node);

	if (!n)
		return;
	n->value = value_dup(a, v);
	*(s->last ? s->last : &s->first) = n;
	s->last = &n->next;
}

static int push_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	if (!value_is_missing(v))
		append(state, v, cx->arena);
	return 0;
}

static int concat_arrays_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_ARRAY)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "$concatArrays takes arrays, and not %s", type_name(v.type));
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		append(state, e.value, cx->arena);
	return 0;
}

static void list_finish(void *state, struct builder *b, const char *name)
{
	const struct list_state *s = state;

	builder_array_begin(b, name);
	for (const struct list_node *n = s->first; n; n = n->next)
		builder_value(b, NULL, n->value);
	builder_array_end(b);
}

const struct accumulator acc_push = {
    .name = "$push",
    .help = "An array of the values.",
    .state_size = sizeof(struct list_state),
    .add = push_add,
    .finish = list_finish,
};

const struct accumulator acc_concat_arrays = {
    .name = "$concatArrays",
    .help = "The arrays one behind the other.",
    .state_size = sizeof(struct list_state),
    .add = concat_arrays_add,
    .finish = list_finish,
};
