#include "expr/match_explain.h"

#include "expr/expression.h"
#include "expr/schema.h"

struct explainer {
	const struct filter_options *o;
	struct view doc;
	struct match_state *ms;
	struct builder *b;
	struct status *st;
	int error;
};

/* What is said of an operator on a field: when it failed, and when it should have. */
struct leaf_words {
	const char *op, *failed, *held;
	const char *expected; /* the types that it looks at; NULL: all */
};

#define NUMBERS "decimal\0double\0int\0long\0"

/* clang-format off */
static const struct leaf_words leaf_words[] = {
	{"$eq", "comparison failed", "comparison succeeded"},
	{"$lt", "comparison failed", "comparison succeeded"},
	{"$lte", "comparison failed", "comparison succeeded"},
	{"$gt", "comparison failed", "comparison succeeded"},
	{"$gte", "comparison failed", "comparison succeeded"},
	{"$ne", "comparison succeeded", "comparison failed"},
	{"$in", "no matching value found in array", "matching value found in array"},
	{"$nin", "matching value found in array", "no matching value found in array"},
	{"$exists", "path does not exist", "path does exist"},
	{"$type", "type did not match", "type did match"},
	{"$regex", "regular expression did not match", "regular expression did match",
		"regex\0string\0symbol\0"},
	{"$all", "array did not contain all specified values",
		"array did contain all specified values"},
	{"$elemMatch", "array did not satisfy the child predicate",
		"array did satisfy the child predicate", "array\0"},
	{"$size", "array length was not equal to given size",
		"array length was equal to given size", "array\0"},
	{"$mod", "$mod did not evaluate to expected remainder",
		"$mod did evaluate to expected remainder", NUMBERS},
	{"$bitsAllSet", "bitwise operator failed to match",
		"bitwise operator matched successfully", "binData\0" NUMBERS},
	{"$bitsAnySet", "bitwise operator failed to match",
		"bitwise operator matched successfully", "binData\0" NUMBERS},
	{"$bitsAllClear", "bitwise operator failed to match",
		"bitwise operator matched successfully", "binData\0" NUMBERS},
	{"$bitsAnyClear", "bitwise operator failed to match",
		"bitwise operator matched successfully", "binData\0" NUMBERS},
};
/* clang-format on */

static void no_memory(struct explainer *x)
{
	if (!x->error)
		x->error =
		    status_set(x->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for errInfo");
}

/* ------------------------------------------------------------- clauses */

/* A document of one field. */
static struct view make_doc(
    struct explainer *x, const char *name, size_t name_len, struct value v)
{
	struct view doc = {0};
	struct builder b;
	struct buf buf;

	buf_init(&buf, x->ms->row->account);
	builder_init(&b, &buf);
	builder_value_n(&b, name, name_len, v);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(x->ms->row, builder_view(&b));
	buf_clear(&buf);
	if (!doc.data)
		no_memory(x);
	return doc;
}

/* {$regex: ..., $options: ...}, which are one clause. */
static struct view make_regex(struct explainer *x, struct view ops)
{
	struct view doc = {0};
	struct builder b;
	struct buf buf;

	buf_init(&buf, x->ms->row->account);
	builder_init(&b, &buf);
	builder_value(&b, "$regex", doc_get(ops, "$regex"));
	builder_value(&b, "$options", doc_get(ops, "$options"));
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(x->ms->row, builder_view(&b));
	buf_clear(&buf);
	if (!doc.data)
		no_memory(x);
	return doc;
}

/* The clauses of a filter: {$or: ...}, {a: 1}, {a: {$gt: 5}}; {a: {$gt: 5, $lt: 9}} is two. */
struct clauses {
	int n;
	struct view *list;
};

static bool is_operators(struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return false;
	it = doc_iter(value_doc(v));
	return doc_next(&it, &e) && e.name[0] == '$' && strcmp(e.name, "$ref") != 0 &&
	       strcmp(e.name, "$id") != 0 && strcmp(e.name, "$db") != 0;
}

static void add_ops(struct explainer *x, struct clauses *c, const struct element *field)
{
	struct view ops = value_doc(field->value);
	struct doc_iter it = doc_iter(ops);
	struct element e;

	while (doc_next(&it, &e) && !x->error) {
		struct view one;

		if (strcmp(e.name, "$comment") == 0 || strcmp(e.name, "$options") == 0)
			continue;
		if (strcmp(e.name, "$regex") == 0)
			one = make_regex(x, ops);
		else
			one = make_doc(x, e.name, e.name_len, e.value);
		if (!x->error)
			c->list[c->n++] =
			    make_doc(x, field->name, field->name_len, value_of_doc(one));
	}
}

static int count_clauses(struct view spec)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;
	int n = 0;

	while (doc_next(&it, &e))
		n += e.name[0] != '$' && is_operators(e.value) ? doc_count(value_doc(e.value))
							       : 1;
	return n;
}

