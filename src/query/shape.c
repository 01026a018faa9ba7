#include "query/shape.h"

#include <stdio.h>
#include <stdlib.h>

#include "expr/collation.h"
#include "expr/match_op.h"
#include "util/crc32c.h"

static void put(struct buf *out, const char *text)
{
	buf_append(out, text, strlen(text));
}

/* With an end that no name has. */
static void put_name(struct buf *out, struct view name)
{
	buf_append_view(out, name);
	buf_append_byte(out, 0);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a query's shape");
}

/* Copies of what was made one by one, to be put in one order. */
struct pieces {
	struct arena *arena;
	int n;
	struct view *list;
};

static int compare_pieces(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static bool pieces_init(struct pieces *p, struct arena *a, int n)
{
	*p = (struct pieces){.arena = a};
	p->list = arena_new_array(a, (size_t)n + 1, struct view);
	return p->list;
}

static void pieces_put(struct pieces *p, struct buf *out)
{
	if (p->n)
		qsort(p->list, (size_t)p->n, sizeof(p->list[0]), compare_pieces);
	for (int i = 0; i < p->n; i++)
		buf_append_view(out, p->list[i]);
}

/* --------------------------------------------------- of the parsed filter */

/* The schema's names and texts count, its numbers do not. */
static void put_schema(struct buf *out, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	buf_append_byte(out, '{');
	while (doc_next(&it, &e)) {
		put_name(out, view_of(e.name, e.name_len));
		if (e.value.type == TYPE_OBJECT || e.value.type == TYPE_ARRAY)
			put_schema(out, value_doc(e.value));
		else if (e.value.type == TYPE_STRING)
			put_name(out, value_str(e.value));
		else
			put(out, "?");
	}
	buf_append_byte(out, '}');
}

static void put_filter(struct buf *out, const struct filter *f, struct arena *a);

static void put_children(struct buf *out, const struct filter *f, struct arena *a)
{
	struct pieces p;
	struct buf one;

	if (!pieces_init(&p, a, f->n_children)) {
		out->failed = true;
		return;
	}
	buf_init(&one, a->account);
	for (int i = 0; i < f->n_children; i++) {
		buf_reset(&one);
		put_filter(&one, f->children[i], a);
		out->failed |= one.failed;
		p.list[p.n++] = arena_dup(a, buf_view(&one));
	}
	buf_clear(&one);
	buf_append_byte(out, '(');
	pieces_put(&p, out);
	buf_append_byte(out, ')');
}

static void put_other(struct buf *out, const struct filter *f, struct arena *a)
{
	put(out, f->op->name);
	if (f->op->test == match_test_elem_match)
		put_filter(out, f->data, a);
	else if (f->op->test_doc == match_test_schema)
		put_schema(out, value_doc(f->value));
}

static void put_filter(struct buf *out, const struct filter *f, struct arena *a)
{
	static const char *const kinds[] = {
	    [MATCH_AND] = "&",
	    [MATCH_OR] = "|",
	    [MATCH_NOR] = "^",
	    [MATCH_NOT] = "!",
	    [MATCH_EQ] = "=",
	    [MATCH_LT] = "<",
	    [MATCH_LTE] = "<=",
	    [MATCH_GT] = ">",
	    [MATCH_GTE] = ">=",
	    [MATCH_IN] = "in",
	    [MATCH_EXISTS] = "exists",
	    [MATCH_TYPE] = "type",
	    [MATCH_ALWAYS_TRUE] = "true",
	    [MATCH_ALWAYS_FALSE] = "false",
	};

	if (f->kind == MATCH_OTHER)
		put_other(out, f, a);
	else if (f->kind == MATCH_IN && f->n_values == 1)
		put(out, "=");
	else if (f->kind == MATCH_EXISTS && !f->exists)
		put(out, "!exists");
	else
		put(out, kinds[f->kind]);
	put_name(out, f->path.text);
	if (f->n_children)
		put_children(out, f, a);
}

/* Fields and what becomes of them, in any order. */
static void put_projection(struct buf *out, struct view doc, struct arena *a)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	struct pieces p;
	struct buf one;

	if (!pieces_init(&p, a, doc_count(doc))) {
		out->failed = true;
		return;
	}
	buf_init(&one, a->account);
	while (doc_next(&it, &e)) {
		buf_reset(&one);
		put_name(&one, view_of(e.name, e.name_len));
		if (value_is_number(e.value) || e.value.type == TYPE_BOOL)
			put(&one, value_truthy(e.value) ? "1" : "0");
		else
			buf_append_view(&one, view_of(e.value.data, e.value.len));
		out->failed |= one.failed;
		p.list[p.n++] = arena_dup(a, buf_view(&one));
	}
	buf_clear(&one);
	pieces_put(&p, out);
}

static void put_query(struct buf *out, const struct query *q, struct view more, struct arena *a)
{
	put_filter(out, q->filter, a);
	put(out, "sort:");
	for (int i = 0; q->sort && i < q->sort->n; i++) {
		put(out, q->sort->fields[i].descending ? "-" : "+");
		put_name(out, q->sort->fields[i].path.text);
	}
	put(out, "projection:");
	if (q->projection)
		put_projection(out, q->spec.projection, a);
	if (q->spec.collator)
		buf_append_view(out, collation_document(q->spec.collator));
	buf_append_view(out, more);
}

static int digits(const struct buf *shape, struct arena *a,
    char out[static PLAN_SHAPE_DIGITS + 1], struct status *st)
{
	if (shape->failed || arena_failed(a))
		return no_memory(st);
	snprintf(out, PLAN_SHAPE_DIGITS + 1, "%08X", crc32c(0, buf_view(shape)));
	return 0;
}

int plan_shape(const struct query *q, struct arena *a, struct view *out, struct status *st)
{
	struct buf shape;

	buf_init(&shape, a->account);
	put_query(&shape, q, view_of(NULL, 0), a);
	*out = shape.failed ? view_of(NULL, 0) : arena_dup(a, buf_view(&shape));
	buf_clear(&shape);
	return out->data ? 0 : no_memory(st);
}

int plan_shape_hash(const struct query *q, struct view more, struct arena *a,
    char out[static PLAN_SHAPE_DIGITS + 1], struct status *st)
{
	struct buf shape;
	int err;

	buf_init(&shape, a->account);
	put_query(&shape, q, more, a);
	err = digits(&shape, a, out, st);
	buf_clear(&shape);
	return err;
}

int plan_cache_key(const struct query *q, struct view more, const struct collection *c,
    struct arena *a, char out[static PLAN_SHAPE_DIGITS + 1], struct status *st)
{
	struct buf shape;
	int err;

	buf_init(&shape, a->account);
	put_query(&shape, q, more, a);
	for (int i = 0; c && i < c->n_indexes; i++)
		if (!c->indexes[i]->hidden)
			put_name(&shape, view_of_str(c->indexes[i]->name));
	err = digits(&shape, a, out, st);
	buf_clear(&shape);
	return err;
}
