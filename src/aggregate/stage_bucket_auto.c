/*
 * $bucketAuto: the input in about so many rows of about as many documents each,
 * in the order of an expression's values; equal values are in one row.
 *
 * Blocking: all of the input is sorted, and counted, first.
 */
#include "aggregate/accumulating.h"
#include "aggregate/granularity.h"
#include "aggregate/sorted_input.h"
#include "bson/key_encode.h"

enum {
	ERR_GROUP_BY_NOT_EXPRESSION = 40239,
	ERR_NOT_OBJECT = 40240,
	ERR_BUCKETS_NOT_NUMERIC = 40241,
	ERR_BUCKETS_NOT_INT = 40242,
	ERR_BUCKETS_NOT_POSITIVE = 40243,
	ERR_OUTPUT_NOT_OBJECT = 40244,
	ERR_OPTION = 40245,
	ERR_MISSING = 40246,
	ERR_GRANULARITY_UNKNOWN = 40257,
	ERR_GRANULARITY_NOT_STRING = 40261,
	ERR_OUTPUT_ID = 15948,
	ERR_OUTPUT_NEEDS_KEY = 4544714,
};

/* So many documents go into a bucket between two looks at the clock. */
#define LOOK_EVERY 64

struct bucket_auto_spec {
	struct expression *group_by;
	int64_t buckets;
	const struct granularity *granularity; /* NULL: none */
	bool has_output;
	struct accumulating fields;
};

/* --------------------------------------------------------- specification */

static int parse_group_by(struct bucket_auto_spec *s, struct value v,
    const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};

	if (!stage_is_expression(v))
		return status_set(st, ERR_GROUP_BY_NOT_EXPRESSION,
		    "$bucketAuto's groupBy is a path that begins with a dollar sign, or an "
		    "operator's expression");
	return expression_parse(v, &o, cx->arena, &s->group_by, st);
}

static int parse_buckets(struct bucket_auto_spec *s, struct value v,
    const struct stage_context *cx, struct status *st)
{
	if (!value_is_number(v))
		return status_set(st, ERR_BUCKETS_NOT_NUMERIC,
		    "$bucketAuto's buckets is a number, not %s", type_name(v.type));
	if (!value_to_i64(v, &s->buckets) || s->buckets < INT32_MIN || s->buckets > INT32_MAX)
		return status_set(st, ERR_BUCKETS_NOT_INT,
		    "$bucketAuto's buckets is a whole number that fits into 32 bits");
	if (s->buckets <= 0)
		return status_set(
		    st, ERR_BUCKETS_NOT_POSITIVE, "$bucketAuto's buckets must be positive");
	return 0;
}

static int parse_fields(struct bucket_auto_spec *s, struct view doc,
    const struct stage_context *cx, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int err = accumulating_init(&s->fields, doc_count(doc), cx->arena, st);

	s->has_output = true;
	while (!err && doc_next(&it, &e)) {
		if (strcmp(e.name, "_id") == 0)
			return status_set(
			    st, ERR_OUTPUT_ID, "$bucketAuto's output has an _id of its own");
		err = accumulating_parse(&s->fields, &e, cx, st);
	}
	if (!err && accumulating_needs_key(&s->fields))
		err = status_set(st, ERR_OUTPUT_NEEDS_KEY,
		    "$bucketAuto's accumulators keep numbers of values that are constant");
	return err;
}

static int parse_output(struct bucket_auto_spec *s, struct value v,
    const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_OUTPUT_NOT_OBJECT,
		    "$bucketAuto's output is an object, not %s", type_name(v.type));
	return parse_fields(s, value_doc(v), cx, st);
}

/* {count: {$sum: 1}} */
static int default_output(
    struct bucket_auto_spec *s, const struct stage_context *cx, struct status *st)
{
	struct view doc = {0};
	struct builder b;
	struct buf buf;

