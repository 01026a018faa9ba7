/*
 * listIndexes: the indexes of a collection, the one on _id first.
 */
#include "commands/args.h"
#include "commands/list_cursor.h"
#include "query/measurement.h"

struct list_indexes_args {
	struct view coll, cursor;
	struct arg_bool build_uuids, build_info;
};

#define AT(member) offsetof(struct list_indexes_args, member)

static const struct field list_indexes_fields[] = {
    {"cursor", FIELD_DOC, 0, AT(cursor), "{batchSize: n}."},
    {"includeBuildUUIDs", FIELD_BOOL_NUM, 0, AT(build_uuids),
	"Those being built as {spec: ..., buildUUID: ...}."},
    {"includeIndexBuildInfo", FIELD_BOOL_NUM, 0, AT(build_info),
	"Specifications as {spec: ...}, with what is known of their build."},
    {NULL},
};

struct list_indexes_state {
	struct list_cursor list;
};

static void add(
    struct list_indexes_state *s, const struct list_indexes_args *a, struct view spec)
{
	struct builder *b = documents_begin(s->list.docs);

	if (a->build_info.v)
		builder_doc(b, "spec", spec);
	else
		builder_elements(b, spec);
	(void)documents_end(s->list.docs);
}

/* One that is being built. */
static void add_building(
    struct list_indexes_state *s, const struct list_indexes_args *a, const struct index *ix)
{
	struct builder *b;

	if (!a->build_uuids.v && !a->build_info.v) {
		add(s, a, ix->spec);
		return;
	}
	b = documents_begin(s->list.docs);
	builder_doc(b, "spec", ix->spec);
	if (a->build_info.v)
		builder_doc_begin(b, "indexBuildInfo");
	builder_uuid(b, "buildUUID", ix->building->uuid);
	if (a->build_info.v)
		builder_doc_end(b);
	(void)documents_end(s->list.docs);
}

/* The index that a collection is clustered by, with the name it was given. */
static void add_clustered(
    struct list_indexes_state *s, const struct list_indexes_args *a, struct view index)
{
	struct builder *b = documents_begin(s->list.docs);

	if (a->build_info.v)
		builder_doc_begin(b, "spec");
	builder_elements(b, index);
	builder_bool(b, "clustered", true);
	if (a->build_info.v)
		builder_doc_end(b);
	(void)documents_end(s->list.docs);
}

static void add_all(
    struct list_indexes_state *s, const struct list_indexes_args *a, const struct collection *c)
{
	struct value clustered = doc_get(c->options, "clusteredIndex");

	if (!value_is_missing(clustered))
		add_clustered(s, a, value_doc(clustered));
	else if (c->record_key == RECORD_KEY_ID)
		add(s, a, id_index_spec);
	for (int i = 0; i < c->n_indexes; i++)
		if (!c->indexes[i]->is_id || value_is_missing(clustered))
			add(s, a, c->indexes[i]->spec);
	for (int i = c->n_indexes; i < c->n_written; i++)
		add_building(s, a, c->indexes[i]);
}

static int list(struct list_indexes_state *s, struct request *r, const struct collection *c)
{
	const struct list_indexes_args *a = r->args;
	int err;

	if (!c)
		return status_set(&r->status, ERR_NAMESPACE_NOT_FOUND,
		    "ns does not exist: %.*s", (int)r->ns.len, (const char *)r->ns.data);
	if (c->kind == KIND_VIEW)
		return status_set(&r->status, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "'%s' is a view: it has no indexes", c->ns);
	if (a->build_uuids.v && a->build_info.v)
		return status_set(&r->status, ERR_INVALID_OPTIONS,
		    "includeBuildUUIDs goes not with includeIndexBuildInfo");
	err = list_cursor_begin(&s->list, r, a->cursor, &r->status);
	if (err)
		return err;
	add_all(s, a, c);
	return list_cursor_end(&s->list, &r->status);
}

/* Buckets have the indexes of their time series. */
static enum step list_indexes_run(struct request *r)
{
	const struct list_indexes_args *a = r->args;
	struct list_indexes_state *s = r->state;

	if (!s->list.begun) {
		struct catalog *cat = store_catalog(r->inst->store);
		struct collection *c = catalog_find(
		    cat, r->common.db, measurement_series_name(cat, r->common.db, a->coll));
		int err = list(s, r, c);

		if (c)
			collection_unref(c);
		if (err)
			return STEP_ERROR;
	}
	return list_cursor_run(&s->list, r);
}

static void list_indexes_clear(struct request *r)
{
	struct list_indexes_state *s = r->state;

	list_cursor_clear(&s->list, r);
}

const struct command cmd_list_indexes = {
    .name = "listIndexes",
    .flags = CMD_READ | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = list_indexes_fields,
    .args_size = sizeof(struct list_indexes_args),
    .state_size = sizeof(struct list_indexes_state),
    .help = "The indexes of a collection.",
    .run = list_indexes_run,
    .clear = list_indexes_clear,
};
