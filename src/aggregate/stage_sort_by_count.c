/*
 * $sortByCount: the different values of an expression with how often each is
 * there, the most frequent first.  Short for $group and $sort.
 */
#include "aggregate/stage.h"

enum {
	ERR_COUNT_NOT_OPERATOR = 40147,
	ERR_COUNT_NOT_PATH = 40148,
	ERR_COUNT_WRONG_TYPE = 40149,
};

static int sort_by_count_expand(
    struct value v, const struct stage_context *cx, struct builder *b, struct status *st)
{
	if (v.type != TYPE_OBJECT && v.type != TYPE_STRING)
		return stage_wrong_type(
		    st, ERR_COUNT_WRONG_TYPE, "$sortByCount", "an expression", v.type);
	if (!stage_is_expression(v))
		return status_set(st,
		    v.type == TYPE_OBJECT ? ERR_COUNT_NOT_OPERATOR : ERR_COUNT_NOT_PATH,
		    "$sortByCount takes a path that begins with a dollar sign, or an "
		    "operator's "
		    "expression");
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$group");
	builder_value(b, "_id", v);
	builder_doc_begin(b, "count");
	builder_i32(b, "$sum", 1);
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "$sort");
	builder_i32(b, "count", -1);
	builder_doc_end(b);
	builder_doc_end(b);
	return 0;
}

const struct stage_type stage_sort_by_count = {
    .name = "$sortByCount",
    .help = "The different values, the most frequent first.",
    .expand = sort_by_count_expand,
};
