/*
 * Random documents, filters and sorts: every index gives what looking at every
 * document gives, and random changes leave every index as a new one would be.
 *
 * Always the same ones; a number as argument makes others, and a second one says how
 * many filters are tried.
 */
#include "support/unit.h"

#include <stdlib.h>

#include "support/query_fixture.h"
#include "support/random_value.h"

#define N_DOCS    90
#define N_FILTERS 45 /* before the next changes */
#define N_ROUNDS  4 /* of changes, before the next store */
#define N_CHANGES 25
#define N_RANDOM  4 /* indexes that are drawn for each store */

static struct query_fixture fix;
static struct rng rng;
static uint64_t seed = 0x1234567;
static int n_filters = 3 * N_FILTERS * N_ROUNDS;

static const char *const fixed_indexes[] = {
    "{'name': 'a', 'key': {'a': 1}}",
    "{'name': 'b', 'key': {'b': -1}}",
    "{'name': 'a,b', 'key': {'a': 1, 'b': 1}}",
    "{'name': 'c,a', 'key': {'c': -1, 'a': 1}}",
    "{'name': 'a.b', 'key': {'a.b': 1}}",
    "{'name': 'a.b,a.c', 'key': {'a.b': 1, 'a.c': -1}}",
    "{'name': 'a.0', 'key': {'a.0': 1}}",
    "{'name': 'sparse', 'key': {'c': 1}, 'sparse': true}",
    "{'name': 'd,e', 'key': {'d': 1, 'e': -1, '_id': 1}}",
    "{'name': 'e,d', 'key': {'e': 1, '_id': -1, 'd': 1}, 'unique': true}",
    "{'name': 'a,c en', 'key': {'a': 1, 'c': -1}, 'collation': {'locale': 'en', 'strength': "
    "1}}",
    "{'name': 'b en', 'key': {'b': -1}, 'collation': {'locale': 'en', 'strength': 1}}",
    "{'name': 'c upper', 'key': {'c': 1}, 'collation': {'locale': 'en', 'caseFirst': 'upper'}}",
    "{'name': 'hashed', 'key': {'d': 'hashed'}}",
    "{'name': 'hashed en', 'key': {'e': -1, 'd': 'hashed', 'c': 1}, 'collation': {'locale': "
    "'en', 'strength': 1}}",
    "{'name': 'hashed partial', 'key': {'e': 'hashed', 'a': 1}, 'partialFilterExpression': "
    "{'b': {'$gte': 1}}}",
    "{'name': 'hashed sparse', 'key': {'e': 'hashed'}, 'sparse': true}",
    "{'name': 'wildcard', 'key': {'$**': 1}}",
    "{'name': 'wildcard a', 'key': {'a.$**': -1}}",
    "{'name': 'wildcard a.b, c', 'key': {'$**': 1}, 'wildcardProjection': {'a.b': 1, 'c': 1, "
    "'_id': 1}}",
    "{'name': 'wildcard but a.b', 'key': {'$**': 1}, 'wildcardProjection': {'a': {'b': 0}}}",
    "{'name': 'wildcard between', 'key': {'d': 1, '$**': -1, 'e': 1}, 'wildcardProjection': "
    "{'d': 0, 'e': 0}}",
    "{'name': 'wildcard en', 'key': {'$**': 1}, 'collation': {'locale': 'en', 'strength': 1}}",
    "{'name': 'wildcard partial', 'key': {'$**': 1}, 'partialFilterExpression': {'b': {'$gte': "
    "1}}}",
    "{'name': 'partial', 'key': {'a': 1}, 'partialFilterExpression': {'b': {'$gte': 1}}}",
    "{'name': 'partial or', 'key': {'b': 1, 'a': 1}, 'partialFilterExpression': {'$or': "
    "[{'a': {'$exists': true}}, {'c': {'$in': [1, 2, null]}}]}}",
    "{'name': 'partial en', 'key': {'c': 1}, 'collation': {'locale': 'en', 'strength': 1}, "
    "'partialFilterExpression': {'c': {'$exists': true}, 'a': {'$lt': 'y'}}}",
};
#define N_INDEXES ((int)ARRAY_LEN(fixed_indexes) + N_RANDOM)
static struct view indexes[ARRAY_LEN(fixed_indexes) + N_RANDOM];
static bool is_there[ARRAY_LEN(fixed_indexes) + N_RANDOM];

