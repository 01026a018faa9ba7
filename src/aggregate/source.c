#include "aggregate/source.h"

#include "bson/builder.h"
#include "query/measurement.h"
#include "query/plan.h"
#include "query/restriction.h"

void source_clear(struct source *s)
{
	if (s->exec)
		exec_close(s->exec);
	if (s->base)
		collection_unref(s->base);
	*s = (struct source){0};
}

/* {a: 1, $natural: ...}: a view has no natural order but its own. */
static bool has_sort(const struct query_spec *spec)
{
	return spec->sort.len && !doc_is_empty(spec->sort) &&
	       value_is_missing(doc_get(spec->sort, "$natural"));
}

/* The query as stages behind a view's. */
static int query_as_stages(
    const struct query_spec *q, struct arena *a, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	if (q->filter.len && !doc_is_empty(q->filter)) {
		builder_doc_begin(&b, "0");
		builder_doc(&b, "$match", q->filter);
		builder_doc_end(&b);
	}
	if (has_sort(q)) {
		builder_doc_begin(&b, "1");
		builder_doc(&b, "$sort", q->sort);
		builder_doc_end(&b);
	}
	if (q->skip) {
		builder_doc_begin(&b, "2");
		builder_i64(&b, "$skip", q->skip);
		builder_doc_end(&b);
	}
	if (q->limit) {
		builder_doc_begin(&b, "3");
		builder_i64(&b, "$limit", q->limit);
		builder_doc_end(&b);
	}
	/* A stage too: what only find has in a projection is an error on a view. */
	if (q->projection.len && !doc_is_empty(q->projection)) {
		builder_doc_begin(&b, "4");
		builder_doc(&b, "$project", q->projection);
		builder_doc_end(&b);
	}
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0
			 : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a query");
}

static int check_on_view(
    const struct query_spec *spec, const struct collection *view, struct status *st)
{
	const char *what = NULL;

	if (spec->tailable)
		what = "a tailable cursor";
	else if (spec->return_key)
		what = "returnKey";
	else if (spec->show_record_id)
		what = "showRecordId";
	else if (spec->min.len || spec->max.len)
		what = "min and max";
	if (!what)
		return 0;
	return status_set(st, ERR_OPTION_NOT_SUPPORTED_ON_VIEW,
	    "%s is not for a view, which %s is", what, view->ns);
}

static int open_view(struct source *out, const struct stage_context *cx,
    const struct query_spec *spec, struct view stages, struct memory_account *account,
    struct status *st)
{
	struct view lists[VIEW_DEPTH_MAX + 2];
	struct stage_context below = *cx;
	/* What the planner is told beside the stages. */
	struct query_spec rest = {.hint = spec->hint,
	    .allow_disk_use = spec->allow_disk_use,
	    .on_loop = spec->on_loop,
	    .explained = spec->explained,
	    .collator = cx->collator,
	    .let = cx->let,
	    .setting = spec->setting};
	struct pipeline *p;
	struct plan *plan = NULL;
	int n = 0, err;

	err = check_on_view(spec, cx->collection, st);
	if (!err)
		err = views_resolve(cx, cx->collection, lists, &n, &out->base, st);
	if (!err)
		err = query_as_stages(spec, cx->arena, &lists[n++], st);
	if (err)
		return err;
	if (stages.len)
		lists[n++] = stages;
	below.collection = out->base;
	err = pipeline_parse(&below, lists, n, &p, st);
	if (!err)
		err = pipeline_exec(p, &rest, account, &out->exec, &plan, st);
	if (err)
		return err;
	out->plan_summary = plan ? plan_summary(plan) : NULL;
	out->plan = plan;
	out->pipeline = p;
	return 0;
}

static int open_collection(struct source *out, const struct stage_context *cx,
    const struct query_spec *spec, struct memory_account *account, struct status *st)
{
	struct query *q;
	struct plan *p;
	int err = query_parse(spec, cx->arena, &q, st);

	if (!err)
		err = query_restrict(q, cx->collection, cx->arena, st);
	if (!err)
		err = query_plan(cx->store, q, cx->collection, cx->arena, &p, st);
	if (err)
		return err;
	out->exec = plan_exec(p, cx->arena, account);
	if (!out->exec)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a query");
	out->plan_summary = plan_summary(p);
	out->plan = p;
	out->point = plan_is_point(p);
	return 0;
}

static int open_pipeline(struct source *out, const struct stage_context *cx,
    const struct query_spec *spec, struct view stages, struct memory_account *account,
    struct status *st)
{
	struct pipeline *p;
	struct plan *plan = NULL;
	int err = pipeline_parse(cx, &stages, 1, &p, st);

	if (!err)
		err = pipeline_exec(p, spec, account, &out->exec, &plan, st);
	if (err)
		return err;
	out->plan_summary = plan ? plan_summary(plan) : NULL;
	out->plan = plan;
	out->pipeline = p;
	return 0;
}

/* Is the first stage about the view itself, and not about what it shows? */
static bool is_about_view(struct view stages)
{
	struct value first = stages.len ? array_at(stages, 0) : value_missing;
	const struct stage_type *type = NULL;
	struct doc_iter it;
	struct element e;

	if (first.type != TYPE_OBJECT)
		return false;
	it = doc_iter(value_doc(first));
	if (doc_next(&it, &e))
		type = stage_find(e.name);
	return type && (type->flags & STAGE_OF_VIEWS);
}

static int check_buckets(const struct stage_context *cx, struct status *st)
{
	size_t before = cx->db.len + 1;

	if (cx->collection || cx->ns.len < before)
		return 0;
	return measurement_buckets_check(store_catalog(cx->store), cx->db,
	    view_of(cx->ns.data + before, cx->ns.len - before), st);
}

int source_open(struct source *out, const struct stage_context *cx,
    const struct query_spec *spec, struct view stages, struct memory_account *account,
    struct status *st)
{
	*out = (struct source){0};
	if (check_buckets(cx, st))
		return st->code;
	if (cx->collection && cx->collection->kind == KIND_VIEW && !is_about_view(stages))
		return open_view(out, cx, spec, stages, account, st);
	if (cx->collection)
		out->base = collection_ref(cx->collection);
	if (stages.len)
		return open_pipeline(out, cx, spec, stages, account, st);
	return open_collection(out, cx, spec, account, st);
}
