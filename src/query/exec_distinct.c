/*
 * query/exec_distinct.c - the different values of a field of an index: a key of each, and on to
 * the next value.
 *
 * A row is a document with the value, or the record itself: of null (the field may not be
 * there), of undefined (it may be an empty array) each one has to be looked at, and of an array
 * that is an element of one the record says so.
 */
#include "bson/key_encode.h"
#include "index/key_document.h"
#include "query/explain.h"
#include "query/fetching.h"

struct distinct {
	struct exec exec;
	int field;
	const struct path *path;
	struct fetching fetching;
	int64_t fetched;
	struct key_document document;
	struct buf target;
};

static void go_to_next_value(struct distinct *s, const struct row *row)
{
	struct view rest = row->index_key;

	for (int i = 0; i <= s->field; i++)
		if (!key_skip(&rest, row->index->fields[i].descending))
			return; /* it has been decoded before */
	buf_reset(&s->target);
	(void)key_successor(
	    &s->target, view_of(row->index_key.data, row->index_key.len - rest.len));
	exec_ixscan_skip(s->exec.child, buf_view(&s->target));
}

/* The row is an entry; it becomes a document that has its value. */
static int build(struct exec *e, struct exec_context *cx, struct row *row)
{
	struct distinct *s = (struct distinct *)e;
	const struct index_key key = {row->index_key, row->type_bits};
	struct value values[INDEX_FIELDS_MAX];
	uint8_t type;
	int r = key_document_make(
	    &s->document, row->index, &key, 1u << s->field, &row->doc, cx->status);

	if (r)
		return r;
	key_document_values(&s->document, values);
	type = values[s->field].type;
	if (type != TYPE_NULL && type != TYPE_UNDEFINED)
		go_to_next_value(s, row);
	if (type != TYPE_NULL && type != TYPE_UNDEFINED && type != TYPE_ARRAY)
		return 0;
	s->fetched++;
	cx->docs_examined++;
	return fetching_read(&s->fetching, row, cx, &row->doc);
}

static enum step distinct_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	return fetching_next(&((struct distinct *)e)->fetching, e, cx, out, build);
}

static void distinct_save(struct exec *e)
{
	fetching_save(&((struct distinct *)e)->fetching);
}

static int distinct_restore(struct exec *e, struct collection *c, struct status *st)
{
	return fetching_restore(&((struct distinct *)e)->fetching, c, st);
}

static void distinct_close(struct exec *e)
{
	struct distinct *s = (struct distinct *)e;

	fetching_clear(&s->fetching);
	key_document_clear(&s->document);
	buf_clear(&s->target);
}

static void distinct_explain(const struct exec *e, struct explain_output *x)
{
	const struct distinct *s = (const struct distinct *)e;
	const struct view path = s->path->text;
	const struct value one = {(const uint8_t *)"\1\0\0", 4, TYPE_INT32};

	explain_node(x, e, e->ops->name, NULL);
	builder_doc_begin(x->b, "transformBy");
	builder_value_n(x->b, (const char *)path.data, path.len, one);
	if (!view_equal(path, view_of_str("_id")))
		builder_i32(x->b, "_id", 0);
	builder_doc_end(x->b);
	if (s->fetched)
		explain_docs(x, s->fetched);
}

static const struct exec_ops distinct_ops = {
    .name = "PROJECTION_COVERED",
    .next = distinct_next,
    .save = distinct_save,
    .restore = distinct_restore,
    .close = distinct_close,
    .explain = distinct_explain,
};

struct exec *exec_distinct_new(const struct plan *p, const struct candidate *scan,
    struct exec *child, struct arena *a, struct memory_account *account)
{
	struct distinct *s = arena_new(a, struct distinct);

	if (!s || !child)
		return NULL;
	s->exec.ops = &distinct_ops;
	s->exec.child = child;
	s->field = scan->distinct - 1;
	s->path = p->query->spec.distinct;
	fetching_init(&s->fetching, p->collection);
	key_document_init(&s->document, account);
	buf_init(&s->target, account);
	return &s->exec;
}
