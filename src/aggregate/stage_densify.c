/*
 * $densify: documents where a sequence of numbers or dates has gaps.
 *
 * It is $sort, so that an index may give the order, and $_internalDensify behind
 * it, which has the specification.  Each partition has a grid, from where its range
 * begins; what is on the grid and has no document gets one.  Documents of several
 * partitions may come between each other: what a partition's next place is, a
 * table knows.
 */
#include <math.h>

#include "aggregate/field_path.h"
#include "aggregate/stage.h"
#include "bson/date.h"
#include "bson/decimal.h"
#include "bson/compare.h"

enum {
	ERR_DENSIFY_NOT_OBJECT = 5733600,
	ERR_FIELD_TYPE = 5733201,
	ERR_FIELD_UNIT = 6053600,
	ERR_STEP_NOT_POSITIVE = 5733401,
	ERR_STEP_NOT_WHOLE = 6586400,
	ERR_BOUNDS = 5733402,
	ERR_BOUNDS_COUNT = 5733403,
	ERR_BOUNDS_PARTITION = 5733408,
	ERR_BOUNDS_WITH_UNIT = 5733409,
	ERR_BOUNDS_WITHOUT_UNIT = 5733410,
	ERR_PREFIX = 8993000,
	ERR_TOO_MANY = 5897900,
	ERR_TABLE_TOO_LARGE = 6007200,
	ERR_OPTION_MISSING = 40414,
	ERR_OPTION_UNKNOWN = 40415,
};

/* As in MongoDB: documents that one stage makes, and bytes of its table. */
#define DENSIFY_DOCUMENTS_MAX 500000
#define DENSIFY_MEMORY_BYTES  (100 * 1024 * 1024)

enum densify_range { RANGE_NONE, RANGE_FULL, RANGE_PARTITION, RANGE_BETWEEN };

struct densify_spec {
	struct path field;
	int n; /* partitions are by so many fields */
	struct path *partition_by;
	enum densify_range range;
	struct value low, high; /* RANGE_BETWEEN */
	struct value step; /* missing: none yet */
	bool has_unit;
	enum date_unit unit;
};

/* --------------------------------------------------------- specification */

static int wrong_type(struct status *st, const char *name, const char *expected, struct value v)
{
	return status_set(st, ERR_TYPE_MISMATCH, "$densify's %s is %s, not %s", name, expected,
	    type_name(v.type));
}

static int parse_field(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_STRING)
		return wrong_type(st, "field", "a string", v);
	return field_path_parse(value_str(v), cx->arena, &d->field, st);
}

static int parse_partition_by(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_ARRAY)
		return wrong_type(st, "partitionByFields", "an array", v);
	d->n = 0;
	d->partition_by =
	    arena_new_array(cx->arena, (size_t)doc_count(value_doc(v)) + 1, struct path);
	if (!d->partition_by)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $densify");
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e)) {
		if (e.value.type != TYPE_STRING)
			return wrong_type(
			    st, "partitionByFields", "an array of strings", e.value);
		err = field_path_parse(
		    value_str(e.value), cx->arena, &d->partition_by[d->n++], st);
	}
	return err;
}

static bool is_bound(struct value v)
{
	return value_is_number(v) || v.type == TYPE_DATE;
}

static int wrong_bounds(struct status *st)
{
	return status_set(st, ERR_BOUNDS,
	    "the bounds of $densify's range are 'full', 'partition', or an ascending array of "
	    "two numbers or two dates");
}

static int parse_between(struct densify_spec *d, struct value v, struct status *st)
{
	if (doc_count(value_doc(v)) != 2)
		return status_set(st, ERR_BOUNDS_COUNT,
		    "an array of bounds of $densify's range has two elements");
	d->low = array_at(value_doc(v), 0);
	d->high = array_at(value_doc(v), 1);
	if (!is_bound(d->low) || !is_bound(d->high) ||
	    type_rank(d->low.type) != type_rank(d->high.type) ||
	    value_compare(d->low, d->high, NULL) > 0)
		return wrong_bounds(st);
	d->range = RANGE_BETWEEN;
	return 0;
}

static int parse_bounds(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	if (v.type == TYPE_ARRAY)
		return parse_between(d, v, st);
	if (v.type != TYPE_STRING)
		return wrong_bounds(st);
	if (view_equal(value_str(v), view_of_str("full")))
		d->range = RANGE_FULL;
	else if (view_equal(value_str(v), view_of_str("partition")))
		d->range = RANGE_PARTITION;
	else
		return wrong_bounds(st);
	return 0;
}

