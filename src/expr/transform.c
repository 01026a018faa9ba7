#include "expr/transform.h"

#include "expr/project.h"

enum {
	ERR_PROJECT_NOT_OBJECT = 15969,
	ERR_PROJECT_EMPTY = 51272,
	ERR_UNSET_NOT_STRING = 31002,
	ERR_UNSET_EMPTY = 31119,
	ERR_UNSET_ELEMENT = 31120,
	ERR_UNSET_NUL = 9527900,
	ERR_ADD_FIELDS_NOT_OBJECT = 40272,
	ERR_REPLACE_ROOT_NOT_OBJECT = 40229,
	ERR_NEW_ROOT_NOT_OBJECT = 40228,
};

struct transform_type {
	const char *name;
	int (*parse)(struct transform *t, struct value spec, const struct expression_options *o,
	    struct arena *a, struct status *st);
};

struct transform {
	const struct transform_type *type;
	struct projection *projection; /* NULL: root is what the document becomes */
	struct expression *root;
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a pipeline");
}

static int not_an_object(const struct transform *t, int code, struct value v, struct status *st)
{
	return status_set(st, code, "the %s specification must be an object, not %s",
	    t->type->name, type_name(v.type));
}

static int parse_projection(struct transform *t, struct view doc,
    const struct expression_options *o, enum projection_form form, struct arena *a,
    struct status *st)
{
	struct filter_options fo = {.collator = o->collator, .let = o->let};
	int r = projection_parse_form(doc, &fo, form, a, &t->projection, st);

	if (!r && o->metas)
		o->metas->wants |= projection_metas(t->projection);
	return r;
}

static int parse_project(struct transform *t, struct value v, const struct expression_options *o,
    struct arena *a, struct status *st)
{
	if (v.type != TYPE_OBJECT)
		return not_an_object(t, ERR_PROJECT_NOT_OBJECT, v, st);
	if (doc_is_empty(value_doc(v)))
		return status_set(st, ERR_PROJECT_EMPTY,
		    "the $project specification must have at least one field");
	return parse_projection(t, value_doc(v), o, PROJECTION_STAGE, a, st);
}

static int parse_add_fields(struct transform *t, struct value v,
    const struct expression_options *o, struct arena *a, struct status *st)
{
	if (v.type != TYPE_OBJECT)
		return not_an_object(t, ERR_ADD_FIELDS_NOT_OBJECT, v, st);
	return parse_projection(t, value_doc(v), o, PROJECTION_ADD_FIELDS, a, st);
}

static int add_unset(struct builder *b, struct value v, int code, struct status *st)
{
	struct view name;

	if (v.type != TYPE_STRING)
		return status_set(
		    st, code, "$unset takes field names, not %s", type_name(v.type));
	name = value_str(v);
	if (memchr(name.data, 0, name.len))
		return status_set(st, ERR_UNSET_NUL,
		    "a field name of $unset has a NUL byte in it");
	builder_value_n(b, (const char *)name.data, name.len, value_false);
	return 0;
}

static int list_unset(struct builder *b, struct value v, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int r = 0;

	if (v.type != TYPE_ARRAY)
		return add_unset(b, v, ERR_UNSET_NOT_STRING, st);
	if (doc_is_empty(value_doc(v)))
		return status_set(
		    st, ERR_UNSET_EMPTY, "$unset needs at least one field name");
	it = doc_iter(value_doc(v));
	while (r == 0 && doc_next(&it, &e))
		r = add_unset(b, e.value, ERR_UNSET_ELEMENT, st);
	return r;
}

/* {$unset: "a"} or {$unset: ["a", "b"]}: an exclusion. */
static int parse_unset(struct transform *t, struct value v, const struct expression_options *o,
    struct arena *a, struct status *st)
{
	struct view doc = {NULL, 0};
	struct builder b;
	struct buf buf;
	int r;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	r = list_unset(&b, v, st);
	builder_finish(&b);
	if (r == 0 && !builder_failed(&b))
		doc = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	if (r)
		return r;
	return doc.data ? parse_projection(t, doc, o, PROJECTION_STAGE, a, st) : no_memory(st);
}

static int parse_root(struct transform *t, struct value v, const struct expression_options *o,
    struct arena *a, struct status *st)
{
	return expression_parse(v, o, a, &t->root, st);
}

static int parse_replace_root(struct transform *t, struct value v,
    const struct expression_options *o, struct arena *a, struct status *st)
{
	struct value root = value_missing;
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return not_an_object(t, ERR_REPLACE_ROOT_NOT_OBJECT, v, st);
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "newRoot") != 0)
			return status_set(st, ERR_UNKNOWN_FIELD,
			    "BSON field '$replaceRoot.%s' is an unknown field.", e.name);
		root = e.value;
	}
	if (value_is_missing(root))
		return status_set(st, ERR_MISSING_FIELD,
		    "BSON field '$replaceRoot.newRoot' is missing but a required field");
	return parse_root(t, root, o, a, st);
}

static const struct transform_type types[] = {
    {"$addFields", parse_add_fields},
    {"$project", parse_project},
    {"$replaceRoot", parse_replace_root},
    {"$replaceWith", parse_root},
    {"$set", parse_add_fields},
    {"$unset", parse_unset},
};

static const struct transform_type *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

bool transform_exists(const char *name)
{
	return find(name) != NULL;
}

int transform_parse(const char *name, struct value spec, const struct expression_options *o,
    struct arena *a, struct transform **out, struct status *st)
{
	struct transform *t = arena_new(a, struct transform);

	if (!t)
		return no_memory(st);
	t->type = find(name);
	assert(t->type);
	*out = t;
	return t->type->parse(t, spec, o, a, st);
}

int transform_apply(const struct transform *t, struct view doc,
    const struct variables *variables, struct arena *row, struct builder *b, struct status *st)
{
	struct match_state ms = {
	    .row = row, .variables = variables, .array_index = -1, .status = st};
	struct value root;
	int r;

	ms.meta = variables ? variables->meta : NULL;
	if (t->projection)
		return projection_apply(t->projection, doc, &ms, b, st);
	r = expression_eval(t->root, doc, variables, row, &root, st);
	if (r)
		return r;
	if (root.type != TYPE_OBJECT)
		return status_set(st, ERR_NEW_ROOT_NOT_OBJECT,
		    "what replaces a document in %s is a document, and not %s", t->type->name,
		    type_name(root.type));
	builder_elements(b, value_doc(root));
	return 0;
}
