/*
 * validate, on collections that are whole and on those that were broken behind its back.
 */
#include "support/unit.h"

#include "index/entry.h"
#include "storage/record.h"
#include "support/database.h"
#include "support/park.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	return 0;
}

static int setup_replset(void **state)
{
	database_init(&db, FACE_REPLSET);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

#define VALIDATE(more) "{'validate': 'c', '$db': 'd'" more "}"

static void make(const char *create, const char *index)
{
	assert_code(&db, create, 0);
	assert_code(&db,
	    "{'insert': 'c', '$db': 'd', 'documents': [{'_id': 1, 'a': 5}, {'_id': 2, 'a': "
	    "[6, 7]}, {'_id': 3}]}",
	    0);
	assert_code(&db,
	    arena_printf(&db.h.arena,
		"{'createIndexes': 'c', '$db': 'd', 'indexes': [{'key': {'a': 1}, 'name': "
		"'a'%s}]}",
		index),
	    0);
}

static void make_plain(void)
{
	make("{'create': 'c', '$db': 'd'}", "");
}

static void what_is_wrong_has_its_code(void **state)
{
	static const struct code_case cases[] = {
	    {"{'validate': 1, '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'validate': '', '$db': 'd'}", ERR_INVALID_NAMESPACE},
	    {"{'validate': 'none', '$db': 'd'}", ERR_NAMESPACE_NOT_FOUND},
	    {"{'validate': '$x', '$db': 'd'}", ERR_NAMESPACE_NOT_FOUND},
	    {"{'validate': 'v', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {VALIDATE(", 'metadata': true, 'full': 'x'"), ERR_INVALID_OPTIONS},
	    {VALIDATE(", 'metadata': 1, 'background': 1"), ERR_INVALID_OPTIONS},
	    {VALIDATE(", 'checkBSONConformance': 1, 'repair': true"), ERR_INVALID_OPTIONS},
	    {VALIDATE(", 'background': true, 'full': true"), ERR_INVALID_OPTIONS},
	    {VALIDATE(", 'background': true"), ERR_COMMAND_NOT_SUPPORTED},
	    {VALIDATE(", 'repair': true"), ERR_NOT_IMPLEMENTED},
	    {VALIDATE(", 'fixMultikey': true"), ERR_NOT_IMPLEMENTED},
	    {VALIDATE(", 'bogus': true"), ERR_UNKNOWN_FIELD},
	    {VALIDATE(", 'full': null, 'repair': 0, 'background': false"), 0},
	};

	make_plain();
	assert_code(&db, "{'create': 'v', '$db': 'd', 'viewOn': 'c', 'pipeline': []}", 0);
	assert_codes(&db, cases);
}

static void a_replica_set_has_other_options(void **state)
{
	make_plain();
	assert_code(&db, VALIDATE(", 'background': true"), 0);
	assert_code(&db, VALIDATE(", 'repair': true"), ERR_INVALID_OPTIONS);
}

/* The names of a document's fields. */
static const char *names_of(struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	char *names = arena_strdup(&db.h.arena, "");
	struct element e;

	while (doc_next(&it, &e))
		if (e.name[0] != '$' && strcmp(e.name, "operationTime") != 0)
			names = arena_printf(&db.h.arena, "%s%s ", names, e.name);
	return names;
}

static const char *text_at(struct view reply, const char *path)
{
	struct value v = database_at(reply, path);

	assert_true(v.type == TYPE_OBJECT || v.type == TYPE_ARRAY);
	return json_text(&db.h.arena, value_doc(v));
}

static int64_t number_at(struct view reply, const char *path)
{
	int64_t n;

	assert_true(value_to_i64(database_at(reply, path), &n));
	return n;
}

static void what_is_whole_is_valid(void **state)
{
	struct view reply;

	make_plain();
	reply = harness_run(&db.h, VALIDATE(", 'checkBSONConformance': true"));
	assert_string_equal(names_of(reply),
	    "ns uuid nInvalidDocuments nNonCompliantDocuments nrecords nIndexes keysPerIndex "
	    "indexDetails valid repaired repairMode warnings errors extraIndexEntries "
	    "missingIndexEntries corruptRecords ok ");
	assert_string_equal(text_at(reply, "keysPerIndex"), "{ '_id_' : 3, 'a' : 4 }");
	assert_string_equal(text_at(reply, "indexDetails"),
	    "{ '_id_' : { 'valid' : true, 'spec' : { 'v' : 2, 'key' : { '_id' : 1 }, 'name' : "
	    "'_id_' } }, 'a' : { 'valid' : true, 'spec' : { 'v' : 2, 'key' : { 'a' : 1 }, "
	    "'name' : 'a' } } }");
	assert_true(value_bool(doc_get(reply, "valid")));
	reply = harness_run(&db.h, VALIDATE(", 'metadata': true"));
	assert_string_equal(names_of(reply),
	    "ns uuid nIndexes indexDetails valid repaired repairMode warnings errors "
	    "extraIndexEntries missingIndexEntries corruptRecords ok ");
}

/* ------------------------------------------------------------ broken things */

static struct collection *collection(void)
{
	return catalog_find(store_catalog(db.store.store), view_of_str("d"), view_of_str("c"));
}

static struct view record_key(const struct collection *c, int32_t id)
{
	struct view key;
	struct buf buf;

	buf_init(&buf, NULL);
	if (c->record_key == RECORD_KEY_ID)
		record_key_of_id(&buf, c, value_make_i32(&db.h.arena, id));
	else
		buf_append_be64(&buf, (uint64_t)id);
	key = arena_dup(&db.h.arena, buf_view(&buf));
	buf_clear(&buf);
	return key;
}

/* Puts or removes the entries that doc would have under this id, behind everybody's back. */
static void tamper(const char *doc, int32_t id, bool put)
{
	struct collection *c = collection();
	struct index *ix = collection_index(c, "a");
	struct batch *b = batch_new(db.store.store, NULL);
	struct index_keys keys;
	struct commit commit;
	struct keygen g;
	struct status st;
	struct buf scratch;

	status_init(&st);
	keygen_init(&g, NULL);
	buf_init(&scratch, NULL);
	assert_int_equal(
	    index_keys_make(&g, ix, json_doc(&db.h.arena, doc), &db.h.arena, &keys, &st), 0);
	for (int i = 0; i < keys.n; i++)
		(put ? index_entry_put : index_entry_remove)(
		    b, ix, &keys.keys[i], record_key(c, id), &scratch);
	fixture_commit(db.store.store, b, &commit);
	batch_free(b);
	buf_clear(&scratch);
	keygen_clear(&g);
	collection_unref(c);
}

static void missing_entries_are_named(void **state)
{
	struct view reply;

	make_plain();
	tamper("{'a': 6}", 2, false);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_false(value_bool(doc_get(reply, "valid")));
	assert_string_equal(
	    text_at(reply, "warnings"), "{ '0' : 'Detected 1 missing index entries.' }");
	assert_string_equal(
	    text_at(reply, "errors"), "{ '0' : 'Index with name 'a' has inconsistencies.' }");
	assert_string_equal(text_at(reply, "extraIndexEntries"), "{ }");
	assert_string_equal(names_of(value_doc(database_at(reply, "missingIndexEntries.0"))),
	    "indexName recordId idKey indexKey ");
	assert_string_equal(text_at(reply, "missingIndexEntries.0.idKey"), "{ '_id' : 2 }");
	assert_string_equal(text_at(reply, "missingIndexEntries.0.indexKey"), "{ 'a' : 6 }");
	assert_false(value_bool(database_at(reply, "indexDetails.a.valid")));
	assert_true(value_bool(database_at(reply, "indexDetails._id_.valid")));
	assert_int_equal(number_at(reply, "keysPerIndex.a"), 3);
}

static void extra_entries_are_named(void **state)
{
	struct view reply;

	make_plain();
	tamper("{'a': 9}", 1, true); /* of a document that is there */
	tamper("{'a': 5}", 8, true); /* and of one that is not */
	reply = harness_run(&db.h, VALIDATE(""));
	assert_false(value_bool(doc_get(reply, "valid")));
	assert_string_equal(
	    text_at(reply, "warnings"), "{ '0' : 'Detected 2 extra index entries.' }");
	assert_string_equal(text_at(reply, "missingIndexEntries"), "{ }");
	assert_string_equal(text_at(reply, "extraIndexEntries.0.indexKey"), "{ 'a' : 5 }");
	assert_string_equal(text_at(reply, "extraIndexEntries.1.indexKey"), "{ 'a' : 9 }");
	assert_int_equal(doc_count(value_doc(database_at(reply, "extraIndexEntries"))), 2);
}

/* As many too many as too few: counting alone would not see it. */
static void what_makes_up_for_each_other_is_seen(void **state)
{
	struct view reply;

	make("{'create': 'c', '$db': 'd', 'storageEngine': {'dolmen': {'recordKey': "
	     "'sequence'}}}",
	    "");
	tamper("{'a': 5}", 1, false);
	tamper("{'a': 4}", 1, true);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_false(value_bool(doc_get(reply, "valid")));
	assert_int_equal(doc_count(value_doc(database_at(reply, "extraIndexEntries"))), 1);
	assert_int_equal(doc_count(value_doc(database_at(reply, "missingIndexEntries"))), 1);
	assert_int_equal(number_at(reply, "missingIndexEntries.0.recordId"), 1);
	assert_int_equal(number_at(reply, "extraIndexEntries.0.recordId"), 1);
}

static void unique_indexes_have_no_doubles(void **state)
{
	struct view reply;

	make("{'create': 'c', '$db': 'd'}", ", 'unique': true");
	tamper("{'a': 5}", 3, true);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_string_equal(text_at(reply, "indexDetails.a.errors"),
	    "{ '0' : '1 entries are of no document', '1' : '1 keys of a unique index are "
	    "those of several documents' }");
}

static void arrays_are_to_be_known(void **state)
{
	struct collection *c;
	struct view reply;

	make_plain();
	c = collection();
	atomic_store(&c->indexes[0]->multikey, 0);
	collection_unref(c);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_false(value_bool(database_at(reply, "indexDetails.a.valid")));
}

/* A record that is no document, or not where its _id says. */
static void put_record(int32_t id, struct view bytes)
{
	struct collection *c = collection();
	struct batch *b = batch_new(db.store.store, NULL);
	struct commit commit;

	batch_insert(b, c, record_key(c, id), value_make_i32(&db.h.arena, id), bytes);
	fixture_commit(db.store.store, b, &commit);
	batch_free(b);
	collection_unref(c);
}

static void broken_records_are_named(void **state)
{
	static const uint8_t bytes[] = {9, 0, 0, 0, 8, 'x', 0, 7, 0};
	struct view reply;

	make_plain();
	put_record(20, view_of(bytes, sizeof(bytes)));
	put_record(21, json_doc(&db.h.arena, "{'_id': 22}"));
	tamper("{}", 21, true);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_false(value_bool(doc_get(reply, "valid")));
	assert_int_equal(number_at(reply, "nInvalidDocuments"), 1);
	assert_int_equal(number_at(reply, "nrecords"), 5);
	assert_string_equal(text_at(reply, "errors"),
	    "{ '0' : '1 records are no documents', '1' : '1 documents are not where their "
	    "_id says' }");
	assert_int_equal(doc_count(value_doc(database_at(reply, "corruptRecords"))), 1);
	assert_true(value_bool(database_at(reply, "indexDetails.a.valid")));
}

static void validators_are_asked(void **state)
{
	struct view reply;

	make_plain();
	assert_code(&db, "{'collMod': 'c', '$db': 'd', 'validator': {'a': {'$gt': 5}}}", 0);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_int_equal(number_at(reply, "nNonCompliantDocuments"), 2);
	assert_true(value_bool(doc_get(reply, "valid")));
	assert_int_equal(doc_count(value_doc(database_at(reply, "warnings"))), 1);
	assert_code(&db, "{'collMod': 'c', '$db': 'd', 'validationLevel': 'off'}", 0);
	reply = harness_run(&db.h, VALIDATE(""));
	assert_int_equal(number_at(reply, "nNonCompliantDocuments"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_wrong_has_its_code, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_replica_set_has_other_options, setup_replset, teardown),
	    cmocka_unit_test_setup_teardown(what_is_whole_is_valid, setup, teardown),
	    cmocka_unit_test_setup_teardown(missing_entries_are_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(extra_entries_are_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_makes_up_for_each_other_is_seen, setup, teardown),
	    cmocka_unit_test_setup_teardown(unique_indexes_have_no_doubles, setup, teardown),
	    cmocka_unit_test_setup_teardown(arrays_are_to_be_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(broken_records_are_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(validators_are_asked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
