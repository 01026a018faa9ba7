#include "aggregate/accumulating.h"

#define ERR_GROUP_NO_ACCUMULATOR 40234
#define ERR_GROUP_DOT_IN_NAME    40235
#define ERR_GROUP_DOLLAR_IN_NAME 40236
#define ERR_GROUP_ONE_OPERATOR   40238
#define ERR_GROUP_ONE_OPERAND    40237
#define ERR_UNKNOWN_GROUP_OP     15952

struct accumulating_field {
	const char *name;
	const struct accumulator *acc;
	struct expression *operand; /* NULL: none */
	size_t at; /* of its state among all */
};

int accumulating_init(struct accumulating *f, int n, struct arena *a, struct status *st)
{
	*f = (struct accumulating){0};
	f->fields = arena_new_array(a, (size_t)n + 1, struct accumulating_field);
	return f->fields
		   ? 0
		   : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for accumulators");
}

static int check_name(const struct element *e, struct status *st)
{
	if (memchr(e->name, '.', e->name_len))
		return status_set(st, ERR_GROUP_DOT_IN_NAME,
		    "the field name '%s' cannot contain '.'", e->name);
	if (e->name[0] == '$')
		return status_set(st, ERR_GROUP_DOLLAR_IN_NAME,
		    "the field name '%s' cannot be an operator name", e->name);
	return 0;
}

int accumulating_parse(struct accumulating *g, const struct element *e,
    const struct stage_context *cx, struct status *st)
{
	struct accumulating_field *f = &g->fields[g->n];
	struct expression_options o = {.collator = cx->collator, .let = cx->let};
	struct doc_iter it;
	struct element op, more;
	int err = check_name(e, st);

	if (err)
		return err;
	if (e->value.type != TYPE_OBJECT)
		return status_set(st, ERR_GROUP_NO_ACCUMULATOR,
		    "the field '%s' must be an accumulator object", e->name);
	it = doc_iter(value_doc(e->value));
	if (!doc_next(&it, &op) || doc_next(&it, &more))
		return status_set(st, ERR_GROUP_ONE_OPERATOR,
		    "the field '%s' must specify one accumulator", e->name);
	f->name = e->name;
	if (op.value.type == TYPE_ARRAY)
		return status_set(st, ERR_GROUP_ONE_OPERAND,
		    "The %s accumulator is a unary operator", op.name);
	f->acc = accumulator_find(op.name);
	if (!f->acc)
		return status_set(
		    st, ERR_UNKNOWN_GROUP_OP, "unknown group operator '%s'", op.name);
	f->at = g->state_size;
	g->state_size += (f->acc->state_size + 15) & ~(size_t)15;
	g->n++;
	if (f->acc->no_operand) {
		if (op.value.type != TYPE_OBJECT || !doc_is_empty(value_doc(op.value)))
			return status_set(st, ERR_TYPE_MISMATCH,
			    "%s takes no arguments, i.e. %s: {}", op.name, op.name);
		return 0;
	}
	return expression_parse(op.value, &o, cx->arena, &f->operand, st);
}

int accumulating_add(const struct accumulating *g, void *states, struct view doc,
    const struct variables *let, struct arena *row, const struct accumulation *cx,
    struct status *st)
{
	for (int i = 0; i < g->n; i++) {
		const struct accumulating_field *f = &g->fields[i];
		struct value v = value_missing;
		int err = 0;

		if (f->operand)
			err = expression_eval(f->operand, doc, let, row, &v, st);
		if (err)
			return err;
		err = f->acc->add((char *)states + f->at, v, cx, st);
		if (err)
			return err;
	}
	return 0;
}

void accumulating_finish(const struct accumulating *g, const void *states, struct builder *b)
{
	for (int i = 0; i < g->n; i++) {
		const struct accumulating_field *f = &g->fields[i];

		f->acc->finish((const char *)states + f->at, b, f->name);
	}
}

static void needs_field(void *arg, struct view path)
{
	*(bool *)arg = true;
}

bool accumulating_needs_nothing(const struct expression *e)
{
	bool needs = false;

	return expression_needs(e, needs_field, &needs) && !needs;
}

bool accumulating_only_counts(const struct accumulating *g)
{
	for (int i = 0; i < g->n; i++) {
		const struct accumulating_field *f = &g->fields[i];

		if (f->operand ? !accumulating_needs_nothing(f->operand) : !f->acc->no_operand)
			return false;
	}
	return true;
}
