/*
 * query/exec_meta.c - rows with what stages behind the query want to know of them beside their
 * documents.
 */
#include "query/plan.h"
#include "query/row_meta.h"

struct informed {
	struct exec exec;
	const struct query *query;
	struct buf packed;
	struct document_meta meta;
};

static int pack(struct informed *s, const struct row *row, struct status *st)
{
	struct builder b;
	int r = 0;

	buf_reset(&s->packed);
	builder_init(&b, &s->packed);
	for (int i = 0; i < META_KINDS && !r; i++) {
		const char name[] = {(char)('0' + i), 0};

		if (s->query->spec.metas >> i & 1)
			r = row_put_meta(
			    row, (enum document_meta_kind)i, s->query, name, &b, st);
	}
	builder_finish(&b);
	if (!r && builder_failed(&b))
		r = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for metadata");
	return r;
}

static enum step informed_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct informed *s = container_of(e, struct informed, exec);
	enum step step = exec_next(e->child, cx, out);

	e->done = e->child->done;
	if (step != STEP_ROW)
		return step;
	e->works++;
	e->advanced++;
	if (pack(s, out, cx->status))
		return STEP_ERROR;
	meta_take(&s->meta, buf_view(&s->packed));
	for (int i = 0; i < META_KINDS && out->meta; i++)
		if (value_is_missing(s->meta.values[i]))
			s->meta.values[i] = out->meta->values[i];
	out->meta = &s->meta;
	return STEP_ROW;
}

static void informed_close(struct exec *e)
{
	buf_clear(&container_of(e, struct informed, exec)->packed);
}

static const struct exec_ops informed_ops = {
    .name = "METADATA",
    .next = informed_next,
    .close = informed_close,
};

struct exec *exec_meta_new(
    const struct query *q, struct exec *child, struct arena *a, struct memory_account *account)
{
	struct informed *s = arena_new(a, struct informed);

	if (!s || !child)
		return NULL;
	s->exec.ops = &informed_ops;
	s->exec.child = child;
	s->query = q;
	buf_init(&s->packed, account);
	return &s->exec;
}
