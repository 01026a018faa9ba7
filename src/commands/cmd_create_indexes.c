/*
 * createIndexes: adds indexes to a collection, which is made when it is not
 * there.
 */
#include "commands/args.h"
#include "commands/index_specs.h"
#include "commands/namespace.h"
#include "commands/read_options.h"
#include "commands/timeseries_options.h"
#include "index/build.h"
#include "storage/ddl.h"

struct create_indexes_args {
	struct view coll, uuid;
	struct arg_docs indexes;
	struct value commit_quorum;
	struct arg_bool ignore_unknown;
};

#define AT(member) offsetof(struct create_indexes_args, member)

static const struct field create_indexes_fields[] = {
    {"indexes", FIELD_DOCS, FIELD_REQUIRED, AT(indexes), "{key, name, ...} of each."},
    {"commitQuorum", FIELD_ANY, FIELD_NULL_OK, AT(commit_quorum),
	"How many members have to be ready; this one is the only one."},
    {"ignoreUnknownIndexOptions", FIELD_BOOL, 0, AT(ignore_unknown),
	"Options that are not known are left out."},
    {"collectionUUID", FIELD_UUID, 0, AT(uuid), "Only if it has this UUID."},
    {NULL},
};

enum { CHECK, LOOK, MAKE_COLLECTION, BUILD };

struct create_indexes_state {
	int phase;
	struct index_specs specs;
	struct index_build build;
	struct index_fill fill;
	struct ddl ddl;
	bool filling, begun, made_collection;
};

/* The members of a set of one. */
static int check_quorum_number(int64_t n, struct status *st)
{
	if (n < 0 || n > 50)
		return status_set(
		    st, ERR_FAILED_TO_PARSE, "commitQuorum has to be from 0 to 50");
	if (n > 1)
		return status_set(st, ERR_UNSATISFIABLE_COMMIT_QUORUM,
		    "commitQuorum: %lld members are wanted, there is one", (long long)n);
	return 0;
}

static int check_quorum(const struct request *r, struct value v, struct status *st)
{
	int64_t n;

	if (value_is_missing(v))
		return 0;
	if (r->inst->face == FACE_STANDALONE)
		return status_set(
		    st, ERR_BAD_VALUE, "a server that is no replica set has no commitQuorum");
	if (number_coerce(v, &n))
		return check_quorum_number(n, st);
	if (v.type != TYPE_STRING)
		return wrong_type(
		    st, "createIndexes", "commitQuorum", v.type, "string or number");
	if (view_equal(value_str(v), view_of_str("majority")) ||
	    view_equal(value_str(v), view_of_str("votingMembers")))
		return 0;
	return status_set(st, ERR_UNKNOWN_REPL_WRITE_CONCERN,
	    "commitQuorum is a number, \"majority\" or \"votingMembers\"");
}

static int check(struct create_indexes_state *s, struct request *r)
{
	const struct create_indexes_args *a = r->args;
	const struct collator *inherited = NULL;
	int err = creation_name_check(r->common.db, a->coll, &r->status);

	if (!err && view_equal(a->coll, view_of_str("system.views")))
		err = status_set(&r->status, ERR_CANNOT_CREATE_INDEX,
		    "system.views takes no indexes but the one on _id");
	if (!err)
		err = check_quorum(r, a->commit_quorum, &r->status);
	if (!err)
		err = default_collation(r, a->coll, &r->arena, &inherited, &r->status);
	if (!err)
		err = index_specs_decode(&a->indexes, a->ignore_unknown.v, inherited, &r->arena,
		    &s->specs, &r->status);
	if (err)
		return err;
	index_fill_init(&s->fill, r->inst->store, &r->op.memory);
	s->filling = true;
	s->build = index_fill_build(&s->fill, s->specs.n, s->specs.specs);
	return 0;
}

/* Time series may not have all kinds of indexes. */
static int check_kinds(
    const struct create_indexes_state *s, const struct collection *c, struct status *st)
{
	int err = 0;

	for (int i = 0; c->kind == KIND_TIMESERIES && !err && i < s->specs.n; i++)
		err = timeseries_index_check(c, &s->specs.specs[i], st);
	return err;
}

