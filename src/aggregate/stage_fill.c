/*
 * $fill: values for fields that are null or missing: constants, the last one that
 * was seen (locf), or what lies on a line between two (linear).
 *
 * It is short for others: $addFields puts the partition into a field of its own,
 * $sort brings the documents into order, $_internalFill fills what depends on
 * other documents, $unset takes the field away, $addFields fills in the constants.
 */
#include "aggregate/field_path.h"
#include "aggregate/stage.h"
#include "expr/project.h"

enum {
	ERR_FILL_OUTPUT_NOT_OBJECT = 6050200,
	ERR_FILL_OUTPUT_ONE = 6050201,
	ERR_FILL_METHOD = 6050202,
	ERR_FILL_TWO_PARTITIONS = 6050204,
	ERR_FILL_LINEAR_SORT = 605001,
	ERR_OPTION_MISSING = 40414,
	ERR_OPTION_UNKNOWN = 40415,
};

#define PARTITION_FIELD "__internal_fill_partition_key"

struct fill_spec {
	struct value partition_by, partition_fields, sort_by, output; /* missing: not given */
	bool has_methods, has_linear, has_values;
};

static int wrong_type(struct status *st, const char *name, const char *expected, struct value v)
{
	return status_set(st, ERR_TYPE_MISMATCH, "$fill's %s is %s, not %s", name, expected,
	    type_name(v.type));
}

/* --------------------------------------------------------- specification */

static int parse_partition_by(
    struct fill_spec *f, struct value v, const struct stage_context *cx, struct status *st)
{
	f->partition_by = v;
	return v.type == TYPE_STRING || v.type == TYPE_OBJECT
		   ? 0
		   : wrong_type(st, "partitionBy", "a string or an object", v);
}

static int parse_partition_fields(
    struct fill_spec *f, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;
	struct path path;
	int err = 0;

	if (v.type != TYPE_ARRAY)
		return wrong_type(st, "partitionByFields", "an array", v);
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e)) {
		if (e.value.type != TYPE_STRING)
			return wrong_type(
			    st, "partitionByFields", "an array of strings", e.value);
		err = field_path_parse(value_str(e.value), cx->arena, &path, st);
	}
	f->partition_fields = v;
	return err;
}

static int parse_sort_by(
    struct fill_spec *f, struct value v, const struct stage_context *cx, struct status *st)
{
	f->sort_by = v;
	return v.type == TYPE_OBJECT ? 0 : wrong_type(st, "sortBy", "an object", v);
}

static int parse_method(struct fill_spec *f, struct value v, struct status *st)
{
	bool linear = v.type == TYPE_STRING && view_equal(value_str(v), view_of_str("linear"));

	if (v.type != TYPE_STRING)
		return wrong_type(st, "output's method", "a string", v);
	if (!linear && !view_equal(value_str(v), view_of_str("locf")))
		return status_set(
		    st, ERR_FILL_METHOD, "a method of $fill is 'locf' or 'linear'");
	f->has_methods = true;
	f->has_linear |= linear;
	return 0;
}

static int parse_filled(struct fill_spec *f, const struct element *e, struct status *st)
{
	struct doc_iter it;
	struct element how, more;

	if (e->value.type != TYPE_OBJECT)
		return status_set(st, ERR_FILL_OUTPUT_NOT_OBJECT,
		    "the field '%s' of $fill's output must be an object", e->name);
	it = doc_iter(value_doc(e->value));
	if (!doc_next(&it, &how) || doc_next(&it, &more))
		return status_set(st, ERR_FILL_OUTPUT_ONE,
		    "the field '%s' of $fill's output has either a value or a method", e->name);
	if (strcmp(how.name, "method") == 0)
		return parse_method(f, how.value, st);
	if (strcmp(how.name, "value") != 0)
		return status_set(st, ERR_OPTION_UNKNOWN,
		    "BSON field '$fill.output.%s' is an unknown field.", how.name);
	f->has_values = true;
	return 0;
}

static int parse_output(
    struct fill_spec *f, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_OBJECT)
		return wrong_type(st, "output", "an object", v);
	f->output = v;
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = parse_filled(f, &e, st);
	return err;
}

static int parse_option(struct fill_spec *f, const struct element *e,
    const struct stage_context *cx, struct status *st)
{
	static const struct {
		const char *name;
		int (*parse)(struct fill_spec *f, struct value v,
		    const struct stage_context *cx, struct status *st);
	} options[] = {
	    {"partitionBy", parse_partition_by},
	    {"partitionByFields", parse_partition_fields},
	    {"sortBy", parse_sort_by},
	    {"output", parse_output},
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, e->name) == 0)
			return options[i].parse(f, e->value, cx, st);
	return status_set(
	    st, ERR_OPTION_UNKNOWN, "BSON field '$fill.%s' is an unknown field.", e->name);
}

static int check_together(const struct fill_spec *f, struct status *st)
{
	if (value_is_missing(f->output))
		return status_set(st, ERR_OPTION_MISSING,
		    "BSON field '$fill.output' is missing but a required field");
	if (!value_is_missing(f->partition_by) && !value_is_missing(f->partition_fields))
		return status_set(st, ERR_FILL_TWO_PARTITIONS,
		    "$fill has either partitionBy or partitionByFields");
	if (f->has_linear &&
	    (value_is_missing(f->sort_by) || doc_count(value_doc(f->sort_by)) != 1))
		return status_set(st, ERR_FILL_LINEAR_SORT,
		    "$fill's method 'linear' needs a sortBy of exactly one field");
	return 0;
}

