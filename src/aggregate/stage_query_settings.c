/*
 * $querySettings: a document for each query shape of which setQuerySettings has said
 * something.
 */
#include "aggregate/stage.h"
#include "query/exec_documents.h"
#include "query/query_state.h"

#define ERR_QUERY_SETTINGS_NOT_OBJECT 7746800

struct query_settings_spec {
	bool show_shape;
};

static int parse_options(struct query_settings_spec *q, struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "showDebugQueryShape") != 0)
			return status_set(st, ERR_UNKNOWN_FIELD,
			    "BSON field '$querySettings.%s' is an unknown field.", e.name);
		if (e.value.type != TYPE_BOOL)
			return status_set(st, ERR_TYPE_MISMATCH,
			    "$querySettings' showDebugQueryShape must be a bool, not %s",
			    type_name(e.value.type));
		q->show_shape = value_bool(e.value);
	}
	return 0;
}

static int query_settings_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct query_settings_spec *q = arena_new(cx->arena, struct query_settings_spec);

	if (!q)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $querySettings");
	s->data = q;
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_QUERY_SETTINGS_NOT_OBJECT, "$querySettings", "an object", v.type);
	if (!stage_is_of_database(cx))
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "$querySettings goes with {aggregate: 1}, not with a collection");
	return parse_options(q, value_doc(v), st);
}

/* False when there is no memory. */
static bool put_setting(struct documents *docs, const struct query_setting *s,
    const struct query_settings_spec *q, struct arena *a)
{
	struct builder *b = documents_begin(docs);
	struct view shape = {0};
	struct status st;
	int err = 0;

	builder_str(b, "queryShapeHash", s->hash);
	builder_doc(b, "settings", s->settings);
	if (s->query.len)
		builder_doc(b, "representativeQuery", s->query);
	if (s->query.len && q->show_shape) {
		status_init(&st);
		err = query_shape(s->query, s->ns, a, &shape, &st);
		status_clear(&st);
		if (!err)
			builder_doc(b, "debugQueryShape", shape);
	}
	documents_end(docs);
	return !err;
}

static struct exec *query_settings_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct query_settings *qs = query_settings_of(s->context->store);
	struct documents *docs = documents_new(a, account);
	struct query_setting *list = NULL;
	struct status st;
	int err = 0;

	if (!docs)
		return NULL;
	status_init(&st);
	if (qs)
		err = query_settings_list(qs, a, &list, &st);
	status_clear(&st);
	for (; list && !err; list = list->next)
		if (!put_setting(docs, list, s->data, a))
			return NULL;
	return err ? NULL : documents_exec(docs);
}

const struct stage_type stage_query_settings = {
    .name = "$querySettings",
    .flags = STAGE_FIRST | STAGE_SOURCE | STAGE_OUTERMOST,
    .help = "What has been said of queries by their shape.",
    .parse = query_settings_parse,
    .make = query_settings_make,
};
