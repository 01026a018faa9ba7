/*
 * $group: one row for each different value of _id, with accumulators.
 *
 * Blocking: reads all its input into a hash table in memory (100 MB at most,
 * then error 292), and gives the groups in the order in which they were met.
 */
#include "aggregate/accumulating.h"

#define ERR_GROUP_NOT_OBJECT 15947
#define ERR_GROUP_NO_ID      15955
#define ERR_GROUP_INCLUSION  17390
#define ERR_GROUP_TWO_IDS    15948

struct group_spec {
	struct expression *id;
	struct accumulating fields;
};

/* {a: 1} is no document of constants, nor does it include fields. */
static int parse_id(
    struct group_spec *g, struct value v, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct doc_iter it = doc_iter(v.type == TYPE_OBJECT ? value_doc(v) : doc_empty);
	struct element e;

	while (doc_next(&it, &e) && e.name[0] != '$')
		if (value_is_number(e.value) || e.value.type == TYPE_BOOL)
			return status_set(st, ERR_GROUP_INCLUSION,
			    "a group's _id has expressions as its fields, and no numbers");
	return expression_parse(v, &o, cx->arena, &g->id, st);
}

static int group_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct group_spec *g = arena_new(cx->arena, struct group_spec);
	struct doc_iter it;
	struct element e;
	int err;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_GROUP_NOT_OBJECT, "$group", "an object", v.type);
	if (!g)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $group");
	err = accumulating_init(&g->fields, doc_count(value_doc(v)), cx->arena, st);
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e)) {
		if (strcmp(e.name, "_id") != 0) {
			err = accumulating_parse(&g->fields, &e, cx, st);
			continue;
		}
		if (g->id)
			return status_set(
			    st, ERR_GROUP_TWO_IDS, "a group's _id may only be specified once");
		err = parse_id(g, e.value, cx, st);
	}
	if (!err && !g->id)
		return status_set(
		    st, ERR_GROUP_NO_ID, "a group specification must include an _id");
	s->data = g;
	return err;
}

struct group {
	struct group *next; /* in the order in which they were met */
	struct value id;
	uint64_t hash;
	max_align_t states[];
};

struct group_node {
	struct exec exec;
	const struct stage *stage;
	const struct group_spec *spec;
	struct memory_account memory; /* of this node, under the cursor's */
	struct arena groups;
	struct arena row;
	struct buf out;
	struct group **slots;
	size_t n, size;
	struct group *first, **last;
	struct group *at;
	bool read_all;
};

static struct group **find_slot(struct group_node *g, struct value id, uint64_t hash)
{
	const struct collator *collator = g->stage->context->collator;

	for (size_t i = hash;; i++) {
		struct group **slot = &g->slots[i & (g->size - 1)];

		if (!*slot || ((*slot)->hash == hash && value_equal((*slot)->id, id, collator)))
			return slot;
	}
}

static bool grow(struct group_node *g)
{
	g->size = g->size ? g->size * 2 : 256;
	g->slots = arena_new_array(&g->groups, g->size, struct group *);
	if (!g->slots)
		return false;
	for (struct group *x = g->first; x; x = x->next)
		*find_slot(g, x->id, x->hash) = x;
	return true;
}

static int too_much(struct group_node *g, struct status *st)
{
	return status_set(st, ERR_QUERY_EXCEEDED_MEMORY_LIMIT,
	    "$group needs more than %d bytes of memory; spilling its groups to disk is not "
	    "supported yet",
	    GROUP_MEMORY_BYTES);
}

/* The row's group; one that is new begins. */
static int group_of(
    struct group_node *g, struct value id, struct group **out, struct status *st)
{
	uint64_t hash = value_hash(id, g->stage->context->collator);
	struct group **slot, *x;

