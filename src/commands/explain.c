#include "config.h"

#include "commands/explain.h"

#include "commands/common.h"
#include "commands/read_options.h"
#include "query/query_shape.h"
#include "query/restriction.h"
#include "util/clock.h"

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to explain a command");
}

int explain_statement(const struct arg_docs *docs, struct view *out, struct status *st)
{
	struct docs_iter it = docs_iter(docs);

	if (docs->count == 1 && docs_next(&it, out))
		return 0;
	return status_set(st, ERR_INVALID_LENGTH, "explained write batches must be of size 1");
}

/* --------------------------------------------------------------- the plan */

/* Without a filter the collection's own counter knows (cmd_count.c). */
static bool counts_by_counter(const struct explanation *e)
{
	const struct query_spec *q = &e->spec.query;

	return e->spec.kind == EXPLAINED_COUNT && e->collection &&
	       e->collection->kind == KIND_COLLECTION &&
	       (!q->filter.len || doc_is_empty(q->filter)) && value_is_missing(q->hint);
}

static int put_count(struct explanation *e, struct request *r)
{
	const struct query_spec *q = &e->spec.query;

	if (counts_by_counter(e))
		e->top = exec_fast_count_new(
		    atomic_load(&e->collection->live->documents), &r->arena);
	else if (!e->source.pipeline)
		e->top = exec_count_new(e->source.exec, q->skip, q->limit, &r->arena);
	return e->top ? 0 : no_memory(&r->status);
}

static int open_read(struct explanation *e, struct request *r)
{
	struct query_spec spec = e->spec.query;
	struct stage_context cx;
	struct view stages = {0};
	int err = read_options(
	    r, e->collection, e->spec.collation, e->spec.let, &r->arena, &spec, &r->status);

	if (!err && e->spec.has_setting)
		err = read_setting(r, e->command, r->ns, &r->arena, &spec, &r->status);
	if (err)
		return err;
	if (e->spec.is_pipeline)
		stages = e->spec.pipeline;
	else if (e->spec.kind == EXPLAINED_COUNT && e->collection &&
		 e->collection->kind == KIND_COLLECTION)
		spec.skip = spec.limit = 0; /* the counting node's */
	spec.explained = true;
	cx = read_context(r, &spec, e->collection, r->ns, &r->arena);
	cx.explained = true;
	err = source_open(&e->source, &cx, &spec, stages, &r->op.memory, &r->status);
	e->top = e->source.exec;
	return err || e->spec.kind != EXPLAINED_COUNT ? err : put_count(e, r);
}

/* findAndModify's fields, above what it would change. */
static int put_projection(struct explanation *e, struct request *r)
{
	const struct query_spec only = {.projection = e->spec.query.projection,
	    .collator = e->modify.query->spec.collator,
	    .let = e->modify.query->spec.let};
	struct query *q;
	struct exec *node;
	int err = query_parse(&only, &r->arena, &q, &r->status);

	if (err || !q->projection)
		return err;
	node = exec_project_new(q, e->top, &r->arena, &r->op.memory);
	if (!node)
		return no_memory(&r->status);
	e->top = node;
	return 0;
}

static int open_change(struct explanation *e, struct request *r)
{
	const struct modify_spec *spec = &e->spec.modify;
	struct status *st = &r->status;
	int err;

	if (e->collection && e->collection->kind == KIND_VIEW)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "'%s' is a view, and nothing can be changed in it", e->collection->ns);
	writer_init(&e->writer, r->inst->store, &r->op);
	modify_init(&e->modify, spec, &e->writer, &r->arena);
	err = modify_parse(&e->modify, e->collection, st);
	if (!err)
		e->modify.query->spec.explained = true;
	if (!err)
		err = query_restrict(e->modify.query, e->collection, &r->arena, st);
	if (!err)
		err = query_plan(r->inst->store, e->modify.query, e->collection, &r->arena,
		    &e->source.plan, st);
	if (err)
		return err;
	e->source.plan_summary = plan_summary(e->source.plan);
	e->source.exec = plan_exec(e->source.plan, &r->arena, &r->op.memory);
	e->top = exec_would_change_new(e->modify.update, spec->multi, spec->upsert,
	    e->spec.returns, e->source.exec, &r->arena, &r->op.memory);
	return e->top ? put_projection(e, r) : no_memory(st);
}

