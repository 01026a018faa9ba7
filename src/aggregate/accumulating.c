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
	struct accumulator_operand operand;
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
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct accumulator_parser p = {.options = &o, .arena = cx->arena, .status = st};
	struct doc_iter it;
	struct element op, more;
	int err = check_name(e, st);

	if (err)
		return err;
	it = doc_iter(e->value.type == TYPE_OBJECT ? value_doc(e->value) : doc_empty);
	if (!doc_next(&it, &op) || op.name[0] != '$')
		return status_set(st, ERR_GROUP_NO_ACCUMULATOR,
		    "the field '%s' must be an accumulator object", e->name);
	if (doc_next(&it, &more))
		return status_set(st, ERR_GROUP_ONE_OPERATOR,
		    "the field '%s' must specify one accumulator", e->name);
	f->name = e->name;
	if (op.value.type == TYPE_ARRAY)
		return status_set(st, ERR_GROUP_ONE_OPERAND,
		    "The %s accumulator is a unary operator", op.name);
	f->acc = accumulator_find(op.name);
	if (!f->acc || f->acc->only_windows)
		return status_set(
		    st, ERR_UNKNOWN_GROUP_OP, "unknown group operator '%s'", op.name);
	p.accumulator = f->acc;
	f->at = g->state_size;
	g->state_size += (f->acc->state_size + 15) & ~(size_t)15;
	g->n++;
	if (f->acc->no_operand) {
		if (op.value.type != TYPE_OBJECT || !doc_is_empty(value_doc(op.value)))
			return status_set(st, ERR_TYPE_MISMATCH,
			    "%s takes no arguments, i.e. %s: {}", op.name, op.name);
		return 0;
	}
	if (f->acc->parse)
		return f->acc->parse(&p, op.value, &f->operand);
	return accumulator_expression(&p, op.value, &f->operand.value);
}

static bool is_constant(const struct expression *e)
{
	struct value v;

	return expression_is_constant(e, &v);
}

bool accumulating_needs_key(const struct accumulating *g)
{
	for (int i = 0; i < g->n; i++)
		if (g->fields[i].operand.start && !is_constant(g->fields[i].operand.start))
			return true;
	return false;
}

/* The key's fields are what the start's expression sees of the group, as in MongoDB. */
static int begin_field(const struct accumulating_field *f, void *states, struct view key,
    const struct variables *let, struct arena *row, struct status *st)
{
	struct value start = value_missing;
	int err = 0;

	if (f->operand.start)
		err = expression_eval(f->operand.start, key, let, row, &start, st);
	return err ? err
		   : f->acc->begin((char *)states + f->at, f->acc, f->operand.data, start, st);
}

int accumulating_begin(const struct accumulating *g, void *states, struct value key,
    const struct variables *let, struct arena *row, struct status *st)
{
	struct view doc = key.type == TYPE_OBJECT ? value_doc(key) : doc_empty;
	int err = 0;

	for (int i = 0; !err && i < g->n; i++)
		if (g->fields[i].acc->begin)
			err = begin_field(&g->fields[i], states, doc, let, row, st);
	return err;
}

int accumulating_add(const struct accumulating *g, void *states, struct view doc,
    const struct variables *let, struct arena *row, const struct accumulation *cx,
    struct status *st)
{
	const struct accumulation at = {
	    .arena = cx->arena, .collator = cx->collator, .scratch = cx->scratch, .doc = doc, .meta = cx->meta};

	for (int i = 0; i < g->n; i++) {
		const struct accumulating_field *f = &g->fields[i];
		struct value v = value_missing;
		int err = 0;

		if (f->operand.value)
			err = expression_eval(f->operand.value, doc, let, row, &v, st);
		if (!err)
			err = f->acc->add((char *)states + f->at, v, &at, st);
		if (err)
			return err;
	}
	return 0;
}

void accumulating_finish(const struct accumulating *g, void *states, struct builder *b)
{
	for (int i = 0; i < g->n; i++) {
		const struct accumulating_field *f = &g->fields[i];

		f->acc->finish((char *)states + f->at, b, f->name);
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

		if (f->acc->reads_document ||
		    (f->operand.value && !accumulating_needs_nothing(f->operand.value)))
			return false;
	}
	return true;
}