	if (g->n * 2 >= g->size && !grow(g))
		return too_much(g, st);
	slot = find_slot(g, id, hash);
	*out = *slot;
	if (*slot)
		return 0;
	x = arena_calloc(&g->groups, 1, sizeof(*x) + g->spec->fields.state_size);
	if (!x)
		return too_much(g, st);
	x->id = value_dup(&g->groups, id);
	x->hash = hash;
	*slot = x;
	*(g->last ? g->last : &g->first) = x;
	g->last = &x->next;
	g->n++;
	*out = x;
	return accumulating_begin(
	    &g->spec->fields, x->states, id, g->stage->context->let, &g->row, st);
}

static int add_row(struct group_node *g, const struct row *in, struct status *st)
{
	struct variables own;
	const struct variables *let = row_variables(&own, g->stage->context->let, in);
	const struct accumulation cx = {.arena = &g->groups,
	    .collator = g->stage->context->collator,
	    .scratch = &g->out,
	    .meta = in->meta};
	struct view doc = in->doc;
	struct group *x = NULL;
	struct value v;
	int err;

	arena_reset(&g->row);
	err = expression_eval(g->spec->id, doc, let, &g->row, &v, st);
	if (err)
		return err;
	/* A missing _id is null's group. */
	err = group_of(g, value_is_missing(v) ? value_null : v, &x, st);
	if (err)
		return err;
	err = accumulating_add(&g->spec->fields, x->states, doc, let, &g->row, &cx, st);
	if (err)
		return err;
	return arena_failed(&g->groups) ? too_much(g, st) : 0;
}

static int write_group(struct group_node *g, struct group *x, struct status *st)
{
	struct builder b;

	buf_reset(&g->out);
	builder_init(&b, &g->out);
	builder_value(&b, "_id", x->id);
	accumulating_finish(&g->spec->fields, x->states, &b);
	builder_finish(&b);
	if (builder_failed(&b))
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "a group is larger than memory allows");
	return 0;
}

static enum step group_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct group_node *g = container_of(e, struct group_node, exec);
	enum step step;
	struct row row;

	while (!g->read_all) {
		step = exec_next(e->child, cx, &row);
		if (step == STEP_DONE) {
			g->read_all = true;
			g->at = g->first;
			break;
		}
		if (step != STEP_ROW)
			return step;
		if (add_row(g, &row, cx->status))
			return STEP_ERROR;
	}
	e->done = !g->at;
	if (e->done)
		return STEP_DONE;
	if (write_group(g, g->at, cx->status))
		return STEP_ERROR;
	g->at = g->at->next;
	*out = (struct row){.doc = buf_view(&g->out), .array_index = -1};
	return STEP_ROW;
}

static void group_close(struct exec *e)
{
	struct group_node *g = container_of(e, struct group_node, exec);

	arena_clear(&g->groups);
	arena_clear(&g->row);
	buf_clear(&g->out);
	memory_account_close(&g->memory);
}

static const struct exec_ops group_ops = {
    .name = "GROUP",
    .next = group_next,
    .close = group_close,
};

static struct exec *group_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct group_node *g = arena_new(a, struct group_node);

	if (!g)
		return NULL;
	g->exec.ops = &group_ops;
	g->exec.child = input;
	g->stage = s;
	g->spec = s->data;
	memory_account_init(&g->memory, account, GROUP_MEMORY_BYTES);
	arena_init(&g->groups, &g->memory);
	arena_init(&g->row, account);
	buf_init(&g->out, account);
	return &g->exec;
}

/* {_id: null, n: {$sum: 1}} */
static bool group_only_counts(const struct stage *s)
{
	const struct group_spec *g = s->data;

	return accumulating_only_counts(&g->fields) && accumulating_needs_nothing(g->id);
}

const struct stage_type stage_group = {
    .name = "$group",
    .flags = STAGE_MERGES | STAGE_SHAPES,
    .help = "One document for each different _id, with accumulators.",
    .parse = group_parse,
    .make = group_make,
    .only_counts = group_only_counts,
};
