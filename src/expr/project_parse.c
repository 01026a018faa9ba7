#include "expr/expr_op.h"
#include "expr/project_tree.h"

enum {
	ERR_COLLISION_BELOW = 31249,
	ERR_COLLISION = 31250,
	ERR_INCLUSION_IN_EXCLUSION = 31253,
	ERR_EXCLUSION_IN_INCLUSION = 31254,
	ERR_COMPUTED_IN_EXCLUSION = 31252,
	ERR_ELEM_MATCH_OPERAND = 31274,
	ERR_ELEM_MATCH_NESTED = 31275,
	ERR_TWO_POSITIONALS = 31276,
	ERR_POSITIONAL_AND_ELEM_MATCH = 31255,
	ERR_ELEM_MATCH_AND_POSITIONAL = 31256,
	ERR_POSITIONAL_VALUE = 31308,
	ERR_UNKNOWN_EXPRESSION = 31325,
	ERR_POSITIONAL_INSIDE = 31394,
	ERR_POSITIONAL_IN_EXCLUSION = 31395,
	ERR_EMPTY_OBJECT = 51270,
	ERR_POSITIONAL_OBJECT = 31271,
};

/* As deep as a document. */
#define PATH_PARTS_MAX 200

/* Does the projection name what stays, or what goes?  Found out on the way. */
enum direction { UNKNOWN, INCLUSION, EXCLUSION };

struct project_parser {
	const struct filter_options *o;
	struct arena *a;
	struct status *st;
	struct projection *p;
	enum projection_form form;
	enum direction direction;
	bool has_positional, has_elem_match, has_computed;
	int id; /* of _id itself: 0 not named, 1 included, -1 excluded */
	char path[256]; /* under work, for words (cut) */
};

