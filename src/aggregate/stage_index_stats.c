/*
 * $indexStats: a document for each index of the collection, with how often it has been used;
 * those that are being built come last.
 *
 * Where the record key is the _id there is no index on it, and nothing is counted.
 */
#include "aggregate/stage.h"
#include "bson/builder.h"

#define ERR_INDEX_STATS_NOT_EMPTY 28803

static int index_stats_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_OBJECT || !doc_is_empty(value_doc(v)))
		return status_set(st, ERR_INDEX_STATS_NOT_EMPTY,
		    "$indexStats takes an empty object and nothing else");
	return 0;
}

struct index_stats_node {
	struct exec exec;
	const char *host;
	int port;
	struct collection *collection; /* a reference, or NULL: there is none */
	int at; /* of its indexes: the next; -1: the one that stands for the records */
	struct buf out;
};

static void put_index(const struct index_stats_node *n, struct builder *b, struct view spec,
    int64_t accesses, int64_t since_ms)
{
	builder_value(b, "name", doc_get(spec, "name"));
	builder_value(b, "key", doc_get(spec, "key"));
	builder_printf(b, "host", "%s:%d", n->host, n->port);
	builder_doc_begin(b, "accesses");
	builder_i64(b, "ops", accesses);
	builder_date(b, "since", since_ms);
	builder_doc_end(b);
	builder_doc(b, "spec", spec);
	if (n->at >= n->collection->n_indexes)
		builder_bool(b, "building", true);
}

static void put_next(struct index_stats_node *n, struct builder *b)
{
	const struct collection *c = n->collection;
	const struct index *ix;

	if (n->at < 0) {
		put_index(n, b, id_index_spec, 0, c->live->created_ms);
	} else {
		ix = c->indexes[n->at];
		put_index(n, b, ix->spec, atomic_load(&ix->accesses), ix->created_ms);
	}
	n->at++;
}

/* The index on _id of a clustered collection is the collection. */
static void pass_over_clustered(struct index_stats_node *n)
{
	if (!collection_is_clustered(n->collection))
		return;
	if (n->at < 0 ||
	    (n->at < n->collection->n_indexes && n->collection->indexes[n->at]->is_id))
		n->at++;
}

static enum step index_stats_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct index_stats_node *n = container_of(e, struct index_stats_node, exec);
	struct builder b;

	if (!n->collection)
		return STEP_DONE;
	pass_over_clustered(n);
	if (n->at >= n->collection->n_written)
		return STEP_DONE;
	buf_reset(&n->out);
	builder_init(&b, &n->out);
	put_next(n, &b);
	builder_finish(&b);
	if (builder_failed(&b)) {
		status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $indexStats");
		return STEP_ERROR;
	}
	*out = (struct row){.doc = builder_view(&b), .array_index = -1};
	return STEP_ROW;
}

/* It goes on with the version that it has begun with: what DDL changes meanwhile is not told. */
static int index_stats_restore(struct exec *e, struct collection *c, struct status *st)
{
	return 0;
}

static void index_stats_close(struct exec *e)
{
	struct index_stats_node *n = container_of(e, struct index_stats_node, exec);

	buf_clear(&n->out);
	if (n->collection)
		collection_unref(n->collection);
}

static const struct exec_ops index_stats_ops = {
    .name = "INDEX_STATS",
    .next = index_stats_next,
    .restore = index_stats_restore,
    .close = index_stats_close,
};

static struct exec *index_stats_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct index_stats_node *n = arena_new(a, struct index_stats_node);
	struct collection *c = s->context->collection;

	if (!n)
		return NULL;
	n->exec.ops = &index_stats_ops;
	n->host = s->context->host;
	n->port = s->context->port;
	if (c)
		n->collection = collection_ref(c);
	n->at = c && c->record_key == RECORD_KEY_ID ? -1 : 0;
	buf_init(&n->out, account);
	return &n->exec;
}

const struct stage_type stage_index_stats = {
    .name = "$indexStats",
    .flags = STAGE_FIRST | STAGE_SOURCE,
    .help = "The collection's indexes, and how often they have been used.",
    .parse = index_stats_parse,
    .make = index_stats_make,
};
