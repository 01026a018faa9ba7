/*
 * Why a value does not satisfy a schema, in the shape that MongoDB's errInfo
 * has; the words of reason are what clients show to people.
 */
#include "expr/schema_keyword.h"

static void put_specified_as(const struct schema_check *c, struct builder *b)
{
	builder_doc_begin(b, "specifiedAs");
	builder_value(b, c->keyword->name, c->operand);
	builder_doc_end(b);
}

static void put_name(struct builder *b, const char *label, struct view name)
{
	builder_str_n(b, label, (const char *)name.data, name.len);
}

/* details: [what the part does not like] */
static void put_details(
    const struct schema *s, struct value v, struct builder *b, struct schema_state *ss)
{
	builder_array_begin(b, "details");
	schema_explain(s, v, b, ss);
	builder_array_end(b);
}

static void put_item(const struct schema *s, int64_t i, struct value v, struct builder *b,
    struct schema_state *ss)
{
	builder_int(b, "itemIndex", i);
	put_details(s, v, b, ss);
}

static struct value field(struct value v, struct view name)
{
	return doc_get_n(value_doc(v), (const char *)name.data, name.len);
}

SCHEMA_EXPLAIN(schema_explain_value)
{
	builder_doc_begin(b, "specifiedAs");
	builder_value(b, c->keyword->name, c->operand);
	/* A bound whose own value is excluded is one rule of two keywords. */
	if (c->flag && c->keyword->test == schema_test_bound)
		builder_bool(
		    b, c->keyword->id < 0 ? "exclusiveMinimum" : "exclusiveMaximum", true);
	builder_doc_end(b);
	builder_str(b, "reason", c->keyword->reason);
	builder_value(b, "consideredValue", v);
}

SCHEMA_EXPLAIN(schema_explain_type)
{
	schema_explain_value(c, v, b, ss);
	builder_str(b, "consideredType", type_name(v.type));
}

SCHEMA_EXPLAIN(schema_explain_unique)
{
	struct value twice = value_missing;

	schema_explain_value(c, v, b, ss);
	schema_has_twice(value_doc(v), &twice, ss);
	builder_value(b, "duplicatedValue", twice);
}

/* One schema for all: the first item that is not like it; schemas by place: each. */
SCHEMA_EXPLAIN(schema_explain_items)
{
	struct doc_iter it = doc_iter(value_doc(v));
	struct element e;

	if (c->flag)
		builder_str(b, "reason", "At least one item did not match the sub-schema");
	else
		builder_array_begin(b, "details");
	for (int64_t i = 0; doc_next(&it, &e) && (c->flag || i < c->n); i++) {
		const struct schema *s = c->parts[c->flag ? 0 : i].schema;

		if (schema_matches(s, e.value, ss))
			continue;
		if (c->flag) {
			put_item(s, i, e.value, b, ss);
			return;
		}
		builder_doc_begin(b, NULL);
		put_item(s, i, e.value, b, ss);
		builder_doc_end(b);
	}
	if (!c->flag)
		builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_additional_items)
{
	struct doc_iter it = doc_iter(value_doc(v));
	struct element e;

	if (!c->parts) {
		put_specified_as(c, b);
		builder_str(b, "reason", "found additional items");
		builder_array_begin(b, "additionalItems");
	} else {
		builder_str(
		    b, "reason", "At least one additional item did not match the sub-schema");
	}
	for (int64_t i = 0; doc_next(&it, &e); i++) {
		if (i < c->other->n)
			continue;
		if (!c->parts) {
			builder_value(b, NULL, e.value);
		} else if (!schema_matches(c->parts->schema, e.value, ss)) {
			put_item(c->parts->schema, i, e.value, b, ss);
			return;
		}
	}
	if (!c->parts)
		builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_fields_count)
{
	put_specified_as(c, b);
	builder_str(b, "reason", c->keyword->reason);
	builder_int(b, "numberOfProperties", doc_count(value_doc(v)));
}

static void put_missing(const struct schema_check *c, struct value v, struct builder *b)
{
	builder_array_begin(b, "missingProperties");
	for (int i = 0; i < c->n; i++)
		if (value_is_missing(field(v, c->parts[i].name)))
			put_name(b, NULL, c->parts[i].name);
	builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_required)
{
	put_specified_as(c, b);
	put_missing(c, v, b);
}

