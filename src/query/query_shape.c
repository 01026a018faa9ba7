#include "query/query_shape.h"

#include <stdio.h>

#include "bson/builder.h"
#include "expr/match_op.h"

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a query's shape");
}

static const char *kind_name(struct value v)
{
	return value_is_number(v) ? "number" : type_name(v.type);
}

static void put_kind(struct builder *b, const char *name, struct value v)
{
	builder_printf(b, name, "?%s", kind_name(v));
}

/* A value that is looked for: an array has the kind of its first, however many follow. */
static void put_literal(struct builder *b, const char *name, struct value v)
{
	struct value first;

	if (v.type != TYPE_ARRAY) {
		put_kind(b, name, v);
		return;
	}
	first = array_at(value_doc(v), 0);
	if (value_is_missing(first))
		builder_str(b, name, "?array<>");
	else
		builder_printf(b, name, "?array<?%s>", kind_name(first));
}

/* In an array the builder counts. */
static const char *name_in(const struct value *list, const struct element *e)
{
	return list->type == TYPE_ARRAY ? NULL : e->name;
}

/* Operators, paths and their order count; constants do not. */
static void put_expression(struct builder *b, const char *name, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_STRING && value_str(v).len && value_str(v).data[0] == '$') {
		builder_value(b, name, v);
		return;
	}
	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY) {
		put_kind(b, name, v);
		return;
	}
	it = doc_iter(value_doc(v));
	v.type == TYPE_OBJECT ? builder_doc_begin(b, name) : builder_array_begin(b, name);
	while (doc_next(&it, &e))
		put_expression(b, name_in(&v, &e), e.value);
	v.type == TYPE_OBJECT ? builder_doc_end(b) : builder_array_end(b);
}

/* The schema's names and texts count, its numbers do not. */
static void put_schema(struct builder *b, const char *name, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_STRING) {
		builder_value(b, name, v);
		return;
	}
	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY) {
		put_kind(b, name, v);
		return;
	}
	it = doc_iter(value_doc(v));
	v.type == TYPE_OBJECT ? builder_doc_begin(b, name) : builder_array_begin(b, name);
	while (doc_next(&it, &e))
		put_schema(b, name_in(&v, &e), e.value);
	v.type == TYPE_OBJECT ? builder_doc_end(b) : builder_array_end(b);
}

static void put_conditions(struct builder *b, const char *name, struct view doc);

/* Of $type it counts which; one by itself is a list of one. */
static void put_types(struct builder *b, const char *name, struct value v)
{
	if (v.type == TYPE_ARRAY) {
		builder_value(b, name, v);
		return;
	}
	builder_array_begin(b, name);
	builder_value(b, NULL, v);
	builder_array_end(b);
}

static void put_operator(struct builder *b, const struct element *e)
{
	if (!strcmp(e->name, "$exists"))
		builder_bool(b, e->name, value_truthy(e->value));
	else if (!strcmp(e->name, "$type"))
		put_types(b, e->name, e->value);
	else if (!strcmp(e->name, "$all") && e->value.type == TYPE_ARRAY)
		put_expression(b, e->name, e->value);
	else if (!strcmp(e->name, "$not") || !strcmp(e->name, "$elemMatch"))
		put_conditions(
		    b, e->name, e->value.type == TYPE_OBJECT ? value_doc(e->value) : doc_empty);
	else
		put_literal(b, e->name, e->value);
}

static void put_field(struct builder *b, const struct element *e)
{
	struct doc_iter it;
	struct element op;

	builder_doc_begin(b, e->name);
	if (!filter_is_ops(e->value)) {
		put_literal(b, e->value.type == TYPE_REGEX ? "$regex" : "$eq", e->value);
	} else {
		it = doc_iter(value_doc(e->value));
		while (doc_next(&it, &op))
			put_operator(b, &op);
	}
	builder_doc_end(b);
}

static void put_branches(struct builder *b, const struct element *e)
{
	struct doc_iter it = doc_iter(value_doc(e->value));
	struct element child;

	builder_array_begin(b, e->name);
	while (doc_next(&it, &child))
		if (child.value.type == TYPE_OBJECT)
			put_conditions(b, NULL, value_doc(child.value));
	builder_array_end(b);
}

static void put_condition(struct builder *b, const struct element *e)
{
	if (e->name[0] != '$')
		put_field(b, e);
	else if (!strcmp(e->name, "$expr"))
		put_expression(b, e->name, e->value);
	else if (!strcmp(e->name, "$jsonSchema") && e->value.type == TYPE_OBJECT)
		put_schema(b, e->name, e->value);
	else if (e->value.type == TYPE_ARRAY && match_op_find(e->name, PLACE_TOP))
		put_branches(b, e);
	else
		put_operator(b, e);
}

