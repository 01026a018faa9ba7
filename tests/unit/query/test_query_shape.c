#include "support/unit.h"

#include "query/query_shape.h"
#include "support/json.h"

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	return 0;
}

static const char *shape_of(const char *command)
{
	struct status st;
	struct view shape;

	status_init(&st);
	assert_int_equal(
	    query_shape(json_doc(&arena, command), view_of_str("db.c.d"), &arena, &shape, &st),
	    0);
	return json_text(&arena, shape);
}

static const char *hash_of(const char *command)
{
	char *digits = arena_alloc(&arena, QUERY_SHAPE_DIGITS + 1);
	struct status st;

	status_init(&st);
	assert_int_equal(query_shape_hash(json_doc(&arena, command), view_of_str("db.c"),
			     &arena, digits, &st),
	    0);
	assert_int_equal(strlen(digits), QUERY_SHAPE_DIGITS);
	return digits;
}

static void documents(void **state)
{
	static const struct {
		const char *command, *shape;
	} cases[] = {
	    {"{'find': 'c'}", ""},
	    {"{'find': 'c', 'filter': {}, 'sort': {}, 'projection': {}}", ""},
	    {"{'find': 'c', 'hint': 'a_1', 'batchSize': 5, 'comment': 'x', '$db': 'db'}", ""},
	    {"{'find': 'c', 'sort': {'b': -1}, 'filter': {'a': 1.5}, 'limit': 3}",
		", 'filter' : { 'a' : { '$eq' : '?number' } }, 'sort' : { 'b' : -1 }, 'limit' "
		": '?number'"},
	    {"{'find': 'c', 'filter': {'a': 'x', 'b': {'$gt': null, '$exists': 1}}}",
		", 'filter' : { '$and' : [ { 'a' : { '$eq' : '?string' } }, { 'b' : { '$gt' : "
		"'?null', '$exists' : true } } ] }"},
	    {"{'find': 'c', 'filter': {'a': {'$in': [1, 2]}}}",
		", 'filter' : { 'a' : { '$in' : '?array<?number>' } }"},
	    {"{'find': 'c', 'filter': {'a': []}}",
		", 'filter' : { 'a' : { '$eq' : '?array<>' } }"},
	    {"{'find': 'c', 'filter': {'$or': [{'a': 1}, {'b': {'$type': 'int'}}]}}",
		", 'filter' : { '$or' : [ { 'a' : { '$eq' : '?number' } }, { 'b' : { '$type' : "
		"[ 'int' ] } } ] }"},
	    {"{'find': 'c', 'filter': {'a': {'$elemMatch': {'b': 1}, '$not': {'$lt': 5}}}}",
		", 'filter' : { 'a' : { '$elemMatch' : { 'b' : { '$eq' : '?number' } }, '$not' "
		": { '$lt' : '?number' } } }"},
	    {"{'find': 'c', 'filter': {'$expr': {'$eq': ['$a', '$$v', 7]}}, 'let': {'v': 1}}",
		", 'filter' : { '$expr' : { '$eq' : [ '$a', '$$v', '?number' ] } }, 'let' : { "
		"'v' : '?number' }"},
	    {"{'distinct': 'c', 'query': {'a': 1}, 'key': 'k'}",
		", 'query' : { 'a' : { '$eq' : '?number' } }, 'key' : 'k'"},
	    {"{'aggregate': 'c', 'pipeline': [{'$match': {'a': 1}}, {'$group': {'_id': '$a', "
	     "'n': {'$sum': 1}}}], 'cursor': {}}",
		", 'pipeline' : [ { '$match' : { 'a' : { '$eq' : '?number' } } }, { '$group' : "
		"{ '_id' : '$a', 'n' : { '$sum' : '?number' } } } ]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *name = arena_strndup(
		    &arena, cases[i].command + 2, strcspn(cases[i].command + 2, "'"));

		assert_string_equal(shape_of(cases[i].command),
		    arena_printf(&arena,
			"{ 'cmdNs' : { 'db' : 'db', 'coll' : 'c.d' }, 'command' : '%s'%s }",
			name, cases[i].shape));
	}
}

static void hashes(void **state)
{
	const char *hash = hash_of("{'find': 'c', 'filter': {'a': 1}, 'sort': {'b': 1}}");

	assert_string_equal(
	    hash, hash_of("{'find': 'c', 'sort': {'b': 1}, 'filter': {'a': 9}, 'hint': 'x'}"));
	assert_string_not_equal(
	    hash, hash_of("{'find': 'c', 'filter': {'a': 1}, 'sort': {'b': -1}}"));
	assert_string_not_equal(
	    hash, hash_of("{'find': 'c', 'filter': {'a': 'x'}, 'sort': {'b': 1}}"));
	/* These are on disk: SHA-256 of {cmdNs: {db: "db", coll: "c"}, command: "find"}. */
	assert_string_equal(hash_of("{'find': 'c'}"),
	    "3A97FD080B67434096AE8A221860E83CFA13419779FBEB6F28AC408F30BFDAC3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(documents, setup, teardown),
	    cmocka_unit_test_setup_teardown(hashes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
