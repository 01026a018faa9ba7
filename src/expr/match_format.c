/*
 * A parsed filter as a document again, in the one form that MongoDB shows of it: every
 * equality with its $eq, conjunctions as a list in the order in which they are tried.
 */
#include "expr/match_op.h"

static void put_filter(struct builder *b, const struct filter *f);

static void put_list(struct builder *b, const char *name, const struct filter *f)
{
	builder_array_begin(b, name);
	for (int i = 0; i < f->n_children; i++) {
		builder_doc_begin(b, NULL);
		put_filter(b, f->children[i]);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static void put_in(struct builder *b, const struct filter *f)
{
	if (f->n_values == 1) {
		builder_value(b, "$eq", f->values[0]);
		return;
	}
	builder_array_begin(b, "$in");
	for (int i = 0; i < f->n_values; i++)
		builder_value(b, NULL, f->values[i]);
	builder_array_end(b);
}

/* $in's list with regular expressions has become a disjunction on one path. */
static bool is_in_list(const struct filter *f)
{
	return f->kind == MATCH_OR && f->path.n > 0;
}

static void put_in_list(struct builder *b, const struct filter *f)
{
	builder_array_begin(b, "$in");
	for (int i = 0; i < f->n_children; i++) {
		const struct filter *c = f->children[i];

		for (int k = 0; k < c->n_values; k++)
			builder_value(b, NULL, c->values[k]);
		if (c->kind == MATCH_OTHER)
			builder_value(b, NULL, c->value);
	}
	builder_array_end(b);
}

static void put_type(struct builder *b, const struct filter *f)
{
	uint32_t numbers = match_type_bit(TYPE_DOUBLE) | match_type_bit(TYPE_INT32) |
			   match_type_bit(TYPE_INT64) | match_type_bit(TYPE_DECIMAL128);
	uint32_t types = f->types;

	builder_array_begin(b, "$type");
	if ((types & numbers) == numbers) {
		builder_str(b, NULL, "number");
		types &= ~numbers;
	}
	for (int code = -1; code < 128; code++) {
		uint8_t type = type_from_code(code);

		if (type != TYPE_EOD && (types & match_type_bit(type)))
			builder_i32(b, NULL, code);
	}
	builder_array_end(b);
}

static void put_leaf_ops(struct builder *b, const struct filter *f)
{
	static const char *const names[] = {
	    [MATCH_EQ] = "$eq",
	    [MATCH_LT] = "$lt",
	    [MATCH_LTE] = "$lte",
	    [MATCH_GT] = "$gt",
	    [MATCH_GTE] = "$gte",
	};

	switch (f->kind) {
	case MATCH_IN:
		put_in(b, f);
		break;
	case MATCH_OR:
		put_in_list(b, f);
		break;
	case MATCH_AND:
		for (int i = 0; i < f->n_children; i++)
			put_leaf_ops(b, f->children[i]);
		break;
	case MATCH_NOT:
		builder_doc_begin(b, "$not");
		put_leaf_ops(b, f->children[0]);
		builder_doc_end(b);
		break;
	case MATCH_EXISTS:
		if (!f->exists)
			builder_doc_begin(b, "$not");
		builder_bool(b, "$exists", true);
		if (!f->exists)
			builder_doc_end(b);
		break;
	case MATCH_ALWAYS_TRUE:
		builder_i32(b, "$alwaysTrue", 1);
		break;
	case MATCH_ALWAYS_FALSE:
		builder_i32(b, "$alwaysFalse", 1);
		break;
	case MATCH_TYPE:
		put_type(b, f);
		break;
	case MATCH_OTHER:
		if (f->op->test == match_test_regex)
			match_put_regex(f, b);
		else
			builder_value(b, f->op->name, f->value);
		break;
	default:
		builder_value(b, names[f->kind], f->value);
	}
}

static void put_leaf(struct builder *b, const struct filter *f)
{
	if (f->kind == MATCH_OTHER && f->op->test_doc) {
		builder_value(b, f->op->name, f->value);
		return;
	}
	builder_doc_begin_n(b, (const char *)f->path.text.data, f->path.text.len);
	put_leaf_ops(b, f);
	builder_doc_end(b);
}

static void put_filter(struct builder *b, const struct filter *f)
{
	switch (f->kind) {
	case MATCH_ALWAYS_TRUE:
		break;
	case MATCH_ALWAYS_FALSE:
		builder_i32(b, "$alwaysFalse", 1);
		break;
	case MATCH_AND:
		put_list(b, "$and", f);
		break;
	case MATCH_NOR:
		put_list(b, "$nor", f);
		break;
	case MATCH_OR:
		if (!is_in_list(f)) {
			put_list(b, "$or", f);
			break;
		}
		/* fall through */
	default:
		put_leaf(b, f);
	}
}

struct view filter_format(const struct filter *f, struct arena *a)
{
	struct view doc = {NULL, 0};
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	put_filter(&b, f);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return doc;
}