static int parse_step(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	if (!value_is_number(v))
		return wrong_type(st, "range.step", "a number", v);
	if (value_compare(v, value_zero, NULL) <= 0)
		return status_set(
		    st, ERR_STEP_NOT_POSITIVE, "the step of $densify's range must be positive");
	d->step = v;
	return 0;
}

static int parse_unit(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_STRING)
		return wrong_type(st, "range.unit", "a string", v);
	d->has_unit = true;
	if (date_unit_parse(value_str(v), &d->unit))
		return 0;
	return status_set(st, ERR_FAILED_TO_PARSE, "unknown time unit value: %.*s",
	    (int)MIN_OF(value_str(v).len, 100), (const char *)value_str(v).data);
}

struct densify_option {
	const char *name;
	int (*parse)(struct densify_spec *d, struct value v, const struct stage_context *cx,
	    struct status *st);
	bool required;
};

static int parse_options(struct densify_spec *d, struct view doc,
    const struct densify_option *options, size_t n, const struct stage_context *cx,
    struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		size_t i = 0;
		int err;

		while (i < n && strcmp(options[i].name, e.name) != 0)
			i++;
		if (i == n)
			return status_set(st, ERR_OPTION_UNKNOWN,
			    "BSON field '$densify.%s' is an unknown field.", e.name);
		err = options[i].parse(d, e.value, cx, st);
		if (err)
			return err;
	}
	for (size_t i = 0; i < n; i++)
		if (options[i].required && value_is_missing(doc_get(doc, options[i].name)))
			return status_set(st, ERR_OPTION_MISSING,
			    "BSON field '$densify.%s' is missing but a required field",
			    options[i].name);
	return 0;
}

/* What the step and the bounds are together with the unit. */
static int check_unit(const struct densify_spec *d, struct status *st)
{
	int64_t n;

	if (d->has_unit && !value_to_i64(d->step, &n))
		return status_set(st, ERR_STEP_NOT_WHOLE,
		    "the step of $densify's range must be a whole number of units");
	if (d->range != RANGE_BETWEEN)
		return 0;
	if (d->has_unit && d->low.type != TYPE_DATE)
		return status_set(st, ERR_BOUNDS_WITH_UNIT,
		    "bounds of $densify's range that are numbers have no unit");
	if (!d->has_unit && d->low.type == TYPE_DATE)
		return status_set(st, ERR_BOUNDS_WITHOUT_UNIT,
		    "bounds of $densify's range that are dates need a unit");
	return 0;
}

static int parse_range(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	static const struct densify_option options[] = {
	    {"step", parse_step, true},
	    {"unit", parse_unit, false},
	    {"bounds", parse_bounds, true},
	};
	int err;

	if (v.type != TYPE_OBJECT)
		return wrong_type(st, "range", "an object", v);
	err = parse_options(d, value_doc(v), options, ARRAY_LEN(options), cx, st);
	return err ? err : check_unit(d, st);
}

static bool is_prefix(const struct path *a, const struct path *b)
{
	return a->text.len <= b->text.len &&
	       memcmp(a->text.data, b->text.data, a->text.len) == 0 &&
	       (a->text.len == b->text.len || b->text.data[a->text.len] == '.');
}

static int check_partitions(const struct densify_spec *d, struct status *st)
{
	if (d->range == RANGE_PARTITION && !d->n)
		return status_set(st, ERR_BOUNDS_PARTITION,
		    "the bounds of $densify's range cannot be 'partition' without "
		    "partitionByFields");
	for (int i = 0; i < d->n; i++)
		if (is_prefix(&d->partition_by[i], &d->field) ||
		    is_prefix(&d->field, &d->partition_by[i]))
			return status_set(st, ERR_PREFIX,
			    "$densify's field and one of its partitionByFields are within one "
			    "another");
	return 0;
}

static int parse_spec(
    struct densify_spec *d, struct value v, const struct stage_context *cx, struct status *st)
{
	static const struct densify_option options[] = {
	    {"field", parse_field, true},
	    {"partitionByFields", parse_partition_by, false},
	    {"range", parse_range, true},
	};
	int err;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_DENSIFY_NOT_OBJECT, "$densify", "an object", v.type);
	err = parse_options(d, value_doc(v), options, ARRAY_LEN(options), cx, st);
	return err ? err : check_partitions(d, st);
}

