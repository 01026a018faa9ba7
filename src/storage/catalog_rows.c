#include "storage/catalog_internal.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "storage/iter.h"
#include "storage/record.h"

/* ------------------------------------------------------------ writing */

struct row {
	struct buf key, doc;
	struct builder builder;
};

static struct builder *row_begin_format(struct row *r, int32_t format)
{
	buf_init(&r->key, NULL);
	buf_init(&r->doc, NULL);
	builder_init(&r->builder, &r->doc);
	builder_i32(&r->builder, "v", format);
	return &r->builder;
}

static struct builder *row_begin(struct row *r)
{
	return row_begin_format(r, ROW_FORMAT);
}

static void row_put(struct row *r, struct batch *b, enum system_table table)
{
	builder_finish(&r->builder);
	/* These buffers have no limit: the system itself has no memory left. */
	if (r->key.failed || builder_failed(&r->builder))
		abort();
	batch_put_row(b, table, buf_view(&r->key), builder_view(&r->builder));
	buf_clear(&r->key);
	buf_clear(&r->doc);
}

static void remove_row(struct batch *b, enum system_table table, uint32_t id)
{
	uint32_t key = htobe32(id);

	batch_remove_row(b, table, view_of(&key, sizeof(key)));
}

void rows_put_database(struct batch *b, const struct database *db)
{
	struct row r;
	struct builder *d = row_begin(&r);

	buf_append_be32(&r.key, db->id);
	builder_str(d, "name", db->name);
	row_put(&r, b, TABLE_NAMESPACE);
}

void rows_remove_database(struct batch *b, uint32_t database_id)
{
	remove_row(b, TABLE_NAMESPACE, database_id);
}

static void put_view(struct builder *d, const struct collection *c)
{
	builder_str_n(d, "viewOn", (const char *)c->view_on.data, c->view_on.len);
	builder_array(d, "pipeline", c->pipeline);
}

void rows_put_collection(struct batch *b, const struct collection *c)
{
	struct row r;
	struct builder *d =
	    row_begin_format(&r, c->kind == KIND_TIMESERIES ? ROW_FORMAT_SERIES : ROW_FORMAT);

	buf_append_be32(&r.key, c->table_id);
	builder_i64(d, "db", c->database_id);
	builder_i64(d, "prefix", c->namespace_id);
	builder_str(d, "name", c->name);
	builder_uuid(d, "uuid", c->uuid);
	builder_i64(d, "version", (int64_t)c->version);
	builder_i32(d, "kind", (int32_t)c->kind);
	builder_i32(d, "recordKey", (int32_t)c->record_key);
	builder_doc(d, "options", c->options.len ? c->options : doc_empty);
	builder_bool(d, "temp", c->temp);
	builder_bool(d, "preImages", c->pre_images);
	builder_bool(d, "capped", c->capped);
	builder_i64(d, "cappedBytes", c->capped_bytes);
	builder_i64(d, "cappedDocuments", c->capped_documents);
	builder_doc(d, "collation", c->collation.len ? c->collation : doc_empty);
	builder_str_n(d, "collationVersion", (const char *)c->collation_version.data,
	    c->collation_version.len);
	if (c->kind == KIND_VIEW)
		put_view(d, c);
	row_put(&r, b, TABLE_TABLE);
}

void rows_remove_collection(struct batch *b, const struct collection *c)
{
	remove_row(b, TABLE_TABLE, c->table_id);
	remove_row(b, TABLE_COUNTS, c->table_id);
}

/* The bit of a field's first part, and for how many parts there is one. */
static int array_bits(const struct index *ix, int field, int *n)
{
	int total = 0, first = 0;

	for (int i = 0; i < ix->n_fields; i++) {
		if (i == field)
			first = total;
		total += ix->fields[i].path.n;
	}
	*n = total > INDEX_ARRAY_BITS ? 1 : ix->fields[field].path.n;
	return total > INDEX_ARRAY_BITS ? field : first;
}

