/*
 * aggregate/foreign.h - another collection or view of the database, that a
 * stage reads through a pipeline of its own.
 *
 *     foreign_parse   once, with the stage: views are resolved, all stages parsed
 *     foreign_open    a tree over it, as often as it is wanted
 *     foreign_next    its rows; foreign_save between two batches
 *     foreign_close   closes it
 *
 * Each tree is planned anew, with what variables and foreign_set_match say then, but over
 * what the name was when it was parsed: a command sees one catalog, as it sees one
 * state of the store.  A collection that is dropped meanwhile ends the pipeline (175).
 *
 * Threads: belongs to one request at a time, parsed or not.
 */
#ifndef AGGREGATE_FOREIGN_H
#define AGGREGATE_FOREIGN_H

#include "aggregate/pipeline.h"

/* Pipelines inside of pipelines, as deep as in MongoDB. */
#define SUB_PIPELINE_DEPTH_MAX 20

struct foreign_spec {
	struct view name; /* empty: the pipeline makes its own documents */
	struct view stages; /* an array; empty: none */
	const struct variables *let; /* that the stages see; their values may change */
	bool matched; /* each tree has a $match of its own in front of the stages */
	/* Where the stages stand; must live as long as the context's arena. */
	struct stage_nesting nesting;
};

/* For explain: what all trees together have done. */
struct foreign_stats {
	int64_t docs, keys, scans;
	int n_indexes;
	const char *indexes[INDEXES_MAX + 1]; /* the names of those that were used */
};

struct foreign {
	struct pipeline *pipeline;
	struct view name; /* as the stage has it */
	struct collection *collection; /* at the bottom: a reference, or NULL */
	int match_at; /* of the pipeline's stages; -1: there is none */

	struct exec *exec; /* the tree that is open, or NULL */
	struct plan *plan;
	int64_t works; /* of the exec_context when it was opened */
	bool saved;
	struct foreign_stats stats;
};

/*
 * Parses into cx->arena, which lets go of the collection at its end.  Errors: 73 for what is no
 * name, 165 and 167 about views, 232 when pipelines are nested too deep, and what
 * pipeline_parse has.
 */
MUST_CHECK int foreign_parse(struct foreign *f, const struct foreign_spec *spec,
    const struct stage_context *cx, struct status *st);
/* The next tree's own $match; the filter lives as long as the tree. */
void foreign_set_match(struct foreign *f, struct view filter);
/* Everything of the tree but its counters is made in a. */
MUST_CHECK int foreign_open(struct foreign *f, struct arena *a, struct memory_account *account,
    struct exec_context *cx);
MUST_CHECK enum step foreign_next(struct foreign *f, struct exec_context *cx, struct row *out);
void foreign_save(struct foreign *f);
/* cx NULL: it is given up. */
void foreign_close(struct foreign *f, const struct exec_context *cx);

/* totalDocsExamined, totalKeysExamined, collectionScans, indexesUsed */
void foreign_put_stats(const struct foreign *f, struct builder *b);

/* Is $documents the first of them?  stages may be empty (len 0). */
bool stages_make_documents(struct view stages);

/* {from: ...}: a name, or 9 for {db, coll}, and 40415, 14. */
MUST_CHECK int foreign_parse_name(
    const char *stage, struct value from, struct view *out, struct status *st);

#endif
