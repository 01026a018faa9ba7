#include "expr/project_tree.h"

struct project_run {
	const struct projection *p;
	struct view root;
	struct match_state *ms;
	struct builder *b;
	size_t most_bytes; /* in the builder, when something has been computed */
	struct status *st;
};

bool projection_is_identity(const struct projection *p)
{
	return p->identity;
}

static bool is_plain(const struct project_node *n)
{
	for (const struct project_node *c = n->children; c; c = c->next)
		if (c->kind != PROJECT_INCLUDE &&
		    (c->kind != PROJECT_PARENT || !is_plain(c)) &&
		    c->kind != PROJECT_EXCLUDE)
			return false;
	return true;
}

bool projection_is_plain(const struct projection *p)
{
	return !p->exclusion && is_plain(&p->root);
}

bool projection_is_positional(const struct projection *p)
{
	return p->root.positional;
}

bool projection_computes(const struct projection *p)
{
	return p->root.computes;
}

static int project_fields(struct project_run *r, const struct project_node *n, struct view doc);

static const struct project_node *find(const struct project_node *n, const struct element *e)
{
	for (const struct project_node *c = n->children; c; c = c->next)
		if (c->name.len == e->name_len &&
		    memcmp(c->name.data, e->name, e->name_len) == 0)
			return c;
	return NULL;
}

static void slice(struct project_run *r, const char *name, size_t len, struct view array,
    int64_t skip, int64_t limit)
{
	int64_t n = doc_count(array), at = 0;
	struct doc_iter it = doc_iter(array);
	struct element e;

	if (skip < 0)
		skip = skip < -n ? 0 : n + skip;
	builder_array_begin_n(r->b, name, len);
	for (; doc_next(&it, &e) && at - skip < limit; at++)
		if (at >= skip)
			builder_value(r->b, NULL, e.value);
	builder_array_end(r->b);
}

static int matched_element(struct project_run *r, struct view array, struct value *out)
{
	int64_t i = r->ms ? r->ms->array_index : -1;

	*out = i < 0 ? value_missing : array_at(array, (size_t)i);
	if (value_is_missing(*out))
		return status_set(r->st, 51246,
		    "the positional projection has no element of the array that the filter "
		    "matched");
	return 0;
}

static int project_value(struct project_run *r, const struct project_node *n, const char *name,
    size_t len, struct value v);

/* Each document in an array by itself; other values stay where fields are excluded. */
static int project_array(struct project_run *r, const struct project_node *n, struct view array)
{
	struct doc_iter it = doc_iter(array);
	struct element e;

	while (doc_next(&it, &e)) {
		int code;

		if (e.value.type != TYPE_OBJECT && e.value.type != TYPE_ARRAY && !n->computes) {
			if (r->p->exclusion)
				builder_value(r->b, NULL, e.value);
			continue;
		}
		code = project_value(r, n, NULL, 0, e.value);
		if (code)
			return code;
	}
	return 0;
}

/* A parent of other entries: what is inside, each by its own entry. */
static int project_value(struct project_run *r, const struct project_node *n, const char *name,
    size_t len, struct value v)
{
	int code = 0;

	if (v.type == TYPE_OBJECT) {
		builder_doc_begin_n(r->b, name, len);
		code = project_fields(r, n, value_doc(v));
		builder_doc_end(r->b);
	} else if (v.type == TYPE_ARRAY && n->positional) {
		struct value element;

		code = matched_element(r, value_doc(v), &element);
		builder_array_begin_n(r->b, name, len);
		if (code == 0 && element.type == TYPE_OBJECT)
			code = project_value(r, n, NULL, 0, element);
		builder_array_end(r->b);
	} else if (v.type == TYPE_ARRAY) {
		builder_array_begin_n(r->b, name, len);
		code = project_array(r, n, value_doc(v));
		builder_array_end(r->b);
	} else if (n->computes) {
		/* What is computed below replaces a value that cannot hold it. */
		builder_doc_begin_n(r->b, name, len);
		code = project_fields(r, n, doc_empty);
		builder_doc_end(r->b);
	} else if (r->p->exclusion) {
		builder_value_n(r->b, name, len, v);
	}
	return code;
}

static int positional(struct project_run *r, const struct element *e)
{
	struct value element;
	int code;

	if (e->value.type != TYPE_ARRAY) {
		builder_value_n(r->b, e->name, e->name_len, e->value);
		return 0;
	}
	code = matched_element(r, value_doc(e->value), &element);
	if (code)
		return code;
	builder_array_begin_n(r->b, e->name, e->name_len);
	builder_value(r->b, NULL, element);
	builder_array_end(r->b);
	return 0;
}

