/*
 * $match: lets pass what a filter matches.
 */
#include "aggregate/stage.h"
#include "expr/match.h"

#define ERR_MATCH_NOT_OBJECT 15959

static int match_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct filter_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas, .no_near = true};
	struct filter *f;
	int err;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_MATCH_NOT_OBJECT, "$match", "an object", v.type);
	err = filter_parse(value_doc(v), &o, cx->arena, &f, st);
	s->data = f;
	return err;
}

struct match_node {
	struct exec exec;
	const struct filter *filter;
	struct match_state state;
	const struct variables *let;
	struct arena row;
	struct variables own;
};

static enum step match_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct match_node *m = container_of(e, struct match_node, exec);
	enum step step;

	for (;;) {
		step = exec_next(e->child, cx, out);
		e->done = e->child->done;
		if (step != STEP_ROW)
			return step;
		arena_reset(&m->row);
		m->state.error = 0;
		m->state.variables = row_variables(&m->own, m->let, out);
		m->state.status = cx->status;
		if (filter_matches(m->filter, out->doc, &m->state))
			return STEP_ROW;
		if (m->state.error)
			return STEP_ERROR;
		if (arena_failed(&m->row)) {
			status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $match");
			return STEP_ERROR;
		}
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
	}
}

static void match_close(struct exec *e)
{
	arena_clear(&container_of(e, struct match_node, exec)->row);
}

static const struct exec_ops match_ops = {
    .name = "MATCH",
    .next = match_next,
    .close = match_close,
};

static struct exec *match_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct match_node *m = arena_new(a, struct match_node);

	if (!m)
		return NULL;
	m->exec.ops = &match_ops;
	m->exec.child = input;
	m->filter = s->data;
	m->let = s->context->let;
	m->state = (struct match_state){.row = &m->row, .array_index = -1};
	arena_init(&m->row, account);
	return &m->exec;
}

const struct stage_type stage_match = {
    .name = "$match",
    .help = "Lets pass what a filter matches.",
    .parse = match_parse,
    .make = match_make,
};
