#include "support/unit.h"
#include "support/json.h"

#include "expr/match_explain.h"
#include "expr/schema_keyword.h"

struct explain_case {
	const char *filter, *doc, *details;
};

static struct view explain(struct arena *a, struct view filter, struct view doc)
{
	static const struct filter_options o;
	struct match_state ms = {.row = a, .array_index = -1};
	struct filter *f;
	struct status st;
	struct builder b;
	struct view out;
	struct buf buf;

	status_init(&st);
	if (filter_parse(filter, &o, a, &f, &st))
		fail_msg("%s: %s", json_text(a, filter), st.message);
	if (filter_matches(f, doc, &ms))
		fail_msg("%s matches %s", json_text(a, filter), json_text(a, doc));
	ms.error = 0;
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	assert_int_equal(filter_explain(filter, &o, doc, &ms, &b, &st), 0);
	builder_finish(&b);
	assert_false(builder_failed(&b));
	out = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out;
}

static void check(const struct explain_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct view details, expected;
		struct arena a;

		arena_init(&a, NULL);
		details =
		    explain(&a, json_doc(&a, cases[i].filter), json_doc(&a, cases[i].doc));
		expected = json_doc(&a, cases[i].details);
		if (!view_equal(details, expected))
			fail_msg("%s on %s:\n  %s\n  %s expected", cases[i].filter,
			    cases[i].doc, json_text(&a, details), json_text(&a, expected));
		arena_clear(&a);
	}
}

#define CHECK(cases) check(cases, ARRAY_LEN(cases))

static void leaves(void **state)
{
	static const struct explain_case cases[] = {
	    {"{'a': 5}", "{'a': 6}",
		"{'operatorName': '$eq', 'specifiedAs': {'a': 5}, "
		"'reason': 'comparison failed', 'consideredValue': 6}"},
	    {"{'a': 5}", "{}",
		"{'operatorName': '$eq', 'specifiedAs': {'a': 5}, "
		"'reason': 'field was missing'}"},
	    {"{'a.b': {'$gt': 5}}", "{'a': [{'b': 1}, {'b': [2, 3]}]}",
		"{'operatorName': '$gt', 'specifiedAs': {'a.b': {'$gt': 5}}, "
		"'reason': 'comparison failed', 'consideredValues': [1, 2, 3, [2, 3]]}"},
	    {"{'a': {'$ne': 1}}", "{'a': 1}",
		"{'operatorName': '$ne', 'specifiedAs': {'a': {'$ne': 1}}, "
		"'reason': 'comparison succeeded', 'consideredValue': 1}"},
	    {"{'a': {'$in': [1, 2]}}", "{'a': 3}",
		"{'operatorName': '$in', 'specifiedAs': {'a': {'$in': [1, 2]}}, "
		"'reason': 'no matching value found in array', 'consideredValue': 3}"},
	    {"{'a': {'$exists': true}}", "{}",
		"{'operatorName': '$exists', 'specifiedAs': {'a': {'$exists': true}}, "
		"'reason': 'path does not exist'}"},
	    {"{'a': {'$exists': false}}", "{'a': 1}",
		"{'operatorName': '$exists', 'specifiedAs': {'a': {'$exists': false}}, "
		"'reason': 'path does exist', 'consideredValue': 1}"},
	    {"{'a': {'%type': 'string'}}", "{'a': 1}",
		"{'operatorName': '%type', 'specifiedAs': {'a': {'%type': 'string'}}, "
		"'reason': 'type did not match', 'consideredValue': 1, "
		"'consideredType': 'int'}"},
	    {"{'a': {'$size': 2}}", "{'a': [1]}",
		"{'operatorName': '$size', 'specifiedAs': {'a': {'$size': 2}}, "
		"'reason': 'array length was not equal to given size', "
		"'consideredValue': [1]}"},
	    {"{'a': {'$size': 2}}", "{'a': 'x'}",
		"{'operatorName': '$size', 'specifiedAs': {'a': {'$size': 2}}, "
		"'reason': 'type did not match', 'consideredType': 'string', "
		"'expectedType': 'array', 'consideredValue': 'x'}"},
	    {"{'a': {'$mod': [2, 0]}}", "{'a': ['x', true]}",
		"{'operatorName': '$mod', 'specifiedAs': {'a': {'$mod': [2, 0]}}, "
		"'reason': 'type did not match', "
		"'consideredTypes': ['string', 'bool', 'array'], "
		"'expectedTypes': ['decimal', 'double', 'int', 'long'], "
		"'consideredValues': ['x', true, ['x', true]]}"},
	    {"{'s': {'%options': 'i', '%regex': '^a'}}", "{'s': 'b'}",
		"{'operatorName': '%regex', "
		"'specifiedAs': {'s': {'%regex': '^a', '%options': 'i'}}, "
		"'reason': 'regular expression did not match', 'consideredValue': 'b'}"},
	};

	CHECK(cases);
}

