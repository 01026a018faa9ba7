/*
 * $graphLookup: what can be reached from each document in another collection, from
 * document to document by their values.
 *
 * Level by level: one query, which an index serves, finds the documents that have one of
 * the values that the level before has led to.  Each is found once, at the lowest depth;
 * all that has been found for one document is kept in memory, 100 MiB at most.
 */
#include "aggregate/field_path.h"
#include "aggregate/foreign.h"
#include "aggregate/join_values.h"

#define GRAPH_MEMORY_BYTES (100 * 1024 * 1024)

#define ERR_GRAPH_MEMORY        40099
#define ERR_GRAPH_DEPTH_TYPE    40100
#define ERR_GRAPH_DEPTH_LESS    40101
#define ERR_GRAPH_DEPTH_NO_LONG 40102
#define ERR_GRAPH_NOT_STRING    40103
#define ERR_GRAPH_UNKNOWN       40104
#define ERR_GRAPH_MISSING       40105
#define ERR_GRAPH_RESTRICT      40185
#define ERR_GRAPH_NO_ID         40271
#define ERR_GRAPH_NOT_OBJECT    40327

struct graph_spec {
	struct foreign foreign;
	struct expression *start;
	struct path as, from, to, depth; /* depth.n 0: it is not wanted */
	const char *to_name;
	int64_t max_depth; /* -1: any */
};

/* ------------------------------------------------------------- the parser */

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $graphLookup");
}

/* What the specification says, as it is. */
struct arguments {
	struct value from, start, as, connect_from, connect_to, depth, max_depth, restricted;
};

static struct value *argument_of(struct arguments *a, const char *name)
{
	const struct {
		const char *name;
		struct value *value;
	} all[] = {
	    {"as", &a->as},
	    {"connectFromField", &a->connect_from},
	    {"connectToField", &a->connect_to},
	    {"depthField", &a->depth},
	    {"from", &a->from},
	    {"maxDepth", &a->max_depth},
	    {"restrictSearchWithMatch", &a->restricted},
	    {"startWith", &a->start},
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].value;
	return NULL;
}

static int take_arguments(struct arguments *a, struct view spec, struct status *st)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;

	while (doc_next(&it, &e)) {
		struct value *v = argument_of(a, e.name);

		if (!v)
			return status_set(st, ERR_GRAPH_UNKNOWN,
			    "unknown argument to $graphLookup: %s", e.name);
		*v = e.value;
	}
	return 0;
}

static int parse_path(
    const char *name, struct value v, struct arena *a, struct path *out, struct status *st)
{
	if (v.type != TYPE_STRING)
		return status_set(st, ERR_GRAPH_NOT_STRING,
		    "expected string as argument for %s, found: %s", name, type_name(v.type));
	return field_path_parse(value_str(v), a, out, st);
}

static int parse_paths(
    struct graph_spec *g, const struct arguments *args, struct arena *a, struct status *st)
{
	int err = parse_path("as", args->as, a, &g->as, st);

	if (!err)
		err = parse_path("connectFromField", args->connect_from, a, &g->from, st);
	if (!err)
		err = parse_path("connectToField", args->connect_to, a, &g->to, st);
	if (!err && !value_is_missing(args->depth))
		err = parse_path("depthField", args->depth, a, &g->depth, st);
	if (!err)
		g->to_name = arena_strndup(a, (const char *)g->to.text.data, g->to.text.len);
	return err || g->to_name ? err : no_memory(st);
}

static int parse_depth(struct graph_spec *g, struct value v, struct status *st)
{
	g->max_depth = -1;
	if (value_is_missing(v))
		return 0;
	if (!value_is_number(v))
		return status_set(st, ERR_GRAPH_DEPTH_TYPE,
		    "maxDepth requires numeric argument, found: %s", type_name(v.type));
	if (!value_to_i64(v, &g->max_depth))
		return status_set(st, ERR_GRAPH_DEPTH_NO_LONG,
		    "maxDepth could not be represented as a long long");
	if (g->max_depth < 0)
		return status_set(st, ERR_GRAPH_DEPTH_LESS,
		    "maxDepth requires a nonnegative argument, found: %lld",
		    (long long)g->max_depth);
	return 0;
}