static const char *const collations[] = {"{'locale': 'simple'}",
    "{'locale': 'en', 'strength': 1}", "{'locale': 'en', 'caseFirst': 'upper'}"};
/* What is in d and e is never an array. */
static const char *const paths[] = {
    "a", "b", "c", "a.b", "a.c", "a.0", "_id", "b.c", "d", "e", "d", "e", "b.c.b"};

static const char *const strings[] = {"x", "y", "X", "Z", "xy", "xyz"};

static bool one_in(uint32_t n)
{
	return rng_below(&rng, n) == 0;
}

/* Few different values, so that they meet; nested down to depth. */
static void put_value(struct builder *b, const char *name, int depth)
{
	switch (rng_below(&rng, depth > 0 ? 14 : 9)) {
	case 0:
	case 1:
		builder_i32(b, name, (int32_t)rng_below(&rng, 4));
		break;
	case 3:
		builder_double(b, name, (double)rng_below(&rng, 8) / 2);
		break;
	case 4:
		builder_null(b, name);
		break;
	case 2:
	case 5:
		builder_str(b, name, strings[rng_below(&rng, ARRAY_LEN(strings))]);
		break;
	case 6:
		builder_bool(b, name, one_in(2));
		break;
	case 7:
		if (one_in(2))
			builder_min_key(b, name);
		else
			builder_max_key(b, name);
		break;
	case 8:
		random_element(&rng, b, name, 1);
		break;
	case 9:
	case 10:
	case 11:
		builder_array_begin(b, name);
		for (uint32_t n = rng_below(&rng, 4); n > 0; n--)
			put_value(b, NULL, depth - 1);
		builder_array_end(b);
		break;
	default:
		builder_doc_begin(b, name);
		if (!one_in(4))
			put_value(b, "b", depth - 1);
		if (!one_in(4))
			put_value(b, "c", depth - 1);
		builder_doc_end(b);
	}
}

static struct view finish(struct builder *b)
{
	struct view doc;

	builder_finish(b);
	assert_false(builder_failed(b));
	doc = arena_dup(&fix.arena, builder_view(b));
	buf_clear(b->buf);
	return doc;
}

