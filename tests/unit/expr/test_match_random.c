/*
 * Random filters on random documents: the compiled matcher against a reference
 * that reads the filter as it stands, by the rules of the manual, and cares for
 * nothing else.
 */
#include "support/unit.h"
#include "support/json.h"
#include "support/random_doc.h"

#include "bson/compare.h"
#include "expr/match.h"

/* ------------------------------------------------------------- reference */

#define REACHED_MAX 256

/* What a path reaches: places where an array stands as a whole are marked. */
struct reached {
	int n;
	struct {
		struct value v;
		bool fixed; /* named by its place at the path's end: not looked into */
	} list[REACHED_MAX];
};

static void add(struct reached *r, struct value v, bool fixed)
{
	assert_true(r->n < REACHED_MAX);
	r->list[r->n].v = v;
	r->list[r->n++].fixed = fixed;
}

static const char *after(const char *path)
{
	const char *dot = strchr(path, '.');

	return dot ? dot + 1 : NULL;
}

static void reach(struct reached *r, struct value v, const char *path)
{
	const char *rest = after(path);
	size_t len = rest ? (size_t)(rest - path - 1) : strlen(path);
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_OBJECT) {
		struct value below = doc_get_n(value_doc(v), path, len);

		if (rest)
			reach(r, below, rest);
		else
			add(r, below, false);
		return;
	}
	if (v.type != TYPE_ARRAY) {
		add(r, (struct value){0}, false);
		return;
	}
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e)) {
		if (e.name_len == len && memcmp(e.name, path, len) == 0) {
			if (rest)
				reach(r, e.value, rest);
			else
				add(r, e.value, true);
		}
		if (e.value.type == TYPE_OBJECT)
			reach(r, e.value, path);
	}
}

static bool is_nan(struct value v)
{
	return v.type == TYPE_DOUBLE && isnan(read_double(v.data));
}

static bool one_compares(const char *op, struct value v, struct value operand)
{
	int c;

	if (value_is_missing(v))
		v = value_null;
	if (type_rank(v.type) != type_rank(operand.type))
		return false;
	c = value_compare(v, operand, NULL);
	if (strcmp(op, "$eq") == 0)
		return c == 0;
	if (is_nan(v) || is_nan(operand))
		return c == 0 && strlen(op) == 4; /* $gte, $lte */
	if (strcmp(op, "$lt") == 0)
		return c < 0;
	if (strcmp(op, "$lte") == 0)
		return c <= 0;
	return strcmp(op, "$gt") == 0 ? c > 0 : c >= 0;
}

static bool one_is(const char *op, struct value v, struct value operand)
{
	if (strcmp(op, "$in") == 0) {
		struct doc_iter it = doc_iter(value_doc(operand));
		struct element e;

		while (doc_next(&it, &e))
			if (one_compares("$eq", v, e.value))
				return true;
		return false;
	}
	if (strcmp(op, "$type") == 0)
		return !value_is_missing(v) && v.type == type_from_name(value_str(operand));
	return one_compares(op, v, operand);
}

static bool reference_ops(struct value whole, const char *path, struct view ops);

static bool element_matches(struct value array, struct view ops)
{
	struct doc_iter it, ops_it;
	struct element e, op;

	if (array.type != TYPE_ARRAY)
		return false;
	it = doc_iter(value_doc(array));
	while (doc_next(&it, &e)) {
		bool all = true;

		ops_it = doc_iter(ops);
		while (doc_next(&ops_it, &op))
			all &= one_is(op.name, e.value, op.value);
		if (all)
			return true;
	}
	return false;
}

static bool whole_is(const char *op, struct value v, struct value operand)
{
	if (strcmp(op, "$exists") == 0)
		return !value_is_missing(v);
	if (strcmp(op, "$size") == 0)
		return v.type == TYPE_ARRAY &&
		       doc_count(value_doc(v)) == read_i32(operand.data);
	return element_matches(v, value_doc(operand));
}

static bool any_reached(
    struct value whole, const char *path, const char *op, struct value operand)
{
	bool looks_inside = strcmp(op, "$exists") != 0 && strcmp(op, "$size") != 0 &&
			    strcmp(op, "$elemMatch") != 0;
	struct reached r = {0};

	reach(&r, whole, path);
	for (int i = 0; i < r.n; i++) {
		struct value v = r.list[i].v;
		struct doc_iter it;
		struct element e;

		if (!looks_inside) {
			if (whole_is(op, v, operand))
				return true;
			continue;
		}
		if (one_is(op, v, operand))
			return true;
		if (v.type != TYPE_ARRAY || r.list[i].fixed)
			continue;
		it = doc_iter(value_doc(v));
		while (doc_next(&it, &e))
			if (one_is(op, e.value, operand))
				return true;
	}
	return false;
}

