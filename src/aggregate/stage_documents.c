/*
 * $documents: the documents that its specification says.
 */
#include "aggregate/stage.h"
#include "bson/builder.h"

#define ERR_DOCUMENTS_NOT_ARRAY  5858202
#define ERR_DOCUMENTS_NOT_OBJECT 5858203

static int documents_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct expression *e;
	int err = expression_parse(v, &o, cx->arena, &e, st);

	s->data = e;
	return err;
}

struct documents_node {
	struct exec exec;
	const struct stage *stage;
	struct arena arena; /* of the list */
	bool made;
	struct doc_iter it;
};

/* Here, and not when it is parsed: in a pipeline of $lookup variables change. */
static int make_list(struct documents_node *n, struct status *st)
{
	struct value list;
	int err = expression_eval(
	    n->stage->data, doc_empty, n->stage->context->let, &n->arena, &list, st);

	if (err)
		return err;
	if (list.type != TYPE_ARRAY)
		return status_set(st, ERR_DOCUMENTS_NOT_ARRAY,
		    "$documents takes an array of objects, not %s", type_name(list.type));
	n->it = doc_iter(value_doc(list));
	n->made = true;
	return 0;
}

static enum step documents_node_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct documents_node *n = container_of(e, struct documents_node, exec);
	struct doc_iter ahead;
	struct element x;

	if (!n->made && make_list(n, cx->status))
		return STEP_ERROR;
	if (op_check(cx->op, cx->status))
		return STEP_ERROR;
	e->done = !doc_next(&n->it, &x);
	if (e->done)
		return STEP_DONE;
	if (x.value.type != TYPE_OBJECT) {
		status_set(cx->status, ERR_DOCUMENTS_NOT_OBJECT,
		    "each element of $documents' array is an object, not %s",
		    type_name(x.value.type));
		return STEP_ERROR;
	}
	ahead = n->it;
	/* The last one says so at once: no cursor stays open for nothing. */
	e->done = !doc_next(&ahead, &(struct element){0});
	e->works++;
	e->advanced++;
	*out = (struct row){.doc = value_doc(x.value), .array_index = -1};
	return STEP_ROW;
}

static void documents_close(struct exec *e)
{
	arena_clear(&container_of(e, struct documents_node, exec)->arena);
}

static const struct exec_ops documents_ops = {
    .name = "DOCUMENTS",
    .next = documents_node_next,
    .close = documents_close,
};

static struct exec *documents_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct documents_node *n = arena_new(a, struct documents_node);

	if (!n)
		return NULL;
	n->exec.ops = &documents_ops;
	n->stage = s;
	arena_init(&n->arena, account);
	return &n->exec;
}

const struct stage_type stage_documents = {
    .name = "$documents",
    .flags = STAGE_FIRST | STAGE_SOURCE,
    .help = "The documents that it lists.",
    .parse = documents_parse,
    .make = documents_make,
};