/* [{b: 0, c: 1}, {b: 2, c: 0}] */
static void put_pairs(struct builder *b, const char *name)
{
	builder_array_begin(b, name);
	for (int i = 0; i < 2; i++) {
		builder_doc_begin(b, NULL);
		builder_i32(b, "b", (int32_t)rng_below(&rng, 3));
		builder_i32(b, "c", (int32_t)rng_below(&rng, 3));
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static struct view random_doc(int32_t id)
{
	static const char *const fields[] = {"a", "b", "c"};
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_i32(&b, "_id", id);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (one_in(5))
			continue;
		if (one_in(5))
			put_pairs(&b, fields[i]);
		else
			put_value(&b, fields[i], 2);
	}
	for (const char *name = "d"; name; name = *name == 'd' ? "e" : NULL) {
		if (one_in(3))
			continue;
		if (one_in(3))
			builder_i32(&b, name, (int32_t)rng_below(&rng, 10));
		else
			put_value(&b, name, 0);
	}
	return finish(&b);
}

static void put_regex(struct builder *b, const char *name)
{
	static const char *const patterns[] = {"^x", "^xy", "x", "^X?", "^x|y", "^", "^xy?z"};

	builder_regex(
	    b, name, patterns[rng_below(&rng, ARRAY_LEN(patterns))], one_in(4) ? "i" : "");
}

static void put_types(struct builder *b)
{
	static const char *const types[] = {"double", "string", "object", "array", "bool",
	    "null", "int", "number", "minKey", "undefined", "binData", "regex", "symbol"};

	builder_array_begin(b, "$type");
	for (uint32_t n = 1 + rng_below(&rng, 2); n > 0; n--)
		builder_str(b, NULL, types[rng_below(&rng, ARRAY_LEN(types))]);
	builder_array_end(b);
}

static void put_mod(struct builder *b)
{
	builder_array_begin(b, "$mod");
	builder_i32(b, NULL, 2);
	builder_i32(b, NULL, (int32_t)rng_below(&rng, 2));
	builder_array_end(b);
}

static void put_bits(struct builder *b)
{
	static const char *const ops[] = {
	    "$bitsAllSet", "$bitsAnySet", "$bitsAllClear", "$bitsAnyClear"};

	builder_i32(b, ops[rng_below(&rng, ARRAY_LEN(ops))], 1 + (int32_t)rng_below(&rng, 3));
}

static void put_list(struct builder *b, const char *op)
{
	builder_array_begin(b, op);
	for (uint32_t n = rng_below(&rng, 4); n > 0; n--)
		if (one_in(6))
			put_regex(b, NULL);
		else
			put_value(b, NULL, 1);
	builder_array_end(b);
}

static void put_predicate(struct builder *b, const char *path, int depth);

static void put_operators(struct builder *b, int depth)
{
	static const char *const ops[] = {"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"};

	switch (rng_below(&rng, 20)) {
	case 0:
		put_list(b, one_in(4) ? "$nin" : "$in");
		break;
	case 1:
	case 2:
		put_value(b, one_in(2) ? "$gt" : "$gte", 1);
		put_value(b, one_in(2) ? "$lt" : "$lte", 1);
		break;
	case 3:
		builder_bool(b, "$exists", one_in(2));
		break;
	case 4:
		put_types(b);
		break;
	case 5:
		put_mod(b);
		break;
	case 6:
		put_bits(b);
		break;
	case 7:
		put_regex(b, "$regex");
		break;
	case 8:
	case 9:
		builder_doc_begin(b, "$not");
		put_operators(b, depth);
		builder_doc_end(b);
		break;
	case 10:
		builder_i32(b, "$size", (int32_t)rng_below(&rng, 3));
		break;
	case 11:
		put_list(b, "$all");
		break;
	case 12:
	case 13:
		builder_doc_begin(b, "$elemMatch");
		if (depth == 0 || one_in(2))
			put_operators(b, depth - (depth > 0));
		else
			for (uint32_t n = 1 + rng_below(&rng, 2); n > 0; n--)
				put_predicate(b, n == 1 ? "b" : "c", depth - 1);
		builder_doc_end(b);
		break;
	default:
		put_value(b, ops[rng_below(&rng, ARRAY_LEN(ops))], 1);
	}
}

static void put_predicate(struct builder *b, const char *path, int depth)
{
	switch (rng_below(&rng, 8)) {
	case 0:
		put_value(b, path, 2);
		return;
	case 1:
		put_regex(b, path);
		return;
	default:
		builder_doc_begin(b, path);
		put_operators(b, depth);
		builder_doc_end(b);
	}
}

static const char *random_path(void)
{
	return paths[rng_below(&rng, ARRAY_LEN(paths))];
}

static void put_comparison(struct builder *b, const char *name)
{
	static const char *const ops[] = {"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"};
	bool first = one_in(2);
	char field[8];

	snprintf(field, sizeof(field), "$%s", random_path());
	builder_doc_begin(b, name);
	builder_array_begin(b, ops[rng_below(&rng, ARRAY_LEN(ops))]);
	if (first)
		builder_str(b, NULL, field);
	put_value(b, NULL, 0);
	if (!first)
		builder_str(b, NULL, field);
	builder_array_end(b);
	builder_doc_end(b);
}

static void put_expression(struct builder *b)
{
	if (one_in(3)) {
		put_comparison(b, "$expr");
		return;
	}
	builder_doc_begin(b, "$expr");
	builder_array_begin(b, one_in(3) ? "$or" : "$and");
	put_comparison(b, NULL);
	put_comparison(b, NULL);
	builder_array_end(b);
	builder_doc_end(b);
}

static void put_filter(struct builder *b, int depth);

static void put_branches(struct builder *b, int depth)
{
	static const char *const ops[] = {"$or", "$or", "$and", "$nor"};
	const char *path = one_in(2) ? random_path() : NULL;

	builder_array_begin(b, ops[rng_below(&rng, ARRAY_LEN(ops))]);
	for (uint32_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
		builder_doc_begin(b, NULL);
		/* Often they speak of one field. */
		if (path)
			put_predicate(b, path, 1);
		else
			put_filter(b, depth - 1);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static void put_filter(struct builder *b, int depth)
{
	/* Two fields of one array, which its elements need not have together. */
	if (one_in(5)) {
		builder_i32(b, "a.b", (int32_t)rng_below(&rng, 3));
		builder_i32(b, "a.c", (int32_t)rng_below(&rng, 3));
		return;
	}
	if (depth > 0 && one_in(4))
		put_branches(b, depth);
	if (depth > 0 && one_in(10))
		put_expression(b);
	for (uint32_t n = 1 + rng_below(&rng, 3); n > 0; n--)
		put_predicate(b, random_path(), 1);
}

static struct view random_filter(void)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	put_filter(&b, 2);
	return finish(&b);
}

static struct view random_sort(void)
{
	size_t first = rng_below(&rng, ARRAY_LEN(paths)), second;
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_i32(&b, paths[first], one_in(2) ? 1 : -1);
	second = rng_below(&rng, ARRAY_LEN(paths));
	/* Not the same, and none a part of the other. */
	if (paths[second][0] != paths[first][0])
		builder_i32(&b, paths[second], one_in(2) ? 1 : -1);
	return finish(&b);
}

/* What a find gave: which documents, and in which order of sort keys. */
struct found {
	int n, ids[2 * N_DOCS + N_ROUNDS * N_CHANGES];
	struct buf keys;
};

static int compare_ints(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static bool find(const struct query_spec *spec, int save_every, struct found *out)
{
	struct collection *c = qf_collection(&fix);
	struct exec_context cx = qf_context(&fix);
	struct exec *e = qf_open(&fix, spec, c);
	struct sort_spec *sort = NULL;
	enum step step;
	struct row row;

	out->n = 0;
	buf_init(&out->keys, NULL);
	if (spec->sort.len)
		assert_int_equal(
		    sort_parse(spec->sort, spec->collator, &fix.arena, &sort, &fix.st), 0);
	while (e && (step = TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row))) == STEP_ROW) {
		out->ids[out->n++] = read_i32(doc_get(row.doc, "_id").data);
		if (sort)
			sort_key(sort, row.doc, NULL, &out->keys);
		if (save_every && out->n % save_every == 0) {
			exec_save(e);
			assert_int_equal(exec_restore(e, c, &fix.st), 0);
		}
	}
	if (e && step != STEP_DONE)
		fail_msg("find failed: %s", fix.st.message);
	exec_close(e);
	collection_unref(c);
	qsort(out->ids, (size_t)out->n, sizeof(int), compare_ints);
	return e != NULL;
}

static const char *describe(const struct query_spec *spec, const char *with)
{
	return arena_printf(&fix.arena, "%s %s %s by %s (%s)",
	    json_text(&fix.arena, spec->filter),
	    spec->sort.len ? json_text(&fix.arena, spec->sort) : "",
	    json_text(&fix.arena, collation_document(spec->collator)), with, fix.summary);
}

static void compare(const struct query_spec *spec, const char *with, const struct found *want)
{
	struct found got;

	if (!find(spec, one_in(2) ? 1 + (int)rng_below(&rng, 4) : 0, &got)) {
		/* One over all paths answers only what asks something of one of them. */
		if (fix.st.code != ERR_NO_QUERY_EXECUTION_PLANS)
			fail_msg("%s: %s", fix.st.message, describe(spec, with));
		return;
	}
	if (got.n != want->n || memcmp(got.ids, want->ids, sizeof(int) * (size_t)got.n) != 0)
		fail_msg(
		    "%d instead of %d documents: %s", got.n, want->n, describe(spec, with));
	if (!view_equal(buf_view(&got.keys), buf_view(&want->keys)))
		fail_msg("another order: %s", describe(spec, with));
	buf_clear(&got.keys);
}

/* Has the index all documents that the filter may match? */
static bool is_whole(struct view index, const struct query_spec *spec)
{
	struct filter_options o = {.collator = spec->collator};
	const char *name = (const char *)value_str(doc_get(index, "name")).data;
	struct collection *c;
	struct filter *f;
	bool covers;

	if (value_truthy(doc_get(index, "sparse")))
		return false;
	assert_int_equal(filter_parse(spec->filter, &o, &fix.arena, &f, &fix.st), 0);
	c = qf_collection(&fix);
	covers = index_covers(collection_index(c, name), f);
	collection_unref(c);
	return covers;
}

/* How many rows there are when nobody looks at them. */
static void compare_count(struct query_spec spec, const char *with, const struct found *want)
{
	struct collection *c = qf_collection(&fix);
	struct exec_context cx = qf_context(&fix);
	struct exec *e;
	struct row row;
	int n = 0, skip = (int)rng_below(&rng, 3);

	spec.only_count = true;
	spec.skip = skip;
	spec.sort = (struct view){NULL, 0};
	e = qf_open(&fix, &spec, c);
	if (!e) {
		assert_int_equal(fix.st.code, ERR_NO_QUERY_EXECUTION_PLANS);
		collection_unref(c);
		return;
	}
	while (TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)) == STEP_ROW)
		n++;
	exec_close(e);
	collection_unref(c);
	if (n != MAX_OF(want->n - skip, 0))
		fail_msg("counted %d instead of %d: %s", n, want->n, describe(&spec, with));
}

