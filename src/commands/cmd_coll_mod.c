/*
 * collMod: changes the options of a collection or a view, or of an index.
 *
 * What the options become is worked out under the catalog's lock, from those
 * that are there then, and checked as create checks its own.
 *
 * An index that becomes unique is looked through for duplicates before: it refuses new ones
 * already, so those that are not found will not come.
 */
#include "commands/args.h"
#include "commands/coll_mod_index.h"
#include "commands/create_options.h"
#include "commands/timeseries_options.h"
#include "commands/view_definition.h"
#include "index/violations.h"
#include "storage/ddl.h"
#include "util/clock.h"

struct coll_mod_args {
	struct view coll, index, validator, validation_level, validation_action, view_on,
	    pipeline, pre_images, timeseries;
	struct arg_int capped_size, capped_max;
	struct arg_bool dry_run;
	struct value expire_after;
};

#define AT(member) offsetof(struct coll_mod_args, member)

static const struct field coll_mod_fields[] = {
    {"index", FIELD_DOC, 0, AT(index), "{name or keyPattern, and what is to change of it}."},
    {"validator", FIELD_DOC, 0, AT(validator), "What documents have to be like; {}: anything."},
    {"validationLevel", FIELD_STR, 0, AT(validation_level),
	"\"off\", \"strict\", \"moderate\"."},
    {"validationAction", FIELD_STR, 0, AT(validation_action),
	"\"error\", \"warn\", \"errorAndLog\"."},
    {"viewOn", FIELD_STR, 0, AT(view_on), "The collection that a view reads."},
    {"pipeline", FIELD_ARRAY, 0, AT(pipeline), "What the view makes of it."},
    {"changeStreamPreAndPostImages", FIELD_DOC, 0, AT(pre_images),
	"{enabled: true}: documents are kept as they were."},
    {"cappedSize", FIELD_INT, FIELD_TRUNCATE, AT(capped_size),
	"Of a capped collection: bytes."},
    {"cappedMax", FIELD_INT, FIELD_TRUNCATE, AT(capped_max),
	"Of a capped collection: documents."},
    {"expireAfterSeconds", FIELD_ANY, 0, AT(expire_after),
	"Of clustered collections and time series: documents are removed at this age; "
	"\"off\"."},
    {"timeseries", FIELD_DOC, 0, AT(timeseries),
	"{granularity: ...}, or both bucketMaxSpanSeconds and bucketRoundingSeconds."},
    {"dryRun", FIELD_BOOL_NUM, 0, AT(dry_run), "Says what making an index unique would do."},
    {NULL},
};

#undef AT

struct coll_mod_state {
	struct options_maker maker; /* first: make gets it */
	struct request *r;
	int phase;
	struct ddl ddl;
	struct coll_mod_index index;
	struct index_violations violations;
	uint64_t version; /* of the collection that was looked through */
	bool looked; /* violations is there */
	bool superseded; /* it has changed since */
};

enum { BEGIN, LOOK, CHANGE };

static int invalid(struct status *st, const char *words)
{
	return status_set(st, ERR_INVALID_OPTIONS, "%s", words);
}

/* --------------------------------------------- what goes with what it is */

static int check_view(const struct coll_mod_args *a, struct status *st)
{
	if (a->validator.data || a->validation_level.data || a->validation_action.data ||
	    a->index.data || a->pre_images.data || a->capped_size.given ||
	    a->capped_max.given || a->timeseries.data || !value_is_missing(a->expire_after))
		return invalid(st, "a view has viewOn and pipeline, and none of these options");
	return 0;
}

static int check_capped(
    const struct coll_mod_args *a, const struct collection *c, struct status *st)
{
	/* Of time series MongoDB does not look at them. */
	if (c->kind == KIND_TIMESERIES)
		return 0;
	if ((a->capped_size.given || a->capped_max.given) && !c->capped)
		return invalid(st, "cappedSize and cappedMax are for capped collections");
	return 0;
}

static bool is_system(const struct collection *c)
{
	return strncmp(c->name, "system.", strlen("system.")) == 0;
}

static bool is_off(struct value v)
{
	return v.type == TYPE_STRING && view_equal(value_str(v), view_of_str("off"));
}

static int check_expiry(
    const struct coll_mod_args *a, const struct collection *c, struct status *st)
{
	int64_t seconds;

	if (value_is_missing(a->expire_after))
		return 0;
	if (!collection_is_clustered(c) && c->kind != KIND_TIMESERIES)
		return invalid(st, "expireAfterSeconds is for timeseries and clustered "
				   "collections only");
	if (is_off(a->expire_after))
		return 0;
	if (a->expire_after.type == TYPE_STRING)
		return invalid(st, "expireAfterSeconds is a number or \"off\"");
	if (!number_coerce(a->expire_after, &seconds) || seconds < 0 ||
	    seconds > INT64_MAX / 1000)
		return invalid(st, "expireAfterSeconds is out of range");
	return 0;
}

