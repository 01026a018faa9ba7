/*
 * query/query.h - from a filter, a sort and a projection to a tree of nodes.
 *
 *     query_parse   the command's documents -> struct query (canonical form)
 *     query_plan    query + collection -> struct plan (read-only; says why)
 *     plan_exec     plan -> struct exec (state)
 *
 * Everything is made in the arena given, which is the cursor's.
 *
 * Threads: a query and a plan are read-only once made.
 */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "expr/match_text.h"
#include "expr/project.h"
#include "query/exec.h"

struct query_spec {
	struct view filter, sort, projection; /* empty: none */
	struct value hint; /* missing: none */
	struct view min, max;
	bool return_key, show_record_id;
	int64_t skip, limit; /* limit 0: none */
	const struct collator *collator;
	uint32_t metas; /* wanted behind the query (META_ bits) */
	bool own_collation; /* the command says it; else it is the collection's */
	const struct variables *let;
	bool tailable; /* a capped collection in insertion order */
	bool allow_disk_use;
	bool want_record_key; /* rows are to be changed: no covered plan */
	bool only_count; /* nobody looks at the documents */
	const struct path *distinct; /* of documents with the same value there one is enough,
				      * and it may be that value alone; NULL: no */
	bool on_loop; /* nothing is to be read: see query_plan */
	bool no_near; /* $near is refused: time series */
	bool explained; /* the cache of plans is neither asked nor told */
	const struct query_setting *setting; /* said of the command's shape; NULL: nothing */
};

struct query_setting; /* query/query_settings.h */
struct restriction; /* query/restriction.h */

struct query {
	struct query_spec spec;
	struct filter *filter;
	struct text_filter *text; /* $text in it; NULL: none */
	struct sort_spec *sort; /* NULL: none */
	struct view sort_pattern; /* what it has been made of; with $near it may be nobody's */
	bool natural_sort, natural_hint, natural_reverse;
	struct projection *projection; /* NULL: everything */
	uint32_t metas; /* bits of what is wanted beside the documents, and behind them */
	const struct restriction *restriction; /* query_restrict; NULL: all indexes */
};

MUST_CHECK int query_parse(
    const struct query_spec *spec, struct arena *a, struct query **out, struct status *st);

struct plan;
/* c NULL: there is no such collection (EOF plan).  Where there is a choice it reads keys,
 * and a few documents, to find out what the ways cost: on a loop ERR_WOULD_BLOCK then. */
MUST_CHECK int query_plan(struct store *s, const struct query *q, struct collection *c,
    struct arena *a, struct plan **out, struct status *st);
/* "IDHACK", "COLLSCAN", "IXSCAN { a: 1 }", "EOF": for logs and currentOp. */
const char *plan_summary(const struct plan *p);
/* Does it read a secondary index (so that changing what it finds may move what
 * it will find)? */
bool plan_reads_index(const struct plan *p);
/* Appends the one record key that the plan will look at; false: there may be
 * others, or it takes a read to know it. */
bool plan_record_key(const struct plan *p, struct buf *key);
/* So many keys and documents have been looked at, up to now at least: where the plan came out of
 * the cache and that is much more than it should be, the next query is planned anew.  p may
 * be NULL. */
void plan_done(const struct plan *p, int64_t works);
/* Is it bounded work that a loop may do (a point read)? */
bool plan_is_point(const struct plan *p);
struct exec *plan_exec(const struct plan *p, struct arena *a, struct memory_account *account);

#endif
