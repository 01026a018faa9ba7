/*
 * A compiled filter is asked about a document without an allocation: every
 * operator there is, over 10,000 documents, with a counter in the allocator's
 * place (the linker's --wrap).
 */
#include "support/unit.h"
#include "support/json.h"
#include "support/random_doc.h"

#include "expr/collation.h"
#include "expr/match_op.h"
#include "expr/match_text.h"

#define DOCUMENTS 10000

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static long allocations;

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	allocations++;
	return __real_realloc(p, size);
}

/* Between them every row of the table that can be parsed. */
static const char *const filters[] = {
    "{'$text': {'$search': 'x yes -no \\\"a b\\\"', '$caseSensitive': true}}",
    "{'a': 1, 'b.c': {'$eq': 'x'}, 'c': {'$ne': null}}",
    "{'a': {'$gt': 1, '$gte': 1, '$lt': 5, '$lte': 5}, 'b': {'$gt': 'a'}}",
    "{'a': {'$in': [1, 2, 'x', {'$regularExpression': {'pattern': '^x', 'options': 'i'}}]}}",
    "{'a': {'$nin': [1, 2, [3]]}, 'b': {'$not': {'$size': 2}}}",
    "{'$or': [{'a': 1}, {'$and': [{'b': 1}, {'a.0': {'$exists': true}}]}, "
    "{'$nor': [{'a': {'%type': 'number'}}]}]}",
    "{'a': {'$all': [1, 2]}, 'b': {'$elemMatch': {'$gte': 1, '$lt': 9}}}",
    "{'b': {'$elemMatch': {'a': 1, 'c': {'$mod': [2, 1]}}}}",
    "{'a': {'%regex': 'x.*y', '%options': 'i'}, '$comment': 'no'}",
    "{'a': {'$bitsAllSet': 5, '$bitsAnySet': [1, 60]}}",
    "{'a': {'$bitsAllClear': 8, '$bitsAnyClear': 3}, '$alwaysTrue': 1}",
    "{'$or': [{'$alwaysFalse': 1}, {'$sampleRate': 0.5}]}",
    /* S2 allocates in its own library, for what is no point: that is not counted. */
    "{'a': {'$geoWithin': {'$box': [[0, 0], [9, 9]]}}, "
    "'b': {'$within': {'$centerSphere': [[0, 0], 1]}}}",
    "{'a': {'$geoIntersects': {'$geometry': {'type': 'Point', 'coordinates': [1, 2]}}}}",
    "{'a': {'$near': [0, 0], '$minDistance': 1, '$maxDistance': 2, '$uniqueDocs': 1}}",
    "{'a': {'$nearSphere': [0, 0]}}",
    "{'a': {'$geoNear': [0, 0]}}",
    /* Expressions that make arrays or documents build them in memory of their own. */
    "{'$expr': {'$and': [{'$gt': ['$a', {'$add': ['$b', 1]}]}, {'$ne': ['$a', 'x']}]}}",
    "{'$jsonSchema': {'required': ['a'], 'properties': {'a': {'bsonType': ['int', 'array'], "
    "'minimum': 0, 'uniqueItems': true, 'items': {'maximum': 9}}, 'b': {'pattern': '^x'}}, "
    "'patternProperties': {'^c': {'type': 'object'}}, 'additionalProperties': {'not': "
    "{'enum': [1]}}}}",
};

/* All strings are text. */
static struct text_spec spec = {.wildcard = true, .wildcard_weight = 1};

static void count_all(const char *text, struct view collation, struct view *docs, int n)
{
	struct filter_options o = {0};
	struct match_state ms = {.array_index = -1};
	struct arena a, row;
	struct filter *f;
	long before = 0, matches = 0;

	spec.language = text_language_default;
	spec.override = view_of_str("language");
	arena_init(&a, NULL);
	arena_init(&row, NULL);
	ms.row = &row;
	if (collation.len)
		assert_int_equal(collation_parse(collation, &a, &o.collator, NULL), 0);
	assert_int_equal(filter_parse(json_doc(&a, text), &o, &a, &f, NULL), 0);
	if (filter_find_text(f))
		assert_int_equal(
		    text_filter_set(filter_find_text(f), &spec, &a, NULL), 0);
	for (int i = 0; i < DOCUMENTS; i++) {
		/* The first few show the row's arena how large it has to be. */
		if (i == n)
			before = allocations;
		arena_reset(&row);
		ms.error = 0;
		matches += filter_matches(f, docs[i % n], &ms);
	}
	if (allocations != before)
		fail_msg("%s: %ld allocations for %d documents", text, allocations - before,
		    DOCUMENTS - n);
	assert_true(matches <= DOCUMENTS);
	arena_clear(&row);
	arena_clear(&a);
}

static void no_allocation_for_a_document(void **state)
{
	struct random r = {.state = 99};
	struct view docs[500], collation;
	struct arena a;

	arena_init(&a, NULL);
	for (size_t i = 0; i < ARRAY_LEN(docs); i++)
		docs[i] = random_doc(&r, &a, 3);
	collation = json_doc(&a, "{'locale': 'en', 'strength': 2}");
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		count_all(filters[i], view_of(NULL, 0), docs, ARRAY_LEN(docs));
		count_all(filters[i], collation, docs, ARRAY_LEN(docs));
	}
	arena_clear(&a);
}

static void is_in_the_list(void *arg, const struct match_op *op)
{
	char quoted[40];

	if (op->parse == match_parse_unsupported)
		return;
	snprintf(quoted, sizeof(quoted), "'%s'", op->name);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		const char *at = strstr(filters[i], quoted + 2);

		if (at && (at[-1] == '$' || at[-1] == '%'))
			return;
	}
	fail_msg("%s is in no filter here", op->name);
}

static void every_operator_is_here(void **state)
{
	match_op_each(is_in_the_list, NULL);
}

/* The counter counts. */
static void the_counter_counts(void **state)
{
	long before = allocations;
	struct arena a;

	arena_init(&a, NULL);
	assert_non_null(arena_alloc(&a, 10));
	arena_clear(&a);
	assert_int_equal(allocations, before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_counter_counts),
	    cmocka_unit_test(no_allocation_for_a_document),
	    cmocka_unit_test(every_operator_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
