/*
 * Random filters on random documents: the compiled matcher against a reference
 * that reads the filter as it stands, by the rules of the manual, and cares for
 * nothing else.
 */
#include "support/unit.h"
#include "support/json.h"
#include "support/random_doc.h"

#include "bson/compare.h"
#include "bson/decimal.h"
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
	if (v.type == TYPE_DECIMAL128)
		return decimal_is_nan(decimal_read(v.data));
	return v.type == TYPE_DOUBLE && isnan(read_double(v.data));
}

/* Of the patterns that are drawn here: "^x", "y$" and ".". */
static bool text_matches(const char *pattern, struct view s)
{
	if (pattern[0] == '^')
		return s.len && s.data[0] == 'x';
	if (pattern[0] == 'y')
		return s.len && s.data[s.len - 1] == 'y';
	return s.len > 0;
}

static bool regex_is(struct value v, const char *pattern)
{
	if (v.type == TYPE_REGEX)
		return !strcmp(value_regex_pattern(v), pattern) && !*value_regex_options(v);
	return v.type == TYPE_STRING && text_matches(pattern, value_str(v));
}

/* Small numbers only are drawn: without their fraction they are ints. */
static bool whole(struct value v, int64_t *n)
{
	double d;

	if (!value_is_number(v) || is_nan(v) || !value_to_double(v, &d))
		return false;
	*n = (int64_t)d;
	return true;
}

static bool mod_is(struct value v, struct view operand)
{
	int64_t n;

	return whole(v, &n) &&
	       n % read_i32(array_at(operand, 0).data) == read_i32(array_at(operand, 1).data);
}

/* The bits of a number that has no fraction, or of bytes; 8 of them are asked for. */
static bool bits_of(struct value v, uint32_t *bits)
{
	int64_t n;

	*bits = 0;
	if (v.type == TYPE_BINARY) {
		for (size_t i = 0; i < value_binary(v).len; i++)
			*bits |= (uint32_t)value_binary(v).data[i] << (8 * i);
		return true;
	}
	if (!value_is_number(v) || !value_to_i64(v, &n))
		return false;
	*bits = (uint32_t)n;
	return true;
}

static bool bits_are(const char *op, struct value v, uint32_t mask)
{
	uint32_t bits;

	if (!bits_of(v, &bits))
		return false;
	if (strcmp(op, "$bitsAllSet") == 0)
		return (bits & mask) == mask;
	if (strcmp(op, "$bitsAnySet") == 0)
		return bits & mask;
	if (strcmp(op, "$bitsAllClear") == 0)
		return !(bits & mask);
	return (bits & mask) != mask;
}

static bool type_is(struct value v, struct view name)
{
	if (view_equal(name, view_of_str("number")))
		return value_is_number(v);
	return !value_is_missing(v) && v.type == type_from_name(name);
}

static bool any_type_is(struct value v, struct value operand)
{
	struct doc_iter it;
	struct element e;

	if (operand.type == TYPE_STRING)
		return type_is(v, value_str(operand));
	it = doc_iter(value_doc(operand));
	while (doc_next(&it, &e))
		if (type_is(v, value_str(e.value)))
			return true;
	return false;
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
			if (e.value.type == TYPE_REGEX
				? regex_is(v, value_regex_pattern(e.value))
				: one_compares("$eq", v, e.value))
				return true;
		return false;
	}
	if (strcmp(op, "$type") == 0)
		return any_type_is(v, operand);
	if (strcmp(op, "$regex") == 0)
		return regex_is(v, (const char *)value_str(operand).data);
	if (strcmp(op, "$mod") == 0)
		return mod_is(v, value_doc(operand));
	if (strncmp(op, "$bits", 5) == 0)
		return bits_are(op, v, (uint32_t)read_i32(operand.data));
	return one_compares(op, v, operand);
}

static bool reference_ops(struct value whole, const char *path, struct view ops);
static bool reference(struct view filter, struct value whole);

