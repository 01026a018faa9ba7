/*
 * expr/schema.h - JSON Schema (draft 4, with MongoDB's bsonType) on BSON
 * values: $jsonSchema in filters, and what validators say.
 *
 * A keyword is a row in a table (schema_table.c): name, parser, test.  A keyword
 * that is about one kind of value lets every other kind pass.
 *
 * Threads: a parsed schema is read-only.
 */
#ifndef EXPR_SCHEMA_H
#define EXPR_SCHEMA_H

#include "bson/builder.h"
#include "bson/value.h"
#include "expr/regex.h"
#include "util/arena.h"
#include "util/status.h"

struct schema_keyword;

struct schema {
	int n;
	struct schema_check *checks;
};

/* One keyword with its operand, as its parser left it. */
struct schema_check {
	const struct schema_keyword *keyword;
	struct value operand;
	int64_t number; /* a length, a count */
	uint32_t types; /* match_type_bit of each */
	bool flag;      /* true; or the bound itself is excluded */
	int n;
	struct schema_part {
		struct view name;
		struct schema *schema;
		struct regex *regex;
	} *parts;
	/* The keywords beside it that it refers to, or NULL: items or properties, and
	 * patternProperties. */
	const struct schema_check *other, *patterns;
};

/* Where a test runs; error is not 0 when one failed for another reason than the value. */
struct schema_state {
	int error;
	struct status *status;
};

/* doc lives as long as a.  Errors: 14 for an operand of the wrong type, 9 for another wrong
 * one, an unknown keyword or one that is not supported. */
MUST_CHECK int schema_parse(
    struct view doc, struct arena *a, struct schema **out, struct status *st);
bool schema_matches(const struct schema *s, struct value v, struct schema_state *ss);

/*
 * Into the array that b is in: a document for each keyword that v does not
 * satisfy, as MongoDB's errInfo has them ({operatorName, specifiedAs, reason, ...}), in
 * MongoDB's order of keywords.
 */
void schema_explain(
    const struct schema *s, struct value v, struct builder *b, struct schema_state *ss);
/* title and description, where the schema has them. */
void schema_explain_words(const struct schema *s, struct builder *b);

#endif
