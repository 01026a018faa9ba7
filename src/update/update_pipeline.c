#include "bson/validate.h"
#include "update/update_op.h"

/* The stages that aggregation has and an update has not. */
static const char *const other_stages[] = {
    "$bucket", "$bucketAuto", "$changeStream", "$changeStreamSplitLargeEvent", "$collStats",
    "$count", "$currentOp", "$densify", "$documents", "$facet", "$fill", "$geoNear",
    "$graphLookup", "$group", "$indexStats", "$limit", "$listLocalSessions",
    "$listSampledQueries", "$listSearchIndexes", "$listSessions", "$lookup", "$match",
    "$merge", "$out", "$planCacheStats", "$querySettings", "$queryStats", "$rankFusion",
    "$redact", "$sample", "$scoreFusion", "$search", "$searchMeta", "$setWindowFields",
    "$shardedDataDistribution", "$skip", "$sort", "$sortByCount", "$unionWith", "$unwind",
    "$vectorSearch"};

static int refuse_stage(const char *name, struct status *st)
{
	for (size_t i = 0; i < ARRAY_LEN(other_stages); i++)
		if (strcmp(other_stages[i], name) == 0)
			return status_set(st, ERR_INVALID_OPTIONS,
			    "%s is not allowed to be used within an update", name);
	return status_set(st, 40324, "Unrecognized pipeline stage name: '%s'", name);
}

static int parse_stage(struct update_parser *p, struct value v, struct transform **out)
{
	struct expression_options o = {
	    .collator = p->o->collator, .let = p->u->variables};
	struct doc_iter it;
	struct element e, more;

	if (v.type != TYPE_OBJECT)
		return status_set(p->st, ERR_TYPE_MISMATCH,
		    "each element of a pipeline is a document, not %s", type_name(v.type));
	it = doc_iter(value_doc(v));
	if (!doc_next(&it, &e) || doc_next(&it, &more))
		return status_set(p->st, 40323,
		    "A pipeline stage specification object must contain exactly one field.");
	if (!transform_exists(e.name))
		return refuse_stage(e.name, p->st);
	return transform_parse(e.name, e.value, &o, p->a, out, p->st);
}

int update_parse_pipeline(struct update_parser *p, struct view stages)
{
	struct doc_iter it = doc_iter(stages);
	struct element e;
	int r;

	if (p->o->array_filters.len && !doc_is_empty(p->o->array_filters))
		return status_set(p->st, ERR_FAILED_TO_PARSE,
		    "array filters cannot stand beside an update by a pipeline");
	p->u->kind = UPDATE_PIPELINE;
	r = variables_with(p->o->let, p->o->constants, p->a, &p->u->variables, p->st);
	if (r)
		return r;
	p->u->stages =
	    arena_new_array(p->a, (size_t)doc_count(stages) + 1, struct transform *);
	if (!p->u->stages)
		return update_no_memory(p->st);
	while (r == 0 && doc_next(&it, &e))
		r = parse_stage(p, e.value, &p->u->stages[p->u->n_stages++]);
	return r;
}

/* Values are put in as they are, so that the depth shows at the end. */
static int check_result(struct builder *b, struct view *out, struct status *st)
{
	builder_finish(b);
	if (!b->failed && builder_failed(b))
		return update_no_memory(st);
	if (b->failed || bson_check(builder_view(b), NULL) == ERR_OVERFLOW)
		return status_set(st, ERR_OVERFLOW, "the update makes the document too deep");
	*out = builder_view(b);
	return 0;
}

/* Only the last stage's document has to be one that can be stored. */
static int take_result(struct view doc, struct arena *a, struct view *out, struct status *st)
{
	if (doc.len > BSON_INTERNAL_SIZE_MAX)
		return status_set(st, ERR_BSON_OBJECT_TOO_LARGE,
		    "the update makes a document of %zu bytes, and %d is the most", doc.len,
		    BSON_INTERNAL_SIZE_MAX);
	*out = arena_dup(a, doc);
	return out->data ? 0 : update_no_memory(st);
}

int update_run_pipeline(const struct update *u, struct view doc, struct arena *a,
    struct view *out, struct status *st)
{
	struct buf bufs[2]; /* a stage's document and the next one's, in turns */
	int r = 0;

	*out = doc;
	if (!u->n_stages)
		return 0;
	buf_init(&bufs[0], a->account);
	buf_init(&bufs[1], a->account);
	for (int i = 0; r == 0 && i < u->n_stages; i++) {
		struct buf *buf = &bufs[i % 2];
		struct builder b;

		buf_reset(buf);
		builder_init(&b, buf);
		r = transform_apply(u->stages[i], doc, u->variables, a, &b, st);
		if (r == 0)
			r = check_result(&b, &doc, st);
	}
	if (r == 0)
		r = take_result(doc, a, out, st);
	buf_clear(&bufs[0]);
	buf_clear(&bufs[1]);
	return r;
}

int update_apply_pipeline(const struct update *u, struct view old, struct arena *a,
    struct update_result *out, struct status *st)
{
	struct view doc;
	int r = update_run_pipeline(u, old, a, &doc, st);

	if (r == 0)
		r = update_replace(old, doc, a, out, st);
	if (r == 0 && out->changed && !delta_of_documents(old, out->doc, a, &out->delta))
		r = update_no_memory(st);
	return r;
}