/* Of a shape, whose value has a path. */
static uint64_t path_arrays(const struct path *path, uint64_t multikey)
{
	uint64_t bits = 0;
	size_t len = 0;

	for (int i = 0; i < path->n; i++) {
		len += (i > 0) + path->parts[i].len;
		if (multikey & index_path_array_bit(view_of(path->text.data, len)))
			bits |= i < 64 ? (uint64_t)1 << i : UINT64_MAX;
	}
	return bits;
}

uint64_t index_array_bit(const struct index *ix, int field, int part)
{
	int n, first;

	if (ix->kind == INDEX_WILDCARD)
		return (uint64_t)1 << (field % WILDCARD_FIELD_BITS);
	first = array_bits(ix, field, &n);
	return (uint64_t)1 << (first + MIN_OF(part, n - 1));
}

uint64_t index_field_arrays(const struct index *ix, uint64_t multikey, int field)
{
	int n, first;
	uint64_t bits;

	if (ix->fields[field].kind == INDEX_WILDCARD)
		return field == ix->wildcard ? 0
					     : path_arrays(&ix->fields[field].path, multikey);
	if (ix->kind == INDEX_WILDCARD)
		return multikey & index_array_bit(ix, field, 0) ? UINT64_MAX : 0;
	first = array_bits(ix, field, &n);
	bits = multikey >> first & (UINT64_MAX >> (64 - n));
	return n == ix->fields[field].path.n || !bits ? bits : UINT64_MAX;
}

/* The indexes of a collection stand together. */
struct index_key {
	uint32_t table_id, index_id; /* big-endian */
};

void rows_put_index(
    struct batch *b, const struct index *ix, enum index_state state, uint64_t multikey)
{
	struct row r;
	struct builder *d =
	    row_begin_format(&r, ix->kind == INDEX_PLAIN ? ROW_FORMAT : ROW_FORMAT_KINDS);

	buf_append_be32(&r.key, ix->table_id);
	buf_append_be32(&r.key, ix->id);
	builder_str(d, "name", ix->name);
	builder_i64(d, "family", family_number(ix->family));
	builder_i32(d, "state", (int32_t)state);
	builder_i32(d, "layout", (int32_t)ix->layout);
	builder_bool(d, "unique", ix->unique);
	builder_bool(d, "sparse", ix->sparse);
	builder_bool(d, "hidden", ix->hidden);
	builder_bool(d, "isId", ix->is_id);
	builder_doc(d, "spec", ix->spec);
	builder_i64(d, "arrays", (int64_t)multikey);
	builder_i64(d, "build", (int64_t)ix->build_id);
	builder_str_n(d, "collationVersion", (const char *)ix->collation_version.data,
	    ix->collation_version.len);
	if (state == INDEX_BUILDING)
		builder_i64(d, "side", ix->side_id);
	row_put(&r, b, TABLE_INDEX);
}

void catalog_put_collation_version(
    struct batch *b, struct collection *c, struct index *ix, const char *version)
{
	ix->collation_version = arena_dup(&ix->arena, view_of_str(version));
	rows_put_index(b, ix, INDEX_READY, ix->multikey);
	if (!c->collator)
		return;
	c->collation_version = arena_dup(&c->arena, view_of_str(version));
	rows_put_collection(b, c);
}

void rows_remove_index(struct batch *b, const struct index *ix)
{
	struct index_key key = {htobe32(ix->table_id), htobe32(ix->id)};

	batch_remove_row(b, TABLE_INDEX, view_of(&key, sizeof(key)));
}

static void put_sequence(struct batch *b, const char *name, uint32_t next)
{
	struct row r;
	struct builder *d = row_begin(&r);

	buf_append(&r.key, name, strlen(name));
	builder_i64(d, "next", next);
	row_put(&r, b, TABLE_SEQUENCE);
}

void rows_put_sequences(struct batch *b, const struct catalog *cat)
{
	put_sequence(b, "namespace", cat->next_namespace);
	put_sequence(b, "object", cat->next_object);
}

void rows_put_counts(struct batch *b, const struct collection *c)
{
	struct row r;
	struct builder *d = row_begin(&r);

	buf_append_be32(&r.key, c->table_id);
	builder_i64(d, "documents", c->live->documents);
	builder_i64(d, "bytes", c->live->bytes);
	builder_i64(d, "nextSequence", c->live->next_sequence);
	row_put(&r, b, TABLE_COUNTS);
}