/* {a: 1, b: 2} is {$and: [{a: 1}, {b: 2}]}. */
static void put_conditions(struct builder *b, const char *name, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	bool several = doc_count(doc) > 1;

	builder_doc_begin(b, name);
	if (several)
		builder_array_begin(b, "$and");
	while (doc_next(&it, &e)) {
		if (several)
			builder_doc_begin(b, NULL);
		put_condition(b, &e);
		if (several)
			builder_doc_end(b);
	}
	if (several)
		builder_array_end(b);
	builder_doc_end(b);
}

static void put_stage(struct builder *b, struct view stage)
{
	struct doc_iter it = doc_iter(stage);
	struct element e;

	builder_doc_begin(b, NULL);
	while (doc_next(&it, &e)) {
		if (!strcmp(e.name, "$match") && e.value.type == TYPE_OBJECT)
			put_conditions(b, e.name, value_doc(e.value));
		else
			put_expression(b, e.name, e.value);
	}
	builder_doc_end(b);
}

static void put_pipeline(struct builder *b, const char *name, struct view stages)
{
	struct doc_iter it = doc_iter(stages);
	struct element e;

	builder_array_begin(b, name);
	while (doc_next(&it, &e))
		if (e.value.type == TYPE_OBJECT)
			put_stage(b, value_doc(e.value));
	builder_array_end(b);
}

/* How each of a command's fields counts, in whatever order they come; those that are not
 * here do not. */
enum field_shape { AS_CONDITIONS, AS_PIPELINE, AS_GIVEN, AS_EXPRESSION };

static const struct {
	const char *name;
	enum field_shape shape;
} fields[] = {
    {"filter", AS_CONDITIONS},
    {"query", AS_CONDITIONS},
    {"q", AS_CONDITIONS},
    {"pipeline", AS_PIPELINE},
    {"key", AS_GIVEN},
    {"sort", AS_GIVEN},
    {"projection", AS_GIVEN},
    {"fields", AS_GIVEN},
    {"min", AS_EXPRESSION},
    {"max", AS_EXPRESSION},
    {"skip", AS_EXPRESSION},
    {"limit", AS_EXPRESSION},
    {"collation", AS_GIVEN},
    {"let", AS_EXPRESSION},
    {"u", AS_EXPRESSION},
    {"update", AS_EXPRESSION},
    {"remove", AS_EXPRESSION},
    {"multi", AS_EXPRESSION},
    {"upsert", AS_EXPRESSION},
};

/* As good as not there. */
static bool is_nothing(struct value v)
{
	return value_is_missing(v) || v.type == TYPE_NULL ||
	       (v.type == TYPE_OBJECT && doc_is_empty(value_doc(v)));
}

static void put_command_field(
    struct builder *b, const char *name, enum field_shape shape, struct value v)
{
	if (is_nothing(v))
		return;
	if (shape == AS_CONDITIONS && v.type == TYPE_OBJECT)
		put_conditions(b, name, value_doc(v));
	else if (shape == AS_PIPELINE && v.type == TYPE_ARRAY)
		put_pipeline(b, name, value_doc(v));
	else if (shape == AS_GIVEN)
		builder_value(b, name, v);
	else
		put_expression(b, name, v);
}

static void put_ns(struct builder *b, struct view ns)
{
	const uint8_t *dot = memchr(ns.data, '.', ns.len);
	size_t db_len = dot ? (size_t)(dot - ns.data) : ns.len;

	builder_doc_begin(b, "cmdNs");
	builder_str_n(b, "db", (const char *)ns.data, db_len);
	if (dot)
		builder_str_n(b, "coll", (const char *)dot + 1, ns.len - db_len - 1);
	builder_doc_end(b);
}

static void put_command(struct builder *b, struct view command, struct view ns)
{
	struct doc_iter it = doc_iter(command);
	struct element e;
	struct value v;

	put_ns(b, ns);
	/* The first field has the command's name and may have a field's, as update has. */
	if (!doc_next(&it, &e))
		return;
	builder_str_n(b, "command", e.name, e.name_len);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct doc_iter rest = it;

		v = value_missing;
		while (value_is_missing(v) && doc_next(&rest, &e))
			if (strcmp(e.name, fields[i].name) == 0)
				v = e.value;
		put_command_field(b, fields[i].name, fields[i].shape, v);
	}
}

int query_shape(
    struct view command, struct view ns, struct arena *a, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	put_command(&b, command, ns);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0 : no_memory(st);
}

int query_shape_hash(struct view command, struct view ns, struct arena *a,
    char out[static QUERY_SHAPE_DIGITS + 1], struct status *st)
{
	uint8_t digest[SHA256_BYTES];
	struct view shape;
	int err = query_shape(command, ns, a, &shape, st);

	if (err)
		return err;
	sha256(shape, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02X", digest[i]);
	return 0;
}
