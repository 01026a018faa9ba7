#include <stdlib.h>

#include "update/update_op.h"

int update_no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the update");
}

int update_compare_names(struct view a, int32_t index_a, struct view b, int32_t index_b)
{
	if (index_a >= 0 && index_b >= 0)
		return (index_a > index_b) - (index_a < index_b);
	if (index_a >= 0 || index_b >= 0)
		return index_a >= 0 ? -1 : 1;
	return view_compare(a, b);
}

enum part_kind update_part_kind(const struct path_part *part)
{
	if (part->len == 1 && part->name[0] == '$')
		return PART_MATCHED;
	if (part->len < 3 || part->name[0] != '$' || part->name[1] != '[' ||
	    part->name[part->len - 1] != ']')
		return PART_NAME;
	return part->len == 3 ? PART_ALL : PART_FILTERED;
}

static int check_path(struct update_parser *p, const struct path *path)
{
	int n_matched = 0;

	if (path->n > UPDATE_PATH_PARTS_MAX)
		return status_set(p->st, ERR_OVERFLOW,
		    "an update's path has more than %d parts", UPDATE_PATH_PARTS_MAX);
	for (int i = 0; i < path->n; i++) {
		const struct path_part *part = &path->parts[i];
		enum part_kind kind = update_part_kind(part);

		if (part->len == 0)
			return status_set(p->st, ERR_EMPTY_FIELD_NAME,
			    "the update's path '%.*s' has an empty name in it",
			    (int)MIN_OF(path->text.len, 200), (const char *)path->text.data);
		if (kind != PART_NAME && i == 0)
			return status_set(p->st, ERR_BAD_VALUE,
			    "an update's path cannot begin with the positional '%.*s'",
			    (int)part->len, part->name);
		n_matched += kind == PART_MATCHED;
	}
	if (n_matched > 1)
		return status_set(
		    p->st, ERR_BAD_VALUE, "an update's path has more than one positional '$'");
	return 0;
}

static const struct array_filter *find_filter(struct update_parser *p, struct view name)
{
	for (int i = 0; i < p->u->n_filters; i++)
		if (view_equal(p->u->filters[i].name, name)) {
			p->u->filters[i].used = true;
			return &p->u->filters[i];
		}
	return NULL;
}

static bool append_child(struct arena *a, struct update_node *n, struct update_node *child)
{
	if (n->n == n->capacity) {
		int capacity = n->capacity ? 2 * n->capacity : 4;
		struct update_node **more =
		    arena_new_array(a, (size_t)capacity, struct update_node *);

		if (!more)
			return false;
		if (n->n)
			memcpy(more, n->children, (size_t)n->n * sizeof(*more));
		n->children = more;
		n->capacity = capacity;
	}
	n->children[n->n++] = child;
	return true;
}

/* The leaves come in order: a child of that name is the last. */
static struct update_node *find_child(const struct update_node *n, const struct path_part *part)
{
	struct update_node *last = n->n ? n->children[n->n - 1] : NULL;

	return last && view_equal(last->name, view_of(part->name, part->len)) ? last : NULL;
}

static int new_child(struct update_parser *p, struct update_node *parent,
    const struct path_part *part, struct update_node **out)
{
	struct update_node *n = arena_new(p->a, struct update_node);

	if (!n)
		return update_no_memory(p->st);
	n->name = view_of(part->name, part->len);
	n->index = part->index;
	n->kind = update_part_kind(part);
	n->on_insert_only = n->tolerant = true;
	if (n->kind == PART_FILTERED) {
		n->filter = find_filter(p, view_of(part->name + 2, part->len - 3));
		if (!n->filter)
			return status_set(p->st, ERR_BAD_VALUE,
			    "there is no array filter for the '%.*s' of an update's path",
			    (int)MIN_OF(part->len, 200), part->name);
	}
	*out = n;
	return append_child(p->a, parent, n) ? 0 : update_no_memory(p->st);
}

static int conflict(
    struct update_parser *p, const struct path *path, const struct path_part *at)
{
	size_t len = (size_t)((const uint8_t *)at->name - path->text.data) + at->len;

	return status_set(p->st, ERR_CONFLICTING_UPDATE_OPERATORS,
	    "updating the path '%.*s' would create a conflict at '%.*s'",
	    (int)MIN_OF(path->text.len, 200), (const char *)path->text.data,
	    (int)MIN_OF(len, 200), (const char *)path->text.data);
}

static int add_to_tree(struct update_parser *p, const struct update_leaf *leaf)
{
	struct update_node *n = &p->u->root;
	bool on_insert = leaf->op->apply == update_apply_set_on_insert;

	for (int i = 0; i < leaf->path.n; i++) {
		const struct path_part *part = &leaf->path.parts[i];
		struct update_node *child = find_child(n, part);
		bool last = i == leaf->path.n - 1;
		int r = 0;

		n->on_insert_only &= on_insert;
		n->tolerant &= leaf->op->tolerant;
		if (child && (last || child->leaf))
			return conflict(p, &leaf->path, part);
		if (!child)
			r = new_child(p, n, part, &child);
		if (r)
			return r;
		n = child;
	}
	n->on_insert_only = on_insert;
	n->tolerant = leaf->op->tolerant;
	n->leaf = leaf;
	return 0;
}

