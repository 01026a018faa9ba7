#include "bson/validate.h"
#include "expr/expr_op.h"

struct expression *expr_new(struct expr_parser *p, const struct expr_op *op, int n_args)
{
	struct expression *e = arena_new(p->a, struct expression);

	if (e)
		e->args = arena_new_array(p->a, (size_t)n_args + 1, struct expression *);
	if (!e || !e->args) {
		expr_no_memory(p->st);
		return NULL;
	}
	e->op = op;
	e->n = n_args;
	e->collator = p->o->collator;
	return e;
}

static int parse_constant(struct expr_parser *p, struct value v, struct expression **out)
{
	struct expression *e = expr_new(p, &expr_constant_op, 0);

	if (!e)
		return expr_no_memory(p->st);
	if (v.type == TYPE_STRING && value_str(v).len >= BSON_USER_SIZE_MAX)
		return expr_string_too_long(p->st, value_str(v).len);
	e->value = v;
	*out = e;
	return 0;
}

EXPR_PARSE(expr_parse_literal)
{
	return parse_constant(p, operand, out);
}

static int check_path(struct expr_parser *p, struct view text)
{
	if (text.len == 0)
		return status_set(p->st, 16872, "'$' by itself is no path");
	if (text.data[text.len - 1] == '.')
		return status_set(p->st, 40353, "a path must not end with a dot");
	if (memchr(text.data, 0, text.len))
		return status_set(p->st, 16411, "a path must not have a NUL byte in it");
	for (size_t i = 0; i < text.len; i++) {
		if (i && text.data[i - 1] != '.')
			continue;
		if (text.data[i] == '.')
			return status_set(p->st, 15998, "a path has no empty names");
		if (text.data[i] == '$')
			return status_set(
			    p->st, 16410, "the names in a path do not begin with '$'");
	}
	return 0;
}

static int find_variable(struct expr_parser *p, struct view name, int *id)
{
	static const struct {
		const char *name;
		int id;
	} system[] = {
	    {"ROOT", VAR_ROOT},
	    {"CURRENT", VAR_ROOT},
	    {"NOW", VAR_NOW},
	    {"CLUSTER_TIME", VAR_CLUSTER_TIME},
	    {"REMOVE", VAR_REMOVE},
	};
	const struct variables *let = p->o->let;

	for (const struct expr_scope *s = p->scope; s; s = s->up)
		if (view_equal(s->name, name)) {
			*id = s->id;
			return 0;
		}
	/* Of the system's CURRENT alone may stand among them. */
	for (int i = 0; let && i < let->n; i++)
		if (view_equal(let->list[i].name, name)) {
			*id = VAR_LET + i;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_LEN(system); i++)
		if (view_equal(name, view_of_str(system[i].name))) {
			*id = system[i].id;
			return 0;
		}
	return status_set(p->st, 17276, "there is no variable $$%.*s",
	    (int)MIN_OF(name.len, 100), (const char *)name.data);
}

/* "$a.b" and "$$variable.a.b" */
static int parse_path(struct expr_parser *p, struct view text, struct expression **out)
{
	struct expression *e = expr_new(p, &expr_path_op, 0);
	struct view name = view_of_str("CURRENT"), rest = view_of(text.data + 1, text.len - 1);
	int r;

	if (!e)
		return expr_no_memory(p->st);
	if (rest.len && rest.data[0] == '$') {
		const uint8_t *dot;

		name = view_of(rest.data + 1, rest.len - 1);
		if (name.len == 0)
			return status_set(p->st, ERR_FAILED_TO_PARSE, "a variable has no name");
		dot = memchr(name.data, '.', name.len);
		if (dot == name.data + name.len - 1)
			return status_set(p->st, 40353, "a path must not end with a dot");
		rest = dot ? view_of(dot + 1, (size_t)(name.data + name.len - dot - 1))
			   : view_of(NULL, 0);
		if (dot)
			name.len = (size_t)(dot - name.data);
		r = dot ? check_path(p, rest) : 0;
	} else {
		r = check_path(p, rest);
	}
	if (r == 0)
		r = find_variable(p, name, &e->variable);
	if (r)
		return r;
	*out = e;
	return rest.len == 0 || path_parse(&e->path, rest, p->a) ? 0 : expr_no_memory(p->st);
}

