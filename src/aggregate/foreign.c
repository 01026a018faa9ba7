#include "aggregate/foreign.h"

#include <limits.h>

#include "aggregate/views.h"
#include "bson/builder.h"
#include "expr/collation.h"
#include "query/plan.h"
#include "storage/store.h"

extern const struct stage_type stage_match;

static int no_memory(struct status *st)
{
	return status_set(
	    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to read another collection");
}

/* ------------------------------------------------------------ the parser */

static int parse_namespace(const char *stage, struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "db") != 0 && strcmp(e.name, "coll") != 0)
			return status_set(st, ERR_UNKNOWN_FIELD,
			    "BSON field '%s.from.%s' is an unknown field.", stage, e.name);
		if (e.value.type != TYPE_STRING)
			return status_set(st, ERR_TYPE_MISMATCH,
			    "%s's from.%s must be a string, not %s", stage, e.name,
			    type_name(e.value.type));
	}
	return status_set(st, ERR_FAILED_TO_PARSE,
	    "%s with from: {db: ..., coll: ...} is not supported for this namespace", stage);
}

int foreign_parse_name(
    const char *stage, struct value from, struct view *out, struct status *st)
{
	if (from.type == TYPE_OBJECT)
		return parse_namespace(stage, value_doc(from), st);
	if (from.type != TYPE_STRING)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "%s's argument 'from' must be a string or an object, not %s", stage,
		    type_name(from.type));
	*out = value_str(from);
	return 0;
}

/* It need not be there, and need not be one that could be created. */
static int check_name(struct view db, struct view name, struct status *st)
{
	if (name.len && name.data[0] != '.' && !memchr(name.data, 0, name.len))
		return 0;
	return status_set(st, ERR_INVALID_NAMESPACE, "Invalid namespace specified '%.*s.%.*s'",
	    (int)db.len, (const char *)db.data, (int)name.len, (const char *)name.data);
}

static int check_depth(const struct stage_nesting *nesting, struct status *st)
{
	int depth = 0;

	for (; nesting; nesting = nesting->up)
		depth++;
	if (depth > SUB_PIPELINE_DEPTH_MAX)
		return status_set(st, ERR_MAX_SUB_PIPELINE_DEPTH_EXCEEDED,
		    "pipelines are nested more than %d deep", SUB_PIPELINE_DEPTH_MAX);
	/* Views on views by two ways each are many, however short the command is. */
	return op_check_current(st);
}

/* Strings compare as in the whole command, and a view says how in it. */
static int check_collation(
    const struct stage_context *cx, const struct collection *c, struct status *st)
{
	if (!c || c->kind != KIND_VIEW || collation_equal(c->collator, cx->collator))
		return 0;
	return status_set(st, ERR_OPTION_NOT_SUPPORTED_ON_VIEW,
	    "the view %s has another collation than the pipeline that reads it", c->ns);
}

static void forget(void *arg)
{
	struct foreign *f = arg;

	if (f->collection)
		collection_unref(f->collection);
}

/* What the name stands for at this moment. */
static int find(struct foreign *f, const struct stage_context *cx, struct view name,
    struct view lists[static VIEW_DEPTH_MAX], int *n, struct status *st)
{
	struct collection *c;
	int err = check_name(cx->db, name, st);

	if (err)
		return err;
	f->name = arena_dup(cx->arena, name);
	if (!f->name.data || !arena_defer(cx->arena, forget, f))
		return no_memory(st);
	c = cx->store ? catalog_find(store_catalog(cx->store), cx->db, name) : NULL;
	if (!c)
		return 0;
	err = check_collation(cx, c, st);
	if (!err)
		err = views_resolve(cx, c, lists, n, &f->collection, st);
	collection_unref(c);
	return err;
}

bool stages_make_documents(struct view stages)
{
	struct value first = stages.len ? array_at(stages, 0) : value_missing;

	return first.type == TYPE_OBJECT &&
	       !value_is_missing(doc_get(value_doc(first), "$documents"));
}

/* An array of one stage, or, with spec missing, of those of list from the i-th on. */
static struct view make_list(
    struct arena *a, const char *name, struct value spec, struct view list, int from, int to)
{
	struct doc_iter it = doc_iter(list);
	struct view made = {0};
	struct element e;
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	if (name) {
		builder_doc_begin(&b, "0");
		builder_value(&b, name, spec);
		builder_doc_end(&b);
	}
	for (int i = 0; doc_next(&it, &e); i++)
		if (i >= from && i < to)
			builder_value(&b, e.name, e.value);
	builder_finish(&b);
	if (!builder_failed(&b))
		made = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return made;
}

/* The stages behind a $match whose filter each tree says anew; $documents stays the first. */
static int put_match(struct arena *a, struct view stages, struct view *lists, int *n)
{
	int at, first = stages_make_documents(stages);

	if (first)
		lists[(*n)++] = make_list(a, NULL, value_missing, stages, 0, 1);
	at = *n;
	lists[(*n)++] = make_list(a, "$match", value_of_doc(doc_empty), doc_empty, 0, 0);
	lists[(*n)++] =
	    make_list(a, NULL, value_missing, stages.len ? stages : doc_empty, first, INT_MAX);
	return at;
}

static struct view name_of(const struct stage_context *cx, struct view name)
{
	const char *text = arena_printf(cx->arena, "%.*s.%.*s", (int)cx->db.len,
	    (const char *)cx->db.data, (int)name.len, (const char *)name.data);

