#include <stdlib.h>

#include "expr/match_op.h"

int filter_no_memory(struct filter_parser *p)
{
	return status_set(p->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the filter");
}

struct filter *filter_new(struct filter_parser *p, enum match_kind kind,
    const struct match_op *op, const struct path *path)
{
	struct filter *f = arena_new(p->a, struct filter);

	if (!f) {
		filter_no_memory(p);
		return NULL;
	}
	f->kind = kind;
	f->op = op;
	f->path = *path;
	f->collator = p->o->collator;
	return f;
}

struct filter *filter_new_list(
    struct filter_parser *p, enum match_kind kind, const struct path *path, int n)
{
	struct filter *f = filter_new(p, kind, NULL, path);

	if (!f)
		return NULL;
	f->children = arena_new_array(p->a, (size_t)(n ? n : 1), struct filter *);
	if (!f->children) {
		filter_no_memory(p);
		return NULL;
	}
	return f;
}

int filter_enter(struct filter_parser *p)
{
	/* The outermost filter is at depth 0. */
	if (p->depth++ > FILTER_DEPTH_MAX)
		return status_set(p->st, ERR_BAD_VALUE,
		    "the filter is nested deeper than %d levels", FILTER_DEPTH_MAX);
	return 0;
}

void filter_leave(struct filter_parser *p)
{
	p->depth--;
}

static int rank_of(const struct filter *f)
{
	static const int ranks[] = {
	    [MATCH_AND] = RANK_AND,
	    [MATCH_OR] = RANK_OR,
	    [MATCH_NOR] = RANK_NOR,
	    [MATCH_NOT] = RANK_NOT,
	    [MATCH_EQ] = RANK_EQ,
	    [MATCH_LT] = RANK_LT,
	    [MATCH_LTE] = RANK_LTE,
	    [MATCH_GT] = RANK_GT,
	    [MATCH_GTE] = RANK_GTE,
	    [MATCH_IN] = RANK_IN,
	    [MATCH_EXISTS] = RANK_EXISTS,
	    [MATCH_TYPE] = RANK_TYPE,
	    [MATCH_ALWAYS_TRUE] = RANK_CONSTANT,
	    [MATCH_ALWAYS_FALSE] = RANK_CONSTANT,
	};

	return f->kind == MATCH_OTHER ? f->op->rank : ranks[f->kind];
}

struct ranked {
	struct filter *f;
	int place; /* equal ones keep their order */
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int c = rank_of(x->f) - rank_of(y->f);

	if (c == 0)
		c = view_compare(x->f->path.text, y->f->path.text);
	return c ? c : x->place - y->place;
}

static int count_flat(const struct filter *f)
{
	int n = 0;

	for (int i = 0; i < f->n_children; i++)
		n += f->children[i]->kind == MATCH_AND ? f->children[i]->n_children : 1;
	return n;
}

/* A conjunction: its own conjunctions' children become its own, in order; a list of one is
 * its child, an empty one is true. */
static int simplify(struct filter_parser *p, struct filter *f, struct filter **out)
{
	int n = count_flat(f), at = 0;
	struct ranked *list = arena_new_array(p->a, (size_t)n + 1, struct ranked);
	struct filter **children = arena_new_array(p->a, (size_t)n + 1, struct filter *);

	if (!list || !children)
		return filter_no_memory(p);
	for (int i = 0; i < f->n_children; i++) {
		struct filter *c = f->children[i];

		if (c->kind != MATCH_AND)
			list[at++].f = c;
		for (int k = 0; c->kind == MATCH_AND && k < c->n_children; k++)
			list[at++].f = c->children[k];
	}
	for (int i = 0; i < n; i++)
		list[i].place = i;
	qsort(list, (size_t)n, sizeof(list[0]), compare_ranked);
	for (int i = 0; i < n; i++)
		children[i] = list[i].f;
	f->children = children;
	f->n_children = n;
	if (n == 0)
		f->kind = MATCH_ALWAYS_TRUE;
	*out = n == 1 ? children[0] : f;
	return 0;
}

bool filter_is_ops(struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return false;
	it = doc_iter(value_doc(v));
	if (!doc_next(&it, &e) || e.name[0] != '$')
		return false;
	/* A DBRef is a value. */
	return strcmp(e.name, "$ref") != 0 && strcmp(e.name, "$id") != 0 &&
	       strcmp(e.name, "$db") != 0;
}

bool filter_is_value_form(struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (!filter_is_ops(value_of_doc(doc)) || !doc_next(&it, &e))
		return false;
	/* Operators of the top level make it a filter on documents. */
	return match_op_find(e.name, PLACE_FIELD) || !match_op_find(e.name, PLACE_TOP);
}

/* The operator's parser; what it makes of the operand or not, the node keeps it. */
static int parse_row(struct filter_parser *p, const struct match_op *op,
    const struct path *path, struct value operand, struct filter **out)
{
	int r = op->parse(p, op, path, operand, out);

	if (r == 0 && *out && value_is_missing((*out)->value))
		(*out)->value = operand;
	return r;
}

static int parse_op(struct filter_parser *p, const struct path *path, const struct element *e,
    struct filter **out)
{
	const struct match_op *op;

	if (e->name[0] != '$')
		return status_set(p->st, ERR_BAD_VALUE, "unknown operator: %s", e->name);
	op = match_op_find(e->name, PLACE_FIELD);
	if (!op)
		return status_set(p->st, ERR_BAD_VALUE, "unknown operator: %s", e->name);
	return parse_row(p, op, path, e->value, out);
}

int filter_parse_ops(
    struct filter_parser *p, const struct path *path, struct view doc, struct filter **out)
{
	struct view siblings = p->siblings;
	struct filter *all = filter_new_list(p, MATCH_AND, path, doc_count(doc));
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int r = all ? 0 : filter_no_memory(p);

	p->siblings = doc;
	while (r == 0 && doc_next(&it, &e)) {
		struct filter *f = NULL;

		r = parse_op(p, path, &e, &f);
		if (f)
			all->children[all->n_children++] = f;
	}
	p->siblings = siblings;
	return r ? r : simplify(p, all, out);
}

int filter_parse_field(
    struct filter_parser *p, const struct path *path, struct value operand, struct filter **out)
{
	if (filter_is_ops(operand))
		return filter_parse_ops(p, path, value_doc(operand), out);
	if (operand.type == TYPE_REGEX)
		return filter_parse_regex_value(p, path, operand, out);
	return filter_parse_eq(p, path, operand, out);
}

int filter_wrap_not(
    struct filter_parser *p, const struct path *path, struct filter *child, struct filter **out)
{
	struct filter *f = filter_new_list(p, MATCH_NOT, path, 1);

	if (!f)
		return filter_no_memory(p);
	f->children[f->n_children++] = child;
	*out = f;
	return 0;
}

static const struct path no_path = {{(const uint8_t *)"", 0}, 0, NULL};

static int parse_top(struct filter_parser *p, const struct element *e, struct filter **out)
{
	struct path path;

	if (e->name[0] == '$') {
		const struct match_op *op = match_op_find(e->name, PLACE_TOP);

		if (!op)
			return status_set(p->st, ERR_BAD_VALUE,
			    "unknown top level operator: %s; a field whose name begins with a "
			    "dollar sign is reached by $getField",
			    e->name);
		return parse_row(p, op, &no_path, e->value, out);
	}
	if (!path_parse(&path, view_of(e->name, e->name_len), p->a))
		return filter_no_memory(p);
	return filter_parse_field(p, &path, e->value, out);
}

int filter_parse_doc(struct filter_parser *p, struct view doc, struct filter **out)
{
	struct filter *all = filter_new_list(p, MATCH_AND, &no_path, doc_count(doc));
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int r = all ? filter_enter(p) : filter_no_memory(p);

	while (r == 0 && doc_next(&it, &e)) {
		struct filter *f = NULL;

		r = parse_top(p, &e, &f);
		if (f)
			all->children[all->n_children++] = f;
	}
	if (r)
		return r;
	filter_leave(p);
	return simplify(p, all, out);
}

int filter_parse(struct view doc, const struct filter_options *o, struct arena *a,
    struct filter **out, struct status *st)
{
	static const struct filter_options defaults;
	struct filter_parser p = {.o = o ? o : &defaults, .a = a, .st = st};

	return filter_parse_doc(&p, doc, out);
}

int filter_parse_value(struct view doc, const struct filter_options *o, struct arena *a,
    struct filter **out, struct status *st)
{
	static const struct filter_options defaults;
	struct filter_parser p = {.o = o ? o : &defaults, .a = a, .st = st, .inside = true};
	int r;

	if (filter_is_value_form(doc))
		return filter_parse_ops(&p, &no_path, doc, out);
	r = filter_parse_doc(&p, doc, out);
	if (r == 0)
		(*out)->on_documents = true;
	return r;
}