static int no_memory(struct project_parser *p)
{
	return status_set(p->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the projection");
}

static int check_part(struct project_parser *p, struct view part, bool last)
{
	if (part.len == 0)
		return status_set(p->st, last ? 40353 : 15998,
		    "a projection's path \"%s\" has an empty name", p->path);
	if (part.data[0] == '$')
		return status_set(
		    p->st, 16410, "a name in a projection's path does not begin with '$'");
	return 0;
}

static struct project_node *find_child(const struct project_node *n, struct view name)
{
	for (struct project_node *c = n->children; c; c = c->next)
		if (view_equal(c->name, name))
			return c;
	return NULL;
}

static struct project_node *add_child(
    struct project_parser *p, struct project_node *parent, struct view name)
{
	struct project_node *n = arena_new(p->a, struct project_node);

	if (!n)
		return NULL;
	n->name = name;
	n->kind = PROJECT_PARENT;
	if (parent->last)
		parent->last->next = n;
	else
		parent->children = n;
	parent->last = n;
	return n;
}

static struct view next_part(struct view *rest)
{
	const uint8_t *dot = rest->len ? memchr(rest->data, '.', rest->len) : NULL;
	struct view part = *rest;

	if (dot) {
		part.len = (size_t)(dot - rest->data);
		*rest = view_of(dot + 1, rest->len - part.len - 1);
	} else {
		*rest = view_of(NULL, 0);
	}
	return part;
}

static int check_path(struct project_parser *p, struct view path)
{
	int n = 1;

	if (path.len == 0)
		return status_set(p->st, 40352, "a projection's path is empty");
	if (path.data[path.len - 1] == '.')
		return status_set(p->st, 40353, "a projection's path must not end with a dot");
	for (size_t i = 0; i < path.len; i++)
		n += path.data[i] == '.';
	if (n > PATH_PARTS_MAX)
		return status_set(p->st, ERR_OVERFLOW,
		    "a projection's path has more than %d parts", PATH_PARTS_MAX);
	return 0;
}

/* The new leaf at path below from. */
static int add_leaf(struct project_parser *p, struct project_node *from, struct view path,
    enum project_kind kind, struct project_node **out)
{
	struct project_node *n = from;

	int r = check_path(p, path);

	if (r)
		return r;
	while (path.data) {
		struct view part = next_part(&path);
		struct project_node *child = find_child(n, part);

		r = check_part(p, part, !path.data);

		if (r)
			return r;
		if (child && !path.data)
			return status_set(
			    p->st, ERR_COLLISION, "the projection names \"%s\" twice", p->path);
		if (child && child->kind != PROJECT_PARENT)
			return status_set(p->st, ERR_COLLISION_BELOW,
			    "the projection names \"%s\", and what it is part of", p->path);
		n = child ? child : add_child(p, n, part);
		if (!n)
			return no_memory(p);
	}
	n->kind = kind;
	*out = n;
	return 0;
}

static int set_direction(struct project_parser *p, enum direction d)
{
	if (p->direction == UNKNOWN)
		p->direction = d;
	if (p->direction == d)
		return 0;
	if (d == INCLUSION)
		return status_set(p->st, ERR_INCLUSION_IN_EXCLUSION,
		    "\"%s\" cannot be included where others are excluded", p->path);
	return status_set(p->st, ERR_EXCLUSION_IN_INCLUSION,
	    "\"%s\" cannot be excluded where others are included", p->path);
}

/* "a.b.$": 1 */
static int parse_positional(
    struct project_parser *p, struct project_node *from, struct view path, struct value v)
{
	struct project_node *n;

	if (v.type == TYPE_OBJECT)
		return status_set(p->st, ERR_POSITIONAL_OBJECT,
		    "the positional projection \"%s\" takes no document", p->path);
	if (!value_is_number(v) && v.type != TYPE_BOOL)
		return status_set(p->st, ERR_POSITIONAL_VALUE,
		    "the positional projection \"%s\" takes 1 or true", p->path);
	if (!value_truthy(v))
		return status_set(p->st, ERR_POSITIONAL_IN_EXCLUSION,
		    "a positional projection cannot exclude");
	if (p->has_positional)
		return status_set(
		    p->st, ERR_TWO_POSITIONALS, "there is more than one positional projection");
	if (p->has_elem_match)
		return status_set(p->st, ERR_ELEM_MATCH_AND_POSITIONAL,
		    "a positional projection cannot stand beside $elemMatch");
	if (p->direction == EXCLUSION)
		return status_set(p->st, ERR_POSITIONAL_IN_EXCLUSION,
		    "a positional projection cannot stand where fields are excluded");
	p->has_positional = true;
	p->direction = INCLUSION;
	path.len -= 2;
	return add_leaf(p, from, path, PROJECT_POSITIONAL, &n);
}

static int parse_boolean(
    struct project_parser *p, struct project_node *from, struct view path, bool include)
{
	struct project_node *n;
	int r = 0;

	if (from == &p->p->root && view_equal(path, view_of_str("_id")))
		p->id = include ? 1 : -1;
	else
		r = set_direction(p, include ? INCLUSION : EXCLUSION);
	return r ? r : add_leaf(p, from, path, include ? PROJECT_INCLUDE : PROJECT_EXCLUDE, &n);
}

static int parse_elem_match(
    struct project_parser *p, struct project_node *from, struct view path, struct value v)
{
	struct filter_options o = *p->o;
	struct project_node *n;
	int r;

	o.no_near = o.no_schema = true;
	if (v.type != TYPE_OBJECT)
		return status_set(p->st, ERR_ELEM_MATCH_OPERAND,
		    "$elemMatch in a projection takes a document");
	if (p->has_positional)
		return status_set(p->st, ERR_POSITIONAL_AND_ELEM_MATCH,
		    "$elemMatch cannot stand beside a positional projection");
	r = add_leaf(p, from, path, PROJECT_ELEM_MATCH, &n);
	if (r)
		return r;
	if (from != &p->p->root || memchr(path.data, '.', path.len))
		return status_set(p->st, ERR_ELEM_MATCH_NESTED,
		    "$elemMatch in a projection cannot stand on the nested path \"%s\"",
		    p->path);
	p->has_elem_match = true;
	return filter_parse_value(value_doc(v), &o, p->a, &n->filter, p->st);
}

static int parse_computed(
    struct project_parser *p, struct project_node *from, struct view path, struct value v)
{
	struct meta_use use = {0};
	struct expression_options o = {
	    .collator = p->o->collator, .let = p->o->let, .metas = &use};
	struct project_node *n;
	int r = add_leaf(p, from, path, PROJECT_COMPUTED, &n);

	if (r)
		return r;
	p->has_computed = true;
	r = expression_parse(v, &o, p->a, &n->expression, p->st);
	p->p->meta |= use.wants;
	return r;
}

static int parse_slice(struct project_parser *p, struct project_node *from, struct view path,
    struct value operator_doc, struct value v)
{
	struct project_node *n;
	int64_t first, second = -1;
	bool pair = false;
	int r;

	if (v.type == TYPE_ARRAY) {
		struct value skip = array_at(value_doc(v), 0),
			     limit = array_at(value_doc(v), 1);

		pair = doc_count(value_doc(v)) == 2 && value_to_i64_clamped(skip, &first) &&
		       value_to_i64_clamped(limit, &second) && second > 0;
	}
	/* Anything else is the expression of that name. */
	if (!pair && !value_is_number(v))
		return parse_computed(p, from, path, operator_doc);
	r = add_leaf(p, from, path, PROJECT_SLICE, &n);
	if (r)
		return r;
	if (pair) {
		n->skip = first;
		n->limit = second;
		return 0;
	}
	(void)!value_to_i64_clamped(v, &first);
	n->skip = MIN_OF(first, 0);
	n->limit = first < 0 ? INT64_MAX : first;
	return 0;
}

static int parse_entry(
    struct project_parser *p, struct project_node *from, struct view path, struct value v);

/* {a: {b: 1, c: 0}} is {"a.b": 1, "a.c": 0}. */
static int parse_nested(
    struct project_parser *p, struct project_node *from, struct view path, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct project_node *n = from;
	struct element e;
	int r = 0;

	if (doc_is_empty(doc))
		return status_set(p->st, ERR_EMPTY_OBJECT,
		    "the projection of \"%s\" is an empty document", p->path);
	if (path.len == 0)
		return status_set(p->st, 40352, "a projection's path is empty");
	while (path.data) {
		struct view part = next_part(&path);
		struct project_node *child = find_child(n, part);

		r = check_part(p, part, !path.data);
		if (r)
			return r;
		if (child && child->kind != PROJECT_PARENT)
			return status_set(p->st, ERR_COLLISION_BELOW,
			    "the projection names \"%s\", and what it is part of", p->path);
		n = child ? child : add_child(p, n, part);
		if (!n)
			return no_memory(p);
	}
	while (r == 0 && doc_next(&it, &e))
		r = parse_entry(p, n, view_of(e.name, e.name_len), e.value);
	return r;
}

static int parse_meta(
    struct project_parser *p, struct project_node *from, struct view path, struct value v)
{
	struct meta_use use = {0};
	enum document_meta_kind kind;
	struct project_node *n;
	int r = meta_parse(v, &use, &kind, p->st);

	p->p->meta |= use.wants;
	if (!r)
		r = add_leaf(p, from, path, PROJECT_META, &n);
	if (!r)
		n->meta = kind;
	return r;
}

static int parse_operator(struct project_parser *p, struct project_node *from, struct view path,
    struct value v, const struct element *op)
{
	bool find = p->form == PROJECTION_FIND;

	if (find && strcmp(op->name, "$slice") == 0)
		return parse_slice(p, from, path, v, op->value);
	if (find && strcmp(op->name, "$elemMatch") == 0)
		return parse_elem_match(p, from, path, op->value);
	if (p->form != PROJECTION_ADD_FIELDS && strcmp(op->name, "$meta") == 0)
		return parse_meta(p, from, path, op->value);
	/* As MongoDB: the projection's own code, but for find's operator elsewhere. */
	if (p->form != PROJECTION_ADD_FIELDS && !expr_op_find(op->name) &&
	    strcmp(op->name, "$elemMatch") != 0)
		return status_set(p->st, ERR_UNKNOWN_EXPRESSION,
		    "there is no expression %s (or this server does not support it yet)",
		    op->name);
	return parse_computed(p, from, path, v);
}

static bool ends_in_positional(struct view path)
{
	return path.len >= 2 && memcmp(path.data + path.len - 2, ".$", 2) == 0;
}

static bool has_positional_inside(struct view path)
{
	for (size_t i = 0; i + 2 < path.len; i++)
		if (memcmp(path.data + i, ".$.", 3) == 0)
			return true;
	return false;
}

static int parse_entry(
    struct project_parser *p, struct project_node *from, struct view path, struct value v)
{
	bool find = p->form == PROJECTION_FIND;
	struct doc_iter it;
	struct element e;

	if (find && has_positional_inside(path))
		return status_set(p->st, ERR_POSITIONAL_INSIDE,
		    "the positional projection stands at the end of a path, and not inside "
		    "\"%s\"",
		    p->path);
	if (find && ends_in_positional(path))
		return parse_positional(p, from, path, v);
	if (p->form != PROJECTION_ADD_FIELDS && (value_is_number(v) || v.type == TYPE_BOOL))
		return parse_boolean(p, from, path, value_truthy(v));
	if (v.type != TYPE_OBJECT)
		return parse_computed(p, from, path, v);
	it = doc_iter(value_doc(v));
	if (doc_next(&it, &e) && e.name[0] == '$' && doc_count(value_doc(v)) == 1)
		return parse_operator(p, from, path, v, &e);
	return parse_nested(p, from, path, value_doc(v));
}

/* What is below holds for the way down too. */
static void mark(struct project_node *n)
{
	for (struct project_node *c = n->children; c; c = c->next) {
		mark(c);
		n->computes |=
		    c->computes || c->kind == PROJECT_COMPUTED || c->kind == PROJECT_META;
		n->positional |= c->positional || c->kind == PROJECT_POSITIONAL;
	}
}

/* _id stays unless it is excluded; what else stays follows from the entries. */
static int decide(struct project_parser *p)
{
	struct project_node *n;

	mark(&p->p->root);
	if (p->form == PROJECTION_ADD_FIELDS) {
		p->p->exclusion = p->p->adds = true;
		return 0;
	}
	if (p->direction == UNKNOWN)
		p->direction =
		    p->has_computed || p->has_elem_match || p->id > 0 ? INCLUSION : EXCLUSION;
	p->p->exclusion = p->direction == EXCLUSION;
	if (p->p->exclusion && p->has_computed)
		return status_set(p->st, ERR_COMPUTED_IN_EXCLUSION,
		    "a projection that excludes fields computes none");
	if (p->p->exclusion || p->id || find_child(&p->p->root, view_of_str("_id")))
		return 0;
	n = add_child(p, &p->p->root, view_of_str("_id"));
	if (!n)
		return no_memory(p);
	n->kind = PROJECT_INCLUDE;
	return 0;
}

int projection_parse_form(struct view doc, const struct filter_options *o,
    enum projection_form form, struct arena *a, struct projection **out, struct status *st)
{
	static const struct filter_options defaults;
	struct project_parser p = {
	    .o = o ? o : &defaults, .a = a, .st = st, .form = form};
	struct doc_iter it = doc_iter(doc);
	struct element e;

	p.p = arena_new(a, struct projection);
	if (!p.p)
		return no_memory(&p);
	*out = p.p;
	if (doc_is_empty(doc)) {
		p.p->identity = p.p->exclusion = true;
		return 0;
	}
	while (doc_next(&it, &e)) {
		size_t n = MIN_OF(e.name_len, sizeof(p.path) - 1);
		int r;

		memcpy(p.path, e.name, n);
		p.path[n] = '\0';
		r = parse_entry(&p, &p.p->root, view_of(e.name, e.name_len), e.value);
		if (r)
			return r;
	}
	return decide(&p);
}

int projection_parse(struct view doc, const struct filter_options *o, struct arena *a,
    struct projection **out, struct status *st)
{
	return projection_parse_form(doc, o, PROJECTION_FIND, a, out, st);
}