static void put_sort_key(struct builder *b, const struct path *p)
{
	builder_value_n(b, (const char *)p->text.data, p->text.len, value_one);
}

/* The whole range is walked by all partitions together; each by itself, one after the other. */
static int densify_expand(
    struct value v, const struct stage_context *cx, struct builder *b, struct status *st)
{
	struct densify_spec d = {0};
	int err = parse_spec(&d, v, cx, st);

	if (err)
		return err;
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$sort");
	for (int i = 0; i < d.n && d.range == RANGE_PARTITION; i++)
		put_sort_key(b, &d.partition_by[i]);
	put_sort_key(b, &d.field);
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_begin(b, NULL);
	builder_value(b, "$_internalDensify", v);
	builder_doc_end(b);
	return 0;
}

static int densify_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct densify_spec *d = arena_new(cx->arena, struct densify_spec);

	if (!d)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $densify");
	s->data = d;
	return parse_spec(d, v, cx, st);
}

/* ------------------------------------------------------------- partitions */

/* A number or a date, in memory of its own. */
struct place {
	uint8_t bytes[16];
	uint32_t len;
	uint8_t type;
};

struct partition {
	struct partition *next; /* in the order in which they were met */
	struct partition *same_slot;
	uint64_t hash;
	struct view fields; /* that it is by, as a document */
	struct place place; /* the next on its grid */
};

struct densify_node {
	struct exec exec;
	const struct stage *stage;
	const struct densify_spec *spec;
	struct memory_account memory;
	struct arena table;
	struct partition **slots, *first, **last;
	size_t n, size;
	struct place least, greatest; /* of all that has come; type TYPE_EOD: nothing has */
	struct partition *at; /* the one whose gap is filled */
	bool has_doc; /* up to the document that is kept; else to its range's end */
	struct buf doc;
	struct value value; /* the document's */
	bool read_all;
	int64_t made;
	struct arena row;
	struct buf fields, out, more;
};

static struct value value_of_place(const struct place *p)
{
	return (struct value){p->bytes, p->len, p->type};
}

static void set_place(struct place *p, struct value v)
{
	memcpy(p->bytes, v.data, v.len);
	p->len = v.len;
	p->type = v.type;
}

static int too_many_partitions(struct status *st)
{
	return status_set(st, ERR_TABLE_TOO_LARGE,
	    "$densify's partitions need more than %d bytes of memory", DENSIFY_MEMORY_BYTES);
}

static bool grow(struct densify_node *d)
{
	d->size = d->size ? 2 * d->size : 64;
	d->slots = arena_new_array(&d->table, d->size, struct partition *);
	if (!d->slots)
		return false;
	for (struct partition *p = d->first; p; p = p->next) {
		struct partition **slot = &d->slots[p->hash & (d->size - 1)];

		p->same_slot = *slot;
		*slot = p;
	}
	return true;
}

static struct partition *add_partition(
    struct densify_node *d, struct view fields, uint64_t hash)
{
	struct partition *p, **slot;

	if (d->n >= d->size && !grow(d))
		return NULL;
	p = arena_new(&d->table, struct partition);
	if (!p)
		return NULL;
	slot = &d->slots[hash & (d->size - 1)];
	*p = (struct partition){
	    .same_slot = *slot, .hash = hash, .fields = arena_dup(&d->table, fields)};
	*slot = p;
	*(d->last ? d->last : &d->first) = p;
	d->last = &p->next;
	d->n++;
	return arena_failed(&d->table) ? NULL : p;
}

/* The fields that partitions are by, which a document has, in buf. */
static bool partition_fields(struct densify_node *d, struct view doc)
{
	struct view fields = doc_empty;
	struct buf *into = &d->fields, *other = &d->more;

	buf_reset(into);
	buf_append_view(into, doc_empty);
	for (int i = 0; i < d->spec->n; i++) {
		struct value v = path_get(doc, &d->spec->partition_by[i], false);
		struct buf *swap = other;

		if (value_is_missing(v))
			continue;
		if (!field_path_set_in(other, fields, &d->spec->partition_by[i], v))
			return false;
		other = into;
		into = swap;
		fields = buf_view(into);
	}
	if (into != &d->fields) {
		buf_reset(&d->fields);
		buf_append_view(&d->fields, fields);
	}
	return !d->fields.failed;
}