static int check_target(
    const struct coll_mod_args *a, const struct collection *c, struct status *st)
{
	int err;

	if (c->kind == KIND_VIEW)
		return check_view(a, st);
	if (a->view_on.data || a->pipeline.data)
		return invalid(st, "viewOn and pipeline are for views");
	if (a->timeseries.data && c->kind != KIND_TIMESERIES)
		return invalid(st, "timeseries is for time series collections");
	if (c->kind == KIND_TIMESERIES && (a->validator.data || a->validation_level.data ||
					      a->validation_action.data || a->pre_images.data))
		return invalid(st, "time series have neither a validator nor "
				   "changeStreamPreAndPostImages");
	if (a->validator.len && !doc_is_empty(a->validator) && is_system(c))
		return invalid(st, "the server's own collections cannot have a validator");
	err = check_capped(a, c, st);
	return err ? err : check_expiry(a, c, st);
}

/* ------------------------------------------------------------ the change */

static void replace(struct view *old, struct view new)
{
	if (new.data)
		*old = new;
}

static bool changes_options(const struct coll_mod_args *a)
{
	return a->validator.data || a->validation_level.data || a->validation_action.data ||
	       a->pre_images.data || a->view_on.data || a->pipeline.data ||
	       a->capped_size.given || a->capped_max.given || a->timeseries.data ||
	       !value_is_missing(a->expire_after);
}

/* The options that there are, as create has them, with those of the command in their place. */
static int merge(const struct coll_mod_args *a, const struct collection *c,
    struct create_options *o, struct arena *arena, struct status *st)
{
	int err = fields_decode(
	    create_fields, c->options.len ? c->options : doc_empty, o, "collMod", true, st);

	if (err)
		return err;
	o->coll = view_of_str(c->name);
	if (a->view_on.len && a->view_on.data[0] == '$')
		return status_set(
		    st, ERR_INVALID_NAMESPACE, "viewOn cannot begin with a dollar sign");
	replace(&o->validator, a->validator);
	replace(&o->validation_level, a->validation_level);
	replace(&o->validation_action, a->validation_action);
	replace(&o->pre_images, a->pre_images);
	replace(&o->view_on, a->view_on);
	replace(&o->pipeline, a->pipeline);
	if (a->capped_size.given && c->capped)
		o->size = a->capped_size;
	if (a->capped_max.given && c->capped)
		o->max = a->capped_max;
	if (is_off(a->expire_after))
		o->expire_after_seconds = (struct arg_int){0};
	else if (number_coerce(a->expire_after, &o->expire_after_seconds.v))
		o->expire_after_seconds.given = true;
	if (!a->timeseries.data)
		return 0;
	return timeseries_modify(o->timeseries, a->timeseries, arena, &o->timeseries, st);
}

static int make_options(
    struct request *r, const struct collection *c, struct options_change *out)
{
	struct create_options *o = arena_new(&r->arena, struct create_options);
	struct catalog *cat = store_catalog(r->inst->store);
	struct view db = r->common.db, document;
	struct status *st = &r->status;
	int err;

	if (!o)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	err = merge(r->args, c, o, &r->arena, st);
	if (!err)
		err = create_options_check(o, db, &r->arena, st);
	/* create has another code for the same. */
	if (err == ERR_CHANGE_STREAM_NOT_FIRST)
		err = status_set(st, ERR_OPTION_NOT_SUPPORTED_ON_VIEW,
		    "$changeStream cannot be in a view's pipeline");
	if (err)
		return err;
	document = create_options_document(o, &r->arena);
	if (!document.data)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	err = create_options_spec(o, db, r->inst->store, document, &r->arena, &out->spec, st);
	if (!err && o->is_view)
		err = view_graph_check(
		    cat, db, o->coll, out->spec.view_on, out->spec.pipeline, &r->arena, st);
	if (!err && o->is_view)
		err =
		    view_collation_check(cat, db, o->coll, out->spec.view_on, o->collator, st);
	return err;
}

static int coll_mod_make(struct options_maker *m, const struct collection *c,
    struct options_change *out, struct status *st)
{
	struct coll_mod_state *s = (struct coll_mod_state *)m;
	const struct coll_mod_args *a = s->r->args;
	int err = check_target(a, c, st);

	if (!err && a->index.data)
		err = coll_mod_index_make(&s->index, c, &s->r->arena, &out->index, st);
	if (err)
		return err;
	s->superseded = s->index.makes_unique && c->version != s->version;
	if (s->superseded)
		return status_set(st, ERR_CONFLICTING_OPERATION_IN_PROGRESS,
		    "the collection has been changed");
	out->keep_options = !changes_options(a);
	return out->keep_options ? 0 : make_options(s->r, c, out);
}

/* ------------------------------------------------- an index becomes unique */