/* ------------------------------------------------------------ reading */

/* What a row says; bad is sticky. */
struct fields {
	struct view doc;
	bool bad;
};

static struct value field(struct fields *f, const char *name, uint8_t type)
{
	struct value v = doc_get(f->doc, name);

	if (v.type != type)
		f->bad = true;
	return v;
}

static int64_t field_i64(struct fields *f, const char *name, int64_t most)
{
	struct value v = doc_get(f->doc, name);
	int64_t n = 0;

	if (!value_to_i64(v, &n) || n < 0 || n > most) {
		f->bad = true;
		return 0;
	}
	return n;
}

static uint32_t field_id(struct fields *f, const char *name)
{
	return (uint32_t)field_i64(f, name, UINT32_MAX);
}

static bool field_bool(struct fields *f, const char *name)
{
	struct value v = field(f, name, TYPE_BOOL);

	return !f->bad && value_bool(v);
}

static struct view field_str(struct fields *f, const char *name)
{
	struct value v = field(f, name, TYPE_STRING);

	return v.type == TYPE_STRING ? value_str(v) : (struct view){NULL, 0};
}

static struct view field_doc(struct fields *f, const char *name, uint8_t type)
{
	struct value v = field(f, name, type);

	return v.type == type ? value_doc(v) : (struct view){NULL, 0};
}

static int damaged(struct status *st, const char *table)
{
	return status_set(
	    st, ERR_INTERNAL_ERROR, "a catalog row of table %s is damaged", table);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the catalog");
}

static int newest_format(int table)
{
	switch (table) {
	case TABLE_TABLE:
		return ROW_FORMAT_SERIES;
	case TABLE_INDEX:
		return ROW_FORMAT_KINDS;
	default:
		return ROW_FORMAT;
	}
}

static int fields_begin(
    struct fields *f, struct view doc, int table, const char *name, struct status *st)
{
	int newest = newest_format(table);
	int64_t version;

	*f = (struct fields){.doc = doc};
	if (!value_to_i64(doc_get(doc, "v"), &version))
		return damaged(st, name);
	if (version < ROW_FORMAT || version > newest)
		return status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "a catalog row of table %s has format %lld, this server knows them up to "
		    "%d",
		    name, (long long)version, newest);
	return 0;
}

static uint32_t read_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/* Calls each with the rows of a table. */
static int each_row(struct catalog *cat, int table, const char *name, size_t key_len,
    int (*each)(struct catalog *cat, struct view key, struct fields *f, struct status *st),
    struct status *st)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_rows(cat->store, table, &o);
	int r;

	if (!it)
		return no_memory(st);
	for (r = iter_first(it, st); r == 0; r = iter_next(it, st)) {
		struct fields f;

		if (key_len && iter_key(it).len != key_len)
			r = damaged(st, name);
		else
			r = fields_begin(&f, iter_value(it), table, name, st);
		if (!r)
			r = each(cat, iter_key(it), &f, st);
		if (!r && f.bad)
			r = damaged(st, name);
		if (r)
			break;
	}
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}

static int read_sequence(
    struct catalog *cat, struct view key, struct fields *f, struct status *st)
{
	uint32_t next = field_id(f, "next");

	if (view_equal(key, view_of_str("namespace")))
		cat->next_namespace = next;
	else if (view_equal(key, view_of_str("object")))
		cat->next_object = next;
	return 0;
}

static int read_database(
    struct catalog *cat, struct view key, struct fields *f, struct status *st)
{
	struct view name = field_str(f, "name");
	struct database *db;

	if (f->bad)
		return 0;
	db = database_new(read_be32(key.data), name);
	if (!db)
		return no_memory(st);
	db->next = cat->databases;
	cat->databases = db;
	return 0;
}

static bool is_series(struct view options)
{
	struct value series = doc_get(options.len ? options : doc_empty, "timeseries");

	return series.type == TYPE_OBJECT &&
	       doc_get(value_doc(series), "timeField").type == TYPE_STRING;
}