static void logic(void **state)
{
	static const struct explain_case cases[] = {
	    {"{'a': {'$gt': 1, '$lt': 5}, 'b': 1}", "{'a': 7, 'b': 1}",
		"{'operatorName': '$and', 'clausesNotSatisfied': [{'index': 1, 'details': "
		"{'operatorName': '$lt', 'specifiedAs': {'a': {'$lt': 5}}, "
		"'reason': 'comparison failed', 'consideredValue': 7}}]}"},
	    {"{'$or': [{'a': 1}, {'a': 2}]}", "{'a': 3}",
		"{'operatorName': '$or', 'clausesNotSatisfied': [{'index': 0, 'details': "
		"{'operatorName': '$eq', 'specifiedAs': {'a': 1}, "
		"'reason': 'comparison failed', 'consideredValue': 3}}, "
		"{'index': 1, 'details': {'operatorName': '$eq', 'specifiedAs': {'a': 2}, "
		"'reason': 'comparison failed', 'consideredValue': 3}}]}"},
	    {"{'$nor': [{'a': 1}, {'b': 1, 'c': 1}]}", "{'b': 1, 'c': 1}",
		"{'operatorName': '$nor', 'clausesSatisfied': [{'index': 1, 'details': "
		"{'operatorName': '$and', 'clausesSatisfied': [{'index': 0, 'details': "
		"{'operatorName': '$eq', 'specifiedAs': {'b': 1}, "
		"'reason': 'comparison succeeded', 'consideredValue': 1}}, "
		"{'index': 1, 'details': {'operatorName': '$eq', 'specifiedAs': {'c': 1}, "
		"'reason': 'comparison succeeded', 'consideredValue': 1}}]}}]}"},
	    {"{'a': {'$not': {'$gt': 5}}}", "{'a': 6}",
		"{'operatorName': '$not', 'details': {'operatorName': '$gt', "
		"'specifiedAs': {'a': {'$gt': 5}}, 'reason': 'comparison succeeded', "
		"'consideredValue': 6}}"},
	    {"{'$expr': {'$gt': ['$a', 5]}}", "{'a': 1}",
		"{'operatorName': '$expr', 'specifiedAs': {'$expr': {'$gt': ['$a', 5]}}, "
		"'reason': 'expression did not match', 'expressionResult': false}"},
	    {"{'$expr': {'$divide': [1, '$a']}}", "{'a': 0}",
		"{'operatorName': '$expr', 'specifiedAs': {'$expr': {'$divide': [1, "
		"'$a']}}, 'reason': 'failed to evaluate aggregation expression'}"},
	    {"{'$alwaysFalse': 1}", "{}",
		"{'operatorName': '$alwaysFalse', 'specifiedAs': {'$alwaysFalse': 1}, "
		"'reason': 'expression always evaluates to false'}"},
	};

	CHECK(cases);
}

/* The rules that a schema's own document breaks. */
static void check_schema(const struct explain_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct view details, rules, expected;
		struct arena a;

		arena_init(&a, NULL);
		details = explain(&a,
		    json_doc(&a, arena_printf(&a, "{'$jsonSchema': %s}", cases[i].filter)),
		    json_doc(&a, cases[i].doc));
		rules = value_doc(doc_get(details, "schemaRulesNotSatisfied"));
		expected = value_doc(json_value(&a, cases[i].details));
		if (!view_equal(rules, expected))
			fail_msg("%s on %s:\n  %s\n  %s expected", cases[i].filter,
			    cases[i].doc, json_text(&a, details), cases[i].details);
		arena_clear(&a);
	}
}