static struct clauses split(struct explainer *x, struct view spec)
{
	struct clauses c = {0};
	struct doc_iter it = doc_iter(spec);
	struct element e;

	c.list = arena_new_array(x->ms->row, (size_t)count_clauses(spec) + 1, struct view);
	if (!c.list)
		no_memory(x);
	while (!x->error && doc_next(&it, &e)) {
		if (strcmp(e.name, "$comment") == 0)
			continue;
		if (e.name[0] != '$' && is_operators(e.value))
			add_ops(x, &c, &e);
		else
			c.list[c.n++] = make_doc(x, e.name, e.name_len, e.value);
	}
	return c;
}

static bool matches(struct explainer *x, struct view spec)
{
	struct filter *f;
	bool yes;

	if (x->error)
		return false;
	x->error = filter_parse(spec, x->o, x->ms->row, &f, x->st);
	if (x->error)
		return false;
	yes = filter_matches(f, x->doc, x->ms);
	x->ms->error = 0;
	return yes;
}

/* --------------------------------------------------------------- leaves */

struct considered {
	const char *expected;
	int n, n_expected;
	struct builder *b;
	enum { PUT_NOTHING, PUT_VALUES, PUT_TYPES } what; /* into the array b is in */
	struct value last, whole;
};

static bool is_expected(const char *expected, uint8_t type)
{
	if (!expected)
		return true;
	for (; *expected; expected += strlen(expected) + 1)
		if (strcmp(expected, type_name(type)) == 0)
			return true;
	return false;
}

static void add_considered(struct considered *c, struct value v)
{
	if (value_is_missing(v))
		return;
	c->n++;
	c->n_expected += is_expected(c->expected, v.type);
	c->last = v;
	if (c->what == PUT_TYPES)
		builder_str(c->b, NULL, type_name(v.type));
	else if (c->what == PUT_VALUES)
		builder_value(c->b, NULL, v);
}

/* As a filter has it: an array's elements, and then the array. */
static bool consider(void *arg, struct value v, bool in_array)
{
	struct considered *c = arg;

	if (in_array) {
		add_considered(c, v);
		return false;
	}
	add_considered(c, c->whole);
	c->whole = v;
	return false;
}

static struct considered walk_values(
    struct explainer *x, const struct path *p, const char *expected, int what)
{
	/* What looks at arrays as a whole does not look at their elements. */
	bool whole = expected && strcmp(expected, "array") == 0;
	struct considered c = {.expected = expected, .b = x->b, .what = what};

	path_walk(x->doc, p, !whole, consider, &c);
	add_considered(&c, c.whole);
	return c;
}

/* consideredValue of one, consideredValues of several. */
static void put_considered(
    struct explainer *x, const struct path *p, const char *expected, int n, struct value only)
{
	if (n == 1) {
		builder_value(x->b, "consideredValue", only);
	} else if (n > 1) {
		builder_array_begin(x->b, "consideredValues");
		walk_values(x, p, expected, PUT_VALUES);
		builder_array_end(x->b);
	}
}