static bool reference_op(
    struct value whole, const char *path, const char *op, struct value operand)
{
	if (strcmp(op, "$ne") == 0)
		return !any_reached(whole, path, "$eq", operand);
	if (strcmp(op, "$nin") == 0)
		return !any_reached(whole, path, "$in", operand);
	if (strcmp(op, "$not") == 0)
		return !reference_ops(whole, path, value_doc(operand));
	if (strcmp(op, "$exists") == 0)
		return any_reached(whole, path, op, operand) == value_bool(operand);
	return any_reached(whole, path, op, operand);
}

static bool reference_ops(struct value whole, const char *path, struct view ops)
{
	struct doc_iter it = doc_iter(ops);
	struct element e;
	bool all = true;

	while (doc_next(&it, &e))
		all &= reference_op(whole, path, e.name, e.value);
	return all;
}

static bool reference(struct view filter, struct value whole)
{
	struct doc_iter it = doc_iter(filter), list;
	struct element e, child;
	bool all = true;

	while (doc_next(&it, &e)) {
		int n = 0, n_true = 0;

		if (e.name[0] != '$') {
			all &= reference_ops(whole, e.name, value_doc(e.value));
			continue;
		}
		list = doc_iter(value_doc(e.value));
		for (; doc_next(&list, &child); n++)
			n_true += reference(value_doc(child.value), whole);
		if (strcmp(e.name, "$and") == 0)
			all &= n_true == n;
		else
			all &= strcmp(e.name, "$or") == 0 ? n_true > 0 : n_true == 0;
	}
	return all;
}

/* ---------------------------------------------------------- random filters */

static void random_range(struct random *r, struct builder *b)
{
	static const char *const ops[] = {"$eq", "$gt", "$gte", "$lt", "$lte"};

	random_value(r, b, ops[random_below(r, 5)], 2);
}

static void random_list(struct random *r, struct builder *b, const char *op)
{
	builder_array_begin(b, op);
	for (uint32_t n = random_below(r, 4); n > 0; n--)
		random_value(r, b, NULL, 1);
	builder_array_end(b);
}

static void random_op(struct random *r, struct builder *b, int depth)
{
	static const char *const types[] = {"int", "array", "object", "null", "string"};

	switch (random_below(r, depth > 0 ? 10 : 9)) {
	case 0:
		random_value(r, b, "$ne", 2);
		break;
	case 1:
		random_list(r, b, "$in");
		break;
	case 2:
		random_list(r, b, "$nin");
		break;
	case 3:
		builder_bool(b, "$exists", random_below(r, 2));
		break;
	case 4:
		builder_str(b, "$type", types[random_below(r, 5)]);
		break;
	case 5:
		builder_i32(b, "$size", (int32_t)random_below(r, 3));
		break;
	case 6:
		builder_doc_begin(b, "$elemMatch");
		random_range(r, b);
		builder_doc_end(b);
		break;
	case 9:
		builder_doc_begin(b, "$not");
		random_op(r, b, depth - 1);
		builder_doc_end(b);
		break;
	default:
		random_range(r, b);
		break;
	}
}

static void random_filter(struct random *r, struct builder *b, int depth)
{
	static const char *const lists[] = {"$and", "$or", "$nor"};
	char path[16];

	if (depth > 0 && random_below(r, 3) == 0) {
		builder_array_begin(b, lists[random_below(r, 3)]);
		for (uint32_t n = 1 + random_below(r, 3); n > 0; n--) {
			builder_doc_begin(b, NULL);
			random_filter(r, b, depth - 1);
			builder_doc_end(b);
		}
		builder_array_end(b);
		return;
	}
	random_path(r, path);
	builder_doc_begin(b, path);
	random_op(r, b, 1);
	builder_doc_end(b);
}

static void the_matcher_is_the_reference(void **state)
{
	struct random r = {.state = 20240601};
	int n_true = 0, n = 0;

	for (int i = 0; i < 1500; i++) {
		struct filter *f;
		struct status st;
		struct builder b;
		struct view filter;
		struct buf buf;
		struct arena a;

		arena_init(&a, NULL);
		status_init(&st);
		buf_init(&buf, NULL);
		builder_init(&b, &buf);
		random_filter(&r, &b, 2);
		filter = random_finish(&b, &buf, &a);
		if (filter_parse(filter, NULL, &a, &f, &st))
			fail_msg("%s: %s", json_text(&a, filter), st.message);
		for (int k = 0; k < 10; k++) {
			struct view doc = random_doc(&r, &a, 3);
			bool expected = reference(filter, value_of_doc(doc));

			if (filter_matches(f, doc, NULL) != expected)
				fail_msg("%s on %s: not %d", json_text(&a, filter),
				    json_text(&a, doc), expected);
			n_true += expected;
			n++;
		}
		arena_clear(&a);
	}
	/* The test is worth something only when both answers are frequent. */
	assert_true(n_true > n / 10 && n_true < n - n / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_matcher_is_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
