/*
 * dropIndexes: removes indexes by name, by key, or all but the one on _id.
 */
#include "bson/compare.h"
#include "commands/args.h"
#include "commands/namespace.h"
#include "query/measurement.h"
#include "storage/ddl.h"

struct drop_indexes_args {
	struct view coll, uuid;
	struct value index;
};

#define AT(member) offsetof(struct drop_indexes_args, member)

static const struct field drop_indexes_fields[] = {
    {"index", FIELD_ANY, FIELD_REQUIRED, AT(index),
	"A name, an array of names, a key, or \"*\" for all."},
    {"collectionUUID", FIELD_UUID, 0, AT(uuid), "Only if it has this UUID."},
    {NULL},
};

struct drop_indexes_state {
	struct ddl ddl;
	bool begun, all;
	int n;
	struct view *names;
};

static bool is_star(struct value v)
{
	return v.type == TYPE_STRING && view_equal(value_str(v), view_of_str("*"));
}

static int add_name(struct drop_indexes_state *s, struct request *r, struct view name)
{
	s->names[s->n] = arena_dup(&r->arena, name);
	if (!s->names[s->n].data)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	s->n++;
	return 0;
}

static int add_all(struct drop_indexes_state *s, struct request *r, const struct collection *c)
{
	int err = 0;

	s->all = true;
	for (int i = 0; !err && i < c->n_written; i++)
		if (!c->indexes[i]->is_id)
			err = add_name(s, r, view_of_str(c->indexes[i]->name));
	return err;
}

static int add_key(struct drop_indexes_state *s, struct request *r, const struct collection *c,
    struct view key)
{
	int err = 0;

	if (c->kind != KIND_TIMESERIES &&
	    doc_compare(key, value_doc(doc_get(id_index_spec, "key")), NULL) == 0)
		return add_name(s, r, view_of_str("_id_"));
	for (int i = 0; !err && i < c->n_written; i++) {
		if (doc_compare(c->indexes[i]->key_pattern, key, NULL) != 0)
			continue;
		if (s->n)
			return status_set(&r->status, ERR_AMBIGUOUS_INDEX_KEY_PATTERN,
			    "there is more than one index with this key: drop it by its name");
		err = add_name(s, r, view_of_str(c->indexes[i]->name));
	}
	if (!err && !s->n)
		return status_set(
		    &r->status, ERR_INDEX_NOT_FOUND, "there is no index with this key");
	return err;
}

static int add_names(struct drop_indexes_state *s, struct request *r, struct view array)
{
	struct doc_iter it = doc_iter(array);
	struct element e;
	int err = 0;

	while (!err && doc_next(&it, &e)) {
		if (e.value.type != TYPE_STRING)
			return wrong_type(
			    &r->status, "dropIndexes.index", e.name, e.value.type, "string");
		err = add_name(s, r, value_str(e.value));
	}
	return err;
}

static int choose(struct drop_indexes_state *s, struct request *r, const struct collection *c)
{
	const struct drop_indexes_args *a = r->args;
	struct value v = a->index;
	int n = v.type == TYPE_ARRAY ? doc_count(value_doc(v)) : 0;

	s->names = arena_new_array(&r->arena, (size_t)MAX_OF(n, INDEXES_MAX) + 1, struct view);
	if (!s->names)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	if (is_star(v) || (n == 1 && is_star(array_at(value_doc(v), 0))))
		return add_all(s, r, c);
	if (v.type == TYPE_STRING)
		return add_name(s, r, value_str(v));
	if (v.type == TYPE_OBJECT)
		return add_key(s, r, c, value_doc(v));
	return add_names(s, r, value_doc(v));
}

/* The index that orders the collection itself goes with it alone. */
static int check_clustered(
    const struct drop_indexes_state *s, const struct collection *c, struct status *st)
{
	struct value clustered = doc_get(c->options, "clusteredIndex");
	struct view name;

	if (value_is_missing(clustered))
		return 0;
	name = value_str(doc_get(value_doc(clustered), "name"));
	for (int i = 0; i < s->n; i++)
		if (view_equal(s->names[i], name) ||
		    view_equal(s->names[i], view_of_str("_id_")))
			return status_set(st, ERR_CLUSTERED_INDEX_DROP,
			    "the index that a collection is clustered by cannot be dropped");
	return 0;
}

static int begin(struct drop_indexes_state *s, struct request *r)
{
	struct catalog *cat = store_catalog(r->inst->store);
	struct drop_indexes_args *a = r->args;
	struct collection *c;
	int err;

	if (a->index.type != TYPE_STRING && a->index.type != TYPE_OBJECT &&
	    a->index.type != TYPE_ARRAY)
		return wrong_type(&r->status, "dropIndexes", "index", a->index.type,
		    "string, object or array");
	/* Buckets have the indexes of their time series. */
	a->coll = measurement_series_name(cat, r->common.db, a->coll);
	c = catalog_find(cat, r->common.db, a->coll);
	err = collection_uuid_check(r, c, r->common.db, a->coll, a->uuid, &r->status);
	if (!err && !c)
		return status_set(&r->status, ERR_NAMESPACE_NOT_FOUND, "ns not found: %.*s",
		    (int)r->ns.len, (const char *)r->ns.data);
	if (!err)
		err = choose(s, r, c);
	if (!err)
		err = check_clustered(s, c, &r->status);
	if (c)
		collection_unref(c);
	if (err)
		return err;
	ddl_init(&s->ddl, r->inst->store);
	s->begun = true;
	return 0;
}

static enum step drop_indexes_run(struct request *r)
{
	const struct drop_indexes_args *a = r->args;
	struct drop_indexes_state *s = r->state;
	enum step step;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	step = ddl_drop_indexes(
	    &s->ddl, r->common.db, a->coll, s->n, s->names, &r->op, &r->status);
	if (step != STEP_DONE)
		return step;
	r->last_commit = s->ddl.commit.sequence;
	builder_i32(&r->builder, "nIndexesWas", s->ddl.indexes_before);
	if (s->all)
		builder_str(&r->builder, "msg", "non-_id indexes dropped for collection");
	return STEP_DONE;
}

static void drop_indexes_clear(struct request *r)
{
	struct drop_indexes_state *s = r->state;

	if (s->begun)
		ddl_clear(&s->ddl);
}

const struct command cmd_drop_indexes = {
    .name = "dropIndexes",
    .alias = "deleteIndexes",
    .flags = CMD_WRITE | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = drop_indexes_fields,
    .args_size = sizeof(struct drop_indexes_args),
    .state_size = sizeof(struct drop_indexes_state),
    .help = "Removes indexes of a collection.",
    .run = drop_indexes_run,
    .clear = drop_indexes_clear,
};
