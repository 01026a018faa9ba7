/*
 * query/exec_project.c - what becomes of a document on its way out: the
 * projection, or its index key (returnKey), and its record id (showRecordId).
 */
#include "index/keygen.h"
#include "query/explain.h"

struct project {
	struct exec exec;
	const struct query *query;
	struct buf out;
	struct arena row;
	struct match_state state;
	struct document_meta meta;
	const struct row *under_way;
};

static int append_index_key(const struct row *in, struct builder *b, struct status *st)
{
	if (!in->index)
		return 0; /* the plan reads no index: an empty document, as MongoDB has it */
	return index_key_decode(in->index, in->index_key, in->type_bits, b, st);
}

/* A sequence is a number, as MongoDB's record ids are; an _id's key is not. */
static void append_record_id(struct view record_key, const char *name, struct builder *b)
{
	uint64_t n = 0;

	if (record_key.len != 8) {
		builder_binary(b, name, 0, record_key.data, record_key.len);
		return;
	}
	for (int i = 0; i < 8; i++)
		n = n << 8 | record_key.data[i];
	builder_i64(b, name, (int64_t)n);
}

/* As a field of the document that is open; none where it is not known. */
static int append_meta(
    struct project *s, enum document_meta_kind kind, struct builder *b, struct status *st)
{
	const struct row *in = s->under_way;
	int r = 0;

	switch (kind) {
	case META_INDEX_KEY:
		if (!in->index)
			return 0;
		builder_doc_begin(b, "v");
		r = append_index_key(in, b, st);
		builder_doc_end(b);
		return r;
	case META_RECORD_ID:
		append_record_id(in->record_key, "v", b);
		return 0;
	case META_SORT_KEY:
		builder_array_begin(b, "v");
		sort_key_values(s->query->sort, in->doc, b);
		builder_array_end(b);
	}
	return 0;
}

static int get_meta(const struct document_meta *m, enum document_meta_kind kind,
    struct arena *row, struct value *out, struct status *st)
{
	struct project *s = container_of(m, struct project, meta);
	struct builder b;
	struct buf buf;
	int r;

	buf_init(&buf, row->account);
	builder_init(&b, &buf);
	r = append_meta(s, kind, &b, st);
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
	buf_reset(&s->out);
	builder_init(b, &s->out);
	if (q->spec.return_key)
		r = append_index_key(in, b, st);
	else if (q->projection)
		r = projection_apply(q->projection, in->doc, &s->state, b, st);
	else
		builder_elements(b, in->doc);
	if (!r && q->spec.show_record_id)
		append_record_id(in->record_key, "$recordId", b);
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
	s->state.variables = q->spec.let;
	s->meta.get = get_meta;
	s->state.meta = &s->meta;
	return &s->exec;
}