/* NULL: there is none like it; *hash is its hash. */
static struct partition *find_partition(
    const struct densify_node *d, struct view fields, uint64_t *hash)
{
	const struct collator *collator = d->stage->context->collator;
	struct value v = value_of_doc(fields);

	*hash = value_hash(v, collator);
	if (!d->size)
		return NULL;
	for (struct partition *p = d->slots[*hash & (d->size - 1)]; p; p = p->same_slot)
		if (p->hash == *hash && value_equal(value_of_doc(p->fields), v, collator))
			return p;
	return NULL;
}

/* ------------------------------------------------------------------- grid */

static int step_on(struct densify_node *d, struct partition *p, struct status *st)
{
	struct value now = value_of_place(&p->place), next;
	int64_t n, ms;

	arena_reset(&d->row);
	if (now.type == TYPE_DATE) {
		if (!value_to_i64(d->spec->step, &n) ||
		    !date_add(read_i64(now.data), d->spec->unit, n, &ms))
			return status_set(
			    st, ERR_OVERFLOW, "$densify comes to a date that is too far away");
		next = value_make_date(&d->row, ms);
	} else {
		next = number_add(now, d->spec->step, OVERFLOW_TO_DOUBLE, &d->row);
	}
	if (!next.data)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $densify");
	set_place(&p->place, next);
	return 0;
}

/* Where a partition's grid begins, whose first document has v. */
static struct value grid_begin(const struct densify_node *d, struct value v)
{
	if (d->spec->range == RANGE_BETWEEN)
		return d->spec->low;
	return d->spec->range == RANGE_FULL ? value_of_place(&d->least) : v;
}

/* Is a document missing at the partition's place? */
static bool is_gap(const struct densify_node *d, const struct partition *p)
{
	struct value place = value_of_place(&p->place);

	if (d->spec->range == RANGE_BETWEEN && value_compare(place, d->spec->high, NULL) >= 0)
		return false;
	if (d->has_doc)
		return value_compare(place, d->value, NULL) < 0;
	if (d->spec->range == RANGE_FULL)
		return value_compare(place, value_of_place(&d->greatest), NULL) <= 0;
	return d->spec->range == RANGE_BETWEEN;
}

static enum step no_memory(struct exec_context *cx)
{
	status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $densify");
	return STEP_ERROR;
}

/* The document at the place, which is then the next one. */
static enum step fill_gap(struct densify_node *d, struct exec_context *cx, struct row *out)
{
	if (++d->made > DENSIFY_DOCUMENTS_MAX) {
		status_set(cx->status, ERR_TOO_MANY,
		    "$densify would make more than %d documents", DENSIFY_DOCUMENTS_MAX);
		return STEP_ERROR;
	}
	if (!field_path_set_in(
		&d->out, d->at->fields, &d->spec->field, value_of_place(&d->at->place)))
		return no_memory(cx);
	if (step_on(d, d->at, cx->status))
		return STEP_ERROR;
	d->exec.advanced++;
	*out = (struct row){.doc = buf_view(&d->out), .array_index = -1};
	return STEP_ROW;
}

/* The document that there is, which may be at the place. */
static enum step give_doc(struct densify_node *d, struct exec_context *cx, struct row *out)
{
	if (value_compare(value_of_place(&d->at->place), d->value, NULL) == 0 &&
	    step_on(d, d->at, cx->status))
		return STEP_ERROR;
	d->has_doc = false;
	d->at = NULL;
	d->exec.advanced++;
	*out = (struct row){.doc = buf_view(&d->doc), .array_index = -1};
	return STEP_ROW;
}

static int check_value(const struct densify_node *d, struct value v, struct status *st)
{
	if (!is_bound(v))
		return status_set(st, ERR_FIELD_TYPE,
		    "the field that $densify looks at is a number or a date, not %s",
		    type_name(v.type));
	if (d->spec->has_unit != (v.type == TYPE_DATE))
		return status_set(st, ERR_FIELD_UNIT,
		    "$densify meets a %s, and its range has %s unit", type_name(v.type),
		    d->spec->has_unit ? "a" : "no");
	return 0;
}

