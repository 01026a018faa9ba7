/*
 * $redact: an expression says of a document, and where it says so of those within
 * it, whether it is kept, pruned, or looked into.
 *
 * $$DESCEND, $$PRUNE and $$KEEP are variables; a value is one of them when it is
 * that variable's value itself, and no string that reads the same.  "$path" begins
 * at the document that is asked about, $$ROOT is the whole.
 */
#include "aggregate/stage.h"
#include "util/clock.h"

#define ERR_REDACT_NO_DECISION 17053

enum { DECIDE_DESCEND, DECIDE_PRUNE, DECIDE_KEEP, N_DECISIONS };

#define DECISION(name, string)                                                                 \
	{                                                                                      \
		name,                                                                          \
		{                                                                              \
			(const uint8_t *)(string), sizeof(string), TYPE_STRING                 \
		}                                                                              \
	}

/* Strings as BSON has them: the closing NUL is C's. */
static const struct {
	const char *name;
	struct value value;
} decisions[N_DECISIONS] = {
    [DECIDE_DESCEND] = DECISION("DESCEND", "\x08\0\0\0descend"),
    [DECIDE_PRUNE] = DECISION("PRUNE", "\x06\0\0\0prune"),
    [DECIDE_KEEP] = DECISION("KEEP", "\x05\0\0\0keep"),
};

struct redact_spec {
	struct expression *expression;
	const struct variables *variables; /* CURRENT, the decisions, and let's */
};

/* base's list behind CURRENT, which is the first, and the decisions. */
static struct variables *make_variables(const struct variables *base, struct arena *a)
{
	struct variables *v = arena_new(a, struct variables);
	int n = base ? base->n : 0;

	if (v)
		v->list = arena_new_array(a, (size_t)n + 1 + N_DECISIONS, struct variable);
	if (!v || !v->list)
		return NULL;
	v->now_ms = base ? base->now_ms : clock_wall_ms();
	v->cluster_time = base ? base->cluster_time : 0;
	v->list[v->n++] = (struct variable){.name = view_of_str("CURRENT")};
	for (int i = 0; i < N_DECISIONS; i++)
		v->list[v->n++] = (struct variable){
		    .name = view_of_str(decisions[i].name), .value = decisions[i].value};
	for (int i = 0; i < n; i++)
		v->list[v->n++] = base->list[i];
	return v;
}

static int redact_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct redact_spec *r = arena_new(cx->arena, struct redact_spec);
	struct expression_options o = {.collator = cx->collator, .metas = cx->metas};

	if (r)
		o.let = r->variables = make_variables(cx->let, cx->arena);
	if (!r || !r->variables)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $redact");
	s->data = r;
	return expression_parse(v, &o, cx->arena, &r->expression, st);
}

struct redact_node {
	struct exec exec;
	const struct redact_spec *spec;
	struct variables variables; /* with a list of its own, for CURRENT */
	struct view root;
	struct arena row;
	struct buf out;
	struct exec_context *cx; /* of the call that is under way */
};

/* Of the document, which is the whole or within it; or an error. */
static int decide(struct redact_node *r, struct view doc, int *decision)
{
	struct status *st = r->cx->status;
	struct value v;
	int err = op_check(r->cx->op, st);

	if (err)
		return err;
	arena_reset(&r->row);
	r->variables.list[0].value = value_of_doc(doc);
	err = expression_eval(r->spec->expression, r->root, &r->variables, &r->row, &v, st);
	if (err)
		return err;
	for (*decision = 0; *decision < N_DECISIONS; ++*decision)
		if (v.data == decisions[*decision].value.data)
			return 0;
	return status_set(st, ERR_REDACT_NO_DECISION,
	    "$redact's expression must come to $$DESCEND, $$PRUNE or $$KEEP, and not to %s",
	    type_name(v.type));
}

/* As deep as documents are nested, which their check has bounded. */
static int put_value(
    struct redact_node *r, struct builder *b, const struct element *e, bool in_array);

