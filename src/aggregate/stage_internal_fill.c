/*
 * $_internalFill: what $fill does with sorted documents: locf and linear.
 *
 * A document that waits for the value at the other end of its line waits in a
 * queue, with all that come behind it: 100 MiB at most, then error 292.
 */
#include "aggregate/field_path.h"
#include "aggregate/stage.h"
#include "bson/compare.h"
#include "bson/decimal.h"

enum {
	ERR_FILL_REPEATED = 6050106,
	ERR_FILL_SORT_TYPES = 6050107,
	ERR_FILL_NOT_NUMERIC = 6050201,
};

/* Of waiting documents. */
#define FILL_QUEUE_BYTES (100 * 1024 * 1024)

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

/* ------------------------------------------------------------------ queue */

/* Documents in the order in which they came; those at the front go. */
struct queue {
	struct buf docs; /* one after the other */
	struct buf places; /* size_t each: where they are in docs */
	size_t front; /* so many have gone */
};

static size_t queue_n(const struct queue *q)
{
	return q->places.len / sizeof(size_t);
}

static struct view queue_at(const struct queue *q, size_t i)
{
	const uint8_t *doc = q->docs.data + ((const size_t *)q->places.data)[i];

	return view_of(doc, (size_t)read_i32(doc));
}

static bool queue_add(struct queue *q, struct view doc)
{
	size_t at = q->docs.len;

	if (at + doc.len > FILL_QUEUE_BYTES)
		return false;
	buf_append_view(&q->docs, doc);
	buf_append(&q->places, &at, sizeof(at));
	return !q->docs.failed && !q->places.failed;
}

static void queue_reset(struct queue *q)
{
	buf_reset(&q->docs);
	buf_reset(&q->places);
	q->front = 0;
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
	const struct stage *stage;
	const struct internal_fill_spec *spec;
	struct queue queue; /* of one partition */
	struct buf ahead; /* the first document of the next one; empty: none */
	struct buf partition; /* the current one's value, behind its type */
	bool ended; /* no more of the partition comes */
	bool read_all;
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

static int no_memory(struct status *st)
{
	return status_set(st, ERR_QUERY_EXCEEDED_MEMORY_LIMIT,
	    "$fill needs more than %d bytes for the documents between two values; spilling "
	    "them "
	    "to disk is not supported yet",
	    FILL_QUEUE_BYTES);
}

static struct value sort_value(const struct internal_fill_node *f, struct view doc)
{
	return f->spec->sort_by.n ? path_get(doc, &f->spec->sort_by, false) : value_missing;
}

static int partition_of(
    const struct internal_fill_node *f, struct view doc, struct value *out, struct status *st)
{
	*out = value_null;
	if (!f->spec->partition_field)
		return 0;
	*out = doc_get(doc, f->spec->partition_field);
	if (out->type == TYPE_ARRAY)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "an expression that partitions documents cannot come to an array");
	if (value_is_missing(*out))
		*out = value_null;
	return 0;
}

/* Into the queue, or ahead when it is of another partition. */
static int take(struct internal_fill_node *f, struct view doc, struct status *st)
{
	const struct collator *collator = f->stage->context->collator;
	struct value partition;
	int err = partition_of(f, doc, &partition, st);

	if (err)
		return err;
	if (!f->partition.len || value_compare(kept(&f->partition), partition, collator) != 0) {
		bool first = !f->partition.len;

		if (!keep(&f->partition, partition))
			return no_memory(st);
		if (!first) {
			f->ended = true;
			buf_reset(&f->ahead);
			buf_append_view(&f->ahead, doc);
			return f->ahead.failed ? no_memory(st) : 0;
		}
	}
	return queue_add(&f->queue, doc) ? 0 : no_memory(st);
}

/* DONE: one document more, or the partition's end. */
static enum step read_doc(struct internal_fill_node *f, struct exec_context *cx)
{
	struct row row;
	enum step step = exec_next(f->exec.child, cx, &row);

