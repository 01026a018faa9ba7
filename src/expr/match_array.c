#include "expr/match_op.h"

/* {$all: [{$elemMatch: ...}, ...]}, of nothing else. */
static bool is_elem_match(struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return false;
	it = doc_iter(value_doc(v));
	return doc_next(&it, &e) && strcmp(e.name, "$elemMatch") == 0;
}

/* A document that begins with an operator; with another name it is a value. */
static bool is_known_op(struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return false;
	it = doc_iter(value_doc(v));
	return doc_next(&it, &e) && match_op_find(e.name, PLACE_FIELD);
}

static int parse_all_entry(struct filter_parser *p, const struct path *path, struct value v,
    bool elem_match, struct filter **out)
{
	if (is_elem_match(v) && elem_match)
		return filter_parse_ops(p, path, value_doc(v), out);
	if (elem_match || is_known_op(v))
		return status_set(p->st, ERR_BAD_VALUE,
		    "$all takes values, or $elemMatch and nothing else");
	if (v.type == TYPE_REGEX)
		return filter_parse_regex_value(p, path, v, out);
	return filter_parse_eq(p, path, v, out);
}

/* All entries by themselves; of no entries none is met. */
MATCH_PARSER(match_parse_all)
{
	struct filter *all;
	struct doc_iter it;
	struct element e;
	bool elem_match;

	if (operand.type != TYPE_ARRAY)
		return status_set(p->st, ERR_BAD_VALUE, "$all needs an array");
	all = filter_new_list(p, MATCH_AND, path, doc_count(value_doc(operand)));
	if (!all)
		return filter_no_memory(p);
	elem_match = is_elem_match(array_at(value_doc(operand), 0));
	it = doc_iter(value_doc(operand));
	while (doc_next(&it, &e)) {
		int r = parse_all_entry(
		    p, path, e.value, elem_match, &all->children[all->n_children]);

		if (r)
			return r;
		all->n_children++;
	}
	if (!all->n_children)
		all->kind = MATCH_ALWAYS_FALSE;
	*out = all->n_children == 1 ? all->children[0] : all;
	return 0;
}

/* data: the filter that an element has to match. */
MATCH_PARSER(match_parse_elem_match)
{
	bool inside = p->inside;
	struct filter *f, *child = NULL;
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, ERR_BAD_VALUE, "$elemMatch needs a document");
	f = filter_new(p, MATCH_OTHER, op, path);
	if (!f)
		return filter_no_memory(p);
	p->inside = true;
	if (filter_is_value_form(value_doc(operand))) {
		r = filter_enter(p);
		if (r)
			return r;
		r = filter_parse_ops(
		    p, &(struct path){.text = view_of("", 0)}, value_doc(operand), &child);
		filter_leave(p);
	} else {
		r = filter_parse_doc(p, value_doc(operand), &child);
		if (r == 0)
			child->on_documents = true;
	}
	p->inside = inside;
	f->data = child;
	*out = f;
	return r;
}

MATCH_TEST(match_test_elem_match)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY)
		return false;
	it = doc_iter(value_doc(v));
	for (int64_t i = 0; doc_next(&it, &e); i++) {
		if (filter_matches_value(f->data, e.value, ms)) {
			ms->array_index = i;
			return true;
		}
		if (ms->error)
			return false;
	}
	return false;
}

/* data: nothing; value holds the number as it was given, n_values the size. */
MATCH_PARSER(match_parse_size)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	int64_t size;

	if (!f)
		return filter_no_memory(p);
	if (!value_to_i64(operand, &size) || size < 0 || size > INT32_MAX)
		return status_set(p->st, ERR_BAD_VALUE,
		    "$size needs a whole number that is not negative");
	f->value = operand;
	f->n_values = (int)size;
	*out = f;
	return 0;
}

MATCH_TEST(match_test_size)
{
	return v.type == TYPE_ARRAY && doc_count(value_doc(v)) == f->n_values;
}