static void schemas(void **state)
{
	static const struct explain_case cases[] = {
	    {"{'required': ['a', 'b'], 'minProperties': 3}", "{'b': 1}",
		"[{'operatorName': 'required', 'specifiedAs': {'required': ['a', 'b']}, "
		"'missingProperties': ['a']}, {'operatorName': 'minProperties', "
		"'specifiedAs': {'minProperties': 3}, "
		"'reason': 'specified number of properties was not satisfied', "
		"'numberOfProperties': 1}]"},
	    {"{'properties': {'a': {'bsonType': 'int', 'description': 'd'}}}", "{'a': 'x'}",
		"[{'operatorName': 'properties', 'propertiesNotSatisfied': "
		"[{'propertyName': 'a', 'description': 'd', 'details': "
		"[{'operatorName': 'bsonType', 'specifiedAs': {'bsonType': 'int'}, "
		"'reason': 'type did not match', 'consideredValue': 'x', "
		"'consideredType': 'string'}]}]}]"},
	    {"{'properties': {'a': {'minimum': 5, 'exclusiveMinimum': true}}}", "{'a': 5}",
		"[{'operatorName': 'properties', 'propertiesNotSatisfied': "
		"[{'propertyName': 'a', 'details': [{'operatorName': 'minimum', "
		"'specifiedAs': {'minimum': 5, 'exclusiveMinimum': true}, "
		"'reason': 'comparison failed', 'consideredValue': 5}]}]}]"},
	    {"{'properties': {'a': {'uniqueItems': true, 'items': {'maximum': 2}}}}",
		"{'a': [1, 3, 1.0]}",
		"[{'operatorName': 'properties', 'propertiesNotSatisfied': "
		"[{'propertyName': 'a', 'details': [{'operatorName': 'uniqueItems', "
		"'specifiedAs': {'uniqueItems': true}, 'reason': 'found a duplicate item', "
		"'consideredValue': [1, 3, 1.0], 'duplicatedValue': 1.0}, "
		"{'operatorName': 'items', 'reason': "
		"'At least one item did not match the sub-schema', 'itemIndex': 1, "
		"'details': [{'operatorName': 'maximum', 'specifiedAs': {'maximum': 2}, "
		"'reason': 'comparison failed', 'consideredValue': 3}]}]}]}]"},
	    {"{'properties': {'a': {'items': [{'enum': [1]}], 'additionalItems': false}}}",
		"{'a': [2, 3]}",
		"[{'operatorName': 'properties', 'propertiesNotSatisfied': "
		"[{'propertyName': 'a', 'details': [{'operatorName': 'items', 'details': "
		"[{'itemIndex': 0, 'details': [{'operatorName': 'enum', 'specifiedAs': "
		"{'enum': [1]}, 'reason': 'value was not found in enum', "
		"'consideredValue': 2}]}]}, {'operatorName': 'additionalItems', "
		"'specifiedAs': {'additionalItems': false}, "
		"'reason': 'found additional items', 'additionalItems': [3]}]}]}]"},
	    {"{'properties': {'a': {}}, 'additionalProperties': false}", "{'a': 1, 'b': 2}",
		"[{'operatorName': 'additionalProperties', 'specifiedAs': "
		"{'additionalProperties': false}, 'additionalProperties': ['b']}]"},
	    {"{'additionalProperties': {'type': 'number'}}", "{'a': 1, 'b': 'x'}",
		"[{'operatorName': 'additionalProperties', 'reason': "
		"'at least one additional property did not match the subschema', "
		"'failingProperty': 'b', 'details': [{'operatorName': 'type', "
		"'specifiedAs': {'type': 'number'}, 'reason': 'type did not match', "
		"'consideredValue': 'x', 'consideredType': 'string'}]}]"},
	    {"{'patternProperties': {'^n': {'type': 'number'}}}", "{'nn': null}",
		"[{'operatorName': 'patternProperties', 'details': [{'propertyName': 'nn', "
		"'regexMatched': '^n', 'details': [{'operatorName': 'type', "
		"'specifiedAs': {'type': 'number'}, 'reason': 'type did not match', "
		"'consideredValue': null, 'consideredType': 'null'}]}]}]"},
	    {"{'dependencies': {'a': ['b', 'c'], 'b': {'required': ['d']}}}", "{'a': 1}",
		"[{'operatorName': 'dependencies', 'failingDependencies': "
		"[{'conditionalProperty': 'a', 'missingProperties': ['b', 'c']}]}]"},
	    {"{'anyOf': [{'required': ['a']}, {'title': 't', 'required': ['b']}]}", "{}",
		"[{'operatorName': 'anyOf', 'schemasNotSatisfied': [{'index': 0, "
		"'details': [{'operatorName': 'required', 'specifiedAs': "
		"{'required': ['a']}, 'missingProperties': ['a']}]}, {'index': 1, "
		"'title': 't', 'details': [{'operatorName': 'required', 'specifiedAs': "
		"{'required': ['b']}, 'missingProperties': ['b']}]}]}]"},
	    {"{'oneOf': [{'required': ['a']}, {}, {}]}", "{}",
		"[{'operatorName': 'oneOf', 'reason': 'more than one subschema matched', "
		"'matchingSchemaIndexes': [1, 2]}]"},
	    {"{'not': {}}", "{}",
		"[{'operatorName': 'not', 'reason': 'child expression matched'}]"},
	};

	check_schema(cases, ARRAY_LEN(cases));
}

static void has_explanation(void *arg, const struct schema_keyword *keyword)
{
	if (keyword->test)
		assert_non_null(keyword->explain);
	if (keyword->explain == schema_explain_value || keyword->explain == schema_explain_type)
		assert_non_null(keyword->reason);
}

static void every_keyword_explains(void **state)
{
	schema_keyword_each(has_explanation, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves),
	    cmocka_unit_test(logic),
	    cmocka_unit_test(schemas),
	    cmocka_unit_test(every_keyword_explains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