	buf_init(&buf, cx->arena->account);
	builder_init(&b, &buf);
	builder_doc_begin(&b, "count");
	builder_i32(&b, "$sum", 1);
	builder_doc_end(&b);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(cx->arena, builder_view(&b));
	buf_clear(&buf);
	return doc.data
		   ? parse_fields(s, doc, cx, st)
		   : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $bucketAuto");
}

static int parse_granularity(struct bucket_auto_spec *s, struct value v,
    const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_STRING)
		return status_set(st, ERR_GRANULARITY_NOT_STRING,
		    "$bucketAuto's granularity is a string, not %s", type_name(v.type));
	s->granularity = granularity_find(value_str(v));
	if (!s->granularity)
		return status_set(st, ERR_GRANULARITY_UNKNOWN, "there is no granularity '%.*s'",
		    (int)MIN_OF(value_str(v).len, 100), (const char *)value_str(v).data);
	return 0;
}

static const struct bucket_auto_option {
	const char *name;
	int (*parse)(struct bucket_auto_spec *s, struct value v, const struct stage_context *cx,
	    struct status *st);
} options[] = {
    {"groupBy", parse_group_by},
    {"buckets", parse_buckets},
    {"output", parse_output},
    {"granularity", parse_granularity},
};

static int parse_option(struct bucket_auto_spec *s, const struct element *e,
    const struct stage_context *cx, struct status *st)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(e->name, options[i].name) == 0)
			return options[i].parse(s, e->value, cx, st);
	return status_set(st, ERR_OPTION, "$bucketAuto has no option '%s'", e->name);
}

static int bucket_auto_parse(
    struct stage *stage, struct value v, const struct stage_context *cx, struct status *st)
{
	struct bucket_auto_spec *s = arena_new(cx->arena, struct bucket_auto_spec);
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (!s)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $bucketAuto");
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(st, ERR_NOT_OBJECT, "$bucketAuto", "an object", v.type);
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = parse_option(s, &e, cx, st);
	if (err)
		return err;
	if (!s->group_by || !s->buckets)
		return status_set(st, ERR_MISSING, "$bucketAuto needs 'groupBy' and 'buckets'");
	stage->data = s;
	return s->has_output ? 0 : default_output(s, cx, st);
}

/* ------------------------------------------------------------------- rows */

/* The places of a row's parts: the value as it was evaluated, behind its type. */
enum { PART_DOC, PART_VALUE };

struct bucket_auto_node {
	struct exec exec;
	const struct stage *stage;
	const struct bucket_auto_spec *spec;
	struct sorted_input input;
	int64_t n_rows, n_buckets; /* that came in, that were begun */
	struct sorter_row ahead; /* the next row that is in no bucket */
	bool begun, more; /* more: there is such a row */
	struct memory_account memory;
	struct arena bucket; /* what the bucket keeps */
	struct arena row;
	struct buf value; /* of the row that is put */
	void *states;
	struct value least, last, end; /* end: missing as long as the bucket takes any */
	struct buf greatest; /* where last is */
	int64_t n; /* in the bucket; 0: none is under way */
	struct buf bounds; /* the last bucket's end, which is the next one's least */
	struct buf out;
};

static struct value value_of(struct view part)
{
	return (struct value){part.data + 1, (uint32_t)(part.len - 1), part.data[0]};
}

static bool keep_value(struct buf *buf, struct value v)
{
	buf_reset(buf);
	buf_append_byte(buf, v.type);
	buf_append(buf, v.data, v.len);
	return !buf->failed;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_QUERY_EXCEEDED_MEMORY_LIMIT,
	    "$bucketAuto needs more than %d bytes of memory for one bucket",
	    GROUP_MEMORY_BYTES);
}

static int put_row(
    struct exec *e, const struct row *in, struct sorter_row *out, struct status *st)
{
	struct bucket_auto_node *b = container_of(e, struct bucket_auto_node, exec);
	const struct stage_context *cx = b->stage->context;
	struct value v;
	int err;