static int compare_views(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

/* What a find's documents have at the fields of a pattern, with the kinds of numbers; the
 * documents in any order. */
static struct view projected(const struct query_spec *spec, struct view pattern)
{
	struct collection *c = qf_collection(&fix);
	struct exec_context cx = qf_context(&fix);
	struct exec *e = qf_open(&fix, spec, c);
	struct view rows[2 * N_DOCS + N_ROUNDS * N_CHANGES], all;
	struct row row;
	struct buf out;
	int n = 0;

	buf_init(&out, NULL);
	/* No projection has fields that are inside one another. */
	while (e && TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)) == STEP_ROW) {
		struct doc_iter it = doc_iter(pattern);
		struct element el;

		buf_reset(&out);
		while (doc_next(&it, &el)) {
			struct path path;
			struct value v;

			assert_true(
			    path_parse(&path, view_of(el.name, el.name_len), &fix.arena));
			v = path_get(row.doc, &path, true);
			buf_append_byte(&out, v.type);
			buf_append(&out, v.data, v.len);
		}
		rows[n++] = arena_dup(&fix.arena, buf_view(&out));
	}
	exec_close(e);
	collection_unref(c);
	qsort(rows, (size_t)n, sizeof(*rows), compare_views);
	buf_reset(&out);
	for (int i = 0; i < n; i++)
		buf_append_view(&out, rows[i]);
	all = arena_dup(&fix.arena, buf_view(&out));
	buf_clear(&out);
	return all;
}