/* What only documents in an order need is looked at, too, when there is no need of it. */
static int check_unused(
    const struct fill_spec *f, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct expression *e;
	struct sort_spec *sort;
	int err = 0;

	if (f->has_methods)
		return 0;
	if (!value_is_missing(f->partition_by))
		err = expression_parse(f->partition_by, &o, cx->arena, &e, st);
	if (!err && !value_is_missing(f->sort_by))
		err = sort_parse(value_doc(f->sort_by), cx->collator, cx->arena, &sort, st);
	return err;
}

static int fill_parse(
    struct fill_spec *f, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(st, ERR_FAILED_TO_PARSE, "$fill", "an object", v.type);
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = parse_option(f, &e, cx, st);
	if (!err)
		err = check_together(f, st);
	return err ? err : check_unused(f, cx, st);
}

/* -------------------------------------------------------------- expansion */

static bool has_partitions(const struct fill_spec *f)
{
	return !value_is_missing(f->partition_by) ||
	       (!value_is_missing(f->partition_fields) &&
		   !doc_is_empty(value_doc(f->partition_fields)));
}

static bool has_sort(const struct fill_spec *f)
{
	return !value_is_missing(f->sort_by) && !doc_is_empty(value_doc(f->sort_by));
}

/* ["a", "b.c"] is [{$ifNull: ["$a", null]}, ...]: one value of all fields.  As an array it would
 * be taken apart by a sort, so it stands in an object. */
static void put_partition_fields(const struct fill_spec *f, struct builder *b)
{
	struct doc_iter it = doc_iter(value_doc(f->partition_fields));
	struct element e;

	builder_doc_begin(b, PARTITION_FIELD);
	builder_array_begin(b, "k");
	while (doc_next(&it, &e)) {
		struct view text = value_str(e.value);

		builder_doc_begin(b, NULL);
		builder_array_begin(b, "$ifNull");
		builder_printf(b, NULL, "$%.*s", (int)text.len, (const char *)text.data);
		builder_null(b, NULL);
		builder_array_end(b);
		builder_doc_end(b);
	}
	builder_array_end(b);
	builder_doc_end(b);
}

static void put_partition(const struct fill_spec *f, struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$addFields");
	if (value_is_missing(f->partition_by))
		put_partition_fields(f, b);
	else
		builder_value(b, PARTITION_FIELD, f->partition_by);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_sort(const struct fill_spec *f, struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$sort");
	if (has_partitions(f))
		builder_i32(b, PARTITION_FIELD, 1);
	if (!value_is_missing(f->sort_by))
		builder_elements(b, value_doc(f->sort_by));
	builder_doc_end(b);
	builder_doc_end(b);
}

static struct value method_of(struct value filled)
{
	return doc_get(value_doc(filled), "method");
}

static void put_methods(const struct fill_spec *f, struct builder *b)
{
	struct doc_iter it = doc_iter(value_doc(f->output));
	struct element e;

	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$_internalFill");
	if (has_partitions(f))
		builder_str(b, "partitionField", PARTITION_FIELD);
	if (!value_is_missing(f->sort_by))
		builder_value(b, "sortBy", f->sort_by);
	builder_doc_begin(b, "output");
	while (doc_next(&it, &e))
		builder_value_n(b, e.name, e.name_len, method_of(e.value));
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_unset(struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_str(b, "$unset", PARTITION_FIELD);
	builder_doc_end(b);
}

/* {a: {$ifNull: ["$a", value]}} */
static void put_values(const struct fill_spec *f, struct builder *b)
{
	struct doc_iter it = doc_iter(value_doc(f->output));
	struct element e;

	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$addFields");
	while (doc_next(&it, &e)) {
		if (!value_is_missing(method_of(e.value)))
			continue;
		builder_doc_begin_n(b, e.name, e.name_len);
		builder_array_begin(b, "$ifNull");
		builder_printf(b, NULL, "$%s", e.name);
		builder_value(b, NULL, doc_get(value_doc(e.value), "value"));
		builder_array_end(b);
		builder_doc_end(b);
	}
	builder_doc_end(b);
	builder_doc_end(b);
}

static int fill_expand(
    struct value v, const struct stage_context *cx, struct builder *b, struct status *st)
{
	struct fill_spec f = {0};
	int err = fill_parse(&f, v, cx, st);
	bool partitions = f.has_methods && has_partitions(&f);

	if (err)
		return err;
	if (partitions)
		put_partition(&f, b);
	if (partitions || (f.has_methods && has_sort(&f)))
		put_sort(&f, b);
	if (f.has_methods)
		put_methods(&f, b);
	if (partitions)
		put_unset(b);
	if (f.has_values)
		put_values(&f, b);
	return 0;
}

const struct stage_type stage_fill = {
    .name = "$fill",
    .help = "Values for fields that are null or missing.",
    .expand = fill_expand,
};
