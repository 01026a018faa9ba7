/*
 * $mergeObjects: one document with the fields of all, the later ones' values.
 */
#include "aggregate/accumulator.h"
#include "aggregate/kept.h"
#include "bson/field_set.h"

enum { ERR_NOT_OBJECT = 5911200 };

struct merge_state {
	struct field_set fields; /* their names; the values are in kept */
	struct kept *kept; /* by the place among the fields */
	int capacity;
};

/* Room for one more value; false without memory. */
static bool reserve(struct merge_state *s, struct arena *a)
{
	int capacity = s->capacity ? 2 * s->capacity : 8;
	struct kept *kept;

	if (s->fields.n < s->capacity)
		return true;
	kept = arena_new_array(a, (size_t)capacity, struct kept);
	if (!kept)
		return false;
	if (s->fields.n)
		memcpy(kept, s->kept, (size_t)s->fields.n * sizeof(*kept));
	s->kept = kept;
	s->capacity = capacity;
	return true;
}

static bool put(struct merge_state *s, const struct element *e, struct arena *a)
{
	struct view name = view_of(e->name, e->name_len);
	int place = field_set_find(&s->fields, name);

	if (place >= 0)
		return kept_set(&s->kept[place], e->value, a);
	name = view_of(arena_strndup(a, e->name, e->name_len), e->name_len);
	return name.data && reserve(s, a) && kept_set(&s->kept[s->fields.n], e->value, a) &&
	       field_set_put(&s->fields, name, value_null, a);
}

static int merge_objects_add(
    void *state, struct value v, const struct accumulation *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_NULL || v.type == TYPE_UNDEFINED || v.type == TYPE_EOD)
		return 0;
	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_NOT_OBJECT,
		    "$mergeObjects takes documents, and not %s", type_name(v.type));
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e) && put(state, &e, cx->arena))
		;
	return 0;
}

static void merge_objects_finish(void *state, struct builder *b, const char *name)
{
	const struct merge_state *s = state;

	builder_doc_begin(b, name);
	for (int i = 0; i < s->fields.n; i++)
		builder_value_n(
		    b, s->fields.list[i].name, s->fields.list[i].name_len, s->kept[i].value);
	builder_doc_end(b);
}

const struct accumulator acc_merge_objects = {
    .name = "$mergeObjects",
    .help = "A document of all the documents' fields, the later ones' values.",
    .state_size = sizeof(struct merge_state),
    .add = merge_objects_add,
    .finish = merge_objects_finish,
    .only_groups = true,
};
