/*
 * listDatabases: the databases and what they take on disk.
 *
 * admin, config and local are always there: what the server itself keeps is
 * theirs (admin: the catalog, config: sessions and retryable writes, local: the
 * log's times and counters).
 */
#include <stdlib.h>

#include "commands/args.h"
#include "commands/command.h"
#include "expr/match.h"
#include "query/coll_stats.h"
#include "storage/batch.h"

struct list_databases_args {
	struct view filter;
	struct arg_bool name_only, authorized;
};

#define AT(member) offsetof(struct list_databases_args, member)

static const struct field list_databases_fields[] = {
    {"filter", FIELD_DOC, 0, AT(filter), "Which of them: a filter on what is returned."},
    {"nameOnly", FIELD_BOOL_NUM, 0, AT(name_only), "Only the names."},
    {"authorizedDatabases", FIELD_BOOL, 0, AT(authorized), "Only those that the user may see."},
    {NULL},
};

/* Sizes are told in the blocks that files take. */
#define BLOCK_BYTES 4096

/* Which rows of the system tables belong to the server's own databases. */
static const struct {
	const char *db;
	uint32_t first, end;
} system_parts[] = {
    {"admin", TABLE_NAMESPACE, TABLE_RETRYABLE_WRITE},
    {"config", TABLE_RETRYABLE_WRITE, TABLE_CLUSTER_TIME},
    {"local", TABLE_CLUSTER_TIME, TABLE_COUNTS + 1},
};

struct lister {
	struct request *request;
	const struct list_databases_args *args;
	struct filter *filter; /* NULL: all */
	struct arena row;
	struct buf doc;
	int64_t total;
};

struct sum {
	struct store *store;
	int64_t bytes;
};

static bool add_collection(void *arg, struct collection *c)
{
	struct sum *sum = arg;
	struct coll_figures f;

	coll_figures(sum->store, c, &f);
	sum->bytes += f.storage_bytes + f.index_bytes;
	return true;
}

static int64_t table_bytes(struct store *s, uint32_t first, uint32_t end)
{
	uint32_t from[2] = {UINT32_MAX, htobe32(first)}, to[2] = {UINT32_MAX, htobe32(end)};

	return store_range_bytes(
	    s, store_family_system(s), view_of(from, sizeof(from)), view_of(to, sizeof(to)));
}

static int64_t database_bytes(struct store *s, struct view db)
{
	struct sum sum = {s, 0};

	catalog_each(store_catalog(s), db, add_collection, &sum);
	for (size_t i = 0; i < ARRAY_LEN(system_parts); i++)
		if (view_equal(db, view_of_str(system_parts[i].db)))
			sum.bytes += table_bytes(s, system_parts[i].first, system_parts[i].end);
	return (sum.bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

/* {name, sizeOnDisk, empty} into l->doc. */
static struct view describe(struct lister *l, struct view db, int64_t *bytes)
{
	struct builder b;

	*bytes = 0;
	buf_reset(&l->doc);
	builder_init(&b, &l->doc);
	builder_str_n(&b, "name", (const char *)db.data, db.len);
	if (!l->args->name_only.v) {
		*bytes = database_bytes(l->request->inst->store, db);
		builder_i64(&b, "sizeOnDisk", *bytes);
		/* One without a collection is not there at all. */
		builder_bool(&b, "empty", false);
	}
	builder_finish(&b);
	return builder_failed(&b) ? doc_empty : builder_view(&b);
}

static int add_database(struct lister *l, struct view db)
{
	struct request *r = l->request;
	struct match_state ms = {.row = &l->row, .array_index = -1, .status = &r->status};
	int64_t bytes;
	struct view doc = describe(l, db, &bytes);
	bool wanted;

	if (l->doc.failed)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	wanted = !l->filter || filter_matches(l->filter, doc, &ms);
	arena_reset(&l->row);
	if (ms.error)
		return ms.error;
	if (wanted) {
		builder_doc(&r->builder, NULL, doc);
		l->total += bytes;
	}
	return op_check(&r->op, &r->status);
}

static int compare_names(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

/* The catalog's and the server's own, sorted, each once. */
static struct view_list all_names(struct request *r)
{
	struct view_list there = catalog_databases(store_catalog(r->inst->store), &r->arena);
	struct view_list all = {0,
	    arena_new_array(&r->arena, (size_t)there.n + ARRAY_LEN(system_parts), struct view)};

	if (!all.names)
		return all;
	for (int i = 0; i < there.n; i++)
		all.names[all.n++] = there.names[i];
	for (size_t i = 0; i < ARRAY_LEN(system_parts); i++) {
		struct view name = view_of_str(system_parts[i].db);

		if (!there.n ||
		    !bsearch(&name, there.names, (size_t)there.n, sizeof(name), compare_names))
			all.names[all.n++] = name;
	}
	qsort(all.names, (size_t)all.n, sizeof(*all.names), compare_names);
	return all;
}

static int list(struct lister *l)
{
	const struct filter_options none = {.no_text = true, .no_near = true};
	struct request *r = l->request;
	struct view_list names;
	int err = 0;

	if (l->args->filter.len)
		err = filter_parse(l->args->filter, &none, &r->arena, &l->filter, &r->status);
	if (err)
		return err;
	names = all_names(r);
	if (arena_failed(&r->arena))
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	builder_array_begin(&r->builder, "databases");
	for (int i = 0; !err && i < names.n; i++)
		err = add_database(l, names.names[i]);
	builder_array_end(&r->builder);
	if (!err && !l->args->name_only.v) {
		builder_i64(&r->builder, "totalSize", l->total);
		builder_i64(&r->builder, "totalSizeMb", l->total / (1024 * 1024));
	}
	return err;
}

static enum step list_databases_run(struct request *r)
{
	struct lister l = {.request = r, .args = r->args};
	int err;

	arena_init(&l.row, &r->op.memory);
	buf_init(&l.doc, &r->op.memory);
	err = list(&l);
	buf_clear(&l.doc);
	arena_clear(&l.row);
	return err ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_list_databases = {
    .name = "listDatabases",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_API_1,
    .target_type = FIELD_UNUSED,
    .fields = list_databases_fields,
    .args_size = sizeof(struct list_databases_args),
    .help = "The databases and what they take on disk.",
    .run = list_databases_run,
};
