/*
 * planCacheClear: forgets what was chosen for queries of a shape, or of a
 * collection.
 */
#include "commands/command.h"
#include "commands/shape_args.h"
#include "query/query_state.h"
#include "storage/catalog.h"

struct plan_cache_clear_args {
	struct view coll;
	struct shape_args shape;
};

#define AT(member) offsetof(struct plan_cache_clear_args, member)

static const struct field plan_cache_clear_fields[] = {
    SHAPE_FIELDS(AT(shape)),
    {NULL},
};

static int clear(struct request *r, const struct collection *c, struct status *st)
{
	const struct plan_cache_clear_args *a = r->args;
	struct plan_cache *pc = query_plan_cache(r->inst->store);
	struct view shape = {0};
	struct query *q;
	int err = 0;

	if (shape_args_given(&a->shape))
		err = shape_args_parse(r, &a->shape, c, &q, &shape, st);
	if (err || !pc)
		return err;
	if (shape.data)
		plan_cache_clear_shape(pc, c->table_id, shape);
	else
		plan_cache_clear(pc, c->table_id);
	return 0;
}

static enum step plan_cache_clear_run(struct request *r)
{
	const struct plan_cache_clear_args *a = r->args;
	struct collection *c;
	int err = shape_collection(r, a->coll, &c, &r->status);

	if (err || !c)
		return err ? STEP_ERROR : STEP_DONE;
	err = clear(r, c, &r->status);
	collection_unref(c);
	return err ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_plan_cache_clear = {
    .name = "planCacheClear",
    .flags = CMD_READ | CMD_ANY_FIELDS,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = plan_cache_clear_fields,
    .args_size = sizeof(struct plan_cache_clear_args),
    .help = "Forgets the plans that are cached for a shape or a collection.",
    .run = plan_cache_clear_run,
};
