#include "bson/field_set.h"
#include "expr/expr_op.h"

static int set(
    struct field_set *f, struct expr_eval *ev, const char *name, size_t len, struct value v)
{
	return field_set_put(f, view_of(name, len), v, ev->a) ? 0 : expr_no_memory(ev->st);
}

static int take(struct field_set *f, struct expr_eval *ev, struct value *out)
{
	struct builder b;
	struct buf buf;

	expr_begin(ev, &b, &buf, TYPE_OBJECT);
	for (int i = 0; i < f->n; i++)
		builder_value_n(&b, f->list[i].name, f->list[i].name_len, f->list[i].value);
	return expr_take(ev, &b, &buf, TYPE_OBJECT, out);
}

static int merge(struct field_set *f, struct expr_eval *ev, struct value v)
{
	struct doc_iter it;
	struct element x;
	int r = 0;

	if (expr_is_nullish(v))
		return 0;
	if (v.type != TYPE_OBJECT)
		return status_set(ev->st, 40400, "$mergeObjects takes documents, and not %s",
		    type_name(v.type));
	it = doc_iter(value_doc(v));
	while (r == 0 && doc_next(&it, &x))
		r = set(f, ev, x.name, x.name_len, x.value);
	return r;
}

EXPR_EVAL(expr_eval_merge_objects)
{
	struct field_set f = {0};
	struct value v;
	struct doc_iter it;
	struct element x;
	int r = 0;

	for (int i = 0; r == 0 && i < e->n; i++) {
		r = expr_eval(e->args[i], ev, &v);
		/* The only one may be a list of them. */
		if (r == 0 && e->n == 1 && v.type == TYPE_ARRAY)
			break;
		if (r == 0)
			r = merge(&f, ev, v);
	}
	if (r == 0 && e->n == 1 && v.type == TYPE_ARRAY) {
		it = doc_iter(value_doc(v));
		while (r == 0 && doc_next(&it, &x))
			r = merge(&f, ev, x.value);
	}
	return r ? r : take(&f, ev, out);
}

/* ------------------------------------------------ $arrayToObject and back */

static int set_key(
    struct field_set *f, struct expr_eval *ev, struct value key, struct value v, int code_type,
    int code_nul)
{
	struct view name;

	if (key.type != TYPE_STRING)
		return status_set(ev->st, code_type,
		    "$arrayToObject takes strings as names, and not %s", type_name(key.type));
	name = value_str(key);
	if (memchr(name.data, 0, name.len))
		return status_set(
		    ev->st, code_nul, "$arrayToObject: a name has a NUL byte in it");
	return set(f, ev, (const char *)name.data, name.len, v);
}

/* [name, value] */
static int set_pair(struct field_set *f, struct expr_eval *ev, struct value pair)
{
	if (pair.type != TYPE_ARRAY)
		return status_set(ev->st, 40396,
		    "$arrayToObject takes all arrays or all documents, and found %s",
		    type_name(pair.type));
	if (doc_count(value_doc(pair)) != 2)
		return status_set(
		    ev->st, 40397, "$arrayToObject takes arrays of a name and a value");
	return set_key(f, ev, array_at(value_doc(pair), 0), array_at(value_doc(pair), 1), 40395,
	    4940400);
}

/* {k: name, v: value} */
static int set_k_v(struct field_set *f, struct expr_eval *ev, struct value pair)
{
	struct value k, v;

	if (pair.type != TYPE_OBJECT)
		return status_set(ev->st, 40391,
		    "$arrayToObject takes all arrays or all documents, and found %s",
		    type_name(pair.type));
	if (doc_count(value_doc(pair)) != 2)
		return status_set(
		    ev->st, 40392, "$arrayToObject takes documents of the fields k and v");
	k = doc_get(value_doc(pair), "k");
	v = doc_get(value_doc(pair), "v");
	if (value_is_missing(k) || value_is_missing(v))
		return status_set(
		    ev->st, 40393, "$arrayToObject takes documents of the fields k and v");
	return set_key(f, ev, k, v, 40394, 4940401);
}

EXPR_EVAL(expr_eval_array_to_object)
{
	struct field_set f = {0};
	struct value array, first;
	struct doc_iter it;
	struct element x;
	int r = expr_eval(e->args[0], ev, &array);

	*out = value_null;
	if (r || expr_is_nullish(array))
		return r;
	if (array.type != TYPE_ARRAY)
		return status_set(ev->st, 40386, "$arrayToObject takes an array, and not %s",
		    type_name(array.type));
	first = array_at(value_doc(array), 0);
	if (!value_is_missing(first) && first.type != TYPE_ARRAY && first.type != TYPE_OBJECT)
		return status_set(ev->st, 40398,
		    "$arrayToObject takes an array of arrays or of documents, and not of %s",
		    type_name(first.type));
	it = doc_iter(value_doc(array));
	while (r == 0 && doc_next(&it, &x))
		r = (first.type == TYPE_ARRAY ? set_pair : set_k_v)(&f, ev, x.value);
	return r ? r : take(&f, ev, out);
}

