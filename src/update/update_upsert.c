#include <bson/bson.h>

#include "update/update_op.h"

/* What a filter's equality sets; the row is in no table. */
static const struct update_op equality = {"equality", NULL, update_apply_set};

static int add_equality(
    struct update_parser *p, const struct filter *f, struct value v, bool only_id)
{
	bool id = f->path.n && f->path.parts[0].len == 3 &&
		  memcmp(f->path.parts[0].name, "_id", 3) == 0;

	if (only_id && (!id || f->path.n != 1))
		return 0;
	return update_add_leaf(p, &equality, f->path.text, v);
}

/* The equalities that every match must have; recursion is bounded by the filter's depth. */
static int add_equalities(struct update_parser *p, const struct filter *f, bool only_id)
{
	int r = 0;

	switch (f->kind) {
	case MATCH_EQ:
		return add_equality(p, f, f->value, only_id);
	case MATCH_IN:
		return f->n_values == 1 ? add_equality(p, f, f->values[0], only_id) : 0;
	case MATCH_OR:
		if (f->n_children != 1)
			return 0;
		return add_equalities(p, f->children[0], only_id);
	case MATCH_AND:
		for (int i = 0; r == 0 && i < f->n_children; i++)
			r = add_equalities(p, f->children[i], only_id);
		return r;
	default:
		return 0;
	}
}

/* The document that the filter alone describes. */
static int make_base(
    const struct filter *f, bool only_id, struct arena *a, struct view *out, struct status *st)
{
	static const struct update_options none;
	struct update_parser p = {.o = &none, .a = a, .st = st};
	struct update_result result;
	int r;

	p.u = arena_new(a, struct update);
	if (!p.u)
		return update_no_memory(st);
	r = add_equalities(&p, f, only_id);
	if (r == 0)
		r = update_make_tree(&p);
	if (r == ERR_CONFLICTING_UPDATE_OPERATORS)
		return status_set(st, ERR_NOT_SINGLE_VALUE_FIELD,
		    "the filter has more than one value for a field of the document to insert");
	if (r == 0)
		r = update_apply_tree(p.u, doc_empty, -1, true, a, &result, st);
	if (r == 0)
		*out = result.doc;
	return r;
}

/* doc with id (missing: one that is drawn) in front. */
static int with_id(
    struct view doc, struct value id, struct arena *a, struct view *out, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	if (value_is_missing(id)) {
		bson_oid_t oid;

		bson_oid_init(&oid, NULL);
		builder_oid(&b, "_id", oid.bytes);
	} else {
		builder_value(&b, "_id", id);
	}
	while (doc_next(&it, &e))
		if (strcmp(e.name, "_id") != 0)
			builder_value_n(&b, e.name, e.name_len, e.value);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0 : update_no_memory(st);
}

int update_upsert(const struct update *u, const struct filter *f, struct arena *a,
    struct view *doc, struct status *st)
{
	struct update_result result;
	struct value id, new_id;
	struct view base;
	int r = make_base(f, u->kind == UPDATE_REPLACEMENT, a, &base, st);

	if (r)
		return r;
	id = doc_get(base, "_id");
	if (u->kind == UPDATE_REPLACEMENT)
		result.doc = u->replacement;
	else if (u->kind == UPDATE_PIPELINE)
		r = update_run_pipeline(u, base, a, &result.doc, st);
	else
		r = update_apply_tree(u, base, -1, true, a, &result, st);
	if (r)
		return r;
	new_id = doc_get(result.doc, "_id");
	if (value_is_missing(new_id))
		new_id = id;
	else if (!value_is_missing(id) && !value_equal(id, new_id, NULL))
		return status_set(st, ERR_IMMUTABLE_FIELD,
		    "the update would give the document another _id than the filter's");
	return with_id(result.doc, new_id, a, doc, st);
}
