/*
 * $collStats: one document of figures about the collection.
 */
#include "aggregate/stage.h"
#include "bson/builder.h"
#include "query/coll_stats.h"
#include "storage/store.h"
#include "util/clock.h"

#define ERR_COLL_STATS_NOT_OBJECT 5447000
#define ERR_COLL_STATS_NOT_EMPTY  31170

struct coll_stats_spec {
	bool count, storage, query_exec;
	double scale;
	const struct stage_context *context;
};

/* ------------------------------------------------------------ the options */

/* What it does not know in it is passed over, as in MongoDB. */
static int parse_storage(struct coll_stats_spec *c, struct view options, struct status *st)
{
	struct value scale = doc_get(options, "scale");

	c->storage = true;
	if (value_is_missing(scale) || scale.type == TYPE_NULL)
		return 0;
	if (!value_is_number(scale) || !value_to_double(scale, &c->scale))
		return status_set(
		    st, ERR_TYPE_MISMATCH, "scale is a number, not %s", type_name(scale.type));
	if (!(c->scale >= 1))
		return status_set(st, ERR_BAD_VALUE, "scale must be at least 1");
	return 0;
}

static int parse_latency(struct coll_stats_spec *c, struct view options, struct status *st)
{
	struct doc_iter it = doc_iter(options);
	struct element e;

	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "histograms") != 0)
			return status_set(st, ERR_UNKNOWN_FIELD,
			    "$collStats' latencyStats has no option '%s'", e.name);
		if (e.value.type != TYPE_BOOL)
			return status_set(st, ERR_TYPE_MISMATCH, "histograms is a bool, not %s",
			    type_name(e.value.type));
	}
	return status_set(
	    st, ERR_NOT_IMPLEMENTED, "$collStats' latencyStats is not supported yet");
}

static int parse_count(struct coll_stats_spec *c, struct view options, struct status *st)
{
	c->count = true;
	return doc_is_empty(options)
		   ? 0
		   : status_set(st, ERR_COLL_STATS_NOT_EMPTY, "count takes an empty object");
}

static int parse_query_exec(struct coll_stats_spec *c, struct view options, struct status *st)
{
	c->query_exec = true;
	return doc_is_empty(options) ? 0
				     : status_set(st, ERR_COLL_STATS_NOT_EMPTY,
					   "queryExecStats takes an empty object");
}

static const struct coll_stats_option {
	const char *name;
	int (*parse)(struct coll_stats_spec *c, struct view options, struct status *st);
} options[] = {
    {"latencyStats", parse_latency},
    {"storageStats", parse_storage},
    {"count", parse_count},
    {"queryExecStats", parse_query_exec},
};

/* null asks for nothing; a name may stand twice. */
static int parse_option(struct coll_stats_spec *c, const struct element *e, struct status *st)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(e->name, options[i].name) != 0)
			continue;
		if (e->value.type == TYPE_NULL)
			return 0;
		if (e->value.type != TYPE_OBJECT)
			return status_set(st, ERR_TYPE_MISMATCH, "%s takes an object, not %s",
			    e->name, type_name(e->value.type));
		return options[i].parse(c, value_doc(e->value), st);
	}
	return status_set(st, ERR_UNKNOWN_FIELD, "$collStats has no option '%s'", e->name);
}

/* Only where there are documents. */
static int check_collection(
    const struct coll_stats_spec *c, const struct stage_context *cx, struct status *st)
{
	if (!c->count && !c->storage && !c->query_exec)
		return 0;
	if (!cx->collection)
		return status_set(st, ERR_NAMESPACE_NOT_FOUND,
		    "$collStats: there is no collection %.*s", (int)cx->ns.len,
		    (const char *)cx->ns.data);
	if (cx->collection->kind == KIND_VIEW)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "$collStats: '%s' is a view, which stores nothing", cx->collection->ns);
	return 0;
}

static int coll_stats_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct coll_stats_spec *c = arena_new(cx->arena, struct coll_stats_spec);
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (!c)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $collStats");
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_COLL_STATS_NOT_OBJECT, "$collStats", "an object", v.type);
	c->scale = 1;
	c->context = cx;
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = parse_option(c, &e, st);
	s->data = c;
	return err ? err : check_collection(c, cx, st);
}

/* --------------------------------------------------------------- the node */

struct coll_stats_node {
	struct exec exec;
	const struct coll_stats_spec *spec;
	/* A reference: the context's ends with the command.  NULL: there is none. */
	struct collection *collection;
	struct buf out;
};

static void put_storage(const struct coll_stats_node *n, struct builder *b)
{
	builder_doc_begin(b, "storageStats");
	coll_stats_put(n->spec->context->store, n->collection, n->spec->scale, b);
	builder_doc_end(b);
}

static void put_query_exec(struct collection_live *live, struct builder *b)
{
	builder_doc_begin(b, "queryExecStats");
	builder_doc_begin(b, "collectionScans");
	builder_i64(b, "total", atomic_load(&live->scans));
	builder_i64(b, "nonTailable", atomic_load(&live->scans_not_tailable));
	builder_doc_end(b);
	builder_doc_end(b);
}

static enum step coll_stats_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct coll_stats_node *n = container_of(e, struct coll_stats_node, exec);
	const struct coll_stats_spec *c = n->spec;
	struct builder b;

	if (e->done)
		return STEP_DONE;
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	e->done = true;
	builder_init(&b, &n->out);
	builder_str_n(&b, "ns", (const char *)c->context->ns.data, c->context->ns.len);
	builder_printf(&b, "host", "%s:%d", c->context->host, c->context->port);
	builder_date(&b, "localTime", clock_wall_ms());
	if (c->storage)
		put_storage(n, &b);
	if (c->count)
		builder_int(&b, "count", atomic_load(&n->collection->live->documents));
	if (c->query_exec)
		put_query_exec(n->collection->live, &b);
	builder_finish(&b);
	if (builder_failed(&b)) {
		status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $collStats");
		return STEP_ERROR;
	}
	*out = (struct row){.doc = builder_view(&b), .array_index = -1};
	return STEP_ROW;
}

static int coll_stats_restore(struct exec *e, struct collection *c, struct status *st)
{
	struct coll_stats_node *n = container_of(e, struct coll_stats_node, exec);

	if (!n->collection || !c)
		return 0;
	collection_unref(n->collection);
	n->collection = collection_ref(c);
	return 0;
}

static void coll_stats_close(struct exec *e)
{
	struct coll_stats_node *n = container_of(e, struct coll_stats_node, exec);

	buf_clear(&n->out);
	if (n->collection)
		collection_unref(n->collection);
}

static const struct exec_ops coll_stats_ops = {
    .name = "COLL_STATS",
    .next = coll_stats_next,
    .restore = coll_stats_restore,
    .close = coll_stats_close,
};

static struct exec *coll_stats_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct coll_stats_node *n = arena_new(a, struct coll_stats_node);

	if (!n)
		return NULL;
	n->exec.ops = &coll_stats_ops;
	n->spec = s->data;
	if (s->context->collection)
		n->collection = collection_ref(s->context->collection);
	buf_init(&n->out, account);
	return &n->exec;
}

const struct stage_type stage_coll_stats = {
    .name = "$collStats",
    .flags = STAGE_FIRST | STAGE_SOURCE | STAGE_OF_VIEWS,
    .help = "Figures about the collection.",
    .parse = coll_stats_parse,
    .make = coll_stats_make,
};
