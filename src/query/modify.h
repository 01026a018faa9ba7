/*
 * query/modify.h - one statement that changes or removes documents: what
 * update, delete and findAndModify (and later bulkWrite, $merge, TTL) do for
 * each of theirs.
 *
 * Finds documents by a plan, and hands each record key to the writer, which
 * locks the record and asks here again, under the lock: does it still match,
 * and what becomes of it?  A multi-update whose plan reads a secondary index collects
 * the record keys first, so that it never meets its own results.  Where the
 * filter says the _id and that is the record key, nothing is read but under the
 * lock.
 *
 * Threads: belongs to one request.
 */
#ifndef QUERY_MODIFY_H
#define QUERY_MODIFY_H

#include "query/query.h"
#include "query/writer.h"
#include "update/update.h"

struct modify_spec {
	struct view db, name;
	struct query_spec query;     /* filter, sort, hint, collation, let */
	bool remove;		     /* else update says what to do */
	struct value update;
	struct view array_filters;   /* empty: none */
	struct view constants;	     /* for a pipeline; empty: none */
	bool multi, upsert;
	struct view supplied;	     /* what an upsert puts in, whatever update says; empty: none */
	bool want_before, want_after; /* copies for findAndModify */
};

struct modify_result {
	int64_t matched, modified; /* removed counts as modified */
	bool upserted;
	struct value upserted_id;  /* these three are in the arena given */
	struct view before, after; /* empty: none */
};

struct modify {
	const struct modify_spec *spec;
	struct modify_result result;
	struct exec_context cx; /* docs_examined and so on, for the log */
	const char *plan_summary;

	/* Its own. */
	const struct plan *plan;
	struct writer *writer;
	struct arena *arena;
	struct memory_account *memory;
	struct arena row; /* of the document under way */
	struct query *query;
	struct exec *exec;
	struct update *update;
	uint64_t version; /* of the collection that exec was made for */
	int phase, attempts;
	bool hit, changed, spool;
	bool point, looked; /* the plan says which record key, and it has been tried */
	struct buf key, spooled;
	size_t spooled_at;
	struct modify_result one; /* of the document under way */
	struct writer_doc insert;
	struct view upsert_doc;
};

/* writer has been initialised; spec, writer and arena outlive m. */
void modify_init(struct modify *m, const struct modify_spec *spec, struct writer *w,
    struct arena *a);
/* For explain: m->query and m->update alone, under c's collation where the statement
 * says none.  c may be NULL. */
MUST_CHECK int modify_parse(struct modify *m, const struct collection *c, struct status *st);
/* DONE with m->result; HANDOVER, PARK, ERROR. */
MUST_CHECK enum step modify_run(struct modify *m, struct status *st);
void modify_clear(struct modify *m);

#endif
