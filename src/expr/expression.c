#include "expr/expr_op.h"

#include "util/clock.h"

int expr_no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT,
	    "no memory for an expression, or one of its values would take more than %d bytes",
	    EXPR_BYTES_MAX);
}

int expr_string_too_long(struct status *st, size_t len)
{
	return status_set(st, 16493, "a string of %zu bytes is longer than an expression's may be", len);
}

void expr_begin(struct expr_eval *ev, struct builder *b, struct buf *buf, uint8_t type)
{
	buf_init(buf, ev->a->account);
	buf->limit = EXPR_BYTES_MAX;
	builder_init(b, buf);
	if (type == TYPE_ARRAY)
		builder_array_begin(b, "");
}

/* An array is built as the only field of a document. */
int expr_take(
    struct expr_eval *ev, struct builder *b, struct buf *buf, uint8_t type, struct value *out)
{
	struct view doc = {NULL, 0};

	if (type == TYPE_ARRAY)
		builder_array_end(b);
	builder_finish(b);
	if (!builder_failed(b))
		doc = arena_dup(ev->a, builder_view(b));
	buf_clear(buf);
	if (!doc.data)
		return expr_no_memory(ev->st);
	*out = type == TYPE_ARRAY ? doc_get(doc, "") : value_of_doc(doc);
	return 0;
}