/* [{$match: restrictSearchWithMatch}], or nothing. */
static int make_stages(
    struct view *out, struct value restricted, struct arena *a, struct status *st)
{
	struct builder b;
	struct buf buf;

	*out = view_of(NULL, 0);
	if (value_is_missing(restricted))
		return 0;
	if (restricted.type != TYPE_OBJECT)
		return status_set(st, ERR_GRAPH_RESTRICT,
		    "restrictSearchWithMatch must be an object, but found %s",
		    type_name(restricted.type));
	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_doc_begin(&b, "0");
	builder_value(&b, "$match", restricted);
	builder_doc_end(&b);
	builder_finish(&b);
	if (!builder_failed(&b))
		*out = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0 : no_memory(st);
}

static int parse_foreign(struct graph_spec *g, const struct arguments *args,
    const struct stage_context *cx, struct status *st)
{
	struct foreign_spec *f = arena_new(cx->arena, struct foreign_spec);
	int err;

	if (!f)
		return no_memory(st);
	f->let = cx->let;
	f->matched = true;
	f->nesting = (struct stage_nesting){.up = cx->nesting, .stage = "$graphLookup"};
	err = foreign_parse_name("$graphLookup", args->from, &f->name, st);
	if (!err && !f->name.len)
		err = status_set(
		    st, ERR_INVALID_NAMESPACE, "$graphLookup's 'from' must not be empty");
	if (!err)
		err = make_stages(&f->stages, args->restricted, cx->arena, st);
	return err ? err : foreign_parse(&g->foreign, f, cx, st);
}

static int graph_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct graph_spec *g = arena_new(cx->arena, struct graph_spec);
	struct arguments args = {0};
	int err;

	if (!g)
		return no_memory(st);
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_GRAPH_NOT_OBJECT, "$graphLookup", "an object", v.type);
	s->data = g;
	err = take_arguments(&args, value_doc(v), st);
	if (err)
		return err;
	if (value_is_missing(args.from) || value_is_missing(args.as) ||
	    value_is_missing(args.start) || value_is_missing(args.connect_from) ||
	    value_is_missing(args.connect_to))
		return status_set(st, ERR_GRAPH_MISSING,
		    "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and "
		    "'connectToField' to be specified.");
	err = parse_paths(g, &args, cx->arena, st);
	if (!err)
		err = parse_depth(g, args.max_depth, st);
	if (!err)
		err = expression_parse(args.start, &o, cx->arena, &g->start, st);
	return err ? err : parse_foreign(g, &args, cx, st);
}

/* --------------------------------------------------------------- the node */

struct found {
	struct found *next; /* in the order in which they were found */
	struct view doc;
	struct value id;
	uint64_t hash;
	int64_t depth;
};

struct graph_node {
	struct exec exec;
	const struct stage *stage;
	struct graph_spec *spec;
	struct memory_account *account;
	struct buf doc; /* where it begins */
	struct meta_keeper keeper; /* of what is known of it besides */
	const struct document_meta *meta;
	struct memory_account memory; /* of what has been found */
	struct arena search;
	struct arena level; /* of the query of one level */
	struct found **slots, *first, **last;
	size_t n, size;
	struct join_values values; /* that the next level looks for */
	int64_t depth;
	bool searching, open;
	struct buf out;
};

static int too_much(struct status *st)
{
	return status_set(st, ERR_GRAPH_MEMORY,
	    "$graphLookup reached maximum memory consumption, %d bytes", GRAPH_MEMORY_BYTES);
}

static struct found **find_slot(struct graph_node *n, struct value id, uint64_t hash)
{
	const struct collator *collator = n->stage->context->collator;

	for (size_t i = hash;; i++) {
		struct found **slot = &n->slots[i & (n->size - 1)];

		if (!*slot || ((*slot)->hash == hash && value_equal((*slot)->id, id, collator)))
			return slot;
	}
}

static bool grow(struct graph_node *n)
{
	n->size = n->size ? n->size * 2 : 64;
	n->slots = arena_new_array(&n->search, n->size, struct found *);
	if (!n->slots)
		return false;
	for (struct found *f = n->first; f; f = f->next)
		*find_slot(n, f->id, f->hash) = f;
	return true;
}