	return text ? view_of_str(text) : view_of(NULL, 0);
}

int foreign_parse(struct foreign *f, const struct foreign_spec *spec,
    const struct stage_context *cx, struct status *st)
{
	struct view lists[VIEW_DEPTH_MAX + 3];
	struct stage_context inner = *cx;
	int n = 0, match_list = 0, err = check_depth(&spec->nesting, st);

	*f = (struct foreign){.match_at = -1};
	if (!err && spec->name.len)
		err = find(f, cx, spec->name, lists, &n, st);
	if (err)
		return err;
	if (spec->matched)
		match_list = put_match(cx->arena, spec->stages, lists, &n);
	else if (spec->stages.len)
		lists[n++] = spec->stages;
	inner.ns = name_of(cx, spec->name.len ? spec->name : view_of_str("$cmd.aggregate"));
	if (arena_failed(cx->arena))
		return no_memory(st);
	inner.collection = f->collection;
	inner.let = spec->let;
	inner.metas_there = 0;
	inner.nesting = &spec->nesting;
	err = pipeline_parse(&inner, lists, n, &f->pipeline, st);
	if (!err && spec->matched)
		f->match_at = f->pipeline->starts[match_list];
	return err;
}

/* -------------------------------------------------------------- the trees */

void foreign_set_match(struct foreign *f, struct view filter)
{
	f->pipeline->stages[f->match_at].spec = value_of_doc(filter);
}

/* One in front becomes a part of the query, which parses it; else it is parsed here. */
static int take_match(struct foreign *f, struct arena *a, struct status *st)
{
	struct stage_context cx = f->pipeline->context;
	struct stage *s = &f->pipeline->stages[f->match_at];
	int i = 0;

	while (i < f->match_at && f->pipeline->stages[i].type == &stage_match)
		i++;
	if (i == f->match_at && pipeline_reads_collection(f->pipeline))
		return 0;
	cx.arena = a;
	return s->type->parse(s, s->spec, &cx, st);
}

/* It is read in the version that it had when the stage was parsed: an index that has been made
 * since may be newer than the snapshot. */
static int check_there(const struct foreign *f, struct status *st)
{
	if (!f->collection || !atomic_load(&f->collection->live->dropped))
		return 0;
	return status_set(st, ERR_QUERY_PLAN_KILLED,
	    "the collection %s, which a stage reads, has been dropped", f->collection->ns);
}

static int64_t works_of(const struct exec_context *cx)
{
	return cx->keys_examined + cx->docs_examined;
}

static void note_index(struct foreign_stats *stats, const char *name)
{
	for (int i = 0; i < stats->n_indexes; i++)
		if (strcmp(stats->indexes[i], name) == 0)
			return;
	if (stats->n_indexes < (int)ARRAY_LEN(stats->indexes))
		stats->indexes[stats->n_indexes++] = name;
}

static void note_way(struct foreign_stats *stats, const struct candidate *way)
{
	for (int i = 0; i < way->n_parts; i++)
		note_way(stats, way->parts[i]);
	if (way->kind == PLAN_INDEX)
		note_index(stats, way->index->name);
	else if (way->kind == PLAN_POINT || (way->kind == PLAN_SCAN && way->bounds.ranges))
		note_index(stats, "_id_");
	else if (way->kind == PLAN_SCAN)
		stats->scans++;
}

void foreign_put_stats(const struct foreign *f, struct builder *b)
{
	builder_i64(b, "totalDocsExamined", f->stats.docs);
	builder_i64(b, "totalKeysExamined", f->stats.keys);
	builder_i64(b, "collectionScans", f->stats.scans);
	builder_array_begin(b, "indexesUsed");
	for (int i = 0; i < f->stats.n_indexes; i++)
		builder_str(b, NULL, f->stats.indexes[i]);
	builder_array_end(b);
}

int foreign_open(
    struct foreign *f, struct arena *a, struct memory_account *account, struct exec_context *cx)
{
	const struct stage_context *context = &f->pipeline->context;
	const struct query_spec spec = {
	    .collator = context->collator,
	    .let = context->let,
	    .allow_disk_use = context->allow_disk_use,
	};
	int err = check_there(f, cx->status);

	assert(!f->exec);
	f->works = works_of(cx);
	f->plan = NULL;
	if (!err && f->match_at >= 0)
		err = take_match(f, a, cx->status);
	f->pipeline->context.arena = a;
	if (!err)
		err =
		    pipeline_exec(f->pipeline, &spec, account, &f->exec, &f->plan, cx->status);
	if (!err && f->plan)
		note_way(&f->stats, f->plan->chosen);
	return err;
}

enum step foreign_next(struct foreign *f, struct exec_context *cx, struct row *out)
{
	int64_t docs = cx->docs_examined, keys = cx->keys_examined;
	enum step step;

	if (f->saved && check_there(f, cx->status))
		return STEP_ERROR;
	f->saved = false;
	step = exec_next(f->exec, cx, out);
	f->stats.docs += cx->docs_examined - docs;
	f->stats.keys += cx->keys_examined - keys;
	return step;
}

void foreign_save(struct foreign *f)
{
	if (!f->exec)
		return;
	exec_save(f->exec);
	f->saved = true;
}

void foreign_close(struct foreign *f, const struct exec_context *cx)
{
	if (!f->exec)
		return;
	if (cx)
		plan_done(f->plan, works_of(cx) - f->works);
	exec_close(f->exec);
	f->exec = NULL;
	f->saved = false;
}
