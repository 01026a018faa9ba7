#include <stdlib.h>

#include "bson/compare.h"
#include "expr/schema_keyword.h"

static bool count_is_right(const struct schema_check *c, struct value v)
{
	int n = doc_count(value_doc(v));

	return c->keyword->id < 0 ? n >= c->number : n <= c->number;
}

SCHEMA_TEST(schema_test_items_count)
{
	return v.type != TYPE_ARRAY || count_is_right(c, v);
}

SCHEMA_TEST(schema_test_fields_count)
{
	return v.type != TYPE_OBJECT || count_is_right(c, v);
}

SCHEMA_PARSE(schema_parse_unique)
{
	int r = schema_want(p, c, TYPE_BOOL, TYPE_EOD);

	c->flag = r == 0 && value_bool(c->operand);
	return r;
}

static int compare_values(const void *a, const void *b)
{
	return value_compare(*(const struct value *)a, *(const struct value *)b, NULL);
}

/* Arrays of so many items are sorted without an allocation. */
#define UNIQUE_ON_STACK 64

static bool sort_and_find(struct value *values, int n, struct value *twice)
{
	qsort(values, (size_t)n, sizeof(*values), compare_values);
	for (int i = 1; i < n; i++)
		if (value_equal(values[i - 1], values[i], NULL)) {
			*twice = values[i];
			return true;
		}
	return false;
}

