#include "support/unit.h"

#include "support/json.h"

#include "index/keygen.h"

static struct arena arena;
static struct keygen keygen;
static char name[] = "test_1";

static int setup(void **state)
{
	arena_init(&arena, NULL);
	keygen_init(&keygen, NULL);
	return 0;
}

static int teardown(void **state)
{
	keygen_clear(&keygen);
	arena_clear(&arena);
	return 0;
}

static void assert_doc(struct view doc, const char *want)
{
	assert_string_equal(json_text(&arena, doc), json_text(&arena, json_doc(&arena, want)));
}

static struct index make_index(const char *pattern)
{
	struct index ix = {.name = name, .key_pattern = json_doc(&arena, pattern)};
	struct doc_iter it = doc_iter(ix.key_pattern);
	struct element e;

	while (doc_next(&it, &e)) {
		struct index_field *f = &ix.fields[ix.n_fields++];

		assert_true(path_parse(&f->path, view_of(e.name, e.name_len), &arena));
		f->descending = read_i32(e.value.data) < 0;
	}
	return ix;
}

/* The keys as the array of documents that they stand for. */
static void check_sparse(
    const char *pattern, const char *doc, const char *want, uint64_t multikey, bool sparse)
{
	struct index ix = make_index(pattern);
	struct index_keys keys;
	struct builder b;
	struct status st;
	struct buf shown;

	status_init(&st);
	buf_init(&shown, NULL);
	ix.sparse = sparse;
	assert_int_equal(
	    index_keys_make(&keygen, &ix, json_doc(&arena, doc), &arena, &keys, &st), 0);
	builder_init(&b, &shown);
	builder_array_begin(&b, "k");
	for (int i = 0; i < keys.n; i++) {
		if (i > 0)
			assert_true(view_compare(keys.keys[i - 1].key, keys.keys[i].key) < 0);
		builder_doc_begin(&b, NULL);
		assert_int_equal(
		    index_key_decode(&ix, keys.keys[i].key, keys.keys[i].type_bits, &b, &st),
		    0);
		builder_doc_end(&b);
	}
	builder_array_end(&b);
	builder_finish(&b);
	assert_doc(builder_view(&b), want);
	assert_int_equal(keys.multikey, multikey);
	buf_clear(&shown);
	status_clear(&st);
}

static void check(const char *pattern, const char *doc, const char *want, uint64_t multikey)
{
	check_sparse(pattern, doc, want, multikey, false);
}

static void check_error(const char *pattern, const char *doc, int code)
{
	struct index ix = make_index(pattern);
	struct index_keys keys;
	struct status st;

	status_init(&st);
	assert_int_equal(
	    index_keys_make(&keygen, &ix, json_doc(&arena, doc), &arena, &keys, &st), code);
	assert_int_equal(st.code, code);
	status_clear(&st);
}

static void plain_fields(void **state)
{
	check("{'a': 1}", "{'a': 5}", "{'k': [{'a': 5}]}", 0);
	check("{'a': 1}", "{'b': 5}", "{'k': [{'a': null}]}", 0);
	check("{'a.b': 1}", "{'a': {'b': 'x'}}", "{'k': [{'a.b': 'x'}]}", 0);
	check("{'a.b': 1}", "{'a': 7}", "{'k': [{'a.b': null}]}", 0);
	check("{'a': 1, 'b': -1}", "{'b': 2.5, 'a': {'x': 1}}",
	    "{'k': [{'a': {'x': 1}, 'b': 2.5}]}", 0);
}

static void arrays(void **state)
{
	check("{'a': 1}", "{'a': [2, 1, 2, null]}", "{'k': [{'a': null}, {'a': 1}, {'a': 2}]}",
	    1);
	check("{'a': -1}", "{'a': [2, 1]}", "{'k': [{'a': 2}, {'a': 1}]}", 1);
	check("{'a': 1}", "{'a': []}", "{'k': [{'a': {'$undefined': true}}]}", 1);
	check("{'a.b': 1}", "{'a': []}", "{'k': [{'a.b': null}]}", 1);
	/* Only one level. */
	check("{'a': 1}", "{'a': [[1, 2], 3]}", "{'k': [{'a': 3}, {'a': [1, 2]}]}", 1);
	check("{'a.b': 1}", "{'a': [[{'b': 1}], {'b': 2}, 5]}",
	    "{'k': [{'a.b': null}, {'a.b': 2}]}", 1);
	check("{'a.b': 1}", "{'a': [{'b': [3, 4]}, {'b': 4}, {}]}",
	    "{'k': [{'a.b': null}, {'a.b': 3}, {'a.b': 4}]}", 1 | 2);
	check("{'a.b': 1}", "{'a': {'b': [3]}}", "{'k': [{'a.b': 3}]}", 2);
}

