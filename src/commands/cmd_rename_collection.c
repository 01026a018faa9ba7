/*
 * renameCollection: another name, in the same database or in another.  The
 * documents stay where they are: their keys hold no names.
 */
#include "commands/args.h"
#include "commands/namespace.h"
#include "storage/ddl.h"

struct rename_args {
	struct view from, to, uuid;
	struct arg_bool drop_target, stay_temp;
};

#define AT(member) offsetof(struct rename_args, member)

static const struct field rename_fields[] = {
    {"to", FIELD_STR, FIELD_REQUIRED, AT(to), "The new name, database.collection."},
    {"dropTarget", FIELD_BOOL, FIELD_NOT_NULL, AT(drop_target),
	"A collection that has this name is removed."},
    {"stayTemp", FIELD_BOOL, 0, AT(stay_temp), "A temporary collection stays one."},
    {"collectionUUID", FIELD_UUID, 0, AT(uuid), "Only if it has this UUID."},
    {NULL},
};

struct rename_state {
	struct ddl ddl;
	bool begun;
	struct view db, name, to_db, to_name;
};

static int check_uuid(struct rename_state *s, struct request *r)
{
	const struct rename_args *a = r->args;
	struct collection *c;
	int err;

	if (!a->uuid.len)
		return 0;
	c = catalog_find(store_catalog(r->inst->store), s->db, s->name);
	err = collection_uuid_check(r, c, s->db, s->name, a->uuid, &r->status);
	if (c)
		collection_unref(c);
	return err;
}

static int begin(struct rename_state *s, struct request *r)
{
	const struct rename_args *a = r->args;
	int err = namespace_split(a->from, &s->db, &s->name, &r->status);

	if (!err)
		err = namespace_split(a->to, &s->to_db, &s->to_name, &r->status);
	if (!err)
		err = rename_names_check(s->db, s->name, s->to_db, s->to_name, &r->status);
	if (!err)
		err = check_uuid(s, r);
	if (err)
		return err;
	r->ns = a->from;
	ddl_init(&s->ddl, r->inst->store);
	s->begun = true;
	return 0;
}

static enum step rename_run(struct request *r)
{
	const struct rename_args *a = r->args;
	struct rename_state *s = r->state;
	enum step step;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	step = ddl_rename(&s->ddl, s->db, s->name, s->to_db, s->to_name, a->drop_target.v,
	    a->stay_temp.v, &r->op, &r->status);
	if (step == STEP_DONE)
		r->last_commit = s->ddl.commit.sequence;
	return step;
}

static void rename_clear(struct request *r)
{
	struct rename_state *s = r->state;

	if (s->begun)
		ddl_clear(&s->ddl);
}

const struct command cmd_rename_collection = {
    .name = "renameCollection",
    .flags = CMD_WRITE | CMD_ADMIN_ONLY,
    .target_type = FIELD_STR,
    .target_offset = AT(from),
    .fields = rename_fields,
    .args_size = sizeof(struct rename_args),
    .state_size = sizeof(struct rename_state),
    .help = "Gives a collection another name.",
    .run = rename_run,
    .clear = rename_clear,
};