int explanation_begin(struct explanation *e, struct request *r)
{
	int err;

	e->begun = true;
	e->start_us = clock_mono_us();
	e->cx =
	    (struct exec_context){.op = &r->op, .store = r->inst->store, .status = &r->status};
	if (e->spec.coll.len)
		e->collection =
		    catalog_find(store_catalog(r->inst->store), r->common.db, e->spec.coll);
	err = e->spec.kind == EXPLAINED_CHANGE ? open_change(e, r) : open_read(e, r);
	if (err)
		return err;
	e->planned_us = clock_mono_us();
	note_plan(r, e->source.plan_summary);
	if (e->verbosity == EXPLAIN_PLANNER)
		e->ended = true;
	else if (!explain_watch(e->top, &r->arena))
		return no_memory(&r->status);
	return 0;
}

void explanation_clear(struct explanation *e)
{
	if (!e->begun)
		return;
	/* Closed with what explain has put on it; a counter has nothing below. */
	if (e->top) {
		exec_close(e->top);
		if (!counts_by_counter(e))
			e->source.exec = NULL;
	}
	source_clear(&e->source);
	if (e->spec.kind == EXPLAINED_CHANGE && e->writer.store) {
		modify_clear(&e->modify);
		writer_clear(&e->writer);
	}
	if (e->collection)
		collection_unref(e->collection);
}

/* -------------------------------------------------------------- the reply */

/* The names of the stages behind the query that MongoDB's planner sees. */
static struct view stages_shape(const struct pipeline *p, struct arena *a)
{
	struct view shape = {0};
	struct buf buf;

	if (!p)
		return shape;
	buf_init(&buf, a->account);
	for (int i = p->n_lead; i < p->n; i++)
		if (p->stages[i].type->flags & STAGE_SHAPES)
			buf_printf(&buf, "%s ", p->stages[i].type->name);
	shape = arena_dup(a, buf_view(&buf));
	buf_clear(&buf);
	return shape;
}

/* The collection that is read, which is a view's at the bottom. */
static struct view namespace(const struct explanation *e, const struct request *r)
{
	return e->source.base ? view_of_str(e->source.base->ns) : r->ns;
}

/* exec: the query's tree.  rows: what has come out of it. */
static int put_query(struct explanation *e, struct request *r, struct exec *exec, int64_t rows,
    struct builder *b)
{
	struct explained x = {
	    .plan = e->source.plan,
	    .exec = exec,
	    .ns = namespace(e, r),
	    .verbosity = e->verbosity,
	    .shape = stages_shape(e->source.pipeline, &r->arena),
	    .n_returned = rows,
	    .time_us = clock_mono_us() - e->start_us,
	    .planning_us = e->planned_us - e->start_us,
	    .ran = e->verbosity > EXPLAIN_PLANNER,
	};

	return explain_query(&x, &r->arena, b, &r->status);
}

static void put_stage_stats(
    const struct explanation *e, const struct exec *node, struct builder *b)
{
	if (e->verbosity == EXPLAIN_PLANNER)
		return;
	builder_i64(b, "nReturned", explain_rows(node));
	builder_i64(b, "executionTimeMillisEstimate", explain_millis(node));
}

static void put_stage_list(
    const struct explanation *e, const struct pipeline *p, struct builder *b);

/* {$facet: {name: [what gives it rows, its stages], ...}} */
static void put_nested(const struct explanation *e, const struct stage *s, struct builder *b)
{
	const struct pipeline *p;
	const char *name;

	builder_doc_begin(b, s->type->name);
	for (int i = 0; (p = s->type->nested(s, i, &name)); i++) {
		builder_array_begin(b, name);
		builder_doc_begin(b, NULL);
		builder_doc_begin(b, "$internalFacetTeeConsumer");
		builder_doc_end(b);
		put_stage_stats(e, p->query_top, b);
		builder_doc_end(b);
		put_stage_list(e, p, b);
		builder_array_end(b);
	}
	builder_doc_end(b);
}

