/*
 * find: the documents of a collection that match a filter.
 */
#include "commands/args.h"
#include "commands/cursor_reply.h"
#include "commands/explain.h"
#include "commands/find.h"
#include "commands/read_options.h"

#define AT(member) offsetof(struct find_args, member)

static const struct field find_fields[] = {
    {"filter", FIELD_DOC, FIELD_NULL_OK, AT(filter), "Which documents."},
    {"sort", FIELD_DOC, FIELD_NULL_OK, AT(sort), "In which order."},
    {"projection", FIELD_DOC, FIELD_NULL_OK, AT(projection), "Which of their fields."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {"skip", FIELD_INT, FIELD_NOT_NEGATIVE | FIELD_NULL_OK, AT(skip), "Leaves out so many first."},
    {"limit", FIELD_INT, FIELD_NOT_NEGATIVE | FIELD_NULL_OK, AT(limit), "Ends after so many."},
    {"batchSize", FIELD_INT, FIELD_NOT_NEGATIVE | FIELD_NULL_OK, AT(batch_size),
	"Documents in the first batch (101)."},
    {"singleBatch", FIELD_BOOL, FIELD_NULL_OK, AT(single_batch),
	"Leaves no cursor open after the first batch."},
    {"min", FIELD_DOC, FIELD_NULL_OK, AT(min), "The lowest index key."},
    {"max", FIELD_DOC, FIELD_NULL_OK, AT(max), "Ends below this index key."},
    {"returnKey", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(return_key), "Only the index key."},
    {"showRecordId", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(show_record_id), "Adds $recordId."},
    {"tailable", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(tailable),
	"Stays open at the end of a capped collection."},
    {"awaitData", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(await_data),
	"A getMore at the end waits for more."},
    {"noCursorTimeout", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(no_cursor_timeout),
	"The cursor is not closed for being idle."},
    {"allowPartialResults", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(allow_partial_results),
	"For sharded collections; there are no shards to miss here."},
    {"allowDiskUse", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(allow_disk_use),
	"A sort may spill to disk."},
    {"oplogReplay", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(oplog_replay),
	"Obsolete, without effect in MongoDB too."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"let", FIELD_DOC, FIELD_NULL_OK, AT(let), "Variables for $expr."},
    {NULL},
};

struct find_state {
	struct cursor_reply reply;
	bool planned;
};

static int check_tailable(
    const struct find_args *a, const struct collection *c, struct status *st)
{
	bool natural_forward = true;

	if (a->await_data.v && !a->tailable.v)
		return status_set(st, ERR_FAILED_TO_PARSE, "awaitData needs tailable");
	if (!a->tailable.v)
		return 0;
	if (a->single_batch.v)
		return status_set(st, ERR_BAD_VALUE, "tailable goes not with singleBatch");
	if (c && c->kind != KIND_COLLECTION)
		return status_set(st, ERR_INVALID_PIPELINE_OPERATOR,
		    "a tailable cursor is not for a %s, which %s is", collection_type(c),
		    c->ns);
	if (a->sort.len && !doc_is_empty(a->sort)) {
		struct value natural = doc_get(a->sort, "$natural");
		int64_t direction = 0;

		if (!value_to_i64(natural, &direction))
			return status_set(st, ERR_BAD_VALUE, "a tailable cursor cannot be sorted");
		natural_forward = direction > 0;
	}
	if (!natural_forward)
		return status_set(
		    st, ERR_BAD_VALUE, "a tailable cursor cannot go backwards");
	if (c && !c->capped)
		return status_set(st, ERR_BAD_VALUE,
		    "tailable cursor requested on non capped collection %s", c->ns);
	return 0;
}

static int spec_of_args(const struct find_args *a, struct request *r, struct cursor *c,
    const struct collection *coll, struct query_spec *spec, struct status *st)
{
	int err;

	/* The plan lives as long as the cursor, the message does not. */
	*spec = (struct query_spec){
	    .filter = arena_dup(&c->arena, a->filter),
	    .sort = arena_dup(&c->arena, a->sort),
	    .projection = arena_dup(&c->arena, a->projection),
	    .hint = value_dup(&c->arena, a->hint),
	    .min = arena_dup(&c->arena, a->min),
	    .max = arena_dup(&c->arena, a->max),
	    .return_key = a->return_key.v,
	    .show_record_id = a->show_record_id.v,
	    .skip = a->skip.v,
	    .limit = a->limit.v,
	    .tailable = a->tailable.v,
	    .allow_disk_use = !a->allow_disk_use.given || a->allow_disk_use.v,
	    .on_loop = r->op.on_loop,
	};
	if (arena_failed(&c->arena))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a cursor");
	err = read_options(r, coll, a->collation, a->let, &c->arena, spec, st);
	if (!err)
		err = read_setting(r, r->body, r->ns, &c->arena, spec, st);
	return err ? err : read_refused(spec, st);
}

/* The tree, and what it reads at last, become the cursor's. */
static int open_source(struct find_state *s, struct request *r, struct collection *coll,
    struct cursor *c, bool *point)
{
	const struct find_args *a = r->args;
	struct query_spec spec;
	struct stage_context cx;
	struct source source;
	int err = spec_of_args(a, r, c, coll, &spec, &r->status);

	if (err)
		return err;
	cx = read_context(r, &spec, coll, view_of_str(c->ns), &c->arena);
	err = source_open(&source, &cx, &spec, (struct view){0}, &c->memory, &r->status);
	if (err) {
		source_clear(&source);
		return err;
	}
	c->exec = source.exec;
	c->plan = source.plan;
	c->plan_summary = source.plan_summary;
	note_plan(r, c->plan_summary);
	s->reply.collection = source.base;
	*point = source.point;
	return 0;
}

static int plan(struct find_state *s, struct request *r)
{
	const struct find_args *a = r->args;
	struct cursor_reply *cr = &s->reply;
	struct collection *coll;
	struct cursor *c;
	bool point = false;
	int err;

	c = cursor_new(r->inst->cursors);
	if (!c)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a cursor");
	err = cursor_reply_init(cr, r, c, &r->status);
	if (err)
		return err;
	coll = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	err = check_tailable(a, coll, &r->status);
	if (!err)
		err = open_source(s, r, coll, c, &point);
	if (coll)
		collection_unref(coll);
	if (err)
		return err;
	c->table_id = cr->collection ? cr->collection->table_id : 0;
	c->version = cr->collection ? cr->collection->version : 0;
	c->tailable = a->tailable.v;
	c->await_data = a->await_data.v;
	c->no_timeout = a->no_cursor_timeout.v;
	c->command = arena_dup(&c->arena, r->body);
	cr->batch_size = a->batch_size.given ? a->batch_size.v : FIRST_BATCH_DOCS;
	cr->single = a->single_batch.v;
	s->planned = true;
	return r->op.on_loop && !point ? ERR_WOULD_BLOCK : 0;
}

static enum step find_run(struct request *r)
{
	struct find_state *s = r->state;
	enum step step;

	if (!s->planned) {
		int err;

		if (find_point(r, &step))
			return step;
		err = plan(s, r);
		if (err != ERR_WOULD_BLOCK || s->planned)
			stat_add(&r->inst->stats->op_query, 1);
		if (err == ERR_WOULD_BLOCK && !s->planned)
			cursor_reply_clear(&s->reply, r); /* it begins anew there */
		if (err)
			return err == ERR_WOULD_BLOCK ? STEP_HANDOVER : STEP_ERROR;
	}
	return cursor_reply_run(&s->reply, r);
}

static int find_explain(struct request *r, struct explain_spec *out)
{
	const struct find_args *a = r->args;

	*out = (struct explain_spec){
	    .coll = a->coll,
	    .has_setting = true,
	    .collation = a->collation,
	    .let = a->let,
	    .query = {.filter = a->filter,
		.sort = a->sort,
		.projection = a->projection,
		.hint = a->hint,
		.min = a->min,
		.max = a->max,
		.return_key = a->return_key.v,
		.show_record_id = a->show_record_id.v,
		.skip = a->skip.v,
		.limit = a->limit.v,
		.tailable = a->tailable.v,
		.allow_disk_use = !a->allow_disk_use.given || a->allow_disk_use.v},
	};
	return check_tailable(a, NULL, &r->status);
}

static void find_clear(struct request *r)
{
	struct find_state *s = r->state;

	cursor_reply_clear(&s->reply, r);
}

const struct command cmd_find = {
    .name = "find",
    .flags = CMD_READ | CMD_LOOP | CMD_READ_CONCERN | CMD_SNAPSHOT | CMD_COUNT_SELF | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = find_fields,
    .args_size = sizeof(struct find_args),
    .state_size = sizeof(struct find_state),
    .help = "The documents of a collection that match a filter.",
    .run = find_run,
    .explain = find_explain,
    .clear = find_clear,
};
