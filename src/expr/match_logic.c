#include "expr/match_op.h"

MATCH_PARSER(match_parse_list)
{
	struct filter *list;
	struct doc_iter it;
	struct element e;
	bool outer = p->alternative;
	int r = 0;

	if (operand.type != TYPE_ARRAY || doc_is_empty(value_doc(operand)))
		return status_set(
		    p->st, ERR_BAD_VALUE, "%s needs an array that is not empty", op->name);
	list = filter_new_list(p, op->kind, path, doc_count(value_doc(operand)));
	if (!list)
		return filter_no_memory(p);
	p->alternative |= op->kind != MATCH_AND;
	it = doc_iter(value_doc(operand));
	p->in_nor += op->kind == MATCH_NOR;
	while (r == 0 && doc_next(&it, &e)) {
		if (e.value.type != TYPE_OBJECT)
			return status_set(p->st, ERR_BAD_VALUE,
			    "the entries of %s are filters, and %s is none", op->name,
			    type_name(e.value.type));
		r = filter_parse_doc(p, value_doc(e.value), &list->children[list->n_children]);
		list->n_children++;
	}
	p->alternative = outer;
	p->in_nor -= op->kind == MATCH_NOR;
	*out = list;
	return r;
}

MATCH_PARSER(match_parse_not)
{
	struct filter *child = NULL;
	bool outer = p->alternative;
	int r = filter_enter(p);

	if (r)
		return r;
	p->alternative = true;
	if (operand.type == TYPE_REGEX)
		r = filter_parse_regex_value(p, path, operand, &child);
	else if (operand.type != TYPE_OBJECT)
		return status_set(
		    p->st, ERR_BAD_VALUE, "$not needs operators or a regular expression");
	else if (doc_is_empty(value_doc(operand)))
		return status_set(p->st, ERR_BAD_VALUE, "$not cannot be empty");
	else
		r = filter_parse_ops(p, path, value_doc(operand), &child);
	p->alternative = outer;
	filter_leave(p);
	return r ? r : filter_wrap_not(p, path, child, out);
}

MATCH_PARSER(match_parse_always)
{
	struct filter *f;
	int64_t one;

	if (!value_to_i64(operand, &one) || one != 1)
		return status_set(
		    p->st, ERR_FAILED_TO_PARSE, "%s takes 1 and nothing else", op->name);
	f = filter_new(p, op->kind, NULL, path);
	if (!f)
		return filter_no_memory(p);
	*out = f;
	return 0;
}

MATCH_PARSER(match_parse_comment)
{
	*out = NULL;
	return 0;
}