/* Keys of values, in the arena. */
struct value_keys {
	int n;
	struct view v[20 * N_DOCS];
};

static bool add_value(void *arg, struct value v, bool in_array)
{
	struct value_keys *keys = arg;
	struct buf key;

	if (value_is_missing(v) || (v.type == TYPE_ARRAY && !in_array))
		return false;
	assert_true(keys->n < (int)ARRAY_LEN(keys->v));
	buf_init(&key, NULL);
	key_encode(&key, NULL, v, false, NULL);
	keys->v[keys->n++] = arena_dup(&fix.arena, buf_view(&key));
	buf_clear(&key);
	return false;
}

/* The different values at a path, one after the other; data NULL: the hint cannot be followed. */
static struct view distinct(struct query_spec spec, const struct path *path)
{
	static struct value_keys keys;
	struct collection *c = qf_collection(&fix);
	struct exec_context cx = qf_context(&fix);
	struct exec *e;
	struct row row;
	struct view all;
	struct buf out;

	keys.n = 0;
	spec.distinct = path;
	e = qf_open(&fix, &spec, c);
	if (!e) {
		assert_int_equal(fix.st.code, ERR_NO_QUERY_EXECUTION_PLANS);
		collection_unref(c);
		return view_of(NULL, 0);
	}
	while (TEST_OP_RUN(&fix.op, exec_next(e, &cx, &row)) == STEP_ROW) {
		assert_false(path_walk(row.doc, path, true, add_value, &keys));
		if (one_in(8)) {
			exec_save(e);
			assert_int_equal(exec_restore(e, c, &fix.st), 0);
		}
	}
	exec_close(e);
	collection_unref(c);
	qsort(keys.v, (size_t)keys.n, sizeof(*keys.v), compare_views);
	buf_init(&out, NULL);
	for (int i = 0; i < keys.n; i++)
		if (i == 0 || !view_equal(keys.v[i], keys.v[i - 1]))
			buf_append_view(&out, keys.v[i]);
	all = arena_dup(&fix.arena, buf_view(&out));
	buf_clear(&out);
	return all;
}

