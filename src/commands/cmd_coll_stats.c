/*
 * collStats, dbStats and dataSize: how much there is.
 */
#include "commands/args.h"
#include "commands/command.h"
#include "query/coll_stats.h"
#include "query/query.h"
#include "util/clock.h"

/* Sizes are divided by it; a fraction is cut. */
static int scale_decode(const struct arg_int *given, int64_t *scale, struct status *st)
{
	*scale = given->given ? given->v : 1;
	if (*scale < 1)
		return status_set(
		    st, ERR_BAD_VALUE, "scale must be at least 1, not %lld", (long long)*scale);
	return 0;
}

static int not_a_view(const struct collection *c, struct status *st)
{
	if (c->kind != KIND_VIEW)
		return 0;
	return status_set(
	    st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW, "'%s' is a view: it stores nothing", c->ns);
}

/* ------------------------------------------------------------- collStats */

struct coll_stats_args {
	struct view coll;
	struct arg_int scale;
};

#define AT(member) offsetof(struct coll_stats_args, member)

static const struct field coll_stats_fields[] = {
    {"scale", FIELD_INT, FIELD_TRUNCATE, AT(scale), "Sizes are divided by it."},
    {NULL},
};

/* Of a collection that is not there. */
static void put_nothing(struct builder *b, int64_t scale)
{
	static const char *const zeros[] = {"size", "count", "numOrphanDocs", "storageSize",
	    "totalSize", "nindexes", "totalIndexSize"};

	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		builder_i32(b, zeros[i], 0);
	builder_doc(b, "indexDetails", doc_empty);
	builder_doc(b, "indexSizes", doc_empty);
	builder_int(b, "scaleFactor", scale);
}

static enum step coll_stats_run(struct request *r)
{
	const struct coll_stats_args *a = r->args;
	struct builder *b = &r->builder;
	struct collection *c;
	int64_t scale;
	int err = scale_decode(&a->scale, &scale, &r->status);

	if (err)
		return STEP_ERROR;
	c = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	if (c)
		err = not_a_view(c, &r->status);
	if (!err) {
		builder_str_n(b, "ns", (const char *)r->ns.data, r->ns.len);
		if (c)
			coll_stats_put(r->inst->store, c, (double)scale, b);
		else
			put_nothing(b, scale);
	}
	if (c)
		collection_unref(c);
	return err ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_coll_stats = {
    .name = "collStats",
    .alias = "collstats",
    .flags = CMD_READ,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = coll_stats_fields,
    .args_size = sizeof(struct coll_stats_args),
    .help = "How much a collection holds.",
    .run = coll_stats_run,
};

#undef AT

/* --------------------------------------------------------------- dbStats */

struct db_stats_args {
	struct arg_int one, scale;
	struct arg_bool free_storage;
};

#define AT(member) offsetof(struct db_stats_args, member)

static const struct field db_stats_fields[] = {
    {"scale", FIELD_INT, FIELD_TRUNCATE, AT(scale), "Sizes are divided by it."},
    {"freeStorage", FIELD_BOOL_NUM, 0, AT(free_storage), "Also what is free inside of files."},
    {NULL},
};

struct db_sum {
	struct store *store;
	int64_t collections, views;
	struct coll_figures figures;
};

static bool add_collection(void *arg, struct collection *c)
{
	struct db_sum *sum = arg;
	struct coll_figures f;

	if (c->kind == KIND_VIEW) {
		sum->views++;
		return true;
	}
	coll_figures(sum->store, c, &f);
	sum->collections++;
	sum->figures.documents += f.documents;
	sum->figures.bytes += f.bytes;
	sum->figures.storage_bytes += f.storage_bytes;
	sum->figures.index_bytes += f.index_bytes;
	sum->figures.n_indexes += f.n_indexes;
	return true;
}

static void put_database(
    struct request *r, const struct db_sum *sum, int64_t scale, bool free_storage)
{
	const struct coll_figures *f = &sum->figures;
	struct builder *b = &r->builder;
	double d = (double)scale;
	struct store_stats st;

	store_stats(sum->store, &st);
	builder_str_n(b, "db", (const char *)r->common.db.data, r->common.db.len);
	builder_i64(b, "collections", sum->collections);
	builder_i64(b, "views", sum->views);
	builder_i64(b, "objects", f->documents);
	builder_double(
	    b, "avgObjSize", f->documents ? (double)f->bytes / (double)f->documents : 0);
	builder_double(b, "dataSize", (double)f->bytes / d);
	builder_double(b, "storageSize", (double)f->storage_bytes / d);
	/* RocksDB's files have no holes that could be filled. */
	if (free_storage)
		builder_double(b, "freeStorageSize", 0);
	builder_i64(b, "indexes", f->n_indexes);
	builder_double(b, "indexSize", (double)f->index_bytes / d);
	if (free_storage)
		builder_double(b, "indexFreeStorageSize", 0);
	builder_double(b, "totalSize", (double)(f->storage_bytes + f->index_bytes) / d);
	if (free_storage)
		builder_double(b, "totalFreeStorageSize", 0);
	builder_i64(b, "scaleFactor", scale);
	builder_double(b, "fsUsedSize", (double)(st.disk_total_bytes - st.disk_free_bytes) / d);
	builder_double(b, "fsTotalSize", (double)st.disk_total_bytes / d);
}

static enum step db_stats_run(struct request *r)
{
	const struct db_stats_args *a = r->args;
	struct db_sum sum = {.store = r->inst->store};
	int64_t scale;