/* Looked at after each value: the same one may be computed into each element of an array. */
static int check_growth(struct project_run *r)
{
	if (r->b->failed)
		return status_set(
		    r->st, ERR_OVERFLOW, "a computed field makes the document too deep");
	if (builder_failed(r->b))
		return status_set(
		    r->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for computed fields");
	if (builder_size(r->b) > r->most_bytes)
		return status_set(r->st, ERR_BSON_OBJECT_TOO_LARGE,
		    "computed fields make a document of more than %d bytes",
		    PROJECTION_BYTES_MAX);
	return 0;
}

static int compute(struct project_run *r, const struct project_node *c)
{
	struct value v;
	int code;

	assert(r->ms && r->ms->row);
	code = expression_eval(c->expression, r->root, r->ms->variables, r->ms->row, &v, r->st);
	if (code)
		return code;
	builder_value_n(r->b, (const char *)c->name.data, c->name.len, v);
	return check_growth(r);
}

/* What is not known leaves no field. */
static int put_meta(struct project_run *r, const struct project_node *c)
{
	struct value v;
	int code = meta_get(r->ms ? r->ms->meta : NULL, c->meta, r->ms ? r->ms->row : NULL, &v,
	    r->st);

	if (code == 0 && !value_is_missing(v))
		builder_value_n(r->b, (const char *)c->name.data, c->name.len, v);
	return code;
}

static int project_element(
    struct project_run *r, const struct project_node *c, const struct element *e)
{
	switch (c->kind) {
	case PROJECT_PARENT:
		return project_value(r, c, e->name, e->name_len, e->value);
	case PROJECT_INCLUDE:
		builder_value_n(r->b, e->name, e->name_len, e->value);
		return 0;
	case PROJECT_SLICE:
		if (e->value.type == TYPE_ARRAY)
			slice(r, e->name, e->name_len, value_doc(e->value), c->skip, c->limit);
		else
			builder_value_n(r->b, e->name, e->name_len, e->value);
		return 0;
	case PROJECT_POSITIONAL:
		return positional(r, e);
	case PROJECT_COMPUTED:
		return r->p->adds ? compute(r, c) : 0;
	default: /* excluded, or appended later */
		return 0;
	}
}

static int append_elem_match(
    struct project_run *r, const struct project_node *c, struct view doc)
{
	struct value v = doc_get_n(doc, (const char *)c->name.data, c->name.len);
	struct match_state ms = {.array_index = -1};
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY)
		return 0;
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e)) {
		if (!filter_matches_value(c->filter, e.value, &ms))
			continue;
		builder_array_begin_n(r->b, (const char *)c->name.data, c->name.len);
		builder_value(r->b, NULL, e.value);
		builder_array_end(r->b);
		break;
	}
	return ms.error ? status_set(r->st, ms.error, "$elemMatch failed on an element") : 0;
}

static int append_computed(struct project_run *r, const struct project_node *c, struct view doc)
{
	const char *name = (const char *)c->name.data;

	if (c->kind == PROJECT_ELEM_MATCH)
		return append_elem_match(r, c, doc);
	if (c->kind == PROJECT_META)
		return put_meta(r, c);
	if (c->kind == PROJECT_PARENT) {
		if (!c->computes || !value_is_missing(doc_get_n(doc, name, c->name.len)))
			return 0;
		return project_value(r, c, name, c->name.len, value_missing);
	}
	if (c->kind != PROJECT_COMPUTED)
		return 0;
	if (r->p->adds && !value_is_missing(doc_get_n(doc, name, c->name.len)))
		return 0; /* its place was the old one's */
	return compute(r, c);
}

/* The fields of one document, then what is computed into it. */
static int project_fields(struct project_run *r, const struct project_node *n, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int code = 0;

	while (code == 0 && doc_next(&it, &e)) {
		const struct project_node *c = find(n, &e);

		if (c)
			code = project_element(r, c, &e);
		else if (r->p->exclusion)
			builder_value_n(r->b, e.name, e.name_len, e.value);
	}
	for (const struct project_node *c = n->children; code == 0 && c; c = c->next)
		code = append_computed(r, c, doc);
	return code;
}

int projection_apply(const struct projection *p, struct view doc, struct match_state *ms,
    struct builder *b, struct status *st)
{
	struct project_run r = {.p = p,
	    .root = doc,
	    .ms = ms,
	    .b = b,
	    .most_bytes = builder_size(b) + PROJECTION_BYTES_MAX,
	    .st = st};

	if (p->identity) {
		builder_elements(b, doc);
		return 0;
	}
	return project_fields(&r, &p->root, doc);
}

uint32_t projection_metas(const struct projection *p)
{
	return p->meta;
}

bool projection_wants_meta(const struct projection *p, enum document_meta_kind kind)
{
	return p->meta >> kind & 1;
}

/* path so far, then each child's name behind it */
#define NEEDS_PATH_MAX 1024

static bool needs_below(const struct project_node *n, char *path, size_t len,
    void (*each)(void *arg, struct view path), void *arg)
{
	for (const struct project_node *c = n->children; c; c = c->next) {
		size_t end = len + (len ? 1 : 0) + c->name.len;

		if (c->kind == PROJECT_EXCLUDE)
			continue;
		if (c->kind == PROJECT_COMPUTED) {
			if (len || !expression_needs(c->expression, each, arg))
				return false;
			continue;
		}
		if (end > NEEDS_PATH_MAX)
			return false;
		if (len)
			path[len] = '.';
		memcpy(path + end - c->name.len, c->name.data, c->name.len);
		if (c->kind != PROJECT_PARENT)
			each(arg, view_of(path, end));
		else if (!needs_below(c, path, end, each, arg))
			return false;
	}
	return true;
}

bool projection_needs(
    const struct projection *p, void (*each)(void *arg, struct view path), void *arg)
{
	char path[NEEDS_PATH_MAX];

	return !p->exclusion && !p->meta && needs_below(&p->root, path, 0, each, arg);
}
