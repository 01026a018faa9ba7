#include "query/explain.h"

/* SKIP, LIMIT and the plan without rows: nodes that only count. */
struct counting {
	struct exec exec;
	int64_t n, left;
};

static enum step skip_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct counting *s = (struct counting *)e;
	enum step step;

	while ((step = exec_next(e->child, cx, out)) == STEP_ROW) {
		e->works++;
		if (s->left == 0) {
			e->advanced++;
			break;
		}
		s->left--;
	}
	e->done = e->child->done;
	return step;
}

static enum step limit_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct counting *s = (struct counting *)e;
	enum step step;

	if (s->left == 0) {
		e->done = true;
		return STEP_DONE;
	}
	step = exec_next(e->child, cx, out);
	if (step == STEP_ROW) {
		e->works++;
		e->advanced++;
		s->left--;
	}
	e->done = s->left == 0 || e->child->done;
	return step;
}

static enum step eof_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	e->done = true;
	return STEP_DONE;
}

static void skip_explain(const struct exec *e, struct explain_output *x)
{
	explain_node(x, e, e->ops->name, NULL);
	builder_int(x->b, "skipAmount", ((const struct counting *)e)->n);
}

static void limit_explain(const struct exec *e, struct explain_output *x)
{
	explain_node(x, e, e->ops->name, NULL);
	builder_int(x->b, "limitAmount", ((const struct counting *)e)->n);
}

/* n: there is a collection, and nothing in it can match. */
static void eof_explain(const struct exec *e, struct explain_output *x)
{
	explain_node(x, e, e->ops->name, NULL);
	builder_str(x->b, "type",
	    ((const struct counting *)e)->n ? "predicateEvalsToFalse" : "nonExistentNamespace");
}

static const struct exec_ops skip_ops = {
    .name = "SKIP", .next = skip_next, .explain = skip_explain};
static const struct exec_ops limit_ops = {
    .name = "LIMIT", .next = limit_next, .explain = limit_explain};
static const struct exec_ops eof_ops = {
    .name = "EOF", .next = eof_next, .explain = eof_explain};

static struct exec *make(
    const struct exec_ops *ops, struct exec *child, int64_t n, struct arena *a)
{
	struct counting *s = arena_new(a, struct counting);

	if (!s)
		return NULL;
	s->exec.ops = ops;
	s->exec.child = child;
	s->n = s->left = n;
	return &s->exec;
}

struct exec *exec_skip_new(struct exec *child, int64_t n, struct arena *a)
{
	return child ? make(&skip_ops, child, n, a) : NULL;
}

struct exec *exec_limit_new(struct exec *child, int64_t n, struct arena *a)
{
	return child ? make(&limit_ops, child, n, a) : NULL;
}

struct exec *exec_eof_new(const struct plan *p, struct arena *a)
{
	return make(&eof_ops, NULL, p->collection != NULL, a);
}
