/*
 * expr/match_op.h - a row of the predicate table, and what its parsers share.
 *
 * A row belongs to one family's file (match_compare.c, match_logic.c, ...);
 * match_table.c lists them all.  A parser makes a node with filter_new and
 * says what is wrong with its operand by name.
 *
 * Threads: parsing belongs to one caller; tests are pure.
 */
#ifndef EXPR_MATCH_OP_H
#define EXPR_MATCH_OP_H

#include "bson/builder.h"
#include "expr/match.h"

struct filter_parser {
	const struct filter_options *o;
	struct arena *a;
	struct status *st;
	int depth; /* of logical operators and $elemMatch */
	int n_text, in_nor; /* $text so far; $nor around */
	bool inside; /* $elemMatch: what belongs to the top is refused */
	bool alternative; /* $or, $nor, $not: a document may pass without this */
	bool near;   /* there is a $near already */
	struct view siblings; /* the document that the operator stands in */
};

/* Where an operator may stand; an operator may do both. */
enum match_place {
	PLACE_TOP = 1, /* {$and: ...} */
	PLACE_FIELD = 2, /* {a: {$gt: ...}} */
};

struct match_op {
	const char *name;
	unsigned int places;
	enum match_kind kind;
	/* path is empty (n 0) at the top and in filters on a value.  *out may
	 * stay NULL for what says nothing ($comment). */
	int (*parse)(struct filter_parser *p, const struct match_op *op,
	    const struct path *path, struct value operand, struct filter **out);
	/* MATCH_OTHER in the field's place: one value; missing is not asked. */
	bool (*test)(const struct filter *f, struct value v, struct match_state *ms);
	/* MATCH_OTHER at the top. */
	bool (*test_doc)(const struct filter *f, struct view doc, struct match_state *ms);
	int rank; /* MATCH_OTHER: see filter_rank */
	/* An array at the path's end is one value; its elements are not asked. */
	bool whole_array;
};

/*
 * In what order the conditions of a conjunction are tried: of several that
 * meet arrays the last one says what the positional $ is, and clients see
 * MongoDB's order in that.
 */
enum filter_rank {
	RANK_AND,
	RANK_OR,
	RANK_ELEM_MATCH,
	RANK_SIZE,
	RANK_EQ,
	RANK_LTE,
	RANK_LT,
	RANK_GT,
	RANK_GTE,
	RANK_REGEX,
	RANK_MOD,
	RANK_EXISTS,
	RANK_IN,
	RANK_BITS,
	RANK_NOT,
	RANK_NOR,
	RANK_TYPE,
	RANK_GEO,
	RANK_EXPR,
	RANK_CONSTANT,
};

/* NULL when there is none. */
const struct match_op *match_op_find(const char *name, enum match_place place);
/* Calls each with all rows, for tests. */
void match_op_each(void (*each)(void *arg, const struct match_op *op), void *arg);

/* NULL, with the status set, when there is no memory. */
struct filter *filter_new(struct filter_parser *p, enum match_kind kind,
    const struct match_op *op, const struct path *path);
/* A node with room for n children. */
struct filter *filter_new_list(
    struct filter_parser *p, enum match_kind kind, const struct path *path, int n);
/* 0, or an error when logical operators stand in one another too deep. */
int filter_enter(struct filter_parser *p);
void filter_leave(struct filter_parser *p);
int filter_no_memory(struct filter_parser *p);

/* {a: 1, $or: [...]}: a node of kind MATCH_AND, a single child or ALWAYS_TRUE. */
int filter_parse_doc(struct filter_parser *p, struct view doc, struct filter **out);
/* {$gt: 1, $lt: 5} on path. */
int filter_parse_ops(
    struct filter_parser *p, const struct path *path, struct view doc, struct filter **out);
/* What stands beside a field's name: a value, a regex or operators. */
int filter_parse_field(struct filter_parser *p, const struct path *path, struct value operand,
    struct filter **out);
/* Is this {$gt: ...} and no DBRef? */
bool filter_is_ops(struct value v);
/* Are these operators on a value, and not a filter on a document? */
bool filter_is_value_form(struct view doc);
int filter_wrap_not(struct filter_parser *p, const struct path *path, struct filter *child,
    struct filter **out);
/* path, matches v by equality. */
int filter_parse_eq(
    struct filter_parser *p, const struct path *path, struct value v, struct filter **out);
/* path, matches the regular expression v. */
int filter_parse_regex_value(
    struct filter_parser *p, const struct path *path, struct value v, struct filter **out);

/* Known to MongoDB, not to this server yet: an error that says so. */
int match_parse_unsupported(struct filter_parser *p, const struct match_op *op,
    const struct path *path, struct value operand, struct filter **out);

/* The families. */
#define MATCH_PARSER(name)                                                                     \
	int name(struct filter_parser *p, const struct match_op *op, const struct path *path,  \
	    struct value operand, struct filter **out)
#define MATCH_TEST(name)                                                                       \
	bool name(const struct filter *f, struct value v, struct match_state *ms)

MATCH_PARSER(match_parse_eq);
MATCH_PARSER(match_parse_ne);
MATCH_PARSER(match_parse_range);
MATCH_PARSER(match_parse_in);
MATCH_PARSER(match_parse_nin);
MATCH_PARSER(match_parse_list);
MATCH_PARSER(match_parse_not);
MATCH_PARSER(match_parse_exists);
MATCH_PARSER(match_parse_type);
MATCH_PARSER(match_parse_always);
MATCH_PARSER(match_parse_comment);
MATCH_PARSER(match_parse_regex);
MATCH_PARSER(match_parse_options);
MATCH_PARSER(match_parse_all);
MATCH_PARSER(match_parse_elem_match);
MATCH_PARSER(match_parse_size);
MATCH_PARSER(match_parse_mod);
MATCH_PARSER(match_parse_bits);
MATCH_PARSER(match_parse_expr);
MATCH_PARSER(match_parse_schema);
MATCH_PARSER(match_parse_sample_rate);
MATCH_PARSER(match_parse_geo);
MATCH_PARSER(match_parse_near);
MATCH_PARSER(match_parse_beside_near);
MATCH_PARSER(match_parse_text);

MATCH_TEST(match_test_regex);
MATCH_TEST(match_test_elem_match);
MATCH_TEST(match_test_size);
MATCH_TEST(match_test_mod);
MATCH_TEST(match_test_all_set);
MATCH_TEST(match_test_any_set);
MATCH_TEST(match_test_all_clear);
MATCH_TEST(match_test_any_clear);
MATCH_TEST(match_test_geo);
MATCH_TEST(match_test_near);

bool match_test_expr(const struct filter *f, struct view doc, struct match_state *ms);
bool match_test_schema(const struct filter *f, struct view doc, struct match_state *ms);
bool match_test_text(const struct filter *f, struct view doc, struct match_state *ms);
bool match_test_sample_rate(const struct filter *f, struct view doc, struct match_state *ms);

/* Of a $regex node; *options as letters. */
const char *match_regex_pattern(const struct filter *f, const char **options);

/* $regex and $options of such a node, into the document of its path. */
void match_put_regex(const struct filter *f, struct builder *b);

/* The comparison kinds on one value; match.c calls it for each value reached. */
bool match_compare_test(const struct filter *f, struct value v);

#endif
