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

/* ------------------------------------------------- of the command's text */

static void put_kind(struct buf *out, struct value v)
{
	put(out, value_is_number(v) ? "?number" : "?");
	if (!value_is_number(v))
		put(out, type_name(v.type));
	buf_append_byte(out, ' ');
}

/* A value that is looked for: an array has the kind of its first, however many follow. */
static void put_literal(struct buf *out, struct value v)
{
	struct value first;

	if (v.type != TYPE_ARRAY) {
		put_kind(out, v);
		return;
	}
	first = array_at(value_doc(v), 0);
	put(out, "?array<");
	if (!value_is_missing(first))
		put_kind(out, first);
	put(out, ">");
}

/* Operators, paths and their order count; constants do not. */
static void put_expression(struct buf *out, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_STRING && value_str(v).len && value_str(v).data[0] == '$') {
		put_name(out, value_str(v));
		return;
	}
	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY) {
		put_kind(out, v);
		return;
	}
	it = doc_iter(value_doc(v));
	buf_append_byte(out, v.type == TYPE_OBJECT ? '{' : '[');
	while (doc_next(&it, &e)) {
		put_name(out, view_of(e.name, e.name_len));
		put_expression(out, e.value);
	}
	buf_append_byte(out, v.type == TYPE_OBJECT ? '}' : ']');
}

static void put_conditions(struct buf *out, struct view doc);

/* Of $type it counts which; one by itself is a list of one. */
static void put_types(struct buf *out, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY) {
		put_name(out, view_of(v.data, v.len));
		return;
	}
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		put_name(out, view_of(e.value.data, e.value.len));
}

static void put_operator(struct buf *out, const struct element *e)
{
	put_name(out, view_of(e->name, e->name_len));
	if (!strcmp(e->name, "$exists"))
		put(out, value_truthy(e->value) ? "1" : "0");
	else if (!strcmp(e->name, "$type"))
		put_types(out, e->value);
	else if (!strcmp(e->name, "$all") && e->value.type == TYPE_ARRAY)
		put_expression(out, e->value);
	else if (!strcmp(e->name, "$not") || !strcmp(e->name, "$elemMatch"))
		put_conditions(
		    out, e->value.type == TYPE_OBJECT ? value_doc(e->value) : doc_empty);
	else
		put_literal(out, e->value);
}

static void put_field(struct buf *out, const struct element *e)
{
	struct doc_iter it;
	struct element op;

	put_name(out, view_of(e->name, e->name_len));
	if (!filter_is_ops(e->value)) {
		put_name(out, view_of_str(e->value.type == TYPE_REGEX ? "$regex" : "$eq"));
		put_literal(out, e->value);
		return;
	}
	it = doc_iter(value_doc(e->value));
	while (doc_next(&it, &op))
		put_operator(out, &op);
}

static void put_condition(struct buf *out, const struct element *e)
{
	struct doc_iter it;
	struct element child;

	if (e->name[0] != '$') {
		put_field(out, e);
		return;
	}
	if (!strcmp(e->name, "$expr")) {
		put_name(out, view_of_str("$expr"));
		put_expression(out, e->value);
	} else if (!strcmp(e->name, "$jsonSchema") && e->value.type == TYPE_OBJECT) {
		put_name(out, view_of_str("$jsonSchema"));
		put_schema(out, value_doc(e->value));
	} else if (e->value.type == TYPE_ARRAY && match_op_find(e->name, PLACE_TOP)) {
		put_name(out, view_of(e->name, e->name_len));
		it = doc_iter(value_doc(e->value));
		buf_append_byte(out, '[');
		while (doc_next(&it, &child))
			if (child.value.type == TYPE_OBJECT)
				put_conditions(out, value_doc(child.value));
		buf_append_byte(out, ']');
	} else {
		put_operator(out, e);
	}
}

/* {a: 1, b: 2} is {$and: [{a: 1}, {b: 2}]}. */
static void put_conditions(struct buf *out, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	bool several = doc_count(doc) > 1;

	if (several) {
		buf_append_byte(out, '{');
		put_name(out, view_of_str("$and"));
		buf_append_byte(out, '[');
	}
	while (doc_next(&it, &e)) {
		buf_append_byte(out, '{');
		put_condition(out, &e);
		buf_append_byte(out, '}');
	}
	if (several)
		put(out, "]}");
}

static void put_pipeline(struct buf *out, struct view stages)
{
	struct doc_iter it = doc_iter(stages), stage;
	struct element e, s;

	while (doc_next(&it, &e)) {
		if (e.value.type != TYPE_OBJECT)
			continue;
		stage = doc_iter(value_doc(e.value));
		while (doc_next(&stage, &s)) {
			put_name(out, view_of(s.name, s.name_len));
			if (!strcmp(s.name, "$match") && s.value.type == TYPE_OBJECT)
				put_conditions(out, value_doc(s.value));
			else
				put_expression(out, s.value);
		}
	}
}

/* How each of a command's fields counts; those that are not here do not. */
enum field_shape { AS_CONDITIONS, AS_PIPELINE, AS_GIVEN, AS_EXPRESSION };

static const struct {
	const char *name;
	enum field_shape shape;
} fields[] = {
    {"filter", AS_CONDITIONS},
    {"query", AS_CONDITIONS},
    {"q", AS_CONDITIONS},
    {"pipeline", AS_PIPELINE},
    {"sort", AS_GIVEN},
    {"projection", AS_GIVEN},
    {"fields", AS_GIVEN},
    {"collation", AS_GIVEN},
    {"hint", AS_GIVEN},
    {"key", AS_GIVEN},
    {"let", AS_EXPRESSION},
    {"skip", AS_EXPRESSION},
    {"limit", AS_EXPRESSION},
    {"min", AS_EXPRESSION},
    {"max", AS_EXPRESSION},
    {"u", AS_EXPRESSION},
    {"update", AS_EXPRESSION},
    {"remove", AS_EXPRESSION},
    {"multi", AS_EXPRESSION},
    {"upsert", AS_EXPRESSION},
};

static void put_command_field(struct buf *out, const struct element *e)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcmp(fields[i].name, e->name) != 0)
			continue;
		put_name(out, view_of(e->name, e->name_len));
		if (fields[i].shape == AS_CONDITIONS && e->value.type == TYPE_OBJECT)
			put_conditions(out, value_doc(e->value));
		else if (fields[i].shape == AS_PIPELINE && e->value.type == TYPE_ARRAY)
			put_pipeline(out, value_doc(e->value));
		else if (fields[i].shape == AS_GIVEN)
			buf_append(out, e->value.data, e->value.len);
		else
			put_expression(out, e->value);
	}
}

int query_shape_hash(struct view command, struct view ns, struct arena *a,
    char out[static QUERY_SHAPE_DIGITS + 1], struct status *st)
{
	struct doc_iter it = doc_iter(command);
	uint8_t digest[SHA256_BYTES];
	struct element e;
	struct buf shape;
	int err = 0;

	buf_init(&shape, a->account);
	if (doc_next(&it, &e))
		put_name(&shape, view_of(e.name, e.name_len));
	put_name(&shape, ns);
	while (doc_next(&it, &e))
		put_command_field(&shape, &e);
	sha256(buf_view(&shape), digest);
	if (shape.failed)
		err = no_memory(st);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02X", digest[i]);
	buf_clear(&shape);
	return err;
}