/* The names of the types each once would be a set; MongoDB's list has one for each value. */
static void put_types(
    struct explainer *x, const struct path *p, const char *expected, int n, struct value only)
{
	if (n == 1) {
		builder_str(x->b, "consideredType", type_name(only.type));
	} else if (n > 1) {
		builder_array_begin(x->b, "consideredTypes");
		walk_values(x, p, expected, PUT_TYPES);
		builder_array_end(x->b);
	}
}

static void put_expected(struct explainer *x, const char *expected)
{
	if (!expected[strlen(expected) + 1]) {
		builder_str(x->b, "expectedType", expected);
		return;
	}
	builder_array_begin(x->b, "expectedTypes");
	for (; *expected; expected += strlen(expected) + 1)
		builder_str(x->b, NULL, expected);
	builder_array_end(x->b);
}

static void explain_values(
    struct explainer *x, const struct leaf_words *words, const struct path *p, bool should_fail)
{
	struct considered c = walk_values(x, p, words->expected, PUT_NOTHING);
	bool exists = strcmp(words->op, "$exists") == 0;

	if (!should_fail && !exists && c.n == 0) {
		builder_str(x->b, "reason", "field was missing");
		return;
	}
	if (!should_fail && words->expected && c.n_expected == 0) {
		builder_str(x->b, "reason", "type did not match");
		put_types(x, p, words->expected, c.n, c.last);
		put_expected(x, words->expected);
		put_considered(x, p, words->expected, c.n, c.last);
		return;
	}
	builder_str(x->b, "reason", should_fail ? words->held : words->failed);
	put_considered(x, p, words->expected, c.n, c.last);
	if (strcmp(words->op, "$type") == 0)
		put_types(x, p, words->expected, c.n, c.last);
}

static const struct leaf_words *find_words(const char *op)
{
	for (size_t i = 0; i < ARRAY_LEN(leaf_words); i++)
		if (strcmp(leaf_words[i].op, op) == 0)
			return &leaf_words[i];
	return &leaf_words[0];
}

static void explain_doc(struct explainer *x, struct view spec, bool should_fail);

/* {path: {$op: operand}} or {path: value} */
static void explain_field(
    struct explainer *x, const struct element *field, struct view clause, bool should_fail)
{
	struct doc_iter it = doc_iter(value_doc(field->value));
	struct element e = {.name = field->value.type == TYPE_REGEX ? "$regex" : "$eq"};
	struct path p;

	if (is_operators(field->value))
		doc_next(&it, &e);
	builder_str(x->b, "operatorName", e.name);
	if (strcmp(e.name, "$not") == 0) {
		builder_doc_begin(x->b, "details");
		explain_doc(
		    x, make_doc(x, field->name, field->name_len, e.value), !should_fail);
		builder_doc_end(x->b);
		return;
	}
	builder_doc(x->b, "specifiedAs", clause);
	/* {$exists: false} fails where the path is. */
	if (strcmp(e.name, "$exists") == 0 && !value_truthy(e.value))
		should_fail = !should_fail;
	if (!path_parse(&p, view_of(field->name, field->name_len), x->ms->row))
		no_memory(x);
	else
		explain_values(x, find_words(e.name), &p, should_fail);
}

/* -------------------------------------------------------------- the top */

static void explain_expr(
    struct explainer *x, struct view clause, struct value operand, bool should_fail)
{
	struct expression_options o = {.collator = x->o->collator, .let = x->o->let};
	struct expression *e;
	struct value v;

	builder_doc(x->b, "specifiedAs", clause);
	x->error = expression_parse(operand, &o, x->ms->row, &e, x->st);
	if (x->error)
		return;
	if (expression_eval(e, x->doc, x->ms->variables, x->ms->row, &v, NULL) != 0) {
		builder_str(x->b, "reason", "failed to evaluate aggregation expression");
		return;
	}
	builder_str(
	    x->b, "reason", should_fail ? "expression did match" : "expression did not match");
	builder_value(x->b, "expressionResult", v);
}