static int parse_array(struct expr_parser *p, struct value v, struct expression **out)
{
	struct expression *e = expr_new(p, &expr_array_op, doc_count(value_doc(v)));
	struct doc_iter it = doc_iter(value_doc(v));
	struct element x;
	int r = e ? 0 : expr_no_memory(p->st);

	for (int i = 0; r == 0 && doc_next(&it, &x); i++)
		r = expr_parse(p, x.value, &e->args[i]);
	*out = e;
	return r;
}

static int check_name(struct expr_parser *p, const struct element *x)
{
	if (x->name_len == 0)
		return status_set(p->st, 15998, "a field of an object has an empty name");
	if (memchr(x->name, '.', x->name_len))
		return status_set(p->st, 16412,
		    "the name \"%s\" of an object's field has a dot in it", x->name);
	if (x->name[0] == '$')
		return status_set(p->st, 16410,
		    "the name \"%s\" of an object's field begins with a dollar sign", x->name);
	return 0;
}

static int parse_fields(struct expr_parser *p, struct view doc, struct expression **out)
{
	int n = doc_count(doc);
	struct expression *e = expr_new(p, &expr_object_op, n);
	struct doc_iter it = doc_iter(doc);
	struct element x;

	if (!e)
		return expr_no_memory(p->st);
	e->names = arena_new_array(p->a, (size_t)n + 1, struct view);
	if (!e->names)
		return expr_no_memory(p->st);
	for (int i = 0; doc_next(&it, &x); i++) {
		int r = check_name(p, &x);

		if (r == 0)
			r = expr_parse(p, x.value, &e->args[i]);
		if (r)
			return r;
		e->names[i] = view_of(x.name, x.name_len);
	}
	*out = e;
	return 0;
}

static int check_count(struct expr_parser *p, const struct expr_op *op, int n)
{
	if (n < op->min_args && op->few_code)
		return status_set(p->st, op->few_code,
		    "%s takes at least %d operands, and %d are given", op->name, op->min_args,
		    n);
	if (op->min_args == op->max_args && n != op->min_args)
		return status_set(p->st, 16020, "%s takes %d operands, and %d are given",
		    op->name, op->min_args, n);
	if (n < op->min_args || (op->max_args >= 0 && n > op->max_args))
		return status_set(p->st, 28667,
		    "%s takes at least %d operands and at most %d, and %d are given", op->name,
		    op->min_args, op->max_args, n);
	return 0;
}

/* One operand, or an array of them. */
static int parse_operands(
    struct expr_parser *p, const struct expr_op *op, struct value v, struct expression **out)
{
	int n = v.type == TYPE_ARRAY ? doc_count(value_doc(v)) : 1;
	struct expression *e;
	struct doc_iter it;
	struct element x;
	int r = check_count(p, op, n);

	if (r)
		return r;
	e = expr_new(p, op, n);
	if (!e)
		return expr_no_memory(p->st);
	*out = e;
	if (v.type != TYPE_ARRAY)
		return expr_parse(p, v, &e->args[0]);
	it = doc_iter(value_doc(v));
	for (int i = 0; r == 0 && doc_next(&it, &x); i++)
		r = expr_parse(p, x.value, &e->args[i]);
	return r;
}

static int parse_object(struct expr_parser *p, struct view doc, struct expression **out)
{
	struct doc_iter it = doc_iter(doc);
	const struct expr_op *op;
	struct element x;

	if (!doc_next(&it, &x) || x.name[0] != '$')
		return parse_fields(p, doc, out);
	if (doc_count(doc) != 1)
		return status_set(p->st, 15983,
		    "an expression is an object of one field, and %s has others beside it",
		    x.name);
	op = expr_op_find(x.name);
	if (!op)
		return status_set(p->st, ERR_INVALID_PIPELINE_OPERATOR,
		    "there is no expression %s (or this server does not support it yet)",
		    x.name);
	if (op->parse)
		return op->parse(p, op, x.value, out);
	return parse_operands(p, op, x.value, out);
}