	if (step == STEP_DONE) {
		f->ended = f->read_all = true;
		return STEP_DONE;
	}
	if (step != STEP_ROW)
		return step;
	f->exec.works++;
	if (take(f, row.doc, cx->status) || op_check(cx->op, cx->status))
		return STEP_ERROR;
	return STEP_DONE;
}

/* ------------------------------------------------------------------ lines */

static int check_linear(struct value v, struct value at, struct status *st)
{
	if (!value_is_number(v))
		return status_set(st, ERR_FILL_NOT_NUMERIC,
		    "a value that $fill draws a line to is a number, not %s",
		    type_name(v.type));
	if (!value_is_number(at) && at.type != TYPE_DATE)
		return status_set(st, ERR_FILL_SORT_TYPES,
		    "what $fill sorts by is a number or a date, not %s", type_name(at.type));
	return 0;
}

/* Dates are numbers of milliseconds here. */
static struct value as_number(struct value v)
{
	if (v.type == TYPE_DATE)
		v.type = TYPE_INT64;
	return v;
}

static struct value divide(struct value x, struct value y, struct arena *a)
{
	double dividend, divisor;

	if (x.type == TYPE_DECIMAL128 || y.type == TYPE_DECIMAL128)
		return value_make_decimal(
		    a, decimal_divide(number_to_decimal(x), number_to_decimal(y)));
	if (!value_to_double(x, &dividend) || !value_to_double(y, &divisor))
		return value_null;
	return value_make_double(a, dividend / divisor);
}

/* left + (at - from) * ((right - left) / (to - from)) */
static int on_line(struct internal_fill_node *f, const struct run *r, struct value right,
    struct value to, struct value at, struct value *out, struct status *st)
{
	struct arena *a = &f->row;
	struct value left = kept(&r->last), from = as_number(kept(&r->last_sort));
	struct value rise, slope;
	int err = check_linear(left, kept(&r->last_sort), st);

	if (!err)
		err = check_linear(right, to, st);
	if (!err)
		err = check_linear(right, at, st);
	if (err)
		return err;
	if (type_rank(to.type) != type_rank(at.type) ||
	    type_rank(kept(&r->last_sort).type) != type_rank(at.type))
		return status_set(st, ERR_FILL_SORT_TYPES,
		    "what $fill sorts by is of several types within a partition");
	to = as_number(to);
	at = as_number(at);
	if (value_compare(from, at, NULL) == 0 || value_compare(at, to, NULL) == 0)
		return status_set(st, ERR_FILL_REPEATED,
		    "what $fill sorts by has no value twice within a partition");
	slope = divide(number_subtract(right, left, OVERFLOW_TO_DOUBLE, a),
	    number_subtract(to, from, OVERFLOW_TO_DOUBLE, a), a);
	rise = number_multiply(
	    number_subtract(at, from, OVERFLOW_TO_DOUBLE, a), slope, OVERFLOW_TO_DOUBLE, a);
	*out = number_add(left, rise, OVERFLOW_TO_DOUBLE, a);
	return arena_failed(a) ? no_memory(st) : 0;
}

/*
 * Looks for the next document in the queue that has the field.  ROW: there is none yet, and
 * more may come.  What has been looked at once is not looked at again.
 */
static enum step look_for_next(
    struct internal_fill_node *f, const struct fill_field *field, struct run *r)
{
	if (r->found && r->next > f->queue.front)
		return STEP_DONE;
	r->found = false;
	r->next = MAX_OF(r->next, f->queue.front + 1);
	for (; r->next < queue_n(&f->queue); r->next++) {
		struct view doc = queue_at(&f->queue, r->next);

		if (!is_nothing(path_get(doc, &field->path, false))) {
			r->found = true;
			return STEP_DONE;
		}
	}
	return f->ended ? STEP_DONE : STEP_ROW;
}

/* Does a field of the first document wait for more? */
static bool must_wait(struct internal_fill_node *f)
{
	struct view doc = queue_at(&f->queue, f->queue.front);

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
	next = queue_at(&f->queue, r->next);
	return on_line(f, r, path_get(next, &field->path, false), sort_value(f, next),
	    sort_value(f, doc), out, st);
}

