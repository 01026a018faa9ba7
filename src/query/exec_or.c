/*
 * query/exec_or.c - the rows of several scans, one after the other, each document
 * once.
 */
#include "query/explain.h"
#include "query/keyset.h"

struct either {
	struct exec exec;
	int at; /* the input that is read */
	struct keyset seen;
	int64_t dropped;
};

static enum step either_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct either *s = (struct either *)e;
	bool is_new = true;

	while (s->at < e->n_inputs) {
		enum step step = exec_next(e->inputs[s->at], cx, out);

		if (step == STEP_DONE) {
			s->at++;
			continue;
		}
		if (step != STEP_ROW)
			return step;
		e->works++;
		if (keyset_add(&s->seen, out->record_key, &is_new, cx->status))
			return STEP_ERROR;
		if (is_new) {
			e->advanced++;
			return STEP_ROW;
		}
		s->dropped++;
	}
	e->done = true;
	return STEP_DONE;
}

static void either_close(struct exec *e)
{
	keyset_clear(&((struct either *)e)->seen);
}

static void either_explain(const struct exec *e, struct explain_output *x)
{
	const struct either *s = (const struct either *)e;

	explain_node(x, e, e->ops->name, NULL);
	if (!x->stats)
		return;
	builder_int(x->b, "dupsTested", e->works);
	builder_int(x->b, "dupsDropped", s->dropped);
}

static const struct exec_ops either_ops = {
    .name = "OR", .next = either_next, .close = either_close, .explain = either_explain};

struct exec *exec_or_new(
    struct exec **inputs, int n, struct arena *a, struct memory_account *account)
{
	struct either *s = arena_new(a, struct either);

	if (!s)
		return NULL;
	s->exec.ops = &either_ops;
	s->exec.inputs = inputs;
	s->exec.n_inputs = n;
	keyset_init(&s->seen, account);
	return &s->exec;
}
