/*
 * $bucket: one row for each range of an expression's values, by boundaries that
 * are given.  Short for $group by a $switch over the boundaries, and $sort.
 */
#include "aggregate/stage.h"

enum {
	ERR_BOUNDARY_NOT_CONSTANT = 40191,
	ERR_BOUNDARIES_TOO_FEW = 40192,
	ERR_BOUNDARIES_MIXED = 40193,
	ERR_BOUNDARIES_NOT_SORTED = 40194,
	ERR_DEFAULT_NOT_CONSTANT = 40195,
	ERR_OUTPUT_NOT_OBJECT = 40196,
	ERR_BUCKET_OPTION = 40197,
	ERR_BUCKET_MISSING = 40198,
	ERR_DEFAULT_IN_RANGE = 40199,
	ERR_BOUNDARIES_NOT_ARRAY = 40200,
	ERR_BUCKET_NOT_OBJECT = 40201,
	ERR_GROUP_BY_NOT_EXPRESSION = 40202,
};

struct bucket_spec {
	struct value group_by, otherwise, output; /* missing: not given */
	int n;
	struct value *boundaries;
};

static int parse_constant(struct value v, const struct stage_context *cx, int code,
    const char *what, struct value *out, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct expression *e;
	int err = expression_parse(v, &o, cx->arena, &e, st);

	if (err || expression_is_constant(e, out))
		return err;
	return status_set(st, code, "$bucket's %s must be constant", what);
}

static int check_boundaries(
    const struct bucket_spec *s, const struct collator *collator, struct status *st)
{
	if (s->n < 2)
		return status_set(
		    st, ERR_BOUNDARIES_TOO_FEW, "$bucket needs at least two boundaries");
	for (int i = 1; i < s->n; i++) {
		struct value low = s->boundaries[i - 1], high = s->boundaries[i];

		if (type_rank(low.type) != type_rank(high.type))
			return status_set(st, ERR_BOUNDARIES_MIXED,
			    "all boundaries of $bucket are of one type, and there are %s and "
			    "%s",
			    type_name(low.type), type_name(high.type));
		if (value_compare(low, high, collator) >= 0)
			return status_set(
			    st, ERR_BOUNDARIES_NOT_SORTED, "$bucket's boundaries must ascend");
	}
	return 0;
}

static int parse_boundaries(
    struct bucket_spec *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY)
		return status_set(st, ERR_BOUNDARIES_NOT_ARRAY,
		    "$bucket's boundaries are an array, not %s", type_name(v.type));
	s->n = 0;
	s->boundaries =
	    arena_new_array(cx->arena, (size_t)doc_count(value_doc(v)) + 1, struct value);
	if (!s->boundaries)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $bucket");
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e)) {
		int err = parse_constant(e.value, cx, ERR_BOUNDARY_NOT_CONSTANT, "boundaries",
		    &s->boundaries[s->n++], st);

		if (err)
			return err;
	}
	return check_boundaries(s, cx->collator, st);
}

static int parse_option(struct bucket_spec *s, const struct element *e,
    const struct stage_context *cx, struct status *st)
{
	if (strcmp(e->name, "boundaries") == 0)
		return parse_boundaries(s, e->value, cx, st);
	if (strcmp(e->name, "default") == 0)
		return parse_constant(
		    e->value, cx, ERR_DEFAULT_NOT_CONSTANT, "default", &s->otherwise, st);
	if (strcmp(e->name, "groupBy") == 0) {
		s->group_by = e->value;
		return stage_is_expression(e->value)
			   ? 0
			   : status_set(st, ERR_GROUP_BY_NOT_EXPRESSION,
				 "$bucket's groupBy is a path that begins with a dollar sign, "
				 "or "
				 "an operator's expression");
	}
	if (strcmp(e->name, "output") != 0)
		return status_set(st, ERR_BUCKET_OPTION, "$bucket has no option '%s'", e->name);
	s->output = e->value;
	return e->value.type == TYPE_OBJECT
		   ? 0
		   : status_set(st, ERR_OUTPUT_NOT_OBJECT,
			 "$bucket's output is an object, not %s", type_name(e->value.type));
}

