/*
 * query/plan.h - what the planner has decided, for the nodes and explain.
 *
 * Threads: read-only once made.
 */
#ifndef QUERY_PLAN_H
#define QUERY_PLAN_H

#include "index/bounds.h"
#include "query/plan_cache.h"
#include "query/query.h"

enum plan_kind {
	PLAN_EOF, /* no collection, or nothing can match */
	PLAN_POINT, /* one document by its _id */
	PLAN_SCAN, /* records, all or ranges of their keys */
	PLAN_INDEX, /* index entries, and the records that they name */
	PLAN_OR, /* several scans, one after the other */
	PLAN_SORT_MERGE, /* several scans of indexes, each in the order that is asked for */
};

/* What a way is thought to take: keys and documents that are looked at. */
struct plan_cost {
	bool known, exact; /* exact: it has been counted to the end */
	double keys, docs;
	double rows; /* that come out of the scans, before documents are asked */
	double total; /* what is compared */
};

/* A way that could be taken, or a part of one.  Nodes are made of it; explain shows
 * those that were not taken. */
struct candidate {
	enum plan_kind kind;
	struct index *index; /* PLAN_INDEX; borrowed from the collection, or a shape of that: */
	struct index *entries; /* whose entries are read; borrowed from the collection */
	struct index_bounds bounds;
	const struct filter *filter; /* what documents are to be asked; NULL: nothing */
	bool reverse, sorted; /* sorted: gives the order that is asked for */
	bool one_at_most; /* a unique index's whole key */
	bool keys_only; /* the entries are enough: no record is read */
	int distinct; /* i + 1: goes from value to value of field i; 0: it does not */
	uint32_t covered; /* bit i: the projection takes field i from the key */
	const struct text_filter *text; /* PLAN_INDEX: a text index's; NULL: it is of values */
	const struct filter *near; /* PLAN_INDEX: $near, whose distances it is for; NULL: no */
	uint64_t multikey; /* the index's when this was thought of */
	/* PLAN_OR, PLAN_SORT_MERGE: the scans.  Documents are asked the filter of the whole. */
	int n_parts;
	struct candidate **parts;
	int n_prefix; /* of a part of PLAN_SORT_MERGE: fields of one value before those that sort */
	struct plan_cost cost;
	const char *reason; /* why it was taken, or not */
};

/* What a sort keeps in memory, before it spills. */
#define SORT_MEMORY_BYTES (100 * 1024 * 1024)

struct plan {
	const struct query *query;
	struct store *store;
	struct collection *collection; /* the caller's reference; NULL: none */
	struct candidate *chosen;
	bool id_hack; /* PLAN_POINT, and the filter says nothing more */
	struct value id; /* PLAN_POINT */
	const char *summary;
	int n_candidates;
	struct candidate **candidates; /* the chosen one among them */
	/* What the cache of plans has to do with it; open false: nothing. */
	struct plan_recall {
		bool open, from_cache;
		struct plan_cache_key key;
	} recall;
};

/* The nodes.  Each is made in a and charges what it keeps to account; NULL when there is
 * no memory.  The plan, the query, the scan and the filter live in a as well.  filter: what
 * each document is asked there; NULL: nothing. */
struct exec *exec_eof_new(const struct plan *p, struct arena *a);
struct exec *exec_point_new(
    const struct plan *p, struct arena *a, struct memory_account *account);
struct exec *exec_scan_new(const struct plan *p, const struct candidate *scan,
    const struct filter *filter, struct arena *a, struct memory_account *account);
struct exec *exec_ixscan_new(const struct plan *p, const struct candidate *scan,
    struct arena *a, struct memory_account *account);
/* Where a scan of an index stands, and back to such a place (empty: to its begin): for
 * SORT_MERGE, which looks one row ahead. */
struct view exec_ixscan_position(const struct exec *e);
void exec_ixscan_rewind(struct exec *e, struct view position);
/* The inputs' array lives in a. */
struct exec *exec_or_new(
    struct exec **inputs, int n, struct arena *a, struct memory_account *account);
