/*
 * query/exec_merge.c - the rows of several scans of indexes, each in the order that is asked
 * for, as one: in that order, and each document once.
 *
 * Of each input the next row is looked at.  It cannot be kept over a save, for its document
 * may change or go: the input is set back to before it, and reads it again.
 */
#include "query/explain.h"
#include "query/keyset.h"

struct merge_input {
	bool waiting; /* row has not been given yet */
	bool ended;
	struct row row;
	size_t prefix_len; /* of its keys: fields of one value, before those that sort */
	struct buf given; /* where it stood when its last row was given; empty: nowhere yet */
};

struct merge {
	struct exec exec;
	const struct plan *plan;
	bool reverse;
	struct merge_input *inputs;
	struct keyset seen;
	int64_t dropped;
};

/* Fields of one value are as long as that value's key. */
static size_t prefix_len(const struct candidate *part)
{
	size_t len = 0;

	/* Without a value there are no rows either. */
	for (int i = 0; i < part->n_prefix && part->bounds.fields[i].n; i++)
		len += part->bounds.fields[i].v[0].low.len;
	return len;
}

/* The fields that sort stand first in what is compared, and ends of fields in keys are where
 * they differ at the latest: what follows decides only between equals. */
static bool comes_first(
    const struct merge *s, const struct merge_input *a, const struct merge_input *b)
{
	struct view x = view_of(
	    a->row.index_key.data + a->prefix_len, a->row.index_key.len - a->prefix_len);
	struct view y = view_of(
	    b->row.index_key.data + b->prefix_len, b->row.index_key.len - b->prefix_len);
	int c = view_compare(x, y);

	if (c == 0)
		c = view_compare(a->row.record_key, b->row.record_key);
	return s->reverse ? c > 0 : c < 0;
}

/* Each input that goes on has a row: ROW; or why not. */
static enum step fill(struct merge *s, struct exec_context *cx)
{
	for (int i = 0; i < s->exec.n_inputs; i++) {
		struct merge_input *in = &s->inputs[i];
		enum step step;

		if (in->waiting || in->ended)
			continue;
		step = exec_next(s->exec.inputs[i], cx, &in->row);
		in->waiting = step == STEP_ROW;
		in->ended = step == STEP_DONE;
		if (step != STEP_ROW && step != STEP_DONE)
			return step;
		s->exec.works += in->waiting;
	}
	return STEP_ROW;
}

static int first_of(const struct merge *s)
{
	int first = -1;

	for (int i = 0; i < s->exec.n_inputs; i++)
		if (s->inputs[i].waiting &&
		    (first < 0 || comes_first(s, &s->inputs[i], &s->inputs[first])))
			first = i;
	return first;
}

/* The row stays valid until the input is asked for its next. */
static int give(struct merge *s, int i, struct row *out, bool *is_new, struct status *st)
{
	struct merge_input *in = &s->inputs[i];

	*out = in->row;
	in->waiting = false;
	buf_reset(&in->given);
	buf_append_view(&in->given, exec_ixscan_position(s->exec.inputs[i]));
	if (in->given.failed)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a scan's position");
	return keyset_add(&s->seen, out->record_key, is_new, st);
}

static enum step merge_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct merge *s = (struct merge *)e;
	bool is_new = false;

	if (e->done)
		return STEP_DONE;
	while (!is_new) {
		enum step step = fill(s, cx);
		int i;

		if (step != STEP_ROW)
			return step;
		i = first_of(s);
		e->done = i < 0;
		if (e->done)
			return STEP_DONE;
		if (give(s, i, out, &is_new, cx->status))
			return STEP_ERROR;
		s->dropped += !is_new;
	}
	e->advanced++;
	return STEP_ROW;
}

static void merge_save(struct exec *e)
{
	struct merge *s = (struct merge *)e;

	for (int i = 0; i < e->n_inputs; i++) {
		if (!s->inputs[i].waiting)
			continue;
		exec_ixscan_rewind(e->inputs[i], buf_view(&s->inputs[i].given));
		s->inputs[i].waiting = false;
	}
}

static void merge_close(struct exec *e)
{
	struct merge *s = (struct merge *)e;

	for (int i = 0; i < e->n_inputs; i++)
		buf_clear(&s->inputs[i].given);
	keyset_clear(&s->seen);
}

static void merge_explain(const struct exec *e, struct explain_output *x)
{
	const struct merge *s = (const struct merge *)e;

	explain_node(x, e, e->ops->name, NULL);
	builder_doc(x->b, "sortPattern", s->plan->query->spec.sort);
	if (!x->stats)
		return;
	builder_int(x->b, "dupsTested", e->works);
	builder_int(x->b, "dupsDropped", s->dropped);
}

static const struct exec_ops merge_ops = {
    .name = "SORT_MERGE",
    .next = merge_next,
    .save = merge_save,
    .close = merge_close,
    .explain = merge_explain,
};

struct exec *exec_merge_new(const struct plan *p, const struct candidate *way,
    struct exec **inputs, struct arena *a, struct memory_account *account)
{
	struct merge *s = arena_new(a, struct merge);

	if (!s)
		return NULL;
	s->inputs = arena_new_array(a, (size_t)way->n_parts, struct merge_input);
	if (!s->inputs)
		return NULL;
	s->exec.ops = &merge_ops;
	s->exec.inputs = inputs;
	s->exec.n_inputs = way->n_parts;
	s->plan = p;
	s->reverse = way->reverse;
	for (int i = 0; i < way->n_parts; i++) {
		s->inputs[i].prefix_len = prefix_len(way->parts[i]);
		buf_init(&s->inputs[i].given, account);
	}
	keyset_init(&s->seen, account);
	return &s->exec;
}