static void compound_arrays(void **state)
{
	/* Through one array together ... */
	check("{'a.b': 1, 'a.c': 1}", "{'a': [{'b': 1, 'c': 9}, {'b': 8, 'c': 2}]}",
	    "{'k': [{'a.b': 1, 'a.c': 9}, {'a.b': 8, 'a.c': 2}]}", 1 | 4);
	check("{'x': 1, 'a': 1}", "{'x': 0, 'a': [1, 2]}",
	    "{'k': [{'x': 0, 'a': 1}, {'x': 0, 'a': 2}]}", 2);
	check("{'a.b': 1, 'a.c': 1}", "{'a': [{'b': [1, 2], 'c': 3}]}",
	    "{'k': [{'a.b': 1, 'a.c': 3}, {'a.b': 2, 'a.c': 3}]}", 1 | 2 | 4);
	/* ... but not through two side by side. */
	check_error(
	    "{'a': 1, 'b': 1}", "{'a': [1], 'b': [2]}", ERR_CANNOT_INDEX_PARALLEL_ARRAYS);
	check_error("{'a.b': 1, 'a.c': 1}", "{'a': [{'b': [1], 'c': [2]}]}",
	    ERR_CANNOT_INDEX_PARALLEL_ARRAYS);
}

static void places(void **state)
{
	check("{'a.0': 1}", "{'a': [5, 6]}", "{'k': [{'a.0': 5}]}", 0);
	check("{'a.1.b': 1}", "{'a': [5, {'b': 7}]}", "{'k': [{'a.1.b': 7}]}", 0);
	check("{'a.0': 1}", "{'a': {'0': 5}}", "{'k': [{'a.0': 5}]}", 0);
	check("{'a.5': 1}", "{'a': [{'5': 1}, 2]}", "{'k': [{'a.5': null}, {'a.5': 1}]}", 1);
	check_error("{'a.0': 1}", "{'a': [{'0': 1}]}", ERR_AMBIGUOUS_FIELD_NAME);
}

/* A bit for each part of the paths, or for each field where there are too many parts. */
static void bits_of_arrays(void **state)
{
	struct index ix = make_index("{'a.b': 1, 'c': 1, 'd.e.f': 1}");
	const char *long_path =
	    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.1.2.3.4.5.6";

	assert_int_equal(index_array_bit(&ix, 0, 1), 2);
	assert_int_equal(index_array_bit(&ix, 1, 0), 4);
	assert_int_equal(index_array_bit(&ix, 2, 2), 32);
	assert_int_equal(index_field_arrays(&ix, 2 | 8 | 32, 0), 2);
	assert_int_equal(index_field_arrays(&ix, 2 | 8 | 32, 1), 0);
	assert_int_equal(index_field_arrays(&ix, 2 | 8 | 32, 2), 1 | 4);
	ix = make_index(arena_printf(&arena, "{'x.%s': 1, 'y.%s': 1}", long_path, long_path));
	assert_int_equal(index_array_bit(&ix, 1, 0), 2);
	assert_int_equal(index_array_bit(&ix, 1, 20), 2);
	assert_int_equal(index_field_arrays(&ix, 2, 0), 0);
	assert_true(index_field_arrays(&ix, 2, 1) == UINT64_MAX);
}

static void sparse(void **state)
{
	check_sparse("{'a': 1}", "{'b': 1}", "{'k': []}", 0, true);
	check_sparse("{'a': 1}", "{'a': null}", "{'k': [{'a': null}]}", 0, true);
	check_sparse("{'a': 1, 'b': 1}", "{'b': 1}", "{'k': [{'a': null, 'b': 1}]}", 0, true);
	check_sparse("{'a.b': 1}", "{'a': [{'b': 1}, {}]}", "{'k': [{'a.b': 1}]}", 1, true);
}

static void too_long(void **state)
{
	char *text = arena_alloc(&arena, INDEX_KEY_MAX + 100);

	strcpy(text, "{'a': '");
	memset(text + strlen(text), 'x', INDEX_KEY_MAX + 1);
	strcpy(text + 7 + INDEX_KEY_MAX + 1, "'}");
	check_error("{'a': 1}", text, ERR_KEY_TOO_LONG);
}

static void too_many(void **state)
{
	struct index ix = make_index("{'a': 1}");
	struct index_keys keys;
	struct builder b;
	struct status st;
	struct buf doc;

	status_init(&st);
	buf_init(&doc, NULL);
	builder_init(&b, &doc);
	builder_array_begin(&b, "a");
	for (int i = 0; i <= INDEX_KEYS_MAX; i++)
		builder_i32(&b, NULL, i);
	builder_array_end(&b);
	builder_finish(&b);
	assert_int_equal(index_keys_make(&keygen, &ix, builder_view(&b), &arena, &keys, &st),
	    ERR_CANNOT_BUILD_INDEX_KEYS);
	buf_clear(&doc);
	status_clear(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_fields),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(compound_arrays),
	    cmocka_unit_test(places),
	    cmocka_unit_test(bits_of_arrays),
	    cmocka_unit_test(sparse),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
