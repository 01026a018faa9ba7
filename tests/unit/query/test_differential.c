/*
 * Random documents, filters and sorts: every index gives what looking at every
 * document gives, and random changes leave every index as a new one would be.
 *
 * Always the same ones; a number as argument makes others.
 */
#include "support/unit.h"

#include <stdlib.h>

#include "support/query_fixture.h"
#include "support/random_value.h"

#define N_DOCS    90
#define N_ROUNDS  4
#define N_FILTERS 45
#define N_CHANGES 25

static struct query_fixture fix;
static struct rng rng;
static uint64_t seed = 0x1234567;

static const char *const indexes[] = {
    "{'name': 'a', 'key': {'a': 1}}",
    "{'name': 'b', 'key': {'b': -1}}",
    "{'name': 'a,b', 'key': {'a': 1, 'b': 1}}",
    "{'name': 'c,a', 'key': {'c': -1, 'a': 1}}",
    "{'name': 'a.b', 'key': {'a.b': 1}}",
    "{'name': 'a.b,a.c', 'key': {'a.b': 1, 'a.c': -1}}",
    "{'name': 'a.0', 'key': {'a.0': 1}}",
    "{'name': 'sparse', 'key': {'c': 1}, 'sparse': true}",
    "{'name': 'a,c en', 'key': {'a': 1, 'c': -1}, 'collation': {'locale': 'en', 'strength': "
    "1}}",
    "{'name': 'b en', 'key': {'b': -1}, 'collation': {'locale': 'en', 'strength': 1}}",
    "{'name': 'c upper', 'key': {'c': 1}, 'collation': {'locale': 'en', 'caseFirst': 'upper'}}",
};
static const char *const collations[] = {"{'locale': 'simple'}",
    "{'locale': 'en', 'strength': 1}", "{'locale': 'en', 'caseFirst': 'upper'}"};
static const char *const paths[] = {"a", "b", "c", "a.b", "a.c", "a.0", "_id", "b.c"};

static const char *const strings[] = {"x", "y", "X", "Z"};

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
	return finish(&b);
}

static void put_predicate(struct builder *b, const char *path)
{
	static const char *const ops[] = {"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"};

	switch (rng_below(&rng, 6)) {
	case 0:
		put_value(b, path, 2);
		return;
	case 1:
		builder_doc_begin(b, path);
		builder_array_begin(b, one_in(6) ? "$nin" : "$in");
		for (uint32_t n = rng_below(&rng, 4); n > 0; n--)
			put_value(b, NULL, 1);
		builder_array_end(b);
		builder_doc_end(b);
		return;
	case 2:
		builder_doc_begin(b, path);
		put_value(b, one_in(2) ? "$gt" : "$gte", 1);
		put_value(b, one_in(2) ? "$lt" : "$lte", 1);
		builder_doc_end(b);
		return;
	case 3:
		builder_doc_begin(b, path);
		builder_bool(b, "$exists", one_in(2));
		builder_doc_end(b);
		return;
	default:
		builder_doc_begin(b, path);
		put_value(b, ops[rng_below(&rng, ARRAY_LEN(ops))], 1);
		builder_doc_end(b);
	}
}

static struct view random_filter(void)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	/* Two fields of one array, which its elements need not have together. */
	if (one_in(5)) {
		builder_i32(&b, "a.b", (int32_t)rng_below(&rng, 3));
		builder_i32(&b, "a.c", (int32_t)rng_below(&rng, 3));
	}
	for (uint32_t n = b.buf->len > 4 ? 0 : 1 + rng_below(&rng, 3); n > 0; n--)
		put_predicate(&b, paths[rng_below(&rng, ARRAY_LEN(paths))]);
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
			sort_key(sort, row.doc, &out->keys);
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

	assert_true(find(spec, one_in(2) ? 1 + (int)rng_below(&rng, 4) : 0, &got));
	if (got.n != want->n || memcmp(got.ids, want->ids, sizeof(int) * (size_t)got.n) != 0)
		fail_msg(
		    "%d instead of %d documents: %s", got.n, want->n, describe(spec, with));
	if (!view_equal(buf_view(&got.keys), buf_view(&want->keys)))
		fail_msg("another order: %s", describe(spec, with));
	buf_clear(&got.keys);
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
	for (size_t i = 0; i < ARRAY_LEN(indexes); i++) {
		spec.hint = doc_get(qf_doc(&fix, indexes[i]), "name");
		if (!view_equal(value_str(spec.hint), view_of_str("sparse")))
			compare(&spec, indexes[i], &want);
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
	    fix.st.code != ERR_AMBIGUOUS_FIELD_NAME)
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

static void run(bool sequence, const char *collation)
{
	const struct collator *collator = NULL;

	rng.state = seed;
	query_fixture_init(&fix, sequence);
	if (collation)
		collator = qf_collator(&fix, collation);
	assert_int_equal(
	    fixture_create_spec(
		&fix.ddl, &(struct create_spec){.db = view_of_str("db"),
			      .name = view_of_str("c"),
			      .options = doc_empty,
			      .collation = collator ? collation_document(collator) : doc_empty,
			      .record_key = sequence ? RECORD_KEY_SEQUENCE : RECORD_KEY_ID}),
	    0);
	/* Half of them over documents: arrays that an index refuses come later. */
	for (size_t i = 0; i < ARRAY_LEN(indexes); i++) {
		assert_int_equal(qf_create_index(&fix, indexes[i]), 0);
		if (i == ARRAY_LEN(indexes) / 2)
			insert_some(1);
	}
	insert_some(N_DOCS);
	for (int i = 0; i < N_ROUNDS; i++) {
		for (int k = 0; k < N_FILTERS; k++)
			try_filter();
		for (int k = 0; k < N_CHANGES; k++)
			change_one();
		insert_some(N_CHANGES);
		qf_check_indexes(&fix);
	}
	query_fixture_clear(&fix);
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
	return cmocka_run_group_tests(tests, NULL, NULL);
}