	arena_reset(&b->row);
	err = expression_eval(b->spec->group_by, in->doc, cx->let, &b->row, &v, st);
	if (err)
		return err;
	if (value_is_missing(v))
		v = value_null;
	key_encode(&b->input.key, NULL, v, false, cx->collator);
	if (!keep_value(&b->value, v))
		return no_memory(st);
	out->parts[PART_DOC] = in->doc;
	out->parts[PART_VALUE] = buf_view(&b->value);
	b->n_rows++;
	return 0;
}

static int look_ahead(struct bucket_auto_node *b, struct status *st)
{
	enum step step = sorter_next(b->input.sorter, &b->ahead, st);

	b->more = step == STEP_ROW;
	return step == STEP_ERROR ? st->code : 0;
}

static int64_t rows_wanted(const struct bucket_auto_node *b)
{
	/* To the nearest, halves up. */
	return MAX_OF((2 * b->n_rows + b->spec->buckets) / (2 * b->spec->buckets), INT64_C(1));
}

/* With the row ahead as its first. */
static int begin(struct bucket_auto_node *b, struct status *st)
{
	struct value first = value_of(b->ahead.parts[PART_VALUE]);

	arena_reset(&b->bucket);
	b->states = arena_calloc(&b->bucket, 1, b->spec->fields.state_size + 1);
	b->n = 0;
	b->n_buckets++;
	b->end = value_missing;
	if (b->bounds.len)
		b->least = value_dup(&b->bucket, value_of(buf_view(&b->bounds)));
	else if (!b->spec->granularity)
		b->least = value_dup(&b->bucket, first);
	else
		return granularity_round(
		    b->spec->granularity, first, false, &b->bucket, &b->least, st);
	return arena_failed(&b->bucket) ? no_memory(st) : 0;
}

static int take(struct bucket_auto_node *b, struct status *st)
{
	const struct stage_context *cx = b->stage->context;
	const struct accumulation kept = {
	    .arena = &b->bucket, .collator = cx->collator, .scratch = &b->value};
	struct value v = value_of(b->ahead.parts[PART_VALUE]);
	int err;

	arena_reset(&b->row);
	err = accumulating_add(
	    &b->spec->fields, b->states, b->ahead.parts[PART_DOC], cx->let, &b->row, &kept, st);
	if (err)
		return err;
	if (!b->n || value_compare(v, b->last, cx->collator) != 0) {
		if (!keep_value(&b->greatest, v))
			return no_memory(st);
		b->last = value_of(buf_view(&b->greatest));
	}
	b->n++;
	return arena_failed(&b->bucket) ? no_memory(st) : look_ahead(b, st);
}

/* It has as many as it should: it ends before the next value that is another, or at a number of
 * the series. */
static int set_end(struct bucket_auto_node *b, struct status *st)
{
	if (!b->spec->granularity) {
		b->end = b->last;
		return 0;
	}
	return granularity_round(b->spec->granularity, b->last, true, &b->bucket, &b->end, st);
}

/* Does the row ahead belong into the bucket, whose end is known? */
static bool is_within(const struct bucket_auto_node *b)
{
	int c = value_compare(
	    value_of(b->ahead.parts[PART_VALUE]), b->end, b->stage->context->collator);

	/* Nothing but zeros ends at zero, too. */
	return c < 0 ||
	       (c == 0 && (!b->spec->granularity || value_equal(b->end, b->last, NULL)));
}

/* What is shown as its greatest: without a granularity the next bucket's least. */
static int final_end(struct bucket_auto_node *b, struct status *st)
{
	int err = value_is_missing(b->end) ? set_end(b, st) : 0;
	struct value next;

	if (err || !b->more)
		return err;
	next = value_of(b->ahead.parts[PART_VALUE]);
	if (!b->spec->granularity) {
		b->end = value_dup(&b->bucket, next);
		return b->end.data || !b->end.len ? 0 : no_memory(st);
	}
	if (!value_equal(b->end, b->last, NULL))
		return 0;
	return granularity_round(b->spec->granularity, next, false, &b->bucket, &b->end, st);
}