/* The queue's first document goes, filled. */
static int give(struct internal_fill_node *f, struct view *out, struct status *st)
{
	struct view in = queue_at(&f->queue, f->queue.front), doc = in;
	struct value at = sort_value(f, in);
	int turn = 0;

	arena_reset(&f->row);
	for (int i = 0; i < f->spec->n; i++) {
		struct run *r = &f->runs[i];
		struct value v = path_get(in, &f->spec->fields[i].path, false);
		int err;

		if (!is_nothing(v)) {
			if (!keep(&r->last, v) || !keep(&r->last_sort, at))
				return no_memory(st);
			continue;
		}
		err = filled(f, i, in, &v, st);
		if (err)
			return err;
		if (!field_path_set_in(&f->out[turn], doc, &f->spec->fields[i].path, v))
			return no_memory(st);
		doc = buf_view(&f->out[turn]);
		turn = !turn;
	}
	*out = doc;
	f->queue.front++;
	return 0;
}

/* Nothing of the queue is there any more. */
static void begin_queue(struct internal_fill_node *f)
{
	queue_reset(&f->queue);
	for (int i = 0; i < f->spec->n; i++) {
		f->runs[i].next = 0;
		f->runs[i].found = false;
	}
}

/* Those that have gone make room, when they are the most. */
static void shorten_queue(struct internal_fill_node *f)
{
	struct queue *q = &f->queue;
	size_t n = q->front, from, *places = (size_t *)q->places.data;

	if (n < 256 || 2 * n < queue_n(q))
		return;
	from = places[n];
	memmove(q->docs.data, q->docs.data + from, q->docs.len - from);
	q->docs.len -= from;
	memmove(places, places + n, q->places.len - n * sizeof(*places));
	q->places.len -= n * sizeof(*places);
	for (size_t i = 0; i < queue_n(q); i++)
		places[i] -= from;
	q->front = 0;
	for (int i = 0; i < f->spec->n; i++) {
		struct run *r = &f->runs[i];

		r->found = r->found && r->next >= n;
		r->next = r->next >= n ? r->next - n : 0;
	}
}

/* The partition whose first document is ahead. */
static int begin_partition(struct internal_fill_node *f, struct status *st)
{
	begin_queue(f);
	for (int i = 0; i < f->spec->n; i++)
		buf_reset(&f->runs[i].last);
	f->ended = false;
	if (!queue_add(&f->queue, buf_view(&f->ahead)))
		return no_memory(st);
	buf_reset(&f->ahead);
	return 0;
}

static bool queue_is_empty(const struct internal_fill_node *f)
{
	return f->queue.front == queue_n(&f->queue);
}

/* DONE: the queue's first document may go, or the queue is empty for good. */
static enum step get_ready(struct internal_fill_node *f, struct exec_context *cx)
{
	for (;;) {
		enum step step;

		if (queue_is_empty(f) && f->ahead.len && begin_partition(f, cx->status))
			return STEP_ERROR;
		if (queue_is_empty(f) ? f->read_all : !must_wait(f))
			return STEP_DONE;
		if (queue_is_empty(f))
			begin_queue(f);
		else
			shorten_queue(f);
		step = read_doc(f, cx);
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
	buf_clear(&f->queue.docs);
	buf_clear(&f->queue.places);
	buf_clear(&f->ahead);
	buf_clear(&f->partition);
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
	f->stage = s;
	f->spec = spec;
	for (int i = 0; i < spec->n; i++) {
		buf_init(&f->runs[i].last, account);
		buf_init(&f->runs[i].last_sort, account);
	}
	buf_init(&f->queue.docs, account);
	buf_init(&f->queue.places, account);
	buf_init(&f->ahead, account);
	buf_init(&f->partition, account);
	buf_init(&f->out[0], account);
	buf_init(&f->out[1], account);
	arena_init(&f->row, account);
	return &f->exec;
}

const struct stage_type stage_internal_fill = {
    .name = "$_internalFill",
    .flags = STAGE_INTERNAL,
    .help = "What $fill does with sorted documents.",
    .parse = internal_fill_parse,
    .make = internal_fill_make,
};
