/*
 * listCollections: the collections and views of a database, with their
 * options.
 */
#include "commands/args.h"
#include "commands/list_cursor.h"
#include "expr/match.h"

struct list_collections_args {
	struct view filter, cursor;
	struct arg_bool name_only, authorized;
};

#define AT(member) offsetof(struct list_collections_args, member)

static const struct field list_collections_fields[] = {
    {"filter", FIELD_DOC, 0, AT(filter), "Which of them: a filter on what is returned."},
    {"nameOnly", FIELD_BOOL_NUM, 0, AT(name_only), "Only names and types."},
    {"authorizedCollections", FIELD_BOOL_NUM, 0, AT(authorized),
	"Only those that the user may see."},
    {"cursor", FIELD_DOC, 0, AT(cursor), "{batchSize: n}."},
    {NULL},
};

struct list_collections_state {
	struct list_cursor list;
	struct filter *filter; /* NULL: all */
	struct arena row;
	bool initialised, failed;
	const struct list_collections_args *args;
	struct status *status;
};

static void append_collection(struct builder *b, const struct collection *c, bool name_only)
{
	bool view = c->kind == KIND_VIEW;

	builder_str(b, "name", c->name);
	builder_str(b, "type", collection_type(c));
	if (name_only)
		return;
	builder_doc(b, "options", c->options);
	builder_doc_begin(b, "info");
	builder_bool(b, "readOnly", view);
	if (c->kind == KIND_COLLECTION)
		builder_uuid(b, "uuid", c->uuid);
	builder_doc_end(b);
	if (c->kind == KIND_COLLECTION && !collection_is_clustered(c))
		builder_doc(b, "idIndex", collection_id_spec(c));
}

/* {$jsonSchema: ...}: what there is to be said of a measurement. */
static void append_measurement_schema(struct builder *b, const char *time)
{
	builder_doc_begin(b, "$jsonSchema");
	builder_str(b, "bsonType", "object");
	builder_array_begin(b, "required");
	builder_str(b, NULL, time);
	builder_array_end(b);
	builder_doc_begin(b, "properties");
	builder_doc_begin(b, time);
	builder_str(b, "bsonType", "date");
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_end(b);
}

/*
 * MongoDB shows where it keeps a time series beside it, and what may stand there.  Here that
 * is the series itself, by its time, under the name that clients look for.
 */
static void append_buckets(struct builder *b, const struct collection *c, bool name_only)
{
	struct view time = collection_time_field(c);

	builder_printf(b, "name", "system.buckets.%s", c->name);
	builder_str(b, "type", "collection");
	if (name_only)
		return;
	builder_doc_begin(b, "options");
	builder_doc_begin(b, "validator");
	append_measurement_schema(b, (const char *)time.data);
	builder_doc_end(b);
	builder_bool(b, "clusteredIndex", true);
	builder_elements(b, c->options);
	builder_doc_end(b);
	builder_doc_begin(b, "info");
	builder_bool(b, "readOnly", false);
	builder_uuid(b, "uuid", c->uuid);
	builder_doc_end(b);
}

static bool is_wanted(struct list_collections_state *s, struct view doc)
{
	struct match_state ms = {.row = &s->row, .array_index = -1, .status = s->status};
	bool wanted = !s->filter || filter_matches(s->filter, doc, &ms);

	arena_reset(&s->row);
	if (ms.error)
		s->failed = true;
	return wanted;
}

static void add_one(struct list_collections_state *s, const struct collection *c,
    void (*append)(struct builder *b, const struct collection *c, bool name_only))
{
	append(documents_begin(s->list.docs), c, s->args->name_only.v);
	if (!is_wanted(s, documents_end(s->list.docs)))
		documents_drop(s->list.docs);
}

static bool add(void *arg, struct collection *c)
{
	struct list_collections_state *s = arg;

	add_one(s, c, append_collection);
	if (c->kind == KIND_TIMESERIES && strncmp(c->name, "system.", strlen("system.")) != 0)
		add_one(s, c, append_buckets);
	return !s->failed;
}

static int make(struct list_collections_state *s, struct request *r)
{
	const struct filter_options none = {.no_text = true, .no_near = true};
	const struct list_collections_args *a = r->args;
	const char *ns;
	int err = 0;

	s->args = a;
	s->status = &r->status;
	s->initialised = true;
	arena_init(&s->row, &r->op.memory);
	ns = arena_printf(&r->arena, "%.*s.$cmd.listCollections", (int)r->common.db.len,
	    (const char *)r->common.db.data);
	if (!ns)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	r->ns = view_of_str(ns);
	if (a->filter.len && !doc_is_empty(a->filter))
		err = filter_parse(a->filter, &none, &r->arena, &s->filter, &r->status);
	if (!err)
		err = list_cursor_begin(&s->list, r, a->cursor, &r->status);
	if (err)
		return err;
	catalog_each(store_catalog(r->inst->store), r->common.db, add, s);
	return s->failed ? r->status.code : list_cursor_end(&s->list, &r->status);
}

static enum step list_collections_run(struct request *r)
{
	struct list_collections_state *s = r->state;

	if (!s->list.begun && make(s, r))
		return STEP_ERROR;
	return list_cursor_run(&s->list, r);
}

static void list_collections_clear(struct request *r)
{
	struct list_collections_state *s = r->state;

	list_cursor_clear(&s->list, r);
	if (s->initialised)
		arena_clear(&s->row);
}

const struct command cmd_list_collections = {
    .name = "listCollections",
    .flags = CMD_READ | CMD_API_1,
    .target_type = FIELD_UNUSED,
    .fields = list_collections_fields,
    .args_size = sizeof(struct list_collections_args),
    .state_size = sizeof(struct list_collections_state),
    .help = "The collections and views of a database.",
    .run = list_collections_run,
    .clear = list_collections_clear,
};