static void explain_schema(
    struct explainer *x, struct view clause, struct value operand, bool should_fail)
{
	struct schema_state ss = {.status = x->st};
	struct schema *s;

	if (should_fail) {
		builder_doc(x->b, "specifiedAs", clause);
		builder_str(x->b, "reason", "schema matched");
		return;
	}
	x->error = schema_parse(value_doc(operand), x->ms->row, &s, x->st);
	if (x->error)
		return;
	schema_explain_words(s, x->b);
	builder_array_begin(x->b, "schemaRulesNotSatisfied");
	schema_explain(s, value_of_doc(x->doc), x->b, &ss);
	builder_array_end(x->b);
	x->error = ss.error;
}

static void explain_constant(struct explainer *x, struct view clause, const char *name)
{
	builder_doc(x->b, "specifiedAs", clause);
	if (strcmp(name, "$alwaysTrue") == 0)
		builder_str(x->b, "reason", "expression always evaluates to true");
	else if (strcmp(name, "$alwaysFalse") == 0)
		builder_str(x->b, "reason", "expression always evaluates to false");
	else
		builder_str(x->b, "reason", "expression did not match");
}

/* Those of the list that match (or do not), each with its details. */
static void explain_list(struct explainer *x, const struct view *list, int n, bool matching)
{
	builder_array_begin(x->b, matching ? "clausesSatisfied" : "clausesNotSatisfied");
	for (int i = 0; i < n && !x->error; i++) {
		if (matches(x, list[i]) != matching)
			continue;
		builder_doc_begin(x->b, NULL);
		builder_i32(x->b, "index", i);
		builder_doc_begin(x->b, "details");
		explain_doc(x, list[i], matching);
		builder_doc_end(x->b);
		builder_doc_end(x->b);
	}
	builder_array_end(x->b);
}

static void explain_filters(struct explainer *x, struct view array, bool matching)
{
	int n = doc_count(array), i = 0;
	struct view *list = arena_new_array(x->ms->row, (size_t)n + 1, struct view);
	struct doc_iter it = doc_iter(array);
	struct element e;

	if (!list) {
		no_memory(x);
		return;
	}
	while (doc_next(&it, &e))
		list[i++] = value_doc(e.value);
	explain_list(x, list, n, matching);
}

static void explain_clause(struct explainer *x, struct view clause, bool should_fail)
{
	struct doc_iter it = doc_iter(clause);
	struct element e;

	if (!doc_next(&it, &e))
		return;
	if (e.name[0] != '$') {
		explain_field(x, &e, clause, should_fail);
		return;
	}
	builder_str(x->b, "operatorName", e.name);
	if (strcmp(e.name, "$and") == 0 || strcmp(e.name, "$or") == 0)
		explain_filters(x, value_doc(e.value), should_fail);
	else if (strcmp(e.name, "$nor") == 0)
		explain_filters(x, value_doc(e.value), !should_fail);
	else if (strcmp(e.name, "$expr") == 0)
		explain_expr(x, clause, e.value, should_fail);
	else if (strcmp(e.name, "$jsonSchema") == 0)
		explain_schema(x, clause, e.value, should_fail);
	else
		explain_constant(x, clause, e.name);
}

/* should_fail: it stands under a negation, and matches. */
static void explain_doc(struct explainer *x, struct view spec, bool should_fail)
{
	struct clauses c;

	if (x->error)
		return;
	c = split(x, spec);
	if (x->error)
		return;
	if (c.n == 1) {
		explain_clause(x, c.list[0], should_fail);
		return;
	}
	builder_str(x->b, "operatorName", "$and");
	explain_list(x, c.list, c.n, should_fail);
}

int filter_explain(struct view spec, const struct filter_options *o, struct view doc,
    struct match_state *ms, struct builder *b, struct status *st)
{
	struct explainer x = {.o = o, .doc = doc, .ms = ms, .b = b, .st = st};

	explain_doc(&x, spec, false);
	return x.error;
}
