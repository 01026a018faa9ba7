/*
 * $project and $unset: which fields go on, and computed ones.
 */
#include "aggregate/stage.h"
#include "query/plan.h"

#define ERR_PROJECT_NOT_OBJECT 15969
#define ERR_PROJECT_EMPTY      51272
#define ERR_UNSET_NOT_STRING   31002
#define ERR_UNSET_EMPTY	       31119
#define ERR_UNSET_ELEMENT      31120

/* A projection node needs a query; here one of nothing but the projection. */
static int parse_projection(
    struct stage *s, struct view doc, const struct stage_context *cx, struct status *st)
{
	struct query_spec spec = {
	    .projection = doc, .collator = cx->collator, .let = cx->let};
	struct query *q;
	int err = query_parse(&spec, cx->arena, &q, st);

	s->data = q;
	return err;
}

static int project_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_PROJECT_NOT_OBJECT, "$project", "an object", v.type);
	if (doc_is_empty(value_doc(v)))
		return status_set(st, ERR_PROJECT_EMPTY,
		    "the $project specification must have at least one field");
	return parse_projection(s, value_doc(v), cx, st);
}

static int add_unset(struct builder *b, struct value v, int code, struct status *st)
{
	struct view name;

	if (v.type != TYPE_STRING)
		return status_set(st, code, "$unset takes field names, not %s", type_name(v.type));
	name = value_str(v);
	builder_value_n(b, (const char *)name.data, name.len, value_false);
	return 0;
}

/* {$unset: "a"} or {$unset: ["a", "b"]}: an exclusion. */
static int unset_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct view doc;
	struct builder b;
	struct buf buf;
	int err = 0;

	buf_init(&buf, cx->arena->account);
	builder_init(&b, &buf);
	if (v.type == TYPE_ARRAY) {
		struct doc_iter it = doc_iter(value_doc(v));
		struct element e;

		if (doc_is_empty(value_doc(v)))
			err = status_set(st, ERR_UNSET_EMPTY,
			    "$unset needs at least one field name");
		while (!err && doc_next(&it, &e))
			err = add_unset(&b, e.value, ERR_UNSET_ELEMENT, st);
	} else {
		err = add_unset(&b, v, ERR_UNSET_NOT_STRING, st);
	}
	builder_finish(&b);
	doc = err || builder_failed(&b) ? view_of(NULL, 0) : arena_dup(cx->arena, builder_view(&b));
	buf_clear(&buf);
	if (!err && !doc.data)
		err = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $unset");
	return err ? err : parse_projection(s, doc, cx, st);
}

static struct exec *project_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	return exec_project_new(s->data, input, a, account);
}

const struct stage_type stage_project = {
    .name = "$project",
    .help = "Which fields go on, and computed ones.",
    .parse = project_parse,
    .make = project_make,
};

const struct stage_type stage_unset = {
    .name = "$unset",
    .help = "Fields that do not go on.",
    .parse = unset_parse,
    .make = project_make,
};
