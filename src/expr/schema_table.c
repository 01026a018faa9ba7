#include "expr/schema_keyword.h"

/* clang-format off */
static const struct schema_keyword keywords[] = {
	/* schema_value.c; id: -1 the least, 1 the greatest that may be */
	{"title", schema_parse_text},
	{"description", schema_parse_text},
	{"type", schema_parse_type, schema_test_type},
	{"bsonType", schema_parse_type, schema_test_type, .id = 1},
	{"enum", schema_parse_enum, schema_test_enum},
	{"minimum", schema_parse_bound, schema_test_bound, .id = -1},
	{"maximum", schema_parse_bound, schema_test_bound, .id = 1},
	{"exclusiveMinimum", schema_parse_exclusive, .id = -1},
	{"exclusiveMaximum", schema_parse_exclusive, .id = 1},
	{"multipleOf", schema_parse_multiple, schema_test_multiple},
	{"minLength", schema_parse_count, schema_test_length, .id = -1},
	{"maxLength", schema_parse_count, schema_test_length, .id = 1},
	{"pattern", schema_parse_pattern, schema_test_pattern},

	/* schema_nested.c */
	{"minItems", schema_parse_count, schema_test_items_count, .id = -1},
	{"maxItems", schema_parse_count, schema_test_items_count, .id = 1},
	{"uniqueItems", schema_parse_unique, schema_test_unique},
	{"items", schema_parse_items, schema_test_items},
	{"additionalItems", schema_parse_additional, schema_test_additional_items},
	{"minProperties", schema_parse_count, schema_test_fields_count, .id = -1},
	{"maxProperties", schema_parse_count, schema_test_fields_count, .id = 1},
	{"required", schema_parse_required, schema_test_required},
	{"properties", schema_parse_properties, schema_test_properties},
	{"patternProperties", schema_parse_patterns, schema_test_patterns},
	{"additionalProperties", schema_parse_additional, schema_test_additional},
	{"dependencies", schema_parse_dependencies, schema_test_dependencies},
	{"allOf", schema_parse_list, schema_test_all_of},
	{"anyOf", schema_parse_list, schema_test_any_of},
	{"oneOf", schema_parse_list, schema_test_one_of},
	{"not", schema_parse_not, schema_test_not},

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