/* What is of the boundaries' type must not fall between them. */
static int check_default(
    const struct bucket_spec *s, const struct collator *collator, struct status *st)
{
	struct value least = s->boundaries[0], end = s->boundaries[s->n - 1];

	if (value_is_missing(s->otherwise) ||
	    type_rank(s->otherwise.type) != type_rank(least.type) ||
	    value_compare(s->otherwise, least, collator) < 0 ||
	    value_compare(s->otherwise, end, collator) >= 0)
		return 0;
	return status_set(st, ERR_DEFAULT_IN_RANGE,
	    "$bucket's default is less than the first boundary, or not less than the last");
}

static int bucket_parse(
    struct bucket_spec *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_BUCKET_NOT_OBJECT, "$bucket", "an object", v.type);
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = parse_option(s, &e, cx, st);
	if (err)
		return err;
	if (value_is_missing(s->group_by) || !s->boundaries)
		return status_set(
		    st, ERR_BUCKET_MISSING, "$bucket needs 'groupBy' and 'boundaries'");
	return check_default(s, cx->collator, st);
}

static void put_literal(struct builder *b, const char *name, struct value v)
{
	builder_doc_begin(b, name);
	builder_value(b, "$literal", v);
	builder_doc_end(b);
}

/* {<op>: [groupBy, boundary]} */
static void put_comparison(
    const struct bucket_spec *s, const char *op, struct value boundary, struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_array_begin(b, op);
	builder_value(b, NULL, s->group_by);
	put_literal(b, NULL, boundary);
	builder_array_end(b);
	builder_doc_end(b);
}

/* As MongoDB has it, a default that is code comes out as a string, and MinKey and MaxKey in a
 * document. */
static void put_default(struct value v, struct builder *b)
{
	if (v.type == TYPE_CODE)
		v.type = TYPE_STRING;
	if (v.type != TYPE_MIN_KEY && v.type != TYPE_MAX_KEY) {
		put_literal(b, "default", v);
		return;
	}
	builder_doc_begin(b, "default");
	builder_doc_begin(b, "$literal");
	builder_value(b, "", v);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_switch(const struct bucket_spec *s, struct builder *b)
{
	builder_doc_begin(b, "$switch");
	builder_array_begin(b, "branches");
	for (int i = 0; i + 1 < s->n; i++) {
		builder_doc_begin(b, NULL);
		builder_doc_begin(b, "case");
		builder_array_begin(b, "$and");
		put_comparison(s, "$gte", s->boundaries[i], b);
		put_comparison(s, "$lt", s->boundaries[i + 1], b);
		builder_array_end(b);
		builder_doc_end(b);
		put_literal(b, "then", s->boundaries[i]);
		builder_doc_end(b);
	}
	builder_array_end(b);
	if (!value_is_missing(s->otherwise))
		put_default(s->otherwise, b);
	builder_doc_end(b);
}

static int bucket_expand(
    struct value v, const struct stage_context *cx, struct builder *b, struct status *st)
{
	struct bucket_spec s = {0};
	int err = bucket_parse(&s, v, cx, st);

	if (err)
		return err;
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$group");
	builder_doc_begin(b, "_id");
	put_switch(&s, b);
	builder_doc_end(b);
	if (value_is_missing(s.output)) {
		builder_doc_begin(b, "count");
		builder_i32(b, "$sum", 1);
		builder_doc_end(b);
	} else {
		builder_elements(b, value_doc(s.output));
	}
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$sort");
	builder_i32(b, "_id", 1);
	builder_doc_end(b);
	builder_doc_end(b);
	return 0;
}

const struct stage_type stage_bucket = {
    .name = "$bucket",
    .help = "A row for each range between boundaries.",
    .expand = bucket_expand,
};
