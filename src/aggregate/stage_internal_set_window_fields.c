/*
 * $_internalSetWindowFields: what $setWindowFields does with sorted documents.
 *
 * A partition is read whole before its first document goes: its documents take 100 MiB at most,
 * and so does what is computed of them; then error 292.
 */
#include "aggregate/field_path.h"
#include "aggregate/window.h"

enum { ERR_OUTPUTS_CONFLICT = 6307900 };

struct window_spec {
	const char *partition_field; /* NULL: there is one partition */
	struct sort_spec *sort; /* NULL: none */
	int n;
	struct window_output *outputs;
};

static bool is_within(const struct path *outer, const struct path *inner)
{
	return inner->text.len >= outer->text.len &&
	       memcmp(inner->text.data, outer->text.data, outer->text.len) == 0 &&
	       (inner->text.len == outer->text.len || inner->text.data[outer->text.len] == '.');
}

static int check_conflicts(const struct window_spec *w, struct status *st)
{
	const struct path *last = &w->outputs[w->n - 1].path;

	for (int i = 0; i < w->n - 1; i++) {
		const struct path *p = &w->outputs[i].path;

		if (is_within(p, last) || is_within(last, p))
			return status_set(st, ERR_OUTPUTS_CONFLICT,
			    "the outputs '%s' and '%s' stand in each other's way",
			    (const char *)p->text.data, (const char *)last->text.data);
	}
	return 0;
}

static int parse_outputs(
    struct window_spec *w, struct view doc, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {.collator = cx->collator, .let = cx->let};
	struct window_parser p = {
	    .options = &o, .sort = w->sort, .arena = cx->arena, .status = st};
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int err = 0;

	w->outputs =
	    arena_new_array(cx->arena, (size_t)doc_count(doc) + 1, struct window_output);
	if (!w->outputs)
		return window_no_memory(st);
	while (!err && doc_next(&it, &e)) {
		err = window_parse(&p, &e, &w->outputs[w->n++]);
		if (!err)
			err = check_conflicts(w, st);
	}
	return err;
}

/* The stage has been checked by $setWindowFields, which alone makes one, but for the outputs. */
static int set_window_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct window_spec *w = arena_new(cx->arena, struct window_spec);
	struct view doc = value_doc(v);
	struct value partition = doc_get(doc, "partitionBy");
	struct value sort = doc_get(doc, "sortBy");
	int err = 0;

	if (!w)
		return window_no_memory(st);
	s->data = w;
	if (!value_is_missing(partition))
		w->partition_field = (const char *)value_str(partition).data + 1;
	if (!value_is_missing(sort))
		err = sort_parse(value_doc(sort), cx->collator, cx->arena, &w->sort, st);
	return err ? err : parse_outputs(w, value_doc(doc_get(doc, "output")), cx, st);
}

struct window_node {
	struct exec exec;
	const struct stage *stage;
	const struct window_spec *spec;
	struct partition partition;
	struct memory_account memory; /* of what is computed of a partition */
	struct arena arena, row;
	struct window_part part;
	struct window_run *runs;
	size_t at; /* the next document that goes */
	bool ready; /* the partition has been read and looked at */
	struct buf result, out[2];
};

/* The input of each document. */
static int evaluate(struct window_node *w, struct window_run *r, struct status *st)
{
	const struct expression *input = r->output->operand.value;
	int err = 0;

	r->values = NULL;
	if (!input)
		return 0;
	r->values = arena_new_array(&w->arena, w->part.n + 1, struct value);
	for (size_t i = 0; r->values && !err && i < w->part.n; i++)
		err = expression_eval(input, partition_at(&w->partition, i), w->part.let,
		    &w->arena, &r->values[i], st);
	if (!err && arena_failed(&w->arena))
		err = partition_no_memory(&w->partition, st);
	return err;
}

static int begin_run(struct window_node *w, struct window_run *r, struct status *st)
{
	int err = evaluate(w, r, st);

	r->from = r->to = 0;
	r->own = (struct window_own){0};
	if (!err && r->output->function->begin)
		err = r->output->function->begin(r, &w->part, st);
	return err;
}

/* Where each document is in the order. */
static int find_places(struct window_node *w, struct status *st)
{
	const struct sort_spec *sort = w->spec->sort;

	w->part.places = NULL;
	if (!sort || sort->n != 1)
		return 0;
	w->part.places = arena_new_array(&w->arena, w->part.n + 1, struct value);
	if (!w->part.places)
		return partition_no_memory(&w->partition, st);
	for (size_t i = 0; i < w->part.n; i++)
		w->part.places[i] =
		    path_get(partition_at(&w->partition, i), &sort->fields[0].path, false);
	return 0;
}

