/*
 * $collStats: one document of figures about the collection.
 */
#include "aggregate/stage.h"
#include "bson/builder.h"
#include "query/coll_stats.h"
#include "storage/store.h"
#include "util/clock.h"

#define ERR_COLL_STATS_NOT_OBJECT 5447000
#define ERR_COLL_STATS_UNKNOWN	  40168

struct coll_stats_spec {
	bool count, storage, latency, query_exec;
	double scale;
	const struct stage_context *context;
};

static int parse_storage(struct coll_stats_spec *c, struct value v, struct status *st)
{
	struct value scale;

	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "storageStats takes an object, not %s", type_name(v.type));
	c->storage = true;
	scale = doc_get(value_doc(v), "scale");
	if (value_is_missing(scale))
		return 0;
	if (!value_is_number(scale) || !value_to_double(scale, &c->scale))
		return status_set(st, ERR_TYPE_MISMATCH, "scale is a number, not %s",
		    type_name(scale.type));
	if (!(c->scale >= 1))
		return status_set(st, ERR_BAD_VALUE, "scale must be at least 1");
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
	while (!err && doc_next(&it, &e)) {
		if (strcmp(e.name, "storageStats") == 0)
			err = parse_storage(c, e.value, st);
		else if (strcmp(e.name, "count") != 0)
			err = status_set(st, strcmp(e.name, "latencyStats") == 0 ||
						 strcmp(e.name, "queryExecStats") == 0
					     ? ERR_NOT_IMPLEMENTED
					     : ERR_UNKNOWN_FIELD,
			    "$collStats' '%s' is not supported", e.name);
		else if (e.value.type != TYPE_OBJECT)
			err = status_set(st, ERR_TYPE_MISMATCH,
			    "count takes an empty object, not %s", type_name(e.value.type));
		else
			c->count = true;
	}
	if (!err && !cx->collection)
		err = status_set(st, ERR_NAMESPACE_NOT_FOUND,
		    "$collStats: there is no collection %.*s", (int)cx->ns.len,
		    (const char *)cx->ns.data);
	s->data = c;
	return err;
}

struct coll_stats_node {
	struct exec exec;
	const struct coll_stats_spec *spec;
	struct collection *collection; /* a reference: the context's ends with the command */
	struct buf out;
};

static void put_storage(const struct coll_stats_node *n, struct builder *b)
{
	builder_doc_begin(b, "storageStats");
	coll_stats_put(n->spec->context->store, n->collection, n->spec->scale, b);
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

	collection_unref(n->collection);
	n->collection = collection_ref(c);
	return 0;
}

static void coll_stats_close(struct exec *e)
{
	struct coll_stats_node *n = container_of(e, struct coll_stats_node, exec);

	buf_clear(&n->out);
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
	n->collection = collection_ref(s->context->collection);
	buf_init(&n->out, account);
	return &n->exec;
}

const struct stage_type stage_coll_stats = {
    .name = "$collStats",
    .flags = STAGE_FIRST | STAGE_SOURCE,
    .help = "Figures about the collection.",
    .parse = coll_stats_parse,
    .make = coll_stats_make,
};