/* A document that has been found: a new one leads on. */
static int add_found(struct graph_node *n, struct view doc, struct status *st)
{
	struct value id = doc_get(doc, "_id");
	uint64_t hash = value_hash(id, n->stage->context->collator);
	struct found **slot, *f;

	if (value_is_missing(id))
		return status_set(st, ERR_GRAPH_NO_ID,
		    "Documents in the '%.*s' namespace must contain an _id for "
		    "de-duplication in $graphLookup",
		    (int)n->spec->foreign.name.len, (const char *)n->spec->foreign.name.data);
	if (n->n * 2 >= n->size && !grow(n))
		return too_much(st);
	slot = find_slot(n, id, hash);
	if (*slot)
		return 0;
	f = arena_new(&n->search, struct found);
	if (f)
		f->doc = arena_dup(&n->search, doc);
	if (arena_failed(&n->search))
		return too_much(st);
	f->id = doc_get(f->doc, "_id");
	f->hash = hash;
	f->depth = n->depth;
	*slot = f;
	*(n->last ? n->last : &n->first) = f;
	n->last = &f->next;
	n->n++;
	return join_values_collect(&n->values, f->doc, &n->spec->from, st);
}

/* An array is its elements; from what is missing nothing is reached. */
static int begin_search(struct graph_node *n, struct status *st)
{
	struct value start;
	struct doc_iter it;
	struct element e;
	int err;

	arena_reset(&n->search);
	n->slots = NULL;
	n->first = NULL;
	n->last = NULL;
	n->n = n->size = 0;
	n->depth = 0;
	n->values = (struct join_values){.arena = &n->search};
	err = expression_eval(
	    n->spec->start, buf_view(&n->doc), n->stage->context->let, &n->search, &start, st);
	if (err)
		return err;
	n->searching = true;
	if (start.type != TYPE_ARRAY) {
		if (!value_is_missing(start))
			join_values_add(&n->values, start);
		return 0;
	}
	it = doc_iter(value_doc(start));
	while (doc_next(&it, &e))
		join_values_add(&n->values, e.value);
	return n->values.failed ? too_much(st) : 0;
}

/* The query of the documents that have one of the values. */
static int open_level(struct graph_node *n, struct exec_context *cx)
{
	struct view filter = {0};
	struct builder b;
	struct buf buf;
	int err;

	arena_reset(&n->level);
	buf_init(&buf, n->account);
	builder_init(&b, &buf);
	join_values_put(&b, n->spec->to_name, &n->values);
	builder_finish(&b);
	if (!builder_failed(&b))
		filter = arena_dup(&n->level, builder_view(&b));
	buf_clear(&buf);
	if (!filter.data)
		return no_memory(cx->status);
	n->values = (struct join_values){.arena = &n->search};
	foreign_set_match(&n->spec->foreign, filter);
	err = foreign_open(&n->spec->foreign, &n->level, n->account, cx);
	n->open = !err;
	return err;
}

/* DONE: all documents of the level have been found. */
static enum step run_level(struct graph_node *n, struct exec_context *cx)
{
	struct row row;
	enum step step;

	while ((step = foreign_next(&n->spec->foreign, cx, &row)) == STEP_ROW)
		if (add_found(n, row.doc, cx->status))
			return STEP_ERROR;
	if (step != STEP_DONE)
		return step;
	if (n->values.failed) {
		too_much(cx->status);
		return STEP_ERROR;
	}
	foreign_close(&n->spec->foreign, cx);
	n->open = false;
	n->depth++;
	return STEP_DONE;
}

static bool goes_on(const struct graph_node *n)
{
	return n->values.n && (n->spec->max_depth < 0 || n->depth <= n->spec->max_depth);
}

static enum step search(struct graph_node *n, struct exec_context *cx)
{
	enum step step;

