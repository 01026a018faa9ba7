/*
 * $setWindowFields: fields that depend on other documents of the same partition.
 *
 * It is short for others: $addFields puts the partition into a field of its own, unless it is a
 * field already, $sort brings the documents into order, $_internalSetWindowFields computes the
 * outputs, $unset takes the partition's field away.
 */
#include "aggregate/spec_fields.h"
#include "aggregate/stage.h"

#define PARTITION_FIELD "__internal_setWindowFields_partition_key"

enum { PARTITION_BY, SORT_BY, OUTPUT, N_FIELDS };

struct windows {
	struct value given[N_FIELDS]; /* missing: not given */
	bool partitions; /* more than one, perhaps */
	struct view field; /* that the partition is; empty: one has to be made */
};

/* "$a": a field of the document itself. */
static struct view plain_field(struct value v)
{
	struct view text = v.type == TYPE_STRING ? value_str(v) : (struct view){0};

	if (text.len < 2 || text.data[0] != '$' || text.data[1] == '$' ||
	    memchr(text.data, '.', text.len))
		return (struct view){0};
	return view_of(text.data + 1, text.len - 1);
}

static int check_partition(struct windows *w, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {.collator = cx->collator, .let = cx->let};
	struct expression *e;
	struct value constant;
	int err = 0;

	if (value_is_missing(w->given[PARTITION_BY]))
		return 0;
	err = expression_parse(w->given[PARTITION_BY], &o, cx->arena, &e, st);
	if (err)
		return err;
	w->partitions = !expression_is_constant(e, &constant);
	if (!w->partitions && constant.type == TYPE_ARRAY)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "an expression that partitions documents cannot come to an array");
	w->field = plain_field(w->given[PARTITION_BY]);
	return 0;
}

static bool makes_field(const struct windows *w)
{
	return w->partitions && !w->field.len;
}

static void put_partition(const struct windows *w, struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$addFields");
	builder_value(b, PARTITION_FIELD, w->given[PARTITION_BY]);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_sort(const struct windows *w, struct builder *b)
{
	struct doc_iter it = doc_iter(
	    value_is_missing(w->given[SORT_BY]) ? doc_empty : value_doc(w->given[SORT_BY]));
	struct element e;

	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$sort");
	if (makes_field(w))
		builder_i32(b, PARTITION_FIELD, 1);
	else if (w->partitions)
		builder_i32(b, (const char *)w->field.data, 1);
	/* Within a partition its own field says nothing. */
	while (doc_next(&it, &e))
		if (!w->partitions || !view_equal(view_of(e.name, e.name_len), w->field))
			builder_value_n(b, e.name, e.name_len, e.value);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_outputs(const struct windows *w, struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$_internalSetWindowFields");
	if (makes_field(w))
		builder_str(b, "partitionBy", "$" PARTITION_FIELD);
	else if (w->partitions)
		builder_value(b, "partitionBy", w->given[PARTITION_BY]);
	if (!value_is_missing(w->given[SORT_BY]))
		builder_value(b, "sortBy", w->given[SORT_BY]);
	builder_value(b, "output", w->given[OUTPUT]);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_unset(struct builder *b)
{
	builder_doc_begin(b, NULL);
	builder_str(b, "$unset", PARTITION_FIELD);
	builder_doc_end(b);
}

static int expand(
    struct value v, const struct stage_context *cx, struct builder *b, struct status *st)
{
	static const struct spec_field fields[N_FIELDS] = {
	    [PARTITION_BY] = {"partitionBy", TYPE_EOD, false},
	    [SORT_BY] = {"sortBy", TYPE_OBJECT, false},
	    [OUTPUT] = {"output", TYPE_OBJECT, true},
	};
	struct windows w = {.partitions = false};
	int err;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_FAILED_TO_PARSE, "$setWindowFields", "an object", v.type);
	err = spec_fields_take("$setWindowFields", value_doc(v), fields, N_FIELDS, w.given, st);
	if (!err)
		err = check_partition(&w, cx, st);
	if (err)
		return err;
	if (makes_field(&w))
		put_partition(&w, b);
	if (w.partitions ||
	    (!value_is_missing(w.given[SORT_BY]) && !doc_is_empty(value_doc(w.given[SORT_BY]))))
		put_sort(&w, b);
	put_outputs(&w, b);
	if (makes_field(&w))
		put_unset(b);
	return 0;
}

const struct stage_type stage_set_window_fields = {
    .name = "$setWindowFields",
    .help = "Fields that depend on other documents of the same partition.",
    .expand = expand,
};
