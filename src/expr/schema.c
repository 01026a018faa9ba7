#include "expr/schema_keyword.h"

int schema_no_memory(struct schema_parser *p)
{
	return status_set(p->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the schema");
}

int schema_want(
    struct schema_parser *p, const struct schema_check *c, uint8_t type, uint8_t or_type)
{
	if (c->operand.type == type || (or_type != TYPE_EOD && c->operand.type == or_type))
		return 0;
	return status_set(p->st, ERR_TYPE_MISMATCH,
	    "$jsonSchema: %s is of type %s%s%s, and not %s", c->keyword->name, type_name(type),
	    or_type != TYPE_EOD ? " or " : "", or_type != TYPE_EOD ? type_name(or_type) : "",
	    type_name(c->operand.type));
}

int schema_parse_part(
    struct schema_parser *p, struct value v, const char *of, struct schema **out)
{
	if (v.type != TYPE_OBJECT)
		return status_set(p->st, ERR_TYPE_MISMATCH,
		    "$jsonSchema: %s is made of documents, and not of %s", of,
		    type_name(v.type));
	return schema_parse(value_doc(v), p->a, out, p->st);
}

static struct schema_check *find_check(struct schema *s, const char *name)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->checks[i].keyword->name, name) == 0)
			return &s->checks[i];
	return NULL;
}

/* Keywords that look at others find them here, whatever the order. */
static void join(struct schema *s)
{
	struct schema_check *c = find_check(s, "additionalItems");

	if (c)
		c->other = find_check(s, "items");
	c = find_check(s, "additionalProperties");
	if (!c)
		return;
	c->other = find_check(s, "properties");
	c->patterns = find_check(s, "patternProperties");
}

int schema_parse(struct view doc, struct arena *a, struct schema **out, struct status *st)
{
	struct schema_parser p = {.a = a, .st = st, .doc = doc};
	struct schema *s = arena_new(a, struct schema);
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (s)
		s->checks = arena_new_array(a, (size_t)doc_count(doc) + 1, struct schema_check);
	if (!s || !s->checks)
		return schema_no_memory(&p);
	while (doc_next(&it, &e)) {
		struct schema_check *c = &s->checks[s->n++];
		int r;

		*c = (struct schema_check){
		    .keyword = schema_keyword_find(e.name), .operand = e.value};
		if (!c->keyword)
			return status_set(st, ERR_FAILED_TO_PARSE,
			    "$jsonSchema does not know the keyword %s", e.name);
		r = c->keyword->parse(&p, c);
		if (r)
			return r;
	}
	join(s);
	*out = s;
	return 0;
}

bool schema_matches(const struct schema *s, struct value v, struct schema_state *ss)
{
	for (int i = 0; i < s->n && !ss->error; i++) {
		const struct schema_check *c = &s->checks[i];

		if (c->keyword->test && !c->keyword->test(c, v, ss))
			return false;
	}
	return !ss->error;
}
