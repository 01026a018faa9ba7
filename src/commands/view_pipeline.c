#include "commands/view_pipeline.h"

#include "commands/view_definition.h"
#include "expr/match.h"

/* The pipelines of a view, and what goes not into each. */
enum place {
	PLACE_VIEW = 1 << 0,
	PLACE_LOOKUP = 1 << 1,
	PLACE_FACET = 1 << 2,
	PLACE_UNION = 1 << 3,
};

struct stage_rule {
	const char *name;
	int view_code; /* 0: may stand in a view's own pipeline */
	unsigned int refused; /* in which places inside of it */
	bool first; /* nowhere but at the begin */
};

#define NESTED (PLACE_LOOKUP | PLACE_FACET | PLACE_UNION)

/* MongoDB's stages, sorted by name.  Those that read no collection (73) make
 * no view on one. */
static const struct stage_rule stages[] = {
    {"$addFields", 0, 0, false},
    {"$bucket", 0, 0, false},
    {"$bucketAuto", 0, 0, false},
    {"$changeStream", ERR_CHANGE_STREAM_NOT_FIRST, NESTED, false},
    {"$changeStreamSplitLargeEvent", ERR_CHANGE_STREAM_NOT_FIRST, NESTED, false},
    {"$collStats", 0, PLACE_FACET, true},
    {"$count", 0, 0, false},
    {"$currentOp", ERR_INVALID_NAMESPACE, PLACE_FACET, false},
    {"$densify", 0, 0, false},
    {"$documents", ERR_INVALID_NAMESPACE, PLACE_FACET, true},
    {"$facet", 0, PLACE_FACET, false},
    {"$fill", 0, 0, false},
    {"$geoNear", 0, PLACE_FACET, true},
    {"$graphLookup", 0, 0, false},
    {"$group", 0, 0, false},
    {"$indexStats", 0, PLACE_FACET, true},
    {"$limit", 0, 0, false},
    {"$listClusterCatalog", ERR_INVALID_NAMESPACE, NESTED, false},
    {"$listLocalSessions", ERR_INVALID_NAMESPACE, PLACE_FACET, false},
    {"$listSampledQueries", ERR_INVALID_NAMESPACE, PLACE_FACET, false},
    {"$listSearchIndexes", 0, PLACE_FACET, true},
    {"$listSessions", ERR_INVALID_NAMESPACE, PLACE_FACET, false},
    {"$lookup", 0, 0, false},
    {"$match", 0, 0, false},
    {"$merge", ERR_OPTION_NOT_SUPPORTED_ON_VIEW, NESTED, false},
    {"$out", ERR_OPTION_NOT_SUPPORTED_ON_VIEW, NESTED, false},
    {"$planCacheStats", 0, PLACE_FACET, true},
    {"$project", 0, 0, false},
    {"$querySettings", ERR_INVALID_NAMESPACE, NESTED, false},
    {"$queryStats", ERR_INVALID_NAMESPACE, NESTED, false},
    {"$rankFusion", 0, PLACE_FACET, true},
    {"$redact", 0, 0, false},
    {"$replaceRoot", 0, 0, false},
    {"$replaceWith", 0, 0, false},
    {"$sample", 0, 0, false},
    {"$score", 0, 0, false},
    {"$scoreFusion", 0, PLACE_FACET, true},
    {"$search", 0, PLACE_FACET, true},
    {"$searchMeta", 0, PLACE_FACET, true},
    {"$set", 0, 0, false},
    {"$setWindowFields", 0, 0, false},
    {"$shardedDataDistribution", ERR_INVALID_NAMESPACE, NESTED, false},
    {"$skip", 0, 0, false},
    {"$sort", 0, 0, false},
    {"$sortByCount", 0, 0, false},
    {"$unionWith", 0, 0, false},
    {"$unset", 0, 0, false},
    {"$unwind", 0, 0, false},
    {"$vectorSearch", 0, PLACE_FACET, true},
};

struct walker {
	struct status *st; /* NULL: nothing is checked, only names are told */
	struct arena *arena;
	void (*each)(void *arg, struct view name);
	void *arg;
	int depth;
};

static int walk(struct walker *w, struct view pipeline, enum place place);

static const struct stage_rule *find_stage(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		if (!strcmp(stages[i].name, name))
			return &stages[i];
	return NULL;
}

static int refusal(const struct stage_rule *s, enum place place)
{
	if (place == PLACE_VIEW)
		return s->view_code;
	if (!(s->refused & place))
		return 0;
	if (place == PLACE_FACET)
		return ERR_STAGE_NOT_IN_FACET;
	return place == PLACE_LOOKUP ? ERR_STAGE_NOT_IN_LOOKUP : ERR_STAGE_NOT_IN_UNION;
}