EXPR_EVAL(expr_eval_object_to_array)
{
	struct value v;
	struct doc_iter it;
	struct element x;
	struct builder b;
	struct buf buf;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_OBJECT)
		return status_set(ev->st, 40390, "$objectToArray takes a document, and not %s",
		    type_name(v.type));
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &x)) {
		builder_doc_begin(&b, NULL);
		builder_str_n(&b, "k", x.name, x.name_len);
		builder_value(&b, "v", x.value);
		builder_doc_end(&b);
	}
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

/* ------------------------------------------------ $getField, $setField, $unsetField */

/* A field's name, whatever characters it has. */
static int eval_name(
    const struct expression *e, struct expr_eval *ev, int code, struct view *name)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	if (v.type != TYPE_STRING)
		return status_set(ev->st, code, "%s: field is a string, and not %s", e->op->name,
		    type_name(v.type));
	*name = value_str(v);
	return 0;
}

static int current(struct expr_parser *p, struct expression **out)
{
	/* Parsed as an expression is: a value with a string's length in front. */
	static const uint8_t text[] = "\012\0\0\0$$CURRENT";

	return expr_parse(
	    p, (struct value){text, sizeof(text), TYPE_STRING}, out);
}

/* args: the name, the document. */
EXPR_PARSE(expr_parse_get_field)
{
	static const struct expr_field fields[] = {
	    {"field", true, 3041702}, {"input", true, 3041703}};
	struct expression *e;
	struct doc_iter it;
	struct element x;
	int r;

	if (operand.type == TYPE_OBJECT) {
		it = doc_iter(value_doc(operand));
		if (!doc_next(&it, &x) || x.name[0] != '$')
			return expr_parse_named(p, op, operand, fields, 2, 3041701, out);
	}
	e = expr_new(p, op, 2);
	if (!e)
		return expr_no_memory(p->st);
	*out = e;
	r = expr_parse(p, operand, &e->args[0]);
	return r ? r : current(p, &e->args[1]);
}

EXPR_EVAL(expr_eval_get_field)
{
	struct view name;
	struct value v;
	int r = eval_name(e, ev, 3041704, &name);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &v);
	if (r)
		return r;
	*out = v.type == TYPE_OBJECT
		   ? doc_get_n(value_doc(v), (const char *)name.data, name.len)
	       : v.type == TYPE_NULL ? value_null
				     : value_missing;
	return 0;
}

/* A name that is known when it is parsed: a string without a dollar, or a $literal. */
static int check_constant_name(struct expr_parser *p, const struct expression *e)
{
	const struct expression *name = e->args[0];

	if (name->op == &expr_path_op)
		return status_set(
		    p->st, 4161108, "%s: field is a constant, and no path", e->op->name);
	if (name->op == &expr_object_op && name->n == 0)
		return status_set(p->st, 4161107, "%s: field is a string, and no document",
		    e->op->name);
	if (name->op != &expr_constant_op)
		return status_set(
		    p->st, 4161106, "%s: field is a constant", e->op->name);
	if (name->value.type != TYPE_STRING)
		return status_set(p->st, 4161107, "%s: field is a string, and not %s",
		    e->op->name, type_name(name->value.type));
	if (memchr(value_str(name->value).data, 0, value_str(name->value).len))
		return status_set(p->st, 9534700,
		    "%s: field has a NUL byte in it", e->op->name);
	return 0;
}

/* args: the name, the value (not of $unsetField), the document; what is missing is
 * looked for in this order. */
EXPR_PARSE(expr_parse_set_field)
{
	static const struct expr_field fields[] = {
	    {"field", true, 4161102}, {"value", true, 4161103}, {"input", true, 4161109}};
	static const struct expr_field unset_fields[] = {
	    {"field", true, 4161102}, {"input", true, 4161109}};
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 4161100, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	r = expr_parse_named(p, op, operand, op->id ? unset_fields : fields, op->id ? 2 : 3,
	    4161101, out);
	return r ? r : check_constant_name(p, *out);
}

/* op->id: 1 for $unsetField. */
EXPR_EVAL(expr_eval_set_field)
{
	struct view name;
	struct value input, v = value_missing;
	struct doc_iter it;
	struct element x;
	struct builder b;
	struct buf buf;
	bool found = false;
	int r = eval_name(e, ev, 4161107, &name);

	if (r == 0)
		r = expr_eval(e->args[e->n - 1], ev, &input);
	if (r == 0 && !e->op->id)
		r = expr_eval(e->args[1], ev, &v);
	*out = value_null;
	if (r || expr_is_nullish(input))
		return r;
	if (input.type != TYPE_OBJECT)
		return status_set(ev->st, 4161105, "%s: input is a document, and not %s",
		    e->op->name, type_name(input.type));
	expr_begin(ev, &b, &buf, TYPE_OBJECT);
	it = doc_iter(value_doc(input));
	while (doc_next(&it, &x)) {
		bool it_is = view_equal(view_of(x.name, x.name_len), name);

		builder_value_n(&b, x.name, x.name_len, it_is ? v : x.value);
		found |= it_is;
	}
	if (!found)
		builder_value_n(&b, (const char *)name.data, name.len, v);
	return expr_take(ev, &b, &buf, TYPE_OBJECT, out);
}
