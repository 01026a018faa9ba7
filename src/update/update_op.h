/*
 * update/update_op.h - a row of the update table, the tree of an update, and
 * what applying one carries along.
 *
 * An update's paths are one tree of names, so that the document is walked once
 * and two operators on one path, or one above the other, are found when it is
 * parsed.  A leaf holds an operator and its operand.
 *
 * Threads: a parsed update is read-only; a run belongs to one caller.
 */
#ifndef UPDATE_UPDATE_OP_H
#define UPDATE_UPDATE_OP_H

#include "bson/builder.h"
#include "bson/path.h"
#include "expr/transform.h"
#include "update/delta.h"
#include "update/update.h"

/* The deepest path, as deep as a document. */
#define UPDATE_PATH_PARTS_MAX 200
/* How many nulls a place far behind an array's end may cost. */
#define UPDATE_PADDING_MAX 1500000

struct update_op;

struct update_leaf {
	const struct update_op *op;
	struct path path;
	struct value operand;
	void *data; /* the op's own */
};

enum part_kind {
	PART_NAME,
	PART_MATCHED, /* $ */
	PART_ALL, /* $[] */
	PART_FILTERED, /* $[name] */
};

struct array_filter {
	struct view name;
	struct filter *filter;
	bool used;
};

struct update_node {
	struct view name;
	int32_t index; /* the name as a number, or -1 */
	enum part_kind kind;
	const struct array_filter *filter;
	const struct update_leaf *leaf; /* NULL: there are children */
	bool on_insert_only; /* all leaves below are $setOnInsert */
	bool tolerant; /* all leaves below leave a path alone that cannot be */
	int n, capacity;
	struct update_node **children;
};

enum update_kind { UPDATE_OPERATORS, UPDATE_REPLACEMENT, UPDATE_PIPELINE };

struct update {
	enum update_kind kind;
	struct view replacement;
	int n_stages; /* of the pipeline */
	struct transform **stages;
	const struct variables *variables; /* for them */
	struct update_node root;
	const struct collator *collator;
	int n_filters;
	struct array_filter *filters;
};

struct update_parser {
	const struct update_options *o;
	struct arena *a;
	struct status *st;
	struct update *u;
	/* Until all are there; sorted, they make the tree. */
	int n, capacity;
	struct update_leaf **leaves;
};

/* The change that an operator makes to one value. */
struct update_change {
	enum { CHANGE_KEEP, CHANGE_SET, CHANGE_REMOVE } what;
	struct value value; /* in the run's arena, or a view that lives as long */
	int appended; /* so many elements at the array's end are all that is new */
};

struct update_run {
	const struct update *u;
	struct view old;
	int64_t array_index;
	bool insert;
	struct arena *a;
	struct status *st;
	struct delta delta; /* its path is where it is, for words too */
	bool changed;
};

struct update_op {
	const char *name;
	int (*parse)(struct update_parser *p, struct update_leaf *leaf);
	/* old is missing where there is no such field. */
	int (*apply)(const struct update_leaf *leaf, struct update_run *run, struct value old,
	    struct update_change *out);
	/* Leaves a path alone that leads through what is no document, instead of failing. */
	bool tolerant;
	int id; /* tells apart the rows that share functions */
};

const struct update_op *update_op_find(const char *name);
void update_op_each(void (*each)(void *arg, const struct update_op *op), void *arg);

int update_no_memory(struct status *st);
enum part_kind update_part_kind(const struct path_part *part);
/* A leaf of the tree that update_make_tree makes of all. */
MUST_CHECK int update_add_leaf(struct update_parser *p, const struct update_op *op,
    struct view path, struct value operand);
/* 40 when a leaf stands in the way of another. */
MUST_CHECK int update_make_tree(struct update_parser *p);
MUST_CHECK int update_parse_filters(struct update_parser *p);
MUST_CHECK int update_check_filters(struct update_parser *p);
/* Numbers by their value and before other names, these by their bytes. */
int update_compare_names(struct view a, int32_t index_a, struct view b, int32_t index_b);

/* The tree on a document; the result is made in a.  insert: $setOnInsert counts, and no
 * field is immutable. */
MUST_CHECK int update_apply_tree(const struct update *u, struct view old, int64_t array_index,
    bool insert, struct arena *a, struct update_result *out, struct status *st);

/* update_replace.c: new_doc, with the old one's _id in front, in old's place. */
MUST_CHECK int update_replace(struct view old, struct view new_doc, struct arena *a,
    struct update_result *out, struct status *st);
int update_immutable_id(struct status *st);
/* The document so far, or as a whole: not too deep, not too large. */
MUST_CHECK int update_check_growth(const struct builder *b, struct status *st);

/* update_pipeline.c */
MUST_CHECK int update_parse_pipeline(struct update_parser *p, struct view stages);
MUST_CHECK int update_apply_pipeline(const struct update *u, struct view old, struct arena *a,
    struct update_result *out, struct status *st);
/* The stages on a document, whatever becomes of its _id; *out is in a, or doc itself. */
MUST_CHECK int update_run_pipeline(const struct update *u, struct view doc, struct arena *a,
    struct view *out, struct status *st);

/* The path under work, for words. */
const char *update_path(struct update_run *run);
/* Starts and ends an array that becomes a change's value. */
void update_array_begin(struct update_run *run, struct builder *b, struct buf *buf);
MUST_CHECK int update_array_end(
    struct update_run *run, struct builder *b, struct buf *buf, struct value *out);

#define UPDATE_PARSE(name) int name(struct update_parser *p, struct update_leaf *leaf)
#define UPDATE_APPLY(name)                                                                     \
	int name(const struct update_leaf *leaf, struct update_run *run, struct value old,     \
	    struct update_change *out)

/* update_field.c */
UPDATE_APPLY(update_apply_set);
UPDATE_APPLY(update_apply_set_on_insert);
UPDATE_APPLY(update_apply_unset);
UPDATE_PARSE(update_parse_rename);
UPDATE_APPLY(update_apply_rename_to);
UPDATE_APPLY(update_apply_rename_from);
UPDATE_PARSE(update_parse_current_date);
UPDATE_APPLY(update_apply_current_date);

/* update_number.c */
UPDATE_PARSE(update_parse_number);
UPDATE_APPLY(update_apply_inc);
UPDATE_APPLY(update_apply_mul);
UPDATE_APPLY(update_apply_min_max);
UPDATE_PARSE(update_parse_bit);
UPDATE_APPLY(update_apply_bit);

/* update_array.c */
UPDATE_PARSE(update_parse_add_to_set);
UPDATE_APPLY(update_apply_add_to_set);
UPDATE_PARSE(update_parse_pop);
UPDATE_APPLY(update_apply_pop);
UPDATE_PARSE(update_parse_pull);
UPDATE_APPLY(update_apply_pull);
UPDATE_PARSE(update_parse_pull_all);
UPDATE_APPLY(update_apply_pull_all);

/* update_push.c */
UPDATE_PARSE(update_parse_push);
UPDATE_APPLY(update_apply_push);

#endif
