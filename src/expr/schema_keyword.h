/*
 * expr/schema_keyword.h - a row of the table of schema keywords.
 *
 * Threads: pure.
 */
#ifndef EXPR_SCHEMA_KEYWORD_H
#define EXPR_SCHEMA_KEYWORD_H

#include "bson/builder.h"
#include "expr/schema.h"

struct schema_parser {
	struct arena *a;
	struct status *st;
	struct view doc; /* the schema that the keyword stands in */
};

#define SCHEMA_PARSE(name) int name(struct schema_parser *p, struct schema_check *c)
#define SCHEMA_TEST(name)                                                                      \
	bool name(const struct schema_check *c, struct value v, struct schema_state *ss)

/* Appends the fields that say why the test failed, behind operatorName. */
#define SCHEMA_EXPLAIN(name)                                                                   \
	void name(const struct schema_check *c, struct value v, struct builder *b,             \
	    struct schema_state *ss)

struct schema_keyword {
	const char *name;
	int (*parse)(struct schema_parser *p, struct schema_check *c);
	bool (*test)(const struct schema_check *c, struct value v, struct schema_state *ss);
	void (*explain)(const struct schema_check *c, struct value v, struct builder *b,
	    struct schema_state *ss); /* wherever there is a test */
	const char *reason; /* for explain */
	int id; /* tells apart the rows that share functions */
};

const struct schema_keyword *schema_keyword_find(const char *name);
void schema_keyword_each(
    void (*each)(void *arg, const struct schema_keyword *keyword), void *arg);

int schema_no_memory(struct schema_parser *p);
/* The operand has to be of one of two types (the second may be TYPE_EOD). */
MUST_CHECK int schema_want(
    struct schema_parser *p, const struct schema_check *c, uint8_t type, uint8_t or_type);
/* The schema v, as a part of c. */
MUST_CHECK int schema_parse_part(
    struct schema_parser *p, struct value v, const char *of, struct schema **out);

/* schema_value.c */
SCHEMA_PARSE(schema_parse_text);
SCHEMA_PARSE(schema_parse_unsupported);
SCHEMA_PARSE(schema_parse_type);
SCHEMA_TEST(schema_test_type);
SCHEMA_PARSE(schema_parse_enum);
SCHEMA_TEST(schema_test_enum);
SCHEMA_PARSE(schema_parse_bound);
SCHEMA_TEST(schema_test_bound);
SCHEMA_PARSE(schema_parse_exclusive);
SCHEMA_PARSE(schema_parse_multiple);
SCHEMA_TEST(schema_test_multiple);
SCHEMA_PARSE(schema_parse_count);
SCHEMA_TEST(schema_test_length);
SCHEMA_PARSE(schema_parse_pattern);
SCHEMA_TEST(schema_test_pattern);

/* schema_nested.c */
SCHEMA_TEST(schema_test_items_count);
SCHEMA_TEST(schema_test_fields_count);
SCHEMA_PARSE(schema_parse_unique);
SCHEMA_TEST(schema_test_unique);
SCHEMA_PARSE(schema_parse_items);
SCHEMA_TEST(schema_test_items);
SCHEMA_PARSE(schema_parse_additional);
SCHEMA_TEST(schema_test_additional_items);
SCHEMA_PARSE(schema_parse_required);
SCHEMA_TEST(schema_test_required);
SCHEMA_PARSE(schema_parse_properties);
SCHEMA_TEST(schema_test_properties);
SCHEMA_PARSE(schema_parse_patterns);
SCHEMA_TEST(schema_test_patterns);
SCHEMA_TEST(schema_test_additional);
SCHEMA_PARSE(schema_parse_dependencies);
SCHEMA_TEST(schema_test_dependencies);
SCHEMA_PARSE(schema_parse_list);
SCHEMA_TEST(schema_test_all_of);
SCHEMA_TEST(schema_test_any_of);
SCHEMA_TEST(schema_test_one_of);
SCHEMA_PARSE(schema_parse_not);
SCHEMA_TEST(schema_test_not);

/* schema_explain.c */
SCHEMA_EXPLAIN(schema_explain_value);
SCHEMA_EXPLAIN(schema_explain_type);
SCHEMA_EXPLAIN(schema_explain_unique);
SCHEMA_EXPLAIN(schema_explain_items);
SCHEMA_EXPLAIN(schema_explain_additional_items);
SCHEMA_EXPLAIN(schema_explain_fields_count);
SCHEMA_EXPLAIN(schema_explain_required);
SCHEMA_EXPLAIN(schema_explain_properties);
SCHEMA_EXPLAIN(schema_explain_patterns);
SCHEMA_EXPLAIN(schema_explain_additional);
SCHEMA_EXPLAIN(schema_explain_dependencies);
SCHEMA_EXPLAIN(schema_explain_list);
SCHEMA_EXPLAIN(schema_explain_one_of);
SCHEMA_EXPLAIN(schema_explain_not);

/* schema_nested.c: what explaining needs of the tests. */
bool schema_has_twice(struct view list, struct value *twice, struct schema_state *ss);
bool schema_part_is_named(
    const struct schema_part *part, const struct element *e, struct schema_state *ss);
bool schema_is_additional(
    const struct schema_check *c, const struct element *e, struct schema_state *ss);
bool schema_additional_may_be(
    const struct schema_check *c, struct value v, struct schema_state *ss);

#endif