/* Those that have not become the query.  Pipelines that are nested here are not nested
 * deeper. */
static void put_stage_list(
    const struct explanation *e, const struct pipeline *p, struct builder *b)
{
	for (int i = p->n_lead; i < p->n; i++) {
		const struct stage *s = &p->stages[i];

		builder_doc_begin(b, NULL);
		if (s->type->nested)
			put_nested(e, s, b);
		else
			builder_value(b, s->type->name, s->spec);
		if (e->verbosity != EXPLAIN_PLANNER && s->type->explain)
			s->type->explain(p->nodes[i], b);
		put_stage_stats(e, p->nodes[i], b);
		builder_doc_end(b);
	}
}

/* stages: [{$cursor: the query}, {$group: ...}, ...] */
static int put_stages(struct explanation *e, struct request *r)
{
	const struct pipeline *p = e->source.pipeline;
	struct builder *b = &r->builder;
	int err = 0;

	builder_array_begin(b, "stages");
	if (e->source.plan) {
		bool ran = e->verbosity > EXPLAIN_PLANNER;

		builder_doc_begin(b, NULL);
		builder_doc_begin(b, "$cursor");
		err = put_query(e, r, p->query_top, ran ? explain_rows(p->query_top) : 0, b);
		builder_doc_end(b);
		put_stage_stats(e, p->query_top, b);
		builder_doc_end(b);
	}
	put_stage_list(e, p, b);
	builder_array_end(b);
	return err;
}

/* Has the query all of it? */
static bool is_query_alone(const struct explanation *e)
{
	const struct pipeline *p = e->source.pipeline;

	return !p || (e->source.plan && p->n_lead == p->n && e->top == p->query_top);
}

static void put_command(const struct explanation *e, const struct request *r, struct builder *b)
{
	struct doc_iter it = doc_iter(e->command);
	struct element el;

	builder_doc_begin(b, "command");
	while (doc_next(&it, &el))
		if (!common_has_field(el.name))
			builder_value_n(b, el.name, el.name_len, el.value);
	builder_str_n(b, "$db", (const char *)r->common.db.data, r->common.db.len);
	builder_doc_end(b);
}

static void put_server(const struct request *r, struct builder *b)
{
	builder_doc_begin(b, "serverInfo");
	builder_str(b, "host", r->inst->host_name);
	builder_i32(b, "port", r->inst->port);
	builder_str(b, "version", BUILD_INFO_VERSION);
	builder_str(b, "gitVersion", GIT_COMMIT);
	builder_doc_end(b);
	builder_doc_begin(b, "serverParameters");
	builder_int(b, "internalDocumentSourceGroupMaxMemoryBytes", GROUP_MEMORY_BYTES);
	builder_int(b, "internalQueryMaxBlockingSortMemoryUsageBytes", SORT_MEMORY_BYTES);
	builder_doc_end(b);
}

static int put_reply(struct explanation *e, struct request *r)
{
	char hash[QUERY_SHAPE_DIGITS + 1];
	struct builder *b = &r->builder;
	int err;

	builder_str(b, "explainVersion", "1");
	if (is_query_alone(e))
		err = put_query(e, r, e->top, e->n_returned, b);
	else
		err = put_stages(e, r);
	if (!err)
		err = query_shape_hash(e->command, r->ns, &r->arena, hash, &r->status);
	if (err)
		return err;
	builder_str(b, "queryShapeHash", hash);
	put_command(e, r, b);
	put_server(r, b);
	return 0;
}

enum step explanation_run(struct explanation *e, struct request *r)
{
	struct row row;
	enum step step = STEP_DONE;

	if (r->op.on_loop)
		return STEP_HANDOVER;
	while (!e->ended) {
		step = exec_next(e->top, &e->cx, &row);
		e->n_returned += step == STEP_ROW;
		e->ended = step == STEP_DONE;
		if (step == STEP_PARK)
			exec_save(e->top);
		if (step != STEP_ROW && step != STEP_DONE)
			return step;
	}
	r->docs_examined = e->cx.docs_examined;
	r->keys_examined = e->cx.keys_examined;
	return put_reply(e, r) ? STEP_ERROR : STEP_DONE;
}
