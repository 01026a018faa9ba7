/*
 * $sample: so many documents of the input by chance, in an order by chance.
 *
 * Every document gets a random key, and those with the least keys are taken: no
 * more than the sample is kept.
 */
#include "aggregate/sorted_input.h"
#include "bson/decimal.h"
#include "util/hash.h"

enum {
	ERR_SAMPLE_NOT_OBJECT = 28745,
	ERR_SIZE_NOT_NUMERIC = 28746,
	ERR_SIZE_NOT_POSITIVE = 28747,
	ERR_SAMPLE_OPTION = 28748,
	ERR_SIZE_MISSING = 28749,
};

/* Cut to a whole number; a decimal is rounded, halves to even. */
static int64_t whole(struct value v)
{
	int64_t n = 0;

	if (v.type == TYPE_DECIMAL128)
		return decimal_to_i64_clamped(
		    decimal_round(decimal_read(v.data), 0, DECIMAL_TO_EVEN));
	return value_to_i64_clamped(v, &n) ? n : 0;
}

static int parse_size(struct view doc, struct value *size, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	*size = value_missing;
	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "size") != 0)
			return status_set(
			    st, ERR_SAMPLE_OPTION, "$sample has no option '%s'", e.name);
		if (!value_is_number(e.value))
			return status_set(st, ERR_SIZE_NOT_NUMERIC,
			    "$sample's size is a number, not %s", type_name(e.value.type));
		*size = e.value;
	}
	return value_is_missing(*size)
		   ? status_set(st, ERR_SIZE_MISSING, "$sample needs a size")
		   : 0;
}

static int sample_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	int64_t *n = arena_new(cx->arena, int64_t);
	struct value size;
	int err;

	if (!n)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $sample");
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_SAMPLE_NOT_OBJECT, "$sample", "an object", v.type);
	err = parse_size(value_doc(v), &size, st);
	if (err)
		return err;
	*n = whole(size);
	s->data = n;
	return *n > 0
		   ? 0
		   : status_set(st, ERR_SIZE_NOT_POSITIVE, "$sample's size must be positive");
}

struct sample_node {
	struct exec exec;
	struct sorted_input input;
	int64_t left; /* a large sample is not cut by the sorter */
};

static int put_row(
    struct exec *e, const struct row *in, struct sorter_row *out, struct status *st)
{
	buf_append_be64(&container_of(e, struct sample_node, exec)->input.key, random_u64());
	out->parts[0] = in->doc;
	return 0;
}

static enum step sample_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct sample_node *s = container_of(e, struct sample_node, exec);
	struct sorter_row row;
	enum step step;

	if (e->done)
		return STEP_DONE;
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	step = sorted_input_load(&s->input, e, cx, put_row);
	if (step == STEP_DONE && s->left)
		step = sorter_next(s->input.sorter, &row, cx->status);
	e->done = step == STEP_DONE;
	if (step != STEP_ROW)
		return step;
	if (op_check(cx->op, cx->status))
		return STEP_ERROR;
	e->advanced++;
	s->left--;
	*out = (struct row){.doc = row.parts[0], .array_index = -1};
	return STEP_ROW;
}

static void sample_close(struct exec *e)
{
	sorted_input_clear(&container_of(e, struct sample_node, exec)->input);
}

static const struct exec_ops sample_ops = {
    .name = "SAMPLE",
    .next = sample_next,
    .close = sample_close,
};

static struct exec *sample_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct sample_node *n = arena_new(a, struct sample_node);

	if (!n || !sorted_input_init(&n->input, s->context, *(const int64_t *)s->data, account))
		return NULL;
	n->exec.ops = &sample_ops;
	n->exec.child = input;
	n->left = *(const int64_t *)s->data;
	return &n->exec;
}

const struct stage_type stage_sample = {
    .name = "$sample",
    .flags = STAGE_MERGES,
    .help = "So many documents by chance.",
    .parse = sample_parse,
    .make = sample_make,
};