/* An array is a document too, whose names are its places. */
static bool document_matches(struct view filter, struct value v)
{
	return (v.type == TYPE_OBJECT || v.type == TYPE_ARRAY) &&
	       reference(filter, value_of_doc(value_doc(v)));
}

static bool is_filter(struct view ops)
{
	struct doc_iter it = doc_iter(ops);
	struct element e;

	return doc_next(&it, &e) && e.name[0] != '$';
}

static bool element_matches(struct value array, struct view ops)
{
	struct doc_iter it, ops_it;
	struct element e, op;

	if (array.type != TYPE_ARRAY)
		return false;
	it = doc_iter(value_doc(array));
	while (doc_next(&it, &e)) {
		bool all = true;

		if (is_filter(ops)) {
			if (document_matches(ops, e.value))
				return true;
			continue;
		}
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

static bool reference_field(struct value whole, const char *path, struct value v);

/* Each by itself; of none none is met. */
static bool all_are(struct value whole, const char *path, struct view list)
{
	struct doc_iter it = doc_iter(list);
	struct element e;

	if (doc_is_empty(list))
		return false;
	while (doc_next(&it, &e)) {
		struct value v = e.value;
		bool is_elem = v.type == TYPE_OBJECT &&
			       !value_is_missing(doc_get(value_doc(v), "$elemMatch"));

		if (is_elem ? !reference_ops(whole, path, value_doc(v))
			    : !reference_field(whole, path, v))
			return false;
	}
	return true;
}

static bool reference_op(
    struct value whole, const char *path, const char *op, struct value operand)
{
	if (strcmp(op, "$all") == 0)
		return all_are(whole, path, value_doc(operand));
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

/* {a: {$gt: 1}}, {a: /x/} or {a: 1}. */
static bool reference_field(struct value whole, const char *path, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_REGEX) {
		struct view pattern = view_of_str(value_regex_pattern(v));
		uint8_t text[16];

		memset(text, 0, sizeof(text));
		memcpy(text + 4, pattern.data, pattern.len);
		return any_reached(whole, path, "$regex",
		    (struct value){text, (uint32_t)pattern.len + 5, TYPE_STRING});
	}
	if (v.type == TYPE_OBJECT) {
		it = doc_iter(value_doc(v));
		if (doc_next(&it, &e) && e.name[0] == '$')
			return reference_ops(whole, path, value_doc(v));
	}
	return any_reached(whole, path, "$eq", v);
}

static bool reference(struct view filter, struct value whole)
{
	struct doc_iter it = doc_iter(filter), list;
	struct element e, child;
	bool all = true;

	while (doc_next(&it, &e)) {
		int n = 0, n_true = 0;

		if (e.name[0] != '$') {
			all &= reference_field(whole, e.name, e.value);
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

/* These operators take no regular expression. */
static void random_operand(struct random *r, struct builder *b, const char *op)
{
	for (;;) {
		struct builder_mark mark = builder_mark(b);
		size_t at = b->buf->len;

		random_value(r, b, op, 2);
		if (b->buf->data[at] != TYPE_REGEX)
			return;
		builder_rewind(b, mark);
	}
}

static void random_range(struct random *r, struct builder *b)
{
	static const char *const ops[] = {"$eq", "$gt", "$gte", "$lt", "$lte"};

	random_operand(r, b, ops[random_below(r, 5)]);
}

static const char *const patterns[] = {"^x", "y$", "."};

static void random_list(struct random *r, struct builder *b, const char *op, bool regexes)
{
	builder_array_begin(b, op);
	for (uint32_t n = random_below(r, 4); n > 0; n--)
		if (regexes && random_below(r, 4) == 0)
			builder_regex(b, NULL, patterns[random_below(r, 3)], "");
		else
			random_value(r, b, NULL, 1);
	builder_array_end(b);
}

static void random_type(struct random *r, struct builder *b)
{
	static const char *const types[] = {"int", "array", "object", "null", "string",
	    "number", "decimal", "regex", "binData", "bool"};

	if (random_below(r, 2)) {
		builder_str(b, "$type", types[random_below(r, 10)]);
		return;
	}
	builder_array_begin(b, "$type");
	builder_str(b, NULL, types[random_below(r, 10)]);
	builder_str(b, NULL, types[random_below(r, 10)]);
	builder_array_end(b);
}

static void random_bits(struct random *r, struct builder *b)
{
	static const char *const ops[] = {
	    "$bitsAllSet", "$bitsAnySet", "$bitsAllClear", "$bitsAnyClear"};

	builder_i32(b, ops[random_below(r, 4)], (int32_t)random_below(r, 8));
}

static void random_mod(struct random *r, struct builder *b)
{
	builder_array_begin(b, "$mod");
	builder_i32(b, NULL, (int32_t)random_below(r, 2) + 2);
	builder_i32(b, NULL, (int32_t)random_below(r, 2));
	builder_array_end(b);
}

static void random_elem_match(struct random *r, struct builder *b)
{
	char path[16];

	builder_doc_begin(b, "$elemMatch");
	if (random_below(r, 2)) {
		random_range(r, b);
	} else {
		random_path(r, path);
		builder_doc_begin(b, path);
		random_range(r, b);
		builder_doc_end(b);
	}
	builder_doc_end(b);
}

static void random_all(struct random *r, struct builder *b)
{
	if (random_below(r, 3)) {
		random_list(r, b, "$all", false);
		return;
	}
	builder_array_begin(b, "$all");
	for (uint32_t n = 1 + random_below(r, 2); n > 0; n--) {
		builder_doc_begin(b, NULL);
		random_elem_match(r, b);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static void random_op(struct random *r, struct builder *b, int depth)
{
	switch (random_below(r, depth > 0 ? 14 : 13)) {
	case 0:
		random_operand(r, b, "$ne");
		break;
	case 1:
		random_list(r, b, "$in", true);
		break;
	case 2:
		random_list(r, b, "$nin", true);
		break;
	case 3:
		builder_bool(b, "$exists", random_below(r, 2));
		break;
	case 4:
		random_type(r, b);
		break;
	case 5:
		builder_i32(b, "$size", (int32_t)random_below(r, 3));
		break;
	case 6:
		random_elem_match(r, b);
		break;
	case 7:
		random_all(r, b);
		break;
	case 8:
		random_bits(r, b);
		break;
	case 9:
		random_mod(r, b);
		break;
	case 10:
		builder_str(b, "$regex", patterns[random_below(r, 3)]);
		break;
	case 13:
		builder_doc_begin(b, "$not");
		random_op(r, b, depth - 1);
		builder_doc_end(b);
		break;
	default:
		random_range(r, b);
		break;
	}
}

/* Operators, or a value that is looked for. */
static void random_condition(struct random *r, struct builder *b)
{
	char path[16];

	random_path(r, path);
	if (random_below(r, 4) == 0) {
		random_value(r, b, path, 2);
		return;
	}
	builder_doc_begin(b, path);
	random_op(r, b, 1);
	builder_doc_end(b);
}

static void random_filter(struct random *r, struct builder *b, int depth)
{
	static const char *const lists[] = {"$and", "$or", "$nor"};

	if (depth == 0 || random_below(r, 3)) {
		random_condition(r, b);
		return;
	}
	builder_array_begin(b, lists[random_below(r, 3)]);
	for (uint32_t n = 1 + random_below(r, 3); n > 0; n--) {
		builder_doc_begin(b, NULL);
		random_filter(r, b, depth - 1);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static void the_matcher_is_the_reference(void **state)
{
	struct random r = {.state = 20240601};
	int n_true = 0, n = 0;

	for (int i = 0; i < 4000; i++) {
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