SCHEMA_EXPLAIN(schema_explain_properties)
{
	builder_array_begin(b, "propertiesNotSatisfied");
	for (int i = 0; i < c->n; i++) {
		const struct schema_part *part = &c->parts[i];
		struct value x = field(v, part->name);

		if (value_is_missing(x) || schema_matches(part->schema, x, ss))
			continue;
		builder_doc_begin(b, NULL);
		put_name(b, "propertyName", part->name);
		schema_explain_words(part->schema, b);
		put_details(part->schema, x, b, ss);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_patterns)
{
	struct doc_iter it = doc_iter(value_doc(v));
	struct element e;

	builder_array_begin(b, "details");
	while (doc_next(&it, &e))
		for (int i = 0; i < c->n && !ss->error; i++) {
			const struct schema_part *part = &c->parts[i];

			if (!schema_part_is_named(part, &e, ss) ||
			    schema_matches(part->schema, e.value, ss))
				continue;
			builder_doc_begin(b, NULL);
			builder_str_n(b, "propertyName", e.name, e.name_len);
			schema_explain_words(part->schema, b);
			put_name(b, "regexMatched", part->name);
			put_details(part->schema, e.value, b, ss);
			builder_doc_end(b);
		}
	builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_additional)
{
	struct doc_iter it = doc_iter(value_doc(v));
	struct element e;

	if (!c->parts) {
		put_specified_as(c, b);
		builder_array_begin(b, "additionalProperties");
	} else {
		builder_str(b, "reason",
		    "at least one additional property did not match the subschema");
	}
	while (doc_next(&it, &e)) {
		if (!schema_is_additional(c, &e, ss))
			continue;
		if (!c->parts) {
			builder_str_n(b, NULL, e.name, e.name_len);
		} else if (!schema_matches(c->parts->schema, e.value, ss)) {
			builder_str_n(b, "failingProperty", e.name, e.name_len);
			put_details(c->parts->schema, e.value, b, ss);
			return;
		}
	}
	if (!c->parts)
		builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_dependencies)
{
	builder_array_begin(b, "failingDependencies");
	for (int i = 0; i < c->n; i++) {
		const struct schema_part *part = &c->parts[i];
		struct value operand = field(c->operand, part->name);

		if (value_is_missing(field(v, part->name)) ||
		    schema_matches(part->schema, v, ss))
			continue;
		builder_doc_begin(b, NULL);
		put_name(b, "conditionalProperty", part->name);
		if (operand.type == TYPE_ARRAY)
			put_missing(&part->schema->checks[0], v, b);
		else
			put_details(part->schema, v, b, ss);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_list)
{
	builder_array_begin(b, "schemasNotSatisfied");
	for (int i = 0; i < c->n; i++) {
		if (schema_matches(c->parts[i].schema, v, ss))
			continue;
		builder_doc_begin(b, NULL);
		builder_i32(b, "index", i);
		schema_explain_words(c->parts[i].schema, b);
		put_details(c->parts[i].schema, v, b, ss);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_one_of)
{
	bool any = false;

	for (int i = 0; i < c->n && !any; i++)
		any = schema_matches(c->parts[i].schema, v, ss);
	if (!any) {
		schema_explain_list(c, v, b, ss);
		return;
	}
	builder_str(b, "reason", "more than one subschema matched");
	builder_array_begin(b, "matchingSchemaIndexes");
	for (int i = 0; i < c->n; i++)
		if (schema_matches(c->parts[i].schema, v, ss))
			builder_i32(b, NULL, i);
	builder_array_end(b);
}

SCHEMA_EXPLAIN(schema_explain_not)
{
	builder_str(b, "reason", c->keyword->reason);
}

struct explaining {
	const struct schema *s;
	struct value v;
	struct builder *b;
	struct schema_state *ss;
};

static void explain_keyword(void *arg, const struct schema_keyword *keyword)
{
	struct explaining *x = arg;

	for (int i = 0; i < x->s->n && keyword->test; i++) {
		const struct schema_check *c = &x->s->checks[i];

		if (c->keyword != keyword || x->ss->error || keyword->test(c, x->v, x->ss) ||
		    x->ss->error)
			continue;
		builder_doc_begin(x->b, NULL);
		builder_str(x->b, "operatorName", keyword->name);
		keyword->explain(c, x->v, x->b, x->ss);
		builder_doc_end(x->b);
	}
}

void schema_explain(
    const struct schema *s, struct value v, struct builder *b, struct schema_state *ss)
{
	struct explaining x = {s, v, b, ss};

	schema_keyword_each(explain_keyword, &x);
}

void schema_explain_words(const struct schema *s, struct builder *b)
{
	static const char *const words[] = {"title", "description"};

	for (size_t k = 0; k < ARRAY_LEN(words); k++)
		for (int i = 0; i < s->n; i++)
			if (strcmp(s->checks[i].keyword->name, words[k]) == 0)
				builder_value(b, words[k], s->checks[i].operand);
}
