#include "support/unit.h"
#include "support/json.h"

#include "expr/schema_keyword.h"

struct schema_case {
	const char *schema, *value;
	bool expected;
};

static void check(const struct schema_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct schema_state ss = {0};
		struct schema *s;
		struct status st;
		struct arena a;

		arena_init(&a, NULL);
		status_init(&st);
		if (schema_parse(json_doc(&a, cases[i].schema), &a, &s, &st))
			fail_msg("%s: %s", cases[i].schema, st.message);
		if (schema_matches(s, json_value(&a, cases[i].value), &ss) != cases[i].expected)
			fail_msg("%s on %s", cases[i].schema, cases[i].value);
		assert_int_equal(ss.error, 0);
		arena_clear(&a);
	}
}

#define CHECK(cases) check(cases, ARRAY_LEN(cases))

static void values(void **state)
{
	static const struct schema_case cases[] = {
	    {"{}", "1", true},
	    {"{'type': 'number'}", "1.5", true},
	    {"{'type': ['string', 'boolean']}", "1", false},
	    {"{'bsonType': 'int'}", "1", true},
	    {"{'bsonType': 'int'}", "1.5", false},
	    {"{'bsonType': ['number', 'null']}", "null", true},
	    {"{'enum': [1, 'x', [2]]}", "[2]", true},
	    {"{'enum': [1, 'x']}", "'y'", false},
	    {"{'minimum': 5}", "5", true},
	    {"{'minimum': 5, 'exclusiveMinimum': true}", "5", false},
	    {"{'maximum': 5}", "6", false},
	    {"{'maximum': 5}", "'x'", true},
	    {"{'multipleOf': 0.5}", "1.5", true},
	    {"{'multipleOf': 2}", "3", false},
	    {"{'minLength': 2}", "'\\u00e9'", false},
	    {"{'maxLength': 1}", "'\\u00e9'", true},
	    {"{'pattern': '^a+$'}", "'aa'", true},
	    {"{'pattern': '^a+$'}", "'ab'", false},
	};

	CHECK(cases);
}

static void arrays(void **state)
{
	static const struct schema_case cases[] = {
	    {"{'minItems': 2}", "[1]", false},
	    {"{'maxItems': 2}", "[1]", true},
	    {"{'uniqueItems': true}", "[1, 2, 1.0]", false},
	    {"{'uniqueItems': true}", "[1, 2, '1']", true},
	    {"{'items': {'type': 'number'}}", "[1, 2]", true},
	    {"{'items': {'type': 'number'}}", "[1, 'x']", false},
	    {"{'items': [{'type': 'number'}]}", "[1, 'x']", true},
	    {"{'items': [{'type': 'number'}], 'additionalItems': false}", "[1, 'x']", false},
	    {"{'additionalItems': {'type': 'null'}, 'items': [{}]}", "[1, null]", true},
	};

	CHECK(cases);
}

static void objects(void **state)
{
	static const struct schema_case cases[] = {
	    {"{'required': ['a']}", "{'a': null}", true},
	    {"{'required': ['a']}", "{}", false},
	    {"{'required': ['a']}", "5", true},
	    {"{'minProperties': 2}", "{'a': 1}", false},
	    {"{'maxProperties': 2}", "{'a': 1}", true},
	    {"{'properties': {'a': {'type': 'string'}}}", "{'a': 1}", false},
	    {"{'properties': {'a': {'type': 'string'}}}", "{'b': 1}", true},
	    {"{'patternProperties': {'^s': {'type': 'string'}}}", "{'s1': 1}", false},
	    {"{'additionalProperties': false, 'properties': {'a': {}}, "
	     "'patternProperties': {'^s': {}}}",
		"{'a': 1, 's1': 1}", true},
	    {"{'additionalProperties': false, 'properties': {'a': {}}}", "{'b': 1}", false},
	    {"{'additionalProperties': {'type': 'number'}}", "{'b': 1}", true},
	    {"{'dependencies': {'a': ['b']}}", "{'a': 1}", false},
	    {"{'dependencies': {'a': {'maxProperties': 1}}}", "{'a': 1}", true},
	    {"{'allOf': [{'required': ['a']}, {'required': ['b']}]}", "{'a': 1}", false},
	    {"{'anyOf': [{'required': ['a']}, {'required': ['b']}]}", "{'a': 1}", true},
	    {"{'oneOf': [{'required': ['a']}, {'required': ['b']}]}", "{'a': 1, 'b': 1}",
		false},
	    {"{'not': {'required': ['a']}}", "{'b': 1}", true},
	};

	CHECK(cases);
}

static void errors(void **state)
{
	static const struct {
		const char *schema;
		int code;
	} cases[] = {
	    {"{'nope': 1}", ERR_FAILED_TO_PARSE},
	    {"{'format': 'email'}", ERR_FAILED_TO_PARSE},
	    {"{'type': 'integer'}", ERR_FAILED_TO_PARSE},
	    {"{'type': 1}", ERR_TYPE_MISMATCH},
	    {"{'type': 'object', 'bsonType': 'object'}", ERR_FAILED_TO_PARSE},
	    {"{'minimum': 'x'}", ERR_TYPE_MISMATCH},
	    {"{'exclusiveMinimum': true}", ERR_FAILED_TO_PARSE},
	    {"{'minLength': -1}", ERR_FAILED_TO_PARSE},
	    {"{'multipleOf': 0}", ERR_FAILED_TO_PARSE},
	    {"{'required': []}", ERR_FAILED_TO_PARSE},
	    {"{'required': ['a', 'a']}", ERR_FAILED_TO_PARSE},
	    {"{'properties': {'a': 1}}", ERR_TYPE_MISMATCH},
	    {"{'allOf': [1]}", ERR_TYPE_MISMATCH},
	    {"{'pattern': '['}", ERR_REGEX_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct schema *s;
		struct status st;
		struct arena a;
		int r;

		arena_init(&a, NULL);
		status_init(&st);
		r = schema_parse(json_doc(&a, cases[i].schema), &a, &s, &st);
		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].schema, r, st.message);
		arena_clear(&a);
	}
}

static void one_row(void *arg, const struct schema_keyword *k)
{
	assert_non_null(k->parse);
	assert_ptr_equal(schema_keyword_find(k->name), k);
}

static void the_table(void **state)
{
	schema_keyword_each(one_row, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values),
	    cmocka_unit_test(arrays),
	    cmocka_unit_test(objects),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