static int write_bucket(struct bucket_auto_node *b, struct status *st)
{
	struct builder out;
	int err = final_end(b, st);

	if (err)
		return err;
	buf_reset(&b->out);
	builder_init(&out, &b->out);
	builder_doc_begin(&out, "_id");
	builder_value(&out, "min", b->least);
	builder_value(&out, "max", b->end);
	builder_doc_end(&out);
	accumulating_finish(&b->spec->fields, b->states, &out);
	builder_finish(&out);
	if (builder_failed(&out) || !keep_value(&b->bounds, b->end))
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "a bucket is larger than memory allows");
	b->n = 0;
	return 0;
}

/* Is the bucket full, for the row ahead? */
static int is_full(struct bucket_auto_node *b, bool *full, struct status *st)
{
	int err = 0;

	*full = false;
	if (!b->n || b->n_buckets == b->spec->buckets || b->n < rows_wanted(b))
		return 0;
	if (value_is_missing(b->end))
		err = set_end(b, st);
	*full = !err && !is_within(b);
	return err;
}

/* DONE: the bucket is written.  After HANDOVER it goes on where it was. */
static enum step fill(struct bucket_auto_node *b, struct exec_context *cx)
{
	struct status *st = cx->status;
	bool full = false;
	int err = b->n ? 0 : begin(b, st);

	if (!err && !b->n)
		err = accumulating_begin(&b->spec->fields, b->states, value_missing,
		    b->stage->context->let, &b->row, st);
	while (!err && b->more && !full) {
		err = is_full(b, &full, st);
		if (!err && !full)
			err = take(b, st);
		if (!err)
			err = op_check(cx->op, st);
		if (!err && b->n % LOOK_EVERY == 0 && op_slice_over(cx->op))
			return STEP_HANDOVER;
	}
	return err || write_bucket(b, st) ? STEP_ERROR : STEP_DONE;
}

static enum step bucket_auto_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct bucket_auto_node *b = container_of(e, struct bucket_auto_node, exec);
	enum step step = sorted_input_load(&b->input, e, cx, put_row);

	if (step != STEP_DONE)
		return step;
	if (!b->begun && look_ahead(b, cx->status))
		return STEP_ERROR;
	b->begun = true;
	e->done = !b->more;
	if (e->done)
		return STEP_DONE;
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	step = fill(b, cx);
	if (step != STEP_DONE)
		return step;
	e->done = !b->more;
	e->advanced++;
	*out = (struct row){.doc = buf_view(&b->out), .array_index = -1};
	return STEP_ROW;
}

static void bucket_auto_close(struct exec *e)
{
	struct bucket_auto_node *b = container_of(e, struct bucket_auto_node, exec);

	sorted_input_clear(&b->input);
	arena_clear(&b->bucket);
	arena_clear(&b->row);
	buf_clear(&b->value);
	buf_clear(&b->greatest);
	buf_clear(&b->bounds);
	buf_clear(&b->out);
	memory_account_close(&b->memory);
}

static const struct exec_ops bucket_auto_ops = {
    .name = "BUCKET_AUTO",
    .next = bucket_auto_next,
    .close = bucket_auto_close,
};

static struct exec *bucket_auto_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct bucket_auto_node *b = arena_new(a, struct bucket_auto_node);

	if (!b || !sorted_input_init(&b->input, s->context, 0, account))
		return NULL;
	b->exec.ops = &bucket_auto_ops;
	b->exec.child = input;
	b->stage = s;
	b->spec = s->data;
	memory_account_init(&b->memory, account, GROUP_MEMORY_BYTES);
	arena_init(&b->bucket, &b->memory);
	arena_init(&b->row, account);
	buf_init(&b->value, account);
	buf_init(&b->greatest, account);
	buf_init(&b->bounds, account);
	buf_init(&b->out, account);
	return &b->exec;
}

const struct stage_type stage_bucket_auto = {
    .name = "$bucketAuto",
    .flags = STAGE_MERGES,
    .help = "About so many rows of about as many documents each.",
    .parse = bucket_auto_parse,
    .make = bucket_auto_make,
};