int expr_parse(struct expr_parser *p, struct value v, struct expression **out)
{
	switch (v.type) {
	case TYPE_STRING:
		if (value_str(v).len && value_str(v).data[0] == '$')
			return parse_path(p, value_str(v), out);
		return parse_constant(p, v, out);
	case TYPE_OBJECT:
		return parse_object(p, value_doc(v), out);
	case TYPE_ARRAY:
		return parse_array(p, v, out);
	default:
		return parse_constant(p, v, out);
	}
}

int expr_parse_with(
    struct expr_parser *p, struct view name, int *id, struct value v, struct expression **out)
{
	struct expr_scope scope = {
	    .up = p->scope, .name = name, .id = VAR_LOCAL + p->next_id++};
	int r;

	*id = scope.id;
	p->scope = &scope;
	r = expr_parse(p, v, out);
	p->scope = scope.up;
	return r;
}

int expr_check_variable(struct expr_parser *p, struct view name)
{
	if (view_equal(name, view_of_str("CURRENT")))
		return 0;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		bool small = (c >= 'a' && c <= 'z') || c >= 0x80;
		bool other = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';

		if (!small && !(i && other))
			return status_set(p->st, ERR_FAILED_TO_PARSE,
			    "\"%.*s\" is no name for a variable: it has a character that may "
			    "not "
			    "stand there",
			    (int)MIN_OF(name.len, 100), (const char *)name.data);
	}
	if (name.len == 0)
		return status_set(p->st, ERR_FAILED_TO_PARSE, "a variable has no name");
	return 0;
}

static int find_field(const struct expr_field *fields, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return i;
	return -1;
}

int expr_find_named(struct expr_parser *p, const struct expr_op *op, struct value operand,
    const struct expr_field *fields, int n, int code_unknown, struct value *parts)
{
	struct doc_iter it = doc_iter(value_doc(operand));
	struct element x;

	memset(parts, 0, (size_t)n * sizeof(*parts));
	while (doc_next(&it, &x)) {
		int i = find_field(fields, n, x.name);

		if (i < 0)
			return status_set(
			    p->st, code_unknown, "%s has no operand \"%s\"", op->name, x.name);
		parts[i] = x.value;
	}
	for (int i = 0; i < n; i++)
		if (fields[i].required && value_is_missing(parts[i]))
			return status_set(p->st, fields[i].code, "%s needs its operand \"%s\"",
			    op->name, fields[i].name);
	return 0;
}

int expr_parse_named(struct expr_parser *p, const struct expr_op *op, struct value operand,
    const struct expr_field *fields, int n, int code_unknown, struct expression **out)
{
	struct expression *e = expr_new(p, op, n);
	struct doc_iter it = doc_iter(value_doc(operand));
	struct element x;

	if (!e)
		return expr_no_memory(p->st);
	while (doc_next(&it, &x)) {
		int i = find_field(fields, n, x.name);
		int r;

		if (i < 0)
			return status_set(
			    p->st, code_unknown, "%s has no operand \"%s\"", op->name, x.name);
		r = expr_parse(p, x.value, &e->args[i]);
		if (r)
			return r;
	}
	for (int i = 0; i < n; i++)
		if (fields[i].required && !e->args[i])
			return status_set(p->st, fields[i].code, "%s needs its operand \"%s\"",
			    op->name, fields[i].name);
	*out = e;
	return 0;
}

int expression_parse(struct value v, const struct expression_options *o, struct arena *a,
    struct expression **out, struct status *st)
{
	static const struct expression_options defaults;
	struct expr_parser p = {.o = o ? o : &defaults, .a = a, .st = st};
	int r = expr_parse(&p, v, out);

	return r ? r : expr_fold(&p, *out);
}
