/*
 * reIndex: makes a collection's indexes anew.  MongoDB has it for servers that are no replica
 * set, and advises against it; here it is refused on all.
 */
#include "commands/args.h"
#include "commands/command.h"
#include "storage/catalog.h"

struct re_index_args {
	struct view coll;
};

static const struct field re_index_fields[] = {{NULL}};

static int refuse(const struct request *r, const struct collection *c, struct status *st)
{
	if (!c)
		return status_set(st, ERR_NAMESPACE_NOT_FOUND, "there is no collection '%.*s'",
		    (int)r->ns.len, (const char *)r->ns.data);
	if (c->kind == KIND_VIEW)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "'%s' is a view: it has no indexes", c->ns);
	return status_set(st, ERR_NOT_IMPLEMENTED,
	    "reIndex is not supported yet: drop an index and create it again");
}

static enum step re_index_run(struct request *r)
{
	const struct re_index_args *a = r->args;
	struct collection *c;

	if (r->inst->face != FACE_STANDALONE) {
		status_set(&r->status, ERR_ILLEGAL_OPERATION,
		    "reIndex is only allowed on a server that is no replica set");
		return STEP_ERROR;
	}
	c = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	(void)refuse(r, c, &r->status);
	if (c)
		collection_unref(c);
	return STEP_ERROR;
}

const struct command cmd_re_index = {
    .name = "reIndex",
    .flags = CMD_READ,
    .target_type = FIELD_COLL,
    .target_offset = offsetof(struct re_index_args, coll),
    .fields = re_index_fields,
    .args_size = sizeof(struct re_index_args),
    .help = "Would make indexes anew; only for servers that are no replica set.",
    .run = re_index_run,
};
