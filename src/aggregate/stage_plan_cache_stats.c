/*
 * $planCacheStats: a document for each plan of the collection that is cached.
 */
#include "aggregate/stage.h"
#include "query/exec_documents.h"
#include "query/query_state.h"
#include "storage/catalog.h"

#define ERR_ALL_HOSTS_NOT_BOOL             13111
#define ERR_ALL_HOSTS_NOT_SHARDED          4503200
#define ERR_PLAN_CACHE_STATS_NO_COLLECTION 50933

static int parse_options(struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "allHosts") != 0)
			return status_set(st, ERR_FAILED_TO_PARSE,
			    "$planCacheStats knows no parameter '%s'", e.name);
		if (e.value.type != TYPE_BOOL)
			return status_set(st, ERR_ALL_HOSTS_NOT_BOOL,
			    "$planCacheStats' allHosts must be a bool, not %s",
			    type_name(e.value.type));
		if (value_bool(e.value))
			return status_set(st, ERR_ALL_HOSTS_NOT_SHARDED,
			    "$planCacheStats' allHosts is for sharded clusters");
	}
	return 0;
}

static int plan_cache_stats_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	int err;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_FAILED_TO_PARSE, "$planCacheStats", "an object", v.type);
	err = parse_options(value_doc(v), st);
	if (!err && stage_is_of_database(cx))
		err =
		    status_set(st, ERR_INVALID_NAMESPACE, "$planCacheStats wants a collection");
	if (!err && !cx->collection)
		err = status_set(st, ERR_PLAN_CACHE_STATS_NO_COLLECTION,
		    "$planCacheStats: there is no collection %.*s", (int)cx->ns.len,
		    (const char *)cx->ns.data);
	return err;
}

static struct view or_empty(struct view doc)
{
	return doc.len ? doc : doc_empty;
}

static void put_query(struct builder *b, const struct plan_cache_plan *p)
{
	builder_doc_begin(b, "createdFromQuery");
	builder_doc(b, "query", or_empty(p->query));
	builder_doc(b, "sort", or_empty(p->sort));
	builder_doc(b, "projection", or_empty(p->projection));
	if (p->collation.len)
		builder_doc(b, "collation", p->collation);
	builder_doc_end(b);
}

/* What is kept only while there is room for it. */
static void put_details(struct builder *b, const struct plan_cache_plan *p)
{
	if (p->query.len)
		put_query(b, p);
	if (p->cached_plan.len)
		builder_doc(b, "cachedPlan", p->cached_plan);
	if (p->exec_stats.len)
		builder_array(b, "creationExecStats", p->exec_stats);
	if (p->scores.len)
		builder_array(b, "candidatePlanScores", p->scores);
}

static void put_entry(
    struct builder *b, const struct plan_cache_entry *e, const struct stage_context *cx)
{
	builder_str(b, "version", "1");
	builder_str(b, "queryHash", e->plan.shape_hash);
	builder_str(b, "planCacheShapeHash", e->plan.shape_hash);
	builder_str(b, "planCacheKey", e->plan.key_hash);
	builder_bool(b, "isActive", e->active);
	builder_i64(b, "works", e->works);
	builder_str(b, "worksType", "works");
	builder_date(b, "timeOfCreation", e->created_ms);
	put_details(b, &e->plan);
	builder_bool(b, "indexFilterSet", e->plan.index_filter);
	builder_i64(b, "estimatedSizeBytes", e->bytes);
	builder_printf(b, "host", "%s:%d", cx->host, cx->port);
}

static struct exec *plan_cache_stats_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	const struct stage_context *cx = s->context;
	struct plan_cache *pc = query_plan_cache(cx->store);
	struct documents *docs = documents_new(a, account);
	struct plan_cache_entry *e = NULL;

	if (!docs)
		return NULL;
	if (pc &&
	    !plan_cache_list(pc, cx->collection->table_id, cx->collection->version, a, &e))
		return NULL;
	for (; e; e = e->next) {
		put_entry(documents_begin(docs), e, cx);
		documents_end(docs);
	}
	return documents_exec(docs);
}

const struct stage_type stage_plan_cache_stats = {
    .name = "$planCacheStats",
    .flags = STAGE_FIRST | STAGE_SOURCE | STAGE_LOCAL,
    .help = "The plans of the collection that are cached.",
    .parse = plan_cache_stats_parse,
    .make = plan_cache_stats_make,
};