static void compare_distinct(struct query_spec spec, struct view index)
{
	struct doc_iter it = doc_iter(value_doc(doc_get(index, "key")));
	struct value hint = spec.hint;
	struct element e;
	struct path path;
	struct view want, got;

	assert_true(doc_next(&it, &e));
	if (one_in(3))
		(void)doc_next(&it, &e);
	assert_true(path_parse(&path, view_of(e.name, e.name_len), &fix.arena));
	spec.sort = (struct view){NULL, 0};
	if (one_in(2) && value_is_missing(doc_get(index, "partialFilterExpression")))
		spec.filter = doc_empty;
	spec.hint = json_value(&fix.arena, "{'$natural': 1}");
	want = distinct(spec, &path);
	spec.hint = hint;
	got = distinct(spec, &path);
	if (got.data && !view_equal(got, want))
		fail_msg("other values of %s: %s", e.name,
		    describe(&spec, json_text(&fix.arena, index)));
}

/* {a: 1, "b.c": 1, _id: 0} of a key pattern. */
static struct view projection_of(struct view pattern)
{
	struct doc_iter it = doc_iter(pattern);
	bool with_id = false;
	struct element e;
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	while (doc_next(&it, &e)) {
		builder_i32(&b, e.name, 1);
		with_id |= strcmp(e.name, "_id") == 0;
	}
	if (!with_id)
		builder_i32(&b, "_id", 0);
	return finish(&b);
}

/* The fields of an index, from its keys or from the documents. */
static void compare_projected(struct query_spec spec, struct view index)
{
	struct view pattern = value_doc(doc_get(index, "key")), want;
	struct value hint = spec.hint;

	spec.sort = (struct view){NULL, 0};
	spec.projection = projection_of(pattern);
	spec.hint = json_value(&fix.arena, "{'$natural': 1}");
	want = projected(&spec, pattern);
	spec.hint = hint;
	if (!view_equal(projected(&spec, pattern), want))
		fail_msg("other fields: %s", describe(&spec, json_text(&fix.arena, index)));
}

/* Whatever way it takes, the answer is that of looking at every document. */
static void try_filter(void)
{
	struct query_spec spec = {.filter = random_filter(), .allow_disk_use = true};
	struct found want;

	if (one_in(2))
		spec.sort = random_sort();
	if (one_in(2))
		spec.collator =
		    qf_collator(&fix, collations[rng_below(&rng, ARRAY_LEN(collations))]);
	spec.hint = json_value(&fix.arena, "{'$natural': 1}");
	if (!find(&spec, 0, &want))
		return; /* no filter that is allowed */
	spec.hint = value_missing;
	compare(&spec, "choice", &want);
	for (int i = 0; i < N_INDEXES; i++) {
		spec.hint = doc_get(indexes[i], "name");
		if (!is_there[i] || !is_whole(indexes[i], &spec))
			continue;
		compare(&spec, json_text(&fix.arena, indexes[i]), &want);
		if (one_in(3))
			compare_count(spec, json_text(&fix.arena, indexes[i]), &want);
		if (one_in(3))
			compare_projected(spec, indexes[i]);
		if (one_in(3))
			compare_distinct(spec, indexes[i]);
	}
	buf_clear(&want.keys);
}

/* Ids are drawn so that some are there and some are not. */
static int32_t random_id(void)
{
	return (int32_t)rng_below(&rng, 2 * N_DOCS);
}

static int replace_randomly(
    void *arg, struct view current, struct change_result *out, struct status *st)
{
	*out = (struct change_result){.what = CHANGE_DELETE};
	if (one_in(3))
		return 0;
	out->what = CHANGE_TO;
	out->doc = random_doc(read_i32(doc_get(current, "_id").data));
	return 0;
}

static void change_one(void)
{
	const char *id = arena_printf(&fix.arena, "{'_id': %d}", random_id());
	struct view key = qf_record_key(&fix, id);
	struct writer w;
	enum step step;
	bool found;

	if (!key.len)
		return;
	writer_init(&w, fix.store, &fix.op.op);
	assert_int_equal(TEST_OP_RUN(&fix.op, writer_begin(&w, view_of_str("db"),
						  view_of_str("c"), false, &fix.st)),
	    STEP_DONE);
	step = TEST_OP_RUN(
	    &fix.op, writer_change(&w, key, replace_randomly, NULL, &found, &fix.st));
	if (step == STEP_ERROR && fix.st.code != ERR_CANNOT_INDEX_PARALLEL_ARRAYS &&
	    fix.st.code != ERR_AMBIGUOUS_FIELD_NAME && fix.st.code != ERR_HASHED_ARRAY &&
	    fix.st.code != ERR_WILDCARD_FIELD_ARRAY)
		fail_msg("change failed: %s", fix.st.message);
	writer_clear(&w);
}