bool schema_has_twice(struct view list, struct value *twice, struct schema_state *ss)
{
	struct value few[UNIQUE_ON_STACK], *values = few;
	struct doc_iter it = doc_iter(list);
	int count = doc_count(list), n = 0;
	struct element e;
	bool found;

	if (count > UNIQUE_ON_STACK)
		values = calloc((size_t)count, sizeof(*values));
	if (!values) {
		ss->error = status_set(
		    ss->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for uniqueItems");
		return false;
	}
	while (doc_next(&it, &e))
		values[n++] = e.value;
	found = sort_and_find(values, n, twice);
	if (values != few)
		free(values);
	return found;
}

SCHEMA_TEST(schema_test_unique)
{
	struct value twice;

	if (!c->flag || v.type != TYPE_ARRAY)
		return true;
	return !schema_has_twice(value_doc(v), &twice, ss) && !ss->error;
}

/* The schemas of a list, as parts. */
static int parse_schemas(struct schema_parser *p, struct schema_check *c)
{
	struct doc_iter it = doc_iter(value_doc(c->operand));
	struct element e;
	int r = 0;

	c->parts = arena_new_array(
	    p->a, (size_t)doc_count(value_doc(c->operand)) + 1, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	while (r == 0 && doc_next(&it, &e))
		r = schema_parse_part(p, e.value, c->keyword->name, &c->parts[c->n++].schema);
	return r;
}

/* One schema for all (flag), or one for each place. */
SCHEMA_PARSE(schema_parse_items)
{
	int r = schema_want(p, c, TYPE_OBJECT, TYPE_ARRAY);

	if (r)
		return r;
	if (c->operand.type == TYPE_ARRAY)
		return parse_schemas(p, c);
	c->flag = true;
	c->parts = arena_new(p->a, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	return schema_parse_part(p, c->operand, c->keyword->name, &c->parts->schema);
}

SCHEMA_TEST(schema_test_items)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY)
		return true;
	it = doc_iter(value_doc(v));
	for (int i = 0; doc_next(&it, &e); i++) {
		if (!c->flag && i >= c->n)
			break;
		if (!schema_matches(c->parts[c->flag ? 0 : i].schema, e.value, ss))
			return false;
	}
	return true;
}

/* flag: anything may be there; else parts has a schema, or is NULL: nothing. */
SCHEMA_PARSE(schema_parse_additional)
{
	int r = schema_want(p, c, TYPE_BOOL, TYPE_OBJECT);

	if (r)
		return r;
	if (c->operand.type == TYPE_BOOL) {
		c->flag = value_bool(c->operand);
		return 0;
	}
	c->parts = arena_new(p->a, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	return schema_parse_part(p, c->operand, c->keyword->name, &c->parts->schema);
}

bool schema_additional_may_be(
    const struct schema_check *c, struct value v, struct schema_state *ss)
{
	return c->flag || (c->parts && schema_matches(c->parts->schema, v, ss));
}

/* Behind the places that items has schemas for. */
SCHEMA_TEST(schema_test_additional_items)
{
	const struct schema_check *items = c->other;
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY || !items || items->flag)
		return true;
	it = doc_iter(value_doc(v));
	for (int i = 0; doc_next(&it, &e); i++)
		if (i >= items->n && !schema_additional_may_be(c, e.value, ss))
			return false;
	return true;
}

static int parse_names(
    struct schema_parser *p, struct value list, const char *of, struct schema_check *c)
{
	struct doc_iter it = doc_iter(value_doc(list));
	struct element e;

	if (doc_is_empty(value_doc(list)))
		return status_set(p->st, ERR_FAILED_TO_PARSE, "$jsonSchema: %s is empty", of);
	c->parts =
	    arena_new_array(p->a, (size_t)doc_count(value_doc(list)), struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	while (doc_next(&it, &e)) {
		if (e.value.type != TYPE_STRING)
			return status_set(p->st, ERR_TYPE_MISMATCH,
			    "$jsonSchema: %s has names, and not %s", of,
			    type_name(e.value.type));
		for (int i = 0; i < c->n; i++)
			if (view_equal(c->parts[i].name, value_str(e.value)))
				return status_set(p->st, ERR_FAILED_TO_PARSE,
				    "$jsonSchema: %s has a name twice", of);
		c->parts[c->n++].name = value_str(e.value);
	}
	return 0;
}

SCHEMA_PARSE(schema_parse_required)
{
	int r = schema_want(p, c, TYPE_ARRAY, TYPE_EOD);

	return r ? r : parse_names(p, c->operand, "required", c);
}

static struct value field(struct value v, struct view name)
{
	return doc_get_n(value_doc(v), (const char *)name.data, name.len);
}

SCHEMA_TEST(schema_test_required)
{
	if (v.type != TYPE_OBJECT)
		return true;
	for (int i = 0; i < c->n; i++)
		if (value_is_missing(field(v, c->parts[i].name)))
			return false;
	return true;
}

/* {name: schema, ...} */
SCHEMA_PARSE(schema_parse_properties)
{
	struct doc_iter it;
	struct element e;
	int r = schema_want(p, c, TYPE_OBJECT, TYPE_EOD);

	if (r)
		return r;
	c->parts = arena_new_array(
	    p->a, (size_t)doc_count(value_doc(c->operand)) + 1, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	it = doc_iter(value_doc(c->operand));
	while (r == 0 && doc_next(&it, &e)) {
		struct schema_part *part = &c->parts[c->n++];

		part->name = view_of(e.name, e.name_len);
		r = schema_parse_part(p, e.value, c->keyword->name, &part->schema);
	}
	return r;
}

SCHEMA_TEST(schema_test_properties)
{
	if (v.type != TYPE_OBJECT)
		return true;
	for (int i = 0; i < c->n; i++) {
		struct value x = field(v, c->parts[i].name);

		if (!value_is_missing(x) && !schema_matches(c->parts[i].schema, x, ss))
			return false;
	}
	return true;
}

SCHEMA_PARSE(schema_parse_patterns)
{
	int r = schema_parse_properties(p, c);

	for (int i = 0; r == 0 && i < c->n; i++)
		r = regex_compile(
		    c->parts[i].name, view_of_str(""), p->a, &c->parts[i].regex, p->st);
	return r;
}

bool schema_part_is_named(
    const struct schema_part *part, const struct element *e, struct schema_state *ss)
{
	bool found = false;

	ss->error =
	    regex_matches(part->regex, view_of(e->name, e->name_len), &found, ss->status);
	return found;
}

SCHEMA_TEST(schema_test_patterns)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return true;
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		for (int i = 0; i < c->n; i++) {
			if (schema_part_is_named(&c->parts[i], &e, ss) &&
			    !schema_matches(c->parts[i].schema, e.value, ss))
				return false;
			if (ss->error)
				return false;
		}
	return true;
}

static bool is_named(const struct schema_check *properties, const struct element *e)
{
	for (int i = 0; properties && i < properties->n; i++)
		if (view_equal(properties->parts[i].name, view_of(e->name, e->name_len)))
			return true;
	return false;
}

static bool is_patterned(
    const struct schema_check *patterns, const struct element *e, struct schema_state *ss)
{
	for (int i = 0; patterns && i < patterns->n && !ss->error; i++)
		if (schema_part_is_named(&patterns->parts[i], e, ss))
			return true;
	return false;
}

/* What neither properties nor patternProperties speak of. */
bool schema_is_additional(
    const struct schema_check *c, const struct element *e, struct schema_state *ss)
{
	return !is_named(c->other, e) && !is_patterned(c->patterns, e, ss);
}

SCHEMA_TEST(schema_test_additional)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return true;
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e)) {
		if (!schema_is_additional(c, &e, ss))
			continue;
		if (ss->error || !schema_additional_may_be(c, e.value, ss))
			return false;
	}
	return true;
}