static int put_elements(
    struct redact_node *r, struct builder *b, struct view doc, bool in_array)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int err = 0;

	while (!err && doc_next(&it, &e))
		err = put_value(r, b, &e, in_array);
	return err;
}

static int put_document(
    struct redact_node *r, struct builder *b, const struct element *e, bool in_array)
{
	const char *name = in_array ? NULL : e->name;
	int decision, err = decide(r, value_doc(e->value), &decision);

	if (err || decision == DECIDE_PRUNE)
		return err;
	if (decision == DECIDE_KEEP) {
		builder_value_n(b, name, in_array ? 0 : e->name_len, e->value);
		return 0;
	}
	builder_doc_begin(b, name);
	err = put_elements(r, b, value_doc(e->value), false);
	builder_doc_end(b);
	return err;
}

static int put_value(
    struct redact_node *r, struct builder *b, const struct element *e, bool in_array)
{
	int err;

	if (e->value.type == TYPE_OBJECT)
		return put_document(r, b, e, in_array);
	if (e->value.type != TYPE_ARRAY) {
		builder_value(b, in_array ? NULL : e->name, e->value);
		return 0;
	}
	builder_array_begin(b, in_array ? NULL : e->name);
	err = put_elements(r, b, value_doc(e->value), true);
	builder_array_end(b);
	return err;
}

/* ROW: the document that goes on; DONE: none does. */
static enum step redact(struct redact_node *r, struct row *out)
{
	struct builder b;
	int decision;

	r->root = out->doc;
	if (decide(r, r->root, &decision))
		return STEP_ERROR;
	if (decision != DECIDE_DESCEND)
		return decision == DECIDE_KEEP ? STEP_ROW : STEP_DONE;
	buf_reset(&r->out);
	builder_init(&b, &r->out);
	if (put_elements(r, &b, r->root, false))
		return STEP_ERROR;
	builder_finish(&b);
	if (builder_failed(&b)) {
		status_set(r->cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $redact");
		return STEP_ERROR;
	}
	*out = (struct row){
	    .doc = builder_view(&b), .array_index = -1, .meta = r->variables.meta};
	return STEP_ROW;
}

static enum step redact_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct redact_node *r = container_of(e, struct redact_node, exec);
	enum step step;

	r->cx = cx;
	do {
		step = exec_next(e->child, cx, out);
		e->done = e->child->done;
		if (step != STEP_ROW)
			return step;
		e->works++;
		r->variables.meta = out->meta;
		step = redact(r, out);
	} while (step == STEP_DONE);
	e->advanced += step == STEP_ROW;
	return step;
}

static void redact_close(struct exec *e)
{
	struct redact_node *r = container_of(e, struct redact_node, exec);

	arena_clear(&r->row);
	buf_clear(&r->out);
}

static const struct exec_ops redact_ops = {
    .name = "REDACT",
    .next = redact_next,
    .close = redact_close,
};

static struct exec *redact_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct redact_node *r = arena_new(a, struct redact_node);
	const struct variables *let = s->context->let, *base;

	if (!r)
		return NULL;
	r->exec.ops = &redact_ops;
	r->exec.child = input;
	r->spec = s->data;
	base = r->spec->variables;
	r->variables = *base;
	r->variables.list = arena_new_array(a, (size_t)base->n, struct variable);
	if (!r->variables.list)
		return NULL;
	memcpy(r->variables.list, base->list, (size_t)base->n * sizeof(base->list[0]));
	/* In a pipeline of $lookup they have another value for each document. */
	for (int i = 0; let && i < let->n; i++)
		r->variables.list[1 + N_DECISIONS + i].value = let->list[i].value;
	arena_init(&r->row, account);
	buf_init(&r->out, account);
	return &r->exec;
}

const struct stage_type stage_redact = {
    .name = "$redact",
    .help = "Keeps, prunes or looks into each document.",
    .parse = redact_parse,
    .make = redact_make,
};
