/*
 * $_internalFill: what $fill does with sorted documents: locf and linear.
 *
 * A document that waits for the value at the other end of its line waits in a
 * queue, with all that come behind it: 100 MiB at most, then error 292.
 */
#include "aggregate/field_path.h"
#include "aggregate/line.h"
#include "aggregate/partition.h"

struct fill_field {
	struct path path;
	bool linear;
};

struct internal_fill_spec {
	const char *partition_field; /* NULL: there is one partition */
	struct path sort_by; /* what lines go along; n 0: none */
	int n;
	struct fill_field *fields;
};

static int parse_fields(struct internal_fill_spec *f, struct view doc,
    const struct stage_context *cx, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int err = 0;

	f->fields = arena_new_array(cx->arena, (size_t)doc_count(doc) + 1, struct fill_field);
	if (!f->fields)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $fill");
	while (!err && doc_next(&it, &e)) {
		struct fill_field *field = &f->fields[f->n++];

		field->linear = view_equal(value_str(e.value), view_of_str("linear"));
		err =
		    field_path_parse(view_of(e.name, e.name_len), cx->arena, &field->path, st);
	}
	return err;
}

/* It has been checked by $fill, which alone makes one. */
static int internal_fill_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct internal_fill_spec *f = arena_new(cx->arena, struct internal_fill_spec);
	struct view doc = value_doc(v);
	struct value partition = doc_get(doc, "partitionField");
	struct value sort_by = doc_get(doc, "sortBy");
	struct element e;
	int err = 0;

	if (!f)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $fill");
	s->data = f;
	if (!value_is_missing(partition))
		f->partition_field = (const char *)value_str(partition).data;
	if (!value_is_missing(sort_by)) {
		struct doc_iter it = doc_iter(value_doc(sort_by));

		if (doc_next(&it, &e))
			err = field_path_parse(
			    view_of(e.name, e.name_len), cx->arena, &f->sort_by, st);
	}
	return err ? err : parse_fields(f, value_doc(doc_get(doc, "output")), cx, st);
}

/* ------------------------------------------------------------------- rows */

/* A field on its way through a partition. */
struct run {
	struct buf last; /* the last value that was seen behind its type; empty: none */
	struct buf last_sort; /* where it was */
	size_t
	    next; /* linear: the first in the queue that has a value, or how far was looked */
	bool found;
};

struct internal_fill_node {
	struct exec exec;
	const struct internal_fill_spec *spec;
	struct partition partition;
	size_t front; /* so many of those that wait there have gone */
	struct run *runs;
	struct arena row;
	struct buf out[2];
};

static bool is_nothing(struct value v)
{
	return v.type == TYPE_NULL || v.type == TYPE_UNDEFINED || value_is_missing(v);
}

static struct value kept(const struct buf *b)
{
	return (struct value){b->data + 1, (uint32_t)(b->len - 1), b->data[0]};
}

static bool keep(struct buf *b, struct value v)
{
	buf_reset(b);
	buf_append_byte(b, v.type);
	buf_append(b, v.data, v.len);
	return !b->failed;
}

static struct value sort_value(const struct internal_fill_node *f, struct view doc)
{
	return f->spec->sort_by.n ? path_get(doc, &f->spec->sort_by, false) : value_missing;
}

/*
 * Looks for the next document in the queue that has the field.  ROW: there is none yet, and
 * more may come.  What has been looked at once is not looked at again.
 */
static enum step look_for_next(
    struct internal_fill_node *f, const struct fill_field *field, struct run *r)
{
	if (r->found && r->next > f->front)
		return STEP_DONE;
	r->found = false;
	r->next = MAX_OF(r->next, f->front + 1);
	for (; r->next < partition_n(&f->partition); r->next++) {
		struct view doc = partition_at(&f->partition, r->next);

		if (!is_nothing(path_get(doc, &field->path, false))) {
			r->found = true;
			return STEP_DONE;
		}
	}
	return f->partition.ended ? STEP_DONE : STEP_ROW;
}

/* Does a field of the first document wait for more? */
static bool must_wait(struct internal_fill_node *f)
{
	struct view doc = partition_at(&f->partition, f->front);

	for (int i = 0; i < f->spec->n; i++) {
		const struct fill_field *field = &f->spec->fields[i];
		struct run *r = &f->runs[i];

		if (field->linear && r->last.len &&
		    is_nothing(path_get(doc, &field->path, false)) &&
		    look_for_next(f, field, r) == STEP_ROW)
			return true;
	}
	return false;
}

/* What stands in the place of nothing. */
static int filled(
    struct internal_fill_node *f, int i, struct view doc, struct value *out, struct status *st)
{
	const struct fill_field *field = &f->spec->fields[i];
	struct run *r = &f->runs[i];
	struct line_point from, to;
	struct view next;