	while (n->open || goes_on(n)) {
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
		if (!n->open && open_level(n, cx))
			return STEP_ERROR;
		step = run_level(n, cx);
		if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}

static void put_found(struct graph_node *n, struct builder *b, const struct found *f)
{
	int64_t le = (int64_t)htole64((uint64_t)f->depth);
	struct value depth = {(const uint8_t *)&le, sizeof(le), TYPE_INT64};

	builder_doc_begin(b, NULL);
	if (n->spec->depth.n)
		field_path_set(b, f->doc, &n->spec->depth, depth);
	else
		builder_elements(b, f->doc);
	builder_doc_end(b);
}

/* {"": [what has been found]}, in the level's arena. */
static struct value make_array(struct graph_node *n)
{
	struct view doc = {0};
	struct builder b;
	struct buf buf;

	arena_reset(&n->level);
	buf_init(&buf, n->account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "");
	for (const struct found *f = n->first; f; f = f->next)
		put_found(n, &b, f);
	builder_array_end(&b);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(&n->level, builder_view(&b));
	buf_clear(&buf);
	return doc.data ? doc_get(doc, "") : value_missing;
}

static enum step give(struct graph_node *n, struct exec_context *cx, struct row *out)
{
	struct value array = make_array(n);
	struct builder b;

	n->searching = false;
	buf_reset(&n->out);
	builder_init(&b, &n->out);
	field_path_set(&b, buf_view(&n->doc), &n->spec->as, array);
	builder_finish(&b);
	if (value_is_missing(array) || builder_failed(&b)) {
		no_memory(cx->status);
		return STEP_ERROR;
	}
	n->exec.done = n->exec.child->done;
	n->exec.works++;
	n->exec.advanced++;
	*out = (struct row){.doc = builder_view(&b), .array_index = -1, .meta = n->meta};
	return STEP_ROW;
}

static enum step take_doc(struct graph_node *n, struct exec_context *cx)
{
	struct row row;
	enum step step = exec_next(n->exec.child, cx, &row);

	n->exec.done = step != STEP_ROW && n->exec.child->done;
	if (step != STEP_ROW)
		return step;
	buf_reset(&n->doc);
	buf_append_view(&n->doc, row.doc);
	n->meta = meta_keep(&n->keeper, row.meta);
	if (!n->doc.failed && !n->keeper.packed.failed)
		return begin_search(n, cx->status) ? STEP_ERROR : STEP_ROW;
	no_memory(cx->status);
	return STEP_ERROR;
}

static enum step graph_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct graph_node *n = container_of(e, struct graph_node, exec);
	enum step step;

	if (cx->op->on_loop)
		return STEP_HANDOVER;
	if (!n->searching) {
		step = take_doc(n, cx);
		if (step != STEP_ROW)
			return step;
	}
	step = search(n, cx);
	return step == STEP_DONE ? give(n, cx, out) : step;
}

static void graph_save(struct exec *e)
{
	foreign_save(&container_of(e, struct graph_node, exec)->spec->foreign);
}

static void graph_close(struct exec *e)
{
	struct graph_node *n = container_of(e, struct graph_node, exec);

	foreign_close(&n->spec->foreign, NULL);
	arena_clear(&n->level);
	arena_clear(&n->search);
	memory_account_close(&n->memory);
	buf_clear(&n->doc);
	buf_clear(&n->keeper.packed);
	buf_clear(&n->out);
}

static const struct exec_ops graph_ops = {
    .name = "GRAPH_LOOKUP",
    .next = graph_next,
    .save = graph_save,
    .close = graph_close,
};

static struct exec *graph_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct graph_node *n = arena_new(a, struct graph_node);

	if (!n)
		return NULL;
	n->exec.ops = &graph_ops;
	n->exec.child = input;
	n->stage = s;
	n->spec = s->data;
	n->account = account;
	memory_account_init(&n->memory, account, GRAPH_MEMORY_BYTES);
	arena_init(&n->search, &n->memory);
	arena_init(&n->level, account);
	buf_init(&n->doc, account);
	buf_init(&n->keeper.packed, account);
	buf_init(&n->out, account);
	return &n->exec;
}

static void graph_explain(const struct exec *e, struct builder *b)
{
	foreign_put_stats(&container_of(e, struct graph_node, exec)->spec->foreign, b);
}

const struct stage_type stage_graph_lookup = {
    .name = "$graphLookup",
    .flags = STAGE_READS,
    .help = "What can be reached from each document in another collection.",
    .parse = graph_parse,
    .make = graph_make,
    .explain = graph_explain,
};
