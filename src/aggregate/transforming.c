#include "aggregate/transforming.h"

#include "expr/transform.h"

struct transforming {
	struct exec exec;
	const struct stage *stage;
	struct buf out;
	struct arena row;
};

int transforming_parse(
    struct stage *s, struct value spec, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct transform *t;
	int err = transform_parse(s->type->name, spec, &o, cx->arena, &t, st);

	s->data = t;
	return err;
}

static enum step transforming_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct transforming *t = (struct transforming *)e;
	enum step step = exec_next(e->child, cx, out);
	struct variables own;
	struct builder b;

	e->done = e->child->done;
	if (step != STEP_ROW)
		return step;
	e->works++;
	e->advanced++;
	arena_reset(&t->row);
	buf_reset(&t->out);
	builder_init(&b, &t->out);
	if (transform_apply(t->stage->data, out->doc,
		row_variables(&own, t->stage->context->let, out), &t->row, &b, cx->status))
		return STEP_ERROR;
	builder_finish(&b);
	if (builder_failed(&b)) {
		status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a document");
		return STEP_ERROR;
	}
	*out = (struct row){.doc = builder_view(&b), .array_index = -1, .meta = out->meta};
	return STEP_ROW;
}

static void transforming_close(struct exec *e)
{
	struct transforming *t = (struct transforming *)e;

	buf_clear(&t->out);
	arena_clear(&t->row);
}

static const struct exec_ops transforming_ops = {
    .name = "TRANSFORM",
    .next = transforming_next,
    .close = transforming_close,
};

struct exec *transforming_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct transforming *t = arena_new(a, struct transforming);

	if (!t || !input)
		return NULL;
	t->exec.ops = &transforming_ops;
	t->exec.child = input;
	t->stage = s;
	buf_init(&t->out, account);
	arena_init(&t->row, account);
	return &t->exec;
}