static void stop_looking(struct coll_mod_state *s)
{
	if (s->looked)
		index_violations_clear(&s->violations);
	s->looked = false;
}

/* Is there an index to be looked through?  What is wrong with the command is said now, before
 * that. */
static int begin_look(
    struct coll_mod_state *s, struct request *r, struct collection *c, struct status *st)
{
	struct index_change change = {{0}};
	struct index *ix;
	int err = check_target(r->args, c, st);

	if (!err)
		err = coll_mod_index_make(&s->index, c, &r->arena, &change, st);
	if (!err && s->index.makes_unique)
		err = coll_mod_index_find(&s->index, c, &ix, st);
	if (err || !s->index.makes_unique)
		return err;
	index_violations_init(&s->violations, r->inst->store, c, ix, &r->op.memory);
	s->looked = true;
	s->version = c->version;
	return 0;
}

static int look_at(struct coll_mod_state *s, struct request *r)
{
	const struct coll_mod_args *a = r->args;
	struct collection *c;
	int err = 0;

	if (!s->index.unique.given)
		return 0;
	c = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	if (c)
		err = begin_look(s, r, c, &r->status);
	else if (s->index.dry_run)
		err = status_set(&r->status, ERR_NAMESPACE_NOT_FOUND, "ns does not exist: %.*s",
		    (int)r->ns.len, (const char *)r->ns.data);
	if (c)
		collection_unref(c);
	return err;
}

static enum step look(struct coll_mod_state *s, struct request *r)
{
	enum step step;

	if (!s->looked)
		return STEP_DONE;
	step = index_violations_run(&s->violations, &r->op, &r->status);
	if (step != STEP_DONE)
		return step;
	if (s->violations.n) {
		status_set(&r->status, ERR_CANNOT_CONVERT_INDEX_TO_UNIQUE,
		    "the index cannot become unique: %lld of its keys are those of several "
		    "documents, which violations names",
		    (long long)s->violations.n);
		status_set_extra(&r->status, index_violations_found(&s->violations));
		step = STEP_ERROR;
	}
	stop_looking(s);
	return step;
}

/* ----------------------------------------------------------- the command */

static int begin(struct coll_mod_state *s, struct request *r)
{
	const struct coll_mod_args *a = r->args;
	int err = 0;

	if (!value_is_missing(a->expire_after) && a->expire_after.type != TYPE_STRING &&
	    !value_is_number(a->expire_after))
		return wrong_type(&r->status, "collMod", "expireAfterSeconds",
		    a->expire_after.type, "string or number");
	s->index = (struct coll_mod_index){.dry_run = a->dry_run.v};
	if (a->index.data)
		err = coll_mod_index_decode(a->index, a->dry_run.v, &s->index, &r->status);
	else if (a->dry_run.v)
		err = invalid(&r->status, "dryRun is for making an index unique only");
	if (!err)
		err = look_at(s, r);
	if (err)
		return err;
	s->maker.make = coll_mod_make;
	s->r = r;
	s->phase = LOOK;
	return 0;
}

/* ERROR with superseded: to be begun anew. */
static enum step change(struct coll_mod_state *s, struct request *r)
{
	const struct coll_mod_args *a = r->args;
	enum step step =
	    ddl_set_options(&s->ddl, r->common.db, a->coll, &s->maker, &r->op, &r->status);

	if (step != STEP_DONE)
		return step;
	r->last_commit = s->ddl.commit.sequence;
	if (a->index.data)
		coll_mod_index_reply(&s->index, &r->builder);
	return STEP_DONE;
}

static enum step coll_mod_run(struct request *r)
{
	struct coll_mod_state *s = r->state;
	enum step step;

	for (;;) {
		if (s->phase == BEGIN && begin(s, r))
			return STEP_ERROR;
		if (s->phase == LOOK) {
			step = look(s, r);
			if (step != STEP_DONE || s->index.dry_run)
				return step;
			ddl_init(&s->ddl, r->inst->store);
			s->phase = CHANGE;
		}
		step = change(s, r);
		if (step != STEP_ERROR || !s->superseded)
			return step;
		status_clear(&r->status);
		ddl_clear(&s->ddl);
		s->phase = BEGIN;
	}
}

static void coll_mod_clear(struct request *r)
{
	struct coll_mod_state *s = r->state;

	stop_looking(s);
	if (s->phase == CHANGE)
		ddl_clear(&s->ddl);
}

const struct command cmd_coll_mod = {
    .name = "collMod",
    .flags = CMD_WRITE | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = offsetof(struct coll_mod_args, coll),
    .fields = coll_mod_fields,
    .args_size = sizeof(struct coll_mod_args),
    .state_size = sizeof(struct coll_mod_state),
    .help = "Changes the options of a collection or a view.",
    .run = coll_mod_run,
    .clear = coll_mod_clear,
};
