#include "query/coll_stats.h"

#include "storage/store.h"
#include "util/buf.h"

/* Bytes of everything behind a prefix of two numbers (documents: namespace and
 * table) or one (an index: its id). */
static int64_t prefix_bytes(struct store *s, struct family *f, uint64_t prefix, size_t len)
{
	uint8_t from[8], to[8];

	for (size_t i = 0; i < len; i++) {
		from[i] = (uint8_t)(prefix >> (8 * (len - 1 - i)));
		to[i] = (uint8_t)((prefix + 1) >> (8 * (len - 1 - i)));
	}
	return store_range_bytes(s, f, view_of(from, len), view_of(to, len));
}

static int64_t index_bytes(struct store *s, const struct index *ix)
{
	return prefix_bytes(s, ix->family, ix->id, 4);
}

void coll_figures(struct store *s, const struct collection *c, struct coll_figures *out)
{
	uint64_t prefix = (uint64_t)c->namespace_id << 32 | c->table_id;

	*out = (struct coll_figures){
	    .documents = atomic_load(&c->live->documents),
	    .bytes = atomic_load(&c->live->bytes),
	    .n_indexes = collection_count_indexes(c),
	};
	if (c->kind == KIND_VIEW)
		return;
	out->storage_bytes = prefix_bytes(s, store_family_documents(s), prefix, 8);
	for (int i = 0; i < c->n_written; i++)
		out->index_bytes += index_bytes(s, c->indexes[i]);
}

static void put_scaled(struct builder *b, const char *name, int64_t bytes, double scale)
{
	builder_int(b, name, (int64_t)((double)bytes / scale));
}

/* Where the record key is the _id, its index is the table: it takes nothing more. */
static void put_index_sizes(
    struct store *s, const struct collection *c, double scale, struct builder *b)
{
	builder_doc_begin(b, "indexSizes");
	if (c->record_key == RECORD_KEY_ID && !collection_is_clustered(c))
		builder_i32(b, "_id_", 0);
	for (int i = 0; i < c->n_written; i++)
		put_scaled(b, c->indexes[i]->name, index_bytes(s, c->indexes[i]), scale);
	builder_doc_end(b);
}

/* What is our own of each: MongoDB has its engine's figures here. */
static void put_index_details(const struct collection *c, struct builder *b)
{
	builder_doc_begin(b, "indexDetails");
	if (c->record_key == RECORD_KEY_ID && !collection_is_clustered(c)) {
		builder_doc_begin(b, "_id_");
		builder_str(b, "type", "records");
		builder_doc_end(b);
	}
	for (int i = 0; i < c->n_indexes; i++) {
		const struct index *ix = c->indexes[i];

		builder_doc_begin(b, ix->name);
		builder_str(
		    b, "type", ix->layout == LAYOUT_UNIQUE ? "keys" : "keys and records");
		builder_i64(b, "family", family_number(ix->family));
		builder_bool(b, "isMultiKey", atomic_load(&ix->multikey) != 0);
		builder_doc_end(b);
	}
	builder_doc_end(b);
}

static void put_average(struct builder *b, const char *name, const struct coll_figures *f)
{
	if (f->documents)
		builder_int(b, name, f->bytes / f->documents);
}

/* There are no buckets, of which MongoDB has figures here; measurements are our own. */
static void put_timeseries(const struct coll_figures *f, struct builder *b)
{
	builder_doc_begin(b, "timeseries");
	builder_i32(b, "bucketCount", 0);
	builder_int(b, "measurementCount", f->documents);
	put_average(b, "avgMeasurementSize", f);
	builder_doc_end(b);
}

void coll_stats_put(
    struct store *s, const struct collection *c, double scale, struct builder *b)
{
	struct coll_figures f;

	coll_figures(s, c, &f);
	if (c->kind == KIND_TIMESERIES)
		put_timeseries(&f, b);
	put_scaled(b, "size", f.bytes, scale);
	if (c->kind != KIND_TIMESERIES) {
		builder_int(b, "count", f.documents);
		put_average(b, "avgObjSize", &f);
	}
	builder_i32(b, "numOrphanDocs", 0);
	put_scaled(b, "storageSize", f.storage_bytes, scale);
	builder_i32(b, "freeStorageSize", 0);
	builder_bool(b, "capped", c->capped);
	if (c->capped) {
		builder_int(b, "max", c->capped_documents);
		put_scaled(b, "maxSize", c->capped_bytes, scale);
	}
	builder_i32(b, "nindexes", f.n_indexes);
	put_index_details(c, b);
	builder_array_begin(b, "indexBuilds");
	for (int i = c->n_indexes; i < c->n_written; i++)
		builder_str(b, NULL, c->indexes[i]->name);
	builder_array_end(b);
	put_scaled(b, "totalIndexSize", f.index_bytes, scale);
	put_scaled(b, "totalSize", f.storage_bytes + f.index_bytes, scale);
	put_index_sizes(s, c, scale, b);
	builder_int(b, "scaleFactor", (int64_t)scale);
}