static void fill_collection(struct collection *c, struct fields *f)
{
	struct value uuid = field(f, "uuid", TYPE_BINARY);

	c->database_id = field_id(f, "db");
	c->namespace_id = field_id(f, "prefix");
	if (uuid.type == TYPE_BINARY && value_binary(uuid).len == sizeof(c->uuid))
		memcpy(c->uuid, value_binary(uuid).data, sizeof(c->uuid));
	else
		f->bad = true;
	c->version = (uint64_t)field_i64(f, "version", INT64_MAX);
	c->kind = (enum collection_kind)field_i64(f, "kind", KIND_TIMESERIES);
	c->record_key = (enum record_key_kind)field_i64(f, "recordKey", RECORD_KEY_TIME);
	c->options = arena_dup(&c->arena, field_doc(f, "options", TYPE_OBJECT));
	if ((c->kind == KIND_TIMESERIES) != (c->record_key == RECORD_KEY_TIME) ||
	    (c->kind == KIND_TIMESERIES && !is_series(c->options)))
		f->bad = true;
	c->temp = field_bool(f, "temp");
	c->pre_images = field_bool(f, "preImages");
	c->capped = field_bool(f, "capped");
	c->capped_bytes = field_i64(f, "cappedBytes", INT64_MAX);
	c->capped_documents = field_i64(f, "cappedDocuments", INT64_MAX);
	c->collation_version = arena_dup(&c->arena, field_str(f, "collationVersion"));
	if (c->kind == KIND_VIEW) {
		c->view_on = arena_dup(&c->arena, field_str(f, "viewOn"));
		c->pipeline = arena_dup(&c->arena, field_doc(f, "pipeline", TYPE_ARRAY));
	}
	c->live->version = c->version;
}

static int read_collection(
    struct catalog *cat, struct view key, struct fields *f, struct status *st)
{
	struct collection *c = collection_new(NULL);
	struct view name = field_str(f, "name");
	struct database *db;
	int r;

	if (!c)
		return no_memory(st);
	c->table_id = read_be32(key.data);
	fill_collection(c, f);
	db = catalog_database_by_id(cat, c->database_id);
	if (!db)
		f->bad = true;
	if (!f->bad)
		collection_set_name(c, view_of_str(db->name), name);
	r = collection_set_collation(c, cat->store, field_doc(f, "collation", TYPE_OBJECT), st);
	if (!r && arena_failed(&c->arena))
		r = no_memory(st);
	if (r || f->bad) {
		collection_unref(c);
		return r;
	}
	catalog_link(cat, c, NULL);
	return 0;
}

static void fill_index(struct index *ix, struct fields *f)
{
	struct view name = field_str(f, "name");

	ix->name =
	    arena_strndup(&ix->arena, name.len ? (const char *)name.data : "", name.len);
	ix->state = (enum index_state)field_i64(f, "state", INDEX_READY);
	ix->layout = (enum index_layout)field_i64(f, "layout", LAYOUT_UNIQUE);
	ix->unique = field_bool(f, "unique");
	ix->sparse = field_bool(f, "sparse");
	ix->hidden = field_bool(f, "hidden");
	ix->is_id = field_bool(f, "isId");
	ix->spec = arena_dup(&ix->arena, field_doc(f, "spec", TYPE_OBJECT));
	ix->build_id = (uint64_t)field_i64(f, "build", INT64_MAX);
	ix->collation_version = arena_dup(&ix->arena, field_str(f, "collationVersion"));
	if (ix->state == INDEX_BUILDING)
		ix->side_id = field_id(f, "side");
	if (ix->spec.len) {
		struct value pattern = doc_get(ix->spec, "key");

		if (pattern.type == TYPE_OBJECT)
			ix->key_pattern = value_doc(pattern);
		else
			f->bad = true;
	}
}

/* A row of before there were bits for the parts of paths has one a field: there may be
 * arrays at any part. */
