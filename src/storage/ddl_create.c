#include "storage/ddl_internal.h"

#include "storage/engine.h"
#include "util/hash.h"

/* system.buckets.x are made for time series only. */
static int buckets_check(const struct create_spec *spec, struct status *st)
{
	static const char prefix[] = "system.buckets.";

	if (spec->name.len < strlen(prefix) ||
	    memcmp(spec->name.data, prefix, strlen(prefix)) != 0)
		return 0;
	if (spec->options.len && !value_is_missing(doc_get(spec->options, "timeseries")))
		return 0;
	return status_set(st, ERR_ILLEGAL_OPERATION,
	    "'%.*s' can only be made with the timeseries option", (int)spec->name.len,
	    (const char *)spec->name.data);
}

static int create_check(struct ddl *d, const struct create_spec *spec, struct status *st)
{
	int r = creation_name_check(spec->db, spec->name, st);
	struct collection *there;

	if (!r)
		r = buckets_check(spec, st);
	if (r)
		return r;
	there = catalog_find(ddl_catalog(d), spec->db, spec->name);
	if (!there)
		return 0;
	r = status_set(st, ERR_NAMESPACE_EXISTS, "there is already a %s '%s'",
	    collection_type(there), there->ns);
	collection_unref(there);
	return r;
}

/* What create and collMod say of a collection. */
static void set_options(struct collection *c, const struct create_spec *spec)
{
	struct arena *a = &c->arena;

	c->options = arena_dup(a, spec->options.len ? spec->options : doc_empty);
	c->capped = spec->capped;
	c->temp = spec->temp;
	c->pre_images = spec->pre_images;
	c->capped_bytes = spec->capped_bytes;
	c->capped_documents = spec->capped_documents;
	if (c->kind == KIND_VIEW) {
		c->view_on = arena_dup(a, spec->view_on);
		c->pipeline = arena_dup(a, spec->pipeline.len ? spec->pipeline : doc_empty);
	}
}

/* {v: 2, key: {_id: 1}, name: "_id_"}, and the collation if there is one. */
static void put_id_spec(struct builder *b, const struct collection *c)
{
	builder_elements(b, id_index_spec);
	if (c->collator)
		builder_doc(b, "collation", c->collation);
}

/* A collection whose record key is not its _id finds documents by an index. */
static int make_id_index(struct ddl *d, struct collection *c, struct status *st)
{
	struct index_spec spec = {
	    .name = view_of_str("_id_"),
	    .key = value_doc(doc_get(id_index_spec, "key")),
	    .unique = true,
	};
	struct index *ix;
	struct builder b;
	struct buf buf;
	int r;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	put_id_spec(&b, c);
	builder_finish(&b);
	spec.spec = builder_view(&b);
	r = builder_failed(&b) ? ddl_no_memory(st)
			       : ddl_make_index(d, &spec, c->table_id, &ix, st);
	buf_clear(&buf);
	if (r)
		return r;
	ix->is_id = true;
	ix->layout = LAYOUT_UNIQUE;
	collection_set_indexes(c, 1, 1, &ix);
	return 0;
}

/* The index that it is born with. */
static int make_index(
    struct ddl *d, struct collection *c, const struct index_spec *spec, struct status *st)
{
	struct index *ix;
	int r = ddl_make_index(d, spec, c->table_id, &ix, st);

	if (!r)
		collection_set_indexes(c, 1, 1, &ix);
	return r;
}

static void note_create(struct ddl *d, const struct collection *c)
{
	struct ddl_note n;
	struct builder *b = ddl_note_begin(&n, c);

	builder_str(b, "type", collection_type(c));
	builder_doc(b, "options", c->options);
	if (c->kind == KIND_VIEW) {
		builder_str_n(b, "viewOn", (const char *)c->view_on.data, c->view_on.len);
		builder_array(b, "pipeline", c->pipeline);
		ddl_note_end(&n, d, MARKER_CREATE, c);
		return;
	}
	builder_i32(b, "recordKey", (int32_t)c->record_key);
	if (c->kind == KIND_COLLECTION) {
		builder_doc_begin(b, "idIndex");
		put_id_spec(b, c);
		builder_doc_end(b);
	}
	ddl_note_end(&n, d, MARKER_CREATE, c);
}

static int create_fill(
    struct ddl *d, struct collection *c, const struct create_spec *spec, struct status *st)
{
	int r = collection_set_collation(c, d->store, spec->collation, st);

	if (r)
		return r;
	if (c->collator)
		c->collation_version =
		    arena_dup(&c->arena, view_of_str(store_collation_version(d->store)));
	c->table_id = ddl_catalog(d)->next_object++;
	c->kind = spec->kind;
	/* The order of insertion is what a capped collection is about; and from a sort key
	 * no _id can be read back. */
	c->record_key = spec->record_key;
	if (c->kind != KIND_TIMESERIES && (spec->capped || c->collator))
		c->record_key = RECORD_KEY_SEQUENCE;
	if (spec->uuid)
		memcpy(c->uuid, spec->uuid, sizeof(c->uuid));
	else
		random_uuid(c->uuid);
	collection_set_name(c, spec->db, spec->name);
	set_options(c, spec);
	if (c->kind == KIND_COLLECTION && c->record_key == RECORD_KEY_SEQUENCE)
		r = make_id_index(d, c, st);
	else if (spec->index)
		r = make_index(d, c, spec->index, st);
	if (r)
		return r;
	return arena_failed(&c->arena) ? ddl_no_memory(st) : 0;
}