static int check_stage(struct walker *w, const struct element *e, int index, enum place place)
{
	const struct filter_options none = {.no_text = index > 0};
	const struct stage_rule *s = find_stage(e->name);
	struct filter *f;
	int code;

	if (!s)
		return status_set(w->st, ERR_UNKNOWN_STAGE,
		    "Unrecognized pipeline stage name: '%s'", e->name);
	code = refusal(s, place);
	if (code)
		return status_set(
		    w->st, code, "the stage %s cannot be used in this place", e->name);
	if (s->first && index > 0)
		return status_set(w->st, ERR_STAGE_NOT_FIRST,
		    "%s is only valid as the first stage in a pipeline", e->name);
	if (strcmp(e->name, "$match") != 0)
		return 0;
	if (e->value.type != TYPE_OBJECT)
		return status_set(w->st, ERR_MATCH_NOT_DOCUMENT,
		    "the match filter must be an expression in an object");
	return filter_parse(value_doc(e->value), &none, w->arena, &f, w->st);
}

static void tell(struct walker *w, struct value name)
{
	if (w->each && name.type == TYPE_STRING)
		w->each(w->arg, value_str(name));
}

/* A pipeline inside of a stage; what is none is for the stage to refuse. */
static int walk_inner(struct walker *w, struct value pipeline, enum place place)
{
	int err;

	if (pipeline.type != TYPE_ARRAY)
		return 0;
	if (w->depth >= SUB_PIPELINE_DEPTH_MAX)
		return status_set(w->st, ERR_MAX_SUB_PIPELINE_DEPTH_EXCEEDED,
		    "pipelines are nested more than %d deep", SUB_PIPELINE_DEPTH_MAX);
	w->depth++;
	err = walk(w, value_doc(pipeline), place);
	w->depth--;
	return err;
}

static int walk_facets(struct walker *w, struct view facets)
{
	struct doc_iter it = doc_iter(facets);
	struct element e;
	int err = 0;

	while (!err && doc_next(&it, &e))
		err = walk_inner(w, e.value, PLACE_FACET);
	return err;
}

static int walk_stage(struct walker *w, const struct element *e)
{
	struct view spec;

	if (!strcmp(e->name, "$unionWith"))
		tell(w, e->value);
	if (e->value.type != TYPE_OBJECT)
		return 0;
	spec = value_doc(e->value);
	if (!strcmp(e->name, "$facet"))
		return walk_facets(w, spec);
	if (!strcmp(e->name, "$graphLookup"))
		tell(w, doc_get(spec, "from"));
	if (!strcmp(e->name, "$lookup")) {
		tell(w, doc_get(spec, "from"));
		return walk_inner(w, doc_get(spec, "pipeline"), PLACE_LOOKUP);
	}
	if (!strcmp(e->name, "$unionWith")) {
		tell(w, doc_get(spec, "coll"));
		return walk_inner(w, doc_get(spec, "pipeline"), PLACE_UNION);
	}
	return 0;
}

static int walk_element(struct walker *w, struct value stage, int index, enum place place)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (stage.type != TYPE_OBJECT)
		return status_set(w->st, ERR_TYPE_MISMATCH,
		    "each element of a pipeline is a document, not of type %s",
		    type_name(stage.type));
	it = doc_iter(value_doc(stage));
	if (!doc_next(&it, &e) || doc_count(value_doc(stage)) != 1)
		return status_set(w->st, ERR_STAGE_NOT_ONE_FIELD,
		    "A pipeline stage specification object must contain exactly one field.");
	if (w->st)
		err = check_stage(w, &e, index, place);
	return err ? err : walk_stage(w, &e);
}

static int walk(struct walker *w, struct view pipeline, enum place place)
{
	struct doc_iter it = doc_iter(pipeline);
	struct element e;
	int n = 0, err = 0;

	while (!err && doc_next(&it, &e)) {
		if (n >= PIPELINE_STAGES_MAX)
			return status_set(w->st, ERR_PIPELINE_TOO_LONG,
			    "a pipeline has %d stages at most", PIPELINE_STAGES_MAX);
		err = walk_element(w, e.value, n++, place);
	}
	return err;
}

int view_pipeline_check(struct view pipeline, struct arena *a, struct status *st)
{
	struct walker w = {.st = st, .arena = a};

	return walk(&w, pipeline, PLACE_VIEW);
}

void view_pipeline_reads(
    struct view pipeline, void (*each)(void *arg, struct view name), void *arg)
{
	struct walker w = {.each = each, .arg = arg};

	/* It was checked when the view was made. */
	(void)!walk(&w, pipeline, PLACE_VIEW);
}