/* ERR_ABSENT: the collection has to be made. */
static int look(const struct create_indexes_state *s, struct request *r)
{
	const struct create_indexes_args *a = r->args;
	struct collection *c =
	    catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	int err = collection_uuid_check(r, c, r->common.db, a->coll, a->uuid, &r->status);

	if (!err && !c)
		return ERR_ABSENT;
	if (!err)
		err = check_kinds(s, c, &r->status);
	if (c)
		collection_unref(c);
	return err;
}

static void ddl_begin_new(struct create_indexes_state *s, struct request *r)
{
	if (s->begun)
		return;
	ddl_init(&s->ddl, r->inst->store);
	s->begun = true;
}

static void ddl_end(struct create_indexes_state *s)
{
	ddl_clear(&s->ddl);
	s->begun = false;
}

static enum step make_collection(struct create_indexes_state *s, struct request *r)
{
	const struct create_indexes_args *a = r->args;
	const struct create_spec spec = {
	    .db = r->common.db,
	    .name = a->coll,
	    .record_key =
		store_sequence_by_default(r->inst->store) ? RECORD_KEY_SEQUENCE : RECORD_KEY_ID,
	};
	enum step step;

	ddl_begin_new(s, r);
	step = ddl_create(&s->ddl, &spec, &r->op, &r->status);
	if (step == STEP_DONE) {
		s->made_collection = true;
		r->last_commit = s->ddl.commit.sequence;
	}
	if (step == STEP_ERROR && r->status.code == ERR_NAMESPACE_EXISTS) {
		/* Somebody else was faster. */
		status_clear(&r->status);
		step = STEP_DONE;
	}
	if (step == STEP_DONE)
		ddl_end(s);
	return step;
}

static void reply(const struct create_indexes_state *s, struct request *r)
{
	int after = collection_count_indexes(s->ddl.collection);
	struct builder *b = &r->builder;

	builder_i32(b, "numIndexesBefore", s->ddl.indexes_before);
	builder_i32(b, "numIndexesAfter", after);
	builder_bool(b, "createdCollectionAutomatically", s->made_collection);
	if (after == s->ddl.indexes_before)
		builder_str(b, "note", "all indexes already exist");
	else if (r->inst->face == FACE_REPLSET)
		builder_str(b, "commitQuorum", "votingMembers");
}

static enum step build(struct create_indexes_state *s, struct request *r)
{
	const struct create_indexes_args *a = r->args;
	enum step step;

	ddl_begin_new(s, r);
	step =
	    ddl_create_indexes(&s->ddl, r->common.db, a->coll, &s->build, &r->op, &r->status);
	if (step != STEP_DONE)
		return step;
	if (s->ddl.commit.sequence)
		r->last_commit = s->ddl.commit.sequence;
	reply(s, r);
	return STEP_DONE;
}

static enum step create_indexes_run(struct request *r)
{
	struct create_indexes_state *s = r->state;
	enum step step;
	int err;

	switch (s->phase) {
	case CHECK:
		if (check(s, r))
			return STEP_ERROR;
		s->phase = LOOK;
		/* fall through */
	case LOOK:
		err = look(s, r);
		if (err && err != ERR_ABSENT)
			return STEP_ERROR;
		s->phase = err ? MAKE_COLLECTION : BUILD;
		if (s->phase == BUILD)
			return build(s, r);
		/* fall through */
	case MAKE_COLLECTION:
		step = make_collection(s, r);
		if (step != STEP_DONE)
			return step;
		s->phase = BUILD;
		/* fall through */
	default:
		return build(s, r);
	}
}

static void create_indexes_clear(struct request *r)
{
	struct create_indexes_state *s = r->state;

	if (s->begun)
		ddl_end(s);
	if (s->filling)
		index_fill_clear(&s->fill);
}

const struct command cmd_create_indexes = {
    .name = "createIndexes",
    .flags = CMD_WRITE | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = create_indexes_fields,
    .args_size = sizeof(struct create_indexes_args),
    .state_size = sizeof(struct create_indexes_state),
    .help = "Adds indexes to a collection.",
    .run = create_indexes_run,
    .clear = create_indexes_clear,
};
