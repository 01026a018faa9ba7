/*
 * planCacheSetFilter, planCacheListFilters, planCacheClearFilters: which indexes
 * may be used for queries of a shape, as long as the server runs.
 */
#include "commands/command.h"
#include "commands/shape_args.h"
#include "expr/collation.h"
#include "query/index_filters.h"
#include "query/query_state.h"

struct filter_args {
	struct view coll;
	struct shape_args shape;
	struct value indexes;
};

#define AT(member) offsetof(struct filter_args, member)

static const struct field set_fields[] = {
    SHAPE_FIELDS(AT(shape)),
    {"indexes", FIELD_ANY, 0, AT(indexes), "The indexes that may be used, by name or key."},
    {NULL},
};

static const struct field clear_fields[] = {
    SHAPE_FIELDS(AT(shape)),
    {NULL},
};

/* Plans that were chosen with other indexes in mind are forgotten; shape.data NULL: all. */
static void forget_plans(struct request *r, const struct collection *c, struct view shape)
{
	struct plan_cache *pc = query_plan_cache(r->inst->store);

	if (!pc)
		return;
	if (shape.data)
		plan_cache_clear_shape(pc, c->table_id, shape);
	else
		plan_cache_clear(pc, c->table_id);
}

/* ------------------------------------------------------------------- set */

static int check_indexes(struct value v, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY)
		return status_set(st, ERR_BAD_VALUE,
		    "the field indexes must be an array, not %s", type_name(v.type));
	if (doc_is_empty(value_doc(v)))
		return status_set(
		    st, ERR_BAD_VALUE, "the field indexes must name at least one index");
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e)) {
		bool good = e.value.type == TYPE_STRING ? value_str(e.value).len > 0
							: e.value.type == TYPE_OBJECT &&
							      !doc_is_empty(value_doc(e.value));

		if (!good)
			return status_set(st, ERR_BAD_VALUE,
			    "each of indexes is the name or the key pattern of an index");
	}
	return 0;
}

static struct view or_empty(struct view doc)
{
	return doc.len ? doc : doc_empty;
}

static int set_filter(struct request *r, const struct collection *c, struct status *st)
{
	const struct filter_args *a = r->args;
	struct query *q = NULL;
	struct index_filter f = {0};
	struct view shape;
	int err = check_indexes(a->indexes, st);

	if (!err)
		err = shape_args_parse(r, &a->shape, c, &q, &shape, st);
	if (err)
		return err;
	f.query = or_empty(q->spec.filter);
	f.sort = or_empty(q->spec.sort);
	f.projection = or_empty(q->spec.projection);
	if (q->spec.collator)
		f.collation = collation_document(q->spec.collator);
	f.indexes = value_doc(a->indexes);
	err = index_filters_set(c, shape, &f, st);
	if (!err)
		forget_plans(r, c, shape);
	return err;
}

static enum step set_run(struct request *r)
{
	const struct filter_args *a = r->args;
	struct collection *c;
	int err = shape_collection(r, a->coll, &c, &r->status);

	if (!err && !c)
		err = status_set(&r->status, ERR_BAD_VALUE, "there is no collection %.*s",
		    (int)r->ns.len, (const char *)r->ns.data);
	if (err)
		return STEP_ERROR;
	err = set_filter(r, c, &r->status);
	collection_unref(c);
	return err ? STEP_ERROR : STEP_DONE;
}

/* ------------------------------------------------------------------ list */

static void put_filters(const struct index_filter *f, struct builder *b)
{
	builder_array_begin(b, "filters");
	for (; f; f = f->next) {
		builder_doc_begin(b, NULL);
		builder_doc(b, "query", f->query);
		builder_doc(b, "sort", f->sort);
		builder_doc(b, "projection", f->projection);
		if (f->collation.len)
			builder_doc(b, "collation", f->collation);
		builder_array(b, "indexes", f->indexes);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static enum step list_run(struct request *r)
{
	const struct filter_args *a = r->args;
	struct index_filter *list = NULL;
	struct collection *c;
	int err = shape_collection(r, a->coll, &c, &r->status);

	if (!err && c)
		err = index_filters_list(c, &r->arena, &list, &r->status);
	if (c)
		collection_unref(c);
	if (err)
		return STEP_ERROR;
	put_filters(list, &r->builder);
	return STEP_DONE;
}

/* ----------------------------------------------------------------- clear */

static enum step clear_run(struct request *r)
{
	const struct filter_args *a = r->args;
	struct view shape = {0};
	struct collection *c;
	struct query *q;
	int err = shape_collection(r, a->coll, &c, &r->status);

	if (err || !c)
		return err ? STEP_ERROR : STEP_DONE;
	if (shape_args_given(&a->shape))
		err = shape_args_parse(r, &a->shape, c, &q, &shape, &r->status);
	if (!err) {
		index_filters_clear(c, shape);
		forget_plans(r, c, shape);
	}
	collection_unref(c);
	return err ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_plan_cache_set_filter = {
    .name = "planCacheSetFilter",
    .flags = CMD_READ | CMD_ANY_FIELDS,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = set_fields,
    .args_size = sizeof(struct filter_args),
    .help = "Says which indexes queries of a shape may use.",
    .run = set_run,
};

const struct command cmd_plan_cache_list_filters = {
    .name = "planCacheListFilters",
    .flags = CMD_READ | CMD_ANY_FIELDS,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .args_size = sizeof(struct filter_args),
    .help = "The index filters of a collection.",
    .run = list_run,
};

const struct command cmd_plan_cache_clear_filters = {
    .name = "planCacheClearFilters",
    .flags = CMD_READ | CMD_ANY_FIELDS,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = clear_fields,
    .args_size = sizeof(struct filter_args),
    .help = "Takes away the index filter of a shape, or all of a collection.",
    .run = clear_run,
};
