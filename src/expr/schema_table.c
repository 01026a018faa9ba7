#include "expr/schema_keyword.h"

/*
 * The order is the one in which MongoDB says what is wrong: logic, values, arrays,
 * objects, and the type at last.
 */
/* clang-format off */
static const struct schema_keyword keywords[] = {
	{"title", schema_parse_text},
	{"description", schema_parse_text},

	/* schema_nested.c */
	{"allOf", schema_parse_list, schema_test_all_of, schema_explain_list},
	{"anyOf", schema_parse_list, schema_test_any_of, schema_explain_list},
	{"oneOf", schema_parse_list, schema_test_one_of, schema_explain_one_of},
	{"not", schema_parse_not, schema_test_not, schema_explain_not,
		"child expression matched"},

	/* schema_value.c; id: -1 the least, 1 the greatest that may be */
	{"enum", schema_parse_enum, schema_test_enum, schema_explain_value,
		"value was not found in enum"},
	{"pattern", schema_parse_pattern, schema_test_pattern, schema_explain_value,
		"regular expression did not match"},
	{"maxLength", schema_parse_count, schema_test_length, schema_explain_value,
		"specified string length was not satisfied", .id = 1},
	{"minLength", schema_parse_count, schema_test_length, schema_explain_value,
		"specified string length was not satisfied", .id = -1},
	{"maximum", schema_parse_bound, schema_test_bound, schema_explain_value,
		"comparison failed", .id = 1},
	{"exclusiveMaximum", schema_parse_exclusive, .id = 1},
	{"minimum", schema_parse_bound, schema_test_bound, schema_explain_value,
		"comparison failed", .id = -1},
	{"exclusiveMinimum", schema_parse_exclusive, .id = -1},
	{"multipleOf", schema_parse_multiple, schema_test_multiple, schema_explain_value,
		"considered value is not a multiple of the specified value"},

	/* schema_nested.c */
	{"minItems", schema_parse_count, schema_test_items_count, schema_explain_value,
		"array did not match specified length", .id = -1},
	{"maxItems", schema_parse_count, schema_test_items_count, schema_explain_value,
		"array did not match specified length", .id = 1},
	{"uniqueItems", schema_parse_unique, schema_test_unique, schema_explain_unique,
		"found a duplicate item"},
	{"items", schema_parse_items, schema_test_items, schema_explain_items},
	{"additionalItems", schema_parse_additional, schema_test_additional_items,
		schema_explain_additional_items},
	{"properties", schema_parse_properties, schema_test_properties,
		schema_explain_properties},
	{"patternProperties", schema_parse_patterns, schema_test_patterns,
		schema_explain_patterns},
	{"additionalProperties", schema_parse_additional, schema_test_additional,
		schema_explain_additional},
	{"required", schema_parse_required, schema_test_required, schema_explain_required},
	{"minProperties", schema_parse_count, schema_test_fields_count,
		schema_explain_fields_count,
		"specified number of properties was not satisfied", .id = -1},
	{"maxProperties", schema_parse_count, schema_test_fields_count,
		schema_explain_fields_count,
		"specified number of properties was not satisfied", .id = 1},
	{"dependencies", schema_parse_dependencies, schema_test_dependencies,
		schema_explain_dependencies},

	/* schema_value.c */
	{"type", schema_parse_type, schema_test_type, schema_explain_type,
		"type did not match"},
	{"bsonType", schema_parse_type, schema_test_type, schema_explain_type,
		"type did not match", .id = 1},

	/* MongoDB supports none of these either */
	{"$ref", schema_parse_unsupported},
	{"$schema", schema_parse_unsupported},
	{"default", schema_parse_unsupported},
	{"definitions", schema_parse_unsupported},
	{"format", schema_parse_unsupported},
	{"id", schema_parse_unsupported},

	/* client-side encryption */
	{"encrypt", schema_parse_unsupported},
	{"encryptMetadata", schema_parse_unsupported},
};
/* clang-format on */

const struct schema_keyword *schema_keyword_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}

void schema_keyword_each(
    void (*each)(void *arg, const struct schema_keyword *keyword), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		each(arg, &keywords[i]);
}