struct exec *exec_merge_new(const struct plan *p, const struct candidate *way,
    struct exec **inputs, struct arena *a, struct memory_account *account);
struct exec *exec_fetch_new(const struct plan *p, const struct filter *filter,
    struct exec *child, struct arena *a, struct memory_account *account);
/* At most limit rows will be asked for; 0: all. */
struct exec *exec_sort_new(const struct plan *p, struct exec *child, int64_t limit,
    struct arena *a, struct memory_account *account);
struct exec *exec_skip_new(struct exec *child, int64_t n, struct arena *a);
struct exec *exec_limit_new(struct exec *child, int64_t n, struct arena *a);
/* The child is an index's scan: nothing before target is wanted of it any more (walk_skip). */
void exec_ixscan_skip(struct exec *child, struct view target);
/* A document with each value of scan.distinct's field; child scans its index. */
struct exec *exec_distinct_new(const struct plan *p, const struct candidate *scan,
    struct exec *child, struct arena *a, struct memory_account *account);
/* The projection, with scan.covered of the entries that child gives. */
struct exec *exec_covered_new(const struct plan *p, const struct candidate *scan,
    struct exec *child, struct arena *a, struct memory_account *account);
/* Over a scan of a text index: each record once, with its score where that is wanted. */
struct exec *exec_near_new(const struct candidate *scan, struct exec *child, struct arena *a,
    struct memory_account *account);
struct exec *exec_text_or_new(
    const struct plan *p, struct exec *child, struct arena *a, struct memory_account *account);
/* What the terms do not say of scan.text, asked of documents. */
struct exec *exec_text_match_new(const struct candidate *scan, struct exec *child,
    struct arena *a, struct memory_account *account);
/* What the query is asked for beside documents (spec.metas), for stages behind it. */
struct exec *exec_meta_new(
    const struct query *q, struct exec *child, struct arena *a, struct memory_account *account);
struct exec *exec_project_new(
    const struct query *q, struct exec *child, struct arena *a, struct memory_account *account);

/* The way's scans alone, in one tree: rows come without a document where it reads indexes. */
struct exec *plan_scans(const struct plan *p, const struct candidate *way, struct arena *a,
    struct memory_account *account);
/* The same with the documents, which have been asked the filter. */
struct exec *plan_source(const struct plan *p, const struct candidate *way, struct arena *a,
    struct memory_account *account);
/* What a bounded run of a tree has met. */
struct plan_trial {
	double keys, docs, rows;
	bool ended;
};
/* Runs it until so many keys and documents have been looked at, or rows have come (0: however
 * many), or it ends.  It stays the caller's. */
MUST_CHECK int plan_try(const struct plan *p, struct exec *e, double most, double rows_wanted,
    struct plan_trial *out, struct memory_account *account, struct status *st);
/* How many rows the query wants of a source that brings them in order; 0: all. */
int64_t plan_rows_wanted(const struct query *q);

/*
 * What the nodes that ask the filter share: its state for one document, and how
 * often the op is looked at.
 */
struct filtering {
	const struct filter *filter; /* NULL: everything matches */
	struct match_state state;
	struct arena row;
	unsigned int since_look;
};

/* filter: the query's or a part of it; NULL: everything matches. */
void filtering_init(struct filtering *f, const struct filter *filter, const struct query *q,
    struct memory_account *account);
void filtering_clear(struct filtering *f);
/* ROW: it matches; DONE: it does not; ERROR. */
MUST_CHECK enum step filtering_test(
    struct filtering *f, struct view doc, struct exec_context *cx);
/* Now and then: DONE, HANDOVER when the slice is over, ERROR when the op is
 * stopped. */
MUST_CHECK enum step filtering_look(struct filtering *f, struct exec_context *cx);

/* Is this (NULL: there is none) still the collection that a scan began in, under
 * its name?  0, or QUERY_PLAN_KILLED. */
MUST_CHECK int exec_follow(
    const struct collection *begun, const struct collection *now, struct status *st);

#endif
