#include "commands/shape_args.h"

#include "commands/read_options.h"
#include "query/shape.h"

bool shape_args_given(const struct shape_args *a)
{
	return !value_is_missing(a->query) || !value_is_missing(a->sort) ||
	       !value_is_missing(a->projection) || !value_is_missing(a->collation);
}

/* MongoDB takes an array for a document here. */
static int take_document(const char *name, struct value v, struct view *out, struct status *st)
{
	*out = doc_empty;
	if (value_is_missing(v))
		return 0;
	*out = value_doc(v);
	if (v.type == TYPE_OBJECT || v.type == TYPE_ARRAY)
		return 0;
	return status_set(st, ERR_BAD_VALUE, "the field %s must be an object, not %s", name,
	    type_name(v.type));
}

static int take_collation(struct value v, struct view *out, struct status *st)
{
	*out = doc_empty;
	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_BAD_VALUE,
		    "the field collation must be an object, not %s", type_name(v.type));
	*out = value_doc(v);
	return doc_is_empty(*out)
		   ? status_set(st, ERR_BAD_VALUE, "the collation must not be empty")
		   : 0;
}

int shape_args_parse(struct request *r, const struct shape_args *a, const struct collection *c,
    struct query **query, struct view *shape, struct status *st)
{
	struct query_spec spec = {0};
	struct view collation;
	int err = 0;

	if (value_is_missing(a->query))
		err = status_set(st, ERR_BAD_VALUE,
		    "the field query is missing, without which there is no query shape");
	if (!err)
		err = take_document("query", a->query, &spec.filter, st);
	if (!err)
		err = take_document("sort", a->sort, &spec.sort, st);
	if (!err)
		err = take_document("projection", a->projection, &spec.projection, st);
	if (!err)
		err = take_collation(a->collation, &collation, st);
	if (!err)
		err = read_options(r, c, collation, view_of(NULL, 0), &r->arena, &spec, st);
	if (!err)
		err = query_parse(&spec, &r->arena, query, st);
	return err ? err : plan_shape(*query, &r->arena, shape, st);
}

int shape_collection(
    struct request *r, struct view coll, struct collection **out, struct status *st)
{
	struct collection *c = catalog_find(store_catalog(r->inst->store), r->common.db, coll);

	*out = c;
	if (!c || c->kind == KIND_COLLECTION)
		return 0;
	*out = NULL;
	status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
	    "'%s' is a %s: plans are of collections", c->ns, collection_type(c));
	collection_unref(c);
	return st->code;
}