static void fill_arrays(struct index *ix, struct fields *f)
{
	uint64_t by_field;

	if (!value_is_missing(doc_get(f->doc, "arrays"))) {
		ix->multikey = (uint64_t)field_i64(f, "arrays", INT64_MAX);
		return;
	}
	by_field = (uint64_t)field_i64(f, "multikey", INT64_MAX);
	for (int i = 0; i < ix->n_fields; i++)
		for (int k = 0; (by_field >> i & 1) && k < ix->fields[i].path.n; k++)
			ix->multikey |= index_array_bit(ix, i, k);
}

/* Takes the index over.  Before anybody knows of the catalog, a version may
 * still be changed. */
static int add_index(struct collection *c, struct index *ix, struct status *st)
{
	struct index *all[INDEXES_MAX + 1];
	int n = c->n_indexes;

	if (n == (int)ARRAY_LEN(all) || c->kind == KIND_VIEW) {
		index_unref(ix);
		return damaged(st, "INDEX");
	}
	for (int i = 0; i < n; i++)
		all[i] = c->indexes[i];
	all[n] = ix;
	collection_set_indexes(c, n + 1, n + 1, all);
	return arena_failed(&c->arena) ? no_memory(st) : 0;
}

static int add_unfinished(struct catalog *cat, struct index *ix, struct status *st)
{
	size_t n = (size_t)cat->n_unfinished + 1;
	struct index **all = realloc(cat->unfinished, n * sizeof(struct index *));

	if (!all) {
		index_unref(ix);
		return no_memory(st);
	}
	cat->unfinished = all;
	all[cat->n_unfinished++] = ix;
	return 0;
}

static int place_index(struct catalog *cat, struct index *ix, struct status *st)
{
	struct collection *c;
	int r;

	if (ix->state == INDEX_BUILDING)
		return add_unfinished(cat, ix, st);
	c = catalog_find_table(cat, ix->table_id);
	if (!c) {
		index_unref(ix);
		return damaged(st, "INDEX");
	}
	r = add_index(c, ix, st);
	collection_unref(c);
	return r;
}

static int read_index(struct catalog *cat, struct view key, struct fields *f, struct status *st)
{
	uint32_t family = field_id(f, "family");
	struct index *ix = index_new(cat->store);
	int r;

	if (!ix)
		return no_memory(st);
	ix->table_id = read_be32(key.data);
	ix->id = read_be32(key.data + 4);
	fill_index(ix, f);
	r = f->bad ? 0 : index_parse(ix, st);
	if (!r && !f->bad)
		fill_arrays(ix, f);
	if (r || f->bad) {
		index_unref(ix);
		return r;
	}
	ix->family = store_family_find(cat->store, family);
	/* Of an unfinished one it may be gone: nothing is lost with it. */
	if (!ix->family && ix->state == INDEX_READY) {
		index_unref(ix);
		return status_set(st, ERR_INTERNAL_ERROR,
		    "an index's column family (%u) is missing from the store", family);
	}
	return place_index(cat, ix, st);
}

static int read_counts(
    struct catalog *cat, struct view key, struct fields *f, struct status *st)
{
	struct collection *c = catalog_find_table(cat, read_be32(key.data));

	if (!c)
		return 0; /* dropped after the counters were put */
	c->live->documents = field_i64(f, "documents", INT64_MAX);
	c->live->bytes = field_i64(f, "bytes", INT64_MAX);
	c->live->next_sequence = field_i64(f, "nextSequence", INT64_MAX);
	collection_unref(c);
	return 0;
}

int rows_read(struct catalog *cat, struct status *st)
{
	int r = each_row(cat, TABLE_SEQUENCE, "SEQUENCE", 0, read_sequence, st);

	if (!r)
		r = each_row(cat, TABLE_NAMESPACE, "NAMESPACE", 4, read_database, st);
	if (!r)
		r = each_row(cat, TABLE_TABLE, "TABLE", 4, read_collection, st);
	if (!r)
		r = each_row(cat, TABLE_INDEX, "INDEX", 8, read_index, st);
	if (!r)
		r = each_row(cat, TABLE_COUNTS, "COUNTS", 4, read_counts, st);
	return r;
}
