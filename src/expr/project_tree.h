/*
 * expr/project_tree.h - a parsed projection: a tree of names with what becomes of each.
 *
 * project_parse.c makes it, project.c applies it.
 *
 * Threads: read-only once parsed.
 */
#ifndef EXPR_PROJECT_TREE_H
#define EXPR_PROJECT_TREE_H

#include "expr/expression.h"
#include "expr/project.h"

enum project_kind {
	PROJECT_PARENT, /* has children */
	PROJECT_INCLUDE,
	PROJECT_EXCLUDE,
	PROJECT_SLICE,
	PROJECT_POSITIONAL,
	PROJECT_META,
	PROJECT_ELEM_MATCH, /* these three are appended behind the others, but for one that */
	PROJECT_COMPUTED, /* $addFields computes over a field that is there */
};

struct project_node {
	struct project_node *next; /* its sibling, in the order of the spec */
	enum project_kind kind;
	struct view name;
	struct project_node *children, *last;
	bool computes; /* there is a PROJECT_COMPUTED below */
	bool positional; /* there is a PROJECT_POSITIONAL below */
	int64_t skip, limit; /* PROJECT_SLICE; skip < 0: from the end */
	struct filter *filter; /* PROJECT_ELEM_MATCH */
	enum document_meta_kind meta; /* PROJECT_META */
	struct expression *expression;
};

struct projection {
	struct project_node root;
	bool exclusion; /* what is not named stays */
	bool adds;	/* $addFields */
	bool identity;
	uint32_t meta; /* bit of each kind that it wants */
};

#endif
