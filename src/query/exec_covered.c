/*
 * query/exec_covered.c - a projection made from index keys alone.
 *
 * A key's null may be of a field that is null or of one that is not there: for that the
 * record is read.
 */
#include "index/key_document.h"
#include "query/explain.h"
#include "query/fetching.h"

struct covered {
	struct exec exec;
	const struct query *query;
	uint32_t fields; /* of the index: what is taken from it */
	bool plain; /* what is taken is what comes out */
	struct fetching fetching;
	int64_t fetched;
	struct key_document document;
	struct buf out;
	struct arena row;
	struct match_state state;
};

static bool has_null(const struct covered *s, const struct index *ix)
{
	struct value values[INDEX_FIELDS_MAX];

	key_document_values(&s->document, values);
	for (int i = 0; i < ix->n_fields; i++)
		if ((s->fields >> i & 1) && values[i].type == TYPE_NULL)
			return true;
	return false;
}

static int project(struct covered *s, struct view doc, struct row *out, struct status *st)
{
	struct builder b;
	int r;

	arena_reset(&s->row);
	s->state.status = st;
	s->state.error = 0;
	buf_reset(&s->out);
	builder_init(&b, &s->out);
	r = projection_apply(s->query->projection, doc, &s->state, &b, st);
	builder_finish(&b);
	if (!r && builder_failed(&b))
		r = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a projection");
	out->doc = buf_view(&s->out);
	return r;
}

/* The row is an entry; it becomes what is projected of its document. */
static int build(struct exec *e, struct exec_context *cx, struct row *row)
{
	struct covered *s = (struct covered *)e;
	const struct index_key key = {row->index_key, row->type_bits};
	int r =
	    key_document_make(&s->document, row->index, &key, s->fields, &row->doc, cx->status);

	if (r)
		return r;
	if (!has_null(s, row->index))
		return s->plain ? 0 : project(s, row->doc, row, cx->status);
	r = fetching_read(&s->fetching, row, cx, &row->doc);
	if (r)
		return r;
	s->fetched++;
	cx->docs_examined++;
	return project(s, row->doc, row, cx->status);
}

static enum step covered_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	return fetching_next(&((struct covered *)e)->fetching, e, cx, out, build);
}

static void covered_save(struct exec *e)
{
	fetching_save(&((struct covered *)e)->fetching);
}

static int covered_restore(struct exec *e, struct collection *c, struct status *st)
{
	return fetching_restore(&((struct covered *)e)->fetching, c, st);
}

static void covered_close(struct exec *e)
{
	struct covered *s = (struct covered *)e;

	fetching_clear(&s->fetching);
	key_document_clear(&s->document);
	buf_clear(&s->out);
	arena_clear(&s->row);
}

static void covered_explain(const struct exec *e, struct explain_output *x)
{
	const struct covered *s = (const struct covered *)e;

	explain_node(x, e, s->plain ? e->ops->name : "PROJECTION_DEFAULT", NULL);
	builder_doc(x->b, "transformBy", s->query->spec.projection);
	if (s->fetched)
		explain_docs(x, s->fetched);
}

static const struct exec_ops covered_ops = {
    .name = "PROJECTION_COVERED",
    .next = covered_next,
    .save = covered_save,
    .restore = covered_restore,
    .close = covered_close,
    .explain = covered_explain,
};

struct exec *exec_covered_new(const struct plan *p, const struct candidate *scan,
    struct exec *child, struct arena *a, struct memory_account *account)
{
	struct covered *s = arena_new(a, struct covered);

	if (!s || !child)
		return NULL;
	s->exec.ops = &covered_ops;
	s->exec.child = child;
	s->query = p->query;
	s->fields = scan->covered;
	s->plain = projection_is_plain(p->query->projection);
	s->state.row = &s->row;
	s->state.variables = p->query->spec.let;
	s->state.array_index = -1;
	fetching_init(&s->fetching, p->collection);
	key_document_init(&s->document, account);
	buf_init(&s->out, account);
	arena_init(&s->row, account);
	return &s->exec;
}