static int get_ready(struct window_node *w, struct exec_context *cx)
{
	int err;

	arena_reset(&w->arena);
	w->part.n = partition_n(&w->partition);
	w->part.op = cx->op;
	w->at = 0;
	w->ready = true;
	err = find_places(w, cx->status);
	for (int i = 0; !err && i < w->spec->n; i++)
		err = begin_run(w, &w->runs[i], cx->status);
	return err;
}

/* DONE: there is a document to give, or the partition is the last and empty. */
static enum step read_partition(struct window_node *w, struct exec_context *cx)
{
	enum step step;

	if (w->ready && w->at == w->part.n && w->partition.ahead.len) {
		w->ready = false;
		if (partition_begin(&w->partition, cx->status))
			return STEP_ERROR;
	}
	while (!w->partition.ended) {
		step = partition_read(&w->partition, &w->exec, cx);
		if (step != STEP_DONE)
			return step;
	}
	return !w->ready && get_ready(w, cx) ? STEP_ERROR : STEP_DONE;
}

static int give(struct window_node *w, struct view *out, struct status *st)
{
	int turn = 0;

	*out = partition_at(&w->partition, w->at);
	arena_reset(&w->row);
	for (int i = 0; i < w->spec->n; i++) {
		struct window_run *r = &w->runs[i];
		struct value v;
		int err = r->output->function->value(r, &w->part, w->at, &v, st);

		if (err)
			return err;
		if (!field_path_set_in(&w->out[turn], *out, &r->output->path, v))
			return window_no_memory(st);
		*out = buf_view(&w->out[turn]);
		turn = !turn;
	}
	w->at++;
	return 0;
}

static enum step set_window_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct window_node *w = container_of(e, struct window_node, exec);
	enum step step = read_partition(w, cx);
	struct view doc;

	if (step != STEP_DONE)
		return step;
	e->done = w->at == w->part.n;
	if (e->done)
		return STEP_DONE;
	if (op_check(cx->op, cx->status) || give(w, &doc, cx->status))
		return STEP_ERROR;
	e->advanced++;
	*out = (struct row){.doc = doc, .array_index = -1};
	return STEP_ROW;
}

static void set_window_close(struct exec *e)
{
	struct window_node *w = container_of(e, struct window_node, exec);

	for (int i = 0; i < w->spec->n; i++) {
		arena_clear(&w->runs[i].kept);
		buf_clear(&w->runs[i].scratch);
	}
	partition_clear(&w->partition);
	arena_clear(&w->arena);
	arena_clear(&w->row);
	buf_clear(&w->result);
	buf_clear(&w->out[0]);
	buf_clear(&w->out[1]);
	memory_account_close(&w->memory);
}

static const struct exec_ops set_window_ops = {
    .name = "SET_WINDOW_FIELDS",
    .next = set_window_next,
    .close = set_window_close,
};

static bool make_runs(struct window_node *w, struct arena *a)
{
	const struct window_spec *spec = w->spec;

	w->runs = arena_calloc(a, (size_t)spec->n + 1, sizeof(*w->runs));
	for (int i = 0; w->runs && i < spec->n; i++) {
		const struct window_output *o = &spec->outputs[i];
		size_t size =
		    o->accumulator ? o->accumulator->state_size : o->function->state_size;

		w->runs[i].output = o;
		w->runs[i].state = arena_calloc(a, 1, size + 1);
		arena_init(&w->runs[i].kept, &w->memory);
		buf_init(&w->runs[i].scratch, &w->memory);
		if (!w->runs[i].state)
			return false;
	}
	return w->runs;
}

static struct exec *set_window_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct window_node *w = arena_new(a, struct window_node);

	if (!w)
		return NULL;
	w->exec.ops = &set_window_ops;
	w->exec.child = input;
	w->stage = s;
	w->spec = s->data;
	memory_account_init(&w->memory, account, PARTITION_BYTES);
	if (!make_runs(w, a)) {
		memory_account_close(&w->memory);
		return NULL;
	}
	partition_init(&w->partition, "$setWindowFields", w->spec->partition_field,
	    s->context->collator, account);
	arena_init(&w->arena, &w->memory);
	arena_init(&w->row, account);
	buf_init(&w->result, account);
	buf_init(&w->out[0], account);
	buf_init(&w->out[1], account);
	w->part = (struct window_part){.docs = &w->partition,
	    .arena = &w->arena,
	    .row = &w->row,
	    .result = &w->result,
	    .collator = s->context->collator,
	    .let = s->context->let};
	return &w->exec;
}

const struct stage_type stage_internal_set_window_fields = {
    .name = "$_internalSetWindowFields",
    .flags = STAGE_INTERNAL | STAGE_MERGES,
    .help = "What $setWindowFields does with sorted documents.",
    .parse = set_window_parse,
    .make = set_window_make,
};