int expr_make_array(struct expr_eval *ev, const struct value *values, int n, struct value *out)
{
	struct builder b;
	struct buf buf;

	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	for (int i = 0; i < n; i++)
		builder_value(&b, NULL, value_is_missing(values[i]) ? value_null : values[i]);
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

int expr_eval_args(const struct expression *e, struct expr_eval *ev, struct value **out)
{
	struct value *values = arena_new_array(ev->a, (size_t)e->n + 1, struct value);

	if (!values)
		return expr_no_memory(ev->st);
	for (int i = 0; i < e->n; i++) {
		int r = expr_eval(e->args[i], ev, &values[i]);

		if (r)
			return r;
	}
	*out = values;
	return 0;
}

static EXPR_EVAL(eval_constant)
{
	*out = e->value;
	return 0;
}

/* What is at the path's part i and on, of an array: of each of its elements that has it. */
static void walk_array(struct builder *b, struct view array, const struct path *p, int i);

static bool walk_doc(struct value v, const struct path *p, int i, struct value *out)
{
	while (i < p->n && v.type == TYPE_OBJECT) {
		v = doc_get_n(value_doc(v), p->parts[i].name, p->parts[i].len);
		i++;
	}
	if (i < p->n && v.type == TYPE_ARRAY)
		return false;
	*out = i < p->n ? value_missing : v;
	return true;
}

static void walk_element(struct builder *b, struct value v, const struct path *p, int i)
{
	while (i < p->n && v.type == TYPE_OBJECT) {
		v = doc_get_n(value_doc(v), p->parts[i].name, p->parts[i].len);
		i++;
	}
	if (i == p->n) {
		if (!value_is_missing(v))
			builder_value(b, NULL, v);
	} else if (v.type == TYPE_ARRAY) {
		builder_array_begin(b, NULL);
		walk_array(b, value_doc(v), p, i);
		builder_array_end(b);
	}
}

static void walk_array(struct builder *b, struct view array, const struct path *p, int i)
{
	struct doc_iter it = doc_iter(array);
	struct element e;

	while (doc_next(&it, &e))
		if (e.value.type == TYPE_OBJECT)
			walk_element(b, e.value, p, i);
}

static int first_array(
    struct value v, const struct path *p, struct expr_eval *ev, struct value *out)
{
	struct builder b;
	struct buf buf;
	int i = 0;

	while (v.type == TYPE_OBJECT) {
		v = doc_get_n(value_doc(v), p->parts[i].name, p->parts[i].len);
		i++;
	}
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	walk_array(&b, value_doc(v), p, i);
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

static int variable_value(const struct expression *e, struct expr_eval *ev, struct value *out)
{
	const struct variables *v = ev->variables;

	if (e->variable >= VAR_LOCAL) {
		const struct expr_binding *b = ev->bindings;

		while (b && b->id != e->variable)
			b = b->up;
		assert(b);
		*out = b->value;
		return 0;
	}
	*out = value_missing;
	switch (e->variable) {
	case VAR_ROOT:
		*out = value_of_doc(ev->root);
		break;
	case VAR_NOW:
		*out = value_make_date(ev->a, v ? v->now_ms : clock_wall_ms());
		break;
	case VAR_CLUSTER_TIME:
		if (!v || !v->cluster_time)
			return status_set(
			    ev->st, 51144, "there is no cluster time on this server");
		*out = value_make_i64(ev->a, (int64_t)v->cluster_time);
		out->type = TYPE_TIMESTAMP;
		break;
	case VAR_REMOVE:
		return 0;
	default:
		assert(v && e->variable - VAR_LET < v->n);
		*out = v->list[e->variable - VAR_LET].value;
		return 0;
	}
	return out->data ? 0 : expr_no_memory(ev->st);
}

static EXPR_EVAL(eval_path)
{
	struct value v;
	int r = variable_value(e, ev, &v);

	if (r)
		return r;
	return walk_doc(v, &e->path, 0, out) ? 0 : first_array(v, &e->path, ev, out);
}

static EXPR_EVAL(eval_object)
{
	struct value *values;
	struct builder b;
	struct buf buf;
	int r = expr_eval_args(e, ev, &values);

	if (r)
		return r;
	expr_begin(ev, &b, &buf, TYPE_OBJECT);
	for (int i = 0; i < e->n; i++)
		builder_value_n(&b, (const char *)e->names[i].data, e->names[i].len, values[i]);
	return expr_take(ev, &b, &buf, TYPE_OBJECT, out);
}

static EXPR_EVAL(eval_array)
{
	struct value *values;
	int r = expr_eval_args(e, ev, &values);

	return r ? r : expr_make_array(ev, values, e->n, out);
}

const struct expr_op expr_constant_op = {.eval = eval_constant};
const struct expr_op expr_path_op = {.eval = eval_path};
const struct expr_op expr_object_op = {.eval = eval_object};
const struct expr_op expr_array_op = {.eval = eval_array};

int expression_eval(const struct expression *e, struct view root,
    const struct variables *variables, struct arena *row, struct value *out, struct status *st)
{
	struct expr_eval ev = {.root = root, .variables = variables, .a = row, .st = st};

	return expr_eval(e, &ev, out);
}

bool expression_is_constant(const struct expression *e, struct value *out)
{
	if (e->op != &expr_constant_op)
		return false;
	*out = e->value;
	return true;
}

static bool refers_to_root(const struct expression *e)
{
	if (e->op == &expr_path_op && e->variable == VAR_ROOT)
		return true;
	for (int i = 0; i < e->n; i++)
		if (e->args[i] && refers_to_root(e->args[i]))
			return true;
	return false;
}

bool expression_needs(
    const struct expression *e, void (*each)(void *arg, struct view path), void *arg)
{
	if (e->op == &expr_path_op && e->variable == VAR_ROOT) {
		if (e->path.n == 0)
			return false;
		each(arg, e->path.text);
	}
	for (int i = 0; i < e->n; i++)
		if (e->args[i] && !expression_needs(e->args[i], each, arg))
			return false;
	return true;
}

int variable_name_check(struct view name, struct status *st)
{
	struct expr_parser p = {.st = st};

	return expr_check_variable(&p, name);
}

int variables_parse(struct view let, int64_t now_ms, uint64_t cluster_time, struct arena *a,
    struct variables **out, struct status *st)
{
	struct variables *v = arena_new(a, struct variables);
	struct expression_options o = {.let = v};
	struct doc_iter it;
	struct element e;

	if (!v)
		return expr_no_memory(st);
	v->now_ms = now_ms;
	v->cluster_time = cluster_time;
	*out = v;
	if (!let.len)
		return 0;
	v->list = arena_new_array(a, (size_t)doc_count(let) + 1, struct variable);
	if (!v->list)
		return expr_no_memory(st);
	it = doc_iter(let);
	while (doc_next(&it, &e)) {
		struct expr_parser p = {.o = &o, .a = a, .st = st};
		struct view name = view_of(e.name, e.name_len);
		struct variable *next = &v->list[v->n];
		struct expression *x;
		int r = expr_check_variable(&p, name);

		if (r == 0)
			r = expression_parse(e.value, &o, a, &x, st);
		if (r)
			return r;
		if (refers_to_root(x))
			return status_set(st, 4890500, "let cannot refer to a document");
		r = expression_eval(x, doc_empty, v, a, &next->value, st);
		if (r)
			return r;
		next->name = name;
		v->n++;
	}
	return 0;
}

int variables_with(const struct variables *base, struct view doc, struct arena *a,
    const struct variables **out, struct status *st)
{
	struct expr_parser p = {.a = a, .st = st};
	struct doc_iter it;
	struct variables *v;
	struct element e;
	int n_base = base ? base->n : 0;

	*out = base;
	if (!doc.len || doc_is_empty(doc))
		return 0;
	v = arena_new(a, struct variables);
	if (v && base)
		*v = *base;
	else if (v)
		v->now_ms = clock_wall_ms();
	if (v)
		v->list = arena_new_array(a, (size_t)(doc_count(doc) + n_base), struct variable);
	if (!v || !v->list)
		return expr_no_memory(st);
	v->n = 0;
	it = doc_iter(doc);
	while (doc_next(&it, &e)) {
		struct view name = view_of(e.name, e.name_len);
		int r = expr_check_variable(&p, name);

		if (r)
			return r;
		v->list[v->n++] = (struct variable){.name = name, .value = e.value};
	}
	for (int i = 0; i < n_base; i++)
		v->list[v->n++] = base->list[i];
	*out = v;
	return 0;
}