/* A document with a value begins: what is missing before it comes first. */
static enum step begin(struct densify_node *d, struct view doc, struct exec_context *cx)
{
	struct status *st = cx->status;
	uint64_t hash;

	buf_reset(&d->doc);
	buf_append_view(&d->doc, doc);
	if (d->doc.failed || !partition_fields(d, doc))
		return no_memory(cx);
	d->value = path_get(buf_view(&d->doc), &d->spec->field, false);
	if (check_value(d, d->value, st))
		return STEP_ERROR;
	if (d->least.type == TYPE_EOD)
		set_place(&d->least, d->value);
	if (d->greatest.type == TYPE_EOD ||
	    value_compare(value_of_place(&d->greatest), d->value, NULL) < 0)
		set_place(&d->greatest, d->value);
	d->at = find_partition(d, buf_view(&d->fields), &hash);
	if (!d->at) {
		d->at = add_partition(d, buf_view(&d->fields), hash);
		if (!d->at) {
			too_many_partitions(st);
			return STEP_ERROR;
		}
		set_place(&d->at->place, grid_begin(d, d->value));
	}
	d->has_doc = true;
	return STEP_DONE;
}

/* All documents have come: each partition goes on to its range's end.  One that is by nothing
 * is there without documents, too. */
static enum step begin_end(struct densify_node *d, struct exec_context *cx)
{
	uint64_t hash;

	d->read_all = true;
	if (!d->first && !d->spec->n && d->spec->range == RANGE_BETWEEN) {
		find_partition(d, doc_empty, &hash);
		if (!add_partition(d, doc_empty, hash))
			return no_memory(cx);
		set_place(&d->first->place, d->spec->low);
	}
	d->at = d->first;
	return STEP_DONE;
}

/* ROW: a document without a value, which goes on as it is; DONE: there is something to do. */
static enum step read_doc(struct densify_node *d, struct exec_context *cx, struct row *out)
{
	enum step step = exec_next(d->exec.child, cx, out);
	struct value v;

	if (step == STEP_DONE)
		return begin_end(d, cx);
	if (step != STEP_ROW)
		return step;
	d->exec.works++;
	v = path_get(out->doc, &d->spec->field, false);
	if (v.type != TYPE_NULL && v.type != TYPE_UNDEFINED && !value_is_missing(v))
		return begin(d, out->doc, cx);
	d->exec.advanced++;
	return STEP_ROW;
}

static enum step densify_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct densify_node *d = container_of(e, struct densify_node, exec);
	enum step step;

	for (;;) {
		if (d->at && is_gap(d, d->at))
			return fill_gap(d, cx, out);
		if (d->has_doc)
			return give_doc(d, cx, out);
		if (d->at)
			d->at = d->at->next;
		if (!d->at && d->read_all) {
			e->done = true;
			return STEP_DONE;
		}
		step = d->read_all ? STEP_DONE : read_doc(d, cx, out);
		if (step != STEP_DONE)
			return step;
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
	}
}

static void densify_close(struct exec *e)
{
	struct densify_node *d = container_of(e, struct densify_node, exec);

	arena_clear(&d->table);
	arena_clear(&d->row);
	buf_clear(&d->doc);
	buf_clear(&d->fields);
	buf_clear(&d->out);
	buf_clear(&d->more);
	memory_account_close(&d->memory);
}

static const struct exec_ops densify_ops = {
    .name = "DENSIFY",
    .next = densify_next,
    .close = densify_close,
};

static struct exec *densify_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct densify_node *d = arena_new(a, struct densify_node);

	if (!d)
		return NULL;
	d->exec.ops = &densify_ops;
	d->exec.child = input;
	d->stage = s;
	d->spec = s->data;
	memory_account_init(&d->memory, account, DENSIFY_MEMORY_BYTES);
	arena_init(&d->table, &d->memory);
	arena_init(&d->row, account);
	buf_init(&d->doc, account);
	buf_init(&d->fields, account);
	buf_init(&d->out, account);
	buf_init(&d->more, account);
	return &d->exec;
}

const struct stage_type stage_densify = {
    .name = "$densify",
    .help = "Documents where a sequence has gaps.",
    .expand = densify_expand,
};

const struct stage_type stage_internal_densify = {
    .name = "$_internalDensify",
    .flags = STAGE_INTERNAL | STAGE_SHAPES,
    .help = "What $densify does behind its sort.",
    .parse = densify_parse,
    .make = densify_make,
};