static int compare_leaves(const void *a, const void *b)
{
	const struct path *x = &(*(struct update_leaf *const *)a)->path;
	const struct path *y = &(*(struct update_leaf *const *)b)->path;

	for (int i = 0; i < x->n && i < y->n; i++) {
		const struct path_part *p = &x->parts[i], *q = &y->parts[i];
		int c = update_compare_names(
		    view_of(p->name, p->len), p->index, view_of(q->name, q->len), q->index);

		if (c)
			return c;
	}
	return (x->n > y->n) - (x->n < y->n);
}

int update_make_tree(struct update_parser *p)
{
	int r = 0;

	p->u->root.on_insert_only = p->u->root.tolerant = true;
	if (p->n)
		qsort(p->leaves, (size_t)p->n, sizeof(p->leaves[0]), compare_leaves);
	for (int i = 0; r == 0 && i < p->n; i++)
		r = add_to_tree(p, p->leaves[i]);
	return r;
}

static bool append_leaf(struct update_parser *p, struct update_leaf *leaf)
{
	if (p->n == p->capacity) {
		int capacity = p->capacity ? 2 * p->capacity : 8;
		struct update_leaf **more =
		    arena_new_array(p->a, (size_t)capacity, struct update_leaf *);

		if (!more)
			return false;
		if (p->n)
			memcpy(more, p->leaves, (size_t)p->n * sizeof(*more));
		p->leaves = more;
		p->capacity = capacity;
	}
	p->leaves[p->n++] = leaf;
	return true;
}

int update_add_leaf(
    struct update_parser *p, const struct update_op *op, struct view path, struct value operand)
{
	struct update_leaf *leaf = arena_new(p->a, struct update_leaf);
	int r;

	if (!leaf || !path_parse(&leaf->path, path, p->a))
		return update_no_memory(p->st);
	leaf->op = op;
	leaf->operand = operand;
	r = check_path(p, &leaf->path);
	if (r == 0 && op->parse)
		r = op->parse(p, leaf);
	if (r == 0 && !append_leaf(p, leaf))
		r = update_no_memory(p->st);
	return r;
}

static int parse_operator(struct update_parser *p, const struct element *e)
{
	const struct update_op *op = update_op_find(e->name);
	struct doc_iter it;
	struct element field;
	int r = 0;

	if (!op)
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "there is no update operator %s: an update is made of operators, a "
		    "replacement "
		    "or a pipeline",
		    e->name);
	if (e->value.type != TYPE_OBJECT)
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "%s takes a document of fields, and not %s", e->name,
		    type_name(e->value.type));
	it = doc_iter(value_doc(e->value));
	while (r == 0 && doc_next(&it, &field))
		r = update_add_leaf(p, op, view_of(field.name, field.name_len), field.value);
	return r;
}

static int parse_operators(struct update_parser *p, struct view spec)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;
	int r = update_parse_filters(p);

	while (r == 0 && doc_next(&it, &e))
		r = parse_operator(p, &e);
	if (r == 0)
		r = update_make_tree(p);
	return r ? r : update_check_filters(p);
}

static int parse_replacement(struct update_parser *p, struct view spec)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;

	while (doc_next(&it, &e))
		if (e.name[0] == '$')
			return status_set(p->st, ERR_DOLLAR_PREFIXED_FIELD_NAME,
			    "the field '%s' of a replacement begins with a dollar sign",
			    e.name);
	if (p->o->array_filters.len && !doc_is_empty(p->o->array_filters))
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "array filters cannot stand beside a replacement");
	p->u->kind = UPDATE_REPLACEMENT;
	p->u->replacement = spec;
	return 0;
}

int update_parse(struct value spec, const struct update_options *o, struct arena *a,
    struct update **out, struct status *st)
{
	static const struct update_options defaults;
	struct update_parser p = {.o = o ? o : &defaults, .a = a, .st = st};
	struct doc_iter it;
	struct element e;

	p.u = arena_new(a, struct update);
	if (!p.u)
		return update_no_memory(st);
	p.u->collator = p.o->collator;
	*out = p.u;
	if (spec.type == TYPE_ARRAY)
		return update_parse_pipeline(&p, value_doc(spec));
	if (spec.type != TYPE_OBJECT)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "an update is a document or an array, and not %s", type_name(spec.type));
	it = doc_iter(value_doc(spec));
	if (doc_next(&it, &e) && e.name[0] == '$')
		return parse_operators(&p, value_doc(spec));
	return parse_replacement(&p, value_doc(spec));
}

bool update_is_pipeline(const struct update *u)
{
	return u->kind == UPDATE_PIPELINE;
}

bool update_is_replacement(const struct update *u)
{
	return u->kind == UPDATE_REPLACEMENT;
}