/* {name: schema}, or {name: [names]} as a schema that requires them. */
static int parse_dependency(
    struct schema_parser *p, const struct element *e, struct schema_part *part)
{
	struct schema *s;

	part->name = view_of(e->name, e->name_len);
	if (e->value.type != TYPE_ARRAY)
		return schema_parse_part(p, e->value, "dependencies", &part->schema);
	s = arena_new(p->a, struct schema);
	if (s)
		s->checks = arena_new(p->a, struct schema_check);
	if (!s || !s->checks)
		return schema_no_memory(p);
	s->n = 1;
	s->checks[0].keyword = schema_keyword_find("required");
	part->schema = s;
	return parse_names(p, e->value, "dependencies", &s->checks[0]);
}

SCHEMA_PARSE(schema_parse_dependencies)
{
	struct doc_iter it;
	struct element e;
	int r = schema_want(p, c, TYPE_OBJECT, TYPE_EOD);

	if (r)
		return r;
	c->parts = arena_new_array(
	    p->a, (size_t)doc_count(value_doc(c->operand)) + 1, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	it = doc_iter(value_doc(c->operand));
	while (r == 0 && doc_next(&it, &e))
		r = parse_dependency(p, &e, &c->parts[c->n++]);
	return r;
}

SCHEMA_TEST(schema_test_dependencies)
{
	if (v.type != TYPE_OBJECT)
		return true;
	for (int i = 0; i < c->n; i++)
		if (!value_is_missing(field(v, c->parts[i].name)) &&
		    !schema_matches(c->parts[i].schema, v, ss))
			return false;
	return true;
}

SCHEMA_PARSE(schema_parse_list)
{
	int r = schema_want(p, c, TYPE_ARRAY, TYPE_EOD);

	if (r == 0 && doc_is_empty(value_doc(c->operand)))
		return status_set(
		    p->st, ERR_BAD_VALUE, "$jsonSchema: %s is empty", c->keyword->name);
	return r ? r : parse_schemas(p, c);
}

static int count_matching(const struct schema_check *c, struct value v, struct schema_state *ss)
{
	int n = 0;

	for (int i = 0; i < c->n && !ss->error; i++)
		n += schema_matches(c->parts[i].schema, v, ss);
	return n;
}

SCHEMA_TEST(schema_test_all_of)
{
	return count_matching(c, v, ss) == c->n;
}

SCHEMA_TEST(schema_test_any_of)
{
	return count_matching(c, v, ss) > 0;
}

SCHEMA_TEST(schema_test_one_of)
{
	return count_matching(c, v, ss) == 1;
}

SCHEMA_PARSE(schema_parse_not)
{
	int r = schema_want(p, c, TYPE_OBJECT, TYPE_EOD);

	if (r)
		return r;
	c->parts = arena_new(p->a, struct schema_part);
	if (!c->parts)
		return schema_no_memory(p);
	return schema_parse_part(p, c->operand, c->keyword->name, &c->parts->schema);
}

SCHEMA_TEST(schema_test_not)
{
	return !schema_matches(c->parts->schema, v, ss) && !ss->error;
}
