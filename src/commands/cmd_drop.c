/*
 * drop and dropDatabase: what is in a collection, or in all of a database's,
 * is gone when they answer.
 */
#include "commands/args.h"
#include "commands/namespace.h"
#include "storage/ddl.h"

/* ------------------------------------------------------------------ drop */

struct drop_args {
	struct view coll, uuid;
};

#define AT(member) offsetof(struct drop_args, member)

static const struct field drop_fields[] = {
    {"collectionUUID", FIELD_UUID, 0, AT(uuid), "Only if it has this UUID."},
    {NULL},
};

struct drop_state {
	struct ddl ddl;
	bool begun;
	struct view name; /* what is being dropped now */
};

static bool is(struct view v, const char *text)
{
	return view_equal(v, view_of_str(text));
}

/* What the server cannot be without. */
static int check_droppable(struct view db, struct view name, struct status *st)
{
	bool refused = (is(db, "admin") && is(name, "system.version")) ||
		       (is(db, "local") && is(name, "oplog.rs"));

	if (!refused)
		return 0;
	return status_set(st, ERR_ILLEGAL_OPERATION, "'%.*s.%.*s' cannot be dropped",
	    (int)db.len, (const char *)db.data, (int)name.len, (const char *)name.data);
}

static bool note_view(void *arg, struct collection *c)
{
	struct collection **view = arg;

	if (c->kind != KIND_VIEW)
		return true;
	*view = collection_ref(c);
	return false;
}

/* The definitions of a database's views are in its system.views: they go with
 * it, one after the other. */
static int next_name(struct drop_state *s, struct request *r)
{
	const struct drop_args *a = r->args;
	struct collection *view = NULL;

	s->name = a->coll;
	if (!is(a->coll, "system.views"))
		return 0;
	catalog_each(store_catalog(r->inst->store), r->common.db, note_view, &view);
	if (!view)
		return 0;
	s->name = arena_dup(&r->arena, view_of_str(view->name));
	collection_unref(view);
	return s->name.data
		   ? 0
		   : status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
}

static int drop_begin(struct drop_state *s, struct request *r)
{
	const struct drop_args *a = r->args;
	struct collection *c;
	int err = check_droppable(r->common.db, a->coll, &r->status);

	if (err)
		return err;
	c = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	err = collection_uuid_check(r, c, r->common.db, a->coll, a->uuid, &r->status);
	if (c)
		collection_unref(c);
	return err ? err : next_name(s, r);
}

static enum step drop_one(struct drop_state *s, struct request *r)
{
	if (!s->begun) {
		ddl_init(&s->ddl, r->inst->store);
		s->begun = true;
	}
	return ddl_drop(&s->ddl, r->common.db, s->name, &r->op, &r->status);
}

static void drop_reply(const struct drop_state *s, struct request *r)
{
	const struct collection *c = s->ddl.collection;

	r->last_commit = s->ddl.commit.sequence;
	if (c->kind != KIND_VIEW)
		builder_int(&r->builder, "nIndexesWas", s->ddl.indexes_before);
	builder_str(&r->builder, "ns", c->ns);
}

static enum step drop_run(struct request *r)
{
	const struct drop_args *a = r->args;
	struct drop_state *s = r->state;

	if (!s->name.len && drop_begin(s, r))
		return STEP_ERROR;
	for (;;) {
		enum step step = drop_one(s, r);
		bool last = view_equal(s->name, a->coll);

		if (step == STEP_ERROR && last && r->status.code == ERR_NAMESPACE_NOT_FOUND) {
			/* It is not there, as the client wishes. */
			status_clear(&r->status);
			return STEP_DONE;
		}
		if (step == STEP_ERROR && r->status.code == ERR_NAMESPACE_NOT_FOUND)
			status_clear(&r->status);
		else if (step != STEP_DONE)
			return step;
		if (last) {
			drop_reply(s, r);
			return STEP_DONE;
		}
		ddl_clear(&s->ddl);
		s->begun = false;
		if (next_name(s, r))
			return STEP_ERROR;
	}
}

static void drop_clear(struct request *r)
{
	struct drop_state *s = r->state;

	if (s->begun)
		ddl_clear(&s->ddl);
}

const struct command cmd_drop = {
    .name = "drop",
    .flags = CMD_WRITE | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = drop_fields,
    .args_size = sizeof(struct drop_args),
    .state_size = sizeof(struct drop_state),
    .help = "Removes a collection or a view.",
    .run = drop_run,
    .clear = drop_clear,
};

#undef AT

/* ---------------------------------------------------------- dropDatabase */

struct drop_database_args {
	struct value one;
};

struct drop_database_state {
	struct ddl ddl;
	bool begun;
};

static int check_one(struct value v, struct status *st)
{
	int64_t n;

	if (v.type == TYPE_NULL || v.type == TYPE_UNDEFINED)
		return status_set(st, ERR_MISSING_FIELD,
		    "BSON field 'dropDatabase' is missing but a required field");
	if (!number_coerce(v, &n))
		return wrong_type(
		    st, "dropDatabase", "dropDatabase", v.type, "int, long, double or decimal");
	if (n != 1)
		return status_set(
		    st, ERR_DROP_DATABASE_VALUE, "dropDatabase takes the value 1");
	return 0;
}

static int drop_database_begin(struct drop_database_state *s, struct request *r)
{
	const struct drop_database_args *a = r->args;
	struct view db = r->common.db;
	int err = check_one(a->one, &r->status);

	if (err)
		return err;
	if (is(db, "admin") || (is(db, "local") && r->inst->face == FACE_REPLSET))
		return status_set(&r->status, ERR_ILLEGAL_OPERATION,
		    "the database '%.*s' cannot be dropped", (int)db.len,
		    (const char *)db.data);
	ddl_init(&s->ddl, r->inst->store);
	s->begun = true;
	return 0;
}

static enum step drop_database_run(struct request *r)
{
	struct drop_database_state *s = r->state;
	enum step step;

	if (!s->begun && drop_database_begin(s, r))
		return STEP_ERROR;
	step = ddl_drop_database(&s->ddl, r->common.db, &r->op, &r->status);
	if (step == STEP_DONE)
		r->last_commit = s->ddl.commit.sequence;
	return step;
}

static void drop_database_clear(struct request *r)
{
	struct drop_database_state *s = r->state;

	if (s->begun)
		ddl_clear(&s->ddl);
}

const struct command cmd_drop_database = {
    .name = "dropDatabase",
    .flags = CMD_WRITE | CMD_API_1,
    .target_type = FIELD_ANY,
    .target_offset = offsetof(struct drop_database_args, one),
    .args_size = sizeof(struct drop_database_args),
    .state_size = sizeof(struct drop_database_state),
    .help = "Removes a database with all its collections.",
    .run = drop_database_run,
    .clear = drop_database_clear,
};
