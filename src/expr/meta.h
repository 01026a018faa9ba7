/*
 * expr/meta.h - what is known of a document beside its fields: {$meta: "textScore"} and the
 * like, in projections, sorts and expressions.
 *
 * Rows carry it (query/exec.h) from where it is known to where it is asked for.  Whoever
 * parses notes what is wanted, so that nothing is made for nobody.
 *
 * Threads: a constant table; values belong to one request.
 */
#ifndef EXPR_META_H
#define EXPR_META_H

#include "bson/builder.h"
#include "bson/value.h"
#include "util/status.h"

enum document_meta_kind {
	META_INDEX_KEY,
	META_RECORD_ID,
	META_SORT_KEY,
	META_TEXT_SCORE,
	META_GEO_DISTANCE,
	META_GEO_POINT,
	META_KINDS,
	META_RANDOM, /* only to sort by */
	META_SCORE, /* of stages that this server does not have: an error */
	META_NOTHING, /* of Atlas's search: not there, and no error */
};

struct document_meta {
	struct value values[META_KINDS]; /* missing: not known */
	/* Makes what is not among them, in row; NULL: nothing more is known. */
	int (*get)(const struct document_meta *m, enum document_meta_kind kind,
	    struct arena *row, struct value *out, struct status *st);
};

/* Bits by kind.  gives: by what has been parsed so far ($text). */
struct meta_use {
	uint32_t wants, gives;
};

/* Those that somebody has to give. */
#define META_GIVEN                                                                             \
	(1u << META_TEXT_SCORE | 1u << META_GEO_DISTANCE | 1u << META_GEO_POINT |              \
	    1u << META_SCORE)

/* The keyword of {$meta: keyword}: 17307 when it is no string, 17308 when it is not known.
 * use: gets its bit; may be NULL. */
MUST_CHECK int meta_parse(struct value keyword, struct meta_use *use,
    enum document_meta_kind *out, struct status *st);
/* The same for a sort, which takes fewer: 31138. */
MUST_CHECK int meta_parse_sort(
    struct value keyword, enum document_meta_kind *out, struct status *st);
/* 40218 when something is wanted that nobody gives. */
MUST_CHECK int meta_check(uint32_t wants, uint32_t gives, struct status *st);

/* The value; missing where it is not known.  m may be NULL. */
MUST_CHECK int meta_get(const struct document_meta *m, enum document_meta_kind kind,
    struct arena *row, struct value *out, struct status *st);

/* As elements of the document that is open, and back: views of doc. */
void meta_put(const struct document_meta *m, struct builder *b);
void meta_take(struct document_meta *m, struct view doc);

/* A copy, for who needs it longer than its row lasts. */
struct meta_keeper {
	struct buf packed;
	struct document_meta meta;
};
/* NULL for NULL; else valid until the next call, and packed.failed says when there was no
 * memory. */
const struct document_meta *meta_keep(struct meta_keeper *k, const struct document_meta *m);

#endif
