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
	if (++p->depth > FILTER_DEPTH_MAX)
		return status_set(p->st, ERR_BAD_VALUE,
		    "the filter is nested deeper than %d levels", FILTER_DEPTH_MAX);
	return 0;
}

void filter_leave(struct filter_parser *p)
{
	p->depth--;
}

/* A list of one is its child; an empty one is true. */
static struct filter *simplify(struct filter *f)
{
	if (f->n_children == 1)
		return f->children[0];
	if (f->n_children == 0)
		f->kind = MATCH_ALWAYS_TRUE;
	return f;
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

static int parse_op(struct filter_parser *p, const struct path *path, const struct element *e,
    struct filter **out)
{
	const struct match_op *op;

	if (e->name[0] != '$')
		return status_set(p->st, ERR_BAD_VALUE, "unknown operator: %s", e->name);
	op = match_op_find(e->name, PLACE_FIELD);
	if (!op)
		return status_set(p->st, ERR_BAD_VALUE, "unknown operator: %s", e->name);
	return op->parse(p, op, path, e->value, out);
}

int filter_parse_ops(
    struct filter_parser *p, const struct path *path, struct view doc, struct filter **out)
{
	struct view siblings = p->siblings;
	struct filter *all = filter_new_list(p, MATCH_AND, path, doc_count(doc));
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int r = all ? filter_enter(p) : filter_no_memory(p);

	p->siblings = doc;
	while (r == 0 && doc_next(&it, &e)) {
		struct filter *f = NULL;

		r = parse_op(p, path, &e, &f);
		if (f)
			all->children[all->n_children++] = f;
	}
	p->siblings = siblings;
	if (r)
		return r;
	filter_leave(p);
	*out = simplify(all);
	return 0;
}

int filter_parse_field(struct filter_parser *p, const struct path *path, struct value operand,
    struct filter **out)
{
	if (filter_is_ops(operand))
		return filter_parse_ops(p, path, value_doc(operand), out);
	if (operand.type == TYPE_REGEX)
		return filter_parse_regex_value(p, path, operand, out);
	return filter_parse_eq(p, path, operand, out);
}

int filter_wrap_not(struct filter_parser *p, const struct path *path, struct filter *child,
    struct filter **out)
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
		return op->parse(p, op, &no_path, e->value, out);
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
	*out = simplify(all);
	return 0;
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
