/*
 * aggregate: a collection's documents through a pipeline of stages.
 */
#include "aggregate/pipeline.h"
#include "commands/args.h"
#include "commands/cursor_reply.h"
#include "commands/explain.h"
#include "commands/ops.h"
#include "commands/read_options.h"

struct aggregate_args {
	struct value target;
	struct view pipeline, cursor, collation, let, uuid;
	struct value hint;
	struct arg_bool explain, allow_disk_use, bypass_validation, is_mapreduce;
};

#define AT(member) offsetof(struct aggregate_args, member)

static const struct field aggregate_fields[] = {
    {"pipeline", FIELD_ARRAY, FIELD_REQUIRED, AT(pipeline), "The stages."},
    {"cursor", FIELD_DOC, 0, AT(cursor), "{batchSize: documents in the first batch}."},
    {"allowDiskUse", FIELD_BOOL, FIELD_NULL_OK, AT(allow_disk_use),
	"Stages may spill to disk (the default)."},
    {"bypassDocumentValidation", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(bypass_validation),
	"For $out and $merge."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {"let", FIELD_DOC, FIELD_NULL_OK, AT(let), "Variables for expressions."},
    {"collectionUUID", FIELD_REFUSED, 0, 0, "collectionUUID is not supported here"},
    {"explain", FIELD_BOOL, FIELD_NOT_NULL, AT(explain), "Shows the plan instead."},
    {NULL},
};

extern const struct command cmd_aggregate;

struct aggregate_state {
	struct cursor_reply reply;
	bool planned;
	struct explanation explanation; /* explain: true */
};

/* {aggregate: 1}: the database itself; else a collection's name. */
static int target_of(struct request *r, struct view *coll)
{
	const struct aggregate_args *a = r->args;
	int64_t one;

	*coll = view_of(NULL, 0);
	if (a->target.type == TYPE_STRING) {
		*coll = value_str(a->target);
		return collection_name_check(r->common.db, *coll, &r->status);
	}
	if (value_is_number(a->target) && value_to_i64(a->target, &one) && one == 1)
		return 0;
	return status_set(&r->status, ERR_FAILED_TO_PARSE,
	    "aggregate takes a collection's name, or 1 for the database");
}

static int set_ns(struct request *r, struct view coll)
{
	const char *name = coll.len ? (const char *)coll.data : "$cmd.aggregate";
	int len = coll.len ? (int)coll.len : (int)strlen(name);
	char *ns = arena_printf(
	    &r->arena, "%.*s.%.*s", (int)r->common.db.len, (const char *)r->common.db.data, len, name);

	if (!ns)
		return status_set(
		    &r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this command");
	ops_set_ns(r->inst->ops, r, view_of_str(ns));
	return 0;
}

/* NULL: there is none, or it is not known. */
static const struct stage_type *type_of(struct value stage)
{
	struct doc_iter it;
	struct element e;

	if (stage.type != TYPE_OBJECT)
		return NULL;
	it = doc_iter(value_doc(stage));
	return doc_next(&it, &e) ? stage_find(e.name) : NULL;
}

/* $out and $merge do not go with readConcern linearizable. */
static int check_last_stage(const struct request *r, struct view pipeline, struct status *st)
{
	int n = doc_count(pipeline);
	const struct stage_type *type = n ? type_of(array_at(pipeline, (size_t)n - 1)) : NULL;

	if (!type || !(type->flags & STAGE_WRITES) ||
	    r->read_concern.level != LEVEL_LINEARIZABLE)
		return 0;
	return status_set(st, ERR_INVALID_OPTIONS,
	    "%s cannot be used with a 'linearizable' read concern level", type->name);
}

static int check_first_stage(const struct request *r, struct view pipeline, struct status *st)
{
	const struct stage_type *type = type_of(array_at(pipeline, 0));

	if (type && (type->flags & STAGE_LOCAL) && r->read_concern.given &&
	    r->read_concern.level != LEVEL_LOCAL)
		return status_set(st, ERR_INVALID_OPTIONS,
		    "%s cannot run with a readConcern other than local", type->name);
	return 0;
}

static int open_source(
    struct aggregate_state *s, struct request *r, struct collection *coll, struct cursor *c)
{
	const struct aggregate_args *a = r->args;
	struct query_spec spec = {
	    .hint = value_dup(&c->arena, a->hint),
	    .allow_disk_use = !a->allow_disk_use.given || a->allow_disk_use.v,
	};
	struct stage_context cx;
	struct source source;
	int err = check_first_stage(r, a->pipeline, &r->status);

	if (!err)
		err = check_last_stage(r, a->pipeline, &r->status);
	if (!err)
		err = read_options(
		    r, coll, a->collation, a->let, &c->arena, &spec, &r->status);
	if (!err)
		err = read_setting(r, r->body, r->ns, &c->arena, &spec, &r->status);
	if (!err)
		err = read_refused(&spec, &r->status);
	if (err)
		return err;
	cx = read_context(r, &spec, coll, view_of_str(c->ns), &c->arena);
	cx.bypass_validation = a->bypass_validation.v;
	err = source_open(&source, &cx, &spec, a->pipeline, &c->memory, &r->status);
	if (err) {
		source_clear(&source);
		return err;
	}
	c->exec = source.exec;
	c->plan = source.plan;
	c->plan_summary = source.plan_summary;
	if (source.pipeline) {
		c->writes = pipeline_writes(source.pipeline);
		/* What it writes itself it must not read. */
		c->one_state = c->writes || pipeline_reads_others(source.pipeline);
	}
	note_plan(r, c->plan_summary);
	s->reply.collection = source.base;
	return 0;
}

static int plan(struct aggregate_state *s, struct request *r)
{
	const struct aggregate_args *a = r->args;
	struct cursor_reply *cr = &s->reply;
	struct collection *target = NULL;
	struct view coll;
	struct cursor *c;
	int err;

	s->planned = true;
	if (!a->cursor.data)
		return status_set(&r->status, ERR_FAILED_TO_PARSE,
		    "The 'cursor' option is required, except for aggregate with the explain argument");
	err = cursor_options_decode(a->cursor, "aggregate.cursor", &cr->batch_size, &r->status);
	if (!err)
		err = target_of(r, &coll);
	if (!err)
		err = set_ns(r, coll);
	if (err)
		return err;
	if (cr->batch_size < 0)
		cr->batch_size = FIRST_BATCH_DOCS;
	c = cursor_new(r->inst->cursors);
	if (!c)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a cursor");
	err = cursor_reply_init(cr, r, c, &r->status);
	if (err)
		return err;
	if (coll.len)
		target = catalog_find(store_catalog(r->inst->store), r->common.db, coll);
	err = open_source(s, r, target, c);
	if (target)
		collection_unref(target);
	if (err)
		return err;
	c->table_id = cr->collection ? cr->collection->table_id : 0;
	c->version = cr->collection ? cr->collection->version : 0;
	c->command = arena_dup(&c->arena, r->body);
	return 0;
}

static int aggregate_explain(struct request *r, struct explain_spec *out)
{
	const struct aggregate_args *a = r->args;
	struct view coll;
	int err = target_of(r, &coll);

	if (r->command != &cmd_aggregate && a->explain.given)
		err = status_set(&r->status, ERR_FAILED_TO_PARSE,
		    "aggregate's own explain goes not inside of explain");
	if (!err)
		err = set_ns(r, coll);
	if (!err)
		err = check_first_stage(r, a->pipeline, &r->status);
	*out = (struct explain_spec){
	    .coll = coll,
	    .has_setting = true,
	    .collation = a->collation,
	    .let = a->let,
	    .query = {.hint = a->hint,
		.allow_disk_use = !a->allow_disk_use.given || a->allow_disk_use.v},
	    .is_pipeline = true,
	    .pipeline = a->pipeline,
	};
	return err;
}

/* aggregate's own explain is of the planner only. */
static enum step run_explain(struct explanation *e, struct request *r)
{
	const struct aggregate_args *a = r->args;
	int err = 0;

	if (!e->begun) {
		if (a->cursor.data)
			err = cursor_options_decode(
			    a->cursor, "aggregate.cursor", &(int64_t){0}, &r->status);
		e->command = r->body;
		if (r->write_concern.given)
			err = status_set(&r->status, ERR_FAILED_TO_PARSE,
			    "explain goes not together with a writeConcern");
		if (!err)
			err = aggregate_explain(r, &e->spec);
		if (!err)
			err = explanation_begin(e, r);
	}
	return err ? STEP_ERROR : explanation_run(e, r);
}

static enum step aggregate_run(struct request *r)
{
	const struct aggregate_args *a = r->args;
	struct aggregate_state *s = r->state;

	if (r->op.on_loop)
		return STEP_HANDOVER;
	if (a->explain.v)
		return run_explain(&s->explanation, r);
	if (!s->planned && plan(s, r))
		return STEP_ERROR;
	return cursor_reply_run(&s->reply, r);
}

static void aggregate_clear(struct request *r)
{
	struct aggregate_state *s = r->state;

	explanation_clear(&s->explanation);
	cursor_reply_clear(&s->reply, r);
}

const struct command cmd_aggregate = {
    .name = "aggregate",
    .flags = CMD_READ | CMD_READ_CONCERN | CMD_SNAPSHOT | CMD_WRITE_CONCERN | CMD_API_1,
    .target_type = FIELD_ANY,
    .target_offset = AT(target),
    .fields = aggregate_fields,
    .args_size = sizeof(struct aggregate_args),
    .state_size = sizeof(struct aggregate_state),
    .help = "A collection's documents through a pipeline of stages.",
    .run = aggregate_run,
    .explain = aggregate_explain,
    .clear = aggregate_clear,
};