/* A change of its own; the database is made by the first of them. */
static int create_one(struct ddl *d, const struct create_spec *spec, struct collection **out,
    struct status *st)
{
	struct collection *c = collection_new(NULL);
	int r;

	if (!c)
		return ddl_no_memory(st);
	r = ddl_add_change(d, NULL, c, st);
	if (!r)
		r = create_fill(d, c, spec, st);
	if (r)
		return r;
	if (d->n_changes > 1)
		c->database_id = d->changes[0].after->database_id;
	else
		r = ddl_enter_database(d, &d->changes[0], spec->db, st);
	if (r)
		return r;
	c->namespace_id = c->database_id;
	rows_put_collection(d->batch, c);
	for (int i = 0; i < c->n_indexes; i++)
		rows_put_index(d->batch, c->indexes[i], INDEX_READY, 0);
	note_create(d, c);
	*out = c;
	return 0;
}

static int create_prepare(struct ddl *d, const struct create_spec *spec, struct status *st)
{
	const struct create_spec definitions = ddl_definitions_spec(spec->db);
	struct collection *made = NULL, *c;
	int r = create_check(d, spec, st);

	if (!r && ddl_wants_definitions(d, spec))
		r = create_one(d, &definitions, &made, st);
	if (!r)
		r = create_one(d, spec, &c, st);
	if (!r && spec->kind == KIND_VIEW)
		r = ddl_put_definition(d, made, c, st);
	if (r)
		return r;
	rows_put_sequences(d->batch, ddl_catalog(d));
	d->collection = collection_ref(c);
	d->phase = DDL_PREPARED;
	return 0;
}

enum step ddl_create(
    struct ddl *d, const struct create_spec *spec, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED && create_prepare(d, spec, st) != 0)
		return STEP_ERROR;
	return ddl_carry_out(d, op, st);
}

static void note_options(struct ddl *d, const struct collection *before,
    const struct collection *after, const struct options_change *change)
{
	struct ddl_note n;
	struct builder *b = ddl_note_begin(&n, after);

	builder_doc(b, "options", after->options);
	builder_doc(b, "before", before->options);
	if (after->kind == KIND_VIEW) {
		builder_str_n(
		    b, "viewOn", (const char *)after->view_on.data, after->view_on.len);
		builder_array(b, "pipeline", after->pipeline);
	}
	if (change->index.name.data) {
		builder_str_n(b, "index", (const char *)change->index.name.data,
		    change->index.name.len);
		builder_doc(b, "spec", change->index.spec);
	}
	ddl_note_end(&n, d, MARKER_COLL_MOD, after);
}

static int options_check(
    const struct collection *c, const struct create_spec *spec, struct status *st)
{
	if (spec->kind != c->kind)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "a collection cannot become a view or a view one");
	if (spec->capped && c->record_key != RECORD_KEY_SEQUENCE)
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "'%s' does not keep its documents in the order of insertion, so it cannot "
		    "be "
		    "capped",
		    c->ns);
	return 0;
}

static int options_change(struct ddl *d, const struct collection *before,
    struct collection *after, const struct options_change *change, struct status *st)
{
	int r = change->keep_options ? 0 : options_check(before, &change->spec, st);

	if (r)
		return r;
	if (!change->keep_options)
		set_options(after, &change->spec);
	if (change->index.name.data)
		r = ddl_change_index(d, after, &change->index, st);
	if (!r && arena_failed(&after->arena))
		r = ddl_no_memory(st);
	if (!r && after->kind == KIND_VIEW)
		r = ddl_put_definition(d, NULL, after, st);
	return r;
}

static int options_prepare(
    struct ddl *d, struct view db, struct view name, struct options_maker *m, struct status *st)
{
	struct options_change change = {0};
	struct collection *before, *after;
	int r = ddl_find(d, db, name, &before, st);

	if (r)
		return r;
	after = collection_next(before);
	r = ddl_add_change(d, before, after, st);
	if (!r && !after)
		r = ddl_no_memory(st);
	if (!r)
		r = m->make(m, before, &change, st);
	if (!r)
		r = options_change(d, before, after, &change, st);
	if (r)
		return r;
	rows_put_collection(d->batch, after);
	note_options(d, before, after, &change);
	d->collection = collection_ref(after);
	d->phase = DDL_PREPARED;
	return 0;
}

enum step ddl_set_options(struct ddl *d, struct view db, struct view name,
    struct options_maker *m, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED && options_prepare(d, db, name, m, st) != 0)
		return STEP_ERROR;
	return ddl_carry_out(d, op, st);
}