	*out = value_null;
	if (!r->last.len)
		return 0;
	if (!field->linear) {
		*out = kept(&r->last);
		return 0;
	}
	if (!r->found)
		return 0;
	next = partition_at(&f->partition, r->next);
	from = (struct line_point){.where = kept(&r->last_sort), .value = kept(&r->last)};
	to = (struct line_point){
	    .where = sort_value(f, next), .value = path_get(next, &field->path, false)};
	return line_between(&from, &to, sort_value(f, doc), &f->row, out, st);
}

/* The queue's first document goes, filled. */
static int give(struct internal_fill_node *f, struct view *out, struct status *st)
{
	struct view in = partition_at(&f->partition, f->front), doc = in;
	struct value at = sort_value(f, in);
	int turn = 0;

	arena_reset(&f->row);
	for (int i = 0; i < f->spec->n; i++) {
		struct run *r = &f->runs[i];
		struct value v = path_get(in, &f->spec->fields[i].path, false);
		int err;

		if (!is_nothing(v)) {
			if (!keep(&r->last, v) || !keep(&r->last_sort, at))
				return partition_no_memory(&f->partition, st);
			continue;
		}
		err = filled(f, i, in, &v, st);
		if (err)
			return err;
		if (!field_path_set_in(&f->out[turn], doc, &f->spec->fields[i].path, v))
			return partition_no_memory(&f->partition, st);
		doc = buf_view(&f->out[turn]);
		turn = !turn;
	}
	*out = doc;
	f->front++;
	return 0;
}

/* Those that have gone make room. */
static void drop_gone(struct internal_fill_node *f)
{
	size_t n = f->front;

	partition_drop(&f->partition, n);
	f->front = 0;
	for (int i = 0; i < f->spec->n; i++) {
		struct run *r = &f->runs[i];

		r->found = r->found && r->next >= n;
		r->next = r->next >= n ? r->next - n : 0;
	}
}

/* The partition whose first document is ahead. */
static int begin_partition(struct internal_fill_node *f, struct status *st)
{
	drop_gone(f);
	for (int i = 0; i < f->spec->n; i++)
		buf_reset(&f->runs[i].last);
	return partition_begin(&f->partition, st);
}

static bool queue_is_empty(const struct internal_fill_node *f)
{
	return f->front == partition_n(&f->partition);
}

/* DONE: the queue's first document may go, or the queue is empty for good. */
static enum step get_ready(struct internal_fill_node *f, struct exec_context *cx)
{
	for (;;) {
		enum step step;

		if (queue_is_empty(f) && f->partition.ahead.len &&
		    begin_partition(f, cx->status))
			return STEP_ERROR;
		if (queue_is_empty(f) ? f->partition.read_all : !must_wait(f))
			return STEP_DONE;
		/* Not before they are the most of those in memory, which moves the others. */
		if (queue_is_empty(f) ||
		    (f->front >= 256 && 2 * f->front >= partition_n(&f->partition)))
			drop_gone(f);
		step = partition_read(&f->partition, &f->exec, cx);
		if (step != STEP_DONE)
			return step;
	}
}

static enum step internal_fill_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct internal_fill_node *f = container_of(e, struct internal_fill_node, exec);
	enum step step = get_ready(f, cx);
	struct view doc;

	if (step != STEP_DONE)
		return step;
	if (queue_is_empty(f)) {
		e->done = true;
		return STEP_DONE;
	}
	if (give(f, &doc, cx->status))
		return STEP_ERROR;
	e->advanced++;
	*out = (struct row){.doc = doc, .array_index = -1};
	return STEP_ROW;
}

static void internal_fill_close(struct exec *e)
{
	struct internal_fill_node *f = container_of(e, struct internal_fill_node, exec);

	for (int i = 0; i < f->spec->n; i++) {
		buf_clear(&f->runs[i].last);
		buf_clear(&f->runs[i].last_sort);
	}
	partition_clear(&f->partition);
	buf_clear(&f->out[0]);
	buf_clear(&f->out[1]);
	arena_clear(&f->row);
}

static const struct exec_ops internal_fill_ops = {
    .name = "FILL",
    .next = internal_fill_next,
    .close = internal_fill_close,
};

static struct exec *internal_fill_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	const struct internal_fill_spec *spec = s->data;
	struct internal_fill_node *f = arena_new(a, struct internal_fill_node);

	if (f)
		f->runs = arena_new_array(a, (size_t)spec->n + 1, struct run);
	if (!f || !f->runs)
		return NULL;
	f->exec.ops = &internal_fill_ops;
	f->exec.child = input;
	f->spec = spec;
	for (int i = 0; i < spec->n; i++) {
		buf_init(&f->runs[i].last, account);
		buf_init(&f->runs[i].last_sort, account);
	}
	partition_init(
	    &f->partition, "$fill", spec->partition_field, s->context->collator, account);
	buf_init(&f->out[0], account);
	buf_init(&f->out[1], account);
	arena_init(&f->row, account);
	return &f->exec;
}

const struct stage_type stage_internal_fill = {
    .name = "$_internalFill",
    .flags = STAGE_INTERNAL | STAGE_MERGES,
    .help = "What $fill does with sorted documents.",
    .parse = internal_fill_parse,
    .make = internal_fill_make,
};