static void insert_some(int n)
{
	struct writer_doc docs[N_DOCS];
	int done;

	for (int i = 0; i < n; i++)
		docs[i] = (struct writer_doc){.doc = random_doc(random_id())};
	(void)qf_insert_docs(&fix, docs, n, false, &done);
	assert_int_equal(done, n);
}

static void put_random_index(struct builder *b, int number)
{
	uint32_t first = rng_below(&rng, ARRAY_LEN(paths));
	char name[24];

	snprintf(name, sizeof(name), "random %d", number);
	builder_str(b, "name", name);
	builder_doc_begin(b, "key");
	/* Paths at a distance of 5 are different. */
	for (uint32_t n = 1 + rng_below(&rng, 2), i = 0; i < n; i++)
		builder_i32(b, paths[(first + 5 * i) % ARRAY_LEN(paths)], one_in(2) ? 1 : -1);
	builder_doc_end(b);
	if (one_in(4))
		builder_bool(b, "sparse", true);
	if (one_in(4)) {
		builder_doc_begin(b, "collation");
		builder_str(b, "locale", "en");
		builder_i32(b, "strength", 1 + (int32_t)rng_below(&rng, 3));
		builder_doc_end(b);
	}
}

/* One that the documents' arrays forbid is not there. */
static void create_index(int i)
{
	struct builder b;
	struct buf buf;

	if (i < (int)ARRAY_LEN(fixed_indexes)) {
		indexes[i] = qf_doc(&fix, fixed_indexes[i]);
	} else {
		buf_init(&buf, NULL);
		builder_init(&b, &buf);
		put_random_index(&b, i);
		indexes[i] = finish(&b);
	}
	/* One on _id alone is there from the beginning, under its own name. */
	is_there[i] = value_is_missing(doc_get(value_doc(doc_get(indexes[i], "key")), "_id")) ||
		      doc_count(value_doc(doc_get(indexes[i], "key"))) > 1;
	is_there[i] =
	    is_there[i] && qf_create_index(&fix, json_text(&fix.arena, indexes[i])) == 0;
}

static void one_store(bool sequence, const struct collator *collator, int n)
{
	assert_int_equal(
	    fixture_create_spec(
		&fix.ddl, &(struct create_spec){.db = view_of_str("db"),
			      .name = view_of_str("c"),
			      .options = doc_empty,
			      .collation = collator ? collation_document(collator) : doc_empty,
			      .record_key = sequence ? RECORD_KEY_SEQUENCE : RECORD_KEY_ID}),
	    0);
	/* Half of them over documents: arrays that an index refuses come later. */
	for (int i = 0; i < N_INDEXES; i++) {
		create_index(i);
		if (i == N_INDEXES / 2)
			insert_some(1);
	}
	insert_some(N_DOCS);
	for (int k = 1; k <= n; k++) {
		try_filter();
		if (k % N_FILTERS)
			continue;
		for (int i = 0; i < N_CHANGES; i++)
			change_one();
		insert_some(N_CHANGES);
		qf_check_indexes(&fix);
	}
}

static void run(bool sequence, const char *collation)
{
	const struct collator *collator = NULL;
	int n;

	rng.state = seed;
	for (int done = 0; done < n_filters / 3; done += n) {
		query_fixture_init(&fix, sequence);
		if (collation)
			collator = qf_collator(&fix, collation);
		n = MIN_OF(n_filters / 3 - done, N_FILTERS * N_ROUNDS);
		one_store(sequence, collator, n);
		query_fixture_clear(&fix);
	}
}

static void by_id(void **state)
{
	run(false, NULL);
}

static void by_sequence(void **state)
{
	seed ^= 0x5555;
	run(true, NULL);
}

/* Indexes that do not say theirs have this one, and so has _id. */
static void with_a_collation(void **state)
{
	seed ^= 0x3333;
	run(true, collations[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_id),
	    cmocka_unit_test(by_sequence),
	    cmocka_unit_test(with_a_collation),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		n_filters = atoi(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
