#include "support/unit.h"

#include "query/modify.h"
#include "support/query_fixture.h"

/*
 * The same statements on both kinds of record keys: where the _id is the key,
 * the document is looked at under the lock alone, else it is found first.
 */
static struct query_fixture fix;

static int setup(void **state)
{
	query_fixture_init(&fix, false);
	return 0;
}

static int setup_sequence(void **state)
{
	query_fixture_init(&fix, true);
	return 0;
}

static int teardown(void **state)
{
	query_fixture_clear(&fix);
	return 0;
}

/* What the last statement did. */
static struct modify_result result;
static int64_t docs_examined;

/* {q: filter, u: update or nothing to remove, multi, upsert}; returns the code. */
static int modify(const char *statement)
{
	struct view doc = qf_doc(&fix, statement);
	struct value u = doc_get(doc, "u");
	struct modify_spec spec = {
	    .db = view_of_str("db"),
	    .name = view_of_str("c"),
	    .query = {.filter = value_doc(doc_get(doc, "q"))},
	    .remove = value_is_missing(u),
	    .update = u,
	    .multi = value_truthy(doc_get(doc, "multi")),
	    .upsert = value_truthy(doc_get(doc, "upsert")),
	};
	struct modify m;
	struct writer w;
	enum step step;

	if (!value_is_missing(doc_get(doc, "sort")))
		spec.query.sort = value_doc(doc_get(doc, "sort"));
	status_clear(&fix.st);
	writer_init(&w, fix.store, &fix.op.op);
	modify_init(&m, &spec, &w, &fix.arena);
	step = TEST_OP_RUN(&fix.op, modify_run(&m, &fix.st));
	assert_int_equal(step, fix.st.code ? STEP_ERROR : STEP_DONE);
	result = m.result;
	docs_examined = m.cx.docs_examined;
	modify_clear(&m);
	writer_clear(&w);
	return fix.st.code;
}

static void assert_done(int matched, int modified, int examined)
{
	assert_int_equal(result.matched, matched);
	assert_int_equal(result.modified, modified);
	assert_int_equal(docs_examined, examined);
}

static void by_id(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': 2}]"), 0);
	assert_int_equal(modify("{'q': {'_id': 1}, 'u': {'$set': {'a': 7}}}"), 0);
	assert_done(1, 1, 1);
	assert_int_equal(modify("{'q': {'_id': 1.0}, 'u': {'$set': {'a': 7}}}"), 0);
	assert_done(1, 0, 1);
	assert_int_equal(modify("{'q': {'_id': 3}, 'u': {'$set': {'a': 7}}}"), 0);
	assert_done(0, 0, 0);
	assert_int_equal(
	    modify("{'q': {'_id': 2}, 'u': {'$inc': {'a': 1}}, 'multi': true}"), 0);
	assert_done(1, 1, 1);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': 7}, {'_id': 2, 'a': 3}]");
	assert_int_equal(modify("{'q': {'_id': 1}}"), 0);
	assert_done(1, 1, 1);
	assert_int_equal(modify("{'q': {'_id': 1}, 'multi': true}"), 0);
	assert_done(0, 0, 0);
	qf_assert_docs(&fix, "[{'_id': 2, 'a': 3}]");
	qf_check_indexes(&fix);
}

/* The document is there, and the rest of the filter says no. */
static void by_id_and_more(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': [3, 5]}]"), 0);
	assert_int_equal(modify("{'q': {'_id': 1, 'a': 4}, 'u': {'$set': {'b': 1}}}"), 0);
	assert_done(0, 0, 1);
	assert_int_equal(modify("{'q': {'_id': 1, 'a': 4}}"), 0);
	assert_done(0, 0, 1);
	assert_int_equal(modify("{'q': {'_id': 1, 'a': 5}, 'u': {'$set': {'a.$': 6}}}"), 0);
	assert_done(1, 1, 1);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': [3, 6]}]");
}

static void upserts(void **state)
{
	const char *set = "{'q': {'_id': 1}, 'u': {'$set': {'a': 1}}, 'upsert': true}";

	assert_int_equal(modify(set), 0); /* makes the collection */
	assert_true(result.upserted);
	assert_int_equal(modify(set), 0);
	assert_false(result.upserted);
	assert_done(1, 0, 1);
	/* There, but not this one: its _id is taken. */
	assert_int_equal(
	    modify("{'q': {'_id': 1, 'a': 2}, 'u': {'$set': {'b': 1}}, 'upsert': true}"),
	    ERR_DUPLICATE_KEY);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': 1}]");
}

static void without_an_id(void **state)
{
	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': 1}, {'_id': 3, 'a': 2}]"), 0);
	assert_int_equal(modify("{'q': {'a': 1}, 'u': {'$set': {'b': 1}}, 'multi': true}"), 0);
	assert_done(2, 2, 3);
	assert_int_equal(modify("{'q': {'a': 2}}"), 0);
	assert_done(1, 1, 3);
	qf_assert_docs(&fix, "[{'_id': 1, 'a': 1, 'b': 1}, {'_id': 2, 'a': 1, 'b': 1}]");
}

/* What the update moves to a place further on in the index that it reads is not met
 * again, whether by operators or by a pipeline. */
static void a_multi_update_does_not_meet_its_own_results(void **state)
{
	static const char *const updates[] = {
	    "{'q': {'a': {'$gte': 0}}, 'u': {'$inc': {'a': 2}}, 'multi': true}",
	    "{'q': {'a': {'$gte': 0}}, 'u': [{'$set': {'a': {'$add': ['$a', 2]}}}], "
	    "'multi': true}",
	};

	assert_int_equal(
	    qf_insert(&fix, "[{'_id': 1, 'a': 1}, {'_id': 2, 'a': 2}, {'_id': 3, 'a': 3}]"), 0);
	assert_int_equal(qf_create_index(&fix, "{'key': {'a': 1}, 'name': 'a_1'}"), 0);
	for (size_t i = 0; i < ARRAY_LEN(updates); i++) {
		assert_int_equal(modify(updates[i]), 0);
		assert_done(3, 3, 3);
	}
	qf_assert_docs(&fix, "[{'_id': 1, 'a': 5}, {'_id': 2, 'a': 6}, {'_id': 3, 'a': 7}]");
	qf_check_indexes(&fix);
}

/* {_id: value} leaves nothing to sort: what the sort says is not looked at. */
static void sorts_are_for_more_than_one(void **state)
{
	assert_int_equal(qf_insert(&fix, "[{'_id': 1, 'a': 1}]"), 0);
	assert_int_equal(
	    modify("{'q': {'_id': 1}, 'u': {'$inc': {'a': 2}}, 'sort': {'a': 'x'}}"), 0);
	assert_int_equal(
	    modify("{'q': {'_id': {'$gt': 0}}, 'u': {'$inc': {'a': 2}}, 'sort': {'a': 'x'}}"),
	    15974);
}

#define BOTH_KINDS(test)                                                                       \
	cmocka_unit_test_setup_teardown(test, setup, teardown),                                \
	    cmocka_unit_test_setup_teardown(test, setup_sequence, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH_KINDS(by_id),
	    BOTH_KINDS(by_id_and_more),
	    BOTH_KINDS(a_multi_update_does_not_meet_its_own_results),
	    BOTH_KINDS(sorts_are_for_more_than_one),
	    BOTH_KINDS(upserts),
	    BOTH_KINDS(without_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
