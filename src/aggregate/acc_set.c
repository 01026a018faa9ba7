/*
 * $addToSet and $setUnion: the different ones of the values, or of all that is in them, in
 * the order in which they came.
 */
#include "aggregate/accumulator.h"
#include "bson/value_set.h"

static void take(struct value_set *s, struct value v, const struct accumulation *cx)
{
	struct value copy;

	s->collator = cx->collator;
	if (value_set_has(s, v))
		return;
	copy = value_dup(cx->arena, v);
	if (arena_failed(cx->arena) || !value_set_add(s, copy, cx->arena))
		return; /* as the arena says */
}

static int add_to_set_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	if (!value_is_missing(v))
		take(state, v, cx);
	return 0;
}

static int set_union_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_ARRAY)
		return status_set(st, ERR_TYPE_MISMATCH, "$setUnion takes arrays, and not %s",
		    type_name(v.type));
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		take(state, e.value, cx);
	return 0;
}

static void set_finish(void *state, struct builder *b, const char *name)
{
	const struct value_set *s = state;

	builder_array_begin(b, name);
	for (int i = 0; i < s->n; i++)
		builder_value(b, NULL, s->list[i]);
	builder_array_end(b);
}

const struct accumulator acc_add_to_set = {
    .name = "$addToSet",
    .help = "An array of the different values.",
    .state_size = sizeof(struct value_set),
    .add = add_to_set_add,
    .finish = set_finish,
};

const struct accumulator acc_set_union = {
    .name = "$setUnion",
    .help = "An array of the different elements of the arrays.",
    .state_size = sizeof(struct value_set),
    .add = set_union_add,
    .finish = set_finish,
};
