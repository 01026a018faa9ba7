/*
 * query/exec_project.c - what becomes of a document on its way out: the
 * projection, or its index key (returnKey), and its record id (showRecordId).
 */
#include "query/explain.h"
#include "query/row_meta.h"

struct project {
	struct exec exec;
	const struct query *query;
	struct buf out;
	struct arena row;
	struct match_state state;
	struct document_meta meta;
	struct variables own; /* let, and the meta */
	const struct row *under_way;
};

static int get_meta(const struct document_meta *m, enum document_meta_kind kind,
    struct arena *row, struct value *out, struct status *st)
{
	struct project *s = container_of(m, struct project, meta);
	struct builder b;
	struct buf buf;
	int r;

	buf_init(&buf, row->account);
	builder_init(&b, &buf);
	r = row_put_meta(s->under_way, kind, s->query, "v", &b, st);
	builder_finish(&b);
	if (!r)
		*out = doc_get(arena_dup(row, builder_view(&b)), "v");
	if (!r && (builder_failed(&b) || arena_failed(row)))
		r = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for metadata");
	buf_clear(&buf);
	return r;
}

static int build(struct project *s, const struct row *in, struct builder *b, struct status *st)
{
	const struct query *q = s->query;
	int r = 0;

	arena_reset(&s->row);
	s->state.array_index = in->array_index;
	s->state.status = st;
	s->state.error = 0;
	s->under_way = in;
	if (in->meta)
		memcpy(s->meta.values, in->meta->values, sizeof(s->meta.values));
	else if (q->metas)
		memset(s->meta.values, 0, sizeof(s->meta.values));
	buf_reset(&s->out);
	builder_init(b, &s->out);
	if (q->spec.return_key)
		r = row_put_index_key(in, b, st);
	else if (q->projection)
		r = projection_apply(q->projection, in->doc, &s->state, b, st);
	else
		builder_elements(b, in->doc);
	if (!r && q->spec.show_record_id)
		row_put_record_id(in, "$recordId", b);
	builder_finish(b);
	if (!r && builder_failed(b))
		r = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a projection");
	return r;
}

static enum step project_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct project *s = (struct project *)e;
	enum step step = exec_next(e->child, cx, out);
	struct builder b;

	e->done = e->child->done;
	if (step != STEP_ROW)
		return step;
	e->works++;
	e->advanced++;
	if (build(s, out, &b, cx->status))
		return STEP_ERROR;
	out->doc = builder_view(&b);
	return STEP_ROW;
}

static void project_close(struct exec *e)
{
	struct project *s = (struct project *)e;

	buf_clear(&s->out);
	arena_clear(&s->row);
}

/* Fields of the top level that are there or not, and nothing else. */
static bool is_simple(struct view projection)
{
	struct doc_iter it = doc_iter(projection);
	struct element e;

	while (doc_next(&it, &e))
		if ((!value_is_number(e.value) && e.value.type != TYPE_BOOL) ||
		    strchr(e.name, '.'))
			return false;
	return true;
}

static void project_explain(const struct exec *e, struct explain_output *x)
{
	const struct project *s = (const struct project *)e;
	struct view projection = s->query->spec.projection;

	if (s->query->spec.return_key) {
		explain_node(x, e, "RETURN_KEY", NULL);
		return;
	}
	if (!projection.len)
		projection = doc_empty;
	explain_node(x, e, is_simple(projection) ? "PROJECTION_SIMPLE" : e->ops->name, NULL);
	builder_doc(x->b, "transformBy", projection);
}

static const struct exec_ops project_ops = {
    .name = "PROJECTION_DEFAULT",
    .next = project_next,
    .close = project_close,
    .explain = project_explain,
};

struct exec *exec_project_new(
    const struct query *q, struct exec *child, struct arena *a, struct memory_account *account)
{
	struct project *s = arena_new(a, struct project);

	if (!s || !child)
		return NULL;
	s->exec.ops = &project_ops;
	s->exec.child = child;
	s->query = q;
	buf_init(&s->out, account);
	arena_init(&s->row, account);
	s->state.row = &s->row;
	s->meta.get = get_meta;
	s->state.meta = &s->meta;
	s->state.variables = q->spec.let;
	if (q->metas) {
		s->own = q->spec.let ? *q->spec.let : (struct variables){0};
		s->own.meta = &s->meta;
		s->state.variables = &s->own;
	}
	return &s->exec;
}