	if (scale_decode(&a->scale, &scale, &r->status))
		return STEP_ERROR;
	catalog_each(store_catalog(r->inst->store), r->common.db, add_collection, &sum);
	put_database(r, &sum, scale, a->free_storage.v);
	return STEP_DONE;
}

const struct command cmd_db_stats = {
    .name = "dbStats",
    .alias = "dbstats",
    .flags = CMD_READ,
    .target_type = FIELD_UNUSED,
    .fields = db_stats_fields,
    .args_size = sizeof(struct db_stats_args),
    .help = "How much a database holds.",
    .run = db_stats_run,
};

#undef AT

/* -------------------------------------------------------------- dataSize */

struct data_size_args {
	struct view ns, key_pattern, min, max;
	struct arg_bool estimate;
};

#define AT(member) offsetof(struct data_size_args, member)

static const struct field data_size_fields[] = {
    {"keyPattern", FIELD_DOC, 0, AT(key_pattern), "The index that min and max are keys of."},
    {"min", FIELD_DOC, 0, AT(min), "From this key on."},
    {"max", FIELD_DOC, 0, AT(max), "Up to this key."},
    {"estimate", FIELD_BOOL_NUM, 0, AT(estimate),
	"From the counters instead of the documents, which are exact too."},
    {NULL},
};

struct data_size_state {
	bool begun;
	struct collection *collection;
	struct exec *exec; /* of a range */
	struct exec_context cx;
	int64_t documents, bytes;
	int64_t start_us;
};

static int plan_range(struct data_size_state *s, struct request *r)
{
	const struct data_size_args *a = r->args;
	struct query_spec spec = {.min = a->min, .max = a->max};
	struct query *q;
	struct plan *p;
	int err;

	if (!a->min.len || !a->max.len)
		return status_set(&r->status, ERR_BAD_VALUE,
		    "dataSize takes both min and max, or none of them");
	if (a->key_pattern.len)
		spec.hint = value_of_doc(a->key_pattern);
	err = query_parse(&spec, &r->arena, &q, &r->status);
	if (!err)
		err = query_plan(r->inst->store, q, s->collection, &r->arena, &p, &r->status);
	if (err)
		return err;
	s->cx =
	    (struct exec_context){.op = &r->op, .store = r->inst->store, .status = &r->status};
	s->exec = plan_exec(p, &r->arena, &r->op.memory);
	if (!s->exec)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	return 0;
}

static int data_size_begin(struct data_size_state *s, struct request *r)
{
	const struct data_size_args *a = r->args;
	struct view db, name;
	int err = namespace_split(a->ns, &db, &name, &r->status);

	if (!err)
		err = collection_name_check(db, name, &r->status);
	if (err)
		return err;
	s->begun = true;
	s->start_us = clock_mono_us();
	r->ns = a->ns;
	s->collection = catalog_find(store_catalog(r->inst->store), db, name);
	if (!s->collection)
		return 0;
	err = not_a_view(s->collection, &r->status);
	/* As MongoDB says it, whose time series are views of buckets. */
	if (!err && s->collection->kind == KIND_TIMESERIES)
		err = status_set(&r->status, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "dataSize is not for time series, which '%s' is", s->collection->ns);
	if (!err && (a->min.len || a->max.len))
		return plan_range(s, r);
	s->documents = atomic_load(&s->collection->live->documents);
	s->bytes = atomic_load(&s->collection->live->bytes);
	return err;
}

/* The documents of a range are looked at, one by one. */
static enum step add_range(struct data_size_state *s)
{
	for (;;) {
		struct row row;
		enum step step = exec_next(s->exec, &s->cx, &row);

		if (step == STEP_PARK)
			exec_save(s->exec);
		if (step != STEP_ROW)
			return step;
		s->documents++;
		s->bytes += (int64_t)row.doc.len;
	}
}

static enum step data_size_run(struct request *r)
{
	const struct data_size_args *a = r->args;
	struct data_size_state *s = r->state;
	enum step step = STEP_DONE;

	if (!s->begun && data_size_begin(s, r))
		return STEP_ERROR;
	if (s->exec)
		step = add_range(s);
	if (step != STEP_DONE)
		return step;
	r->docs_examined = s->cx.docs_examined;
	r->keys_examined = s->cx.keys_examined;
	builder_bool(&r->builder, "estimate", a->estimate.v);
	builder_i64(&r->builder, "size", s->bytes);
	builder_i64(&r->builder, "numObjects", s->documents);
	builder_i64(&r->builder, "millis", (clock_mono_us() - s->start_us) / 1000);
	return STEP_DONE;
}

static void data_size_clear(struct request *r)
{
	struct data_size_state *s = r->state;

	exec_close(s->exec);
	if (s->collection)
		collection_unref(s->collection);
}

const struct command cmd_data_size = {
    .name = "dataSize",
    .alias = "datasize",
    .flags = CMD_READ,
    .target_type = FIELD_STR,
    .target_offset = AT(ns),
    .fields = data_size_fields,
    .args_size = sizeof(struct data_size_args),
    .state_size = sizeof(struct data_size_state),
    .help = "How much a collection, or a range of it, holds.",
    .run = data_size_run,
    .clear = data_size_clear,
};
